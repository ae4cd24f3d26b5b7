"""Answers to the checks of lesson 11: check, right answer, material, [(wrong answers, a word of the reply)]."""

from types import SimpleNamespace

import numpy as np

from course_utils.checks import classify
from course_utils.classify import maps

MASK, SPACING = np.zeros((20, 24), bool), (0.25, 0.5)
MASK[5:14, 3:20] = 1
SIGNED = maps.signed_distance(MASK, SPACING)


def touched(**values):
    return SimpleNamespace(values=values, touched=True)


CASES = [
    (classify.called, [touched(left=0)], {}, [([touched(left=3)], "3 of the shoulders")]),
    (
        classify.distance,
        [SIGNED],
        {"mask": MASK, "spacing": SPACING},
        [
            ([-SIGNED], "wrong way round"),
            ([np.abs(SIGNED)], "Subtract, do not add"),
            ([np.maximum(SIGNED, 0)], "Outside all is 0"),
            ([np.minimum(SIGNED, 0)], "Inside all is 0"),
            ([maps.signed_distance(MASK, (1, 1))], "pixels"),
            ([SIGNED[:5]], "shape"),
            ([MASK.astype(float)], "not the distance"),
        ],
    ),
    (
        classify.enough,
        [200],
        {"ill": 180},
        [([0], "at least 1"), (["many"], "number")],
    ),
    (
        classify.rare,
        [touched(prevalence=0.07)],
        {},
        [
            ([touched(prevalence=0.1)], "Go lower"),
            ([touched(prevalence=0.02)], "Come back"),
        ],
    ),
]
