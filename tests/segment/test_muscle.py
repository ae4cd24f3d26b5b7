"""Thickness against closed forms at any rotation, and against the exact truth of the samples."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import enhance, load
from course_utils.cases import samples
from course_utils.core.errors import CalibrationError, CourseError, CourseWarning, DataError
from course_utils.segment import muscle
from tests.helpers.trials import trials

SQUARE = (0.1, 0.1)


def wedge(shape, spacing, axis, thick_mm, opening=0.0, shift_mm=0.0):
    """A mask between two straight lines that open by `opening` degrees along an axis through the
    middle of the picture, and a function pixel points -> true thickness in mm.
    """
    (rows, cols), (row_mm, col_mm) = shape, spacing
    cos, sin = math.cos(math.radians(axis)), math.sin(math.radians(axis))

    def along(x, y):
        return (x - (cols - 1) / 2) * col_mm * cos + (y - (rows - 1) / 2) * row_mm * sin

    def thick(x, y):
        return thick_mm + 2 * along(x, y) * math.tan(math.radians(opening / 2))

    y, x = np.mgrid[:rows, :cols].astype(float)
    across = (y - (rows - 1) / 2) * row_mm * cos - (x - (cols - 1) / 2) * col_mm * sin
    return (np.abs(across - shift_mm) <= thick(x, y) / 2).astype(np.uint8), thick


def turned(angle):
    return (angle + 90) % 180 - 90


@pytest.mark.slow
@settings(max_examples=trials(here=20, nightly=60), deadline=None)
@given(
    axis=st.floats(-90, 90),
    opening=st.floats(-12, 12),
    share=st.floats(0.16, 0.3),
    ratio=st.floats(-1.1, 1.1),
    shape=st.tuples(st.integers(150, 300), st.integers(150, 300)),
    shift=st.floats(-0.5, 0.5),
)
def test_a_wedge_at_any_rotation_and_any_spacing(axis, opening, share, ratio, shape, shift):
    spacing = (0.12, 0.12 * math.exp(ratio))
    pixel = max(spacing)
    thick = share * min(shape[0] * spacing[0], shape[1] * spacing[1])
    mask, true = wedge(shape, spacing, axis, thick, opening, shift * pixel)
    found = muscle.thickness(mask, spacing)
    truth = true(*((found.superficial + found.deep) / 2).T)
    straight = min(abs(turned(axis)), 90 - abs(turned(axis))) < 3 + abs(opening) / 2
    assert abs(found.mean_mm - truth.mean()) <= (1.0 if straight else 0.25) * pixel
    assert np.abs(found.profile_mm - truth).max() <= 2 * pixel
    lean = turned(found.axis_deg - axis)
    slack = max(0.25, math.degrees(3 * pixel / found.seen_mm) if straight else 0)
    near_upright = 90 - abs(turned(axis)) < 0.5  # there the two ends may change names
    sign = 1 if abs(found.axis_deg - turned(axis)) < 90 else -1
    assert abs(lean) < slack
    if not near_upright:
        assert abs(found.angle_deg - sign * opening) < slack
    assert found.mean_mm == pytest.approx(found.profile_mm.mean())


def test_a_band_on_whole_pixels_is_exact():
    mask = np.zeros((100, 160), np.uint8)
    mask[30:70] = 1
    found = muscle.thickness(mask, (0.2, 0.1))
    assert found.mean_mm == pytest.approx(8.0, abs=1e-3)
    assert found.angle_deg == pytest.approx(0, abs=1e-3)
    assert found.axis_deg == pytest.approx(0, abs=1e-3)
    assert found.seen_mm == pytest.approx(16, abs=1.5)
    # The border runs between the last pixel inside and the first one outside.
    assert np.allclose(found.superficial[:, 1], 29.5, atol=0.02)
    assert np.allclose(found.deep[:, 1], 69.5, atol=0.02)


def test_the_sign_of_the_angle_and_the_names_of_the_borders():
    mask, _ = wedge((200, 300), SQUARE, 0, 8, opening=10)
    right, left = muscle.thickness(mask, SQUARE), muscle.thickness(mask[:, ::-1], SQUARE)
    assert right.angle_deg == pytest.approx(10, abs=0.1)
    assert left.angle_deg == pytest.approx(-10, abs=0.1)
    assert right.profile_mm[-1] > right.profile_mm[0]
    assert (right.superficial[:, 1] < right.deep[:, 1]).all()
    assert (np.diff(right.superficial[:, 0]) > 0).all()


def test_perpendicular_to_the_axis_and_not_to_the_screen():
    mask, _ = wedge((300, 400), SQUARE, 25, 8)
    upright = mask.sum(axis=0)[100:300].mean() * 0.1
    assert upright == pytest.approx(8 / math.cos(math.radians(25)), abs=0.05)
    assert muscle.thickness(mask, SQUARE).mean_mm == pytest.approx(8, abs=0.015)


@pytest.mark.parametrize("axis", [-25, -10, 0, 15, 28])
def test_cut_sides_do_not_bias_the_mean(axis):
    """A scan that ends inside the picture cuts the muscle upright, whatever its axis."""
    mask, _ = wedge((240, 400), SQUARE, axis, 7)
    mask[:, :90], mask[:, 310:] = 0, 0
    found = muscle.thickness(mask, SQUARE)
    assert found.mean_mm == pytest.approx(7, abs=0.1 if axis == 0 else 0.02)
    ends = np.concatenate([found.superficial[:, 0], found.deep[:, 0]])
    assert ends.min() > 89 and ends.max() < 311


def test_the_stretch_beyond_the_edge_of_the_picture_is_left_out():
    """The deep border leaves the picture on the right: that part has no thickness."""
    mask, true = wedge((160, 300), SQUARE, 12, 6, shift_mm=3)
    found = muscle.thickness(mask, SQUARE)
    assert found.deep[:, 1].max() < 159 and found.seen_mm < 25
    assert found.mean_mm == pytest.approx(6, abs=0.02)


def test_a_thick_muscle_in_a_narrow_picture_is_not_an_upright_one():
    mask = np.zeros((400, 300), np.uint8)
    mask[70:330, 70:220] = 1  # 260 pixels thick, 150 wide, cut off at both sides
    found = muscle.thickness(mask, SQUARE)
    assert found.mean_mm == pytest.approx(26, abs=0.01) and abs(found.axis_deg) < 0.1


def test_the_spacing_belongs_to_the_grid():
    mask, _ = wedge((240, 300), SQUARE, 8, 8, opening=4)
    whole = muscle.thickness(mask, SQUARE)
    small = enhance.resize_mask(mask, 128)
    resized = muscle.thickness(small, (0.1 * 240 / 128, 0.1 * 300 / 128))
    assert resized.mean_mm == pytest.approx(whole.mean_mm, abs=0.1)
    doubled = muscle.thickness(mask, (0.2, 0.2))
    assert doubled.mean_mm == pytest.approx(2 * whole.mean_mm)
    assert doubled.angle_deg == pytest.approx(whole.angle_deg)


def test_holes_do_not_count_and_specks_are_left_out_with_a_warning():
    mask, _ = wedge((200, 300), SQUARE, 5, 8)
    clean = muscle.thickness(mask, SQUARE)
    mask[90:110, 140:160] = 0
    assert muscle.thickness(mask, SQUARE).mean_mm == pytest.approx(clean.mean_mm)
    mask[5:15, 100:150] = 1
    with pytest.warns(CourseWarning, match="2 separate pieces; only the largest, 9"):
        found = muscle.thickness(mask, SQUARE)
    assert found.mean_mm == pytest.approx(clean.mean_mm) and found.pieces == 2
    assert clean.pieces == 1


def test_a_bitten_border_is_skipped():
    """A notch with steep sides and a bump: the profile goes on beside them."""
    mask, _ = wedge((200, 400), SQUARE, 0, 8)
    whole = muscle.thickness(mask, SQUARE)
    mask[:100, 200:203] = 0
    assert muscle.thickness(mask, SQUARE).mean_mm == pytest.approx(whole.mean_mm, abs=0.2)


def test_lines_to_draw():
    mask, _ = wedge((200, 300), (0.1, 0.2), 10, 8)
    found = muscle.thickness(mask, (0.1, 0.2))
    lines = found.lines(5)
    assert lines.shape == (5, 2, 2)
    lengths = np.hypot(*((lines[:, 1] - lines[:, 0]) * [0.2, 0.1]).T)
    assert np.allclose(lengths, 8, atol=0.1)
    assert "8.0 mm" in str(found) and "profile" not in repr(found)
    assert found.position_mm[0] == 0 and len(found.position_mm) == len(found.profile_mm)


@pytest.mark.parametrize("spacing", [None, (0.1,), (0.1, 0), (float("nan"),) * 2, "ab", 0.1])
def test_without_millimetres_there_is_no_thickness(spacing):
    mask, _ = wedge((100, 100), SQUARE, 0, 4)
    with pytest.raises(CalibrationError, match="spacing"):
        muscle.thickness(mask, spacing)


@pytest.mark.parametrize(
    "mask, words",
    [
        (np.zeros((60, 60), np.uint8), "empty"),
        (np.full((60, 60), 255, np.uint8), "127"),
        (np.full((60, 60), 2, np.uint8), "one structure"),
        (np.ones((60, 60), np.uint8), "both borders"),
        (np.pad(np.ones((3, 3), np.uint8), 20), "both borders"),
        (np.pad(np.ones((1, 1), np.uint8), 20), "both borders"),
        (np.pad(np.ones((3, 60), np.uint8), 20), "too thin"),
        (np.ones((1, 1), np.uint8), "both borders"),
        (np.pad(np.ones((60, 10), np.uint8), ((0, 0), (9, 9))), None),
        (np.zeros((60, 60, 3), np.uint8), "shape"),
        (None, "numbers"),
        ("mask.png", "load.mask"),
    ],
)
def test_masks_that_cannot_be_measured(mask, words):
    if words is None:  # an upright band between the upper and lower edge of the picture: measured
        assert muscle.thickness(mask, SQUARE).mean_mm == pytest.approx(1.0, abs=0.01)
        return
    with pytest.raises(DataError, match=words):
        muscle.thickness(mask, SQUARE)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 40), st.floats(0.05, 0.95))
def test_random_pixels_are_measured_or_refused(seed, rows, cols, share):
    mask = (np.random.default_rng(seed).random((rows, cols)) < share).astype(np.uint8)
    try:
        with warnings.catch_warnings(), np.errstate(divide="raise", invalid="raise", over="raise"):
            warnings.simplefilter("ignore", CourseWarning)
            found = muscle.thickness(mask, SQUARE)
    except CourseError:
        return
    assert 0 < found.mean_mm < 10 and np.isfinite(found.profile_mm).all()


@pytest.mark.slow
@pytest.mark.parametrize("name, count", [("muscle_general", 88), ("muscle_hires", 30)])
def test_the_exact_truth_of_the_samples(name, count):
    table = samples.table(name)
    table = table[~table["empty"]]
    error = []
    for row in table.itertuples():
        mask = load.mask(samples.folder(name) / row.mask)
        error.append(muscle.thickness(mask, (row.row_mm, row.col_mm)).mean_mm - row.thickness_mm)
    assert len(error) == count
    assert abs(np.mean(error)) < 0.05 and np.std(error) < 0.08 and np.abs(error).max() < 0.3
