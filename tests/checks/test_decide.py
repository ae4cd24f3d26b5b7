"""Lesson 12's checks run what was written on other patients: computed passes, typed does not."""

import pytest
from scipy.special import expit, logit

from course_utils.checks import decide
from tests.helpers.casebook_decide import RISK, SHIFT, WORTH
from tests.helpers.cells import verdict

UPDATES = [
    ("updated = expit(logit(risk) + shift)", "right"),
    ("updated = 1 / (1 + np.exp(-(np.log(risk / (1 - risk)) + shift)))", "right"),
    ("odds = risk / (1 - risk) * np.exp(shift)\nupdated = odds / (1 + odds)", "right"),
    ("updated = [expit(logit(one) + shift) for one in risk]", "right"),
    ("updated = expit(logit(risk) - shift)", "not yet"),
    ("updated = risk + shift", "not yet"),
    ("updated = logit(risk) + shift", "not yet"),
    ("updated = expit(logit(risk) - 1.0)", "not yet"),  # right for this hospital only
    ("updated = [0.03926935, 0.19699333, 0.76804145]", "not yet"),
]
BENEFITS = [
    ("worth = (ill & acted).mean() - (~ill & acted).mean() * threshold / (1 - threshold)", "right"),
    (
        "n = len(ill)\nworth = sum(ill & acted) / n - sum(~ill & acted) / n * threshold / (1 - threshold)",
        "right",
    ),
    (
        "w = threshold / (1 - threshold)\nworth = np.where(acted, np.where(ill, 1.0, -w), 0.0).mean()",
        "right",
    ),
    ("worth = (ill & acted).mean() - (~ill & acted).mean() / 4", "not yet"),  # right at 0.2 only
    ("worth = ill.mean() - (~ill & acted).mean() * threshold / (1 - threshold)", "not yet"),
    ("worth = 0.05", "not yet"),
]


@pytest.mark.parametrize(("code", "status"), UPDATES)
def test_an_update_holds_for_other_risks(progress_file, code, status):
    names = {"risk": RISK, "shift": SHIFT, "expit": expit, "logit": logit}
    said = verdict(f"{code}\ncheck.update(updated, risk=risk, shift=shift)", decide, **names)
    assert (said.status, said.error) == (status, None), said.message


@pytest.mark.parametrize(("code", "status"), BENEFITS)
def test_net_benefit_holds_for_other_patients(progress_file, code, status):
    ask = "check.benefit(worth, ill=ill, acted=acted, threshold=threshold)"
    said = verdict(f"{code}\n{ask}", decide, **WORTH)
    assert (said.status, said.error) == (status, None), said.message


def test_the_same_number_of_predictors_is_named():
    assert "still five" in decide.sample(500, predictors=5, needed=425).message
    assert "r_squared" in decide.sample(500, predictors=8, needed=319).message
    assert "too few" in decide.sample(100, predictors=8, needed=680).message
