"""What the contrastive loss is in known cases: the closed forms against the loss itself."""

import math

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import floors, losses


def directions(count, wide, seed=0):
    values = np.random.default_rng(seed).standard_normal((2, count, wide))
    return values / np.linalg.norm(values, axis=2, keepdims=True)


@pytest.mark.parametrize(("count", "wide", "tau"), [(64, 256, 0.1), (64, 64, 1.0), (128, 48, 0.2)])
def test_random_directions_are_near_the_formula(count, wide, tau):
    found = [
        float(losses.contrastive(u @ v.T, tau))
        for u, v in (directions(count, wide, n) for n in range(5))
    ]
    assert np.mean(found) == pytest.approx(floors.at_random(count, wide, tau), rel=0.015)


@pytest.mark.parametrize(("tau", "loss"), [(0.1, 0.0029), (1.0, 3.185)])
def test_perfect_pairs(tau, loss):
    assert float(losses.contrastive(np.eye(64), tau)) == pytest.approx(loss, abs=1e-3)
    assert floors.perfect(64, tau) == pytest.approx(loss, abs=1e-3)


def test_duplicates_have_a_floor():
    same = np.kron(np.eye(16), np.ones((4, 4)))
    assert float(losses.contrastive(same, 0.02)) == pytest.approx(math.log(4), abs=1e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: floors.at_random(0, 8, 0.1),
        lambda: floors.at_random(8, 0, 0.1),
        lambda: floors.at_random(8, 8, 0),
        lambda: floors.perfect(8, math.nan),
    ],
)
def test_numbers_that_are_none_are_refused(wrong):
    with pytest.raises(errors.DataError):
        wrong()
