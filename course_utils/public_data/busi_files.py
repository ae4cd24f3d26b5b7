"""BUSI: from the folder that you downloaded to the table of its images.

Read in every layout in which copies are passed on: one folder for each class, the masks beside the
images or in a folder of their own, in any order of class, role and split.
"""

import os
import re
from functools import partial
from pathlib import Path

import numpy as np

from course_utils import load
from course_utils.core import errors, files
from course_utils.public_data import derived_masks, facts, picture_sets

CLASSES = ("benign", "malignant", "normal")
_NAME = re.compile(r"(.+?)[ _]*mask(?:[_ ]*\(?(\d+)\)?)?", re.IGNORECASE)


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
    place, ledger = _root(folder), facts.Ledger()
    store = derived_masks.Store(masks_to, place)
    images, masks = _sorted_out(place, ledger)
    both = sorted(images.keys() & masks.keys(), key=lambda key: (CLASSES.index(key[0]), key))
    makes = {images[key]: partial(_row, images[key], masks[key], key[0], store) for key in both}
    return picture_sets.finished(makes, "busi", place, ledger, "busi", "label")


def _root(folder):
    """The innermost folder that holds every picture that says its class."""
    place = files.find_folder(folder)
    pictures = [path for path in files.below(place) if path.suffix.lower() in load.SUFFIXES]
    said = [(path.parent, _class(path.relative_to(place))) for path in pictures]
    classes = {label for _, label in said} - {None}
    if len(classes) < 2:
        raise errors.FileError(
            f"'{files.shown(place)}' does not hold the folders benign and malignant, so it is not BUSI as "
            "it is downloaded. Give the folder that you unzipped."
        )
    return Path(os.path.commonpath({inside for inside, label in said if label}))


def _class(path):
    """The class that a folder of a path, the innermost first, or else the file's name, says."""
    for part in (*reversed(path.parts[:-1]), path.name):
        first = re.match(r"[a-z]+", part.lower())
        if first and first[0] in CLASSES:
            return first[0]
    return None


def _sorted_out(place, ledger):
    """({(class, name): image}, {(class, name): [masks]}) of the pictures below a folder."""
    images, masks = {}, {}
    for path in picture_sets.pictures(place, place, ledger):
        within = path.relative_to(place)
        label = _class(within)
        if label is None:
            ledger.leave_out(within.as_posix(), "It says neither benign, malignant nor normal.")
            continue
        match = _NAME.fullmatch(path.stem)
        roles = {files.alike(part) for part in within.parts[:-1]}
        stem = files.alike(match[1] if match else path.stem).strip()
        if match or roles & picture_sets.MASKS:
            masks.setdefault((label, stem), []).append(path)
        elif (label, stem) in images:
            first = images[label, stem].relative_to(place).as_posix()
            ledger.leave_out(within.as_posix(), f"{first} has the same name; the first counts.")
        else:
            images[label, stem] = path
    for label in CLASSES:
        if not any(key[0] == label for key in images):
            ledger.leave_out(f"{label}/", "This folder is missing.")
    for key in sorted(masks.keys() - images.keys()):
        for path in masks[key]:
            ledger.leave_out(path.relative_to(place).as_posix(), "It has no image.")
    for key in sorted(images.keys() - masks.keys()):
        ledger.leave_out(images[key].relative_to(place).as_posix(), "It has no mask.")
    return images, masks


def _row(path, truths, label, store):
    image, code = picture_sets.picture(path)
    masks = [picture_sets.fitting(truth, path, image.shape) for truth in truths]
    union = np.maximum.reduce(masks)
    if label != "normal" and not union.any():
        errors.warn("Its mask is empty, although its folder says that there is a lesion.")
    if label == "normal" and union.any():
        errors.warn("Its mask marks something, although its folder says normal.")
    mask = store.relative(truths[0])
    if len(masks) > 1:
        mask = store.save(union, f"{label}_{path.stem}_union.png")
    return {
        "label": label,
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
