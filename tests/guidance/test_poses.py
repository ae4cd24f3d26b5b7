"""The quality of a view against its closed forms, against a tracing, and against counted points."""

import math

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.guidance import chests, poses
from course_utils.simulate import ventricle

USUAL = ventricle.Heart()


@pytest.mark.parametrize(
    ("degrees", "left"), [(5, 0.973), (10, 0.902), (15, 0.807), (20, 0.709), (30, 0.542)]
)
def test_a_tilt_about_the_ring_leaves_what_the_formula_says(degrees, left):
    b, c, h = (getattr(USUAL.ventricle(0.0), name) for name in "bch")
    turn = math.radians(degrees)
    a_term = math.sin(turn) ** 2 / b**2 + math.cos(turn) ** 2 / c**2
    b_term = h * math.cos(turn) / c**2
    wanted = (b_term + math.sqrt(b_term**2 - a_term * (h**2 / c**2 - 1))) / a_term / (c + h)
    found = poses.length_shown(turn, 0.0, USUAL.ventricle(0.0))
    assert found == pytest.approx(wanted, abs=1e-12) and found == pytest.approx(left, abs=6e-4)


@pytest.mark.parametrize(("offset", "left"), [(5, 0.986), (10, 0.944), (18, 0.791)])
def test_an_offset_leaves_what_the_formula_says(offset, left):
    b, c, h = (getattr(USUAL.ventricle(0.0), name) for name in "bch")
    wanted = (h + c * math.sqrt(1 - offset**2 / b**2)) / (c + h)
    found = poses.length_shown(0.0, offset, USUAL.ventricle(0.0))
    assert found == pytest.approx(wanted, abs=1e-12) and found == pytest.approx(left, abs=6e-4)


def test_a_plane_beside_the_ring_shows_less_than_the_formula_of_an_offset():
    b, c, h = (getattr(USUAL.ventricle(0.0), name) for name in "bch")
    axis, _ = ventricle.tracing(USUAL, ventricle.View(offset_mm=21.0), 0.0)
    found = poses.length_shown(0.0, 21.0, USUAL.ventricle(0.0))
    assert found == pytest.approx(np.hypot(*(axis[0] - axis[1])) / (c + h), abs=0.01)
    assert found < (h + c * math.sqrt(1 - 21.0**2 / b**2)) / (c + h) - 0.01


@pytest.mark.parametrize(
    ("slide", "tilt"), [(0, 0), (8, 0), (-12, 4), (20, -11), (-23, 9), (5, -5), (3, 1.5)]
)
@pytest.mark.parametrize("number", [None, 5])
def test_a_tracing_of_the_same_plane_has_the_same_length(slide, tilt, number):
    heart = USUAL if number is None else chests.patient(number).heart
    view = poses.Pose(slide, tilt).view(heart)
    axis, _ = ventricle.tracing(heart, view, 0.0)
    traced = np.hypot(*(axis[0] - axis[1])) / heart.ventricle(0.0).length
    formula = poses.length_shown(math.radians(view.tilt_deg), view.offset_mm, heart.ventricle(0.0))
    assert formula == pytest.approx(traced, abs=0.01)


@pytest.mark.parametrize(("slide", "tilt"), [(6, 0), (-9, 3), (14, -5), (0, 0)])
def test_the_ring_is_as_wide_as_counted_points_say(slide, tilt):
    chamber, view = USUAL.ventricle(0.0), poses.Pose(slide, tilt).view(USUAL)
    u = np.arange(-40.0, 40.0, 0.01)
    off = view.offset_mm / math.cos(math.radians(view.tilt_deg))
    inside = chamber.inside(np.stack([u, np.full_like(u, off), np.full_like(u, 1e-9)]))
    whole = chamber.inside(np.stack([u, np.zeros_like(u), np.full_like(u, 1e-9)]))
    found = poses.ring_shown(math.radians(view.tilt_deg), view.offset_mm, chamber)
    assert found == pytest.approx(inside.sum() / whole.sum(), abs=0.01)


def test_quality_is_one_at_the_best_place_even_and_falls_away_from_it():
    slides, tilts = np.meshgrid(np.linspace(-24, 24, 25), np.linspace(-12, 12, 25))
    found = poses.quality(slides, tilts, USUAL)
    assert poses.quality(0, 0, USUAL) == pytest.approx(1.0)
    assert found.max() <= 1 + 1e-12 and found.min() >= 0
    assert np.allclose(found, poses.quality(-slides, -tilts, USUAL))
    along = poses.quality(np.arange(0, 20.0), 0.0, USUAL)
    assert (np.diff(along) < 0).all()
    assert poses.quality(60, 0, USUAL) == 0


def test_a_slide_can_be_half_repaired_by_a_tilt():
    high = poses.height_mm(USUAL)
    back = -math.degrees(math.atan(20 / high))
    assert poses.quality(20, back, USUAL) > poses.quality(20, 0, USUAL) + 0.5
    assert poses.quality(20, back, USUAL) < 0.95  # the apex is cut off: a foreshortened view


def test_the_probe_of_a_pose_stands_on_the_skin():
    for slide, tilt in ((0, 0), (12, -7), (-20, 10)):
        probe = poses.Pose(slide, tilt).view(USUAL).probe()
        assert probe[1] == pytest.approx(slide) and probe[2] == pytest.approx(
            poses.height_mm(USUAL)
        )


@pytest.mark.parametrize(
    ("slide", "tilt", "good", "said"),
    [
        (12, 2, False, "slide towards the feet"),
        (-12, 2, False, "slide towards the head"),
        (2, 9, False, "tilt towards the feet"),
        (2, -9, False, "tilt towards the head"),
        (2, -9, True, "hold"),
    ],
)
def test_advice_names_the_larger_error_and_the_way_back(slide, tilt, good, said):
    assert poses.advice(slide, tilt, good) == said


@pytest.mark.parametrize(("slide", "tilt"), [(61, 0), (0, 46), (float("nan"), 0), ("5", 0)])
def test_a_pose_off_the_chest_is_refused(slide, tilt):
    with pytest.raises(DataError, match="must be a number"):
        poses.Pose(slide, tilt)
