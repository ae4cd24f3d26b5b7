"""Shapes of known size and place, and textured grey, as arrays."""

import cv2
import numpy as np


def disc(radius, centre=(150.0, 150.0), size=300):
    rows, cols = np.mgrid[:size, :size]
    return ((rows - centre[0]) ** 2 + (cols - centre[1]) ** 2 <= radius**2).astype(np.uint8)


def box(top, bottom, left, right, shape=(300, 300)):
    mask = np.zeros(shape, np.uint8)
    mask[top:bottom, left:right] = 1
    return mask


def blobs(seed, shape=(40, 50)):
    """Two ragged masks of several pieces, neither empty."""
    rng = np.random.default_rng(seed)
    pair = [rng.random(shape) < 0.02 for _ in range(2)]
    for mask in pair:
        mask[rng.integers(shape[0]), rng.integers(shape[1])] = True
    reach = rng.integers(1, 6)
    return [
        np.maximum.reduce(
            [np.roll(m, (i, j), (0, 1)) for i in range(reach) for j in range(reach)]
        ).astype(np.uint8)
        for m in pair
    ]


def centroid(image):
    """(x, y), weighted with the grey levels."""
    rows, cols = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(cols * image).sum(), (rows * image).sum()]) / image.sum()


def scan(shape=(128, 128), seed=0):
    """Textured grey between 0.2 and 0.8 everywhere."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random(shape, dtype=np.float32), (0, 0), 1)
    return 0.2 + 0.6 * (noise - noise.min()) / np.ptp(noise)
