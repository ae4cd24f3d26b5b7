"""What the course says when something is wrong: one family of errors, one kind of warning.

Every error that bad input can cause is a `CourseError`. Its text says what is wrong, in which file
or argument, and what to do next. In a notebook only that text is shown, not a page of program
internals.
"""

import html
import sys
import textwrap
import warnings
from pathlib import Path

HERE = Path(__file__).parents[1]


class CourseError(Exception):
    """The base of everything the course raises for bad input; catch this one to catch them all."""

    def _render_traceback_(self):
        # IPython asks an exception how to show itself. The sentence is the message; a traceback
        # would hide it.
        return [f"{type(self).__name__}: {self}"]


class FileError(CourseError):
    """A file or folder is missing, cannot be read, or is not of the kind that was asked for."""


class CalibrationError(CourseError):
    """There are no millimetres that can be trusted, so nothing is reported in millimetres."""


class DataError(CourseError):
    """An array, a table or a value is not as the function needs it."""


class SetupError(CourseError):
    """The environment or a command cannot do what was asked."""


class CourseWarning(UserWarning):
    """Something was assumed or repaired, and the reader should know it."""


def warn(text):
    """Issue a `CourseWarning` that points at the first line outside the course's own package."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and HERE in Path(frame.f_code.co_filename).parents:
        frame, level = frame.f_back, level + 1
    warnings.warn(text, CourseWarning, stacklevel=level)


def _plain_words(message, category, filename, lineno, line=None):
    # A learner needs the sentence. The file and line of a library are noise to them.
    if issubclass(category, CourseWarning):
        return textwrap.fill(f"Please note: {message}", 88) + "\n"
    return _as_before(message, category, filename, lineno, line)


def _as_note(message, category, filename, lineno, file=None, line=None):
    # On a page the error stream is pink, the colour of a traceback. A note is blue and no error.
    shell = _page() if issubclass(category, CourseWarning) and file is None else None
    if shell is None:
        return _shown_before(message, category, filename, lineno, file, line)
    shown = {
        "text/plain": f"Please note: {message}",
        "text/html": f'<div style="{NOTE_STYLE}"><b>Please note.</b> {html.escape(str(message))}</div>',
    }
    shell.display_pub.publish(shown)
    return None


NOTE_STYLE = (
    "color:#102a43;background:#e6f0fa;border-left:5px solid #0072b2;"
    "padding:0.5em 0.8em;margin:0.3em 0;max-width:46em;line-height:1.45"
)


def _page():
    """The shell of a notebook's kernel, or None elsewhere (a terminal keeps its error stream)."""
    asked = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = asked() if asked else None
    return shell if hasattr(shell, "kernel") else None


if warnings.formatwarning.__name__ != "_plain_words":
    _as_before, warnings.formatwarning = warnings.formatwarning, _plain_words
    _shown_before, warnings.showwarning = warnings.showwarning, _as_note
