"""Stills for training: made once, never for validation too, and grey anew in every step."""

import cv2
import numpy as np
import pytest

from course_utils.simulate import ranges, varied
from tools.data import stills, varied_muscle


def test_no_still_is_for_training_and_validation_or_of_two_families():
    every = []
    for family in (None, *ranges.families()):
        for part in (*range(20), stills.VALIDATION):
            first = part * stills.PART
            every += stills.seeds(family, range(first, first + stills.PART))
    assert len(every) == len(set(every))


def test_a_part_is_made_once_and_read_again(tmp_path):
    made = []

    def make(seed, family):
        made.append((seed, family))
        return np.full((4, 4), seed % 7, np.float16), np.ones((4, 4), np.uint8)

    first = stills.part("crisp", 1, make, 3, tmp_path)
    again = stills.part("crisp", 1, make, 3, tmp_path)
    assert made == [
        (seed, "crisp") for seed in stills.seeds("crisp", range(stills.PART, stills.PART + 3))
    ]
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert [path.name for path in tmp_path.iterdir()] == ["crisp_001.npz"]


def test_training_leaves_out_the_family_that_is_held_back(tmp_path):
    for number, family in enumerate((None, *ranges.families())):
        stills.part(
            family, 0, lambda *_, n=number: (np.full((2, 2), n), np.ones((2, 2))), 2, tmp_path
        )
    held_back = ("soft", "coarse")
    levels, masks, names, covered = stills.training(held_back, 1, tmp_path)
    assert set(names) == {None, *ranges.families()} - {*held_back}
    assert (
        len(levels) == len(masks) == len(names) == len(covered) == 2 * (len(ranges.families()) - 1)
    )
    assert ranges.families().index("soft") + 1 not in levels
    drawn = [ranges.draw(seed, name)["cover"] for name in dict.fromkeys(names)
             for seed in stills.seeds(name, range(2))]  # fmt: skip
    assert list(covered) == drawn


@pytest.fixture(scope="module")
def one():
    return stills.level(stills.seeds("worn", [3])[0], "worn")


def test_one_still_becomes_other_pictures_of_the_same_muscle(one):
    rng = np.random.default_rng(0)
    pairs = [varied_muscle.pictured(*one, "worn", 64, rng) for _ in range(4)]
    for image, mask in pairs:
        assert image.shape == mask.shape == (64, 64)
        assert image.min() >= 0 and image.max() <= 1 and image.std() > 0.02
        assert mask.min() >= 0 and mask.max() == pytest.approx(1.0)
        assert not mask[0].any()  # the upper sheet stays in view
    assert not np.array_equal(pairs[0][0], pairs[1][0])


def test_the_same_draws_give_the_same_picture(one):
    first, second = (
        varied_muscle.pictured(*one, "worn", 64, np.random.default_rng(5)) for _ in range(2)
    )
    assert np.array_equal(first[0], second[0]) and np.array_equal(first[1], second[1])


def test_a_training_still_says_of_each_place_which_layer_it_is_in(one):
    _, layers = one
    assert layers.shape == (stills.SIZE, stills.SIZE) and set(np.unique(layers)) <= set(range(6))
    assert stills.MUSCLE in layers and stills.SHEET in layers
    beside = cv2.dilate((layers == stills.SHEET).astype(np.uint8), np.ones((3, 3)))
    muscle = layers == stills.MUSCLE
    rows = np.flatnonzero(muscle[:, 96])
    assert beside[rows[0], 96] and beside[rows[-1], 96]


def test_layers_meet_at_the_middles_of_the_sheets_and_hold_the_muscle():
    seed = next(seed for seed in range(50) if ranges.draw(seed)["lifted"])
    _, leg = varied.levels(seed)
    x_mm, z_mm = np.linspace(-leg.half, leg.half, 77), np.arange(0.0, 90.0, 0.05)
    layers, seen = stills.layers(leg, x_mm, z_mm), leg.touched(x_mm)
    assert not seen.all() and (layers[:, ~seen] == stills.OUTSIDE).all()
    assert np.array_equal(layers == stills.MUSCLE, leg.mask(x_mm, z_mm) == 1)
    depths = {0: leg.superficial, 2: leg.floor}
    for last, border in depths.items():
        above = np.isin(layers[:, seen], [0] if last == 0 else [0, 1, 2, stills.SHEET])
        assert above.sum(axis=0) * 0.05 == pytest.approx(border(x_mm[seen]), abs=0.06)


def test_a_layer_that_is_cast_anew_changes_as_one():
    """Without curves, clouds and lost lines a layer's change is one number, the same on all of it."""
    layers = np.repeat(np.array([0, 1, 2, 3], np.uint8), 48)[:, None] * np.ones((1, 192), np.uint8)

    class Dull:
        """Draws that leave one random thing: the shift of each layer."""

        def __init__(self):
            self.own = np.random.default_rng(4)

        def normal(self, mean, sd, size=None):
            return self.own.normal(mean, 5.0, size)

        def uniform(self, low, high):
            return 0.0

        def random(self):
            return 1.0

        def integers(self, low, high):
            return low

        def standard_normal(self, shape, kind):
            return np.zeros(shape, kind)

        def choice(self, values, p):
            return 0

    change = varied_muscle._recast(layers, Dull())
    inner = [change[48 * k + 10 : 48 * k + 38] for k in range(4)]
    assert all(np.ptp(part) < 1e-4 for part in inner)
    assert len({round(float(part[0, 0]), 3) for part in inner}) == 4
