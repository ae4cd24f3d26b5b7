"""A live loop never queues: with a slow model it drops frames and stays no later than its own work."""

import numpy as np
import pytest

from course_utils import monitor
from course_utils.core.errors import DataError
from course_utils.monitor import loops


class Clock:
    """Time that only passes when somebody works."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def pass_(self, seconds):
        self.now += seconds


def loop(seconds_a_look, looks, fps=30):
    clock = Clock()
    frames = np.arange(50, dtype=np.float32)[:, None, None] * np.ones((50, 4, 4), np.float32)

    def look(picture):
        clock.pass_(seconds_a_look)
        return float(picture[0, 0])

    made, seen = loops.Loop(frames, fps, look, clock), []
    while len(seen) < looks:
        answer = made.step()
        if answer is None:
            clock.pass_(0.001)
        else:
            seen.append(answer[1])
    return made, seen


def test_a_fast_model_sees_every_frame_in_order():
    made, seen = loop(0.005, 60)
    assert seen == [float(place % 50) for place in range(60)]
    told = made.told()
    assert told["frames dropped"] == 0
    assert told["latency, median (ms)"] == pytest.approx(5)
    assert made.table.age_ms.max() < 5 + 2


def test_a_slow_model_drops_frames_and_is_never_later_than_its_work_and_one_frame():
    made, _ = loop(0.25, 40)
    table = made.table
    assert (table.age_ms <= 250 + 1000 / 30 + 1e-6).all()
    assert set(table.dropped.iloc[1:]) <= {6, 7}  # 0.25 s are seven and a half frames
    assert made.told()["frames dropped"] == pytest.approx(1 - 1 / 7.5, abs=0.02)
    assert made.told()["looks a second"] == pytest.approx(4, abs=0.1)


def test_a_pause_lets_no_frame_go():
    made, _ = loop(0.005, 30)
    made._clock.pass_(3600)
    made.resume()
    while made.step() is None:
        made._clock.pass_(0.001)
    assert made.table.dropped.iloc[-1] == 0 and made.table.age_ms.iloc[-1] < 40


def test_a_queue_would_fall_behind_as_the_formula_says():
    late, clock = 0.0, 0.0
    for frame in range(30 * 60):  # answer every frame, in order
        clock = max(clock, frame / 30) + 0.06
        late = clock - frame / 30
        if clock >= 60:
            break
    assert loops.late_in_a_queue(60, 30, 60) == pytest.approx(late, abs=0.1)
    assert loops.late_in_a_queue(10, 30, 60) == 0.01


def test_a_slowed_model_gives_the_same_answer_later():
    waited = []
    look = monitor.slowed(lambda picture: picture.sum(), 0.3, pause=waited.append)
    assert look(np.ones((2, 2))) == 4 and waited == [0.3]


def test_bad_input_is_named():
    with pytest.raises(DataError, match="frames of the shape"):
        loops.Loop(np.zeros((4, 4)), 30, None)
    with pytest.raises(DataError, match="fps"):
        loops.Loop(np.zeros((2, 4, 4)), 0, None)
    with pytest.raises(DataError, match="not looked"):
        loops.Loop(np.zeros((2, 4, 4)), 30, None).told()
