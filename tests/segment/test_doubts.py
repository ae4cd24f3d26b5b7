"""An outline's own doubt: what it expects of itself, and whether its borders can be those of a
muscle.
"""

import numpy as np
import pandas as pd
import pytest

from course_utils import segment
from course_utils.core.errors import DataError
from course_utils.segment import doubts

ROWS, COLUMNS = np.mgrid[:128, :128].astype(float)


def between(upper, lower, inside=0.97, outside=0.03):
    """A probability that is `inside` between two borders (functions of the column)."""
    found = (upper(COLUMNS) < ROWS) & (lower(COLUMNS) > ROWS)
    return np.where(found, inside, outside).astype(np.float32)


def flat(row):
    return lambda x: row + 0.1 * x - 4 * ((x - 64) / 64) ** 2


def test_a_sure_band_between_smooth_lines_gives_no_cause():
    one = segment.doubt(between(flat(20), flat(60)))
    assert not one and str(one) == ""
    assert one.smooth > 0.99


def test_the_expected_dice_is_the_ratio_of_sums():
    found = between(flat(20), flat(60), inside=0.8, outside=0.1)
    marked = found > 0.5
    wanted = 2 * 0.8 * marked.sum() / (0.8 * marked.sum() + 0.1 * (~marked).sum() + marked.sum())
    one = segment.doubt(found)
    assert one.expected == pytest.approx(wanted, abs=1e-5)
    assert one and "expects a Dice" in str(one) and "ragged" not in str(one)


def test_the_expected_dice_is_kept_where_every_probability_is_true():
    """Truths drawn from the probabilities themselves: the mean Dice is the expected one."""
    rng = np.random.default_rng(0)
    found = np.clip(between(flat(20), flat(60), 0.75, 0.15), 0, 1)
    marked = found > 0.5
    truths = [rng.random(found.shape) < found for _ in range(60)]
    dice = [2 * (truth & marked).sum() / (truth.sum() + marked.sum()) for truth in truths]
    assert np.mean(dice) == pytest.approx(segment.doubt(found).expected, abs=0.005)


def test_a_second_candidate_of_like_score_is_doubted():
    found = between(flat(15), flat(45))
    second = between(flat(60), flat(85)) > 0.5
    assert not segment.doubt(found)
    one = segment.doubt(np.where(second, np.float32(0.9), found))
    assert one and one.expected < 0.8


@pytest.mark.parametrize("spoil", ["jump", "teeth"])
def test_a_border_that_jumps_or_is_ragged_is_doubted(spoil):
    def lower(x):
        off = 25.0 * (x > 70) if spoil == "jump" else 14.0 * (np.sin(x) > 0)
        return flat(50)(x) + off

    one = segment.doubt(between(flat(20), lower))
    assert one and one.smooth < doubts.SMOOTH and "ragged" in str(one)


def test_the_grid_of_the_picture_hardly_matters():
    small = between(flat(20), flat(60), 0.9)
    large = np.repeat(np.repeat(small, 4, axis=0), 4, axis=1)
    one, other = segment.doubt(small), segment.doubt(large)
    assert one.expected == pytest.approx(other.expected, abs=1e-5)
    assert one.smooth == pytest.approx(other.smooth, abs=1e-5)


def test_nothing_outlined_gives_no_cause_and_few_columns_do():
    assert not segment.doubt(np.full((64, 64), 0.2, np.float32))
    speck = np.zeros((128, 128), np.float32)
    speck[40:80, 60:64] = 1.0
    assert segment.doubt(speck)


def test_the_limit_belongs_to_a_network():
    found = between(flat(20), flat(60), inside=0.85, outside=0.1)
    assert segment.doubt(found) and not segment.doubt(found, sure=0.7)


@pytest.mark.parametrize("wrong", [{"sure": 1.5}, {"probability": np.full((8, 8), 2.0)}])
def test_what_is_no_probability_or_limit_is_refused(wrong):
    with pytest.raises(DataError):
        segment.doubt(**{"probability": np.full((8, 8), 0.5)} | wrong)


def test_a_page_hears_which_outlines_doubt_themselves_the_least_sure_first():
    scores = pd.DataFrame({
        "image": [f"images/s{n}.png" for n in range(5)], "dice": [0.9, 0.5, 0.8, 0.95, 0.9],
        "expected": [0.95, 0.6, 0.84, np.nan, 0.99], "smooth": [0.99, 0.99, 0.99, np.nan, 0.7],
    })  # fmt: skip
    said = doubts.told(scores)
    assert said.startswith("3 of 4 outlines doubt themselves")
    assert said.index("s1.png: the network itself expects a Dice of 0.60") < said.index("s2.png")
    assert "s4.png: a border is ragged" in said and "s0" not in said and "s3" not in said
    assert "and 2 more" in doubts.told(scores, most=1)
    assert "proves nothing" in doubts.told(scores.iloc[[0]])
    with pytest.raises(DataError):
        doubts.told(scores.drop(columns="smooth"))


def test_a_network_of_ones_own_has_a_limit_that_its_good_outlines_pass():
    unsharp = pd.DataFrame(
        {"dice": [0.95] * 99 + [0.1], "expected": [*np.linspace(0.7, 0.8, 99), 0.2]}
    )
    assert 0.70 < doubts.limit(unsharp) < 0.71
    assert doubts.limit(unsharp.assign(expected=0.99)) == doubts.SURE
    assert doubts.limit(unsharp.assign(dice=0.1)) == doubts.SURE
