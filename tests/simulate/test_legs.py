"""Legs of any make: surfaces in order, the mask between them, echoes as the angle says."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from course_utils.simulate import physics, ranges
from course_utils.simulate.legs import Leg, Texture

PROBE = physics.Probe(8.0, 0.5, "linear", 40.0, 45.0, 3.0, 12.0, 128)
PLAIN = {"bone": False, "vessels": 0, "double": False, "septum": False, "lifted": False,
         "cover": False, "nerve": False, "faded": 0.0, "frayed": 0.0, "fat_mm": 6.0,
         "thickness_mm": 16.0}  # fmt: skip


def leg(seed=1, probe=PROBE, **changed):
    return Leg(ranges.draw(seed) | PLAIN | changed, seed, probe)


@pytest.mark.parametrize("seed", range(8))
def test_the_layers_lie_below_each_other_and_the_mask_between_the_sheets(seed):
    one = Leg(ranges.draw(seed), seed, PROBE)
    assert (one.top < one.bottom).all() and (one.bottom < one.below).all()
    x_mm, z_mm = np.linspace(-15.0, 15.0, 61), np.linspace(0.0, 80.0, 801)
    mask = one.mask(x_mm, z_mm)
    seen = one.touched(x_mm)
    thick = one.deep(x_mm) - one.superficial(x_mm) - one.values["sheet_mm"]
    inside = one.deep(x_mm) < 79.0
    assert mask.sum(axis=0)[seen & inside] * 0.1 == pytest.approx(thick[seen & inside], abs=0.11)
    assert not mask[:, ~seen].any()


def test_a_sheet_falls_with_the_angle_to_the_beam_as_a_power_of_its_cosine():
    one = leg(anisotropy=24.0, rough_mm=0.0)
    levels = []
    for degrees in (0.0, 20.0):
        one._lines = np.zeros((len(one.z_mm), len(one.x_mm)), complex)
        z_mm = 20.0 + np.tan(np.radians(degrees)) * one.x_mm
        one._line(np.random.default_rng(3), z_mm, 0.0, 0.0, 0.0)
        levels.append(np.abs(one._lines).sum(axis=0)[30:-30].mean())
    fall = 20.0 * np.log10(levels[1] / levels[0])
    assert fall == pytest.approx(20.0 * 6.0 * np.log10(np.cos(np.radians(20.0))), abs=0.4)


def test_fibres_square_to_the_steered_beam_are_the_brightest():
    one = leg(pennation_deg=15.0, bend_deg=0.0, streak_db=26.0, anisotropy=30.0, flip=False)
    inside = one.mask(one.x_mm, one.z_mm).astype(bool)
    rows = (one.z_mm[:, None] > one.top + 3.0) & (one.z_mm[:, None] < one.bottom - 3.0) & inside
    power = {angle: np.mean(np.abs(one.echoes(angle)[rows]) ** 2) for angle in (-15.0, 0.0, 15.0)}
    assert power[15.0] > power[0.0] > power[-15.0]


def test_looks_of_a_compounded_picture_share_as_much_speckle_as_their_angle_leaves():
    """Complex correlation of two looks, without the ramp of phase along the skin: Gaussian beams
    of SD s are alike by exp(-(k s)^2 / 4), k = 4 pi sin(angle) / wavelength.
    """
    plain = {"streak_db": -60.0, "bundle_db": 0.0, "sheet_db": -40.0, "septa": 0.0, "fat_mm": 3.0,
             "thickness_mm": 60.0, "pennation_deg": 1.0, "bend_deg": 0.0}  # fmt: skip
    one = leg(probe=replace(PROBE, lines=200), **plain)
    probe, deep = one.probe, (one.probe.depths > 15.0) & (one.probe.depths < 40.0)
    first = physics.received(one.echoes(0.0), probe)[deep]
    spread = probe.lateral_fwhm_mm(probe.depths[deep]).mean() / physics.FULL_WIDTH
    for angle in (1.0, 3.0, 8.0):
        turn = 4.0 * np.pi * np.sin(np.radians(angle)) / probe.wavelength_mm
        other = physics.received(one.echoes(angle), probe)[deep] * np.exp(
            1j * turn * probe.laterals
        )
        alike = np.abs(np.vdot(first, other)) / np.linalg.norm(first) / np.linalg.norm(other)
        assert alike == pytest.approx(np.exp(-((turn * spread) ** 2) / 4.0), abs=0.05)


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"bend_deg": 10.0},
        {"bend_deg": -10.0},
        {"sway_deg": 8.0},
        {"sway_deg": -6.0, "bend_deg": 6.0},
        {"slope_deg": 10.0},
        {"slope_deg": -8.0, "taper_deg": 8.0},
        {"slope_deg": 8.0, "flip": True},
        {"pennation_deg": 35.0, "bend_deg": 8.0, "taper_deg": -6.0},
    ],
)
def test_fascicles_run_at_their_angle_against_the_deep_sheet_and_bend_as_stated(shape):
    """Orientation of what is drawn, by the structure tensor in thirds of the muscle, and the angle
    that the beam is said to meet.
    """
    level = {"slope_deg": 0.0, "taper_deg": 0.0, "bow_mm": 0.0, "belly_mm": 0.0, "bend_deg": 0.0,
             "pennation_deg": 20.0, "flip": False, "thickness_mm": 20.0,
             "sway_deg": 0.0}  # fmt: skip
    one = leg(seed=2, probe=replace(PROBE, lines=256), streak_length_mm=14.0, streak_mm=0.4,
              **(level | shape))  # fmt: skip
    v, step = one.values, 0.1
    (angle, strength), _ = one._tissue
    x_mm, z_mm = (np.arange(part[0], part[-1], step) for part in (one.x_mm, one.z_mm))
    size = len(x_mm), len(z_mm)
    drawn = cv2.resize(np.log1p(np.abs(strength)), size)
    met = np.degrees(cv2.resize(angle, size))
    down, right = (gaussian_filter(drawn, 2, order=order) for order in ((1, 0), (0, 1)))
    top, bottom = one.superficial(x_mm), one.deep(x_mm)
    share = (bottom - z_mm[:, None]) / (bottom - top)
    sheet = -np.degrees(np.arctan(np.gradient(bottom, x_mm).mean()))  # positive: rises to the right
    for low, high in ((0.1, 0.35), (0.35, 0.65), (0.65, 0.9)):
        part = (share > low) & (share < high) & (np.abs(x_mm) < 17)
        along, across, both = (
            (a * b)[part].sum() for a, b in ((right, right), (down, down), (right, down))
        )
        slope = 0.5 * np.degrees(np.arctan2(2 * both, along - across))
        found = 90 - slope if slope > 0 else -90 - slope
        shares = np.linspace(low, high, 50)
        wave = np.cos(2 * np.pi * shares).mean()
        stated = v["pennation_deg"] + v["bend_deg"] * (0.5 * (low + high) - 0.5)
        stated = stated - v["sway_deg"] * wave
        assert found == pytest.approx(sheet + (-stated if v["flip"] else stated), abs=2.0)
        assert met[part].mean() == pytest.approx(found, abs=1.5)


def test_bone_takes_the_sound_away_and_a_vessel_lets_it_pass():
    deep = replace(PROBE, depth_mm=70.0)
    with_bone = leg(probe=deep, bone=True, attenuation=0.5, next_mm=6.0).absorption()
    assert with_bone.shape == deep.shape
    assert set(np.unique(with_bone)) == {np.float32(0.5), np.float32(9.0)}
    echo = physics.attenuate(np.ones(deep.shape), deep, with_bone)
    column = np.flatnonzero((with_bone == 9.0).sum(axis=0) > 20)[0]
    first = np.flatnonzero(with_bone[:, column] == 9.0)[0]
    step_cm = deep.depths[1] / 10.0
    lost = 20.0 * np.log10(echo[first + 11, column] / echo[first + 1, column])
    assert lost == pytest.approx(-2.0 * 9.0 * deep.frequency_mhz * 10 * step_cm, rel=0.02)
    assert np.float32(0.15) in leg(vessels=3, bone=False).absorption()


def test_a_texture_is_smooth_standard_noise_that_does_not_break_off():
    texture = Texture([1], 8.0, 2.0)
    z_mm, x_mm = np.arange(-60.0, 60.0, 0.25)[:, None], np.arange(-60.0, 60.0, 0.25)[None, :]
    noise = texture(z_mm, x_mm)
    assert noise.mean() == pytest.approx(0.0, abs=0.15) and noise.std() == pytest.approx(
        1.0, abs=0.1
    )
    assert np.abs(np.diff(noise, axis=0)).max() < 1.5
    assert np.abs(np.diff(noise, axis=1)).max() < 0.5


def test_the_muscle_above_has_no_sheet_of_its_own_and_does_not_count():
    bare, covered = leg(cover=False), leg(cover=True, cover_mm=9.0)
    assert covered.top - bare.top == pytest.approx(np.full_like(bare.top, 9.0), abs=0.7)
    x_mm, z_mm = np.zeros(1), np.arange(0.0, 12.0, 0.1)
    assert not covered.mask(x_mm, z_mm).any()


def test_two_readers_differ_by_the_closed_form():
    """Borders set with SD s each: thickness of two readers differs with SD 2 s, and their outlines
    overlap by a Dice of 1 - 2 s / (sqrt(pi) T) on the mean, for a muscle of thickness T.
    """
    one = leg(reader_mm=0.6, sheet_mm=0.5, thickness_mm=20.0, taper_deg=0.0, belly_mm=0.0)
    x_mm, step = np.zeros(1), 0.01
    z_mm = np.arange(0.0, 45.0, step)
    drawn = np.array([one.mask(x_mm, z_mm, reader)[:, 0] for reader in range(800)])
    exact = one.mask(x_mm, z_mm)[:, 0].sum() * step
    first, second = drawn[::2], drawn[1::2]
    thick = drawn.sum(axis=1) * step
    assert thick.mean() == pytest.approx(exact, abs=0.1)
    assert np.std(thick[::2] - thick[1::2]) == pytest.approx(1.2, rel=0.1)
    dice = 2.0 * (first & second).sum(axis=1) / (first.sum(axis=1) + second.sum(axis=1))
    assert 1.0 - dice.mean() == pytest.approx(1.2 / (np.sqrt(np.pi) * exact), rel=0.1)


def test_the_muscle_is_brighter_and_its_upper_part_darker_by_what_was_drawn():
    one = leg(near_db=5.0, dark_db=-9.0, dark_share=0.3)
    shade, share = one._shade(), (one.z_mm[:, None] - one.top) / (one.bottom - one.top)
    assert shade[share > 0.95][:50] == pytest.approx(np.where(share[share > 0.95][:50] < 1, 5, 0))
    upper = shade[(share > 0) & (share < 0.02)]
    assert upper.max() < -2.6 and np.median(upper) == pytest.approx(-4.0, abs=0.05)
    assert not shade[(share < 0) | (share > 1)].any()


def test_a_faded_sheet_is_weaker_by_what_was_drawn_and_a_frayed_face_leaves_it():
    one = leg(faded=1.0, faded_db=20.0, frayed=1.0)
    lost = np.array([one._faded(np.random.default_rng(seed)).max() for seed in range(60)])
    assert lost.max() == pytest.approx(20.0, abs=0.05) and (lost > 10.0).mean() > 0.7
    away, weaker = one._frayed(np.random.default_rng(0))
    gone = away != 0.0
    assert 0 < gone.sum() < len(gone) and (weaker[gone] > 0).all() and not weaker[~gone].any()
    slopes = np.diff(away[gone]) / np.diff(one.x_mm[gone])
    assert slopes == pytest.approx(slopes[0]) and abs(slopes[0]) <= 0.2
    still = leg(faded=0.0, frayed=0.0)
    assert not still._faded(np.random.default_rng(0)).any()
    assert still._frayed(np.random.default_rng(0)) == (0.0, 0.0)


def test_a_nerve_lies_below_the_muscle_that_counts():
    for seed in range(12):
        one = leg(seed=seed, nerve=True)
        x, z, wide, high = one.nerve()
        assert z - high > one.deep(x) and abs(x) < one.half and high < wide
    bare, other = leg(nerve=False), leg(nerve=True)
    x, z, wide, high = other.nerve()
    inside = np.hypot((other.x_mm - x) / wide, (other.z_mm[:, None] - z) / high) < 1.0
    changed = bare._tissue[1] != other._tissue[1]
    assert changed.any() and not changed[~inside].any()
