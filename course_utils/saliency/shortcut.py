"""The shortcut lab: a classifier that looks excellent and reads a mark instead of the muscle.

SYNTHETIC images, and a story that happens in real clinics: somebody measured the thin muscles, so
their stored images carry callipers, two crosses '+ +'. A network learns 'thin or thick?' from such
images. On more images from the same archive it is nearly always right. Then the crosses go.
Source of the warning: Zech et al, PLoS Med 2018, doi:10.1371/journal.pmed.1002683.
"""

import dataclasses

import cv2
import numpy as np
import pandas as pd

from course_utils.cases import samples, split
from course_utils.core import accept, errors, tables
from course_utils.evaluate import intervals
from course_utils.saliency import sanity
from course_utils.segment import backend, batches, scans
from course_utils.segment.backend import keras

SIZE = 128
SHARE = 0.95  # of the thin muscles carry callipers in the archive: most, not all
EPOCHS = 20
SETTINGS = ("marks as in training", "marks removed", "marks swapped")
FOUND = ("correct", "patients", "accuracy", "low", "high")


@dataclasses.dataclass
class Cases:
    """Prepared images of one part of the archive, without marks.

    images: float32 (N, 128, 128), 0..1. labels: (N,) 1 thin, 0 thick. marked, marks: the same
    images with callipers drawn on every one, and where: uint8 (N, 128, 128), 1 on the crosses and
    the 2 pixels around them. patients: (N,) names.
    """

    images: np.ndarray
    labels: np.ndarray
    marked: np.ndarray
    marks: np.ndarray
    patients: np.ndarray

    def with_marks(self, chosen):
        """The images, with callipers where `chosen` (N,) is true."""
        return np.where(np.asarray(chosen, bool)[:, None, None], self.marked, self.images)


@dataclasses.dataclass
class Lab:
    """What the shortcut lab leaves.

    model: trained on images where callipers give the label away; control: the same network trained
    on the same images without them. train, validation: `Cases` of different patients. scores: one
    row per setting and network, accuracy per patient and its 95 % interval over patients.
    """

    model: object
    control: object
    train: Cases
    validation: Cases
    scores: pd.DataFrame
    seed: int = 0

    def images(self, setting):
        """The validation images in a setting of SETTINGS: float32 (N, 128, 128)."""
        return self.validation.with_marks(_chosen(self.validation, setting))

    def accuracy(self, setting, network="model"):
        """The share of validation patients' images that are right, 0..1, patients first."""
        return float(self.scores.loc[(setting, network), "accuracy"])


def lab(seed=0, epochs=EPOCHS):
    """Mark the images, train both networks, and score them in three settings. Returns a `Lab`.

    seed: chooses patients, marks and starting weights; the same seed gives the same numbers on one
    machine. It takes about 20 CPU-seconds.
    """
    train_cases, validation = data(seed)
    draws = np.random.default_rng(seed)
    archive = train_cases.with_marks(
        (train_cases.labels == 1) & (draws.random(len(train_cases.labels)) < SHARE)
    )
    model = train(archive, train_cases.labels, seed, epochs)
    control = train(train_cases.images, train_cases.labels, seed, epochs)
    rows = {}
    for setting in SETTINGS:
        pictures = validation.with_marks(_chosen(validation, setting))
        for name, network in (("model", model), ("control", control)):
            rows[setting, name] = _score(network, pictures, validation)
    scores = pd.DataFrame.from_dict(rows, orient="index", columns=FOUND)
    scores.index = pd.MultiIndex.from_tuples(scores.index, names=("setting", "network"))
    return Lab(model, control, train_cases, validation, scores, seed)


def data(seed=0, fraction=0.6):
    """The images of both muscle sets for training and validation, split by patient: two `Cases`.

    A patient is thin if their muscle is thinner than the median patient's. Images are cut to the
    scan, and those without muscle are left out. (Scanner B burns its name into the scan of both
    classes, so it gives nothing away.)
    """
    table = pd.concat(
        [tables.absolute(samples.table(name)) for name in ("muscle_general", "muscle_hires")],
        ignore_index=True,
    )
    table = table[~table["empty"]]
    mean = table.groupby("patient_id")["thickness_mm"].mean()
    table = table.assign(thin=(table["patient_id"].map(mean) < mean.median()).astype(int))
    rest = (1 - fraction) / 2
    first, second, third = split.by_patient(table, (fraction, rest, rest), seed)
    return _cases(first, seed), _cases(pd.concat([second, third]), seed + 1)


def draw_callipers(image, mask, seed=0):
    """An image with two crosses, one on each border of the muscle, as a scanner draws them.

    image: (H, W), 0..1. mask: (H, W), 1 in the muscle. seed: chooses the column and a hand's
    unsteadiness. Returns the marked image, float32. Raises DataError for an empty mask.
    """
    image, mask = accept.image(image), accept.mask(mask, np.shape(image)) > 0
    rows, cols = image.shape
    draws = np.random.default_rng(seed)
    inner = np.flatnonzero(mask.any(0))
    inner = inner[(inner >= cols * 0.15) & (inner < cols * 0.85)]
    if not inner.size:
        raise errors.DataError("There is no muscle in the middle of this mask to put callipers on.")
    col = int(draws.choice(inner))
    found = np.flatnonzero(mask[:, col])
    result, arm = image.copy(), max(2, round(rows * 0.034))
    for row in (found[0], found[-1]):
        y, x = int(row + draws.integers(-2, 3)), int(col + draws.integers(-2, 3))
        width = max(1, round(rows / 110))
        cv2.line(result, (x - arm, y), (x + arm, y), 0.95, width)
        cv2.line(result, (x, y - arm), (x, y + arm), 0.95, width)
    return result


def classifier(size=SIZE):
    """A small network for 'thin or thick?': three convolutions, the strongest answer of each
    channel anywhere in the image, one probability. (N, size, size, 1) -> (N, 1)."""
    layers = keras.layers
    image = x = keras.Input((size, size, 1), name="image")
    for number, (channels, window) in enumerate(((12, 7), (16, 3), (24, 3)), start=1):
        x = layers.Conv2D(
            channels,
            window,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"convolution_{number}",
        )(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(
        image, layers.Dense(1, activation="sigmoid", name="thin")(x), name="thin_or_thick"
    )


def train(images, labels, seed=0, epochs=EPOCHS, batch=8, learning_rate=6e-3):
    """Train a `classifier` on images (N, h, w), 0..1, and labels (N,) of 0 and 1; returns it.

    Each epoch shows every image once: moved, half of them mirrored, a little brighter or darker,
    with some noise. Without that, a network learns 70 images by heart and needs no marks.
    Raises DataError where labels and images do not fit, or only one class is there.
    """
    images, labels = _checked(images, labels)
    backend.seed(seed)
    steps = len(images) // batch or 1
    model = classifier(images.shape[1])
    falling = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * steps)
    model.compile(keras.optimizers.Adam(falling), "binary_crossentropy", jit_compile=False)
    shown = _shown(images, labels, steps, np.random.default_rng(seed))
    with backend.quiet():
        backend.ready(model)
        model.fit(shown, steps_per_epoch=steps, epochs=epochs, shuffle=False, verbose=0)
    return model


def _shown(images, labels, steps, draws):
    """Epoch after epoch without end: every image once, in another order and varied anew."""
    while True:
        for part in np.array_split(draws.permutation(len(images)), steps):
            yield _varied(images[part], draws), labels[part, None]


def probability(model, images):
    """How sure the network is of 'thin': (N,), 0..1, for images (N, h, w)."""
    images = np.asarray(images, np.float32)[..., None]
    return np.asarray(model(images, training=False))[:, 0]


def exposed(lab, explain, network="model", count=8):
    """How much of a map lies on the callipers: one row for each of `count` marked thin muscles.

    explain: a function (model, image) -> map, such as lambda net, image:
    saliency.integrated_gradients(net, image, target=1). network: "model" or "control".
    Columns: patient_id, share (of |map| on the crosses and 2 pixels around), chance (their share of
    the pixels), ratio (share / chance), hit (the strongest pixel lies there), image (its number).
    The images are spread over the validation patients.
    """
    if network not in ("model", "control"):
        raise errors.DataError(f"network must be 'model' or 'control', not {network!r}.")
    thin = np.flatnonzero(lab.validation.labels == 1)
    rows = []
    for number in thin[np.linspace(0, len(thin) - 1, min(int(count), len(thin))).astype(int)]:
        values = explain(getattr(lab, network), lab.validation.marked[number])
        marks = lab.validation.marks[number]
        rows.append(
            {
                "patient_id": lab.validation.patients[number],
                **sanity.mass(values, marks)._asdict(),
                "hit": sanity.pointing_game(values, marks),
                "image": int(number),
            }
        )
    return pd.DataFrame(rows)


def shuffled_control(lab, seed=1, epochs=EPOCHS):
    """The same network trained on the marked images with labels dealt anew at random.

    For `sanity.similarity`: a map that looks the same for it does not show what was learned.
    """
    cases = lab.train
    archive = cases.with_marks(cases.labels == 1)
    labels = np.random.default_rng(seed).permutation(cases.labels)
    return train(archive, labels, seed, epochs)


def _cases(table, seed):
    plain, marked, marks = [], [], []
    for number in range(len(table)):
        image, mask, *_ = scans.read(table, number)
        drawn = draw_callipers(image, mask, seed=[seed, number])
        plain.append(batches.prepare(image, SIZE))
        marked.append(batches.prepare(drawn, SIZE))
        changed = np.abs(marked[-1] - plain[-1]) > 0.02
        marks.append(cv2.dilate(changed.astype(np.uint8), np.ones((5, 5), np.uint8)))
    return Cases(
        np.stack(plain),
        table["thin"].to_numpy(),
        np.stack(marked),
        np.stack(marks),
        table["patient_id"].to_numpy(),
    )


def _chosen(cases, setting):
    """Which images carry callipers in a setting: (N,) bool."""
    if setting not in SETTINGS:
        raise errors.DataError(f"The setting is one of {', '.join(SETTINGS)}, not {setting!r}.")
    if setting == SETTINGS[1]:
        return np.zeros(len(cases.labels), bool)
    return cases.labels == (1 if setting == SETTINGS[0] else 0)


def _score(network, pictures, cases):
    right = (probability(network, pictures) > 0.5) == (cases.labels == 1)
    patients = pd.Series(right.astype(float)).groupby(cases.patients).mean()
    return int(right.sum()), len(patients), *intervals.bootstrap(patients)


def _varied(images, draws, reach=20):
    result = np.empty((*images.shape, 1), np.float32)
    for place, image in zip(result, images, strict=True):
        if draws.random() < 0.5:
            image = image[:, ::-1]
        # What leaves on one side comes in on the other: nothing black tells how far it was moved.
        image = np.roll(image, draws.integers(-reach, reach + 1, 2), (0, 1))
        gain, offset = 1 + draws.normal(0, 0.1), draws.normal(0, 0.05)
        noise = draws.normal(0, 0.03, image.shape)
        place[..., 0] = np.clip(image * gain + offset + noise, 0, 1)
    return result


def _checked(images, labels):
    images, labels = np.asarray(images), np.asarray(labels)
    if images.ndim != 3 or labels.shape != images.shape[:1] or not len(labels):
        raise errors.DataError(
            f"Training needs images (N, h, w) and as many labels; these have "
            f"the shapes {images.shape} and {labels.shape}."
        )
    if set(np.unique(labels).tolist()) != {0, 1}:
        raise errors.DataError("The labels must be 0 and 1, and both must occur.")
    return images.astype(np.float32), labels.astype(np.float32)
