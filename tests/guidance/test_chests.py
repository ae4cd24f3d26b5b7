"""Patients and their pictures: the landmarks tell head from feet, a symmetric patient does not."""

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.enhance import quality
from course_utils.guidance import chests, poses
from course_utils.simulate import apical


@pytest.fixture(scope="module")
def window():
    return chests.Window(chests.patient(7, bmi=24))


@pytest.fixture(scope="module")
def symmetric():
    return chests.Window(chests.patient(7, bmi=24, symmetric=True))


def difference(one, other):
    return float(np.abs(one - other).mean())


def test_a_frame_is_a_picture_and_the_same_each_time(window):
    pose = poses.Pose(4, -2)
    frame = window.frame(pose)
    assert frame.shape == (apical.SIZE, apical.SIZE) and frame.dtype == np.float32
    assert 0 <= frame.min() and 0.5 < frame.max() <= 1
    assert np.array_equal(frame, chests.Window(window.patient).frame(pose))
    assert 0 < difference(frame, window.frame(pose, glance=1)) < 0.02  # only the receiver's noise


def test_the_cavity_is_dark_and_the_wall_bright_where_the_labels_say(window):
    pose = poses.Pose(0, 0)
    frame, labels = window.frame(pose), window.labels(pose)
    assert frame[labels == 2].mean() > frame[labels == 1].mean() + 0.15
    assert quality.gcnr(frame[labels == 1], frame[labels == 2]) > 0.5


def test_the_aorta_is_towards_the_head_and_nowhere_else(window):
    """The tube is dark where it passes through the plane, and only there."""
    head, feet = poses.Pose(14, 0), poses.Pose(-14, 0)
    x_mm, z_mm, _ = window.machine.grid()
    found = {}
    for pose in (head, feet):
        places = pose.view(window.heart).to_heart(x_mm[None, :], z_mm[:, None])
        shape = places.shape[1:]
        found[pose] = chests._in_tube(places.reshape(3, -1), chests.AORTA, 0.0).reshape(shape)
    assert found[head].sum() > 100 and found[feet].sum() == 0
    lumen = found[head] & window.machine.inside()
    assert window.frame(head)[lumen].mean() < window.frame(feet)[lumen].mean()


def test_head_and_feet_look_different_unless_the_heart_is_symmetric(window, symmetric):
    head, feet = poses.Pose(10, 0), poses.Pose(-10, 0)
    told = difference(window.frame(head), window.frame(feet))
    untold = difference(symmetric.frame(head), symmetric.frame(feet))
    assert told > 1.25 * untold
    left, right = symmetric.labels(head), symmetric.labels(feet)
    assert np.mean(left != right) < 0.01
    symmetric._stand(head)
    share = symmetric._right_share()
    symmetric._stand(feet)
    assert symmetric._right_share() == pytest.approx(share)


def test_far_from_the_heart_there_is_no_heart_in_the_picture(window):
    assert not (window.labels(poses.Pose(24, 12)) == 1).any()
    assert window.quality(poses.Pose(24, 12)) == 0


def test_gain_makes_a_bad_view_brighter_and_no_better(window):
    bad = poses.Pose(16, 0)
    assert window.frame(bad, gain_db=8).mean() > window.frame(bad).mean() + 0.03
    assert window.quality(bad) < poses.USABLE


def test_a_heavier_body_blurs_cavity_and_wall_and_changes_nothing_else():
    light, heavy = (chests.patient(11, bmi=bmi) for bmi in (21, 40))
    assert light.heart == heavy.heart
    assert heavy.machine.haze_db > light.machine.haze_db + 6
    clear = []
    for who in (light, heavy):
        window = chests.Window(who)
        labels = window.labels(poses.Pose())
        frame = window.frame(poses.Pose())
        clear.append(quality.gcnr(frame[labels == 1], frame[labels == 2]))
    assert clear[0] > clear[1] + 0.05


def test_patients_differ_and_stay_themselves():
    assert chests.patient(1) == chests.patient(1) != chests.patient(2)
    drawn = np.array([chests.patient(number).bmi for number in range(200)])
    assert 26 < drawn.mean() < 28 and drawn.min() >= 18 and drawn.max() <= 42


@pytest.mark.parametrize("bad", [-1, 1.5, "3", None])
def test_another_number_is_refused(bad):
    with pytest.raises(DataError, match="number"):
        chests.patient(bad)
    with pytest.raises(DataError, match="bmi"):
        chests.patient(1, bmi=9)
