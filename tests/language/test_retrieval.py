"""R@K against chance, ceiling and counting by hand; naming without training; the desk."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import archive, desk, records, retrieval, zero_shot
from course_utils.simulate import findings
from tests.helpers.casebook_language import Nobody


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


def test_balanced_accuracy_by_hand():
    truth, said = ["a", "a", "a", "b"], ["a", "a", "b", "b"]
    assert zero_shot.balanced(truth, said) == pytest.approx((2 / 3 + 1) / 2)
    assert zero_shot.balanced(truth, ["a"] * 4) == 0.5
    assert all(len(texts) == 3 for texts in zero_shot.prompts("organ").values())


def test_shipped_pairs_are_what_their_seeds_make():
    images, table = archive.stored()
    assert images.shape == (500, 64, 64) and table.patient_id.nunique() == archive.PATIENTS
    assert table.seed.max() < archive.FRESH
    for row in (0, 250, 499):
        case, look = findings.case(table.seed[row]), table["look"][row]
        made = archive.table([case], [look]).iloc[0]
        assert dict(made[["en", "es", "said", "truth"]]) == dict(
            table.loc[row, ["en", "es", "said", "truth"]]
        )
        assert np.abs(images[row] - findings.picture(case, look)).mean() < 0.03
    assert (
        archive.visible({"cyst": "present", "Breast": "present", "no vascularity": "present"})
        == "cyst"
    )


def test_a_draft_is_the_vote_and_never_of_what_cannot_be_seen():
    others, said = np.tile([1.0, 0], (10, 1)), [{"cyst": "present", "Breast": "present"}] * 10
    said = [
        {**record, "septations": "present"} if n < 4 else record for n, record in enumerate(said)
    ]
    said = [{**record, "no vascularity": "present"} for record in said]
    assert desk.draft([1, 0], others, said) == {"cyst": "present", "septations": "uncertain"}
    assert desk.wrong_lines(
        {"cyst": "present", "septations": "uncertain"}, {"mass": "present"}
    ) == ["diagnosis"]


def test_the_desk_strikes_out_signs_and_counts():
    found = desk.Desk(Nobody())
    stated = desk.lines_to_check(found.drafts[0])
    found.flag(stated[0])
    record = found.sign()
    assert found.touched and found.values == {"scan": 1, "signed": 1}
    assert not records.by_dimension(record)[stated[0]] and "not assessed" in records.render(record)
    assert records.by_dimension(record)["organ"] == {} and found.result()[3] == len(stated)
    for wrong in (
        lambda: found.flag(stated[0]),
        lambda: found.choose(99),
        lambda: (found.choose(2), found.flag("organ")),
    ):
        with pytest.raises(errors.DataError):
            wrong()
    assert "Draft by a machine" in found.text() and "<img" in found.html()
