"""Results, tables and notes: the same words in a page and in a terminal, nothing of theirs obeyed."""

import numpy as np
import pandas
import pytest

from course_utils import evaluate, show
from course_utils.core import errors
from course_utils.show import progress, results


class Interval:
    estimate, low, high, level, patients = 0.912, 0.88, 0.941, 0.95, 12


def test_a_card_has_number_interval_n_meaning_and_what_it_is_not_for():
    card = results.card("Dice", Interval, means="good", kind="synthetic")
    assert card.text() == (
        "Dice: 0.91 (95 % interval 0.88 to 0.94; 12 patients).\ngood\nSynthetic data. Not for diagnosis."
    )
    page = card.html()
    for words in (
        "0.91<",
        "0.88 to 0.94",
        "12 patients",
        "good",
        "Synthetic data. Not for diagnosis.",
    ):
        assert words in page


def test_n_can_be_told_and_a_unit_stands_beside_the_number():
    card = results.card("Thickness", 17.26, "mm", n="1 patient, 3 images", digits=1)
    assert card.text().startswith("Thickness: 17.3 mm (1 patient, 3 images).")
    assert "17.3<small>mm</small>" in card.html()
    assert "1 patient)" in results.card("a", type("I", (Interval,), {"patients": 1})).text()


def test_no_line_of_a_card_is_longer_than_a_page():
    card = results.card("a name that is rather long " * 2, Interval, means="so " * 60)
    assert max(map(len, card.text().splitlines())) <= 76


def test_cards_stand_beside_each_other():
    page = results.cards(results.card("a", 1), results.card("b", 2)).html()
    assert page.count('class="course-card"') == 2 and page.count("<style>") == 1
    for wrong in ((), ("a",)):
        with pytest.raises(errors.DataError):
            results.cards(*wrong)
    with pytest.raises(errors.DataError, match="name"):
        results.card(" ", 1)


def test_what_somebody_typed_is_shown_and_not_obeyed():
    nasty = "<script>x</script>"
    frame = pandas.DataFrame({nasty: [nasty]})
    for shown in (
        results.card(nasty, nasty, nasty, nasty, nasty),
        results.table(frame, nasty),
        results.note(nasty, word=nasty),
    ):
        assert "<script" not in shown.html() and "&lt;script" in shown.html()


FRAME = pandas.DataFrame(
    {"patient_id": list("abcdefghij"), "dice": [0.5] * 9 + [None], "images": range(10)}
)


def test_a_table_has_eight_rows_and_counts_the_rest():
    table = results.table(FRAME, "Scores", index=False)
    page, text = table.html(), table.text().splitlines()
    assert page.count("<tr>") == 9 and "and 2 more rows" in page and text[-1] == "and 2 more rows"
    assert text[0] == "Scores" and text[1].split() == ["patient", "id", "dice", "images"]


def test_numbers_are_aligned_and_units_stand_in_the_head():
    table = results.table(FRAME, digits={"dice": 3}, units={"dice": "%"}, index=False, rows=10)
    assert '<th scope="col" class="count">dice (%)</th>' in table.html()
    assert '<th scope="col">patient id</th>' in table.html()
    lines = table.text().splitlines()
    assert "0.500" in lines[1] and lines[-1].split() == ["j", "–", "9"]
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    "value, shown",
    [
        (3, "3"),
        (12345, "12,345"),
        (0.126, "0.13"),
        (float("nan"), "–"),
        (True, "yes"),
        (None, "–"),
        ("a", "a"),
    ],
)
def test_cells(value, shown):
    frame = pandas.DataFrame({"a": pandas.Series([value], dtype=object)})
    assert results.table(frame, index=False).rows == [[shown]]


@pytest.mark.parametrize("kind", results.KINDS)
def test_a_note_has_a_sign_and_a_word(kind):
    note = results.note("Look at `x`.", kind)
    assert f"<b>{kind.capitalize()}.</b>" in note.html() and results.KINDS[kind][0] in note.html()
    assert "<code>x</code>" in note.html() and note.text() == f"{kind.capitalize()}. Look at `x`."


def test_an_unknown_kind_of_note_is_refused():
    with pytest.raises(errors.DataError, match="hint"):
        results.note("x", "shout")


def test_a_card_without_an_interval_says_why_instead_of_two_dashes():
    class Few:
        estimate, low, high, patients, method = (
            3.2,
            np.nan,
            np.nan,
            4,
            "no interval below 5 patients",
        )

    said = results.card("Error", Few(), "points").text()
    assert "no interval below 5 patients" in said and "–" not in said


def test_what_is_said_breaks_between_words(capsys):
    show.say("word " * 40, "short")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 76 and lines[-1] == "short"
    assert " ".join(lines[:-1]) == ("word " * 40).strip()


def test_a_result_that_is_said_is_a_card_and_other_sentences_are_paragraphs():
    dice = evaluate.sentence("Dice", evaluate.bootstrap([0.9, 0.92, 0.94, 0.9, 0.96, 0.91]), 12)
    few = evaluate.sentence("Dice of few", evaluate.bootstrap([0.9, 0.8]), synthetic=False)
    page = results.Said(["All is <well>.", dice, few, "Read on."])
    shown = page.html()
    assert shown.count('class="course-card"') == 2 and shown.count('class="course-cards"') == 1
    assert (
        shown.index("All is &lt;well&gt;.") < shown.index("Dice of few") < shown.index("Read on.")
    )
    assert "0.92" in shown and "6 patients, 12 images" in shown and dice.made in shown
    assert shown.count("no interval below 5 patients") == 1 and shown.count("Synthetic data") == 1
    assert " ".join(page.text().split()) == f"All is <well>. {dice} {few} Read on."


def test_a_kernel_shows_what_is_said_and_prints_nothing(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    show.say("one", "", "two")
    assert [page.text() for page in shown] == ["one\ntwo"] and capsys.readouterr().out == ""
