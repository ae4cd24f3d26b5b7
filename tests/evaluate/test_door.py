"""The door of evaluation: what it refuses, in words."""

import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.core.errors import DataError
from course_utils.evaluate import thresholds
from tests.helpers.readings import PROBABILITY, TRUTH

pytestmark = pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")


ONE = [1] * 20
BOTH = [0, 1] * 10


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: evaluate.diagnostic(ONE, ONE), "All 20 cases have"),
        (lambda: evaluate.diagnostic([0] * 20, ONE), "None of the 20 cases"),
        (lambda: evaluate.diagnostic([], []), "empty"),
        (lambda: evaluate.diagnostic(BOTH, [0.5] * 20), "choose a threshold first"),
        (lambda: evaluate.diagnostic(BOTH, BOTH[:-1]), "differ: truth 20, answer 19"),
        (lambda: evaluate.diagnostic(["yes", "no"], [1, 0]), "holds 'yes'"),
        (lambda: evaluate.diagnostic([0, 1, np.nan], [1, 0, 1]), "missing in 1 of 3"),
        (lambda: evaluate.diagnostic(BOTH, BOTH, ["a"] * 19), "differ"),
        (lambda: evaluate.diagnostic(BOTH, BOTH, level=95), "level"),
        (lambda: evaluate.predictive_values(90, 0.8, 0.1), "Per cent"),
        (lambda: evaluate.predictive_values(0.9, "x", 0.1), "not a number"),
        (lambda: evaluate.roc(ONE, range(20)), "All 20 cases"),
        (lambda: evaluate.roc(BOTH, ["a"] * 20), "not a number"),
        (lambda: evaluate.roc(BOTH, [np.inf] * 20), "missing in 20"),
        (lambda: evaluate.auc(BOTH, [[1]] * 20), "one dimension"),
        (lambda: evaluate.choose_threshold(ONE, range(20)), "All 20 cases"),
        (lambda: evaluate.choose_threshold(BOTH, range(20), "best"), "rule is one of"),
        (lambda: evaluate.choose_threshold(BOTH, range(20), "sensitivity"), "at_least=0.9"),
        (lambda: evaluate.choose_threshold(BOTH, BOTH[::-1], "specificity", 0.5), "No threshold"),
        (lambda: evaluate.calibration(BOTH, [1.2] * 20), "between 0 and 1"),
        (lambda: evaluate.calibration(BOTH, [50] * 20), "Per cent"),
        (lambda: evaluate.calibration(BOTH, [0.5] * 20), "All probabilities are alike"),
        (lambda: evaluate.calibration(BOTH, [0.2, 0.8] * 10), "separate the classes wholly"),
        (lambda: evaluate.calibration(ONE, [0.2, 0.8] * 10), "All 20 cases"),
        (lambda: evaluate.calibration(TRUTH, PROBABILITY, bins=1), "bins must be"),
        (lambda: evaluate.net_benefit(BOTH, [0.5] * 20, [1.0]), "below 1"),
        (lambda: evaluate.net_benefit(BOTH, [0.5] * 20, []), "empty"),
        (lambda: evaluate.net_benefit(BOTH, [0.5] * 20, 0.1), "one value per case"),
        (lambda: thresholds.patient_names(pd.DataFrame({"x": [1]}), 1), "patient_id"),
    ],
)
def test_bad_input_is_refused_in_words(call, match):
    with pytest.raises(DataError, match=match):
        call()


def test_one_patient_has_no_interval_of_the_area():
    area = evaluate.roc(BOTH, range(20), ["a"] * 20).area
    assert tuple(area)[1:] == (0, 1) and "one patient only" in area.method
