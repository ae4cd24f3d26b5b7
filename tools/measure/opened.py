"""Open lesson after lesson in a real JupyterLab, as on Binder: does memory stay under its 2 GB?

    python tools/measure/opened.py [--lessons 00 01 02 03 04 06] [--keep]

A Chromium opens each learner's page, runs all its cells and presses the last one's button, *Close
this lesson*; with --keep nobody presses it. Prints a table: memory of the server and its kernels
(PSS, so that shared pages count once) at most and after the button. Exits 1 where it passed 2 GB.
"""

import argparse
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.helpers import browser

LIMIT = 2e9  # bytes: what Binder gives a person
MB = 1e6
CELL_SECONDS = 600  # for all cells of a page; a busy computer is slow, and slow is no failure
BUTTON = "Close this lesson"
DONE = r"""() => [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt')]
    .every((one) => /^\[\d+\]:$/.test(one.textContent.trim()))"""


class Memory(threading.Thread):
    """PSS of the server and its kernels, in bytes, looked at twice a second."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.over = 0, threading.Event()

    def run(self):
        """Look until told to stop."""
        while not self.over.wait(0.5):
            self.peak = max(self.peak, sum(self.now().values()))

    def now(self):
        """Bytes of the server and of all kernels, and how many kernels there are."""
        found = {"server": 0, "kernels": 0}
        for one in psutil.Process().children(recursive=True):
            try:
                text = " ".join(one.cmdline())
                kind = (
                    "kernels" if "ipykernel" in text else "server" if "jupyterlab" in text else ""
                )
                if kind:
                    found[kind] += one.memory_full_info().pss
            except psutil.Error:
                continue  # it ended between two looks
        return found

    def since(self):
        """The peak since the last call, in bytes."""
        peak, self.peak = self.peak, 0
        return peak


def visit(page, address, keep):
    """Open a page, run it to its end and close it, unless `keep`; seconds that it took."""
    began = time.monotonic()
    page.goto(address)
    page.locator("#jp-main-statusbar").get_by_text(browser.READY).wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(DONE, timeout=CELL_SECONDS * 1000)
    if not keep:
        button = page.get_by_role("button", name=BUTTON)
        button.scroll_into_view_if_needed()
        button.click()
        page.get_by_text("Closed. You may open the next lesson.").wait_for()
    return time.monotonic() - began


def measure(lessons, keep):
    """Rows of (lesson, seconds, peak, server and kernels afterwards), memory in bytes."""
    with tempfile.TemporaryDirectory(prefix="opened-") as home:
        pages = Path(home) / "notebooks"
        pages.mkdir()
        found = [next((ROOT / "notebooks").glob(f"{number}_*.ipynb")) for number in lessons]
        for path in found:
            shutil.copyfile(path, pages / path.name)
        with (
            browser.lab(Path(home), pages / found[0].name) as first,
            browser.playwright.sync_playwright() as play,
        ):
            chromium = play.chromium.launch(
                executable_path=browser.CHROMIUM, args=browser.ARGUMENTS
            )
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            watch = Memory()
            watch.start()
            for path in found:
                took = visit(page, first.replace(found[0].name, path.name), keep)
                time.sleep(3)  # a kernel that was told to end has ended
                yield path.stem, took, watch.since(), watch.now()
            watch.over.set()
            chromium.close()


def main(arguments=None):
    """The command line; returns 1 when the memory passed Binder's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lessons", nargs="+", default="00 01 02 03 04 06".split())
    parser.add_argument("--keep", action="store_true", help="leave every lesson open")
    options = parser.parse_args(arguments)
    print(
        "| lesson | seconds | at most, MB | afterwards: server + kernels, MB |\n|---|---:|---:|---:|"
    )
    most = 0
    for name, took, peak, now in measure(options.lessons, options.keep):
        most = max(most, peak)
        after = f"{now['server'] / MB:.0f} + {now['kernels'] / MB:.0f}"
        print(f"| {name} | {took:.0f} | {peak / MB:.0f} | {after} |", flush=True)
    print(f"At most {most / MB:.0f} MB of {LIMIT / MB:.0f}.")
    return int(most > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
