"""Echo levels of randomised muscle stills for training, made once and kept:
`python tools/data/stills.py`.

Writes build/stills/FAMILY_NNN.npz: `levels` float16 (125, 192, 192), dB before any grey, so that one
still can be made grey anew in every epoch, and `masks` uint8 of the same shape, which say for each
place its layer, as `layers` numbers them. The parts numbered
from 200 are for validation and hold finished pictures instead, `images` uint8. About 0.2
CPU-seconds a still. SYNTHETIC; not committed.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import enhance
from course_utils.simulate import ranges, varied

PLACE = ROOT / "build" / "stills"
SIZE, PART, PARTS = 192, 125, 3
FIRST = 100_000  # the first still's seed; families lie a million apart
VALIDATION = 200  # the part of a family that is for validation
MUSCLE, OUTSIDE, SHEET = 1, 4, 5  # of the layers


def seeds(family, numbers):
    """The seeds of stills of one family of machines, or of any machine (None)."""
    place = 0 if family is None else 1 + ranges.families().index(family)
    return [FIRST + 1_000_000 * place + number for number in numbers]


def part(family, number, make, count=PART, place=PLACE):
    """Part `number` of a family's stills, from the disk or made by `make`: two arrays."""
    path = Path(place) / f"{family or 'any'}_{number:03d}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        first = number * PART
        pairs = [make(seed, family) for seed in seeds(family, range(first, first + count))]
        pictures, masks = (np.stack(arrays) for arrays in zip(*pairs, strict=True))
        partial = path.with_suffix(".part.npz")
        np.savez(partial, pictures=pictures, masks=masks)
        partial.replace(path)
    with np.load(path) as kept:
        return kept["pictures"], kept["masks"]


def level(seed, family):
    """Echo levels float16 and layers uint8, both (192, 192), of one still."""
    made, leg = varied.levels(seed, family)
    small = cv2.resize(made.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    places = np.linspace(-leg.half, leg.half, SIZE), np.linspace(0.0, leg.probe.depth_mm, SIZE)
    return small.astype(np.float16), layers(leg, *places)


def layers(leg, x_mm, z_mm):
    """(H, W) uint8: the layer of each place: 0 above the muscle, 1 that muscle, 2 the next one, 3 all
    below, 4 without contact, 5 the half of each sheet beside the muscle.
    """
    borders = leg.superficial(x_mm), leg.deep(x_mm), leg.floor(x_mm)
    found = np.sum([z_mm[:, None] > border for border in borders], axis=0, dtype=np.uint8)
    found[(found == MUSCLE) & (leg.mask(x_mm, z_mm) == 0)] = SHEET
    return np.where(leg.touched(x_mm), found, np.uint8(OUTSIDE))


def picture(seed, family):
    """One finished still as a network sees it: image and mask, uint8 (192, 192)."""
    made = varied.still(seed, family)
    image = enhance.resize(made.image.astype(np.float32) / 255, SIZE)[0]
    return np.round(255 * np.clip(image, 0, 1)).astype(np.uint8), enhance.resize_mask(
        made.mask, SIZE
    )


def training(held_back=(), parts=PARTS, place=PLACE):
    """Stills of every family that is not held back, and of any machine: (levels, layers, the family
    of each, whether a muscle without a sheet of its own lies above).
    """
    families = [family for family in (None, *ranges.families()) if family not in held_back]
    names = [family for _ in range(parts) for family in families]
    every = [
        part(name, number // len(families), level, place=place) for number, name in enumerate(names)
    ]
    levels, masks = (np.concatenate(arrays) for arrays in zip(*every, strict=True))
    whose, covered = [], []
    for number, (name, one) in enumerate(zip(names, every, strict=True)):
        first = number // len(families) * PART
        for seed in seeds(name, range(first, first + len(one[0]))):
            whose.append(name)
            covered.append(ranges.draw(seed, name, places=("anatomy",))["cover"])
    return levels, masks, whose, np.array(covered)


def validation(family, count=40, place=PLACE):
    """Finished stills of a family that no training has seen: (images, masks)."""
    return part(family, VALIDATION, picture, count, place)


def main(arguments=None):
    """Make the stills of every family. Returns 0."""
    parser = argparse.ArgumentParser(description="Make randomised muscle stills for training.")
    parser.add_argument(
        "--parts", type=int, default=PARTS, help="parts of 125 stills of each family"
    )
    parser.add_argument("--place", type=Path, default=PLACE, help="where they are kept")
    choice = parser.parse_args(arguments)
    for family in ranges.families():
        print(f"{family}: {len(validation(family, place=choice.place)[0])} finished", flush=True)
    for number in range(choice.parts):
        for family in (None, *ranges.families()):
            count = len(part(family, number, level, place=choice.place)[0])
            print(f"{family or 'any'}, part {number}: {count}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
