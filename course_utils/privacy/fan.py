"""The shape of an acoustic sector: two straight sides, and what lies between two depths.

Linear, curved and phased arrays all draw such shapes: the sides are parallel, or meet in one point,
from which depth is counted (curved arrays: their top is an arc around it). Fitted to the part of a
sector that was found, the shape brings back what was not: a bright near field that never moves, or
dark corners.
"""

import cv2
import numpy as np

ROWS = 32  # rows whose pairs propose a side
NEAR = 2.5  # pixels: a border point lies on a side
FEWEST = 0.35  # share of the rows of a side that lie on it
PARALLEL, OPEN = (
    0.04,
    0.12,
)  # slopes, sideways per row: of a linear array at most, of others at least
HELD = 0.97  # share of the found part inside the fitted shape
SOME = 0.15  # share of a depth that is drawn where dark tissue goes on
FULL, GAP = 0.8, 0.1  # a depth drawn all across, and how far beyond the rest (share of the depth)


def complete(found, drawn):
    """The fitted shape around each large piece of `found`; what has no such shape stays as it is.

    found: bool (H, W), a part of the sector. drawn: bool (H, W), what is not plain screen. The
    result holds all of `found`.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8))
    whole = found.copy()
    for number in range(1, count):
        if stats[number, cv2.CC_STAT_AREA] > 0.2 * found.sum():
            shape = _shape(labels == number, drawn)
            if shape is not None:
                whole |= shape
    return whole


def _shape(part, drawn):
    # What is drawn beside the part shows the side better than the part, whose border was smoothed.
    about = cv2.dilate(part.astype(np.uint8), np.ones((15, 15), np.uint8)).astype(bool)
    about = part | drawn & about
    left, right = _side(about, left=True), _side(about, left=False)
    if left is None or right is None:
        return None
    slopes = -left[1], right[1]
    parallel = max(np.abs(slopes)) < PARALLEL
    if not parallel and min(slopes) < OPEN:
        return None
    y, x = np.mgrid[: part.shape[0], : part.shape[1]].astype(np.float32)
    between = (x >= left[0] + left[1] * y - 1) & (x <= right[0] + right[1] * y + 1)
    depth = y
    if not parallel:
        apex = (left[0] - right[0]) / sum(slopes)
        between &= y > apex
        depth = np.hypot(x - (left[0] + left[1] * apex), y - apex)
    near, far = _depths(part, drawn, between, depth)
    shape = between & (depth >= near) & (depth <= far)
    return shape if (shape & part).sum() > HELD * part.sum() else None


def _side(part, left):
    """A side as x = at + slope * y: (at, slope), or None where the border is no straight line.

    Of the lines through two border points that one counts on which most others lie and beyond
    which fewest do; below the widest row the border is no side but the arc at the far end.
    """
    rows = np.flatnonzero(part.any(axis=1))
    flipped = part[rows] if left else part[rows, ::-1]
    border = flipped.argmax(axis=1).astype(float)
    widest = len(border) - 1 - int(border[::-1].argmin())
    rows, border = rows[: widest + 1].astype(float), border[: widest + 1]
    if len(rows) < ROWS:
        return None
    tried = np.linspace(0, len(rows) - 1, ROWS).astype(int)
    one, other = (tried[i] for i in np.triu_indices(ROWS, ROWS // 4))
    slope = (border[other] - border[one]) / (rows[other] - rows[one])
    at = border[one] - slope * rows[one]
    away = border[None] - (at[:, None] + slope[:, None] * rows[None])
    on, beyond = (np.abs(away) <= NEAR).sum(axis=1), (away < -NEAR).sum(axis=1)
    fits = np.clip(1 - np.abs(away) / NEAR, 0, 1).sum(axis=1)
    best = int(np.argmax(fits - beyond))
    if on[best] < FEWEST * len(rows) or beyond[best] > 0.05 * len(rows):
        return None
    if left:
        return at[best], slope[best]
    return part.shape[1] - 1 - at[best], -slope[best]


def _depths(part, drawn, between, depth):
    """The nearest and the farthest depth of the part, moved on as long as a part of each depth is drawn;
    a line drawn all across a little farther belongs to it too.
    """
    steps = depth[between].astype(int)
    total = np.bincount(steps)
    share = np.bincount(steps, drawn[between], len(total)) / np.maximum(1, total)
    there = np.sort(depth[part & between])
    near, far = (int(there[int(q * (len(there) - 1))]) for q in (0.002, 0.998))
    gap = int(GAP * (far - near))
    full = (share > FULL) & (total > 10)
    across = np.flatnonzero(full[max(0, near - gap) : near])
    if len(across):
        near = max(0, near - gap) + int(across[0])
    while near > 0 and share[near - 1] > SOME:
        near -= 1
    while far + 1 < len(share) and share[far + 1] > SOME:
        far += 1
    return near - 0.5, far + 1.5
