"""The table of learning curves, from runs that were made up, and a picture in another grey."""

import numpy as np
import pytest

from tools.measure import curves


def run(name, seed, *dice):
    """A run whose Dice of 80 people scatters a little about one value a mark."""
    spread = np.linspace(-0.1, 0.1, 80)
    at = {
        str(mark): {
            "last": {"unseen": list(value + spread), "train": value + 0.1},
            "mean": {"unseen": list(value + spread + 0.02), "train": value},
            "shown": 8 * mark,
        }
        for mark, value in zip((20, 60), dice, strict=True)
    }
    return {"name": name, "images": 60, "seed": seed, "first_s": 2.0 + seed, "at": at}


def test_the_table_has_the_mean_over_seeds_and_differences_person_by_person():
    rows = [run("today", 0, 0.5, 0.7), run("today", 1, 0.6, 0.8), run("plain", 0, 0.3, 0.6)]
    told = curves.told(rows, [20, 60])
    line = next(one for one in told if "models.unet as it is | last" in one)
    assert "| 2 |" in line and "0.550 (0.650); 0.750 (0.850)" in line and "| 2.5 | 480 |" in line
    line = next(one for one in told if one.startswith("| 60 | plain, last | today |"))
    # everybody differs by the same, so the interval has no width
    assert line.count("-0.250 (-0.250 to -0.250)") == 1 and "-0.150" in line
    assert any("| 60 | today, mean | today | +0.020 (+0.020 to +0.020)" in one for one in told)


def test_another_machines_grey_keeps_the_picture_and_changes_its_greys():
    rng = np.random.default_rng(3)
    image = np.clip(np.linspace(0, 1, 64)[:, None] + 0.1 * rng.random((64, 64)), 0, 1)
    image = image.astype(np.float32)
    made = [curves.regrey(image, rng) for _ in range(6)]
    for one in made:
        assert one.shape == image.shape and one.dtype == np.float32
        assert one.min() >= 0 and one.max() <= 1
    assert np.std([one.mean() for one in made]) > 0.01


def test_another_body_has_its_layers_elsewhere_and_its_upper_sheet_in_view():
    """Image and mask move together: what is bright is the muscle before and after."""
    rng = np.random.default_rng(5)
    mask = np.zeros((curves.SIZE, curves.SIZE), np.uint8)
    mask[40:80] = 1
    image = np.where(mask > 0, 0.9, 0.3).astype(np.float32)
    thick = []
    for _ in range(12):
        made, moved = curves.another_body(image, mask, rng)
        assert made.dtype == np.float32 and moved.dtype == np.uint8
        assert made.min() >= 0 and made.max() <= 1
        assert moved.any() and not moved[:2].any()
        assert made[moved > 0].mean() > made[moved == 0].mean()
        thick.append(moved.sum(axis=0).mean())
    assert np.std(thick) > 2


def test_dice_is_one_where_both_are_empty():
    class Answer:
        def __init__(self, images):
            self.images = images

        def numpy(self):
            return self.images

    images = np.zeros((3, 8, 8), np.float32)
    images[1:, :4] = 1.0
    truths = np.zeros((3, 8, 8), np.uint8)
    truths[1, :4], truths[2, :2] = 1, 1
    assert curves.dice(Answer, images, truths) == pytest.approx([1.0, 1.0, 2 * 16 / (32 + 16)])
