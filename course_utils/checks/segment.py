"""Checks of lesson 04: no shared patient, a slipped outline, Dice by hand, a bolder threshold, and flattery."""

import math

import numpy as np
import pandas as pd

from course_utils.checks.lesson import (
    Lesson,
    Wrong,
    cell,
    function,
    instance,
    integer,
    number,
    panel,
)
from course_utils.core import plurals
from course_utils.evaluate import metrics
from course_utils.segment import pictures

lesson = Lesson("04_segment")
LOWEST = 0.05  # threshold: the left end of the slider on the page


@lesson.check
def shared(shared, *, train, test):
    both = _patients(shared)
    if both == set(train.patient_id) | set(test.patient_id):
        raise Wrong("That is everyone who is in either group: `|` joins, `&` gives what is shared.")
    if both:
        raise Wrong("The set is not empty. Compare the patients of train with those of test.")
    cell().follows(
        "shared",
        _other_groups,
        {"train": pd.DataFrame({"patient_id": list("QQR")}),
         "test": pd.DataFrame({"patient_id": list("RSS")})},
        typed="Nobody is, indeed. Let `train` and `test` say so, for any two groups.",
    )  # fmt: skip


def _other_groups(shared, train, test):
    if _patients(shared) != set(train.patient_id) & set(test.patient_id):
        raise Wrong(
            "For two other groups, which share one patient, your line does not name that one."
        )


def _patients(value):
    """A collection of patients as a set; the order and how often each is named do not matter."""
    kinds = (
        set,
        frozenset,
        list,
        tuple,
        np.ndarray,
        pd.Series,
        pd.Index,
        pd.api.extensions.ExtensionArray,
    )
    try:
        return set(instance(value, kinds, "a set of patients"))
    except TypeError:  # of what cannot be in a set, such as lists
        raise Wrong("This should be a set of patients, each by name.") from None


@lesson.check
def slipped(slip, *, truth):
    shift = integer(panel(slip, "shift_px")["shift_px"], "the shift")
    here, before = (_dice(truth, pixels) for pixels in (shift, shift - 1))
    if here >= 0.80:
        raise Wrong(f"At {shift} pixels Dice is still {here:.2f}. Let it slip further.")
    if before < 0.80:
        raise Wrong(
            f"Dice is {here:.2f}, and it was below 0.80 earlier. Go back to where it first falls below."
        )
    return (
        f"{plurals.count(shift, 'pixel')} of {len(truth)}. A thin structure pays more for each pixel of "
        "slip than a thick one."
    )


def first_slip(truth):
    """The first shift in pixels at which Dice is below 0.80."""
    return next(pixels for pixels in range(1, len(truth)) if _dice(truth, pixels) < 0.80)


def _dice(truth, pixels):
    return metrics.dice(truth, (pictures.slip(truth, max(pixels, 0), 0.9) > 0.5).astype("uint8"))


@lesson.check
def own_dice(my_dice):
    made = function(my_dice, "`my_dice`")
    draws = np.random.default_rng(4)
    for _ in range(5):
        truth, drawn = (draws.random((2, 20, 30)) < draws.uniform(0.2, 0.8)).astype(np.uint8)
        found = made(truth, drawn)
        found, wanted = number(found, "what `my_dice` gives"), metrics.dice(truth, drawn)
        if math.isclose(found, wanted / 2, abs_tol=1e-6):
            raise Wrong("That is half of it: twice the shared pixels belong above the line.")
        if math.isclose(found, metrics.iou(truth, drawn), abs_tol=1e-6):
            raise Wrong(
                "That is the IoU, the overlap divided by the area of either. Dice is kinder."
            )
        if not math.isclose(found, wanted, abs_tol=1e-6):
            raise Wrong(f"For two masks of mine it gives {found:.3f}; Dice is {wanted:.3f}.")


@lesson.check
def bolder(my_guess, *, threshold, recall):
    guess = number(my_guess, "your guess", 0, 1)
    cut = number(threshold, "the threshold", 0, 1)
    if cut >= 0.5:
        raise Wrong(
            "Change the threshold first: put 0.2 in the place of 0.5, and run the cell again."
        )
    if cut < LOWEST:
        raise Wrong(
            f"At {cut:g} nearly every pixel is drawn, and recall says nothing. Take {LOWEST:g} or more, such "
            "as 0.2."
        )
    return (
        f"At {cut:g} recall is {recall:.3f}; you guessed {guess:g}, {abs(guess - recall):.2f} away."
    )


@lesson.check
def flattery(flattery, *, by_image, by_patient):
    points = number(flattery, "the difference")
    truth = 100 * (by_image - by_patient)
    if math.isclose(points, truth, abs_tol=0.5):
        cell().follows(
            "flattery",
            _other_flattery,
            {"by_image": 0.93, "by_patient": 0.52},
            {"by_image": 0.50, "by_patient": 0.61},
            typed="Right for these two shares. Compute it from `by_image` and `by_patient`.",
        )
        return None if truth >= 1 else "No points: here the split by image flattered nothing."
    if math.isclose(points, -truth, abs_tol=0.5):
        raise Wrong("The sign is the other way round: by image minus by patient.")
    if math.isclose(points, truth / 100, abs_tol=0.005):
        raise Wrong("That is the difference of the shares. For percentage points multiply by 100.")
    raise Wrong(
        "Subtract the share of the split by patient from that of the split by image, times 100."
    )


def _other_flattery(points, by_image, by_patient):
    if not math.isclose(number(points), 100 * (by_image - by_patient), abs_tol=0.5):
        raise Wrong(
            f"For {by_image:g} and {by_patient:g} your line gives {number(points):g} points."
        )


quiz_1, quiz_2, quiz_3 = lesson.questions()
