"""The losses: what they are where all is alike, where they are nothing, and a number that is none."""

import math

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import losses


def directions(count, wide, seed=0):
    values = np.random.default_rng(seed).standard_normal((2, count, wide))
    return values / np.linalg.norm(values, axis=2, keepdims=True)


def test_all_alike_is_log_n_and_swapping_changes_nothing():
    u, v = directions(20, 8)
    assert float(losses.contrastive(np.full((20, 20), 0.3), 0.1)) == pytest.approx(
        math.log(20), abs=1e-4
    )
    assert float(losses.contrastive(u @ v.T, 0.1)) == pytest.approx(
        float(losses.contrastive(v @ u.T, 0.1)), abs=1e-4
    )


def test_semantic_is_nothing_where_cosines_are_likenesses_and_one_part_is_blind():
    alike = np.random.default_rng(1).random((6, 6)).astype(np.float32)
    assert float(losses.semantic(alike, alike)) == pytest.approx(0, abs=1e-5)
    lifted = float(losses.semantic(alike + 0.1, alike))  # the divergence does not see it
    assert lifted == pytest.approx(losses.SQUARED * 0.01, abs=1e-4)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_ends_the_training_with_its_batch(value):
    watch = losses.NotANumber()
    watch.on_train_batch_end(0, {"loss": 4.2})
    with pytest.raises(errors.DataError, match=r"batch 7"):
        watch.on_train_batch_end(6, {"loss": value})


def test_a_better_pairing_has_a_smaller_loss():
    u, _ = directions(12, 8)
    own = float(losses.contrastive(u @ u.T, 0.1))
    exchanged = float(losses.contrastive(u @ np.roll(u, 1, axis=0).T, 0.1))
    assert own < math.log(12) < exchanged
