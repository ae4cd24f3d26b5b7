"""Outlines, filling and the search for base and apex, apart from what test_discs asks of them."""

import math

import cv2
import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.ejection_fraction import shape
from tests.ejection_fraction.test_discs import cut_ellipse


@pytest.mark.parametrize("radius", [6, 15, 30])
def test_the_outline_of_a_circle_lies_on_the_circle(radius):
    y, x = np.mgrid[:80, :80]
    points = shape.outline((x - 40) ** 2 + (y - 38) ** 2 <= radius**2)
    distance = np.hypot(*(points - (40, 38)).T)
    assert distance.mean() == pytest.approx(radius, abs=0.15)
    assert np.abs(distance - radius).max() < 0.75
    assert shape.area(points) == pytest.approx(math.pi * radius**2, rel=0.03)


def test_an_outline_at_the_edge_of_the_picture_is_closed_there():
    mask = np.zeros((40, 40), bool)
    mask[:20, :30] = True
    points = shape.outline(mask)
    assert shape.area(points) == pytest.approx(600, rel=0.01)
    assert points.min() == pytest.approx(-0.5, abs=0.05)


def test_filling_an_outline_gives_the_mask_back():
    mask = cut_ellipse((112, 112), (1, 1), 40, 22, 0.6, 70)
    again = shape.filled(shape.outline(mask > 0), mask.shape)
    assert np.count_nonzero(again != mask) < 0.02 * mask.sum()


def test_base_and_apex_of_a_triangle():
    triangle = np.array([(0.0, 0), (40, 0), (20, 90)])
    left, right, base, apex = shape.base_and_apex(triangle)
    assert base == pytest.approx([20, 0], abs=2)
    assert apex == pytest.approx([20, 90], abs=2.5)
    assert {round(left[0] / 40), round(right[0] / 40)} == {0, 1}


def test_rounded_corners_do_not_move_the_base():
    """As a network draws it: the corners of the mitral plane worn off."""
    mask = cut_ellipse((112, 112), (1, 1), 40, 22, 0.6, -90)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    worn = cv2.morphologyEx(mask, cv2.MORPH_OPEN, brush)
    assert 10 < mask.sum() - worn.sum() < 60
    sharp, soft = (shape.base_and_apex(shape.outline(m > 0)) for m in (mask, worn))
    assert np.hypot(*(sharp[2] - soft[2])) < 1.5 and np.hypot(*(sharp[3] - soft[3])) < 1.5


def test_pieces_are_counted_and_the_largest_kept():
    mask = np.zeros((30, 30), bool)
    mask[2:12, 2:12] = True
    mask[5, 5] = False
    mask[20:25, 20:24] = True
    part, pieces, share = shape.largest(mask)
    assert (part.sum(), pieces, share) == (100, 2, 99 / 119)
    assert shape.largest(np.zeros((5, 5), bool))[1:] == (0, 0.0)


@pytest.mark.parametrize(
    "points", [[(0, 0), (1, 1)], [(0, 0), (1, 1), (np.nan, 2)], "abc", [[1, 2, 3]] * 4]
)
def test_what_is_no_outline_is_refused(points):
    with pytest.raises(DataError, match="three points"):
        shape.polygon(points)
