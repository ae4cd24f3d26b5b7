"""The list of your own images: a `cases.csv` beside them, read into the table every lesson takes.

One row per image. Needed are `image` and `mask` (paths, from the folder of the file) and
`patient_id`. What else the sample sets have may be missing and is filled in, honestly: `device`
becomes 'unknown', `row_mm` and `col_mm` become missing (then nothing is said in millimetres), and
`empty` is looked up in the masks. Where a column `patients` says 'guessed', nobody knows whose images
these are, and no interval over patients is given. `python3 -m course_utils data FOLDER` writes such a file.
A list of clips has `cine` and `view` instead of `image` and `mask`.
"""

import os
import re
from pathlib import Path

import numpy as np
import pandas
from PIL import Image

from course_utils import load
from course_utils.core import accept, errors, files, identity, plurals, tables
from course_utils.load import images, sanity

NAME = "cases.csv"
IMAGES, CLIPS = ("image", "mask", "patient_id"), ("cine", "patient_id", "view")
SPACING = ("row_mm", "col_mm")
TEXTS = ("image", "mask", "cine", "masks", "patient_id", "view", "device", "source", "split", "sex")
YES = "true 1 1.0 yes y ja j si sí oui".split()
NO = ["", *"false 0 0.0 no n nein non".split()]
HELP = "'python3 -m course_utils data FOLDER' writes such a file for a folder of images."


def is_path(name):
    """True for what can only be a path: a `Path`, an ending .csv, or a name with a slash."""
    if isinstance(name, os.PathLike):
        return True
    return isinstance(name, str) and (name.lower().endswith(".csv") or "/" in name or "\\" in name)


def find(path):
    """The manifest at a path, a `Path`: the file itself, or cases.csv in the folder that is given.

    Raises FileError if there is none, and says which names are near.
    """
    try:
        inside = files.find_folder(path) / NAME
    except errors.FileError:
        return files.find(path)
    if inside.is_file():
        return inside
    raise errors.FileError(f"The folder '{files.shown(inside.parent)}' holds no {NAME}. {HELP}")


def read(path):
    """The table of a manifest, as `samples.table` gives one; paths are relative to its folder.

    `table.attrs["folder"]` is that folder, and `table.attrs["synthetic"]` is True only where a
    column `synthetic` says so in every row. Every named file is checked to exist.
    Raises FileError for a file that is missing or is no list, DataError for columns or
    values that are missing or wrong, with the first row that is.
    """
    place = find(path)
    cases = _rows(place)
    needed = CLIPS if "cine" in cases else IMAGES
    for column in needed:
        if column not in cases:
            raise errors.DataError(
                f"'{files.shown(place)}' lacks the column {column!r}. It needs "
                f"{', '.join(needed)}; it has {', '.join(map(str, cases.columns[:12]))}. {HELP}"
            )
        _refuse_blanks(cases, column, place)
    for column in ("cine", "masks") if needed is CLIPS else ("image", "mask"):
        _resolve(cases, column, place)
    for column in SPACING:
        cases[column] = _millimetres(cases, column, place)
    cases.attrs |= {"folder": str(place.parent), "synthetic": _all_true(cases, "synthetic")}
    if "patients" in cases and cases["patients"].eq("guessed").any():
        cases.attrs["patients"] = "guessed"
    if needed is IMAGES:
        _check_pictures(cases, place)
        _complete(cases, place)
    return cases


def _rows(place):
    """The list as a table: numbers where all of a column are numbers, with a point or a comma."""
    cases = tables.read_csv(place)
    plain = [_column(name) for name in cases.columns]
    cases.columns = plain if len(set(plain)) == len(plain) else cases.columns
    if cases.empty:
        raise errors.DataError(f"'{files.shown(place)}' has a first line but no rows.")
    for column in cases:
        cases[column] = _typed(cases[column].str.strip(), column in TEXTS)
    if "patient_id" in cases:
        cases["patient_id"] = identity.unified(cases["patient_id"], f"'{files.shown(place)}'")
    return cases


def _column(name):
    """Patient ID, patient-id and PatientID are one column."""
    name = re.sub(r"[\s\-]+", "_", name)
    return {"patientid": "patient_id", "patient": "patient_id"}.get(name, name)


def _typed(values, text):
    """A column as numbers or True and False where every value is one, else as text."""
    filled = values[values != ""]
    values = values.where(values != "", None)
    if text or filled.empty or filled.str.fullmatch(r"0\d+").any():  # 007 is a name
        return values
    if set(filled.str.lower()) <= {"true", "false"}:
        return values.str.lower().map({"true": True, "false": False})
    numbers = filled.map(tables.decimal)
    if numbers.isna().any():
        return values
    whole = len(filled) == len(values) and filled.str.fullmatch(r"[+-]?\d+").all()
    return numbers.astype(int) if whole else numbers.reindex(values.index)


def _refuse_blanks(cases, column, place):
    blank = cases[column].isna() | (cases[column].astype(str).str.strip() == "")
    if blank.any():
        row = int(np.flatnonzero(blank)[0]) + 2  # the first line holds the names
        why = ": without it nobody can keep patients apart" if column == "patient_id" else ""
        raise errors.DataError(
            f"'{files.shown(place)}' has no {column} in {plurals.count(int(blank.sum()), 'row')},"
            f" first in line {row}{why}. Fill it in, or delete these lines."
        )


def _resolve(cases, column, place):
    """Slashes as this system has them, and every file there."""
    if column not in cases:
        return
    filled = cases[column].notna()
    names = cases.loc[filled, column].astype(str)
    if os.sep == "/":
        names = names.str.replace("\\", "/")
    there = tables.as_on_disk([place.parent / name for name in names])
    names[:] = [
        str(Path(name).with_name(found.name)) if Path(name).name != found.name else name
        for name, found in zip(names, there, strict=True)
    ]
    lost = [name for name, found in zip(names, there, strict=True) if not found.is_file()]
    if lost:
        shown = ", ".join(files.shown(name) for name in lost[:3])
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        raise errors.FileError(
            f"{plurals.count(len(lost), 'file')} of the column {column!r} of "
            f"'{files.shown(place)}' {plurals.verb(len(lost), 'is', 'are')} missing: "
            f"{shown}{more}. Paths start from the folder of that file; move it back beside its "
            "images, or write it anew."
        )
    cases[column] = names.reindex(cases.index)


def _millimetres(cases, column, place):
    """Millimetres per pixel. What no scanner makes (a placeholder such as 1 or 300) is refused."""
    if column not in cases:
        return np.full(len(cases), np.nan)
    values = pandas.to_numeric(cases[column], errors="coerce").astype(float)
    low, high = accept.PLAUSIBLE_MM
    wrong = (values.isna() & cases[column].notna()) | (values < low) | (values > high)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise errors.DataError(
            f"'{files.shown(place)}', line {row + 2}: {column} is {cases[column].iloc[row]}. It "
            f"must be millimetres per pixel, from {low:g} to {high:g}; leave it empty where unknown."
        )
    return values


def _check_pictures(cases, place):
    """Millimetres that make a picture deeper or wider than any scan, and turned pairs."""
    for row in cases.itertuples():
        picture, mask = (place.parent / Path(name) for name in (row.image, row.mask))
        try:
            with Image.open(picture) as opened:
                shape = opened.size[::-1]
        except (OSError, SyntaxError, ValueError):
            continue  # whoever reads the picture says what it is
        pair = (row.row_mm, row.col_mm)
        where = f"{files.shown(place)}', line {row.Index + 2}, '{files.shown(picture)}"
        remark = "" if any(map(np.isnan, pair)) else sanity.millimetres(pair, shape, where)[1]
        if remark:
            raise errors.DataError(f"{remark} Correct row_mm and col_mm, or leave both empty.")
        if said := images.turned(picture, mask):
            errors.warn(said)


def _complete(cases, place):
    cases["device"] = (
        cases["device"].fillna("unknown").astype(str) if "device" in cases else "unknown"
    )
    if "empty" not in cases or cases["empty"].isna().any():
        cases["empty"] = [not load.mask(place.parent / Path(name)).any() for name in cases["mask"]]
    else:
        cases["empty"] = _truths(cases, "empty")


def _all_true(cases, column):
    return column in cases and bool(_truths(cases, column).all())


def _truths(cases, column):
    """A column of yes and no as True and False; raises DataError for any other word."""
    words = cases[column].fillna("").astype(str).str.strip().str.lower()
    odd = words[~words.isin([*YES, *NO])]
    if len(odd):
        raise errors.DataError(
            f"The column {column!r} says {odd.iloc[0]!r} in line {odd.index[0] + 2}; it must say True "
            "or False."
        )
    return words.isin(YES)
