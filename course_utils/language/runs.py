"""Trainings that were done before: five seeds of each variant, and a grid for the sliders.

`python tools/measure/language.py` makes the table anew. All were judged on the same 200 patients.
"""

import functools

import pandas as pd

from course_utils.cases import samples
from course_utils.core import errors, files
from course_utils.evaluate import intervals

TABLE = samples.ROOT / "findings" / "runs.csv"
COMMAND = "python tools/measure/language.py"
GALLERY = 200
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
    """One row for each variant of `VARIANTS` and seed: a table."""
    table = _read()
    return table[table["kind"] == "variant"].reset_index(drop=True)


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


def over_seeds(column):
    """{variant: Interval over its seeds (Student's t)} of a column."""
    table = variants()
    return {
        VARIANTS[name]: intervals.bootstrap(list(part[column]), lambda v: float(v.mean()), "t")
        for name, part in table.groupby("name", sort=False)
    }


def paired(first, second, column):
    """The change from one variant to another, seed by seed: a `Comparison` (second minus first)."""
    table = variants().pivot(index="seed", columns="name", values=column)
    return intervals.compare(table[first], table[second])
