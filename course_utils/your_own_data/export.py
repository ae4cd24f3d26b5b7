"""Write the list that every lesson accepts, and new copies of what a lesson cannot read as it is.

Nothing is written into the folder of the data but the list itself, if it is asked to stand there;
nothing is ever overwritten, and what is half-written disappears.
"""

import os
import shutil
import uuid
from pathlib import Path

import cv2
import numpy as np
import pandas

from course_utils.core import accept, errors, files, masks
from course_utils.your_own_data import findings, listing, records

COLUMNS = tuple(
    "image mask patient_id patients device row_mm col_mm empty given_split width height".split()
)


def write(table, path, converted=None, label=None):
    """Write `table` (of a report) as a list at `path`, and converted copies into a new folder.

    converted: a folder that does not exist yet, or is empty, outside the data; needed where images
    or masks must be written anew. label: the label, or several, to keep of masks of labels.
    Returns the `Path` of the list. Raises DataError for nothing to write, a missing folder or
    label; FileError for names that are taken or cannot be written.
    """
    place = Path(os.fspath(path)).expanduser().absolute()
    _check(table, place, converted)
    anew = table[table["convert"] != ""]
    if label is not None and not anew["convert"].str.contains("labels").any():
        errors.warn(
            f"label={np.atleast_1d(label).tolist()} was not used: no mask here holds labels, each marks "
            "one structure."
        )
    target = _target(converted, Path(table.attrs["folder"])) if len(anew) else None
    partial = target.parent / f".{uuid.uuid4().hex}.part" if target else None
    rows = table.copy()
    for column in ("image", "mask"):
        rows[column] = [
            _relative(Path(table.attrs["folder"]) / name, place.parent) for name in table[column]
        ]
    placed = done = False
    try:
        for row in anew.itertuples():
            made = _convert(
                row, Path(table.attrs["folder"]), partial, label, table.attrs.get("organs")
            )
            for column, file in made.items():
                rows.loc[row.Index, column] = _relative(target / file, place.parent)
            rows.loc[row.Index, "empty"] = made.empty
        if target:
            if target.exists():
                target.rmdir()
            os.replace(partial, target)
            placed = True
        files.write_whole(place, lambda to: _csv(rows, to))
        done = True
    except OSError as error:
        raise errors.FileError(
            f"The copies cannot be written to '{files.shown(target)}': {error.strerror or error}."
        ) from error
    finally:
        if partial and partial.exists():
            shutil.rmtree(partial)
        if placed and not done:  # copies without a list would only be in the way
            shutil.rmtree(target)
    return place


class _Made(dict):
    """Column -> new file, and whether the mask is empty."""

    empty = False


def _check(table, place, converted):
    if table.empty:
        raise errors.DataError(
            "There is no image with a usable mask, so there is nothing to list. "
            "See the problems of the report."
        )
    if place.suffix.lower() != ".csv":
        raise errors.DataError(
            f"The list needs a name that ends with .csv, not "
            f"'{files.shown(place)}'; cases.csv is usual."
        )
    files.refuse_taken(place)
    files.refuse_homeless(place)
    anew = table[table["convert"] != ""]
    if len(anew) and converted is None:
        why = anew["convert"].iloc[0]
        raise errors.DataError(
            f"{len(anew)} of {len(table)} images or masks must be written anew before a lesson can "
            f"read them, first '{files.shown(anew['image'].iloc[0])}' ({why}). Name a new folder "
            "for the copies: converted='my_copies' (in a terminal: --converted my_copies)."
        )


def _target(converted, source):
    target = Path(os.fspath(converted)).expanduser().absolute()
    real, data = Path(os.path.realpath(target)), Path(os.path.realpath(source))
    if real == data or data in real.parents:
        raise errors.FileError(
            f"'{files.shown(target)}' lies in the folder of the data, which stays as it is. Choose "
            "a folder beside it."
        )
    if os.path.lexists(target) and not (target.is_dir() and not any(target.iterdir())):
        raise errors.FileError(
            f"'{files.shown(target)}' exists and is not an empty folder. Choose a new name."
        )
    files.refuse_homeless(target)
    return target


def _relative(file, start):
    """The path from the list's folder to a file, with slashes; absolute if on another disk."""
    file = Path(os.path.realpath(file.parent)) / file.name
    try:
        return Path(os.path.relpath(file, os.path.realpath(start))).as_posix()
    except ValueError:
        return file.as_posix()


def _convert(row, folder, partial, label, organs=None):
    made = _Made()
    if row.file_kind != listing.PICTURE:
        seen = _pixels(folder / row.image, row.file_kind)
        made["image"] = _png(partial, f"images/{row.image}.png", np.rint(seen * 255))
    mask = np.zeros((row.height, row.width), np.uint8)
    for name, kind in zip(row.mask_files, row.mask_kinds, strict=True):
        mask |= _area(folder / name, kind, label, organs)
    made["mask"] = _png(partial, f"masks/{row.mask_files[0]}.png", mask * 255)
    made.empty = not mask.any()
    return made


def _pixels(place, kind):
    if kind == listing.DICOM:
        from course_utils.load import dicom

        return dicom.read(place).pixels
    from course_utils.load import volumes

    return volumes.image(place).pixels


def _area(place, kind, label, organs=None):
    """One mask file as 0 or 1: labels chosen, lines filled."""
    values, what, _ = records.mask_values(place, kind)
    top = int(values.max())
    if what == "labels" or 1 < top <= accept.LARGEST_LABEL:
        if label is None:
            found = [int(value) for value in np.unique(values) if 0 < value < 255]
            told = ", ".join(findings.named_label(value, organs) for value in found)
            first = found[0] if found else 1
            raise errors.DataError(
                f"'{files.shown(place)}' is a mask of labels: {told}. Say which one you want, such as "
                f"label={first}, or several: label=({first}, {found[-1] if found else 2}) (in a "
                f"terminal: --label {first})."
            )
        area = np.isin(values, np.atleast_1d(label)).astype(np.uint8)
    else:
        area = (values > top / 2).astype(np.uint8)
    full = masks.filled(area) if area.any() else area
    return full if area.mean() < records.THIN and full.sum() > 3 * area.sum() else area


def _png(partial, name, pixels):
    place = partial / name
    place.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(".png", pixels.astype(np.uint8))
    if not done:
        raise errors.FileError(f"'{files.shown(place)}' cannot be written as a PNG.")
    place.write_bytes(data.tobytes())
    return name


def _csv(rows, place):
    columns = [
        column
        for column in COLUMNS
        if column in rows and rows[column].notna().any() or column in ("row_mm", "col_mm")
    ]
    pandas.DataFrame(rows[columns]).to_csv(place, index=False, lineterminator="\n")
