"""Look at every page of the built book: `python check.py HTML [REPORT.json]`; 0 if nothing is wrong.

In a Chromium, in both themes, at 1280 and 390 pixels: axe-core's rules (WCAG 2.1 A and AA, best
practice), requests to any other host, faults of scripts, pages that move sideways, and whether a
scan has the same grey levels in both themes. Then every link inside the book, and its size.
"""

import io
import json
import re
import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urldefrag

import axe_playwright_python
from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'], resultTypes: ['violations']})"
WIDTHS, THEMES = (1280, 390), ("light", "dark")
PICTURES = 3  # of each page, compared in both themes
LARGEST = 60e6  # bytes of all pages and what they show
LINK = re.compile(r'(?:href|src)="([^"#][^"]*)"')


def look(html, pages):
    """What is wrong with the pages: a list of (page, theme, width, kind, what)."""
    found = []
    browser_path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        for page in pages:
            shots = {}
            for theme in THEMES:
                for width in WIDTHS:
                    where = (page.relative_to(html).as_posix(), theme, width)
                    found += [(*where, *one) for one in _seen(browser, page, theme, width, shots)]
            for number, (light, dark) in enumerate(zip(*shots.values(), strict=True), 1):
                if ImageChops.difference(light, dark).getbbox():
                    found.append((where[0], "both", 1280, "grey levels", f"picture {number}"))
        browser.close()
    return found


def _seen(browser, page, theme, width, shots):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
    )
    view, found = context.new_page(), []
    view.on("pageerror", lambda problem: found.append(("script", str(problem)[:200])))
    view.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith(("file:", "data:", "blob:"))
            else found.append(("other host", asked.url[:200]))
        ),
    )
    view.goto(page.as_uri())
    view.wait_for_timeout(200)
    wide = view.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(("sideways", f"{wide} pixels"))
    view.evaluate(AXE)
    for rule in view.evaluate(RULES)["violations"]:
        for place in rule["nodes"]:
            found.append((f"axe {rule['id']}", f"{place['target']} {place['html'][:140]}"))
    if width == max(WIDTHS):
        shots[theme] = [_shot(one) for one in _scans(view)]
    context.close()
    return found


def _scans(view):
    scans = view.locator("img:not(.course-plot)").all()
    large = [
        one
        for one in scans
        if one.is_visible() and (one.bounding_box() or {}).get("width", 0) > 100
    ]
    return large[:PICTURES]


def _shot(scan):
    scan.scroll_into_view_if_needed()
    handle = scan.element_handle()
    handle.evaluate("img => img.decode ? img.decode().catch(() => {}) : null")
    box = scan.bounding_box()
    edge = 4  # round corners and neighbours are no part of the scan
    data = scan.page.screenshot(
        clip={
            "x": box["x"] + edge,
            "y": box["y"] + edge,
            "width": max(box["width"] - 2 * edge, 1),
            "height": max(min(box["height"], 600) - 2 * edge, 1),
        }
    )
    return Image.open(io.BytesIO(data)).convert("RGB")


def broken(html, pages):
    """Links inside the book that lead nowhere: (page, link)."""
    lost, count = [], 0
    for page in pages:
        for link in LINK.findall(page.read_text("utf-8")):
            target, _ = urldefrag(unquote(link.split("?")[0]))
            if re.match(r"[a-z]+:|//", target) or not target or "${" in target:
                continue
            count += 1
            if not (page.parent / target).exists():
                lost.append((page.relative_to(html).as_posix(), link))
    return sorted(set(lost)), count


def main():
    html = Path(sys.argv[1]).resolve()
    began = time.monotonic()
    pages = sorted([*html.glob("*.html"), *html.glob("pages/*.html")])
    found, (lost, links) = look(html, pages), broken(html, pages)
    size = sum(path.stat().st_size for path in html.rglob("*") if path.is_file())
    if size > LARGEST:
        found.append(("all", "", "", "size", f"{size / 1e6:.0f} MB"))
    report = {"pages": len(pages), "bytes": size, "links": links, "broken": lost, "found": found}
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps(report, indent=1), "utf-8")
    for (kind, what), times in Counter((one[3], one[0]) for one in found).most_common(40):
        print(
            f"{times} x {kind} in {what}: {next(o[4] for o in found if (o[3], o[0]) == (kind, what))}"
        )
    for page, link in lost:
        print(f"broken link in {page}: {link}")
    print(
        f"{len(pages)} pages, {len(THEMES)} themes, {len(WIDTHS)} widths, {links} links inside, "
        f"{size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s: {len(found)} findings, "
        f"{len(lost)} broken links"
    )
    return int(bool(found or lost))


if __name__ == "__main__":
    sys.exit(main())
