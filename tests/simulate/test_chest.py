"""The points of a chest: they move with the heart they belong to, and are never drawn anew."""

import math

import numpy as np
import pytest

from course_utils.simulate import apical, physics, ventricle
from course_utils.simulate.chest import Chest

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

HEART = ventricle.Heart(120.0, 60.0, 70.0)
VIEW = ventricle.View("A4C", lean_deg=-3.0, apex_mm=(0.0, 28.0), reach_mm=HEART.length_mm)
PROBE = apical.Machine(depth_mm=155.0, drift_mm=0.0).probe


@pytest.fixture(scope="module")
def chest():
    return Chest(HEART, VIEW, PROBE, 5)


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
    before, after = 0.12, 0.15
    frames = [physics.envelope(chest.at(time), PROBE) for time in (before, after)]
    x_mm, z_mm = chest.material(before)
    later = chest.material(after)
    step, pitch = PROBE.depths[1], PROBE.width / (PROBE.lines - 1)
    errors, moved, scores = [], [], []
    for share in (0.25, 0.35, 0.45, 0.55):  # up the septum
        middle = chest.heart.ventricle(before).place(0.5, math.pi, share)[:, None]
        place = np.array(VIEW.to_screen(middle))[:2, 0]
        near = np.hypot(x_mm - place[0], z_mm - place[1]) < 5.0
        depth, lateral = PROBE.coordinates(x_mm[near], z_mm[near])
        depth2, lateral2 = PROBE.coordinates(later[0][near], later[1][near])
        known = (depth2 - depth).mean() / step, (lateral2 - lateral).mean() / pitch
        row = int(PROBE.coordinates(*place)[0] / step)
        line = int((PROBE.coordinates(*place)[1] - PROBE.laterals[0]) / pitch)
        window = slice(row - 36, row + 37), slice(line - 9, line + 10)
        found, score = shift(frames[0][window], frames[1][window], (14, 4))
        errors.append(abs(found[0] - known[0]) * step)
        moved.append(abs(known[0]) * step)
        scores.append(score)
    assert max(moved) > 0.7  # there is something to follow
    assert np.mean(errors) < 0.5 and np.median(scores) > 0.6


def test_scatterers_are_moved_not_drawn_anew(chest):
    again = Chest(HEART, VIEW, PROBE, 5)
    first, second = chest.at(0.2), again.at(0.2)
    assert np.array_equal(first.x_mm, second.x_mm)
    assert np.array_equal(first.amplitude, second.amplitude)
    rest, later = chest.material(0.0), chest.material(0.3)
    assert len(rest[0]) == len(later[0]) > 5000
    assert 3.0 < np.hypot(later[0] - rest[0], later[1] - rest[1]).max() < 25.0


def test_blood_sends_back_a_hundredth_of_the_wall_or_less(chest):
    """Echo power of a square millimetre, by the tissue that lies there."""
    points = chest.at(0.1)
    x_mm, z_mm = np.arange(-80.0, 81.0), np.arange(0.0, 156.0)
    labels = ventricle.cut(HEART, VIEW, 0.1, x_mm, z_mm)
    rows, columns = np.round(points.z_mm).astype(int), np.round(points.x_mm + 80.0).astype(int)
    seen = (rows >= 0) & (rows < len(z_mm)) & (columns >= 0) & (columns < len(x_mm))
    power = np.zeros(labels.shape)
    np.add.at(power, (rows[seen], columns[seen]), np.abs(points.amplitude[seen]) ** 2)
    blood, wall = (power[labels == kind] for kind in (ventricle.CAVITY, ventricle.MYOCARDIUM))
    # the median over square millimetres, since the valve's leaflets lie in the cavity
    assert 10 * np.log10(np.median(wall) / np.median(blood)) > 20.0
