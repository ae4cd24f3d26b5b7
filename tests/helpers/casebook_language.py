"""Answers to the checks of lesson 14: check, right answer, material, [(wrong answers, a word of the reply)]."""

import functools

import numpy as np

from course_utils.checks import language
from course_utils.language import desk as desks

FIRST = {
    "diagnosis": "nodule",
    "shape": "oval",
    "margins": "well-defined",
    "echogenicity": "hypoechoic",
}
SECOND = {
    "diagnosis": "nodule",
    "shape": "round",
    "echogenicity": "hypoechoic",
    "posterior": "shadowing",
}
PLACES = np.array([1.0, 3.0, 10.0, 11.0])
EXTRA = {
    "hypoechoic": ["darker than the surrounding tissue"],
    "no vascularity": ["no colour signal"],
}
TESTS = [
    ("No calcification.", "calcification", True),
    ("Calcification is not seen.", "calcification", True),
    ("No change in the calcification.", "calcification", False),
]


def denied(sentence, finding):
    """The rule that a learner may write."""
    before, _, after = sentence.lower().partition(finding)
    return before.strip().endswith("no") or "not seen" in after


class Nobody:
    """A model that finds all pictures alike, for a desk that needs no Keras."""

    def see(self, images):
        return np.random.default_rng(len(images)).standard_normal((len(images), 4))


@functools.cache
def desk(signed):
    """A desk at which some reports are signed."""
    found = desks.Desk(Nobody())
    for number in range(1, signed + 1):
        found.choose(number)
        found.sign()
    return found


CASES = [
    (
        language.signed,
        [desk(3)],
        {},
        [([desk(1)], "1 of 3"), (["signed"], "the desk itself")],
    ),
    (
        language.phrases,
        [EXTRA],
        {},
        [
            ([{}], "still empty"),
            ([{"round": ["an unlikely phrase"]}], "missed more often"),
            ([{"normal appearance": ["expansile lesion", "fluid filled"]}], "fell"),
            ([{"blob": ["dark"]}], "no tag"),
            ([["dark"]], "a dict"),
        ],
    ),
    (
        language.negation,
        [denied, TESTS],
        {},
        [
            ([denied, TESTS[:2]], "three tests"),
            ([denied, [TESTS[0]] * 3], "one answer"),
            ([lambda s, f: "no" in s.lower(), TESTS], "Your own test fails"),
            (
                [
                    lambda s, f: s.lower().startswith("no c") and "change" not in s or "not" in s,
                    TESTS,
                ],
                "Your",
            ),
            ([denied, [("No septa.", "calcium", True)] * 3], "does not stand"),
            ([7, TESTS], "function"),
        ],
    ),
    (
        language.by_hand,
        [0.4],
        {"first": FIRST, "second": SECOND},
        [
            ([2 / 9], "Nine"),
            ([2 / 3], "only one of them"),
            ([2], "how many agree"),
            ([40], "per cent"),
            ([0.6], "unlike"),
            ([0.9], "Divide"),
        ],
    ),
    (language.first_loss, [4.9], {"batch": 128, "tau": 0.1}, [(["x"], "number")]),
    (
        language.recall,
        [0.75],
        {"places": PLACES},
        [
            ([0.5], "Place ten"),
            ([0.25], "not found"),
            ([3], "how many"),
            ([75], "per cent"),
            ([0.1], "mean"),
        ],
    ),
]
