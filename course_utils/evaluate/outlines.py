"""The outlines of two masks and how far apart they lie.

The outline of a mask runs between its pixels and the background, as marching squares draws it. It
is stored as one piece for every corner where four pixels meet and are not all alike, with the
length of line it stands for (mm or pixels). Where muscle runs out of the picture, its border counts
as outline. Distances are measured from piece to piece, and each weighs as much as its length: a
slanting edge, and pixels that are not square, count for what they are. A distance is right to about
half a pixel, which is all that a mask of pixels knows.
Source: Nikolov et al, J Med Internet Res 2021, doi:10.2196/26151.
"""

import math

import numpy as np
from scipy import ndimage

from course_utils.core import accept

ROUNDING = 1 + 1e-9  # 3 pixels of 0.1 mm are 0.30000000000000004 mm, and within 0.3 mm


class Gaps:
    """All distances between the outlines of two masks, in mm, or in pixels without a spacing.

    truth, prediction: bool (H, W) of one size. spacing: (row_mm, col_mm) or None.
    `there` and `back`: (distances, lengths) of the pieces of the truth's and of the prediction's
    outline, each to the nearest piece of the other. `empty`: how many of the two masks are.
    Raises DataError for a spacing that is not two numbers above 0.
    """

    def __init__(self, truth, prediction, spacing=None):
        spacing = accept.spacing(spacing) or (1.0, 1.0)
        self.empty = int(not truth.any()) + int(not prediction.any())
        self.farthest = math.hypot(*np.multiply(truth.shape, spacing))
        if self.empty:
            return
        box = _box(truth | prediction)  # all that counts lies inside, and it is much faster
        left, right = outline(truth[box], spacing), outline(prediction[box], spacing)
        self.there, self.back = _one_way(left, right, spacing), _one_way(right, left, spacing)

    def percentile(self, share):
        """The larger of the two directions' percentiles, by length of line; share is 0..1."""
        if self.empty:
            return self._without()
        return max(_percentile(*self.there, share), _percentile(*self.back, share))

    def mean(self):
        """The mean of both directions together, by length of line."""
        if self.empty:
            return self._without()
        distances, lengths = self._both()
        return float(np.average(distances, weights=lengths))

    def within(self, tolerance):
        """The share of both outlines, by length, that is at most `tolerance` from the other."""
        if self.empty:
            return float(self.empty == 2)
        distances, lengths = self._both()
        return float(lengths[distances <= tolerance * ROUNDING].sum() / lengths.sum())

    def _both(self):
        return (np.concatenate(parts) for parts in zip(self.there, self.back, strict=False))

    def _without(self):
        return 0.0 if self.empty == 2 else self.farthest


def outline(mask, spacing):
    """The length of outline at every corner of the pixels: (H + 1, W + 1), 0 where there is none.

    mask: bool (H, W). spacing: (row, col). Of the four pixels around a corner, one or three inside:
    the line cuts that pixel's corner off; two beside each other: it runs straight along the grid;
    two across: it cuts off both.
    """
    row, col = spacing
    room = np.pad(mask.astype(np.uint8), 1)
    code = 8 * room[:-1, :-1] + 4 * room[:-1, 1:] + 2 * room[1:, :-1] + room[1:, 1:]
    cut = math.hypot(row, col) / 2
    length = np.array(
        [0, cut, cut, col, cut, row, 2 * cut, cut, cut, 2 * cut, row, cut, col, cut, cut, 0]
    )
    return length[code]


def _one_way(start, goal, spacing):
    distance = ndimage.distance_transform_edt(goal == 0, sampling=spacing)
    here = start > 0
    return distance[here], start[here]


def _percentile(distances, lengths, share):
    order = np.argsort(distances)
    passed = np.cumsum(lengths[order])
    place = np.searchsorted(passed / passed[-1], share)
    return float(distances[order][min(place, distances.size - 1)])


def _box(mask):
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
