"""A model that may say 'I do not know': what it costs, and intervals that hold for the next patient.

Sources: Geifman and El-Yaniv, NeurIPS 2017, arXiv:1705.08500 (selective prediction); Traub et al,
NeurIPS 2024, arXiv:2407.01032 (AUGRC); Vovk, ACML 2012, and Angelopoulos and Bates 2021,
arXiv:2107.07511 (conformal prediction).
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from course_utils.core import accept, errors
from course_utils.evaluate import columns


def accepting(wrong, confidence):
    """What happens as ever less confident answers are accepted: a table, one row for each step.

    wrong: 1 where the answer is wrong, per case. confidence: any number, higher where surer. Cases
    of equal confidence are accepted together. Columns: coverage (share accepted), accepted, errors
    (accepted and wrong), risk (errors / accepted), generalised (errors / all cases). The first row
    accepts nobody. Raises DataError for lists of unequal length.
    """
    wrong, confidence = (
        columns.truth_of(wrong, "wrong"),
        columns.numbers_of(confidence, "confidence"),
    )
    columns.same_length(wrong=wrong, confidence=confidence)
    order = np.argsort(-confidence, kind="stable")
    last = np.flatnonzero(np.r_[np.diff(confidence[order]) != 0, True])
    accepted = np.r_[0, last + 1]
    missed = np.r_[0, np.cumsum(wrong[order])[last]]
    return pd.DataFrame(
        {
            "coverage": accepted / wrong.size,
            "accepted": accepted,
            "errors": missed,
            "risk": missed / np.maximum(accepted, 1),
            "generalised": missed / wrong.size,
        }
    )


def augrc(wrong, confidence):
    """The area under the generalised risk over coverage: the mean share of patients who are answered
    wrongly and accepted. Lower is better.

    With an error rate e: e / 2 where confidence says nothing, e^2 / 2 where it is perfect, and in
    general (1 - A) e (1 - e) + e^2 / 2, A the area under the ROC curve of confidence for 'right'.
    """
    table = accepting(wrong, confidence)
    return float(np.trapezoid(table.generalised, table.coverage))


@dataclass(frozen=True)
class Conformal:
    """An interval of plus or minus `.half` round a number, made on `.cases` other patients so that
    it holds for a share `.level` of the next ones, whoever they are. `.low`, `.high`: between which
    shares the true coverage lies in 90 of 100 such calibrations.
    """

    half: float
    cases: int
    level: float
    low: float
    high: float

    def holds(self, error):
        """True where an error lies within the interval: (n,) bool."""
        return np.abs(columns.numbers_of(error, "error")) <= self.half


def conformal(error, level=0.9):
    """Split conformal prediction from the errors of calibration patients: a Conformal.

    error: measured minus true, one per patient, any unit. `.half` is the ceil((n + 1) level)-th
    smallest size of error. Coverage over all new patients is at least `level`, and follows a Beta
    distribution over calibration sets: Beta(n + 1 - l, l), l = floor((n + 1)(1 - level)). It holds
    on average over patients like these, not within each group. Raises DataError when there are too
    few patients: 9 are the least for 90 %.
    """
    level, sizes = columns.level_of(level), np.sort(np.abs(columns.numbers_of(error, "error")))
    rank = math.ceil((sizes.size + 1) * level - 1e-9)
    if rank > sizes.size:
        least = math.ceil(level / (1 - level) - 1e-9)
        raise errors.DataError(
            f"{sizes.size} patients are too few for an interval of {100 * level:g} %: at least "
            f"{least} are needed."
        )
    beta = stats.beta(rank, sizes.size + 1 - rank)
    return Conformal(float(sizes[rank - 1]), sizes.size, level, *map(float, beta.ppf([0.05, 0.95])))


def unsure(risk, threshold, width):
    """True where a risk lies within `width` of the threshold: (n,) bool. The rule to abstain by."""
    risk = columns.probabilities_of(risk)
    return np.abs(risk - accept.share(threshold, "threshold")) < accept.share(width, "width")
