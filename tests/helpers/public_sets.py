"""BUSI, HC18 and DL_Track: small folders in exactly these formats."""

import warnings

import cv2
import numpy as np
import pandas
import scipy.special
from PIL import Image

from course_utils import public_data
from course_utils.core import errors


def picture(seed, shape=(90, 120)):
    """A picture with structure of its own, so that no two look alike."""
    draws = np.random.default_rng(seed)
    coarse = draws.random((9, 12)).astype(np.float32)
    return (cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1) * 255).astype(
        np.uint8
    )


def disc(x, y, radius=14, shape=(90, 120)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return ((np.hypot(rows - y, columns - x) <= radius) * 255).astype(np.uint8)


def save(path, values, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values)
    (image.convert(mode) if mode else image).save(path)


def quietly(read, *given, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)
        return read(*given, **more)


def reasons(table):
    return public_data.left_out(table).set_index("file")["why"]


def files_of(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def busi(folder):
    """Two benign images (one with two masks, one with an RGBA mask), one malignant, one normal."""
    place = folder / "Dataset_BUSI_with_GT"
    save(place / "benign" / "benign (1).png", picture(1), "RGB")
    save(place / "benign" / "benign (1)_mask.png", disc(30, 40))
    save(place / "benign" / "benign (1)_mask_1.png", disc(80, 50))
    save(place / "benign" / "benign (2).png", picture(2), "RGB")
    save(place / "benign" / "benign (2)_mask.png", disc(50, 50), "RGBA")
    save(place / "malignant" / "malignant (1).png", picture(3), "RGB")
    save(place / "malignant" / "malignant (1)_mask.png", disc(60, 30), "RGB")
    save(place / "normal" / "normal (1).png", picture(4), "RGB")
    save(place / "normal" / "normal (1)_mask.png", np.zeros((90, 120), np.uint8))
    return place


def outline(x, y, a, b, degrees, shape=(270, 400)):
    canvas = np.zeros(shape, np.uint8)
    cv2.ellipse(canvas, (x, y), (a, b), degrees, 0, 360, 255, 2)
    return canvas


HEADS = {
    "000_HC": (200, 130, 120, 90, 15),
    "010_HC": (190, 140, 100, 80, -20),
    "010_2HC": (205, 128, 101, 82, -18),
    "011_HC": (330, 130, 110, 85, 0),
}  # leaves the picture


def around(a, b):
    """Circumference by the elliptic integral: an independent witness."""
    a, b = max(a, b), min(a, b)
    return 4 * a * scipy.special.ellipe(1 - (b / a) ** 2)


def hc18(folder, pixel=0.2):
    listed = []
    for seed, (stem, shape) in enumerate(HEADS.items()):
        save(folder / "training_set" / f"{stem}.png", picture(seed, (270, 400)))
        save(folder / "training_set" / f"{stem}_Annotation.png", outline(*shape))
        listed.append((f"{stem}.png", pixel, round(around(*shape[2:4]) * pixel, 2)))
    save(folder / "test_set" / "000_HC.png", picture(99, (270, 400)))
    pandas.DataFrame(
        listed, columns=["filename", "pixel size(mm)", "head circumference (mm)"]
    ).to_csv(folder / "training_set_pixel_size_and_HC.csv", index=False)
    return folder


def bands(*rows, shape=(90, 120), slope=0.1):
    """Aponeuroses as bands of 5 pixels."""
    down, across = np.mgrid[: shape[0], : shape[1]]
    mask = np.zeros(shape, bool)
    for row in rows:
        mask |= np.abs(down - row - slope * across) <= 2
    return (mask * 255).astype(np.uint8)


def dl_track(folder, images="apo_images", masks="apo_masks", end=".tif"):
    for seed, rows in enumerate([(10, 50), (15, 45), (10, 40, 65)]):
        save(folder / images / f"img_{seed:05d}{end}", picture(seed), "RGB")
        save(folder / masks / f"img_{seed:05d}{end}", bands(*rows))
    return folder
