"""A fitted sector against drawn ones, whose pixels are known in closed form."""

import numpy as np
import pytest

from course_utils.privacy import fan

HEIGHT, WIDTH = 240, 320
Y, X = np.mgrid[:HEIGHT, :WIDTH].astype(float)


def linear(left=60.0, right=250.0, near=20.0, far=210.0, lean=0.0):
    """A box, or a parallelogram whose sides lean by `lean` pixels a row."""
    across = X - lean * (Y - near)
    return (across >= left) & (across <= right) & (Y >= near) & (Y <= far)


def curved(apex=(160.0, -40.0), half=0.6, near=70.0, far=260.0):
    """Between two radii and two angles about the apex: a curved array, or a phased one (near 0)."""
    across, down = X - apex[0], Y - apex[1]
    radius, angle = np.hypot(across, down), np.arctan2(across, down)
    return (np.abs(angle) <= half) & (radius >= near) & (radius <= far) & (down > 0)


SHAPES = {
    "linear": linear(),
    "linear, wide": linear(5, 314, 5, 234),
    "curved": curved(),
    "curved, narrow": curved(half=0.3),
    "curved, wide": curved((160.0, -10.0), 0.9, 40.0, 180.0),
    "phased": curved((160.0, 10.0), 0.7, 0.0, 215.0),
    "phased, narrow": curved((160.0, 6.0), 0.35, 2.0, 225.0),
    "beside the middle": curved((120.0, 0.0), 0.4, 20.0, 220.0),
}


def agreement(one, other):
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize("name", SHAPES)
def test_a_whole_sector_is_itself(name):
    drawn = SHAPES[name]
    assert agreement(fan.complete(drawn, drawn), drawn) > 0.98  # a border of one pixel


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("missing", ["near field", "hole", "dark corner"])
def test_what_was_not_found_of_a_sector_comes_back(name, missing):
    drawn = SHAPES[name]
    found = drawn.copy()
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if missing == "near field":
        found[: rows[0] + (rows[-1] - rows[0]) // 8] = False
    elif missing == "hole":
        found &= np.hypot(X - columns.mean(), Y - rows.mean()) > 25
    else:
        found[rows[-1] - 20 :, : int(columns.mean())] = False
    whole = fan.complete(found, drawn)
    assert (whole & found).sum() == found.sum()
    assert (whole & drawn).sum() > 0.995 * drawn.sum()
    assert (whole & ~drawn).sum() < 0.03 * drawn.sum()


@pytest.mark.parametrize("name", SHAPES)
def test_the_corner_of_the_screen_stays_outside(name):
    drawn = SHAPES[name]
    if drawn[:12, :60].any():
        pytest.skip("this sector reaches the corner")
    screen = drawn.copy()
    screen[2:10, 4:56] = True  # a name
    assert not fan.complete(drawn, screen)[2:10, 4:56].any()


def test_two_halves_of_a_screen_are_fitted_each():
    left, right = linear(10, 140, 30, 210), linear(180, 310, 30, 210)
    both = left | right
    found = both & (Y > 50)
    whole = fan.complete(found, both)
    assert agreement(whole, both) > 0.97 and not whole[:, 150:170].any()


@pytest.mark.parametrize(
    "shape",
    [
        np.hypot(X - 160, Y - 120) < 90,  # a disc has no straight sides
        np.hypot((X - 160) / 1.4, Y - 120) < 80,
        np.hypot(X - 160, (Y - 120) / 1.3) < 80,
        np.abs(X - 160) + np.abs(Y - 120) < 20,  # too small
    ],
)
def test_what_is_no_sector_stays_as_it_was_found(shape):
    found = shape & (Y < 230)
    whole = fan.complete(found, found)
    assert (whole & found).sum() == found.sum()
    assert whole.sum() <= 1.02 * found.sum()


def test_nothing_found_is_nothing():
    nothing = np.zeros((HEIGHT, WIDTH), bool)
    assert not fan.complete(nothing, np.ones_like(nothing)).any()


def test_a_leaning_box_is_left_as_it_is_or_fitted_as_one():
    drawn = linear(80, 200, 20, 210, lean=0.15)
    whole = fan.complete(drawn, drawn)
    assert agreement(whole, drawn) > 0.95
