"""What the readers of pictures share: find the set, open a picture, notice copies and look-alikes."""

import hashlib
import math
import warnings

import pandas
from scipy.cluster.hierarchy import DisjointSet

from course_utils import load
from course_utils.cases import split
from course_utils.core import errors, files
from course_utils.public_data import facts

IMAGES = ("image", "mask", "patient_id", "device", "row_mm", "col_mm", "empty")
DEEP = 3  # folders down from the one that is given in which a set is looked for
MASKS = {"mask", "masks", "gt", "label", "labels", "annotation", "annotations", "ground truth",
         "ground_truth", "groundtruth", "segmentation", "segmentations"}  # fmt: skip
ROLES = MASKS | {"image", "images", "img", "imgs", "original", "raw", "input", "inputs"}


def named(folder, name):
    """The sub-folder of that name in any case, or None."""
    found = [
        path for path in files.folders(folder, 1) if files.alike(path.name) == files.alike(name)
    ]
    return next((path for path in found if path != folder), None)


def pictures(folder, place, ledger):
    """The pictures below a folder; other files among them, but lists, are left out with a word."""
    found = []
    for path in files.below(folder):
        if path.suffix.lower() in load.SUFFIXES:
            found.append(path)
        elif path.parent != place and path.suffix.lower() != ".csv":
            ledger.leave_out(path.relative_to(place).as_posix(), "It is not a picture.")
    return found


def finished(makes, key, place, ledger, prefix="", label=None):
    """The table of a set of pictures (`facts.finish`), one row for each picture that can be used.

    makes: path -> function that gives the row of that picture, or raises CourseError with the reason
    to leave it out; its warnings become remarks. prefix: of the patients of a set that names none:
    copies go, and pictures that look alike share one. label: the column in which those may not differ.
    """
    rows = []
    for path, make in makes.items():
        name = path.relative_to(place).as_posix()
        row = taken(make, name, ledger)
        if row is not None:
            rows.append({"image": name, **row})
    if prefix:
        rows = alike(without_copies(rows, ledger), place, prefix, ledger, label)
    missing = {"device": "unknown", "row_mm": math.nan, "col_mm": math.nan}
    rows = [missing | {name: row[name] for name in row if name != "hash"} for row in rows]
    table = facts.finish(rows, IMAGES, key, place, ledger)
    table.attrs["patients"] = "guessed" if prefix else "from the file names"
    return table


def taken(make, name, ledger):
    """What `make` returns, or None with the reason in the book; its warnings become remarks."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            row = make()
        except errors.CourseError as error:
            ledger.leave_out(name, error)
            return None
    for one in said:
        if issubclass(one.category, errors.CourseWarning):
            ledger.note(name, one.message)
    return row


def picture(path):
    """(image float32 (H, W), hash of its pixels); also notices damaged files."""
    image = load.image(path)
    return image, hashlib.blake2b(image.tobytes() + repr(image.shape).encode()).hexdigest()


def fitting(truth, path, shape):
    """The mask of a picture, uint8 (H, W). Raises DataError for one of another shape."""
    mask = load.mask(truth)
    if mask.shape != shape:
        raise errors.DataError(
            f"The image is {shape[0]} x {shape[1]} (rows x columns), its mask "
            f"'{files.shown(truth)}' {mask.shape[0]} x {mask.shape[1]}."
        )
    return mask


def without_copies(rows, ledger):
    """Keep the first of equal pictures of one class; equal ones of two classes are for `_alike`."""
    kept, seen = [], {}
    for row in rows:
        key = row["hash"], row.get("label")
        if key in seen:
            ledger.leave_out(row["image"], f"Its pixels are those of {seen[key]}.")
        else:
            seen[key] = row["image"]
            kept.append(row)
    return kept


def alike(rows, place, prefix, ledger, label=None):
    """Give look-alike pictures one patient_id; leave out those that contradict each other."""
    if not rows:
        return rows
    table = pandas.DataFrame({"image": [row["image"] for row in rows]})
    table.attrs["folder"] = str(place)
    at = {row["image"]: order for order, row in enumerate(rows)}
    pairs = [
        (at[pair.image_a], at[pair.image_b]) for pair in split.near_duplicates(table).itertuples()
    ]
    groups, wrong = DisjointSet(range(len(rows))), set()
    for one, other in pairs:
        groups.merge(one, other)
    for one, other in pairs:
        if label and rows[one][label] != rows[other][label]:
            for mine, theirs in ((rows[one], rows[other]), (rows[other], rows[one])):
                ledger.leave_out(
                    mine["image"],
                    f"{theirs['image']} shows nearly the same picture "
                    "in another class: nobody can say which is right.",
                )
            wrong |= {one, other}
    for one, row in enumerate(rows):
        row["patient_id"] = f"{prefix}_{min(groups.subset(one)) + 1:04d}"
    return [row for one, row in enumerate(rows) if one not in wrong]
