"""What a check answers: a word, a sentence, and how both look in a notebook and in plain text."""

import html
import re
from dataclasses import dataclass

RIGHT = "right"
NOT_YET = "not yet"
NOT_ATTEMPTED = "not attempted"

WORDS = {RIGHT: "Right.", NOT_YET: "Not yet.", NOT_ATTEMPTED: "Not attempted yet."}

# (text, background, edge). Text on its own background keeps its contrast in a dark theme as well.
COLOURS = {
    RIGHT: ("#0b3d2e", "#e3f4ec", "#009e73"),
    NOT_YET: ("#4a2c00", "#fdf0dc", "#d55e00"),
    NOT_ATTEMPTED: ("#2b2b2b", "#eeeeee", "#6e6e6e"),
    "note": ("#102a43", "#e6f0fa", "#0072b2"),
}


EMPHASIS = re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])")


def as_html(text):
    """Plain text to HTML: escaped, `code` and *emphasis* marked up, new lines kept."""
    parts = re.split(r"`([^`]+)`", html.escape(str(text), quote=False))
    shown = [
        f"<code>{part}</code>" if place % 2 else EMPHASIS.sub(r"<em>\1</em>", part)
        for place, part in enumerate(parts)
    ]
    return "".join(shown).replace("\n", "<br>")


def as_label(text):
    """The same text for a place that shows no mark-up, such as the label of a button."""
    return EMPHASIS.sub(r"\1", str(text)).replace("`", "")


def box(kind, word, body, attributes=""):
    """A coloured box that starts with a word in bold, so that colour never speaks alone.

    `kind` is a key of `COLOURS`; `body` is HTML.
    """
    text, background, edge = COLOURS[kind]
    style = (
        f"color:{text};background:{background};border-left:5px solid {edge};"
        "padding:0.5em 0.8em;margin:0.3em 0;max-width:46em;line-height:1.45"
    )
    lead = f"<b>{html.escape(word)}</b> " if word else ""
    return f'<div style="{style}"{attributes}>{lead}{body}</div>'


@dataclass(frozen=True, repr=False, eq=False)
class Verdict:
    """The answer of a check; it displays itself.

    `status` is 'right', 'not yet' or 'not attempted'. `message` is one or two sentences.
    `exercise` is the full name, such as '01_load.scale_error'. `error` is None, or the exception
    with which the check itself failed: the learner never sees it, tests do.
    """

    status: str
    message: str
    exercise: str = ""
    error: Exception | None = None

    def __repr__(self):
        return f"{WORDS[self.status]} {self.message}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        marks = (
            f' data-check="{html.escape(self.exercise)}" data-status="{html.escape(self.status)}"'
        )
        shown = box(self.status, WORDS[self.status], as_html(self.message), marks)
        return {"text/plain": repr(self), "text/html": shown}


@dataclass(frozen=True, repr=False, eq=False)
class Note:
    """A hint or a solution; it displays itself. `code` is shown as code below the text."""

    title: str
    text: str = ""
    code: str = ""

    def __repr__(self):
        return "\n".join(part for part in (f"{self.title} {self.text}".strip(), self.code) if part)

    def _repr_mimebundle_(self, include=None, exclude=None):
        body = as_html(self.text)
        if self.code:
            # Colour set here too: a theme would otherwise paint its own text on this background.
            body += (
                '<pre style="color:inherit;background:transparent;margin:0.4em 0 0">'
                f"{html.escape(self.code, quote=False)}</pre>"
            )
        return {"text/plain": repr(self), "text/html": box("note", self.title, body)}
