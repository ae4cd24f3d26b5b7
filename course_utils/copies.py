"""Augmented copies on disk, and the promise that goes with them: no patient is ever on both sides
of a split.

Most training augments on the fly (`augment.pipeline` in the batch) and needs no files. Where files
are wanted, the order is: split by patient first, copy afterwards. Copies that are made first and
split later put the same patient, slightly turned, into training and test, and the score rises and
means nothing.
"""

import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pandas

from course_utils import augment, errors, files, load


def check_split(table):
    """Refuse a table in which a patient, or an image and its augmented copy, are in more than one
    split.

    table: pandas, one row per image, with columns image, patient_id and split. Where there is a
    column `source` (augmented copies have one), a copy counts as the image it was made from.
    Raises DataError that names the first offenders, or says what is missing. Returns nothing.
    """
    _need(table, ("image", "patient_id", "split"))
    for column in ("patient_id", "split"):
        if (_text(table[column]) == "").any():
            raise errors.DataError(
                f"Some rows have no {column}, so nobody can tell whether a "
                "patient is in training and in test at once. Fill it in first."
            )
    image = table["image"] if "source" not in table else table["source"].fillna(table["image"])
    for word, key in (("Patient", table["patient_id"]), ("Image", image)):
        splits = _text(table["split"]).groupby(_text(key)).nunique()
        torn = list(splits.index[splits > 1])
        if torn:
            more = f" and {len(torn) - 1} more" if len(torn) > 1 else ""
            raise errors.DataError(
                f"{word} {torn[0]!r}{more} appears in more than one split. "
                "Split by patient again, and make augmented copies only "
                "afterwards."
            )


def write_copies(table, source, folder, copies=1, preset="plausible", seed=0):
    """Write augmented copies of the training images of a table that has been split by patient.

    table: pandas with columns image, mask, patient_id and split; paths relative to the folder
    `source`. Only rows whose split is "train" are copied: a test on varied images would test the
    variation.
    folder: a folder that does not exist yet; it appears when all is written, or not at all.
    copies: how many of each image. preset, seed: as in `augment.pipeline`; the same seed, the same
    files.

    Returns a table of the copies, paths relative to `folder`, to be used beside the one that was
    given. Each row keeps its patient_id, its split and all else; `source` names the image it was
    made from; row_mm and col_mm are NaN, since scaling changed them and nobody should measure on a
    copy.
    Raises DataError for a table without a split, with a patient in two (`check_split`) or without
    training rows; FileError if the folder exists or an image cannot be read.
    """
    _need(table, ("image", "mask", "patient_id", "split"))
    check_split(table)
    training = table[_text(table["split"]) == "train"]
    if training.empty:
        raise errors.DataError("No row has split 'train', and only training images are copied.")
    if "source" in table and training["source"].notna().any():
        raise errors.DataError("The table holds augmented copies already. Copy the originals only.")
    if not isinstance(copies, (int, np.integer)) or isinstance(copies, bool) or copies < 1:
        raise errors.DataError(f"copies must be a whole number of at least 1, not {copies!r}.")
    if not isinstance(folder, (str, os.PathLike)):
        raise errors.DataError(f"folder must name a new folder, not {folder!r}.")
    folder, source, vary = Path(folder), files.find_folder(source), augment.pipeline(preset, seed)
    if os.path.lexists(folder):
        raise errors.FileError(
            f"'{files.shown(folder)}' exists already. Name a new folder, so "
            "that copies of another day cannot mix in."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".copies-", dir=folder.parent) as scratch:
            ready = Path(scratch) / "ready"
            rows = [
                row
                for number, original in enumerate(training.to_dict("records"))
                for row in _copy(original, number, copies, vary, source, ready)
            ]
            os.replace(ready, folder)
    except OSError as error:
        raise errors.FileError(
            f"'{files.shown(folder)}' cannot be written: "
            f"{error.strerror or error}. Nothing was left behind."
        ) from error
    return pandas.DataFrame(rows)


def _copy(original, number, copies, vary, source, folder):
    """Write the copies of one image into `folder`; the rows that describe them."""
    image = load.image(source / original["image"])
    mask = load.mask(source / original["mask"])
    unknown = {column: np.nan for column in ("row_mm", "col_mm") if column in original}
    for copy in range(1, copies + 1):
        name = f"{number:05d}_{copy}.png"
        new_image, new_mask = vary(image, mask)
        _write(folder / "images" / name, np.rint(new_image * 255).astype(np.uint8))
        _write(folder / "masks" / name, new_mask * np.uint8(255))
        yield {
            **original,
            **unknown,
            "image": f"images/{name}",
            "mask": f"masks/{name}",
            "source": original["image"],
        }


def _write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def _need(table, columns):
    if not isinstance(table, pandas.DataFrame):
        raise errors.DataError(
            f"A pandas table was expected, not {type(table).__name__}; see samples.table."
        )
    for column in columns:
        if column not in table:
            advice = (
                " Split by patient first: add a column split with train, validation or test."
                if column == "split"
                else ""
            )
            raise errors.DataError(f"The table has no column {column!r}.{advice}")


def _text(column):
    return column.astype("string").fillna("").str.strip()
