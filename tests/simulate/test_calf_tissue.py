"""What the calf sends back: textures, the levels of its layers, and sheets that belong to the person.

Levels are in dB against white; means are over a few hundred places.
"""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from course_utils.simulate import calf, calf_tissue, physics

PROBE = physics.Probe(8.0, 0.6, "linear", 40.0, 50.0, lines=64)
PERSON = calf.Patient(6, fat_mm=6.0, thickness_mm=18.0, slope_deg=0.0, taper_deg=0.0, bow_mm=0.0)


@pytest.fixture(scope="module")
def tissue():
    return calf_tissue.Tissue(calf.Calf(PERSON, calf.View()), PROBE)


def mean(level, z_mm):
    """The mean level in dB of a row of places at one depth."""
    x_mm = np.linspace(-18.0, 18.0, 400)
    return float(np.mean(level(x_mm, np.full_like(x_mm, z_mm))))


def test_a_texture_is_standard_noise_longer_one_way_and_the_same_at_every_call():
    texture = calf_tissue.Texture([3], 8.0, 1.5)
    places = np.arange(-40.0, 40.0, 0.25)
    across, along = np.meshgrid(places, places, indexing="ij")
    noise = texture(across, along)
    assert np.array_equal(noise, calf_tissue.Texture([3], 8.0, 1.5)(across, along))
    assert noise.mean() == pytest.approx(0.0, abs=0.2)
    assert noise.std() == pytest.approx(1.0, abs=0.15)
    steps = [np.abs(np.diff(noise, axis=axis)).mean() for axis in (0, 1)]
    assert steps[0] / steps[1] == pytest.approx(8.0 / 1.5, rel=0.25)


def test_sheets_are_brighter_than_the_muscle_and_the_soleus_than_the_belly(tissue):
    one = tissue.calf
    upper, lower = float(one.superficial(0.0)), float(one.deep(0.0))
    belly = mean(tissue, (upper + lower) / 2)
    assert mean(tissue, upper) > belly + 12.0 and mean(tissue, lower) > belly + 12.0
    assert belly == pytest.approx(PERSON.muscle_db, abs=4.0)
    assert mean(tissue, lower + 3.0) > belly


def test_every_place_of_the_calf_has_the_level_of_its_layer_or_of_a_fascia(tissue):
    """Layers are calculated apart; here each is, at all places, and chosen afterwards."""
    rng = np.random.default_rng(3)
    x_mm, z_mm = rng.uniform(-20.0, 20.0, 20_000), rng.uniform(0.0, 50.0, 20_000)
    one, patient, wave = tissue.calf, PERSON, tissue.textures
    at, top, bottom = one.leg(x_mm), one.superficial(x_mm), one.deep(x_mm)
    floor = one.floor(x_mm)
    level = np.select(
        [z_mm > floor, z_mm > bottom, z_mm > top],
        [
            tissue._under(z_mm, at, floor),
            tissue._soleus(z_mm, at, bottom),
            tissue._belly(z_mm, at, bottom),
        ],
        tissue.upper(x_mm, z_mm),
    )
    for number, middle in ((0, top), (1, bottom)):
        off = np.abs(z_mm - middle) / one.sheet(number, x_mm)
        fascia = patient.fascia_db - 13.0 + 3.5 * wave["sheet"](z_mm - middle, at)
        fascia += 2.5 * wave["fat"](number * 40.0 + 0.3 * (z_mm - middle), at)
        level = np.maximum(level, fascia - 7.0 * off**3)
    assert np.allclose(tissue(x_mm, z_mm), level, rtol=0, atol=1e-9)


@pytest.mark.parametrize("length", [33.3, 50.0, 40.13, 12.7])
def test_roughness_is_a_gaussian_filter_of_noise(length):
    spare = int(4 * length)
    noise = np.random.default_rng(5).standard_normal(300 + 2 * spare)
    smooth = gaussian_filter1d(noise, length)[spare : spare + 300]
    rough = calf_tissue._rough(np.random.default_rng(5), 300, length)
    assert np.allclose(rough, smooth * np.sqrt(2.0 * np.sqrt(np.pi) * length), atol=1e-12)


def test_a_scene_without_muscle_has_its_own_levels():
    bone, air = (
        calf_tissue.Tissue(calf.Calf(PERSON, calf.View(scene=scene)), PROBE)
        for scene in ("bone", "air")
    )
    # nothing behind the bone, and ever less
    assert mean(bone, 40.0) < mean(bone, 20.0) < mean(bone, 4.0)
    # without gel only the probe's own ringing, which falls by 1.2 dB a millimetre
    assert air(0.0, 10.0) - air(0.0, 20.0) == pytest.approx(12.0)
    assert air(0.0, 0.5) - air(0.0, 5.0) > 40.0


@pytest.mark.slow
def test_the_same_view_has_the_same_points_and_another_view_the_same_person():
    made = [
        calf_tissue.scatterers(PERSON, calf.View(slide_mm=slide), PROBE, density=2.0)
        for slide in (0.0, 0.0, 4.0)
    ]
    for first, again in zip(made[0], made[1], strict=True):
        assert np.array_equal(first.x_mm, again.x_mm)
        assert np.array_equal(first.amplitude, again.amplitude)
    # speckle is drawn anew for another view, the layers below it only move
    assert not np.array_equal(made[0][0].amplitude, made[2][0].amplitude)
    tissue = [
        calf_tissue.Tissue(calf.Calf(PERSON, calf.View(slide_mm=slide)), PROBE)
        for slide in (0.0, 4.0)
    ]
    x_mm, z_mm = np.linspace(-10.0, 10.0, 50), np.full(50, 16.0)
    assert tissue[1](x_mm - 4.0, z_mm) == pytest.approx(tissue[0](x_mm, z_mm), abs=1e-6)


@pytest.mark.slow
def test_most_of_what_reflects_lies_on_the_sheets():
    _, sheets = calf_tissue.scatterers(PERSON, calf.View(), PROBE, density=2.0)
    one = calf.Calf(PERSON, calf.View())
    inside = np.abs(sheets.x_mm) < 18.0
    x_mm, z_mm, power = sheets.x_mm[inside], sheets.z_mm[inside], np.abs(sheets.amplitude[inside])
    near = np.minimum(np.abs(z_mm - one.superficial(x_mm)), np.abs(z_mm - one.deep(x_mm))) < 1.5
    belly = (z_mm > one.superficial(x_mm) + 3.0) & (z_mm < one.deep(x_mm) - 3.0)
    # 3 mm of sheets against 12 mm of belly
    assert (power[near] ** 2).sum() / 6.0 > 5 * (power[belly] ** 2).sum() / 12.0
