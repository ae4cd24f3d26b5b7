"""How the limits of a refusal are set, and how refusals are counted."""

import re
from types import SimpleNamespace

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
    found, said = echo.limits(studies)
    good = studies[studies["kind"] == ""]
    refused = (good["rule off-axis"] > found["off-axis"]) | (
        good["rule contrast"] < -found["contrast"]
    )
    assert 0 < refused.mean() <= echo.AT_MOST and (said[: len(good)] == refused).all()
    counts = ((good["rule off-axis"] > found["off-axis"]).sum(),
              (good["rule contrast"] < -found["contrast"]).sum())  # fmt: skip
    assert abs(counts[0] - counts[1]) <= 1
    told = capsys.readouterr().out
    assert "off-axis: refused" in told and f"contrast: limit {-found['contrast']:.2f}" in told
    assert found["views"] == -np.inf  # nothing was found, so nothing is allowed to be found


def test_what_other_rules_refuse_counts_as_well(studies):
    open_ = echo.limits(studies)[0]
    studies.loc[studies.index[:6], "refused"] = True  # 3 % of the good ones: no room is left
    assert echo.limits(studies)[0]["off-axis"] > open_["off-axis"]


def test_the_interval_is_calibrated_on_what_is_read_too_low(studies, capsys):
    rng = np.random.default_rng(1)
    truth = rng.uniform(20.0, 70.0, len(studies))
    seen = truth - rng.normal(5.0, 4.0, len(studies))
    echo.calibrate(studies.assign(truth=truth, ef=seen, spread=3.0))
    told = capsys.readouterr().out
    low, sd, rest = (float(part) for part in re.findall(r"[-+]?\d+\.\d+", told.splitlines()[-1]))
    assert low == pytest.approx(5.0, abs=0.8) and sd == pytest.approx(4.0, abs=0.6)
    assert rest == pytest.approx(np.sqrt(16.0 - 9.0), abs=0.8)
    shares = dict(re.findall(r"residual (\d+\.\d+): coverage (\d+\.\d+)", told))
    assert float(shares["2.75"]) == pytest.approx(95.0, abs=3.0)


def test_gross_failures_that_pass_are_counted(studies):
    studies.loc[studies.index[:5], "worst"] = 0.4
    studies.loc[studies.index[:2], "refused"] = True
    assert echo._gross(studies).startswith("3 of 5") and "230" in echo._gross(studies)


def test_numbers_far_from_the_truth_and_strange_good_studies_are_counted():
    rows = pandas.DataFrame({"truth": [50.0] * 5, "ef": [51.0, 30.0, np.nan, 66.0, 60.0]})
    assert echo._far(rows).startswith("2 of 4") and "2 of 5" in echo._far(rows)
    assert echo._unlike(rows) == 0
    assert echo._unlike(rows.assign(**{"rule unlike": [np.nan, 1.4, np.nan, np.nan, np.nan]})) == 1


def test_each_network_and_number_of_views_is_judged_apart(studies):
    assert [name for name, _ in echo._networks(studies)] == ["lv_apical"]
    parts = [studies.assign(network=name, views=views) for name in "ab" for views in (2, 1)]
    found = dict(echo._networks(pandas.concat(parts)))
    assert list(found) == ["a, 2 views", "a, 1 view", "b, 2 views", "b, 1 view"]
    assert all(len(part) == len(studies) for part in found.values())


def test_a_randomised_heart_is_judged_by_one_view_and_by_two(monkeypatch):
    frames = np.zeros((2, 64, 64), np.uint8)
    frames[:, 20:40, 20:40] = 90
    view = SimpleNamespace(
        frames=frames, labels=(frames > 0).astype(np.uint8), spacing=(1.0, 1.0), view="A4C"
    )
    study = SimpleNamespace(
        four=view, two=SimpleNamespace(**(vars(view) | {"view": "A2C"})), ef=40.0
    )
    monkeypatch.setattr(echo.window, "study", lambda *_: study)
    rows = echo.varied(1, 2, networks=("lv_apical",), families=(None,))
    assert rows["views"].tolist() == [2, 1, 2, 1] and rows["frames"].tolist() == [4, 2, 4, 2]
    assert rows["dice"].between(0, 1).all() and set(rows["family"]) == {"any"}


def test_the_worst_number_of_each_rule_is_kept():
    found = [rules.Finding("contrast", "note", number, "") for number in (0.4, 0.2)]
    found += [rules.Finding("off-axis", "note", number, "") for number in (-0.5, 0.1)]
    assert echo._numbers(found) == {"rule contrast": 0.2, "rule off-axis": 0.5}


@pytest.mark.parametrize("open_", [False, True])
def test_limits_refuse_randomised_hearts_unless_they_are_opened(monkeypatch, studies, open_):
    finding = rules.Finding("contrast", rules.REFUSE, 0.0, "dark")
    monkeypatch.setattr(rules, "of_any_heart", lambda findings, _: findings)
    levels = []

    def varied(first, count, **_how):
        levels.extend(one.level for one in rules.of_any_heart([finding], "lv_any"))
        return studies

    monkeypatch.setattr(echo, "varied", varied)
    monkeypatch.setattr(echo, "lines", lambda *_: [])
    monkeypatch.setattr(echo, "_by_part", lambda _: [])
    echo.main(["--varied", "--fresh", "1", "--bad", "0", *["--open"] * open_])
    assert levels == [rules.NOTE if open_ else rules.REFUSE]
