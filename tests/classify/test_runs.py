"""The stored scores are those of the cohorts, and hold what lesson 11 promises."""

import numpy as np
import pytest

from course_utils import evaluate
from course_utils.classify import cohorts, folds, pictures, runs
from course_utils.core import errors


@pytest.mark.parametrize("seed", sorted(set(runs.scores().seed)))
def test_scores_belong_to_their_cohort(seed):
    table, people = runs.scores(seed), cohorts.people(100, seed)
    assert table.patient_id.tolist() == people.patient_id.tolist()
    assert table.ill.tolist() == people.ill.tolist()
    rows = people.loc[people.index.repeat(2)].reset_index(drop=True)
    assert table.shuffled.tolist() == folds.shuffled(rows, seed)[::2].tolist()
    scored = table[[*runs.PLAIN, *runs.TRAPS]]
    assert scored.to_numpy().min() >= 0 and scored.to_numpy().max() <= 1
    assert (scored.nunique() > 50).all()


def test_what_the_lesson_promises_is_there():
    mean = runs.areas([*runs.PLAIN, *runs.TRAPS]).mean()
    assert mean["image + mask + maps"] >= 0.70
    assert 0.35 < mean["shuffled labels"] < 0.65
    assert mean["by image"] > mean["image + mask + maps"]
    told = runs.within_machines().mean()
    assert told["A alone"] < told["both machines"]


def test_intervals_of_one_cohort_are_delongs(monkeypatch):
    one = runs.scores(1)
    monkeypatch.setattr(runs, "scores", lambda seed=None: one)
    found, delong = runs.area("features"), evaluate.roc(one.ill, one.features).area
    assert found.estimate == pytest.approx(delong.estimate)
    assert found.high - found.low == pytest.approx(delong.high - delong.low, rel=0.1)
    gap = runs.gain("image", "features")
    assert tuple(gap) == pytest.approx(
        tuple(evaluate.compare_auc(one.ill, one.image, one.features))
    )


def test_independent_cohorts_halve_the_variance():
    part = evaluate.Interval(0.1, 0.0, 0.2, "", 100)
    assert tuple(runs.mean_of([part] * 4)) == pytest.approx((0.1, 0.05, 0.15))


def test_another_method_or_seed_is_refused():
    with pytest.raises(errors.DataError, match="no stored scores of magic"):
        runs.areas(["magic"])
    with pytest.raises(errors.DataError, match="not of 9"):
        runs.scores(9)


def test_every_transfer_has_its_interval():
    table = runs.transfer()
    assert (
        set(table.patients) == {20, 50, 100} and table.groupby("patients").seed.nunique().min() > 1
    )
    np.testing.assert_allclose(table.known - table.fresh, table.gain, atol=2e-4)
    assert ((table.low <= table.gain) & (table.gain <= table.high)).all()
    mean = table.known[table.patients == 50].mean()
    assert f"with the calf's weights, 50 patients: {mean:.2f}" in pictures.transfer(table).alt
