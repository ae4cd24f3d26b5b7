"""The training of the heart network on randomised hearts under any machine: no patient in it.

`python tools/data/weights.py lv_any` makes the shipped one. This file alone judges a recipe:

    python tools/data/varied_hearts.py --steps 1000

Cuts of randomised hearts (`simulate.window`) are made once, as echo levels in probe geometry, and
kept in build/hearts; each step makes them grey anew and places them anew. Everything is chosen by
Dice and area ratios on finished studies of simulated machines of families that are not trained on; real
scans are for `tools/measure/real_hearts.py` and a single look at the end. SYNTHETIC.
"""

import argparse
import dataclasses
import sys
import time
import warnings
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.core import errors
from course_utils.ejection_fraction import discs, shape
from course_utils.evaluate import metrics
from course_utils.segment import backend, batches, models, novelty
from course_utils.simulate import ranges, thorax, varied, ventricle, window

PLACE = ROOT / "build" / "hearts"
ROWS, LINES = 256, 128  # of kept levels
PART, PARTS = 100, 3  # hearts of a part, each in both views; parts that are trained on
BETWEEN = 0.1  # share of cuts at a moment between end-diastole and end-systole
FIRST = 100_000  # the first heart's seed; families lie a million apart
SIZE, STEPS, PAIRS, RATE, SEED, LOOK = 192, 1400, 8, 2e-3, 0, 350
SURROUNDINGS, AREA, RATIO = 0.3, 0.1, 0.2  # weights in the loss
ALONE = 0.2  # share of pairs of one and the same moment
DRIFT = 0.008  # SD of a hand's drift between two moments: radians, and shares of the depth
BESIDE = 0.3  # share of a batch that is of the sample set's clean hearts
CHOOSING, JUDGING = ("crisp", "hazy", "coarse"), "worn"  # limits may rest on the first three
FAR = 0.02  # share of unseen good studies that may count as unlike all that is known
UNSEEN = 10_001_000  # their first seed: the development studies of tools/measure/echo.py


def part(family, number, place=PLACE, count=PART):
    """Part `number` of a family, from the disk or made: levels float16 (N, 2, 256, 128) in dB of two
    moments, labels uint8 of the same shape as `ventricle.cut` says them, sector width (N,) in degrees.
    """
    path = Path(place) / f"{family or 'any'}_{number:03d}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        index = 0 if family is None else 1 + ranges.families("heart").index(family)
        first = FIRST + 1_000_000 * index + number * PART
        cuts = [cut for seed in range(first, first + count) for cut in _cuts(seed, family)]
        levels, labels, widths = (np.stack(one) for one in zip(*cuts, strict=True))
        partial = path.with_suffix(".part.npz")
        np.savez(partial, levels=levels, labels=labels, widths=widths)
        partial.replace(path)
    with np.load(path) as kept:
        return kept["levels"], kept["labels"], kept["widths"]


def _cuts(seed, family):
    """Both views of one heart, each at end-diastole and end-systole, seldom at a moment between."""
    rng, values = np.random.default_rng([seed, 90]), ranges.draw(seed, family, "heart")
    chest = thorax.Thorax(values, seed)
    for name in window.ANGLES:
        shown = window.Window(values, seed, name, chest)
        depth = np.linspace(0.0, shown.probe.depth_mm, ROWS)[:, None]
        angle = np.linspace(-0.5, 0.5, LINES)[None, :] * shown.probe.width
        places = shown.probe.position(depth, angle)
        levels, labels = [], []
        for number in (0, 1):
            share = rng.uniform() if rng.random() < BETWEEN else number
            level = shown.levels(share * chest.end_systole, number).astype(np.float32)
            level = cv2.resize(level, (LINES, ROWS), interpolation=cv2.INTER_AREA)
            levels.append(level.astype(np.float16))
            labels.append(chest.labels(shown.view, share * chest.end_systole, *places))
        yield np.stack(levels), np.stack(labels), values["width_deg"]


def validation(family, count=20, first=9_000_000):
    """Finished frames of studies that no training has seen: [(image, cavity)], four of a study."""
    index = ranges.families("heart").index(family)
    pairs = []
    for seed in range(first + 1000 * index, first + 1000 * index + count):
        one = window.study(seed, family)
        for view in (one.four, one.two):
            pairs += list(zip(view.frames, view.labels == ventricle.CAVITY, strict=True))
    return pairs


def paired(model):
    """A network for one picture -> one of the same weights that looks at two: the first is outlined,
    the second, another moment of the same view, is at first not heeded.
    """
    size = model.input_shape[1]
    kernel, *others = model.get_weights()
    both = models.unet(size, kernel.shape[-1], channels=2)
    both.set_weights([np.concatenate([kernel, 0.0 * kernel], axis=2), *others])
    return both


def train(model=None, steps=STEPS, place=PLACE, looks=10, each=None, beside=None):
    """Train on machines of no family, so that each family is held back. Returns the model.

    While it learns, the network draws wall and atrium as well (`with_surroundings`), so that it
    knows them from the cavity; what draws them is left out of what is returned.

    model: one that goes on learning, of `SIZE` pixels and two channels; without it a new one. each:
    called with the model when it is judged. beside: a function of a generator that gives another pair
    of pictures (2, `SIZE`, `SIZE`) and their planes (2, `SIZE`, `SIZE`, 3), taken for a share of
    `BESIDE` of every batch.
    """
    levels, labels, widths = _kept(place)
    seen = {name: validation(name, looks) for name in CHOOSING}
    backend.seed(SEED)
    rng = np.random.default_rng(SEED)
    others = round(BESIDE * PAIRS) if beside else 0
    model = model or models.unet(SIZE, channels=2)
    learner = with_surroundings(model)
    rates = backend.keras.optimizers.schedules.CosineDecay(RATE, steps, alpha=0.01)
    learner.compile(backend.keras.optimizers.Adam(rates), loss=loss)
    began = time.process_time()
    for step in range(1, steps + 1):
        chosen = rng.integers(len(levels), size=PAIRS - others)
        pairs = [pictured(levels[i], labels[i], widths[i], None, rng) for i in chosen]
        pairs += [beside(rng) for _ in range(others)]
        missed = learner.train_on_batch(*turned(pairs, rng))
        if step % LOOK == 0 or step == steps:
            spent = time.process_time() - began
            print(f"step {step}, {spent:.0f} CPU-s: loss {float(missed):.3f}", flush=True)
            for name, some in seen.items():
                print(f"  {name}: {said(*judged(model, some))}", flush=True)
            if each is not None:
                each(model)
    return model


def turned(pairs, rng):
    """Pictures (2 N, SIZE, SIZE, 2) and planes (2 N, SIZE, SIZE, 3) of N pairs: either moment is
    outlined with the other beside it, for a share of `ALONE` with itself, as where no moment is
    known yet. The first N and the last N are of the same pairs.
    """
    images, truths = (np.stack(one) for one in zip(*pairs, strict=True))
    others = images[:, ::-1].copy()
    alone = rng.random(len(pairs)) < ALONE
    others[alone] = images[alone]
    both = np.stack([images, others], axis=-1)
    return np.concatenate([both[:, 0], both[:, 1]]), np.concatenate([truths[:, 0], truths[:, 1]])


def with_surroundings(model):
    """The network with two more planes beside the cavity: wall and atrium, (N, SIZE, SIZE, 3)."""
    layers = backend.keras.layers
    more = layers.Conv2D(2, 1, name="surroundings")(model.get_layer("score").input)
    more = layers.UpSampling2D(models.STRIDE, interpolation="bilinear", name="enlarge_more")(more)
    more = layers.Activation("sigmoid", dtype="float32", name="planes")(more)
    both = layers.Concatenate(name="all_planes")([model.output, more])
    return backend.keras.Model(model.input, both)


def planes(labels):
    """Cavity, wall and atrium of labels, as `ventricle.cut` says them: float32, one axis more."""
    kinds = ventricle.CAVITY, ventricle.MYOCARDIUM, ventricle.ATRIUM
    return np.stack([labels == kind for kind in kinds], axis=-1).astype(np.float32)


def loss(truth, found):
    """What training makes small, for each picture: cross-entropy of cavity, wall and atrium, how far
    the cavity's area is from the true one, and how far the ratio of both moments' areas is.

    No Dice: where a border cannot be seen, what is best by Dice is an outline that is too large. An
    ejection fraction is a ratio of areas.
    """
    ops = backend.keras.ops
    found = ops.clip(found, 1e-6, 1.0 - 1e-6)
    pixels = -truth * ops.log(found) - (1.0 - truth) * ops.log(1.0 - found)
    kinds = ops.mean(pixels, axis=(1, 2)) * np.float32([1.0, SURROUNDINGS, SURROUNDINGS])
    areas = [ops.log(ops.sum(one[..., 0], axis=(1, 2)) + 20.0) for one in (truth, found)]
    wrong = areas[1] - areas[0]
    half = ops.shape(wrong)[0] // 2
    ratio = ops.abs(wrong[:half] - wrong[half:])
    return ops.sum(kinds, axis=1) + AREA * ops.abs(wrong) + RATIO * ops.concatenate([ratio, ratio])


def _kept(place):
    """What is trained on: levels, labels, widths, as `part` gives them."""
    parts = [part(None, number, place) for number in range(PARTS)]
    return tuple(np.concatenate(one) for one in zip(*parts, strict=True))


def known(model, place=PLACE, beside=None, count=200):
    """Which pictures the network knows, `novelty.Known`: those it learned from, in its features.

    The limit is the distance that `FAR` of `count` good studies reach which no training has seen,
    three in four under a machine of a held-back family (`CHOOSING`). beside: as in `train`.
    """
    rng, seen = np.random.default_rng([SEED, 1]), novelty.with_features(model)
    pictures = _shown(_kept(place), rng)
    if beside:
        share = BESIDE / (1.0 - BESIDE)
        pictures += [np.stack(beside(rng)[0], axis=-1) for _ in range(round(share * len(pictures)))]
    found = novelty.fitted(_features(seen, pictures))
    far = []
    for number in range(count):
        one = window.study(UNSEEN + number, (None, *CHOOSING)[number % 4])
        views = [[batches.prepare(frame / np.float32(255), SIZE) for frame in view.frames]
                 for view in (one.four, one.two)]  # fmt: skip
        views = [np.stack([view, view[::-1]], axis=-1) for view in views]
        far.append(max(np.median(found.distances(_features(seen, view))) for view in views))
    return dataclasses.replace(found, limit=float(np.quantile(far, 1.0 - FAR)))


def _shown(cuts, rng):
    """Both moments of every cut, each beside the other: [(SIZE, SIZE, 2)]."""
    pairs = (pictured(*cut, None, rng)[0] for cut in zip(*cuts, strict=True))
    return [np.stack(order, axis=-1) for first, second in pairs
            for order in ((first, second), (second, first))]  # fmt: skip


def _features(seen, pictures, batch=64):
    """Features (N, F) of pictures, by the network of `novelty.with_features`."""
    return np.concatenate([
        novelty.features(seen.predict_on_batch(np.stack(pictures[first : first + batch]))[1])
        for first in range(0, len(pictures), batch)
    ])  # fmt: skip


def judged(model, pairs):
    """Of finished frames, four of a study: Dice (N,), outlined over true area (N,), and of each study
    the true EF and by how many points that of the outlines lies above it, (N / 4, 2).
    """
    size = model.input_shape[1]
    images = np.stack([batches.prepare(image / np.float32(255), size) for image, _ in pairs])
    other = images.reshape(-1, 2, size, size)[:, ::-1].reshape(images.shape)
    answers = np.asarray(model.predict_on_batch(np.stack([images, other], axis=-1)))[..., 0]
    masks = [mask for _, mask in pairs]
    found = [cv2.resize(answer, mask.shape[::-1]) > 0.5 for answer, mask in
             zip(answers, masks, strict=True)]  # fmt: skip
    both = list(zip(masks, found, strict=True))
    dice = [metrics.dice(mask, one) for mask, one in both]
    area = [one.sum() / mask.sum() for mask, one in both]
    efs = np.array([[fraction(some[n : n + 4]) for some in (masks, found)]
                    for n in range(0, len(both), 4)])  # fmt: skip
    efs[:, 1] -= efs[:, 0]
    return np.array(dice), np.array(area), efs


def fraction(cavities):
    """Biplane EF in per cent of four cavities: four-chamber ED and ES, two-chamber ED and ES; NaN
    where one of them has no discs.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.CourseWarning)  # long axes that differ
            cuts = [discs.measure(shape.largest(one)[0]) for one in cavities]
            edv, esv = (discs.biplane(cuts[n], cuts[n + 2]).volume for n in (0, 1))
    except errors.DataError:
        return np.nan
    return 100.0 * (edv - esv) / edv


def said(dice, area, efs):
    """Mean and worst tenth of Dice, median area ratio at end-diastole and end-systole, EF error and
    by how much it changes with a point of true EF.
    """
    worst = np.sort(dice)[: max(1, len(dice) // 10)].mean()
    truth, error = efs[np.isfinite(efs).all(axis=1)].T
    slope = np.polyfit(truth, error, 1)[0] if len(truth) > 2 else np.nan
    return (f"Dice {dice.mean():.3f} (worst tenth {worst:.2f}), area {np.median(area[::2]):.2f} and "
            f"{np.median(area[1::2]):.2f}, EF {error.mean():+.1f} (SD {error.std():.1f}, "
            f"slope {1.0 + slope:.2f}) of {len(truth)} studies")  # fmt: skip


def pictured(levels, labels, width_deg, family, rng):
    """One pair of cuts as another hand, machine and user could show it: pictures, float32 (2, SIZE,
    SIZE), and their planes (2, SIZE, SIZE, 3), 0..1. What is true of a recording is the same in both;
    the hand drifts a little between them.

    levels: float16 (2, 256, 128) dB. labels: uint8 of that shape. family: of machines.
    """
    seed = int(rng.integers(2**31))
    values = ranges.draw([seed, 3], family, "heart", ["machine"])
    made = []
    for number, (level, label) in enumerate(zip(levels, labels, strict=True)):
        drift = np.random.default_rng([seed, number]).normal(0.0, DRIFT, 4)
        made.append(_one(level, label, width_deg, values, np.random.default_rng(seed), drift))
    images, truths = zip(*made, strict=True)
    return np.stack(images), np.stack(truths)


def _one(level, label, width_deg, values, rng, drift):
    shade = varied.grey(worsened(level.astype(np.float32), rng), values, rng).astype(np.float32)
    truth = planes(label)
    if rng.random() < 0.15:
        shade, truth = shade[:, ::-1], truth[:, ::-1]
    rows, lines = _placed(width_deg, values["margin"], rng, drift)
    image, truth = (cv2.remap(np.ascontiguousarray(one), lines, rows, cv2.INTER_LINEAR)
                    for one in (shade, truth))  # fmt: skip
    if rng.random() < 0.3:  # pixels of an archive smaller than its scan
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0))
    gain = rng.uniform(0.9, 1.1) * (1.0 + 2.0 * drift[0])
    sharp = np.round(255 * np.clip(image * gain, 0, 1)).astype(np.uint8)
    if values["marks"]:
        varied.mark(sharp, rng)
    if values["jpeg"] < 100:
        code = cv2.imencode(".jpg", sharp, [cv2.IMWRITE_JPEG_QUALITY, values["jpeg"]])[1]
        sharp = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return sharp.astype(np.float32) / 255, truth


def worsened(level, rng):
    """Echo levels dB (rows, lines) with a side or a stretch of wall lost, and haze below the skin."""
    rows, lines = level.shape
    deep = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    aside = np.linspace(-1, 1, lines, dtype=np.float32)[None, :]
    if rng.random() < 0.3:  # a side
        edge, side = rng.uniform(-0.1, 0.8), rng.choice((-1, 1))
        fade = 1 / (1 + np.exp((edge - side * aside) / rng.uniform(0.03, 0.15)))
        level = level - np.float32(rng.uniform(3, 22)) * fade.astype(np.float32)
    for _ in range(rng.integers(0, 3)):  # a stretch, anywhere
        down = np.exp(-(((deep - rng.uniform(0, 0.7)) / rng.uniform(0.05, 0.2)) ** 2))
        across = np.exp(-(((aside - rng.uniform(-0.9, 0.9)) / rng.uniform(0.1, 0.4)) ** 2))
        level = level - np.float32(rng.uniform(2, 20)) * (down * across).astype(np.float32)
    if rng.random() < 0.4:
        grain = cv2.GaussianBlur(rng.standard_exponential(level.shape, np.float32), (0, 0), 0.7)
        haze = 10 ** (rng.uniform(-3.2, 0.0) - deep / rng.uniform(0.04, 0.25))
        power = np.exp(level * np.float32(np.log(10) / 10))
        level = np.float32(10 / np.log(10)) * np.log(power + grain * haze.astype(np.float32) + 1e-9)
    return level


def _placed(width_deg, margin, rng, drift):
    """Where each pixel lies in the kept levels (rows, lines): turned, stretched, shifted."""
    half = np.sin(np.radians(width_deg / 2.0))
    along = (np.arange(SIZE) + 0.5) / SIZE - 0.5
    x, z = np.meshgrid(along, along)
    turn = np.radians(rng.normal(0.0, 5.0)) + drift[1]
    x, z = x * np.cos(turn) - z * np.sin(turn), x * np.sin(turn) + z * np.cos(turn)
    zoom, wide = np.exp(rng.uniform(-0.1, 0.12)), np.exp(rng.uniform(-0.1, 0.1))
    x = x * (2.0 * half + 2.0 * margin) * zoom * wide + rng.uniform(-0.05, 0.05) + drift[2]
    z = z * (1.0 + 2.0 * margin) * zoom / wide + 0.5 + rng.uniform(-0.05, 0.05) + drift[3]
    depth, angle = np.hypot(x, z), np.degrees(np.arctan2(x, z))
    lines = (angle / width_deg + 0.5) * (LINES - 1)
    return (depth * (ROWS - 1)).astype(np.float32), lines.astype(np.float32)


def main(arguments=None):
    """Judge a recipe; returns 0."""
    parser = argparse.ArgumentParser(description="Judge a recipe for the heart network.")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--make", action="store_true", help="only make the cuts, and stop")
    parser.add_argument("--place", type=Path, default=PLACE, help="where the cuts are kept")
    parser.add_argument("--save", type=Path, help="a .keras file, kept up to date")
    choice = parser.parse_args(arguments)
    if choice.make:
        print(f"{len(_kept(choice.place)[0])} cuts")
        return 0
    keep = (lambda model: models.save(model, choice.save, half=True)) if choice.save else None
    train(None, choice.steps, choice.place, each=keep)
    return 0


if __name__ == "__main__":
    sys.exit(main())
