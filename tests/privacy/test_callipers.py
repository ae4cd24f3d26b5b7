"""Callipers: crosses, and rows of dots or dashes."""

import cv2
import numpy as np
import pytest

from tests.helpers import screens
from tests.privacy.test_writing import kinds


@pytest.mark.parametrize("kind", ["+", "x"])
@pytest.mark.parametrize("arm", [4, 6, 9])
@pytest.mark.parametrize("thick", [1, 2])
def test_crosses_are_found_where_they_are(kind, arm, thick):
    def cross(picture):
        ink = screens.cross(kind, arm, thick)
        part = picture[60 : 60 + len(ink), 100 : 100 + len(ink)]
        part[ink > 0] = 255

    assert kinds(cross) == {"cross"}


@pytest.mark.parametrize("end", [(200, 30), (200, 110), (60, 145)])
@pytest.mark.parametrize("long", [1, 3])
def test_a_dotted_line_is_found_and_a_whole_one_is_not(end, long):
    def dots(picture, step=7):
        away = np.subtract(end, (30, 90))
        for along in range(0, int(np.hypot(*away)), step):
            one, two = (
                np.add((30, 90), away * (along + n) / np.hypot(*away)) for n in (0, long - 1)
            )
            cv2.line(picture, *(tuple(int(round(v)) for v in p) for p in (one, two)), 255, 1)

    assert kinds(dots) == {"dotted line"}
    assert kinds(lambda picture: dots(picture, 1)) == set()
