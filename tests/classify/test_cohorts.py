"""Cohorts: exact shares, the same from a seed, kept and found again, on other machines."""

import numpy as np
import pytest

from course_utils.classify import cohorts
from course_utils.core import errors
from course_utils.show import progress


@pytest.fixture(scope="module")
def few():
    return cohorts.cohort(4, 7, 0.5, keep=False, watch=progress.Quiet())


def test_a_share_is_ill_and_machines_are_dealt_within_each_kind():
    people = cohorts.people(100, 3)
    assert people.ill.sum() == 30 and people.patient_id.is_unique
    assert (people.groupby("ill").machine.value_counts().unstack().max(axis=1) == [35, 15]).all()
    assert not set(people.number) & set(cohorts.people(100, 4).number)


def test_the_truth_is_kept_for_each_patient(few):
    assert few.levels.shape == (8, 256, 256) and list(few.table.image) == [1, 2] * 4
    exact = few.table.groupby("patient_id")[cohorts.EXACT].nunique()
    assert (exact == 1).all().all()
    assert (few.patients.drop_db[few.patients.ill == 0] == 0).all()


def test_a_machine_changes_the_grey_and_nothing_else(few):
    other = few.on(dict.fromkeys(few.patients.index, "B"))
    np.testing.assert_array_equal(other.levels, few.levels)
    a, b = (few.on(dict.fromkeys(few.patients.index, name)).image(0) for name in "AB")
    grey = (a > 0.01) & (a < 0.99) & (b > 0.01) & (b < 0.99)
    np.testing.assert_allclose((1 - b)[grey], (1 - a)[grey] * 60 / 52, atol=1e-5)
    with pytest.raises(errors.DataError, match="A or B"):
        few.on({})


def test_it_is_kept_and_found_again(few, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    cohorts.cohort(4, 7, 0.5, watch=progress.Quiet())
    monkeypatch.setattr(cohorts, "_made", None)  # nothing may be made anew
    again = cohorts.cohort(4, 7, 0.5)
    np.testing.assert_array_equal(again.levels, few.levels)
    np.testing.assert_array_equal(again.masks, few.masks)
    assert again.table.drop_db.tolist() == pytest.approx(few.table.drop_db.tolist())
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    kept = next((tmp_path / "shoulders").glob("*.npz"))
    kept.write_bytes(kept.read_bytes()[:5000])  # cut off
    mended = cohorts.cohort(4, 7, 0.5, watch=progress.Quiet())
    np.testing.assert_array_equal(mended.levels, few.levels)
