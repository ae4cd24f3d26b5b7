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

from course_utils.evaluate import metrics
from course_utils.segment import backend, batches, losses, models, novelty
from course_utils.simulate import ranges, thorax, varied, ventricle, window

PLACE = ROOT / "build" / "hearts"
ROWS, LINES = 256, 128  # of kept levels
PART, PARTS = 175, 2  # hearts of a part, each in both views; parts that are trained on
FIRST = 100_000  # the first heart's seed; families lie a million apart
SIZE, STEPS, BATCH, RATE, SEED, LOOK = 192, 900, 16, 2e-3, 0, 150
LAST = 600  # step at which it ends; the rate falls as if there were `STEPS`
BESIDE = 0.3  # share of a batch that is of the sample set's clean hearts
CHOOSING, JUDGING = ("crisp", "hazy", "coarse"), "worn"  # limits may rest on the first three
FAR = 0.02  # share of unseen good studies that may count as unlike all that is known
UNSEEN = 10_001_000  # their first seed: the development studies of tools/measure/echo.py


def part(family, number, place=PLACE, count=PART):
    """Part `number` of a family, from the disk or made: levels float16 (N, 256, 128) in dB, cavity
    uint8 of the same shape, sector width (N,) in degrees.
    """
    path = Path(place) / f"{family or 'any'}_{number:03d}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        index = 0 if family is None else 1 + ranges.families("heart").index(family)
        first = FIRST + 1_000_000 * index + number * PART
        cuts = [cut for seed in range(first, first + count) for cut in _cuts(seed, family)]
        levels, masks, widths = (np.stack(one) for one in zip(*cuts, strict=True))
        partial = path.with_suffix(".part.npz")
        np.savez(partial, levels=levels, masks=masks, widths=widths)
        partial.replace(path)
    with np.load(path) as kept:
        return kept["levels"], kept["masks"], kept["widths"]


def _cuts(seed, family):
    """Both views of one heart, each at end-diastole, end-systole or between."""
    rng, values = np.random.default_rng([seed, 90]), ranges.draw(seed, family, "heart")
    chest = thorax.Thorax(values, seed)
    for name in window.ANGLES:
        shown = window.Window(values, seed, name, chest)
        when = chest.end_systole * rng.choice([0.0, 1.0, rng.uniform()], p=[0.4, 0.45, 0.15])
        level = cv2.resize(shown.levels(when).astype(np.float32), (LINES, ROWS),
                           interpolation=cv2.INTER_AREA)  # fmt: skip
        depth = np.linspace(0.0, shown.probe.depth_mm, ROWS)[:, None]
        angle = np.linspace(-0.5, 0.5, LINES)[None, :] * shown.probe.width
        labels = chest.labels(shown.view, when, *shown.probe.position(depth, angle))
        yield (
            level.astype(np.float16),
            (labels == ventricle.CAVITY).astype(np.uint8),
            values["width_deg"],
        )


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

    model: one that goes on learning, of `SIZE` pixels; without it a new one. each: called with the
    model when it is judged. beside: a function of a generator that gives another picture and its
    cavity (`SIZE` a side), taken for a share of `BESIDE` of every batch.
    """
    levels, masks, widths = _kept(place)
    seen = {name: validation(name, looks) for name in CHOOSING}
    backend.seed(SEED)
    rng = np.random.default_rng(SEED)
    others = round(BESIDE * BATCH) if beside else 0
    model = model or models.unet(SIZE)
    rates = backend.keras.optimizers.schedules.CosineDecay(RATE, steps, alpha=0.01)
    model.compile(backend.keras.optimizers.Adam(rates), loss=losses.dice_bce)
    began = time.process_time()
    for step in range(1, min(steps, LAST) + 1):
        chosen = rng.integers(len(levels), size=BATCH - others)
        pairs = [pictured(levels[i], masks[i], widths[i], None, rng) for i in chosen]
        pairs += [beside(rng) for _ in range(others)]
        images, truths = (np.stack(part)[..., None] for part in zip(*pairs, strict=True))
        loss = model.train_on_batch(images, truths)
        if step % LOOK == 0 or step == min(steps, LAST):
            told = "; ".join(f"{name} {said(*judged(model, some))}" for name, some in seen.items())
            spent = time.process_time() - began
            print(f"step {step}, {spent:.0f} CPU-s: loss {float(loss):.3f}; {told}", flush=True)
            if each is not None:
                each(model)
    return model


def _kept(place):
    """What is trained on: levels, cavities, widths, as `part` gives them."""
    parts = [part(None, number, place) for number in range(PARTS)]
    return tuple(np.concatenate(one) for one in zip(*parts, strict=True))


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
    return [pictured(*cut, None, rng)[0] for cut in zip(*cuts, strict=True)]


def _features(seen, pictures, batch=64):
    """Features (N, F) of pictures, by the network of `novelty.with_features`."""
    return np.concatenate([
        novelty.features(seen.predict_on_batch(np.stack(pictures[first : first + batch])[..., None])[1])
        for first in range(0, len(pictures), batch)
    ])  # fmt: skip


def judged(model, pairs):
    """Dice (N,) and outlined over true area (N,) of finished frames."""
    size = model.input_shape[1]
    images = np.stack([batches.prepare(image / np.float32(255), size) for image, _ in pairs])
    answers = np.asarray(model.predict_on_batch(images[..., None]))[..., 0]
    found = [cv2.resize(answer, mask.shape[::-1]) > 0.5 for answer, (_, mask) in
             zip(answers, pairs, strict=True)]  # fmt: skip
    dice = [metrics.dice(mask, one) for one, (_, mask) in zip(found, pairs, strict=True)]
    area = [one.sum() / mask.sum() for one, (_, mask) in zip(found, pairs, strict=True)]
    return np.array(dice), np.array(area)


def said(dice, area):
    """Mean and worst tenth of Dice, median area ratio at end-diastole and end-systole."""
    worst = np.sort(dice)[: max(1, len(dice) // 10)].mean()
    return (f"{dice.mean():.3f} (worst tenth {worst:.2f}), area {np.median(area[::2]):.2f} and "
            f"{np.median(area[1::2]):.2f}")  # fmt: skip


def pictured(level, mask, width_deg, family, rng):
    """One cut as another hand, machine and user could show it: image and cavity, float32
    (SIZE, SIZE), 0..1.

    level: float16 (256, 128) dB. mask: uint8 of that shape. Machines are of the cut's own family.
    """
    values = ranges.draw([int(rng.integers(2**31)), 3], family, "heart", ["machine"])
    shade = varied.grey(level.astype(np.float32), values, rng).astype(np.float32)
    mask = mask.astype(np.float32)
    if rng.random() < 0.15:
        shade, mask = shade[:, ::-1], mask[:, ::-1]
    rows, lines = _placed(width_deg, values["margin"], rng)
    image, truth = (
        cv2.remap(np.ascontiguousarray(one), lines, rows, cv2.INTER_LINEAR) for one in (shade, mask)
    )
    if rng.random() < 0.3:  # pixels of an archive smaller than its scan
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0))
    sharp = np.round(255 * np.clip(image * rng.uniform(0.9, 1.1), 0, 1)).astype(np.uint8)
    if values["marks"]:
        varied.mark(sharp, rng)
    if values["jpeg"] < 100:
        code = cv2.imencode(".jpg", sharp, [cv2.IMWRITE_JPEG_QUALITY, values["jpeg"]])[1]
        sharp = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return sharp.astype(np.float32) / 255, truth


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
