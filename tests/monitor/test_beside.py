"""The live panel: EF of a beat, an alarm that is answered, the log on disk."""

import cv2
import numpy as np
import pandas as pd
import pytest

from course_utils import monitor
from course_utils.cases import clips, samples
from course_utils.core.errors import CourseError, DataError
from course_utils.monitor import beside


@pytest.fixture(scope="module")
def heart():
    table = samples.table("echo")
    row = table[(table.patient_id == "E06") & (table["view"] == "A4C")].iloc[0]
    return clips.read(row), row


@pytest.mark.slow
def test_the_shipped_network_measures_a_beat_frame_by_frame(heart):
    clip, row = heart
    ef, outline = monitor.Watcher(clip, 60 / row.heart_rate, clip.fps).beat(clip.frames)
    assert abs(ef - row.ef) < 6 and 5 < outline < 20


def test_the_live_picture_keeps_the_grey_levels(heart):
    """What is shown is the frame: not two levels of it, not a brighter one."""
    frame = heart[0].frames[0]
    picture = beside.live_picture(frame, np.zeros(frame.shape, np.uint8), "A heart.")
    shown = cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_GRAYSCALE)
    small = cv2.resize(shown[: shown.shape[1]], frame.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(small / 255 - frame).mean() < 0.02 and len(np.unique(shown)) > 100


class Stub:
    """A watcher that always says the same, without a network."""

    def __init__(self, ef):
        self.ef = ef

    def __call__(self, frame):
        mask = np.zeros(frame.shape, np.uint8)
        mask[40:70, 40:60] = 1
        return mask, self.ef


def panel(clip, ef):
    rule = monitor.Rule(40, 45, quiet_s=0.2)
    return monitor.Beside(clip, rule, 0.8, watcher=Stub(ef))


def test_an_alarm_rings_is_acknowledged_comes_back_is_overridden_and_is_logged(heart, tmp_path):
    shown = panel(heart[0], 30.0)
    assert not shown.touched and shown.values["alarms"] == 0
    assert shown.wait(20)
    assert "EF 30 %" in shown.text() and "synthetic" in shown.html()
    assert "ALARM" in shown._line.value
    shown.acknowledge()
    shown.run(0.05)
    assert "ALARM" not in shown._line.value and "acknowledged" in shown._line.value
    assert shown.wait(20)
    with pytest.raises(DataError, match="why"):
        shown.override("  ")
    shown.override("probe was moved")
    assert shown.touched and shown.values == {"alarms": 2, "acknowledged": 1, "overridden": 1}
    log = pd.read_csv(shown.save(tmp_path))
    assert list(log.answer) == ["acknowledged", "overridden"]
    assert log.reason[1] == "probe was moved" and (log.answered_s >= log.rang_s).all()
    shown.save(tmp_path)  # once more: replaced


def test_a_heart_that_is_well_does_not_ring(heart):
    shown = panel(heart[0], 60.0)
    told = shown.run(0.3)
    assert shown.values["alarms"] == 0 and told["looks a second"] > 0


def test_a_clip_without_millimetres_is_refused_with_the_reason(heart):
    from dataclasses import replace

    with pytest.raises(CourseError):
        monitor.Watcher(replace(heart[0], spacing=None), 0.8, 10)
