"""Refusing: closed forms of the area, coverage of conformal intervals, and the group they fail."""

import numpy as np
import pytest
from scipy import stats

from course_utils import decide, evaluate
from course_utils.core.errors import DataError
from course_utils.decide import abstain


def test_closed_forms_of_the_area():
    wrong = np.r_[np.ones(20), np.zeros(80)]
    assert decide.augrc(wrong, np.ones(100)) == pytest.approx(0.2 / 2)  # says nothing
    assert decide.augrc(wrong, -wrong) == pytest.approx(0.2**2 / 2)  # perfect
    assert decide.augrc(wrong, wrong) == pytest.approx(0.2 - 0.2**2 / 2)  # perfectly misleading


def test_the_area_is_that_of_the_roc_curve_of_confidence():
    rng = np.random.default_rng(3)
    confidence = np.round(rng.random(500), 2)  # with ties
    wrong = rng.random(500) < 0.4 * (1 - confidence)
    error = wrong.mean()
    area = evaluate.auc(~wrong, confidence)
    assert decide.augrc(wrong, confidence) == pytest.approx(
        (1 - area) * error * (1 - error) + error**2 / 2
    )


def test_each_step_counts_what_is_accepted():
    table = decide.accepting([0, 1, 0, 1], [0.9, 0.8, 0.8, 0.1])
    assert list(table.accepted) == [0, 1, 3, 4]
    assert list(table.errors) == [0, 0, 1, 2]
    assert table.risk.iloc[-1] == 0.5 and table.coverage.iloc[-1] == 1


@pytest.mark.slow
@pytest.mark.parametrize(("cases", "low", "high"), [(50, 0.826, 0.960), (200, 0.864, 0.933)])
def test_coverage_of_a_calibration_lies_where_the_formula_says(cases, low, high):
    rng = np.random.default_rng(1)
    found = decide.conformal(rng.normal(size=cases), 0.9)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.002)
    held = [
        2 * stats.norm.cdf(decide.conformal(rng.normal(size=cases), 0.9).half) - 1
        for _ in range(1000)
    ]
    assert np.quantile(held, [0.05, 0.95]) == pytest.approx([low, high], abs=0.012)
    assert np.mean(held) >= 0.9 - 0.005


def test_a_group_with_wider_errors_is_covered_less():
    rng = np.random.default_rng(2)
    spread = np.where(rng.random(4000) < 0.3, 3.0, 1.0)
    error = rng.normal(0, spread)
    made = decide.conformal(error[:2000], 0.9)
    held = made.holds(error[2000:])
    wide = spread[2000:] == 3
    assert held.mean() == pytest.approx(0.9, abs=0.03)
    assert held[wide].mean() < 0.8 < 0.93 < held[~wide].mean()


def test_nine_patients_are_the_least_for_ninety_per_cent():
    assert decide.conformal(np.arange(9.0), 0.9).half == 8
    with pytest.raises(DataError, match="8 patients are too few .* at least 9"):
        decide.conformal(np.arange(8.0), 0.9)


def test_unsure_is_near_the_threshold():
    assert list(abstain.unsure([0.05, 0.45, 0.55, 0.8], 0.5, 0.1)) == [False, True, True, False]


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(DataError):
        decide.accepting([0, 1], [0.1, 0.2, 0.3])
