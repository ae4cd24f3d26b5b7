"""Pictures of lesson 10 say in words what they show."""

import numpy as np
import pandas as pd

from course_utils.denoise import methods, pictures, scenes
from course_utils.evaluate import Interval

SCENE, DISCS = scenes.quiet(11)
MEDIAN = methods.method("median", 9)


def area(value):
    return Interval(value, value - 0.05, value + 0.03, "test", 60, 120)


def test_the_reveal_says_how_much_was_kept():
    raw = pictures.reveal(SCENE, DISCS[0], methods.RAW)
    assert "keeps 100 %" in raw.caption and len(raw.tiles) == 4 and "0.4 mm" in raw.alt
    done = pictures.reveal(SCENE, DISCS[0], MEDIAN)
    assert "median keeps" in done.caption and "100 %" not in done.caption


def test_the_gallery_shows_the_same_picture_through_each():
    made = pictures.gallery(SCENE.image(), {"raw": methods.RAW, "median": MEDIAN}, SCENE.clean())
    assert [caption for caption, _ in made.tiles] == ["raw", "median", "the tissue itself"]
    assert "median" in made.alt and made.png[:4] == b"\x89PNG"


def test_marks_lie_round_the_disc():
    points = np.array(pictures.marks(scenes.Disc(0.0, 10.0, 0.6, -6.0)))
    middle = 10.0 / np.array([scenes.PIXEL_MM[1], scenes.PIXEL_MM[0]])
    assert np.allclose(points.mean(axis=0), middle)
    reach = np.abs(points - middle).max(axis=0) * np.array(scenes.PIXEL_MM)[::-1]
    assert np.allclose(reach, 0.6 + pictures.MARK_MM)


def test_the_floor_names_how_near_the_loss_comes():
    made = pictures.floor({"two looks": [0.03, 0.01, scenes.FLOOR * 1.02]})
    assert "two looks ends at 0.0088" in made.alt and "0.0086" in made.alt


def test_the_ranks_tell_every_number():
    table = pd.DataFrame(
        {"psnr": [20.5, 36.0], "auc": [area(0.95), area(0.8)]}, index=["raw", "two looks"]
    )
    made = pictures.ranks(table, Interval(0.99, 0.98, 1.0, "test", 60, 120))
    assert "raw 20.5 dB, AUC 0.95" in made.alt and "two looks 36.0 dB, AUC 0.80" in made.alt
