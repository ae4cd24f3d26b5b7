"""Lesson 00 in a real JupyterLab and browser: it opens, runs to its end, answers to a slider.

Skipped where there is no Chromium or no playwright. Screenshots go to build/browser/.
"""

import itertools
import time

import pytest

from tests.conftest import ROOT
from tests.helpers import browser
from tests.helpers.browser import shoot, wait_for_the_last_cell
from tools.notebooks import build

pytestmark = browser.NEEDED


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Lesson 00 in the browser after Run All; `page.asked` lists requests to other machines."""
    home = tmp_path_factory.mktemp("lab")
    notebook = home / "notebooks" / "00_start_here.ipynb"
    notebook.parent.mkdir()
    made = build.make(ROOT / "notebooks" / "source" / "00_start_here.py", notebook.parent)
    notebook.write_text(made[notebook], encoding="utf-8")
    with browser.lab(home, notebook) as address, browser.running(address, 1280, 900) as page:
        yield page


def picture(panel):
    """Source and width of a panel's picture once it rests: moves are drawn one by one."""
    read = "box => {const i = box.querySelector('img'); return {src: i.src, width: i.naturalWidth}}"
    shown, last = panel.evaluate(read), None
    while shown != last:
        time.sleep(0.5)
        shown, last = panel.evaluate(read), shown
    return shown


def test_run_all_reaches_the_end_without_an_error(page):
    wait_for_the_last_cell(page)
    shoot(page, "1_ran")
    kinds = page.locator(".jp-OutputArea-output").evaluate_all(
        "outputs => outputs.map(output => output.dataset.mimeType)"
    )
    assert kinds and "application/vnd.jupyter.error" not in kinds
    assert "application/vnd.jupyter.stderr" not in kinds
    assert page.get_by_text("Error displaying widget").count() == 0


def test_no_dialog_stands_over_the_page_and_the_showpiece_is_there(page):
    wait_for_the_last_cell(page)
    page.wait_for_timeout(3000)  # a language server would take that long to speak
    assert page.locator(".jp-Dialog").count() == 0
    heart = page.locator(".course-stage").first
    shoot(page, "6_showpiece", heart)
    assert heart.bounding_box()["width"] >= 560 and page.get_by_text("%").count() > 0


def test_every_picture_has_a_text(page):
    wait_for_the_last_cell(page)
    texts = page.locator(".jp-OutputArea-output img").evaluate_all(
        "images => images.map(image => image.getAttribute('alt'))"
    )
    assert texts and all(text and len(text) > 20 for text in texts)


def test_a_slider_move_changes_the_picture(page):
    wait_for_the_last_cell(page)
    panel = page.locator(".jp-Notebook .jupyter-widgets", has=page.locator(".widget-slider")).first
    handle = panel.locator(".widget-slider .noUi-handle").first
    before = picture(panel)
    shoot(page, "2_before_the_slider", panel)
    handle.focus()
    for _ in range(6):
        handle.press("ArrowRight")
    page.wait_for_function(
        "([box, old]) => box.querySelector('img').src !== old",
        arg=[panel.element_handle(), before["src"]],
    )
    after = picture(panel)
    shoot(page, "3_after_the_slider", panel)
    assert after["src"] != before["src"] and after["width"] > 100


def test_a_click_on_an_answer_shows_its_feedback(page):
    wait_for_the_last_cell(page)
    quiz = page.locator(".course-quiz").last
    options = quiz.locator("input[type=radio]")
    assert options.count() >= 2 and quiz.locator("input[type=radio]:checked").count() == 0
    assert quiz.locator("[role=status]").count() == 0
    options.first.click()
    said = quiz.locator("[role=status]")
    said.wait_for()
    first = said.inner_text()
    assert first.lstrip("✓✗○! ").startswith(("Right.", "Not yet."))  # a sign stands before
    options.last.click()
    page.wait_for_function(
        "([box, old]) => box.querySelector('[role=status]').innerText !== old",
        arg=[quiz.element_handle(), first],
    )
    shoot(page, "4_quiz", quiz)
    page.set_viewport_size({"width": 640, "height": 900})  # long options wrap; nothing is cut off
    boxes = quiz.locator(".widget-radio-box label").evaluate_all(
        "labels => labels.map(label => {const box = label.getBoundingClientRect(); return"
        " {top: box.top, bottom: box.bottom, hidden: label.scrollWidth - label.clientWidth}})"
    )
    shoot(page, "5_quiz_narrow", quiz)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert all(box["hidden"] <= 1 for box in boxes)
    assert all(upper["bottom"] <= lower["top"] + 1 for upper, lower in itertools.pairwise(boxes))
    assert max(box["bottom"] - box["top"] for box in boxes) > 30  # one of them really wrapped


def test_nothing_is_asked_of_other_machines(page):
    wait_for_the_last_cell(page)
    assert page.asked == []
