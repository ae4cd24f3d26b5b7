"""Checks of lesson 15: the gate, an inspected folder, how many patients, and what a model is for."""

from course_utils.checks.lesson import Lesson, Wrong, integer, is_panel, text
from course_utils.your_own_data import intended

lesson = Lesson("15_your_own_data")


@lesson.check
def inspected(form):
    report = getattr(form, "report", None) if is_panel(form) else None
    if report is None or not hasattr(report, "problems"):
        raise Wrong(
            "There is no report in the form yet. Give a folder that exists and press *Check*."
        )


@lesson.check
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


@lesson.check
def intended_use(what, in_whom, by_whom, *, synthetic=True, folder=""):
    said = [
        text(value, name)
        for value, name in ((what, "what"), (in_whom, "in_whom"), (by_whom, "by_whom"))
    ]
    wrong = intended.problems(said, bool(synthetic), own=bool(folder))
    if wrong:
        raise Wrong(wrong[0])


gate, quiz_1, quiz_2, quiz_3 = lesson.questions()
