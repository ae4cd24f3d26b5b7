"""Checks of lesson 01: a calliper, a scale off by two, a cine, an audit, patients, empty masks."""

import math

import pandas as pd

from course_utils import privacy
from course_utils.checks.lesson import (
    Lesson,
    Wrong,
    cell,
    choice,
    instance,
    integer,
    number,
    panel,
)

lesson = Lesson("01_load")

CROSSES = ((459.5, 290.5), (498.5, 301.5))  # where the scanner drew its callipers, in pixels
REACH_PX = 3
CX50_MM = 0.2623  # millimetres of one pixel, from the file's region table


@lesson.check
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
    length = CX50_MM * math.dist(ends["p"], ends["q"])
    return f"You measure {length:.1f} mm where the scanner printed 10.6: a calibration by hand."


@lesson.check
def scale_error(shown_cm):
    shown = number(shown_cm, "the depth in cm")
    replies = {
        38: "You have the inverse. Fewer pixels, each taken for as small as before, are less.",
        4.75: "You have divided by four, the factor of an area. A depth is one length.",
        2.375: "You have divided by eight, the factor of a volume. A depth is one length.",
        19: "19 cm is the true depth. The program counts fewer pixels than the table expects.",
        2: "Two is the factor. What does the program show for 19 cm?",
        95: "That is in mm. The answer is wanted in cm.",
    }
    for value, reply in replies.items():
        if math.isclose(shown, value, rel_tol=0.01):
            raise Wrong(reply)
    if not math.isclose(shown, 9.5, rel_tol=0.01):
        raise Wrong(
            f"{shown:g} cm is not it. Compare the width of the picture, 320 pixels, with the 640 "
            "that the table was written for."
        )


MARKS = (69.5, 118.5)  # the rows of the marks for 5 and 10 cm beside the real heart
TRUE_MM = 50 / (MARKS[1] - MARKS[0])


@lesson.check
def cine(mm_per_pixel, small_mm, large_mm):
    scale = number(mm_per_pixel, "the size of a pixel")
    small, large = number(small_mm, "the small width"), number(large_mm, "the large width")
    if math.isclose(scale, 1 / TRUE_MM, rel_tol=0.01):
        raise Wrong("Upside down: divide millimetres by pixels.")
    if math.isclose(scale, TRUE_MM / 10, rel_tol=0.02):
        raise Wrong(f"{scale:g} is in cm. 5 cm are 50 mm.")
    if math.isclose(scale, TRUE_MM / 2, rel_tol=0.02):
        raise Wrong(f"{scale:g} mm is what the table says, and the table is off by two.")
    if not math.isclose(scale, TRUE_MM, rel_tol=0.02):
        raise Wrong(f"{scale:g} mm to a pixel? The marks stand 50 mm apart.")
    pixels = (small / scale, large / scale)
    if not (30 <= pixels[0] <= 42 and 45 <= pixels[1] <= 57):
        raise Wrong(
            f"Your widths are {pixels[0]:.0f} and {pixels[1]:.0f} pixels. From septum to side wall "
            "it is about 36 in frame 6 and about 51 in frame 20."
        )
    return (
        f"{small:.0f} mm and {large:.0f} mm: {100 * (large - small) / large:.0f} % narrower in one "
        "plane of one beat. The millimetres come from marks that you read yourself."
    )


@lesson.check
def audit(remaining, *, clean):
    remaining = instance(remaining, (list, tuple), "the list that `privacy.audit` gives")
    expected = [str(finding) for finding in privacy.audit(clean)]
    found = [str(finding) for finding in remaining]
    if sorted(found) == sorted(expected):
        left = "; ".join(found) or "nothing"
        return f"You asked again after cleaning. Left for a person to judge: {left}."
    if any("PatientName" in finding for finding in found):
        raise Wrong(
            "This audit still finds the patient's name: it is of the original. Audit `clean`."
        )
    raise Wrong(
        "These are not the findings in `clean`. Give the result of `privacy.audit(clean)` itself."
    )


@lesson.check
def patients(patients, *, cases):
    truth = cases.patient_id.nunique()
    count = integer(patients, "the number of patients")
    if count == len(cases) and count != truth:
        raise Wrong(f"{count} is the number of images. Several belong to the same patient.")
    if count == cases.device.nunique() and count != truth:
        raise Wrong(f"{count} is the number of scanners. Look at the column `patient_id`.")
    if count != truth:
        raise Wrong(f"Not {count}. Count the different values in the column `patient_id`.")
    if cell().typed("patients"):
        raise Wrong(f"{count} is right for this table. Let the table count, for the next one too.")
    for other in (cases.sample(frac=1, random_state=3), _second_table(cases)):
        said = cell().again("patients", cases=other)
        if said is not None and integer(said) != other.patient_id.nunique():
            raise Wrong(f"For another table your line gives {said}: count `patient_id`.")
    return f"n = {count}. It is the number that every interval in this course is built on."


def _second_table(cases):
    """Another set of patients with the same columns: eleven images of four people."""
    rows = pd.concat([cases] * (11 // len(cases) + 1), ignore_index=True).head(11)
    return rows.assign(patient_id=list("QQRRRSSTTTT"), device="Z")


@lesson.check
def what_is_lost(lost):
    answer = choice(lost, ("a", "b", "c"))
    if answer == "a":
        raise Wrong("How well an outline fits can be measured on the images that hold a muscle.")
    if answer == "c":
        raise Wrong(
            "The remaining masks still have their sizes. What might a model do on an empty scan?"
        )


quiz_1, quiz_2, quiz_3 = lesson.questions()
