"""A page to hand on: Markdown, and the same as one HTML file that needs nothing else.

Whatever somebody typed goes through `plain` first, so that it is read and never obeyed: no HTML, no
link, no picture and no table of theirs. HTML in the Markdown is not passed on either.
"""

import base64
import contextlib
import html
import os
import re
from pathlib import Path

from course_utils.core import errors, files

STYLE = "\n" + Path(__file__).with_suffix(".css").read_text("utf-8")
# Nothing is fetched and nothing runs, whatever stands in the page.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
SPECIAL = re.compile(r"([\\`*\[\]<>&|~!$])")
OPENING = re.compile(r"^(#|[+=-](?!\d))|^(\d+)([.)])(?=\s|$)")


class Shown:
    """What shows itself in a page, with a kernel and without, and in a terminal.

    A subclass says what it is in `text()` and, for a page, in `html()`. `_box`: its widget, where
    it has one; a widget of anywidget's own shows itself.
    """

    _box = None

    def text(self):
        """What a terminal shows, and what a test compares."""
        raise NotImplementedError

    def html(self):
        """What a page shows that has no kernel."""
        return f"<pre>{html.escape(self.text())}</pre>"

    def __repr__(self):
        return self.text()

    def _repr_mimebundle_(self, include=None, exclude=None):
        live = super() if self._box is None else self._box
        shown = live._repr_mimebundle_() if hasattr(live, "_repr_mimebundle_") else {}
        # JupyterLab shows image/png without alternative text, so a picture travels as HTML.
        own = {"text/html": self.html(), "text/plain": self.text()}
        return ({**shown[0], **own}, shown[1]) if isinstance(shown, tuple) else {**shown, **own}


def style(rules):
    """Rules of CSS as the HTML that brings them along with what they dress."""
    return f"<style>{rules}</style>"


def plain(text):
    """Text that somebody typed, on one line, as Markdown that shows exactly these characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    line = SPECIAL.sub(r"\\\1", line)
    line = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", line)
    return OPENING.sub(
        lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line
    )


def table(columns, rows):
    """A Markdown table; the cells are text that `plain` has made safe, or plain numbers."""
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def picture(shown):
    """A `figures.Picture` inside the Markdown, with its alternative text."""
    data = base64.b64encode(shown.png).decode("ascii")
    return f"![{plain(shown.alt)}](data:image/png;base64,{data})"


def to_html(markdown, title):
    """One HTML page from Markdown: language, title, table heads that say so, nothing to fetch."""
    from markdown_it import MarkdownIt  # here: only who writes a page needs it

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = reader.render(markdown).replace("<th>", '<th scope="col">')
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def write(path, text, mark):
    """Write a page whole or not at all; an older page of the same kind is replaced.

    mark: words that every page of this kind holds. A file of this name without them is somebody
    else's and stays. Returns the `Path`. Raises FileError when the folder is missing, the name is
    taken or the disk refuses.
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(path, bytes) or not str(path).strip():
        raise errors.DataError(f"A file name was expected, not {path!r}.")
    place = Path(path).expanduser()
    shown = files.shown(place)
    if mark not in text:
        raise errors.DataError(f"A page to be written as '{shown}' does not say what it is.")
    files.refuse_homeless(place)
    with contextlib.suppress(OSError):  # a folder, or what cannot be read, is no page either
        if not place.exists() or mark in place.read_text("utf-8", "replace"):
            return files.write_whole(
                place, lambda to: to.write_text(text, encoding="utf-8", newline="\n"), replace=True
            )
    raise errors.FileError(
        f"'{shown}' exists and is no page of this kind, so it stays. Choose another name."
    )
