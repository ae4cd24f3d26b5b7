"""Two crosses on an image: what they read, and the page without a kernel."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from course_utils.core import errors
from course_utils.show import callipers

IMAGE = np.random.default_rng(0).random((40, 60), dtype=np.float32)


def length(p, q):
    if min(p) < 0:
        raise errors.CalibrationError("outside.")
    return float(np.hypot(p[0] - q[0], p[1] - q[1]))


def test_callipers_measure_where_they_stand_and_show_a_refusal():
    pair = callipers.Callipers(IMAGE, length, [(0, 0), (3, 4)], "random dots")
    assert pair.reading == "5.0 mm" and not pair.touched
    pair.set((0, 0), (6, 8))
    assert pair.reading == "10.0 mm" and pair.touched and pair.values["q"] == (6, 8)
    pair.set((-1, 0), (6, 8))
    assert pair.reading == "No measurement: outside."


def test_callipers_read_without_a_kernel():
    data, _ = callipers.Callipers(
        IMAGE, length, [(0, 0), (3, 4)], "random dots"
    )._repr_mimebundle_()
    assert "5.0 mm" in data["text/html"] and 'alt="random dots' in data["text/html"]
    assert data["text/plain"].startswith("[callipers] 5.0 mm")


def test_a_sentence_is_shown_as_it_is_and_another_error_is_no_reading():
    pair = callipers.Callipers(IMAGE, lambda p, q: "no scale here", [(0, 0), (3, 4)], "dots")
    assert pair.reading == "no scale here"
    with pytest.raises(ZeroDivisionError):
        callipers.Callipers(IMAGE, lambda p, q: 1 / 0, [(0, 0), (3, 4)], "dots")


def test_the_script_is_sent_the_picture_as_large_as_it_is():
    pair = callipers.Callipers(IMAGE, length, [(1, 2), (3, 4)], "dots")
    assert pair.size == [60, 40] and pair.points == [[1.0, 2.0], [3.0, 4.0]]
    data = base64.b64decode(pair.source.partition(",")[2])
    assert Image.open(io.BytesIO(data)).size == (60, 40)
    pair.points = [[5.0, 6.0], [5.0, 16.0]]  # as the script does it
    assert pair.reading == "10.0 mm" and pair.touched
