"""The ranges of the randomised stills: every draw lies in its range, and a family narrows it."""

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.simulate import ranges

EVERY = [
    (organ, name, kind)
    for organ in ranges.ORGANS
    for place in ranges.PLACES
    for name, kind in ranges.table(organ)[place].items()
]
FAMILIES = [(organ, family) for organ in ranges.ORGANS for family in ranges.families(organ)]


@pytest.fixture(scope="module")
def drawn():
    return {
        organ: [ranges.draw(seed, organ=organ) for seed in range(120)] for organ in ranges.ORGANS
    }


def follows(values, kind):
    """Whether these draws are what the table says of their number."""
    if kind["draw"] == "choice":
        weights = sum(kind["weights"])
        return set(values) <= set(kind["values"]) and weights == pytest.approx(1.0)
    if kind["draw"] == "chance":
        return np.mean(values) == pytest.approx(kind["odds"], abs=0.15)
    return kind["low"] <= min(values) < max(values) <= kind["high"]


def test_each_number_varies_within_its_range_and_has_a_source(drawn):
    assert len(EVERY) > 100
    assert [(organ, name) for organ, name, kind in EVERY if not kind["source"]] == []
    values = {(organ, name): [one[name] for one in drawn[organ]] for organ, name, _ in EVERY}
    assert [at for at, drawings in values.items() if len(set(drawings)) == 1] == []
    assert [(o, n) for o, n, kind in EVERY if not follows(values[o, n], kind)] == []


def test_names_are_unique_over_the_whole_file():
    for organ in ranges.ORGANS:
        names = [name for of, name, _ in EVERY if of == organ]
        assert len(names) == len(set(names))


def test_the_same_seed_draws_the_same_and_another_one_does_not():
    assert ranges.draw(3, "soft") == ranges.draw(3, "soft")
    assert ranges.draw(3) != ranges.draw(4)


@pytest.mark.parametrize(("organ", "family"), FAMILIES)
def test_a_family_narrows_machines_and_leaves_people_alone(organ, family):
    plain, own = ranges.draw(7, organ=organ), ranges.draw(7, family, organ)
    narrowed = ranges.table(organ)["family"][family]
    assert set(narrowed) <= set(ranges.table(organ)["machine"])
    assert {name for name in plain if plain[name] != own[name]} <= set(narrowed)
    for seed in range(40):
        values = ranges.draw(seed, family, organ)
        for name, limits in narrowed.items():
            assert values[name] in limits.get("values", [values[name]])
            assert limits.get("low", -np.inf) <= values[name] <= limits.get("high", np.inf)


def test_an_unknown_family_is_refused_with_the_names_there_are():
    with pytest.raises(DataError, match="crisp"):
        ranges.draw(1, "shiny")
    with pytest.raises(DataError, match="hazy"):
        ranges.draw(1, "soft", "heart")
    with pytest.raises(DataError, match="muscle"):
        ranges.table("liver")
