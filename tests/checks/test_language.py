"""Lesson 14's checks run what was written on other inputs: computed passes, typed does not."""

import numpy as np
import pytest

from course_utils.checks import language
from tests.helpers.casebook_language import FIRST, PLACES, SECOND
from tests.helpers.cells import verdict

LIKENESS = [
    (
        "both = first.keys() | second.keys()\nalike = sum(first.get(d) == second.get(d) for d in both) / len(both)",
        "right",
    ),
    ("alike = len(first.items() & second.items()) / len({*first, *second})", "right"),
    ("alike = 0.4", "not yet"),
    ("alike = 2 / len(first.keys() | second.keys())", "not yet"),  # right for these two only
    ("alike = len(first.items() & second.items()) / 9", "not yet"),
]
RECALLS = [
    ("found = (places <= 10).mean()", "right"),
    ("found = sum(place <= 10 for place in places) / len(places)", "right"),
    ("found = 0.75", "not yet"),
    ("found = (places < 11).mean()", "right"),
    ("found = (places < 10.5).sum() / 4", "not yet"),
    ("found = (places < 10).mean()", "not yet"),
]


@pytest.mark.parametrize(("code", "status"), LIKENESS)
def test_likeness_is_computed_again_for_two_other_findings(progress_file, code, status):
    ask = "check.by_hand(alike, first=first, second=second)"
    said = verdict(f"{code}\n{ask}", language, first=FIRST, second=SECOND)
    assert said.status == status, said.message
    assert said.error is None


@pytest.mark.parametrize(("code", "status"), RECALLS)
def test_recall_is_computed_again_from_other_places(progress_file, code, status):
    said = verdict(f"{code}\ncheck.recall(found, places=places)", language, places=PLACES, np=np)
    assert said.status == status, said.message
    assert said.error is None


def test_the_first_setting_is_no_answer():
    assert language.first_loss(4.2, batch=64, tau=0.1).status == "not yet"
