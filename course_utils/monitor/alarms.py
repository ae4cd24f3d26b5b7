"""Alarms: when one rings, when it may ring again, and what was answered.

An alarm rings when a value has been below `ring` for `dwell_s` seconds; it falls silent when the
value is above `clear` again (hysteresis), and rings at most once in `quiet_s` seconds (refractory
time); one that was answered comes back after that time if its cause is still there. Terms: IEC
60601-1-8. The price of false alarms: Cvach, Biomed Instrum Technol 2012,
doi:10.2345/0899-8205-46.4.268.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from course_utils.core import accept, errors
from course_utils.guidance import gates

OPEN, ACKNOWLEDGED, OVERRIDDEN = "open", "acknowledged", "overridden"


@dataclass(frozen=True)
class Rule:
    """When an alarm rings. ring, clear: values, clear at or above ring. dwell_s, quiet_s: seconds."""

    ring: float
    clear: float
    dwell_s: float = 0.0
    quiet_s: float = 0.0

    def __post_init__(self):
        accept.number(self.ring, "ring")
        if accept.number(self.clear, "clear") < self.ring:
            raise errors.DataError(
                f"The alarm would fall silent at {self.clear:g}, while it still rings below "
                f"{self.ring:g}: clear is at or above ring."
            )
        accept.number(self.dwell_s, "dwell_s", 0, 3600)
        accept.number(self.quiet_s, "quiet_s", 0, 86400)


class Alarm:
    """An alarm under way. `.ringing`; `.log`: a table, one row for each time it rang: rang_s, value,
    answered_s, answer ("open", "acknowledged", "overridden"), reason.
    """

    def __init__(self, rule):
        self.rule, self.ringing = rule, False
        self._below, self._rows = None, []

    def see(self, time_s, value):
        """Look at one value: True if the alarm starts to ring now. A value that is not a number
        (nothing measured) neither rings nor clears. Raises DataError where time runs backwards.
        """
        if self._rows and time_s < self._rows[-1]["rang_s"]:
            raise errors.DataError("Time runs backwards: give the values in their order.")
        if not np.isfinite(value):
            return False
        if self.ringing:
            # Between the two thresholds it goes on ringing: that is the hysteresis.
            self.ringing = value <= self.rule.clear
            return self.ringing and self._again(time_s, value)
        if value >= self.rule.ring:
            self._below = None
            return False
        if self._below is None:
            self._below = time_s
        if time_s - self._below < self.rule.dwell_s - 1e-9:
            return False
        if self._rows and time_s - self._rows[-1]["rang_s"] < self.rule.quiet_s - 1e-9:
            return False
        return self._rang(time_s, value)

    def _again(self, time_s, value):
        """An alarm that was answered comes back after `quiet_s` if its cause is still there."""
        answered = self._rows[-1]["answered_s"]  # NaN while it is open: then no comparison holds
        back = value < self.rule.ring and time_s - answered >= self.rule.quiet_s > 0
        return bool(back) and self._rang(time_s, value)

    def _rang(self, time_s, value):
        self.ringing, self._below = True, None
        self._rows.append(
            {"rang_s": time_s, "value": value, "answered_s": np.nan, "answer": OPEN, "reason": ""}
        )
        return True

    def answer(self, time_s, reason=""):
        """Answer the last alarm: acknowledged, or overridden where a reason is given.

        Raises DataError when nothing is open, or a reason is no text.
        """
        if not isinstance(reason, str):
            raise errors.DataError("A reason is a text, in a few words.")
        if not self._rows or self._rows[-1]["answer"] != OPEN:
            raise errors.DataError("No alarm is open, so there is nothing to answer.")
        self._rows[-1].update(
            answered_s=time_s,
            answer=OVERRIDDEN if reason.strip() else ACKNOWLEDGED,
            reason=" ".join(reason.split()),
        )

    @property
    def log(self):
        """Every alarm, one row each."""
        return pd.DataFrame(
            self._rows, columns=["rang_s", "value", "answered_s", "answer", "reason"]
        )


def rings(values, fps, rule):
    """How often a rule rings in a row of values, `fps` a second: a whole number."""
    alarm = Alarm(rule)
    return int(sum(alarm.see(place / fps, value) for place, value in enumerate(np.asarray(values))))


def an_hour(chance, fps, dwell_frames=1):
    """Alarms an hour if each frame is below the limit by luck with this chance, independently.

    dwell_frames: how many in a row ring. 3600 fps / wait, wait the mean time to such a row
    (`guidance.gates.wait`): 0.001 at 30 frames a second is 108 an hour for one frame, and
    one in ten thousand hours for three in a row. Frames of a film are not independent.
    """
    return (
        3600 * accept.number(fps, "fps", *accept.PLAUSIBLE_FPS) / gates.wait(chance, dwell_frames)
    )


def judged(log, truth):
    """Who was right, alarm by alarm: a table of counts, rows answer, columns 'alarm was right' and
    'alarm was wrong'.

    log: of `Alarm.log`, or any table with `answer`. truth: for each row whether the alarm was right.
    Open alarms are counted, too. Raises DataError for lists of unequal length.
    """
    truth = np.asarray(truth, bool)
    if len(truth) != len(log):
        raise errors.DataError(f"{len(log)} alarms and {len(truth)} truths were given.")
    word = np.where(truth, "alarm was right", "alarm was wrong")
    found = pd.crosstab(log["answer"].to_numpy(object), word).rename_axis(index=None, columns=None)
    return found.reindex(
        index=[ACKNOWLEDGED, OVERRIDDEN, OPEN], columns=["alarm was right", "alarm was wrong"],
        fill_value=0,
    )  # fmt: skip
