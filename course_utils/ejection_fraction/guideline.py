"""What an ejection fraction is called, by which guideline, and how far two readers differ.

Every number names its source (`guideline.toml`). Categories are for whole per cent, as reports print them: an EF
of 51.6 is read as 52. Not for diagnosis.
"""

import math
import tomllib
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas

from course_utils.core import errors

Band = namedtuple("Band", "low high name")
Readers = namedtuple("Readers", "who bias sd")

_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
ASE_2015, AKIL = _TOLD["ase_2015"], _TOLD["akil"]
BANDS = {sex: tuple(Band(*band) for band in bands) for sex, bands in _TOLD["bands"].items()}
READERS = tuple(Readers(*row) for row in _TOLD["readers"])  # the human ruler
# The difference of two readings holds the error of both, so one reading's SD is smaller by the
# square root of two. Machine against truth is one error: this is what it may be put beside.
TWO_READINGS = 1.96 * READERS[0].sd  # points to either side of an expert's reading, another's
ONE_READING = TWO_READINGS / math.sqrt(2)  # points to either side: one expert's reading, 95 %
ONE_GLANCE = 1.96 * READERS[3].sd / math.sqrt(2)  # the same for an expert who judges by eye


def readers():
    """The human ruler as a table: one row for each group of readers of `AKIL`, 140 patients.

    bias, SD: of the difference between two readers of that group, points of EF. one_reading: 95 % of single readings
    lie within so many points, SD / sqrt(2) times 1.96.
    """
    table = pandas.DataFrame(READERS).set_index("who").rename(columns={"sd": "SD"})
    table["one_reading"] = 1.96 * table.SD / math.sqrt(2)
    return table


@dataclass(frozen=True)
class Category:
    """What an EF is called. print() gives `sentence`.

    ef: per cent, rounded to whole numbers. sex: "F", "M" or None. name: by ASE/EACVI 2015; where
    the sex is unknown and the two differ, both ("normal (men), mildly reduced (women)").
    possible: the names that the interval reaches, worst first. spans: whether those are more than
    one. guideline: its citation.
    """

    ef: int
    sex: str
    name: str
    possible: tuple
    spans: bool
    sentence: str
    guideline: str = ASE_2015

    def __str__(self):
        return self.sentence


def category(ef, sex=None, interval=None):
    """Name an ejection fraction: a `Category` with the guideline and what its interval reaches.

    ef: per cent. sex: "F", "M" or None (then both names are given where they differ). interval:
    (low, high) in per cent, or None. Raises DataError for an EF that is not a number from -100 to
    100 (a fraction such as 0.55 is refused too), another sex, or an interval that misses the EF.
    """
    sex, whole = _sex(sex), whole_percent(_percent(ef))
    names = _names(whole, sex)
    possible, reach = (names,), ""
    if interval is not None:
        low, high = _interval(interval, float(ef))
        seen = dict.fromkeys(
            _names(value, sex) for value in range(whole_percent(low), whole_percent(high) + 1)
        )
        possible = tuple(seen)
        reach = f" (interval {low:.0f} to {high:.0f} %)"
    spans = len(possible) > 1
    sentence = f"EF {whole} %{reach}: {names} by ASE/EACVI 2015"
    if spans:
        sentence += f". The interval reaches from {possible[0]} to {possible[-1]}"
    return Category(
        whole,
        sex,
        names,
        possible,
        spans,
        sentence + ".",
    )


def _names(whole, sex):
    if sex is not None:
        return _name(BANDS[sex], whole)
    men, women = _name(BANDS["M"], whole), _name(BANDS["F"], whole)
    return men if men == women else f"{men} (men), {women} (women)"


def _name(bands, whole):
    return next(band.name for band in bands if band.low <= whole <= band.high)


def whole_percent(value):
    """A per cent as reports print it: 51.5 is 52; round() would go to the even number."""
    return math.floor(value + 0.5)


def _is_number(value):
    return isinstance(value, (int, float, np.number)) and math.isfinite(value)


def _percent(ef):
    if not (_is_number(ef) and -100 <= ef <= 100):
        raise errors.DataError(
            f"The ejection fraction must be in per cent, such as 55, not {ef!r}."
        )
    if 0 < ef < 1:
        raise errors.DataError(
            f"An ejection fraction of {ef:g} looks like a fraction. Give per cent: {100 * ef:g}."
        )
    return float(ef)


def _sex(sex):
    if sex is None or (isinstance(sex, float) and math.isnan(sex)):
        return None
    known = {"f": "F", "female": "F", "w": "F", "m": "M", "male": "M"}
    if not isinstance(sex, str) or sex.strip().lower() not in known:
        raise errors.DataError(f"sex must be 'F', 'M' or None if unknown, not {sex!r}.")
    return known[sex.strip().lower()]


def _interval(interval, ef):
    try:
        low, high = (_percent(value) for value in interval)
    except (TypeError, ValueError):
        raise errors.DataError(
            f"interval must be two numbers in per cent, (low, high), not {interval!r}."
        ) from None
    if not low - 1e-9 <= ef <= high + 1e-9:
        raise errors.DataError(
            f"The interval {low:g} to {high:g} does not hold the EF of {ef:g}. "
            "The order is (low, high)."
        )
    return low, high
