"""d' and its interval: the textbook's estimate, coverage counted out, the large-sample limit."""

import numpy as np
import pytest
from scipy import stats

from course_utils.core.errors import DataError
from course_utils.denoise import dprime


def test_the_estimate_is_the_log_linear_one():
    found = dprime.dprime(4, 5, 1, 5)
    assert found.estimate == pytest.approx(stats.norm.ppf(4.5 / 6) - stats.norm.ppf(1.5 / 6))


def test_with_many_trials_the_interval_is_that_of_gourevitch_and_galanter():
    found = dprime.dprime(400, 500, 100, 500)
    z, density = stats.norm.ppf(0.8), stats.norm.pdf(stats.norm.ppf(0.8))
    half = 1.96 * np.sqrt(2 * 0.8 * 0.2 / 500) / density
    assert found.low == pytest.approx(2 * z - half, abs=0.06)
    assert found.high == pytest.approx(2 * z + half, abs=0.06)


def test_all_right_of_ten_still_leaves_the_upper_end_open():
    found = dprime.dprime(5, 5, 0, 5)
    assert 1 < found.low < 1.5 and found.high == np.inf and "without end" in found.sentence()


def test_always_the_same_answer_says_nothing():
    found = dprime.dprime(5, 5, 5, 5)
    assert found.estimate == 0 and (found.low, found.high) == (-np.inf, np.inf)


@pytest.mark.slow
def test_the_interval_of_ten_trials_holds_the_truth_95_times_in_100():
    found = {(h, f): dprime.dprime(h, 5, f, 5) for h in range(6) for f in range(6)}
    for truth in (0, 1, 2, 3):
        for criterion in (0.0, 0.7):
            hit, alarm = stats.norm.cdf([truth / 2 - criterion, -truth / 2 - criterion])
            held = sum(
                stats.binom.pmf(h, 5, hit) * stats.binom.pmf(f, 5, alarm)
                for (h, f), one in found.items()
                if one.low - 1e-9 <= truth <= one.high + 1e-9
            )
            assert 0.95 <= held <= 1, (truth, criterion)


def test_answers_are_counted():
    found = dprime.from_answers([True, True, False, False], [True, False, True, False])
    assert (found.hits, found.present, found.alarms, found.absent) == (1, 2, 1, 2)


@pytest.mark.parametrize("counts", [(6, 5, 0, 5), (1, 0, 0, 5), (1.5, 5, 0, 5), ("a", 5, 0, 5)])
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(DataError):
        dprime.dprime(*counts)


def test_answers_of_other_length_are_refused():
    with pytest.raises(DataError, match="one answer"):
        dprime.from_answers([True, False], [True])
