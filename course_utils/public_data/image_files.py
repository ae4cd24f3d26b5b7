"""BUSI, HC18 and DL_Track's aponeurosis set: from the downloaded folder to a table of images.

Where the public mask is not the mask that a lesson needs (several files, an outline, bands), the
mask is derived. Derived masks go to a folder that you name, or to one that is removed when Python
ends; never into the download.
"""

import hashlib
import math
import re
import warnings

import numpy as np
import pandas

from course_utils import load
from course_utils.cases import split
from course_utils.core import errors, files
from course_utils.public_data import derived_masks, facts
from course_utils.public_data.echonet_files import csv_table, number

IMAGES = ("image", "mask", "patient_id", "device", "row_mm", "col_mm", "empty")
CLASSES = ("benign", "malignant", "normal")
BUSI_NAME = re.compile(r"(.+?)_mask(?:_(\d+))?$", re.IGNORECASE)
HC_NAME = re.compile(r"(\d+)_(\d*)HC$", re.IGNORECASE)
HC_LIST, HC_TRAIN, HC_TEST = "training_set_pixel_size_and_HC.csv", "training_set", "test_set"
HC_AGREES = 0.03  # of the circumference in the list
FOLDERS = (("apo_images", "apo_masks"), ("images", "masks"))


def busi(folder, masks_to=None):
    """The image table of BUSI, from the folder that holds benign, malignant and normal.

    Columns: image, mask, patient_id, device ('unknown'), row_mm and col_mm (missing), empty (no
    lesion is marked), label ('benign', 'malignant', 'normal'), masks_merged (how many files make
    the mask; several are united), coloured (colour in the pixels: overlays or Doppler).
    Patients are unknown: pictures that look alike (`split.near_duplicates`) share a patient_id.
    masks_to: folder for united masks, or None for one that lasts as long as Python runs.

    Left out with the reason: images without a mask and masks without an image, damaged files, a
    mask of another size, second copies, and look-alike pictures in two classes (nobody can say
    which class is right). Raises FileError when a folder is missing or nothing is left.
    """
    place, ledger = _with_folders(folder, CLASSES[:2], "BUSI"), facts.Ledger()
    store = derived_masks.Store(masks_to, place)
    rows = []
    for label in CLASSES:
        if not (place / label).is_dir():
            ledger.leave_out(f"{label}/", "This folder is missing.")
            continue
        for path, truths in _busi_pairs(place, label, ledger):
            name = path.relative_to(place).as_posix()
            row = _taken(lambda p=path, t=truths, k=label: _busi_row(p, t, k, store), name, ledger)
            if row is not None:
                rows.append({"image": name, "label": label, **row})
    rows = _without_copies(rows, place, ledger)
    rows = _alike(rows, place, "busi", ledger, "label")
    return _finished(rows, "busi", place, ledger, guessed=True)


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
    place, ledger = _with_folders(folder, (HC_TRAIN,), "HC18"), facts.Ledger()
    store = derived_masks.Store(masks_to, place)
    inside = place / HC_TRAIN / HC_TRAIN  # some unzip programs make one folder in another
    inside = inside if inside.is_dir() else place / HC_TRAIN
    listed = _hc_list(place, inside, ledger)
    rows = []
    for path in sorted(inside.iterdir()):
        name = path.relative_to(place).as_posix()
        if path.stem.endswith("_Annotation") or path.name == HC_LIST:
            if path.suffix.lower() == ".png" and not _annotated(path).is_file():
                ledger.leave_out(name, "It is the annotation of an image that is not there.")
        elif path.suffix.lower() != ".png" or not HC_NAME.fullmatch(path.stem):
            ledger.leave_out(name, "Its name is not like 000_HC.png.")
        else:
            row = _taken(lambda p=path: _hc_row(p, listed, store, ledger, place), name, ledger)
            if row is not None:
                rows.append({"image": name, **row})
    for path in sorted((place / HC_TEST).rglob("*.png")):
        ledger.leave_out(
            path.relative_to(place).as_posix(),
            "It belongs to the test set, whose annotations are not published.",
        )
    return _finished(rows, "hc18", place, ledger)


def dl_track(folder, target="bands", masks_to=None):
    """The image table of DL_Track's aponeurosis set (folders apo_images and apo_masks, or images
    and masks).

    target: 'bands', the aponeuroses as they were drawn, or 'belly', the region between the two
    uppermost bands in every column where both are (computed). Columns: image, mask, patient_id
    (pictures that look alike share one), device ('unknown'), row_mm and col_mm (missing), empty,
    bands (how many long ones). masks_to: as in `busi`, for target 'belly'.

    Left out with the reason: images or masks without a partner, damaged files, another size, a
    belly that cannot be computed because there are not two bands one below the other, second
    copies, fascicle images. Raises FileError when folders are missing or nothing is left, DataError
    for another target.
    """
    if target not in ("bands", "belly"):
        raise errors.DataError(f"target must be 'bands' or 'belly', not {target!r}.")
    place, (images, masks) = _dl_folders(folder)
    ledger, rows = facts.Ledger(), []
    store = derived_masks.Store(masks_to, place)
    truths = _by_stem(place / masks, place, ledger)
    pictures = _by_stem(place / images, place, ledger)
    for stem in sorted(truths.keys() - pictures.keys()):
        ledger.leave_out(f"{masks}/{truths[stem].name}", "It has no image of the same name.")
    for stem, path in pictures.items():
        name = path.relative_to(place).as_posix()
        if stem not in truths:
            ledger.leave_out(name, f"It has no mask of the same name in {masks}.")
            continue
        row = _taken(lambda p=path, t=truths[stem]: _dl_row(p, t, target, store), name, ledger)
        if row is not None:
            rows.append({"image": name, **row})
    for path in sorted(
        path for other in ("fasc_images", "fasc_masks") for path in (place / other).glob("*")
    ):
        ledger.leave_out(path.relative_to(place).as_posix(), "It is for fascicles, another task.")
    rows = _without_copies(rows, place, ledger)
    rows = _alike(rows, place, "dl", ledger)
    table = _finished(rows, "dl_track", place, ledger, guessed=True)
    table.attrs["target"] = target
    return table


def _finished(rows, key, place, ledger, guessed=False):
    for row in rows:
        row.pop("hash", None)
        row.setdefault("device", "unknown")
        for column in ("row_mm", "col_mm"):
            row.setdefault(column, math.nan)
    table = facts.finish(rows, IMAGES, key, place, ledger)
    table.attrs["patients"] = "guessed" if guessed else "from the file names"
    return table


def _with_folders(folder, wanted, name):
    """The folder that holds these folders: this one, or one up to two levels below."""
    place = files.find_folder(folder)
    for depth in ("", "*/", "*/*/"):
        for first in sorted(place.glob(depth + wanted[0])):
            if all((first.parent / other).is_dir() for other in wanted):
                return first.parent
    raise errors.FileError(
        f"'{files.shown(place)}' does not hold {' and '.join(wanted)}, so it is not {name} as it "
        "is downloaded. Give the folder that you unzipped."
    )


def _taken(make, name, ledger):
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


def _picture(path):
    """(image float32 (H, W), hash of its pixels); also notices damaged files."""
    image = load.image(path)
    return image, hashlib.blake2b(image.tobytes() + repr(image.shape).encode()).hexdigest()


def _fitting(truth, path, shape):
    mask = load.mask(truth)
    if mask.shape != shape:
        raise errors.DataError(
            f"The image is {shape[0]} x {shape[1]} (rows x columns), its mask "
            f"'{files.shown(truth)}' {mask.shape[0]} x {mask.shape[1]}."
        )
    return mask


# BUSI


def _busi_pairs(place, label, ledger):
    """[(image, [masks])] of one class."""
    images, masks = {}, {}
    for path in sorted((place / label).iterdir()):
        name = path.relative_to(place).as_posix()
        if path.suffix.lower() not in load.SUFFIXES or path.name.startswith("."):
            ledger.leave_out(name, "It is not a picture.")
            continue
        match = BUSI_NAME.fullmatch(path.stem)
        if match:
            masks.setdefault(match.group(1).lower(), []).append(path)
        else:
            images[path.stem.lower()] = path
    for stem in sorted(masks.keys() - images.keys()):
        for path in masks[stem]:
            ledger.leave_out(path.relative_to(place).as_posix(), "It has no image.")
    for stem in sorted(images.keys() - masks.keys()):
        ledger.leave_out(images[stem].relative_to(place).as_posix(), "It has no mask.")
    return [(images[stem], masks[stem]) for stem in sorted(images.keys() & masks.keys())]


def _busi_row(path, truths, label, store):
    image, code = _picture(path)
    masks = [_fitting(truth, path, image.shape) for truth in truths]
    union = np.maximum.reduce(masks)
    if label != "normal" and not union.any():
        errors.warn("Its mask is empty, although its folder says that there is a lesion.")
    if label == "normal" and union.any():
        errors.warn("Its mask marks something, although its folder says normal.")
    mask = store.relative(truths[0])
    if len(masks) > 1:
        mask = store.save(union, f"{label}_{path.stem}_union.png")
    return {
        "mask": mask,
        "empty": not union.any(),
        "masks_merged": len(masks),
        "hash": code,
        "coloured": _coloured(path),
    }


def _coloured(path):
    """Is there colour in the pixels (callipers, text, Doppler)? At least 20 clearly tinted ones."""
    from PIL import Image

    with Image.open(path) as picture:
        rgb = np.asarray(picture.convert("RGB")).astype(int)
    return bool((np.ptp(rgb, axis=-1) > 40).sum() >= 20)


# copies and look-alikes


def _without_copies(rows, place, ledger):
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


def _alike(rows, place, prefix, ledger, label=None):
    """Give look-alike pictures one patient_id; leave out those that contradict each other."""
    if not rows:
        return rows
    table = pandas.DataFrame({"image": [row["image"] for row in rows]})
    table.attrs["folder"] = str(place)
    at = {row["image"]: order for order, row in enumerate(rows)}
    pairs = [
        (at[pair.image_a], at[pair.image_b]) for pair in split.near_duplicates(table).itertuples()
    ]
    group = list(range(len(rows)))

    def first(one):
        """The first picture of the group that this one is in."""
        while group[one] != one:
            one = group[one]
        return one

    for one, other in pairs:
        low, high = sorted((first(one), first(other)))
        group[high] = low
    wrong = set()
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
        row["patient_id"] = f"{prefix}_{first(one) + 1:04d}"
    return [row for one, row in enumerate(rows) if one not in wrong]


# HC18


def _hc_list(place, inside, ledger):
    found = [
        path
        for path in (place / HC_LIST, inside / HC_LIST, place / HC_TRAIN / HC_LIST)
        if path.is_file()
    ]
    if not found:
        raise errors.FileError(
            f"'{files.shown(place)}' lacks {HC_LIST}, so pixel sizes are unknown. Download it too."
        )
    table = csv_table(found[0], ("filename", "pixel size(mm)"))
    listed = {}
    for row in table.to_dict("records"):
        name = row["filename"].strip()
        if name in listed:
            ledger.note(f"{HC_LIST}: {name}", "It is listed twice; the first row counts.")
            continue
        listed[name] = (
            number(row["pixel size(mm)"]),
            number(row.get("head circumference (mm)", "")),
        )
        if not (inside / name).is_file():
            ledger.leave_out(f"{HC_LIST}: {name}", "The list names it, and it is not there.")
    return listed


def _annotated(path):
    return path.with_name(path.stem.removesuffix("_Annotation") + ".png")


def _hc_row(path, listed, store, ledger, place):
    truth = path.with_name(f"{path.stem}_Annotation.png")
    if not truth.is_file():
        raise errors.DataError("It has no annotation.")
    if path.name not in listed:
        raise errors.DataError(f"It has no row in {HC_LIST}, so its pixel size is unknown.")
    pixel, around = listed[path.name]
    if not 0.01 <= pixel <= 5:
        raise errors.DataError(f"Its pixel size in {HC_LIST} is {pixel:g} mm, which cannot be.")
    image, _ = _picture(path)
    mask, axes = derived_masks.filled_ellipse(_fitting(truth, path, image.shape))
    measured = derived_masks.circumference(*axes) * pixel
    if around == around and abs(measured / around - 1) > HC_AGREES:
        errors.warn(f"Its ellipse measures {measured:.0f} mm, the list says {around:.0f} mm.")
    return {
        "mask": store.save(mask, f"{path.stem}_head.png"),
        "row_mm": pixel,
        "col_mm": pixel,
        "patient_id": HC_NAME.fullmatch(path.stem).group(1),
        "empty": False,
        "hc_mm": around,
    }


# DL_Track


def _dl_folders(folder):
    place = files.find_folder(folder)
    for depth in ("", "*/", "*/*/"):
        for images, masks in FOLDERS:
            for first in sorted(place.glob(depth + images)):
                if (first.parent / masks).is_dir():
                    return first.parent, (images, masks)
    raise errors.FileError(
        f"'{files.shown(place)}' holds neither apo_images and apo_masks nor images and masks. Give "
        "the folder that holds both."
    )


def _by_stem(folder, place, ledger):
    found = {}
    for path in sorted(folder.iterdir()):
        name = path.relative_to(place).as_posix()
        if path.suffix.lower() not in load.SUFFIXES or path.name.startswith("."):
            ledger.leave_out(name, "It is not a picture.")
        elif path.stem.lower() in found:
            ledger.leave_out(
                name, f"{found[path.stem.lower()].name} has the same name; the first counts."
            )
        else:
            found[path.stem.lower()] = path
    return found


def _dl_row(path, truth, target, store):
    image, code = _picture(path)
    mask = _fitting(truth, path, image.shape)
    bands = derived_masks.bands(mask)
    where = store.relative(truth)
    if target == "belly":
        mask = derived_masks.belly(bands)
        where = store.save(mask, f"{path.stem}_belly.png")
    return {"mask": where, "empty": not mask.any(), "bands": len(bands), "hash": code}
