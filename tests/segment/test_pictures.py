import numpy as np
import pandas
import pytest

from course_utils.core import errors
from course_utils.segment import pictures
from course_utils.show import figures, tiles

GREY = np.full((40, 60), 0.5, np.float32)
TRUTH = np.zeros((40, 60), np.uint8)
TRUTH[10:30, 10:50] = 1
SHIFTED = np.roll(TRUTH, 5, axis=0)


def history(epochs=6):
    number = np.arange(1, epochs + 1)
    return pandas.DataFrame(
        {
            "epoch": number,
            "loss": 1 / number,
            "val_loss": 1 / number + 0.25,
            "dice": 1 - 0.5 / number,
            "val_dice": 0.9 - (number - 3) ** 2 / 100,
        }
    )


def test_the_error_map_says_how_much_in_words():
    picture = pictures.error_map(GREY, TRUTH, SHIFTED, spacing=(0.1, 0.1))
    assert "25 % was missed" in picture.alt and "25 % was invented" in picture.alt
    assert "Dice 0.75" in picture.alt and picture.png.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "truth, prediction, score",
    [
        (TRUTH, TRUTH, 1),
        (TRUTH, 0 * TRUTH, 0),
        (0 * TRUTH, 0 * TRUTH, 1),
        (0 * TRUTH, TRUTH, 0),
        (TRUTH, SHIFTED, 0.75),
        (TRUTH, 0.5 * TRUTH, 0),
        (TRUTH, 0.51 * TRUTH, 1),
    ],
)
def test_dice_of_one_case(truth, prediction, score):
    assert pictures.dice(truth, prediction) == pytest.approx(score)


def test_a_triptych_has_a_row_for_each_case_and_its_dice_in_the_text():
    one = pictures.triptych([GREY], [TRUTH], [SHIFTED])
    two = pictures.triptych([GREY] * 2, [TRUTH] * 2, [SHIFTED, TRUTH], names=["P07", "P09"])
    assert "P07 0.75, P09 1.00" in two.alt and "case 1 0.75" in one.alt
    assert len(one.tiles) == 2 and len(two.tiles) == 4 and two.columns == 2
    assert "solid" in one.alt and "dashed" in one.alt and "striped" in one.alt


def test_a_triptych_takes_the_arrays_of_a_batch_and_true_proportions():
    batch = [part[None, ..., None] for part in (GREY, TRUTH, SHIFTED)]
    flat = pictures.triptych([GREY], [TRUTH], [SHIFTED])
    assert pictures.triptych(*batch).png == flat.png
    wide = pictures.triptych([GREY], [TRUTH], [SHIFTED], spacing=(0.1, 0.2))
    (_, square), (_, stretched) = flat.tiles[0], wide.tiles[0]
    assert stretched.shape[0] - 2 * tiles.STRIP == pytest.approx(square.shape[0] / 2, abs=2)


@pytest.mark.parametrize(
    "images, truths, predictions",
    [([], [], []), ([GREY], [TRUTH], []), ([GREY], [TRUTH[:9]], [SHIFTED]), ([GREY[0]],) * 3],
)
def test_what_does_not_fit_together_is_refused(images, truths, predictions):
    with pytest.raises(errors.DataError):
        pictures.triptych(images, truths, predictions)


def test_the_curves_name_the_gap_and_the_best_epoch():
    picture = pictures.curves(history())
    assert "a gap of +0.11" in picture.alt  # Dice 0.92 against 0.81 at the last epoch
    assert "a gap of +0.25" in picture.alt and "came after epoch 3" in picture.alt
    assert "0.90" in picture.alt


def test_one_epoch_is_a_curve_too():
    assert "over 1 epoch. Dice" in pictures.curves(history(1)).alt


@pytest.mark.parametrize(
    "table, words", [(history(0), "no epoch"), (history().drop(columns="val_dice"), "val_dice")]
)
def test_no_curves_without_epochs_or_columns(table, words):
    with pytest.raises(errors.DataError, match=words):
        pictures.curves(table)


def test_replay_plays_the_frames_once_and_rests_on_the_last():
    frames = [figures.plain(GREY, f"epoch {number}") for number in (1, 2, 3)]
    film = pictures.replay(frames)
    assert len(film.told["images"]) == 3 and film.told["said"][-1] == "epoch 3 of 3"
    assert "epoch 3" in film.alt and "<output>epoch 3 of 3</output>" in film.html()
    with pytest.raises(errors.DataError, match="watch"):
        pictures.replay([])


def test_what_is_drawn_for_a_price_a_threshold_or_a_slip_says_its_numbers():
    sure = TRUTH * 0.9
    assert (
        "precision 1.000, recall 1.000, Dice 1.000"
        in pictures.thresholded(GREY, TRUTH, sure, 0.5).alt
    )
    assert "Missed costs 0.30" in pictures.priced(GREY, TRUTH, sure, 0.3).alt
    assert "5 pixels too low" in pictures.slipped(TRUTH, 5, 0.9).alt
    assert "nothing was measured" in pictures.measured(GREY, TRUTH, None, (0.1, 0.1)).alt
