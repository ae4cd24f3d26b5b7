"""Callipers in a grey picture: crosses, and the dots or dashes between them."""

import cv2
import numpy as np
from scipy.spatial import cKDTree

from course_utils.privacy import letters

ARMS = (3, 4, 5, 7, 9, 12)  # half lengths of the crosses that are sought, in pixels
DEEPER = 0.16  # grey by which a cross stands out from what lies between its arms
FEWEST_DOTS = 6
SPACING = (3, 14)  # pixels from dot to dot
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


def dotted(picture):
    """Boxes of the dots or dashes of straight rows at even distances, six or more in a row; not of
    rows that run level or upright, as marks of depth do.
    """
    grey = (picture * 255 + 0.5).astype(np.uint8)
    above = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((5, 5), np.uint8))
    boxes = []
    for level in LEVELS:
        stats = cv2.connectedComponentsWithStats((above > 255 * level).astype(np.uint8))[2][1:]
        wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
        dots = stats[(wide <= 7) & (high <= 7) & (area <= 16)]
        if FEWEST_DOTS <= len(dots) <= MOST_DOTS:
            boxes += _rows(dots[:, :4].astype(float))
    return letters.joined(boxes)


def _rows(dots):
    """Boxes of the dots (x, y, w, h) that stand in rows."""
    middles = dots[:, :2] + (dots[:, 2:] - 1) / 2
    tree = cKDTree(middles)
    found = set()
    for one, other in tree.query_pairs(SPACING[1], output_type="ndarray"):
        away = middles[other] - middles[one]
        if np.hypot(*away) < SPACING[0] or np.abs(away).min() < 0.3:
            continue
        row = [
            one,
            other,
            *_onward(tree, middles, other, away),
            *_onward(tree, middles, one, -away),
        ]
        if len(row) >= FEWEST_DOTS and _is_row(dots[row], middles[row]):
            found.update(int(dot) for dot in row)
    return [(int(x), int(y), int(x + w - 1), int(y + h - 1)) for x, y, w, h in dots[sorted(found)]]


def _onward(tree, middles, last, step):
    """Dots that follow one another from `last` at the same distance; each next place is foretold
    from those before, so that rounding to whole pixels does not add up.
    """
    row, start, count = [], middles[last], 0
    while True:
        count += 1
        distance, dot = tree.query(start + count * step, distance_upper_bound=1.3)
        if not np.isfinite(distance) or dot in row:
            return row
        row.append(int(dot))
        step = (middles[dot] - start) / count


def _is_row(dots, middles):
    """Alike in size, and neither level nor upright as a whole."""
    reach = np.ptp(middles, axis=0)
    return np.ptp(dots[:, 2:], axis=0).max() <= 3 and reach.min() > 0.02 * reach.max() + 1
