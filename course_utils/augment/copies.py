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

from course_utils import load
from course_utils.augment import steps
from course_utils.cases import split
from course_utils.core import accept, errors, files


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
    Raises DataError for a table without a split, with a patient in two (`split.check_split`) or
    without training rows; FileError if the folder exists or an image cannot be read.
    """
    split.need(table, ("image", "mask", "patient_id", "split"))
    split.check_split(table)
    training = table[split.text(table["split"]) == "train"]
    if training.empty:
        raise errors.DataError("No row has split 'train', and only training images are copied.")
    if "source" in table and training["source"].notna().any():
        raise errors.DataError("The table holds augmented copies already. Copy the originals only.")
    copies = accept.whole(copies, "copies", 1)
    if not isinstance(folder, (str, os.PathLike)):
        raise errors.DataError(f"folder must name a new folder, not {folder!r}.")
    folder, source, vary = Path(folder), files.find_folder(source), steps.pipeline(preset, seed)
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
