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


def test_a_plot_says_what_it_is_and_keeps_its_width_readable():
    def plot():
        figure, axis = figures.paper()
        axis.plot([0, 1], [0, 1])
        return figures.save(figure, "a line")

    picture = plot()
    assert 600 < picture.width <= figures.WIDTH and picture.plot
    assert pixels(picture).shape[1] == pytest.approx(2 * picture.width, abs=30)
    assert "min-width" in picture.html() and "overflow-x" in picture.html()
    with figures.draft():
        assert pixels(plot()).shape[1] < 800


def test_a_message_is_broken_where_the_paper_ends():
    message = "a long message that says what this plot says " * 3
    for columns in (1, 2):
        figure, axes = figures.paper(columns=columns)
        figures.title(np.ravel(axes)[0], message)
        lines = np.ravel(axes)[0].get_title(loc="left").split("\n")
        assert len(lines) > 1 and max(map(len, lines)) <= 76 / columns


@pytest.mark.parametrize("alt", ["", "   "])
def test_a_picture_without_its_sentence_is_refused(alt):
    with pytest.raises(errors.DataError, match="alt"):
        figures.plain(RAMP, alt)


def test_alternative_text_is_escaped_and_on_one_line():
    html = figures.plain(RAMP, 'a "quoted" <b>\n ramp').html()
    assert 'alt="a &quot;quoted&quot; &lt;b&gt; ramp"' in html
