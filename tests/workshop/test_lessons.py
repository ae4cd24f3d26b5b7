"""A lesson as an instructor sees it: nothing of the page is lost, and its minutes are its own."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.core import errors
from tools.notebooks import build
from workshop import lessons


@pytest.mark.parametrize("name", lessons.names())
def test_sections_hold_every_cell_and_all_that_is_asked(name):
    lesson = lessons.read(name)
    source = build.source_of(name, lessons.NOTEBOOKS)
    page = build.learner(build.read(source), source.name)
    code = [cell.id for cell in page.cells if cell.cell_type == "code"]
    assert [cell.id for section in lesson.sections for cell in section.code] == code
    prose = "\n".join(cell.source for cell in page.cells if cell.cell_type == "markdown")
    kept = sum(len(section.prose.split()) for section in lesson.sections)
    titles = sum(len(section.title.split()) + 1 for section in lesson.sections[1:])
    assert kept + titles == len(prose.split())
    assert {depth for section in lesson.sections for depth in section.depths} == {*lessons.DEPTHS}
    assert lesson.section("Quiz").questions == 3 and 3 <= len(lesson.goals) <= 4
    asked = sum(len(section.predictions) for section in lesson.sections)
    text = "\n".join(cell.source for cell in page.cells if cell.cell_type == "code")
    assert asked == len(re.findall(r"(?<![.\w])predict\(", text))


def test_what_is_asked_for_and_is_not_there_is_said():
    with pytest.raises(errors.DataError, match="It has: To begin"):
        lessons.read("02_enhance").section("Nothing")
    with pytest.raises(errors.FileError, match="no source"):
        lessons.named(["77"])


@settings(max_examples=30)
@given(st.lists(st.floats(0, 50), min_size=1, max_size=20))
def test_whole_minutes_follow_each_other_and_keep_the_sum(minutes):
    spans = lessons.rounded(minutes)
    assert spans[0][0] == 0 and all(a[1] == b[0] for a, b in zip(spans, spans[1:], strict=False))
    assert abs(spans[-1][1] - sum(minutes)) <= 0.5 + 1e-6
    assert all(abs(b - a - m) <= 1 + 1e-6 for (a, b), m in zip(spans, minutes, strict=True))
