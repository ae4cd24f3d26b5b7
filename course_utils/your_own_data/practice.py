"""A practice folder for lesson 15: synthetic scans, saved the way people save things.

The images are those of the sample set, under other names and with the usual faults planted among
them, so that the checker has something to find. The folder is made anew in a temporary place;
nothing else is touched. Every name in it is invented.
"""

import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np

from course_utils import load
from course_utils.cases import samples
from course_utils.core import files, tables

DEVICE = "Scanner A"
SIZES = "pixel_size.csv"  # what the scanner knew and a PNG file does not


def folder(place=None, patients=12, seed=0):
    """Make a practice folder and return its `Path`.

    place: an empty or new folder; a temporary one for None. patients: how many of the sample
    set's Scanner A patients, with up to 4 images each. Images are named PATIENT_NUMBER.png, masks
    PATIENT_NUMBER_mask.png. seed: which images the faults fall on.
    """
    place = Path(place) if place is not None else Path(tempfile.mkdtemp(prefix="practice-"))
    place.mkdir(parents=True, exist_ok=True)
    pairs = _copied(place, patients)
    rng = np.random.default_rng(seed)
    _spoil(place, [pairs[number] for number in rng.permutation(len(pairs))[:6]])
    return place


def tidied(place):
    """A copy of a practice folder, put right as a person would: a new temporary `Path`.

    Copies of one image, half pairs, the cut file and the pair of two sizes stay behind. The
    practice folder itself is left as it is.
    """
    place = files.find_folder(place)
    good = Path(tempfile.mkdtemp(prefix="practice-tidied-"))
    for mask in sorted(place.glob("CALF*_mask.png")):
        image = mask.with_name(mask.name.replace("_mask", ""))
        if image.name.startswith("CALF9") or not image.exists():
            continue
        if cv2.imread(str(mask)).shape == cv2.imread(str(image)).shape:
            shutil.copyfile(image, good / image.name)
            shutil.copyfile(mask, good / mask.name)
    shutil.copyfile(place / SIZES, good / SIZES)
    return good


def start(own_folder):
    """The network to go on from: (model, a sentence that says which and why).

    own_folder: True for a folder of the learner's own, where the learner's own network of lesson 04
    is taken if there is one. The practice folder holds patients whom that network has seen.
    """
    from course_utils import segment  # brings Keras

    if own_folder:
        return segment.own_or_shipped()
    return segment.load(samples.model("unet_scanner_b")), (
        "This page goes on from the course's network 'unet_scanner_b', which has seen none of the "
        "practice patients. Your own network of lesson 04 has, so it may not be tested on them."
    )


def listing(place, count=10):
    """The first `count` file names of a folder and its sub-folders, in alphabetical order."""
    place = files.find_folder(place)
    found = sorted(path for path in place.rglob("*") if path.is_file())
    more = [f"... and {len(found) - count} more"] if len(found) > count else []
    return [files.shown(path.relative_to(place)) for path in found[:count]] + more


def _copied(place, patients):
    """Copy the images and masks of some patients under new names; the pairs of files."""
    cases = samples.table("muscle_general")
    # Patients whom the network that lesson 15 starts from has seen on its own scanner stay out.
    elsewhere = set(cases.patient_id[cases.device != DEVICE])
    cases = cases[(cases.device == DEVICE) & ~cases.patient_id.isin(elsewhere)]
    chosen = cases[cases.patient_id.isin(cases.patient_id.unique()[:patients])]
    pairs, counts, lines = [], {}, ["image,row_mm,col_mm"]
    for image, mask, case in zip(
        tables.paths(chosen), tables.paths(chosen, "mask"), chosen.itertuples(), strict=True
    ):
        counts[case.patient_id] = counts.get(case.patient_id, 0) + 1
        name = f"CALF{case.patient_id[1:]}_{counts[case.patient_id]}"
        pair = place / f"{name}.png", place / f"{name}_mask.png"
        _write(pair[0], np.rint(load.image(image) * 255).astype(np.uint8))
        shutil.copyfile(mask, pair[1])
        pairs.append(pair)
        lines.append(f"{pair[0].name},{case.row_mm:.6f},{case.col_mm:.6f}")
    (place / SIZES).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return pairs


def _spoil(place, pairs):
    """Plant the faults on six pairs, one kind on each, and add what is no image."""
    (alone, _), (_, widow), (_, coloured), (_, faint), (_, small), (twin, twin_mask) = pairs
    shutil.copyfile(alone, place / "CALF90_1.png")
    shutil.copyfile(widow, place / "CALF91_1_mask.png")
    mask = cv2.imread(str(coloured), cv2.IMREAD_GRAYSCALE)
    _write(coloured, np.dstack([np.zeros_like(mask), mask, np.zeros_like(mask)]))
    _write(faint, (cv2.imread(str(faint), cv2.IMREAD_GRAYSCALE) > 0).astype(np.uint8))
    mask = cv2.imread(str(small), cv2.IMREAD_GRAYSCALE)
    _write(small, cv2.resize(mask, (128, 128), interpolation=cv2.INTER_NEAREST))
    shutil.copyfile(twin, place / "CALF92_1.png")
    shutil.copyfile(twin_mask, place / "CALF92_1_mask.png")
    shutil.copyfile(twin, place / "musterfrau_1962-03-04_calf.png")
    (place / "CALF93_1.png").write_bytes(twin.read_bytes()[:2000])
    (place / "notes.txt").write_text("exported on the second day\n", encoding="utf-8")
    (place / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")


def _write(path, pixels):
    path.write_bytes(
        cv2.imencode(".png", pixels)[1].tobytes()
    )  # any file name, as imwrite does not
