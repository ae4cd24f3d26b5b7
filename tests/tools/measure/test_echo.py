"""How the limits of a refusal are set, and how refusals are counted."""

import numpy as np
import pandas
import pytest

from course_utils.ejection_fraction import rules
from tools.measure import echo


@pytest.fixture
def studies():
    """200 good studies and 30 spoiled ones; two rules, of which one counts downwards."""
    rng = np.random.default_rng(0)
    kinds = np.array([""] * 200 + ["off-axis"] * 30)
    gap = np.where(kinds == "", rng.uniform(0.0, 1.0, 230), rng.uniform(0.9, 3.0, 230))
    clear = np.where(kinds == "", rng.uniform(0.5, 1.0, 230), 0.6)
    return pandas.DataFrame({
        "kind": kinds, "refused": False, "why": "", "rule off-axis": gap, "rule contrast": clear,
        "worst": 0.9,
    })  # fmt: skip


def test_limits_refuse_few_good_studies_and_are_one_quantile_of_each_number(studies, capsys):
    found = echo.limits(studies)
    good = studies[studies["kind"] == ""]
    refused = (good["rule off-axis"] > found["off-axis"]) | (
        good["rule contrast"] < -found["contrast"]
    )
    assert 0 < refused.mean() <= echo.AT_MOST
    counts = ((good["rule off-axis"] > found["off-axis"]).sum(),
              (good["rule contrast"] < -found["contrast"]).sum())  # fmt: skip
    assert abs(counts[0] - counts[1]) <= 1
    told = capsys.readouterr().out
    assert "off-axis: refused" in told and f"contrast: limit {-found['contrast']:.2f}" in told
    assert found["views"] == -np.inf  # nothing was found, so nothing is allowed to be found


def test_what_other_rules_refuse_counts_as_well(studies):
    open_ = echo.limits(studies)
    studies.loc[studies.index[:6], "refused"] = True  # 3 % of the good ones: no room is left
    assert echo.limits(studies)["off-axis"] > open_["off-axis"]


def test_gross_failures_that_pass_are_counted(studies):
    studies.loc[studies.index[:5], "worst"] = 0.4
    studies.loc[studies.index[:2], "refused"] = True
    assert echo._gross(studies).startswith("3 of 5") and "230" in echo._gross(studies)


def test_the_worst_number_of_each_rule_is_kept():
    found = [rules.Finding("contrast", "note", number, "") for number in (0.4, 0.2)]
    found += [rules.Finding("off-axis", "note", number, "") for number in (-0.5, 0.1)]
    assert echo._numbers(found) == {"rule contrast": 0.2, "rule off-axis": 0.5}
