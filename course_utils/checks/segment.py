"""Checks of lesson 04: no shared patient, a slipped outline, which curve to trust, and flattery."""

import math

from course_utils.checks.lesson import Lesson, Wrong, choice, instance, number, panel
from course_utils.evaluate import metrics
from course_utils.segment import results

lesson = Lesson("04_segment")


@lesson.exercise(
    depth="write",
    hints=(
        "Make a set of each group's patients and put `&` between the two.",
        "set(train.patient_id) & set(...), with the test patients in place of the dots.",
    ),
    solution="shared = set(train.patient_id) & set(test.patient_id)",
    right="An empty set: nobody is in both. That is the whole proof, in one line.",
)
def shared(shared, *, train, test):
    both = instance(shared, (set, frozenset), "a set of patients")
    if both == set(train.patient_id) | set(test.patient_id):
        raise Wrong("That is everyone who is in either group: `|` joins, `&` gives what is shared.")
    if both:
        raise Wrong("The set is not empty. Compare the patients of train with those of test.")


@lesson.exercise(
    depth="press",
    hints=(
        "Dice stands above the picture. Move the first slider until it drops below 0.80.",
        "Go one pixel at a time, and stop at the first value below 0.80.",
    ),
    solution="slip.set(shift_px=8)  # the right number depends on how thick this muscle is",
    right="So few pixels. A thin structure pays more for each pixel of slip than a thick one.",
)
def slipped(slip, *, truth):
    shift = panel(slip, "shift_px")["shift_px"]
    here, before = (_dice(truth, pixels) for pixels in (shift, shift - 1))
    if here >= 0.80:
        raise Wrong(f"At {shift} pixels Dice is still {here:.2f}. Let it slip further.")
    if before < 0.80:
        raise Wrong(
            f"Dice is {here:.2f}, and it was below 0.80 earlier. Go back to where it first falls below."
        )


def _dice(truth, pixels):
    return metrics.dice(truth, (results.slip(truth, max(pixels, 0), 0.9) > 0.5).astype("uint8"))


@lesson.exercise(
    depth="change",
    hints=(
        "Which patients should decide: those the network learns from, or others?",
        "And which number is the one you will report?",
    ),
    solution='keep_by = "val_dice"',
    right="The score that you care about, on patients that it does not learn from.",
)
def keep_by(keep_by):
    answer = choice(keep_by, ("loss", "dice", "val_loss", "val_dice"))
    if answer in ("loss", "dice"):
        raise Wrong(
            "That one is measured on the patients it learns from. It nearly always gets better."
        )
    if answer == "val_loss":
        raise Wrong(
            "A fair choice, and many take it. But it is not the number you report, and the two can disagree."
        )


@lesson.exercise(
    depth="write",
    hints=("Subtract the honest share from the other one.", "100 * (by_image - by_patient_split)"),
    solution="flattery = 100 * (by_image - by_patient_split)",
    right="That is how much of the score was memory of the patient. The coin itself cannot be foretold.",
)
def flattery(flattery, *, by_image, by_patient):
    points = number(flattery, "the difference")
    truth = 100 * (by_image - by_patient)
    if math.isclose(points, truth, abs_tol=0.5):
        return
    if math.isclose(points, -truth, abs_tol=0.5):
        raise Wrong("The sign is the other way round: by image minus by patient.")
    if math.isclose(points, truth / 100, abs_tol=0.005):
        raise Wrong("That is the difference of the shares. For percentage points multiply by 100.")
    raise Wrong(
        "Subtract the share of the split by patient from that of the split by image, times 100."
    )


lesson.quiz(
    "A network reports Dice 0.90 on a muscle. What do you ask first?",
    a=("How many layers it has.", "The number of layers says nothing about your patients."),
    b=(
        "What a mask that never looks at the image would score.",
        "Yes: the floor. From 0.75 to 0.90 is a long way, from 0.88 to 0.90 is none.",
        True,
    ),
    c=(
        "Whether 0.90 is above the usual 0.85.",
        "There is no usual value: it depends on size and shape of the structure.",
    ),
)

lesson.quiz(
    "Training Dice climbs to 0.99, and validation Dice falls from 0.93 to 0.88. What do you do?",
    a=(
        "Train on; validation will follow.",
        "It goes the other way: the network learns its patients by heart.",
    ),
    b=("Report 0.99.", "That is the score on patients whose answers it was given."),
    c=(
        "Keep the epoch at which validation was best.",
        "Yes. And more patients would help more than more epochs.",
        True,
    ),
)

lesson.quiz(
    "You have 30 images of 6 patients in the test group. What is n for the interval?",
    a=(
        "6.",
        "Yes: images of one patient resemble each other and do not count as new evidence.",
        True,
    ),
    b=("30.", "That would make the interval far too narrow."),
    c=("36.", "Patients and images are not added."),
)

quiz_1, quiz_2, quiz_3 = (lesson.quizzes[f"quiz_{number}"] for number in (1, 2, 3))
