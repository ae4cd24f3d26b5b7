"""What an outline itself gives away: it may be wrong, whoever drew it, and no truth is needed to see.

Two things are asked. How much would the network's own probabilities expect its outline to overlap
with the truth? And is the outline a shape that a muscle between two sheets can have, that is, are
its upper and lower border smooth lines? Limits were chosen on simulated scans for `muscle_varied`; how
often they notice stands in docs/measurements.md. A quiet answer proves nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from course_utils.core import accept, masks

GRID = 128  # pixels a side on which an outline is judged: as fine as the networks see
SURE, SMOOTH = 0.87, 0.95  # below one of them there is cause for doubt
FEWEST = 8  # columns of an outline whose borders can be judged
TURNS = 6  # rounds of the fit that leaves out what lies far off


@dataclass(frozen=True)
class Doubt:
    """How sure an outline is: both 0 to 1, NaN without an outline.

    expected: the Dice that the probabilities themselves expect. smooth: Dice of the outline with
    the band between two smooth curves through its borders. sure: the limit of `expected`. It shows
    itself as a sentence, and counts as False where there is no cause for doubt.
    """

    expected: float
    smooth: float
    sure: float = SURE

    def __bool__(self):
        return bool(self.expected < self.sure or self.smooth < SMOOTH)

    def __str__(self):
        said = []
        if self.expected < self.sure:
            said.append(f"the network itself expects a Dice of {self.expected:.2f} only")
        if self.smooth < SMOOTH:
            said.append("a border is ragged or jumps from one line to another")
        return f"Doubtful: {', and '.join(said)}. Look at this one." if said else ""


def doubt(probability, threshold=0.5, sure=SURE):
    """Is there cause to doubt this outline? A `Doubt`, which counts as False where there is none.

    probability: (H, W), 0..1, as `segment.predict` gives it. threshold: as in `segment.mask`, whose
    largest piece is judged. sure: the least expected Dice that gives no cause, 0 to 1. It belongs to
    a network: one whose probabilities are seldom near 0 or 1 expects less of good outlines, too, so
    take the value that most good outlines of *its* validation patients pass. The muscle is taken to
    lie along the picture, as a probe shows it. An outline that is empty gives no cause. Raises
    DataError for values outside 0..1.
    """
    sure = accept.number(sure, "sure", 0, 1)
    small = cv2.resize(accept.image(probability), (GRID, GRID), interpolation=cv2.INTER_AREA)
    found = masks.largest(small > threshold, fill=False)[0]
    if not found.any():
        return Doubt(float("nan"), float("nan"), sure)
    expected = 2 * small[found].sum() / (small.sum() + found.sum())
    return Doubt(float(expected), _smoothness(found), sure)


def _smoothness(found):
    """Dice of a mask, bool (N, N), with the band between smooth curves through its borders."""
    columns = np.flatnonzero(found.any(axis=0))
    if len(columns) < FEWEST:
        return 0.0
    upper = found.argmax(axis=0)[columns]
    lower = len(found) - 1 - found[::-1].argmax(axis=0)[columns]
    rows = np.arange(len(found))[:, None]
    band = np.zeros_like(found)
    band[:, columns] = (rows > _curve(columns, upper) - 0.5) & (rows < _curve(columns, lower) + 0.5)
    return float(2 * (band & found).sum() / (band.sum() + found.sum()))


def _curve(columns, border):
    """A parabola along most of a border, (columns,): what lies far off counts for little."""
    weight = np.ones(len(border))
    for _ in range(TURNS):
        fit = np.polynomial.Polynomial.fit(columns, border, 2, w=np.sqrt(weight))(columns)
        weight = 1 / np.maximum(np.abs(border - fit), 1.0)
    return fit
