"""Checks of lesson 08: an interval over patients, a guess, predictive values."""

import math

from course_utils.checks.lesson import Lesson, Wrong, number, panel

lesson = Lesson("08_evaluate")


@lesson.exercise(
    depth="write",
    hints=(
        "`evaluate.bootstrap(...)` with the column of Dice values in the brackets.",
        "interval = evaluate.bootstrap(patients.dice, seed=SEED)",
    ),
    solution="interval = evaluate.bootstrap(patients.dice, seed=SEED)",
    right="A mean and the two ends of its interval. With so few patients it is far too narrow.",
)
def interval(interval, *, patients):
    values = _three(interval)
    mean = float(patients.dice.mean())
    if abs(values[0] - mean) > 1e-6:
        if 0.0 <= values[0] <= 1.0:
            raise Wrong(
                f"The estimate is {values[0]:.3f}, and the mean over the patients is "
                f"{mean:.3f}. Which column did you take?"
            )
        raise Wrong("Dice lies between 0 and 1. Take the column `patients.dice`.")
    if not values[1] <= values[0] <= values[2]:
        raise Wrong("The order is estimate, low, high.")
    if values[1] == values[2] and patients.dice.nunique() > 1:
        raise Wrong("The interval has no width. Give the single values, not their mean.")


def _three(value):
    try:
        values = [float(part) for part in tuple(value)[:3]]
    except (TypeError, ValueError):
        values = []
    if len(values) != 3 or not all(math.isfinite(part) for part in values):
        raise Wrong(
            "This is not what `evaluate.bootstrap` gives: an estimate, a low and a high end."
        )
    return values


@lesson.exercise(
    depth="change",
    hints=(
        "There is no wrong guess here. Any number from 0 to 1 counts.",
        "Write for example 0.10, if you expect it to fall from 0.98 to 0.88.",
    ),
    solution="my_guess = 0.10",
    right="Noted.",
)
def guess(my_guess, *, scores):
    points = number(my_guess, "the fall in Dice")
    if points > 1:
        raise Wrong("Dice runs from 0 to 1, so a fall of 10 points is 0.10.")
    if points < 0:
        raise Wrong("A fall is a positive number. If you expect it to rise, write 0.")
    means = scores.groupby(["device", "patient_id"]).dice.mean().groupby("device").mean()
    fell = float(means.max() - means.min())
    word = (
        "close to" if abs(fell - points) < 0.05 else "less than" if points < fell else "more than"
    )
    return f"You guessed {points:.2f}; it fell by {fell:.2f}. Your guess was {word} what happened."


@lesson.exercise(
    depth="press",
    hints=(
        "Fewer ill people, the same test: what happens to the false alarms?",
        "Move the slider to the left, to a few per cent.",
    ),
    solution="thousand.set(prevalence_percent=2)",
    right="The test is the same, and its positive result now means 'probably not'.",
)
def mostly_wrong(thousand, *, result):
    percent = panel(thousand, "prevalence_percent")["prevalence_percent"]
    ill = percent / 100
    sensitivity, specificity = (_first(part) for part in (result.sensitivity, result.specificity))
    true, false = ill * sensitivity, (1 - ill) * (1 - specificity)
    if true + false == 0:
        raise Wrong("At this prevalence nobody tests positive. Go up a little.")
    right = true / (true + false)
    if right >= 0.5:
        raise Wrong(
            f"At {percent:g} % a positive result is still right in {100 * right:.0f} of "
            "100. Go further down."
        )


def _first(value):
    return float(value[0]) if isinstance(value, tuple) else float(value)


@lesson.exercise(
    depth="change",
    hints=("How many people test positive in all?", "18 of the 18 + 36 positives are ill."),
    solution="ppv_percent = 33",
    right="One in three. Of those who are called back, two are well.",
)
def ppv(ppv_percent):
    percent = number(ppv_percent, "the predictive value in per cent")
    if abs(percent - 100 / 3) <= 0.5:
        return
    if abs(percent - 1 / 3) < 0.01:
        raise Wrong("That is the share. Multiply by 100 for per cent.")
    if abs(percent - 90) < 0.5:
        raise Wrong("That is the sensitivity: the share of the ill who test positive.")
    if abs(percent - 50) < 0.5:
        raise Wrong("You divided by the false alarms. Divide by all who test positive.")
    if abs(percent - 80) < 0.5:
        raise Wrong("That is the specificity: the share of the healthy who test negative.")
    if abs(percent - 9) < 0.5:
        raise Wrong("You divided by all patients. Divide by those who test positive.")
    raise Wrong("Divide the ill among the positives by all the positives.")


lesson.quiz(
    "Dice 0.95 (0.94 to 0.96) over 300 images of 6 patients. What is wrong with the interval?",
    a=(
        "It counts images, and there are six patients; it is far too narrow.",
        "Images of one patient repeat each other.",
        True,
    ),
    b=("It is too wide for 300 images.", "For 300 independent images it might be. They are not."),
    c=("Nothing.", "Ask how many patients there were before you look at the interval."),
)

lesson.quiz(
    "'Positive predictive value 92 %', says the leaflet. Which number do you ask for first?",
    a=("The number of images.", "Worth knowing, but it does not change what the value means."),
    b=("The Dice.", "It says how well an area was outlined."),
    c=(
        "The prevalence in the study.",
        "At another prevalence the same test has another value.",
        True,
    ),
)

lesson.quiz(
    "Readers were right in 80 % alone and in 84 % with the AI. What else must be reported?",
    a=("How long they took.", "Useful, but the harm may hide elsewhere."),
    b=(
        "How often a wrong suggestion made them give up a right answer.",
        "A gain on average can contain new errors, and they are the AI's.",
        True,
    ),
    c=(
        "The accuracy of the AI alone.",
        "Worth having, but it does not say what it did to the readers.",
    ),
)

quiz_1, quiz_2, quiz_3 = (lesson.quizzes[f"quiz_{number}"] for number in (1, 2, 3))
