"""Beat the machine: nothing is told too early, nothing is filled in, and the errors are those given."""

from types import SimpleNamespace

import numpy as np
import pandas
import pytest

from course_utils.cases import clips as cines
from course_utils.core import errors
from course_utils.ejection_fraction import automatic, contest, pictures
from course_utils.evaluate import agreement
from tests.ejection_fraction.test_contours import ventricle

TRUTH = [30.0, 40.0, 55.0, 60.0, 65.0, 70.0]
MACHINE = [29.0, 43.0, 54.0, 58.0, 66.0, 69.0]


def clip(view="A4C", synthetic=True):
    masks = [ventricle(length=70, width=40), ventricle(length=58, width=28)]
    frames = np.stack([0.2 + 0.5 * mask for mask in masks]).astype(np.float32)
    return cines.Clip(frames, 30.0, (1.0, 1.0), None, view, "", synthetic)


def study(ef, refused=False):
    return SimpleNamespace(ef=ef, refused=refused, ed=0, es=1)


def game(count=6, **options):
    hearts = [[clip(**options), clip("A2C", **options)] for _ in range(count)]
    return contest.Contest(hearts, [study(ef) for ef in MACHINE[:count]], TRUTH[:count])


def test_a_page_that_merely_ran_has_asked_nobody():
    shown = game()
    assert not shown.touched and "Not asked yet" in shown.result().text()
    assert shown.table().empty and list(shown.table()) == [
        "you",
        "machine",
        "truth",
        "your_error",
        "its_error",
    ]
    shown.press(35)  # asking early has closed nothing
    assert "You have read 1 of 6" in shown.result().text()


def test_nothing_on_the_page_tells_the_truth_before_the_end():
    shown = game(count=1)
    told = [shown.text(), shown.html(), shown._player.page, *shown._player.told["said"]]
    for text in told:
        words = text.split("base64")[0]
        assert "30" not in words.replace("300px", "") and "29 %" not in words


def test_the_errors_are_the_answers_less_the_truth():
    shown = game()
    answers = [35, 35, 50, 66, 60, 75]
    for answer in answers:
        shown.press(answer)
    found = shown.table()
    assert found.you.tolist() == answers and found.truth.tolist() == TRUTH
    assert found.your_error.tolist() == [5, -5, -5, 6, -5, 5]
    assert found.its_error.tolist() == [-1, 3, -1, -2, 1, -1]
    outcome = shown.result()
    with pytest.warns(errors.CourseWarning):
        own = agreement.bland_altman(found.you, found.truth, patients=found.index)
    assert own.sentence("you", "points") in outcome.picture.alt
    assert "nearer to the truth in 0 of 6 synthetic hearts" in outcome.picture.alt
    assert "6 patients, 6 pairs" in outcome.text() and outcome.table.rows[-1][0] == "6"


def test_five_hearts_are_enough_and_four_are_not():
    shown = game()
    for answer in (30, 40, 50, 60):
        shown.press(answer)
    assert shown.table().empty
    shown.press(61)
    assert len(shown.table()) == 5


def test_once_the_truth_is_out_no_answer_counts():
    shown = game()
    for answer in (30, 40, 50, 60, 61):
        shown.press(answer)
    shown.result()
    with pytest.raises(errors.DataError, match="truth is out"):
        shown.press(70)
    with pytest.raises(errors.DataError, match="no heart to go back"):
        shown.back()
    assert "closed" in shown.text() and len(shown.table()) == 5


def test_back_gives_an_answer_anew_and_the_end_is_the_end():
    shown = game(count=2)
    shown.press(30)
    shown.back()
    shown.press(45)
    shown.press(50)
    assert shown.answers.tolist() == [45, 50]
    with pytest.raises(errors.DataError, match="All hearts are read"):
        shown.press(50)


@pytest.mark.parametrize("answer", [None, "50", float("nan"), 4, 91, True, [50]])
def test_what_is_no_ejection_fraction_is_refused(answer):
    shown = game()
    with pytest.raises(errors.DataError, match="in per cent"):
        shown.press(answer)
    assert not shown.touched


def test_the_slider_has_to_be_moved_before_its_number_counts():
    shown = game()
    shown._next.click()
    assert shown._next.disabled and not shown.touched
    shown._slider.value = 62
    assert not shown._next.disabled
    shown._next.click()
    assert shown.answers[0] == 62 and shown._slider.value == contest.BEGIN and shown._next.disabled
    assert "heart 2, A4C" in shown._player.page
    shown._view.value = 1
    assert "heart 2, A2C" in shown._player.page


def test_a_page_without_a_kernel_has_every_heart_as_a_picture():
    data = game()._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert data["text/html"].count("<img") == 6 and "6 synthetic hearts" in data["text/html"]
    assert "real hearts" in game(synthetic=False).still().alt


@pytest.fixture
def table():
    rows = [
        {"patient_id": name, "view": "A4C", "split": split, "ef": ef}
        for name, split, ef in (
            ("A", "TEST", 30.0),
            ("B", "TEST", 40.0),
            ("C", "TEST", 50.0),
            ("V", "VAL", 60.0),
            ("W", "VAL", 65.0),
            ("T", "TRAIN", 70.0),
        )
    ]
    return pandas.DataFrame(rows)


def test_who_takes_part(table, monkeypatch):
    asked = []
    monkeypatch.setattr(cines, "study", lambda table, name: (clip(), None))
    monkeypatch.setattr(automatic, "auto_ef", lambda *clips: asked.append(1) or study(61.0))
    studies = {"A": study(31.0), "B": study(None, refused=True), "C": study(52.0)}
    shown = contest.begin(table, studies, without=["A"])
    assert sorted(shown._truth) == [50.0, 60.0, 65.0] and len(asked) == 2  # nobody of TRAIN
    orders = {tuple(contest.begin(table, studies, seed=seed)._truth) for seed in range(6)}
    assert len(orders) > 1
    assert len(contest.begin(table, studies, most=1)._truth) == 1
    with pytest.raises(errors.DataError, match="no contest"):
        contest.begin(table[table.split == "TEST"], {"B": studies["B"]})


def test_hearts_without_an_answer_or_truth_are_refused():
    with pytest.raises(errors.DataError, match="Every heart needs"):
        contest.Contest([[clip()]], [study(50.0)], [])


def test_the_picture_needs_three_hearts():
    few = pandas.DataFrame({"you": [50.0], "machine": [51.0], "truth": [52.0]})
    few["your_error"], few["its_error"] = few.you - few.truth, few.machine - few.truth
    with pytest.raises(errors.DataError, match="at least 3"):
        pictures.contest(few)


def test_a_closed_reading_is_kept_and_a_folder_that_refuses_costs_no_result(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    shown = game()
    for answer in (35, 35, 50, 66):
        shown.press(answer)
    shown.result()
    assert not (tmp_path / contest.FILE).exists()  # four are too few: nothing is closed
    shown.press(60)
    shown.result()
    kept = pandas.read_csv(tmp_path / contest.FILE, index_col="heart")
    assert list(kept.you) == [35, 35, 50, 66, 60] and list(kept.truth) == TRUTH[:5]
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / contest.FILE))  # a file, not a folder
    with pytest.warns(errors.CourseWarning, match="on this page only"):
        assert len(shown.table()) == 5
