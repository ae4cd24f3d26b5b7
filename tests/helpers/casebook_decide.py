"""Answers to the checks of lesson 12: check, right answer, material, [(wrong answers, a word of the reply)]."""

from types import SimpleNamespace

import numpy as np

from course_utils.checks import decide
from course_utils.decide import risk

RISK, SHIFT = np.array([0.1, 0.4, 0.9]), -1.0
MOVED = risk.shifted(RISK, SHIFT)
ILL = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], bool)
ACTED = np.array([1, 0, 1, 1, 0, 0, 0, 0, 0, 0], bool)
WORTH = {"ill": ILL, "acted": ACTED, "threshold": 0.2}


def touched(**values):
    return SimpleNamespace(values=values, touched=True)


CASES = [
    (decide.read, [touched(left=0)], {}, [([touched(left=7)], "7 readings are left")]),
    (
        decide.sample,
        [700],
        {"predictors": 8, "needed": 680},
        [([0], "at least 1"), (["many"], "number")],
    ),
    (
        decide.update,
        [MOVED],
        {"risk": RISK, "shift": SHIFT},
        [
            ([risk.shifted(RISK, 1.0)], "other way"),
            ([RISK + SHIFT], "leaves 0 to 1"),
            ([np.log(RISK / (1 - RISK)) + SHIFT], "expit"),
            ([MOVED[:2]], "each of the 3"),
            ([RISK], "not the risks moved"),
        ],
    ),
    (
        decide.benefit,
        [0.1 - 0.2 * 0.25],
        WORTH,
        [
            ([0.1 - 0.2], "not yet weighed"),
            ([0.1 - 0.2 * 4], "upside down"),
            ([0.1 - 0.2 * 0.2], "not the threshold"),
            ([1 - 2 * 0.25], "Divide"),
            ([0.1], "hits only"),
            ([0.77], "not hits minus"),
        ],
    ),
    (
        decide.quiet,
        [touched(drop=14, visits=4)],
        {},
        [
            ([touched(drop=10, visits=4)], "Go further"),
            ([touched(drop=18, visits=4)], "quieter than needed"),
            ([touched(drop=14, visits=2)], "back to 4"),
        ],
    ),
]
