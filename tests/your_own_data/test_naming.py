"""What the words in names of files and folders mean."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.your_own_data import naming
from tests.helpers.trials import trials


@pytest.mark.parametrize(
    "name, kinds",
    [
        ("visit1_P01-left", ["time", "person", "side"]),
        ("sub-01_ses-02_run-1", ["person", "time", "scan"]),
        ("patientengruppe1", ["bundle"]),
        ("P01V2_3", ["person", "letter", "number"]),
        ("2nd_visit", ["time"]),
        ("2. Besuch", ["time"]),
        ("Fall2023", ["date"]),
        ("raterA", ["rater"]),
        ("visit_id_3", ["time"]),
    ],
)
def test_fields(name, kinds):
    assert [field.kind for field in naming.fields(name) if field.kind != "text"] == kinds


@pytest.mark.slow
@settings(max_examples=trials(here=100, nightly=1000), deadline=None)
@given(st.text(st.characters(exclude_characters="/\\\0"), max_size=24))
def test_any_name_has_fields_and_each_number_of_it_stays(name):
    found = naming.fields(name)
    assert found == naming.fields(f" {name} ") or not name.strip()
    kept = re.sub(r"[^0-9]", "", "".join(field.text for field in found))
    written = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", name))
    assert sorted(kept) == sorted(written), found


@pytest.mark.parametrize(
    ("one", "other"),
    [("Patient 007", "patient_007"), ("Besuch-2", "besuch 2"), ("Prüfer A", "prüfer_a")],
)
def test_another_spelling_is_the_same_thing(one, other):
    assert [(f.kind, f.value) for f in naming.fields(one)] == [
        (f.kind, f.value) for f in naming.fields(other)
    ]
