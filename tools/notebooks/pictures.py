#!/usr/bin/env python3
"""Make the picture that stands at the head of each lesson, from an executed copy of it.

    python -m course_utils run 04
    python tools/notebooks/pictures.py [LESSON ...]

The output of the cell with the tag `picture` becomes `notebooks/source/pictures/NN_topic.webp`;
`build.py` puts it into the first cell, so that it is seen without a kernel and in every copy.
Needs Chromium, which draws the page.
"""

import argparse
import io
import shutil
import sys
from pathlib import Path

import nbformat
from PIL import Image, ImageChops
from playwright import sync_api as playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from course_utils.core import errors

EXECUTED = ROOT / "build" / "executed"
FOLDER = ROOT / "notebooks" / "source" / "pictures"
PAGE = 760  # pixels: the width of a notebook's text
LARGEST = (640, 320)  # it stands beside the title, in the first screen
TALL, TOP = 700, 368  # of a picture of many rows the first ones are shown
QUALITY = 82
STYLE = f"margin:0;padding:6px;width:{PAGE}px;font:14px/1.4 sans-serif;background:#ffffff"


def output(path):
    """The HTML that the cell with the tag `picture` shows in an executed notebook.

    Raises `DataError` unless one cell has the tag and shows a picture.
    """
    cells = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if "picture" in cell.metadata.get("tags", [])
    ]
    if len(cells) != 1:
        raise errors.DataError(
            f"{path.name}: {len(cells)} cells have the tag 'picture'; give it to one."
        )
    shown = [out.get("data", {}).get("text/html", "") for out in cells[0].get("outputs", [])]
    found = [text for text in shown if "<img" in text or "<svg" in text]
    if not found:
        raise errors.DataError(f"{path.name}: the cell with the tag 'picture' shows none.")
    return found[-1]


def small(png):
    """A screenshot as it stands at the head of a lesson: a Pillow image."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    scale = image.width / PAGE
    if image.height > TALL * scale:
        image = image.crop((0, 0, image.width, round(TOP * scale)))
    paper = Image.new("RGB", image.size, "white")
    image = image.crop(ImageChops.difference(image, paper).getbbox())  # without empty margins
    image.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    return image


def main():
    """Draw the pictures of the lessons that are named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lessons", nargs="*", help="two digits, such as 04")
    wanted = parser.parse_args().lessons
    paths = [
        path
        for path in sorted(EXECUTED.glob("[0-9][0-9]_*.ipynb"))
        if not wanted or path.stem[:2] in wanted
    ]
    if not paths:
        raise errors.FileError("No executed copies: run `python -m course_utils run` first.")
    FOLDER.mkdir(exist_ok=True)
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": PAGE + 40, "height": 900}, device_scale_factor=2)
        for path in paths:
            page.set_content(f'<body style="{STYLE}"><div id="picture">{output(path)}</div></body>')
            page.wait_for_timeout(300)  # a film draws its frame
            image = small(page.locator("#picture").screenshot())
            place = FOLDER / f"{path.stem}.webp"
            image.save(place, quality=QUALITY, method=6)
            print(
                f"{place.name}: {image.width} x {image.height}, {place.stat().st_size / 1024:.0f} kB"
            )
        browser.close()


if __name__ == "__main__":
    try:
        main()
    except errors.CourseError as error:
        sys.exit(str(error))
