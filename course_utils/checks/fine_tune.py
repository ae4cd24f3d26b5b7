"""Checks of lesson 05: a generous outline, another price, and patients who did worse."""

import math
from types import SimpleNamespace

import pandas as pd

from course_utils.checks.lesson import Lesson, Wrong, cell, integer, number, panel
from course_utils.evaluate import metrics
from course_utils.segment import pictures

lesson = Lesson("05_fine_tune")
HIGHEST = 0.99  # beta: at 1 drawing everything would be free


@lesson.check
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
    return (
        f"Recall {recall:.2f}, as much as this network offers. What it draws falsely is the price."
    )


@lesson.check
def repriced(my_guess, *, beta, recall, was):
    beta, guess = number(beta, "beta", 0, 1), number(my_guess, "your guess", 0, 1)
    if math.isclose(beta, was):
        raise Wrong(f"That is still the beta of this page, {was:g}. Choose another, such as 0.9.")
    if beta < was:
        raise Wrong(
            f"The question is about a higher price, and {beta:g} is below the {was:g} of this page."
        )
    if beta > HIGHEST:
        raise Wrong(
            f"At {beta:g} a falsely drawn pixel costs next to nothing. Stay at {HIGHEST:g} or below."
        )
    return (
        f"With a beta of {beta:g} recall is {recall:.3f}; you guessed {guess:g}, "
        f"{abs(guess - recall):.2f} away."
    )


@lesson.check
def worse(worse, *, by_patient):
    count = integer(worse, "the number of patients")
    if count == int((by_patient < 0).sum()):
        return cell().follows(
            "worse",
            _other_gain,
            {"gain": SimpleNamespace(differences=pd.Series([0.1, -0.2, 0.0, -0.01, -0.3]))},
            {"gain": SimpleNamespace(differences=pd.Series([-0.1, -0.2, -0.3, 0.0, 0.0]))},
            {"gain": SimpleNamespace(differences=pd.Series([0.1, 0.2, 0.4, -0.3]))},
            typed="Right for these patients. Let `gain.differences` be counted, for any patients.",
        )
    if count == int((by_patient > 0).sum()):
        raise Wrong("Those are the patients who improved. Turn the sign `<` round.")
    if count == len(by_patient):
        raise Wrong("That is the number of all patients. Count only differences below zero.")
    raise Wrong("Count the differences below zero: `(gain.differences < 0).sum()`.")


def _other_gain(worse, gain):
    if integer(worse, "the number of patients") != int((gain.differences < 0).sum()):
        raise Wrong("For other patients your line gives another number than those below zero.")


quiz_1, quiz_2, quiz_3 = lesson.questions()
