"""What several readers say of the same patients: ICC, error of measurement, and kappa.

ratings are a table (n patients, k readers) without gaps; the numbers keep their unit. The door is
`agreement`. Sources: Shrout and Fleiss, Psychol Bull 1979, doi:10.1037/0033-2909.86.2.420; McGraw
and Wong, Psychol Methods 1996, doi:10.1037/1082-989X.1.1.30.
"""

import numpy as np
import pandas as pd
from scipy import stats

from course_utils.core import errors
from course_utils.evaluate import columns as labels
from course_utils.evaluate.intervals import Interval

Z95 = stats.norm.ppf(0.975)
ICC_KINDS = ("ICC(2,1)", "ICC(3,1)")
ONE_WAY = "ICC(1,1)"  # recordings in no order: what differs within a patient is all error
WEIGHTS = (None, "linear", "quadratic")


def icc(ratings, kind="ICC(2,1)", level=0.95):
    """The intraclass correlation of single ratings with its interval: an Interval.

    ratings: (n patients, k readers), an array or a table without gaps, one column per reader.
    "ICC(2,1)": agreement; the readers stand for others like them. "ICC(3,1)": consistency; only
    these readers count, and a constant difference between them is forgiven. The interval is of F
    distributions (Shrout and Fleiss 1979; for (2,1) with Satterthwaite's degrees of freedom).
    An ICC rises when patients differ more, so give the range of the patients beside it.
    Warns below 20 patients. Raises DataError for fewer than 2 patients or readers, gaps, or ratings
    that are all alike.
    """
    table, rows, columns, error = _mean_squares(ratings)
    n, k = table.shape
    labels.warn_if_few(n, "An ICC")
    if kind not in ICC_KINDS:
        raise errors.DataError(f"kind is one of {', '.join(ICC_KINDS)}, not {kind!r}.")
    tail, free = (1 + labels.level_of(level)) / 2, (n - 1) * (k - 1)
    told = f"F distribution, {n} patients, {k} readers"
    estimate = _icc(rows, columns, error, n, k, kind)
    if error <= 1e-14 * rows and (kind == "ICC(3,1)" or columns <= 1e-14 * rows):
        return Interval(1, 1, 1, told, n, table.size, level)  # F is infinite: nothing differs
    if kind == "ICC(3,1)":
        low = rows / error / stats.f.ppf(tail, n - 1, free)
        high = rows / error * stats.f.ppf(tail, free, n - 1)
        ends = [(ratio - 1) / (ratio + k - 1) for ratio in (low, high)]
        return Interval(estimate, *ends, told, n, table.size, level)
    readers = k * estimate / (n * (1 - estimate))
    left = 1 + k * estimate * (n - 1) / (n * (1 - estimate))
    free = (readers * columns + left * error) ** 2 / (
        (readers * columns) ** 2 / (k - 1) + (left * error) ** 2 / free
    )
    wide, back = stats.f.ppf(tail, n - 1, free), stats.f.ppf(tail, free, n - 1)
    rest = k * columns + (k * n - k - n) * error
    low = n * (rows - wide * error) / (wide * rest + n * rows)
    high = n * (back * rows - error) / (rest + n * back * rows)
    return Interval(estimate, low, high, told, n, table.size, level)


def sem(ratings, kind="ICC(2,1)", level=0.95, seed=0):
    """The standard error of measurement in the unit of the ratings: an Interval.

    The spread of repeated readings of one patient. It is s sqrt(1 - ICC), s the root of the summed
    variance components: for "ICC(2,1)" the readers' differences count as error, for "ICC(3,1)" not;
    for "ICC(1,1)" the columns have no order (two recordings of the same patient), and all that
    differs within a patient is error (one-way analysis of variance; interval by chi-square).
    Interval: for (3,1) exact (chi-square), for (2,1) percentile bootstrap over patients, the
    readers being these. Errors as for icc. Source: de Vet et al, J Clin Epidemiol 2006,
    doi:10.1016/j.jclinepi.2005.10.015.
    """
    table, _, columns, error = _mean_squares(ratings)
    n, k = table.shape
    if kind not in (*ICC_KINDS, ONE_WAY):
        raise errors.DataError(f"kind is one of {', '.join((*ICC_KINDS, ONE_WAY))}, not {kind!r}.")
    level = labels.level_of(level)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if kind == ONE_WAY:
        free = n * (k - 1)
        within = table.var(axis=1, ddof=1).mean()
        low, high = np.sqrt(within * free / stats.chi2.ppf(tails[::-1], free))
        told = f"chi-square, {n} patients"
        return Interval(np.sqrt(within), low, high, told, n, table.size, level)
    labels.warn_if_few(n, "A standard error of measurement")
    if kind == "ICC(3,1)":
        free = (n - 1) * (k - 1)
        low, high = np.sqrt(error * free / stats.chi2.ppf(tails[::-1], free))
        return Interval(
            np.sqrt(error), low, high, f"chi-square, {n} patients", n, table.size, level
        )
    estimate = _agreement_error(columns, error, n)
    chosen = np.random.default_rng(seed).integers(0, n, (9999, n))
    parts = _squares(table[chosen])
    low, high = np.quantile(_agreement_error(parts[1], parts[2], n), tails)
    told = f"percentile bootstrap over {n} patients, 9999 resamples"
    return Interval(estimate, min(low, estimate), max(high, estimate), told, n, table.size, level)


def smallest_detectable_change(ratings, kind="ICC(2,1)", level=0.95, seed=0):
    """How far two readings of one patient must differ to be more than error: an Interval.

    1.96 sqrt(2) SEM: 95 % of two readings of an unchanged patient differ by less. Unit, kind and
    errors as for `sem`. A single patient below it may still have changed; above it, error alone is
    unlikely.
    """
    error = sem(ratings, kind, level, seed)
    times = Z95 * np.sqrt(2)
    return Interval(
        *(times * value for value in error), error.method, error.patients, error.values, level
    )


def kappa(a, b, weights=None, categories=None, level=0.95):
    """Cohen's kappa of two readers with its interval: an Interval, at most 1.

    a, b: a category per case and reader: numbers or text. weights: None (all disagreement is
    alike), "linear" or "quadratic", for ordered categories. categories: all of them in order; the
    sorted ones that occur unless told, which text with weights needs. Interval: asymptotic (Fleiss,
    Cohen and Everitt, Psychol Bull 1969, doi:10.1037/h0028106), cut at -1 and 1; one case per
    patient. Kappa falls where one category is rare, even if the readers agree as well.
    Warns below 30 cases, and at perfect agreement, where the interval has no width. Raises
    DataError where kappa does not exist: both readers gave one and the same category throughout.
    """
    counts = _crossed(a, b, weights, categories)
    cases, size = counts.sum(), len(counts)
    level = labels.level_of(level)
    share, steps = counts / cases, np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    near = (
        (steps == 0).astype(float)
        if weights is None
        else (1 - (steps / max(size - 1, 1)) ** (1 if weights == "linear" else 2))
    )
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    expected = float(np.sum(near * np.outer(rows, columns)))
    if expected >= 1 - 1e-12:
        raise errors.DataError(
            "Both readers gave every case the same one category, so chance "
            "alone agrees wholly and kappa does not exist. Report the counts."
        )
    seen = float(np.sum(near * share))
    value = (seen - expected) / (1 - expected)
    mixed = near @ columns  # mean weight of a row, and of a column below
    other = near.T @ rows
    pull = near - (mixed[:, None] + other[None, :]) * (1 - value)
    variance = np.sum(share * pull**2) - (value - expected * (1 - value)) ** 2
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt(max(variance, 0) / cases) / (1 - expected)
    if cases < 30:
        errors.warn(f"An interval of kappa from {cases:.0f} cases is a rough one.")
    if seen >= 1 - 1e-12:
        errors.warn(
            "The readers agree on every case: the interval of kappa has no width, which "
            "does not mean that kappa is known to be 1."
        )
    told = f"asymptotic (Fleiss, Cohen and Everitt), {cases:.0f} cases"
    return Interval(
        value, max(-1.0, value - half), min(1.0, value + half), told, int(cases), int(cases), level
    )


# --- mean squares ---


def _mean_squares(ratings):
    """The table, and the mean squares of patients, readers and error."""
    table = _rated(ratings)
    rows, columns, error = (float(part) for part in _squares(table))
    if max(rows, error) <= 1e-24 * np.max(np.abs(table)) ** 2:
        raise errors.DataError(
            "The patients are all rated alike, so there is no variance to divide."
        )
    return table, rows, columns, error


def _squares(table):
    """Mean squares of patients, readers and error; patients and readers on the last two axes."""
    n, k = table.shape[-2:]
    by_row, by_column = table.mean(-1, keepdims=True), table.mean(-2, keepdims=True)
    grand = table.mean((-2, -1), keepdims=True)
    rows = k * np.sum((by_row - grand) ** 2, (-2, -1)) / (n - 1)
    columns = n * np.sum((by_column - grand) ** 2, (-2, -1)) / (k - 1)
    left = np.sum((table - by_row - by_column + grand) ** 2, (-2, -1))
    return rows, columns, left / ((n - 1) * (k - 1))


def _rated(ratings):
    try:
        array = (
            ratings.to_numpy(float)
            if isinstance(ratings, pd.DataFrame)
            else np.asarray(ratings, float)
        )
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] < 2:
        raise errors.DataError(
            "Ratings are a table of numbers with one row per patient and one "
            "column per reader, at least two of each. For two lists: "
            "numpy.column_stack([a, b])."
        )
    gaps = int((~np.isfinite(array)).any(axis=1).sum())
    if gaps:
        raise errors.DataError(
            f"{gaps} of {len(array)} patients have a missing rating. Leave them "
            "out and say so beside the result."
        )
    return array


def _icc(rows, columns, error, n, k, kind):
    if kind == "ICC(3,1)":
        return (rows - error) / (rows + (k - 1) * error)
    return (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)


def _agreement_error(columns, error, n):
    return np.sqrt(error + (columns - error) / n)


def _crossed(a, b, weights, categories):
    """How often each category of a met each of b, (categories, categories)."""
    if weights not in WEIGHTS:
        raise errors.DataError(f"weights is None, 'linear' or 'quadratic', not {weights!r}.")
    pair = [_named(values, which) for values, which in ((a, "first reader"), (b, "second reader"))]
    labels.same_length(first_reader=pair[0], second_reader=pair[1])
    found = set(pair[0]) | set(pair[1])
    if categories is None:
        if weights and any(isinstance(value, str) for value in found):
            raise errors.DataError(
                "Weights need the order of the categories, such as "
                "categories=['mild', 'moderate', 'severe']."
            )
        categories = sorted(found, key=lambda value: (isinstance(value, str), value))
    strange = sorted(map(str, found - set(categories)))
    if strange:
        raise errors.DataError(f"{', '.join(strange[:3])}: not among the categories given.")
    place = {value: number for number, value in enumerate(categories)}
    counts = np.zeros((len(place), len(place)))
    np.add.at(counts, ([place[v] for v in pair[0]], [place[v] for v in pair[1]]), 1)
    return counts


def _named(values, which):
    if isinstance(values, (str, bytes, dict)) or np.ndim(values) != 1 or len(values) == 0:
        raise errors.DataError(f"The {which} must give one category per case, as a list.")
    series = pd.Series(values)
    if series.isna().any():
        raise errors.DataError(
            f"The {which} left {int(series.isna().sum())} cases open. Leave "
            "these out for both readers."
        )
    return series.tolist()
