"""Pictures of an evaluation: each says its message in words, holds its numbers, and is a PNG."""

import cv2
import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.core.errors import DataError
from course_utils.evaluate import agreement, pictures
from course_utils.show import figures

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

pytestmark = pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")

RNG = np.random.default_rng(0)
TRUTH = RNG.random(120) < 0.3
PROBABILITY = 1 / (1 + np.exp(-(RNG.normal(0, 1, 120) + 1.5 * TRUTH - 1)))


def pixels(picture):
    assert isinstance(picture, figures.Picture) and len(picture.alt) > 40
    return cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_COLOR)


def coloured(picture, colour):
    """How many pixels are exactly of this colour (#rrggbb)."""
    rgb = tuple(int(colour[place : place + 2], 16) for place in (5, 3, 1))
    return int((pixels(picture) == rgb).all(axis=2).sum())


def test_reliability_tells_its_bins_and_its_worst():
    found = evaluate.calibration(TRUTH, PROBABILITY, bins=5)
    picture = pictures.reliability(found)
    assert "5 bins of equal width" in picture.alt and "Furthest off: " in picture.alt
    assert coloured(picture, figures.BLUE) > 50


def test_a_decision_curve_says_where_the_model_helps():
    table = evaluate.net_benefit(TRUTH, PROBABILITY, np.linspace(0.05, 0.6, 12))
    picture = pictures.decision_curve(table)
    assert f"at {table.useful.sum()} of 12 thresholds" in picture.alt
    assert coloured(picture, figures.ORANGE) > 20
    with pytest.raises(DataError, match="at least 2"):
        pictures.decision_curve(table.iloc[:1])


@pytest.mark.slow
def test_bland_altman_shows_limits_and_ruler():
    a = RNG.normal(20, 4, 30)
    found = agreement.bland_altman(a + RNG.normal(1, 1, 30), a, range(30))
    bare, full = (
        pictures.bland_altman(found, line=False),
        pictures.bland_altman(found, human=(-2, 2)),
    )
    assert coloured(bare, figures.PINK) == coloured(bare, figures.GREEN) == 0
    assert coloured(full, figures.PINK) > 50 and coloured(full, figures.GREEN) > 20
    assert f"bias {found.bias.estimate:.2f}" in full.alt and "-2.00 to 2.00 mm" in full.alt


@pytest.mark.parametrize(("people", "end"), [(20, "upwards"), (100, "to ")])
def test_repeats_show_the_limit_the_recipes_and_the_largest(people, end):
    first = pd.Series(18.0, [f"S{number}" for number in range(people)])
    gaps = pd.Series(np.linspace(-0.3, 0.3, people), first.index)
    gaps["S7"] = 5.0
    found = agreement.smallest_detectable_change(first, first + gaps)
    picture = pictures.repeats(found)
    assert f"{found.limit.low:.2f} {end}" in picture.alt and "S7 5.00, S0 0.30" in picture.alt
    assert all(coloured(picture, one) > 20 for one in (figures.ORANGE, figures.GREEN))


@pytest.mark.parametrize(
    "prevalence, sensitivity, specificity, told",
    [
        (0.08, 0.9, 0.85, "72 found, 8 missed, 138 false alarms, 782 rightly cleared"),
        (0.0, 0.9, 1.0, "0 found, 0 missed, 0 false alarms, 1000 rightly cleared"),
        (1.0, 1.0, 0.5, "1000 found, 0 missed, 0 false alarms, 0 rightly cleared"),
    ],
)
def test_a_thousand_people_add_up(prevalence, sensitivity, specificity, told):
    assert told in pictures.prevalence(prevalence, sensitivity, specificity).alt


def test_rounded_people_are_still_a_thousand():
    for share in np.linspace(0, 1, 37):
        counts = pictures.whole(evaluate.frequencies(0.87, 0.913, share), 1000)
        assert sum(counts) == 1000 and min(counts) >= 0


def test_the_block_of_found_and_missed_grows_with_prevalence():
    few, many = (pictures.prevalence(share) for share in (0.02, 0.5))
    assert coloured(many, figures.BLUE) > 5 * coloured(few, figures.BLUE)


def test_a_forest_names_its_groups_and_marks_the_worst():
    table = pd.DataFrame(
        {
            "patient_id": range(40),
            "device": ["A", "B"] * 20,
            "dice": RNG.beta(12, 1.5, 40) - [0, 0.1] * 20,
            "refused": False,
        }
    )
    picture = pictures.forest(evaluate.subgroups(table, "device", "dice"))
    assert "lowest B" in picture.alt and "20 patients" in picture.alt
    assert coloured(picture, figures.ORANGE) > 20 and coloured(picture, figures.BLUE) > 20


def test_a_drop_joins_the_patients_on_both_scanners():
    first = pd.Series(RNG.beta(12, 1.5, 10))
    second = first - 0.1
    picture = pictures.drop(first, second, difference=evaluate.compare(first, second))
    assert "10 of 10 patients on both are lower" in picture.alt and "-0.10" in picture.alt
    apart = pictures.drop({"a": 0.9, "b": 0.8}, {"c": 0.7})
    assert "No patient is on both" in apart.alt and "(1 patients)" not in apart.alt
    with pytest.raises(DataError, match="at least one patient"):
        pictures.drop({}, {"a": 1})
    with pytest.raises(DataError, match="second scanner is missing in 1 of 1"):
        pictures.drop({"a": 1}, {"a": np.nan})
