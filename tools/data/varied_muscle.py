"""The training of `muscle_varied`, a network for muscle scans of any machine: no patient in it.

`python tools/data/weights.py muscle_varied` makes one. The file that is kept is of the recipe before
this one, which a shorter trial did not beat (docs/measurements.md). This file alone judges a recipe:

    python tools/data/varied_muscle.py --held-back soft coarse --steps 1000

trains without two families of machines and prints Dice on finished stills of every family, the
held-back ones among them. A recipe is chosen by the worse of these two; real scans are for
`tools/measure/real_muscle.py` and a single look at the end.
"""

import argparse
import functools
import sys
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.evaluate import metrics
from course_utils.segment import backend, losses, models
from course_utils.simulate import ranges, varied
from tools.data import stills

SIZE, STEPS, BATCH, RATE, SEED = 128, 2000, 16, 3e-3, 0
LOOK = 300  # validation after so many steps
POOL = 512  # pictures that are kept to be shown once more: making one costs as much as learning from it
MACHINES = 500  # of each family; drawing one costs half as much as all the rest of a picture
COVERED = 0.5  # how often a muscle below one without a sheet is taken, against any other
EVERY, DECAY = 4, 0.98  # the mean of the weights: of every fourth step, over about the last 200
BLACK = -150.0  # dB of what is beside a picture


def train(
    held_back=(),
    steps=STEPS,
    size=SIZE,
    width=16,
    parts=stills.PARTS,
    place=stills.PLACE,
    each=None,
    start=None,
    rate=RATE,
):
    """Train on randomised stills of every family that is not held back. Returns the model with the
    mean of its last weights.

    each: called with the model whenever it has been judged. start: a network that goes on learning,
    instead of one that knows nothing. rate: at the first step; it falls to a hundredth.
    """
    levels, layers, families, covered = stills.training(held_back, parts, place)
    odds = np.where(covered, COVERED, 1.0)
    odds = odds / odds.sum()
    looks = {name: stills.validation(name, place=place) for name in ranges.families()}
    backend.seed(SEED)
    rng = np.random.default_rng(SEED)
    model = start or models.unet(size, width)
    rates = backend.keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.01)
    model.compile(backend.keras.optimizers.Adam(rates), loss=losses.dice_bce)
    began, pool, mean, lost = (
        time.process_time(),
        [],
        [np.array(one) for one in model.get_weights()],
        [],
    )
    for step in range(1, steps + 1):
        fresh = BATCH if len(pool) < POOL else BATCH // 2
        chosen = rng.choice(len(levels), size=fresh, p=odds)
        pairs = [pictured(levels[i], layers[i], families[i], size, rng) for i in chosen]
        again = [pool[i] for i in rng.integers(len(pool), size=BATCH - fresh)] if pool else []
        pool = (pool + pairs)[-POOL:]
        images, truths = (np.stack(part)[..., None] for part in zip(*pairs, *again, strict=True))
        lost.append(float(model.train_on_batch(images, truths)))
        if step % EVERY == 0:
            share = 1 - min(DECAY, (EVERY + step) / (10 * EVERY + step))
            for old, new in zip(mean, model.get_weights(), strict=True):
                old += share * (new - old)
        if step % LOOK == 0 or step == steps:
            own = model.get_weights()
            model.set_weights(mean)
            told = ", ".join(
                f"{name} {dice.mean():.3f} (worst tenth {np.sort(dice)[: len(dice) // 10].mean():.2f})"
                for name, dice in judged(model, looks).items()
            )
            spent = time.process_time() - began
            loss = np.mean(lost[-LOOK:])
            print(f"step {step}, {spent:.0f} CPU-s: loss {loss:.3f}; {told}", flush=True)
            if each is not None:
                each(model)
            if step < steps:
                model.set_weights(own)
    return model


def judged(model, looks):
    """Dice of every finished still of every family: {family: (N,)}."""
    size, found = model.input_shape[1], {}
    for name, (images, masks) in looks.items():
        small = [cv2.resize(image.astype(np.float32) / 255, (size, size), interpolation=cv2.INTER_AREA)
                 for image in images]  # fmt: skip
        answers = model.predict_on_batch(np.stack(small)[..., None])[..., 0]
        grid = masks.shape[:0:-1]
        found[name] = np.array([
            metrics.dice(mask, (cv2.resize(np.asarray(answer), grid) > 0.5).astype(np.uint8))
            for mask, answer in zip(masks, answers, strict=True)
        ])  # fmt: skip
    return found


def pictured(level, layers, family, size, rng):
    """Echo levels as another body, hand, machine and user could show them: image and mask, float32
    (size, size), 0..1.

    level: float16 (H, W) dB. layers: uint8 (H, W), of `stills.level`. Machines are of the level's
    own family. What happens here goes beyond any body and any machine on purpose: a network that
    cannot lean on how bright a layer is has to look for sheets.
    """
    level, layers = _placed(level, layers, rng)
    if rng.random() < 0.4:
        level, layers = _bent(level, layers, rng)
    if rng.random() < 0.8:
        level = level + _recast(layers, rng)
    mask = (layers == stills.MUSCLE).astype(np.float32)
    values = _machine(int(rng.integers(MACHINES)), family)
    image = varied.grey(level, values, rng).astype(np.float32)
    if rng.random() < 0.3:  # pixels of an export smaller than its scan
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9))
    if rng.random() < 0.3:
        grain = rng.standard_normal(image.shape, np.float32)
        grain = cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.4, 2.5), None, rng.uniform(0.4, 1.2))
        image = np.clip(image * (1.0 + rng.uniform(0.05, 0.4) * grain / grain.std()), 0.0, 1.0)
    if rng.random() < 0.2:  # gain beyond what the machine can show
        image = np.clip(image * rng.uniform(1.0, 2.2), 0.0, 1.0)
    if values["marks"]:
        sharp = np.round(255 * image).astype(np.uint8)
        varied.mark(sharp, rng)
        image = sharp.astype(np.float32) / 255
    if values["framed"]:
        _framed(image, mask, values["margin"], rng)
    if values["jpeg"] < 100:
        code = cv2.imencode(".jpg", np.round(255 * image).astype(np.uint8),
                            [cv2.IMWRITE_JPEG_QUALITY, values["jpeg"]])[1]  # fmt: skip
        image = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    small = (cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA) for part in (image, mask))
    return tuple(small)


@functools.cache
def _machine(number, family):
    """A machine of a family: {name: value}."""
    return ranges.draw([number, 3], family, places=("machine",))


def _placed(level, layers, rng):
    """Levels float32 and layers (H, W) turned over, zoomed, leant and shifted. The upper sheet stays
    in view: without it nobody could tell the muscle from one that does not count.
    """
    size = len(level)
    if rng.random() < 0.5:
        level, layers = level[:, ::-1], layers[:, ::-1]
    level, layers = np.ascontiguousarray(level, np.float32), np.ascontiguousarray(layers)
    for attempt in range(5):
        wide, high, lean = np.exp(rng.uniform(-0.1, 0.5)), np.exp(rng.uniform(-0.1, 0.4)), 0.0
        move = np.zeros(2)
        if attempt < 4:
            lean = rng.uniform(-0.15, 0.15)
            # nothing but a corner comes in from above the skin
            move = size * np.array([(1.0 - wide) * rng.uniform(-0.1, 1.1),
                                    -0.5 * lean * wide - rng.uniform(0.0, 0.1)])  # fmt: skip
        else:
            wide = high = 1.0
        turn = np.array([[wide, 0.0, move[0]], [lean, high, move[1]]], np.float32)
        placed = [
            cv2.warpAffine(part, turn, (size, size), flags=how, borderValue=beside)
            for part, how, beside in (
                (level, cv2.INTER_LINEAR, BLACK), (layers, cv2.INTER_NEAREST, stills.OUTSIDE)
            )
        ]  # fmt: skip
        if not (placed[1][: size // 48] == stills.MUSCLE).any():
            break
    return placed


def _bent(level, layers, rng):
    """Levels and layers pushed up and down by a smooth field, up to about 6 % of the picture."""
    size = len(level)
    shape = int(rng.integers(3, 6)), int(rng.integers(3, 7))
    push = rng.standard_normal(shape, np.float32) * np.float32(size * rng.uniform(0.005, 0.02))
    push[0] = 0.0  # the skin stays at the top
    y, x = np.mgrid[:size, :size].astype(np.float32)
    y = y + cv2.resize(push, (size, size), interpolation=cv2.INTER_CUBIC)
    return (cv2.remap(level, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
            cv2.remap(layers, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE))  # fmt: skip


def _recast(layers, rng):
    """(H, W) dB to add: each layer, the sheets between them and each depth within a layer become
    brighter or darker at random, in smooth clouds, and some lines are lost.
    """
    size = len(layers)
    shift = rng.normal(0.0, rng.uniform(0.0, 6.0), 6).astype(np.float32)
    shift[stills.SHEET] = rng.normal(0.0, 4.0)
    change = shift[layers]
    for layer in (0, stills.MUSCLE, 2):
        if rng.random() < 0.5:
            inside = layers == layer
            share = np.cumsum(inside, axis=0) / np.maximum(inside.sum(axis=0), 1)
            curve = rng.normal(0.0, rng.uniform(1.0, 6.0), 5)
            change += np.where(inside, np.interp(share, np.linspace(0, 1, 5), curve), 0.0)
    # borders of the real picture are no steps of one pixel
    change = cv2.GaussianBlur(change.astype(np.float32), (0, 0), 1.0)
    cloud = rng.standard_normal((int(rng.integers(3, 9)), int(rng.integers(3, 9))), np.float32)
    cloud = cv2.resize(cloud, (size, size), interpolation=cv2.INTER_CUBIC)
    change += np.float32(rng.uniform(0.0, 4.0)) * cloud
    for _ in range(int(rng.choice((0, 1, 2), p=(0.75, 0.15, 0.1)))):
        middle, wide = rng.uniform(0.0, size), rng.uniform(0.01, 0.12) * size
        beam = np.exp(-0.5 * ((np.arange(size) - middle) / wide) ** 2)
        depth = 1.0 / (1.0 + np.exp((rng.uniform(-0.5, 0.6) * size - np.arange(size)) / 3.0))
        change -= np.float32(rng.uniform(3.0, 20.0)) * np.outer(depth, beam).astype(np.float32)
    return change


def _framed(image, mask, margin, rng):
    """A rest of the screen's frame over the sides of image and mask, in place."""
    grey = rng.choice((0.0, 0.0, 0.16, 0.24))
    size = len(image)
    top, bottom, left, right = (int(round(rng.uniform(0, margin) * size)) for _ in range(4))
    for part, value in ((image, grey), (mask, 0.0)):
        part[:top], part[size - bottom :] = value, value
        part[:, :left], part[:, size - right :] = value, value


def main(arguments=None):
    """Judge a recipe; returns 0."""
    parser = argparse.ArgumentParser(description="Judge a recipe for the muscle network.")
    parser.add_argument(
        "--held-back", nargs="*", default=(), choices=ranges.families(), help="not trained on"
    )
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--parts", type=int, default=stills.PARTS, help="as of stills.py")
    parser.add_argument(
        "--place", type=Path, default=stills.PLACE, help="where the stills are kept"
    )
    parser.add_argument("--save", type=Path, help="a .keras file, kept up to date")
    parser.add_argument("--start", type=Path, help="a .keras file that goes on learning")
    parser.add_argument("--rate", type=float, default=RATE, help="of learning, at the first step")
    choice = parser.parse_args(arguments)
    keep = (lambda model: models.save(model, choice.save, half=True)) if choice.save else None
    start = models.load(choice.start) if choice.start else None
    train(
        choice.held_back, choice.steps, choice.size, choice.width, choice.parts, choice.place, keep,
        start, choice.rate,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
