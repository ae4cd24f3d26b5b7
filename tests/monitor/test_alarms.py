"""When an alarm rings: dwell, hysteresis, refractory time, answers; counts against closed forms."""

import numpy as np
import pandas as pd
import pytest

from course_utils import monitor
from course_utils.core.errors import DataError
from course_utils.monitor import alarms


def times(values, rule, fps=10):
    """When the alarm rings, in seconds."""
    alarm = monitor.Alarm(rule)
    return [place / fps for place, value in enumerate(values) if alarm.see(place / fps, value)]


def test_it_rings_after_its_dwell_and_a_gap_begins_anew():
    values = [50] * 10 + [30] * 8 + [50] + [30] * 30
    assert times(values, monitor.Rule(40, 40, dwell_s=1.0)) == [2.9]
    assert times(values, monitor.Rule(40, 40)) == [1.0, 1.9]


def test_hysteresis_keeps_a_trembling_value_from_ringing_again():
    values = [39, 41] * 20
    assert len(times(values, monitor.Rule(40, 40))) == 20
    assert len(times(values, monitor.Rule(40, 45))) == 1


def test_the_quiet_time_caps_the_rate():
    values = [39, 50] * 300  # one minute at 10 a second
    assert len(times(values, monitor.Rule(40, 40, quiet_s=10))) == 6


def test_an_answered_alarm_comes_back_while_its_cause_is_there():
    alarm, rang = monitor.Alarm(monitor.Rule(40, 45, quiet_s=4)), []
    for place in range(100):
        if alarm.see(place / 10, 30):
            rang.append(place / 10)
            alarm.answer(place / 10, "artefact" if len(rang) > 1 else "")
    assert rang == [0.0, 4.0, 8.0]
    assert list(alarm.log.answer) == ["acknowledged", "overridden", "overridden"]
    assert alarm.log.reason[1] == "artefact"
    left = monitor.Alarm(monitor.Rule(40, 45, quiet_s=4))
    assert sum(left.see(place / 10, 30) for place in range(100)) == 1  # an open one rings once


def test_nothing_measured_neither_rings_nor_clears():
    assert times([np.nan] * 30, monitor.Rule(40, 40)) == []
    alarm = monitor.Alarm(monitor.Rule(40, 45))
    alarm.see(0, 30)
    alarm.see(1, np.nan)
    assert alarm.ringing


def test_alarms_an_hour_in_closed_form_and_by_drawing():
    assert monitor.an_hour(0.001, 30) == pytest.approx(108)
    assert monitor.an_hour(0.001, 30, 3) == pytest.approx(0.000108, rel=1e-2)
    rng = np.random.default_rng(1)
    below = rng.random(200_000) < 0.3
    alone, run, rows = 0, 0, 0
    for one in below:  # the mean time to three in a row, beginning anew after each
        alone, run = alone + 1, run + 1 if one else 0
        if run == 3:
            rows, run = rows + 1, 0
    assert monitor.an_hour(0.3, 30, 3) == pytest.approx(3600 * 30 * rows / alone, rel=0.03)


def test_an_alarm_that_is_not_open_cannot_be_answered():
    alarm = monitor.Alarm(monitor.Rule(40, 45))
    with pytest.raises(DataError, match="No alarm is open"):
        alarm.answer(0)
    alarm.see(0, 30)
    alarm.answer(1)
    with pytest.raises(DataError, match="No alarm is open"):
        alarm.answer(2)
    with pytest.raises(DataError, match="fall silent at 35"):
        monitor.Rule(40, 35)


def test_who_was_right_is_counted_with_the_open_ones():
    log = pd.DataFrame({"answer": ["acknowledged", "overridden", "overridden", "open"]})
    found = alarms.judged(log, [True, False, True, True])
    assert found.loc["overridden"].tolist() == [1, 1]
    assert found.to_numpy().sum() == 4
    assert alarms.judged(log.head(0), []).to_numpy().tolist() == [[0, 0]] * 3
    with pytest.raises(DataError, match="4 alarms and 1"):
        alarms.judged(log, [True])
