"""The calf that was drawn: its surfaces, the mask between them, its fascicles and what it is said to
measure.
"""

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.simulate import calf


def test_same_patient_looks_alike_and_press_thins_the_fat():
    patient = calf.Patient.draw(5)
    free, pressed = calf.View(), calf.View(press=0.8)
    x_mm = np.linspace(-20, 20, 50)
    assert np.all(
        calf.Calf(patient, pressed).superficial(x_mm) < calf.Calf(patient, free).superficial(x_mm)
    )
    slid = calf.Calf(patient, calf.View(slide_mm=5.0))
    assert slid.deep(x_mm) == pytest.approx(calf.Calf(patient, free).deep(x_mm + 5.0))


def test_truth_of_a_simple_calf_is_what_was_asked_for():
    patient = calf.Patient(3, pennation_deg=20.0, slope_deg=0.0, taper_deg=0.0, bow_mm=0.0)
    found = calf.truth(patient, calf.View(), 40.0)
    assert found["pennation_deg"] == pytest.approx(20.0, abs=4.0)
    assert found["thickness_mm"] == pytest.approx(18.0 - 1.2, abs=0.8)
    turned = calf.truth(patient, calf.View(flip=True), 40.0)
    assert turned["pennation_deg"] == pytest.approx(found["pennation_deg"], abs=0.3)
    assert turned["thickness_mm"] == pytest.approx(found["thickness_mm"], abs=0.1)


def test_impossible_views_are_refused():
    with pytest.raises(DataError):
        calf.View(scene="heart")
    with pytest.raises(DataError):
        calf.View(lost=0.9)


def test_the_mask_lies_between_the_edges_of_both_sheets():
    patient = calf.Patient.draw(7)
    one = calf.Calf(patient, calf.View())
    x_mm, z_mm = np.linspace(-20.0, 20.0, 81), np.arange(0.0, 60.0, 0.02)
    found = calf.mask(patient, calf.View(), x_mm, z_mm)
    assert found.dtype == np.uint8
    wanted = one.deep(x_mm) - one.sheet(1, x_mm) - one.superficial(x_mm) - one.sheet(0, x_mm)
    assert found.sum(axis=0) * 0.02 == pytest.approx(wanted, abs=0.03)


def test_the_share_without_contact_and_a_scene_without_muscle_have_no_mask():
    patient, x_mm = calf.Patient.draw(7), np.linspace(-20.0, 20.0, 81)
    z_mm = np.arange(0.0, 60.0, 0.2)
    lost = calf.mask(patient, calf.View(lost=0.25), x_mm, z_mm).any(axis=0)
    assert lost[x_mm <= 10.0].all() and not lost[x_mm > 10.0].any()
    for scene in ("tendon", "bone", "air"):
        assert not calf.mask(patient, calf.View(scene=scene), x_mm, z_mm).any()
        assert calf.truth(patient, calf.View(scene=scene), 40.0) == {
            "thickness_mm": None, "pennation_deg": None,
        }  # fmt: skip


@pytest.mark.parametrize("flip", [False, True])
def test_a_fascicle_runs_from_the_deep_sheet_to_the_superficial_one(flip):
    one = calf.Calf(calf.Patient.draw(4), calf.View(flip=flip))
    x_mm, z_mm = calf.fascicle(one, 2.0)
    assert x_mm[0] == 2.0 and z_mm[0] == pytest.approx(float(one.deep(2.0)))
    assert z_mm[-1] == pytest.approx(float(one.superficial(x_mm[-1])), abs=0.15)
    assert (np.diff(x_mm) * (-1 if flip else 1) > 0).all()


def test_fat_follows_the_body_mass_and_thickness_the_age():
    def mean(name, **person):
        return np.mean([getattr(calf.Patient.draw(seed, **person), name) for seed in range(40)])

    assert mean("fat_mm", bmi=32.0) > mean("fat_mm", bmi=22.0) + 2.0
    assert mean("thickness_mm", age=75.0) < mean("thickness_mm", age=30.0) - 2.0
    assert mean("fat_mm", sex="F") > mean("fat_mm", sex="M")
