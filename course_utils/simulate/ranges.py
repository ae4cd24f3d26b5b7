"""What a randomised still is drawn from: `ranges.toml` says it for every number, with its unit and
source.

A family of machines narrows some of the ranges. All of it is SYNTHETIC.
"""

import functools
import tomllib
from pathlib import Path

import numpy as np

from course_utils.core.errors import DataError

PLACES = ("anatomy", "machine", "probe")


ORGANS = ("muscle", "heart")


@functools.cache
def table(organ="muscle"):
    """The ranges of an organ as the file gives them: {"anatomy": {name: range}, ..., "family":
    {...}}.
    """
    if organ not in ORGANS:
        raise DataError(f"There are ranges of {' and '.join(ORGANS)}, not of {organ!r}.")
    whole = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return whole["heart"] if organ == "heart" else whole


def families(organ="muscle"):
    """The names of the families of machines."""
    return tuple(table(organ)["family"])


def draw(seed, family=None, organ="muscle", places=PLACES):
    """One value for every number of the file: {name: value}.

    seed: a whole number from 0, or a list of them. family: one of `families`, or None for a machine
    of any family and none. A number is drawn alike whichever family the machine is of, unless the
    family narrows it. places: of the file, where not all are needed. Raises DataError for another family.
    """
    if family is not None and family not in families(organ):
        raise DataError(
            f"There is no family of machines {family!r}; there are {', '.join(families(organ))}."
        )
    narrowed = {} if family is None else table(organ)["family"][family]
    values = {}
    for place in places:
        for number, (name, kind) in enumerate(table(organ)[place].items()):
            rng = np.random.default_rng([*np.atleast_1d(seed), PLACES.index(place), number])
            values[name] = _value(kind | narrowed.get(name, {}), rng)
    return values


def _value(kind, rng):
    """One draw of a range."""
    how = kind["draw"]
    if how == "uniform":
        return float(rng.uniform(kind["low"], kind["high"]))
    if how == "normal":
        return float(np.clip(rng.normal(kind["mean"], kind["sd"]), kind["low"], kind["high"]))
    if how == "lognormal":
        value = kind["median"] * np.exp(kind["spread"] * rng.standard_normal())
        return float(np.clip(value, kind["low"], kind["high"]))
    if how == "chance":
        return bool(rng.random() < kind["odds"])
    if how == "choice":
        return kind["values"][int(rng.choice(len(kind["values"]), p=kind["weights"]))]
    raise DataError(f"ranges.toml knows no draw {how!r}.")
