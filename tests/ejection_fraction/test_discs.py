"""Volumes against closed forms: ellipsoids, cut ellipsoids, any rotation, any pixel."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.core.errors import CalibrationError, CourseError, CourseWarning, DataError
from course_utils.ejection_fraction import discs


def cut_ellipse(shape, spacing, long_mm, wide_mm, cut=1.0, angle=90.0, slant=0.0, shift=(0.0, 0.0)):
    """A mask of an ellipse with half axes long_mm and wide_mm whose apex points to `angle` degrees
    (90: down the screen) and that is cut off at -cut * long_mm, as a mitral plane would.
    """
    rows, cols = shape
    y, x = np.mgrid[:rows, :cols].astype(float)
    x = (x - (cols - 1) / 2 - shift[0]) * spacing[1]
    y = (y - (rows - 1) / 2 - shift[1]) * spacing[0]
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    along, across = x * cos + y * sin, y * cos - x * sin
    inside = (along / long_mm) ** 2 + (across / wide_mm) ** 2 <= 1
    plane = -cut * long_mm + math.tan(math.radians(slant)) * across
    return (inside & (along >= plane)).astype(np.uint8)


def cut_volume(long_mm, wide_mm, cut, other_mm=None):
    """The volume in mL of that ellipsoid, turned about its long axis (or a third half axis)."""
    other_mm = wide_mm if other_mm is None else other_mm
    height = long_mm * (1 + cut) - long_mm * (1 + cut**3) / 3
    return math.pi * wide_mm * other_mm * height / 1000


@pytest.mark.parametrize("n", [10, 20, 40])
def test_midpoint_discs_of_an_ellipsoid_are_too_large_by_one_over_two_n_squared(n):
    middle = (np.arange(n) + 0.5) / n * 2 - 1
    first, second = 2 * 25 * np.sqrt(1 - middle**2), 2 * 22 * np.sqrt(1 - middle**2)
    exact = 4 / 3 * math.pi * 45 * 25 * 22
    assert discs.volume(first, second, 90) / exact - 1 == pytest.approx(1 / (2 * n**2), rel=1e-9)


def test_area_length_is_exact_for_an_ellipsoid_of_revolution():
    exact = 4 / 3 * math.pi * 45 * 25**2
    assert discs.area_length(math.pi * 45 * 25, 90) == pytest.approx(exact, rel=1e-12)


def test_a_smooth_outline_gives_the_closed_form_without_any_pixels():
    angle = np.linspace(0, 2 * math.pi, 4001)
    ellipse = np.column_stack([50 + 20 * np.cos(angle), 60 + 40 * np.sin(angle)])
    cut = discs.from_outline(ellipse, landmarks=[(49.9, 20), (50.1, 20), (50, 100)])
    exact = 4 / 3 * math.pi * 40 * 20**2
    assert cut.cube / exact - 1 == pytest.approx(0.00125, abs=2e-5)
    assert cut.axis.length == pytest.approx(80, abs=1e-9)


def test_a_polygon_has_exact_diameters():
    triangle = [(0, 100), (60, 100), (30, 0)]
    cut = discs.from_outline(triangle, n=10, landmarks=[(0, 100), (60, 100), (30, 0)])
    assert cut.diameters == pytest.approx(60 * (np.arange(10) + 0.5) / 10)
    assert cut.chords[-1] == pytest.approx(np.array([[1.5, 95], [58.5, 95]]))
    assert cut.height == pytest.approx(10)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    angle=st.floats(0, 360),
    cut=st.floats(0.35, 0.85),
    slim=st.floats(1.25, 2.3),
    row=st.floats(0.7, 1.3),
    col=st.floats(0.7, 1.3),
    slant=st.floats(-6, 6),
    shift=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
)
def test_a_cut_ellipsoid_at_any_rotation_with_any_pixel(angle, cut, slim, row, col, slant, shift):
    spacing, long_mm = (row, col), 36.0
    wide_mm = long_mm * (1 + cut) / 2 / slim
    shape = (round(110 / row), round(110 / col))
    mask = cut_ellipse(shape, spacing, long_mm, wide_mm, cut, angle, slant, shift)
    axis = discs.long_axis(mask, spacing)
    assert axis.length == pytest.approx(long_mm * (1 + cut), rel=0.015)
    middle = np.array([(shape[1] - 1) / 2 + shift[0], (shape[0] - 1) / 2 + shift[1]])
    ray = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    base = (np.array(axis.base) - middle) * (col, row)
    assert np.hypot(*(base + cut * long_mm * ray)) < 3.0
    assert discs.single_plane_volume(mask, spacing) == pytest.approx(
        cut_volume(long_mm, wide_mm, cut), rel=0.045
    )


def test_the_mean_volume_over_rotations_is_right():
    pixel = (0.8, 0.8)
    found = [
        discs.single_plane_volume(cut_ellipse((130, 130), pixel, 40, 22, 0.6, angle), pixel)
        for angle in range(0, 360, 24)
    ]
    exact = cut_volume(40, 22, 0.6)
    assert np.mean(found) == pytest.approx(exact, rel=0.006)
    assert np.std(found) < 0.012 * exact


@pytest.mark.parametrize("angle", [90, -90, 0, 180, 37])
def test_left_and_right_are_as_seen_with_the_apex_up(angle):
    axis = discs.long_axis(cut_ellipse((120, 120), (1, 1), 40, 22, 0.6, angle))
    apex, base, left, right = (
        np.array(getattr(axis, name)) for name in ("apex", "base", "annulus_left", "annulus_right")
    )
    up = apex - base
    to_the_right = np.array([-up[1], up[0]])  # a quarter turn clockwise on the screen
    assert (right - left) @ to_the_right > 0.95 * np.hypot(*(right - left)) * np.hypot(*up)
    chords = discs.measure(cut_ellipse((120, 120), (1, 1), 40, 22, 0.6, angle)).chords
    assert ((chords[:, 1] - chords[:, 0]) @ to_the_right > 0).all()


def test_a_biplane_of_an_ellipsoid_with_three_axes():
    four = cut_ellipse((130, 130), (0.8, 0.8), 40, 24, 0.6, -90)
    two = cut_ellipse((140, 120), (0.75, 0.9), 40, 20, 0.6, -80)
    found = discs.biplane_volume(four, two, (0.8, 0.8), (0.75, 0.9))
    assert found == pytest.approx(cut_volume(40, 24, 0.6, 20), rel=0.02)


def test_area_length_of_a_mask_of_a_whole_ellipse():
    mask = cut_ellipse((130, 130), (0.8, 0.8), 44, 22, 1.0, 60)
    exact = 4 / 3 * math.pi * 44 * 22**2 / 1000
    assert discs.area_length_volume(mask, (0.8, 0.8)) == pytest.approx(exact, rel=0.02)


@pytest.mark.slow
@given(scale=st.floats(0.2, 5), thicker=st.floats(0.8, 1.25))
@settings(max_examples=8, deadline=None)
def test_ef_does_not_depend_on_pixel_size_or_a_common_scale(scale, thicker):
    ed, es = (cut_ellipse((112, 112), (1, 1), *half, 0.6, -80) for half in ((40, 22), (36, 16)))
    plain = discs.ef_from_masks(ed, es)
    assert discs.ef_from_masks(ed, es, spacing_4ch=(scale, scale)) == pytest.approx(plain, abs=1e-6)
    volumes = [thicker**2 * discs.single_plane_volume(mask, (1, 1)) for mask in (ed, es)]
    assert discs.ejection_fraction(*volumes) == pytest.approx(plain, abs=1e-9)
    exact = 100 * (1 - 36 * 16**2 / (40 * 22**2))
    assert plain == pytest.approx(exact, abs=1.0)


def test_the_axes_of_two_views_are_compared():
    long_view, short_view = (
        discs.measure(cut_ellipse((130, 130), (1, 1), length, 20, 0.6), (1, 1))
        for length in (45, 38)
    )
    with pytest.warns(CourseWarning, match="differ by 1[56]%"):
        found = discs.biplane(long_view, short_view)
    assert found.length == long_view.axis.length and not found.flagged
    shorter = discs.measure(cut_ellipse((130, 130), (1, 1), 33, 20, 0.6), (1, 1))
    with pytest.warns(CourseWarning):
        assert discs.biplane(long_view, shorter).flagged
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not discs.biplane(long_view, long_view).flagged


def test_landmarks_are_taken_as_they_are():
    mask = cut_ellipse((120, 120), (1, 1), 40, 22, 0.6)
    cut = discs.measure(mask, landmarks=[(75, 40), (42, 40), (59, 98)])
    assert cut.axis.apex == (59, 98) and cut.axis.base == (58.5, 40)
    assert cut.axis.annulus_left == (75, 40)  # the apex points down, so left is turned round
    with pytest.raises(DataError, match="one line"):
        discs.measure(mask, landmarks=[(0, 0), (1, 1), (2, 2)])
    with pytest.raises(DataError, match="three points"):
        discs.measure(mask, landmarks=[(0, 0), (1, 1)])


def test_labels_are_never_summed_as_values():
    labels = cut_ellipse((120, 120), (1, 1), 40, 22, 0.6)
    labels[:20] = 3
    labels[:, :10] = 2
    with pytest.raises(DataError, match="mask == 1"):
        discs.single_plane_volume(labels, (1, 1))
    one = discs.single_plane_volume((labels == 1).astype(np.uint8), (1, 1))
    assert discs.single_plane_volume(labels, (1, 1), label=1) == one


def test_two_fragments_are_measured_as_one_and_said_so():
    mask = cut_ellipse((130, 130), (1, 1), 40, 22, 0.6)
    alone = discs.single_plane_volume(mask, (1, 1))
    mask[2:9, 2:9] = 1
    with pytest.warns(CourseWarning, match="2 separate pieces"):
        assert discs.single_plane_volume(mask, (1, 1)) == alone


def test_holes_do_not_count():
    mask = cut_ellipse((130, 130), (1, 1), 40, 22, 0.6)
    holed = mask.copy()
    holed[60:66, 60:66] = 0
    assert discs.single_plane_volume(holed, (1, 1)) == discs.single_plane_volume(mask, (1, 1))


GOOD = cut_ellipse((100, 100), (1, 1), 40, 22, 0.6)


@pytest.mark.parametrize(
    "call, kind, words",
    [
        (lambda: discs.single_plane_volume(GOOD, None), CalibrationError, "no volume in mL"),
        (lambda: discs.biplane_volume(GOOD, GOOD, (1, 1), None), CalibrationError, "mL"),
        (lambda: discs.area_length_volume(GOOD, (0, 1)), CalibrationError, "above 0"),
        (lambda: discs.long_axis(np.zeros((50, 50), np.uint8)), DataError, "empty"),
        (
            lambda: discs.long_axis(np.eye(50, dtype=np.uint8) * 0 + 2),
            DataError,
            "values from 2 to 2",
        ),
        (lambda: discs.long_axis(GOOD * 255), DataError, "0 to 255"),
        (lambda: discs.long_axis(GOOD * 0.4), DataError, "segment.mask"),
        (lambda: discs.long_axis("mask.png"), DataError, "load.mask"),
        (lambda: discs.long_axis(GOOD[None]), DataError, "rows, columns"),
        (lambda: discs.long_axis(np.pad(np.ones((3, 4), np.uint8), 9)), DataError, "12 pixels"),
        (lambda: discs.measure(GOOD, n=0), DataError, "from 2 to 1000"),
        (lambda: discs.measure(GOOD, n=2.5), DataError, "whole number"),
        (lambda: discs.volume([1, 2], [1], 3), DataError, "same number"),
        (lambda: discs.ejection_fraction(0, 1), DataError, "above 0"),
        (lambda: discs.ejection_fraction("x", 1), DataError, "end-diastolic"),
        (lambda: discs.area_length(1, 0), DataError, "cannot give"),
        (lambda: discs.ef_from_masks(GOOD, GOOD, GOOD), DataError, "both masks"),
        (
            lambda: discs.biplane(discs.measure(GOOD), discs.measure(GOOD, (1, 1))),
            DataError,
            "pixels",
        ),
    ],
)
def test_bad_input_gets_one_sentence(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_swapped_volumes_are_said():
    with pytest.warns(CourseWarning, match="larger than the end-diastolic"):
        assert discs.ejection_fraction(50, 100) == -100


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_any_blob_is_measured_or_refused_with_a_sentence(seed, share):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(3, 40, 2))
    mask = rng.random(shape) < share
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CourseWarning)
        try:
            cut = discs.measure(mask)
            assert np.isfinite(cut.cube) and cut.cube >= 0 and (cut.diameters >= 0).all()
        except CourseError as problem:
            assert str(problem).endswith(".")
