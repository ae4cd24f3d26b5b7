"""What is wrong with a study of any heart: faults of each view, learned from randomised hearts.

No single rule sees that an outline follows the wrong border. `described` puts into numbers what
picture, outline and the network's doubt show, alone and against the other view; a `Judge` estimates
from them, by forests of random trees (Geurts et al. 2006, doi:10.1007/s10994-006-6226-1), what only
the simulator knows: the share of the border that cannot be seen, how much shorter the cut is than
one through the true apex, and the share of the cavity beside the sector. `tools/data/quality.py`
fits it and sets its limits. SYNTHETIC hearts only.
"""

import zipfile
from dataclasses import dataclass, fields

import cv2
import numpy as np

from course_utils.core import errors, files
from course_utils.ejection_fraction import discs, rules
from course_utils.ejection_fraction import shape as lvshape

SIZE = 192  # pixels a side: every study is described on this grid, so that contrast means the same
DOUBTS = 0.2, 0.35, 0.65, 0.8  # probabilities beside 0.5 at which the cavity is measured, too
SHARES = 0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0  # quantiles of a contrast along the border
PARTS = 3  # of each side of the border, from the base to the apex
SEEN, STEP = 0.6, 0.03  # a stretch of border is seen: SDs of grey, and greys, between its two sides


@dataclass(frozen=True)
class Judge:
    """A forest of complete trees for each of `rules.FAULTS`. feature, threshold: (3, trees, inner nodes).
    value: (3, trees, leaves), 0..1. usual: (F,), for numbers that are missing. limits: (3,), a view
    with a fault beyond its limit is refused.
    """

    feature: np.ndarray
    threshold: np.ndarray
    value: np.ndarray
    usual: np.ndarray
    limits: np.ndarray

    def estimates(self, numbers):
        """The faults of each view, (V, 3), 0..1. numbers: (V, F), as `described` gives them."""
        rows = np.where(np.isfinite(numbers), numbers, self.usual)
        fault, tree = np.ogrid[: self.feature.shape[0], : self.feature.shape[1]]
        inner, found = self.feature.shape[2], []
        for row in rows:
            node = np.zeros(self.feature.shape[:2], int)
            while node.min() < inner:  # trees are complete: all reach a leaf at once
                right = row[self.feature[fault, tree, node]] > self.threshold[fault, tree, node]
                node = 2 * node + 1 + right
            found.append(self.value[fault, tree, node - inner].astype(float).mean(axis=1))
        return np.array(found)

    def save(self, path):
        """Write to `path` (ends in .npz)."""
        np.savez_compressed(path, **{one.name: getattr(self, one.name) for one in fields(self)})


def read(path):
    """`Judge` from a file that `Judge.save` wrote. Raises FileError for another one."""
    place = files.find(path)
    try:
        with np.load(place, allow_pickle=False) as kept:
            return Judge(**{one.name: kept[one.name] for one in fields(Judge)})
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as problem:
        raise errors.FileError(
            f"'{files.shown(place)}' holds no judge of studies. Fetch it anew."
        ) from problem


def described(views):
    """Numbers of a study, (V, F); NaN where an outline, or a second view, gives none.

    views: for each view pictures (2, H, W), 0..1, at end-diastole and end-systole; how likely each
    pixel is cavity, (2, H, W); and spacing (row_mm, col_mm), or None: then pixels are compared.
    """
    told, sizes = zip(*(_view(*view) for view in views), strict=True)
    others = sizes[::-1] if len(sizes) == 2 else [np.full((2, 3), np.nan)]
    rows = [
        np.concatenate([own, (size - other).ravel(), size[1] - size[0]])
        for own, size, other in zip(told, sizes, others, strict=True)
    ]
    return np.array(rows, np.float32)


def _view(pictures, likely, spacing):
    """Numbers of one view, and its log lengths, widths and areas (2, 3) at both moments."""
    rows, cols = pictures.shape[1:]
    step = np.multiply(spacing or (1.0, 1.0), (rows / SIZE, cols / SIZE))
    small = [
        [cv2.resize(one.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
         for one in both] for both in (pictures, likely)
    ]  # fmt: skip
    scan = rules.scan_area(small[0])
    told, sizes = zip(
        *(_moment(*both, scan, step) for both in zip(*small, strict=True)), strict=True
    )
    return np.concatenate(told), np.array(sizes)


def _moment(picture, likely, scan, step):
    """Numbers of one picture, and log length, mean width and area of its cavity."""
    mask = lvshape.largest(likely > 0.5)[0]
    doubt = _doubt(likely, mask)
    try:
        cut = discs.measure(mask, tuple(step))
        shape, size = _shape(mask, scan, cut, likely, step)
        return np.concatenate([doubt, shape, contrast(picture, mask)]), size
    except errors.DataError:  # no cavity that could be measured; the doubt alone tells
        return np.concatenate([doubt, np.full(SHAPE + CONTRAST, np.nan)]), np.full(3, np.nan)


def _doubt(likely, mask):
    inside, area = float(likely[mask].sum()), max(int(mask.sum()), 1)
    areas = [np.log(((likely > level).sum() + 1) / area) for level in DOUBTS]
    unsure = np.minimum(likely, 1 - likely).sum() / np.sqrt(area)
    return [2 * inside / (area + float(likely.sum())), inside / area, unsure, likely.max(), *areas]


def _shape(mask, scan, cut, likely, step):
    """Form and place of a cavity, and the logs of its length, mean width and area."""
    wide, length = cut.diameters, cut.axis.length
    others = []
    for level in DOUBTS[::3]:
        try:
            others.append(np.log(discs.long_axis(likely > level, tuple(step)).length / length))
        except errors.DataError:
            others.append(np.nan)
    edge = cv2.erode(np.pad(scan, 2).astype(np.uint8), np.ones((5, 5), np.uint8))[2:-2, 2:-2] == 0
    rim = mask & (cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    upper = rim & (np.arange(SIZE)[:, None] < np.nonzero(mask)[0].mean())
    top, deep = np.nonzero(scan.any(axis=1))[0][[0, -1]]
    shape = [
        np.log(length / wide.max()), wide[:5].mean() / wide.max(), wide[-5:].mean() / wide.max(),
        (rim & edge).sum() / rim.sum(), (upper & edge).sum() / max(upper.sum(), 1),
        mask.sum() / max(scan.sum(), 1), (np.nonzero(mask)[0].min() - top) / (deep - top),
        np.ptp(np.nonzero(mask)[0]) / (deep - top), *others,
    ]  # fmt: skip
    area = wide.sum() * cut.height
    return shape, np.log([length, area / length, area])


def contrast(picture, mask):
    """How the border of `mask` stands out in the picture: quantiles along it, each third of the
    worse side from base to apex, then of the better one, and the share that cannot be seen.
    """
    sharp, step = stretches(picture, mask)
    seen = (sharp > SEEN) & (step > STEP)
    sides = np.array([
        [part.mean() for part in np.array_split(kind, 2 * PARTS)] for kind in (sharp, step, seen)
    ]).reshape(3, 2, PARTS)  # fmt: skip
    sides[:, 1] = sides[:, 1, ::-1]  # both from the base to the apex
    sides = sides[:, np.argsort(sides[0].sum(axis=1))]
    hidden = 1 - seen.sum() / rules.STRETCHES
    return [*np.quantile(sharp, SHARES), *np.quantile(step, SHARES), *sides.ravel(), hidden,
            picture[mask].mean(), picture[mask].std()]  # fmt: skip


def stretches(picture, mask):
    """The contrast of each stretch of a border, apex in the middle: in SDs of grey (at most 3 either
    way), and in greys, (N,) both. DataError where too little of it lies in the picture.
    """
    inside, outside = rules.sides(picture, mask)
    step = np.array([far.mean() - near.mean() for near, far in zip(inside, outside, strict=True)])
    noise = [
        np.sqrt(0.5 * (far.var() + near.var())) for near, far in zip(inside, outside, strict=True)
    ]
    return np.clip(step / np.maximum(noise, 1e-3), -3, 3), step


SHAPE, CONTRAST = 10, 2 * len(SHARES) + 6 * PARTS + 3  # how many numbers each of them gives
