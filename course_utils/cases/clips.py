"""Read the clips of a clip table: frames, labels and millimetres of one view, or of a whole study.

A clip table is a pandas table with one row per clip, that is, per view of a patient, as
`samples.table("echo")` and the readers of `public_data` give it. Labels: 0 background, 1 cavity of
the left ventricle, 2 its wall, 3 left atrium.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas

from course_utils.core import errors, files, plurals, tables
from course_utils.load import frame_rate, sanity, videos, volumes

NEEDED = ("cine", "patient_id", "view", "fps", "row_mm", "col_mm")
FOUR, TWO = "A4C", "A2C"
CAMUS_LABELS = (0, 1, 2, 3)  # background, cavity, myocardium, left atrium
CAVITY, ATRIUM = 1, 3
LARGEST_LABEL = 3


@dataclass(frozen=True)
class Clip:
    """One cine: frames float32 (T, H, W) 0..1, fps in 1/s or None, spacing (row_mm, col_mm) or
    None, labels uint8 (T, H, W) or None, view such as "A4C", patient_id. synthetic: True only where
    the set says so.
    """

    frames: np.ndarray
    fps: float | None
    spacing: tuple | None
    labels: np.ndarray | None
    view: str
    patient_id: str
    synthetic: bool = False


def read(row, folder=None):
    """The clip of one table row: `Clip`.

    row: a row of a clip table (pandas Series, dict or one-row table), or a row of itertuples.
    folder: where its paths start; by default the folder that the table remembers. A colour movie
    is made grey. The frame rate of the table counts; the movie's own fills a gap. Raises DataError
    for a row without the needed columns, or whose labels do not fit its frames; FileError for a
    file that is missing or damaged. Warns when the movie has another number of frames than the
    table says.
    """
    values, remembered = _values(row)
    base = folder if folder is not None else remembered
    path = _path(values["cine"], base, "cine")
    if str(path).lower().endswith((".nii", ".nii.gz", ".mhd", ".mha")):
        return load_clip(values, base)
    movie = videos.cine(path)
    name, frames = files.shown(path), movie.frames
    listed = values.get("frames")
    if _given(listed) and int(listed) != len(frames):
        errors.warn(
            f"'{name}' has {plurals.count(len(frames), 'frame')}, but the table says "
            f"{int(listed)}. The frame "
            "numbers in the table may not belong to this movie."
        )
    labels = None
    if _given(values.get("masks")):
        labels = read_labels(_path(values["masks"], base, "masks"), frames.shape)
    fps = _rate(values["fps"], movie.fps, name)
    spacing = _spacing(values, frames.shape[-2:], name)
    known = getattr(row, "attrs", {}).get("synthetic") is True  # what the table says of itself
    return Clip(frames, fps, spacing, labels, str(values["view"]), str(values["patient_id"]), known)


def _rate(listed, of_movie, name):
    """Frames per second: the table's where it can be one, else the movie's. What differs is said."""
    rate = tables.decimal(listed) if _given(listed) else None
    if rate is not None and np.isnan(rate):
        errors.warn(f"'{name}': the table says {listed!r}, which cannot be a frame rate.")
    fps, remark = frame_rate.listed(rate, of_movie)
    if remark:
        errors.warn(f"'{name}': {remark}.")
    return fps


def _spacing(row, shape, name):
    """(row_mm, col_mm) of a row, or None; what cannot be is said."""
    given = [row.get(key) for key in ("row_mm", "col_mm")]
    if not any(map(_given, given)):
        return None
    pair = tuple(tables.decimal(each) if _given(each) else np.nan for each in given)
    spacing, remark = sanity.millimetres(pair, shape, name)
    if remark:
        errors.warn(remark)
    return spacing


def study(table, patient_id):
    """Both clips of a patient: (four-chamber `Clip`, two-chamber `Clip` or None).

    Raises DataError when the patient is not in the table, has no A4C clip, or has a view more than
    once.
    """
    tables.checked(table, NEEDED)
    rows = table[table["patient_id"].astype(str) == str(patient_id)]
    if rows.empty:
        known = ", ".join(sorted(table["patient_id"].astype(str).unique())[:4])
        raise errors.DataError(
            f"There is no patient {patient_id!r} in the table. It holds {known} and so on."
        )
    found = {}
    for view in (FOUR, TWO):
        chosen = rows[rows["view"] == view]
        if len(chosen) > 1:
            raise errors.DataError(
                f"Patient {patient_id} has {plurals.count(len(chosen), 'clip')} of view {view}: "
                "keep one row of "
                "them, or read each with clips.read."
            )
        clip = read(chosen.iloc[0], table.attrs.get("folder")) if len(chosen) else None
        found[view] = clip and replace(clip, synthetic=table.attrs.get("synthetic") is True)
    if found[FOUR] is None:
        views = ", ".join(sorted(set(rows["view"].astype(str))))
        raise errors.DataError(
            f"Patient {patient_id} has no clip of view {FOUR}, only {views}. A study needs the "
            "four-chamber view."
        )
    return found[FOUR], found[TWO]


def unseen(table):
    """The clips of the test patients: the rows whose split is TEST, or all where there are none.

    Raises DataError for a table that is no clip table, such as one of single images.
    """
    tables.checked(table, NEEDED)
    if "split" not in table or "TEST" not in set(table["split"]):
        return table
    return table[table["split"] == "TEST"]


def read_labels(path, shape=None):
    """Labels of every frame from an .npz file with the array `labels`: uint8 (T, H, W), 0 to 3.

    shape: (T, H, W) of the movie that they must fit. Raises FileError for a file that is not such
    an archive, DataError for labels of another size, number or kind.
    """
    place = files.find(path)
    name = files.shown(place)
    try:
        with np.load(io.BytesIO(files.read_bytes(place)), allow_pickle=False) as archive:
            if "labels" not in archive:
                raise errors.FileError(f"'{name}' holds no array named 'labels'.")
            labels = archive["labels"]
    except (ValueError, OSError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise errors.FileError(
            f"'{name}' is not a readable .npz archive of labels. Copy or make it again."
        ) from error
    if labels.ndim != 3 or labels.dtype.kind not in "biu":
        raise errors.DataError(
            f"'{name}': labels must be whole numbers of shape (frames, rows, columns), not "
            f"{labels.dtype} of shape {labels.shape}."
        )
    if shape is not None and labels.shape != tuple(shape):
        raise errors.DataError(
            f"'{name}' has labels for {plurals.count(labels.shape[0], 'frame')} of "
            f"{labels.shape[1]} x "
            f"{labels.shape[2]}, but its movie has {plurals.count(shape[0], 'frame')} of "
            f"{shape[1]} x {shape[2]}."
        )
    if labels.size and (labels.min() < 0 or labels.max() > LARGEST_LABEL):
        raise errors.DataError(
            f"'{name}' holds the label {labels.max()}; 0 background, 1 cavity, 2 wall and 3 atrium "
            "are known."
        )
    return labels.astype(np.uint8)


def _values(row):
    """The row as a mapping with all needed columns, and the folder that its table remembers."""
    remembered = None
    if isinstance(row, (pandas.DataFrame, pandas.Series)):
        remembered = row.attrs.get("folder")
    if isinstance(row, pandas.DataFrame):
        if len(row) != 1:
            raise errors.DataError(
                f"cines.read takes one row, and {len(row)} were given. Choose one, for example "
                "table.iloc[0]."
            )
        row = row.iloc[0]
    if hasattr(row, "_asdict"):
        row = row._asdict()
    if not isinstance(row, (pandas.Series, Mapping)):
        raise errors.DataError(
            f"A row of a clip table was expected, not {type(row).__name__}: for example "
            "cines.read(table.iloc[0])."
        )
    for column in NEEDED:
        if column not in row:
            raise errors.DataError(
                f"The row has no column {column!r}. A clip needs {', '.join(NEEDED)}."
            )
    return row, remembered


def _given(value):
    return value is not None and not (np.isscalar(value) and pandas.isna(value)) and value != ""


def _path(name, base, column):
    if not isinstance(name, (str, Path)) or not str(name).strip():
        raise errors.DataError(f"The row has no file name in its column {column!r}.")
    path = Path(str(name).replace("\\", "/"))
    if path.is_absolute() or base is None:
        return path
    return files.find_folder(base) / path


def load_clip(row, folder=None):
    """Read one row whose cine is NIfTI or MetaImage, as CAMUS stores them: a `Clip`.

    labels: uint8 (T, H, W), or None where only single frames have labels. folder: the table's
    attrs["folder"]; not needed for absolute paths. Raises FileError and DataError with the reason,
    also when the axes of the labels are swapped.
    """
    base = Path(files.find_folder(folder)) if folder is not None else Path()
    clip = volumes.cine(base / row["cine"])
    labels = None
    if isinstance(row.get("masks"), str) and row["masks"]:
        labels = volume_labels(base / row["masks"])
        volumes.check_pair(clip, labels)
        labels = labels.pixels
    return Clip(
        clip.pixels,
        _rate(row.get("fps"), None, files.shown(row["cine"])),
        clip.spacing,
        labels,
        row["view"],
        row["patient_id"],
    )


def _refuse_turned(found):
    """In an apical view the atrium lies deeper than the ventricle, and hardly beside it."""
    step = np.array(found.spacing or (1, 1))
    if not (found.pixels == ATRIUM).any():
        return
    cavity, atrium = (
        np.argwhere(found.pixels == label)[:, -2:].mean(axis=0) * step for label in (CAVITY, ATRIUM)
    )
    down, across = atrium - cavity
    if down < abs(across):
        beside = abs(across) >= abs(down)
        where = "beside" if beside else "above"
        reason = "the axes of the file are swapped" if beside else "the file is upside down"
        raise errors.DataError(
            f"'{found.header.name}': the atrium lies {where} the ventricle, so {reason}. Download "
            "it again, or write it with columns first, rows second."
        )


def volume_labels(path):
    """Labels of CAMUS as a `volumes.Volume`: 0 to 3, and the atrium below the ventricle.

    Raises DataError for other labels, for an empty cavity, and for a picture on its side or head
    (swapped axes), which no header shows.
    """
    found = volumes.labels(path)
    seen = volumes.different(found.pixels)
    if not np.isin(seen, CAMUS_LABELS).all():
        raise errors.DataError(
            f"'{found.header.name}' holds the labels {', '.join(map(str, seen))}; CAMUS has 0 to 3."
        )
    if CAVITY not in seen:
        raise errors.DataError(f"'{found.header.name}' marks no cavity (label 1).")
    _refuse_turned(found)
    return found
