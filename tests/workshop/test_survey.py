"""The two sheets: the aims of the lessons, the same statements before and after, nothing to fetch."""

import html
import re

import pytest

from course_utils.core import errors
from workshop import lessons, survey


def test_both_sheets_ask_for_the_same_aims():
    chosen = lessons.named(["01", "02"])
    sheets = [survey.sheet(chosen, after) for after in (False, True)]
    rows = [re.findall(r'<th scope="row">(.*?)</th>', sheet) for sheet in sheets]
    assert rows[0] == rows[1]
    aims = [html.escape(" ".join(goal.split())) for lesson in chosen for goal in lesson.goals]
    assert rows[0] == [*aims, *map(html.escape, survey.VIEWS)]
    assert sheets[0] != sheets[1] and "Before" in sheets[0] and "After" in sheets[1]
    assert not re.search(r"\b(src|href)=|<script", "".join(sheets))
    with pytest.raises(errors.DataError):
        survey.sheet([])
