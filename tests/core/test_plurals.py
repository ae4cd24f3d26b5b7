"""Counts and their nouns."""

import numpy as np
import pytest

from course_utils.core import plurals


@pytest.mark.parametrize(
    "number, said",
    [(0, "0 patients"), (1, "1 patient"), (2, "2 patients"), (np.int64(1), "1 patient")],
)
def test_one_is_no_plural(number, said):
    assert plurals.count(number, "patient") == said


def test_other_plurals_floats_of_pandas_and_thousands():
    assert plurals.count(1.0, "person", "people") == "1 person"
    assert plurals.count(3, "person", "people") == "3 people"
    assert plurals.count(16384, "pixel") == "16,384 pixels"


def test_the_verb_goes_with_the_count():
    assert plurals.verb(1, "is", "are") == "is" and plurals.verb(0, "is", "are") == "are"
