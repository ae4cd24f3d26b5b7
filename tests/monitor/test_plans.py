"""The page for changes: what is open is called open, and the page is written whole."""

import pytest

from course_utils import monitor
from course_utils.core.errors import DataError


def test_an_empty_plan_says_that_nothing_is_decided(tmp_path):
    plan = monitor.Plan({"trigger": "CUSUM above 4"})
    assert not plan.touched and len(plan.open) == 7
    text = plan.export(tmp_path).read_text("utf-8")
    assert text.count("not decided") == 7 and "CUSUM above 4" in text
    plan.set("undo", "Back to version 1 within a day, <b>by</b> the physicist")
    assert plan.touched and "undo" not in plan.open
    assert "<b>" not in plan.html()
    assert "within a day" in plan.export(tmp_path).read_text("utf-8")


def test_what_does_not_exist_is_named():
    with pytest.raises(DataError, match="no field 'colour'"):
        monitor.Plan({"colour": "blue"})
    with pytest.raises(DataError, match="takes text"):
        monitor.Plan().set("undo", 3)
