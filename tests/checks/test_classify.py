"""Lesson 11's checks run what was written on other outlines: computed passes, typed does not."""

import pytest
from scipy.ndimage import distance_transform_edt

from course_utils.checks import classify
from tests.helpers.casebook_classify import MASK, SPACING
from tests.helpers.cells import verdict

MAPS = [
    ("signed = edt(mask, sampling=spacing) - edt(1 - mask, sampling=spacing)", "right"),
    ("outside = mask == 0\nsigned = np.where(outside, -edt(outside, sampling=spacing), edt(mask, sampling=spacing))",
     "right"),
    ("signed = edt(mask, sampling=(0.25, 0.5)) - edt(1 - mask, sampling=(0.25, 0.5))", "not yet"),
    ("signed = edt(mask, sampling=spacing[::-1]) - edt(1 - mask, sampling=spacing[::-1])", "not yet"),
    ("signed = edt(1 - mask, sampling=spacing) - edt(mask, sampling=spacing)", "not yet"),
    ("signed = 0.25 * (edt(mask) - edt(1 - mask))", "not yet"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "status"), MAPS)
def test_a_map_holds_for_other_outlines(progress_file, code, status):
    ask = "check.distance(signed, mask=mask, spacing=spacing)"
    names = {"mask": MASK, "spacing": SPACING, "edt": distance_transform_edt}
    said = verdict(f"{code}\n{ask}", classify, **names)
    assert (said.status, said.error) == (status, None), said.message


def test_the_number_of_patients_has_two_sides(progress_file):
    assert "More are needed" in classify.enough(200, ill=120).message
    assert "more than enough" in classify.enough(200, ill=400).message
    assert "too few" in classify.enough(60, ill=180).message
    assert "close" in classify.enough(180, ill=180).message
