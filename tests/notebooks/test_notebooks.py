"""The notebooks: as their sources say, as the rules of the house ask, and running to the end."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from tools.notebooks import build
from tools.notebooks import lint
from tests.conftest import ROOT

NOTEBOOKS = ROOT / "notebooks"
NAMES = [path.stem for path in sorted((NOTEBOOKS / "source").glob("*.py"))]
LIGHT = [name for name in NAMES if name[:2] in ("00", "01", "02", "03")]
each = pytest.mark.parametrize("name", NAMES)


# The committed notebooks


def test_every_notebook_is_as_its_source_says():
    assert build.differences(NOTEBOOKS) == []


@each
def test_the_learner_notebook_is_the_solution_notebook_minus_solutions(name):
    page = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    solved = nbformat.read(NOTEBOOKS / "solutions" / f"{name}.ipynb", as_version=4)
    assert [cell.id for cell in page.cells] == [cell.id for cell in solved.cells]
    for ours, theirs in zip(page.cells, solved.cells, strict=True):
        without = re.sub(
            r"^### BEGIN SOLUTION$.*?^### END SOLUTION$\n?|^ +### BEGIN SOLUTION$.*?"
            r"^ +### END SOLUTION$\n?",
            "",
            theirs.source,
            flags=re.S | re.M,
        )
        if ours.cell_type == "markdown":
            without = without.replace("(../../", "(../").replace('src="../../', 'src="../')
        assert ours.source == without.strip("\n")
        assert "SOLUTION" not in ours.source


@each
def test_the_notebooks_keep_the_rules(name):
    assert lint.problems(NOTEBOOKS / f"{name}.ipynb") == []
    assert lint.problems(NOTEBOOKS / "solutions" / f"{name}.ipynb") == []


# The notebooks, executed


@pytest.fixture(scope="module")
def executed():
    """Every solution notebook, run once by the course's own command: {name: (row, notebook)}."""
    from course_utils.setup import run

    folder = ROOT / "build"
    rows = run.run(build=folder, progress=False)
    return {
        row.lesson: (row, nbformat.read(folder / "executed" / f"{row.lesson}.ipynb", as_version=4))
        for row in rows
    }


@pytest.mark.slow
@each
def test_a_solution_notebook_runs_and_every_answer_is_right(executed, name):
    row, notebook = executed[name]
    assert row.failure is None
    said = verdicts(notebook)
    wrong = [(check, status) for check, status in said if status != "right"]
    assert said and wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LIGHT)
def test_the_first_lessons_stay_within_their_limits(executed, name):
    row, _ = executed[name]
    assert row.failure is None
    assert row.first_picture is not None and row.first_picture <= 3
    assert row.seconds <= 40
    assert row.peak_mb <= 600


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in LIGHT])
def test_the_lessons_that_train_stay_within_their_limits(executed, name):
    row, _ = executed[name]
    assert row.failure is None
    assert row.seconds <= 180 and row.slowest_cell <= 60
    assert row.peak_mb <= 1500


@pytest.fixture(scope="module")
def walks():
    """Every walk through a notebook, two at a time, since each is a process of its own."""
    with ThreadPoolExecutor(2) as pool:
        yield {
            (name, *options): pool.submit(walked, NOTEBOOKS / place / f"{name}.ipynb", *options)
            for name in NAMES
            for place, options in (("", ()), ("solutions", ("nonsense",)))
        }


@pytest.mark.slow
@each
def test_an_unsolved_notebook_runs_and_every_exercise_is_not_attempted(name, walks):
    walk = walks[(name,)].result()
    assert walk["verdicts"]
    assert [said for said in walk["verdicts"] if said["status"] != "not attempted"] == []
    assert walk["untrue"] == []


@pytest.mark.slow
@each
def test_no_check_takes_nonsense_for_an_answer(name, walks):
    walk = walks[name, "nonsense"].result()
    assert [said for said in walk["verdicts"] if said["status"] != "right"] == []
    assert walk["accepted"] == []
    assert walk["defects"] == []
    assert walk["untrue"] == []
    if name in LIGHT:
        assert walk["heavy"] == []


def verdicts(notebook):
    """(check, status) of every verdict shown in the outputs."""
    shown = [
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    return re.findall(r'data-check="([^"]+)" data-status="([^"]+)"', "".join(shown))


def walked(path, *options):
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "helpers" / "walk.py"), str(path), *options],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])
