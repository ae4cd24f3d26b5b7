"""The player: what is in the page, and that it plays, pauses and steps in a browser."""

import json
import re
import shutil

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.show import figures, films

FRAMES = np.linspace(0, 1, 5, dtype=np.float32)[:, None, None] * np.ones((5, 30, 40), np.float32)
MASKS = np.zeros((5, 30, 40), np.uint8)
for number in range(5):
    MASKS[number, 5 : 15 + number, 10:30] = 1


def told(film):
    page = film.html()
    start = page.index(".querySelector('.course-film'), {") + len(
        ".querySelector('.course-film'), "
    )
    return json.JSONDecoder().raw_decode(page[start:])[0]


def test_every_frame_is_in_the_page_with_its_outline_and_its_words():
    film = films.film(FRAMES, "it grows", masks={"network": MASKS}, kind="synthetic")
    inside = told(film)
    assert len(inside["images"]) == len(inside["said"]) == len(inside["paths"]) == 5
    assert len({paths["network"] for paths in inside["paths"]}) == 5
    page = film.html()
    assert 'alt="it grows"' in page and "synthetic" in page and "stroke-dasharray" in page
    assert film.text() == "[film, 5 frames] it grows"


def test_the_outline_lies_on_the_border_of_the_mask():
    path = told(films.film(FRAMES, "x", masks={"truth": MASKS}))["paths"][0]["truth"]
    points = np.array([pair.split() for pair in re.split("[MLZ]", path) if pair], float)
    assert np.abs(points.min(axis=0) - [9.5, 4.5]).max() < 0.7
    assert np.abs(points.max(axis=0) - [29.5, 14.5]).max() < 0.7


def test_two_films_of_one_page_do_not_share_a_name():
    names = [re.search(r'id="(film-\w+)"', films.film(FRAMES, "x").html())[1] for _ in range(2)]
    assert names[0] != names[1]


def test_pictures_can_be_played_too():
    pictures = [figures.plain(frame, "a frame") for frame in FRAMES]
    film = films.film(pictures, "x", said=list("abcde"), once=True)
    assert told(film)["said"] == list("abcde") and "<output>e</output>" in film.html()


@pytest.mark.parametrize(
    "change, words",
    [
        ({"frames": []}, "number of frames"),
        ({"alt": " "}, "alt"),
        ({"fps": 0}, "fps"),
        ({"masks": {"truth": MASKS[:3]}}, "3 of 'truth'"),
        ({"said": ["a"]}, "1 of 'texts'"),
        ({"curve": [1.0, 2.0]}, "2 of 'curve'"),
    ],
)
def test_what_cannot_be_played_is_refused(change, words):
    with pytest.raises(errors.DataError, match=words):
        films.film(**{"frames": FRAMES, "alt": "x", **change})


CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("still", [False, True])
def test_it_plays_pauses_and_steps_with_the_keyboard(tmp_path, still):
    api = pytest.importorskip("playwright.sync_api")
    film = films.film(FRAMES, "it grows", fps=20, masks={"network": MASKS})
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><body>{film.html()}", encoding="utf-8")
    with api.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(reduced_motion="reduce" if still else "no-preference")
        page.goto((tmp_path / "page.html").as_uri())
        play, said = (
            page.get_by_role("button", name=re.compile("Play|Pause")),
            page.locator("output"),
        )
        assert ("Play" if still else "Pause") in play.inner_text()
        if still:
            page.wait_for_timeout(200)
            assert said.inner_text() == "frame 1 of 5"  # it holds still for who asks for it
            play.focus()
        else:
            page.wait_for_function("document.querySelector('output').textContent != 'frame 1 of 5'")
            play.click()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert said.inner_text() == "frame 3 of 5"
        page.keyboard.press("ArrowLeft")
        assert said.inner_text() == "frame 2 of 5"
        assert page.locator("img").get_attribute("src") == film.told["images"][1]
        assert page.locator("path").last.get_attribute("d") == film.told["paths"][1]["network"]
        page.keyboard.press("End")
        page.get_by_role("button", name="One frame on").click()
        assert said.inner_text() == "frame 1 of 5"  # round and round
        browser.close()
