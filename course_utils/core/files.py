"""The door to the disk: find a file, read its bytes, write a new one without ever harming an old
one.

Every problem becomes a `FileError` that says which file and what to do. Reading bytes here, and
decoding them elsewhere, is what makes names with umlauts, spaces or undecodable characters work on
every system.
"""

import difflib
import os
import re
import unicodedata
import uuid
from pathlib import Path, PurePosixPath

from course_utils.core import errors

LARGEST_FILE_MB = 2000


def shown(path):
    """The name of `path` as printable text, for messages; undecodable characters become '?'."""
    return os.fspath(Path(path).name or path).encode("utf-8", "replace").decode("utf-8")


def find(path):
    """Return `path` (str or path-like) as an existing file's `Path`.

    A path written with Windows separators is understood on Linux and macOS too. Raises `FileError`
    for a missing file (naming similar files of that folder), a folder, or a name that no file can
    have, and `DataError` when `path` is not a path at all.
    """
    if isinstance(path, bytes) or not isinstance(path, (str, os.PathLike)):
        raise errors.DataError(
            f"A file path was expected, not {type(path).__name__}: give the "
            "file's name as text, for example 'scan.png'."
        )
    text = os.fspath(path)
    if not text.strip() or "\0" in text:
        raise errors.FileError("The file name is empty or holds a character no file name can have.")
    try:
        place = Path(text).expanduser()
        if not place.exists() and "\\" in text and Path(text.replace("\\", "/")).exists():
            place = Path(text.replace("\\", "/"))
        if place.is_dir():
            raise errors.FileError(
                f"'{shown(place)}' is a folder. Give one file in it{_examples(place)}."
            )
        if not place.exists():
            raise errors.FileError(f"There is no file '{shown(place)}'{_near(place)}")
        if not place.is_file():  # a pipe or a device: reading it could wait for ever
            raise errors.FileError(f"'{shown(place)}' is not an ordinary file. Give a saved file.")
    except (OSError, RuntimeError, ValueError) as error:
        raise errors.FileError(f"The path of '{shown(text)}' cannot be used: {error}.") from error
    return place


def find_folder(path):
    """Return `path` as an existing folder's `Path`, with the same care as `find`.

    Raises `FileError` when there is no such folder, and `DataError` when `path` is not a path.
    """
    if isinstance(path, bytes) or not isinstance(path, (str, os.PathLike)):
        raise errors.DataError(f"A folder was expected, not {type(path).__name__}: give its name.")
    text = os.fspath(path)
    try:
        for name in (text, text.replace("\\", "/")):
            if text.strip() and Path(name).expanduser().is_dir():
                return Path(name).expanduser()
    except (OSError, RuntimeError, ValueError) as error:
        raise errors.FileError(f"The path of '{shown(text)}' cannot be used: {error}.") from error
    if not text.strip():
        raise errors.FileError(
            "The name of the folder is empty. Give one, such as 'my_study/images'."
        )
    raise errors.FileError(
        f"There is no folder '{shown(text)}'{_near(Path(text).expanduser(), Path.is_dir)}"
    )


def read_bytes(path):
    """Return the whole content of a file as bytes. Raises `FileError` (empty, too large,
    unreadable).
    """
    place = find(path)
    try:
        size = place.stat().st_size
        if size > LARGEST_FILE_MB * 1e6:
            raise errors.FileError(
                f"'{shown(place)}' has {size / 1e6:.0f} MB; files over "
                f"{LARGEST_FILE_MB} MB are not read. Export a shorter clip."
            )
        data = place.read_bytes()
    except OSError as error:
        raise errors.FileError(
            f"'{shown(place)}' cannot be read: {error.strerror or error}."
        ) from error
    if not data:
        raise errors.FileError(f"'{shown(place)}' is empty (0 bytes). Copy or export it again.")
    return data


def write_whole(path, write, replace=False):
    """Make the file `path` whole or not at all, by calling `write(temporary_path)`.

    The content goes to a temporary name in the same folder and appears under its own name only
    when it is complete. replace: whether a file of that name may be replaced; otherwise it never
    is. Returns the `Path`. Raises `FileError` when the name is taken or cannot be written.
    """
    place = Path(path).expanduser()
    if not replace:
        refuse_taken(place)
    refuse_homeless(place)
    # The ending stays: many writers choose the format by it.
    partial = place.parent / f".{uuid.uuid4().hex}.part{place.suffix}"
    try:
        write(partial)
        if replace:
            os.replace(partial, place)
        else:
            _claim(partial, place)
    except (OSError, UnicodeError) as error:
        raise errors.FileError(
            f"'{shown(place)}' cannot be written: {getattr(error, 'strerror', None) or error}."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return place


def refuse_taken(place):
    """Raise `FileError` where something of this name is there already."""
    if os.path.lexists(place):
        raise errors.FileError(
            f"'{shown(place)}' exists already and is never overwritten. Choose another name."
        )


def refuse_homeless(place):
    """Raise `FileError` where the folder that `place` is to stand in is not there."""
    if not place.parent.is_dir():
        raise errors.FileError(f"The folder '{shown(place.parent)}' does not exist. Make it first.")


def _claim(partial, place):
    # A hard link fails when the name is taken, even if it was taken a moment ago; os.replace would
    # not.
    try:
        os.link(partial, place)
    except OSError:  # taken, or a disk without hard links (exFAT, some network shares)
        refuse_taken(place)
        os.replace(partial, place)


def _near(place, is_kind=Path.is_file):
    folder = place.parent
    if not folder.is_dir():
        return f": its folder '{shown(folder)}' does not exist either."
    names = {shown(p).lower(): shown(p) for p in folder.iterdir() if is_kind(p)}
    close = difflib.get_close_matches(shown(place).lower(), list(names), n=3, cutoff=0.6)
    same_stem = [n for low, n in names.items() if Path(low).stem == Path(shown(place).lower()).stem]
    found = list(dict.fromkeys(same_stem + [names[c] for c in close]))[:3]
    return (
        ". Did you mean " + " or ".join(f"'{n}'" for n in found) + "?"
        if found
        else " in its folder."
    )


def _examples(folder):
    names = sorted(shown(p) for p in folder.iterdir() if p.is_file() and p.name[0] != ".")[:3]
    return f" (it holds {', '.join(names)})" if names else " (it holds no files)"


LEFTOVERS = {  # what Windows, macOS, network disks and programs leave beside data
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin",
    "system volume information", "@eadir", "#recycle", "#snapshot", "lost+found", "__pycache__",
    "network trash folder", "temporary items", "recycler", "recycled", "found.000", "_gsdata_",
    "_thumbs", "thumbs", "thumbnails", "venv", "node_modules", "site-packages", "picasa.ini", "dicomdir",
}  # fmt: skip
COPY = re.compile(  # which programs that keep folders alike, and Jupyter, put beside a file
    r"\.sync-conflict-\d|conflicted copy|in konflikt stehende kopie|copie en conflit|-checkpoint\."
)


def is_leftover(name):
    """True for the name of a file or folder that a system left behind: hidden (._x.png, .DS_Store,
    .ipynb_checkpoints), Thumbs.db, __MACOSX, @eaDir, ~$list.xlsx, ~snapshot, conflicted copies and
    their kind.
    """
    low = name.lower()
    return name.startswith((".", "~")) or low in LEFTOVERS or bool(COPY.search(low))


def below(folder, depth=None):
    """The files in a folder and its sub-folders, sorted `Path`s, without what systems leave behind.

    depth: 0 for the folder alone, 1 with its sub-folders and so on; None for all. Links to files
    are given as they are; links to folders are followed once, never in a circle. Raises FileError.
    """
    return sorted(
        entry for _, entries in _walk(folder, depth) for entry in entries if entry.is_file()
    )


def folders(folder, depth=None):
    """The folder and its sub-folders, the nearest first, with the same care as `below`."""
    return [inside for inside, _ in _walk(folder, depth)]


def _walk(folder, depth):
    """(folder, its entries) of each folder, level by level."""
    seen, waiting = set(), [(find_folder(folder), 0)]
    while waiting:
        inside, level = waiting.pop(0)
        real = os.path.realpath(inside)
        if real in seen:
            continue
        seen.add(real)
        try:
            entries = sorted(each for each in inside.iterdir() if not is_leftover(each.name))
        except OSError as error:
            raise errors.FileError(
                f"The folder '{shown(inside)}' cannot be opened: {error.strerror or error}."
            ) from error
        yield inside, entries
        if depth is None or level < depth:
            waiting += [(entry, level + 1) for entry in entries if entry.is_dir()]


def alike(name):
    """A key by which two names of files are the same to a reader: both Unicode forms, any case, any
    dash, without letters that nobody sees.
    """
    seen = "".join(
        "-" if unicodedata.category(letter) == "Pd" else letter
        for letter in unicodedata.normalize("NFKC", str(name))
        if unicodedata.category(letter) != "Cf"
    )
    return unicodedata.normalize("NFC", seen.casefold())


def stem(path):
    """The name of a file without its folders and its ending; `.nii.gz` counts as one ending."""
    name = PurePosixPath(path).name
    return name[:-7] if name.lower().endswith(".nii.gz") else PurePosixPath(name).stem


def my_work(name="", make=True):
    """Where the learner's own `name` lives (progress, logs, forms, models, notebooks), as a `Path`.

    That is `my_work/` in the course folder, which git ignores. Where the course is linked, belongs
    to somebody else or cannot be written, it is a folder among the person's own documents: a class
    that shares one course never shares progress. The variable COURSE_WORK names another place.

    The folder around `name` is made, unless `make` is False (for looking only). Raises `DataError`
    for a name that leads out of the folder, `FileError` when the folder cannot be made.
    """
    parts = PurePosixPath(os.fspath(name).replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in str(parts):
        raise errors.DataError(
            f"'{name}' leads out of your own folder: give a plain name, for example 'notes.txt'."
        )
    place = _work_folder() / parts
    if make:
        folder = place.parent if parts.name else place
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise errors.FileError(
                f"Your own folder '{folder}' cannot be made: {error.strerror or error}. Set the "
                "variable COURSE_WORK to a folder that you may write to."
            ) from error
    return place


def _work_folder():
    if os.environ.get("COURSE_WORK"):
        return Path(os.environ["COURSE_WORK"]).expanduser().absolute()
    course = errors.HERE.parent
    place = course.resolve() / "my_work"
    if all(_is_mine(folder) for folder in (errors.HERE, course, place) if folder.exists()):
        return place
    import platformdirs  # here, because this module also serves a Python without packages

    return platformdirs.user_documents_path() / "ultrasound_ai_workbook" / "my_work"


def _is_mine(folder):
    """Is the folder no link, writable and this person's (root may write into anybody's)?"""
    mine = not hasattr(os, "getuid") or os.getuid() in (0, folder.stat().st_uid)
    return mine and os.access(folder, os.W_OK) and not folder.is_symlink()
