"""Six measured numbers on tendons whose measures are known by hand."""

import numpy as np
import pytest

from course_utils.classify import features

SPACING = (0.1, 0.1)
MASK = np.zeros((200, 200), np.uint8)
MASK[100:150] = 1  # 5 mm thick


def painted(tendon=0.6, deltoid=0.3, dark=0.0):
    image = np.full(MASK.shape, deltoid, np.float32)
    image[MASK > 0] = tendon
    image[100:150, 120:160] -= dark  # the fourth fifth
    return image


def test_a_plain_band():
    found = features.measure(painted(), MASK, SPACING)
    assert found["contrast"] == pytest.approx(0.3, abs=1e-5)
    assert found["thickness"] == pytest.approx(5.0) and found["thickest"] == pytest.approx(5.0)
    assert found["range"] == pytest.approx(0.0, abs=1e-6)
    assert found["spread"] == pytest.approx(0.0, abs=1e-6)


def test_a_dark_fifth_is_found_and_gain_is_not():
    found = features.measure(painted(dark=0.2), MASK, SPACING)
    assert found["darkest"] == pytest.approx(0.1, abs=0.01)
    assert found["range"] == pytest.approx(0.2, abs=0.01)
    brighter = features.measure(painted(0.7, 0.4, 0.2), MASK, SPACING)
    assert brighter == pytest.approx(found, abs=1e-5)


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.5])
def test_a_slanting_tendon_is_as_thick_as_a_flat_one(slope):
    mask = np.zeros((200, 120), np.uint8)
    tall = round(50 * np.hypot(1, slope))  # 5 mm square to a line of this slope
    for column in range(120):
        top = round(70 + slope * (column - 60))
        mask[top : top + tall, column] = 1
    assert np.median(features.thickness(mask, SPACING)) == pytest.approx(5.0, abs=0.1)
