"""Pictures of lesson 03: what each step does, what every pipeline gives, a mask that was forgotten."""

import numpy as np
import pytest

from course_utils.augment import pictures

IMAGE = np.random.default_rng(0).random((128, 128), dtype=np.float32) * 0.6
MASK = np.zeros((128, 128), np.uint8)
MASK[40:80, 10:118] = 1


@pytest.mark.slow
@pytest.mark.parametrize("step", pictures.steps.STEPS)
def test_every_step_can_be_drawn_at_every_strength(step):
    weak, _, strong = (
        pictures.augmented(IMAGE, MASK, (64, 60), step, strength, 1) for strength in (0.0, 0.5, 1.0)
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
    picture, table = pictures.every_step(IMAGE, MASK, 1), pictures.reasons()
    assert [name for name, _ in picture.tiles] == list(pictures.steps.STEPS)
    for name, kind in pictures.steps.STEPS.items():
        assert name in pictures.MENU and name in picture.alt
        assert [name, kind.note] in table.rows


def test_recipes_draws_every_pipeline():
    picture = pictures.recipes(
        IMAGE, MASK, count=2, twice=lambda i, m: (i, m), dark=lambda i, m: (i / 2, m)
    )
    assert "twice, dark" in picture.alt


def test_forgotten_mask_states_the_overlap():
    assert "Dice 1.00" in pictures.forgotten_mask(IMAGE, MASK, MASK).alt
    assert "Dice 0.00" in pictures.forgotten_mask(IMAGE, MASK, 0 * MASK).alt


def test_the_ballot_marks_votes_and_nothing_else():
    letters = list(pictures.candidates(IMAGE, MASK))
    none = dict.fromkeys(letters, False)
    assert letters == list("abcdefgh")
    assert "possible: none" in pictures.ballot(IMAGE, MASK, none).alt
    assert "possible: A, F" in pictures.ballot(IMAGE, MASK, {**none, "a": True, "f": True}).alt
