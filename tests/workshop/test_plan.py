"""The plan: as the lessons are, in the minutes that they state, and shorter where it has to be."""

import re

import pytest

from course_utils.core import errors
from workshop import lessons, plan


def test_the_page_is_what_the_lessons_say():
    """A changed word moves the minutes of a section by one; that needs no new page."""
    kept, new = plan.PAGE.read_text(encoding="utf-8"), plan.page()
    write = "the lessons or plan.toml have changed: python -m workshop plan --write"
    assert re.sub(r"\d+", "", kept) == re.sub(r"\d+", "", new), write
    pairs = zip(re.findall(r"\d+", kept), re.findall(r"\d+", new), strict=True)
    assert max(abs(int(a) - int(b)) for a, b in pairs) <= 2, write


@pytest.mark.parametrize("name", lessons.names())
def test_a_lesson_takes_what_it_states(name):
    lesson = lessons.read(name)
    rows = plan.rows(lesson)
    assert rows[0].start == 0 and all(
        a.end == b.start for a, b in zip(rows, rows[1:], strict=False)
    )
    assert abs(rows[-1].end - lesson.reading - lesson.doing) <= 3
    assert any(row.room for row in rows), "nothing to ask the room"


def test_advice_is_about_sections_that_are_there():
    known = set(lessons.names())
    for name, title in plan.advice():
        if name in known:  # a lesson in the making may be prepared
            assert lessons.read(name).section(title)
    assert {name for name, _ in plan.advice()} & known


def test_sections_are_skipped_in_order_until_it_fits():
    lesson = lessons.read("02_enhance")
    whole = plan.rows(lesson)[-1].end
    rows = plan.rows(lesson, within=whole - 4)
    gone = [row.title for row in rows if row.skipped]
    order = sorted((row.skip, row.title) for row in plan.rows(lesson) if row.skip)
    assert gone and set(gone) == {title for _, title in order[: len(gone)]}
    assert rows[-1].end <= whole - 4 and all(r.start == r.end for r in rows if r.skipped)
    assert not [row for row in plan.rows(lesson, within=whole + 1) if row.skipped]
    with pytest.raises(errors.DataError, match="5 are too few"):
        plan.rows(lesson, within=5)


@pytest.mark.parametrize(
    "text, said",
    [
        ('lesson = "02_enhance"\ntitle = "No such"\nroom = "?"', "no section 'No such'"),
        ('lesson = "02_enhance"\ntitle = "Quiz"\nskip = 1', "both skip and lost"),
        ('lesson = "02_enhance"\ntitle = "Quiz"\nskp = 1', "not understood"),
    ],
)
def test_advice_that_is_wrong_is_refused(tmp_path, monkeypatch, text, said):
    file = tmp_path / "plan.toml"
    file.write_text(f"[[section]]\n{text}\n", encoding="utf-8")
    monkeypatch.setattr(plan, "FILE", file)
    plan.advice.cache_clear()
    try:
        with pytest.raises(errors.DataError, match=said):
            plan.rows(lessons.read("02_enhance"))
    finally:
        plan.advice.cache_clear()


def test_what_takes_long_gets_its_minutes_from_the_same_sum():
    row = {row.title: row for row in plan.rows(lessons.read("06_ejection_fraction"))}
    game = row["Beat the machine"]
    assert game.end - game.start >= 8  # ten hearts
