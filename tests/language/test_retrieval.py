"""R@K against chance, ceiling and counting by hand."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import retrieval


def test_places_by_hand_with_ties_shared():
    cosines = np.array([[0.9, 0.1, 0.2], [0.5, 0.5, 0.5], [0.3, 0.2, 0.1]])
    assert list(retrieval.ranks(cosines)) == [1, 2, 3]
    twins = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], bool)
    assert list(retrieval.ranks(cosines, twins)) == [1, 1.5, 3]
    with pytest.raises(errors.DataError, match="partner"):
        retrieval.ranks(cosines, np.zeros((3, 3), bool))
    with pytest.raises(errors.DataError, match="numbers"):
        retrieval.ranks(cosines * np.nan)


def test_chance_is_what_chance_finds():
    draws = np.random.default_rng(0)
    places = retrieval.ranks(
        draws.standard_normal((3000, 40)), np.arange(40)[None] < np.full((3000, 1), 3)
    )
    for first in (1, 5, 10):
        right = retrieval.chance(40, first, 3)
        assert retrieval.recall(places, first) == pytest.approx(
            right, abs=4 * np.sqrt(right * (1 - right) / 3000)
        )
    assert retrieval.chance(200, 10) == pytest.approx(0.05) and retrieval.chance(8, 50) == 1


def test_who_knows_everything_reaches_the_ceiling():
    groups = ["a"] * 4 + ["b"] * 2 + ["c"]
    assert retrieval.ceiling(groups, 1) == pytest.approx((4 / 4 + 2 / 2 + 1) / 7)
    assert retrieval.ceiling(groups, 2) == pytest.approx((4 * 0.5 + 2 + 1) / 7)
    same = np.equal.outer(groups, groups).astype(float)
    draws, hits = np.random.default_rng(1), []
    for _ in range(400):  # ties broken by a coin, as an archive without order would
        hits.append(retrieval.recall(retrieval.ranks(same + 1e-6 * draws.random(same.shape)), 1))
    assert np.mean(hits) == pytest.approx(retrieval.ceiling(groups, 1), abs=0.03)
    table = retrieval.judged(same, [f"P{n}" for n in range(7)], groups)
    assert len(table) == 6 and (table.ceiling >= table.chance).all()


def test_the_querys_own_patient_is_no_similar_case():
    others = np.eye(4)
    query = np.array([1, 0.5, 0.2, 0])
    assert retrieval.nearest(query, others, 2) == [0, 1]
    assert retrieval.nearest(query, others, 2, "A", ["A", "B", "A", "C"]) == [1, 3]
