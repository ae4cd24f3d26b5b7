"""Ten trials through a filter of one's choice: what is hidden, counted, and never filled in."""

import functools

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.denoise import detection, methods, trial

WAYS = {"raw": methods.RAW, "median": lambda: methods.method("median", 9)}


@pytest.fixture(scope="module", autouse=True)
def pictures_once():
    """A picture that several tests of this file look at is simulated once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial.scenes.Scene, "image", functools.cache(trial.scenes.Scene.image))
        yield


def answered(trials, rule):
    while trials.left:
        trials.press("there" if rule(trials) else "not there")
    return trials


def by_contrast(trials):
    return detection.reading(trials.picture, trials.place) < -2.0


def test_nothing_is_filled_in_before_anybody_answers():
    trials = trial.Trials(WAYS)
    assert not trials.touched and trials.result() is None and trials.answers.empty
    assert trials.table().empty and trials.left == 10
    assert trials.values == {"filter": "raw", "answered": 0}


@pytest.mark.slow
def test_half_of_the_trials_hold_a_spot_and_the_page_does_not_say_which():
    trials = trial.Trials(WAYS)
    assert "Trial 1 of 10" in trials.text() and "True" not in trials.html()
    answered(trials, lambda t: True)
    assert trials.answers.there.sum() == 5 and "there" in trials.answers


@pytest.mark.slow
def test_a_reader_who_goes_by_the_measured_contrast_finds_most_in_the_raw_picture():
    found = answered(trial.Trials(WAYS, seed=3), by_contrast).result()
    assert found.hits >= 4 and found.alarms <= 1 and found.low > -1
    assert "one reader" in found.sentence()


@pytest.mark.slow
def test_every_filter_has_its_own_ten_and_answers_are_kept():
    trials = answered(trial.Trials(WAYS), by_contrast)
    first = trials.picture
    trials.choose("median")
    assert trials.filter == "median" and trials.left == 10 and trials.result() is None
    assert not np.array_equal(trials.picture, first)
    answered(trials, lambda t: False)
    assert trials.result().hits == 0 and trials.result("raw").hits >= 3
    assert trials.table().index.tolist() == ["raw", "median"]


@pytest.mark.slow
def test_the_seed_decides_which_hold_a_spot():
    one, same, other = (
        answered(trial.Trials(WAYS, seed=s), lambda t: True).answers.there.tolist()
        for s in (1, 1, 2)
    )
    assert one == same and sorted(one) == sorted(other)


@pytest.mark.slow
def test_buttons_do_what_press_does_and_rest_after_the_tenth():
    trials = trial.Trials(WAYS)
    yes, no = trials._buttons.values()
    yes.click()
    no.click()
    assert trials.answers.said.tolist() == [True, False]
    answered(trials, lambda t: True)
    assert yes.disabled and no.disabled and "Complete" in trials.text()
    yes.click()
    assert len(trials.answers) == 10


@pytest.mark.slow
def test_bad_presses_are_refused_in_words():
    trials = trial.Trials(WAYS)
    with pytest.raises(DataError, match="there"):
        trials.press("maybe")
    with pytest.raises(DataError, match="median"):
        trials.choose("velvet")
    answered(trials, lambda t: True)
    with pytest.raises(DataError, match="another filter"):
        trials.press("there")
    with pytest.raises(DataError, match="no filter"):
        trial.Trials({})
