"""What was computed before the lesson, since training everything on every cohort takes a quarter of an hour.

`python tools/data/shoulders.py` makes both files of `sample_data/classify` anew: scores of every
method for the patients of several cohorts, each patient judged by a model of four other fifths; and
what the calf network's encoder is worth with few patients.
"""

import functools

import numpy as np
import pandas as pd

from course_utils.cases import samples
from course_utils.core import errors, files, plurals
from course_utils.evaluate import Interval, auc, compare_auc

FOLDER = samples.ROOT / "classify"
PLAIN = ("features", "image", "image + mask + maps")
TRAPS = ("by image", "shuffled labels", "drawn by one who knew", "machine tells")
COMMAND = "python tools/data/shoulders.py"


@functools.cache
def _read(name):
    try:
        return pd.read_csv(files.find(FOLDER / name), dtype={"patient_id": str})
    except errors.FileError as missing:
        raise errors.FileError(f"{missing} Run '{COMMAND}' to make it anew.") from None


def scores(seed=None):
    """Out-of-fold scores: a table of seed, patient_id, ill, machine, trap_machine, shuffled (the
    dealt label), and one column a method, each 0..1 and the mean of a patient's two pictures.

    seed: of one cohort of 100 patients, or None for all. Raises DataError for another seed.
    """
    table = _read("scores.csv")
    if seed is None:
        return table.copy()
    known = sorted(set(table.seed))
    if seed not in known:
        raise errors.DataError(f"There are stored scores of the seeds {known}, not of {seed!r}.")
    return table[table.seed == seed].reset_index(drop=True)


def transfer():
    """One row for each number of patients (20, 50, 100) and cohort: known and fresh (areas under the
    ROC curve of a logistic regression on the frozen encoder's numbers, with the calf network's
    weights and with random ones, on the 100 patients of another cohort), gain, low and high
    (DeLong's interval of the difference)."""
    return _read("transfer.csv").copy()


def areas(methods):
    """Areas under the ROC curve of stored scores: one row a cohort, one column a method.

    A method with dealt labels is judged against these; all others against the truth.
    """
    table = scores()
    _known(*methods)
    rows = {
        seed: {
            name: auc(part.shuffled if name == TRAPS[1] else part.ill, part[name])
            for name in methods
        }
        for seed, part in table.groupby("seed")
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def within_machines(method="machine tells"):
    """The area of a method on both machines of the trap together and on each alone: one row a
    cohort."""
    rows = {}
    for seed, part in scores().groupby("seed"):
        rows[seed] = {"both machines": auc(part.ill, part[method])} | {
            f"{name} alone": auc(group.ill, group[method])
            for name, group in part.groupby("trap_machine")
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def area(method):
    """The area of a method, mean over the cohorts: an Interval. DeLong's variance within each."""
    found = mean_of([compare_auc(truth, 0 * score, score) for truth, score in _pairs(method)])
    ends = (found.estimate + 0.5, found.low + 0.5, min(1.0, found.high + 0.5))
    return Interval(*ends, found.method, found.patients, found.values, found.level)


def gain(first, second):
    """How much larger the area of `second` is than that of `first`, on the same patients, mean over
    the cohorts: an Interval."""
    both = zip(_pairs(first), _pairs(second), strict=True)
    return mean_of([compare_auc(truth, one, other) for (truth, one), (_, other) in both])


def mean_of(parts):
    """The mean of differences found on several cohorts of the same size: an Interval. The variances
    of independent cohorts add up."""
    halves = np.array([(part.high - part.low) / 2 for part in parts])
    middle, half = (
        np.mean([part.estimate for part in parts]),
        np.sqrt(np.sum(halves**2)) / len(parts),
    )
    people = sum(part.patients for part in parts)
    told = f"DeLong within {plurals.count(len(parts), 'cohort')}"
    return Interval(middle, middle - half, middle + half, told, people, people, parts[0].level)


def transferred():
    """What the calf network's weights add for 20, 50 and 100 patients, mean over the cohorts: a
    table with gain, low, high."""
    rows = {}
    for count, part in transfer().groupby("patients"):
        each = [Interval(r.gain, r.low, r.high, "", 100) for r in part.itertuples()]
        rows[count] = tuple(mean_of(each))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["gain in area", "low", "high"])


def _pairs(method):
    """(truth, score) of every cohort."""
    _known(method)
    truth = "shuffled" if method == TRAPS[1] else "ill"
    return [(part[truth], part[method]) for _, part in scores().groupby("seed")]


def _known(*methods):
    unknown = [name for name in methods if name not in (*PLAIN, *TRAPS)]
    if unknown:
        raise errors.DataError(f"There are no stored scores of {', '.join(unknown)}.")
