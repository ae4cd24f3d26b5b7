"""The pages in a real browser: keys, buttons and fingers turn the slides, a phone scrolls no page sideways."""

import pytest

from tests.helpers import browser, executed
from workshop import certificate, lessons, slides, survey, votes

pytestmark = browser.NEEDED
WIDE = '<figure><img class="course-scan" alt="wide" src="data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 width=%221520%22 height=%22900%22/>"></figure>'  # fmt: skip  # noqa: E501


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Slides, board, sheet and certificate as files."""
    home = tmp_path_factory.mktemp("pages")
    executed.write("02_enhance", home, WIDE)
    lesson = lessons.read("02_enhance")
    (home / "votes").mkdir()
    made = {
        "slides": slides.deck(lesson, home),
        "survey": survey.sheet([lesson], after=True),
        "board": votes.board(home / "votes", {}),
        "certificate": certificate.page(
            "Ada",
            {"02_enhance.debris": {"status": "right", "solution": True, "date": "2026-11-28"}},
        ),
    }
    for name, text in made.items():
        (home / f"{name}.html").write_text(text, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def chromium():
    with browser.playwright.sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=browser.CHROMIUM, headless=True, args=browser.ARGUMENTS
        )
        yield made
        made.close()


def place(page):
    return page.locator("#place").inner_text()


def test_keys_and_buttons_turn_the_slides_and_the_reading_comes_second(chromium, pages):
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    faults = []
    page.on("pageerror", lambda problem: faults.append(str(problem)))
    page.goto((pages / "slides.html").as_uri())
    first = place(page)
    assert first.startswith("1 of ") and page.locator("main > section:visible").count() == 1
    while not page.locator("section:visible .later").count():
        page.keyboard.press("ArrowRight")
    held = place(page)
    assert page.locator("section:visible .later:visible").count() == 0
    page.keyboard.press("Space")
    assert place(page) == held and page.locator("section:visible .later:visible").count() == 1
    page.keyboard.press("ArrowRight")
    assert place(page) != held
    page.get_by_role("button", name="Back").click()
    assert place(page) == held
    page.keyboard.press("End")
    assert page.get_by_role("button", name="On").is_visible()
    page.keyboard.press("Home")
    assert place(page) == first and page.get_by_role("button", name="Back").is_disabled()
    page.keyboard.press("ArrowRight")
    assert page.locator(".note:visible").count() == 0
    page.keyboard.press("n")
    assert page.locator("body.notes").count() == 1 and not faults
    page.close()


def test_a_finger_turns_the_slides(chromium, pages):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto((pages / "slides.html").as_uri())
    swipe = """([from, to]) => { for (const [kind, x] of [["touchstart", from], ["touchend", to]]) {
      const touch = new Touch({identifier: 1, target: document.querySelector("main"), clientX: x, clientY: 300});
      document.querySelector("main").dispatchEvent(new TouchEvent(kind, {bubbles: true,
        touches: kind === "touchstart" ? [touch] : [], changedTouches: [touch]})); } }"""
    page.evaluate(swipe, [300, 100])
    assert place(page).startswith("2 of")
    page.evaluate(swipe, [100, 300])
    assert place(page).startswith("1 of")
    page.evaluate(swipe, [100, 120])
    assert place(page).startswith("1 of")
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["slides", "survey", "board", "certificate"])
def test_no_page_scrolls_sideways_and_none_asks_another_machine(chromium, pages, name, width):
    page = chromium.new_page(viewport={"width": width, "height": 844})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((pages / f"{name}.html").as_uri())
    last = page.locator("#place").inner_text().split()[-1] if name == "slides" else "1"
    for number in range(int(last)):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), number + 1
        if name == "slides":
            page.keyboard.press("ArrowRight")
    browser.SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=browser.SHOTS / f"workshop_{name}_{width}.png")
    assert all(url.startswith(("file:", "data:")) for url in asked)
    page.close()
