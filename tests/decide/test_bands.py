"""Reference bands: share outside, error of the edge, and where one patient stands."""

import numpy as np
import pandas as pd
import pytest

from course_utils import decide
from course_utils.core.errors import DataError


@pytest.fixture(scope="module")
def made():
    return decide.band(decide.healthy(600, 1), "ef")


def test_five_in_a_hundred_new_healthy_people_lie_outside(made):
    people = decide.healthy(20_000, 9).groupby("sex")
    assert list(people.groups) == ["F", "M"]
    for sex, part in people:
        low, _, high = made.limits(part.age, sex)
        assert abs(((part.ef < low) | (part.ef > high)).mean() - 0.05) < 0.02


def test_the_band_is_that_of_its_closed_form():
    many = decide.healthy(100_000, 2)
    low, middle, high = decide.band(many, "ef").limits(50.0, "F")
    assert (low, middle, high) == pytest.approx((64 - 9.8, 64, 64 + 9.8), abs=0.15)


def test_the_error_of_an_edge_is_what_other_samples_scatter_by(made):
    edges = [
        decide.band(decide.healthy(600, seed), "ef").limits(55.0, "M")[0] for seed in range(100)
    ]
    assert np.std(edges) == pytest.approx(made.edge_error(55.0, "M"), rel=0.25)


def test_centiles(made):
    low, middle, _ = made.limits(40.0, "F")
    assert made.centile(middle, 40, "F") == pytest.approx(0.5)
    assert made.centile(low, 40, "F") == pytest.approx(0.025)


def test_what_a_band_does_not_know_is_refused(made):
    with pytest.raises(DataError, match="20 to 90 years"):
        made.centile(60, 12, "F")
    with pytest.raises(DataError, match="F, M, not 'X'"):
        made.limits(40, "X")
    with pytest.raises(DataError, match="at least 40"):
        decide.band(decide.healthy(50, 1), "ef")
    with pytest.raises(DataError, match="no column sex"):
        decide.band(pd.DataFrame({"age": [1.0], "ef": [60.0]}), "ef")
