"""Reports say what is recorded beside them, in two languages and three styles."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.simulate import findings, reports

CASES = [findings.case(seed) for seed in range(400)]


def test_every_tag_has_words_in_every_language_and_style():
    kinds = {case.tags[name] for case in CASES for name in case.tags if name != "system"}
    for dimension, tags in reports.phrases().items():
        if dimension == "frames":
            continue
        for tag, known in tags.items():
            kinds.discard(tag)
            for language in reports.LANGUAGES:
                styles = [
                    known[language],
                    known[f"{language}_second"],
                    known[f"{language}_stranger"],
                ]
                flat = [words for style in styles for words in style]
                assert all(styles) and len(flat) == len(set(flat)), (tag, language)
    assert not kinds


def test_what_is_said_is_true_or_left_out():
    for case in CASES:
        said, there = reports.mentioned(case), set(case.tags.values())
        for tag, state in said.items():
            assert (tag in there) == (state != "absent"), (case, tag)
        assert case.tags["system"] not in said
    silent = [case for case in CASES if case.tags["vascularity"] not in reports.mentioned(case)]
    assert 0.3 < len(silent) / len(CASES) < 0.5


def test_all_styles_and_both_languages_say_the_same_in_other_words():
    for case in CASES[:40]:
        texts = {
            (language, style): reports.report(case, language, style)
            for language in reports.LANGUAGES
            for style in reports.STYLES
        }
        assert len({str(said) for _, said in texts.values()}) == 1
        assert len({text for text, _ in texts.values()}) == 6
        assert all(
            text.endswith(".") and not {"{", "|", "@"} & set(text) for text, _ in texts.values()
        )


def test_typos_touch_the_share_that_is_asked():
    draws = np.random.default_rng(0)
    text = " ".join(["calcifications"] * 4000)
    wrong = [word != "calcifications" for word in reports.misspelt(text, 0.05, draws).split()]
    assert np.mean(wrong) == pytest.approx(0.05, abs=0.012)
    assert reports.misspelt(text, 0.0, draws) == text
    assert all(
        word[0] == "c" and word[-1] == "s" for word in reports.misspelt(text, 1.0, draws).split()
    )


@pytest.mark.parametrize("wrong", [{"language": "de"}, {"style": "third"}, {"typos": 5}])
def test_another_language_style_or_share_is_refused(wrong):
    with pytest.raises(errors.DataError):
        reports.report(CASES[0], **wrong)
