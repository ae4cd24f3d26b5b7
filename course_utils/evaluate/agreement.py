"""Do two readers, or a reader and a model, agree: differences, ICC, repeats and kappa.

A correlation is not agreement: twice every value correlates perfectly. a and b are numbers of the
same cases in the same order; ratings are a table (n patients, k readers) without gaps. All keep
their unit. Sources: Bland and Altman, Lancet 1986, doi:10.1016/S0140-6736(86)90837-8; Shrout and
Fleiss, Psychol Bull 1979, doi:10.1037/0033-2909.86.2.420; McGraw and Wong, Psychol Methods 1996,
doi:10.1037/1082-989X.1.1.30.
"""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from course_utils.core import accept, errors, plurals
from course_utils.evaluate import columns as labels
from course_utils.evaluate.intervals import Interval

WITHIN = stats.norm.ppf(0.975)  # limits of agreement hold 95 % of differences: 1.96 SD
SHARE = 0.95  # of the differences of unchanged patients, below the smallest detectable change

Line = namedtuple("Line", "slope intercept p_value")


@dataclass(frozen=True)
class BlandAltman:
    """What `bland_altman` found. `.bias`, `.lower` and `.upper` (limits) are Intervals.

    `.sd` of a difference; `.line`: (slope, intercept, p_value) of the difference over the mean,
    slope an Interval; `.means` and `.differences` (a - b), one per pair; `.patients`, `.pairs`.
    """

    bias: Interval
    sd: float
    lower: Interval
    upper: Interval
    line: Line
    means: np.ndarray
    differences: np.ndarray
    patients: int
    pairs: int

    def sentence(self, name="Difference", unit="mm"):
        """Bias and limits in one line, with their intervals and what they rest on."""
        shown = [
            f"{part.estimate:.2f} ({part.low:.2f} to {part.high:.2f})"
            for part in (self.bias, self.lower, self.upper)
        ]
        return (
            f"{name}: bias {shown[0]} {unit}, 95 % limits of agreement {shown[1]} to "
            f"{shown[2]} {unit} ({100 * self.bias.level:g} % intervals in brackets; "
            f"{plurals.count(self.patients, 'patient')}, {plurals.count(self.pairs, 'pair')}; "
            "intervals of the limits: "
            f"{self.lower.method})"
        )


def bland_altman(a, b, patients=None, level=0.95):
    """Bias and 95 % limits of agreement between two methods, with intervals: a BlandAltman.

    a, b: numbers of the same cases; the difference is a - b. One pair per patient: the limits are
    bias +- 1.96 SD; intervals of the limits are exact (noncentral t; Carkeet, Optom Vis Sci 2015,
    doi:10.1097/OPX.0000000000000513). All assume normal differences that do not depend on the size;
    look at the picture, and at the slope.
    patients: whose pair each is. Where a patient has several, each patient counts the same in the
    bias, and the SD is that of one difference: between patients, and within them. A pair belongs
    together, since the true value may vary in a patient (Bland and Altman, J Biopharm Stat 2007,
    doi:10.1080/10543400701329422). Intervals: MOVER (Zou, Stat Methods Med Res 2013,
    doi:10.1177/0962280211402548), with Student's t for the bias.
    Proportional bias: least-squares line of the differences over the means, slope with a t interval
    (sandwich over patients where they repeat). Two methods of unequal noise give a slope too.
    Warns below 20 patients, or when patients are not given. Raises DataError below 3 patients.
    """
    a, b = labels.numbers_of(a, "first method"), labels.numbers_of(b, "second method")
    labels.same_length(first_method=a, second_method=b)
    level = labels.level_of(level)
    if patients is None:
        errors.warn("patients were not given: the limits take every pair to be of another patient.")
    codes = labels.patients_of(patients, a.size)
    people = int(codes.max()) + 1
    if people < 3:
        raise errors.DataError(
            f"Limits of agreement need at least 3 patients, not {people}; for "
            "an interval that helps, 50 or more."
        )
    labels.warn_if_few(people, "Limits of agreement")
    differences, means = a - b, (a + b) / 2
    if people == a.size:
        sd = float(differences.std(ddof=1))
        three = _limits_of_pairs(differences, sd, level)
    else:
        sd, three = _limits_of_patients(differences, codes, level)
    return BlandAltman(
        three[0],
        sd,
        three[1],
        three[2],
        _line(means, differences, codes, level),
        means,
        differences,
        people,
        a.size,
    )


def icc(ratings, level=0.95):
    """The intraclass correlation of single ratings, ICC(2,1), with its interval: an Interval.

    ratings: (n patients, k readers), an array or a table without gaps, one column per reader. It is
    that of agreement; the readers stand for others like them. The interval is of F distributions
    with Satterthwaite's degrees of freedom (Shrout and Fleiss 1979), for normal data.
    An ICC rises when patients differ more, so give the range of the patients beside it.
    Warns below 20 patients. Raises DataError for fewer than 2 patients or readers, gaps, or ratings
    that are all alike.
    """
    table, rows, columns, error = _mean_squares(ratings)
    n, k = table.shape
    labels.warn_if_few(n, "An ICC")
    tail, free = (1 + labels.level_of(level)) / 2, (n - 1) * (k - 1)
    told = f"F distribution, {n} patients, {k} readers"
    estimate = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    if error <= 1e-14 * rows and columns <= 1e-14 * rows:
        return Interval(1, 1, 1, told, n, table.size, level)  # F is infinite: nothing differs
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


@dataclass(frozen=True)
class Repeats:
    """What `smallest_detectable_change` found.

    `.limit`: what 95 of 100 differences of unchanged patients stay below, an Interval; its upper
    end is infinite below 72 patients. `.bell`: 1.96 SD of the differences, the usual recipe;
    `.middle`: 2.91 times their median size. Both are the limit if the differences form a bell, and
    then agree. `.differences`: second minus first, a Series by patient, the largest first.
    """

    limit: Interval
    bell: float
    middle: float
    differences: pd.Series

    def sentence(self, unit="mm", most=3):
        """The two recipes that take a bell for granted, and the largest differences by name."""
        named = ", ".join(
            f"{who} {abs(gap):.2f}" for who, gap in self.differences.head(most).items()
        )
        return (
            f"Largest differences: {named} {unit}. If they formed a bell, 1.96 SD ({self.bell:.2f} {unit}) and "
            f"2.91 times the median size ({self.middle:.2f} {unit}) would be the same limit."
        )


def smallest_detectable_change(first, second, level=0.95):
    """How far two recordings of one unchanged patient may differ, 95 times in 100: `Repeats`.

    first, second: the same measurement by patient, two Series; the two have no order. The usual
    limit, 1.96 SD of the differences with a chi-square interval, takes them for a bell. Where an
    outline in twenty slips, whether it is among the patients rules the SD. So the limit is the 95th
    percentile of their sizes (median-unbiased), and its interval is of order statistics: it holds
    for any shape. It has no upper end below 72 patients, since with fewer all of them may lie below
    the limit; the lower end stands from 5 on. Sources: Bland and Altman 1986; Conover, Practical
    Nonparametric Statistics, 3rd edition, 1999, section 3.2; Hyndman and Fan, Am Stat 1996,
    doi:10.2307/2684934. Raises DataError below 5 patients, or for values that are missing or of
    other patients.
    """
    one, other = (pd.Series(part) for part in (first, second))
    if set(one.index) != set(other.index) or not one.index.is_unique:
        raise errors.DataError("Two recordings of the same patients are needed, each patient once.")
    gaps = other.loc[one.index] - one
    sizes = np.sort(np.abs(labels.numbers_of(gaps, "difference of two recordings")))
    n, level = sizes.size, labels.level_of(level)
    if n < accept.FEW_PATIENTS:
        raise errors.DataError(
            f"A smallest detectable change needs {accept.FEW_PATIENTS} patients at least, not {n}."
        )
    below = stats.binom(n, SHARE)  # how many of them lie below the true limit
    low, high = int(below.ppf((1 - level) / 2)) - 1, int(below.ppf((1 + level) / 2))
    limit = Interval(
        np.quantile(sizes, SHARE, method="median_unbiased"),
        sizes[low],
        sizes[high] if high < n else np.inf,
        f"order statistics of {n} differences, for any shape",
        n,
        n,
        level,
    )
    bell = float(WITHIN * np.sqrt(np.mean(sizes**2)))  # the mean is 0: they have no order
    middle = float(WITHIN / stats.norm.ppf(0.75) * np.median(sizes))
    return Repeats(limit, bell, middle, gaps.loc[gaps.abs().sort_values(ascending=False).index])


def kappa(a, b, level=0.95):
    """Cohen's kappa of two readers with its interval: an Interval, at most 1.

    a, b: a category per case and reader: numbers or text. Interval: asymptotic (Fleiss, Cohen and
    Everitt, Psychol Bull 1969, doi:10.1037/h0028106), cut at -1 and 1; one case per patient. Kappa
    falls where one category is rare, even if the readers agree as well.
    Warns below 30 cases, and at perfect agreement, where the interval has no width. Raises
    DataError where kappa does not exist: both readers gave one and the same category throughout.
    """
    counts = _crossed(a, b)
    cases, near = counts.sum(), np.eye(len(counts))
    level, share = labels.level_of(level), counts / cases
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
        errors.warn(f"An interval of kappa from {plurals.count(cases, 'case')} is a rough one.")
    if seen >= 1 - 1e-12:
        errors.warn(
            "The readers agree on every case: the interval of kappa has no width, which "
            "does not mean that kappa is known to be 1."
        )
    told = f"asymptotic (Fleiss, Cohen and Everitt), {cases:.0f} cases"
    return Interval(
        value, max(-1.0, value - half), min(1.0, value + half), told, int(cases), int(cases), level
    )


# --- Bland and Altman ---


def _limits_of_pairs(differences, sd, level):
    n, bias = differences.size, float(differences.mean())
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    ends = bias + stats.t.ppf(tails, n - 1) * sd / np.sqrt(n)
    factors = stats.nct.ppf(tails, n - 1, WITHIN * np.sqrt(n)) / np.sqrt(n)
    told, made = "exact, noncentral t", _intervals_of(n, n, level)
    return (
        made(bias, *ends, "t"),
        made(bias - WITHIN * sd, *(bias - factors[::-1] * sd), told),
        made(bias + WITHIN * sd, *(bias + factors * sd), told),
    )


def _intervals_of(patients, pairs, level):
    """A shorthand: Intervals of these patients, pairs and this level."""

    def _made(estimate, low, high, method):
        return Interval(estimate, low, high, method, patients, pairs, level)

    return _made


def _limits_of_patients(differences, codes, level):
    """(SD of one difference, [bias, lower, upper]) of repeated pairs."""
    sizes = np.bincount(codes)
    n, free = sizes.size, codes.size - sizes.size
    by_patient = np.bincount(codes, differences) / sizes
    bias, between = float(by_patient.mean()), by_patient.var(ddof=1)
    once = 1 - np.mean(1 / sizes)  # 1 - 1 / harmonic mean of the sizes
    within = once * np.sum((differences - by_patient[codes]) ** 2) / free
    pieces = [(between, n - 1), (within, free)]
    variance = float(between + within)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    # Each variance is moved by its own chi-square interval; independent distances add as squares.
    down, up = (
        np.sqrt(sum((part * (1 - df / stats.chi2.ppf(tail, df))) ** 2 for part, df in pieces))
        for tail in tails[::-1]
    )
    sd = np.sqrt(variance)
    shorter = WITHIN * (sd - np.sqrt(max(variance - down, 0)))
    longer = WITHIN * (np.sqrt(variance + up) - sd)
    half = stats.t.ppf(tails[1], n - 1) * np.sqrt(between / n)
    near, far = np.hypot(half, shorter), np.hypot(half, longer)
    told, made = f"MOVER over {n} patients", _intervals_of(n, codes.size, level)
    lower, upper = bias - WITHIN * sd, bias + WITHIN * sd
    return float(sd), [
        made(bias, bias - half, bias + half, f"Student's t over {n} patients"),
        made(lower, lower - far, lower + near, told),
        made(upper, upper - near, upper + far, told),
    ]


def _line(means, differences, codes, level):
    """The least-squares line of the differences over the means."""
    n, people = means.size, int(codes.max()) + 1
    if np.ptp(means) == 0:
        errors.warn(
            "All pairs have the same mean, so nothing can be said of a bias that grows with the size; "
            "bias and limits are those of the differences."
        )
        told = "none: all means are equal"
        return Line(Interval(*[np.nan] * 3, told, people, n, level), np.nan, np.nan)
    centred = means - means.mean()
    spread = np.sum(centred**2)
    slope = float(np.sum(centred * differences) / spread)
    left = differences - differences.mean() - slope * centred
    if people == n:
        variance, free, told = np.sum(left**2) / (n - 2) / spread, n - 2, "t"
    else:
        pulls = np.bincount(codes, centred * left)
        variance = np.sum(pulls**2) / spread**2 * people / (people - 1) * (n - 1) / (n - 2)
        free, told = people - 1, f"t, sandwich over {plurals.count(people, 'patient')}"
    error = np.sqrt(variance)
    half = stats.t.ppf((1 + level) / 2, free) * error
    p_value = float(2 * stats.t.sf(abs(slope) / error, free)) if error > 0 else float(slope == 0)
    return Line(
        Interval(slope, slope - half, slope + half, told, people, n, level),
        float(differences.mean() - slope * means.mean()),
        p_value,
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


def _crossed(a, b):
    """How often each category of a met each of b, (categories, categories)."""
    first, second = _named(a, "first reader"), _named(b, "second reader")
    labels.same_length(first_reader=first, second_reader=second)
    found = pd.unique(pd.concat([first, second]))
    return pd.crosstab(first, second).reindex(found, columns=found, fill_value=0).to_numpy(float)


def _named(values, which):
    if isinstance(values, (str, bytes, dict)) or np.ndim(values) != 1 or len(values) == 0:
        raise errors.DataError(f"The {which} must give one category per case, as a list.")
    series = pd.Series(list(values), dtype=object)
    if series.isna().any():
        raise errors.DataError(
            f"The {which} left {plurals.count(series.isna().sum(), 'case')} open. Leave "
            "these out for both readers."
        )
    return series
