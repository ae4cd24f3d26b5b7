"""Shapes with known pieces, holes and middles."""

import math

import numpy as np
import pytest
from scipy import ndimage

from course_utils.core import masks


def picture(*rows):
    return np.array([[int(sign) for sign in row] for row in rows], np.uint8)


TWO = picture("1110000", "1010011", "1110011", "0000000")


def test_the_largest_piece_with_its_hole_filled():
    part, pieces, share = masks.largest(TWO)
    assert pieces == 2 and share == pytest.approx(8 / 12) and part.sum() == 9
    assert masks.largest(TWO, fill=False)[0].sum() == 8


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8])
def test_holes_are_those_that_scipy_fills(share):
    draws = np.random.default_rng(5)
    for shape in ((1, 9), (7, 1), (30, 41)):
        mask = draws.random(shape) < share
        np.testing.assert_array_equal(masks.without_holes(mask), ndimage.binary_fill_holes(mask))


def test_nothing_has_no_piece():
    part, pieces, share = masks.largest(np.zeros((4, 5)))
    assert not part.any() and part.shape == (4, 5) and (pieces, share) == (0, 0.0)


def test_pixels_that_touch_at_a_corner_belong_together():
    assert masks.largest(picture("10", "01"))[1] == 1


def test_closed_lines_are_filled():
    assert masks.filled(TWO)[1, 1] == 1 and masks.filled(TWO).sum() == 13


def test_a_disc_lies_where_it_was_put():
    disc = masks.disc((40, 60), (20, 10), 7)
    assert masks.centre(disc) == pytest.approx((20, 10))
    assert disc.sum() == pytest.approx(math.pi * 7**2, rel=0.1)
    assert all(map(math.isnan, masks.centre(np.zeros((3, 3)))))
