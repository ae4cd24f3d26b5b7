"""How many patients a comparison needs, and what a choice on the same patients pretends.

Sources: Connor, Biometrics 1987;43:207, doi:10.2307/2531961 (paired shares); Varma and Simon, BMC
Bioinformatics 2006;7:91, doi:10.1186/1471-2105-7-91 (nested cross-validation).
"""

import itertools
import math
from collections import namedtuple

import numpy as np
from scipy import stats
from sklearn.model_selection import StratifiedKFold

from course_utils.core import accept, errors
from course_utils.evaluate import choose_threshold

Choice = namedtuple("Choice", "naive nested")


def pairs_needed(gain, discordant, power=0.8, level=0.95):
    """Patients that show a gain of one classifier over another on the same patients: a whole number.

    gain: difference of the shares that are right, such as 0.05. discordant: share of patients on
    whom just one of the two is right. power: chance to find it; level: of the two-sided interval.
    n = (z_a sqrt(d) + z_b sqrt(d - g^2))^2 / g^2 (Connor 1987). Raises DataError where gain is 0 or
    above the share of discordant patients.
    """
    gain, discordant = accept.share(gain, "gain"), accept.share(discordant, "discordant")
    if not 0 < gain <= discordant:
        raise errors.DataError(
            f"A gain of {gain:g} cannot come from {discordant:g} discordant patients: it is above "
            "0 and at most as large as their share."
        )
    first, second = stats.norm.ppf(
        [(1 + accept.share(level, "level")) / 2, accept.share(power, "power")]
    )
    root = first * math.sqrt(discordant) + second * math.sqrt(discordant - gain**2)
    return math.ceil(root**2 / gain**2)


def best_cut_of_noise(count, ill, repeats=400, seed=1):
    """What the best threshold seems to be worth for a score of pure noise: (repeats,) of Youden's
    sensitivity + specificity - 1, chosen and judged on the same `count` patients, `ill` of them ill.
    """
    count, ill = accept.whole(count, "count", 2), accept.whole(ill, "ill", 1, count - 1)
    rng, truth = np.random.default_rng(seed), np.arange(count) < ill
    cuts = (choose_threshold(truth, rng.standard_normal(count)) for _ in range(repeats))
    return np.array([cut.sensitivity + cut.specificity - 1 for cut in cuts])


def choices(features, ill, seed=1, count=5):
    """Which of the measured numbers to use, chosen in two ways: a Choice of two areas.

    features: (N, k), a row a patient. ill: (N,). Every set of columns is a linear discriminant.
    naive: the largest cross-validated area of all sets, chosen and reported on the same folds.
    nested: the choice is made within each training part, and judged on the part left out; the mean
    over these parts.
    """
    wide = np.column_stack([np.ones(len(features)), np.asarray(features, float)])
    ill = np.asarray(ill, float)
    columns = range(1, wide.shape[1])
    sets = [
        [0, *part]
        for size in range(1, wide.shape[1])
        for part in itertools.combinations(columns, size)
    ]
    outer = []
    for learn, test in _folds(ill, count, seed):
        part, _ = _best(wide[learn], ill[learn], sets, count, seed)
        outer.append(_areas(wide, ill, [part], learn, test)[0])
    return Choice(_best(wide, ill, sets, count, seed)[1], float(np.mean(outer)))


def _best(wide, ill, sets, count, seed):
    """(set, area) of the set of columns with the largest mean area over folds."""
    areas = np.mean(
        [_areas(wide, ill, sets, learn, test) for learn, test in _folds(ill, count, seed)], axis=0
    )
    place = int(np.argmax(areas))
    return sets[place], float(areas[place])


def _folds(ill, count, seed):
    return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(ill, ill))


def _areas(wide, ill, sets, learn, test):
    """The area of every set on the part left out. Least squares on 0 and 1 is Fisher's
    discriminant, up to scale; thousands of them are wanted, so the sums are made once, and the area
    is that of ranks without ties.
    """
    squares, products = wide[learn].T @ wide[learn], wide[learn].T @ ill[learn]
    weights = np.zeros((wide.shape[1], len(sets)))
    for place, part in enumerate(sets):
        weights[part, place] = np.linalg.solve(squares[np.ix_(part, part)], products[part])
    ranks = stats.rankdata(wide[test] @ weights, axis=0)
    sick = ill[test] > 0.5
    many, rest = sick.sum(), (~sick).sum()
    return (ranks[sick].sum(axis=0) - many * (many + 1) / 2) / (many * rest)
