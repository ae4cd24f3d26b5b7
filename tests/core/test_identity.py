"""One notion of who is who."""

import unicodedata

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.core import errors, identity

SAME = [
    ("P01", "p01", " P01 ", "P01\u200b", "\ufeffP01", "Ｐ０１", "P01\n", "p01\t"),
    ("1", 1, 1.0, "1.0", "1.00", "1,0", " 1 ", np.float64(1), np.int64(1)),
    ("Müller", unicodedata.normalize("NFD", "Müller"), "MÜLLER", "müller "),
    ("Strauß", "STRAUSS", "strauss"),
    ("sub-01", "SUB‐01", "sub–01", "sub‑01"),
    ("case 7", "Case  7", "CASE\u00a07"),
    ("ΣΑΣ", "σας"),
    (12345678901234567, "12345678901234567"),
]


@pytest.mark.parametrize("ways", SAME)
def test_ways_of_writing_one_person(ways):
    assert len({identity.key(way) for way in ways}) == 1


@pytest.mark.parametrize(
    "one, other",
    [("001", "1"), ("P01", "P1"), ("P-01", "P01"), ("P_01", "P 01"), ("Case7", "case 07")],
)
def test_what_only_a_person_can_decide(one, other):
    assert identity.key(one) != identity.key(other)
    assert identity.doubtful([one, other, "x"]) == [sorted([one, other])]


@pytest.mark.parametrize(
    "one, other",
    [
        ("P1_1", "P11"),
        ("1", "2"),
        ("A1", "B1"),
        ("1.5", "1"),
        ("S1_P1", "S1_P2"),
        ("site1_07", "site2_07"),
        ("Patient 1", "Volunteer 1"),
        ("mouse 3", "rat 3"),
        ("HC01", "MS01"),
        ("P101", "P1-01"),
        ("Meier Anna", "Meier Anton"),
        ("0X1A2B3C4D5E6F70", "0X1A2B3C4D5E6F71"),
        ("2021-01-05", "2021-05-01"),
        ("N001", "U001"),
    ],
)
def test_other_people(one, other):
    assert not identity.doubtful([one, other])


@pytest.mark.parametrize(
    "nobody", [None, pandas.NA, float("nan"), pandas.NaT, "", "  ", "NaN", "None", "\u200b"]
)
def test_nobody(nobody):
    assert identity.key(nobody) == ""


def test_sides_keep_everyone_together_who_may_be_one():
    names = ["p1", "P01", "P2", None, "P02 ", ""]
    assert identity.together(names) == ["P01", "P01", "P02", "", "P02", ""]
    assert identity.canonical(names) == ["p1", "P01", "P2", "", "P02", ""]


def test_unified_takes_the_first_spelling_and_says_so():
    with pytest.warns(errors.CourseWarning, match="'P01' = 'p01'"):
        assert identity.unified(["P01", "p01 ", "Q"], "list.csv") == ["P01", "P01", "Q"]
    with pytest.warns(errors.CourseWarning, match="'001' and '1'"):
        assert identity.unified(["001", "1"], "list.csv") == ["001", "1"]


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats()))
def test_a_key_is_its_own_key(value):
    assert identity.key(identity.key(value)) == identity.key(value)


@pytest.mark.parametrize(
    "one, other",
    [
        ("P01", "Р01"),
        ("Müller", "Mueller"),
        ("I1", "ı1"),
        ("1000", "1,000"),
        ("É1", "E1"),
        ("P01", "Patient 01"),
        ("P01", "01"),
        ("Pat.Nr. 7", "7"),
        ("O1", "01"),
        ("PO1", "P01"),
        ("l2", "12"),
        ("1_000", "1000"),
        ("1.000", "1000"),
        ("Meier^Anna^^", "anna meier"),
        ("123-456-7890", "1234567890"),
        ("P01_L", "P01_R"),
        ("12a", "12b"),
        ("P07_V1", "P07_V2"),
        ("sub-01_ses-01", "sub-01_ses-02"),
        ("P01-2021-01-05", "P01-2022-03-05"),
        ("P01.png", "P01"),
        ("P01 rescan", "P01"),
        ("N° 5", "5"),
    ],
)
def test_what_looks_alike_may_be_one_person(one, other):
    assert identity.key(one) != identity.key(other)
    assert identity.doubtful([one, other]) == [sorted([one, other])]
    assert len(set(identity.together([one, other]))) == 1


@pytest.mark.parametrize(
    "nobody", ["N/A", "#N/A", "Unknown", "ANONYMIZED", "-", "?", "n.a.", "k.A.", "TBD"]
)
def test_a_word_for_nobody_is_no_person(nobody):
    assert identity.key(nobody) == ""


def test_numbers_that_a_spreadsheet_shortened_are_asked_about():
    assert "as text" in identity.questions(["4.71108E+09", "P2"])[0]
    assert not identity.questions(["E12", "1E", "P2e"])


def test_every_question_is_asked_of_a_generator():
    assert len(identity.questions(name for name in ("P01", "p01", "Patient 1"))) == 2
