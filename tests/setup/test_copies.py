"""The learner's copies follow the course and keep what was written."""

import json

import nbformat
import pytest

from course_utils.core import errors
from course_utils.setup import copies


def write(path, *cells, ran=False):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    if ran:
        made.cells[0].execution_count = 7
        made.cells[0].outputs = [nbformat.v4.new_output("stream", text="hello")]
    nbformat.write(made, path)


def cells(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


@pytest.fixture
def folders(tmp_path):
    for name in ("course", "own"):
        (tmp_path / name).mkdir()
    write(tmp_path / "course" / "02_x.ipynb", "answer = ...")
    write(tmp_path / "course" / "03_y.ipynb", "y")
    assert copies.refresh(tmp_path / "course", tmp_path / "own") == []
    return tmp_path / "course", tmp_path / "own"


def test_the_first_time_every_lesson_is_copied(folders):
    course, own = folders
    assert {path.name for path in own.glob("*.ipynb")} == {"02_x.ipynb", "03_y.ipynb"}
    assert (own / "02_x.ipynb").read_bytes() == (course / "02_x.ipynb").read_bytes()


def test_a_copy_that_was_only_run_is_updated(folders):
    course, own = folders
    write(own / "02_x.ipynb", "answer = ...", ran=True)
    write(course / "02_x.ipynb", "answer = ...", "more")
    assert copies.refresh(course, own) == []
    assert cells(own / "02_x.ipynb") == ["answer = ...", "more"]


def test_an_edited_copy_is_kept_and_the_new_one_lies_beside_it(folders):
    course, own = folders
    write(own / "02_x.ipynb", "answer = 42")
    assert copies.refresh(course, own) == []  # the course has not changed
    write(course / "02_x.ipynb", "answer = ...", "more")
    assert copies.refresh(course, own) == ["02_x_new.ipynb"]
    assert cells(own / "02_x.ipynb") == ["answer = 42"]
    assert cells(own / "02_x_new.ipynb") == ["answer = ...", "more"]
    assert copies.refresh(course, own) == []
    write(course / "02_x.ipynb", "answer = ...", "still more")
    assert copies.refresh(course, own) == ["02_x_new.ipynb"]  # nobody had touched it
    write(own / "02_x_new.ipynb", "answer = 43")
    write(course / "02_x.ipynb", "third")
    assert copies.refresh(course, own) == ["02_x_new2.ipynb"]
    assert cells(own / "02_x.ipynb") == ["answer = 42"]
    assert cells(own / "02_x_new.ipynb") == ["answer = 43"]


def test_a_deleted_copy_comes_back_and_a_damaged_memory_loses_nothing(folders):
    course, own = folders
    (own / "03_y.ipynb").unlink()
    write(own / "02_x.ipynb", "answer = 42")
    (own / copies.MADE_FROM).write_text("{")
    assert copies.refresh(course, own) == ["02_x_new.ipynb"]
    assert cells(own / "02_x.ipynb") == ["answer = 42"] and (own / "03_y.ipynb").exists()
    (own / "02_x.ipynb").write_text("no notebook")
    write(course / "02_x.ipynb", "fourth")
    copies.refresh(course, own)
    assert (own / "02_x.ipynb").read_text() == "no notebook"


def test_the_courses_own_notebooks_stay_as_they_are(folders):
    course, own = folders
    before = {path.name: path.read_bytes() for path in course.iterdir()}
    write(own / "02_x.ipynb", "answer = 42")
    copies.refresh(course, own)
    assert {path.name: path.read_bytes() for path in course.iterdir()} == before
    assert set(json.loads((own / copies.MADE_FROM).read_text())) == {"02_x.ipynb", "03_y.ipynb"}


def test_a_folder_that_cannot_be_written_is_one_sentence(folders, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.CourseError):
        copies.refresh(folders[0], tmp_path / "file")
