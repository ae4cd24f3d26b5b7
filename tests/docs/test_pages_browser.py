"""The pages without code in a browser: mouse, keyboard and touch, opened as files, no network.

Numbers that a page computes are compared with those of the course. Screenshots go to build/browser/.
"""

import io
import itertools

import numpy as np
import pandas
import pytest
from PIL import Image, ImageChops

from course_utils.core import errors
from course_utils.ejection_fraction import contours, discs
from course_utils.evaluate import agreement
from tests.docs.test_pages import NAMES, PAGES, told
from tests.helpers import browser

pytestmark = browser.NEEDED


@pytest.fixture(scope="module")
def chromium():
    with browser.playwright.sync_playwright() as play:
        started = play.chromium.launch(executable_path=browser.CHROMIUM, args=browser.ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(chromium):
    """visit(name, **context) opens a page; at the end it has asked nobody and had no fault."""
    opened = []

    def go(name, **options):
        options = {
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",
            **options,
        }
        context = chromium.new_context(offline=True, **options)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.asked, page.faults = [], []
        page.on("pageerror", lambda problem: page.faults.append(str(problem)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto((PAGES / f"{name}.html").as_uri())
        opened.append((context, page))
        return page

    yield go
    for context, page in opened:
        assert page.faults == []
        assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
        context.close()


def inside(shot, edge=6):
    """Without the edge, whose half pixels belong to the paper."""
    return shot.crop((edge, edge, shot.width - edge, shot.height - edge))


def centre(page, target):
    box = target.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def of_the_course(traced, spacings):
    """The ejection fraction of 16 numbers a frame, by `discs`, with the contour's own landmarks."""
    cut = []
    for number, one in enumerate(traced):
        shape = contours.Contour.of(one)
        landmarks = shape.annulus_left, shape.annulus_right, shape.apex
        cut.append(discs.from_outline(shape.points(), spacings[number // 2], landmarks=landmarks))
    edv, esv = (discs.biplane(cut[k], cut[k + 2]).volume for k in (0, 1))
    return discs.ejection_fraction(edv, esv)


def of_masks(traced, spacings, sizes):
    masks = [contours.Contour.of(one).mask(sizes[n // 2]) for n, one in enumerate(traced)]
    return discs.ef_from_masks(*masks, spacing_4ch=spacings[0], spacing_2ch=spacings[1])


@pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")
def test_the_outline_is_dragged_by_mouse_and_the_number_is_that_of_the_course(visit):
    page = visit("heart")
    number = page.locator(".course-number")
    assert number.inner_text() == told("heart")["tool"]["card"]["big"]
    page.get_by_role("button", name="A4C ES", exact=True).click()
    for handle, (dx, dy) in {"apex": (0, -30), "left 3": (-25, 0), "right 4": (30, 5)}.items():
        x, y = centre(page, page.get_by_role("slider", name=handle, exact=True))
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx / 2, y + dy / 2)
        page.mouse.move(x + dx, y + dy)
        page.mouse.up()
    traced, mine = page.evaluate("[state.traced, mine]")
    views, spacings = told("heart")["tool"]["views"], told("heart")["spacing"]
    assert mine == pytest.approx(of_the_course(traced, spacings), abs=1e-6)
    sizes = [(view["height"], view["width"]) for view in views]
    assert mine == pytest.approx(of_masks(traced, spacings, sizes), abs=2)  # found on pixels
    assert number.inner_text() == f"EF {int(mine + 0.5)} %" != told("heart")["tool"]["card"]["big"]
    assert f"You {int(mine + 0.5)} %" in page.locator("#ruler").get_attribute("aria-label")
    browser.shoot(page, "page_heart")


def test_the_outline_is_moved_by_keys_and_two_experts_are_asked(visit):
    page = visit("heart")
    page.get_by_role("button", name="A4C ED", exact=True).press("Enter")
    handle = page.get_by_role("slider", name="apex", exact=True)
    handle.focus()
    before = page.evaluate("mine")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowUp")
    assert page.evaluate("mine") > before + 0.5  # a longer ventricle when it is full
    page.keyboard.press("Backspace")
    assert page.evaluate("mine") == before
    page.get_by_role("button", name="Ask two experts").press("Enter")
    first = page.locator("#told").inner_text()
    page.get_by_role("button", name="Ask two others").press("Enter")
    assert "points apart" in first and first != page.locator("#told").inner_text()


def test_two_experts_differ_as_published(visit):
    page = visit("heart")
    pairs = np.array(page.evaluate("Array.from({length: 4000}, (_, n) => experts(n))"))
    told_of, apart = told("heart")["experts"], pairs[:, 0] - pairs[:, 1]
    assert apart.mean() == pytest.approx(told_of["bias"], abs=4 * told_of["sd"] / np.sqrt(4000))
    assert apart.std() == pytest.approx(told_of["sd"], rel=0.05)


def test_the_outline_follows_a_finger(visit):
    page = visit("heart", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="A4C ES", exact=True).tap()
    handle = page.get_by_role("slider", name="apex", exact=True)
    handle.scroll_into_view_if_needed()
    x, y = centre(page, handle)
    before, hand = page.evaluate("mine"), page.context.new_cdp_session(page)
    for kind, far in (("touchStart", 0), ("touchMove", 8), ("touchMove", 20), ("touchEnd", None)):
        points = [] if far is None else [{"x": x, "y": y - far}]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert page.evaluate("mine") < before - 0.5  # a longer ventricle when it is empty


def test_walls_that_cross_give_no_number(visit):
    page = visit("heart")
    page.evaluate("model.set('traced', state.traced.map((one, n) => n ? one :"
                  " one.map((value, k) => k === 5 ? value + 80 : value)))")  # fmt: skip
    assert page.locator(".course-number").inner_text() == "EF –"
    page.get_by_text("the walls cross").wait_for()
    assert "You: no number" in page.locator("#ruler").text_content()


def test_the_contest_is_read_by_keys_and_its_limits_are_those_of_the_course(visit):
    page, given = visit("contest"), []
    slider, mine = (
        page.get_by_role("slider", name="Ejection fraction by eye"),
        page.locator("#mine"),
    )
    for number in range(1, 7):
        page.get_by_text(f"Heart {number} of 10").wait_for()
        assert mine.is_disabled()  # nothing counts before it was moved
        assert page.locator("#show").is_disabled() == (number <= 5)
        slider.focus()
        for _ in range(number):
            page.keyboard.press("ArrowRight")
        given.append(50 + number)
        mine.press("Enter")
    page.locator("#show").press("Enter")
    hearts = told("contest")["hearts"][:6]
    table = pandas.DataFrame({"you": given, "truth": [heart["truth"] for heart in hearts]})
    with pytest.warns(errors.CourseWarning):
        found = agreement.bland_altman(table.you, table.truth, patients=table.index)
    shown = page.evaluate("agreement(result().map((one) => one.you - one.truth))")
    assert shown["bias"] == pytest.approx(found.bias.estimate, abs=2e-3)
    assert shown["low"] == pytest.approx(found.lower.estimate, abs=2e-3)
    ends = found.lower.low, found.lower.high, found.upper.low, found.upper.high
    told_ends = itertools.chain(shown["lowRange"], shown["highRange"])
    assert list(told_ends) == pytest.approx(ends, rel=2e-3, abs=0.02)
    assert page.locator("#rows tbody tr").count() == 6
    assert page.locator("#play").is_hidden()
    browser.shoot(page, "page_contest")


def test_the_contest_is_read_by_touch_and_one_heart_back(visit):
    page = visit("contest", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    slider = page.locator("#guess")
    for share in (0.3, 0.6):
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.locator("#mine").tap()
    assert page.evaluate("answers.length") == 2 and page.evaluate("answers[1] > answers[0]")
    page.locator("#back").tap()
    page.get_by_text("Heart 2 of 10").wait_for()
    assert page.evaluate("readSoFar()") == 1


def test_the_name_is_found_by_eye_by_mouse_and_by_keys(visit):
    page, said = visit("name"), lambda: page.locator("#said").inner_text()
    page.get_by_role("button", name="Box what the software found").click()
    assert page.locator("#marks rect").count() == len(told("name")["steps"]["exported"]["boxes"])
    page.get_by_role("button", name="2 Form emptied").click()
    assert "Doe" not in page.locator("#tags").inner_text() and page.locator("#grid").is_hidden()
    page.get_by_role("button", name="5 Your eye").press("Enter")
    page.get_by_role("button", name="Top left", exact=True).click()
    assert said().startswith("Not there")
    x, y = told("name")["missed"][0]["at"]
    box = page.locator("#scan").bounding_box()
    page.mouse.click(box["x"] + x * box["width"] / 800, box["y"] + y * box["height"] / 600)
    assert "'Jane'" in said() and "One more" in said()
    page.get_by_role("button", name="Bottom centre").press("Space")
    assert "That was all" in said() and page.locator("#marks circle").count() == 2
    browser.shoot(page, "page_name")


def test_one_switch_turns_the_scanner_by_keys_and_by_touch(visit):
    page = visit("scanners", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    switch, dice = page.get_by_role("switch"), told("scanners")["dice"]
    home, other = told("scanners")["scanners"]
    number = page.locator("#dice")
    assert number.inner_text() == f"Dice {dice[home][0]:.2f}"
    switch.press("Space")
    assert number.inner_text() == f"Dice {dice[other][0]:.2f}"
    assert switch.get_attribute("aria-checked") == "true"
    page.get_by_role("button", name="Next person").tap()
    assert number.inner_text() == f"Dice {dice[other][1]:.2f}"
    switch.tap()
    assert number.inner_text() == f"Dice {dice[home][1]:.2f}"
    assert page.locator("#lines path").count() == 4
    browser.shoot(page, "page_scanners")


@pytest.mark.parametrize("name", NAMES)
def test_grey_levels_are_the_same_in_both_themes_and_nothing_moves_sideways(visit, name):
    seen = []
    for theme in ("light", "dark"):
        page = visit(name, color_scheme=theme)
        scan = page.locator(".course-picture img, #scan").first
        scan.evaluate("img => img.decode()")
        scan.scroll_into_view_if_needed()
        seen.append(inside(Image.open(io.BytesIO(scan.screenshot())).convert("RGB")))
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (theme == "light")
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert ImageChops.difference(*seen).getbbox() is None
    assert np.asarray(seen[0]).std() > 20  # a scan, and no empty box
