"""Every picture of the lessons' sliders, drawn from plain arguments."""

import cv2
import numpy as np
import pytest

from course_utils import load, simulate
from course_utils.augment import pictures as augment_pictures
from course_utils.cases import samples
from course_utils.checks.enhance import FILTERS
from course_utils.enhance import adjust, pictures

RNG = np.random.default_rng(0)
IMAGE = RNG.random((128, 128), dtype=np.float32) * 0.6
MASK = np.zeros((128, 128), np.uint8)
MASK[40:80, 10:118] = 1
CINE = RNG.random((5, 40, 60), dtype=np.float32)


def pixels(picture):
    assert picture.alt
    return cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_COLOR)


def differ(first, second):
    first, second = pixels(first), pixels(second)
    return first.shape != second.shape or not np.array_equal(first, second)


def test_frame_follows_time_and_gain():
    assert differ(pictures.frame(CINE, 0), pictures.frame(CINE, 1))
    brighter = pixels(pictures.frame(CINE, 0, 12)).mean()
    assert brighter > pixels(pictures.frame(CINE, 0, 0)).mean()
    assert "+12 dB" in pictures.frame(CINE, 0, 12).alt


def test_saturated_is_a_percentage():
    assert pictures.saturated(np.array([[0, 1.0], [1.0, 0.5]])) == 50


@pytest.mark.slow
@pytest.mark.parametrize(
    "one, other",
    [
        (
            lambda: pictures.with_histogram(IMAGE, "a"),
            lambda: pictures.with_histogram(1 - IMAGE, "a"),
        ),
        (
            lambda: pictures.gain_and_window(IMAGE, 0, 0, 1),
            lambda: pictures.gain_and_window(IMAGE, 10, 0, 1),
        ),
        (
            lambda: pictures.gain_and_window(IMAGE, 0, 0, 1),
            lambda: pictures.gain_and_window(IMAGE, 0, 0.5, 0.2),
        ),
        (lambda: pictures.clahe(IMAGE, 1, 8), lambda: pictures.clahe(IMAGE, 10, 8)),
        (lambda: pictures.clahe(IMAGE, 5, 2), lambda: pictures.clahe(IMAGE, 5, 16)),
        (lambda: pictures.two_sizes(IMAGE, IMAGE), lambda: pictures.two_sizes(IMAGE, IMAGE / 2)),
        (lambda: pictures.despeckling(IMAGE, 64), lambda: pictures.despeckling(IMAGE[:, ::-1], 64)),
        (
            lambda: augment_pictures.forgotten_mask(IMAGE, MASK, MASK),
            lambda: augment_pictures.forgotten_mask(IMAGE, MASK, MASK[::-1]),
        ),
    ],
)
def test_each_picture_follows_its_arguments(one, other):
    assert differ(one(), other())


def test_despeckled_keeps_the_shape_and_smooths():
    probe = simulate.Probe(depth_mm=15, lines=96)
    grain = adjust.log_compress(simulate.envelope(simulate.speckle(probe, seed=1), probe))
    versions = pictures.despeckled(grain)
    assert len(versions) == 6
    for name, version in versions.items():
        assert version.shape == grain.shape
        if name != "as stored":
            assert np.abs(np.diff(version)).mean() < 0.7 * np.abs(np.diff(grain)).mean(), name


@pytest.mark.slow
@pytest.mark.parametrize("step", augment_pictures.steps.STEPS)
def test_every_step_can_be_drawn_at_every_strength(step):
    shown = [
        augment_pictures.augmented(IMAGE, MASK, (64, 60), step, strength, 1)
        for strength in (0.0, 0.5, 1.0)
    ]
    assert all(step in picture.alt for picture in shown)
    if "flip" not in step and step != "blur":
        assert differ(shown[0], shown[2])


@pytest.mark.slow
def test_every_step_is_in_the_gallery_and_has_its_reason():
    picture, table = augment_pictures.every_step(IMAGE, MASK, 1), augment_pictures.reasons()
    assert differ(picture, augment_pictures.every_step(IMAGE[::-1].copy(), MASK, 1))
    for name, kind in augment_pictures.steps.STEPS.items():
        assert (
            name in augment_pictures.MENU
            and name in picture.alt
            and [name, kind.note] in table.rows
        )


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
    assert list(table.index) == list(FILTERS)
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
