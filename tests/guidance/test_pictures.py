"""Each picture has its message, and says what it shows in words that follow the numbers."""

import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.core.errors import DataError
from course_utils.guidance import chests, gates, pictures, poses, trials
from course_utils.simulate import ventricle


def test_views_name_each_pose_with_its_quality():
    window = chests.Window(chests.patient(7, bmi=24))
    sheet = pictures.views(window, {"best": (0, 0), "off": (14, 0)})
    assert len(sheet.tiles) == 2 and "best · view 1.00" in sheet.alt
    assert f"off · view {window.quality(poses.Pose(14, 0)):.2f}" in sheet.alt


def test_the_landscape_says_the_share_of_usable_poses():
    shown = pictures.landscape(ventricle.Heart())
    slides, tilts = np.meshgrid(np.linspace(-24, 24, 97), np.linspace(-12, 12, 97))
    share = np.mean(poses.quality(slides, tilts, ventricle.Heart()) >= poses.USABLE)
    assert f"{100 * share:.0f} % of these poses" in shown.alt


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (gates.Gate(0.8, 0.8, 1), "opens 2 times; it records at 0.2 s"),
        (gates.Gate(0.8, 0.6, 4), "opens 1 time; it records at 0.5 s"),
        (gates.Gate(0.99, 0.6, 1), "opens 0 times; it never records"),
    ],
)
def test_a_trace_tells_how_often_it_opens_and_when_it_records(gate, said):
    scores = [0.1, 0.3, 0.85, 0.7, 0.82, 0.9, 0.4]
    assert said in pictures.trace(scores, gate).alt


def test_the_price_of_a_bar_has_both_curves():
    shown = pictures.price([0.2, 0.5, 0.9], [0.4, 0.7, np.nan], [0.0, 0.5, 1.0], wanted=0.5)
    assert "from 0.40 usable and 0.00 refused" in shown.alt
    with pytest.raises(DataError, match="Each bar"):
        pictures.price([0.2, 0.5], [0.4], [0.1, 0.2])


def test_refusals_and_agreement_carry_their_intervals():
    found = {
        name: evaluate.proportion(np.arange(20) < count)
        for name, count in (("light", 1), ("middle", 4), ("heavy", 12))
    }
    shown = pictures.refusals(found)
    for name, share in found.items():
        assert f"{name} {share.estimate:.2f} ({share.low:.2f} to {share.high:.2f})" in shown.alt
    assert "0.90 (0.85 to 0.93)" in pictures.agreement([0.1, 0.9], [0, 1], (0.9, 0.85, 0.93)).alt


def test_operators_are_shown_one_by_one_and_no_interval_is_said():
    shares = pd.DataFrame(
        {
            trials.UNGUIDED: [0.2, 0.4, np.nan],
            trials.GUIDED: [0.6, 0.7, np.nan],
            trials.EXPERT: [np.nan, np.nan, 0.9],
        },
        index=["N01", "N02", "E01"],
    )
    assert "novice, guided 0.65" in pictures.operators(shares).alt
    effect = (0.35, np.nan, np.nan)
    assert "+0.35 (no interval; 2 novices)" in pictures.operators(shares, effect).alt
    assert "+0.35 (+0.10 to +0.60; 2 novices)" in pictures.operators(shares, (0.35, 0.1, 0.6)).alt
