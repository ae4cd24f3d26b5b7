"""Randomised stills: repeatable, whole, in their families, and quick."""

import time

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.simulate import physics, ranges, varied


@pytest.fixture(scope="module")
def stills():
    return [varied.still(seed, family) for seed, family in enumerate((None, *ranges.families()))]


@pytest.mark.slow
def test_every_still_is_a_picture_with_its_muscle_and_millimetres(stills):
    for one in stills:
        assert one.image.dtype == one.mask.dtype == np.uint8 and one.image.shape == one.mask.shape
        assert set(np.unique(one.mask)) == {0, 1} and 0.02 < one.mask.mean() < 0.95
        assert one.image.std() > 8
        depth, width = np.array(one.spacing) * (np.array(one.image.shape) - 1)
        assert 19.0 < depth < 130.0 and 25.0 < width < 80.0


def test_the_same_seed_makes_the_same_picture_and_another_does_not(stills):
    again = varied.still(0)
    assert np.array_equal(again.image, stills[0].image)
    assert np.array_equal(again.mask, stills[0].mask)
    assert again.image.shape != stills[1].image.shape


def test_the_muscle_of_a_mask_is_as_thick_as_was_drawn():
    for seed in range(4, 40):
        if ranges.draw(seed)["lifted"] or ranges.draw(seed)["framed"]:
            continue
        one = varied.still(seed)
        middle = one.mask[:, one.mask.shape[1] // 2].sum() * one.spacing[0]
        wanted = one.values["thickness_mm"] - one.values["sheet_mm"] + 0.3 * one.values["belly_mm"]
        assert middle == pytest.approx(wanted, abs=1.5)
        return
    pytest.fail("no plain still among the seeds")


def test_a_family_and_a_seed_that_are_none_are_refused():
    with pytest.raises(DataError, match="coarse"):
        varied.still(1, "shiny")
    with pytest.raises(DataError):
        varied.still(-1)


@pytest.mark.slow
def test_a_still_is_made_fast_enough_for_training():
    began = time.process_time()
    for seed in range(12):
        varied.still(200 + seed)
    assert (time.process_time() - began) / 12 < 1.5  # 0.3 on a quiet machine


def test_the_shadow_of_each_look_goes_along_its_own_rays():
    """Behind a disc that swallows all, at depth z, the middle of the shadow has moved by
    (z - z0) tan(steer), and its width is that of the disc.
    """
    probe = physics.Probe(8.0, 0.5, "linear", 40.0, 40.0, 3.0, 12.0, 256)
    x_mm, z_mm = probe.laterals[None, :], probe.depths[:, None]
    disc = np.hypot(x_mm - 1.0, z_mm - 12.0) < 2.0
    absorption = np.where(disc, 40.0, 0.0)
    for steer in (-12.0, 0.0, 9.0):
        passed = varied._passed(probe, absorption, np.zeros(probe.shape), steer)
        row = np.argmin(np.abs(probe.depths - 32.0))
        dark = probe.laterals[passed[row] < 1e-3]
        middle = 0.5 * (dark.min() + dark.max())
        assert middle == pytest.approx(1.0 + 20.0 * np.tan(np.radians(steer)), abs=0.3)
        assert np.ptp(dark) == pytest.approx(4.0 / np.cos(np.radians(steer)), abs=0.4)
        assert passed[: np.argmin(np.abs(probe.depths - 9.5))] == pytest.approx(1.0)
    straight = physics.attenuate(np.ones(probe.shape), probe, absorption + 0.5)
    found = varied._passed(probe, absorption + 0.5, np.full(probe.shape, -6.0), 0.0)
    assert found == pytest.approx(straight * 10 ** (-6.0 / 20.0))
