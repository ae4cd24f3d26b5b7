"""Marks: what can be marked has a test, what is a click has none, and no learner's copy can change them."""

import csv
import shutil

import nbformat
import pytest

from course_utils.core import errors
from tools.notebooks import build
from workshop import grading, lessons, programs

LESSON = "00_start_here"  # the quickest to run


@pytest.mark.parametrize("name", lessons.names())
def test_each_exercise_that_is_written_has_a_point_and_its_solution_is_marked(name):
    lesson = lessons.read(name)
    page = grading.assignment(lesson)
    nbformat.validate(page)
    told = {cell.id: cell.metadata.get("nbgrader") for cell in page.cells}
    asked = grading.exercises(lesson)
    assert {depth for *_, depth in asked} <= {*lessons.DEPTHS}
    points = [
        cell.metadata["nbgrader"] for cell in page.cells if (told[cell.id] or {}).get("grade")
    ]
    assert [one["grade_id"] for one in points] == [c for _, c, d in asked if d in grading.MARKED]
    assert all(one["points"] == 1 and one["locked"] for one in points) and points
    names = [one["grade_id"] for one in told.values() if one]
    assert len(names) == len(set(names))
    for cell in page.cells:  # nbgrader refuses a solution outside a cell that is marked as one
        assert build.BEGIN not in cell.source or told[cell.id]["solution"]


def test_a_learners_copy_brings_its_answers_and_no_tests_of_its_own(tmp_path):
    lesson = lessons.read("02_enhance")
    blank = grading.assignment(lesson)
    theirs = grading.assignment(lesson)
    for cell in theirs.cells:
        if cell.id.startswith("test-"):
            cell.source = "assert True"
        elif "new_row_mm" in cell.source and "exercise" in cell.metadata.get("tags", []):
            cell.source = "new_row_mm = 7  # mine"
    theirs.cells = [cell for cell in theirs.cells if "check.bent" not in str(cell.source)]
    path = tmp_path / "page.ipynb"
    path.write_text(build.as_text(theirs), encoding="utf-8")
    made, lacking = grading.handed_in(lesson, blank, path)
    sources = {cell.id: cell.source for cell in made.cells}
    assert "new_row_mm = 7  # mine" in sources.values() and "assert True" not in sources.values()
    assert lacking == ["bent"] and len(made.cells) == len(blank.cells)
    path.write_text("no notebook", encoding="utf-8")
    with pytest.raises(errors.FileError, match="no notebook"):
        grading.handed_in(lesson, blank, path)


def _nbgrader():
    try:
        return programs.find("nbgrader")
    except errors.SetupError:
        return None


@pytest.mark.slow
@pytest.mark.skipif(_nbgrader() is None, reason="nbgrader is not installed (workshop/lock.txt)")
def test_a_whole_lesson_is_marked(tmp_path):
    source = build.source_of(LESSON, lessons.NOTEBOOKS)
    pages = {
        "all": build.solution(build.read(source)),
        "none": build.learner(build.read(source), source.name),
    }
    for who, page in pages.items():
        (tmp_path / "in" / who).mkdir(parents=True)
        path = tmp_path / "in" / who / f"{LESSON}.ipynb"
        path.write_text(build.as_text(page), encoding="utf-8")
    (tmp_path / "in" / "broken").mkdir()
    (tmp_path / "in" / "broken" / f"{LESSON}.ipynb").write_text("no", encoding="utf-8")
    assert grading.command("00", tmp_path / "in", tmp_path / "out") == 0
    released = nbformat.read(
        tmp_path / "out" / "nbgrader" / "release" / LESSON / f"{LESSON}.ipynb", as_version=4
    )
    assert "SOLUTION" not in str(released) and "NotImplementedError" not in str(released)
    with open(tmp_path / "out" / "grades_00.csv", newline="", encoding="utf-8") as file:
        rows = {row["learner"]: row for row in csv.DictReader(file)}
    assert rows["all"]["points"] == rows["all"]["of"] != "0" and rows["none"]["points"] == "0"
    assert rows["broken"]["points"] == "" and "no notebook" in rows["broken"]["remark"]
    shutil.rmtree(tmp_path / "out")
