"""Callipers in a grey picture: crosses, and the dots or dashes between them."""

import cv2
import numpy as np
from scipy.spatial import cKDTree

from course_utils.privacy import letters

ARMS = (3, 4, 5, 7, 9, 12)  # half lengths of the crosses that are sought, in pixels
DEEPER = 0.16  # grey by which a cross stands out from what lies between its arms
FEWEST_DOTS = 7
SPACING = (4, 14)  # pixels from dot to dot
MOST_DOTS = 2500
LEVELS = (0.1, 0.2, 0.35, 0.55)  # grey above the surroundings


def crosses(picture):
    """Boxes (x0, y0, x1, y1) of upright and slanted crosses in a grey picture (H, W), 0..1.

    A cross is where the darkest pixel of all four arms is brighter than the brightest between them.
    """
    grey = picture.astype(np.float32)
    boxes = []
    for arm in ARMS:
        for kind in (_upright(arm), _slanted(arm)):
            for thick in (1, 2) if arm > 4 else (1,):
                boxes += _crosses(grey, kind, thick)
    return letters.joined(boxes)


def _crosses(grey, arms, thick):
    half = arms.shape[0] // 2
    near = cv2.dilate(arms, np.ones((2 * thick + 1, 2 * thick + 1), np.uint8))
    darkest = cv2.erode(grey, arms, borderType=cv2.BORDER_REPLICATE)
    between = cv2.dilate(grey, 1 - near, borderType=cv2.BORDER_REPLICATE)
    rows, columns = np.nonzero(darkest - between > DEEPER)
    return [
        (x - half, y - half, x + half, y + half)
        for x, y in zip(columns.tolist(), rows.tolist(), strict=True)
    ]


def _upright(arm):
    cross = np.zeros((2 * arm + 1, 2 * arm + 1), np.uint8)
    cross[arm], cross[:, arm] = 1, 1
    return cross


def _slanted(arm):
    return np.maximum(
        np.eye(2 * arm + 1, dtype=np.uint8), np.eye(2 * arm + 1, dtype=np.uint8)[::-1]
    )


def dotted(picture, crossed):
    """Boxes of the dots or dashes of straight rows at even distances, seven or more in a row.

    Rows that run level or upright are marks of depth, unless they lead to one of `crossed`, boxes of
    crosses.
    """
    grey = (picture * 255 + 0.5).astype(np.uint8)
    above = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((5, 5), np.uint8))
    boxes = []
    for level in LEVELS:
        stats = cv2.connectedComponentsWithStats((above > 255 * level).astype(np.uint8))[2]
        dots = stats[1:]
        dots = dots[(dots[:, 2] <= 7) & (dots[:, 3] <= 7) & (dots[:, 4] <= 16)][:, :4]
        if FEWEST_DOTS <= len(dots) <= MOST_DOTS:
            found = _rows(dots[:, :2] + (dots[:, 2:] - 1) / 2, picture, crossed)
            boxes += [(x, y, x + w - 1, y + h - 1) for x, y, w, h in dots[sorted(found)].tolist()]
    return letters.joined(boxes)


def _rows(middles, picture, crossed):
    """Numbers of the dots that stand in rows.

    Every pair of neighbours foretells where the next dot is; each place is foretold from all those
    before, so that rounding to whole pixels does not add up.
    """
    tree = cKDTree(middles)
    pairs = tree.query_pairs(SPACING[1], output_type="ndarray")
    rows = np.vstack([pairs, pairs[:, ::-1]])
    step = middles[rows[:, 1]] - middles[rows[:, 0]]
    apart = np.hypot(*step.T) >= SPACING[0]
    rows, step = rows[apart], step[apart]
    for count in range(2, FEWEST_DOTS):
        distance, dot = tree.query(middles[rows[:, 0]] + count * step, distance_upper_bound=1.1)
        there = np.isfinite(distance)
        rows = np.column_stack([rows[there], dot[there]])
        step = (middles[rows[:, -1]] - middles[rows[:, 0]]) / count
    return {int(dot) for row in rows if _is_row(middles[row], picture, crossed) for dot in row}


def _is_row(middles, picture, crossed):
    """Neither level nor upright, or on the line of a cross; equally bright, and dark in between."""
    reach = np.ptp(middles, axis=0)
    ends = middles[[0, -1]]
    if reach.min() < 0.02 * reach.max() + 1 and not _near(ends, crossed):
        return False
    dots = np.sort(_brightest(picture, middles))
    between = _at(picture, (middles[1:] + middles[:-1]) / 2)
    even = dots[-2] - dots[1] < 0.2
    return even and (between < dots[len(dots) // 2] - 0.12).mean() > 0.8


def _near(points, boxes):
    """Does a row between two points lead to a box: within its width, and not far beyond an end?"""
    along = (points[1] - points[0]) / np.hypot(*(points[1] - points[0]))
    for x0, y0, x1, y1 in boxes:
        away = np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - points
        beside = np.abs(away[0] @ (-along[1], along[0]))
        if beside <= 3 and np.hypot(*away.T).min() < 150:
            return True
    return False


def _at(picture, points):
    columns, rows = points.round().astype(int).T
    return picture[rows, columns]


def _brightest(picture, points):
    """The brightest of the nine pixels around each point."""
    near = [
        _at(picture, np.clip(points + (x, y), 0, np.subtract(picture.shape[::-1], 1)))
        for x in (-1, 0, 1)
        for y in (-1, 0, 1)
    ]
    return np.max(near, axis=0)
