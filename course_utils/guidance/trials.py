"""The arm that three pivotal trials left out: the same novices with and without guidance, and experts.

Hands are simulated; what the network says is not: it is read from a table of its answers on
pictures of patients that it never met (`coach.answers`). How well a novice sees, and how often a hand obeys,
are assumptions, written in `ARMS`: the trial teaches what a design can show, not whether guidance
helps. Three cleared products were each tried against unguided experts only, such as Mor-Avi et al,
2023, doi:10.1161/CIRCIMAGING.123.015569.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from course_utils.core import accept, errors
from course_utils.evaluate import intervals
from course_utils.guidance import poses
from course_utils.guidance.gates import Gate

SECONDS = 60  # of a scan; one look and one movement in each
STEP = (5.0, 3.0)  # mm and degrees of a movement, its usual size
UNSTEADY = (1.2, 0.7)  # mm and degrees by which a hand wanders in a second (SD)
JITTER, MEMORY = 0.04, 0.8  # the network's number in the same place: SD, and from second to second
GUIDED, UNGUIDED, EXPERT = "novice, guided", "novice, unguided", "expert, unguided"


@dataclass(frozen=True)
class Hand:
    """How an operator works, on average. sense: how often the own idea of the direction is right.
    eye: SD of the own judgement of a view. obedience: how often the advice is followed.
    """

    sense: float
    eye: float
    obedience: float


ARMS = {
    UNGUIDED: Hand(0.54, 0.35, 0.0),
    GUIDED: Hand(0.54, 0.35, 0.8),
    EXPERT: Hand(0.88, 0.1, 0.0),
}
SPREAD = 0.5  # how much operators of one arm differ: SD on the logit scale


def run(operators, table, patients=10, gate=None, seed=0, obedience=None):
    """Simulate the trial: a table, one row for each scan.

    operators: novices, and as many experts; each novice scans `patients` patients without guidance
    and as many others with it. gate: when a guided machine records (`gates.Gate`, seconds). table:
    `answers("test")` unless told. obedience: of the guided hands, 0 to 1, unless the usual. Columns:
    arm, operator, patient_id, bmi, seconds, recorded (a guided scan may end without a clip), quality
    (exact, of what was recorded), usable (recorded and quality at least `poses.USABLE`).
    """
    operators = accept.whole(operators, "operators", 1, 500)
    patients = accept.whole(patients, "patients", 1, 200)
    gate = gate or Gate(0.8, 0.7, 3)
    grid = _Grid(table)
    rng, parts = np.random.default_rng(accept.seed(seed)), []
    skill = rng.normal(0.0, SPREAD, (2, operators))  # of novices and of experts
    for arm, hand in ARMS.items():
        if arm == GUIDED and obedience is not None:
            hand = Hand(hand.sense, hand.eye, accept.share(obedience, "obedience"))
        own = skill[int(arm == EXPERT)]
        whose = np.repeat(np.arange(operators), patients)
        who = rng.integers(0, len(grid.names), len(whose))
        letter = "E" if arm == EXPERT else "N"
        found = _scans(grid, who, hand, own[whose], gate if arm == GUIDED else None, rng)
        parts.append(
            pd.DataFrame(
                {
                    "arm": arm,
                    "operator": [f"{letter}{number + 1:02d}" for number in whose],
                    "patient_id": grid.names[who],
                    "bmi": grid.bmi[who],
                    **found,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def by_operator(trial):
    """The share of usable clips of each operator in each arm: a table, operators x arms."""
    return trial.pivot_table("usable", "operator", "arm", aggfunc="mean", observed=True)


def effect(shares, level=0.95):
    """Guided minus unguided, each novice beside themselves: a Comparison of `evaluate.compare`.

    shares: of `by_operator`. Its n is the number of novices; below five it has no interval.
    """
    both = shares[[UNGUIDED, GUIDED]].dropna()
    return intervals.compare(both[UNGUIDED], both[GUIDED], level)


def against_experts(shares, level=0.95):
    """Guided novices minus experts, over operators: (estimate, low, high), Welch's t interval.

    shares: of `by_operator`. It is what the published trials compare; it holds no effect of the
    guidance.
    """
    groups = [shares[arm].dropna().to_numpy(float) for arm in (GUIDED, EXPERT)]
    if min(map(len, groups)) < 2:
        raise errors.DataError("An interval over operators needs two or more in each arm.")
    gap = float(groups[0].mean() - groups[1].mean())
    if not any(np.ptp(group) for group in groups):
        return gap, gap, gap
    span = stats.ttest_ind(*groups, equal_var=False).confidence_interval(level)
    return gap, float(span.low), float(span.high)


class _Grid:
    """The network's answers of each patient between the poses at which it was asked."""

    def __init__(self, table):
        self.slides, self.tilts = np.unique(table["slide_mm"]), np.unique(table["tilt_deg"])
        ordered = table.sort_values(["patient_id", "slide_mm", "tilt_deg"])
        shape = ordered["patient_id"].nunique(), len(self.slides), len(self.tilts)
        if len(ordered) != np.prod(shape):
            raise errors.DataError(
                "A trial needs every patient at every pose of the grid; take coach.answers(network, 'test')."
            )
        self.names = ordered["patient_id"].unique()
        self.bmi = ordered.groupby("patient_id")["bmi"].first().to_numpy()
        names = "quality", "says_quality", "says_slide_mm", "says_tilt_deg"
        self.values = np.stack([ordered[name].to_numpy().reshape(shape) for name in names], -1)

    def at(self, who, slide, tilt):
        """(n, 4): quality, and what the network says of quality, slide and tilt; bilinear."""
        places = []
        for value, axis in ((slide, self.slides), (tilt, self.tilts)):
            step = np.clip((value - axis[0]) / (axis[1] - axis[0]), 0.0, len(axis) - 1.0)
            low = np.minimum(step.astype(int), len(axis) - 2)
            places.append((low, step - low))
        (i, u), (j, v) = places
        total = np.zeros((len(who), self.values.shape[-1]))
        for row, share in ((i, 1.0 - u), (i + 1, u)):
            for column, part in ((j, 1.0 - v), (j + 1, v)):
                total += (share * part)[:, None] * self.values[who, row, column]
        return total


def _scans(grid, who, hand, skill, gate, rng):
    """All scans of an arm at once, second by second: dict of columns (n,)."""
    count = len(who)
    sense, obeys = _moved(hand.sense, skill), _moved(hand.obedience, skill)
    slide = rng.uniform(-poses.SLIDE_MM, poses.SLIDE_MM, count)
    tilt = rng.uniform(-poses.TILT_DEG, poses.TILT_DEG, count)
    done, kept = np.full(count, -1), np.full(count, np.nan)
    opened, run, wobble = np.zeros(count, bool), np.zeros(count, int), rng.standard_normal(count)
    for second in range(1, SECONDS + 1):
        true, says, says_slide, says_tilt = grid.at(who, slide, tilt).T
        wobble = MEMORY * wobble + np.sqrt(1 - MEMORY**2) * rng.standard_normal(count)
        score = says + JITTER * wobble if gate else true + hand.eye * wobble
        rule = gate or Gate(0.85, 0.7, 3)  # a hand on its own records when it is pleased
        opened = score >= np.where(opened, rule.off, rule.on)
        run = np.where(opened, run + 1, 0)
        now = (done < 0) & (run >= rule.dwell)
        done[now], kept[now] = second, true[now]
        advised = gate is not None and rng.random(count) < obeys
        right = rng.random(count) < sense
        goes = np.where(advised, says_slide, slide * np.where(right, 1.0, -1.0))
        turns = np.where(advised, says_tilt, tilt * np.where(right, 1.0, -1.0))
        slides = np.abs(goes) / poses.SLIDE_MM >= np.abs(turns) / poses.TILT_DEG
        moves = ~opened * rng.gamma(4.0, 0.25, count)  # a good view is held
        slide = slide - np.where(slides, np.sign(goes) * moves * STEP[0], 0.0)
        tilt = tilt - np.where(slides, 0.0, np.sign(turns) * moves * STEP[1])
        slide = np.clip(slide + UNSTEADY[0] * rng.standard_normal(count), -30.0, 30.0)
        tilt = np.clip(tilt + UNSTEADY[1] * rng.standard_normal(count), -15.0, 15.0)
    recorded = done > 0
    if gate is None:  # whoever is never pleased records what is there at the end
        kept = np.where(recorded, kept, grid.at(who, slide, tilt)[:, 0])
        recorded = np.ones(count, bool)
    return {
        "seconds": np.where(done > 0, done, SECONDS),
        "recorded": recorded,
        "quality": kept,
        "usable": recorded & (np.nan_to_num(kept) >= poses.USABLE),
    }


def _moved(share, skill):
    """A share, moved on the logit scale by each operator's skill; 0 and 1 stay."""
    if share in (0.0, 1.0):
        return np.full(len(skill), share)
    return 1.0 / (1.0 + np.exp(-(np.log(share / (1.0 - share)) + skill)))
