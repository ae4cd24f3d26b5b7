"""Walk through a folder and say what lies in it: pictures, DICOM files, videos, volumes, tables.

Nothing is opened except, for a name that says nothing, the first bytes. Nothing is changed.
"""

import os
import stat
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from course_utils import load
from course_utils.core import errors, files
from course_utils.your_own_data.problems import noted

PICTURE, DICOM, VIDEO, VOLUME, TABLE = "picture", "DICOM", "video", "volume", "table"
KINDS = {
    **dict.fromkeys(load.SUFFIXES, PICTURE),
    **dict.fromkeys((".dcm", ".dicom", ".ima"), DICOM),
    **dict.fromkeys((".avi", ".mp4", ".mov", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv"), VIDEO),
    **dict.fromkeys((".nii", ".nii.gz", ".mha", ".mhd"), VOLUME),
    **dict.fromkeys((".csv", ".tsv"), TABLE),
}
HEAVY = (".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst")
PLAIN = set(  # endings of what is no picture, mask or list of them
    ".txt .md .rst .html .htm .css .js .log .ini .toml .yml .yaml .cff .bib .py .ipynb .m .r .sh .bat"
    " .sha256 .md5 .tmp .bak .part .lock".split()
)
DRAWN = (".json", ".xml", ".geojson", ".roi")
RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
}
LARGEST = 200_000  # files; more is a whole disk, not a study
LONGEST = 240  # characters of a path that Windows opens without a setting


class File(NamedTuple):
    """A file of a kind that is read: its `path` within the folder, with slashes, and its `kind`."""

    path: str
    kind: str


def walk(folder):
    """List a folder: (files, others, problems), in alphabetical order of paths. others: the paths
    of files that are not read.

    Links to folders are not followed, hidden and system files are passed over; both are said.
    Raises FileError when there is no such folder or it cannot be opened, DataError when it holds
    more than 200,000 files.
    """
    place = _place(folder)
    found, problems, passed, others = [], [], 0, {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        for name, entry in _entries(place, below, problems):
            path = f"{below}/{name}" if below else name
            if files.is_leftover(name):
                passed += 1
            elif _is_odd(path, problems):
                continue
            elif (kind := _kind(entry, path, problems)) == "folder":
                waiting.append(path)
            elif kind in KINDS.values():
                found.append(File(path, kind))
            elif kind:
                others[path] = kind
        if len(found) + len(others) > LARGEST:
            raise errors.DataError(
                f"'{files.shown(place)}' holds more than {LARGEST:,} files. Give the folder of "
                "one study, not a whole disk."
            )
    problems += _left(passed, Counter(others.values()))
    return sorted(found), sorted(others), sorted(problems, key=lambda problem: problem.file)


def _place(folder):
    if isinstance(folder, (str, os.PathLike)) and str(folder).strip():
        try:
            single = Path(folder).expanduser().is_file()
        except (OSError, RuntimeError, ValueError):
            single = False  # find_folder says why
        if single:
            raise errors.FileError(f"'{files.shown(folder)}' is a file. Give the folder it is in.")
    place = files.find_folder(folder).absolute()
    try:
        with os.scandir(place):
            return place
    except OSError as error:
        raise errors.FileError(
            f"The folder '{files.shown(place)}' cannot be opened: {error.strerror or error}. Ask "
            "whoever owns it, or copy it to a place of your own."
        ) from error


def _entries(place, below, problems):
    try:
        with os.scandir(place / below) as entries:
            return sorted((entry.name, entry) for entry in entries)
    except OSError as error:
        problems.append(noted("folder that cannot be opened", below, why=error.strerror or error))
        return []


def _is_odd(path, problems):
    """True for a name that no table can hold; a remark for one that other systems cannot."""
    name = PurePosixPath(path).name
    if "\\" in name or not name.isprintable():  # lone surrogates, line ends, control characters
        shown = "".join(letter if letter.isprintable() else "?" for letter in path)
        problems.append(noted("name that cannot be written", shown))
        return True
    bare = name.split(".")[0].strip().lower()
    if bare in RESERVED or set(name) & set('<>:"|?*\\') or name[-1] in " ." or len(path) > LONGEST:
        problems.append(noted("name that Windows refuses", path))
    return False


def _kind(entry, path, problems):
    """'folder', one of KINDS, the ending of another file, or None where a problem was noted."""
    try:
        link, about = entry.is_symlink(), entry.stat()
    except OSError as error:
        problems.append(
            noted(
                "file that leads to nothing",
                path,
                kind="broken link" if entry.is_symlink() else "file that cannot be opened",
                why=error.strerror or error,
            )
        )
        return None
    if stat.S_ISDIR(about.st_mode):
        if not link:
            return "folder"
        problems.append(noted("link to a folder", path))
        return None
    if not stat.S_ISREG(about.st_mode):
        problems.append(noted("not an ordinary file", path))
        return None
    if about.st_size == 0 and _ending(path) in KINDS:
        problems.append(noted("empty file", path))
        return None
    return KINDS.get(_ending(path)) or _by_content(entry, path)


def _ending(path):
    low = path.lower()
    return ".nii.gz" if low.endswith(".nii.gz") else PurePosixPath(low).suffix


def _by_content(entry, path):
    """Scanners often save DICOM files without an ending, or with one of their own."""
    ending = _ending(path)
    if not ending or ending[1:].isdigit() or len(ending) > 5:
        try:
            with open(entry.path, "rb") as stream:
                if stream.read(132)[128:] == b"DICM" and files.stem(path).upper() != "DICOMDIR":
                    return DICOM
        except OSError:
            return ending or "no ending"
    return ending or "no ending"


def _left(passed, others):
    if passed:
        yield noted("hidden files", count=passed)
    drawn = sum(others[ending] for ending in DRAWN)
    if drawn:
        yield noted("outlines stored as text", endings=_named(others, DRAWN), count=drawn)
    packed = sum(others[ending] for ending in HEAVY)
    if packed:
        yield noted("archives", endings=_named(others, HEAVY), count=packed)
    for ending in sorted(others.keys() & load.FOREIGN.keys()):
        way = load.FOREIGN[ending]
        yield noted("format that is not read", ending=ending, count=others[ending], way=way)
    rest = [ending for ending in others if ending not in {*DRAWN, *HEAVY, *load.FOREIGN}]
    if rest:
        plain = [ending for ending in rest if ending in PLAIN or ending == "no ending"]
        count = sum(others[ending] for ending in plain)
        if count:
            yield noted("other files", endings=_named(others, plain), count=count)
        unknown = [ending for ending in rest if ending not in plain]
        count = sum(others[ending] for ending in unknown)
        if count:
            yield noted("files of unknown kinds", endings=_named(others, unknown), count=count)


def _named(others, endings):
    some = [ending for ending, _ in others.most_common() if ending in endings]
    return ", ".join(some[:6]) + (" ..." if len(some) > 6 else "")
