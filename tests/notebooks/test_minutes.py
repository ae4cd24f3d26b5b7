"""The minutes that lessons and the instructor's guide state: words at 200 a minute, and one source."""

import math
import re

import pytest

from tests.conftest import ROOT
from tools.notebooks import build

SOURCES = sorted((ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
GUIDE = (ROOT / "docs" / "instructor_guide.md").read_text(encoding="utf-8")
WORDS_A_MINUTE = 200
STATED = re.compile(r"\*\*Time\*\* (\d+) minutes reading, (\d+) minutes doing")


def prose(source):
    cells = build.learner(build.read(source), source.name).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_reading_time_is_counted(source):
    text = prose(source)
    words = len(re.findall(r"[A-Za-z][\w'-]*", text))
    assert abs(int(STATED.search(text)[1]) - math.ceil(words / WORDS_A_MINUTE)) <= 2, words


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_guide_gives_each_lesson_its_time_and_its_name(source):
    text = prose(source)
    reading, doing = map(int, STATED.search(text).groups())
    row = re.search(rf"^\| (\d+) \| {source.stem[:2]} ", GUIDE, re.M)
    assert row, "the guide has no row for this lesson"
    assert reading + doing - 5 <= int(row[1]) <= reading + doing + 10
