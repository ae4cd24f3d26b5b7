"""Pictures say their message in words, and the stored runs are whole."""

import itertools

import pandas as pd
import pytest

from course_utils.core import errors
from course_utils.language import pictures, retrieval, runs, taxonomy


def test_the_browser_shows_every_tag():
    panel = pictures.browser()
    for dimension in taxonomy.DIMENSIONS:
        panel.set(dimension=dimension)
        assert all(tag in panel.picture.html() for tag in taxonomy.tags(dimension))
    panel.set(dimension="organ", system="Breast and Axilla")
    assert "2 tags" in panel.picture.text() and "Liver" not in panel.picture.html()


def test_curves_and_shares_say_their_numbers():
    shown = pictures.training({"one": [5.0, 3.0, 2.25]}, 64)
    assert "2.25" in shown.alt and "4.16" in shown.alt
    cosines = pd.DataFrame([[0.9, 0.1, 0.3], [0.2, 0.8, 0.1], [0.6, 0.2, 0.5]]).to_numpy()
    table = retrieval.judged(cosines, ["A", "B", "C"], ["x", "x", "y"])
    assert "R@10 1.00" in pictures.found(table, 3).alt


def test_every_setting_of_the_menus_was_trained_once():
    batches, temperatures, lambdas = runs.choices()
    for setting in itertools.product(batches, temperatures, lambdas):
        assert runs.one(*setting).kind == "grid"
    assert len(runs.grid()) == len(batches) * len(temperatures) * len(lambdas)
    panel = pictures.settings()
    panel.set(temperature=max(temperatures))
    assert "chance" not in panel.picture.alt and "one seed" in panel.picture.alt
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
