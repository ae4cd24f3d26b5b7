"""What a check answers: a word, a sentence, and how both look in a notebook and in plain text."""

import html
from dataclasses import dataclass

from course_utils.show import pages
from course_utils.show.results import EMPHASIS, as_html, box

RIGHT = "right"
NOT_YET = "not yet"
NOT_ATTEMPTED = "not attempted"

WORDS = {RIGHT: "Right.", NOT_YET: "Not yet.", NOT_ATTEMPTED: "Not attempted yet."}


def as_label(text):
    """The same text for a place that shows no mark-up, such as the label of a button."""
    return EMPHASIS.sub(r"\1", str(text)).replace("`", "")


@dataclass(frozen=True, repr=False, eq=False)
class Verdict(pages.Shown):
    """The answer of a check; it displays itself.

    `status` is 'right', 'not yet' or 'not attempted'. `message` is one or two sentences.
    `exercise` is the full name, such as '01_load.scale_error'. `error` is None, or the exception
    with which the check itself failed: the learner never sees it, tests do.
    """

    status: str
    message: str
    exercise: str = ""
    error: Exception | None = None

    def text(self):
        """The word and the message."""
        return f"{WORDS[self.status]} {self.message}"

    def html(self):
        """The verdict in its box."""
        marks = (
            f' data-check="{html.escape(self.exercise)}" data-status="{html.escape(self.status)}"'
        )
        return box(self.status, WORDS[self.status], as_html(self.message), marks)


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
