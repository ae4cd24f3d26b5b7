"""The learner's own copies of the lessons: brought up to date, and nothing written is ever lost.

JupyterLab opens these copies and not the course's own notebooks, so an answer never stands in the
way of an update of the course. Running a cell is no edit: only the text of the cells counts.
Standard library only.
"""

import hashlib
import json
import shutil
from pathlib import Path

from course_utils.core import errors, files

MADE_FROM = ".made_from.json"  # copy -> what the text of its cells was when it was made


def refresh(course, own):
    """Bring the notebooks of the folder `course` to the folder `own`, made when missing.

    A copy whose cells nobody changed becomes the new version; beside an edited one the new version
    is put as NAME_new.ipynb, and the edited one stays. Returns the names put beside an edited copy.
    Raises `FileError` when the folder cannot be written.
    """
    known = _known(own / MADE_FROM)
    beside = []
    try:
        own.mkdir(exist_ok=True)
        for source in sorted(Path(course).glob("*.ipynb")):
            version = text_of(source)
            name = _place(own, source.stem, known, version)
            if name is None:
                continue
            files.write_whole(own / name, lambda part, s=source: shutil.copyfile(s, part), True)
            known[name] = version
            if name != source.name:
                beside.append(name)
        text = json.dumps(known, indent=1, sort_keys=True) + "\n"
        files.write_whole(own / MADE_FROM, lambda part: part.write_text(text, "utf-8"), True)
    except OSError as error:
        raise errors.FileError(
            f"Your copies in '{own}' cannot be written: {error.strerror or error}."
        ) from error
    return beside


def text_of(notebook):
    """A fingerprint of the text of a notebook's cells, whatever was run; '' for no notebook."""
    try:
        cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
        said = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # damaged or gone: never equal to a version of the course, so it is kept
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _place(own, stem, known, version):
    """The name under which this version goes into the folder, or None when it is there already."""
    number = 1
    while True:
        name = (
            f"{stem}{'' if number == 1 else '_new' if number == 2 else f'_new{number - 1}'}.ipynb"
        )
        if not (own / name).exists():
            return name
        if known.get(name) == version:
            return None
        if text_of(own / name) in (known.get(name), version):
            return name  # as it was made: nothing is lost
        number += 1


def _known(path):
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # without it every copy counts as edited, so it is kept
    return found if isinstance(found, dict) else {}
