"""What the course says when something is wrong: one family of errors, one kind of warning.

Every error that bad input can cause is a `CourseError`. Its text says what is wrong, in which file or
argument, and what to do next. In a notebook only that text is shown, not a page of program internals.
"""

import warnings


class CourseError(Exception):
    """The base of everything the course raises for bad input; catch this one to catch them all."""

    def _render_traceback_(self):
        # IPython asks an exception how to show itself. The sentence is the message; a traceback would hide it.
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
    """Issue a `CourseWarning` that points at the caller's caller: the line the learner wrote."""
    warnings.warn(text, CourseWarning, stacklevel=3)
