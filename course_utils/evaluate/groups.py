"""For whom does it work: a measure in every subgroup, and how often nothing came out at all.

A model that refuses the difficult patients looks good on the rest, so refusals are an outcome with
an interval of their own. Sources: TRIPOD+AI, BMJ 2024, doi:10.1136/bmj-2023-078378 (items on
fairness); Wang et al, NEJM 2007, doi:10.1056/NEJMsr077003 (reporting of subgroup analyses).
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from course_utils.core import errors, identity, plurals, tables
from course_utils.evaluate import columns, intervals
from course_utils.evaluate.intervals import Interval

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Subgroups:
    """What `groups` found.

    `.table`: one row per group, by name: patients, measured (patients with a value), images,
    estimate, low, high, refused, refused_low, refused_high (shares of the images), method.
    `.gap`: highest minus lowest group, an Interval; `.best`, `.worst`: their names. `.p_value`: how
    often a gap this large arises when the groups mean nothing. `.by`, `.measure`.
    """

    table: pd.DataFrame
    gap: Interval
    best: str
    worst: str
    p_value: float
    by: str
    measure: str

    def sentence(self):
        """The largest gap in one line, with what it takes to judge it."""
        lowest, highest = sorted(
            (self.worst, self.best), key=lambda name: self.table.loc[name, "estimate"]
        )
        low, high = self.table.loc[lowest], self.table.loc[highest]
        chance = "< 0.001" if self.p_value < 0.001 else f"{self.p_value:.3f}"
        return (
            f"{self.measure} by {self.by}: lowest {lowest} {low.estimate:.2f} "
            f"({plurals.count(low.measured, 'patient')}), highest {highest} {high.estimate:.2f} "
            f"({plurals.count(high.measured, 'patient')}); gap {self.gap.estimate:.2f} "
            f"({100 * self.gap.level:g} % interval {self.gap.low:.2f} to {self.gap.high:.2f}); "
            f"a gap this large arises by chance alone with p {chance}"
        )


def subgroups(table, by, measure, refused="refused", level=0.95, seed=0, higher_is_better=True):
    """A measure by group, averaged by patient first, and the share that was refused: a Subgroups.

    table: one row per image, with patient_id, the column `by` (text; cut an age into bands first,
    with pandas.cut) and the number `measure`; where there is a column `refused` (True or False),
    refused rows need no measure. by missing: the group "unknown", which no gap is taken of.
    higher_is_better: False for an error; it decides which group is called the worst.
    Intervals: bootstrap over the patients of a group (intervals.bootstrap); the gap's by drawing
    patients within its two groups. The two were picked for being apart, so the gap is too large on
    average: `.p_value` is from shuffling patients among the groups and takes account of that.
    Warns for groups below 5 patients; with 1 the interval is NaN. Raises DataError for a patient in
    two groups (compare those with intervals.compare), fewer than two groups, or missing values.
    """
    data = _checked(table, by, measure, refused)
    values = data.dropna(subset=["value"]).groupby("patient")["value"].mean()
    group_of = data.groupby("patient")["group"].first()
    rows = {
        name: _row(data[data["group"] == name], values, level, seed)
        for name in sorted(set(data["group"]), key=lambda name: (name == UNKNOWN, name))
    }
    found = pd.DataFrame(rows.values(), index=pd.Index(rows, name=by))
    known = found[(found.index != UNKNOWN) & (found["measured"] > 0)]
    if len(known) < 2:
        raise errors.DataError(
            f"A gap needs two groups with a measured patient; {by!r} gives {len(known)}."
        )
    small = known.index[known["measured"] < intervals.SHOWN_FEW]
    if len(small):
        errors.warn(
            f"{', '.join(small)}: fewer than {intervals.SHOWN_FEW} patients, so neither "
            "the number nor its interval can be relied on."
        )
    highest, lowest = known["estimate"].idxmax(), known["estimate"].idxmin()
    best, worst = (highest, lowest) if higher_is_better else (lowest, highest)
    groups = [values[group_of[values.index] == name].to_numpy() for name in known.index]
    gap = _gap(
        groups[known.index.get_loc(highest)], groups[known.index.get_loc(lowest)], level, seed
    )
    return Subgroups(found, gap, best, worst, _by_chance(groups, seed), by, measure)


def _checked(table, by, measure, refused):
    tables.checked(table, ("patient_id", by, measure))
    columns.patients_of(table["patient_id"], len(table))
    data = pd.DataFrame({"patient": identity.canonical(table["patient_id"])})
    groups = table[by].astype(object)
    data["group"] = groups.where(table[by].notna(), UNKNOWN).astype(str).to_numpy()
    data["refused"] = columns.truth_of(table[refused], refused) if refused in table else False
    kept = ~data["refused"].to_numpy()
    data["value"] = np.nan
    if kept.any():
        data.loc[kept, "value"] = columns.numbers_of(table[measure][kept], measure)
    torn = data.groupby("patient")["group"].nunique()
    torn = torn.index[torn > 1]
    if len(torn):
        raise errors.DataError(
            f"{plurals.count(len(torn), 'patient')} {plurals.verb(len(torn), 'is', 'are')} in "
            f"more than one group of {by!r} ({', '.join(torn[:3])}). "
            "Groups must not share patients; to compare two conditions of the same patients use "
            "evaluate.compare."
        )
    return data


def _row(rows, values, level, seed):
    own = values[values.index.isin(rows["patient"])]
    if len(own) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.CourseWarning)  # said once, for all groups
            result = intervals.bootstrap(own, level=level, seed=seed)
    else:
        only = float(own.iloc[0]) if len(own) else np.nan
        result = Interval(only, np.nan, np.nan, "none: fewer than 2 patients", len(own))
    refusals = intervals.proportion(rows["refused"], rows["patient"], level)
    return {
        "patients": rows["patient"].nunique(),
        "measured": len(own),
        "images": len(rows),
        "estimate": result.estimate,
        "low": result.low,
        "high": result.high,
        "refused": refusals.estimate,
        "refused_low": refusals.low,
        "refused_high": refusals.high,
        "method": result.method,
    }


def _gap(best, worst, level, seed, resamples=9999):
    draws = np.random.default_rng(seed)
    patients = best.size + worst.size
    difference = float(best.mean() - worst.mean())
    if min(best.size, worst.size) < 2:
        return Interval(difference, np.nan, np.nan, "none: a group has one patient", patients)
    means = [draws.choice(group, (resamples, group.size)).mean(axis=1) for group in (best, worst)]
    low, high = np.quantile(means[0] - means[1], [(1 - level) / 2, (1 + level) / 2])
    told = f"percentile bootstrap over {plurals.count(patients, 'patient')} within the two groups"
    return Interval(difference, low, high, told, patients, patients, level)


def _by_chance(groups, seed, shuffles=1999):
    """The share of shuffles of patients among the groups with a gap at least as large (p value)."""
    draws, everyone = np.random.default_rng(seed), np.concatenate(groups)
    starts = np.r_[0, np.cumsum([group.size for group in groups])[:-1]]
    sizes = np.array([group.size for group in groups])

    def _widest(values):
        return np.ptp(np.add.reduceat(values, starts) / sizes)

    seen = _widest(everyone) * (1 - 1e-12)  # sums in another order differ in the last digit
    larger = sum(_widest(draws.permutation(everyone)) >= seen for _ in range(shuffles))
    return float((larger + 1) / (shuffles + 1))
