"""What an evaluation is fed: a wrong column fails with a sentence, never with a number."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.core.errors import CourseWarning, DataError
from course_utils.evaluate import columns


def test_pandas_own_missing_value_is_missing():
    with pytest.raises(DataError, match="missing in 1 of 2"):
        columns.truth_of(pd.Series([1, pd.NA], dtype="Int64"))
    with pytest.raises(DataError, match="missing in 1 of 2"):
        columns.truth_of([True, None])
    assert columns.truth_of(pd.Series([True, False], dtype="boolean")).tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: columns.truth_of("10"), "not str"),
        (lambda: columns.truth_of(None), "NoneType"),
        (lambda: columns.truth_of([0, 1, 0.3]), "holds 0.3"),
        (lambda: columns.truth_of([[0, 1], [1]]), "one dimension"),
        (lambda: columns.truth_of([1, 1], both=True), "All 2 cases have"),
        (lambda: columns.truth_of([1], both=True), "All 1 case has"),
        (lambda: columns.truth_of([0, 0], both=True), "None of the 2 cases"),
        (lambda: columns.numbers_of([1, "a"], "answer"), "holds 'a'"),
        (lambda: columns.numbers_of([1, np.inf], "answer"), "missing in 1 of 2 cases"),
        (lambda: columns.numbers_of([1j], "answer"), "not a number"),
        (lambda: columns.probabilities_of([0.2, 90]), "Per cent"),
        (lambda: columns.patients_of(["a", " "], 2), "1 of 2 cases has no patient"),
        (lambda: columns.patients_of(["a"], 2), "cases 2, patients 1"),
        (lambda: columns.level_of(True), "not True"),
        (lambda: columns.level_of(95), "not 95"),
    ],
)
def test_a_wrong_column_is_named_with_what_is_wrong(call, words):
    with pytest.raises(DataError, match=words):
        call()


@pytest.mark.slow
@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_yes_and_no_are_the_same_in_any_dress(values):
    for dress in (
        [int(value) for value in values],
        np.array(values, float),
        pd.Series(values, dtype=object),
        pd.Series(values, dtype="boolean"),
    ):
        assert columns.truth_of(dress).tolist() == values


def test_one_person_in_two_spellings_is_one_and_nobody_named_is_each_their_own():
    assert columns.patients_of(["P01", "p01", "P02"], 3).tolist() == [0, 0, 1]
    assert columns.patients_of(None, 3).tolist() == [0, 1, 2]


def test_few_patients_are_warned_of_and_enough_are_not():
    with pytest.warns(CourseWarning, match="An area from 19 patients"):
        columns.warn_if_few(columns.ROUGH_BELOW - 1, "An area")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        columns.warn_if_few(columns.ROUGH_BELOW, "An area")
