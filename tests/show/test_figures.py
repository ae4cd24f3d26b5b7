import cv2
import numpy as np
import pytest

from course_utils.core import errors
from course_utils.show import figures


def pixels(picture):
    return cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_COLOR)


RAMP = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (32, 1))


def test_plain_keeps_every_pixel():
    decoded = pixels(figures.plain(RAMP, "a ramp"))[..., 0]
    assert decoded.shape == RAMP.shape
    assert np.abs(decoded / 255 - RAMP).max() <= 0.5 / 255 + 1e-6


def test_plain_keeps_colours_in_order():
    red = np.zeros((4, 4, 3))
    red[..., 0] = 1
    assert (
        pixels(figures.plain(red, "red"))[0, 0] == [0, 0, 255]
    ).all()  # OpenCV reads blue, green, red


@pytest.mark.parametrize("alt", ["", "   "])
def test_a_picture_without_its_sentence_is_refused(alt):
    with pytest.raises(errors.DataError, match="alt"):
        figures.plain(RAMP, alt)


def test_alternative_text_is_escaped_and_on_one_line():
    html = figures.plain(RAMP, 'a "quoted" <b>\n ramp').html()
    assert 'alt="a &quot;quoted&quot; &lt;b&gt; ramp"' in html


def test_millimetres_set_the_shape_of_the_picture():
    square = np.zeros((50, 50), np.float32)
    tall = pixels(figures.image(square, "x", spacing=(2.0, 0.5)))
    wide = pixels(figures.image(square, "x", spacing=(0.5, 2.0)))
    assert wide.shape[1] > 2 * tall.shape[1]


def test_row_and_grid_and_histogram_draw():
    mask = np.zeros((32, 64), np.uint8)
    mask[8:20, 10:50] = 1
    with_mask = figures.row({"a": RAMP, "b": RAMP}, "two ramps", masks={"a": mask}, points=[(5, 5)])
    without = figures.row({"a": RAMP, "b": RAMP}, "two ramps")
    assert not np.array_equal(pixels(with_mask), pixels(without))
    assert pixels(figures.grid({str(i): RAMP for i in range(5)}, "five ramps")).std() > 0
    assert pixels(figures.histogram({"ramp": RAMP}, "flat")).std() > 0


@pytest.mark.parametrize(
    "bad", [np.zeros(5), np.zeros((2, 3, 4)), np.zeros((0, 3)), np.zeros((2, 3, 4, 5))]
)
def test_arrays_that_are_no_picture_are_refused_in_words(bad):
    with pytest.raises(errors.DataError, match="shape"):
        figures.image(bad, "x")


@pytest.mark.parametrize("shape", [(128, 128), (240, 320), (350, 800), (416, 300)])
@pytest.mark.parametrize("count", [1, 2])
def test_nothing_in_a_row_touches_the_edge_of_the_paper(shape, count):
    picture = figures.row(
        {f"picture {number}": np.zeros(shape, np.float32) for number in range(count)}, "black"
    )
    paper = pixels(picture)
    assert min(edge.min() for edge in (paper[:3], paper[-3:], paper[:, :3], paper[:, -3:])) == 255


def test_a_title_stands_above_a_grid():
    plain, titled = (
        pixels(figures.grid({"a": RAMP}, "a ramp", title=title)) for title in (None, "Synthetic")
    )
    assert titled.shape[0] > plain.shape[0]


def test_disc_is_round_and_where_it_should_be():
    disc = figures.disc((40, 60), (20.2, 15.8), 5)
    assert figures.centre(disc) == (20, 16)
    assert disc.sum() == pytest.approx(np.pi * 5**2, rel=0.1) and set(np.unique(disc)) == {0, 1}


def test_outline_follows_the_border_of_a_rectangle():
    mask = np.zeros((20, 30), np.uint8)
    mask[5:11, 4:21] = 1
    (line,) = figures.outline(mask)
    assert line.min(axis=0).tolist() == [4, 5] and line.max(axis=0).tolist() == [20, 10]
    assert (line[0] == line[-1]).all()
