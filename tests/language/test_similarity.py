"""Likeness of findings: by hand, its properties, and the two defects of the published form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.core import errors
from course_utils.language import similarity, taxonomy

A = ["nodule", "oval", "well-defined", "hypoechoic"]
B = ["nodule", "round", "hypoechoic", "shadowing"]
C = ["cyst", "round", "anechoic", "enhancement"]
FINDINGS = st.lists(st.sampled_from(taxonomy.every_tag()), max_size=9, unique=True)


def test_three_findings_by_hand():
    # A, B: diagnosis 1, shape 0, margins 0, echogenicity 1, posterior 0 -> 2/5; B, C: shape of 4
    assert similarity.matrix([A, B, C]) == pytest.approx(
        np.array([[1, 0.4, 0], [0.4, 1, 0.25], [0, 0.25, 1]])
    )
    assert similarity.likeness(A, B, {"margins": 0}) == pytest.approx(0.5)
    assert (
        similarity.likeness(["cyst", "septations", "calcifications"], ["cyst", "septations"])
        == 0.75
    )


@given(FINDINGS, FINDINGS, st.randoms())
def test_its_properties(first, second, luck):
    value = similarity.likeness(first, second)
    assert np.isnan(value) == (not first and not second)
    if not np.isnan(value):
        assert 0 <= value <= 1 and similarity.likeness(second, first) == value
        mixed = list(first)
        luck.shuffle(mixed)
        assert similarity.likeness(mixed, second) == value
        assert similarity.matrix([first], [second])[0, 0] == pytest.approx(value, abs=1e-6)
    if first:
        assert similarity.likeness(first, first) == 1


def test_positive_where_nothing_is_missing():
    draws = np.random.default_rng(3)
    full = [[str(draws.choice(taxonomy.tags(d))) for d in taxonomy.DIMENSIONS] for _ in range(60)]
    assert np.linalg.eigvalsh(similarity.matrix(full).astype(float)).min() > -1e-5
    same = similarity.likeness(full[0], full[1])
    assert same == pytest.approx(np.mean([a == b for a, b in zip(full[0], full[1], strict=True)]))


def test_the_published_form_makes_twins_unlike():
    assert similarity.published(A, A) == pytest.approx(4 / 9) and similarity.likeness(A, A) == 1
    several = ["mass", "calcifications", "septations"]
    assert similarity.published(several, several) == pytest.approx((1 + 0.5) / 9)
    assert similarity.likeness(several, several) == 1


def test_only_what_is_present_counts_and_nonsense_is_refused():
    assert similarity.likeness({"cyst": "present", "oval": "absent"}, ["cyst"]) == 1
    for wrong in ({"colour": 1}, {"shape": -1}, {"shape": float("nan")}):
        with pytest.raises(errors.DataError):
            similarity.likeness(A, B, wrong)
    with pytest.raises(errors.DataError, match="no tag"):
        similarity.likeness(["blob"], A)
