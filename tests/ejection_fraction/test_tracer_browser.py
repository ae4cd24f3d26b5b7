"""The tracer in a real JupyterLab and browser: mouse, keys, and the curve as it is drawn.

Skipped where there is no Chromium or no playwright. Screenshots go to build/browser/.
"""

import json

import numpy as np
import pytest

from course_utils.ejection_fraction import contours
from tests.conftest import ROOT
from tests.helpers import browser
from tests.helpers.browser import shoot, wait_for_the_last_cell

pytestmark = browser.NEEDED

TRACE = """\
import sys; sys.path.insert(0, TESTS)
from course_utils.ejection_fraction import tracer
from tests.ejection_fraction.test_contours import ventricle
from tests.ejection_fraction.test_tracer import grey
frames = {"A4C ED": ventricle(8, 70, 40), "A4C ES": ventricle(8, 58, 28),
          "A2C ED": ventricle(-6, 68, 38), "A2C ES": ventricle(-6, 55, 26)}
def areas(masks):
    return "Areas " + ", ".join(str(int(mask.sum())) for mask in masks)
tool = tracer.Tracer([grey(mask) for mask in frames.values()], frames.values(), areas,
                     "A synthetic ventricle in two views.", frames)
tool"""
STOP = """\
import ipywidgets, numpy as np
from course_utils import show
grows = np.linspace(0, 1, 9)[:, None, None] * np.ones((9, 60, 80))
film = show.Player(show.film(grows, "It grows.", 20))
said = ipywidgets.HTML()
film.observe(lambda change: setattr(said, "value", f"the kernel has {change.new}"), "frame")
ipywidgets.VBox([film, said])"""
SHOW = """\
from course_utils.ejection_fraction import pictures
pictures.showpiece()"""


def cell(number, source):
    return {
        "cell_type": "code",
        "id": f"cell{number}",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page of three cells in the browser after Run All."""
    home = tmp_path_factory.mktemp("lab")
    notebook = home / "notebooks" / "trace.ipynb"
    notebook.parent.mkdir()
    cells = [cell(1, TRACE.replace("TESTS", repr(str(ROOT / "tests")))), cell(2, SHOW)]
    cells.append(cell(3, STOP))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    made = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    notebook.write_text(json.dumps(made), encoding="utf-8")
    with browser.lab(home, notebook) as address, browser.running(address, 1500, 1000) as page:
        wait_for_the_last_cell(page)
        yield page


def readout(page):
    return page.locator(".course-number").first


def settled(page, old):
    """The reading once it differs from `old` and rests."""
    page.wait_for_function(
        "old => document.querySelector('.course-number').innerText !== old", arg=old
    )
    now = None
    while now != readout(page).inner_text():
        now = readout(page).inner_text()
        page.wait_for_timeout(400)
    return now


def shown(page, title):
    """The first tracer, with one of its frames on show."""
    tool = page.get_by_role("group", name="A synthetic ventricle in two views.").first
    tool.get_by_role("button", name=title, exact=True).click()
    return tool


def handle(tool, name):
    return tool.get_by_role("slider", name=name, exact=True)


def areas(reading):
    return [int(number) for number in reading.removeprefix("Areas ").split(",")]


def drawn(tool):
    """The wall as it is on the screen: (N, 2) picture points, and its 13 handles."""
    path = tool.locator("path[stroke='#E69F00']").get_attribute("d")
    walls = np.array([[float(number) for number in pair.split()] for pair in path[1:].split("L")])
    places = tool.locator(".course-handle").evaluate_all(
        "all => all.map(one => one.getAttribute('transform').match(/-?[\\d.]+/g).map(Number))"
    )
    return walls, np.array(places)


def test_one_large_view_has_its_contour_and_the_number_beside_it(page):
    tool = shown(page, "A4C ED")
    assert tool.locator(".course-handle").count() == 13
    assert len(areas(readout(page).inner_text())) == 4
    walls, places = drawn(tool)
    assert walls.shape == (97, 2)
    assert np.allclose(walls[::8], places, atol=0.006)
    assert np.allclose(walls, contours._spline(places, 97), atol=0.01)  # the same formula
    stage = tool.locator(".course-stage").bounding_box()
    number = readout(page).bounding_box()
    assert stage["width"] >= 640
    assert number["x"] > stage["x"] + stage["width"]  # beside it, so both are in one window
    shoot(page, "tracer_1", readout(page))


def test_the_apex_follows_the_mouse_and_the_reading_follows(page):
    tool = shown(page, "A4C ES")
    before, start = readout(page).inner_text(), drawn(tool)[1][6]
    apex = handle(tool, "apex")
    apex.scroll_into_view_if_needed()
    box, across = apex.bounding_box(), tool.locator(".course-stage").bounding_box()["width"]
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x, y - 10 * step)
    page.mouse.up()
    after = settled(page, before)
    shoot(page, "tracer_2_dragged")
    moved = drawn(tool)[1][6] - start
    assert abs(moved[0]) < 0.5 and moved[1] == pytest.approx(-80 * 112 / across, abs=1)
    old, new = areas(before), areas(after)
    assert new[1] > old[1] + 100 and new[0] == old[0] and new[2:] == old[2:]
    tool.get_by_role("button", name="Back to automatic").click()
    assert settled(page, after) == before


def test_keys_move_a_handle_and_bring_it_back(page):
    tool = shown(page, "A2C ED")
    before, start = readout(page).inner_text(), drawn(tool)[1]
    handle(tool, "apex").focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    up = settled(page, before)
    moved = drawn(tool)[1]
    assert np.allclose(moved[6] - start[6], [0, -5])  # 4 x 0.5 and 3
    assert areas(up)[2] > areas(before)[2]
    page.keyboard.press("r")
    assert settled(page, up) == before
    assert np.allclose(drawn(tool)[1], start)
    assert page.locator(".jp-CodeCell").count() == 3  # "r" in a notebook would make a cell raw


def test_a_wall_point_slides_and_tab_reaches_the_next(page):
    tool = shown(page, "A4C ED")
    before, start = readout(page).inner_text(), drawn(tool)[1]
    handle(tool, "left 2").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "left 3"
    for _ in range(2):
        page.keyboard.press("Shift+ArrowLeft")
    wider = settled(page, before)
    far = np.linalg.norm(drawn(tool)[1] - start, axis=1)
    assert far[3] == pytest.approx(6)
    assert far[[2, 4]] == pytest.approx(0.65 * 6)  # the neighbours go along
    assert areas(wider)[0] > areas(before)[0]
    page.keyboard.press("Backspace")
    assert settled(page, wider) == before


def test_the_heart_beats_pauses_and_goes_frame_by_frame(page):
    tool = page.get_by_role("group", name="The outlines of a beating").first
    tool.scroll_into_view_if_needed()
    wall = tool.locator("path[stroke='#E69F00']")
    first = wall.get_attribute("d")
    page.wait_for_function(
        "([wall, old]) => wall.getAttribute('d') !== old", arg=[wall.element_handle(), first]
    )
    stage = tool.locator(".course-stage")
    stage.focus()
    page.keyboard.press(" ")
    assert tool.get_by_role("button", name="Play").count() == 1
    told = tool.get_by_text("frame ").first.inner_text()
    page.keyboard.press("ArrowRight")
    assert tool.get_by_text("frame ").first.inner_text() != told
    shoot(page, "tracer_4_beating")


def test_the_kernel_hears_where_a_film_stands_still(page):
    film = page.get_by_role("group", name="It grows.").first
    film.scroll_into_view_if_needed()
    film.get_by_role("button", name="Pause").click()
    number = int(film.locator("output").inner_text().split()[1])
    film.get_by_role("button", name="One frame on").click()
    page.get_by_text(f"the kernel has {number % 9}").wait_for()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.get_by_text("the kernel has 1").wait_for()
    assert film.locator("output").inner_text().split()[1] == "2"  # people count from one


def test_the_page_had_no_faults(page):
    assert page.faults == []
