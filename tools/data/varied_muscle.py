"""The training of `muscle_varied`, a network for muscle scans of any machine: no patient in it.

`python tools/data/weights.py muscle_varied` makes the shipped one. This file alone judges a recipe:

    python tools/data/varied_muscle.py --held-back crisp --steps 1000

trains without one family of machines and prints Dice on finished stills of every family, the
held-back one among them. Everything about the recipe is chosen by that number; real scans are for
`tools/measure/real_muscle.py` and a single look at the end.
"""

import argparse
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

SIZE, STEPS, BATCH, RATE, SEED = 128, 1800, 16, 3e-3, 0
LOOK = 250  # validation after so many steps


def train(
    held_back=None,
    steps=STEPS,
    size=SIZE,
    width=16,
    parts=stills.PARTS,
    place=stills.PLACE,
    each=None,
):
    """Train on randomised stills of every family but one. Returns the model.

    each: called with the model whenever it has been judged.
    """
    levels, masks, families = stills.training(held_back, parts, place)
    looks = {name: stills.validation(name, place=place) for name in ranges.families()}
    backend.seed(SEED)
    rng = np.random.default_rng(SEED)
    model = models.unet(size, width)
    rates = backend.keras.optimizers.schedules.CosineDecay(RATE, steps, alpha=0.01)
    model.compile(backend.keras.optimizers.Adam(rates), loss=losses.dice_bce)
    began = time.process_time()
    for step in range(1, steps + 1):
        chosen = rng.integers(len(levels), size=BATCH)
        pairs = [pictured(levels[i], masks[i], families[i], size, rng) for i in chosen]
        images, truths = (np.stack(part)[..., None] for part in zip(*pairs, strict=True))
        loss = model.train_on_batch(images, truths)
        if step % LOOK == 0 or step == steps:
            told = ", ".join(
                f"{name} {dice.mean():.3f} (worst tenth {np.sort(dice)[: len(dice) // 10].mean():.2f})"
                for name, dice in judged(model, looks).items()
            )
            spent = time.process_time() - began
            print(f"step {step}, {spent:.0f} CPU-s: loss {float(loss):.3f}; {told}", flush=True)
            if each is not None:
                each(model)
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


def pictured(level, mask, family, size, rng):
    """Echo levels as another hand, machine and user could show them: image and mask, float32
    (size, size), 0..1.

    level: float16 (H, W) dB. mask: uint8 (H, W). Machines are of the level's own family.
    """
    level, mask = _placed(level, mask, rng)
    values = ranges.draw([int(rng.integers(2**31)), 3], family)
    image = varied.grey(level, values, rng).astype(np.float32)
    if rng.random() < 0.3:  # pixels of an export smaller than its scan
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9))
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


def _placed(level, mask, rng):
    """Levels and mask turned over, zoomed, leant and shifted, float32 (H, W). The upper sheet stays
    in view: without it nobody could tell the muscle from one that does not count.
    """
    size = len(level)
    if rng.random() < 0.5:
        level, mask = level[:, ::-1], mask[:, ::-1]
    level, mask = (np.ascontiguousarray(part, np.float32) for part in (level, mask))
    for attempt in range(5):
        wide, high = np.exp(rng.uniform(-0.15, 0.35)), np.exp(rng.uniform(-0.15, 0.3))
        lean = rng.uniform(-0.12, 0.12)
        both = np.array([[wide, 0.0], [lean, high]]) if attempt < 4 else np.eye(2)
        middle = np.full(2, (size - 1) / 2)
        move = middle - both @ middle
        if attempt < 4:
            move += size * rng.uniform(-0.07, 0.07, 2)
        turn = np.column_stack([both, move]).astype(np.float32)
        # what the turn brings in from beside the picture is its own border, drawn out
        placed = [
            cv2.warpAffine(part, turn, (size, size), borderMode=cv2.BORDER_REPLICATE)
            for part in (level, mask)
        ]
        if not placed[1][: size // 48].any():
            break
    return placed


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
    parser.add_argument("--held-back", choices=ranges.families(), help="a family not trained on")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--parts", type=int, default=stills.PARTS, help="as of stills.py")
    parser.add_argument(
        "--place", type=Path, default=stills.PLACE, help="where the stills are kept"
    )
    parser.add_argument("--save", type=Path, help="a .keras file, kept up to date")
    choice = parser.parse_args(arguments)
    keep = (lambda model: models.save(model, choice.save, half=True)) if choice.save else None
    train(
        choice.held_back, choice.steps, choice.size, choice.width, choice.parts, choice.place, keep
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
