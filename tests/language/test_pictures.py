"""Pictures say their message in words."""

import pandas as pd

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


def test_the_menus_of_the_grid_say_that_it_is_one_seed():
    panel = pictures.settings()
    panel.set(temperature=max(runs.choices()[1]))
    assert "chance" not in panel.picture.alt and "one seed" in panel.picture.alt
