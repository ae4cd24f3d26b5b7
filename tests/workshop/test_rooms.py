"""A learner's room on a hub: own folder, own progress, own copies; nothing written is replaced."""

import json
import subprocess
import sys

import pytest

from course_utils.core import errors
from tests.conftest import ROOT
from workshop import accounts, hub, programs, rooms


def test_each_room_is_its_own_and_what_was_written_stays(tmp_path):
    works = [rooms.prepare(tmp_path / name) for name in ("a", "b")]
    told = [rooms.variables(work, tmp_path / "jupyter", tmp_path / "votes") for work in works]
    assert told[0]["COURSE_WORK"] != told[1]["COURSE_WORK"]
    assert told[0]["COURSE_PROGRESS"] == str(works[0] / "progress.json")
    threads = {name: text for name, text in told[0].items() if "THREADS" in name}
    assert len(threads) >= 4 and set(threads.values()) == {"1"}
    page = works[0] / "notebooks" / "00_start_here.ipynb"
    assert page.exists() and (works[0].parent.stat().st_mode & 0o077) == 0
    text = page.read_text("utf-8").replace("## Quiz", "## My words", 1)
    page.write_text(text, encoding="utf-8")
    rooms.prepare(tmp_path / "a")
    assert "## My words" in page.read_text("utf-8")


def test_the_course_says_where_it_writes_there(tmp_path):
    work = rooms.prepare(tmp_path / "a")
    own = rooms.variables(work, tmp_path, tmp_path)
    program = (
        "from course_utils.checks import record; from course_utils.core import files\n"
        "record.record('02_enhance', 'debris', 'press', 'right'); print(files.my_work('x.txt'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": "", **own},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(work / "x.txt")
    assert "debris" in (work / "progress.json").read_text("utf-8")


def test_the_kernel_is_the_courses(tmp_path):
    spec = json.loads(
        (rooms.kernel(tmp_path, "/some/python") / "kernels/python3/kernel.json").read_text()
    )
    assert spec["argv"][0] == "/some/python" and spec["env"] == {"PYTHONPATH": str(ROOT)}


def test_accounts_stay_are_private_and_open_to_their_password_alone(tmp_path):
    known = accounts.make(tmp_path, 3)
    more = accounts.make(tmp_path, 5)
    assert list(more) == [f"learner0{n}" for n in range(1, 6)] and known.items() <= more.items()
    assert accounts.read(tmp_path) == more and len(set(more.values())) == 5
    assert ((tmp_path / accounts.FILE).stat().st_mode & 0o077) == 0
    assert accounts.right(more, "learner01", more["learner01"])
    for name, password in (
        ("learner01", more["learner02"]), ("learner01", ""), ("learner01", None), ("nobody", ""),
        ("nobody", None), (None, "x"), ("learner01", "ä"),
    ):  # fmt: skip
        assert not accounts.right(more, name, password)


@pytest.mark.parametrize("learners", [0, -1, 101, 2.5, True, "5"])
def test_a_number_of_learners_is_asked_for(tmp_path, learners):
    with pytest.raises(errors.DataError, match="from 1 to 100"):
        accounts.make(tmp_path, learners)


def test_without_its_programs_the_hub_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_BIN", str(tmp_path))
    with pytest.raises(errors.SetupError, match="workshop/lock.txt"):
        hub.start(2, tmp_path / "hub")
    with pytest.raises(errors.SetupError, match="nbgrader is not here"):
        programs.find("nbgrader")


def test_what_the_hub_needs_of_the_course_is_in_the_standard_library():
    """The hub's own environment has no package of the course."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "from workshop import accounts, rooms\n"
        "names = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(names - sys.stdlib_module_names - {'workshop', 'course_utils'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) <= {"lazy_loader"}
