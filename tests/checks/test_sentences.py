"""A result's sentence may have any words; what it must say cannot be feigned with other numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import evaluate as evaluate_room
from course_utils.checks import evaluate, sentences

RESULT = SimpleNamespace(estimate=0.978, low=0.971, high=0.984, patients=13)
RIGHT = [
    "Mean Dice for 13 synthetic patients = 0.98, CI [0.97 0.98], as drawn by my network.",
    "In 13 patients, seen once (52 synthetic images), Dice was 0.978, with limits 0.971 and 0.984.",
    "In thirteen unseen patients (synthetic scans) the mean Dice was 0.98 (95 % CI 0.97 to 0.98).",
    "Number of patients: 13; simulated images; mean Dice 0.98, 95 % interval 0.97-0.98.",
    "The mean Dice was 97.8 % (97.1 % to 98.4 %) in 13 new, unseen patients, all synthetic, none real.",
    "Patients (n = 13, synthetic) had a mean Dice of 0.98; the plausible range is from 0.97 to 0.98.",
    "The Dice coefficient, averaged over 13 people with simulated scans, lies between 0.97 and 0.98, at 0.98.",
    "Dice: 0.98, 95 per cent confidence interval [0.97; 0.98], 13 subjects, 52 synthetic images.",
    "For synthetic, not real, scans of 13 patients Dice averaged 0,98 (95%-CI: 0,97–0,98).",
]
CHEATS = [
    ("In 13 synthetic patients the mean HD95 was 0.98 (0.97 to 0.98), not Dice at all.", "Dice"),
    (
        "In 31 synthetic patients, 13 of them men, the mean Dice was 0.98 (0.97 to 0.98).",
        "How many",
    ),
    (
        "In 13 synthetic patients Dice was 0.98 (0.97 to 0.98): it works in every patient.",
        "every patient",
    ),
    ("Dice of 13 synthetic patients: 0.98 0.97 0.98 are the numbers of the interval.", "interval"),
    (
        "Dice was 0.98 and the standard deviation was 0.97 in 13 synthetic patients, nothing more is known",
        "interval",
    ),
    (
        "In 13 patients, not synthetic but real ones, the mean Dice was 0.98 (0.97 to 0.98).",
        "synthetic",
    ),
    ("In 13 synthetic patients the mean Dice was worse than 0.98 (95 % CI 0.97 to 0.98).", "mean"),
    (
        "In 13 synthetic patients the interval of the mean Dice was 0.97 to 0.98, and nothing else.",
        "mean",
    ),
    (
        "In 13 synthetic patients the mean Dice was 0.98, and the interval is far from here, 0.97.",
        "interval",
    ),
    ("In 13 synthetic patients the mean Dice was 0.98 (SD 0.97 to 0.98, as it seems).", "interval"),
    ("In 13 synthetic images of 52 patients the mean Dice was 0.98 (0.97 to 0.98).", "How many"),
    ("In 98 synthetic images of 13 patients the Dice had an interval from 0.97 to 0.98.", "mean"),
    ("In 13 non-synthetic patients the mean Dice was 0.98 (95 % CI 0.97 to 0.98).", "kind"),
    (
        "In 13 patients Dice was 0.98 (0.97 to 0.98) in synthetic scans and in real ones alike.",
        "synthetic",
    ),
    (
        "In 13 synthetic patients the mean Dice was 0.98, interval 0.98 to 0.97, as was found.",
        "interval",
    ),
]


@pytest.mark.parametrize("said", RIGHT)
def test_each_form_that_says_it_all_is_right(said):
    verdict = evaluate.sentence(said, result=RESULT, synthetic=True)
    assert (verdict.status, verdict.error) == ("right", None), verdict.message


@pytest.mark.parametrize(("said", "word"), CHEATS)
def test_numbers_that_mean_something_else_do_not_pass(said, word):
    verdict = evaluate.sentence(said, result=RESULT, synthetic=True)
    assert (verdict.status, verdict.error) == ("not yet", None) and word in verdict.message, (
        verdict.message
    )


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("In 13 patients with real scans the mean Dice was 0.98 (95 % CI 0.97 to 0.98).", "right"),
        (
            "In 13 patients with scans from a scanner the mean Dice was 0.98 (95 % CI 0.97 to 0.98).",
            "right",
        ),
        (
            "In 13 patients with synthetic scans the mean Dice was 0.98 (95 % CI 0.97 to 0.98).",
            "not yet",
        ),
    ],
)
def test_real_scans_are_called_real(said, status):
    assert evaluate.sentence(said, result=RESULT, synthetic=False).status == status


def test_an_estimate_that_is_95_per_cent_is_not_the_level_of_the_interval():
    result = SimpleNamespace(estimate=0.95, low=0.92, high=0.97, patients=9)
    said = "In 9 synthetic patients Dice had a 95 % interval of 0.92 to 0.97, as was found."
    assert "mean" in evaluate.sentence(said, result=result, synthetic=True).message
    assert (
        evaluate.sentence(f"{said} Its mean was 95 %.", result=result, synthetic=True).status
        == "right"
    )


def test_numbers_in_words_become_digits():
    assert sentences.plain("Thirty-four images of Thirteen, twenty one, nineteen: 0,9") == (
        "34 images of 13, 21, 19: 0.9"
    )


@pytest.mark.parametrize("count", [1, 4, 5, 13, 31])
@pytest.mark.parametrize("synthetic", [True, False])
def test_the_sentence_of_the_course_is_right_for_any_number_of_patients(count, synthetic):
    result = evaluate_room.bootstrap(np.linspace(0.9, 0.99, count), seed=0)
    said = evaluate_room.sentence("Dice", result, 2 * count, synthetic)
    said += "" if synthetic else " Real scans."
    verdict = evaluate.sentence(said, result=result, synthetic=synthetic)
    assert (verdict.status, verdict.error) == ("right", None), (said, verdict.message)
    said = said.replace(f"{count} patient", f"{count + 1} patient")
    assert evaluate.sentence(said, result=result, synthetic=synthetic).status == "not yet"
