"""Randomised muscle stills for training, made once and kept: `python tools/data/stills.py`.

Writes build/stills/NAME_NNN.npz with `images` and `masks`, uint8 (250, 192, 192), prepared as a
network sees them. About 0.3 CPU-seconds a still. SYNTHETIC; not committed.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import enhance
from course_utils.simulate import ranges, varied

PLACE = ROOT / "build" / "stills"
SIZE, PART, FIRST = 192, 250, 100_000  # FIRST: the first still's seed; families lie a million apart
VALIDATION = 50_000  # stills of a family from this number on are for validation


def seeds(family, numbers):
    """The seeds of stills of one family of machines, or of any machine (None)."""
    place = 0 if family is None else 1 + ranges.families().index(family)
    return [FIRST + 1_000_000 * place + number for number in numbers]


def part(family, number, count=PART, place=PLACE):
    """Part `number` of a family's stills, from the disk or made: (images, masks)."""
    path = Path(place) / f"{family or 'any'}_{number:03d}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        first = number * PART
        pairs = [prepared(seed, family) for seed in seeds(family, range(first, first + count))]
        images, masks = (np.stack(arrays) for arrays in zip(*pairs, strict=True))
        partial = path.with_suffix(".part.npz")
        np.savez_compressed(partial, images=images, masks=masks)
        partial.replace(path)
    kept = np.load(path)
    return kept["images"][:count], kept["masks"][:count]


def prepared(seed, family):
    """One still as a network sees it: image and mask, uint8 (192, 192)."""
    made = varied.still(seed, family)
    image = enhance.resize(made.image.astype(np.float32) / 255, SIZE)[0]
    return np.round(255 * np.clip(image, 0, 1)).astype(np.uint8), enhance.resize_mask(
        made.mask, SIZE
    )


def training(held_back=None, parts=3, place=PLACE):
    """Stills of every family but one, and of any machine: (images, masks)."""
    families = [family for family in (None, *ranges.families()) if family != held_back]
    every = [part(family, number, place=place) for number in range(parts) for family in families]
    return tuple(np.concatenate(arrays) for arrays in zip(*every, strict=True))


def validation(family, count=100, place=PLACE):
    """Stills of a family that no training has seen: (images, masks)."""
    return part(family, VALIDATION // PART, count, place)


def main(arguments=None):
    """Make the stills of every family. Returns 0."""
    parser = argparse.ArgumentParser(description="Make randomised muscle stills for training.")
    parser.add_argument("--parts", type=int, default=3, help="parts of 250 stills of each family")
    parser.add_argument("--place", type=Path, default=PLACE, help="where they are kept")
    choice = parser.parse_args(arguments)
    for family in ranges.families():
        print(
            f"{family}: {len(validation(family, place=choice.place)[0])} for validation", flush=True
        )
    for number in range(choice.parts):
        for family in (None, *ranges.families()):
            print(
                f"{family}, part {number}: {len(part(family, number, place=choice.place)[0])}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
