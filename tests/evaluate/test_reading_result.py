"""The change of a share in the same cases, against statsmodels, by hand, and by simulation."""

import itertools

import numpy as np
import pytest

from course_utils.evaluate import reading_result


def test_the_exact_test_of_a_change_is_that_of_statsmodels():
    from statsmodels.stats.contingency_tables import mcnemar

    before = [1] * 20 + [0] * 12
    after = [1] * 15 + [0] * 5 + [1] * 9 + [0] * 3
    change, p_value = reading_result.paired_shares(before, after)
    assert p_value == pytest.approx(mcnemar([[15, 5], [9, 3]], exact=True).pvalue)
    assert change.estimate == pytest.approx(4 / 32)
    # Bonett and Price by hand: (10 - 6) / 34 +- 1.96 sqrt((10 + 6) / 34 - (4 / 34)^2) / sqrt(34)
    half = 1.959963985 * np.sqrt((16 / 34 - (4 / 34) ** 2) / 34)
    assert change[1:] == pytest.approx((4 / 34 - half, 4 / 34 + half))


@pytest.mark.slow
def test_coverage_of_the_change_in_accuracy():
    """Nominal 95 %, by the exact multinomial of 20 cases: gained 0.2 or 0.05, lost 0.1."""
    rng, runs = np.random.default_rng(5), 700
    for gained, lost in itertools.product((0.2, 0.05), (0.1,)):
        held = 0
        for _ in range(runs):
            kind = rng.choice(4, 20, p=[gained, lost, 0.5, 0.5 - gained - lost])
            both = kind == 2
            change, _ = reading_result.paired_shares((kind == 1) | both, (kind == 0) | both)
            held += change.low <= gained - lost <= change.high
        assert 0.93 <= held / runs <= 0.995, (gained, held / runs)
