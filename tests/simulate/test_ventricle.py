"""The heart's closed forms: volumes against counting voxels, an incompressible wall, EF, timing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.simulate import ventricle as heart

SHAPE = heart.Shape(0.92, 0.62, 2.3, 3.0, (0.12, 0.4), (0.12, 1.0))
HEART = heart.Heart(130.0, 55.0, 72.0, shape=SHAPE)
TIMES = np.linspace(0.0, 60.0 / 72.0, 41)


def voxels(wide=1.6, high=0.3):
    """Places of a fine grid around the heart, and the volume of one cell in mL."""
    line = np.arange(-42.0, 42.0, wide)
    along = np.arange(-70.0, 112.0, high) + 0.07
    return np.stack(np.meshgrid(line, line, along, indexing="ij")), wide**2 * high / 1000.0


def test_whole_and_half_ellipsoid_are_special_cases():
    whole = heart.truncated_volume(20.0, 30.0, 40.0, 40.0)
    assert whole == pytest.approx(4.0 / 3.0 * math.pi * 20 * 30 * 40 / 1000.0)
    assert heart.truncated_volume(20.0, 30.0, 40.0, 0.0) == pytest.approx(whole / 2.0)


@pytest.mark.parametrize("power", [2.0, 2.6])
def test_formula_is_the_integral_of_its_cross_sections(power):
    z = np.linspace(-25.0, 50.0, 200_001)
    area = math.pi * 21.0 * 24.0 * (1.0 - np.abs(z / 50.0) ** power)
    wanted = np.trapezoid(area, z) / 1000.0
    assert heart.truncated_volume(21.0, 24.0, 50.0, 25.0, power) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("time", [0.0, 0.31])
def test_counted_voxels_give_the_volumes_of_cavity_wall_and_atrium(time):
    places, size = voxels()
    ventricle, atrium = HEART.ventricle(time), HEART.atrium(time)
    cavity = ventricle.inside(places)
    counted = cavity.sum() * size
    assert counted == pytest.approx(HEART.volume(time), rel=0.006)
    whole = ventricle.inside(places, 1.0).sum() * size
    assert whole - counted == pytest.approx(ventricle.wall_ml, rel=0.01)
    counted = atrium.inside(places).sum() * size
    assert counted == pytest.approx(atrium.volume_ml, rel=0.01)
    assert not (cavity & atrium.inside(places)).any()


def test_the_chamber_has_the_volume_of_the_curve_at_every_moment():
    for time in TIMES:
        assert HEART.ventricle(time).volume_ml == pytest.approx(HEART.volume(time), rel=1e-7)


def test_the_wall_keeps_its_volume_and_thickens():
    walls = [HEART.ventricle(time) for time in TIMES]
    assert np.ptp([chamber.wall_ml for chamber in walls]) < 1e-6
    assert max(chamber.wall for chamber in walls) > 1.25 * HEART.wall_mm
    assert np.argmax([chamber.wall for chamber in walls]) == np.argmin(
        [chamber.volume_ml for chamber in walls]
    )


def test_ejection_fraction_and_curve():
    volumes = np.array([HEART.volume(time) for time in TIMES])
    assert HEART.ef == pytest.approx(100 * (130 - 55) / 130)
    assert volumes.max() == pytest.approx(130.0) and volumes.min() == pytest.approx(55.0, rel=1e-3)
    end = TIMES[np.argmin(volumes)] / TIMES[-1]
    assert 0.28 < end < 0.48  # systole is about a third of the beat
    falling = np.diff(volumes)[: np.argmin(volumes)]
    rising = np.diff(volumes)[np.argmin(volumes) :]
    assert np.all(falling <= 1e-9) and np.all(rising >= -1e-9)
    half = np.interp(0.5, [0, 1], [TIMES[np.argmin(volumes)], TIMES[-1]])
    assert HEART.volume(half) > 55 + 0.6 * 75  # most of the filling is early


def test_the_mitral_plane_moves_towards_the_apex_and_the_atrium_fills_meanwhile():
    end = TIMES[np.argmin([HEART.volume(time) for time in TIMES])]
    assert HEART.ventricle(end).plane == pytest.approx(HEART.mapse_mm, rel=0.01)
    assert HEART.atrium(end).volume_ml > 1.5 * HEART.atrium(0.0).volume_ml
    assert HEART.atrium(end).volume_ml == pytest.approx(HEART.atrium_ml, rel=0.01)
    assert HEART.atrium(end).plane == HEART.ventricle(end).plane


def test_the_valve_is_shut_in_systole_and_open_in_early_filling():
    assert HEART.opening(0.1) == 0.0 and HEART.opening(0.25) == 0.0
    assert max(HEART.opening(time) for time in TIMES) > 0.9


def test_material_points_stay_where_their_level_says():
    rng = np.random.default_rng(1)
    angle, along = rng.uniform(0, 6.28, 500), rng.uniform(0.02, 0.98, 500)
    for time in (0.0, 0.3):
        chamber = HEART.ventricle(time)
        assert chamber.inside(chamber.place(np.full(500, -0.02), angle, along)).all()
        middle = chamber.place(np.full(500, 0.5), angle, along)
        assert chamber.inside(middle, 1.0).all() and not chamber.inside(middle).any()


def test_irregular_beats_have_their_own_volumes_and_length():
    beats = ((0.6, 120.0, 70.0), (1.0, 130.0, 65.0), (0.7, 126.0, 72.0))
    made = replace(HEART, beats=beats, kick=False)
    starts = np.cumsum([0.0, 0.6, 1.0])
    for start, (rr, edv, esv) in zip(starts, beats, strict=True):
        inside = [made.volume(start + share * rr) for share in np.linspace(0, 0.999, 200)]
        assert inside[0] == pytest.approx(edv) and min(inside) == pytest.approx(esv, rel=1e-3)
    assert made.volume(2.3) == pytest.approx(made.volume(0.0))


def test_a_plane_through_the_axis_shows_all_labels_and_the_formulas_area():
    plain = replace(HEART, shape=heart.Shape(1.0, 0.6, 2.0))
    view = heart.View("A4C", apex_mm=(0.0, 30.0), reach_mm=plain.length_mm)
    x_mm, z_mm = np.arange(-60.0, 60.0, 0.25), np.arange(0.0, 180.0, 0.25)
    labels = heart.cut(plain, view, 0.0, x_mm, z_mm)
    assert set(np.unique(labels)) == {0, 1, 2, 3}
    chamber = plain.ventricle(0.0)
    z = np.linspace(-chamber.h, chamber.c, 20_001)
    area = np.trapezoid(2.0 * chamber.a * np.sqrt(1.0 - (z / chamber.c) ** 2), z)
    assert (labels == heart.CAVITY).sum() * 0.25**2 == pytest.approx(area, rel=0.003)
    rows = np.flatnonzero((labels == heart.CAVITY).any(axis=1))
    assert z_mm[rows[0]] == pytest.approx(30.0, abs=0.3)
    assert z_mm[rows[-1]] == pytest.approx(30.0 + plain.length_mm, abs=0.3)


@pytest.mark.slow
def test_a_tilted_plane_is_foreshortened():
    straight = heart.View("A4C", reach_mm=88.0)
    tilted = heart.View("A4C", tilt_deg=18.0, reach_mm=62.0)
    lengths = [
        np.hypot(*np.subtract(*heart.tracing(HEART, view, 0.0)[0])) for view in (straight, tilted)
    ]
    assert lengths[0] == pytest.approx(88.0, abs=1.5) and lengths[1] < 0.8 * lengths[0]


def test_screen_and_heart_coordinates_go_both_ways():
    view = heart.View("A2C", 84.0, 5.0, 3.0, -7.0, (2.0, 27.0), 90.0)
    x_mm, z_mm = np.array([-20.0, 0.0, 31.0]), np.array([10.0, 80.0, 140.0])
    back = view.to_screen(view.to_heart(x_mm, z_mm))
    assert np.allclose(back[0], x_mm) and np.allclose(back[1], z_mm) and np.allclose(back[2], 0)
    axes = np.stack(view.axes())
    assert np.allclose(axes @ axes.T, np.eye(3))


def test_tracing_starts_at_the_apex_and_its_discs_give_the_volume():
    shown = []
    for name, angle in (("A4C", 0.0), ("A2C", 90.0)):
        axis, chords = heart.tracing(HEART, heart.View(name, angle, reach_mm=88.0), 0.0)
        assert axis[0, 1] < axis[1, 1] and chords.shape == (20, 2, 2)
        assert np.all(chords[:, 0, 0] < chords[:, 1, 0])
        shown.append((np.hypot(*(axis[1] - axis[0])), np.hypot(*(chords[:, 1] - chords[:, 0]).T)))
    (four, a), (two, b) = shown
    volume = math.pi / 4.0 * np.sum(a * b) * max(four, two) / 20.0 / 1000.0
    assert volume == pytest.approx(130.0, rel=0.02)


def test_impossible_hearts_are_refused():
    with pytest.raises(DataError, match="ESV"):
        heart.Heart(50.0, 60.0)
    with pytest.raises(DataError, match="wall_mm"):
        heart.Heart(wall_mm=0.0)
    with pytest.raises(DataError, match="misses"):
        heart.tracing(HEART, heart.View(offset_mm=60.0), 0.0)
