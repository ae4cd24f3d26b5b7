"""A drawn chest holds to the formulas: its cavity, its volume, its right heart at each turn."""

import numpy as np
import pytest

from course_utils.simulate import ranges, thorax, ventricle

PLAIN = {
    "tilt_u_deg": 0.0, "tilt_v_deg": 0.0, "apex_u_mm": 0.0, "apex_v_mm": 0.0, "septum_thick": 0.0,
    "apex_thick": 0.0,
}  # fmt: skip
X_MM, Z_MM = np.linspace(-60.0, 60.0, 160)[None, :], np.linspace(0.0, 150.0, 200)[:, None]


def chest(seed, **changes):
    return thorax.Thorax(ranges.draw(seed, organ="heart") | changes, seed)


def view(angle=0.0, tilt=0.0, reach=88.0):
    return ventricle.View("A4C", angle, tilt, apex_mm=(0.0, 25.0), reach_mm=reach)


@pytest.mark.parametrize("seed", range(4))
def test_without_tilts_the_cavity_is_that_of_the_formula_at_any_pose(seed):
    made = chest(seed, **PLAIN)
    for angle, tilt, time in ((0.0, 0.0, 0.0), (75.0, 6.0, made.end_systole)):
        plane = view(angle, tilt)
        truth = ventricle.cut(made.heart, plane, time, X_MM[0], Z_MM[:, 0]) == ventricle.CAVITY
        found = made.labels(plane, time, X_MM, Z_MM) == ventricle.CAVITY
        assert (truth == found).all()


@pytest.mark.slow
def test_tilted_annulus_and_moved_apex_leave_the_volume_as_it_is():
    made = chest(3, tilt_u_deg=18.0, tilt_v_deg=-12.0, apex_u_mm=12.0, apex_v_mm=-8.0)
    step = 1.5
    axes = (np.arange(-66, 66, step), np.arange(-66, 66, step), np.arange(-40, 130, step))
    body = thorax._Body(made, np.stack(np.meshgrid(*axes, indexing="ij")), 0.0)
    assert body.in_cavity.sum() * step**3 / 1000.0 == pytest.approx(made.heart.edv_ml, rel=0.01)


def test_the_right_heart_goes_as_the_probe_turns_to_the_two_chamber_view():
    made = chest(2, right_mm=35.0, right_deg=180.0, right_span_deg=60.0, blood_db=-40.0,
                 right_db=0.0, outside_left=0.0, outside_right=0.0, outside_fall=0.0)  # fmt: skip
    dark = []
    for angle in (0.0, 45.0, 90.0):
        plane = view(angle, reach=made.heart.length_mm)
        level, _ = made.levels(plane, 0.0, *np.broadcast_arrays(X_MM, Z_MM))
        body = made._body(plane.to_heart(X_MM, Z_MM), 0.0)
        around = (body.out > body.wall) & (body.up > 0.0)
        dark.append(float((level[around] < -35.0).mean()))
    assert dark[0] > 0.08 and dark[0] > dark[1] and dark[2] < 0.02


def test_the_scatterers_move_with_the_wall():
    made = chest(5, **PLAIN)
    chambers = [made.heart.ventricle(time) for time in (0.0, 0.5 * made.end_systole)]
    level, turn, along = np.random.default_rng(0).uniform((0.2, -3, 0.2), (0.8, 3, 0.9), (400, 3)).T
    read = []
    for chamber, time in zip(chambers, (0.0, 0.5 * made.end_systole), strict=True):
        z = -chamber.h + along * chamber.length
        out = level * chamber.wall
        body = thorax._Body(made, np.stack([0 * z, 0 * z, 0 * z])[:, None], time)
        body.out, body.wall, body.level = out[None], np.full((1, 400), chamber.wall), level[None]
        body.azimuth, body.along = turn[None], along[None]
        read.append(made._scatterers(body))
    assert (read[0] == read[1]).mean() > 0.98
    assert np.mean(np.abs(made.lattice) ** 2) == pytest.approx(1.0, abs=0.02)
