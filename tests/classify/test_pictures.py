"""What the pictures of lesson 11 say."""

import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.classify import pictures
from course_utils.core import errors

AREAS = pd.DataFrame({"a": [0.7, 0.8], "b": [0.9, 0.9]})
MEANS = {"a": evaluate.Interval(0.75, 0.7, 0.8), "b": evaluate.Interval(0.9, 0.85, 0.95)}


def test_areas_say_the_mean_and_its_interval():
    said = pictures.areas(AREAS, MEANS, {"a": "first", "b": "second"}).alt
    assert "2 cohorts of 100" in said
    assert "first 0.75 (0.70 to 0.80); second 0.90 (0.85 to 0.95)" in said
    with pytest.raises(errors.DataError, match="no method c"):
        pictures.areas(AREAS, MEANS, {"c": "third"})


def test_inputs_show_four_views():
    mask = np.zeros((256, 256), np.uint8)
    mask[100:150, :200] = 1
    shown = pictures.inputs(np.full((256, 256), 0.5, np.float32), mask, (0.1, 0.1))
    assert len(shown.tiles) == 4 and "place along the tendon" in shown.alt


def test_tilting_counts_who_changes_sides():
    sure = np.array([[0.2, 0.3, 0.4], [0.4, 0.6, 0.3], [0.7, 0.8, 0.9]])
    said = pictures.tilting(sure, [-5, 0, 5]).alt
    assert "3 normal tendons" in said and "1 cross one half" in said and "0.30 to 0.60" in said


def test_noise_says_the_mean():
    assert "3 times: 0.20 on average, up to 0.30" in pictures.noise([0.1, 0.2, 0.3]).alt
