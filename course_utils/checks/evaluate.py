"""Checks of lesson 08: one number a patient, a sentence, the width of an interval, and a thinner calf."""

import re

import numpy as np
import pandas as pd

from course_utils.checks import sentences
from course_utils.checks.lesson import Lesson, Wrong, cell, integer, number, panel, text
from course_utils.core import plurals
from course_utils.evaluate import intervals

lesson = Lesson("08_evaluate")
# Other scores than those of the page: three patients with one, two and three images.
CALVES = (
    (20.0, 12.0, 2.0),
    (12.0, 20.0, 2.0),
    (18.0, 17.9, 2.0),
    (21.0, 18.0, 3.1),
    (15.0, 14.4, 0.5),
    (9.0, 8.5, 1.0),
    (30.0, 25.0, 1.0),
)
OTHER = pd.DataFrame(
    {"patient_id": ["x", "y", "y", "z", "z", "z"], "dice": [0.2, 0.4, 0.6, 0.9, 0.8, 0.1]}
)


@lesson.check
def worst(tour, *, dice):
    place = int(panel(tour, "image")["image"])
    values = np.array(dice, float)
    if not 0 <= place < len(values):
        raise Wrong(f"There are images 0 to {len(values) - 1}.")
    if values[place] > values.min() + 0.01:
        raise Wrong(f"Image {place} has Dice {values[place]:.2f}. One of them is worse.")
    return f"Dice {values[place]:.2f}, against {values.max():.2f} for the best of these."


@lesson.check
def by_patient(dice_by_patient, *, scores):
    found = _values(dice_by_patient)
    wanted = scores.groupby("patient_id").dice.mean()
    if len(found) == len(scores) != len(wanted):
        raise Wrong(
            f"That is one number for each of {len(scores)} images; there are {len(wanted)} patients."
        )
    if len(found) == 1 and len(wanted) > 1:
        raise Wrong("That is one number for everybody. Group by `patient_id` before the mean.")
    if len(found) != len(wanted) or not np.allclose(found, np.sort(wanted), atol=1e-6):
        raise Wrong(
            "These are not the mean Dice values of the patients. Which column did you take?"
        )
    cell().follows(
        "dice_by_patient",
        _other_patients,
        {"scores": OTHER},
        typed="The numbers are right for this table. Compute them from `scores` for any table.",
    )
    return f"{plurals.count(len(wanted), 'number')} from {plurals.count(len(scores), 'image')}."


def _other_patients(value, scores):
    found = _values(value)
    if found.shape != (3,) or not np.allclose(
        found, np.sort(scores.groupby("patient_id").dice.mean())
    ):
        raise Wrong("With three other patients the same code gives other numbers than their means.")


def _values(value):
    if isinstance(value, pd.DataFrame) and value.shape[1] == 1:
        value = value.iloc[:, 0]
    try:
        return np.sort(np.array(pd.Series(value).sort_index(), float)) if _flat(value) else _bad()
    except (TypeError, ValueError):
        return _bad()


def _flat(value):
    return isinstance(value, (pd.Series, dict, list, tuple, np.ndarray)) and np.ndim(value) <= 1


def _bad():
    raise Wrong("One number for each patient is wanted: a column of numbers, a list or a dict.")


@lesson.check
def sentence(my_sentence, *, result, synthetic, images=None):
    said = sentences.plain(text(my_sentence))
    if len(said.split()) < 8:
        raise Wrong("A sentence, not a note: say who was measured, with what result, and how sure.")
    if not sentences.named(said, "dice"):
        raise Wrong("Name the measure: Dice.")
    unknown = getattr(result, "method", "") == intervals.NOBODY_KNOWS
    if unknown and not re.search(
        rf"(?<![\d.]){images}\s+(?:\w+\s+){{0,3}}{sentences.IMAGES}\b.*\bunknown", said
    ):
        raise Wrong(f"Say what was counted: {images} images, patients unknown.")
    if not unknown and not sentences.counts(said, result.patients):
        raise Wrong(f"How many patients? There are {result.patients}; images alone do not count.")
    ends = None
    if np.isfinite(result.low):
        ends = sentences.interval(said, result.low, result.high)
    elif "no interval" not in said:
        raise Wrong("Here there is no interval. Say so: 'no interval'.")
    if not sentences.value(said, result.estimate, ends):
        raise Wrong(f"The mean is missing, or it is not {result.estimate:.2f}.")
    if np.isfinite(result.low) and not ends:
        raise Wrong(
            "Without its interval nobody knows how sure this is. Give both ends beside each other, "
            "the lower first."
        )
    if not sentences.said_of(said, "dice", result.estimate, ends):
        raise Wrong(
            "The number is not said of its measure. Put them together: 'the mean Dice was 0.98'."
        )
    if broken := sentences.broken(said):
        raise Wrong(f"'{broken}': words in this order are no sentence. Read it aloud.")
    if boast := sentences.boast(said):
        raise Wrong(f"'{boast}' is more than these patients can show. Say what was measured.")
    claimed = sentences.kinds(said)
    if not claimed:
        raise Wrong("Say what kind of data it is: synthetic, or real scans.")
    if synthetic not in claimed or (synthetic and False in claimed and "real" in said):
        kind = "synthetic" if synthetic else "real"
        raise Wrong(f"The data are {kind}, and your sentence says something else.")


@lesson.check
def width(my_guess, *, count, interval, pool):
    guess = number(my_guess, "your guess", 0, 1)
    count = integer(count, "count")
    if count == 5:
        raise Wrong("That is still five patients. Change `count`, such as to 20, and run again.")
    if not np.isfinite(interval.low) and getattr(interval, "method", "") == intervals.NOBODY_KNOWS:
        return "No interval, however many images: which of them show one patient is not known."
    if not 1 <= count <= pool:
        raise Wrong(f"`count` is a number of patients from 1 to {pool}.")
    if not np.isfinite(interval.low) and pool > 5:
        raise Wrong(f"{plurals.count(count, 'patient')}: no interval at all. Take more than five.")
    if not np.isfinite(interval.low):
        return f"{plurals.count(count, 'patient')}: no interval at all. The mean is {interval.estimate:.2f}."
    wide = interval.high - interval.low
    return f"{plurals.count(count, 'patient')}: {wide:.2f} wide; you guessed {guess:.2f}."


@lesson.check
def thinner(thinner, *, march_mm, today_mm, limit):
    if not isinstance(thinner, (bool, np.bool_)):
        raise Wrong(
            "The answer is `True` or `False`: compare the loss with `limit` by the sign `>`."
        )
    loss = march_mm - today_mm
    if bool(thinner) != (loss > limit):
        raise Wrong(f"The loss is {loss:.1f} mm and the limit {limit:.2f} mm. Which is larger?")
    # Other calves: clearly thinner, thicker, a little thinner; another limit, just missed and just passed.
    cell().follows(
        "thinner",
        _other_calf,
        *({"march_mm": march, "today_mm": today, "limit": other} for march, today, other in CALVES),
        typed="Right for this calf. Compute it from the names, for any calf.",
    )
    more = "more than the noise" if loss > limit else "no more than the noise can do"
    return f"A loss of {loss:.1f} mm against a limit of {limit:.2f} mm is {more}."


def _other_calf(said, march_mm, today_mm, limit):
    if bool(said) != (march_mm - today_mm > limit):
        raise Wrong(
            f"From {march_mm:g} to {today_mm:g} mm, limit {limit:g} mm, your line says {bool(said)}."
        )


quiz_1, quiz_2, quiz_3 = lesson.questions()
