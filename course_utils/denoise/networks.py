"""A small U-Net that learns to guess another look, and what becomes of it with other lessons.

Noise2Noise: shown one look and asked for another, the best a network can do in least squares is
the mean of all looks. No clean picture is needed. With the same speckle in both, the best is to
hand back its input; where one pixel is hidden, to copy the speckle from beside it.

Sources: Lehtinen and others, Noise2Noise, 2018, arXiv 1803.04189; Krull and others, Noise2Void,
2019, arXiv 1811.10980; Ronneberger and others, U-Net, doi:10.1007/978-3-319-24574-4_28.
"""

import functools
from pathlib import Path

import numpy as np

from course_utils.core import accept, errors
from course_utils.denoise import methods, scenes
from course_utils.segment import backend
from course_utils.segment.backend import keras
from course_utils.show import progress

FOLDER = Path(__file__).resolve().parents[2] / "sample_data" / "models"
COMMAND = "python tools/data/denoisers.py"
# name of a stored network -> (what it was shown and asked for, small discs in its scenes)
STORED = {
    "two looks": ("look", False),
    "two looks, small discs": ("look", True),
    "same speckle": ("noise", False),
    "clean target": ("clean", False),
    "blind spot": ("blind", False),
}
SCENES, STEPS, PARTS, BATCH, CROP = 64, 300, 20, 8, 64
RATE = 0.004  # of learning, at the start
HIDDEN = 0.02  # share of the pixels that a blind-spot network must guess at once


def unet(widths=(16, 24, 32)):
    """A picture in, a picture out, any size that 8 divides: an uncompiled Keras model.

    The first layer takes patches of 4 x 4 pixels, two apart, and the last draws 2 x 2 at once, so
    that all others work on a quarter of the pixels. widths: channels of each level from there down.
    The guess has no bound, so that a mean can lie anywhere.
    """
    layers = keras.layers
    conv = functools.partial(
        layers.Conv2D, padding="same", activation="relu", kernel_initializer="he_normal"
    )
    image = keras.Input((None, None, 1), name="image")
    x, bridges = conv(widths[0], 4, strides=2)(image), []
    for width in widths[1:]:
        x = conv(x.shape[-1], 3)(x)
        bridges.append(x)
        x = conv(width, 3)(layers.AveragePooling2D(2)(x))
    x = conv(widths[-1], 3)(x)
    for bridge in reversed(bridges):
        x = layers.Concatenate()([layers.UpSampling2D(2)(x), bridge])
        x = conv(bridge.shape[-1], 3)(x)
    guess = layers.Conv2DTranspose(1, 2, strides=2, name="guess")(x)
    return keras.Model(image, guess, name="denoiser")


class Crops(keras.utils.PyDataset):
    """Random squares of pairs, mirrored and made brighter or darker alike, for `fit`.

    first, second: (N, 128, 128, 1). blind: hide single pixels of the first and ask for them alone.
    """

    def __init__(self, first, second, steps, seed, blind=False):
        super().__init__()
        self.first, self.second, self.steps, self.blind = first, second, steps, blind
        self.seed, self.epoch = accept.seed(seed), 0

    def on_epoch_end(self):
        """Other squares in the next part of the training."""
        self.epoch += 1

    def __len__(self):
        return self.steps

    def __getitem__(self, step):
        draws = np.random.default_rng([self.seed, self.epoch, step])
        x, y = np.empty((2, BATCH, CROP, CROP, 1), np.float32)
        for place in range(BATCH):
            which = draws.integers(len(self.first))
            top, left = draws.integers(0, self.first.shape[1] - CROP + 1, 2)
            part = slice(top, top + CROP), slice(left, left + CROP)
            flip = slice(None, None, draws.choice((-1, 1)))
            gain = draws.normal(0, 0.05)
            x[place] = self.first[which][part][:, flip] + gain
            y[place] = self.second[which][part][:, flip] + gain
        return hidden(x, draws) if self.blind else (x, y)


def hidden(x, draws):
    """Noise2Void's lesson: (pictures with replaced pixels, the true ones, weight 1 there, 0 else).

    x: (N, H, W, 1). A hidden pixel takes the value of one within two pixels, never its own. The
    weights average 1, so that the loss is the mean over hidden pixels.
    """
    chosen = draws.random(x.shape) < HIDDEN
    count, rows, columns, _ = np.nonzero(chosen)
    around = [(a, b) for a in range(-2, 3) for b in range(-2, 3) if a or b]
    moves = np.array(around)[draws.integers(len(around), size=len(rows))]
    other = x.copy()
    other[chosen] = x[
        count,
        np.clip(rows + moves[:, 0], 0, x.shape[1] - 1),
        np.clip(columns + moves[:, 1], 0, x.shape[2] - 1),
        0,
    ]
    weight = chosen / max(chosen.mean(), 1e-9)
    return other, x, weight[..., 0].astype(np.float32)


def train(first, second, seed=1, steps=STEPS, blind=False, bar=None):
    """Train a `unet` on pairs: (model, losses), one mean squared error for each of 20 parts.

    first, second: as `scenes.pairs` gives them. bar: a `show.progress` panel to move. The learning
    rate falls from `RATE` to 0 along a cosine. Raises DataError for pairs that do not fit.
    """
    if first.shape != second.shape or first.ndim != 4 or min(first.shape[1:3]) < CROP:
        raise errors.DataError(
            f"Pairs are two arrays (N, {CROP} or more, {CROP} or more, 1) of one shape, not "
            f"{first.shape} and {second.shape}."
        )
    backend.seed(seed)
    model, part = unet(), max(1, accept.whole(steps, "steps", 1) // PARTS)
    rate = keras.optimizers.schedules.CosineDecay(RATE, part * PARTS)
    model.compile(keras.optimizers.Adam(rate), "mse")
    backend.ready(model)
    crops = Crops(first, second, part, seed, blind)
    bar = bar or progress.Quiet()
    told = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: bar.step(
            (epoch + 1) / PARTS, f"part {epoch + 1} of {PARTS}, loss {logs['loss']:.4f}"
        )
    )
    run = model.fit(crops, epochs=PARTS, verbose=0, shuffle=False, callbacks=[told])
    return model, run.history["loss"]


def method(model, name):
    """A network as a `methods.Method`: picture (H, W) of any size in, picture out, 0..1."""

    def apply(image):
        """The picture (H, W), 0..1, smoothed."""
        image = accept.image(image)
        rows, columns = image.shape
        step = 8  # halved three times
        wide = np.pad(image, ((0, -rows % step), (0, -columns % step)), mode="reflect")
        guess = model.predict_on_batch(wide[None, ..., None])[0, :rows, :columns, 0]
        return np.clip(guess, 0, 1)

    return methods.Method(name, apply, None)


def file(name):
    """Where a stored network lies. Raises DataError for another name."""
    if name not in STORED:
        raise errors.DataError(f"There is no network {name!r}; there are {', '.join(STORED)}.")
    return FOLDER / f"denoise_{name.replace(', ', '_').replace(' ', '_')}.npz"


def save(model, path):
    """Write the weights in half precision (2 bytes each): 90 KB instead of 180."""
    weights = {f"w{place:02}": w.astype(np.float16) for place, w in enumerate(model.get_weights())}
    np.savez_compressed(path, **weights)


@functools.cache
def stored(name):
    """A network that came with the course: a Method named `name`, one of `STORED`.

    Raises FileError where its file is missing, with the command that makes it.
    """
    path = file(name)
    if not path.is_file():
        raise errors.FileError(f"{path.name} is missing. Run '{COMMAND}' to make it anew.")
    return method(loaded(path), name)


def loaded(path):
    """The `unet` whose weights `save` wrote."""
    model = unet()
    with np.load(path, allow_pickle=False) as weights:
        model.set_weights([weights[key].astype(np.float32) for key in sorted(weights)])
    return model


def lesson(name, seeds, seed=1, steps=STEPS):
    """Train one of `STORED` on scenes of these seeds: (model, losses), as `train` gives them."""
    file(name)
    what, small = STORED[name]
    first, second = scenes.pairs(seeds, small, "look" if what == "blind" else what)
    return train(first, first if what == "blind" else second, seed, steps, what == "blind")
