"""The leakage lab: folds are what they say, a coin cannot be foretold, and who was recognised."""

import numpy as np
import pytest

from course_utils.cases import samples
from course_utils.core import errors
from course_utils.segment import leakage


@pytest.fixture(scope="module")
def cases():
    table = samples.table("muscle_general")
    return table[~table["empty"]]


def test_folds_by_patient_keep_a_patient_together_and_by_image_do_not(cases):
    for seed in range(5):
        whole = leakage.folds(cases, "by patient", 4, seed)
        torn = leakage.folds(cases, "by image", 4, seed)
        assert (cases.assign(fold=whole).groupby("patient_id").fold.nunique() == 1).all()
        assert (cases.assign(fold=torn).groupby("patient_id").fold.nunique() > 1).any()
        assert np.ptp(np.bincount(torn)) <= 1 and len(np.bincount(whole)) == 4


@pytest.mark.parametrize("way, count", [("by hospital", 4), ("by patient", 1), ("by patient", 99)])
def test_folds_that_cannot_be_are_refused(cases, way, count):
    with pytest.raises(errors.DataError, match="way|folds"):
        leakage.folds(cases, way, count)


@pytest.mark.slow
def test_the_coin_is_foretold_only_where_patients_are_on_both_sides(cases):
    by_image, by_patient = (leakage.coin(cases, way, tosses=60, seed=3) for way in leakage.WAYS)
    assert by_image.mean() > 0.8
    assert abs(by_patient.mean() - 0.5) < 0.06
    assert np.array_equal(by_image, leakage.coin(cases, "by image", tosses=60, seed=3))


@pytest.mark.slow
def test_by_image_the_most_similar_image_is_of_the_same_patient_by_patient_never(cases):
    known = leakage.recognised(cases, "by image", seed=1)
    assert (known.patient_id == known.asked).mean() > 0.7 and known.distance.is_monotonic_increasing
    unknown = leakage.recognised(cases, "by patient", seed=1)
    assert not (unknown.patient_id == unknown.asked).any()
