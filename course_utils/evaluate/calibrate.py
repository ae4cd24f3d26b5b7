"""Does 80 % mean 80 %: reliability, Brier score, slope and intercept.

truth is 0 or 1 per case, probability 0 to 1 (what the model says for 1). patients: whose case each
is; give it wherever a patient has several. Sources: Van Calster et al, BMC Med 2019,
doi:10.1186/s12916-019-1466-7.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from course_utils.core import accept, errors, plurals
from course_utils.evaluate import columns as labels
from course_utils.evaluate import intervals
from course_utils.evaluate.intervals import Interval

EDGE = 1e-6  # probabilities of 0 and 1 have no logit: they are moved inwards by this much


@dataclass(frozen=True)
class Calibration:
    """What `calibration` found.

    `.table`: one row per bin that holds a case: from, to, cases, mean_probability, observed, low,
    high (Wilson). `.ece`: expected calibration error; `.ece_by_chance`: what a perfectly calibrated
    model would show with these bins and cases, its mean. `.brier` and `.brier_reference` (a model
    that always says the prevalence), both lower is better. `.slope` (1 is right; below 1 is
    overconfident) and `.intercept` (0 is right; below 0 says too much), Intervals. `.bins`,
    `.patients`.
    """

    table: pd.DataFrame
    ece: float
    ece_by_chance: float
    brier: float
    brier_reference: float
    slope: Interval
    intercept: Interval
    bins: int
    patients: int

    def sentence(self):
        """The result in one line, bins stated."""
        return (
            f"ECE {self.ece:.3f} ({self.bins} bins of equal width; a perfectly calibrated "
            f"model would show {self.ece_by_chance:.3f} here by chance), Brier "
            f"{self.brier:.3f} (always saying the prevalence: {self.brier_reference:.3f}), "
            f"slope {_told(self.slope)}, intercept {_told(self.intercept)}; "
            f"{plurals.count(int(self.table['cases'].sum()), 'case')} of "
            f"{plurals.count(self.patients, 'patient')}"
        )


def calibration(truth, probability, bins=10, patients=None, level=0.95):
    """Reliability by bins, ECE, Brier score, slope and intercept: a Calibration.

    bins: 2 or more, of equal width (0 to 0.1, ...). A probability on an edge falls into the upper
    one. The ECE depends on them, so they are part of the result.
    Slope: of logit(probability) in a logistic regression of the truth. Intercept ("in the large"):
    with the slope held at 1. Intervals: Wald, with a sandwich variance over patients where they
    have several cases. Warns when probabilities are exactly 0 or 1, or with few patients of a
    kind. Raises DataError for probabilities outside 0..1, all alike, one class only, or a slope
    that does not exist because the probabilities separate the classes wholly.
    """
    truth, probability = labels.truth_of(truth, both=True), labels.probabilities_of(probability)
    labels.same_length(truth=truth, probability=probability)
    codes, level = labels.patients_of(patients, truth.size), labels.level_of(level)
    for which in (truth, ~truth):
        labels.warn_if_few(len(set(codes[which])), "Calibration")
    edges = np.linspace(0, 1, accept.whole(bins, "bins", 2) + 1)
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    logits = _logits_checked(truth, probability)
    slope, intercept = _slope(truth, logits, codes, level), _intercept(truth, logits, codes, level)
    reference = float(truth.mean() * (1 - truth.mean()))
    return Calibration(
        _reliability(truth, probability, codes, edges, place, level),
        _ece(truth, probability, place),
        _chance(probability, place),
        float(np.mean((probability - truth) ** 2)),
        reference,
        slope,
        intercept,
        len(edges) - 1,
        int(codes.max()) + 1,
    )


def _told(interval):
    return f"{interval.estimate:.2f} ({interval.low:.2f} to {interval.high:.2f})"


def _logit(probability):
    inside = np.clip(probability, EDGE, 1 - EDGE)
    return np.log(inside / (1 - inside))


def _expit(value):
    return 1 / (1 + np.exp(-np.asarray(value, float)))


def _logits_checked(truth, probability):
    at_edge = int(np.sum((probability < EDGE) | (probability > 1 - EDGE)))
    if at_edge:
        errors.warn(
            f"{plurals.count(at_edge, 'probability', 'probabilities')} of {probability.size:,} "
            f"{plurals.verb(at_edge, 'is', 'are')} 0 or 1, or within {EDGE:g} of them: for slope "
            f"and intercept, moved to {EDGE:g} from the edge. A model without doubt cannot be "
            "calibrated well."
        )
    logits = _logit(probability)
    if np.ptp(logits) == 0:
        raise errors.DataError("All probabilities are alike, so there is no slope.")
    ill, well = logits[truth], logits[~truth]
    if ill.min() >= well.max() or ill.max() <= well.min():
        raise errors.DataError(
            "The probabilities separate the classes wholly, so the slope is "
            "infinite. With more cases they overlap; until then report the "
            "Brier score and the counts."
        )
    return logits


def _slope(truth, logits, codes, level):
    columns = np.column_stack([np.ones_like(logits), logits])
    start = optimize.minimize(
        _likelihood, [0.0, 1.0], (columns, truth), jac=_gradient, method="BFGS"
    ).x
    found, variance = _newton(columns, truth, start, np.zeros_like(logits), codes)
    return _wald(found[1], variance[1, 1], codes, level)


def _intercept(truth, logits, codes, level):
    columns = np.ones((logits.size, 1))
    found, variance = _newton(columns, truth, np.zeros(1), logits, codes)
    return _wald(found[0], variance[0, 0], codes, level)


def _likelihood(weights, columns, truth):
    signs = np.where(truth, 1.0, -1.0)
    return float(np.sum(np.logaddexp(0, -signs * (columns @ weights))))


def _gradient(weights, columns, truth):
    return columns.T @ (_expit(columns @ weights) - truth)


def _newton(columns, truth, weights, offset, codes):
    """Logistic regression: the weights and their variance (over patients where they repeat)."""
    for _ in range(100):
        fitted = _expit(columns @ weights + offset)
        information = (columns * (fitted * (1 - fitted))[:, None]).T @ columns
        step = np.linalg.solve(information, columns.T @ (truth - fitted))
        # A full step can overshoot far from the answer; half of it never leaves the hill.
        weights = weights + step / max(1.0, np.abs(step).max() / 2)
        if np.abs(step).max() < 1e-10:
            break
    bread = np.linalg.inv(information)
    people = int(codes.max()) + 1
    if people == truth.size:
        return weights, bread
    scores = np.zeros((people, columns.shape[1]))
    np.add.at(scores, codes, columns * (truth - fitted)[:, None])
    return weights, bread @ (scores.T @ scores) @ bread * people / (people - 1)


def _wald(value, variance, codes, level):
    people, cases = int(codes.max()) + 1, codes.size
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt(variance)
    told = "Wald" if people == cases else f"Wald, sandwich over {plurals.count(people, 'patient')}"
    return Interval(value, value - half, value + half, told, people, cases, level)


def _ece(truth, probability, place):
    gaps = np.bincount(place, truth - probability)
    return float(np.abs(gaps).sum() / truth.size)


def _chance(probability, place, draws=500):
    """The mean ECE if every probability were true: with few cases it is far from 0."""
    rng = np.random.default_rng(0)
    return float(
        np.mean(
            [
                _ece(rng.random(probability.size) < probability, probability, place)
                for _ in range(draws)
            ]
        )
    )


def _reliability(truth, probability, codes, edges, place, level):
    rows = []
    for number in np.unique(place):
        inside = place == number
        share = intervals.proportion(truth[inside], codes[inside], level)
        rows.append(
            (
                edges[number],
                edges[number + 1],
                int(inside.sum()),
                float(probability[inside].mean()),
                *share,
            )
        )
    return pd.DataFrame(
        rows, columns=["from", "to", "cases", "mean_probability", "observed", "low", "high"]
    )
