"""Checks of lesson 10: ten trials, how far to steer, the bias of a log, and the contrast kept."""

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, array, cell, instance, number
from course_utils.denoise import scenes, trial

lesson = Lesson("10_denoise")
START_DEG, WIDEST_DEG, ENOUGH = 1.0, 20.0, 0.25
BIAS = scenes.BIAS_DB / scenes.RANGE_DB  # of the mean of a log, in grey
# Other readings than those of the page, in dB: a filter that keeps half of a dark disc, or a third of a bright one.
OTHER = {"before_with": -3.0, "before_without": -1.0, "after_with": -0.5, "after_without": 0.5}
BRIGHT = {"before_with": 6.0, "before_without": 1.0, "after_with": 2.0, "after_without": 0.5}


@lesson.check
def ten(trials):
    trials = instance(trials, trial.Trials, "the ten trials themselves, `trials`")
    found = trials.result()
    if found is None:
        raise Wrong(f"{trials.left} of the ten wait for an answer through {trials.filter}.")
    if found.hits + found.alarms in (0, found.present + found.absent):
        raise Wrong(
            "Ten times the same answer: that says how you decide, not what you can see. Choose "
            "another filter in the menu for ten new ones."
        )
    return f"Through {trials.filter}: {found.sentence()}"


@lesson.check
def steer(my_guess, *, steer_deg):
    guess = number(my_guess, "your guess", 0, 90)
    angle = abs(number(steer_deg, "the angle", -90, 90))
    left = scenes.likeness(angle)
    if angle == START_DEG:
        raise Wrong(f"That is still the first angle: {100 * left:.0f} % of the speckle is shared.")
    if left > ENOUGH:
        raise Wrong(f"At {angle:g} degrees {100 * left:.0f} % is shared. A quarter is allowed.")
    if angle > WIDEST_DEG:
        raise Wrong(
            f"{angle:g} degrees is more than a linear probe can steer, and most of the tissue would "
            "be seen from one side only. Less is enough."
        )
    if scenes.likeness(angle - 1) <= ENOUGH:
        raise Wrong(f"{angle:g} degrees is enough, and one degree less is, too. Find the smallest.")
    return (
        f"At {angle:g} degrees {100 * left:.0f} % of the speckle's power is still shared; you guessed "
        f"{guess:g}."
    )


@lesson.check
def corrected(corrected, *, averaged):
    _shifted(corrected, averaged)
    cell().follows(
        "corrected",
        _shifted,
        {"averaged": np.full((3, 4), 0.25)},
        typed="Right for this picture. Compute it from `averaged`.",
    )


def _shifted(found, averaged):
    added = array(found, np.shape(averaged), "`corrected`") - np.asarray(averaged, float)
    if np.ptp(added) > 1e-3:
        raise Wrong("Every pixel needs the same correction; here they differ.")
    if np.isclose(added.mean(), -BIAS, atol=1e-3):
        return
    if np.isclose(added.mean(), 0, atol=1e-6):
        raise Wrong("That is still the uncorrected picture.")
    if np.isclose(added.mean(), BIAS, atol=1e-3):
        raise Wrong("That makes it darker still. The mean of the log is too dark already.")
    if np.isclose(added.mean(), -scenes.BIAS_DB, atol=0.02):
        raise Wrong("2.507 is in dB. White is 60 dB above black, and 1 in grey.")
    raise Wrong(f"This adds {added.mean():.4f} in grey. How much is 2.507 dB where 60 dB are 1?")


@lesson.check
def share(share, *, before_with, before_without, after_with, after_without):
    given = {
        "before_with": before_with,
        "before_without": before_without,
        "after_with": after_with,
        "after_without": after_without,
    }
    _judged(number(share, "the share"), given)
    cell().follows(
        "share",
        lambda value, **other: _judged(number(value, "the share with other readings"), other),
        OTHER,
        BRIGHT,
        typed="Right for this spot. Compute it from the four readings, for any spot.",
    )
    return f"{100 * share:.0f} % of the contrast is left."


def _judged(found, given):
    before = given["before_with"] - given["before_without"]
    after = given["after_with"] - given["after_without"]
    right = after / before
    if np.isclose(found, right, atol=1e-3):
        return
    if np.isclose(found, 100 * right, atol=0.1):
        raise Wrong("That is in per cent. A share lies between 0 and 1: leave the 100 out.")
    if np.isclose(found, 1 / right, atol=1e-3):
        raise Wrong("Upside down: divide what is left after the filter by what was there before.")
    if np.isclose(found, -right, atol=1e-3):
        raise Wrong("The sign is turned: subtract 'without' from 'with' both above and below.")
    if np.isclose(found, given["after_with"] / given["before_with"], atol=1e-3):
        raise Wrong("Tissue has contrast without any spot. Subtract the pictures without it.")
    if np.isclose(found, after - before, atol=1e-3):
        raise Wrong("That is a difference in dB. How large is one as a share of the other?")
    if np.isclose(found, 1 - right, atol=1e-3):
        raise Wrong("That is the share that was lost. Asked is what is kept.")
    raise Wrong("Divide the change by the spot after the filter by the change before it.")


quiz_1, quiz_2, quiz_3 = lesson.questions()
