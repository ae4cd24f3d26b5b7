"""Lines of letters in a grey picture: pieces with the build of a letter, side by side on one line.

The picture is cut at several levels, for no single one parts both grey letters on black and white
letters on tissue from what is around them. At each level a connected piece may be a letter by its
size, its strokes and its sharp edge; pieces of one height on one baseline, close together and
equally bright, are a line; and a line has less of its own kind around it than in it, which streaks
of tissue have not.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.sparse import coo_matrix, csgraph

STROKE = 9  # pixels: wider than any stroke of a letter
ABOVE_GROUND = (
    0.08,
    0.15,
    0.23,
    0.32,
    0.42,
    0.53,
    0.65,
)  # levels of what is brighter than its surroundings
BRIGHT = (0.6, 0.7, 0.78, 0.86, 0.93, 0.98)  # levels of grey
HEIGHTS = (5, 40)
CROWD, PAIR = 0.5, 0.2  # most of a level's density around a line, and around one of two letters
# Grey across the edge of a line of one, two or three letters: specks of the heart have 0.22 or less, letters
# 0.3 or more (0.37 at least of those on the makes that were tuned on).
STEPS = {1: 0.25, 2: 0.27, 3: 0.15}
MOST_PIECES = 6000  # a level with more is noise


@dataclass(frozen=True)
class Pieces:
    """Connected pieces of one level, one row each: `box` (x, y, w, h), `peak` grey,
    `step` in grey across its edge, `thick` stroke in pixels, `beside` an edge: cut
    by the left or right side of the picture, `letter`: has the build of one.
    """

    box: np.ndarray
    peak: np.ndarray
    step: np.ndarray
    thick: np.ndarray
    beside: np.ndarray
    letter: np.ndarray


def find(picture):
    """Boxes (x0, y0, x1, y1) in a grey picture (H, W), 0..1: (lines of letters, numbers of scales).

    A scale is numbers that stand one below the other at even distances.
    """
    grey = (picture * 255 + 0.5).astype(np.uint8)
    ground = cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((STROKE, STROKE), np.uint8))
    above = grey - ground
    lines, scales = [], []
    for mask in (
        *(above > 255 * level for level in ABOVE_GROUND),
        *((grey > 255 * level) & (above > 25) for level in BRIGHT),
    ):
        pieces = _pieces(mask, grey)
        if pieces is not None and pieces.letter.sum() > 1:
            sums = cv2.integral(mask.astype(np.uint8))
            of_level = _lines(pieces)
            lines += [_box(pieces, line) for line in of_level if _is_word(pieces, line, sums)]
            scales += _scales(pieces, of_level, sums)
    return joined(lines), joined(scales)


def _pieces(mask, grey):
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if not 1 < count <= MOST_PIECES:
        return None
    box, area = stats[1:, :4].astype(int), stats[1:, cv2.CC_STAT_AREA].astype(float)
    flat = labels.ravel()
    inside = np.flatnonzero(flat)
    owner, values = flat[inside] - 1, grey.ravel()[inside].astype(float) / 255
    peak = np.zeros(count - 1)
    np.maximum.at(peak, owner, values)
    deep = np.zeros(count - 1)
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    np.maximum.at(deep, owner, distance.ravel()[inside])
    step = np.bincount(owner, values, count - 1) / area - _around(labels, grey, count)
    straight = _straight(owner, inside, grey.shape[1], area, box[:, 3])
    wide, high = box[:, 2], box[:, 3]
    cut = (box[:, 1] == 0) | (box[:, 1] + high == len(grey))  # by an edge of the picture
    beside = (box[:, 0] == 0) | (box[:, 0] + wide == grey.shape[1])
    tall = np.where(cut, 2 * high, high)
    fits = (tall >= HEIGHTS[0]) & (tall <= HEIGHTS[1]) & (wide <= 1.5 * tall + 1)
    fits &= (deep * 2 <= 0.36 * tall + 1.2) & (step > 0.08) & (area > 0.6 * high)
    part = beside & (high <= HEIGHTS[1]) & (wide <= 30) & (2 * deep <= 6) & (step > 0.1)
    return Pieces(box, peak, step, 2 * deep, beside, part | fits & (cut | ~straight))


def _around(labels, grey, count):
    """Mean grey of the ring two pixels outside each piece (of what no other piece covers)."""
    here = labels.astype(np.float32)
    near, far = (cv2.dilate(here, np.ones((n, n), np.uint8)) for n in (3, 5))
    ring = np.flatnonzero((far > 0) & (near == 0))
    owner = far.ravel()[ring].astype(int) - 1
    total = np.bincount(owner, grey.ravel()[ring] / 255, count - 1)
    return total / np.maximum(1, np.bincount(owner, minlength=count - 1))


def _straight(owner, inside, width, area, high):
    """Pieces that are one straight slanted or level stroke, as streaks of tissue are; upright ones
    are not meant, for I and 1 are upright.
    """
    x, y = inside % width, inside // width
    mean = [np.bincount(owner, v, len(area)) / area for v in (x, y)]
    xx, yy, xy = (
        np.bincount(owner, a * b, len(area)) / area
        for a, b in (
            (x - mean[0][owner], x - mean[0][owner]),
            (y - mean[1][owner], y - mean[1][owner]),
            (x - mean[0][owner], y - mean[1][owner]),
        )
    )
    root = np.sqrt((xx - yy) ** 2 / 4 + xy**2)
    minor = np.sqrt(np.maximum(0, (xx + yy) / 2 - root))
    slant = np.abs(0.5 * np.arctan2(2 * xy, xx - yy))  # of the long axis against the level
    return (minor < 0.5 + 0.07 * high) & (slant < 1.25)


def _lines(pieces):
    """What may be letters, by lines: a list of arrays of numbers of pieces."""
    chosen = np.flatnonzero(pieces.letter)
    x, y, wide, high = pieces.box[chosen].T
    peak = pieces.peak[chosen]
    low, taller = y + high, np.maximum(high[:, None], high[None])
    gap = x[None] - (x + wide)[:, None]  # from the end of one to the start of the next
    beside = pieces.beside[chosen]
    part = beside[:, None] | beside[None]  # a letter of which the side of the picture left a bit
    alike = np.abs(low[:, None] - low[None]) <= np.maximum(1, 0.12 * taller)
    alike |= part & (np.abs(y[:, None] - y[None]) <= 1)
    alike &= part | (np.minimum(high[:, None], high[None]) >= 0.6 * taller)
    far = np.abs(peak[:, None] - peak[None])
    # Fixed-width letters and blanks stand farther apart: then they have to be more alike.
    wide_apart = (np.abs(high[:, None] - high[None]) <= 1) & (far <= 0.08) & (gap <= 1.5 * taller)
    alike &= (gap >= -1) & (wide_apart | (gap <= np.maximum(4, 0.8 * taller)) & (far <= 0.15))
    first, second = np.nonzero(alike)
    shape = (len(chosen), len(chosen))
    graph = coo_matrix((np.ones(len(first)), (first, second)), shape)
    count, of_line = csgraph.connected_components(graph, directed=False)
    order = np.argsort(of_line, kind="stable")
    return np.split(chosen[order], np.cumsum(np.bincount(of_line, minlength=count))[:-1])


def _is_word(pieces, line, sums):
    if len(line) < 2:
        return False
    high, low = pieces.box[line, 3], pieces.box[line, 1] + pieces.box[line, 3]
    part = pieces.beside[line]
    if part.all():
        return False
    alike = np.abs(high[~part, None] - high[None, ~part]) <= 0.08 * high[~part]
    usual = high[~part][np.argmax(alike.sum(axis=0))]  # capitals or small letters: the more
    even = (np.abs(high - usual) <= max(1, 0.08 * usual)) & (np.abs(low - np.median(low)) <= 1)
    even |= part
    if np.ptp(pieces.thick[line]) > 0.12 * usual + 1.2 or even.sum() < max(2, 0.5 * len(line)):
        return False
    crowd, step = _crowd(_box(pieces, line), sums, int(usual)), np.median(pieces.step[line])
    if part.any() and len(line) < 4:
        sharp = np.ptp(pieces.peak[line]) < 0.12 and pieces.step[line].min() > 0.2
        return sharp and crowd < 0.05 and usual >= 5
    if len(line) == 2:
        apart = np.ptp(pieces.box[line, 0]) - pieces.box[line, 2].max() > max(4, usual)
        sharp = np.ptp(pieces.peak[line]) < 0.12 and step > STEPS[2] and not apart
        return sharp and crowd < PAIR and (usual >= 6 or crowd == 0)
    return crowd < CROWD and step > STEPS.get(len(line), 0)


def _crowd(box, sums, reach):
    """How dense the level is around a box, as a share of how dense it is inside."""
    height, width = sums.shape[0] - 1, sums.shape[1] - 1

    def _sum(x0, y0, x1, y1):
        (x0, x1), (y0, y1) = np.clip((x0, x1 + 1), 0, width), np.clip((y0, y1 + 1), 0, height)
        area = (x1 - x0) * (y1 - y0)
        return sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0], area

    x0, y0, x1, y1 = box
    inside, small = _sum(x0, y0, x1, y1)
    # One pixel of smear is not surroundings; nor are the sides, where the next word stands.
    deep = int(np.clip(reach // 3, 1, 3))  # the next line may be near
    above = _sum(x0, y0 - 1 - deep, x1, y0 - 2)
    below = _sum(x0, y1 + 2, x1, y1 + 1 + deep)
    around, large = above[0] + below[0], above[1] + below[1]
    return around / max(1, large) / (inside / small)


def _scales(pieces, lines, sums):
    """Boxes of short numbers, three or more, that stand in a column."""
    numbers = [
        _box(pieces, line)
        for line in lines
        if len(line) <= 3
        and not pieces.beside[line].any()
        and np.median(pieces.step[line]) > STEPS[1]
    ]
    numbers = [b for b in numbers if _crowd(b, sums, b[3] - b[1]) < 0.05]
    numbers = np.array(sorted(numbers, key=lambda b: b[1])).reshape(-1, 4)
    found = []
    for start in range(len(numbers)):
        found += _even_column(numbers, start)
    return found


def _even_column(numbers, start):
    """The boxes of a column that begins with the box number `start`; empty if it is none."""
    x0, y0, x1, y1 = numbers[start]
    high = numbers[:, 3] - numbers[:, 1] + 1
    level = (numbers[:, 1] > y1) & (np.abs(high - (y1 - y0 + 1)) <= 1)
    for side in (np.abs(numbers[:, 0] - x0), np.abs(numbers[:, 2] - x1)):
        below = np.flatnonzero(level & (side <= 2))
        if len(below) < 2:
            continue
        away = numbers[below, 1] - y0
        steps = away / away[0]
        even = np.abs(steps - steps.round()) * away[0] <= 2
        column = numbers[[start, *below[even]]]
        wide = column[:, 2] - column[:, 0] + 1 >= 0.4 * (y1 - y0 + 1)  # not all are 1
        if len(column) > 2 and wide.sum() > 1 and away[0] >= 1.5 * (y1 - y0 + 1):
            return [tuple(int(v) for v in box) for box in column]
    return []


def _box(pieces, line):
    x, y, wide, high = pieces.box[line].T
    return int(x.min()), int(y.min()), int((x + wide).max()) - 1, int((y + high).max()) - 1


def joined(boxes):
    """Boxes that overlap become one."""
    left = list(boxes)
    done = []
    while left:
        box = left.pop()
        touching = [b for b in left if touch(box, b)]
        if not touching:
            done.append(box)
            continue
        left = [b for b in left if b not in touching]
        corners = np.array([box, *touching])
        left.append((*corners[:, :2].min(axis=0).tolist(), *corners[:, 2:].max(axis=0).tolist()))
    return done


def touch(one, other):
    """Do two boxes overlap?"""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
