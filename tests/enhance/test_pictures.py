"""Every picture of the lessons' sliders, drawn from plain arguments."""

import cv2
import numpy as np
import pytest

from course_utils import load, simulate
from course_utils.augment import pictures as augment_pictures
from course_utils.cases import samples
from course_utils.enhance import adjust, pictures

RNG = np.random.default_rng(0)
IMAGE = RNG.random((128, 128), dtype=np.float32) * 0.6
MASK = np.zeros((128, 128), np.uint8)
MASK[40:80, 10:118] = 1
CINE = RNG.random((5, 40, 60), dtype=np.float32)


def pixels(picture):
    assert picture.alt
    return cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_GRAYSCALE)


def test_frame_follows_time_and_gain():
    first, second = (pixels(pictures.frame(CINE, number)) for number in (0, 1))
    assert np.abs(first.astype(int) - second).mean() > 10
    louder = pictures.frame(CINE, 0, 12)
    assert pixels(louder).mean() > first.mean() + 20 and "+12 dB" in louder.alt
    assert "+12 dB" in louder.caption


def test_saturated_is_a_percentage():
    assert pictures.saturated(np.array([[0, 1.0], [1.0, 0.5]])) == 50


@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_the_histogram_stands_where_the_grey_levels_are(grey):
    shown = pixels(pictures.with_histogram(np.full((128, 128), grey, np.float32), "flat"))
    bars = shown[-40:].max(axis=0) > 100
    place = np.flatnonzero(bars).mean() / bars.size
    assert place == pytest.approx(grey, abs=0.01) and bars.mean() < 0.02


def test_gain_moves_the_histogram_to_the_right_and_a_window_stretches_it():
    def width(*settings):
        bars = pixels(pictures.gain_and_window(IMAGE, *settings))[-30:].max(axis=0) > 100
        return np.flatnonzero(bars)[[0, -1]] / bars.size

    plain, louder, windowed = width(0, 0, 1), width(12, 0, 1), width(0, 0.1, 0.5)
    assert louder[0] > plain[0] + 0.1 and windowed[1] > plain[1] + 0.2
    assert "5.0 % saturated" not in pictures.gain_and_window(IMAGE, 0, 0, 1).alt
    assert "window 0.50 to 0.55" in pictures.gain_and_window(IMAGE, 0, 0.5, 0.2).alt


def test_clahe_stands_beside_what_was_stored():
    (stored, before), (title, after) = pictures.clahe(IMAGE, 4, 8, "real").tiles
    assert stored == "as stored" and "clip limit 4, 8 x 8" in title
    assert after.shape == before.shape and after.std() > before.std()


def test_despeckled_keeps_the_shape_and_smooths():
    probe = simulate.Probe(depth_mm=15, lines=96)
    grain = adjust.log_compress(simulate.envelope(simulate.speckle(probe, seed=1), probe))
    versions = pictures.despeckled(grain)
    assert next(iter(versions)) == "as stored" and len(versions) > 5
    for name, version in versions.items():
        assert version.shape == grain.shape
        if name != "as stored":
            assert np.abs(np.diff(version)).mean() < 0.7 * np.abs(np.diff(grain)).mean(), name


@pytest.mark.slow
@pytest.mark.parametrize("step", augment_pictures.steps.STEPS)
def test_every_step_can_be_drawn_at_every_strength(step):
    weak, _, strong = (
        augment_pictures.augmented(IMAGE, MASK, (64, 60), step, strength, 1)
        for strength in (0.0, 0.5, 1.0)
    )
    assert all(step in picture.alt for picture in (weak, strong))
    (_, stored), (_, unchanged) = weak.tiles
    (_, again), (_, changed) = strong.tiles
    assert np.array_equal(stored, again)  # the left one never moves
    if "flip" not in step and step != "blur":
        assert (
            np.abs(changed.astype(int) - stored).mean()
            > np.abs(unchanged.astype(int) - stored).mean()
        )


@pytest.mark.slow
def test_every_step_is_in_the_gallery_and_has_its_reason():
    picture, table = augment_pictures.every_step(IMAGE, MASK, 1), augment_pictures.reasons()
    assert [name for name, _ in picture.tiles] == list(augment_pictures.steps.STEPS)
    for name, kind in augment_pictures.steps.STEPS.items():
        assert name in augment_pictures.MENU and name in picture.alt
        assert [name, kind.note] in table.rows


def test_outside_says_how_bright_each_place_has_become():
    place, other = np.s_[0:10, 0:20], np.s_[20:30, 0:20]
    picture = pictures.outside(
        np.zeros((40, 40), np.float32), np.full((40, 40), 0.25, np.float32), place, other
    )
    assert picture.alt.count("mean 0.00") == 2 and picture.alt.count("mean 0.25") == 2


def test_kept_counts_in_per_cent_of_the_stored_image():
    muscle = pictures.middle(
        load.image(samples.folder("muscle_hires") / samples.table("muscle_hires").image[0])
    )
    table = pictures.kept(muscle, np.s_[185:200, 10:60], np.s_[20:150, 60:190])
    assert list(table.index) == ["median", "bilateral", "non-local means", "Lee", "SRAD"]
    assert (table["grain left (%)"] < 90).all() and table["lines left (%)"].between(50, 105).all()
    enough = table[table["grain left (%)"] <= 75]
    assert enough["lines left (%)"].idxmax() == "non-local means" and "median" not in enough.index


def test_recipes_draws_every_pipeline():
    picture = augment_pictures.recipes(
        IMAGE, MASK, count=2, twice=lambda i, m: (i, m), dark=lambda i, m: (i / 2, m)
    )
    assert "twice, dark" in picture.alt


def test_forgotten_mask_states_the_overlap():
    assert "Dice 1.00" in augment_pictures.forgotten_mask(IMAGE, MASK, MASK).alt
    assert "Dice 0.00" in augment_pictures.forgotten_mask(IMAGE, MASK, 0 * MASK).alt


def test_the_ballot_marks_votes_and_nothing_else():
    letters = list(augment_pictures.candidates(IMAGE, MASK))
    none = dict.fromkeys(letters, False)
    assert letters == list("abcdefgh")
    assert "possible: none" in augment_pictures.ballot(IMAGE, MASK, none).alt
    assert (
        "possible: A, F" in augment_pictures.ballot(IMAGE, MASK, {**none, "a": True, "f": True}).alt
    )
