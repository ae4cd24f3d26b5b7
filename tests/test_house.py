"""The floors of the house: who may import whom, and doors that lead where they say."""

import ast
import importlib
import inspect
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


LIGHT = """evaluate.metrics cases.split segment.muscle segment.prediction ejection_fraction.discs
    ejection_fraction.rules ejection_fraction.tracings checks.lesson""".split()


@pytest.mark.slow
def test_what_measures_splits_or_checks_loads_no_network():
    """import-linter follows whole rooms; these files stand in rooms whose other files need Keras."""
    program = (
        f"import sys, importlib\nfor name in {LIGHT}:\n"
        "    module = importlib.import_module(f'course_utils.{name}')\n"
        "    if name == 'checks.lesson': module.lessons()\n"
        "    print(name, *({'tensorflow', 'keras'} & {*sys.modules}))\n"
        "    if name == 'evaluate.metrics': print(*({'cv2'} & {*sys.modules}), end='')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert done.stdout.split() == LIGHT, done.stdout + done.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_leads_where_it_says(room):
    """No name of a door is also a file there: Python would put the file in its place."""
    door = importlib.import_module(f"course_utils.{room}")
    names = getattr(door, "__all__", [])
    files = {path.stem for path in (ROOT / "course_utils" / room).glob("*.py")}
    way = getattr(door, "__getattr__", None)
    places = inspect.getclosurevars(way).nonlocals.get("attr_to_modules", {}) if way else {}
    assert files & set(names) == set(names) - set(places)
    for name, file in places.items():  # read, not imported: some files need Keras
        tree = ast.parse((ROOT / "course_utils" / room / f"{file}.py").read_text("utf-8"))
        assert name in defined(tree), f"{room}/{file}.py has no {name}"


def defined(tree):
    """The names that a file makes at its top level."""
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {each.asname or each.name for each in node.names}
        else:
            names |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names
