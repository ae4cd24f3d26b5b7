"""The network of the lesson: what it reaches on hearts it never met, and that the table is its own."""

import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.core.errors import DataError
from course_utils.guidance import chests, coach, poses, trials


@pytest.fixture(scope="module")
def network():
    return coach.stored()


@pytest.fixture(scope="module")
def window():
    return chests.Window(chests.patient(3004))


def rank(rows):
    return float(rows["quality"].corr(rows["says_quality"], "spearman"))


def test_groups_of_the_table_share_no_patient_and_have_their_sizes():
    table = trials.answers()
    assert table.groupby("patient_id").split.nunique().max() == 1
    sizes = table.groupby("split").patient_id.nunique().to_dict()
    assert sizes == {"training": 8, "validation": 8, "test": 24, "clinic": 90, "symmetric": 8}
    assert (table[table.split == "test"].groupby("patient_id").size() == 63).all()
    numbers = table.patient_id.str[1:].astype(int)
    hearts = {number: chests.patient(int(number)).heart for number in numbers.unique()}
    for number in (3000, 2003, 5007):
        rows = table[numbers == number]
        exact = poses.quality(rows.slide_mm, rows.tilt_deg, hearts[number])
        assert np.allclose(exact, rows.quality, atol=0.02)  # poses are rounded to a tenth
    with pytest.raises(DataError, match="split"):
        trials.answers("tset")


def test_the_table_holds_what_the_network_says(network, window):
    rows = trials.answers("test").query("patient_id == 'G3004'").iloc[[0, 20, 31, 40, 62]]
    frames = np.stack(
        [window.frame(poses.Pose(*pose)) for pose in rows[["slide_mm", "tilt_deg"]].values]
    )
    said = coach.ask(network, np.round(255 * frames).astype(np.uint8))
    assert np.allclose(said.says_quality, rows.says_quality, atol=0.02)
    assert np.allclose(said.says_tilt_deg, rows.says_tilt_deg, atol=0.3)
    assert np.allclose(said.says_picture, rows.says_picture, atol=0.02)


def test_the_view_of_unseen_hearts_is_ranked_right():
    test = trials.answers("test")
    found = evaluate.bootstrap(test, rank, resamples=200)
    assert found.estimate >= 0.8 and found.low >= 0.75 and found.patients == 24


def test_the_sign_of_a_tilt_is_right_where_landmarks_tell_and_a_coin_where_they_do_not():
    shares = {}
    for split in ("test", "symmetric"):
        rows = trials.answers(split).query("abs(tilt_deg) >= 8 and quality > 0")
        shares[split] = np.mean(np.sign(rows.tilt_deg) == np.sign(rows.says_tilt_deg))
    assert shares["test"] >= 0.85
    assert 0.4 <= shares["symmetric"] <= 0.6


def test_the_picture_is_a_number_of_its_own():
    rows = trials.answers("test").dropna(subset="contrast")
    own = rows.contrast.corr(rows.says_picture, "spearman")
    assert own > 0.5 and own > rows.quality.corr(rows.says_picture, "spearman") + 0.2


def test_gain_moves_brightness_and_hardly_the_view(network, window):
    pose = poses.Pose(14, 0)
    frames = np.stack([window.frame(pose, gain_db=gain) for gain in (-4, 0, 4)])
    said = coach.ask(network, frames)
    assert frames[2].mean() > 1.2 * frames[0].mean()
    assert np.ptp(said.says_quality) < 0.3 and window.quality(pose) < poses.USABLE


@pytest.mark.slow
def test_a_network_learns_the_poses_that_it_is_shown(window):
    tilts = np.tile([-10.0, -5.0, 0.0, 5.0, 10.0], 4)
    slides = np.repeat([-9.0, -3.0, 3.0, 9.0], 5)
    frames = np.stack([window.frame(poses.Pose(*pose)) for pose in zip(slides, tilts, strict=True)])
    truth = pd.DataFrame(
        {
            "slide_mm": slides,
            "tilt_deg": tilts,
            "quality": poses.quality(slides, tilts, window.heart),
            "contrast": np.where(tilts > 5, np.nan, 0.6),
        }
    )
    said = coach.ask(coach.train(frames, truth, seed=1, epochs=80), frames)
    assert np.corrcoef(said.says_tilt_deg, tilts)[0, 1] > 0.9
    assert np.corrcoef(said.says_quality, truth.quality)[0, 1] > 0.85
    assert said.says_picture.mean() == pytest.approx(0.6, abs=0.1)  # NaN taught nothing


def test_frames_of_another_kind_are_refused(network):
    with pytest.raises(DataError, match="rows, columns"):
        coach.ask(network, np.zeros((112, 112)))
    with pytest.raises(DataError, match="rows of truth"):
        coach.train(np.zeros((2, 112, 112)), pd.DataFrame({"quality": [1.0]}))
