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
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.core import errors
from course_utils.ejection_fraction import discs, shape
from course_utils.evaluate import metrics
from course_utils.segment import backend, batches, losses, models, novelty
from course_utils.simulate import ranges, thorax, varied, ventricle, window

PLACE = ROOT / "build" / "hearts"
ROWS, LINES = 256, 128  # of kept levels
PART, PARTS = 100, 5  # hearts of a part, each in both views at two moments; parts trained on
BETWEEN = 0.1  # share of cuts at a moment between end-diastole and end-systole
FIRST = 100_000  # the first heart's seed; families lie a million apart
SIZE, STEPS, BATCH, RATE, SEED, LOOK = 192, 1800, 16, 2e-3, 0, 300
SURROUNDINGS, AREA = 0.3, 0.3  # weights of wall and atrium, and of the area, in the loss
BESIDE = 0.3  # share of a batch that is of the sample set's clean hearts
CHOOSING, JUDGING = ("crisp", "hazy", "coarse"), "worn"  # limits may rest on the first three
FAR = 0.02  # share of unseen good studies that may count as unlike all that is known
UNSEEN = 10_001_000  # their first seed: the development studies of tools/measure/echo.py


def part(family, number, place=PLACE, count=PART):
    """Part `number` of a family, from the disk or made: levels float16 (N, 256, 128) in dB, labels
    uint8 of the same shape as `ventricle.cut` says them, sector width (N,) in degrees.
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
    """Both views of one heart at end-diastole and end-systole, seldom at a moment between."""
    rng, values = np.random.default_rng([seed, 90]), ranges.draw(seed, family, "heart")
    chest = thorax.Thorax(values, seed)
    for name in window.ANGLES:
        shown = window.Window(values, seed, name, chest)
        depth = np.linspace(0.0, shown.probe.depth_mm, ROWS)[:, None]
        angle = np.linspace(-0.5, 0.5, LINES)[None, :] * shown.probe.width
        places = shown.probe.position(depth, angle)
        for share in (0.0, 1.0):
            when = chest.end_systole * (rng.uniform() if rng.random() < BETWEEN else share)
            level = cv2.resize(shown.levels(when).astype(np.float32), (LINES, ROWS),
                               interpolation=cv2.INTER_AREA)  # fmt: skip
            labels = chest.labels(shown.view, when, *places)
            yield level.astype(np.float16), labels, values["width_deg"]


def validation(family, count=20, first=9_000_000):
    """Finished frames of studies that no training has seen: [(image, cavity)], four of a study."""
    index = ranges.families("heart").index(family)
    pairs = []
    for seed in range(first + 1000 * index, first + 1000 * index + count):
        one = window.study(seed, family)
        for view in (one.four, one.two):
            pairs += list(zip(view.frames, view.labels == ventricle.CAVITY, strict=True))
    return pairs


def train(model=None, steps=STEPS, place=PLACE, looks=10, each=None, beside=None):
    """Train on machines of no family, so that each family is held back. Returns the model.

    While it learns, the network draws wall and atrium as well (`with_surroundings`), so that it
    knows them from the cavity; what draws them is left out of what is returned.

    model: one that goes on learning, of `SIZE` pixels; without it a new one. each: called with the
    model when it is judged. beside: a function of a generator that gives another picture and its
    planes (`SIZE`, `SIZE`, 3), taken for a share of `BESIDE` of every batch.
    """
    levels, labels, widths = _kept(place)
    seen = {name: validation(name, looks) for name in CHOOSING}
    backend.seed(SEED)
    rng = np.random.default_rng(SEED)
    others = round(BESIDE * BATCH) if beside else 0
    model = model or models.unet(SIZE)
    learner = with_surroundings(model)
    rates = backend.keras.optimizers.schedules.CosineDecay(RATE, steps, alpha=0.01)
    learner.compile(backend.keras.optimizers.Adam(rates), loss=loss)
    began = time.process_time()
    for step in range(1, steps + 1):
        chosen = rng.integers(len(levels), size=BATCH - others)
        pairs = [pictured(levels[i], planes(labels[i]), widths[i], None, rng) for i in chosen]
        pairs += [beside(rng) for _ in range(others)]
        images, truths = (np.stack(part) for part in zip(*pairs, strict=True))
        missed = learner.train_on_batch(images[..., None], truths)
        if step % LOOK == 0 or step == steps:
            spent = time.process_time() - began
            print(f"step {step}, {spent:.0f} CPU-s: loss {float(missed):.3f}", flush=True)
            for name, some in seen.items():
                print(f"  {name}: {said(*judged(model, some))}", flush=True)
            if each is not None:
                each(model)
    return model


def with_surroundings(model):
    """The network with two more planes beside the cavity: wall and atrium, (N, SIZE, SIZE, 3)."""
    layers = backend.keras.layers
    more = layers.Conv2D(2, 1, name="surroundings")(model.get_layer("score").input)
    more = layers.UpSampling2D(models.STRIDE, interpolation="bilinear", name="enlarge_more")(more)
    more = layers.Activation("sigmoid", dtype="float32", name="planes")(more)
    both = layers.Concatenate(name="all_planes")([model.output, more])
    return backend.keras.Model(model.input, both)


def planes(labels):
    """Cavity, wall and atrium of labels (H, W), as `ventricle.cut` says them: float32 (H, W, 3)."""
    kinds = ventricle.CAVITY, ventricle.MYOCARDIUM, ventricle.ATRIUM
    return np.stack([labels == kind for kind in kinds], axis=-1).astype(np.float32)


def loss(truth, found):
    """What training makes small, per picture: Dice and cross-entropy of each plane, and how far the
    cavity's area is from the true one, as an ejection fraction is a ratio of areas.
    """
    ops = backend.keras.ops
    cavity, wall, atrium = (
        losses.dice_bce(truth[..., n : n + 1], found[..., n : n + 1]) for n in range(3)
    )
    areas = [ops.log(ops.sum(one[..., 0], axis=(1, 2)) + 20.0) for one in (truth, found)]
    return cavity + SURROUNDINGS * (wall + atrium) + AREA * ops.abs(areas[0] - areas[1])


def known(model, place=PLACE, beside=None, count=86):
    """Which pictures the network knows, `novelty.Known`: those it learned from, in its features.

    The limit is the distance that `FAR` of `count` good studies reach which no training has seen,
    three in four under a machine of a held-back family (`CHOOSING`). beside: as in `train`.
    """
    rng, seen = np.random.default_rng([SEED, 1]), novelty.with_features(model)
    pictures = _shown(_kept(place), rng)
    if beside:
        share = BESIDE / (1.0 - BESIDE)
        pictures += [beside(rng)[0] for _ in range(round(share * len(pictures)))]
    found = novelty.fitted(_features(seen, pictures))
    far = []
    for number in range(count):
        one = window.study(UNSEEN + number, (None, *CHOOSING)[number % 4])
        views = [[batches.prepare(frame / np.float32(255), SIZE) for frame in view.frames]
                 for view in (one.four, one.two)]  # fmt: skip
        far.append(max(np.median(found.distances(_features(seen, view))) for view in views))
    return dataclasses.replace(found, limit=float(np.quantile(far, 1.0 - FAR)))


def _shown(cuts, rng):
    """Every cut once as a picture."""
    return [pictured(level, planes(labels), width, None, rng)[0]
            for level, labels, width in zip(*cuts, strict=True)]  # fmt: skip


def _features(seen, pictures, batch=64):
    """Features (N, F) of pictures, by the network of `novelty.with_features`."""
    return np.concatenate([
        novelty.features(seen.predict_on_batch(np.stack(pictures[first : first + batch])[..., None])[1])
        for first in range(0, len(pictures), batch)
    ])  # fmt: skip


def judged(model, pairs):
    """Of finished frames, four of a study: Dice (N,), outlined over true area (N,), and of each
    study by how many points the EF of the outlines is above that of the true cavities (N / 4,).
    """
    size = model.input_shape[1]
    images = np.stack([batches.prepare(image / np.float32(255), size) for image, _ in pairs])
    answers = np.asarray(model.predict_on_batch(images[..., None]))[..., 0]
    masks = [mask for _, mask in pairs]
    found = [cv2.resize(answer, mask.shape[::-1]) > 0.5 for answer, mask in
             zip(answers, masks, strict=True)]  # fmt: skip
    both = list(zip(masks, found, strict=True))
    dice = [metrics.dice(mask, one) for mask, one in both]
    area = [one.sum() / mask.sum() for mask, one in both]
    error = [
        fraction(found[n : n + 4]) - fraction(masks[n : n + 4]) for n in range(0, len(both), 4)
    ]
    return np.array(dice), np.array(area), np.array(error)


def fraction(cavities):
    """Biplane EF in per cent of four cavities: four-chamber ED and ES, two-chamber ED and ES; NaN
    where one of them has no discs.
    """
    try:
        four_ed, four_es, two_ed, two_es = (
            discs.measure(shape.largest(one)[0]) for one in cavities
        )
    except errors.DataError:
        return np.nan
    edv, esv = discs.biplane(four_ed, two_ed).volume, discs.biplane(four_es, two_es).volume
    return 100.0 * (edv - esv) / edv


def said(dice, area, error):
    """Mean and worst tenth of Dice, median area ratio at end-diastole and end-systole, EF error."""
    worst = np.sort(dice)[: max(1, len(dice) // 10)].mean()
    return (f"Dice {dice.mean():.3f} (worst tenth {worst:.2f}), area {np.median(area[::2]):.2f} and "
            f"{np.median(area[1::2]):.2f}, EF {np.nanmean(error):+.1f} (SD {np.nanstd(error):.1f})")  # fmt: skip


def pictured(level, mask, width_deg, family, rng):
    """One cut as another hand, machine and user could show it: image, float32 (SIZE, SIZE), and
    mask of as many planes as were given, 0..1.

    level: float16 (256, 128) dB. mask: (256, 128) or (256, 128, planes). family: of machines.
    """
    values = ranges.draw([int(rng.integers(2**31)), 3], family, "heart", ["machine"])
    shade = varied.grey(worsened(level.astype(np.float32), rng), values, rng).astype(np.float32)
    if rng.random() < 0.15:
        shade, mask = shade[:, ::-1], mask[:, ::-1]
    rows, lines = _placed(width_deg, values["margin"], rng)
    image, truth = (cv2.remap(np.ascontiguousarray(one, np.float32), lines, rows, cv2.INTER_LINEAR)
                    for one in (shade, mask))  # fmt: skip
    if rng.random() < 0.3:  # pixels of an archive smaller than its scan
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0))
    sharp = np.round(255 * np.clip(image * rng.uniform(0.9, 1.1), 0, 1)).astype(np.uint8)
    if values["marks"]:
        varied.mark(sharp, rng)
    if values["jpeg"] < 100:
        code = cv2.imencode(".jpg", sharp, [cv2.IMWRITE_JPEG_QUALITY, values["jpeg"]])[1]
        sharp = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return sharp.astype(np.float32) / 255, truth


def worsened(level, rng):
    """Echo levels dB (rows, lines) with a side or a stretch of wall lost, and haze below the skin."""
    rows, lines = level.shape
    deep, aside = np.linspace(0, 1, rows)[:, None], np.linspace(-1, 1, lines)[None, :]
    change = np.zeros_like(level)
    if rng.random() < 0.3:  # a side
        edge, side = rng.uniform(-0.1, 0.8), rng.choice((-1, 1))
        change -= rng.uniform(3, 22) / (1 + np.exp((edge - side * aside) / rng.uniform(0.03, 0.15)))
    for _ in range(rng.integers(0, 3)):  # a stretch, anywhere
        away = ((deep - rng.uniform(0, 0.7)) / rng.uniform(0.05, 0.2)) ** 2
        away = away + ((aside - rng.uniform(-0.9, 0.9)) / rng.uniform(0.1, 0.4)) ** 2
        change -= rng.uniform(2, 20) * np.exp(-away)
    power = 10 ** ((level + change) / 10)
    if rng.random() < 0.4:
        grain = cv2.GaussianBlur(rng.standard_exponential(level.shape, np.float32), (0, 0), 0.7)
        power = power + grain * 10 ** (rng.uniform(-3.2, 0.0) - deep / rng.uniform(0.04, 0.25))
    return (10 * np.log10(power + 1e-9)).astype(np.float32)


def _placed(width_deg, margin, rng):
    """Where each pixel lies in the kept levels (rows, lines): turned, stretched, shifted."""
    half = np.sin(np.radians(width_deg / 2.0))
    along = (np.arange(SIZE) + 0.5) / SIZE - 0.5
    x, z = np.meshgrid(along, along)
    turn = np.radians(rng.normal(0.0, 5.0))
    x, z = x * np.cos(turn) - z * np.sin(turn), x * np.sin(turn) + z * np.cos(turn)
    zoom, wide = np.exp(rng.uniform(-0.1, 0.12)), np.exp(rng.uniform(-0.1, 0.1))
    x = x * (2.0 * half + 2.0 * margin) * zoom * wide + rng.uniform(-0.05, 0.05)
    z = z * (1.0 + 2.0 * margin) * zoom / wide + 0.5 + rng.uniform(-0.05, 0.05)
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
