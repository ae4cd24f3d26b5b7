"""Smoothing before the next network: alike in all else, and one number a patient."""

import pytest

from course_utils.cases import samples
from course_utils.denoise import downstream, methods

CASES = samples.table("muscle_general").query("not empty").groupby("patient_id").head(1)


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(downstream, "EPOCHS", 2)


@pytest.mark.slow
def test_the_same_pictures_under_two_names_give_the_same_dice(short):
    ways = {"one": methods.RAW, "two": methods.RAW}
    found = downstream.contest(CASES.head(6), CASES.tail(5), ways)
    assert found.index.tolist() == sorted(CASES.tail(5).patient_id)
    assert found.one.tolist() == found.two.tolist() and found.stack().between(0, 1).all()


def test_pictures_and_masks_are_cut_alike():
    images, masks = downstream._pictures(CASES.head(2), methods.RAW)
    assert images.shape == masks.shape == (2, downstream.SIZE, downstream.SIZE, 1)
    assert set(masks.ravel().tolist()) == {0.0, 1.0} and images.max() <= 1
    smooth, same = downstream._pictures(CASES.head(2), methods.method("median", 9))
    assert (smooth != images).any() and (same == masks).all()
