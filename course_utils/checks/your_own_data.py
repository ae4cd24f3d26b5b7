"""Checks of lesson 15: the gate, an inspected folder, how many patients, and what a model is for."""

from course_utils.checks.lesson import Lesson, Wrong, integer, is_panel, text
from course_utils.your_own_data import intended

lesson = Lesson("15_your_own_data")

gate = lesson.quiz(
    "You have 200 clips on a stick, exported last week, names removed by hand. May you use them here?",
    name="gate",
    a=(
        "Yes, since the names are gone and nobody will know.",
        "Names stand in tags, pixels, file names and dates as well, and "
        "permission is another matter.",
    ),
    b=(
        "On my own computer, after permission and an audit.",
        "Permission first, then the audit, then a computer that is yours.",
        True,
    ),
    c=(
        "On Binder, because nothing is stored there for long.",
        "Binder's servers are public and not yours. Nothing of a patient goes there.",
    ),
)


@lesson.exercise(
    depth="press",
    hints=(
        "The folder is filled in already. Press the button under it.",
        "In code, `form.check()` does the same.",
    ),
    solution="form.check()",
    right="Checked, and not one file was touched.",
)
def inspected(form):
    report = getattr(form, "report", None) if is_panel(form) else None
    if report is None or not hasattr(report, "problems"):
        raise Wrong(
            "There is no report in the form yet. Give a folder that exists and press *Check*."
        )


@lesson.exercise(
    depth="change",
    hints=("How many frames belong to one patient?", "Two sweeps of ten frames are 20 frames."),
    solution="how_many = 3",
    right="Three patients and 60 images, and both numbers stand in the sentence.",
)
def how_many(how_many):
    count = integer(how_many, "the number of patients")
    if count == 60:
        raise Wrong("That is the number of images. Many of them show the same patient.")
    if count == 6:
        raise Wrong("That is the number of sweeps. Each patient gave two.")
    if count in (10, 20):
        raise Wrong("That is a number of frames, of a sweep or of a patient.")
    if count != 3:
        raise Wrong("Divide all frames by the frames of one patient.")


@lesson.exercise(
    depth="write",
    hints=(
        "What does it draw or measure? In which images or people? Who uses it?",
        'Three texts: what = "Outlining the ...", in_whom = "... scans", by_whom = "..."',
    ),
    solution='what = "Outlining the calf muscle"\nin_whom = "synthetic scans of this course"\n'
    'by_whom = "learners of this course"',
    right="A sentence that can be held against you: that is what it is for.",
)
def intended_use(what, in_whom, by_whom, *, synthetic=True):
    said = [
        text(value, name)
        for value, name in ((what, "what"), (in_whom, "in_whom"), (by_whom, "by_whom"))
    ]
    wrong = intended.problems(said, bool(synthetic))
    if wrong:
        raise Wrong(wrong[0])


lesson.quiz(
    "Your folder has no patient column, and images are named by date and time. What do you do?",
    a=(
        "Treat every image as a patient of its own, to be safe.",
        "Then neighbours in time land on both sides of the split.",
    ),
    b=(
        "Ask who exported them; until then, group by session.",
        "A careful guess now, the truth as soon as you can have it.",
        True,
    ),
    c=(
        "Leave the column empty, and say so in the report.",
        "Every interval in this course needs it.",
    ),
)

lesson.quiz(
    "The checker finds an image in the training folder and nearly the same one in the test folder.",
    a=(
        "Leave both: two patients can look very much alike.",
        "It may be so. Look at both before you decide.",
    ),
    b=(
        "Delete one of the two files, and train once more.",
        "Nothing is deleted. And the next pair may be of the same patient.",
    ),
    c=(
        "See if it is one person; mend the table and split.",
        "The column is repaired, not the symptom.",
        True,
    ),
)

lesson.quiz(
    "Dice 0.93, eight test patients, one of them 0.10. What is the next step?",
    a=(
        "Study that patient, and test more before any use.",
        "One in eight is not rare.",
        True,
    ),
    b=(
        "Report the median, which is 0.95, with its range.",
        "The median hides the very patient who matters.",
    ),
    c=(
        "Leave that patient out, as an outlier of the set.",
        "Then it works for the patients for whom it works.",
    ),
)

quiz_1, quiz_2, quiz_3 = (lesson.quizzes[f"quiz_{number}"] for number in (1, 2, 3))
