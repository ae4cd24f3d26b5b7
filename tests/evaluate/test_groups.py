"""Subgroups: averages by patient, gaps that are real or not, and refusals."""

import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.core.errors import CourseWarning, DataError

pytestmark = pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")


def grouped(gap=0.0, count=40, seed=0):
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(count), 3)
    sex = np.where(people % 2, "F", "M")
    dice = rng.normal(0.9, 0.03, count)[people] + rng.normal(0, 0.02, people.size)
    return pd.DataFrame(
        {"patient_id": people, "sex": sex, "dice": dice - gap * (sex == "F"), "refused": False}
    )


def test_a_subgroup_is_averaged_by_patient_and_counts_refusals():
    table = grouped()
    table.loc[[0, 1, 2, 6], ["dice", "refused"]] = [np.nan, True]
    found = evaluate.subgroups(table, "sex", "dice")
    men = found.table.loc["M"]
    rows = table[(table.sex == "M") & ~table.refused]
    assert men.estimate == pytest.approx(rows.groupby("patient_id").dice.mean().mean())
    assert (men.patients, men.measured, men.images) == (20, 19, 60)
    assert men.refused == pytest.approx(4 / 60) and men.refused_low < 4 / 60 < men.refused_high
    own = evaluate.bootstrap(rows.groupby(rows.patient_id.astype(str)).dice.mean())
    assert (men.low, men.high) == pytest.approx(own[1:])
    assert f"lowest {found.worst}" in found.sentence()


@pytest.mark.slow
def test_a_real_gap_is_found_and_chance_is_not():
    real = evaluate.subgroups(grouped(gap=0.06), "sex", "dice")
    assert (real.worst, real.best) == ("F", "M") and real.gap.low > 0.03 and real.p_value < 0.01
    by_chance = [evaluate.subgroups(grouped(seed=seed), "sex", "dice").p_value for seed in range(8)]
    assert 0.2 < np.mean(by_chance) < 0.8


def test_the_unknown_are_shown_but_make_no_gap():
    table = grouped()
    table.loc[table.patient_id < 8, "sex"] = None
    table.loc[table.patient_id < 8, "dice"] = 0.2
    found = evaluate.subgroups(table, "sex", "dice")
    assert found.table.loc["unknown", "patients"] == 8
    assert "unknown" not in (found.best, found.worst)
    assert found.gap.estimate < 0.1


def test_small_groups_are_warned_of():
    table = grouped(count=6)
    with pytest.warns(CourseWarning, match="F, M: fewer than 5 patients"):
        evaluate.subgroups(table, "sex", "dice")
    table.loc[table.sex == "F", "sex"] = [f"F{n}" for n in table.patient_id[table.sex == "F"]]
    alone = evaluate.subgroups(table, "sex", "dice").table.loc["F1"]
    assert np.isnan(alone.low) and "fewer than 2 patients" in alone.method


@pytest.mark.parametrize(
    "change, match",
    [
        (lambda t: t.drop(columns="patient_id"), "patient_id"),
        (lambda t: t.drop(columns="dice"), "dice"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t.assign(sex=["F", "M", "F"] * 40), "more than one group"),
        (lambda t: t.assign(sex="F"), "two groups"),
        (lambda t: t.assign(dice="good"), "not a number"),
        (lambda t: t.assign(dice=[np.nan] + [0.9] * 119), "missing in 1 of 120"),
        (lambda t: t.assign(refused="no"), "not a number"),
        (lambda t: None, "pandas table"),
        (lambda t: t.assign(refused=True), "two groups"),
        (lambda t: t.assign(patient_id=[None] + list(range(119))), "no patient"),
    ],
)
def test_bad_subgroups_are_refused(change, match):
    with pytest.raises(DataError, match=match):
        evaluate.subgroups(change(grouped()), "sex", "dice")


def test_of_an_error_the_higher_group_is_the_worse():
    table = pd.DataFrame(
        {
            "patient_id": [f"P{number}" for number in range(12)],
            "place": ["A"] * 6 + ["B"] * 6,
            "error": [1, 2, 1, 2, 1, 2, 6, 7, 6, 7, 6, 7.0],
        }
    )
    dice, error = (
        evaluate.subgroups(table, "place", "error", higher_is_better=better)
        for better in (True, False)
    )
    assert (dice.best, dice.worst, error.best, error.worst) == ("B", "A", "A", "B")
    assert dice.gap.estimate == error.gap.estimate == 5
    assert dice.sentence() == error.sentence() and "lowest A 1.50" in error.sentence()
