"""What the pictures of lesson 11 say."""

import numpy as np
import pandas as pd
import pytest

from course_utils.classify import pictures
from course_utils.core import errors

AREAS = pd.DataFrame({"a": [0.7, 0.8, 0.75, 0.72, 0.78], "b": [0.9] * 5})


def test_areas_are_means_with_students_interval():
    said = pictures.areas(AREAS, {"a": "first", "b": "second"}).alt
    half = 2.776 * AREAS.a.std() / np.sqrt(5)
    assert f"first 0.75 ({0.75 - half:.2f} to {0.75 + half:.2f})" in said
    assert "second 0.90 (0.90 to 0.90)" in said and "5 cohorts" in said
    with pytest.raises(errors.DataError, match="no method c"):
        pictures.areas(AREAS, {"c": "third"})


def test_inputs_show_four_views():
    mask = np.zeros((256, 256), np.uint8)
    mask[100:150, :200] = 1
    shown = pictures.inputs(np.full((256, 256), 0.5, np.float32), mask, (0.1, 0.1))
    assert len(shown.tiles) == 4 and "place along the tendon" in shown.alt


def test_leaning_counts_who_changes_sides():
    sure = np.array([[0.2, 0.3, 0.4], [0.4, 0.6, 0.3], [0.7, 0.8, 0.9]])
    said = pictures.leaning(sure, [-5, 0, 5]).alt
    assert "3 normal tendons" in said and "1 cross one half" in said and "0.30 to 0.60" in said


def test_noise_says_the_mean():
    assert "3 times: 0.20 on average, up to 0.30" in pictures.noise([0.1, 0.2, 0.3]).alt
