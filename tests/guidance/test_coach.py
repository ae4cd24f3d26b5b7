"""The network of the lesson: what it reaches on hearts it never met, and what cannot be learned."""

import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.core.errors import DataError
from course_utils.guidance import chests, coach, poses


@pytest.fixture(scope="module")
def network():
    return coach.train(*coach.stored("training"), seed=1)


@pytest.fixture(scope="module")
def unseen(network):
    return coach.answers(network, "test")


@pytest.fixture(scope="module")
def window():
    return chests.Window(chests.patient(3001))


def rank(rows):
    return float(rows["quality"].corr(rows["says_quality"], "spearman"))


def right_signs(table):
    rows = table.query("abs(tilt_deg) >= 8 and quality > 0")
    return np.mean(np.sign(rows.tilt_deg) == np.sign(rows.says_tilt_deg))


def test_groups_share_no_patient_and_their_truth_is_exact():
    tables = [coach.stored(split)[1] for split in coach.SPLITS]
    names = [set(table.patient_id) for table in tables]
    assert sum(map(len, names)) == len(set().union(*names))
    assert min(map(len, names)) >= 2
    for table in tables:
        name = table.patient_id.iloc[0]
        rows = table[table.patient_id == name]
        heart = chests.patient(int(name[1:])).heart
        exact = poses.quality(rows.slide_mm, rows.tilt_deg, heart)
        assert np.allclose(exact, rows.quality, atol=0.02)  # poses are rounded to a tenth
    sizes = tables[coach.SPLITS.index("test")].groupby("patient_id").size()
    assert (sizes == len(poses.SLIDES) * len(poses.TILTS)).all()
    with pytest.raises(DataError, match="split"):
        coach.stored("tset")


@pytest.mark.slow
def test_the_stored_pictures_are_those_of_their_patients(network, window):
    frames, table = coach.stored("test")
    rows = np.flatnonzero((table.patient_id == "G3001").to_numpy())[[0, 20, 31, 40]]
    made = [
        window.frame(poses.Pose(*table.loc[row, ["slide_mm", "tilt_deg"]].astype(float)))
        for row in rows
    ]
    small, shown = coach.shrunk(np.stack(made)), coach.shrunk(frames[rows])
    for one, other in zip(small, shown, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.98  # what WebP loses
    said, again = coach.ask(network, np.stack(made)), coach.ask(network, frames[rows])
    assert np.allclose(said.says_quality, again.says_quality, atol=0.15)


def test_the_view_of_unseen_hearts_is_ranked_right(unseen):
    found = evaluate.bootstrap(unseen, rank, method="percentile", resamples=200)
    assert found.estimate >= 0.8 and found.low >= 0.75


def test_the_sign_of_a_tilt_can_be_learned_from_landmarks_only(network, unseen):
    assert right_signs(unseen) >= 0.75
    coin = coach.answers(network, "symmetric").query("abs(tilt_deg) >= 8 and quality > 0")
    right = np.sign(coin.tilt_deg) == np.sign(coin.says_tilt_deg)
    found = evaluate.proportion(right, coin.patient_id)
    assert found.low < 0.5 < found.high and found.estimate < 0.7


def test_the_picture_is_a_number_of_its_own(network):
    """In the best pose every view is 1, and the second number still tells clear from hazy."""
    clinic = coach.answers(network, "clinic")
    assert (clinic.quality == 1).all()
    own = clinic.contrast.corr(clinic.says_picture, "spearman")
    assert own > 0.45
    assert abs(clinic.contrast.corr(clinic.says_quality, "spearman")) < own


def test_gain_moves_brightness_and_hardly_the_view(network, window):
    pose = poses.Pose(14, 0)
    frames = np.stack([window.frame(pose, gain_db=gain) for gain in (-4, 0, 4)])
    said = coach.ask(network, frames)
    assert frames[2].mean() > 1.2 * frames[0].mean()
    assert np.ptp(said.says_quality) < 0.3 and window.quality(pose) < poses.USABLE
    offset = coach.ask(network, 0.5 * frames + 0.1)  # brighter and flatter: no other picture at all
    assert np.allclose(offset.says_quality, said.says_quality, atol=1e-3)


@pytest.mark.slow
def test_the_same_seed_trains_the_same_network(network, unseen):
    again = coach.answers(coach.train(*coach.stored("training"), seed=1), "test")
    pd.testing.assert_frame_equal(again, unseen)


def test_frames_of_another_kind_are_refused(network):
    with pytest.raises(DataError, match="rows, columns"):
        coach.ask(network, np.zeros((112, 112)))
    with pytest.raises(DataError, match="as many of both"):
        coach.train(np.zeros((2, 112, 112)), pd.DataFrame({"quality": [1.0]}))
