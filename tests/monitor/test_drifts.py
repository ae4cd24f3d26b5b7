"""CUSUM against its run length, and pictures of a drifted scanner."""

import numpy as np
import pytest

from course_utils import monitor
from course_utils.core.errors import DataError
from course_utils.monitor import drifts


def test_the_sum_by_hand():
    assert list(monitor.cusum([1.0, -3.0, 0.5, 2.0, 2.0], slack=0.5, limit=3)) == [
        0.5,
        0,
        0,
        1.5,
        3,
    ]
    assert drifts.first_signal([1.0, -3.0, 0.5, 2.0, 2.0], 0.5, 3) == 5
    assert drifts.first_signal([0.0] * 50) is None


@pytest.mark.parametrize(
    ("limit", "shift", "length"),
    [(4, 0, 338), (4, 0.5, 26.7), (4, 1, 8.3), (5, 0, 938), (5, 0.5, 38.0), (5, 1, 10.3)],
)
def test_run_lengths_of_siegmund(limit, shift, length):
    assert monitor.run_length(shift, 0.5, limit) == pytest.approx(length, rel=0.01)


def test_a_drift_of_six_points_is_noticed_as_the_formula_says():
    """Six points low at a spread of seven: mean within 15 %, nine in ten within 25 studies."""
    rng = np.random.default_rng(3)
    delays = np.array([drifts.first_signal(rng.normal(6 / 7, 1, 200)) for _ in range(600)])
    assert delays.mean() == pytest.approx(monitor.run_length(6 / 7), rel=0.15)
    assert np.mean(delays <= 25) > 0.9


def test_only_the_right_sign_sees_a_machine_that_reads_low():
    """The sum sees a rise: human minus automatic rises where the machine reads low."""
    rng = np.random.default_rng(5)
    human, automatic = rng.normal(55, 5, 60), rng.normal(55, 5, 60) - 6
    assert drifts.first_signal((human - automatic) / 7) < 60
    assert drifts.first_signal((automatic - human) / 7) is None


@pytest.mark.slow
def test_false_alarms_come_as_the_formula_says():
    rng = np.random.default_rng(4)
    lengths = [drifts.first_signal(rng.normal(0, 1, 6000)) or 6000 for _ in range(400)]
    assert np.mean(lengths) == pytest.approx(338, rel=0.15)


def test_a_drifted_picture():
    frames = np.linspace(0, 1, 60, dtype=np.float32).reshape(1, 6, 10)
    assert np.allclose(drifts.repictured(frames, gain_db=-12), np.clip(frames - 0.2, 0, 1))
    hazy = drifts.repictured(frames, haze=0.3)
    assert hazy[0, 0, 0] == 0 and hazy[frames > 0].min() == pytest.approx(0.3)
    with pytest.raises(DataError, match="haze"):
        drifts.repictured(frames, haze=2)


def test_a_gap_is_refused():
    with pytest.raises(DataError, match="without a gap"):
        monitor.cusum([1.0, np.nan])
