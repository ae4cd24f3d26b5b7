"""Measures of masks against closed forms; test_outlines compares them with other programs."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.core.errors import CalibrationError, DataError
from course_utils.evaluate import metrics
from tests.helpers.shapes import blobs, box, disc

QUICK = settings(max_examples=25, deadline=None, derandomize=True, database=None)
SPACING = (0.12, 0.08)
MM = (0.5, 0.25)


# --- overlap ---


@pytest.mark.parametrize("radius, more", [(60, 6), (90, 20), (120, 2)])
def test_dice_of_a_dilated_disc_is_its_closed_form(radius, more):
    expected = 2 * radius**2 / (radius**2 + (radius + more) ** 2)
    assert metrics.dice(disc(radius), disc(radius + more)) == pytest.approx(expected, abs=0.002)
    assert metrics.recall(disc(radius), disc(radius + more)) == 1
    share = radius**2 / (radius + more) ** 2
    assert metrics.precision(disc(radius), disc(radius + more)) == pytest.approx(share, abs=0.003)


@pytest.mark.parametrize("shift", [0, 10, 47, 100, 160])
def test_dice_of_a_shifted_disc_is_the_lens_of_two_circles(shift):
    radius = 70
    half = min(shift / 2 / radius, 1)
    share = 2 / math.pi * (math.acos(half) - half * math.sqrt(1 - half**2))
    left, right = disc(radius, (150, 75)), disc(radius, (150, 75 + shift))
    assert metrics.dice(left, right) == pytest.approx(share, abs=0.003)


def test_overlap_of_a_shifted_square_is_exact():
    truth, prediction = box(50, 150, 60, 160), box(50, 150, 80, 180)
    assert metrics.dice(truth, prediction) == pytest.approx(0.8, abs=1e-12)
    assert metrics.iou(truth, prediction) == pytest.approx(80 / 120, abs=1e-12)
    assert metrics.precision(truth, prediction) == metrics.recall(truth, prediction) == 0.8


def test_false_and_missed_muscle_are_told_apart():
    truth, small, large = box(50, 150, 50, 150), box(50, 100, 50, 150), box(50, 150, 50, 250)
    assert (metrics.precision(truth, small), metrics.recall(truth, small)) == (1, 0.5)
    assert (metrics.precision(truth, large), metrics.recall(truth, large)) == (0.5, 1)


@QUICK
@given(st.integers(0, 10_000))
def test_iou_follows_from_dice_and_order_swaps_precision_with_recall(seed):
    one, two = blobs(seed)
    value = metrics.dice(one, two)
    assert metrics.iou(one, two) == pytest.approx(value / (2 - value))
    assert metrics.precision(one, two) == metrics.recall(two, one)
    assert value == metrics.dice(two, one)


# --- outlines ---


@pytest.mark.parametrize("more", [2, 5, 20])
def test_outlines_of_a_dilated_disc_are_as_far_apart_as_it_grew(more):
    one, two = disc(80), disc(80 + more)
    assert metrics.hd95(one, two) == pytest.approx(more, abs=1.0)
    assert metrics.average_surface_distance(one, two) == pytest.approx(more, abs=0.5)
    assert metrics.surface_dice(one, two, (0.1, 0.1), tolerance_mm=0.1 * more + 0.1) == 1
    assert metrics.surface_dice(one, two, (0.1, 0.1), tolerance_mm=0.1 * more - 0.15) < 0.01


def test_a_shifted_disc_has_its_closed_mean_distance():
    # At the angle t the gap is about shift |cos t|, whose mean is 2/pi of the shift.
    one, two = disc(90, (150, 145)), disc(90, (150, 155))
    mean = metrics.average_surface_distance(one, two)
    assert mean == pytest.approx(10 * 2 / math.pi, abs=0.5)
    assert metrics.hd95(one, two) == pytest.approx(10 * math.sin(0.95 * math.pi / 2), abs=0.5)
    within = 2 / math.pi * math.asin(5 / 10)  # the share of angles with |cos t| below a half
    assert metrics.surface_dice(one, two, tolerance_px=5) == pytest.approx(within, abs=0.06)


def test_a_grown_square_is_exact():
    one, two = box(50, 250, 50, 250), box(47, 253, 47, 253)
    assert metrics.hd95(one, two) == 3  # the corners, 3 root 2 away, are under 5 % of the outline
    assert metrics.surface_dice(one, two, (0.1, 0.1), tolerance_mm=0.3) > 0.97
    assert metrics.surface_dice(one, two, (0.1, 0.1), tolerance_mm=0.29) == 0


@pytest.mark.parametrize("rows, cols, expected", [(6, 0, 6 * MM[0]), (0, 6, 6 * MM[1])])
def test_spacing_counts_by_axis(rows, cols, expected):
    # A corner of tissue that fills the lower right: moving it moves one straight edge.
    one = box(100, 300, 0, 300) if rows else box(0, 300, 100, 300)
    two = box(100 + rows, 300, 0, 300) if rows else box(0, 300, 100 + cols, 300)
    assert metrics.hd95(one, two, MM) == pytest.approx(expected)
    assert metrics.hd95(one, two) == 6


def test_pixels_that_are_not_square_do_not_change_a_circle():
    rows, cols = np.mgrid[:400, :200]

    def circle(radius):
        return ((rows - 200) * 0.1) ** 2 + ((cols - 100) * 0.2) ** 2 <= radius**2

    one, two = circle(15), circle(17)
    assert metrics.hd95(one, two, (0.1, 0.2)) == pytest.approx(2, abs=0.2)
    assert metrics.average_surface_distance(one, two, (0.1, 0.2)) == pytest.approx(2, abs=0.1)


@QUICK
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_distances_scale_with_the_pixel_and_ignore_the_order(seed, factor):
    one, two = blobs(seed)
    for measure in (metrics.hd95, metrics.average_surface_distance):
        plain = measure(one, two, SPACING)
        assert measure(two, one, SPACING) == pytest.approx(plain)
        larger = measure(one, two, tuple(factor * mm for mm in SPACING))
        assert larger == pytest.approx(factor * plain)
    assert measure(one, one, SPACING) == 0


# --- empty masks ---


def test_two_empty_masks_agree_perfectly():
    nothing = np.zeros((30, 40), np.uint8)
    assert metrics.score(nothing, nothing, MM) == {
        "dice": 1,
        "iou": 1,
        "precision": 1,
        "recall": 1,
        "hd95_mm": 0,
        "surface_distance_mm": 0,
        "surface_dice": 1,
    }


@pytest.mark.parametrize("swap", [False, True])
def test_one_empty_mask_is_the_worst_answer_and_never_nan(swap):
    pair = [np.zeros((30, 40), np.uint8), box(10, 20, 10, 20, (30, 40))]
    pair = pair[::-1] if swap else pair
    diagonal = math.hypot(30 * MM[0], 40 * MM[1])
    assert metrics.score(*pair, MM) == {
        "dice": 0,
        "iou": 0,
        "precision": 0,
        "recall": 0,
        "hd95_mm": pytest.approx(diagonal),
        "surface_distance_mm": pytest.approx(diagonal),
        "surface_dice": 0,
    }
    assert metrics.surface_dice(*pair, MM, tolerance_mm=1000) == 0
    assert metrics.hd95(*pair) == 50


@QUICK
@given(st.integers(0, 10_000))
def test_score_is_all_the_measures_at_once(seed):
    one, two = blobs(seed)
    found = metrics.score(one, two, SPACING, tolerance_mm=0.3)
    assert found == {
        "dice": metrics.dice(one, two),
        "iou": metrics.iou(one, two),
        "precision": metrics.precision(one, two),
        "recall": metrics.recall(one, two),
        "hd95_mm": metrics.hd95(one, two, SPACING),
        "surface_distance_mm": metrics.average_surface_distance(one, two, SPACING),
        "surface_dice": metrics.surface_dice(one, two, SPACING, tolerance_mm=0.3),
    }
    pixels = metrics.score(one, two)
    assert {"hd95_px", "surface_distance_px"} < set(pixels)
    assert not any("mm" in name for name in pixels)
    assert set(found) | set(pixels) <= set(metrics.MEASURES)


def test_single_pixels_and_full_pictures_have_outlines():
    one, full = np.ones((1, 1), np.uint8), np.ones((20, 30), np.uint8)
    assert metrics.hd95(one, one) == 0
    assert metrics.hd95(full, full) == 0
    assert metrics.hd95(full, box(5, 20, 0, 30, (20, 30))) == 5  # the border of the picture counts


# --- patients ---


def cases():
    return pd.DataFrame(
        {
            "patient_id": ["P1", "P1", "P1", "P2", "P3"],
            "row_mm": 0.1,
            "dice": [0.9, 0.8, 0.7, 0.5, 1.0],
            "hd95_mm": [1.0, 2, 3, 4, 5],
            "thickness_error_mm": [1.0, np.nan, 3, np.nan, 0],
        }
    )


def test_patients_are_averaged_first():
    table = metrics.per_patient(cases())
    assert table["dice"].to_dict() == pytest.approx({"P1": 0.8, "P2": 0.5, "P3": 1.0})
    assert table["images"].to_dict() == {"P1": 3, "P2": 1, "P3": 1}
    assert table.loc["P1", "thickness_error_mm"] == 2 and np.isnan(table.loc["P2"].iloc[-1])
    assert list(table) == ["images", "dice", "hd95_mm", "thickness_error_mm"]
    # The mean over images would have been another number.
    assert table["dice"].mean() != pytest.approx(cases()["dice"].mean())


# --- bad input ---

RIGHT = np.ones((4, 5), np.uint8)


@pytest.mark.parametrize(
    "wrong, said",
    [
        (np.ones((4, 6), np.uint8), "4 x 5 but the prediction 4 x 6"),
        (RIGHT * 255, "0 and 1 only"),
        (RIGHT * 2, "one label"),
        (RIGHT * 0.4, "probability"),
        (RIGHT * np.nan, "NaN"),
        (RIGHT * np.inf, "NaN or infinite"),
        (-RIGHT.astype(int), "from -1"),
        (np.ones((4, 5, 3), np.uint8), "without colours"),
        (np.ones((0, 5)), r"\(0, 5\)"),
        ("mask.png", "load.mask"),
        (None, "NoneType"),
        ([[0, 1], [1]], "list"),
    ],
)
@pytest.mark.parametrize("measure", [metrics.dice, metrics.hd95, metrics.score])
def test_what_is_not_a_mask_is_refused(measure, wrong, said):
    with pytest.raises(DataError, match=said):
        measure(RIGHT, wrong)


@pytest.mark.parametrize("spacing", [(0, 1), (-1, 1), (np.nan, 1), 0.1, (1, 2, 3), ("a", "b"), ()])
def test_spacing_must_be_two_lengths(spacing):
    with pytest.raises(DataError, match="row_mm, col_mm"):
        metrics.hd95(RIGHT, RIGHT, spacing)


def test_millimetres_are_not_invented():
    with pytest.raises(CalibrationError, match="tolerance_px"):
        metrics.surface_dice(RIGHT, RIGHT, None, tolerance_mm=1)
    with pytest.raises(CalibrationError):
        metrics.surface_dice(RIGHT, RIGHT)
    with pytest.raises(DataError, match="tolerance_mm"):
        metrics.surface_dice(RIGHT, RIGHT, MM, tolerance_px=3)
    with pytest.raises(DataError, match="not both"):
        metrics.surface_dice(RIGHT, RIGHT, None, tolerance_mm=1, tolerance_px=3)
    with pytest.raises(DataError, match="0 or more"):
        metrics.surface_dice(RIGHT, RIGHT, MM, tolerance_mm=-1)
    with pytest.raises(DataError, match="number"):
        metrics.surface_dice(RIGHT, RIGHT, MM, tolerance_mm=np.nan)


@pytest.mark.parametrize(
    "table, said",
    [
        (cases().iloc[:0], "empty"),
        (cases().drop(columns="patient_id"), "patient_id"),
        (cases()[["patient_id"]], "measure"),
        (cases().assign(patient_id=[None, "P1", "P1", "P2", "P3"]), "1 image has no patient_id"),
        ([1, 2], "list"),
    ],
)
def test_per_patient_needs_a_table_of_cases(table, said):
    with pytest.raises(DataError, match=said):
        metrics.per_patient(table)


def test_one_person_in_two_spellings_is_one_patient():
    scores = pd.DataFrame({"patient_id": ["P1", "p1 ", "Ｐ1", "P2"], "dice": [0.8, 0.6, 0.7, 1]})
    table = metrics.per_patient(scores)
    assert list(table.index) == ["P1", "P2"] and list(table["images"]) == [3, 1]
