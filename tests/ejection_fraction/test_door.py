"""The door: every name is there, works, and brings no network with it."""

import inspect

import numpy as np
import pytest

from course_utils import ejection_fraction
from course_utils.core.errors import CalibrationError, DataError
from course_utils.ejection_fraction import beats, discs
from tests.ejection_fraction.test_discs import cut_ellipse

ED = cut_ellipse((112, 112), (1, 1), 40, 22, 0.6, -85)
ES = cut_ellipse((112, 112), (1, 1), 36, 16, 0.6, -85)


def test_a_study_from_masks_to_a_category():
    edv = ejection_fraction.biplane_volume(ED, ED, (1, 1), (1, 1))
    esv = ejection_fraction.biplane_volume(ES, ES, (1, 1), (1, 1))
    assert edv == pytest.approx(ejection_fraction.single_plane_volume(ED, (1, 1)))
    ef = ejection_fraction.ejection_fraction(edv, esv)
    assert ef == pytest.approx(100 * (1 - 36 * 16**2 / (40 * 22**2)), abs=1)
    assert ef == pytest.approx(ejection_fraction.ef_from_masks(ED, ES, ED, ES))
    assert (
        ejection_fraction.category(ef, "M").name == "normal"
    )  # 52.4: a woman would be below her range
    assert ejection_fraction.area_length_volume(ED, (1, 1)) == pytest.approx(edv, rel=0.1)
    assert len(discs.measure(ED).diameters) == 20
    assert ejection_fraction.long_axis(ED, (1, 1)).unit == "mm"


def test_a_cine_from_masks_to_beats():
    phase = np.abs(np.cos(np.pi * np.arange(81) / 32))  # 32 frames a beat
    masks = np.stack(
        [cut_ellipse((112, 112), (1, 1), 34 + 6 * part, 15 + 7 * part, 0.6, -85) for part in phase]
    )
    found = beats.find(masks.sum(axis=(1, 2)), 40)
    assert [beat.es for beat in found] == pytest.approx([16, 48], abs=1)
    assert found.heart_rate == pytest.approx(75, rel=0.03)


def test_the_bad_cines_of_the_list_get_a_sentence():
    with pytest.raises(DataError, match="one frame"):
        beats.find([ED.sum()], 40)
    with pytest.raises(DataError, match="No beat"):
        beats.find([ED.sum()] * 40, 40)
    with pytest.raises(CalibrationError):
        ejection_fraction.single_plane_volume(ED, None)


def test_the_arguments_are_named_as_promised():
    assert list(inspect.signature(ejection_fraction.biplane_volume).parameters)[:4] == [
        "mask_4ch",
        "mask_2ch",
        "spacing_4ch",
        "spacing_2ch",
    ]
    assert list(inspect.signature(ejection_fraction.auto_ef).parameters)[:2] == [
        "cine_4ch",
        "cine_2ch",
    ]
