"""The film where a kernel listens: its frame, another film, and what a page without a kernel has."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.show import films
from course_utils.show.player import Player

FRAMES = np.linspace(0, 1, 5, dtype=np.float32)[:, None, None] * np.ones((5, 30, 40), np.float32)


def test_it_begins_untouched_and_goes_to_a_frame():
    shown = Player(films.film(FRAMES, "it grows"))
    assert shown.values == {"frame": 0} and not shown.touched
    shown.set(frame=3)
    assert shown.values == {"frame": 3} and shown.touched
    for wrong in (5, -1, 1.5, "2", None):
        with pytest.raises(errors.DataError, match="frame must be"):
            shown.set(frame=wrong)
    assert shown.values == {"frame": 3}


def test_what_a_browser_sends_counts_as_a_touch():
    shown = Player(films.film(FRAMES, "it grows"))
    shown.set_state({"frame": 2})
    assert shown.touched and shown.values == {"frame": 2}


def test_another_film_begins_at_its_first_frame():
    shown = Player(films.film(FRAMES, "it grows"))
    shown.set(frame=4)
    shown.load(films.film(FRAMES[::-1][:3], "it shrinks"))
    assert shown.values == {"frame": 0} and not shown.touched
    assert "it shrinks" in shown.page and len(shown.told["images"]) == 3
    with pytest.raises(errors.DataError):
        shown.set(frame=3)


def test_a_page_without_a_kernel_plays_the_film():
    film = films.film(FRAMES, "it grows")
    data, _ = Player(film)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<script>" in data["text/html"] and data["text/plain"] == film.text()
    assert "<script" not in Player(film).page  # a widget brings its script itself
