"""Look at every page of the built book: `python check.py HTML [REPORT.json]`; 0 if nothing is wrong.

In a Chromium, in both themes, at 1280, 768 and 390 pixels: axe-core's rules (WCAG 2.1 A and AA, best
practice; not at 768), requests to any other host, faults of scripts, errors in the console, pages
that move sideways, a search that finds nothing, and whether a scan has the same grey levels in both themes.
Then every link inside the book, and its size.
"""

import functools
import io
import json
import re
import shutil
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urldefrag

import axe_playwright_python
from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RULES = f"axe.run(document, {{runOnly: {TAGS}, resultTypes: ['violations']}})"
WIDTHS, THEMES = (1280, 768, 390), ("light", "dark")
RULED = (WIDTHS[0], WIDTHS[-1])  # where the rules are asked, which takes longest
SEARCHED = "?q=heart"  # opened as a file, as the book is read offline
PICTURES = 3  # of each page, compared in both themes
LARGEST = 60e6  # bytes of all pages and what they show, and of each file to take away
# All pictures are there before one is compared: those above it would move it. One that cannot be
# decoded must not hold everything up.
DECODED = """() => Promise.race([new Promise((done) => setTimeout(done, 10000)),
  Promise.all([...document.images].map((img) => {
    img.loading = 'eager';
    return img.decode().catch(() => null);
  }))])"""
PUT = "(img, style) => { const was = img.style.cssText; img.style.cssText = style; return was; }"
PINNED = """position: fixed; left: 0; top: 0; width: 600px; height: 450px; max-width: none; margin: 0;
    z-index: 99999"""
LINK = re.compile(r'(?:href|src)="([^"#][^"]*)"')


def look(html, pages):
    """What is wrong with the pages: a list of (page, theme, width, kind, what)."""
    found, shots = [], {}
    browser_path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        for theme in THEMES:
            context = browser.new_context(color_scheme=theme, reduced_motion="reduce")
            for page in pages:
                name = page.relative_to(html).as_posix()
                seen, shots[theme, name] = _seen(context, page)
                found += [(name, theme, *one) for one in seen]
                print(f"{name}, {theme}: {len(seen)} findings", flush=True)
                for width, kind, what in seen:
                    print(f"  {width}: {kind}: {what}", flush=True)
            context.close()
        browser.close()
    for (theme, name), dark in shots.items():
        light = shots["light", name]
        for number in light.keys() & dark.keys() if theme == "dark" else ():
            if ImageChops.difference(light[number], dark[number]).getbbox():
                found.append((name, "both", WIDTHS[0], "grey levels", f"picture {number + 1}"))
    return found, sum(len(light) for (theme, _), light in shots.items() if theme == "light")


def _seen(context, page):
    view, found, width = context.new_page(), [], WIDTHS[0]
    view.set_viewport_size({"width": width, "height": 900})
    view.on("pageerror", lambda fault: found.append((width, "script", str(fault)[:200])))
    heard = functools.partial(_error, found, width)
    view.on("console", heard)
    view.on("request", lambda asked: _note(found, width, asked.url))
    searched = SEARCHED if page.name == "search.html" else ""
    view.goto(page.as_uri() + searched)
    if searched:
        view.wait_for_timeout(1000)  # it writes one hit after the other
        if not view.locator("#search-results li a").count():
            found.append((width, "search", f"nothing found for {searched}"))
    view.remove_listener(
        "console", heard
    )  # axe asks for the styles, which no file may, and goes on
    view.evaluate(AXE)
    for width in WIDTHS:
        view.set_viewport_size({"width": width, "height": 900})
        view.wait_for_timeout(150)  # the page answers to its new width
        wide = view.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append((width, "sideways", f"{wide} pixels"))
        for rule in view.evaluate(RULES)["violations"] if width in RULED else ():
            for place in rule["nodes"]:
                what = f"{place['target']} {place['html'][:140]}"
                found.append((width, f"axe {rule['id']}", what))
    view.set_viewport_size({"width": WIDTHS[0], "height": 900})
    view.evaluate(f"({DECODED})()")
    scans = view.locator("main img:not(.course-plot), .course-picture img").all()[:PICTURES]
    shots = {number: shot for number, one in enumerate(scans) if (shot := _shot(one))}
    view.close()
    return found, shots


def _error(found, width, said):
    if said.type == "error":
        found.append((width, "console", said.text[:200]))


def _note(found, width, url):
    if not url.startswith(("file:", "data:", "blob:")):
        found.append((width, "other host", url[:200]))


def _shot(scan):
    """The middle of a picture as it is on the screen; None where it is not shown, or small."""
    if not scan.is_visible():
        return None
    if (scan.bounding_box() or {}).get("width", 0) < 100:
        return None
    before = scan.evaluate(PUT, PINNED)  # the same pixels of the screen in both themes
    corner = {"x": 0, "y": 0, "width": 400, "height": 300}
    shot = Image.open(io.BytesIO(scan.page.screenshot(clip=corner))).convert("RGB")
    scan.evaluate(PUT, before)
    return shot


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
    """Look, say what was found, and return the exit code."""
    html = Path(sys.argv[1]).resolve()
    began = time.monotonic()
    pages = sorted([*html.glob("*.html"), *html.glob("pages/*.html")])
    (found, pictures), (lost, links) = look(html, pages), broken(html, pages)
    files = [path for path in html.rglob("*") if path.is_file()]
    taken = {path.name: path.stat().st_size for path in files if path.suffix in (".zip", ".pdf")}
    size = sum(path.stat().st_size for path in files) - sum(taken.values())
    for name, large in {"all pages": size, **taken}.items():
        if large > LARGEST:
            found.append((name, "", "", "size", f"{large / 1e6:.0f} MB"))
    report = {"pages": len(pages), "bytes": size, "links": links, "broken": lost, "found": found}
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps(report, indent=1), "utf-8")
    for name, _, width, kind, what in found:
        if kind in ("grey levels", "size"):
            print(f"{name} {width}: {kind}: {what}")
    for page, link in lost:
        print(f"broken link in {page}: {link}")
    print(
        f"{len(pages)} pages, {len(THEMES)} themes, {len(WIDTHS)} widths, {links} links inside, "
        f"{pictures} scans compared, "
        f"{size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s: {len(found)} findings, "
        f"{len(lost)} broken links"
    )
    return int(bool(found or lost))


if __name__ == "__main__":
    sys.exit(main())
