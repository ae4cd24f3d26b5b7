"""HC18: from the folder that you downloaded to the table of its training images.

Read with the folder training_set or without it, with the annotations beside the images or apart.
"""

import math
import re
from functools import partial

from course_utils.core import accept, errors, files, tables
from course_utils.public_data import derived_masks, facts, picture_sets

LIST = "training_set_pixel_size_and_HC.csv"
TEST = re.compile(r"test(?:[_ -]?set)?", re.IGNORECASE)
_NAME = re.compile(r"(\d+)_(\d*)HC", re.IGNORECASE)
_TRUTH = re.compile(r"(\d+_\d*HC)[ _]*(?:Annotation|mask|gt|seg)", re.IGNORECASE)
_AGREES = 0.03  # of the circumference in the list


def hc18(folder, masks_to=None):
    """The image table of HC18's training set, from the folder that holds training_set.

    Columns: image, mask (the annotated ellipse, filled), patient_id (the number that the images of
    one examination share), device ('unknown'), row_mm and col_mm, empty, hc_mm (head circumference
    of the list). masks_to: as in `busi`.

    Left out with the reason: images without an annotation or a row in the list, annotations that
    are no ellipse, damaged files, the test set (its annotations are not published). Kept with a
    remark: an ellipse whose circumference is more than 3 % from the list.
    Raises FileError when the folder or the list is missing, or nothing is left.
    """
    place, ledger = _root(folder), facts.Ledger()
    store = derived_masks.Store(masks_to, place)
    images, truths = _sorted_out(place, ledger)
    listed = _listed(place, images, ledger)
    makes = {
        path: partial(_row, path, truths.get(key), listed.get(key), store)
        for key, path in images.items()
    }
    return picture_sets.finished(makes, "hc18", place, ledger)


def _root(folder):
    """The nearest folder in which, or in whose training_set, images of HC18 lie."""
    place = files.find_folder(folder)
    for inside in files.folders(place, picture_sets.DEEP):
        sets = picture_sets.named(inside, "training_set") is not None
        if sets or any(_NAME.fullmatch(path.stem) for path in files.below(inside, 0)):
            part = TEST.fullmatch(inside.name) or files.alike(inside.name) in picture_sets.ROLES
            return inside.parent if part and inside != place else inside
    raise errors.FileError(
        f"'{files.shown(place)}' holds neither training_set nor images such as 000_HC.png, so it is not "
        "HC18 as it is downloaded. Give the folder that you unzipped."
    )


def _sorted_out(place, ledger):
    """({name: image}, {name: annotation}), by names in small letters such as '000_hc'."""
    images, truths = {}, {}
    for path in picture_sets.pictures(place, place, ledger):
        within = path.relative_to(place)
        truth = _TRUTH.fullmatch(path.stem)
        apart = {files.alike(part) for part in within.parts[:-1]} & picture_sets.MASKS
        if any(TEST.fullmatch(part) for part in within.parts[:-1]):
            why = "It belongs to the test set, whose annotations are not published."
            ledger.leave_out(within.as_posix(), why)
        elif not truth and not _NAME.fullmatch(path.stem):
            ledger.leave_out(within.as_posix(), "Its name is not like 000_HC.png.")
        else:
            shelf = truths if truth or apart else images
            key = (truth[1] if truth else path.stem).casefold()
            if key in shelf:
                first = shelf[key].relative_to(place).as_posix()
                ledger.leave_out(within.as_posix(), f"{first} has the same name; the first counts.")
            shelf.setdefault(key, path)
    for key in sorted(truths.keys() - images.keys()):
        ledger.leave_out(
            truths[key].relative_to(place).as_posix(),
            "It is the annotation of an image that is not there.",
        )
    return images, truths


def _listed(place, images, ledger):
    """{name of an image: (mm of a pixel, circumference in mm)}."""
    found = [path for path in files.below(place) if path.name.casefold() == LIST.casefold()]
    around = files.find_folder(place).absolute().parent / LIST
    found += [around] if not found and around.is_file() else []
    if not found:
        raise errors.FileError(
            f"'{files.shown(place)}' lacks {LIST}, so pixel sizes are unknown. Download it too."
        )
    table = facts.listed(found[0], ("filename", "pixel size(mm)"))
    listed = {}
    for row in table.to_dict("records"):
        name = row["filename"].strip()
        key = files.stem(name).casefold()
        if key in listed:
            ledger.note(f"{LIST}: {name}", "It is listed twice; the first row counts.")
            continue
        numbers = (row["pixel size(mm)"], row.get("head circumference (mm)", ""))
        listed[key] = tuple(map(tables.decimal, numbers))
        if key not in images:
            ledger.leave_out(f"{LIST}: {name}", f"The list names it, and {facts.NOT_HERE}.")
    return listed


def _row(path, truth, row, store):
    if truth is None:
        raise errors.DataError("It has no annotation.")
    if row is None:
        raise errors.DataError(f"It has no row in {LIST}, so its pixel size is unknown.")
    pixel, around = row
    low, high = accept.PLAUSIBLE_MM
    if not low <= pixel <= high:
        raise errors.DataError(f"Its pixel size in {LIST} is {pixel:g} mm, which cannot be.")
    image, _ = picture_sets.picture(path)
    mask, axes = derived_masks.filled_ellipse(picture_sets.fitting(truth, path, image.shape))
    measured = derived_masks.circumference(*axes) * pixel
    if not math.isnan(around) and abs(measured / around - 1) > _AGREES:
        errors.warn(f"Its ellipse measures {measured:.0f} mm, the list says {around:.0f} mm.")
    return {
        "mask": store.save(mask, f"{path.stem}_head.png"),
        "row_mm": pixel,
        "col_mm": pixel,
        "patient_id": path.stem.partition("_")[0],
        "empty": False,
        "hc_mm": around,
    }
