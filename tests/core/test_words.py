"""Words of file and folder names: what they mean, and which are plainly no name of a person."""

import pytest

from course_utils.core import words


@pytest.mark.parametrize(
    "word, kind",
    [
        ("Visit", words.TIME),
        ("untersuchung", words.TIME),
        ("Patientin", words.PERSON),
        ("prüfer", words.RATER),
        ("Klinik", words.PLACE),
        ("folds", words.BUNDLE),
        ("Aufnahme", words.SCAN),
        ("links", words.SIDE),
        ("Wade", words.BODY),
        ("x", words.LETTER),
        ("Schmidt", words.UNKNOWN),
    ],
)
def test_kinds(word, kind):
    assert words.kind(word) == kind


@pytest.mark.parametrize(
    "word",
    "liver LIVER Schilddrüse échographie pleuraleffusion subpleuralthickening masks unfiltered medial "
    "gastrocnemius calibration 患者 超声图像 УЗИ 左心脏 labelling hydronephrosis fasciculation".split(),
)
def test_ordinary_words(word):
    assert words.is_ordinary(word)


@pytest.mark.parametrize(
    "word",
    "Meier schmidt Ångström Иванов 山田太郎 김민수 papadopoulos Nguyen O'Brien Hartmann harding Ahmed Clement "
    "Baker Fleming anna kowalska Overbeck Szczepański محمد".split(),
)
def test_names_are_not_ordinary(word):
    assert not words.is_ordinary(word)


def test_the_lists_hold_plain_words():
    assert all(
        word == word.casefold() for name in ("other", "short") for word in words.LISTS[name].split()
    )
    assert not words.SHORT & set(words.LISTS["other"].split())
