"""The pictures and tables of lessons 04 and 05."""

import cv2
import numpy as np
import pytest

from course_utils.cases import samples
from course_utils.core import errors
from course_utils.evaluate import metrics
from course_utils.segment import muscle, pictures

IMAGE = np.random.default_rng(0).random((96, 128), dtype=np.float32) * 0.5
MASK = np.zeros((96, 128), np.uint8)
MASK[30:60, :] = 1
BLURRED = cv2.GaussianBlur(MASK.astype(np.float32), (0, 0), 5)


@pytest.mark.parametrize("shift", [0, 3, 10, 30])
def test_slip_has_the_dice_of_a_shifted_band(shift):
    drawn = (pictures.slip(MASK, shift, 0.9) > 0.5).astype(np.uint8)
    assert metrics.dice(MASK, drawn) == pytest.approx(max(0, 1 - shift / 30))


def test_slipped_states_both_parts_of_the_loss():
    sure, unsure = pictures.slipped(MASK, 6, 0.99).alt, pictures.slipped(MASK, 6, 0.6).alt
    assert "Dice 0.80" in sure and "Dice 0.80" in unsure
    share = 12 * 128 / MASK.size  # wrong pixels: 6 rows missed and 6 rows false
    entropy = -(share * np.log(0.01) + (1 - share) * np.log(0.99))
    assert f"cross-entropy {entropy:.2f}" in sure


def test_the_price_moves_precision_and_recall_against_each_other():
    recalls, precisions = [], []
    for beta in (0.05, 0.5, 0.95):
        drawn, _ = pictures.cheapest(MASK, BLURRED + np.float32(0.2) * IMAGE, beta)
        recalls.append(metrics.recall(MASK, drawn))
        precisions.append(metrics.precision(MASK, drawn))
    assert recalls == sorted(recalls) and precisions == sorted(precisions, reverse=True)
    assert recalls[-1] > recalls[0]
    assert "recall" in pictures.priced(IMAGE, MASK, BLURRED, 0.5).alt


def test_thresholded_draws_less_at_a_higher_threshold():
    low, high = (pictures.thresholded(IMAGE, MASK, BLURRED, cut).alt for cut in (0.1, 0.9))
    assert "recall 1.000" in low and "precision 1.000" in high


def test_measured_names_the_millimetres():
    found = muscle.thickness(MASK, (0.2, 0.2))
    assert "6.0 mm" in pictures.measured(IMAGE, MASK, found, (0.2, 0.2)).alt


def test_an_unknown_network_names_those_that_exist():
    with pytest.raises(errors.FileError, match="unet_scanner_b"):
        samples.model("unet_of_nobody")
    assert samples.model("unet_scanner_b").stat().st_size < 3e6
