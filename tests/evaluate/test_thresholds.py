"""The best of all thresholds, and the guard against choosing it on the test set."""

import numpy as np
import pytest

from course_utils import evaluate
from course_utils.core.errors import CourseWarning, DataError
from tests.helpers.readings import PROBABILITY, SCORE, TRUTH, table_of

pytestmark = pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")


def test_youden_is_the_best_of_all_thresholds():
    chosen = evaluate.choose_threshold(TRUTH, SCORE)
    sums = {cut: np.mean(SCORE[TRUTH] >= cut) + np.mean(SCORE[~TRUTH] < cut) for cut in SCORE}
    assert chosen.sensitivity + chosen.specificity == pytest.approx(max(sums.values()))
    assert sums[chosen.value] == pytest.approx(max(sums.values()))
    curve = evaluate.roc(TRUTH, SCORE)
    place = np.flatnonzero(curve.thresholds == chosen.value)
    assert curve.x[place] == pytest.approx(1 - chosen.specificity)
    assert curve.y[place] == pytest.approx(chosen.sensitivity)


@pytest.mark.parametrize(
    "rule, other", [("sensitivity", "specificity"), ("specificity", "sensitivity")]
)
def test_an_aim_is_reached_at_the_least_cost(rule, other):
    chosen = evaluate.choose_threshold(TRUTH, SCORE, rule, at_least=0.9)
    assert getattr(chosen, rule) >= 0.9
    for cut in SCORE:
        shares = {
            "sensitivity": np.mean(SCORE[TRUTH] >= cut),
            "specificity": np.mean(SCORE[~TRUTH] < cut),
        }
        assert shares[rule] < 0.9 or shares[other] <= getattr(chosen, other) + 1e-12


@pytest.mark.parametrize(
    "data",
    [
        "test",
        "TEST",
        table_of("TEST"),
        table_of("test"),
        table_of(["VAL"] * 199 + ["TEST"]),
        "external test",
    ],
)
def test_a_threshold_is_never_chosen_on_the_test_set(data):
    with pytest.raises(DataError, match="This is the test set"):
        evaluate.choose_threshold(TRUTH, PROBABILITY, data=data)


@pytest.mark.parametrize("data", ["train", "TRAIN", "whatever", table_of("TRAIN"), 3])
def test_nor_on_anything_else_than_validation(data):
    with pytest.raises(DataError, match="Choose on validation data"):
        evaluate.choose_threshold(TRUTH, SCORE, data=data)


def test_a_threshold_refuses_the_patients_it_was_chosen_on():
    chosen = evaluate.choose_threshold(TRUTH, SCORE, data=table_of("VAL"))
    with pytest.raises(DataError, match="chosen on 50 of these patients"):
        chosen.apply(SCORE + 0.01, table_of("TEST"))
    with pytest.raises(DataError, match=r"chosen on 1 of these patients \(P7\)"):
        chosen.apply([0.5, 0.7], ["P7", "P900"])
    with pytest.raises(DataError, match="exactly these scores"):
        chosen.apply(SCORE[::-1], table_of("TEST", first=100))
    positive = chosen.apply(SCORE + 0.01, table_of("TEST", first=100))
    assert positive.tolist() == (chosen.value <= SCORE + 0.01).tolist()


def test_what_cannot_be_checked_is_said():
    chosen = evaluate.choose_threshold(TRUTH, SCORE)
    with pytest.warns(CourseWarning, match="cannot be checked"):
        chosen.apply(SCORE + 0.01)
    with pytest.warns(CourseWarning, match="no column `split`"):
        evaluate.choose_threshold(TRUTH, SCORE, data=table_of("VAL").drop(columns="split"))
