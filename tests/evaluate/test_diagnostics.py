"""Yes or no, ROC and precision-recall, against scikit-learn, statsmodels and counts by hand."""

import numpy as np
import pytest
from sklearn import metrics as sk
from statsmodels.stats.contingency_tables import Table2x2

from course_utils import evaluate
from course_utils.core.errors import CourseWarning, DataError
from tests.helpers.readings import SCORE, TRUTH

pytestmark = pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")


def test_shares_are_those_of_scikit_learn():
    positive = SCORE > 0.8
    found = evaluate.diagnostic(TRUTH, positive)
    clear, false, missed, hit = sk.confusion_matrix(TRUTH, positive).ravel()
    assert found.counts == (hit, false, missed, clear)
    assert found.sensitivity.estimate == sk.recall_score(TRUTH, positive)
    assert found.specificity.estimate == sk.recall_score(~TRUTH, ~positive)
    assert found.ppv.estimate == sk.precision_score(TRUTH, positive)
    assert found.npv.estimate == sk.precision_score(~TRUTH, ~positive)
    assert found.accuracy.estimate == sk.accuracy_score(TRUTH, positive)
    assert found.prevalence.estimate == TRUTH.mean()
    assert list(found.table().columns) == ["estimate", "low", "high", "method"]


def test_the_published_example_of_altman_and_bland():
    """BMJ 1994;308:1552 and 309:102: liver scans, 231 positive of 258 abnormal, 54 negative of 86:
    sensitivity 0.90, specificity 0.63, PPV 0.88, NPV 0.67; at a prevalence of 0.25 PPV 0.45, NPV
    0.95."""
    truth = np.r_[np.ones(258), np.zeros(86)]
    positive = np.r_[np.ones(231), np.zeros(27), np.ones(32), np.zeros(54)]
    found = evaluate.diagnostic(truth, positive)
    assert [
        round(getattr(found, name).estimate, 2)
        for name in ("sensitivity", "specificity", "ppv", "npv")
    ] == [0.90, 0.63, 0.88, 0.67]
    values = evaluate.predictive_values(231 / 258, 54 / 86, 0.25)
    assert values == pytest.approx((0.45, 0.95), abs=0.005)


def test_likelihood_ratios_are_the_risk_ratios_of_statsmodels():
    positive = SCORE > 0.8
    found = evaluate.diagnostic(TRUTH, positive)
    for ours, called in ((found.lr_positive, positive), (found.lr_negative, ~positive)):
        table = [[np.sum(part & called), np.sum(part & ~called)] for part in (TRUTH, ~TRUTH)]
        theirs = Table2x2(np.array(table, float))
        assert ours[:] == pytest.approx((theirs.riskratio, *theirs.riskratio_confint()), rel=1e-9)


def test_a_perfect_test_has_finite_intervals():
    truth = [1] * 25 + [0] * 25
    found = evaluate.diagnostic(truth, truth)
    assert found.lr_positive.estimate == np.inf and found.lr_negative.estimate == 0
    assert 3 < found.lr_positive.low < np.inf and found.lr_negative.high < 0.4
    assert "0.5 added" in found.lr_positive.method and 0.8 < found.sensitivity.low < 0.9
    nothing = evaluate.diagnostic(truth, [0] * 50)
    assert np.isnan(nothing.ppv.estimate) and tuple(nothing.ppv)[1:] == (0, 1)


def test_images_of_a_patient_widen_every_interval():
    truth, positive = np.tile(TRUTH[:50], 4), np.tile(SCORE[:50] > 0.8, 4)
    alone = evaluate.diagnostic(TRUTH[:50], SCORE[:50] > 0.8)
    copies = evaluate.diagnostic(truth, positive, list(range(50)) * 4)
    for name in ("sensitivity", "specificity", "ppv", "accuracy", "lr_positive"):
        ours, single = getattr(copies, name), getattr(alone, name)
        assert ours.estimate == pytest.approx(single.estimate)
        assert ours.high - ours.low >= 0.99 * (single.high - single.low), name


def test_few_patients_of_a_class_are_warned_of():
    with pytest.warns(CourseWarning, match="A sensitivity from 3 patients"):
        evaluate.diagnostic([1] * 3 + [0] * 30, [1] * 33)


def test_natural_frequencies_add_up_and_follow_bayes():
    counts = evaluate.frequencies(0.9, 0.8, 0.1)
    assert counts == pytest.approx((90, 180, 10, 720)) and sum(counts) == pytest.approx(1000)
    assert evaluate.predictive_values(0.9, 0.8, 0.1).ppv == pytest.approx(90 / 270)
    assert np.isnan(evaluate.predictive_values(0.9, 1, 0).ppv)


# --- curves ---


def test_roc_is_that_of_scikit_learn():
    found = evaluate.roc(TRUTH, SCORE)
    x, y, cuts = sk.roc_curve(TRUTH, SCORE, drop_intermediate=False)
    assert found.x == pytest.approx(x) and found.y == pytest.approx(y)
    assert found.thresholds == pytest.approx(cuts)
    assert found.area.estimate == pytest.approx(sk.roc_auc_score(TRUTH, SCORE), abs=1e-12)
    assert evaluate.auc(TRUTH, SCORE) == pytest.approx(found.area.estimate)


def test_delong_is_its_definition_by_loops():
    ill, well = SCORE[TRUTH], SCORE[~TRUTH]
    wins = np.array([[(a > b) + 0.5 * (a == b) for b in well] for a in ill])
    variance = np.var(wins.mean(1), ddof=1) / ill.size + np.var(wins.mean(0), ddof=1) / well.size
    found = evaluate.roc(TRUTH, SCORE).area
    area = wins.mean()
    half = 1.959963985 * np.sqrt(variance) / (area * (1 - area))
    ends = np.log(np.array([found.low, found.high]) / (1 - np.array([found.low, found.high])))
    assert ends == pytest.approx(np.log(area / (1 - area)) + np.array([-half, half]), abs=1e-9)


def test_copied_images_leave_the_interval_of_the_area_as_it_is():
    alone = evaluate.roc(TRUTH[:80], SCORE[:80]).area
    copies = evaluate.roc(np.tile(TRUTH[:80], 5), np.tile(SCORE[:80], 5), list(range(80)) * 5).area
    assert copies == pytest.approx(alone, abs=1e-9) and "several cases" in copies.method


def test_separated_classes_have_an_interval_with_a_width():
    for sign, end in ((1, 1), (-1, 0)):
        area = evaluate.roc([0] * 25 + [1] * 25, sign * np.arange(50.0)).area
        assert area.estimate == end and 0.05 < area.high - area.low < 0.2
        assert "Newcombe" in area.method
    # Method 5 by hand: (1 - A)^2 = z^2 A (1 - A) (1 + 24 ((1-A)/(2-A) + A/(1+A))) / 625
    low = evaluate.roc([0] * 25 + [1] * 25, np.arange(50.0)).area.low
    spread = 1 + 24 * ((1 - low) / (2 - low) + low / (1 + low))
    assert (1 - low) == pytest.approx(1.959963985**2 * low * spread / 625, rel=1e-6)


@pytest.mark.slow
def test_coverage_of_the_areas():
    rng, runs, people = np.random.default_rng(6), 500, np.arange(120) // 3
    truth_area = 0.760250  # Phi(1 / sqrt 2)
    held = 0
    for _ in range(runs):
        truth = np.arange(60) % 2
        area = evaluate.roc(truth, rng.normal(0, 1, 60) + truth).area
        held += area.low <= truth_area <= area.high
    assert 0.925 <= held / runs <= 0.98, held / runs
    held = 0
    for _ in range(runs):  # patients of 3 images, some of them with both classes
        truth = rng.random(120) < np.repeat([0.2, 0.8], 20)[people]
        score = rng.normal(0, 0.7**0.5, 40)[people] + rng.normal(0, 0.3**0.5, 120) + truth
        area = evaluate.roc(truth, score, people).area
        held += area.low <= truth_area <= area.high
    assert 0.91 <= held / runs <= 0.98, held / runs


@pytest.mark.slow
def test_two_correlated_areas_are_compared_as_a_bootstrap_would():
    rng = np.random.default_rng(5)
    truth = rng.random(300) < 0.4
    first = truth + rng.normal(0, 1.5, 300)
    second = 0.7 * first + truth + rng.normal(0, 1, 300)
    found = evaluate.compare_auc(truth, first, second)
    assert found.estimate == pytest.approx(evaluate.auc(truth, second) - evaluate.auc(truth, first))
    drawn = []
    for _ in range(600):
        who = rng.integers(0, 300, 300)
        drawn.append(evaluate.auc(truth[who], second[who]) - evaluate.auc(truth[who], first[who]))
    assert (found.high - found.low) / 3.92 == pytest.approx(np.std(drawn), rel=0.1)
    same = evaluate.compare_auc(truth, first, first)
    assert (same.low, same.estimate, same.high) == (0, 0, 0)
    with pytest.raises(DataError, match="two cases"):
        evaluate.compare_auc([1, 0, 0], [1, 2, 3], [1, 2, 3])
