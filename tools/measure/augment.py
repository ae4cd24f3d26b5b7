"""Measure how many images per second `augment` makes on one core, and say it as a ratio.

    python tools/measure/augment.py [--size 128] [--images 600]

The yardstick, measured in the same minute, is what a tutorial would write with albumentations
alone: both flips, Affine, ElasticTransform, GaussNoise, GaussianBlur and RandomBrightnessContrast,
each every other time. Time is processor time, so other work on the machine disturbs it less."""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np

from course_utils import augment


def scan(size, seed=0):
    """A stand-in for a scan: smoothed noise that darkens with depth, and a mask of its middle."""
    noise = np.random.default_rng(seed).random((size, size), dtype=np.float32)
    image = (
        cv2.GaussianBlur(noise, (0, 0), 1) * np.linspace(1, 0.4, size, dtype=np.float32)[:, None]
    )
    mask = np.zeros((size, size), np.uint8)
    mask[size // 3 : 2 * size // 3] = 1
    return image, mask


def tutorial(seed=0):
    """The yardstick: albumentations' own transforms, without checks, shadow or speckle."""
    own = augment.steps.A
    compose = own.Compose(
        [
            own.HorizontalFlip(),
            own.VerticalFlip(),
            own.Affine(scale=(0.9, 1.1), rotate=(-10, 10)),
            own.ElasticTransform(alpha=120, sigma=6),
            own.GaussNoise(std_range=(0.01, 0.03)),
            own.GaussianBlur(),
            own.RandomBrightnessContrast(),
        ],
        seed=seed,
    )
    return lambda image, mask: compose(image=image, mask=mask)


def rate(pipe, size, images):
    """Images per second of processor time on one core, the best of three rounds."""
    image, mask = scan(size)
    pipe(image, mask)
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for _ in range(images):
            pipe(image, mask)
        best = min(best, time.process_time() - start)
    return images / best


def main(arguments=None):
    """Print one line per pipeline: images per second and the share of the yardstick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--images", type=int, default=600)
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    yardstick = rate(tutorial(), chosen.size, chosen.images)
    print(f"{chosen.size} x {chosen.size} pixels, image and mask, one core")
    print(f"{'tutorial':12} {yardstick:7.0f} images/s   1.00")
    for preset in augment.PRESETS:
        speed = rate(augment.pipeline(preset), chosen.size, chosen.images)
        print(f"{preset:12} {speed:7.0f} images/s   {speed / yardstick:.2f}")


if __name__ == "__main__":
    main()
