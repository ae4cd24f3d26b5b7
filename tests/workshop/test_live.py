"""The teacher's notebook: the learner's page, with outputs, and every solution folded behind its exercise."""

import nbformat
import pytest

from course_utils.core import errors
from tests.helpers import executed
from tools.notebooks import build
from workshop import lessons, live

LESSON = "02_enhance"


@pytest.mark.parametrize("outputs", [True, False])
def test_the_page_is_the_learners_and_each_exercise_has_its_solution_folded(tmp_path, outputs):
    executed.write(LESSON, tmp_path)
    lesson = lessons.read(LESSON)
    page = live.notebook(lesson, tmp_path, outputs)
    nbformat.validate(nbformat.reads(live.text(page), as_version=4))
    source = build.source_of(LESSON, lessons.NOTEBOOKS)
    theirs = build.learner(build.read(source), source.name).cells
    ids = {cell.id for cell in theirs}
    assert [cell.source for cell in page.cells if cell.id in ids] == [c.source for c in theirs]
    for place, cell in enumerate(page.cells):
        if "exercise" not in cell.metadata.get("tags", []):
            continue
        after = page.cells[place + 1]
        assert after.metadata["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
        assert "SOLUTION" not in after.source and len(after.source) >= len(cell.source)
        assert not cell.outputs and bool(after.outputs) == outputs
    shown = [output for cell in page.cells for output in cell.get("outputs", [])]
    assert bool(shown) == outputs and executed.VIEW not in str(shown)


def test_the_minutes_stand_at_the_sections_and_nothing_is_invented(tmp_path):
    lesson = lessons.read(LESSON)
    page = live.notebook(lesson, tmp_path, outputs=False)
    notes = "\n".join(cell.source for cell in page.cells if "**Teacher.**" in cell.source)
    for section in lesson.sections[1:]:
        if section.title not in lessons.ENDING or section.title == "Quiz":
            assert f"*{section.title}*: minutes" in notes
    with pytest.raises(errors.FileError):
        live.notebook(lesson, tmp_path)
