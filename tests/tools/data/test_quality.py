"""Which studies of randomised hearts are spoiled, and that a judge is what was fitted."""

import dataclasses

import numpy as np
import pytest

from course_utils.simulate import ventricle, window
from tools.data import quality


def test_between_good_and_spoiled_lies_neither():
    facts = np.zeros((5, 4))
    facts[1, 0], facts[2, 0], facts[3, 1], facts[4, 3] = 0.4, 0.5, 0.25, 0.05
    assert quality.verdict(facts).tolist() == [0.0, 0.5, 1.0, 1.0, 0.0]
    assert (quality.GOOD < quality.BAD).all()


def test_a_border_without_contrast_is_hidden():
    y, x = np.mgrid[:120, :120]
    inside = (((x - 60) / 22) ** 2 + ((y - 100) / 80) ** 2 < 1) & (y <= 100)
    labels = np.where(inside, ventricle.CAVITY, 0)
    picture = np.where(inside, 20, 200).astype(np.uint8)
    assert quality.hidden(picture, labels) < 0.1
    assert quality.hidden(np.full_like(picture, 90), labels) == 1.0
    assert quality.hidden(picture, 0 * labels) == 1.0  # nothing of the cavity is in the picture


def test_a_cut_through_the_true_apex_misses_nothing_and_a_tilted_one_does():
    chest, (four, _) = window.windows(10_020_000)
    turn = np.radians(four.view.angle_deg)
    aside = chest.values["apex_v_mm"] * np.cos(turn) - chest.values["apex_u_mm"] * np.sin(turn)
    true = np.degrees(np.arctan2(aside, chest.heart.length_mm))
    found = []
    for tilt in (true, true + 20):
        four.view = dataclasses.replace(four.view, offset_mm=0.0, tilt_deg=tilt)
        found.append(quality.placed(four))
    assert found[0][:2] == pytest.approx((0, 0), abs=1e-9)
    assert found[1][0] > 0.15 and found[1][1] > 0.2
    four.view = dataclasses.replace(four.view, apex_mm=(0.5 * four.probe.depth_mm, 20.0))
    assert quality.placed(four)[2] > 0.3 > found[0][2]


def test_a_judge_says_what_the_forest_says_and_its_limits_leave_the_good_alone(monkeypatch):
    monkeypatch.setattr(quality, "TREES", 12)
    rng = np.random.default_rng(0)
    told = rng.normal(size=(80, 2, 4)).astype(np.float32)
    facts = np.zeros((80, 2, 4))
    facts[:, :, 0] = np.clip(0.2 + 0.4 * told[:, :, 1], 0, 1)
    facts[:8, 0, 1:3], facts[8:16, 0, 3] = 0.35, 0.2
    told[:8, 0, 2], told[8:16, 0, 3] = 4.0, 4.0
    judge = quality.fitted(told, facts)
    found = judge.estimates(np.concatenate(told)).reshape(80, 2, 3)
    assert np.corrcoef(found[..., 0].ravel(), facts[..., 0].ravel())[0, 1] > 0.9
    assert found[:8, 0, 1].min() > 0.2 > found[16:, :, 1].mean()
    apart = quality.apart(told, facts, np.arange(80) % 4)
    good = quality.verdict(facts).max(axis=1) == 0
    refused = (apart > quality.limits(apart, facts)).any(axis=(1, 2))
    assert refused[good].mean() <= quality.REFUSED + 1 / good.sum()
    assert refused[quality.verdict(facts).max(axis=1) == 1].mean() > 0.7
    assert "of the" in quality.report(apart, facts)[-1]


def test_a_complete_tree_leads_where_the_tree_led():
    from sklearn.tree import DecisionTreeRegressor

    rng = np.random.default_rng(1)
    told = rng.normal(size=(60, 3)).astype(np.float32)
    tree = DecisionTreeRegressor(max_depth=quality.DEPTH, min_samples_leaf=2).fit(
        told, told[:, 0] ** 2
    )
    feature, threshold, value = quality._complete(tree.tree_)
    judge = quality.faults.Judge(feature[None, None], threshold[None, None], value[None, None],
                                 np.zeros(3), np.ones(1))  # fmt: skip
    assert judge.estimates(told)[:, 0] == pytest.approx(tree.predict(told))
