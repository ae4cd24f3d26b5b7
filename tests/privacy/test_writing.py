"""Writing in pictures: found on the sample images that have it, and only there."""

import cv2
import numpy as np
import pytest

from course_utils import load
from course_utils.cases import samples
from course_utils.core import tables
from course_utils.privacy import writing
from tests.helpers import folders


@pytest.mark.parametrize("name", ["muscle_general", "muscle_hires"])
def test_the_samples_that_have_writing_and_no_others(name):
    table = samples.table(name).iloc[::3]
    found = [bool(writing.lines(load.image(path))) for path in tables.paths(table)]
    assert found == list(table["burned_in"])


@pytest.mark.parametrize("scale", [0.4, 0.5, 0.6])
def test_a_line_of_text_is_boxed(scale):
    pixels = folders.grey(1, (240, 320)) // 3
    cv2.putText(pixels, "ID 4711 MEIER", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1)
    boxes = writing.lines(pixels / np.float32(255))
    assert boxes and any(x0 < 60 and y0 < 60 <= y1 + 12 for x0, y0, x1, y1 in boxes)


def test_no_text_no_boxes():
    for seed in range(5):
        assert writing.lines(folders.grey(seed) / np.float32(255)) == []
    ruler = np.zeros((200, 200), np.float32)
    ruler[10:190:10, 5:9] = 1  # marks of depth
    assert writing.lines(ruler) == []
    assert writing.lines(np.zeros((4, 4), np.float32)) == []
