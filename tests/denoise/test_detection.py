"""Contrast kept, AUC, and the ideal observer: closed forms, invariances, the data-processing limit."""

import functools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from course_utils.denoise import detection, scenes
from course_utils.enhance import filters


@functools.cache  # when a test asks, not when it is collected: each worker collects all tests
def cases():
    return detection.pictures(24, first=300)


@functools.cache
def raw():
    return detection.readings(cases(), lambda image: image)


@functools.cache
def ideal():
    return detection.ideal(cases())


def of(table, radius=0.6, contrast=-3.0):
    return table[(table.radius_mm == radius) & (table.contrast_db == contrast)]


def test_a_reading_is_the_contrast_of_a_picture_without_speckle():
    disc = scenes.Disc(0.0, 10.0, 1.5, -6.0)
    inside, ring = detection.regions(disc)
    picture = np.where(disc.inside(*scenes.grid()), 0.5, 0.6)
    assert detection.reading(picture, disc) == pytest.approx(-6.0)
    area = inside.sum() * np.prod(scenes.PIXEL_MM)
    assert area == pytest.approx(np.pi * 1.5**2, rel=0.05) and not (inside & ring).any()


def test_kept_is_one_for_the_raw_picture_and_zero_for_grey():
    scene, discs = scenes.quiet(8)
    there, absent = scene.with_spots(discs[0]).image(), scene.image()
    assert detection.kept(there, absent, there, absent, discs[0]) == 1
    assert detection.kept(there, absent, absent, absent, discs[0]) == 0
    half = 0.5 * there + 0.1, 0.5 * absent + 0.1
    assert detection.kept(there, absent, *half, discs[0]) == pytest.approx(0.5, rel=1e-4)


def test_taking_away_and_putting_in_give_the_same_number():
    scene, discs = scenes.quiet(8)
    pair = scene.with_spots(discs[1]).image(), scene.image()
    done = [filters.median(image, 7) for image in pair]
    put_in = detection.kept(*pair, *done, discs[1])
    taken = detection.kept(*pair[::-1], *done[::-1], discs[1])
    assert put_in == pytest.approx(taken)


def test_kept_is_undefined_where_nothing_was_put_in():
    scene, discs = scenes.quiet(8)
    same = [scene.image()] * 4
    assert np.isnan(detection.kept(*same, discs[0]))


@pytest.mark.slow
def test_the_covariance_is_that_of_many_looks():
    scene, discs = scenes.quiet(1)
    scene, part = scene.with_spots(*discs), np.s_[40:46, 60:68]
    echoes = np.array([scene.echo(look)[part].ravel() for look in range(120)])
    found = (echoes.T @ echoes.conj()) / len(echoes)
    wanted = detection.covariance(scene, part, 43 * scenes.PIXEL_MM[0])
    # each entry is a mean of 120: its standard error is the product of the SDs over sqrt(120)
    error = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)) / 120)
    z = np.abs(found - wanted) / error
    assert (
        np.mean(z > 2.45) < 0.10 and z.max() < 6
    )  # |complex normal| > 2.45 in 0.3 %, entries alike


@pytest.mark.slow
def test_the_likelihood_ratio_has_the_mean_that_two_gaussians_give_it():
    scene, discs = scenes.quiet(2)
    disc = next(d for d in discs if d.contrast_db == -6.0 and d.radius_mm == 0.4)
    ratio = detection.likelihood_ratio(scene, disc)
    values = [[ratio(s.echo(look)) for look in range(30)] for s in (scene, scene.with_spots(disc))]
    absent, there = map(np.mean, values)
    sem = max(np.std(v) for v in values) / np.sqrt(30)
    wanted = expected_ratio(scene, disc)
    assert absent == pytest.approx(wanted[0], abs=4 * sem)
    assert there == pytest.approx(wanted[1], abs=4 * sem)
    assert absent < 0 < there


def expected_ratio(scene, disc):
    """The mean of the ratio without and with the disc: minus and plus a Kullback-Leibler distance."""
    part = detection.surroundings(disc)
    c0, c1 = (detection.covariance(s, part, disc.z_mm) for s in (scene, scene.with_spots(disc)))
    change = np.linalg.slogdet(c0)[1] - np.linalg.slogdet(c1)[1]
    size = len(c0)
    return (
        size - np.trace(np.linalg.solve(c1, c0)) + change,
        np.trace(np.linalg.solve(c0, c1)) - size + change,
    )


@pytest.mark.slow
@pytest.mark.parametrize("radius, contrast", [(0.4, -3.0), (0.6, -3.0), (1.0, -3.0)])
def test_no_filter_passes_the_ideal_observer(radius, contrast):
    ceiling = detection.area(of(ideal(), radius, contrast))
    for smooth in (lambda i: i, lambda i: filters.median(i, 5), lambda i: filters.nlm(i, 0.12)):
        read = detection.area(of(detection.readings(cases(), smooth), radius, contrast))
        assert read.low <= ceiling.high and read.estimate <= ceiling.estimate + 0.02


def test_the_auc_is_that_of_the_rank_sum():
    part = of(raw())
    u = stats.mannwhitneyu(-part.with_disc, -part.without).statistic
    assert detection.area(part).estimate == pytest.approx(u / len(part) ** 2)


def test_a_change_against_itself_is_none_and_against_a_coin_it_is_not():
    part = of(raw(), 0.6, -6.0)
    assert detection.change(part, part, 199).estimate == 0
    blank = part.assign(with_disc=part.without)
    assert detection.change(part, blank, 199).high < 0


def test_a_change_is_the_difference_of_both_areas():
    part = of(raw(), 0.4, -3.0)
    other = part.assign(with_disc=part.with_disc.round(), without=part.without.round())  # with ties
    gap = detection.area(other).estimate - detection.area(part).estimate
    assert detection.change(part, other, 199).estimate == pytest.approx(gap)


def test_the_summary_has_every_kind_of_disc_with_its_interval():
    table = detection.summary(raw())
    assert table.index.tolist() == sorted((r, c) for r in scenes.RADII for c in scenes.CONTRASTS)
    assert all(row.kept.estimate == pytest.approx(1) for _, row in table.iterrows())
    assert (table.auc.map(lambda a: a.patients) == 24).all()
    assert detection.summary(ideal()).kept.isna().all()


def test_places_without_a_disc_are_measured_in_discs():
    part = pd.DataFrame(
        {
            "scene": range(200),
            "radius_mm": 0.6,
            "contrast_db": -6.0,
            "raw": -4.0,
            "with_disc": -4.0,
            "without": np.random.default_rng(1).normal(0, 3.0, 200),
        }
    )
    row = detection.summary(part).iloc[0]
    assert row.spread == pytest.approx(0.5, abs=0.05) and 0.9 < row.darkest < 1.6
