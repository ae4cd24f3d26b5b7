"""A drawn chest holds to the formulas: its cavity, its volume, its right heart at each turn."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.simulate import physics, ranges, thorax, ventricle

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


def section(chamber, plane):
    """Area in mm^2 of the cut of an ellipsoid that ends at the mitral plane: closed form."""
    right, up, normal = plane._plane()
    metric = np.diag([chamber.a**-2, chamber.b**-2, chamber.c**-2])
    start = plane.offset_mm * normal - np.array([0.0, 0.0, chamber.plane + chamber.h])
    axes = np.stack([right, up])
    form, pull = axes @ metric @ axes.T, axes @ metric @ start
    middle = -np.linalg.solve(form, pull)
    size = 1.0 - start @ metric @ start - pull @ middle
    reach = np.sqrt(size * np.linalg.inv(form)[1, 1])
    base = (chamber.plane - plane.offset_mm * normal[2]) / up[2]
    q = (base - middle[1]) / reach
    lost = (np.arcsin(q) + np.pi / 2 + q * np.sqrt(1.0 - q * q)) / np.pi
    return np.pi * size / np.sqrt(np.linalg.det(form)) * (1.0 - lost)


@pytest.mark.parametrize(
    "angle, tilt, offset",
    [(0.0, 8.0, 0.0), (40.0, 18.0, 0.0), (90.0, 12.0, 5.0), (10.0, 24.0, 0.0)],
)
def test_foreshortened_areas_and_what_becomes_of_the_ejection_follow_the_closed_form(
    angle, tilt, offset
):
    round_ = {"bend_mm": 0.0, "wave2": 0.0, "wave3": 0.0, "blunt": 2.0, "base": 0.5}
    made = chest(2, **PLAIN, **round_)
    plane = ventricle.View(
        "A4C", angle, tilt, offset, apex_mm=(0.0, 25.0), reach_mm=made.heart.length_mm
    )
    x_mm, z_mm = np.arange(-60.0, 60.0, 0.4)[None, :], np.arange(0.0, 170.0, 0.4)[:, None]
    seen, known = [], []
    for time in (0.0, made.end_systole):
        seen.append((made.labels(plane, time, x_mm, z_mm) == ventricle.CAVITY).sum() * 0.16)
        known.append(section(made.heart.ventricle(time), plane))
    assert seen == pytest.approx(known, rel=0.015)
    assert 1.0 - seen[1] / seen[0] == pytest.approx(1.0 - known[1] / known[0], abs=0.01)


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


@pytest.mark.parametrize("seed", [1, 3, 7])  # walls that once grew by 11 to 24 %
def test_the_wall_keeps_its_volume_while_it_thickens(seed):
    made, step = chest(seed), 2.0
    axes = (np.arange(-76, 76, step), np.arange(-76, 76, step), np.arange(-4, 130, step))
    places = np.stack(np.meshgrid(*axes, indexing="ij"))
    counted = [
        thorax._Body(made, places, time).in_wall.sum() for time in (0.0, 0.5 * made.end_systole, made.end_systole)
    ]  # fmt: skip
    assert counted / counted[0] == pytest.approx([1.0] * 3, abs=0.02)
    assert made.wall_mm(made.end_systole) > made.wall_mm(0.0) == made.still.wall


def test_the_scatterers_move_with_blood_and_wall():
    made = chest(5, **PLAIN)
    rng, time = np.random.default_rng(0), 0.5 * made.end_systole
    level, turn, along = rng.uniform((-0.9, -3, 0.2), (0.9, 3, 0.8), (600, 3)).T
    first, later = made.still, made.heart.ventricle(time)
    border = [chamber.place(np.minimum(level, 0.0), turn, along) for chamber in (first, later)]
    origins = []
    for moment, places in zip((0.0, time), border, strict=True):
        normal = thorax._Body(made, places, moment).normal
        out = np.maximum(level, 0.0) * made.wall_mm(moment) * normal
        origins.append(thorax._Body(made, places + out, moment).origin(first, made.wall_mm(0.0)))
    # at end-diastole it lies where it came from; later in the wall, to the turn of the surface
    away = np.linalg.norm(origins[1] - origins[0], axis=0)
    assert away[level < 0.0].max() < 1e-6 and np.median(away[level > 0.0]) < 0.6
    assert np.mean(np.abs(made.lattice) ** 2) == pytest.approx(1.0, abs=0.02)


def test_stretch_takes_the_speckle_apart_as_the_closed_form_says():
    """The echo of a stretched piece against its own before, Gaussian pulse of SD s: the mean of
    exp(-i 4 pi stretch z / wavelength) over both pulses (Meunier and Bertrand 1995).
    """
    probe = physics.Probe(2.0, 0.4, "linear", 300.0, 60.0, 2.0, 15.0, 1200)
    made, middle = chest(3, frequency_mhz=2.0), 30.0
    depths, laterals = physics.places(probe)
    places = np.stack(np.broadcast_arrays(laterals[None, :], 7.3, depths[:, None]))
    beam, deep = np.zeros((3, 1, 1)), places[2]
    beam[2] = 1.0

    def echo(stretch):
        origin = places.copy()
        origin[2] = middle + (deep - middle) / (1.0 + stretch)
        body = SimpleNamespace(origin=lambda *_: origin)
        return physics.received(made._scatterers(body, beam, deep), probe)

    row = np.argmin(np.abs(probe.depths - middle))
    before = echo(0.0)[row]
    spread, place = probe.axial_fwhm_mm / physics.FULL_WIDTH, np.linspace(-3.0, 3.0, 4001)
    for stretch in (0.0, 0.05, 0.1, 0.2):
        after = echo(stretch)[row]
        alike = np.abs(np.vdot(before, after)) / np.linalg.norm(before) / np.linalg.norm(after)
        pulses = [np.exp(-0.5 * (place * scale / spread) ** 2) for scale in (1.0, 1.0 + stretch)]
        turn = np.exp(-4j * np.pi * stretch * place / probe.wavelength_mm)
        known = np.abs(np.sum(pulses[0] * pulses[1] * turn))
        known /= np.linalg.norm(pulses[0]) * np.linalg.norm(pulses[1])
        assert alike == pytest.approx(known, abs=0.1)
