"""The notebooks: as their sources say, as the rules of the house ask, and running to the end."""

import functools
import os
import re
import shutil

import nbformat
import pytest

from tests.conftest import ROOT
from tests.helpers import kept, watch
from tests.helpers import page as words
from tools.notebooks import build, lint

NOTEBOOKS = ROOT / "notebooks"
NAMES = [path.stem for path in sorted((NOTEBOOKS / "source").glob("*.py"))]
LIGHT = [name for name in NAMES if name[:2] in ("00", "01", "02", "03")]
PICTURE = re.compile(r"image/png|<img|<svg|widget-view\+json")
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
        assert ours.source.strip("\n") == without.strip("\n")
        assert "SOLUTION" not in ours.source


@each
def test_the_notebooks_keep_the_rules(name):
    assert lint.problems(NOTEBOOKS / f"{name}.ipynb") == []
    assert lint.problems(NOTEBOOKS / "solutions" / f"{name}.ipynb") == []


def test_every_promise_to_another_lesson_is_kept():
    assert list(lint.broken_promises(NOTEBOOKS / "source")) == []


# The solution notebooks, executed: one run of each gives every verdict


@functools.cache
def executed(name):
    """A solution notebook, run once as the course's own command runs it: (row, what was heard).

    Every check is asked a second time, with nonsense in place of each answer.
    """
    from course_utils.setup import run

    folder = ROOT / "build" / "tests" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = [watch.line(folder, try_nonsense=True), kept.line(os.environ[kept.VARIABLE])]
    (row,) = run.run([name], build=folder, progress=False, lines=lines)
    return row, watch.read(folder), nbformat.read(folder / f"executed/{name}.ipynb", as_version=4)


def solutions(*names):
    """A test for each name; tests/conftest.py gives one worker all tests of a name."""
    return pytest.mark.parametrize("name", names)


@pytest.mark.slow
@solutions(*NAMES)
def test_a_solution_notebook_runs_and_every_answer_is_right(name):
    row, heard, page = executed(name)
    assert row.failure is None  # every claim holds, too
    assert heard["verdicts"]
    assert [said for said in heard["verdicts"] if said["status"] != "right"] == []
    wrong = [(check, status) for check, status in shown(page) if status != "right"]
    assert wrong == []
    assert list(words.senseless(page)) == []


@pytest.mark.slow
@solutions(*NAMES)
def test_no_check_takes_nonsense_for_an_answer(name):
    _, heard, _ = executed(name)
    assert heard["accepted"] == []
    assert heard["defects"] == []
    assert heard["babble"] == []


@pytest.mark.slow
@solutions(*LIGHT)
def test_the_first_lessons_stay_within_their_limits(name):
    """Processor seconds, which a busy computer does not change."""
    row, heard, page = executed(name)
    assert heard["heavy"] == []
    pictures = (cell.source for cell in page.cells if PICTURE.search(str(cell.get("outputs"))))
    assert heard["cpu"][next(pictures)] <= 3
    assert max(heard["cpu"].values()) <= 40
    assert row.peak_mb <= 600


@pytest.mark.slow
@solutions(*(name for name in NAMES if name not in LIGHT))
def test_the_lessons_that_train_stay_within_their_limits(name):
    """180 s and 60 s a cell are the aim on a quiet machine (docs/measurements.md has what it takes).
    Beside neighbours the same work costs twice the processor seconds, and a failure should mean
    something."""
    row, heard, _ = executed(name)
    spent = max(heard["cpu"].values())
    crowd = max(1, row.seconds / spent)  # how much longer it took than it calculated
    assert spent <= 360 and row.slowest_cell / crowd <= 120
    assert row.peak_mb <= 1500


def shown(notebook):
    """(check, status) of every verdict shown in the outputs."""
    html = [
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    return re.findall(r'data-check="([^"]+)" data-status="([^"]+)"', "".join(html))
