"""The floors of the house: who may import whom, and doors that lead where they say."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = sorted(path.parent.name for path in (ROOT / "course_utils").glob("*/__init__.py"))


def test_imports_run_one_way():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "4 kept, 0 broken" in done.stdout


def test_nothing_stands_in_the_hall():
    there = sorted(path.name for path in (ROOT / "course_utils").glob("*.py"))
    assert there == ["__init__.py", "__main__.py"]


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_leads_where_it_says(room):
    """No name of a door is also a file there: Python would put the file in its place."""
    door = importlib.import_module(f"course_utils.{room}")
    names = getattr(door, "__all__", [])
    files = {path.stem for path in (ROOT / "course_utils" / room).glob("*.py")}
    for name in names:
        if room in ("segment", "saliency", "ejection_fraction") and name in files:
            continue  # a file that needs Keras is imported by its own tests
        thing = getattr(door, name)
        assert (type(thing).__name__ == "module") == (name in files)
