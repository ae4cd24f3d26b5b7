"""Folders of made-up images for the tests of the folder check: SYNTHETIC, never a patient."""

import cv2
import numpy as np
from PIL import Image

from course_utils.show import progress
from course_utils.your_own_data import check

SIZE = (120, 160)  # rows, columns
USUAL = (
    "patients were found",
    "no pixel size",
    "too few patients to split",
)  # kinds that most of these folders have


def grey(seed, size=SIZE):
    """Smoothed noise, uint8 (H, W); another seed gives another picture."""
    noise = np.random.default_rng(seed).random(size, dtype=np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 4)
    return cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def disc(seed, size=SIZE, value=255):
    """A disc on black, uint8 (H, W); another seed puts it elsewhere."""
    draws = np.random.default_rng(seed)
    centre = int(draws.integers(30, size[1] - 30)), int(draws.integers(30, size[0] - 29))
    return cv2.circle(np.zeros(size, np.uint8), centre, int(draws.integers(18, 28)), value, -1)


def save(path, pixels, mode=None):
    """Write pixels with Pillow, in the format of the name; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(path)
    return path


def fill(folder, **pairs):
    """Write image and mask for each `image name=mask name`, given as a dict in `pairs`."""
    for number, (image, masks) in enumerate(pairs.items()):
        save(folder / image, grey(number))
        for extra, mask in enumerate([masks] if isinstance(masks, str) else masks or []):
            save(folder / mask, disc(1000 * extra + number))


def state(folder):
    """Every file with its bytes and its time of change, and every folder with its time."""
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in sorted(folder.rglob("*"))
    }


def inspect(folder):
    """Check a folder quietly, and prove that nothing in it has changed."""
    before = state(folder)
    report = check.inspect(folder, progress.Quiet())
    assert state(folder) == before
    return report


def pairs(report):
    """image -> its masks, of the rows that a lesson can use."""
    return {row.image: list(row.mask_files) for row in report.table.itertuples()}


def said(report, *but):
    """(level, kind) -> files, without the kinds in `but`."""
    result = {}
    for row in report.problems.itertuples():
        if row.kind not in but:
            result.setdefault((row.level, row.kind), []).append(row.file)
    return result


def good(folder):
    """Four good pairs of two patients, in two folders."""
    fill(folder, **{f"images/P{p}_{n}.png": f"masks/P{p}_{n}.png" for p in (1, 2) for n in (1, 2)})
    return folder
