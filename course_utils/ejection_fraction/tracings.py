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

from course_utils.core import errors, files, tables
from course_utils.ejection_fraction import discs
from course_utils.ejection_fraction import shape as lvshape

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

    @property
    def outline(self):
        """The closed outline as (2 n, 2) points (x, y): down one wall and up the other. As in the
        data set it ends at the first and the last chord, half a disc short of apex and base.
        """
        return np.vstack([self.chords[:, 0], self.chords[::-1, 1]])

    def mask(self, shape=(112, 112)):
        """The traced cavity as a mask, uint8 (H, W) of 0 and 1. Raises DataError if it is empty."""
        mask = lvshape.filled(self.outline, shape)
        if not mask.any():
            raise errors.DataError(
                f"The tracing lies outside a picture of {shape[0]} x {shape[1]} "
                "pixels. Does it belong to this clip?"
            )
        return mask

    def area(self, spacing=None):
        """The area inside the outline: mm^2, or pixels^2 where spacing is None."""
        return lvshape.area(self.outline * self._scale(spacing))

    def volume(self, spacing=None):
        """The single-plane volume by discs: mL, or pixels^3 where spacing is None."""
        scale = self._scale(spacing)
        widths = np.hypot(*((self.chords[:, 1] - self.chords[:, 0]) * scale).T)
        length = float(np.hypot(*((self.axis[1] - self.axis[0]) * scale)))
        cube = discs.volume(widths, widths, length)
        return cube if spacing is None else cube / 1000

    def rows(self, name, frame):
        """The tracing as rows of VolumeTracings.csv: a table of n + 1 rows, long axis first."""
        lines = np.concatenate([self.axis[None], self.chords]).reshape(-1, 4)
        table = pandas.DataFrame(lines, columns=["X1", "Y1", "X2", "Y2"])
        table.insert(0, "FileName", str(name))
        return table.assign(Frame=int(frame))[list(COLUMNS)]

    @staticmethod
    def _scale(spacing):
        return np.array((1.0, 1.0) if spacing is None else discs.millimetres(spacing)[::-1])


def from_mask(mask, n=discs.DISCS, landmarks=None, label=None):
    """The `Tracing` of a cavity: its long axis and n chords. Errors as discs.long_axis."""
    cut = discs.measure(mask, None, n, landmarks, label)
    return Tracing(np.array([cut.axis.apex, cut.axis.base]), cut.chords)


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


def read(file, frame_counts=None, name=None):
    """Read a VolumeTracings.csv: (tracings, left_out).

    tracings: (clip name without .avi, frame number) -> `Tracing`. left_out: a table of `clip`,
    `frame` and `why`, one row for each frame that could not be used; nothing is dropped silently.
    frame_counts: clip name -> how many frames its video has, to catch numbers beyond the end. name:
    only this clip (with or without .avi).
    Raises FileError for a missing or unreadable file, DataError for missing columns and where
    nothing is left.
    """
    table = _table(file)
    table["FileName"] = [clip_name(value) for value in table["FileName"]]
    if name is not None:
        table = table[table["FileName"] == clip_name(name)]
        if table.empty:
            raise errors.DataError(f"{files.shown(file)} has no rows of {clip_name(name)}.")
    counts = {clip_name(key): value for key, value in (frame_counts or {}).items()}
    found, left_out = {}, []
    for (clip, frame), rows in table.groupby(["FileName", "Frame"], sort=False, dropna=False):
        try:
            number = _frame(frame, counts.get(clip))
            found[clip, number] = from_rows(rows)
        except errors.DataError as problem:
            left_out.append((clip, frame, str(problem)))
    for clip, frames in _by_clip(found).items():
        if len(frames) == 1:
            left_out.append(
                (
                    clip,
                    None,
                    "only one traced frame can be used, so there is no pair "
                    "of end-diastole and end-systole",
                )
            )
    missing = sorted(set(counts) - set(table["FileName"])) if name is None else []
    left_out += [(clip, None, "no tracing: it has no rows in the file") for clip in missing]
    if not found:
        why = f" ({left_out[0][2]})" if left_out else ""
        raise errors.DataError(f"No tracing of {files.shown(file)} can be used{why}.")
    return found, pandas.DataFrame(left_out, columns=["clip", "frame", "why"])


def phases(tracings, name):
    """(end-diastole, end-systole) frame numbers of a clip: the largest and the smallest area.

    tracings: as `read` gives them. Raises DataError for a clip with fewer than two traced frames.
    """
    name = clip_name(name)
    areas = {frame: tracing.area() for (clip, frame), tracing in tracings.items() if clip == name}
    if len(areas) < 2:
        raise errors.DataError(
            f"{name} has {len(areas)} traced frames; end-diastole and end-systole need two."
        )
    return max(areas, key=areas.get), min(areas, key=areas.get)


def ejection_fraction(tracings, name):
    """The single-plane EF of a clip in per cent, from its two traced frames. No spacing needed."""
    ed, es = phases(tracings, name)
    name = clip_name(name)
    return discs.ejection_fraction(tracings[name, ed].volume(), tracings[name, es].volume())


def write(file, tracings, suffix=".avi"):
    """Write (clip name, frame) -> `Tracing` as a VolumeTracings.csv; 4 decimals of a pixel.

    Nothing is left half-written. Raises DataError for an empty set,
    FileError where the file exists.
    """
    if not tracings:
        raise errors.DataError("There is no tracing to write.")
    table = pandas.concat(
        [
            tracing.rows(clip_name(clip) + suffix, frame)
            for (clip, frame), tracing in tracings.items()
        ]
    )
    text = table.to_csv(index=False, float_format="%.4f", lineterminator="\n")
    return files.write_whole(file, lambda place: place.write_bytes(text.encode("utf-8")))


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


def _table(file):
    table = tables.read_csv(file)  # as text: the clip 0012 keeps its zeros
    names = {column.lower(): column for column in COLUMNS}
    table = table.rename(columns=names)
    for column in COLUMNS[1:]:
        if column in table:
            table[column] = table[column].map(tables.decimal)
    lacking = [column for column in COLUMNS if column not in table]
    if lacking:
        raise errors.DataError(
            f"{files.shown(file)} has no column {', '.join(lacking)}. The "
            f"columns of a VolumeTracings.csv are {', '.join(COLUMNS)}."
        )
    return table


def _frame(value, count):
    number = pandas.to_numeric(value, errors="coerce")
    if not (np.isfinite(number) and number >= 0 and number == int(number)):
        raise errors.DataError("the frame is not a whole number of 0 or more")
    if count is not None and number >= count:
        raise errors.DataError(
            f"frame {int(number)} is beyond the end: the video has {count} frames, counted from 0"
        )
    return int(number)


def _by_clip(found):
    clips = {}
    for clip, frame in found:
        clips.setdefault(clip, []).append(frame)
    return clips
