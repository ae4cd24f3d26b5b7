"""Answers to the checks of lesson 13: check, right answer, material, [(wrong answers, a word of the reply)]."""

from types import SimpleNamespace

from course_utils.checks import monitor
from course_utils.guidance import gates
from course_utils.monitor import Rule

FILM = 50 + 6 * gates.wandering(30 * 3600, 0.98, 1)


def panel(alarms, acknowledged, overridden):
    values = {"alarms": alarms, "acknowledged": acknowledged, "overridden": overridden}
    return SimpleNamespace(values=values, touched=True)


CASES = [
    (
        monitor.answered,
        [panel(2, 1, 1)],
        {},
        [([panel(1, 0, 0)], "No alarm was acknowledged"), ([panel(1, 1, 0)], "override the next")],
    ),
    (
        monitor.hourly,
        [108],
        {"chance": 0.001, "fps": 30},
        [
            ([3.6], "in every second"),
            ([1.8], "for a minute"),
            ([0.03], "for a second"),
            ([108000], "the share"),
            ([7], "not the number"),
        ],
    ),
    (
        monitor.rule,
        [Rule(40, 44, 2.5, 0)],
        {"values": FILM},
        [
            ([Rule(40, 40, 0.5, 0)], "as it stood"),
            ([Rule(35, 40, 2.5, 120)], "limit at 40"),
            ([Rule(40, 44, 1, 0)], "false alarms in this hour"),
            ([Rule(40, 44, 40, 0)], "not at all"),
            ([Rule(40, 44, 4, 0)], "in the middle of 20 falls"),
            ([Rule(40, 44, 2.5, 120)], "just after a false alarm"),
            ([Rule(40, 40, 0, 3600)], "just after a false alarm"),
            ([Rule(40, 40, 0, 86400)], "just after a false alarm"),
            ([Rule(40, 100, 0, 0)], "that never stops"),
        ],
    ),
    (
        monitor.step,
        [1.6],
        {"total": 1.2, "x": 0.9, "slack": 0.5},
        [([2.1], "slack is not yet"), ([0.4], "so far"), ([9], "Take the sum")],
    ),
]
