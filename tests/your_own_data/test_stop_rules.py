"""The stop list on made-up results: each rule passes, warns, stops, or is not known."""

import numpy as np
import pandas
import pytest

from course_utils.core.errors import DataError
from course_utils.your_own_data import stop_rules

GROUPS = pandas.DataFrame({"group": ["F", "M"], "patients": [60, 60], "estimate": [0.93, 0.92]})
GOOD = {
    "patients": 120,
    "synthetic": False,
    "interval": (0.93, 0.92, 0.94),
    "needed": 0.85,
    "floor": 0.7,
    "worst": 0.8,
    "worst_allowed": 0.7,
    "groups": GROUPS,
    "leaks": {"patients": True, "copies": True},
    "refused": (2, 122),
    "slope": 1.02,
    "ece": 0.02,
    "looks": 1,
    "meant_for": {"scanner": ["A"]},
    "tested_on": {"scanner": ["A", "B"]},
    "elsewhere": True,
}
RULES = 15


def verdicts(**changes):
    table = stop_rules.rules(**(GOOD | changes))
    return table, dict(zip(table["rule"], table["verdict"], strict=True))


def test_a_result_without_a_fault_passes_and_is_still_no_device():
    table, found = verdicts()
    assert len(table) == RULES == len(found) and set(found.values()) == {"pass"}
    assert "found no reason to stop" in stop_rules.verdict(table)
    assert "medical device" in stop_rules.verdict(table)


@pytest.mark.parametrize(
    "rule, changes, verdict, word",
    [
        ("images of patients", {"synthetic": True}, "stop", "synthetic"),
        ("number of patients", {"patients": 29}, "stop", "29 patients"),
        ("number of patients", {"patients": 30}, "caution", "10 %"),  # 1 - 0.05 ** (1 / 30) = 0.095
        ("number of patients", {"patients": 99}, "caution", "3 %"),
        ("width of the interval", {"interval": (0.9, 0.85, 0.96)}, "stop", "too wide"),
        ("good enough", {"needed": 0.925}, "stop", "worse than of use"),
        ("better than what costs nothing", {"floor": 0.92}, "stop", "does not clear"),
        ("the worst patient", {"worst": 0.21}, "stop", "0.21"),
        (
            "gap between groups",
            {"groups": GROUPS.assign(estimate=[0.93, 0.86])},
            "caution",
            "M scored 0.07 below F",
        ),
        ("gap between groups", {"groups": GROUPS.assign(estimate=[0.7, 0.93])}, "stop", "F scored"),
        ("gap between groups", {"groups": GROUPS.assign(estimate=[0.7, np.nan])}, "not known", ""),
        ("size of each group", {"groups": GROUPS.assign(patients=[9, 60])}, "caution", "F"),
        ("nothing leaked", {"leaks": {"patients": True, "copies": False}}, "stop", "copies"),
        ("nothing leaked", {"leaks": {"patients": True, "copies": None}}, "not known", ""),
        ("nothing leaked", {"leaks": {}}, "not known", ""),
        ("refusals", {"refused": (7, 100)}, "caution", "7 of 100"),
        ("refusals", {"refused": (21, 100)}, "stop", "21 of 100"),
        ("calibration slope", {"slope": 0.7}, "caution", "too sure"),
        ("calibration slope", {"slope": 2.5}, "stop", "not sure enough"),
        ("calibration slope", {"slope": -0.2}, "stop", "too sure"),
        ("calibration slope", {"slope": False}, "not asked", "no probability"),
        ("calibration error", {"ece": 0.08}, "caution", "8 percentage points"),
        ("calibration error", {"ece": 0.3}, "stop", "30 percentage"),
        ("the test set was opened once", {"looks": 3}, "stop", "validation set"),
        (
            "tested for what it is meant for",
            {"meant_for": {"scanner": ["A", "C"], "age": "child"}},
            "stop",
            "scanner C; age child",
        ),
        ("tested elsewhere", {"elsewhere": False}, "caution", "elsewhere"),
    ],
)
def test_each_rule(rule, changes, verdict, word):
    table, found = verdicts(**changes)
    assert found[rule] == verdict
    assert word in table.set_index("rule").loc[rule, "why"]
    others = {name: kind for name, kind in found.items() if name != rule}
    assert set(others.values()) == {"pass"}, others  # one fault moves one rule
    text = stop_rules.verdict(table)
    assert ("Do not use" in text) == (verdict in ("stop", "not known"))
    if verdict in ("stop", "caution"):
        assert table.set_index("rule").loc[rule, "why"] in text


def test_what_nobody_looked_at_is_not_a_pass():
    table = stop_rules.rules(200, False)
    kinds = table["verdict"].value_counts()
    assert kinds["pass"] == 2 and kinds["not known"] == RULES - 2
    assert "not been shown" in stop_rules.verdict(table)


@pytest.mark.parametrize(
    "changes",
    [
        {"patients": -1},
        {"patients": 3.5},
        {"patients": True},
        {"synthetic": None},
        {"interval": (0.9, 0.95, 0.99)},
        {"interval": 0.9},
        {"refused": (5, 3)},
        {"refused": (0, 0)},
        {"slope": "1"},
        {"worst": float("nan")},
        {"leaks": ["patients"]},
        {"groups": pandas.DataFrame({"group": ["F"]})},
        {"looks": float("inf")},
    ],
)
def test_what_cannot_be_is_refused(changes):
    with pytest.raises(DataError):
        stop_rules.rules(**(GOOD | changes))


def test_a_verdict_needs_the_table():
    with pytest.raises(DataError):
        stop_rules.verdict(pandas.DataFrame())


@pytest.mark.parametrize("patients", [0, 4])
def test_below_five_patients_nothing_that_rests_on_the_interval_is_known(patients):
    _, found = verdicts(patients=patients)
    assert found["number of patients"] == "stop"
    for rule in ("width of the interval", "good enough", "better than what costs nothing"):
        assert found[rule] == "not known"


def test_a_stop_does_not_hide_what_nobody_looked_at():
    table, _ = verdicts(synthetic=True, slope=None, refused=None)
    text = stop_rules.verdict(table)
    assert text.startswith("Do not use") and "Not looked at" in text
    assert "calibration slope" in text and "refusals" in text
