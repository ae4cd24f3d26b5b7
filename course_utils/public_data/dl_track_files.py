"""DL_Track's aponeurosis set: from the folder that you downloaded to the table of its images."""

from functools import partial

from course_utils import load
from course_utils.core import errors, files
from course_utils.public_data import derived_masks, facts, picture_sets

FOLDERS = (("apo_images", "apo_masks"), ("images", "masks"))


def dl_track(folder, target="bands", masks_to=None):
    """The image table of DL_Track's aponeurosis set (folders apo_images and apo_masks, or images
    and masks).

    target: 'bands', the aponeuroses as they were drawn, or 'belly', the region between the two
    bands in every column where both are (computed). Columns: image, mask, patient_id
    (pictures that look alike share one), device ('unknown'), row_mm and col_mm (missing), empty,
    bands (how many long ones). masks_to: as in `busi`, for target 'belly'.

    Left out with the reason: images or masks without a partner, damaged files, another size, a
    belly that cannot be computed (not two bands one below the other, three or more bands, a gap as
    thin as a fascia's), second copies, fascicle images. Raises FileError when folders are missing or
    nothing is left, DataError for another target.
    """
    if target not in ("bands", "belly"):
        raise errors.DataError(f"target must be 'bands' or 'belly', not {target!r}.")
    place, (images, masks) = _folders(folder)
    ledger, makes = facts.Ledger(), {}
    store = derived_masks.Store(masks_to, place)
    truths = _by_stem(place / masks, place, ledger)
    pictures = _by_stem(place / images, place, ledger)
    for stem in sorted(truths.keys() - pictures.keys()):
        ledger.leave_out(f"{masks}/{truths[stem].name}", "It has no image of the same name.")
    for stem, path in pictures.items():
        name = path.relative_to(place).as_posix()
        if stem not in truths:
            ledger.leave_out(name, f"It has no mask of the same name in {masks}.")
        else:
            makes[path] = partial(_row, path, truths[stem], target, store)
    for other in ("fasc_images", "fasc_masks"):
        for path in files.below(place / other) if (place / other).is_dir() else ():
            why = "It is for fascicles, another task."
            ledger.leave_out(path.relative_to(place).as_posix(), why)
    table = picture_sets.finished(makes, "dl_track", place, ledger, "dl")
    table.attrs["target"] = target
    return table


def _folders(folder):
    """The folder of the set, and the names in it of the folders of images and masks."""
    place = files.find_folder(folder)
    for inside in files.folders(place, picture_sets.DEEP):
        for names in FOLDERS:
            found = [picture_sets.named(inside, name) for name in names]
            if all(found):
                return inside, tuple(path.name for path in found if path)
    raise errors.FileError(
        f"'{files.shown(place)}' holds neither apo_images and apo_masks nor images and masks. Give "
        "the folder that holds both."
    )


def _by_stem(folder, place, ledger):
    found = {}
    for path in files.below(folder, 0):
        name, stem = path.relative_to(place).as_posix(), files.alike(path.stem)
        if path.suffix.lower() not in load.SUFFIXES:
            ledger.leave_out(name, "It is not a picture.")
        elif stem in found:
            ledger.leave_out(name, f"{found[stem].name} has the same name; the first counts.")
        else:
            found[stem] = path
    return found


def _row(path, truth, target, store):
    image, code = picture_sets.picture(path)
    mask = picture_sets.fitting(truth, path, image.shape)
    bands = derived_masks.bands(mask)
    where = store.relative(truth)
    if target == "belly":
        mask = derived_masks.belly(bands)
        where = store.save(mask, f"{path.stem}_belly.png")
    return {"mask": where, "empty": not mask.any(), "bands": len(bands), "hash": code}
