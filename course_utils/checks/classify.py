"""Checks of lesson 11: twelve shoulders, a map of distances, how many ill patients, a rare disease."""

from functools import partial

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, array, cell, integer, number, panel
from course_utils.classify import maps
from course_utils.evaluate import diagnostics, intervals

lesson = Lesson("11_classify")
SENSITIVITY, SPECIFICITY = 26 / 30, 65 / 70  # of the paper, by the counts that fit its percentages
HALF = 0.05  # wanted: an interval of so much on either side


@lesson.check
def called(board):
    left = integer(panel(board, "left")["left"], "what is left")
    if left:
        raise Wrong(
            f"{left} of the shoulders wait for your call. Nothing is shown before the last."
        )
    return "All twelve are called. The next cell shows the network's calls and the truth."


@lesson.check
def distance(signed, *, mask, spacing):
    mask = np.asarray(mask)
    _distance(signed, mask, spacing)
    other = np.zeros((24, 30), bool)
    other[6:15, 4:22] = True
    cell().follows(
        "signed",
        partial(_distance, also=" With another outline and other pixels it goes wrong."),
        {"mask": other, "spacing": (0.5, 0.5)},
        {"mask": other.T.copy(), "spacing": (0.2, 0.7)},
        typed="Right for this outline. Compute it from `mask` and `spacing`.",
    )


def _distance(signed, mask, spacing, also=""):
    found = array(signed, mask.shape, "the map").astype(float)
    want = maps.signed_distance(mask, spacing)
    if np.allclose(found, want, atol=1e-3):
        return
    if np.allclose(found, -want, atol=1e-3):
        raise Wrong(f"The signs are the wrong way round: above 0 is inside.{also}")
    if np.allclose(found, np.abs(want), atol=1e-3):
        raise Wrong(f"Inside and outside look alike. Subtract, do not add.{also}")
    if np.allclose(found, np.maximum(want, 0), atol=1e-3):
        raise Wrong(f"Outside all is 0. Subtract the distance that `~mask` gives.{also}")
    if np.allclose(found, np.minimum(want, 0), atol=1e-3):
        raise Wrong(f"Inside all is 0. Add the distance that `mask` gives.{also}")
    if np.allclose(found, maps.signed_distance(mask, (1, 1)), atol=1e-3):
        raise Wrong(f"These are pixels. `sampling=spacing` makes them millimetres.{also}")
    raise Wrong(f"That is not the distance to the outline in mm, above 0 inside.{also}")


@lesson.check
def enough(my_guess, *, ill):
    guess, count = number(my_guess, "your guess", 1), integer(ill, "ill", 1)
    half = half_width(count)
    if half > HALF:
        raise Wrong(
            f"{count} ill patients give an interval of about {100 * half:.0f} points on either side. "
            f"More are needed for {100 * HALF:.0f}."
        )
    least = next(n for n in range(1, 5000) if half_width(n) <= HALF)
    if count > 1.15 * least:
        raise Wrong(
            f"{count} are enough, and more than enough. Come down, to within a tenth or so."
        )
    far = "close" if 0.75 < guess / least < 1.33 else "too few" if guess < least else "too many"
    return f"About {least} ill patients; you guessed {guess:.0f}, {far}. The paper had 30."


def half_width(ill, share=SENSITIVITY):
    """Half the width of the Wilson interval of the paper's sensitivity with so many ill patients."""
    low, high = intervals.wilson(share, ill)
    return float(high - low) / 2


@lesson.check
def rare(panel_of):
    share = panel(panel_of, "prevalence")["prevalence"]
    ppv = diagnostics.predictive_values(SENSITIVITY, SPECIFICITY, share).ppv
    if ppv >= 0.5:
        raise Wrong(
            f"At {100 * share:.0f} % a positive answer is still right in {100 * ppv:.0f} %. Go lower."
        )
    more = diagnostics.predictive_values(SENSITIVITY, SPECIFICITY, share + 0.02).ppv
    if more < 0.5:
        raise Wrong("Lower than it has to be. Come back, to where it just falls below one half.")
    return (
        f"Where {100 * share:.0f} in 100 have it, {100 * (1 - ppv):.0f} of 100 positive answers are wrong, "
        "by the same test."
    )


quiz_1, quiz_2, quiz_3 = lesson.questions()
