"""The learner's own folder: beside the course where that is theirs, in their own home elsewhere."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from course_utils.core import errors, files
from tests.conftest import ROOT

IMPORTS = (
    "import os, platformdirs.unix\n"
    "from course_utils.checks import record\nfrom course_utils.core import files\n"
)
WHERE = (
    "record.record('01_load', 'e', 'press', status='right')\nprint(files.my_work('notes/a.txt'))"
)


def asked_in(folder, home, user=None):
    """Where a fresh Python in `folder` keeps the learner's work (run as `user`, a number)."""
    env = {name: text for name, text in os.environ.items() if not name.startswith("COURSE_")}
    env |= {"HOME": str(home), "USERPROFILE": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("XDG_CONFIG_HOME", None)
    # root may write everywhere: become somebody else once Python and its packages are loaded
    code = IMPORTS + (f"os.setuid({user})\n" if user else "") + WHERE
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=env,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture
def open_folder():
    """A folder that other users may enter (pytest's own are closed), with a person's home in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "home").mkdir()
        yield folder


def course_in(folder):
    """A course in `folder`: the package as far as this needs it."""
    for room in ("core", "checks"):
        shutil.copytree(
            ROOT / "course_utils" / room,
            folder / "course_utils" / room,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    shutil.copy(ROOT / "course_utils" / "__init__.py", folder / "course_utils")
    return folder


def test_it_is_beside_the_course_where_the_course_is_ones_own(open_folder):
    course = course_in(open_folder / "course")
    found = asked_in(course, open_folder / "home")
    assert found == course.resolve() / "my_work" / "notes" / "a.txt" and found.parent.is_dir()
    assert (course / "my_work" / "progress.json").is_file()


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_linked_package_keeps_work_in_the_persons_home(open_folder):
    shared = course_in(open_folder / "shared")
    mine = open_folder / "mine"
    mine.mkdir()
    (mine / "course_utils").symlink_to(shared / "course_utils")
    found = asked_in(mine, open_folder / "home")
    assert open_folder / "home" in found.parents
    assert (found.parents[1] / "progress.json").is_file()
    assert not (shared / "my_work").exists() and not (mine / "my_work").exists()


@pytest.mark.skipif(os.name == "nt", reason="folders have no such mode there")
def test_a_read_only_package_keeps_work_in_the_persons_home(open_folder):
    course = course_in(open_folder / "course")
    nobody = 65534 if os.getuid() == 0 else None
    if nobody:
        os.chown(open_folder / "home", nobody, -1)
    course.chmod(0o555)
    found = asked_in(course, open_folder / "home", nobody)
    assert open_folder / "home" in found.parents
    assert (found.parents[1] / "progress.json").is_file()
    course.chmod(0o755)
    assert not (course / "my_work").exists()


def test_the_variable_names_another_place_and_looking_makes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "other"))
    assert files.my_work("a.txt", make=False) == tmp_path / "other" / "a.txt"
    assert not (tmp_path / "other").exists()
    assert files.my_work("models/a.keras").parent.is_dir()
    assert files.my_work() == tmp_path / "other"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "file"))
    with pytest.raises(errors.FileError, match="COURSE_WORK"):
        files.my_work("below/a.txt")


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "a/../../b", "C:\\a.txt", "..\\a.txt"])
def test_no_name_leads_out_of_it(name):
    with pytest.raises(errors.DataError, match="leads out"):
        files.my_work(name)


@pytest.mark.parametrize(
    "left",
    [
        "__MACOSX/a.png",
        ".DS_Store",
        "._a.png",
        "Thumbs.db",
        "@eaDir/a.png",
        ".ipynb_checkpoints/a.png",
        "desktop.ini",
        "$RECYCLE.BIN/a.png",
        ".git/a.png",
        "#recycle/a.png",
        "~$list.csv",
        "__pycache__/a.pyc",
        "System Volume Information/a.png",
        ".Trashes/a.png",
        "ehthumbs.db",
        "sub/._b.png",
        "sub/THUMBS.DB",
    ],
)
def test_what_systems_leave_behind_is_passed_over(tmp_path, left):
    for name in ("a.png", "sub/b.png", "sub/deep/c.png", left):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = [path.relative_to(tmp_path).as_posix() for path in files.below(tmp_path)]
    assert found == ["a.png", "sub/b.png", "sub/deep/c.png"]
    assert [path.name for path in files.below(tmp_path, 1)] == ["a.png", "b.png"]


def test_links_are_given_as_they_are_and_circles_end(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a.png").write_bytes(b"x")
    (tmp_path / "real/back").symlink_to(tmp_path / "real")
    (tmp_path / "b.png").symlink_to(tmp_path / "real/a.png")
    assert [path.name for path in files.below(tmp_path)] == ["b.png", "a.png"]
    with pytest.raises(errors.FileError):
        files.below(tmp_path / "none")


@pytest.mark.parametrize(
    "one, other", [("Müller.png", "Mu\u0308ller.png"), ("A.PNG", "a.png"), ("é", "E\u0301")]
)
def test_names_that_look_alike(one, other):
    assert files.alike(one) == files.alike(other)
