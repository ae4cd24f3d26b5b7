"""Logistic regression, sample size, and moving a risk, against closed forms and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from course_utils import decide, evaluate
from course_utils.core.errors import DataError


@pytest.fixture(scope="module")
def clinic():
    return decide.cohort(300, 1)


def test_the_regression_is_that_of_statsmodels(clinic):
    names = ["last_ef", "age", "bnp"]
    model = decide.fit(clinic, names)
    oracle = sm.Logit(clinic.event.astype(float), sm.add_constant(clinic[names])).fit(disp=0)
    assert np.allclose(model.risk(clinic), oracle.predict(), atol=1e-4)
    wanted = oracle.params[names] * clinic[names].std(ddof=0)
    assert np.allclose(model.coefficients, wanted, atol=1e-3)
    assert (model.patients, model.events) == (300, int(clinic.event.sum()))


@pytest.mark.slow
def test_the_trend_is_not_better_at_300_patients(clinic):
    """Mean gain of 30 clinics about 0, and 95 in 100 of them on both sides of it."""
    fresh = decide.cohort(4000, 500)
    three = ["last_ef", "age", "bnp"]
    gains = []
    for seed in range(30):
        one = decide.cohort(300, seed)
        areas = [
            evaluate.auc(fresh.event, decide.fit(one, names).risk(fresh))
            for names in (three, [*three, "shrunken"])
        ]
        gains.append(areas[1] - areas[0])
    assert abs(np.mean(gains)) < 0.01
    low, high = np.quantile(gains, [0.025, 0.975])
    assert low < 0 < high + 0.002 and high < 0.02


@pytest.mark.parametrize(
    ("predictors", "r_squared", "needed"), [(5, 0.1, 425), (8, 0.1, 680), (8, 0.2, 319)]
)
def test_sample_sizes_of_the_paper(predictors, r_squared, needed):
    assert decide.patients_needed(predictors, r_squared) == needed


@pytest.mark.slow
def test_a_model_on_as_many_patients_as_needed_is_shrunk_by_a_tenth():
    """What the rule promises: on new patients the calibration slope is about 0.9."""
    fresh, names = decide.cohort(5000, 900), ["last_ef", "age", "bnp", "slope"]
    known = sm.Logit(fresh.event.astype(float), sm.add_constant(fresh[names])).fit(disp=0)
    r_squared = 1 - np.exp(2 * (known.llnull - known.llf) / len(fresh))  # Cox and Snell
    needed = decide.patients_needed(len(names), r_squared)
    slopes = []
    for seed in range(40):
        risks = decide.fit(decide.cohort(needed, seed), names).risk(fresh)
        logits = sm.add_constant(np.log(risks / (1 - risks)))
        slopes.append(sm.Logit(fresh.event.to_numpy(float), logits).fit(disp=0).params[1])
    assert 0.85 < np.mean(slopes) < 0.97


def test_prevalence_shifts_the_intercept_by_the_log_odds_ratio_and_a_shift_repairs_it():
    many = decide.cohort(30_000, 5)
    keep = ~many.event | (np.random.default_rng(0).random(len(many)) < 0.5)  # half of the ill leave
    rarer = many[keep]
    before = evaluate.calibration(rarer.event, rarer.true_risk)
    assert before.intercept.estimate == pytest.approx(np.log(0.5), abs=0.07)
    after = evaluate.calibration(
        rarer.event, decide.shifted(rarer.true_risk, before.intercept.estimate)
    )
    assert abs(after.intercept.estimate) < 1e-3
    assert after.slope.estimate == pytest.approx(before.slope.estimate, abs=1e-6)


def test_a_shift_keeps_the_order_and_comes_back():
    values = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    moved = decide.shifted(values, -1.3)
    assert (np.diff(moved) > 0).all()
    assert np.allclose(decide.shifted(moved, 1.3), values, atol=1e-5)


def test_bad_input_is_named(clinic):
    with pytest.raises(DataError, match="no column pulse"):
        decide.fit(clinic, ["pulse"])
    with pytest.raises(DataError, match="at least one predictor"):
        decide.fit(clinic, [])
    with pytest.raises(DataError, match="1 of 300 patients lack"):
        decide.fit(clinic.assign(age=[np.nan, *clinic.age[1:]]), ["age"])
    quiet = clinic.assign(event=[True] * 3 + [False] * 297)
    with pytest.raises(DataError, match="3 of 300 patients had the event"):
        decide.fit(quiet, ["age"])
    with pytest.raises(DataError, match="r_squared"):
        decide.patients_needed(5, 0.95)
    with pytest.raises(DataError):
        decide.shifted(pd.Series([0.2, 1.4]), 1)
