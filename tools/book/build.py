"""The web book: lessons with their results, the pages without code, a PDF, a zip for offline.

Standard library only: Sphinx has an environment of its own, `.venv-book`, made from
docs/book/lock.txt. What it reads is prepared from the executed copies in build/executed; everything
made lies in build/book. The configuration is docs/book/conf.py.
"""

import hashlib
import os
import re
import shutil
import subprocess
import time
import zipfile
from pathlib import Path
from urllib.parse import quote

from course_utils.core import errors
from course_utils.setup import install, pins
from tools.book import sources

ROOT = pins.ROOT
VENV = ROOT / ".venv-book"
CONFIGURATION, PAGES = ROOT / "docs" / "book", ROOT / "docs" / "pages"
NOTEBOOKS, EXECUTED = ROOT / "notebooks", ROOT / "build" / "executed"
BUILD = ROOT / "build" / "book"
TOOLS = ("check.py", "join.py", "shrink.py")  # beside the configuration, no part of the book
NAME = "ultrasound_ai_book"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PRINT = "--headless --no-sandbox --disable-gpu --no-pdf-header-footer".split()
PRINT_SECONDS = 300
# Where the pages without code lead when they are opened in the course's folder.
LESSON, README = re.compile(r"\.\./\.\./notebooks/(\d\d_\w+)\.ipynb"), "../../README.md"


def command(lessons, again=False, pdf=True, check=False):
    """`python3 -m course_utils book`: execute what has to be, make the book, say where; an exit code.

    lessons: numbers such as '02'; none for all. again: execute every one of them anew. check: look at
    every page. Raises `SetupError` for a lesson that does not exist or does not run.
    """
    solutions = sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
    if lessons:
        wanted = [name.zfill(2) for name in lessons]
        solutions = [path for path in solutions if path.stem.split("_")[0] in wanted]
    if not solutions:
        raise errors.SetupError(
            "There is no such lesson. Give numbers such as 02, or none for all."
        )
    todo = solutions if again else missing(solutions)
    if todo:
        python = install.python_for(pins.LESSONS, pins.LAB, pins.TESTS)
        call = [str(python), "-m", "course_utils", "run", *(str(path) for path in todo)]
        if subprocess.run(call, cwd=ROOT).returncode:
            raise errors.SetupError("A lesson failed, so there is no book: see above.")
    began = time.monotonic()
    python = environment()
    made = build(solutions, python, pdf)
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file()) / 1e6
    took = time.monotonic() - began
    print(f"{len(solutions)} lessons in {took:.0f} s, {size:.0f} MB: open {made / 'index.html'}")
    return checked(python, made) if check else 0


def missing(solutions, executed=EXECUTED):
    """Those of the solution notebooks that have no whole executed copy of their present text."""
    return [path for path in solutions if not sources.current(executed / path.name, path)]


def environment():
    """The Python of the book's own environment, which is made where it is missing or outdated."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = VENV / "course_stamp", _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and python.exists():
        return python
    print(f"Setting up the tools of the book in {VENV}: once, about a minute.", flush=True)
    (ROOT / "build").mkdir(exist_ok=True)
    if VENV.exists():
        install.removing(shutil.rmtree, VENV)
    install.venv(VENV)
    install.locked(python, pins.BOOK_LOCK)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def build(solutions, python, pdf=True, executed=EXECUTED, build=BUILD):
    """Make the book of these lessons; returns the folder of its pages.

    solutions: paths of solution notebooks that have an executed copy. python: that of
    `environment`. pdf: print it, too, which needs a Chromium. Raises `SetupError` with Sphinx's
    first words where it finds anything to warn of, or where there is no browser to print.
    """
    source, html = build / "source", build / "html"
    for folder in (source, html):
        install.removing(lambda place: shutil.rmtree(place, ignore_errors=True), folder)
    prepare(solutions, source, pdf, executed)
    subprocess.run([str(python), str(CONFIGURATION / "shrink.py"), str(source)], check=True)
    _sphinx(python, source, html)
    for path in (html / "_static").rglob("*.map"):  # 3 MB for who debugs the theme
        path.unlink()
    for path in solutions:  # the button gives the page to work on, not the solved one
        shutil.copyfile(NOTEBOOKS / path.name, html / "_sources" / path.name)
    if pdf:
        printed(python, [html / f"{path.stem}.html" for path in solutions], html / f"{NAME}.pdf")
    packed(html, html / f"{NAME}.zip")
    return html


def prepare(solutions, source, pdf=True, executed=EXECUTED):
    """Write what Sphinx reads: configuration, pages of the lessons, the pages without code."""
    shutil.copytree(
        CONFIGURATION, source, ignore=shutil.ignore_patterns("*.txt", "__pycache__", *TOOLS)
    )
    names = [path.stem for path in solutions]
    for name in names:
        sources.page(executed / f"{name}.ipynb", source, names)
    index = source / "index.md"
    words = f', or <a href="{NAME}.pdf">as a PDF</a>' if pdf else ""
    index.write_text(index.read_text("utf-8").replace("{{PDF}}", words), encoding="utf-8")
    extra = source / sources.EXTRA
    shutil.copytree(PAGES, extra / "pages")
    for path in (extra / "pages").glob("*.html"):
        text = LESSON.sub(r"../\1.html", path.read_text("utf-8"))
        path.write_text(text.replace(README, "../index.html"), encoding="utf-8")
    for picture in (ROOT / "docs").glob("beating_heart*.webp"):
        shutil.copyfile(picture, extra / "pages" / "data" / picture.name)


def checked(python, html, report=BUILD / "check.json"):
    """Look at every page in a browser (docs/book/check.py); returns the exit code."""
    call = [str(python), str(CONFIGURATION / "check.py"), str(html), str(report)]
    return subprocess.run(call).returncode


def printed(python, pages, target):
    """Print pages with a browser, every folded part open, into one PDF with a bookmark each."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise errors.SetupError(
            "The PDF is printed by a browser and there is no Chromium or Chrome here: install one, "
            "or run the same command with --no-pdf."
        )
    parts = []
    for page in pages:
        part = target.parent.parent / f"{page.stem}.pdf"
        call = [browser, *PRINT, f"--print-to-pdf={part}", f"file://{quote(str(page))}"]
        done = subprocess.run(call, capture_output=True, text=True, timeout=PRINT_SECONDS)
        if done.returncode or not part.exists():
            said = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            raise errors.SetupError(f"{page.name} could not be printed: {said}")
        parts.append(part)
    join = [str(python), str(CONFIGURATION / "join.py"), str(target), *map(str, parts)]
    subprocess.run(join, check=True)
    for part in parts:
        part.unlink()


def packed(folder, target):
    """The book as a zip that opens without a network; the PDF stays beside it."""
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in (".pdf", ".part", ".zip"):
                archive.write(path, Path(NAME) / path.relative_to(folder))
    os.replace(part, target)


def _sphinx(python, source, html):
    command = [str(python), "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2", "-b", "html"]
    log = html.parent / "sphinx.log"
    done = subprocess.run(
        [*command, "-d", str(html.parent / "doctrees"), str(source), str(html)],
        capture_output=True,
        text=True,
    )
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "WARNING" in line or "ERROR" in line]
        first = (said or done.stderr.strip().splitlines() or ["it gave no reason"])[0]
        raise errors.SetupError(f"The book was not made: {first} ({len(said)} in {log})")


def _fingerprint():
    return hashlib.sha256(pins.BOOK_LOCK.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]
