"""Checks of lesson 05: a generous outline, another price, and patients who did worse."""

import math

from course_utils.checks.lesson import Lesson, Wrong, integer, number, panel
from course_utils.evaluate import metrics
from course_utils.segment import pictures

lesson = Lesson("05_fine_tune")


@lesson.exercise(
    depth="press",
    hints=("Beta is the price of a missed pixel. Make missing expensive.", "Try a beta of 0.95."),
    solution="prices.set(beta=0.95)",
    right="Nearly all of it is in, and some of its neighbours too. That is the price.",
)
def generous(prices, *, truth, probability):
    beta = panel(prices, "beta")["beta"]
    recall, most = (
        metrics.recall(truth, pictures.cheapest(truth, probability, price)[0])
        for price in (beta, 0.95)
    )
    if recall < most - 0.005:
        raise Wrong(
            f"At a beta of {beta:.2f} recall is {recall:.3f}, and it can rise to {most:.3f}. Which "
            "price has to rise?"
        )


@lesson.exercise(
    depth="change",
    hints=(
        "Beta is the price of a missed pixel, between 0 and 1. Put another number in its place.",
        "my_beta, my_guess = 0.9, 0.95",
    ),
    solution="my_beta, my_guess = 0.9, 0.97",
    right="One run is one run: another seed moves this number, too.",
)
def repriced(my_guess, *, beta, recall, was):
    beta, guess = number(beta, "beta", 0, 1), number(my_guess, "your guess", 0, 1)
    if math.isclose(beta, was):
        raise Wrong(f"That is still the beta of this page, {was:g}. Choose another, such as 0.9.")
    return (
        f"With a beta of {beta:g} recall is {recall:.3f}; you guessed {guess:g}, "
        f"{abs(guess - recall):.2f} away."
    )


@lesson.exercise(
    depth="write",
    hints=("Put the comparison in brackets and add `.sum()`.", "worse = (by_patient < 0).sum()"),
    solution="worse = (by_patient < 0).sum()",
    right="Count them, name them, look at them. An average cannot do that for you.",
)
def worse(worse, *, by_patient):
    count = integer(worse, "the number of patients")
    if count == int((by_patient < 0).sum()):
        return
    if count == int((by_patient > 0).sum()):
        raise Wrong("Those are the patients who improved. Turn the sign `<` round.")
    if count == len(by_patient):
        raise Wrong("That is the number of all patients. Count only differences below zero.")
    raise Wrong("Count the differences below zero: `(by_patient < 0).sum()`.")


quiz_1, quiz_2, quiz_3 = lesson.questions()
