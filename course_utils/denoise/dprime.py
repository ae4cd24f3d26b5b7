"""How well somebody tells 'there' from 'not there', apart from how readily they say it: d'.

d' = z(hits) - z(false alarms): 0 is guessing, 1 is hard, 3 is easy. Ten trials leave it wide open,
and the interval says so. It holds every d' that the likelihood-ratio test does not refuse; with few
trials the test's level is counted out over all possible results, with the criterion that fits best,
since its usual chi-square held the truth in 83 of 100 cases only (five trials of each kind).
Sources: Macmillan and Creelman, Detection Theory, 2nd edition, 2005; Hautus 1995,
doi:10.3758/BF03203619 (the estimate).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from course_utils.core import accept, errors

_GRID = np.linspace(-6.0, 6.0, 241)  # of d', and of the criterion
FEW = 600  # possible results; more are not counted out
FARTHEST = 6.0  # an end of an interval out here is open


@dataclass(frozen=True)
class DPrime:
    """estimate, low and high of d' (an open end is infinite), and the counts they rest on."""

    estimate: float
    low: float
    high: float
    hits: int
    present: int
    alarms: int
    absent: int

    def sentence(self):
        """The result in words."""
        low, high = (
            f"{end:.1f}" if np.isfinite(end) else "without end" for end in (self.low, self.high)
        )
        return (
            f"d' {self.estimate:.1f} (95 % interval {low} to {high}): found {self.hits} of "
            f"{self.present}, false alarms in {self.alarms} of {self.absent}; one reader."
        )


def dprime(hits, present, alarms, absent, level=0.95):
    """d' of a yes/no task: a `DPrime`.

    hits of `present` trials with the lesion, alarms of `absent` ones without. The estimate adds 0.5
    to each count and 1 to each number, so that all or none stay finite. The interval holds every
    d' whose likelihood, with the best criterion for it, is not refused by the likelihood-ratio test.
    Raises DataError for counts that cannot be.
    """
    present, absent = accept.whole(present, "present", 1), accept.whole(absent, "absent", 1)
    hits = accept.whole(hits, "hits", 0, present)
    alarms = accept.whole(alarms, "alarms", 0, absent)
    level = accept.number(level, "level", 0.01, 0.999)
    z = stats.norm.ppf
    estimate = z((hits + 0.5) / (present + 1)) - z((alarms + 0.5) / (absent + 1))
    likely = _Likelihood(present, absent)
    few = (present + 1) * (absent + 1) <= FEW
    chance = likely.counted(hits, alarms) if few else likely.asymptotic(hits, alarms)
    inside = _GRID[chance > 1 - level]
    low = float(inside[0]) if inside[0] > -FARTHEST else -np.inf
    high = float(inside[-1]) if inside[-1] < FARTHEST else np.inf
    return DPrime(float(estimate), low, high, hits, present, alarms, absent)


def from_answers(there, said):
    """d' from two lists of equal length, what was there and what was said (True or False each)."""
    there, said = np.asarray(there, bool), np.asarray(said, bool)
    if there.shape != said.shape or there.ndim != 1:
        raise errors.DataError("There must be one answer for each trial.")
    return dprime(
        int(said[there].sum()), int(there.sum()), int(said[~there].sum()), int((~there).sum())
    )


class _Likelihood:
    """Of results (hits, alarms), for every d' and criterion of the grid."""

    def __init__(self, present, absent):
        self.present, self.absent = present, absent
        d, criterion = np.meshgrid(_GRID, _GRID, indexing="ij")
        log = stats.norm.logcdf
        self._hit, self._miss = log(d / 2 - criterion), log(criterion - d / 2)
        self._alarm, self._calm = log(-d / 2 - criterion), log(criterion + d / 2)

    def _fit(self, hits, alarms):
        return (
            hits * self._hit
            + (self.present - hits) * self._miss
            + alarms * self._alarm
            + (self.absent - alarms) * self._calm
        )

    def ratio(self, hits, alarms):
        """The likelihood-ratio statistic of every d', and the place of its best criterion."""
        fit = self._fit(hits, alarms)
        best = fit.argmax(axis=1)
        top = np.take_along_axis(fit, best[:, None], 1)[:, 0]
        return 2 * (top.max() - top), best

    def asymptotic(self, hits, alarms):
        """p value of every d' from the chi-square distribution."""
        return stats.chi2.sf(self.ratio(hits, alarms)[0], 1)

    def counted(self, hits, alarms):
        """p value of every d': how likely results are that speak as much against it, or more."""
        seen, best = self.ratio(hits, alarms)
        hit = np.exp(np.take_along_axis(self._hit, best[:, None], 1)[:, 0])
        alarm = np.exp(np.take_along_axis(self._alarm, best[:, None], 1)[:, 0])
        chance = np.zeros(_GRID.size)
        for other in range(self.present + 1):
            for false in range(self.absent + 1):
                against = self.ratio(other, false)[0] >= seen - 1e-9
                part = stats.binom.pmf(other, self.present, hit)
                chance += against * part * stats.binom.pmf(false, self.absent, alarm)
        return chance
