"""The simulated clinic: what is drawn, what is known of it, and that nothing leaks."""

import numpy as np
import pytest

from course_utils import decide, evaluate
from course_utils.core.errors import DataError
from course_utils.decide import clinic


@pytest.fixture(scope="module")
def many():
    return decide.cohort(40_000, 7)


def test_the_same_seed_gives_the_same_clinic_and_another_seed_another():
    one, again, other = decide.cohort(50, 3), decide.cohort(50, 3), decide.cohort(50, 4)
    assert one.equals(again) and not one.last_ef.equals(other.last_ef)
    assert one.attrs["visits"].equals(again.attrs["visits"])


def test_the_moments_are_those_that_are_stated(many):
    assert many.true_slope.mean() == pytest.approx(clinic.SLOPE[0], abs=0.05)
    assert many.true_slope.std() == pytest.approx(clinic.SLOPE[1], abs=0.05)
    error = many.last_ef - many.true_ef
    assert error.std() == pytest.approx(np.hypot(clinic.VISIT_SD, clinic.READING_SD), abs=0.05)
    assert abs(error.mean()) < 0.06
    assert 0.2 < many.event.mean() < 0.26


def test_events_happen_as_often_as_the_true_risk_says(many):
    found = evaluate.calibration(many.event, many.true_risk)
    assert abs(found.slope.estimate - 1) < 0.05 and abs(found.intercept.estimate) < 0.05
    assert evaluate.auc(many.event, many.true_risk) == pytest.approx(0.827, abs=0.02)


def test_the_slope_is_least_squares_and_its_error_the_closed_form(many):
    name = many.patient_id[many.visits == 3].iloc[0]
    row, readings = many.set_index("patient_id").loc[name], many.attrs["visits"]
    readings = readings[readings.patient_id == name]
    assert row.slope == pytest.approx(np.polyfit(readings.years, readings.ef, 1)[0])
    # visits at 0, 1.5 and 3 years: sum of squares 4.5
    assert row.slope_error == pytest.approx(np.hypot(1.5, 4.0) / np.sqrt(4.5))
    spread = (many.slope - many.true_slope)[many.visits == 3].std()
    assert spread == pytest.approx(row.slope_error, rel=0.03)


def test_shrinking_halves_the_error_of_a_noisy_slope_and_leaves_an_exact_one(many):
    few = many[many.visits == 2]
    raw, shrunken = (((few[name] - few.true_slope) ** 2).mean() for name in ("slope", "shrunken"))
    assert shrunken < 0.6 * raw
    assert decide.shrink(-6.0, 0.0) == -6.0
    assert decide.shrink(-6.0, 2.2) == pytest.approx(-3.5)  # reliability one half


def test_bnp_follows_the_heart_and_not_the_event(many):
    """Given what the risk is made of, BNP is the same with and without the event."""
    left = many.bnp - 0.4 * (clinic.EF0[0] - many.true_ef) / clinic.EF0[1]
    near = many[(many.true_risk > 0.25) & (many.true_risk < 0.27)].index
    by_event = left[near].groupby(many.event[near]).mean()
    assert abs(by_event[True] - by_event[False]) < 4 * left[near].std() / np.sqrt(len(near) / 4)


def test_healthy_people_are_as_stated():
    people = decide.healthy(20_000, 1)
    by_sex = people.groupby("sex").ef.mean()
    assert by_sex["F"] == pytest.approx(64, abs=0.2) and by_sex["M"] == pytest.approx(62, abs=0.2)
    old, young = people[people.age > 80], people[people.age < 40]
    assert 1.5 < young.calf_mm.mean() - old.calf_mm.mean() < 3


@pytest.mark.parametrize("people", [1, 0, -3, 2.5, "many", None, True])
def test_a_clinic_of_nobody_is_refused(people):
    with pytest.raises(DataError, match="people"):
        decide.cohort(people)
