"""Every picture of the lessons' sliders, drawn from plain arguments."""

import cv2
import numpy as np
import pytest

from course_utils import enhance, figures, gallery, load, samples, simulate, views
from course_utils.checks.enhance import FILTERS

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
    assert differ(views.frame(CINE, 0), views.frame(CINE, 1))
    brighter = pixels(views.frame(CINE, 0, 12)).mean()
    assert brighter > pixels(views.frame(CINE, 0, 0)).mean()
    assert "+12 dB" in views.frame(CINE, 0, 12).alt


def test_saturated_is_a_percentage():
    assert views.saturated(np.array([[0, 1.0], [1.0, 0.5]])) == 50


@pytest.mark.slow
@pytest.mark.parametrize(
    "one, other",
    [
        (lambda: views.with_histogram(IMAGE, "a"), lambda: views.with_histogram(1 - IMAGE, "a")),
        (
            lambda: views.gain_and_window(IMAGE, 0, 0, 1),
            lambda: views.gain_and_window(IMAGE, 10, 0, 1),
        ),
        (
            lambda: views.gain_and_window(IMAGE, 0, 0, 1),
            lambda: views.gain_and_window(IMAGE, 0, 0.5, 0.2),
        ),
        (lambda: views.clahe(IMAGE, 1, 8), lambda: views.clahe(IMAGE, 10, 8)),
        (lambda: views.clahe(IMAGE, 5, 2), lambda: views.clahe(IMAGE, 5, 16)),
        (lambda: views.two_sizes(IMAGE, IMAGE), lambda: views.two_sizes(IMAGE, IMAGE / 2)),
        (lambda: views.despeckling(IMAGE, 64), lambda: views.despeckling(IMAGE[:, ::-1], 64)),
        (
            lambda: gallery.forgotten_mask(IMAGE, MASK, MASK),
            lambda: gallery.forgotten_mask(IMAGE, MASK, MASK[::-1]),
        ),
    ],
)
def test_each_picture_follows_its_arguments(one, other):
    assert differ(one(), other())


def test_despeckled_keeps_the_shape_and_smooths():
    probe = simulate.Probe(depth_mm=15, lines=96)
    grain = enhance.log_compress(simulate.envelope(simulate.speckle(probe, seed=1), probe))
    versions = views.despeckled(grain)
    assert len(versions) == 6
    for name, version in versions.items():
        assert version.shape == grain.shape
        if name != "as stored":
            assert np.abs(np.diff(version)).mean() < 0.7 * np.abs(np.diff(grain)).mean(), name


@pytest.mark.slow
@pytest.mark.parametrize("step", gallery.augment.STEPS)
def test_every_step_can_be_drawn_at_every_strength(step):
    shown = [
        gallery.augmented(IMAGE, MASK, (64, 60), step, strength, 1) for strength in (0.0, 0.5, 1.0)
    ]
    assert all(step in picture.alt for picture in shown)
    if "flip" not in step and step != "blur":
        assert differ(shown[0], shown[2])


@pytest.mark.slow
def test_every_step_is_in_the_gallery_and_has_its_reason():
    picture, table = gallery.every_step(IMAGE, MASK, 1), gallery.reasons().data
    assert differ(picture, gallery.every_step(IMAGE[::-1].copy(), MASK, 1))
    for name, kind in gallery.augment.STEPS.items():
        assert name in gallery.MENU and name in picture.alt and f"| {name} | {kind.note} |" in table


def test_outside_says_how_bright_each_place_has_become():
    place, other = np.s_[0:10, 0:20], np.s_[20:30, 0:20]
    picture = views.outside(
        np.zeros((40, 40), np.float32), np.full((40, 40), 0.25, np.float32), place, other
    )
    assert picture.alt.count("mean 0.00") == 2 and picture.alt.count("mean 0.25") == 2


def test_kept_counts_in_per_cent_of_the_stored_image():
    muscle = views.middle(
        load.image(samples.folder("muscle_hires") / samples.table("muscle_hires").image[0])
    )
    table = views.kept(muscle, np.s_[185:200, 10:60], np.s_[20:150, 60:190])
    assert list(table.index) == list(FILTERS)
    assert (table["grain left (%)"] < 90).all() and table["lines left (%)"].between(50, 105).all()
    enough = table[table["grain left (%)"] <= 75]
    assert enough["lines left (%)"].idxmax() == "non-local means" and "median" not in enough.index


def test_recipes_draws_every_pipeline():
    picture = gallery.recipes(
        IMAGE, MASK, count=2, twice=lambda i, m: (i, m), dark=lambda i, m: (i / 2, m)
    )
    assert "twice, dark" in picture.alt


def test_forgotten_mask_states_the_overlap():
    assert "Dice 1.00" in gallery.forgotten_mask(IMAGE, MASK, MASK).alt
    assert "Dice 0.00" in gallery.forgotten_mask(IMAGE, MASK, 0 * MASK).alt


def test_the_ballot_marks_votes_and_nothing_else():
    letters = list(gallery.candidates(IMAGE, MASK))
    none = dict.fromkeys(letters, False)
    assert letters == list("abcdefgh")
    assert "possible: none" in gallery.ballot(IMAGE, MASK, none).alt
    assert "possible: A, F" in gallery.ballot(IMAGE, MASK, {**none, "a": True, "f": True}).alt


def test_centre_of_a_mask():
    assert figures.centre(MASK) == (63.5, 59.5)
    assert np.isnan(figures.centre(MASK * 0)).all()
