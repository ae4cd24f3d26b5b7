"""How sure is a number: intervals over patients, and two models compared on the same patients.

Images of one patient resemble each other, so whole patients are drawn, never images. Every result
says in `.method` how its interval was made. Sources: Efron and Tibshirani, An Introduction to the
Bootstrap, 1993; Wilson, JASA 1927, doi:10.1080/01621459.1927.10502953.
"""

from collections import namedtuple

import numpy as np
import pandas as pd
from scipy import special, stats

from course_utils.core import accept, errors, plurals
from course_utils.evaluate import columns

BCA_FROM = 10  # patients; below this the correction of BCa rests on too little
T_UP_TO = 30  # patients; a mean of so few has an interval of Student's t, see `bootstrap`
SHOWN_FEW = accept.FEW_PATIENTS
NONE_BELOW = f"no interval below {SHOWN_FEW} patients"
NOBODY_KNOWS = "no interval: which images show one patient is not known"
UNDEFINED = 0.05  # the share of resamples in which a measure may be undefined


class Interval(namedtuple("Interval", "estimate low high")):
    """(estimate, low, high), which unpacks like a tuple and remembers how it was made.

    `.method`: in words. `.patients`, `.values`: how many of each. `.level`: such as 0.95.
    """

    def __new__(cls, estimate, low, high, method="", patients=None, values=None, level=0.95):
        self = super().__new__(cls, float(estimate), float(low), float(high))
        self.method, self.patients, self.level = method, patients, level
        self.values = patients if values is None else values
        return self

    def __repr__(self):
        if not np.isfinite(self.low):
            return f"{self.estimate:.3g} ({self.method})"
        return (
            f"{self.estimate:.3g} ({100 * self.level:g} % interval {self.low:.3g} to "
            f"{self.high:.3g}; {self.method})"
        )

    def __getnewargs__(self):  # for copy and pickle
        return (*self, self.method, self.patients, self.values, self.level)


class Comparison(namedtuple("Comparison", "estimate low high")):
    """The mean difference (second minus first) with its interval; see `compare`."""

    def __new__(cls, interval, p_value, differences):
        self = super().__new__(cls, *interval)
        self.method, self.patients = interval.method, interval.patients
        self.values = interval.values
        self.level, self.p_value, self.differences = interval.level, p_value, differences
        return self

    def __repr__(self):
        if not np.isfinite(self.low):
            return f"{self.estimate:+.3g} ({self.method})"
        return (
            f"{self.estimate:+.3g} ({100 * self.level:g} % interval {self.low:+.3g} to "
            f"{self.high:+.3g}; p {self.p_value:.3g}, sign-flip test; {self.method})"
        )


def bootstrap(
    values_by_patient, statistic=np.mean, method=None, level=0.95, resamples=None, seed=0
):
    """Any measure with its bootstrap interval over patients: an Interval (estimate, low, high).

    values_by_patient, one of
    - one number per patient: a list, an array, a Series or a dict by patient;
    - several: a dict patient -> list, or a Series whose index repeats the patient. `statistic` gets
      the pooled values of the patients drawn, so a patient with more images weighs more; for equal
      weights average by patient first (metrics.per_patient);
    - a table with a column patient_id, for measures of several columns: `statistic` gets the table
      of the patients drawn, such as lambda t: evaluate.auc(t.truth, t.score).
    Values of a set whose patients were guessed (`.attrs["patients"] == "guessed"`) have no interval
    over patients: an image is none.
    method: "t", "BCa" (bias-corrected and accelerated) or "percentile". None chooses: below 5
    patients there is no interval (its ends are NaN); a mean of up to 30 patients has Student's t,
    on the logit scale where all values lie between 0 and 1; anything else has the bootstrap, BCa
    from 10 patients on. resamples: 9999, for a table 1999. The same seed gives the same interval.

    How often a nominal 95 % interval of the mean held the truth (1500 simulated sets each; skewed
    Dice scores, beta 12 and 1.5): logit-t .945, .933, .945, .931 with 5, 8, 12, 30 patients; BCa
    .822, .879, .893, .916. **Where one patient in ten fails outright no method is right with few
    patients**: logit-t .70 with 5, .68 with 8, .70 with 12, .90 with 30, since the failure is often
    not among them. Warns where the measure is undefined in some resamples. Raises DataError without
    a patient, below 2 where a method is asked for, for missing values, or a statistic that gives no
    number.
    Source of the logit scale: Agresti, Categorical Data Analysis, 3rd edition, 2013, section 3.1.
    """
    level = columns.level_of(level)
    data, groups = _grouped(values_by_patient)
    count = len(groups)
    mean = statistic is np.mean and not isinstance(data, pd.DataFrame)
    if count < 2 and method is not None:
        raise errors.DataError(
            "An interval over patients needs at least 2 of them, not "
            f"{count}: one patient says nothing about the next."
        )
    method = _method(method, count, mean)
    resamples = resamples or (1999 if isinstance(data, pd.DataFrame) else 9999)
    measure = _measure(data, groups, statistic)
    estimate = measure(np.arange(count))
    if not np.isfinite(estimate):
        raise errors.DataError(
            "The measure is undefined (NaN) for these patients as a whole, so it has no interval."
        )
    if unknown(values_by_patient) or method == NONE_BELOW:
        why = NOBODY_KNOWS if unknown(values_by_patient) else NONE_BELOW
        return Interval(estimate, np.nan, np.nan, why, count, len(data), level)
    if method == "t":
        within = mean and 0 <= data.min() and data.max() <= 1
        low, high = _student(measure, estimate, count, level, within)
        told = (
            f"Student's t{' on the logit scale' if within else ''} over "
            f"{plurals.count(count, 'patient')}"
        )
        return Interval(estimate, low, high, told, count, len(data), level)
    drawn = _defined(_draws(data, groups, statistic, measure, resamples, seed))
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    spread = np.ptp(drawn) > 1e-12 * abs(estimate)  # else the last digit of sums
    if method == "BCa" and spread:
        left_out = [measure(np.delete(np.arange(count), patient)) for patient in range(count)]
        tails = corrected(tails, drawn, estimate, np.array(left_out))
    low, high = np.quantile(drawn, tails) if spread else (estimate, estimate)
    told = f"{method} bootstrap over {plurals.count(count, 'patient')}, {len(drawn)} resamples"
    return Interval(estimate, low, high, told, count, len(data), level)


def unknown(values):
    """True for values of a set in which nobody knows whose image is whose (`.attrs`)."""
    return getattr(values, "attrs", {}).get("patients") == "guessed"


def compare(first, second, level=0.95, seed=0):
    """Two models on the same patients: the mean of second - first, its interval, and a p value.

    first, second: values by patient, as in `bootstrap` but with the patient's name: a Series or a
    dict; several values of a patient are averaged first. Each patient is their own control, so two
    intervals side by side would hide what a comparison shows.
    Returns a Comparison: estimate, low, high, `.p_value` (two-sided; the paired t test up to 30
    patients, a sign-flip permutation test of the mean above, NaN below 5) and `.differences` by
    patient. Raises DataError where the patients are not the same.
    """
    guessed = {"patients": "guessed"} if unknown(first) or unknown(second) else {}
    first, second = _by_name(first, "first"), _by_name(second, "second")
    alone = sorted(set(first.index) ^ set(second.index), key=str)
    if alone:
        raise errors.DataError(
            f"{plurals.count(len(alone), 'patient')} {plurals.verb(len(alone), 'is', 'are')} in "
            "only one of the two: "
            f"{', '.join(str(name) for name in alone[:5])}{' ...' if len(alone) > 5 else ''}. "
            "Compare the same patients."
        )
    differences = second.loc[first.index] - first
    differences.attrs = dict(guessed)
    few = len(differences) <= T_UP_TO
    method = "t" if SHOWN_FEW <= len(differences) <= T_UP_TO else None
    interval = bootstrap(differences, _mean, method, level, seed=seed)
    known = np.isfinite(interval.low)
    p_value = _p_value(differences.to_numpy(), few, seed) if known else np.nan
    return Comparison(interval, p_value, differences)


def _mean(values):
    # A difference between 0 and 1 is no share: this mean keeps `bootstrap` from the logit scale.
    return float(np.mean(values))


def _p_value(gaps, few, seed):
    if np.ptp(gaps) <= 1e-12 * max(1.0, float(np.abs(gaps).max())):
        return 1.0 if np.allclose(gaps, 0) else 0.0
    if few:
        return float(stats.ttest_1samp(gaps, 0).pvalue)
    test = stats.permutation_test(
        (gaps,),
        np.mean,
        vectorized=True,
        permutation_type="samples",
        n_resamples=9999,
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


def proportion(events, patients=None, level=0.95):
    """A share of cases with its Wilson interval: an Interval, 0 to 1.

    events: 0 or 1 per case. patients: whose case each is; where a patient has several, the number
    of cases is first divided by the design effect (Rao and Scott, Biometrics 1992,
    doi:10.2307/2532311) and adjusted for few patients (Korn and Graubard, Survey Methodology 1998).
    Where all or no events happened, the design effect is unknown and patients are counted.
    """
    level = columns.level_of(level)
    happened = columns.truth_of(events, "events")
    codes = columns.patients_of(patients, happened.size)
    count, share = happened.size, float(happened.mean())
    people = int(codes.max()) + 1
    if unknown(patients):
        return Interval(share, np.nan, np.nan, NOBODY_KNOWS, people, count, level)
    if people == count:
        return Interval(
            share,
            *wilson(share, count, level),
            f"Wilson, {plurals.count(count, 'case')}",
            count,
            count,
            level,
        )
    cases = effective_cases(happened, codes, level)
    told = (
        f"Wilson, {plurals.count(count, 'case')} of {plurals.count(people, 'patient')} counted "
        f"as {cases:.1f}"
    )
    return Interval(share, *wilson(share, cases, level), told, people, count, level)


def wilson(share, cases, level=0.95):
    """Wilson's score interval (low, high) of a share among so many cases (may be a fraction)."""
    z = stats.norm.ppf((1 + level) / 2)
    middle = (share + z**2 / (2 * cases)) / (1 + z**2 / cases)
    half = z * np.sqrt(share * (1 - share) / cases + z**2 / (4 * cases**2)) / (1 + z**2 / cases)
    low = 0.0 if share == 0 else max(0.0, middle - half)  # rounding would leave 1e-17
    return low, (1.0 if share == 1 else min(1.0, middle + half))


def effective_cases(happened, codes, level=0.95):
    """How many independent cases these are worth; codes: the patient of each, whole numbers."""
    codes = np.unique(codes, return_inverse=True)[1]  # those of a subset have gaps
    people, share = int(codes.max()) + 1, happened.mean()
    if people < 2 or share in (0, 1):
        return float(people)
    sizes = np.bincount(codes)
    spread = np.bincount(codes, happened) - share * sizes
    variance = people / (people - 1) * np.sum(spread**2) / happened.size**2
    cases = share * (1 - share) / variance if variance > 0 else np.inf
    tail = (1 + level) / 2
    few = (stats.t.ppf(tail, happened.size - 1) / stats.t.ppf(tail, people - 1)) ** 2
    return float(max(min(cases, happened.size) * few, 1.0))


def corrected(tails, drawn, estimate, left_out):
    """Where BCa cuts the resamples: the tails, moved for bias and for skewness.

    tails: such as (0.025, 0.975). drawn: the measure in every resample. left_out: the measure
    without each patient in turn. Source: Efron, JASA 1987, doi:10.1080/01621459.1987.10478410.
    """
    below = (np.sum(drawn < estimate) + np.sum(drawn <= estimate)) / (2 * len(drawn))
    gaps = left_out.mean() - left_out
    skewed = np.sum(gaps**2) ** 1.5
    acceleration = np.sum(gaps**3) / (6 * skewed) if skewed > 0 else 0.0
    bias = stats.norm.ppf(below)
    shifted = bias + stats.norm.ppf(tails)
    moved = stats.norm.cdf(bias + shifted / (1 - acceleration * shifted))
    if not np.isfinite(moved).all():
        raise errors.DataError(
            "The BCa interval is undefined here: the measure is at an end of "
            "its range for these patients. Use method='percentile'."
        )
    return moved


# --- what is accepted ---


def _method(method, count, mean):
    if method is None and count < SHOWN_FEW:
        return NONE_BELOW
    if method is None and mean and count <= T_UP_TO:
        return "t"
    if method is None:
        return "BCa" if count >= BCA_FROM else "percentile"
    if method not in ("t", "BCa", "percentile"):
        raise errors.DataError(f"method is 't', 'BCa' or 'percentile', not {method!r}.")
    return method


def _student(measure, estimate, count, level, within):
    """(low, high) from the jackknife's standard error over patients: exact for a mean."""
    everyone = np.arange(count)
    left_out = np.array([measure(np.delete(everyone, patient)) for patient in everyone])
    error = np.sqrt((count - 1) / count * np.sum((left_out - left_out.mean()) ** 2))
    half = stats.t.ppf((1 + level) / 2, count - 1) * error
    if half <= 1e-12 * max(1.0, abs(estimate)):  # the last digits of sums
        return estimate, estimate
    if not within or not 0 < estimate < 1:
        return estimate - half, estimate + half
    middle, reach = special.logit(estimate), half / (estimate * (1 - estimate))
    return float(special.expit(middle - reach)), float(special.expit(middle + reach))


def _grouped(values):
    """The data, and for every patient the positions of their values in it."""
    if isinstance(values, pd.DataFrame):
        if "patient_id" not in values:
            raise errors.DataError(
                "The table has no column patient_id, so it does not say whose rows these are."
            )
        data, codes = values, columns.patients_of(values["patient_id"], len(values))
    elif isinstance(values, dict):
        data, codes = _from_dict(values)
    else:
        data = columns.numbers_of(values, "values by patient")
        names = values.index if isinstance(values, pd.Series) else None
        codes = columns.patients_of(names, len(data))
    groups = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    return data, groups


def _from_dict(values):
    if not values:
        raise errors.DataError("There is no patient: the dict of values is empty.")
    parts = [
        columns.numbers_of(part if np.ndim(part) else [part], f"value of patient {name}")
        for name, part in values.items()
    ]
    return np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])


def _by_name(values, what):
    if isinstance(values, dict):
        data, codes = _from_dict(values)
        return pd.Series(data).groupby(np.asarray(list(values), dtype=object)[codes]).mean()
    if not isinstance(values, pd.Series):
        raise errors.DataError(
            f"{what} must say which patient each number belongs to: a Series by patient, or a dict."
        )
    numbers = pd.Series(columns.numbers_of(values, what), index=values.index)
    return numbers.groupby(level=0).mean()


def _measure(data, groups, statistic):
    """The statistic of the patients with these numbers, as float."""

    def _of(chosen):
        rows = np.concatenate([groups[patient] for patient in chosen])
        value = statistic(data.iloc[rows] if isinstance(data, pd.DataFrame) else data[rows])
        if np.ndim(value) or not isinstance(value, (int, float, np.number)):
            raise errors.DataError(
                "The statistic must give one number for a set of patients; it "
                f"gave {type(value).__name__}."
            )
        return float(value)

    return _of


def _draws(data, groups, statistic, measure, resamples, seed):
    draws, count = np.random.default_rng(seed), len(groups)
    chosen = draws.integers(0, count, (resamples, count))
    if statistic is np.mean and not isinstance(data, pd.DataFrame):  # at once: the usual case
        sums = np.array([data[rows].sum() for rows in groups])
        sizes = np.array([rows.size for rows in groups])
        return sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1)
    return np.array([_or_nan(measure, patients) for patients in chosen])


def _or_nan(measure, patients):
    try:
        return measure(patients)
    except errors.DataError:  # such as a resample in which nobody has the condition
        return np.nan


def _defined(drawn):
    good = drawn[np.isfinite(drawn)]
    lost = 1 - good.size / drawn.size
    if lost > UNDEFINED:
        raise errors.DataError(
            f"The measure is undefined in {100 * lost:.0f} % of the resamples: too few patients of "
            "one kind. No honest interval can be given; collect more of them."
        )
    if lost:
        errors.warn(
            f"The measure was undefined in {100 * lost:.1f} % of the resamples, which were "
            "left out."
        )
    return good


class Sentence(str):
    """A result as text that also knows its parts, so that a page can show it as a card.

    name, number, unit: texts. beneath: its interval and its counts. kind: "synthetic" or "".
    made: how its interval was made, or "".
    """

    def __new__(cls, text, **parts):
        """A text and its parts."""
        said = super().__new__(cls, text)
        said.__dict__.update(parts)
        return said


def sentence(name, result, images=None, synthetic=True, unit=""):
    """A result as a line for a report, with how its interval was made: a `Sentence`, which is a str.

    result: an Interval of `bootstrap`, `proportion` or `compare`, ...; it knows its patients.
    images: how many in all; the number of values unless told. Example: 'Dice 0.94 (95 % interval
    0.92 to 0.95; 9 patients, 34 images; synthetic). Interval: Student's t ...', or '0.94 (no
    interval below 5 patients; 3 patients, ...)'. unit: such as "mm". synthetic=False only for
    images from a scanner. Raises DataError for fewer images than patients.
    """
    images = result.values if images is None else images
    if not 1 <= result.patients <= images:
        raise errors.DataError(
            f"{plurals.count(result.patients, 'patient')} with {plurals.count(images, 'image')} "
            "in all cannot be; every "
            "patient has at least one."
        )
    digits = _digits(result)
    shown, low, high = (_written(value, digits) for value in result[:3])
    counted = f"{plurals.count(result.patients, 'patient')}, {plurals.count(images, 'image')}"
    kind = "; synthetic" if synthetic else ""
    held, made = NONE_BELOW, ""
    if result.method == NOBODY_KNOWS:
        held, counted = "no interval", f"{plurals.count(images, 'image')}, patients unknown"
    if np.isfinite(result.low):
        held = f"{100 * result.level:g} % interval {low} to {high}"
        if not np.isfinite(result.high):
            held = f"{100 * result.level:g} % interval from {low}, no upper end from so few"
        made = f" Interval: {result.method}."
    return Sentence(
        f"{name} {shown}{' ' + unit if unit else ''} ({held}; {counted}{kind}).{made}",
        name=str(name),
        number=shown,
        unit=unit,
        beneath=[held, counted],
        kind="synthetic" if synthetic else "",
        made=made.strip(),
    )


def _digits(result):
    """Decimals to write: two, or more where two would hide that an interval leaves zero out."""
    ends = [abs(end) for end in result[1:3]]
    if not np.all(np.isfinite(ends)) or result[1] <= 0 <= result[2]:
        return 2
    return next((digits for digits in (2, 3, 4) if round(min(ends), digits) > 0), 2)


def _written(value, digits):
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def verdict(what, change):
    """What a change can be said to be: a sentence, from its interval and never from its mean alone.

    what: such as "Fine-tuning". change: an Interval of a difference, such as `compare` gives; more is
    better. Without an interval, or where it holds zero, the patients cannot tell it from chance.
    """
    who = plurals.count(change.patients, "patient")
    if change.method == NOBODY_KNOWS:
        return f"There is no interval, since {NOBODY_KNOWS.split(': ')[1]}: this may be chance."
    if not np.isfinite(change.low):
        return f"There is no interval: {who} cannot tell this change from chance."
    if change.low <= 0 <= change.high:
        return f"The interval holds zero: {who} cannot tell this change from chance."
    went = "helped" if change.estimate > 0 else "harmed"
    return (
        f"{what} {went}: the interval leaves zero out. Whether so much matters is not its question."
    )
