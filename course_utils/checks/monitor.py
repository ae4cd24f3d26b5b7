"""Checks of lesson 13: an alarm answered twice, alarms an hour, a rule from its costs, a CUSUM step."""

import copy
import math

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, cell, number, panel
from course_utils.guidance import gates
from course_utils.monitor import alarms

lesson = Lesson("13_monitor")
FPS, MOST, WITHIN = 30, 6, 10.0  # of the film; false alarms an hour; seconds to a true alarm
FALLEN = 36.0  # per cent: the heart that the alarm is for
FALLS, AFTER, CLEARED = 20, 5.0, 60.0  # hearts that fall; s from silence to a fall; s to silence


@lesson.check
def answered(shown):
    values = panel(shown, "alarms", "acknowledged", "overridden")
    if not values["acknowledged"]:
        raise Wrong("No alarm was acknowledged yet. Press play, and answer the first one.")
    if not values["overridden"]:
        raise Wrong("One is acknowledged. Now override the next one, with a reason.")
    return f"{values['alarms']} alarms, each with its time and its answer in the log."


@lesson.check
def hourly(per_hour, *, chance, fps):
    _hourly(per_hour, chance, fps)
    cell().follows(
        "per_hour",
        _hourly,
        {"chance": 0.01, "fps": 25},
        {"chance": 0.0002, "fps": 50},
        typed="Right for this alarm. Compute it from `chance` and `fps`.",
    )
    return f"{per_hour:.0f} an hour, from one frame in {1 / chance:.0f}."


def _hourly(value, chance, fps):
    value = number(value, "`per_hour`")
    wanted = chance * fps * 3600
    if math.isclose(value, wanted, rel_tol=1e-3):
        return
    for wrong, why in (
        (chance * 3600, "There are `fps` frames in every second."),
        (chance * fps * 60, "That is for a minute. An hour has 3600 seconds."),
        (chance * fps, "That is for a second. An hour has 3600 of them."),
        (fps * 3600, "Those are the frames of an hour. Only the share `chance` of them errs."),
    ):
        if math.isclose(value, wrong, rel_tol=1e-3):
            raise Wrong(why)
    raise Wrong("That is not the number of wrong frames in an hour.")


@lesson.check
def rule(chosen, *, values):
    if not isinstance(chosen, alarms.Rule):
        raise Wrong("Hand in the rule: monitor.Rule(ring=40, clear=.., dwell_s=.., quiet_s=..).")
    if chosen == alarms.Rule(40, 40, 0.5, 0):
        raise Wrong("That is the rule as it stood. Change `clear`, `dwell_s` or `quiet_s`.")
    if chosen.ring != 40:
        raise Wrong("Leave the limit at 40. Which other handles are there?")
    found = [alarms.rings(values, FPS, chosen)]
    found.append(alarms.rings(50 + 6 * gates.wandering(FPS * 3600, 0.98, 77), FPS, chosen))
    if max(found) > MOST:
        raise Wrong(
            f"Still {found[0]} false alarms in this hour and {found[1]} in another one; at most "
            f"{MOST} are wanted."
        )
    silent = _silenced(chosen, values)
    if None in silent:
        raise Wrong(
            f"This heart is well, and a false alarm still rings after {CLEARED:.0f} s. Lower "
            "`clear`: an alarm that never stops is heard by nobody."
        )
    late = _late([(alarms.Alarm(chosen), 0.0)])
    if np.median(late) > WITHIN:
        raise Wrong(f"Quiet enough, and for a heart at {FALLEN:.0f} % it rings {_told(late)}.")
    deaf = _late(silent) if silent else late
    if np.median(deaf) > WITHIN:
        raise Wrong(
            f"A heart that falls to {FALLEN:.0f} % just after a false alarm rings {_told(deaf)}. "
            "A shorter `quiet_s` hides less."
        )
    return (
        f"{found[0]} false alarms in this hour, {found[1]} in another one. A true fall rings after "
        f"{np.median(late):.1f} s in the middle of {FALLS}; {np.sum(late > WITHIN)} of them take over "
        f"{WITHIN:.0f} s. Just after a false alarm it is {np.median(deaf):.1f} s."
    )


def _silenced(chosen, values):
    """(alarm, second) just after each false alarm fell silent; None for one that went on too long."""
    alarm, found, rang = alarms.Alarm(chosen), [], None
    for place, value in enumerate(values):
        second = place / FPS
        if alarm.see(second, value):
            rang = second
        if rang is not None and not alarm.ringing:
            found.append((copy.deepcopy(alarm), second + AFTER))
            rang = None
        elif rang is not None and second - rang > CLEARED:
            return [None]
    return found


def _late(starts):
    """Seconds until each of `FALLS` falling hearts rings, after each start; inf for not in a minute."""
    falls = [FALLEN + 6 * gates.wandering(FPS * 60, 0.98, seed) for seed in range(FALLS)]
    late = []
    for start, begun in starts:
        for fall in falls:
            alarm = copy.deepcopy(start)
            rang = (
                place / FPS
                for place, value in enumerate(fall)
                if alarm.see(begun + place / FPS, value)
            )
            late.append(next(rang, np.inf))
    return np.array(late)


def _told(late):
    middle = np.median(late)
    after = (
        f"after {middle:.0f} s, in the middle of {len(late)} falls"
        if np.isfinite(middle)
        else "not at all in a minute"
    )
    return f"{after}. It should within {WITHIN:.0f} s"


@lesson.check
def step(after, *, total, x, slack):
    _step(after, total, x, slack)
    cell().follows(
        "after",
        _step,
        {"total": 0.3, "x": -2.0, "slack": 0.5},
        {"total": 2.0, "x": 1.5, "slack": 0.25},
        typed="Right for this study. Compute it from `total`, `x` and `slack`.",
    )


def _step(value, total, x, slack):
    value = number(value, "`after`")
    if math.isclose(value, max(0.0, total + x - slack), abs_tol=1e-6):
        return
    if total + x - slack < 0 and math.isclose(value, total + x - slack, abs_tol=1e-6):
        raise Wrong(
            f"After a good study (x = {x:g}) the sum falls below 0. Keep it at 0: max(0, ...)."
        )
    if math.isclose(value, max(0.0, total + x), abs_tol=1e-6):
        raise Wrong("The slack is not yet taken off.")
    if math.isclose(value, max(0.0, x - slack), abs_tol=1e-6):
        raise Wrong("The sum so far, `total`, is missing.")
    raise Wrong("Take the sum so far, add the difference, take the slack off.")


quiz_1, quiz_2, quiz_3 = lesson.questions()
