"""The rules that tests/conftest.py adds to nbval, tried on notebooks outside the folder of tests."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4

from tests.conftest import ROOT

MARK = "# NBVAL_CHECK_OUTPUT\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with the conftest of this one and small notebooks."""
    home = tmp_path_factory.mktemp("project")
    (home / "tests").mkdir()
    (home / "notebooks").mkdir()
    for name in ("conftest.py", "slow.txt"):  # the second is read by the first
        shutil.copy(ROOT / "tests" / name, home / "tests")
    (home / "tests" / "test_nothing.py").write_text("def test_nothing():\n    assert True\n")
    page(home, "stored", MARK + "print('same')", "same\n")
    page(home, "differs", MARK + "print('now')", "before\n")
    page(home, "forgotten", MARK + "print('same')", None)
    page(home, "endless", "import time\ntime.sleep(60)", None, nbval_timeout=1)
    page(home, "untrue", "worst = 0.3", None, claims=["worst >= 0", "worst >= 0.5"])
    page(home, "open", "answer = ...", None, claims=["answer == 7"])
    asked = "from course_utils.checks import load as check"
    page(home, "attempted", "check.scale_error(1)", None, asked)
    page(home, "unattempted", "check.scale_error(...)", None, asked)
    return home


def page(home, name, source, stored, *before, **metadata):
    if source.startswith(MARK):
        source, metadata = source.removeprefix(MARK), {**metadata, "tags": ["nbval-check-output"]}
    cell = v4.new_code_cell(source, metadata=metadata)
    if stored is not None:
        cell.execution_count = 1
        cell.outputs = [v4.new_output("stream", name="stdout", text=stored)]
    notebook = v4.new_notebook(
        cells=[*map(v4.new_code_cell, before), cell],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, home / "notebooks" / f"{name}.ipynb")


def pytest_on(project, *options):
    """Run pytest as the course's test command does; the text of its report."""
    pages = sorted(str(path.relative_to(project)) for path in project.glob("notebooks/*.ipynb"))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests",
        *pages,
        "--nbval-lax",
        "--nbval-current-env",
        "-rA",
        "-q",
        *("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"),
        *options,
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, timeout=120, env=env
    )
    assert done.stdout, done.stderr
    return done.stdout


@pytest.mark.slow
def test_marked_cells_are_compared_and_every_cell_has_a_time_limit(project):
    said = pytest_on(project)
    assert "PASSED notebooks/stored.ipynb" in said
    assert "FAILED notebooks/differs.ipynb" in said
    assert "ERROR notebooks/forgotten.ipynb" in said and "has no stored output" in said
    assert "FAILED notebooks/endless.ipynb" in said
    assert "FAILED notebooks/untrue.ipynb" in said
    assert "the claim `worst >= 0.5` does not hold (worst = 0.3)" in said
    assert "PASSED notebooks/open.ipynb" in said
    assert "FAILED notebooks/attempted.ipynb" in said and "PASSED notebooks/unattempted" in said
    assert "4 failed, 6 passed" in said and "1 error" in said


@pytest.mark.slow
def test_notebooks_count_as_slow(project):
    said = pytest_on(project, "-m", "not slow")
    assert "1 passed" in said and "notebooks" not in said
