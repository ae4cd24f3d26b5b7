"""A stranger's path, timed in a real browser: from the README to something done with one's own hand.

    python tools/measure/stranger.py [--setup] [--lesson 04] [--mbit 20]

Two paths. Without installing: the README's page of the beating heart is opened over a connection of
so many megabits a second, and its outline is dragged until the ejection fraction changes. With the
course: JupyterLab starts, the lesson opens, all its cells run; when does its picture stand there, when
its first figure, its first trained outline and its first result with an interval? --setup adds the
time in which `python3 -m course_utils lab` makes an environment of its own in a fresh clone.
Reading is not counted: nobody waits for a reader.
"""

import argparse
import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.helpers import browser

SIGHT = {
    "the picture at its head": ".jp-MarkdownCell img",
    "first figure of a cell": ".jp-OutputArea img",
    "first outline in training": ".jp-OutputArea :text('epoch 1')",
    "first result with an interval": ".jp-OutputArea :text('95 % interval')",
}
RUNNING_SECONDS = 900


@contextlib.contextmanager
def served(folder):
    """A web server of this computer alone for a folder: its address."""
    quiet = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing: the table is the output."""


def heart(mbit):
    """Rows of (what, seconds) of the page without code, fetched at `mbit` megabits a second."""
    with (
        served(ROOT / "docs" / "pages") as address,
        browser.playwright.sync_playwright() as play,
    ):
        chromium = play.chromium.launch(executable_path=browser.CHROMIUM, args=browser.ARGUMENTS)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        wire = page.context.new_cdp_session(page)
        speed = mbit * 1e6 / 8
        wire.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 40,
                "downloadThroughput": speed,
                "uploadThroughput": speed,
            },
        )
        began = time.monotonic()
        page.goto(f"{address}/heart.html")
        number = page.locator(".course-number")
        before = number.inner_text()
        yield "a beating heart with its ejection fraction", time.monotonic() - began
        page.get_by_role("button", name="A4C ES", exact=True).click()
        box = page.get_by_role("slider", name="apex", exact=True).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y - 40, steps=4)
        page.mouse.up()
        page.wait_for_function("before => document.querySelector('.course-number').innerText != before",
                               arg=before)  # fmt: skip
        yield "the outline dragged, another ejection fraction", time.monotonic() - began
        chromium.close()


def lesson(number):
    """Rows of (what, seconds) from the start of JupyterLab."""
    found = next((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    with tempfile.TemporaryDirectory(prefix="stranger-") as home:
        copy = Path(home) / "notebooks" / found.name
        copy.parent.mkdir()
        shutil.copyfile(found, copy)
        began = time.monotonic()
        with browser.lab(Path(home), copy) as address:
            yield "JupyterLab answers", time.monotonic() - began
            with browser.running(address, 1280, 900) as page:
                page.set_default_timeout(RUNNING_SECONDS * 1000)
                for what, selector in SIGHT.items():
                    page.locator(selector).first.wait_for()
                    yield what, time.monotonic() - began


def setup():
    """Rows of (what, seconds): `python3 -m course_utils lab` in a fresh clone, with the Python that a
    stranger has, until JupyterLab says its address."""
    mine = str(Path(sys.executable).parent)
    bare = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    bare["PATH"] = os.pathsep.join(
        one for one in os.environ["PATH"].split(os.pathsep) if one != mine
    )
    with tempfile.TemporaryDirectory(prefix="stranger-") as home:
        clone = Path(home) / "course"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        began = time.monotonic()
        with subprocess.Popen(
            ["python3", "-m", "course_utils", "lab", "--no-browser"],
            cwd=clone, env=bare, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as started:  # fmt: skip
            told = []
            for line in started.stdout or ():
                told.append(line)
                if "/lab" in line and "token=" in line:
                    yield (
                        "set up from nothing, JupyterLab says its address",
                        time.monotonic() - began,
                    )
                    break
            started.terminate()
    if not told or "token=" not in told[-1]:
        raise SystemExit("The set-up failed:\n" + "".join(told[-20:]))


def main(arguments=None):
    """The command line: one table."""
    parser = argparse.ArgumentParser(description="A stranger's path, timed.")
    parser.add_argument("--setup", action="store_true", help="time the set-up of a clone, too")
    parser.add_argument("--lesson", default="04")
    parser.add_argument("--mbit", type=float, default=20, help="the connection, megabits a second")
    options = parser.parse_args(arguments)
    print("| path | what stands there | after s |\n|---|---|---:|")
    for what, seconds in heart(options.mbit):
        print(f"| no installation, {options.mbit:g} Mbit/s | {what} | {seconds:.1f} |", flush=True)
    for what, seconds in setup() if options.setup else ():
        print(f"| a fresh clone | {what} | {seconds:.0f} |", flush=True)
    for what, seconds in lesson(options.lesson):
        print(f"| lesson {options.lesson} | {what} | {seconds:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
