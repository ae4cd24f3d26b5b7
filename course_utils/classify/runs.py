"""What was computed before the lesson, since five trainings of everything take a quarter of an hour.

`python tools/data/shoulders.py` makes both files of `sample_data/classify` anew: scores of every
method for the patients of five cohorts, each patient judged by a model of four other fifths; and
what the calf network's encoder is worth with few patients.
"""

import functools

import pandas as pd

from course_utils.cases import samples
from course_utils.core import errors, files
from course_utils.evaluate import auc

FOLDER = samples.ROOT / "classify"
PLAIN = ("features", "image", "image + mask + maps", "maps alone")
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

    seed: of one cohort of 100 patients, or None for all five. Raises DataError for another seed.
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
    unknown = [name for name in methods if name not in (*PLAIN, *TRAPS)]
    if unknown:
        raise errors.DataError(f"There are no stored scores of {', '.join(unknown)}.")
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
