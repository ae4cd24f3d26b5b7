"""Bring the files in binder/ in line with requirements.txt: `python3 tools/lock.py [--newest]`.

It writes three files, and nothing by hand belongs in them:

- binder/lock.txt: every package that the course pulls in, at one version and with the hashes of its
  files, for Python 3.11 to 3.13 on Linux, macOS and Windows (markers say where a line applies). An
  installer that is told `--require-hashes` takes nothing else;
- binder/requirements.txt: the lessons' section of requirements.txt, and what that pulls in.
  Whatever Binder's own image brings (JupyterLab, IPython, ..) is left out, so that nothing of it
  is replaced;
- docs/book/lock.txt: the same as the first for docs/book/requirements.txt, the tools of the web
  book, which have an environment of their own (`--book` writes this one only).

`--newest` first raises every pin of requirements.txt to the newest version that works with the
others, except the lines whose comment says '(held)'. It needs the program `uv` (pip install uv),
jupyter-repo2docker (which knows Binder's image) and a network.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from course_utils.core import errors, files
from course_utils.setup import pins

LOCK_HEADER = """\
# Every package the course pulls in, at the version it was tested with (Python 3.11 to 3.13; Linux,
# macOS and Windows). Made from requirements.txt by `python3 tools/lock.py`; do not edit.
"""
BOOK_HEADER = """\
# Every package that makes the web book. Made from docs/book/requirements.txt by
# `python3 tools/lock.py`; do not edit.
"""
BINDER_HEADER = """\
# What the lessons need on Binder, whose image brings its own JupyterLab. Made from requirements.txt
# by `python3 tools/lock.py`; do not edit. One file without references, so that Binder builds this
# layer only when a version changes, not with every change of a lesson.
"""
BINDER_MORE = "\n# What these pull in and the image does not have.\n"
HELD = "(held)"
PIN = re.compile(r"^([A-Za-z0-9._-]+(?:\[[^\]]*\])?)==([^\s;#]+)", re.M)


def binder_text(requirements, constraints):
    """The text of binder/requirements.txt for the texts of requirements.txt and of the versions
    that bind."""
    lessons = [pin for pin in pins.parse(requirements) if pin.section == pins.LESSONS]
    lines = [pin.line for pin in lessons]
    direct, brought = {pin.name for pin in lessons}, binder_brings()
    everything = compiled("".join(line + "\n" for line in lines), constraints=constraints)
    more = [line for line in everything.splitlines() if PIN.match(line)]
    more = [line for line in more if PIN.match(line)[1] not in direct | brought]
    return BINDER_HEADER + "\n".join(lines) + "\n" + BINDER_MORE + "\n".join(more) + "\n"


def binder_brings():
    """Names of what is in Binder's image for the Python of binder/runtime.txt, as repo2docker
    lists it."""
    version = (
        (ROOT / "binder" / "runtime.txt")
        .read_text(encoding="utf-8")
        .strip()
        .removeprefix("python-")
    )
    try:
        place = (
            resources.files("repo2docker")
            / "buildpacks"
            / "conda"
            / f"environment.py-{version}-linux-64.lock"
        )
    except ModuleNotFoundError:
        raise errors.SetupError(
            "Binder's image is not known here: pip install jupyter-repo2docker."
        ) from None
    packages = [
        line.rsplit("/", 1)[1] for line in place.read_text().splitlines() if line.startswith("http")
    ]
    return {package.rsplit("-", 2)[0].replace("_", "-") for package in packages}


def compiled(requirements, previous="", constraints="", universal=None, hashes=False):
    """The full resolved set for the text of a requirements.txt, as text without a header.

    Versions of `previous` (a text of the same form) are kept where they still fit; `constraints`
    bind. universal: for all systems, or for Binder's Linux and Python 3.11 only (as it is with
    constraints unless told). hashes: those of every file of every package, too.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise errors.SetupError(
            "The program uv is not on the path: install it with `pip install uv`."
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "requirements.in"), Path(folder, "constraints.txt")
        source.write_text(requirements, encoding="utf-8")
        if previous:
            target.write_text(previous, encoding="utf-8")
        Path(folder, "bounds.txt").write_text(constraints, encoding="utf-8")
        where = (
            ["--python-platform", "x86_64-manylinux_2_28"]
            if (constraints if universal is None else not universal)
            else ["--universal", "--fork-strategy", "fewest"]
        )
        where += ["--generate-hashes"] if hashes else []
        command = [
            uv,
            "pip",
            "compile",
            *where,
            "--python-version",
            "3.11",
            "--quiet",
            "-c",
            "bounds.txt",
            "--no-header",
            "--no-annotate",
            "--no-emit-index-url",
            "--no-emit-find-links",
            "--output-file",
            target.name,
            source.name,
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise errors.SetupError(
                "uv found no set of versions that fits together: " + done.stderr.strip()
            )
        return target.read_text(encoding="utf-8")


def book_text(newest=False):
    """The texts of the requirements and of the lock of the web book."""
    requirements = pins.BOOK_REQUIREMENTS.read_text(encoding="utf-8")
    previous = ""
    if newest:
        requirements = raised(requirements)
    elif pins.BOOK_LOCK.exists():
        previous = without_hashes(pins.BOOK_LOCK.read_text(encoding="utf-8"))
    return requirements, BOOK_HEADER + compiled(requirements, previous, universal=True, hashes=True)


def without_hashes(text):
    """A lock's text as plain lines `name==version ; where`."""
    return re.sub(r" *\\\n +--hash=[^\s\\]+", "", text)


def raised(requirements):
    """`requirements` with every pin, but those held, at the newest version that fits with the
    others."""
    lines = requirements.splitlines(keepends=True)
    free = [line if HELD in line else PIN.sub(r"\1>=\2", line) for line in lines]
    newest = dict(PIN.findall(compiled("".join(free))))

    def pin(match):
        bare = match[1].split("[")[0].lower()
        return f"{match[1]}=={newest.get(bare, match[2])}"

    return "".join(line if HELD in line else PIN.sub(pin, line) for line in lines)


def write(path, text):
    """Write `text` to `path` at once or not at all."""
    files.write_whole(path, lambda to: to.write_text(text, "utf-8", newline="\n"), replace=True)
    print(f"wrote {path.relative_to(ROOT)}")


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--newest", action="store_true", help="first raise the pins that are not held"
    )
    parser.add_argument("--book", action="store_true", help="only the lock of the web book")
    options = parser.parse_args()
    newest = options.newest
    requirements = pins.REQUIREMENTS.read_text(encoding="utf-8")
    try:
        book, book_lock = book_text(newest)
        if options.book:
            return write_book(book, book_lock)
        previous = ""
        if newest:
            requirements = raised(requirements)
        elif pins.LOCK.exists():
            previous = without_hashes(pins.LOCK.read_text(encoding="utf-8"))
        versions = compiled(requirements, previous)
        binder = binder_text(requirements, versions)
        text = compiled(requirements, constraints=versions, universal=True, hashes=True)
    except errors.CourseError as error:
        print(error, file=sys.stderr)
        return 1
    if newest:
        write(pins.REQUIREMENTS, requirements)
    write(pins.LOCK, LOCK_HEADER + text)
    write(ROOT / "binder" / "requirements.txt", binder)
    return write_book(book, book_lock)


def write_book(requirements, lock):
    """Write both files of the web book; returns the exit code."""
    write(pins.BOOK_REQUIREMENTS, requirements)
    write(pins.BOOK_LOCK, lock)
    return 0


if __name__ == "__main__":
    sys.exit(main())
