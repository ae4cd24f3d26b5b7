"""The core of the checks: it knows nothing of ultrasound, only of answers, hints and verdicts.

A lesson's module, here `checks/load.py`, looks like this:

    from course_utils.checks.lesson import Lesson, Wrong, function, number, panel

    lesson = Lesson("01_load")

    @lesson.check
    def scale_error(factor):
        factor = number(factor)                  # None, NaN, text, arrays: a helpful `Wrong`
        if factor == 0.5:
            raise Wrong("You have the inverse: how much *larger* is the size that is reported?")
        if factor != 2:
            raise Wrong("Measure the width of the picture in pixels, then in its table.")

    quiz_1, quiz_2, quiz_3 = lesson.questions()

and beside it are its texts and questions, in `checks/load.toml`:

    [scale_error]
    depth = "change"                             # press, change or write
    hints = ["Compare the two sizes.", "Divide the printed size by the measured one."]
    solution = "factor = 2"
    right = "A size in this file would have been reported twice too large."

A check function returns nothing when the answer is right (or a text that replaces `right`), and
raises `Wrong` when it is not. Parameters are answers; keyword-only parameters (after `*`) are
material that the notebook hands over and that never counts as an attempt. A function whose body
is only `...`, a panel that nobody touched, and `...` itself are 'not attempted'.
"""

import contextvars
import dis
import functools
import importlib
import inspect
import pkgutil
import textwrap
import tomllib
from pathlib import Path

from course_utils.checks import page, record, slips, written
from course_utils.checks.answers import (  # noqa: F401  (lessons import these from here)
    Wrong,
    array,
    choice,
    describe,
    function,
    image,
    instance,
    integer,
    is_panel,
    mask,
    number,
    panel,
    text,
)
from course_utils.checks.quiz import Quiz
from course_utils.checks.verdict import NOT_ATTEMPTED, NOT_YET, RIGHT, Note, Verdict
from course_utils.core import errors

DEPTHS = ("press", "change", "write")
_MACHINERY = set(
    "written answers lesson page predict progress quiz record sentences slips verdict".split()
)


_cell = contextvars.ContextVar("the cell that asked the check", default=written.Written("", {}))  # noqa: B039  (never changed)


def cell():
    """What the learner wrote, for a check that runs it again with other data (a `Written`)."""
    return _cell.get()


class Lesson:
    """The checks of one lesson. `name` is that of the notebook, such as '01_load'."""

    def __init__(self, name):
        self.name = name
        self.exercises = {}
        self.quizzes = {}
        page.opened(name)
        slips.install()

    def exercise(self, depth, hints, solution, right):
        """Make a check out of the function below it; see the text at the top of this module."""

        def make(judge):
            exercise = Exercise(self.name, judge, depth, hints, solution, right)
            self.exercises[exercise.name] = exercise
            return exercise

        return make

    def check(self, judge):
        """Make a check out of the function below it, with its texts in the file beside the lesson's."""
        texts = {"right": "", **self._texts[judge.__name__]}
        return self.exercise(**texts)(judge)

    def quiz(self, name, question, **options):
        """A question with options a, b, c..: (text, feedback) or, once, (text, feedback, True)."""
        self.quizzes[name] = Quiz(self.name, name, question, options)
        return self.quizzes[name]

    def questions(self):
        """The questions in the TOML file beside the lesson's module, in its order: a list of `Quiz`."""
        for name, told in self._texts.items():
            if "question" in told:
                options = {
                    key: (*said, key == told["right"])
                    for key, said in told.items()
                    if key not in ("question", "right")
                }
                self.quiz(name, told["question"], **options)
        return list(self.quizzes.values())

    @functools.cached_property
    def _texts(self):
        """{name of an exercise or question: what its file says of it}."""
        place = Path(__file__).with_name(f"{self.name[3:]}.toml")
        return tomllib.loads(place.read_text(encoding="utf-8"))

    @property
    def checks(self):
        """Exercises and quizzes together: {name: check}."""
        return {**self.exercises, **self.quizzes}


class Exercise:
    """One exercise: call it with the answer. It never raises, whatever the answer is."""

    def __init__(self, lesson, judge, depth, hints, solution, right):
        if depth not in DEPTHS:
            raise errors.DataError(f"{judge.__name__}: depth {depth!r} is not one of {DEPTHS}.")
        if isinstance(hints, str) or not hints:
            raise errors.DataError(f"{judge.__name__}: hints is a tuple of at least one sentence.")
        self.lesson, self.name, self.depth = lesson, judge.__name__, depth
        self._judge, self._hints, self._right = judge, tuple(hints), right
        self._solution = textwrap.dedent(solution).strip("\n")
        self._shown = 0
        functools.update_wrapper(self, judge)

    def __repr__(self):
        return f"Exercise {self.name} ({self.depth}): {self._usage()}"

    def __call__(self, *answers, **named):
        _cell.set(written.by(written.caller(1)))
        verdict = self._verdict(answers, named)
        record.record(self.lesson, self.name, self.depth, status=verdict.status)
        return verdict

    def hint(self, place=None):
        """The next hint; the last one names the solution. `hint(2)` shows the second."""
        count = len(self._hints) + 1
        if isinstance(place, int) and not isinstance(place, bool):
            self._shown = min(max(place, 1), count)
        else:
            self._shown = min(self._shown + 1, count)
        last = self._shown == count
        record.record(self.lesson, self.name, self.depth, hint=self._shown, solution=last)
        title = f"Hint {self._shown} of {count}."
        if last:
            return Note(title, "One way to do it:", self._solution)
        return Note(title, self._hints[self._shown - 1])

    def solution(self):
        """One way to solve it, as code."""
        record.record(self.lesson, self.name, self.depth, solution=True)
        return Note("One way to do it:", code=self._solution)

    def _usage(self):
        answers = ", ".join(_parameters(self._judge))
        return f"`check.{self.name}({answers})`"

    def _verdict(self, answers, named):
        full_name = f"{self.lesson}.{self.name}"
        untouched = self._untouched(answers, named)
        if untouched:
            return Verdict(NOT_ATTEMPTED, untouched, full_name)
        try:
            self._refuse_gaps(answers, named)
            said = self._judge(*answers, **named)
        except Wrong as wrong:
            return Verdict(NOT_YET, str(wrong), full_name)
        except errors.CourseError as refusal:
            return Verdict(NOT_YET, f"The course refused this answer: {refusal}", full_name)
        except Exception as error:  # a check must never stop a lesson; tests look at `.error`
            return Verdict(NOT_YET, self._puzzled(answers, named), full_name, error)
        return Verdict(RIGHT, said if isinstance(said, str) else self._right, full_name)

    def _untouched(self, answers, named):
        """The sentence for an exercise that nobody tried, or None."""
        values = self._answers(answers, named)
        if not all(is_untouched(value) for value in values):
            return None
        if any(is_panel(value) for value in values):
            todo = "Move a control of the panel above and run this cell again"
        elif any(inspect.isfunction(value) for value in values):
            todo = "Write the function in place of `...` and run this cell again"
        else:
            todo = "Put your answer in place of `...` and run this cell again"
        return f"{todo}; `check.{self.name}.hint()` helps."

    def _answers(self, answers, named):
        material = {
            name
            for name, kind in inspect.signature(self._judge).parameters.items()
            if kind.kind is kind.KEYWORD_ONLY
        }
        return [*answers, *(value for name, value in named.items() if name not in material)]

    def _refuse_gaps(self, answers, named):
        if any(has_gap(value) for value in self._answers(answers, named)):
            raise Wrong("Part of the answer is still `...`.")
        try:
            inspect.signature(self._judge).bind(*answers, **named)
        except TypeError as error:
            raise Wrong(f"This check is called as {self._usage()}.") from error

    def _puzzled(self, answers, named):
        kinds = ", ".join(_describe_safely(value) for value in self._answers(answers, named))
        return (
            f"This check did not expect what it received: {kinds}. "
            f"Look at the exercise again; `check.{self.name}.hint()` helps."
        )


def is_untouched(value):
    """True for `...`, a list of nothing but `...`, an empty function and an untouched panel."""
    if value is ...:
        return True
    if type(value) in (list, tuple) and value:
        return all(is_untouched(part) for part in value)
    if inspect.isfunction(value):
        return _is_empty(value)
    return is_panel(value) and not value.touched


def has_gap(value):
    """True when `...` is left somewhere in the answer."""
    if type(value) in (list, tuple):
        return any(has_gap(part) for part in value)
    return value is ...


def lessons():
    """Every lesson that has checks: {lesson name: Lesson}, in the order of the lessons."""
    package = importlib.import_module("course_utils.checks")
    names = [
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if module.name not in _MACHINERY
    ]
    modules = [importlib.import_module(f"course_utils.checks.{name}") for name in names]
    found = [
        module.lesson for module in modules if isinstance(getattr(module, "lesson", None), Lesson)
    ]
    return {lesson.name: lesson for lesson in sorted(found, key=lambda lesson: lesson.name)}


def _parameters(judge):
    return [
        name
        for name, parameter in inspect.signature(judge).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    ]


def _is_empty(value):
    """A body of `...`, `pass` or a docstring compiles to 'return None' and nothing else."""
    steps = [step for step in dis.get_instructions(value) if step.opname not in ("RESUME", "NOP")]
    loads = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return len(loads) == 1 and loads[0] in (None, ...) and len(steps) <= 2


def _describe_safely(value):
    try:
        return describe(value)
    except Exception:  # an object that cannot even be described still has a type
        return f"an object of type {type(value).__name__}"
