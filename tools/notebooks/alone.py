#!/usr/bin/env python3
"""Lessons that can stand alone, for Colab and Kaggle: each fetches the course that it belongs to.

    python tools/notebooks/alone.py ADDRESS [--to build/alone]

ADDRESS is the web folder in which the made files will lie. There come an archive of the course with
its hash in its name, and every learner's notebook with one cell more: where `course_utils` is not
beside it, that cell fetches the archive, refuses another one, and adds the packages that are
missing. Standard library only.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import course_utils
from course_utils.core import errors

HELD = ("course_utils", "sample_data", "notebooks/*.ipynb", "binder/*.txt", "requirements.txt",
        "README.md", "LICENSE")  # fmt: skip
DATE = (2026, 1, 1, 0, 0, 0)  # of every file in the archive: the same course, the same hash
BEFORE = (
    "**This page can stand alone.** Where its course is not beside it, as on Colab and Kaggle, the "
    "next cell fetches the course once (about {megabytes} MB, a minute or two) and checks that it "
    "is the right one. Your answers last as long as this session."
)
CELL = """\
import hashlib, importlib.util, io, os, sys, tempfile, urllib.request, zipfile

ADDRESS, SHA256 = "{address}", "{digest}"
folder = os.path.join(tempfile.gettempdir(), "{name}")
sys.path[:0] = ["..", "../..", folder]
if not importlib.util.find_spec("course_utils"):
    try:
        data = urllib.request.urlopen(ADDRESS, timeout=60).read()
    except OSError as reason:
        raise ConnectionError(f"The course could not be fetched ({{reason}}). Switch the internet on (on Kaggle: "
                              "Settings, Internet), run this cell again, or take this page anew.") from None
    assert hashlib.sha256(data).hexdigest() == SHA256, "Another course than this page's came: take this page anew."
    zipfile.ZipFile(io.BytesIO(data)).extractall(folder)
    importlib.invalidate_caches()

from course_utils.setup import install
install.complete()
"""


def make(address, target):
    """Write archive and notebooks into the folder `target`; returns the archive's path.

    address: the web folder where they will lie, beginning with http:// or https://. Raises
    `SetupError` for another one.
    """
    if not address.startswith(("http://", "https://")):
        raise errors.SetupError(f"'{address}' is no web address: begin with https://")
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    part = target / "course.part"
    pack(part)
    digest = hashlib.sha256(part.read_bytes()).hexdigest()
    name = f"course-{course_utils.__version__}-{digest[:12]}"
    archive = part.replace(target / f"{name}.zip")
    cell = CELL.format(address=f"{address.rstrip('/')}/{archive.name}", digest=digest, name=name)
    megabytes = f"{archive.stat().st_size / 1e6:.0f}"
    for lesson in sorted((ROOT / "notebooks").glob("*.ipynb")):
        text = with_cell(lesson, BEFORE.format(megabytes=megabytes), cell)
        (target / lesson.name).write_text(text, encoding="utf-8")
    return archive


def pack(target):
    """The course's files as one archive, byte for byte the same for the same files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files():
            entry = zipfile.ZipInfo(path.relative_to(ROOT).as_posix(), DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def with_cell(lesson, before, cell):
    """The text of a lesson's notebook with the cell put before the one tagged 'setup'."""
    notebook = json.loads(lesson.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    place = next(
        number for number, one in enumerate(cells) if "setup" in one["metadata"].get("tags", [])
    )
    cells[place:place] = [
        {"cell_type": "markdown", "id": "alone-why", "metadata": {}, "source": before},
        {"cell_type": "code", "id": "alone", "metadata": {"tags": ["alone"]}, "source": cell,
         "execution_count": None, "outputs": []},
    ]  # fmt: skip
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _files():
    found = []
    for held in HELD:
        place = ROOT / held
        found += [*place.rglob("*")] if place.is_dir() else [*ROOT.glob(held)]
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def main(arguments=None):
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", help="the web folder in which the made files will lie")
    parser.add_argument("--to", default=ROOT / "build" / "alone", help="where they are written")
    options = parser.parse_args(arguments)
    try:
        archive = make(options.address, options.to)
    except errors.CourseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{archive}: {archive.stat().st_size / 1e6:.1f} MB, and its lessons beside it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
