"""When does the machine record? A bar from costs, two thresholds with a dwell, and what chance does.

Formulas for independent frames and for a score that wanders (an AR(1) process), so that a simulation
can be held against them. Keep a clip where its chance p of being usable is at least
harm / (benefit + harm): the threshold of net benefit (Vickers and Elkin, 2006,
doi:10.1177/0272989X06295361).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import integrate, optimize, stats

from course_utils.core import accept, errors
from course_utils.evaluate import columns, thresholds


def bar(benefit, harm):
    """The least chance of being usable at which a clip is worth keeping: harm / (benefit + harm).

    benefit: of keeping a usable clip; harm: of keeping a useless one; both above 0, in one unit.
    """
    benefit, harm = accept.number(benefit, "benefit", 0), accept.number(harm, "harm", 0)
    if not benefit + harm > 0:
        raise errors.DataError("Benefit and harm cannot both be 0: nothing would be at stake.")
    return harm / (benefit + harm)


@dataclass(frozen=True)
class Gate:
    """Two thresholds and a dwell: it opens at `on`, stays open down to `off`, and records once it
    has been open for `dwell` frames. Raises DataError for off above on or a dwell below 1.
    """

    on: float = 0.8
    off: float = 0.8
    dwell: int = 1

    def __post_init__(self):
        accept.number(self.on, "on")
        accept.whole(self.dwell, "dwell", 1)
        if accept.number(self.off, "off") > self.on:
            raise errors.DataError(
                f"The gate would close at {self.off:g} before it opens at {self.on:g}: off is at "
                "most on."
            )

    def states(self, scores):
        """Open or shut in each frame: bool (n,)."""
        opened, found = False, []
        for score in columns.numbers_of(scores, "scores"):
            opened = score >= (self.off if opened else self.on)
            found.append(bool(opened))
        return np.array(found, bool)

    def captured(self, scores):
        """The first frame (from 0) at which it records, or None if it never does."""
        run = 0
        for frame, opened in enumerate(self.states(scores)):
            run = run + 1 if opened else 0
            if run == self.dwell:
                return frame
        return None


def wait(chance, dwell):
    """Mean number of frames until `dwell` in a row pass by luck: (1 - p^D) / ((1 - p) p^D).

    chance: p of one frame, independent of the others, above 0 and up to 1. p = 0.1: 10, 110, 1110
    frames for 1, 2, 3 in a row.
    """
    chance, dwell = accept.share(chance, "chance"), accept.whole(dwell, "dwell", 1)
    if chance == 0:
        return math.inf
    return float(dwell) if chance == 1 else (1 - chance**dwell) / ((1 - chance) * chance**dwell)


def flicker(memory):
    """Switch-ons per frame of one threshold at the mean of a wandering score: arccos(rho) / (2 pi).

    memory: rho, the correlation of neighbouring frames, -1 to 1. Source: Rice's formula in discrete
    time; Kedem, Time Series Analysis by Higher Order Crossings, 1994.
    """
    return math.acos(accept.number(memory, "memory", -1, 1)) / (2.0 * math.pi)


def flattery(count):
    """By how many SD the best of `count` equally good, noisily scored clips seems better than it is.

    The mean of the largest of n standard normal values: 1.539, 2.248, 2.508 for 10, 50, 100.
    """
    count = accept.whole(count, "count", 1)

    def _density(value):
        return value * count * stats.norm.pdf(value) * stats.norm.cdf(value) ** (count - 1)

    return float(integrate.quad(_density, -10, 10, epsabs=1e-10)[0])


def wandering(frames, memory, seed=0):
    """A score with mean 0, SD 1 and correlation `memory` between neighbours (AR(1)): (frames,)."""
    frames, memory = accept.whole(frames, "frames", 1), accept.number(memory, "memory", -1, 1)
    steps = np.random.default_rng(accept.seed(seed)).standard_normal(frames)
    steps[1:] *= math.sqrt(1.0 - memory**2)
    for frame in range(1, frames):
        steps[frame] += memory * steps[frame - 1]
    return steps


def switched_on(states):
    """Switch-ons per frame of a row of open and shut."""
    states = np.asarray(states, bool)
    return float(np.mean(states[1:] & ~states[:-1]))


@dataclass(frozen=True)
class Chance:
    """The chance that a view is usable, given the network's number: a logistic curve.

    `.of(score)` is the chance 0..1; `.score_at(chance)` the number at which it is reached. It was
    fitted on patients that it remembers; `.open(score, chance, data)` refuses to be judged on them.
    """

    start: float
    slope: float
    chosen_on: thresholds.ChosenOn

    def of(self, score):
        """The chance of a usable view for each score: (n,) or a float."""
        return 1.0 / (1.0 + np.exp(-(self.start + self.slope * np.asarray(score, float))))

    def score_at(self, chance):
        """The score at which the chance is this, above 0 and below 1."""
        chance = accept.number(chance, "chance", 1e-6, 1 - 1e-6)
        return (math.log(chance / (1.0 - chance)) - self.start) / self.slope

    def open(self, score, chance, data):
        """Which scores reach the chance: (n,) bool, for patients that had no part in the fit."""
        score = columns.numbers_of(score, "score")
        self.chosen_on.refuse(score, data, "The bar")
        return score >= self.score_at(chance)


def chance_usable(score, usable, data):
    """Fit `Chance` by maximum likelihood, a little ridge on the slope.

    score: (n,) the network's numbers; usable: (n,) whether the view was; data: the table they
    belong to, with patient_id and `split`. Raises DataError for test patients, for one class only,
    or where a higher score does not mean a better view.
    """
    chosen_on = thresholds.remember(score, data)
    score, truth = columns.numbers_of(score, "score"), columns.truth_of(usable, both=True)
    columns.same_length(score=score, usable=truth)

    def _misfit(line):
        logit = line[0] + line[1] * score
        return np.sum(np.logaddexp(0.0, logit) - truth * logit) + 1e-3 * line[1] ** 2

    start, slope = optimize.minimize(_misfit, [-4.0, 6.0], method="BFGS").x
    if not slope > 0:
        raise errors.DataError("A higher score does not mean a better view here: no bar can help.")
    return Chance(float(start), float(slope), chosen_on)
