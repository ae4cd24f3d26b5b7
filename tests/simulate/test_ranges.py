"""The ranges of the randomised stills: every draw lies in its range, and a family narrows it."""

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.simulate import ranges

EVERY = [
    (place, name, kind) for place in ranges.PLACES for name, kind in ranges.table()[place].items()
]


@pytest.fixture(scope="module")
def drawn():
    return [ranges.draw(seed) for seed in range(120)]


@pytest.mark.parametrize(("place", "name", "kind"), EVERY, ids=[name for _, name, _ in EVERY])
def test_each_number_varies_within_its_range_and_has_a_source(drawn, place, name, kind):
    values = [one[name] for one in drawn]
    assert kind["source"]
    assert len(set(values)) > 1
    if kind["draw"] == "choice":
        assert set(values) <= set(kind["values"])
        assert sum(kind["weights"]) == pytest.approx(1.0)
    elif kind["draw"] == "chance":
        assert np.mean(values) == pytest.approx(kind["odds"], abs=0.15)
    else:
        assert kind["low"] <= min(values) < max(values) <= kind["high"]


def test_names_are_unique_over_the_whole_file():
    names = [name for _, name, _ in EVERY]
    assert len(names) == len(set(names))


def test_the_same_seed_draws_the_same_and_another_one_does_not():
    assert ranges.draw(3, "soft") == ranges.draw(3, "soft")
    assert ranges.draw(3) != ranges.draw(4)


@pytest.mark.parametrize("family", ranges.families())
def test_a_family_narrows_machines_and_leaves_people_alone(family):
    plain, own = ranges.draw(7), ranges.draw(7, family)
    narrowed = ranges.table()["family"][family]
    assert set(narrowed) <= set(ranges.table()["machine"])
    assert {name for name in plain if plain[name] != own[name]} <= set(narrowed)
    for seed in range(40):
        values = ranges.draw(seed, family)
        for name, limits in narrowed.items():
            assert values[name] in limits.get("values", [values[name]])
            assert limits.get("low", -np.inf) <= values[name] <= limits.get("high", np.inf)


def test_an_unknown_family_is_refused_with_the_names_there_are():
    with pytest.raises(DataError, match="crisp"):
        ranges.draw(1, "shiny")
