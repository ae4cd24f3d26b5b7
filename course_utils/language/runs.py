"""Trainings that were done before: five seeds of each variant, and a grid for the sliders.

`python tools/measure/language.py` makes the table anew. All were judged on the same 200 patients.
"""

import functools
import math

import pandas as pd

from course_utils.cases import samples
from course_utils.core import errors, files
from course_utils.evaluate import intervals

TABLE = samples.ROOT / "findings" / "runs.csv"
COMMAND = "python tools/measure/language.py"
GALLERY = 200
FEW = 5  # seeds: below there is no interval
VARIANTS = {
    "contrastive": "contrastive",
    "semantic": "and semantic",
    "graph": "and graph of the report's tags",
    "graph left out": "the same, without graph at the test",
    "graph of the truth": "and graph of the true tags (a leak)",
}


@functools.lru_cache(maxsize=1)
def _read():
    return pd.read_csv(files.find(TABLE))


def variants():
    """One row for each variant of `VARIANTS` and seed with which all were trained: a table."""
    table = _read()
    table = table[table["kind"] == "variant"]
    whole = table.groupby("seed").name.nunique() == len(VARIANTS)
    table = table[table.seed.isin(whole[whole].index)]
    order = table.name.map(list(VARIANTS).index)
    return table.assign(order=order).sort_values(["order", "seed"]).reset_index(drop=True)


def grid():
    """One row for each batch size, temperature and lambda, one seed: a table."""
    table = _read()
    return table[table["kind"] == "grid"].reset_index(drop=True)


def choices():
    """(batch sizes, temperatures, lambdas) of the grid, three lists."""
    found = grid()
    return tuple(sorted(set(found[name].tolist())) for name in ("batch", "temperature", "lam"))


def one(batch, temperature, lam):
    """The run of one setting, a Series. Raises DataError where there is none."""
    found = grid().query("batch == @batch and temperature == @temperature and lam == @lam")
    if len(found) != 1:
        raise errors.DataError(f"No training was done with {batch}, {temperature}, {lam}.")
    return found.iloc[0]


def seeds():
    """How many seeds every variant was trained with."""
    return int(variants().groupby("name").seed.nunique().min())


def over_seeds(column):
    """{variant: mean over its seeds, with Student's t interval from five on}, of a column."""
    found = {}
    for name, part in variants().groupby("name", sort=False):
        values = list(part[column])
        found[name] = _mean_of(values)
    return found


def summary(columns):
    """Several columns of the variants beside each other, each as 'mean (low to high)': a table.

    columns: {column: the words at its head}.
    """
    told = {
        words: {VARIANTS[name]: short(value) for name, value in over_seeds(column).items()}
        for column, words in columns.items()
    }
    return pd.DataFrame(told)


def changes(pairs, column):
    """The change from one variant to another, seed by seed, for each (before, after): a table."""
    table = variants().pivot(index="seed", columns="name", values=column).dropna()
    rows = {}
    for before, after in pairs:
        gap = list(table[after] - table[before])
        rows[f"{VARIANTS[before]} -> {VARIANTS[after]}"] = short(_mean_of(gap), sign="+")
    return pd.DataFrame({"change": rows})


def short(interval, sign=""):
    """'0.49 (0.42 to 0.55)', or the number alone where there is no interval."""
    estimate, low, high = interval
    if not math.isfinite(low):
        return f"{estimate:{sign}.2f}"
    return f"{estimate:{sign}.2f} ({low:{sign}.2f} to {high:{sign}.2f})"


def _mean_of(values):
    """The mean with Student's t interval, which needs five values; without one below."""
    if len(values) < FEW:
        return sum(values) / len(values), math.nan, math.nan
    return intervals.bootstrap(values, lambda v: float(v.mean()), "t")
