"""Imaging a heart: speckle travels with the wall, masks are the geometry, pixels have their
millimetres.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from course_utils.simulate import apical, physics, ventricle
from course_utils.simulate import chest as apical_tissue

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

HEART = ventricle.Heart(120.0, 60.0, 70.0)
VIEW = ventricle.View("A4C", lean_deg=-3.0, apex_mm=(0.0, 28.0), reach_mm=HEART.length_mm)
MACHINE = apical.Machine(depth_mm=155.0, drift_mm=0.0)


@pytest.fixture(scope="module")
def chest():
    return apical_tissue.Chest(HEART, VIEW, MACHINE.probe, 5)


@pytest.fixture(scope="module")
def short_film():
    return apical.film(HEART, VIEW, MACHINE, [0.0, 0.31], 5)


def shift(first, second, reach):
    """Whole-sample shift (rows, lines) of the best match of a patch: normalised correlation."""
    best, found = -2.0, None
    height, width = first.shape
    template = first[reach[0] : height - reach[0], reach[1] : width - reach[1]]
    template = template - template.mean()
    for down in range(2 * reach[0] + 1):
        for right in range(2 * reach[1] + 1):
            patch = second[down : down + template.shape[0], right : right + template.shape[1]]
            patch = patch - patch.mean()
            score = np.sum(template * patch) / (np.linalg.norm(template) * np.linalg.norm(patch))
            if score > best:
                best, found = score, (down - reach[0], right - reach[1])
    return found, best


def test_speckle_travels_with_the_wall(chest):
    """Cross-correlation of the envelope recovers how far the wall moved, to half a millimetre
    along the beam.
    """
    probe, before, after = MACHINE.probe, 0.12, 0.15
    frames = [physics.envelope(chest.at(time), probe) for time in (before, after)]
    x_mm, z_mm = chest.material(before)
    later = chest.material(after)
    step, pitch = probe.depths[1], probe.width / (probe.lines - 1)
    errors, moved, scores = [], [], []
    for share in (0.25, 0.35, 0.45, 0.55):  # up the septum
        middle = chest.heart.ventricle(before).place(0.5, math.pi, share)[:, None]
        place = np.array(VIEW.to_screen(middle))[:2, 0]
        near = np.hypot(x_mm - place[0], z_mm - place[1]) < 5.0
        depth, lateral = probe.coordinates(x_mm[near], z_mm[near])
        depth2, lateral2 = probe.coordinates(later[0][near], later[1][near])
        known = (depth2 - depth).mean() / step, (lateral2 - lateral).mean() / pitch
        row = int(probe.coordinates(*place)[0] / step)
        line = int((probe.coordinates(*place)[1] - probe.laterals[0]) / pitch)
        window = slice(row - 36, row + 37), slice(line - 9, line + 10)
        found, score = shift(frames[0][window], frames[1][window], (14, 4))
        errors.append(abs(found[0] - known[0]) * step)
        moved.append(abs(known[0]) * step)
        scores.append(score)
    assert max(moved) > 0.7  # there is something to follow
    assert np.mean(errors) < 0.5 and np.median(scores) > 0.6


def test_scatterers_are_moved_not_drawn_anew(chest):
    again = apical_tissue.Chest(HEART, VIEW, MACHINE.probe, 5)
    first, second = chest.at(0.2), again.at(0.2)
    assert np.array_equal(first.x_mm, second.x_mm)
    assert np.array_equal(first.amplitude, second.amplitude)
    rest, later = chest.material(0.0), chest.material(0.3)
    assert len(rest[0]) == len(later[0]) > 5000
    assert 3.0 < np.hypot(later[0] - rest[0], later[1] - rest[1]).max() < 25.0


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
