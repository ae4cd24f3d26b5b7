"""What the judge of a study is told, what it makes of it, and whom it refuses."""

import numpy as np
import pytest

from course_utils.core.errors import FileError
from course_utils.ejection_fraction import automatic, faults, rules
from tools.data import quality

Y, X = np.mgrid[:160, :160]


def ventricle(length=100.0, wide=28.0, wall=(0.8, 0.8)):
    """A dark half ellipse, its left and right wall of these greys: picture and probabilities (2, ...)."""
    inside = (((X - 80) / wide) ** 2 + ((Y - 130) / length) ** 2 < 1) & (Y <= 130)
    picture = np.where(inside, 0.1, np.where(X < 80, *wall)).astype(np.float32)
    likely = np.where(inside, 0.95, 0.05).astype(np.float32)
    return np.stack([picture] * 2), np.stack([likely] * 2), None


def stump(at, low, high):
    """A complete tree of depth 2 that asks one number twice: feature, threshold, value."""
    return [0, 0, 0], [at, at, at], [low, low, high, high]


def judge():
    """Beyond 0.5 in the first number a view has 0.9 of every fault, else 0.1; the second is never asked."""
    feature, threshold, value = (np.array([[part]] * 3) for part in stump(0.5, 0.1, 0.9))
    return faults.Judge(feature, threshold, value, np.array([0.7, 0.0]), np.full(3, 0.5))


def test_a_judge_follows_its_trees_and_takes_the_usual_number_for_a_missing_one(tmp_path):
    numbers = np.array([[0.4, 1.0], [0.6, 1.0], [np.nan, 1.0]])
    found = judge().estimates(numbers)
    assert found == pytest.approx(np.array([[0.1] * 3, [0.9] * 3, [0.9] * 3]))
    judge().save(tmp_path / "judge.npz")
    assert faults.read(tmp_path / "judge.npz").estimates(numbers) == pytest.approx(found)
    whole = (tmp_path / "judge.npz").read_bytes()
    np.savez(tmp_path / "other.npz", feature=np.zeros(3))
    for name, content in (("cut.npz", whole[: len(whole) // 2]), ("empty.npz", b"")):
        (tmp_path / name).write_bytes(content)
    for name in ("other.npz", "cut.npz", "empty.npz"):
        with pytest.raises(FileError, match="no judge"):
            faults.read(tmp_path / name)


@pytest.mark.parametrize("wall, share", [((0.8, 0.8), 0.0), ((0.8, 0.1), 0.5), ((0.1, 0.1), 1.0)])
def test_a_side_as_dark_as_the_cavity_is_hidden(wall, share):
    pictures, likely, _ = ventricle(wall=wall)
    sharp, step = faults.stretches(pictures[0], likely[0] > 0.5)
    seen = (sharp > faults.SEEN) & (step > faults.STEP)
    assert 1 - seen.mean() == pytest.approx(share, abs=0.1)


def test_the_numbers_compare_the_views_and_do_without_the_second():
    long, short = ventricle(100.0), ventricle(70.0)
    alone, both = faults.described([long]), faults.described([short, long])
    assert both.shape == (2, alone.shape[1]) == (2, len(automatic._judge("lv_any").usual))
    longer = both[:, -9:-3].reshape(2, 2, 3)[:, :, 0]  # logs of lengths, against the other view
    assert longer == pytest.approx(np.log([[0.7] * 2, [1 / 0.7] * 2]), abs=0.03)
    assert np.isnan(alone[0, -9:-3]).all() and np.isfinite(alone[0, -3:]).all()
    nothing = faults.described([(long[0], 0 * long[1], None)])
    assert np.isfinite(automatic._judge("lv_any").estimates(nothing)).all()


@pytest.mark.parametrize(
    "which, words", list(enumerate(["60 % of the border", "true apex", "outside the sector"]))
)
def test_a_fault_beyond_its_limit_is_named_with_its_view(which, words):
    estimates = np.array([[0.1, 0.1, 0.1], [0.1, 0.1, 0.1]])
    limits = np.array([0.5, 0.2, 0.2])
    assert rules.spoiled(estimates, limits) == []
    estimates[1, which] = 0.6
    (found,) = rules.spoiled(estimates, limits)
    assert (found.view, found.rule, found.level) == ("A2C", rules.FAULTS[which], rules.REFUSE)
    assert words in found.sentence


def test_a_judge_decides_in_the_place_of_the_rules_that_it_outdoes():
    (refused,) = rules.spoiled(np.array([[0.9, 0.1, 0.0]]), np.array([0.5, 0.2, 0.2]))
    old = [rules.Finding(name, rules.REFUSE, 9.0, "") for name in (*rules.OUTDONE, "edge")]
    found = rules.of_any_heart(old, "lv_any", [refused])
    assert [one.rule for one in found if one.level == rules.REFUSE] == ["hidden", "edge"]
    assert not rules.refused(rules.of_any_heart(old[:-1], "lv_any", []))


@pytest.mark.slow
@pytest.mark.parametrize("seed, kind, words", [
    (10_020_000, "", None), (10_020_011, "foreshortened", "true apex"), (10_020_001, "drop-out", "border"),
    (10_020_007, "cut-off", None),
])  # fmt: skip
def test_a_study_of_a_randomised_heart_is_refused_with_its_reason(seed, kind, words, tmp_path):
    one = quality.study(seed, kind=kind, place=tmp_path)
    found = automatic.auto_ef(*quality.clips(one), ed=0, es=1, network="lv_any")
    assert found.refused == bool(kind), found.reasons
    assert words is None or any(words in reason for reason in found.reasons)
