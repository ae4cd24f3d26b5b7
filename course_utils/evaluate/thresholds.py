"""A threshold is chosen on one set of patients and judged on another. This module sees to it.

What was chosen remembers on whom, and refuses to be judged on the same patients: the best threshold
for a set looks better there than it will be on the next one.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from course_utils.core import errors
from course_utils.evaluate import columns, diagnostics

RULES = ("youden", "sensitivity", "specificity")
CHOOSE_ON = ("validation", "val", "valid", "tuning", "development")


@dataclass(frozen=True)
class ChosenOn:
    """Whom something was chosen on: names of patients (or None) and the scores themselves."""

    where: str
    patients: frozenset = None
    scores: bytes = field(default=b"", repr=False)

    def refuse(self, score, data, what):
        """Raise DataError when these are the patients, or the very scores, it was chosen on.

        data: a table with patient_id, or one patient per case. Warns when patients are unknown.
        """
        names = patient_names(data, len(score))
        both = (self.patients or frozenset()) & (names or frozenset())
        if both:
            shown = ", ".join(sorted(both)[:3])
            raise errors.DataError(
                f"{what} was chosen on {len(both)} of these patients ({shown}"
                f"{' ...' if len(both) > 3 else ''}). On them it looks better than it is. Judge it "
                "on patients that had no part in the choice."
            )
        if _fingerprint(score) == self.scores:
            raise errors.DataError(
                f"{what} was chosen on exactly these scores. Judge it on the test set."
            )
        if names is None or self.patients is None:
            errors.warn(
                f"{what}: it cannot be checked whether these patients had a part in the "
                "choice, since patients were not given. Give data= both times."
            )


@dataclass(frozen=True)
class Threshold:
    """A chosen threshold: positive means score >= value.

    `.value`; `.rule` in words; `.sensitivity` and `.specificity` on the patients it was chosen on,
    which flatter it; `.chosen_on` remembers them.
    """

    value: float
    rule: str
    sensitivity: float
    specificity: float
    chosen_on: ChosenOn

    def apply(self, score, data=None):
        """True where the score reaches the threshold: (n,) bool, for new patients only.

        data: the table (with patient_id) that the scores belong to, or one patient per case.
        Raises DataError when patients, or the scores, are those that it was chosen on.
        """
        score = columns.numbers_of(score, "score")
        self.chosen_on.refuse(score, data, f"The threshold {self.value:.3g}")
        return score >= self.value


def choose_threshold(truth, score, rule="youden", at_least=None, data="validation"):
    """Choose a threshold on validation data: a Threshold.

    rule: "youden" (most sensitivity + specificity; Youden, Cancer 1950), or "sensitivity" or
    "specificity", which must be at least `at_least` (0 to 1) while the other is as large as it can
    be. Which one is right is a clinical question: what does a miss cost, what a false alarm?
    data: better than a word, the table that the scores belong to, with patient_id and `split`; then
    the patients are remembered. Raises DataError for test data, one class only, or an aim that no
    threshold reaches.
    """
    chosen_on = remember(score, data)
    truth, score, _ = diagnostics._scored(truth, score, None)
    hits, alarms, values = diagnostics._steps(truth, score)
    sensitivity, specificity = hits / hits[-1], 1 - alarms / alarms[-1]
    place = _best(sensitivity, specificity, rule, at_least)
    words = rule if rule == "youden" else f"{rule} at least {at_least:g}"
    return Threshold(
        float(values[place]), words, float(sensitivity[place]), float(specificity[place]), chosen_on
    )


def remember(score, data):
    """On whom a choice is made, a ChosenOn. Raises DataError when that is the test set.

    data: a word such as "validation", or a table with patient_id and, best, `split`.
    """
    score = columns.numbers_of(score, "score")
    if isinstance(data, pd.DataFrame):
        _only_for_choosing(data)
        names = patient_names(data, score.size)
        return ChosenOn("the table given", names, _fingerprint(score))
    _allowed(data)
    return ChosenOn(str(data), None, _fingerprint(score))


def patient_names(data, cases):
    """The patients of a table or list as a frozenset of text, or None where data is None."""
    if data is None or isinstance(data, str):
        return None
    if isinstance(data, pd.DataFrame):
        if "patient_id" not in data:
            raise errors.DataError(
                "The table has no column patient_id, so it does not say on whom this is."
            )
        data = data["patient_id"]
    columns.patients_of(data, cases)
    # A column read with a gap in it holds 7.0 where another holds 7: the same patient.
    return frozenset(str(name).removesuffix(".0") for name in data)


def _only_for_choosing(table):
    if "split" not in table:
        errors.warn("The table has no column `split`: it is taken to be validation data.")
        return
    for part in pd.unique(table["split"].astype(str)):
        _allowed(part)


def _allowed(part):
    word = re.sub(r"[^a-z]", "", str(part).lower())
    if word.startswith(("test", "external")):
        raise errors.DataError(
            "This is the test set. A threshold (or temperature) chosen on it "
            "would be judged on its own choice; use the validation patients."
        )
    if word not in CHOOSE_ON:
        raise errors.DataError(
            f"Choose on validation data: data='validation', or a table whose "
            f"`split` says so; this says {part!r}."
        )


def _best(sensitivity, specificity, rule, at_least):
    if rule not in RULES:
        raise errors.DataError(f"rule is one of {', '.join(RULES)}, not {rule!r}.")
    if rule == "youden":
        return int(np.argmax(np.round(sensitivity + specificity, 12)))
    if at_least is None:
        raise errors.DataError(f"Say how much: at_least=0.9 for a {rule} of 90 % or more.")
    aim = columns.probabilities_of([at_least], "at_least")[0]
    wanted, other = (
        (sensitivity, specificity) if rule == "sensitivity" else (specificity, sensitivity)
    )
    reached = wanted >= aim - 1e-12
    if not reached.any():
        raise errors.DataError(
            f"No threshold reaches a {rule} of {aim:g} here; the most is {wanted.max():.3g}."
        )
    # Of those that reach the aim the most of the other; among equals, the most of this one.
    return int(np.lexsort((wanted, np.where(reached, other, -1.0)))[-1])


def _fingerprint(score):
    """The scores in order, so that any permutation of them is known again."""
    return np.sort(np.asarray(score, float)).tobytes()
