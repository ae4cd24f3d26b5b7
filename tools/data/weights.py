"""Train the small networks in sample_data/models anew: `python tools/data/weights.py [NAME ...]`.

unet_lesson_04 (about a minute): the run of lesson 04 with its default settings but more epochs than
the page takes the time for, and its history: it stands in where a learner's own training ended
early. unet_lesson_05: the same for the fine-tuning of lesson 05, which begins with unet_scanner_b.

unet_scanner_b (about a minute): `models.unet()` on the Scanner B images of the training patients of
muscle_general (split.by_patient, seed 0), images with a muscle only. It knows one scanner; lesson
05 takes it to another.

lv_apical (about four minutes on two cores): `models.unet(192)` on the frames of the TRAIN patients
of echo, both views, judged on the VAL patients; label 1, the cavity. `automatic` measures the sample
set with it. The test patients are not read.

lv_any (about 15 CPU-minutes, of which four for the cuts of `varied_hearts.py`): lv_apical goes on
learning, now from two moments of a beat at once; six pairs of eight are randomised hearts under any
machine. `automatic` measures both views of every other set with it. Beside it lv_any.npz
says which pictures it knows. Four families of machines are held back.

muscle_varied (about eleven CPU-minutes, of which five for the stills of `stills.py`): `models.unet()`
on randomised stills of any muscle and machine (`varied_muscle.py`), to be tried on real scans. Two
families of machines are held back, and say how it does on machines that it has not met. The file
that is kept is of the recipe before (docs/measurements.md): made anew, it must be judged first.

On the same machine and versions the training gives the same weights; on another one the last digits
differ. The optimiser is not kept.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import evaluate, segment
from course_utils.cases import clips, samples, split
from course_utils.evaluate import metrics
from course_utils.segment import backend, batches, losses, models, training
from course_utils.simulate import scanner, ventricle
from tools.data import varied_hearts, varied_muscle

EPOCHS, SEED, DEVICE = 40, 0, "Scanner B"
HELD_BACK = ("soft", "coarse")  # families of machines that muscle_varied does not see
SIZE, STEPS, BATCH, RATE = varied_hearts.SIZE, 1400, 16, 3e-3  # of lv_apical
EVERY, LOOK = 2, 100  # every second frame is used; validation after so many steps


def unet_lesson_04():
    """The training of lesson 04, seed 1, 40 epochs; its history is written beside it. Returns it."""
    cases = samples.table("muscle_general")
    train, validation, test = split.by_patient(cases[~cases["empty"]], seed=1)
    backend.seed(1)
    run = training.train(models.unet(), train, validation, epochs=EPOCHS, seed=1, watch=0)
    _told(run.model, test)
    write_history(run, "unet_lesson_04")
    return run.model


def unet_lesson_05():
    """The fine-tuning of lesson 05, its default settings but 25 epochs, from unet_scanner_b. Returns
    it.
    """
    people = scanner.patients("Scanner D", 48, seed=1)
    train, validation, test = split.by_patient(people, (0.25, 0.1, 0.65), seed=1)
    model = models.load(ROOT / "sample_data/models/unet_scanner_b.keras")
    _told(model, test)
    run = training.train(
        model, train, validation, epochs=25, loss=losses.tversky(0.3, 0.7), learning_rate=1e-3,
        batch=4, seed=1, watch=0,
    )  # fmt: skip
    _told(run.model, test)
    write_history(run, "unet_lesson_05")
    return run.model


def write_history(run, name):
    """The history of a run beside its model in sample_data/models."""
    table = run.history.round(6)
    place = ROOT / "sample_data" / "models" / f"{name}.csv"
    table.to_csv(place, index=False)


def _told(model, test):
    scores = segment.score(model, test)
    print(
        evaluate.sentence("Dice", evaluate.bootstrap(metrics.per_patient(scores).dice), len(scores))
    )


def unet_scanner_b():
    """Train, report on unseen patients. Returns the model."""
    cases = samples.table("muscle_general")
    parts = split.by_patient(cases[~cases["empty"]], seed=SEED)
    train, validation, test = (part[part["device"] == DEVICE] for part in parts)
    backend.seed(SEED)
    run = training.train(models.unet(), train, validation, epochs=EPOCHS, seed=SEED, watch=0)
    _told(run.model, test)
    return run.model


def lv_apical(steps=STEPS):
    """Train on the TRAIN patients of echo, keep the weights that are best on VAL. Returns the
    model.
    """
    table = samples.table("echo")
    pictures, labels = frames(table[table["split"] == "TRAIN"], EVERY)
    looks, truths = frames(table[table["split"] == "VAL"], 3)
    looks = np.stack([batches.prepare(look / np.float32(255), SIZE) for look in looks])[..., None]
    backend.seed(SEED)
    rng = np.random.default_rng(SEED)
    model = models.unet(SIZE)
    rates = backend.keras.optimizers.schedules.CosineDecay(RATE, steps, alpha=0.01)
    model.compile(backend.keras.optimizers.Adam(rates), loss=losses.dice_bce)
    best, kept = -1.0, None
    for step in range(1, steps + 1):
        chosen = rng.integers(len(pictures), size=BATCH)
        pairs = [varied(pictures[i], labels[i] == ventricle.CAVITY, rng) for i in chosen]
        images, masks = (np.stack(part)[..., None] for part in zip(*pairs, strict=True))
        loss = model.train_on_batch(images, masks)
        if step % LOOK == 0:
            dice = validated(model, looks, truths)
            print(f"step {step}: loss {float(loss):.3f}, validation Dice {dice:.4f}", flush=True)
            if dice >= best:
                best, kept = dice, model.get_weights()
    model.set_weights(kept)
    print(f"best validation Dice {best:.4f} ({len(truths)} frames of 3 patients; synthetic)")
    return model


def lv_any(steps=varied_hearts.STEPS):
    """lv_apical goes on learning from both moments of randomised hearts under any machine, and from
    the TRAIN patients of echo. Returns the model.
    """
    table = samples.table("echo")
    looks, truths = frames(table[table["split"] == "VAL"], 3)
    looks = np.stack([batches.prepare(look / np.float32(255), SIZE) for look in looks])
    alone = np.stack([looks, looks], axis=-1)

    def told(model):
        print(f"sample set, 3 VAL patients: Dice {validated(model, alone, truths):.4f}", flush=True)

    start = varied_hearts.paired(models.load(samples.model("lv_apical")))
    return varied_hearts.train(start, steps=steps, beside=clean(table), each=told)


def clean(table):
    """A function of a generator that gives two frames of a clip of a TRAIN patient of echo, varied in
    one way, and their planes.
    """
    parts = [frames(table.iloc[[number]], EVERY)
             for number in np.flatnonzero(table["split"] == "TRAIN")]  # fmt: skip

    def drawn(rng):
        pictures, labels = parts[rng.integers(len(parts))]
        both, seed = rng.integers(len(pictures), size=2), int(rng.integers(2**31))
        pairs = [varied(pictures[n], varied_hearts.planes(labels[n]), np.random.default_rng(seed))
                 for n in both]  # fmt: skip
        return tuple(np.stack(one) for one in zip(*pairs, strict=True))

    return drawn


def frames(table, every):
    """Frames uint8 (N, 112, 112) and labels uint8 (N, 112, 112) of all clips of a table."""
    pictures, labels = [], []
    for number in range(len(table)):
        clip = clips.read(table.iloc[number], table.attrs["folder"])
        pictures.append(np.round(255 * clip.frames[::every]).astype(np.uint8))
        labels.append(clip.labels[::every])
    return np.concatenate(pictures), np.concatenate(labels)


def validated(model, looks, truths):
    """Mean Dice over frames, on the grid of the clip."""
    found = [
        model.predict_on_batch(looks[start : start + 32])[..., 0]
        for start in range(0, len(looks), 32)
    ]
    size = truths.shape[:0:-1]
    return np.mean(
        [
            metrics.dice(truth == ventricle.CAVITY, cv2.resize(np.asarray(answer), size) > 0.5)
            for truth, answer in zip(truths, np.concatenate(found), strict=True)
        ]
    )


def varied(picture, mask, rng):
    """One frame as another probe, hand and setting could show it: image, float32 (192, 192), and
    mask of as many planes as were given, 0..1.
    """
    image = picture.astype(np.float32) / 255
    scan = cv2.dilate((picture > 6).astype(np.uint8), np.ones((5, 5), np.uint8))
    rows, cols = image.shape
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    depth = y / rows
    angle = np.arctan2(x - (cols - 1) / 2, y + 1)
    if rng.random() < 0.5:  # side lobes and reverberation
        haze = cv2.GaussianBlur(image, (0, 0), rng.uniform(5, 14))
        image = image + rng.uniform(0, 0.5) * haze + rng.uniform(0, 0.3) * np.exp(-7 * depth)
    for _ in range(rng.integers(0, 3)):  # ribs, lung, poor contact
        wide, middle = rng.uniform(0.03, 0.16), rng.uniform(-0.65, 0.65)
        lost = 1 / (1 + np.exp((np.abs(angle - middle) - wide) / 0.03))
        image = image * (1 - rng.uniform(0.2, 0.9) * lost)
    if rng.random() < 0.6:  # speckle, finer or coarser
        grain = cv2.GaussianBlur(
            rng.standard_normal(image.shape, np.float32), (0, 0), rng.uniform(0.5, 1.3)
        )
        image = image * (1 + rng.uniform(0.05, 0.3) * grain / grain.std())
    if rng.random() < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.1))
    slope = rng.uniform(-0.25, 0.25) * (depth - 0.5)  # depth gain
    image = np.clip(image, 0, None) ** rng.uniform(0.75, 1.35) * rng.uniform(0.75, 1.25)
    image = np.clip((image + slope + rng.uniform(-0.08, 0.08)) * scan, 0, 1)
    turn = _placed(rows, cols, rng)
    return (
        cv2.warpAffine(image, turn, (SIZE, SIZE)),
        cv2.warpAffine(np.float32(mask), turn, (SIZE, SIZE)),
    )


def _placed(rows, cols, rng):
    """The (2, 3) matrix that turns, zooms and shifts a frame on its way to 192 x 192."""
    turn, zoom = np.radians(rng.uniform(-12, 12)), np.exp(rng.uniform(-0.22, 0.2))
    wide = np.exp(rng.uniform(-0.14, 0.14))
    both = (
        zoom
        * np.array([[np.cos(turn) * wide, -np.sin(turn)], [np.sin(turn), np.cos(turn) / wide]])
        * SIZE
        / np.array([[cols, rows]])
    )
    middle = np.array([(cols - 1) / 2, (rows - 1) / 2])
    shift = (SIZE - 1) / 2 - both @ middle + SIZE * rng.uniform(-0.055, 0.055, 2)
    return np.column_stack([both, shift]).astype(np.float32)


def muscle_varied():
    """Train on randomised stills of all families of machines but two. Returns the model."""
    return varied_muscle.train(held_back=HELD_BACK)


NETWORKS = {
    "unet_scanner_b": unet_scanner_b,
    "unet_lesson_04": unet_lesson_04,
    "unet_lesson_05": unet_lesson_05,
    "lv_apical": lv_apical,
    "lv_any": lv_any,
    "muscle_varied": muscle_varied,
}
HALF = (
    "unet_lesson_04",
    "unet_lesson_05",
    "muscle_varied",
    "lv_apical",
    "lv_any",
)  # kept with 16 bits: nothing is measured by their digits


def main(arguments=None):
    """Train the networks that are named, or all of them, and save them. Returns 0."""
    parser = argparse.ArgumentParser(description="Train the small networks of the course anew.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}")
    names = parser.parse_args(arguments).names or NETWORKS
    for name in names:
        if name not in NETWORKS:
            parser.error(f"there is no network {name!r}; there are {', '.join(NETWORKS)}")
    for name in names:
        place = ROOT / "sample_data" / "models"
        place.mkdir(exist_ok=True)
        model = NETWORKS[name]()
        path = models.save(model, place / f"{name}.keras", half=name in HALF)
        print(f"wrote {path.relative_to(ROOT)}")
        if name == "lv_any":
            known = varied_hearts.known(model, beside=clean(samples.table("echo")))
            known.save(path.with_suffix(".npz"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
