"""Lesson 13's checks run what was written on other numbers: computed passes, typed does not."""

import pytest

from course_utils.checks import monitor
from tests.helpers.cells import verdict

HOURS = [
    ("per_hour = chance * fps * 3600", "right"),
    ("per_hour = 3600 * fps / (1 / chance)", "right"),
    ("frames = fps * 60 * 60\nper_hour = frames * chance", "right"),
    ("per_hour = 108", "not yet"),
    ("per_hour = chance * 30 * 3600", "not yet"),
    ("per_hour = 0.001 * fps * 3600", "not yet"),
    ("per_hour = chance * fps * 60", "not yet"),
]
STEPS = [
    ("after = max(0, total + x - slack)", "right"),
    ("after = max(total + (x - slack), 0.0)", "right"),
    ("after = total + x - slack\nif after < 0:\n    after = 0", "right"),
    ("after = total + x - slack", "not yet"),  # right here, and below 0 after a good study
    ("after = abs(total + x - slack)", "not yet"),
    ("after = 1.6", "not yet"),
    ("after = max(0, total + x - 0.5)", "not yet"),
]


@pytest.mark.parametrize(("code", "status"), HOURS)
def test_alarms_an_hour_hold_for_another_machine(progress_file, code, status):
    ask = "check.hourly(per_hour, chance=chance, fps=fps)"
    said = verdict(f"{code}\n{ask}", monitor, chance=0.001, fps=30)
    assert (said.status, said.error) == (status, None), said.message


@pytest.mark.parametrize(("code", "status"), STEPS)
def test_a_step_holds_after_a_good_study_too(progress_file, code, status):
    ask = "check.step(after, total=total, x=x, slack=slack)"
    said = verdict(f"{code}\n{ask}", monitor, total=1.2, x=0.9, slack=0.5)
    assert (said.status, said.error) == (status, None), said.message
