"""Checks of lesson 00: gain, a heart rate, the length of a clip, claims, and the privacy gate."""

import math
from types import SimpleNamespace

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, cell, choice, number, panel

lesson = Lesson("00_start_here")


@lesson.exercise(
    depth="press",
    hints=("Drag the lower slider to the right and watch the dark cavities.", "Try +18 dB."),
    solution="loop.set(gain_db=18)",
    right="The blood is grey now, and so is the noise in it. You know no more about this heart than before.",
)
def grey_blood(loop):
    gain_db = panel(loop, "gain_db")["gain_db"]
    if gain_db < 0:
        raise Wrong("You turned the gain down: the cavities are blacker than before.")
    if gain_db < 10:
        raise Wrong(f"At {gain_db:+} dB the cavities are still nearly black. Go further.")


@lesson.exercise(
    depth="change",
    hints=("A minute has 60 seconds. How many beats of 1.2 seconds fit into it?", "60 / 1.2"),
    solution="my_heart_rate = 50",
    right="60 divided by 1.2: one beat lasts 1.2 seconds.",
)
def heart_rate(my_heart_rate):
    rate = number(my_heart_rate, "a heart rate")
    if rate == 72:
        raise Wrong("72 is the rate in the cell above: 0.83 seconds a beat.")
    if math.isclose(rate, 1.2 * 60) or math.isclose(rate, 1.2):
        raise Wrong("You have multiplied. A longer beat means a lower rate: divide 60 by 1.2.")
    if not math.isclose(rate, 50, abs_tol=0.05):
        raise Wrong(
            f"At {rate:g} a minute one beat lasts {abs(60 / rate) if rate else math.inf:.2f} s; 1.2 s are wanted."
        )


@lesson.exercise(
    depth="write",
    hints=(
        "Thirty pictures at thirty pictures a second: how long?",
        "Divide `len(scan.pixels)` by `scan.fps`, with `/` between them.",
    ),
    solution="clip_seconds = len(scan.pixels) / scan.fps\nbeats_at_60 = 60 * clip_seconds / 60",
    right="Computed from the scan, so it stays right for the next clip.",
)
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


@lesson.exercise(
    depth="change",
    hints=(
        "Ask of each sentence: in which patients, how many, and seen before or not?",
        "Only one of the three answers all of these.",
    ),
    solution='claim_a, claim_b, claim_c = "hype", "signal", "hype"',
    right="B says in whom, how many and how sure. The other two leave out what you would need.",
)
def claims(claim_a, claim_b, claim_c):
    for answer, (name, (truth, reason)) in zip(
        (claim_a, claim_b, claim_c), CLAIMS.items(), strict=False
    ):
        if choice(answer, ("signal", "hype"), f"claim {name}") != truth:
            raise Wrong(f"Look at {reason}")


privacy_gate = lesson.quiz(
    "You want to try the course on a scan from last week's clinic. What do you do?",
    name="privacy_gate",
    a=(
        "Crop the name off the picture, check it twice, and upload it to Binder.",
        "No. Binder is a public computer, and the name may also stand in the tags, in the file "
        "name and elsewhere in the pixels. No patient data goes there, cropped or not.",
    ),
    b=(
        "Use it on my own computer only, once the hospital has agreed.",
        "Yes. That is the rule of this workbook, and lesson 15 holds you to it.",
        True,
    ),
    c=(
        "Ask the patient whether it is all right, and then upload it.",
        "Asking the patient is right, but a yes at the bedside is not your hospital's agreement, "
        "and Binder is still a public computer.",
    ),
)

lesson.quiz(
    "You turn up the gain of a stored picture, and a border comes into view. What has happened?",
    a=(
        "The file now holds more information about it.",
        "No new echo was recorded. The numbers were only shown brighter.",
    ),
    b=(
        "It was in the file, too dark for your eye.",
        "Yes. Display decides what you notice; acquisition decides what there is.",
        True,
    ),
    c=(
        "The computer has drawn what it expected there.",
        "Gain only multiplies each pixel by the same number. It cannot draw.",
    ),
)

lesson.quiz(
    "A model is validated on 300 images. When is that a test on *new patients*?",
    a=(
        "When none of the 300 images was used in training.",
        "Not enough: frames of one clip are different images of the same patient.",
    ),
    b=(
        "When nobody in them has an image in training.",
        "Yes: separated by patient. Lesson 04 shows how much the difference matters.",
        True,
    ),
    c=(
        "When they were chosen at random by a computer.",
        "Random choice puts images of one patient on both sides, a common mistake in papers.",
    ),
)

lesson.quiz(
    "A colleague wants to use your finished model from this course on the ward. What do you say?",
    a=(
        "Yes, if its Dice in the last lesson is above 0.9.",
        "A score on synthetic pictures says nothing about a patient on your ward.",
    ),
    b=(
        "Yes, but as a second opinion after the first.",
        "A second opinion changes decisions too. That makes it a medical device, and this is none.",
    ),
    c=(
        "No: it is for learning, and untested in patients.",
        "Yes. Not for diagnosis, not as a second opinion, not just this once.",
        True,
    ),
)

quiz_1, quiz_2, quiz_3 = (lesson.quizzes[f"quiz_{number}"] for number in (1, 2, 3))
