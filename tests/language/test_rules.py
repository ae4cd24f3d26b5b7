"""Tags out of text: sentences by hand, and F1 on phrases that the rules' author knew and did not."""

import pytest

from course_utils.core import errors
from course_utils.language import extraction, own_reports, rules

SENTENCES = [
    ("No calcification.", {"calcifications": "absent"}),
    ("Calcification is not seen.", {"calcifications": "absent"}),
    ("No change in the calcification.", {"calcifications": "present"}),
    ("Calcifications unchanged.", {"calcifications": "present"}),
    ("Possible septa.", {"septations": "uncertain"}),
    ("Septa cannot be excluded.", {"septations": "uncertain"}),
    ("No septa but shadowing.", {"septations": "absent", "shadowing": "present"}),
    ("No calcifications. Septations.", {"calcifications": "absent", "septations": "present"}),
    ("Sin septos ni calcificaciones.", {"septations": "absent", "calcifications": "absent"}),
    ("No se puede descartar sombra acústica.", {"shadowing": "uncertain"}),
    ("Quiste anecoico, sin ecos internos.", {"cyst": "present", "anechoic": "present"}),
    (
        "Nodule with calcifications; without septa.",
        {"nodule": "present", "calcifications": "present", "septations": "absent"},
    ),
    ("Wel-defined nodlue, hypoechioc.", {"nodule": "present", "hypoechoic": "present"}),
    ("Hypeechoic.", {}),  # one letter from both hypo- and hyperechoic: nobody may guess
    ("No vascularity.", {"no vascularity": "present"}),
    ("Thyroid: cyst.", {"Thyroid gland": "present", "cyst": "present"}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "record"), SENTENCES)
def test_a_sentence_says_what_it_says(text, record):
    assert rules.tag(text) == record


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


def test_learned_phrases_are_found_and_nonsense_is_refused():
    text = "A lesion darker than the surrounding tissue."
    assert rules.tag(text) == {}
    assert rules.tag(text, {"hypoechoic": ["darker than"]}) == {"hypoechoic": "present"}
    for wrong in ({"blob": ["dark"]}, ["dark"], {"cyst": [""]}, {"cyst": [3]}):
        with pytest.raises(errors.DataError):
            rules.tag(text, wrong)
    with pytest.raises(errors.DataError):
        rules.tag(None)


def test_a_person_has_the_last_word():
    assert extraction.corrected(
        {"cyst": "present", "oval": "present"}, {"oval": None, "round": "uncertain"}
    ) == {
        "cyst": "present",
        "round": "uncertain",
    }


def test_own_reports_are_tagged_and_their_text_is_not_taken_over(tmp_path):
    place, out = tmp_path / "r.csv", tmp_path / "tags.csv"
    place.write_text('Name;Text\nJane Roe;"Quiste, sin septos"\nJohn Doe;\n', "utf-8")
    found = own_reports.tag_table(place, "Text", out)
    assert list(found.diagnosis) == ["cyst", ""] and list(found.internal) == ["-septations", ""]
    written = out.read_text("utf-8")
    assert "Jane" not in written and "sin septos" not in written and "normal" not in written
    with pytest.raises(errors.FileError, match="exists"):
        own_reports.tag_table(place, "text", out)
    with pytest.raises(errors.DataError, match="no column"):
        own_reports.tag_table(place, "report")
