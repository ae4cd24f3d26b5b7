"""Twenty hearts: the set, the machine that errs, and the page that is written."""

import io

import numpy as np
import pytest
from PIL import Image

from course_utils.core.errors import DataError
from course_utils.decide import readings
from course_utils.evaluate import reading


@pytest.fixture(scope="module")
def hearts():
    return readings.hearts(1, each=3)


def test_half_are_reduced_and_the_machine_errs_on_a_share_of_each_kind():
    _, truth, machine, names = readings.hearts(1)
    assert truth.sum() == 10 and len(set(names)) == 20
    wrong = truth != machine
    assert wrong[truth == 1].sum() == wrong[truth == 0].sum() == 3


def test_the_pictures_move_one_beat_and_give_nothing_away(hearts):
    for picture in hearts[0]:
        film = Image.open(io.BytesIO(picture.png))
        assert 8 <= film.n_frames <= readings.MOST_FRAMES
        first = np.asarray(film.convert("L"), int)
        film.seek(film.n_frames // 2)
        assert abs(np.asarray(film.convert("L"), int) - first).mean() > 1
        assert picture.alt == "One beating heart to read (synthetic)."


def test_nothing_is_shown_before_all_is_read_and_then_the_readers_own_answers(
    hearts, tmp_path, monkeypatch
):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    pictures, truth, machine, _ = hearts
    reader = reading.Reader(pictures, truth, machine, "Reduced?", demo=False, seed=1)
    assert reader.values == {"left": 12} and not reader.touched
    shown, path = readings.own(reader, truth, machine)
    assert "12 are left" in shown.text() and path is None and not list(tmp_path.iterdir())
    for _ in range(12):
        reader.press("yes")
    with pytest.warns(UserWarning, match="one reader"):
        shown, path = readings.own(reader, truth, machine)
    assert shown.alt.startswith("Your readings: +0 points")
    page = path.read_text("utf-8")
    assert "accuracy 50 %" in page and "Not for diagnosis" in page and "DEMO" not in page
    with pytest.warns(UserWarning, match="one reader"):
        assert readings.own(reader, truth, machine)[1] == path  # read again: the page is replaced


def test_more_hearts_than_there_are_is_said():
    with pytest.raises(DataError, match="reduced and"):
        readings.hearts(0, each=50)
