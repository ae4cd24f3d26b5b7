"""Scenes: speckle's statistics, the clean picture, the same points with and without a disc."""

import functools

import numpy as np
import pytest
from scipy import special

from course_utils.core.errors import DataError
from course_utils.denoise import scenes


@functools.cache
def looks_at_flat():
    flat = scenes.Scene(3)
    return np.array([flat.echo(look, noise_db=-80.0) for look in range(16)])


def test_the_constants_are_those_of_a_log_of_an_exponential_variable():
    assert scenes.BIAS_DB == pytest.approx(10 / np.log(10) * special.digamma(1))
    assert scenes.SPREAD_DB == pytest.approx(10 / np.log(10) * np.sqrt(special.polygamma(1, 1)))
    assert pytest.approx(0.0086, abs=5e-5) == scenes.FLOOR


@pytest.mark.parametrize("looks", [1, 4, 16])
def test_the_log_of_averaged_power_has_the_mean_and_spread_of_a_gamma_variable(looks):
    power = np.abs(looks_at_flat()[:looks]) ** 2
    level = 10 * np.log10(power.mean(axis=0))
    scale = 10 / np.log(10)
    # about 4,700 cells in a look: the mean is sure to 0.1 dB or better
    assert level.mean() == pytest.approx(scale * (special.digamma(looks) - np.log(looks)), abs=0.2)
    assert level.std() == pytest.approx(scale * np.sqrt(special.polygamma(1, looks)), rel=0.05)


def test_speckle_beside_and_below_is_as_alike_as_the_pulse_says():
    power = np.abs(looks_at_flat()) ** 2
    down, across = np.array(scenes.PIXEL_MM) / scenes.spread_mm()
    for axis, distance in ((1, down), (2, across)):
        first = np.take(power, range(scenes.SIZE - 1), axis).ravel()
        second = np.take(power, range(1, scenes.SIZE), axis).ravel()
        wanted = np.exp(-(distance**2) / 2)
        assert np.corrcoef(first, second)[0, 1] == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize("angle", [1.0, 2.0, 4.0, 8.0])
def test_steering_makes_looks_independent_as_its_formula_says(angle):
    first = np.abs([scenes.Scene(seed).echo() for seed in range(3)]) ** 2
    second = np.abs([scenes.Scene(seed).echo(steer_deg=angle) for seed in range(3)]) ** 2
    found = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    # Points are laid on a grid: at 8 degrees 0.05 more is left than a Gaussian beam would leave.
    assert found == pytest.approx(scenes.likeness(angle), abs=0.03 if angle < 8 else 0.08)


@pytest.mark.slow
def test_the_mean_power_of_many_looks_is_the_exact_one():
    scene, discs = scenes.quiet(4)
    scene = scene.with_spots(*discs)
    power = np.mean([np.abs(scene.echo(look)) ** 2 for look in range(40)], axis=0)
    off = 10 * np.log10(power / scene.power())
    bias = 10 / np.log(10) * (special.digamma(40) - np.log(40))
    assert off.mean() == pytest.approx(bias, abs=0.03)
    assert off.std() == pytest.approx(10 / np.log(10) * np.sqrt(special.polygamma(1, 40)), rel=0.07)


def test_the_same_look_without_the_disc_differs_at_the_disc_alone():
    scene, discs = scenes.quiet(5)
    disc = discs[0]
    change = np.abs(scene.with_spots(disc).image() - scene.image())
    far = ~disc.inside(*scenes.grid(), more_mm=1.2)
    assert change[far].max() < 1e-3 < change[~far].max()


def test_another_look_is_other_speckle_and_noise_leaves_it():
    raw = scenes.Scene(6).image(0)
    alike = [
        np.corrcoef(raw.ravel(), other.ravel())[0, 1]
        for other in (scenes.Scene(6).image(1), scenes.Scene(6).image(0, noise=1))
    ]
    assert abs(alike[0]) < 0.05 and alike[1] > 0.95


def test_every_kind_of_disc_is_in_a_quiet_scene_once():
    _, discs = scenes.quiet(9)
    kinds = {(disc.radius_mm, disc.contrast_db) for disc in discs}
    assert kinds == {(r, c) for r in scenes.RADII for c in scenes.CONTRASTS} and len(discs) == 6


def test_training_scenes_hold_small_discs_only_where_asked():
    plain = [spot for seed in range(30) for spot in scenes.ordinary(seed).spots]
    small = [spot for seed in range(30) for spot in scenes.ordinary(seed, small=True).spots]
    assert min(spot.radius_mm for spot in plain) >= 0.8
    assert sum(spot.radius_mm < 0.8 for spot in small) > 100


def test_pairs_are_what_they_are_called():
    first, second = scenes.pairs([1, 2], what="clean")
    assert first.shape == second.shape == (2, 128, 128, 1) and first.dtype == np.float32
    assert np.array_equal(second[0, ..., 0], scenes.ordinary(1).clean())
    noisy = scenes.pairs([1], what="noise")
    assert 0.3 < np.corrcoef(noisy[0].ravel(), noisy[1].ravel())[0, 1] < 0.95


def test_bad_questions_are_refused():
    with pytest.raises(DataError, match="look"):
        scenes.pairs([1], what="nonsense")
    with pytest.raises(DataError, match="seed"):
        scenes.ordinary(-1)


def test_two_echoes_at_once_are_those_of_the_scene_with_its_spots_and_without():
    scene, discs = scenes.quiet(11)
    there, absent = scene.echoes(*discs)
    assert np.array_equal(absent, scene.echo())
    assert np.allclose(there, scene.with_spots(*discs).echo(), rtol=0, atol=1e-12)
    assert np.abs(there - absent).max() > 0.1
