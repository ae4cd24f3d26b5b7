"""Tracings as EchoNet-Dynamic stores them: one long axis and 20 chords for each traced frame.

`VolumeTracings.csv` has the columns FileName, X1, Y1, X2, Y2, Frame. The first row of a frame is
the long axis, the rows after it are the chords from the apex to the mitral annulus, all in pixels.
Two frames of a clip are traced: the larger area is end-diastole, the smaller end-systole.
Format: Ouyang et al., Nature 2020;580:252, doi:10.1038/s41586-020-2145-8.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import pandas

from course_utils.core import errors
from course_utils.ejection_fraction import shape

COLUMNS = ("FileName", "X1", "Y1", "X2", "Y2", "Frame")
FEWEST = 10  # chords; with fewer the tracing was cut short
FLAT = 30  # degrees a chord may lean against the right angle to the long axis


@dataclass(frozen=True)
class Tracing:
    """One traced frame. axis: (2, 2), apex and base as (x, y) in pixels. chords: (n, 2, 2), the
    wall points of every disc, apex first, left wall first (apex at the top).
    """

    axis: np.ndarray
    chords: np.ndarray = field(repr=False)

    def area(self):
        """The area inside the outline, pixels^2: down one wall and up the other. As in the data set it
        ends at the first and the last chord, half a disc short of apex and base.
        """
        return shape.area(np.vstack([self.chords[:, 0], self.chords[::-1, 1]]))


def from_rows(rows):
    """One frame's rows as a `Tracing`. rows: a table with X1, Y1, X2, Y2, long axis first.

    Chords that run from right to left are turned round, and so is a list from annulus to apex.
    Raises DataError, saying what is wrong, for missing columns or numbers, fewer than 10 chords, a
    first row that is not the long axis, and chords out of order.
    """
    lines = _lines(rows)
    axis, chords = lines[0], lines[1:]
    if len(chords) < FEWEST:
        raise errors.DataError(
            f"only {len(chords)} chords are left; at least {FEWEST} are needed, 20 are usual"
        )
    length = float(np.hypot(*(axis[1] - axis[0])))
    if length == 0:
        raise errors.DataError("the long axis has no length")
    again = [
        n for n in range(2, len(chords) + 1) if (chords[n - 1] == chords[: n - 1]).all((1, 2)).any()
    ]
    if again:
        raise errors.DataError(
            f"chord {again[0]} is given twice{f', and {len(again) - 1} more' if again[1:] else ''}; take "
            "the second out of the list"
        )
    down = (axis[1] - axis[0]) / length
    chords = _across(chords, down)
    level = (chords.mean(axis=1) - axis[0]) @ down
    if (np.diff(level) < 0).all():
        chords, level = chords[::-1], level[::-1]
    if not (np.diff(level) > 0).all():
        raise errors.DataError("the chords are not in order from the apex to the annulus")
    if level.min() < -0.1 * length or level.max() > 1.1 * length:
        raise errors.DataError("the chords do not lie along the long axis")
    width = np.hypot(*(chords[:, 1] - chords[:, 0]).T)
    if width[0] > width[-1]:  # the narrow end is the apex
        axis, chords = axis[::-1], _across(chords[::-1], -down)
    return Tracing(axis, chords)


def clip_name(value):
    """A clip's name without folder and without .avi, however it was written."""
    text = str(value).strip().replace("\\", "/").rsplit("/", 1)[-1]
    return text[:-4] if text.lower().endswith(".avi") else text


def _across(chords, down):
    """Every chord with its left end first, seen with the apex up."""
    right = np.array([down[1], -down[0]])
    along = (chords[:, 1] - chords[:, 0]) @ right
    chords = np.where((along < 0)[:, None, None], chords[:, ::-1], chords)
    width = np.hypot(*(chords[:, 1] - chords[:, 0]).T)
    wide = width > 0.3 * width.max()  # the shortest ones, at the apex, may point anywhere
    lean = np.abs((chords[:, 1] - chords[:, 0]) @ down)[wide] / width[wide]
    if width.max() == 0 or np.median(lean) > math.sin(math.radians(FLAT)):
        raise errors.DataError(
            "the first row is not the long axis: the other rows do not cross it at right angles"
        )
    return chords


def _lines(rows):
    lacking = [column for column in COLUMNS[1:5] if column not in rows]
    if lacking:
        raise errors.DataError(f"The tracing has no column {', '.join(lacking)}.")
    values = rows[list(COLUMNS[1:5])].apply(pandas.to_numeric, errors="coerce").to_numpy(float)
    if not len(values):
        raise errors.DataError("the tracing has no rows")
    if not np.isfinite(values).all():
        raise errors.DataError("a coordinate is missing or is not a number")
    return values.reshape(-1, 2, 2)
