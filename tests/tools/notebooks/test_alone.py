"""A lesson that stands alone: it says so, or fetches the course that it belongs to, and no other."""

import functools
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import zipfile

import pytest

from course_utils.core import errors
from tests.conftest import ROOT
from tools.notebooks import alone

LESSON = "00_start_here"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said):
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of a server on this computer, and the folder that it serves."""
    folder = tmp_path_factory.mktemp("served")
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    archive = alone.make(address, folder)
    yield folder, archive
    server.shutdown()


def code(notebook, tag):
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return "".join(next(c["source"] for c in cells if tag in c["metadata"].get("tags", [])))


def run(text, folder):
    """What Python says to these cells in a folder of their own, away from the course."""
    (folder / "tmp").mkdir()
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env = kept | {
        "TMPDIR": str(folder / "tmp"),
        "COURSE_WORK": str(folder),
        "COURSE_PROGRESS": str(folder / "progress.json"),  # a learner who has done nothing yet
        "NO_PROXY": "*",
    }
    (folder / "cells.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "cells.py"], cwd=folder, env=env, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "lesson", sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
)
def test_a_page_without_its_course_says_in_one_sentence_what_to_do(lesson, tmp_path):
    done = run(code(ROOT / "notebooks" / f"{lesson}.ipynb", "setup"), tmp_path)
    assert done.returncode and done.stderr.splitlines()[-1] == (
        "AssertionError: This page needs its course around it: get the whole folder, as its README says."
    )


@pytest.mark.slow
def test_a_page_alone_fetches_its_course_once_and_goes_on(served, tmp_path):
    folder, archive = served
    page = folder / f"{LESSON}.ipynb"
    cell, setup = code(page, "alone"), code(page, "setup")
    more = (
        "import course_utils\nprint(course_utils.__file__)\nprint(progress.begin('00_start_here'))"
    )
    done = run("\n".join((cell, cell, setup, more)), tmp_path)
    assert done.returncode == 0, done.stderr
    where, said = done.stdout.splitlines()[:2]
    assert where.startswith(str(tmp_path / "tmp" / archive.stem)) and "exercises" in said


def test_another_archive_than_the_page_was_made_for_is_refused(served, tmp_path):
    folder, archive = served
    cell = code(folder / f"{LESSON}.ipynb", "alone")
    cell = re.sub(r"[0-9a-f]{64}", "0" * 64, cell)
    done = run(cell, tmp_path)
    assert (
        done.returncode and "Another course than this page's came" in done.stderr.splitlines()[-1]
    )
    assert not (tmp_path / "tmp" / archive.stem).exists()


@pytest.mark.parametrize("place", ["http://127.0.0.1:9/{}", "{}_gone"])
def test_without_a_network_or_the_archive_it_says_what_to_do(served, place, tmp_path):
    cell = code(served[0] / f"{LESSON}.ipynb", "alone")
    address = re.search(r'"(http[^"]+)"', cell)[1]
    done = run(cell.replace(address, place.format(address)), tmp_path)
    assert done.returncode
    assert "could not be fetched" in done.stderr and "Switch the internet on" in done.stderr
    assert "Traceback" in done.stderr and done.stderr.count("Traceback") == 1


@pytest.mark.slow
def test_the_archive_is_the_course_alone_and_the_same_each_time(served, tmp_path):
    alone.pack(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == served[1].read_bytes()
    names = zipfile.ZipFile(served[1]).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"course_utils", "sample_data", "notebooks", "binder", "requirements.txt",
                    "README.md", "LICENSE"}  # fmt: skip
    assert not [name for name in names if "solutions" in name or "__pycache__" in name]
    assert served[1].stat().st_size < 32e6


def test_every_lesson_gets_its_cell_and_nothing_else_changes(served):
    folder, archive = served
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        before = json.loads(path.read_text("utf-8"))["cells"]
        after = json.loads((folder / path.name).read_text("utf-8"))["cells"]
        added = [cell for cell in after if cell not in before]
        assert len(after) == len(before) + 2 == len(before) + len(added)
        assert archive.name in code(folder / path.name, "alone")


def test_an_address_that_is_none_is_refused(tmp_path, capsys):
    assert alone.main(["course.zip", "--to", str(tmp_path)]) == 1
    assert "no web address" in capsys.readouterr().err
    with pytest.raises(errors.SetupError):
        alone.make("ftp://somewhere", tmp_path)
