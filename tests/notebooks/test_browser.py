"""Lesson 00 in a real JupyterLab and browser: it opens, runs to its end, answers to a slider.

Skipped where there is no Chromium or no playwright. Screenshots go to build/browser/.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tools.notebooks import build
from tests.conftest import ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

SHOTS = ROOT / "build" / "browser"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the page
}
# Run All does nothing before the kernel is there; only the status bar tells when that is.
READY = "Python 3 (ipykernel) | Idle"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own, with lesson 00: the address of the notebook."""
    home = tmp_path_factory.mktemp("lab")
    pages = home / "notebooks"
    pages.mkdir()
    source = ROOT / "notebooks" / "source" / "00_start_here.py"
    made = build.make(source, pages)
    (pages / "00_start_here.ipynb").write_text(
        made[pages / "00_start_here.ipynb"], encoding="utf-8"
    )
    for name, values in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "IPYTHONDIR": "ipython",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
    }
    environment = {
        **os.environ,
        **{name: str(home / folder) for name, folder in folders.items()},
        "PYTHONPATH": str(ROOT),
        "COURSE_PROGRESS": str(home / "progress.json"),
        "JUPYTER_CONFIG_PATH": str(ROOT / "binder" / "jupyter"),  # as `lab` and Binder set it
    }
    log = (home / "lab.log").open("w")
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={pages}",
            "--LabApp.extension_manager=readonly",
        ],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_for_server(f"http://127.0.0.1:{port}/api?token={token}", server, home / "lab.log")
        yield (
            f"http://127.0.0.1:{port}/lab/workspaces/test/tree/00_start_here.ipynb"
            f"?token={token}&reset"
        )
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def wait_for_server(url, server, log, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}", pytrace=False)


@pytest.fixture(scope="module")
def page(lab):
    """The notebook in the browser after Run All; `page.asked` lists requests to other machines."""
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        page.asked = []
        page.on(
            "request",
            lambda request: (
                page.asked.append(request.url)
                if request.url.startswith("http") and "//127.0.0.1:" not in request.url
                else None
            ),
        )
        page.goto(lab)
        page.locator("#jp-main-statusbar").get_by_text(READY).wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        yield page
        browser.close()


def wait_for_the_last_cell(page):
    last = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").last
    page.wait_for_function(
        r"cell => /^\[\d+\]:$/.test(cell.textContent.trim())",
        arg=last.element_handle(),
        timeout=90_000,
    )
    page.locator("#jp-main-statusbar").get_by_text(READY).wait_for()


def shoot(page, name, target=None):
    SHOTS.mkdir(parents=True, exist_ok=True)
    if target is not None:
        target.scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / f"{name}.png")


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
    assert heart.bounding_box()["width"] >= 600 and page.get_by_text("%").count() > 0


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
    assert all(upper["bottom"] <= lower["top"] + 1 for upper, lower in zip(boxes, boxes[1:]))
    assert max(box["bottom"] - box["top"] for box in boxes) > 30  # one of them really wrapped


def test_nothing_is_asked_of_other_machines(page):
    wait_for_the_last_cell(page)
    assert page.asked == []
