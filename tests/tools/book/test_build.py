"""The web book: its environment, and a small book of two lessons that were not executed."""

import json
import re
import runpy
import shutil
import zipfile

import pytest

from course_utils.core import errors
from course_utils.setup import commands, install, pins
from tests.conftest import ROOT
from tools.book import build as book

LESSONS = [
    ROOT / "notebooks" / "solutions" / f"{name}.ipynb" for name in ("00_start_here", "02_enhance")
]
HOST = re.compile(r'(?:src|href)="(?:https?:)?//[^"]+"[^>]*>')


def test_the_environment_is_made_once_and_again_when_its_lock_changes(tmp_path, monkeypatch):
    lock, made = tmp_path / "lock.txt", []
    lock.write_text("sphinx==9.0.4")
    monkeypatch.setattr(book, "VENV", tmp_path / "venv")
    monkeypatch.setattr(pins, "BOOK_LOCK", lock)
    monkeypatch.setattr(install, "locked", lambda python, wanted: made.append(wanted))

    def venv(folder):
        (folder / "bin").mkdir(parents=True)
        (folder / "Scripts").mkdir()
        (folder / "bin" / "python").touch()
        (folder / "Scripts" / "python.exe").touch()

    monkeypatch.setattr(install, "venv", venv)
    book.environment(), book.environment()
    assert made == [lock]
    lock.write_text("sphinx==9.0.5")
    book.environment()
    assert made == [lock, lock]


def test_an_environment_whose_set_up_failed_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "VENV", tmp_path / "venv")
    monkeypatch.setattr(install, "venv", lambda folder: folder.mkdir())

    def locked(python, wanted):
        raise errors.SetupError("No network")

    monkeypatch.setattr(install, "locked", locked)
    for _ in range(2):  # the second try begins anew
        with pytest.raises(errors.SetupError, match="No network"):
            book.environment()


def test_every_line_of_the_books_requirements_is_in_its_lock_with_hashes():
    direct = pins.parse(pins.BOOK_REQUIREMENTS.read_text("utf-8"))
    lock = pins.BOOK_LOCK.read_text("utf-8")
    assert len(direct) >= 5 and all(pin.why for pin in direct)
    for pin in direct:
        assert re.search(
            rf"^{pin.name}=={re.escape(pin.version)}[^\n]*\\\n +--hash=sha256:", lock, re.M
        )
    assert "://" not in lock


def test_a_lesson_that_does_not_exist_is_refused(capsys):
    assert commands.main(["book", "77"]) == 1
    assert "no such lesson" in capsys.readouterr().err


def test_without_a_browser_the_pdf_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(book.shutil, "which", lambda name: None)
    with pytest.raises(errors.SetupError, match="--no-pdf"):
        book.printed("python", [tmp_path / "a.html"], tmp_path / "a.pdf")


def ready():
    stamp = book.VENV / "course_stamp"
    return stamp.exists() and stamp.read_text("utf-8") == book._fingerprint()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    if not ready():
        pytest.skip("the book's environment is not there: python3 -m course_utils book makes it")
    folder = tmp_path_factory.mktemp("book")
    for path in LESSONS:
        notebook = json.loads(path.read_text("utf-8"))
        (folder / path.name).write_text(json.dumps(notebook), encoding="utf-8")
    return book.build(
        LESSONS, book.environment(), pdf=False, executed=folder, build=folder / "made"
    )


@pytest.mark.slow
def test_a_small_book_holds_lessons_pages_search_and_a_zip_that_opens(small):
    index = (small / "index.html").read_text("utf-8")
    assert "00_start_here.html" in index and "02_enhance.html" in index and "{{PDF}}" not in index
    lesson = (small / "02_enhance.html").read_text("utf-8")
    assert "Show one way to do it" in lesson and not HOST.search(lesson.split("<body")[0])
    assert "../06_ejection_fraction.html" in (small / "pages" / "heart.html").read_text("utf-8")
    assert (small / "searchindex.js").stat().st_size > 1000
    given = (small / "_sources" / "02_enhance.ipynb").read_bytes()
    assert given == (ROOT / "notebooks" / "02_enhance.ipynb").read_bytes()
    with zipfile.ZipFile(small / f"{book.NAME}.zip") as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
    assert {f"{book.NAME}/index.html", f"{book.NAME}/pages/data/heart.js"} <= names


@pytest.mark.slow
def test_what_sphinx_warns_of_ends_the_build(small, tmp_path):
    source, html = tmp_path / "source", tmp_path / "html"
    book.prepare(LESSONS, source, executed=small.parents[1])
    (source / "stray.md").write_text("# In no list\n\n[nowhere](nowhere.md)\n")
    with pytest.raises(errors.SetupError, match="The book was not made"):
        book._sphinx(book.environment(), source, html)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not any(map(shutil.which, book.BROWSERS)), reason="no Chromium on this machine")
def test_a_browser_finds_nothing_wrong_but_the_lessons_that_are_left_out(small, tmp_path):
    report = tmp_path / "report.json"
    book.checked(book.environment(), small, report)
    told = json.loads(report.read_text("utf-8"))
    assert told["found"] == [] and told["pages"] >= 8 and told["links"] > 100
    left_out = {link for _, link in told["broken"]}
    assert left_out == {"../01_load.html", "../06_ejection_fraction.html", "../08_evaluate.html"}


def test_the_rocket_leads_to_colab_and_kaggle_where_the_pages_that_stand_alone_lie(monkeypatch):
    monkeypatch.setenv("COURSE_REPOSITORY", "https://github.com/OWNER/NAME")
    monkeypatch.setenv("COURSE_ALONE", "alone")
    conf = runpy.run_path(str(book.CONFIGURATION / "conf.py"))
    assert conf["html_theme_options"]["launch_buttons"]["binderhub_url"] == "https://mybinder.org"
    group = {"label": "launch-buttons", "buttons": []}
    conf["elsewhere"](None, "02_enhance", "", {"header_buttons": [group]}, None)
    urls = [button["url"] for button in group["buttons"]]
    assert len(urls) == 2 and all("OWNER/NAME/blob/alone/02_enhance.ipynb" in url for url in urls)
    told = (ROOT / "docs" / "launch.md").read_text("utf-8")
    assert all(url.replace("02_enhance", "00_start_here") in told for url in urls)
