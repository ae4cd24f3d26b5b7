"""A rule that rings at a fall: the closed form against a simulated clinic."""

import numpy as np
import pytest
from scipy import stats

from course_utils import decide
from course_utils.core.errors import DataError
from course_utils.decide import early


def test_one_visit_is_a_difference_of_two_readings():
    wanted = stats.norm.sf(8 / (np.sqrt(2) * early.SD))
    assert decide.ringing(8, 1) == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize(
    ("drop", "visits", "loss"), [(8, 4, 0), (10, 2, 0), (12, 8, 10), (5, 1, 3)]
)
def test_the_share_is_that_of_simulated_patients(drop, visits, loss):
    rng = np.random.default_rng(4)
    first = rng.normal(0, early.SD, 200_000)
    later = rng.normal(-loss, early.SD, (200_000, visits))
    rings = (later <= first[:, None] - drop).any(axis=1).mean()
    assert decide.ringing(drop, visits, loss) == pytest.approx(rings, abs=0.004)


def test_more_visits_ring_more_and_less_than_in_proportion():
    one, four, eight = (decide.ringing(8, visits) for visits in (1, 4, 8))
    assert one < four < eight < 2 * four < 8 * one


def test_nonsense_is_refused():
    with pytest.raises(DataError, match="visits"):
        decide.ringing(8, 0)
    with pytest.raises(DataError, match="drop"):
        decide.ringing(-1, 4)
