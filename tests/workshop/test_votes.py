"""The board: only who wants is on it, nobody by name, nothing of fewer than three, no stranger's file."""

import json
import math

import numpy as np
import pandas
import pytest

from course_utils.checks import predict, record
from course_utils.core import errors
from workshop import votes

QUESTION, OPTIONS = "Is <b>it</b>?", ("yes", "no", "perhaps")
KNOWN = {("02_enhance", QUESTION): OPTIONS}
TRUTH = np.array([30.0, 42.0, 55.0, 61.0, 38.0, 66.0])


def person(tmp_path, monkeypatch, name, answer="yes", error=None):
    """Somebody with a prediction, an exercise and, with `error` (points), the hearts of lesson 06."""
    work = tmp_path / name
    work.mkdir(exist_ok=True)
    monkeypatch.setenv("COURSE_WORK", str(work))
    monkeypatch.setenv("COURSE_PROGRESS", str(work / "progress.json"))
    monkeypatch.setattr(record, "_pending", [])
    row = f'2026-11-28,02_enhance,"{QUESTION}",{answer}\n'
    (work / predict.FILE).write_text(row, encoding="utf-8")
    record.record("02_enhance", "debris", "press", "right")
    if error is not None:
        table = pandas.DataFrame({"you": TRUTH + error, "machine": TRUTH, "truth": TRUTH})
        table.index = pandas.Index(range(1, 7), name="heart")
        table.to_csv(work / votes.HEARTS)


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "votes"
    folder.mkdir()
    return folder


def test_sharing_says_no_name_no_day_and_again_replaces(tmp_path, monkeypatch, place):
    person(tmp_path, monkeypatch, "dr_who", error=np.zeros(6))
    assert not list(place.iterdir())  # nothing without being asked
    said = votes.share(place)
    assert "1 prediction, 6 hearts, the state of 1 exercise" in said
    (file,) = place.iterdir()
    text = file.read_text(encoding="utf-8")
    assert "who" not in text and "2026" not in text and str(tmp_path) not in text
    votes.share(place)
    assert len(list(place.iterdir())) == 1
    assert "Taken back" in votes.withdraw(place) and not list(place.iterdir())
    assert "Nothing of yours" in votes.withdraw(place)


def test_where_to_is_asked_and_may_come_from_the_room(tmp_path, monkeypatch, place):
    person(tmp_path, monkeypatch, "a")
    monkeypatch.delenv("COURSE_VOTES", raising=False)
    with pytest.raises(errors.FileError, match="Ask your teacher"):
        votes.share()
    monkeypatch.setenv("COURSE_VOTES", str(place))
    votes.share()
    with pytest.raises(errors.FileError):
        votes.share(tmp_path / "missing")


def test_two_people_are_not_shown_three_are(tmp_path, monkeypatch, place):
    for number, answer in enumerate(("yes", "no", "yes")):
        person(tmp_path, monkeypatch, f"p{number}", answer, error=np.full(6, float(number)))
        votes.share(place)
        shares, said = votes.collect(place)
        shown = votes.tallies(shares, KNOWN)
        assert not said and bool(shown) == (number == 2) == bool(len(votes.readings(shares)))
    assert shown == [("02_enhance", QUESTION, {"yes": 2, "no": 1, "perhaps": 0}, 0)]
    page = votes.board(place, KNOWN, every=5)
    assert "Is &lt;b&gt;it&lt;/b&gt;?" in page and "<b>it" not in page
    assert 'http-equiv="refresh" content="5"' in page and "3 votes" in page


def test_an_answer_of_another_version_is_counted_apart(tmp_path, monkeypatch, place):
    for number, answer in enumerate(("yes", "no", "never offered")):
        person(tmp_path, monkeypatch, f"p{number}", answer)
        votes.share(place)
    ((*_, told, other),) = votes.tallies(votes.collect(place)[0], KNOWN)
    assert (sum(told.values()), other) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"kind": votes.MARK}),
        json.dumps({"kind": votes.MARK, "predictions": [1], "hearts": [], "exercises": {}}),
        json.dumps(
            {
                "kind": votes.MARK,
                "predictions": [],
                "exercises": {},
                "hearts": [{"heart": 1, "you": 1e9, "machine": 1, "truth": 1}],
            }
        ),
        json.dumps(
            {
                "kind": votes.MARK,
                "predictions": [],
                "exercises": {},
                "hearts": [{"heart": 1, "you": float("nan"), "machine": 1, "truth": 1}],
            }
        ),
        json.dumps({"kind": votes.MARK, "predictions": [], "hearts": [], "exercises": {"a": []}}),
        "[" * 100_000,
        "x" * (votes.MOST_BYTES + 1),
    ],
)
def test_what_is_no_vote_is_left_out_and_named(place, text):
    (place / "votes_bad.json").write_text(text, encoding="utf-8")
    shares, said = votes.collect(place)
    assert not shares and len(said) == 1 and "votes_bad.json" in said[0]
    assert "votes_bad.json" in votes.board(place, KNOWN)


def readings(answers):
    """Rows of `readings` for an array (readers, hearts)."""
    rows = [
        {"reader": r, "heart": h, "you": value, "machine": 50.0, "truth": 40.0 + h}
        for r, one in enumerate(answers)
        for h, value in enumerate(one)
    ]
    return pandas.DataFrame(rows)


def test_the_spread_is_the_pooled_sd_between_readers():
    answers = np.random.default_rng(1).normal(50, 7, (6, 10))
    sd, low, high = votes.spread(readings(answers))
    assert sd == pytest.approx(math.sqrt(answers.var(axis=0, ddof=1).mean())) and low < sd < high
    shifted = answers + np.linspace(-20, 20, 10)  # hearts differ: that is no spread of readers
    assert votes.spread(readings(shifted))[0] == pytest.approx(sd)
    few = votes.spread(readings(answers[:4]))
    assert few[0] > 0 and math.isnan(few[1])


def test_the_interval_holds_the_true_spread_about_as_often_as_it_says():
    draws, held = np.random.default_rng(5), 0
    for _ in range(30):  # readers with a bias of SD 4 and a noise of SD 6: truly 7.2
        answers = 50 + draws.normal(0, 4, (8, 1)) + draws.normal(0, 6, (8, 10))
        _, low, high = votes.spread(readings(answers))
        held += low < math.hypot(4, 6) < high
    assert held >= 25  # 28.5 expected; the binomial gives 24 or fewer once in 300


def test_the_picture_says_who_and_how_many():
    shown = votes.picture(readings(np.random.default_rng(2).normal(50, 7, (5, 8))))
    assert "5 readers, 8 synthetic hearts" in shown.alt and "95 % interval" in shown.alt
