"""What the pictures of lesson 13 say."""

import numpy as np

from course_utils import monitor
from course_utils.monitor import drifts, loops, pictures


def test_a_queue_is_late_and_the_newest_frame_is_not():
    said = pictures.late(60, 30).alt
    assert f"{loops.late_in_a_queue(60, 30, 60):.1f} s late after 1 min" in said
    assert "never more than 0.12 s late" in said


def test_the_alarms_are_counted():
    values = [50.0] * 100 + [30.0] * 100 + [50.0] * 100
    assert "1 alarm in" in pictures.signal(values, 10, monitor.Rule(40, 40)).alt


def test_a_drift_is_noticed_missed_or_foreseen_wrongly():
    jump = np.r_[np.zeros(20), np.full(20, 2.0)]
    assert f"noticed {drifts.first_signal(jump) - 20} studies" in pictures.watched(jump, 20).alt
    assert "not noticed in 20 studies" in pictures.watched(np.zeros(40), 20).alt
    assert "false alarm at study 3" in pictures.watched(np.full(40, 2.0), 20).alt


def test_a_limit_has_two_prices():
    said = pictures.budget(4.0).alt
    assert "a false alarm in 338 studies" in said and "noticed after 10.6" in said
