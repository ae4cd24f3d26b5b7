"""Checks of lesson 01: a calliper, a scale that is off by two, an audit, patients, and empty masks."""

import math

from course_utils import privacy
from course_utils.checks.lesson import Lesson, Wrong, choice, instance, integer, number, panel

lesson = Lesson("01_load")

CROSSES = ((459.5, 290.5), (498.5, 301.5))  # where the scanner drew its callipers, in pixels
REACH_PX = 3


@lesson.exercise(
    depth="press",
    hints=(
        "Put one orange cross on each white cross in the dark part, below the sector.",
        "The left one stands at 459.5 across and 290.5 down, the right one at 498.5 and 301.5.",
    ),
    solution="callipers.set((459.5, 290.5), (498.5, 301.5))",
    right="10.6 mm, as the scanner printed. You have checked a calibration by hand.",
)
def calliper(callipers):
    ends = panel(callipers, "p", "q")
    missing = [
        cross
        for cross in CROSSES
        if min(math.dist(cross, end) for end in (ends["p"], ends["q"])) > REACH_PX
    ]
    if len(missing) == 2:
        raise Wrong(
            "Neither cross is on one of the scanner's yet. They are in the dark, below the sector."
        )
    if missing:
        side = "left" if missing[0] == CROSSES[0] else "right"
        raise Wrong(f"One end is right. The scanner's {side} cross is still free.")


@lesson.exercise(
    depth="change",
    hints=(
        "The refusal says by what factor the picture was made smaller. Are there now more pixels on 19 cm, or fewer?",
        "Half as many pixels, each believed to be as small as before: 19 / 2.",
    ),
    solution="shown_cm = 9.5",
    right="9.5 cm: half as many pixels, each believed to be as small as before. Off by exactly two.",
)
def scale_error(shown_cm):
    shown = number(shown_cm, "the depth in cm")
    replies = {
        38: "You have the inverse. Fewer pixels, each believed to be as small as before, add up to less.",
        4.75: "You have divided by four, the factor of an area. A depth is one length.",
        2.375: "You have divided by eight, the factor of a volume. A depth is one length.",
        19: "19 cm is the true depth. The program counts fewer pixels than the table was written for.",
        2: "Two is the factor. What does the program show for 19 cm?",
        95: "That is in mm. The answer is wanted in cm.",
    }
    for value, reply in replies.items():
        if math.isclose(shown, value, rel_tol=0.01):
            raise Wrong(reply)
    if not math.isclose(shown, 9.5, rel_tol=0.01):
        raise Wrong(
            "Compare the width of the picture, 320 pixels, with the 640 that the table was written for."
        )


@lesson.exercise(
    depth="write",
    hints=(
        "The function is `privacy.audit`, and the cleaned data set is called `clean`.",
        "remaining = privacy.audit(...), with `clean` between the brackets.",
    ),
    solution="remaining = deidentify.audit(clean)",
    right="You asked again after cleaning.",
)
def audit(remaining, *, clean):
    remaining = instance(remaining, (list, tuple), "the list that `privacy.audit` gives")
    expected = [str(finding) for finding in privacy.audit(clean)]
    found = [str(finding) for finding in remaining]
    if found == expected:
        return f"You asked again after cleaning. Left for a person to judge: {'; '.join(found) or 'nothing'}."
    if any("PatientName" in finding for finding in found):
        raise Wrong(
            "This audit still finds the patient's name: it is of the original. Audit `clean`."
        )
    raise Wrong(
        "These are not the findings in `clean`. Give the result of `privacy.audit(clean)` itself."
    )


@lesson.exercise(
    depth="write",
    hints=("The column is called `patient_id`.", "patients = cases.patient_id.nunique()"),
    solution="patients = cases.patient_id.nunique()",
    right="That is your n. It is the number that every interval in this course is built on.",
)
def patients(patients, *, cases):
    truth = cases.patient_id.nunique()
    count = integer(patients, "the number of patients")
    if count == len(cases) and count != truth:
        raise Wrong("That is the number of images. Several belong to the same patient.")
    if count == cases.device.nunique():
        raise Wrong("That is the number of scanners. Look at the column `patient_id`.")
    if count != truth:
        raise Wrong("Count the different values in the column `patient_id`.")


@lesson.exercise(
    depth="change",
    hints=(
        "What does a correct answer look like on an image without muscle?",
        "A model that draws a muscle everywhere makes no mistake on images that all hold one.",
    ),
    solution='lost = "b"',
    right="False alarms. Without negative images nobody can count them: there is no specificity.",
)
def what_is_lost(lost):
    answer = choice(lost, ("a", "b", "c"))
    if answer == "a":
        raise Wrong(
            "How well an outline fits can be measured on the images that hold a muscle. What else is there?"
        )
    if answer == "c":
        raise Wrong(
            "The remaining masks still have their sizes. Think of what a model might do on an empty scan."
        )


lesson.quiz(
    "A PNG of a tendon arrives by mail, with no table. How thick is the tendon?",
    a=(
        "I count pixels and multiply by 0.1 mm, as for our own scanner.",
        "Depth setting and export size change the size of a pixel from one picture to the next.",
    ),
    b=(
        "I cannot say in millimetres.",
        "Yes. Ask for the DICOM file, or for a picture with its depth scale.",
        True,
    ),
    c=(
        "I compare with the size of the text on the screen.",
        "Text is drawn in pixels of the screen, whatever the depth of the image.",
    ),
)

lesson.quiz(
    "Why did the software accept the cropped file of the cyst but refuse the halved file of the heart?",
    a=(
        "Cropping takes pixels away and leaves the size of the others; halving changes the size of every pixel.",
        "Yes. A crop moves borders. A rescale changes the ruler.",
        True,
    ),
    b=(
        "The cyst was measured by a better scanner.",
        "Both tables were correct when the scanners wrote them.",
    ),
    c=(
        "The heart is a cine, and cines cannot be measured.",
        "A cine with a fitting table is measured frame by frame, like a still.",
    ),
)

lesson.quiz(
    "All tags of a file are empty, and the audit is clean. May you publish it?",
    a=(
        "Yes, that is what the audit is for.",
        "An audit finds what it was built to find. It reads no faces.",
    ),
    b=(
        "Not before a person has looked at every frame and at the file's name.",
        "Yes. Tools narrow the work; a person signs.",
        True,
    ),
    c=(
        "Yes, if the patient's number was replaced by a random one.",
        "The number is one identifier among many. Pixels and file names know others.",
    ),
)

quiz_1, quiz_2, quiz_3 = (lesson.quizzes[f"quiz_{number}"] for number in (1, 2, 3))
