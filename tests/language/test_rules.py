"""Tags out of text: sentences by hand."""

import pytest

from course_utils.core import errors
from course_utils.language import rules

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


def test_learned_phrases_are_found_and_nonsense_is_refused():
    text = "A lesion darker than the surrounding tissue."
    assert rules.tag(text) == {}
    assert rules.tag(text, {"hypoechoic": ["darker than"]}) == {"hypoechoic": "present"}
    for wrong in ({"blob": ["dark"]}, ["dark"], {"cyst": [""]}, {"cyst": [3]}):
        with pytest.raises(errors.DataError):
            rules.tag(text, wrong)
    with pytest.raises(errors.DataError):
        rules.tag(None)
