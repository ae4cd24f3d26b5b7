"""F1 of tags on phrases that the author of the rules knew and did not; a person has the last word."""

import pytest

from course_utils.language import extraction


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("style", "typos", "least"), [("second", 0.0, 0.95), ("second", 0.05, 0.9)]
)
def test_phrases_that_the_author_knew_are_found(style, typos, least, language):
    items, _ = extraction.judged(style, language, typos, count=150)
    assert (extraction.by_dimension(items) >= least).all(), extraction.by_dimension(items)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_strangers_phrases_cost_a_third(language):
    items, texts = extraction.judged("stranger", language, count=150)
    assert 0.4 < extraction.f1(items) < 0.8
    wrong = extraction.errors(items, texts, 5)
    assert len(wrong) == 5 and set(wrong.what) <= {"missed", "invented"}


def test_f1_by_hand_and_a_denial_turned_round_is_two_errors():
    items = extraction.items(
        ["a", "b"],
        [{"cyst": "present", "septations": "absent"}, {"cyst": "present"}],
        lambda text: {"cyst": "present", "septations": "present"} if text == "a" else {},
    )
    assert extraction.f1(items) == pytest.approx(2 * 1 / (3 + 2))
    assert extraction.by_dimension(items)["denials"] == 0 and len(items) == 4


def test_a_person_has_the_last_word():
    assert extraction.corrected(
        {"cyst": "present", "oval": "present"}, {"oval": None, "round": "uncertain"}
    ) == {
        "cyst": "present",
        "round": "uncertain",
    }
