"""Set-up, and every way in which it fails, with a one-package course and no network."""

import errno
import functools
import hashlib
import multiprocessing
import os
import shutil
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_utils.core import errors
from course_utils.setup import install, pins


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder whose course needs one tiny package, which lies beside it as a wheel."""
    wheel = tmp_path / "wheels" / "tiny_course-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_course.py", "ANSWER = 42\n")
        archive.writestr("tiny/tests/never_imported.py", "ANSWER = 41\n")
        about = "tiny_course-1.0.dist-info/"
        archive.writestr(
            about + "METADATA", "Metadata-Version: 2.1\nName: tiny-course\nVersion: 1.0\n"
        )
        archive.writestr(
            about + "WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(about + "RECORD", "")
    root = tmp_path / "course"
    root.mkdir()
    (root / "requirements.txt").write_text("# --- Lessons ---\ntiny-course==1.0  # all\n")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (root / "lock.txt").write_text(f"tiny-course==1.0 \\\n    --hash=sha256:{digest}\n")
    monkeypatch.setattr(install, "ROOT", root)
    monkeypatch.setattr(install, "VENV", root / ".venv")
    monkeypatch.setattr(pins, "REQUIREMENTS", root / "requirements.txt")
    monkeypatch.setattr(pins, "LOCK", root / "lock.txt")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: SimpleNamespace(free=1e11))
    monkeypatch.setattr(install.shutil, "which", lambda _: None)  # no uv, unless a test wants it
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An empty environment with pip in it."""
    place = tmp_path_factory.mktemp("made") / "venv"
    install.venv(place)
    return place


@pytest.fixture
def copied(course, made, monkeypatch):
    """The course, whose environment begins as a copy: to make one anew takes seconds."""
    put = functools.partial(shutil.copytree, made, symlinks=True, dirs_exist_ok=True)
    monkeypatch.setattr(install, "venv", put)
    return course


def offline(monkeypatch):
    """Let pip look for packages at a port of this computer where nobody listens."""
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")


@pytest.mark.slow
def test_set_up_then_ready_then_broken_then_repaired(course, capsys):
    assert not install.ready()
    assert install.python_for(pins.LESSONS) == install.python()
    assert install.ready()
    assert "Setting up" in capsys.readouterr().out
    assert "tiny" in (course / "build/setup.log").read_text()
    compiled = [path.name.split(".")[0] for path in (course / ".venv").glob("**/*.pyc")]
    assert compiled.count("tiny_course") == 1 and "never_imported" not in compiled
    assert install.python_for(pins.LESSONS) == install.python()
    assert capsys.readouterr().out == ""  # the second time it says nothing and does nothing

    (course / ".venv" / "course_unfinished").touch()  # as an interrupted set-up leaves it
    (course / ".venv" / "rubbish").touch()
    assert not install.ready()
    install.python_for(pins.LESSONS)
    assert install.ready() and not (course / ".venv" / "rubbish").exists()
    assert "did not finish" in capsys.readouterr().out

    place = next((course / ".venv").glob("[lL]ib/**/tiny_course-1.0.dist-info"))
    place.rename(place.with_name("tiny_course-0.9.dist-info"))  # someone installed another version
    assert not install.ready()


@pytest.mark.slow
def test_a_package_with_another_hash_is_not_installed(copied):
    text = (copied / "lock.txt").read_text()
    (copied / "lock.txt").write_text(text[:-8] + "0" * 7 + "\n")
    with pytest.raises(errors.SetupError, match="not the one that the course was tested with"):
        install.python_for(pins.LESSONS)
    assert not install.ready() and not list((copied / ".venv").glob("[lL]ib/**/tiny_course.py"))


UV = shutil.which("uv")


@pytest.mark.slow
@pytest.mark.skipif(UV is None, reason="no uv on this computer")
@pytest.mark.parametrize("good", [True, False], ids=["right hash", "other hash"])
def test_uv_checks_the_hashes_as_well(course, monkeypatch, good):
    monkeypatch.setattr(install.shutil, "which", lambda _: UV)
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    pip = []
    monkeypatch.setattr(install, "_pip", lambda arguments, *_: pip.append(arguments[0]))
    if not good:
        (course / "lock.txt").write_text((course / "lock.txt").read_text()[:-8] + "0" * 7 + "\n")
    install.set_up()
    found = list((course / ".venv").glob("[lL]ib/**/tiny_course.py"))
    assert len(found) == good  # and where uv refuses, pip is asked, which says why
    assert ("install" in pip) != good


@pytest.mark.slow
def test_no_network_is_one_sentence_and_the_next_run_recovers(copied, monkeypatch):
    with monkeypatch.context() as patch:
        offline(patch)
        with pytest.raises(errors.SetupError, match="No network") as caught:
            install.python_for(pins.LESSONS)
    assert "\n" not in str(caught.value)
    assert not install.ready()
    assert "127.0.0.1" in (copied / "build" / "setup.log").read_text()
    install.python_for(pins.LESSONS)
    assert install.ready()


@pytest.mark.slow
def test_a_stick_sets_up_without_a_network(copied, monkeypatch):
    offline(monkeypatch)  # whatever index the computer knows, nobody answers
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(errors.SetupError, match="tools/wheels.py"):
        install.offline()
    monkeypatch.setattr(install, "WHEELS", "my wheels")  # a path with a blank, as many have
    shutil.copytree(copied.parent / "wheels", copied / "my wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "")  # undone after the test
    install.offline()
    install.python_for(pins.LESSONS)
    assert install.ready()


def test_changed_pins_ask_for_a_new_set_up(course, monkeypatch):
    (course / ".venv").mkdir()
    install.python().parent.mkdir(parents=True)
    install.python().touch()
    (course / ".venv/lib/python3.11/site-packages/tiny_course-1.0.dist-info").mkdir(parents=True)
    assert not install.ready()  # no stamp
    (course / ".venv" / "course_stamp").write_text(install.fingerprint())
    assert install.ready()
    (course / "lock.txt").write_text("tiny-course==1.0\nother==2\n")
    assert not install.ready()


def test_line_ends_do_not_change_the_fingerprint(course):
    before = install.fingerprint()
    text = (course / "lock.txt").read_bytes()
    (course / "lock.txt").write_bytes(text.replace(b"\n", b"\r\n"))
    assert install.fingerprint() == before


def test_a_full_disk_is_noticed_before_anything_is_made(course, monkeypatch):
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: SimpleNamespace(free=1e9))
    with pytest.raises(errors.SetupError, match=r"needs 3 GB and 1\.0 GB are free"):
        install.set_up()
    assert not (course / ".venv").exists()


def test_no_venv_module(course, monkeypatch):
    said = (
        "The virtual environment was not created successfully because ensurepip is not\n"
        "available.  On Debian/Ubuntu systems, you need to install the python3-venv package\n"
    )
    failed = SimpleNamespace(returncode=1, stdout=said, stderr="")
    monkeypatch.setattr(install.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(errors.SetupError, match="apt install python3"):
        install.set_up()
    assert not install.ready()


def test_a_folder_that_cannot_be_written(course, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(course / "build"))

    monkeypatch.setattr(install.Path, "mkdir", refuse)
    with pytest.raises(errors.SetupError, match="cannot be written to"):
        install.set_up()


def test_something_else_in_the_way(course):
    (course / "build").write_text("a file where a folder should be")
    with pytest.raises(errors.SetupError, match="build"):
        install.set_up()


def _hold(root, held, done):
    install.ROOT = root
    with install._alone():
        held.set()
        done.wait(30)


def test_two_set_ups_at_once(course):
    spawn = multiprocessing.get_context("spawn")
    held, done = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(course, held, done))
    other.start()
    try:
        assert held.wait(30)
        with pytest.raises(errors.SetupError, match="Another set-up"):
            install.set_up()
    finally:
        done.set()
        other.join(30)


def test_the_running_python_is_used_if_it_has_everything(course, monkeypatch):
    monkeypatch.setattr(pins, "satisfied", lambda *_: True)
    monkeypatch.setattr(install, "set_up", lambda: pytest.fail("nothing to set up"))
    assert install.python_for(pins.LESSONS) == install.Path(install.sys.executable)
    assert not (course / ".venv").exists()


def test_a_half_made_environment_is_not_used_even_when_active(course, monkeypatch):
    (course / ".venv").mkdir()
    (course / ".venv" / "course_unfinished").touch()
    monkeypatch.setattr(pins, "satisfied", lambda *_: True)
    monkeypatch.setattr(install.sys, "prefix", str(course / ".venv"))
    with pytest.raises(errors.SetupError, match="deactivate"):
        install.python_for(pins.LESSONS)


def test_a_file_in_use_stops_the_removal(tmp_path):
    def refuse(folder):
        raise PermissionError(errno.EACCES, "in use", str(folder))

    with pytest.raises(errors.SetupError, match="close JupyterLab"):
        install.removing(refuse, tmp_path)


def test_what_a_place_lacks_is_added_and_what_it_has_stays(tmp_path, monkeypatch):
    pins_here = {"keras": "3.10.0", "numpy": "2.0.2", "pydicom": None}
    asked = []

    def call(arguments, interpreter=None):
        held = Path(arguments[arguments.index("-c") + 1]).read_text("utf-8").splitlines()
        asked.append((arguments[-2:], interpreter, held))

    class Pin:
        def __init__(self, name):
            self.name, self.version, self.installed = name, "9.9", pins_here[name]

    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install.pins, "read", lambda *sections: [Pin(name) for name in pins_here])
    monkeypatch.setattr(install, "_pip", call)
    install.complete()
    (wanted, interpreter, held), *more = asked
    assert wanted == ["keras==9.9", "pydicom==9.9"] and interpreter == sys.executable and not more
    assert any(line.startswith("numpy==") for line in held)
    assert not any(line.startswith("keras==") for line in held)


def test_where_nothing_is_missing_nothing_is_installed(monkeypatch):
    asked = []
    monkeypatch.setattr(install, "_pip", lambda *call: asked.append(call))
    monkeypatch.setattr(install.pins, "read", lambda *sections: [])
    install.complete()
    assert asked == []
