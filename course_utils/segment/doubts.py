"""What an outline itself gives away: it may be wrong, whoever drew it, and no truth is needed to see.

Two things are asked. How much would the network's own probabilities expect its outline to overlap
with the truth? And is the outline a shape that a muscle between two sheets can have, that is, are
its upper and lower border smooth lines? Limits were chosen on simulated scans for `muscle_varied`; how
often they notice stands in docs/measurements.md. A quiet answer proves nothing.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from course_utils.core import accept, masks, plurals, tables

GRID = 128  # pixels a side on which an outline is judged: as fine as the networks see
SURE, SMOOTH = 0.87, 0.95  # below one of them there is cause for doubt
GOOD = 0.8  # Dice of an outline that a limit may rest on
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

    @property
    def why(self):
        """The cause, or "" where there is none."""
        said = []
        if self.expected < self.sure:
            said.append(f"the network itself expects a Dice of {self.expected:.2f} only")
        if self.smooth < SMOOTH:
            said.append("a border is ragged or jumps from one line to another")
        return ", and ".join(said)

    def __str__(self):
        return f"Doubtful: {self.why}. Look at this one." if self else ""


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


def limit(scores):
    """The least expected Dice that gives no cause for doubt, for a network of one's own: what 95 of
    100 good outlines of its validation patients reach, at most `SURE`.

    scores: of validation patients, as `segment.score` gives them. Raises DataError without columns.
    """
    tables.checked(scores, ("dice", "expected"))
    good = scores.loc[(scores["dice"] >= GOOD) & scores["expected"].notna(), "expected"]
    return float(min(SURE, good.quantile(0.05))) if len(good) else SURE


def told(scores, sure=SURE, most=5):
    """Which outlines of a set doubt themselves, as a sentence for the page; the least sure first.

    scores: a table as `segment.score` gives it. sure: as in `doubt`. most: how many are named.
    Raises DataError for a table without the columns.
    """
    tables.checked(scores, ("image", "expected", "smooth"))
    sure = accept.number(sure, "sure", 0, 1)
    drawn = scores[scores["expected"].notna()]
    found = {
        Path(row.image).name: Doubt(row.expected, row.smooth, sure)
        for row in drawn.sort_values("expected").itertuples()
    }
    found = {name: one for name, one in found.items() if one}
    if not found:
        return (
            f"None of {plurals.count(len(drawn), 'outline')} doubts itself, which proves nothing."
        )
    named = "; ".join(f"{name}: {one.why}" for name, one in list(found.items())[:most])
    more = f"; and {len(found) - most} more" if len(found) > most else ""
    return (
        f"{len(found)} of {plurals.count(len(drawn), 'outline')} "
        f"{plurals.verb(len(found), 'doubts itself', 'doubt themselves')}. Look there first: {named}{more}."
    )


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
