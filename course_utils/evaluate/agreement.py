"""Do two readers, or a reader and a model, agree: differences, concordance, ICC, SEM and kappa.

A correlation is not agreement: twice every value correlates perfectly. a and b are one number per
patient each, in the same order, and keep their unit. `icc`, `sem`, `smallest_detectable_change` and
`kappa` are in ratings.py. Source: Bland and Altman, Lancet 1986,
doi:10.1016/S0140-6736(86)90837-8.
"""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
from scipy import stats

from course_utils.core import errors
from course_utils.evaluate import columns
from course_utils.evaluate.intervals import Interval
from course_utils.evaluate.ratings import icc, kappa, sem, smallest_detectable_change

__all__ = [
    "BlandAltman",
    "bland_altman",
    "icc",
    "kappa",
    "lin_ccc",
    "sem",
    "smallest_detectable_change",
]

WITHIN = stats.norm.ppf(0.975)  # limits of agreement hold 95 % of differences: 1.96 SD

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
            f"{self.patients} patients, {self.pairs} pairs; intervals of the limits: "
            f"{self.lower.method})"
        )


def bland_altman(a, b, patients=None, limits="exact", level=0.95, seed=0):
    """Bias and 95 % limits of agreement between two methods, with intervals: a BlandAltman.

    a, b: numbers of the same cases; the difference is a - b. One pair per patient: the limits are
    bias +- 1.96 SD; intervals of the limits "exact" (noncentral t; Carkeet, Optom Vis Sci 2015,
    doi:10.1097/OPX.0000000000000513) or "approximate" (Bland and Altman 1986: t with the standard
    error SD sqrt(3 / n), which is too narrow for few patients). All assume normal differences that
    do not depend on the size; look at the picture, and at the slope.
    patients: whose pair each is. Where a patient has several, the SD is that of the one-way
    analysis of variance (Bland and Altman, J Biopharm Stat 2007, doi:10.1080/10543400701329422),
    which takes the true value to vary between pairs of a patient, and the intervals are percentile
    bootstrap over patients; each pair counts the same in the bias.
    Proportional bias: least-squares line of the differences over the means, slope with a t interval
    (sandwich over patients where they repeat). Two methods of unequal noise give a slope too.
    Warns below 20 patients, or when patients are not given. Raises DataError below 3 pairs.
    """
    a, b = columns.numbers_of(a, "first method"), columns.numbers_of(b, "second method")
    columns.same_length(first_method=a, second_method=b)
    level = columns.level_of(level)
    if limits not in ("exact", "approximate"):
        raise errors.DataError(f"limits is 'exact' or 'approximate', not {limits!r}.")
    if patients is None:
        errors.warn("patients were not given: the limits take every pair to be of another patient.")
    codes = columns.patients_of(patients, a.size)
    people = int(codes.max()) + 1
    if people < 3:
        raise errors.DataError(
            f"Limits of agreement need at least 3 patients, not {people}; for "
            "an interval that helps, 50 or more."
        )
    columns.warn_if_few(people, "Limits of agreement")
    differences, means = a - b, (a + b) / 2
    if people == a.size:
        sd = float(differences.std(ddof=1))
        three = _limits_of_pairs(differences, sd, limits, level)
    else:
        sd = float(_spread(*_sums(differences, codes)))
        three = _limits_of_patients(differences, codes, level, seed)
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


def lin_ccc(a, b, level=0.95):
    """Lin's concordance correlation coefficient with its interval: an Interval, -1 to 1.

    2 s_ab / (s_a^2 + s_b^2 + (mean a - mean b)^2), variances over n. How near the pairs lie to the
    line of equality. Interval: on Fisher's z scale, asymptotic. One pair per patient. Sources: Lin,
    Biometrics 1989, doi:10.2307/2532051; correction of the variance 2000,
    doi:10.1111/j.0006-341X.2000.00324.x. Warns below 20 pairs. Raises DataError below 4 pairs, or
    where a or b is constant.
    """
    a, b = columns.numbers_of(a, "first method"), columns.numbers_of(b, "second method")
    columns.same_length(first_method=a, second_method=b)
    if a.size < 4 or np.ptp(a) == 0 or np.ptp(b) == 0:
        raise errors.DataError(
            "A concordance coefficient needs at least 4 pairs and values that "
            f"differ; here are {a.size} pairs."
        )
    columns.warn_if_few(a.size, "A concordance coefficient")
    shared = np.mean((a - a.mean()) * (b - b.mean()))
    apart = a.mean() - b.mean()
    value = float(2 * shared / (a.var() + b.var() + apart**2))
    told = f"Fisher's z, Lin 2000, {a.size} patients"
    if abs(value) > 1 - 1e-12 or abs(shared) < 1e-12 * a.std() * b.std():
        ends = (value, value) if abs(value) > 0.5 else (-1, 1)
        return Interval(value, *ends, f"none: {told} does not exist here", a.size, a.size, level)
    half = stats.norm.ppf((1 + columns.level_of(level)) / 2) * np.sqrt(_ccc_variance(a, b, value))
    low, high = np.tanh([np.arctanh(value) - half, np.arctanh(value) + half])
    return Interval(value, low, high, told, a.size, a.size, level)


# --- Bland and Altman ---


def _limits_of_pairs(differences, sd, limits, level):
    n, bias = differences.size, float(differences.mean())
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    t = stats.t.ppf(tails, n - 1)
    ends = bias + t * sd / np.sqrt(n)
    if limits == "exact":
        factors = stats.nct.ppf(tails, n - 1, WITHIN * np.sqrt(n)) / np.sqrt(n)
        told = "exact, noncentral t"
    else:
        factors = WITHIN + t * np.sqrt(3 / n)
        told = "approximate, t with SD sqrt(3 / n)"
    made = _intervals_of(n, n, level)
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


def _sums(differences, codes):
    """Pairs, sum and sum of squares about the grand mean, for every patient."""
    centred = differences - differences.mean()
    return np.bincount(codes), np.bincount(codes, centred), np.bincount(codes, centred**2)


def _spread(sizes, sums, squares):
    """The SD of one difference from the one-way analysis of variance; patients on the last axis."""
    n, pairs = sizes.shape[-1], sizes.sum(-1)
    mean = sums.sum(-1) / pairs
    between = ((sums**2 / sizes).sum(-1) - pairs * mean**2) / (n - 1)
    within = (squares.sum(-1) - (sums**2 / sizes).sum(-1)) / np.maximum(pairs - n, 1)
    usual = (pairs - (sizes**2).sum(-1) / pairs) / (n - 1)
    return np.sqrt(np.maximum((between - within) / usual, 0) + within)


def _limits_of_patients(differences, codes, level, seed, resamples=9999):
    parts = _sums(differences, codes)
    n, bias, sd = parts[0].size, float(differences.mean()), float(_spread(*parts))
    chosen = np.random.default_rng(seed).integers(0, n, (resamples, n))
    drawn = [part[chosen] for part in parts]
    drawn_bias = bias + drawn[1].sum(-1) / drawn[0].sum(-1)
    drawn_sd = _spread(*drawn)
    told = f"percentile bootstrap over {n} patients, {resamples} resamples"
    made, tails = _intervals_of(n, codes.size, level), [(1 - level) / 2, (1 + level) / 2]
    return [
        made(bias + times * sd, *np.quantile(drawn_bias + times * drawn_sd, tails), told)
        for times in (0, -WITHIN, WITHIN)
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
        free, told = people - 1, f"t, sandwich over {people} patients"
    error = np.sqrt(variance)
    half = stats.t.ppf((1 + level) / 2, free) * error
    p_value = float(2 * stats.t.sf(abs(slope) / error, free)) if error > 0 else float(slope == 0)
    return Line(
        Interval(slope, slope - half, slope + half, told, people, n, level),
        float(differences.mean() - slope * means.mean()),
        p_value,
    )


def _ccc_variance(a, b, value):
    """The variance of Fisher's z of a concordance coefficient (Lin 1989, corrected 2000)."""
    r = np.corrcoef(a, b)[0, 1]
    u = (a.mean() - b.mean()) ** 2 / (a.std() * b.std())
    c, one = value, 1 - value**2
    return (
        (1 - r**2) * c**2 / (one * r**2)
        + 2 * c**3 * (1 - c) * u / (r * one**2)
        - c**4 * u**2 / (2 * r**2 * one**2)
    ) / (a.size - 2)
