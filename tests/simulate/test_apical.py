"""Imaging a heart: speckle travels with the wall, masks are the geometry, pixels have their
millimetres.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from course_utils.simulate import apical, physics, ventricle

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

HEART = ventricle.Heart(120.0, 60.0, 70.0)
VIEW = ventricle.View("A4C", lean_deg=-3.0, apex_mm=(0.0, 28.0), reach_mm=HEART.length_mm)
MACHINE = apical.Machine(depth_mm=155.0, drift_mm=0.0)


@pytest.fixture(scope="module")
def short_film():
    return apical.film(HEART, VIEW, MACHINE, [0.0, 0.31], 5)


def test_labels_are_the_cut_inside_the_sector(short_film):
    x_mm, z_mm, spacing = MACHINE.grid()
    assert short_film.spacing == spacing
    assert np.diff(x_mm) == pytest.approx(spacing[1]) and np.diff(z_mm) == pytest.approx(spacing[0])
    wanted = ventricle.cut(HEART, VIEW, 0.31, x_mm, z_mm)
    assert np.array_equal(short_film.labels[1], np.where(MACHINE.inside(), wanted, 0))
    assert short_film.frames.shape == (2, 112, 112) and short_film.frames.dtype == np.uint8


def test_the_picture_fills_the_square_and_is_black_outside(short_film):
    picture = short_film.frames[0]
    outside = ~np.pad(MACHINE.inside(), 1)[1:-1]
    grown = MACHINE.inside()
    grown = grown | np.roll(grown, 1, 0) | np.roll(grown, -1, 0)
    grown = grown | np.roll(grown, 1, 1) | np.roll(grown, -1, 1)
    assert picture[~grown].max() == 0 and outside.any()
    columns = np.flatnonzero(MACHINE.inside().any(axis=0))
    assert columns[0] <= 1 and columns[-1] >= 110
    row_mm, col_mm = MACHINE.grid()[2]
    assert MACHINE.rows * row_mm == pytest.approx(MACHINE.depth_mm, rel=0.01)
    wide = 2 * MACHINE.depth_mm * math.sin(math.radians(37.5))
    assert 112 * col_mm == pytest.approx(wide, rel=0.01)


def test_walls_are_bright_and_the_cavity_is_dark_but_not_black(short_film):
    for picture, labels in zip(short_film.frames, short_film.labels, strict=True):
        wall, cavity = (
            picture[labels == label].astype(float).mean()
            for label in (ventricle.MYOCARDIUM, ventricle.CAVITY)
        )
        assert wall > 1.4 * cavity and cavity > 8


def test_speckle_gets_coarser_with_depth():
    """The lateral correlation length of the finished picture's source grows with depth, as the
    beam does.
    """
    probe = MACHINE.probe
    echo = physics.echo(physics.speckle(probe, 3), probe)
    wide = []
    for depth in (40.0, 140.0):
        row = int(depth / probe.depths[1])
        block = echo[row - 60 : row + 60]
        power = np.sum(np.abs(block) ** 2)
        lag = [abs(np.sum(block[:, k:] * np.conj(block[:, : 128 - k]))) / power for k in range(9)]
        pitch = math.radians(probe.width / 127) * depth
        wide.append(np.interp(-0.5, -np.array(lag), np.arange(9)) * pitch)
    assert wide[1] > 1.8 * wide[0]


def test_discs_on_the_exact_masks_give_the_volume():
    """Two planes at right angles, pixels of 1.5 mm, plain counting of rows: within 3 % of the
    truth.
    """
    x_mm, z_mm, (row_mm, col_mm) = MACHINE.grid()
    for time in (0.0, 0.31):
        widths = []
        for angle in (0.0, 90.0):
            view = replace(VIEW, angle_deg=angle, lean_deg=0.0)
            cavity = ventricle.cut(HEART, view, time, x_mm, z_mm) == ventricle.CAVITY
            widths.append(cavity.sum(axis=1) * col_mm)
        volume = math.pi / 4.0 * np.sum(widths[0] * widths[1]) * row_mm / 1000.0
        assert volume == pytest.approx(HEART.volume(time), rel=0.03)


def test_lost_contact_darkens_one_side_only():
    loss = apical.contact(replace(MACHINE, lost=(0.6, 0.97), lost_db=30.0), MACHINE.probe, 3)
    plain = apical.contact(MACHINE, MACHINE.probe, 3)
    ratio = 20 * np.log10(loss / plain)[0]
    assert ratio[:60].min() > -1.5 and ratio[95:110].max() < -25.0
    assert plain.max() <= 1.0


def test_breathing_moves_picture_and_labels_alike():
    machine = replace(MACHINE, drift_mm=6.0)
    made = apical.film(HEART, VIEW, machine, [0.0], 5)
    away = apical.drift(machine, 0.0, 5)
    x_mm, z_mm, _ = machine.grid()
    wanted = ventricle.cut(HEART, VIEW, 0.0, x_mm - away[0], z_mm - away[1])
    assert np.array_equal(made.labels[0], np.where(machine.inside(), wanted, 0))
    assert abs(away[1]) <= 6.0
