"""A JupyterLab of its own and a Chromium that looks at it. Screenshots go to build/browser/.

Importing it skips the tests where there is no playwright; `NEEDED` where there is no Chromium.
"""

import contextlib
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

from tests.conftest import ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NEEDED = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
SHOTS = ROOT / "build" / "browser"
ARGUMENTS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the page
}
FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "IPYTHONDIR": "ipython",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
}
# Run All does nothing before the kernel is there; only the status bar tells when that is.
READY = "Python 3 (ipykernel) | Idle"
# This computer's own servers are asked directly: urllib remembers the proxy of the first request of
# a process, which may have been a test's proxy that leads nowhere.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def lab(home, notebook):
    """A JupyterLab in the folder `home`, which serves `notebook`: its address there."""
    for name, values in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    environment = {
        **os.environ,
        **{name: str(home / folder) for name, folder in FOLDERS.items()},
        "PYTHONPATH": str(ROOT),
        "COURSE_PROGRESS": str(home / "progress.json"),
        "JUPYTER_CONFIG_PATH": str(ROOT / "binder" / "jupyter"),  # as `lab` and Binder set it
    }
    options = f"""--no-browser --allow-root --ip=127.0.0.1 --port={port} --ServerApp.port_retries=0
        --IdentityProvider.token={token} --LabApp.extension_manager=readonly""".split()
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                *options,
                f"--ServerApp.root_dir={notebook.parent}",
            ],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/api?token={token}", server, home / "lab.log")
            yield (
                f"http://127.0.0.1:{port}/lab/workspaces/test/tree/{notebook.name}"
                f"?token={token}&reset"
            )
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(url, server, log, seconds=180):
    until = time.monotonic() + seconds
    answer = "nothing was asked"
    while time.monotonic() < until and server.poll() is None:
        try:
            with DIRECT.open(url, timeout=5):
                return
        except OSError as problem:
            answer = repr(problem)
            time.sleep(0.2)
    text = f"JupyterLab did not start (last answer: {answer}):\n{log.read_text()[-2000:]}"
    pytest.fail(text, pytrace=False)


@contextlib.contextmanager
def running(address, width, height):
    """The notebook in the browser after Run All. `page.asked` lists requests to other machines,
    `page.faults` what went wrong in its scripts.
    """
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(120_000)
        page.asked, page.faults = [], []
        page.on("pageerror", lambda problem: page.faults.append(str(problem)))
        page.on("request", lambda request: _note(page.asked, request.url))
        page.goto(address)
        page.locator("#jp-main-statusbar").get_by_text(READY).wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        yield page
        browser.close()


def _note(asked, url):
    if url.startswith("http") and "//127.0.0.1:" not in url:
        asked.append(url)


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
