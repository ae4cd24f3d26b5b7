"""Who is on which picture: inferred from a table, DICOM tags, folders or file names, and said.

An honest split needs it: two images of one person may not be on both sides. The guess is therefore
always put into a sentence for a person to confirm. Where nothing tells patients apart, every image
counts as its own patient, with a warning, because then nobody can promise an honest test.
"""

import re
from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import NamedTuple

from course_utils.core import files
from course_utils.privacy import names as identifiers
from course_utils.your_own_data import pairs

SPLITS = {
    "train": "train",
    "training": "train",
    "tr": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "ts": "test",
    "holdout": "test",
}
CLASSES = {
    "benign",
    "malignant",
    "normal",
    "abnormal",
    "healthy",
    "control",
    "controls",
    "case",
    "cases",
    "positive",
    "negative",
    "left",
    "right",
    "baseline",
    "followup",
    "pre",
    "post",
    "good",
    "poor",
    "a2c",
    "a4c",
    "2ch",
    "4ch",
    "ed",
    "es",
}
DEVICES = {
    "ge",
    "vivid",
    "logiq",
    "voluson",
    "philips",
    "epiq",
    "lumify",
    "siemens",
    "acuson",
    "samsung",
    "mindray",
    "esaote",
    "mylab",
    "canon",
    "toshiba",
    "aplio",
    "hitachi",
    "aloka",
    "telemed",
    "butterfly",
    "clarius",
    "sonosite",
    "supersonic",
    "aixplorer",
    "scanner",
    "device",
    "machine",
    "probe",
    "transducer",
    "vendor",
}
_NUMBERED = re.compile(r"[^\W\d_]{0,12}[\s_.\-]*\d{1,9}[a-z]?", re.IGNORECASE)
_HEADS = re.compile(r"(\d{3})_\d?HC", re.IGNORECASE)  # HC18: 010_HC, 010_2HC are one fetus
_TOKENS = re.compile(r"[\s_.\-]+")


MOST = 0.8  # share of the images that a rule must fit; the others count as patients of their own
UNKNOWN = "nothing says who is on {} of the images, so each of them counts as another patient"


class Patients(NamedTuple):
    """`ids`: image path -> patient_id (str). `how`: where that is from, in words. `certain`: False
    where images had to count as patients of their own.
    """

    ids: dict
    how: str
    certain: bool


def infer(images, tags=None, listed=None, first=()):
    """Guess the patient of each image (paths within the folder). Returns `Patients`.

    tags: image path -> PatientID of a DICOM file; replaced by numbers (D001), since it may be a
    hospital number. listed: image path -> what a table beside the images or a pseudonym says.
    first: the images that matter most (those with masks); where no rule fits all, they decide.
    Tags and lists are believed. Then, in this order: a folder for each patient; the numbers of HC18
    (010_HC and 010_2HC are one fetus); the first part of the file names, up to `_`, `-` or a space,
    if images share it. What looks like a person's name or a hospital number is replaced (N001).
    """
    listed = {path: str(listed[path]) for path in images if (listed or {}).get(path)}
    tags = {path: tags[path] for path in images if (tags or {}).get(path) and path not in listed}
    rest = [path for path in images if path not in listed and path not in tags]
    masked = [path for path in rest if path in set(first)]
    guessed, how = _guessed(rest) or _guessed(masked) or ({}, "")
    names = Counter(map(files.stem, images))
    alone = {
        path: files.stem(path) if names[files.stem(path)] == 1 else path
        for path in rest
        if path not in guessed
    }
    parts = [
        (_safe(listed, "L"), "as listed in a table or a de-identified file"),
        (_numbered(tags, "D"), "from the PatientID of DICOM files, renamed"),
        (_safe(guessed, "N"), how),
        (_safe(alone, "U"), ""),
    ]
    said = [
        f"{_count(found)} {how}" if how else UNKNOWN.format(len(found))
        for found, how in parts
        if found
    ]
    ids = {path: patient for found, _ in parts for path, patient in found.items()}
    return Patients({path: ids[path] for path in images}, "; ".join(said), not alone)


def split_of(path):
    """'train', 'validation' or 'test' if a folder of the path says so, else None."""
    for folder in PurePosixPath(path).parts[:-1]:
        for word in _TOKENS.split(re.sub(r"(?<=[a-z])(?=T[rs]$)", "_", folder).lower()):
            if word in SPLITS:
                return SPLITS[word]
    return None


def device_of(path):
    """The folder that names a scanner, such as 'scanner_b' or 'GE Vivid', else None."""
    for folder in PurePosixPath(path).parts[:-1]:
        if set(re.split(r"[\s_.\-\d]+", folder.lower())) & DEVICES:
            return folder
    return None


def _guessed(images):
    """The first rule that fits: (path -> patient, how), or None."""
    return (_by_folder(images) or _by_head(images) or _by_prefix(images)) if images else None


def _example(names):
    """One name to show, unless it could tell who someone is."""
    plain = [
        name for name in sorted(set(names), key=pairs.natural) if not identifiers.in_name(name)
    ]
    return f", such as '{plain[0]}'" if plain else ""


def _by_folder(images):
    """The outermost level of folders that are named like patients."""
    folders = {
        path: [part for part in PurePosixPath(path).parts[:-1] if not _is_role(part)]
        for path in images
    }
    depth = max(map(len, folders.values()))
    for level in range(depth):
        names = {path: parts[level] for path, parts in folders.items() if len(parts) > level}
        names = {path: name for path, name in names.items() if _is_patient(name)}
        distinct = set(names.values())
        if len(names) >= MOST * len(images) and len(distinct) > 1:
            return names, f"from the folders of the files{_example(distinct)}"
    return None


def _by_head(images):
    found = {path: _HEADS.fullmatch(files.stem(path)) for path in images}
    if not all(found.values()):
        return None
    return (
        {path: match[1] for path, match in found.items()},
        "from the numbers of the HC18 set (010_HC and 010_2HC are one fetus)",
    )


def _by_prefix(images):
    """The leading parts of the names that at least two images share, the shortest that numbers."""
    split = {path: [part for part in _TOKENS.split(files.stem(path)) if part] for path in images}
    longest = max(map(len, split.values()))
    for length in range(1, longest):
        names = {
            path: "_".join(parts[:length])
            for path, parts in split.items()
            if len(parts) > length and any(c.isdigit() for c in "".join(parts[:length]))
        }
        counts = Counter(names.values())
        if len(names) >= MOST * len(images) and len(counts) > 1:
            if max(counts.values()) < 2:
                return None
            return names, f"from the first part of the file names{_example(counts)}"
    return None


def _is_role(folder):
    words = set(_TOKENS.split(folder.lower()))
    return bool(
        pairs.folder_role(folder)
        or words & set(SPLITS)
        or device_of(f"{folder}/x")
        or folder.lower() in CLASSES
    )


def _is_patient(name):
    return bool(_NUMBERED.fullmatch(name.strip()) or identifiers.in_name(name))


def _safe(found, letter):
    """Patient names without identities: what looks like a name or a hospital number is replaced."""
    risky = {path: name for path, name in found.items() if identifiers.in_name(name)}
    return found | _numbered(risky, letter)


def _numbered(told, letter):
    """Pseudonyms, in the order of the originals: N001, N002, ..."""
    order = sorted(set(map(str, told.values())))
    wide = max(3, len(str(len(order))))
    names = {text: f"{letter}{number:0{wide}d}" for number, text in enumerate(order, 1)}
    return {path: names[str(text)] for path, text in told.items()}


def _count(ids):
    number = len(set(ids.values()))
    return f"{number} patient{'s' * (number != 1)}"


def in_several(ids, group):
    """patient_id -> the sorted groups (such as splits) it is in, for patients in more than one.

    ids: path -> patient_id; group: a function of a path, None where it has none.
    """
    seen = defaultdict(set)
    for path, patient in ids.items():
        if group(path) is not None:
            seen[patient].add(group(path))
    return {patient: sorted(found) for patient, found in seen.items() if len(found) > 1}
