"""Calibration and decisions against scikit-learn, statsmodels and their definitions."""

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn import calibration as sk_calibration
from sklearn import metrics as sk

from course_utils import evaluate
from course_utils.core.errors import CourseWarning
from tests.helpers.readings import PEOPLE, PROBABILITY, TRUTH

pytestmark = pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")


def test_slope_and_intercept_are_those_of_statsmodels():
    found = evaluate.calibration(TRUTH, PROBABILITY)
    logits = np.log(PROBABILITY / (1 - PROBABILITY))
    family = sm.families.Binomial()
    fit = sm.GLM(TRUTH.astype(float), sm.add_constant(logits), family).fit()
    assert found.slope[:] == pytest.approx((fit.params[1], *fit.conf_int()[1]), abs=1e-6)
    fit = sm.GLM(TRUTH.astype(float), np.ones((200, 1)), family, offset=logits).fit()
    assert found.intercept[:] == pytest.approx((fit.params[0], *fit.conf_int()[0]), abs=1e-6)


def test_the_sandwich_is_that_of_statsmodels():
    found = evaluate.calibration(TRUTH, PROBABILITY, patients=PEOPLE)
    logits = np.log(PROBABILITY / (1 - PROBABILITY))
    fit = sm.GLM(TRUTH.astype(float), sm.add_constant(logits), sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": PEOPLE, "use_correction": False}
    )
    half = (found.slope.high - found.slope.low) / 2
    assert half == pytest.approx(1.959963985 * fit.bse[1] * np.sqrt(50 / 49), rel=1e-6)
    assert "sandwich over 50 patients" in found.slope.method


def test_the_reliability_table_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    probability = rng.random(400)
    truth = rng.random(400) < probability**1.5
    found = evaluate.calibration(truth, probability, bins=8)
    seen, said = sk_calibration.calibration_curve(truth, probability, n_bins=8)
    assert found.table.observed.to_numpy() == pytest.approx(seen)
    assert found.table.mean_probability.to_numpy() == pytest.approx(said)
    shares = found.table.cases / 400
    assert found.ece == pytest.approx(np.sum(shares * np.abs(seen - said)))
    assert found.brier == pytest.approx(sk.brier_score_loss(truth, probability))
    assert found.brier_reference == pytest.approx(truth.mean() * (1 - truth.mean()))
    assert "8 bins of equal width" in found.sentence()


def test_a_calibrated_model_shows_the_chance_ece_and_a_slope_of_one():
    rng = np.random.default_rng(2)
    probability = rng.random(20000)
    found = evaluate.calibration(rng.random(20000) < probability, probability)
    assert found.ece == pytest.approx(found.ece_by_chance, abs=0.005)
    assert found.slope.low < 1 < found.slope.high
    assert found.slope.estimate == pytest.approx(1, abs=0.05)
    small = evaluate.calibration(TRUTH[:60], PROBABILITY[:60])
    assert small.ece_by_chance > 0.08  # few cases: far from 0 without any fault


def test_edges_are_moved_with_a_word():
    with pytest.warns(CourseWarning, match="2 probabilities of [0-9,]+ are 0 or 1"):
        evaluate.calibration([0, 1] * 30, [0.0, 1.0] + [0.3, 0.6, 0.7, 0.2] * 14 + [0.5, 0.5])
