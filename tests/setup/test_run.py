"""Notebooks are executed, measured, and a failure is named."""

import csv
import os

import nbformat
import pytest

from course_utils.core import errors
from course_utils.setup import commands, install
from course_utils.setup import run as runner

PICTURE = (
    'from IPython.display import HTML, display\ndisplay(HTML(\'<img alt="grey" src="data:,">\'))'
)


@pytest.fixture
def lessons(tmp_path):
    """A folder with one lesson: parameters, a picture, and a cell that fails unless seed is 3."""
    v4 = nbformat.v4
    cells = [
        v4.new_markdown_cell("# A lesson"),
        v4.new_code_cell("seed = 3  # any number\nname = 'x'", metadata={"tags": ["parameters"]}),
        v4.new_code_cell("import os\nblock = b'x' * 200_000_000\nos.environ['COURSE_PROGRESS']"),
        v4.new_code_cell(PICTURE),
        v4.new_code_cell("# the test\nassert seed == 3, 'seed differs'\nprint(name, type(name))"),
    ]
    notebook = v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    folder = tmp_path / "solutions"
    folder.mkdir()
    nbformat.write(notebook, folder / "02_tiny.ipynb")
    return folder


def run(folder, lessons=(), parameters=None, **more):
    return runner.run(
        lessons, parameters, folder=folder, build=folder.parent / "build", progress=False, **more
    )


@pytest.mark.slow
def test_run_measures_and_keeps_what_it_executed(lessons, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", "the learner's own")
    committed = (lessons / "02_tiny.ipynb").read_bytes()
    (row,) = run(lessons, ["02"], {"name": [1, 2]})
    assert row.failure is None and row.lesson == "02_tiny"
    assert 0 < row.first_picture <= row.seconds and 0 < row.slowest_cell <= row.seconds
    assert 200 < row.peak_mb < 2000
    executed = nbformat.read(lessons.parent / "build/executed/02_tiny.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "[1, 2] <class 'list'>\n"
    assert "learner" not in str(executed.cells[3].outputs)
    assert os.environ["COURSE_PROGRESS"] == "the learner's own"
    assert (lessons / "02_tiny.ipynb").read_bytes() == committed
    with open(lessons.parent / "build" / "timing.csv", newline="") as file:
        assert [line["lesson"] for line in csv.DictReader(file)] == ["02_tiny"]
    assert "| 02_tiny |" in (lessons.parent / "build" / "timing.md").read_text()


@pytest.mark.slow
def test_a_failure_names_lesson_cell_and_first_line(lessons):
    (row,) = run(lessons, parameters={"seed": 4})
    assert row.failure.startswith("02_tiny failed in cell 5 ('# the test').")
    assert "AssertionError: seed differs" in row.failure
    assert "failed" in runner.table([row])


@pytest.mark.slow
def test_a_cell_that_never_ends_is_stopped_and_named(lessons):
    path = lessons / "02_tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[3].source = "while True: pass"
    nbformat.write(notebook, path)
    (row,) = run(lessons, timeout=2)
    assert row.failure.startswith("02_tiny failed in cell 4 ('while True: pass').")


def test_lessons_are_found_by_number_name_and_path(lessons):
    path = lessons / "02_tiny.ipynb"
    for name in ("2", "02", "02_tiny", "02_tiny.ipynb", str(path)):
        assert runner.find([name], lessons) == [path]
    assert runner.find([], lessons) == [path]


def test_an_unknown_lesson_lists_those_that_exist(lessons):
    with pytest.raises(errors.SetupError, match="no lesson '07'; these exist: 02_tiny"):
        run(lessons, ["07"])


def test_an_unknown_parameter_lists_those_that_exist(lessons):
    with pytest.raises(
        errors.SetupError, match="no parameter 'sed' in 02_tiny; these exist: name, seed"
    ):
        run(lessons, ["02"], {"sed": 4})


def test_no_notebooks_at_all(tmp_path):
    with pytest.raises(errors.SetupError, match="notebooks/build.py"):
        run(tmp_path)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("3", 3),
        ("-0.5", -0.5),
        ("1e-3", 0.001),
        ("true", True),
        ("null", None),
        ("[1, 2]", [1, 2]),
        ("two words", "two words"),
        ("2026-11-21", "2026-11-21"),
        ("a: [", "a: ["),
        ("", None),
    ],
)
def test_parameters_are_typed(text, expected):
    found = runner.value(text)
    assert found == expected and type(found) is type(expected)


def test_a_picture_in_a_widget_counts():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "box"}}
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", widget)])
    state = {
        "box": {
            "model_name": "VBoxModel",
            "state": {"children": ["IPY_MODEL_slider", "IPY_MODEL_a"]},
        },
        "slider": {"model_name": "IntSliderModel", "state": {}},
    }

    def shown():
        saved = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": state}}}
        return runner._shows_picture(cell, nbformat.v4.new_notebook(metadata=saved))

    assert not shown()
    state["a"] = {"model_name": "ImageModel", "state": {}}
    assert shown()


def test_the_run_command_prints_the_failure_and_exits_with_1(monkeypatch, capsys):
    row = runner.Row("02_tiny", 1.0, 0.5, None, 100.0, "02_tiny failed in cell 5 ('x'). Error: y")
    asked = []
    monkeypatch.setattr(install, "python_for", lambda *_: commands.sys.executable)
    monkeypatch.setattr(runner, "run", lambda *given: asked.append(given) or [row])
    assert commands.main(["run", "02", "-p", "seed", "4", "-p", "name", "a"]) == 1
    assert asked == [(["02"], {"seed": 4, "name": "a"})]
    assert capsys.readouterr().err.strip() == row.failure
