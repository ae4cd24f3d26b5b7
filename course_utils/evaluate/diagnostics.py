"""Yes or no: how often a test is right, what its answer is worth, and its ROC curve.

truth and positive are 0 or 1 per case; a score is any number that is higher where the condition is
more likely. patients: whose case each is; give it wherever a patient has several. Every interval
says its method. Source of the terms: STARD 2015, doi:10.1136/bmj.h5527.
"""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from course_utils.core import errors
from course_utils.evaluate import columns, intervals
from course_utils.evaluate.intervals import Interval

PredictiveValues = namedtuple("PredictiveValues", "ppv npv")
Frequencies = namedtuple("Frequencies", "true_positive false_positive false_negative true_negative")


@dataclass(frozen=True)
class Diagnostic:
    """What `diagnostic` found: every measure is an Interval (estimate, low, high)."""

    counts: Frequencies
    sensitivity: Interval
    specificity: Interval
    ppv: Interval
    npv: Interval
    accuracy: Interval
    lr_positive: Interval
    lr_negative: Interval
    prevalence: Interval

    def table(self):
        """All measures, one row each: estimate, low, high, method."""
        names = [name for name in self.__dataclass_fields__ if name != "counts"]
        rows = [(*getattr(self, name), getattr(self, name).method) for name in names]
        return pd.DataFrame(rows, index=names, columns=["estimate", "low", "high", "method"])


@dataclass(frozen=True)
class Curve:
    """A ROC curve: one point per threshold, from the highest down.

    x, y: 1 - specificity, sensitivity. thresholds: positive means score >= threshold; the first is
    infinite. area: an Interval.
    """

    x: np.ndarray
    y: np.ndarray
    thresholds: np.ndarray
    area: Interval


def diagnostic(truth, positive, patients=None, level=0.95):
    """Sensitivity, specificity, PPV, NPV, accuracy, likelihood ratios, prevalence: a Diagnostic.

    Shares have Wilson intervals (intervals.proportion: patients with several cases are counted as
    fewer). Likelihood ratios have the log interval of Simel et al 1991
    (doi:10.1016/0895-4356(91)90128-V), with 0.5 added to each count where one is 0; their estimate
    is then 0 or infinite. PPV and NPV hold at the prevalence of this very set: see
    predictive_values for another. A share of nothing (PPV when nothing was called positive) is NaN
    with the interval 0 to 1. Warns when fewer than 20 patients have or lack the condition.
    Raises DataError for anything but 0 and 1, and where only one class is there.
    """
    level = columns.level_of(level)
    truth, positive = columns.truth_of(truth, both=True), columns.truth_of(positive, "answer")
    columns.same_length(truth=truth, answer=positive)
    codes = columns.patients_of(patients, truth.size)
    for which, name in ((truth, "A sensitivity"), (~truth, "A specificity")):
        columns.warn_if_few(len(set(codes[which])), name)
    share = shares_among(codes, level)
    found = share(positive, truth), share(~positive, ~truth)
    counts = Frequencies(
        *(
            int(np.sum(part))
            for part in (truth & positive, ~truth & positive, truth & ~positive, ~truth & ~positive)
        )
    )
    ratios = [_likelihood_ratio(truth, called, codes, level) for called in (positive, ~positive)]
    return Diagnostic(
        counts,
        *found,
        share(truth, positive),
        share(~truth, ~positive),
        share(truth == positive, np.ones_like(truth)),
        *ratios,
        share(truth, np.ones_like(truth)),
    )


def predictive_values(sensitivity, specificity, prevalence):
    """PPV and NPV of a test where a share `prevalence` of the people has the condition.

    All three 0 to 1. Bayes: PPV = se p / (se p + (1 - sp)(1 - p)). It assumes that sensitivity and
    specificity stay the same elsewhere, which spectrum and scanner may undo.
    Returns (ppv, npv); NaN where nobody would be called positive (or negative).
    Source: Altman and Bland, BMJ 1994, doi:10.1136/bmj.309.6947.102.
    """
    hit, false, missed, clear = frequencies(sensitivity, specificity, prevalence, 1.0)
    return PredictiveValues(_part(hit, false), _part(clear, missed))


def frequencies(sensitivity, specificity, prevalence, people=1000):
    """Natural frequencies: how many of so many people fall where, a Frequencies of floats."""
    shares = [
        columns.probabilities_of([value], name)[0]
        for name, value in (
            ("sensitivity", sensitivity),
            ("specificity", specificity),
            ("prevalence", prevalence),
        )
    ]
    sensitivity, specificity, prevalence = shares
    ill, well = people * prevalence, people * (1 - prevalence)
    return Frequencies(
        ill * sensitivity, well * (1 - specificity), ill * (1 - sensitivity), well * specificity
    )


def roc(truth, score, patients=None, level=0.95):
    """The ROC curve and the area under it: a Curve.

    The area is the chance that a case with the condition scores higher than one without (ties
    count half). Interval: DeLong's variance (Biometrics 1988, doi:10.2307/2531595), in Obuchowski's
    form for patients with several cases (Biometrics 1997, doi:10.2307/2533958), on the logit scale.
    Where the classes are separated wholly that variance is 0, and Newcombe's method 5 is used
    (Stat Med 2006, doi:10.1002/sim.2324). Warns below 20 patients of a class.
    Raises DataError for one class only.
    """
    truth, score, codes = _scored(truth, score, patients)
    for which in (truth, ~truth):
        columns.warn_if_few(len(set(codes[which])), "The area under the ROC curve")
    hits, alarms, thresholds = _steps(truth, score)
    area = _area(truth, score, codes, columns.level_of(level))
    return Curve(
        np.r_[0, alarms / alarms[-1]],
        np.r_[0, hits / hits[-1]],
        np.r_[np.inf, thresholds],
        area,
    )


def auc(truth, score):
    """The area under the ROC curve alone, 0 to 1; for bootstrap and for subgroups."""
    truth, score, _ = _scored(truth, score, None)
    return float(_placements(score[truth], score[~truth])[0].mean())


def compare_auc(truth, first, second, level=0.95):
    """How much larger the area under the ROC curve of `second` is than that of `first`: an Interval.

    Both scores of the same cases, one case a patient. DeLong's variance of a difference of two
    correlated areas (Biometrics 1988, doi:10.2307/2531595). Raises DataError for one class only or
    fewer than two cases of a class.
    """
    truth, first, _ = _scored(truth, first, None)
    second = columns.numbers_of(second, "second")
    columns.same_length(truth=truth, second=second)
    if min(truth.sum(), (~truth).sum()) < 2:
        raise errors.DataError("Two areas are compared on at least two cases of each class.")
    parts = [_placements(score[truth], score[~truth]) for score in (first, second)]
    ill, well = (parts[1][side] - parts[0][side] for side in (0, 1))
    gap = float(ill.mean())
    half = stats.norm.ppf((1 + columns.level_of(level)) / 2) * np.sqrt(
        ill.var(ddof=1) / ill.size + well.var(ddof=1) / well.size
    )
    return Interval(gap, gap - half, gap + half, "DeLong, paired", truth.size, truth.size, level)


def shares_among(codes, level):
    """A function (events, among) -> Interval of the share, for cases of these patients."""

    def _share(events, among):
        if not among.any():
            return Interval(np.nan, 0, 1, "no such case", 0, 0, level)
        return intervals.proportion(events[among], codes[among], level)

    return _share


def _part(right, wrong):
    return right / (right + wrong) if right + wrong > 0 else float("nan")


def _likelihood_ratio(truth, called, codes, level):
    """P(called given ill) over P(called given well)."""
    ill, well = called[truth], called[~truth]
    shares = np.array([ill.mean(), well.mean()])
    cases = np.array(
        [
            intervals.effective_cases(part, codes[which], level)
            if len(set(codes[which])) < part.size
            else part.size
            for part, which in ((ill, truth), (well, ~truth))
        ]
    )
    hits, corrected = shares * cases, ""
    if not ((shares > 0) & (shares < 1)).all():
        hits, cases, corrected = hits + 0.5, cases + 1, ", 0.5 added to each count"
    safe = hits / cases
    spread = np.sqrt(np.sum(1 / hits - 1 / cases))
    ends = np.log(safe[0] / safe[1]) + stats.norm.ppf([(1 - level) / 2, (1 + level) / 2]) * spread
    low, high = np.exp(ends)
    if shares[1] == 0:
        estimate, high = (np.inf, np.inf) if shares[0] > 0 else (np.nan, high)
    else:
        estimate = shares[0] / shares[1]
        low = min(low, estimate)
    return Interval(
        estimate, low, high, f"log interval{corrected}", int(codes.max()) + 1, truth.size, level
    )


def _scored(truth, score, patients):
    truth, score = columns.truth_of(truth, both=True), columns.numbers_of(score, "score")
    columns.same_length(truth=truth, score=score)
    return truth, score, columns.patients_of(patients, truth.size)


def _steps(truth, score):
    """Cases with and without the condition at or above each distinct score, from the highest."""
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    hits, seen = np.cumsum(truth[order])[last], last + 1
    return hits, seen - hits, score[order][last]


def _placements(ill, well):
    """For every case of a class, the share of the other class that it beats; ties count half."""
    everyone = stats.rankdata(np.r_[ill, well])
    beaten = (everyone[: ill.size] - stats.rankdata(ill)) / well.size
    above = 1 - (everyone[ill.size :] - stats.rankdata(well)) / ill.size
    return beaten, above


def _area(truth, score, codes, level):
    beaten, above = _placements(score[truth], score[~truth])
    area, people = float(beaten.mean()), int(codes.max()) + 1
    ill = np.bincount(codes[truth], beaten - area, people)
    well = np.bincount(codes[~truth], above - area, people)
    having, lacking = (len(set(codes[which])) for which in (truth, ~truth))
    if min(having, lacking) < 2:
        errors.warn("A class with one patient only: no interval for the area can be calculated.")
        return Interval(area, 0, 1, "none: a class has one patient only", people, truth.size, level)
    variance = (
        having / (having - 1) * np.sum(ill**2) / beaten.size**2
        + lacking / (lacking - 1) * np.sum(well**2) / above.size**2
    )
    if people < having + lacking:  # patients with cases of both classes: the two are correlated
        variance += 2 * people / (people - 1) * np.sum(ill * well) / (beaten.size * above.size)
    z = stats.norm.ppf((1 + level) / 2)
    if 0 < area < 1 and variance > 0:
        middle, half = np.log(area / (1 - area)), z * np.sqrt(variance) / (area * (1 - area))
        low, high = 1 / (1 + np.exp(-np.array([middle - half, middle + half])))
        told = "DeLong" if people == truth.size else "DeLong for patients with several cases"
        return Interval(area, low, high, f"{told}, logit scale", people, truth.size, level)
    low, high = _newcombe(area, having, lacking, z)
    return Interval(area, low, high, "Newcombe's method 5", people, truth.size, level)


def _newcombe(area, having, lacking, z):
    """The areas whose own standard error reaches `area`: a score interval, never of width 0."""
    half = (having + lacking) / 2 - 1

    def _gap(other):
        spread = 1 + half * ((1 - other) / (2 - other) + other / (1 + other))
        return (area - other) ** 2 - z**2 * other * (1 - other) * spread / (having * lacking)

    low = optimize.brentq(_gap, 1e-9, area - 1e-9) if area > 0 else 0.0
    high = optimize.brentq(_gap, area + 1e-9, 1 - 1e-9) if area < 1 else 1.0
    return low, high
