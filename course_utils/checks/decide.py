"""Checks of lesson 12: hearts read twice, patients needed, an intercept, net benefit, a quiet rule."""

import math
from functools import partial

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, cell, integer, number, panel
from course_utils.decide import early
from course_utils.decide import risk as risks

lesson = Lesson("12_decide")
QUIET, VISITS = 50, 4  # unchanged patients in 1000 who may ring, and over how many visits


@lesson.check
def read(reader):
    left = integer(panel(reader, "left")["left"], "what is left")
    if left:
        raise Wrong(f"{left} readings are left. The result comes when all hearts are read twice.")
    return "All hearts are read twice. The next cell shows what the machine did to you."


@lesson.check
def sample(my_guess, *, predictors, needed):
    guess, count = number(my_guess, "your guess", 1), integer(predictors, "predictors", 1)
    if count == 5:
        raise Wrong("That is still five predictors. Change `predictors`, such as to 8, and run.")
    if needed != risks.patients_needed(count, 0.1):
        raise Wrong("Leave `r_squared` at 0.1, so that only the predictors have changed.")
    far = "close" if 0.8 < guess / needed < 1.25 else "too few" if guess < needed else "too many"
    return f"{count} predictors need {needed} patients; you guessed {guess:.0f}, {far}."


@lesson.check
def update(updated, *, risk, shift):
    _moved(updated, np.asarray(risk, float), shift)
    cell().follows(
        "updated",
        partial(_moved, also=" With other risks and another shift your line goes wrong."),
        {"risk": np.array([0.1, 0.5, 0.8]), "shift": -1.0},
        {"risk": np.array([0.3, 0.6, 0.9]), "shift": 0.7},
        typed="Right for these patients. Compute it from `risk` and `shift`.",
    )


def _moved(values, risk, shift, also=""):
    found = _column(values, len(risk))
    if np.allclose(found, risks.shifted(risk, shift), atol=1e-5):
        return
    if np.allclose(found, risks.shifted(risk, -shift), atol=1e-5):
        raise Wrong(f"That moves the risks the other way. Add the shift.{also}")
    if np.allclose(found, risk + shift) or np.allclose(found, np.clip(risk + shift, 0, 1)):
        raise Wrong(f"A shift added to a probability leaves 0 to 1. Add it to the log odds.{also}")
    if np.allclose(found, np.log(risk / (1 - risk)) + shift, atol=1e-5):
        raise Wrong(f"These are log odds. Come back to probabilities with `expit`.{also}")
    raise Wrong(f"These are not the risks moved by the shift on the scale of log odds.{also}")


def _column(values, count):
    try:
        found = np.asarray(values, float)
    except Exception:  # any object may be passed, also one that refuses to be looked at
        found = np.empty(0)
    if found.shape != (count,):
        raise Wrong(f"One risk for each of the {count} patients is wanted.")
    return found


@lesson.check
def benefit(worth, *, ill, acted, threshold):
    _worth(worth, ill, acted, threshold)
    few, more = ([1, 0, 0, 1], [1, 1, 1, 0]), ([1, 1, 0, 0, 0], [1, 0, 1, 0, 0])
    cell().follows(
        "worth",
        _worth,
        {"ill": np.array(more[0], bool), "acted": np.array(more[1], bool), "threshold": 0.25},
        {"ill": np.array(few[0], bool), "acted": np.array(few[1], bool), "threshold": 0.5},
        typed="Right for this hospital. Compute it from `ill`, `acted` and `threshold`.",
    )
    price = (1 - threshold) / threshold
    return (
        f"{worth:.3f} hits per patient, after {price:.0f} false alarms have been paid with a hit."
    )


def _worth(value, ill, acted, threshold):
    value = number(value, "`worth`")
    hits, false = (ill & acted).mean(), (~ill & acted).mean()
    odds = threshold / (1 - threshold)
    if math.isclose(value, hits - false * odds, abs_tol=5e-4):
        return
    for wrong, why in (
        (hits - false, "False alarms are not yet weighed: times threshold / (1 - threshold)."),
        (hits - false / odds, "The price is upside down: threshold / (1 - threshold)."),
        (hits - false * threshold, "The price is threshold / (1 - threshold), not the threshold."),
        (
            (hits - false * odds) * len(ill),
            "That is for all patients. Divide by how many there are.",
        ),
        (hits, "That counts the hits only. Take the false alarms off, at their price."),
    ):
        if math.isclose(value, wrong, abs_tol=5e-4):
            raise Wrong(why)
    raise Wrong("That is not hits minus priced false alarms, per patient.")


@lesson.check
def quiet(rule):
    values = panel(rule, "drop", "visits")
    drop, visits = values["drop"], values["visits"]
    if visits != VISITS:
        raise Wrong(f"Put the visits back to {VISITS}: the question is about {VISITS} visits.")
    false = round(1000 * early.ringing(drop, visits))
    if false >= QUIET:
        raise Wrong(f"At {drop} points {false} of 1000 unchanged patients still ring. Go further.")
    if round(1000 * early.ringing(drop - 1, visits)) < QUIET:
        raise Wrong(f"{drop} points is quieter than needed. Come back, to the smallest that does.")
    kept = round(1000 * early.ringing(drop, visits, 10.0))
    return (
        f"At {drop} points {false} of 1000 ring for nothing, and of 1000 who lost ten points only "
        f"{kept} ring."
    )


quiz_1, quiz_2, quiz_3 = lesson.questions()
