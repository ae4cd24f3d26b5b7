"""Checks of lesson 00: gain, a heart rate, the length of a clip, claims, and the privacy gate."""

import math
from types import SimpleNamespace

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, cell, choice, number, panel

lesson = Lesson("00_start_here")


@lesson.check
def grey_blood(loop):
    gain_db = panel(loop, "gain_db")["gain_db"]
    if gain_db < 0:
        raise Wrong("You turned the gain down: the cavities are blacker than before.")
    if gain_db < 10:
        raise Wrong(f"At {gain_db:+} dB the cavities are still nearly black. Go further.")


@lesson.check
def heart_rate(my_heart_rate):
    rate = number(my_heart_rate, "a heart rate")
    if rate <= 0:
        raise Wrong(f"A heart that beats has a rate above 0; yours is {rate:g}.")
    if rate == 72:
        raise Wrong("72 is the rate in the cell above: 0.83 seconds a beat.")
    if math.isclose(rate, 1.2 * 60) or math.isclose(rate, 1.2):
        raise Wrong("You have multiplied. A longer beat means a lower rate: divide 60 by 1.2.")
    if not math.isclose(rate, 50, abs_tol=0.05):
        raise Wrong(f"At {rate:g} a minute one beat lasts {60 / rate:.2f} s; 1.2 s are wanted.")


@lesson.check
def clip_seconds(clip_seconds, beats_at_60):
    seconds = number(clip_seconds, "the length of the clip")
    beats = number(beats_at_60, "the number of beats")
    if math.isclose(seconds, 900, rel_tol=0.01):
        raise Wrong("You have multiplied pictures by pictures a second. Divide them.")
    if seconds == 30:
        raise Wrong("30 is the number of pictures, not of seconds.")
    if not math.isclose(seconds, 1, abs_tol=0.01):
        raise Wrong(f"{seconds:g} s: divide the number of pictures by the pictures a second.")
    if not math.isclose(beats, seconds, rel_tol=0.01):
        raise Wrong(f"{beats:g} beats: at 60 a minute there is one beat in each second.")
    if cell().typed("clip_seconds"):
        raise Wrong("One second is right for this clip. Compute it from `scan` for any clip.")
    other = cell().again(
        "clip_seconds", scan=SimpleNamespace(pixels=np.zeros((90, 2, 2)), fps=45.0)
    )
    if other is not None and not math.isclose(number(other), 2, abs_tol=0.01):
        raise Wrong(f"For 90 pictures at 45 a second your lines give {number(other):g}, not 2 s.")
    return f"{seconds:.2f} s, {beats:.1f} beats. A single beat is thin evidence for anything."


CLAIMS = {
    "A": (
        "hype",
        "A: 99 % of what? Of how many patients, how ill, and had the model seen them before?",
    ),
    "B": (
        "signal",
        "B can be checked: the patients are counted, they were new, and there is an interval.",
    ),
    "C": ("hype", "C: a heat map can look right while the answer is wrong. Lesson 07 shows it."),
}


@lesson.check
def claims(claim_a, claim_b, claim_c):
    for answer, (name, (truth, reason)) in zip(
        (claim_a, claim_b, claim_c), CLAIMS.items(), strict=False
    ):
        if choice(answer, ("signal", "hype"), f"claim {name}") != truth:
            raise Wrong(f"Look at {reason}")


privacy_gate, quiz_1, quiz_2, quiz_3 = lesson.questions()
