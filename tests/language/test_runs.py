"""The stored trainings are whole, and say what they must."""

import itertools

import numpy as np
import pytest
import scipy.stats

from course_utils.core import errors
from course_utils.language import runs


def test_every_setting_of_the_menus_was_trained_once():
    batches, temperatures, lambdas = runs.choices()
    for setting in itertools.product(batches, temperatures, lambdas):
        assert runs.one(*setting).kind == "grid"
    assert len(runs.grid()) == len(batches) * len(temperatures) * len(lambdas)
    with pytest.raises(errors.DataError, match="No training"):
        runs.one(7, 0.1, 0.0)


def test_variants_were_all_trained_with_the_same_seeds():
    table = runs.variants()
    assert set(table.name) == set(runs.VARIANTS)
    seeds = table.groupby("name").seed.apply(lambda s: tuple(sorted(s)))
    assert seeds.nunique() == 1 and len(seeds.iloc[0]) == runs.seeds()
    assert set(runs.summary({"picture_10": "R@10"}).index) == set(runs.VARIANTS.values())
    gap = runs.changes([("semantic", "graph left out")], "picture_10")
    assert gap.iloc[0, 0].startswith("-")  # what it leaned on is gone


def test_what_cannot_be_seen_is_named_by_chance_in_every_run():
    table = runs.variants().query("name in ('contrastive', 'semantic')")
    assert (
        abs(table.zero_organ.mean() - 1 / 8) < 0.06
        and abs(table.zero_vascularity.mean() - 1 / 5) < 0.06
    )


def test_few_seeds_have_no_interval_and_five_have_students():
    assert runs.short(runs._mean_of([0.4, 0.5])) == "0.45"
    estimate, low, high = runs._mean_of([0.1, 0.2, 0.3, 0.4, 0.5])
    assert estimate == pytest.approx(0.3)
    half = scipy.stats.t.ppf(0.975, 4) * np.std([1, 2, 3, 4, 5], ddof=1) / 10 / np.sqrt(5)
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=1e-6)
    assert runs.short((0.5, 0.42, 0.55), "+") == "+0.50 (+0.42 to +0.55)"
