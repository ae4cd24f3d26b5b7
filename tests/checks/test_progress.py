"""Progress is remembered in one small file, and nothing that happens to it stops a lesson."""

import json
import os
import subprocess
import sys
import time

import pytest

from course_utils.checks import lesson as core
from course_utils.checks import progress, record
from course_utils.core import errors
from tests.conftest import ROOT


def test_progress_remembers(lesson, progress_file):
    factor = lesson.exercises["factor"]
    factor(...), factor(3), factor(2), factor(3), factor.hint(), factor.hint(), factor.solution()
    entry = json.loads(progress_file.read_text())["exercises"]["99_test.factor"]
    assert entry == {
        "depth": "change",
        "status": "right",
        "tries": 3,
        "hints": 2,
        "solution": True,
        "date": time.strftime("%Y-%m-%d"),
    }
    assert sorted(os.listdir(progress_file.parent)) == ["my_progress.json"]  # no lock, no leftovers


def test_progress_keeps_answers_and_nothing_of_the_learner(lesson, progress_file):
    lesson.exercises["factor"]("Jane Doe")
    assert "Jane" not in progress_file.read_text()


def test_the_table_lists_known_exercises(lesson, progress_file, monkeypatch):
    monkeypatch.setattr(core, "lessons", lambda: {lesson.name: lesson})
    lesson.exercises["factor"](2)
    lesson.exercises["factor"].solution()
    table = progress.table("99_test")
    assert list(table.columns) == ["depth", "status", "tries", "hints", "solution", "date"]
    assert table.status["factor"] == "right" and table.status["gain"] == "not attempted"
    assert table.solution["factor"] == "seen" and table.solution["gain"] == "" and len(table) == 5
    assert list(progress.table().columns)[:2] == ["lesson", "exercise"]
    assert len(progress.table("00_other")) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"exercises": 3}',
        b'{"exercises": {"99_test.factor": 3}}',
        b'{"exercises": {"99_test.factor": {"status": "splendid"}}}',
        b"[" * 100_000,
        b'{"exercises": {"99_test.factor": {"tries": "many"}}}',
        b'{"exercises": {"name": {}}}',
    ],
)
def test_a_damaged_file_is_kept_and_the_lesson_goes_on(lesson, progress_file, content):
    progress_file.write_bytes(content)
    with pytest.warns(errors.CourseWarning, match="damaged"):
        assert lesson.exercises["factor"](2).status == "right"
    assert progress_file.with_name("my_progress.damaged.json").read_bytes() == content
    assert record.entries()["99_test.factor"]["tries"] == 1


def test_a_file_that_cannot_be_written_is_said_once_and_the_lesson_goes_on(
    lesson, progress_file, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "below.json"))
    factor = lesson.exercises["factor"]
    with pytest.warns(errors.CourseWarning, match="cannot be saved") as caught:
        factor(3), factor(2)
    assert len(caught) == 1
    assert record.entries()["99_test.factor"]["tries"] == 2  # kept while the notebook is open
    monkeypatch.setenv("COURSE_PROGRESS", str(progress_file))
    factor(2)
    assert json.loads(progress_file.read_text())["exercises"]["99_test.factor"]["tries"] == 3


def test_a_lock_left_by_a_dead_kernel_is_ignored(lesson, progress_file):
    lock = progress_file.with_name("my_progress.json.lock")
    lock.write_text("")
    os.utime(lock, (time.time() - 60, time.time() - 60))
    assert lesson.exercises["factor"](2).status == "right"
    assert progress_file.exists() and not lock.exists()


def test_two_notebooks_lose_nothing(progress_file):
    program = (
        "import sys\nfrom course_utils.checks import record\n"
        "for n in range(25): record.record(sys.argv[1], f'e{n}', 'press', status='right')\n"
        "for n in range(25): record.record('both', 'e', 'press', status='not yet')\n"
    )
    open_notebooks = [
        subprocess.Popen([sys.executable, "-c", program, name], cwd=ROOT) for name in ("one", "two")
    ]
    assert [notebook.wait(timeout=60) for notebook in open_notebooks] == [0, 0]
    entries = record.entries()
    assert len(entries) == 51 and entries["both.e"]["tries"] == 50
