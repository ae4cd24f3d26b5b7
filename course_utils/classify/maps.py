"""Where a pixel lies: two maps that are made of an outline and go to a network beside the picture.

The idea is that of Jahanifar et al, arXiv:2011.11777; its exact recipe was not known here, so these
two are our reading of 'position': how deep in the tendon, and how far along it.
"""

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from course_utils.core import accept, errors

REACH_MM = 5.0  # farther than this from the outline all places are alike
SIZE = 32  # of what the classifier sees: a pixel is 1 mm, and the maps carry what is finer
INPUTS = {"image": [0], "image + mask + maps": [0, 1, 2, 3]}


def signed_distance(mask, spacing):
    """Distance to the outline in mm: float32 (H, W), above 0 inside, below 0 outside.

    spacing: (row_mm, col_mm). Raises DataError where nothing, or everything, is inside.
    """
    mask, spacing = _some(mask), accept.millimetres(spacing, "distance")
    inside = distance_transform_edt(mask, sampling=spacing)
    return (inside - distance_transform_edt(1 - mask, sampling=spacing)).astype(np.float32)


def along(mask, spacing):
    """Place along the tendon: float32 (H, W), -1 at its left end (muscle), +1 at its right end.

    It is the length of the middle line up to a column, so that a steep part counts in full; columns
    beyond the ends keep -1 and +1.
    """
    mask, (row_mm, col_mm) = _some(mask), accept.millimetres(spacing, "place along the tendon")
    columns = np.flatnonzero(mask.any(0))
    rows = np.arange(mask.shape[0])[:, None]
    middle = (rows * mask).sum(0)[columns] / mask.sum(0)[columns]
    steps = np.hypot(np.diff(columns) * col_mm, np.diff(middle) * row_mm)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    share = length / length[-1] if length[-1] else length
    line = np.interp(np.arange(mask.shape[1]), columns, 2.0 * share - 1.0)
    return np.broadcast_to(line.astype(np.float32), mask.shape)


def stack(image, mask, spacing):
    """What the classifier sees of one picture: float32 (32, 32, 4).

    Channels: image; mask; signed distance, clipped at 5 mm and divided by it; place along the
    tendon. image: (H, W), 0..1; mask: (H, W) of 0 and 1.
    """
    image = accept.image(image)
    mask = accept.mask(mask, image.shape)
    near = np.clip(signed_distance(mask, spacing), -REACH_MM, REACH_MM) / REACH_MM
    layers = image, mask.astype(np.float32), near, np.ascontiguousarray(along(mask, spacing))
    small = [cv2.resize(layer, (SIZE, SIZE), interpolation=cv2.INTER_AREA) for layer in layers]
    return np.stack(small, axis=-1)


def _some(mask):
    mask = accept.mask(mask)
    if mask.min() == mask.max():
        raise errors.DataError("The mask is empty or full, so it has no outline to measure from.")
    return (mask > 0).astype(np.uint8)
