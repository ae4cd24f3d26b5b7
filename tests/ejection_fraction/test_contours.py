import math

import numpy as np
import pytest
from matplotlib.path import Path

from course_utils.core import errors
from course_utils.ejection_fraction import contours
from course_utils.evaluate import metrics

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

SHAPE = (112, 112)


def ventricle(angle=0, length=62, width=34, cut=0.25, tilt=0, shape=SHAPE, centre=(55.5, 55.5)):
    """An ellipse cut off below its equator (a share `cut` of its half-axis) by a mitral plane that
    leans by `tilt` degrees; the apex points `angle` degrees clockwise from up.
    """
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    turn = math.radians(angle)
    x, y = columns - centre[0], rows - centre[1]
    up, over = x * math.sin(turn) - y * math.cos(turn), x * math.cos(turn) + y * math.sin(turn)
    half = length / (1 + cut)
    high = up + length / 2 - cut * half
    return ((high / half) ** 2 + (2 * over / width) ** 2 <= 1) & (
        high + math.tan(math.radians(tilt)) * over >= -cut * half
    )


def made(**changes):
    values = {
        "annulus_left": (40, 90),
        "annulus_right": (70, 90),
        "apex": (55, 30),
        "left": (4, 7, 8, 7, 4),
        "right": (4, 7, 8, 7, 4),
    }
    return contours.Contour(**{**values, **changes})


@pytest.mark.parametrize("angle", range(0, 360, 45))
@pytest.mark.parametrize(
    "length, width, cut, tilt",
    [(62, 34, 0.25, 0), (80, 40, 0.05, 12), (50, 18, 0.4, -10), (60, 48, 0.3, 0)],
)
def test_a_contour_gives_back_the_mask_it_follows_any_way_up(angle, length, width, cut, tilt):
    mask = ventricle(angle, length, width, cut, tilt)
    again = contours.from_mask(mask).mask(SHAPE)
    assert again.dtype == np.uint8 and again.shape == SHAPE
    assert metrics.dice(mask, again) >= 0.98
    assert abs(again.sum() / mask.sum() - 1) < 0.015


@pytest.mark.parametrize("angle", [0, 70, 180, 255])
def test_the_landmarks_are_where_the_shape_has_them(angle):
    turn = math.radians(angle)
    up = np.array([math.sin(turn), -math.cos(turn)])
    over = np.array([math.cos(turn), math.sin(turn)])
    corner = 17 * math.sqrt(1 - 0.25**2)
    base = np.array([55.5, 55.5]) - up * 62 / 2
    found = contours.from_mask(ventricle(angle))
    assert math.dist(found.apex, base + up * 62) < 2.5
    assert math.dist(found.annulus_left, base - over * corner) < 2.0  # left with the apex up
    assert math.dist(found.annulus_right, base + over * corner) < 2.0
    assert not found.crossed


def test_the_curve_passes_every_handle_and_ends_at_the_annulus():
    contour = made()
    points = contour.points()
    assert points.shape == (97, 2)
    assert np.allclose(points[::8], list(contour.handles.values()))
    assert np.allclose(points[[0, -1]], [contour.annulus_left, contour.annulus_right])
    assert list(contour.handles) == list(contours.HANDLES) and len(contours.HANDLES) == 13
    assert contour.points(500).shape == (500, 2)
    with pytest.raises(errors.DataError, match="13 points or more"):
        contour.points(5)


def test_a_straight_wall_stays_straight():
    flat = made(left=(0,) * 5, right=(0,) * 5)
    walls = flat.points()
    left = walls[:40]  # from the annulus to near the apex, where the corner begins
    line = (left[:, 0] - 40) * (30 - 90) - (left[:, 1] - 90) * (55 - 40)
    assert np.abs(line).max() / math.hypot(60, 15) < 1e-9
    triangle = 0.5 * 30 * 60
    assert flat.mask(SHAPE).sum() == pytest.approx(triangle, rel=0.02)


def test_bulges_are_pixels_outwards_on_both_sides():
    handles = made().handles
    flat = made(left=(0,) * 5, right=(0,) * 5).handles
    for name in contours.LEFT + contours.RIGHT:
        out = handles[name][0] - flat[name][0]
        assert out < 0 if name.startswith("left") else out > 0
    assert math.dist(handles["left 3"], flat["left 3"]) == pytest.approx(8)


def test_sixteen_numbers_are_the_whole_contour():
    contour = made()
    assert len(contour.numbers) == 16 and contours.Contour.of(contour.numbers) == contour


def test_a_landmark_goes_where_it_is_put_and_the_walls_follow():
    contour = made()
    higher = contour.moved("apex", 57, 20.5)
    assert higher.apex == (57, 20.5) and contour.apex == (55, 30)  # the old one is as it was
    assert higher.left == contour.left
    assert higher.handles["left 5"][1] < contour.handles["left 5"][1] - 7
    assert higher.handles["annulus left"] == contour.handles["annulus left"]


def test_a_wall_handle_slides_in_and_out_and_takes_its_neighbours_along():
    contour = made()
    name = "right 2"
    old = np.array(contour.handles[name])
    wider = contour.moved(name, *(old + [6, 0]))
    new = np.array(wider.handles[name])
    along = np.subtract(contour.apex, contour.annulus_right) / math.dist(
        contour.apex, contour.annulus_right
    )
    assert abs((new - old) @ along) < 1e-9 and 5 < math.dist(new, old) <= 6
    assert wider.moved(name, *old).right == pytest.approx(contour.right)
    gone = np.subtract(wider.right, contour.right)
    shares = [0.65, 1.0, 0.65, 0.25, 0.08]  # right 2 was moved
    assert gone == pytest.approx(np.multiply(shares, gone[1]))
    assert wider.left == contour.left and wider.apex == contour.apex


def test_moving_a_handle_outwards_makes_the_cavity_larger():
    contour, area = made(), made().mask(SHAPE).sum()
    assert contour.moved("apex", 55, 25).mask(SHAPE).sum() > area
    assert contour.moved("left 3", 35, 60).mask(SHAPE).sum() > area
    assert contour.moved("annulus right", 66, 90).mask(SHAPE).sum() < area


@pytest.mark.parametrize(
    "handle, x, y", [("apex", 55, 120), ("annulus left", 90, 90), ("left 3", 90, 60)]
)
def test_crossing_walls_enclose_no_cavity(handle, x, y):
    crossed = made().moved(handle, x, y)
    assert crossed.crossed and not made().crossed
    with pytest.raises(errors.DataError, match="walls of the contour cross"):
        crossed.mask(SHAPE)


def test_a_pixel_belongs_to_the_mask_where_its_centre_is_inside():
    contour = made(annulus_left=(40.3, 90.2), annulus_right=(70.4, 88.7), apex=(55.2, 30.1))
    mask = contour.mask(SHAPE)
    path = Path(contour.points())  # Matplotlib's own rule as the judge
    rows, columns = np.mgrid[:112, :112]
    inside = path.contains_points(np.stack([columns.ravel(), rows.ravel()], 1))
    assert np.array_equal(inside.reshape(SHAPE), mask)
    with pytest.raises(errors.DataError, match="rows, columns"):
        contour.mask(112)


def test_what_lies_outside_the_picture_is_cut_off():
    whole = made(apex=(55, -10)).mask((112, 112))
    assert whole[0].any() and whole.sum() < made(apex=(55, -10)).mask((200, 112)).sum() + 1
    with pytest.raises(errors.DataError, match="No pixel"):
        made().mask((20, 20))


def test_other_labels_are_left_out():
    labels = ventricle().astype(np.uint8)
    labels[100:108] = 2
    labels[:6] = 3
    assert contours.from_mask(labels) == contours.from_mask(ventricle())


def test_a_second_piece_is_pointed_out():
    mask = ventricle(length=50) | ventricle(length=20, width=16, centre=(12, 90))
    with pytest.warns(errors.CourseWarning, match="2 separate pieces"):
        contours.from_mask(mask)


@pytest.mark.parametrize(
    "bad, words",
    [
        (np.zeros(SHAPE), "empty"),
        (np.eye(112)[:20], "few"),
        (np.full(SHAPE, 255), "empty|255"),
        (np.zeros((4, 4, 3)), "shape"),
        (None, "mask"),
        (np.zeros((0, 0)), "mask"),
        (np.full(SHAPE, np.nan), "empty"),
    ],
)
def test_a_mask_without_a_cavity_is_refused(bad, words):
    with pytest.raises(errors.DataError, match=words):
        contours.from_mask(bad)


def test_a_mask_that_touches_the_border_or_fills_the_picture_still_has_a_contour():
    cut = ventricle(length=100, width=60, centre=(20, 50))
    assert metrics.dice(cut, contours.from_mask(cut).mask(SHAPE)) > 0.95
    full = np.ones((30, 20))
    assert metrics.dice(full, contours.from_mask(full).mask((30, 20))) > 0.9


@pytest.mark.parametrize(
    "change",
    [
        {"apex": (1,)},
        {"apex": (math.nan, 2)},
        {"left": (1, 2)},
        {"right": ("a",) * 5},
        {"annulus_left": None},
    ],
)
def test_a_contour_of_anything_else_is_refused(change):
    with pytest.raises(errors.DataError, match=next(iter(change))):
        made(**change)


def test_an_unknown_handle_or_place_is_refused():
    with pytest.raises(errors.DataError, match="annulus left"):
        made().moved("tip", 1, 2)
    with pytest.raises(errors.DataError, match="finite"):
        made().moved("apex", math.inf, 2)
    with pytest.raises(errors.DataError, match="16"):
        contours.Contour.of([1, 2, 3])
