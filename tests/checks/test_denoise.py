"""The checks of lesson 10 run what was written on other inputs."""

import numpy as np
import pytest

from course_utils.checks import denoise
from tests.checks.test_written import verdict

AVERAGED = np.linspace(0.2, 0.6, 12).reshape(3, 4)
READINGS = {"before_with": -4.5, "before_without": -0.5, "after_with": -1.2, "after_without": -0.2}
SHARES = [
    ("share = (after_with - after_without) / (before_with - before_without)", "right"),
    ("lost = before_with - before_without\nshare = (after_with - after_without) / lost", "right"),
    ("share = np.divide(after_without - after_with, before_without - before_with)", "right"),
    ("share = 0.25", "not yet"),
    ("share = 1 / 4", "not yet"),
    ("share = -after_with / 4.8", "not yet"),  # right for this spot only
    ("share = (after_with - after_without) / -4.0", "not yet"),  # the change of this spot
    ("share = (before_with - before_without) / (after_with - after_without)", "not yet"),
    ("share = abs(after_with) / abs(before_with)", "not yet"),
]
CORRECTIONS = [
    ("corrected = averaged + 2.507 / 60", "right"),
    ("corrected = averaged - (-2.507) / 60", "right"),
    ("missing = 10 * 0.57722 / np.log(10)\ncorrected = averaged + missing / 60", "right"),
    ("corrected = averaged.copy()\ncorrected = corrected + 0.0418", "right"),
    ("corrected = averaged + 2.507", "not yet"),
    ("corrected = averaged - 2.507 / 60", "not yet"),
    ("corrected = averaged * (1 + 2.507 / 60)", "not yet"),
    ("corrected = averaged + 0.0418 * (averaged.min() < 0.21)", "not yet"),  # this picture only
]


@pytest.mark.parametrize(("code", "status"), SHARES)
def test_the_share_is_computed_again_from_other_readings(progress_file, code, status):
    named = ", ".join(f"{name}={name}" for name in READINGS)
    said = verdict(f"{code}\ncheck.share(share, {named})", denoise, **READINGS)
    assert said.status == status, said.message
    assert said.error is None


@pytest.mark.parametrize(("code", "status"), CORRECTIONS)
def test_the_correction_is_made_again_on_another_picture(progress_file, code, status):
    code = f"{code}\ncheck.corrected(corrected, averaged=averaged)"
    said = verdict(code, denoise, averaged=AVERAGED)
    assert said.status == status, said.message
    assert said.error is None
