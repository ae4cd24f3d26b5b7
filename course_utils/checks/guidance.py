"""Checks of lesson 09: a view found blind, a bar from costs, a gate that does not flicker, who is refused."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from course_utils.checks.lesson import Lesson, Wrong, cell, function, integer, number, panel
from course_utils.evaluate import proportion
from course_utils.guidance import gates, poses

lesson = Lesson("09_guidance")
GOOD = 0.9  # of a view found by eye
WORTH = 0.7  # of the network's number while a clip is recorded: about the bar from the costs
SPARE = 3.0  # times the operators needed is waste; less is within the scatter of such widths
# Scores on which one threshold, two thresholds and two thresholds the wrong way round differ.
RUNS = (
    ((0.2, 0.75, 0.9, 0.75, 0.6, 0.75, 0.9), 0.8, 0.7),
    ((0.9, 0.5, 0.35, 0.5, 0.9), 0.8, 0.4),
    ((0.45, 0.45, 0.2), 0.5, 0.4),
    ((0.1, 0.2, 0.1), 0.6, 0.5),
)
# Another clinic: thirds of other sizes, with other shares refused.
OTHER = pd.DataFrame(
    {
        "third": ["light"] * 4 + ["middle"] * 5 + ["heavy"] * 6,
        "refused": [False] * 4 + [True] + [False] * 4 + [True] * 3 + [False] * 3,
    }
)


@lesson.check
def best_view(blind):
    panel(blind, "slide_mm", "tilt_deg")
    taken = blind.recorded if isinstance(getattr(blind, "recorded", None), dict) else {}
    if not taken:
        raise Wrong("Nothing is recorded yet: move the hand, then press *Record*.")
    quality = number(taken.get("quality"), "the quality of the view", 0, 1)
    if quality < poses.USABLE:
        raise Wrong(
            f"That view has quality {quality:.2f}; from {poses.USABLE:g} on it can be measured. Is "
            "the apex cut off, or the valve missed?"
        )
    if quality < GOOD:
        raise Wrong(f"Usable, with {quality:.2f}. There is a better one close by, above {GOOD:g}.")
    return f"Quality {quality:.2f}, found by eye. Remember how long it took."


@lesson.check
def bar(bar, *, benefit, harm):
    chance = number(bar, "the bar")
    right = harm / (benefit + harm)
    if abs(chance - right) > 1e-6:
        if abs(chance - benefit / (benefit + harm)) < 1e-6:
            raise Wrong(
                "That is the bar with the costs the other way round: a larger harm must raise it."
            )
        if abs(chance - harm / benefit) < 1e-6:
            raise Wrong("That is odds. A chance is the harm divided by harm *and* benefit.")
        if not 0 <= chance <= 1:
            raise Wrong(f"A chance lies between 0 and 1, and this is {chance:g}.")
        raise Wrong(
            "At the bar a kept clip gains as much as it risks: p x benefit = (1 - p) x harm."
        )
    cell().follows(
        "bar",
        _other_bar,
        {"benefit": 4.0, "harm": 1.0},
        {"benefit": 1.0, "harm": 9.0},
        typed="Right for these costs. Compute it from `benefit` and `harm`.",
    )
    return f"Keep a clip if its chance of being usable is {right:.2f} or more."


def _other_bar(value, benefit, harm):
    chance, wanted = number(value, "the bar"), harm / (benefit + harm)
    if abs(chance - wanted) > 1e-6:
        raise Wrong(
            f"With benefit {benefit:g} and harm {harm:g} the same line gives {chance:.2f}, not "
            f"{wanted:.2f}."
        )


@lesson.check
def hysteresis(opened):
    call = function(opened, "opened")
    for scores, on, off in RUNS:
        said = _states(call(np.array(scores), on, off), len(scores))
        wanted = gates.Gate(on, off).states(scores)
        if np.array_equal(said, wanted):
            continue
        array = np.array(scores)
        told = f"for {', '.join(f'{score:g}' for score in scores)} with on {on:g} and off {off:g}"
        if np.array_equal(said, ~wanted):
            raise Wrong("Open and shut are the wrong way round.")
        if np.array_equal(said, array >= on):
            raise Wrong(
                f"That is one threshold: {told} it closes although the score is still above `off`."
            )
        if said[0] and not wanted[0]:
            raise Wrong(f"It begins shut, and the first score must reach `on`: {told}.")
        if np.array_equal(said, array >= off):
            raise Wrong(f"That is one threshold, `off`: {told} it opens below `on`.")
        raise Wrong(f"Expected {_told(wanted)} {told}; yours says {_told(said)}.")


def _states(value, count):
    if isinstance(value, (str, bytes, Mapping)) or np.ndim(value) != 1 or len(value) != count:
        raise Wrong(f"One True or False for each score is wanted: a list of {count} here.")
    if not all(isinstance(one, (bool, np.bool_)) for one in value):
        raise Wrong("Each state is True (open) or False (shut), nothing else.")
    return np.array(value, bool)


def _told(states):
    return "".join("1" if state else "0" for state in states)


@lesson.check
def capture(my_guess, *, gate, scores, per_second=10):
    guess = number(my_guess, "your guess in seconds", 0)
    if not isinstance(gate, gates.Gate):
        raise Wrong("`gate` is made by guidance.Gate(on=..., off=..., dwell=...).")
    if gate.dwell == 1 and gate.off == gate.on:
        raise Wrong("That is still one threshold without a dwell. Change `off` and `dwell`.")
    if gate.off == gate.on:
        raise Wrong("One threshold flickers, dwell or not. Put `off` below `on`.")
    if gate.dwell == 1:
        raise Wrong("A dwell of 1 records at the first lucky look. Take a longer one.")
    taken = gate.captured(scores)
    if taken is None:
        raise Wrong(
            "This gate never records in a minute, and the patient goes home without a clip. "
            "Lower `on`, lower `off`, or shorten the dwell."
        )
    seen = float(np.mean(scores[taken + 1 - gate.dwell : taken + 1]))
    if seen < WORTH:
        raise Wrong(
            f"It records after {(taken + 1) / per_second:.1f} s, at a mean number of {seen:.2f}: before "
            f"there is a view. At least {WORTH:g} is wanted. Raise `on`."
        )
    return f"It records after {(taken + 1) / per_second:.1f} s; you guessed {guess:g} s."


@lesson.check
def refused(by_third, *, clinic):
    said = _compared(by_third, clinic)
    cell().follows(
        "by_third",
        partial(_compared, where="In another clinic "),
        {"clinic": OTHER},
        typed="Compute it from `clinic`, for any clinic.",
    )
    return "; ".join(
        f"{name} {100 * share.estimate:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"
        for name, share in said.items()
    )


def _compared(value, clinic, where=""):
    groups = {str(name): rows["refused"] for name, rows in clinic.groupby("third", observed=True)}
    found = dict(value) if isinstance(value, (Mapping, pd.Series)) else None
    if found is None:
        raise Wrong(f"One share for each of {', '.join(groups)} is wanted: a dict or a Series.")
    found = {str(name): share for name, share in found.items()}
    if set(found) != set(groups):
        raise Wrong(f"{where}the groups are {', '.join(groups)}.".capitalize())
    for name, rows in groups.items():
        share, right = found[name], proportion(rows)
        if not all(isinstance(getattr(share, end, None), float) for end in ("estimate", "low")):
            raise Wrong(f"{name}: a share without its interval. `evaluate.proportion` gives both.")
        if abs(share.estimate - right.estimate) > 1e-9:
            if abs(share.estimate - 1 + right.estimate) < 1e-9:
                raise Wrong(f"{where}{name}: that is the share accepted.")
            raise Wrong(f"{where}{name}: {right.estimate:.2f} of them are refused, not this share.")
        if abs(share.low - right.low) > 1e-6:
            raise Wrong(f"{where}{name}: right share, other interval than Wilson's.")
    return found


@lesson.check
def enough(my_guess, *, operators, effect, wanted=0.2):
    guess = number(my_guess, "your guess of the width", 0, 2)
    count = integer(operators, "operators", 1)
    if count == 8:
        raise Wrong("Those are still eight operators. Change `operators`, and run again.")
    wide = float(effect.high - effect.low)
    if not np.isfinite(wide):
        raise Wrong(f"{count} operators give no interval at all.")
    if wide > wanted:
        raise Wrong(
            f"{count} operators: the interval is {wide:.2f} wide (you guessed {guess:g}), and "
            f"{wanted:g} or less was asked for. Take more operators."
        )
    needed = count * (wide / wanted) ** 2  # the width falls with the root of the number
    if count > SPARE * needed:
        raise Wrong(
            f"{count} operators are enough, and more than enough: the interval is {wide:.2f} wide. "
            "Half as many should still do. Come down."
        )
    return f"{count} operators: {wide:.2f} wide; you guessed {guess:g}."


quiz_1, quiz_2, quiz_3 = lesson.questions()
