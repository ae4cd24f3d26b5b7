"""One answer for every argument: what is taken, and the sentence for what is not."""

import math

import numpy as np
import pytest

from course_utils.core import accept
from course_utils.core.errors import DataError

NONSENSE = [True, False, "3", None, math.nan, math.inf, [3], 3 + 1j]


@pytest.mark.parametrize("value", NONSENSE)
def test_nonsense_is_no_number(value):
    for kind in (accept.number, accept.whole, accept.share):
        with pytest.raises(DataError, match="thing must be a"):
            kind(value, "thing")
    with pytest.raises(DataError, match="seed must be a"):
        accept.seed(value)


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3)])
def test_a_whole_number_in_any_dress(value):
    found = accept.whole(value, "n", 1, 5)
    assert found == 3 and type(found) is int


def test_limits_are_told():
    with pytest.raises(DataError, match="n must be a whole number from 1 to 5, not 6"):
        accept.whole(6, "n", 1, 5)
    with pytest.raises(DataError, match="from 1, not 0.5"):
        accept.number(0.5, "n", 1)
    with pytest.raises(DataError, match="from 0 to 1, not 40"):
        accept.share(40, "coverage")
    with pytest.raises(DataError, match="whole"):
        accept.whole(2.5, "n")


def test_a_spacing_is_two_numbers_or_unknown():
    assert accept.spacing(None) is None and accept.spacing([0.1, 2]) == (0.1, 2.0)
    for wrong in (0.1, (0.1,), (0, 1), (-1, 1), ("a", 1), (math.nan, 1), (1, 2, 3)):
        with pytest.raises(DataError, match="two numbers above 0"):
            accept.spacing(wrong)


@pytest.mark.parametrize(
    "pair, shape, words",
    [
        ((0.1, 0.1), (512, 512), ""),
        ((0.00002, 0.1), None, "0.00002|2e-05"),
        ((300, 300), None, "300 mm"),
        ((1, 1), (600, 800), "60 cm deep"),
        ((math.nan, 0.1), None, "nan"),
    ],
)
def test_implausible_millimetres_are_named(pair, shape, words):
    import re

    found = accept.implausible(pair, shape)
    assert re.search(words, found) and bool(found) == bool(words)


def test_two_masks_have_one_size():
    one, two = accept.masks(np.ones((3, 4)), np.zeros((3, 4), bool))
    assert one.dtype == two.dtype == np.uint8
    with pytest.raises(DataError, match="3 x 5 but its image is 3 x 4"):
        accept.masks(np.ones((3, 4)), np.zeros((3, 5)))
