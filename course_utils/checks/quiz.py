"""Quiz questions: one right option, and feedback for every option, in an order drawn by lot."""

import random
from pathlib import Path

from course_utils.checks import record
from course_utils.checks.answers import describe
from course_utils.checks.verdict import NOT_ATTEMPTED, NOT_YET, RIGHT, Verdict, as_label
from course_utils.core import errors
from course_utils.show import pages
from course_utils.show.results import as_html

STYLE = pages.style(Path(__file__).with_suffix(".css").read_text("utf-8"))


class Quiz:
    """One question. `ask()` shows it with radio buttons; `quiz("b")` answers it in code.

    `options` is {letter: (text, feedback)} and, for exactly one letter, (text, feedback, True).
    They are shown in an order that is drawn by lot, the same for everybody, and lettered anew, so
    that neither the author's habit nor a neighbour's letter gives the answer away.
    """

    def __init__(self, lesson, name, question, options):
        self.lesson, self.name, self.question = lesson, name, question
        found = [_option(name, letter, option) for letter, option in options.items()]
        random.Random(f"{lesson}.{name}").shuffle(found)
        self.options = dict(zip(sorted(options), found, strict=True))
        right = [letter for letter, option in self.options.items() if option[2]]
        if len(right) != 1 or len(self.options) < 2:
            raise errors.DataError(
                f"{lesson}.{name} needs two or more options and exactly one right one; "
                f"marked right: {', '.join(right) or 'none'}."
            )
        self.right = right[0]

    def __repr__(self):
        return self.as_text()

    def __call__(self, letter=...):
        """The verdict on an answer in code. It never raises."""
        status, message = self._judge(letter)
        record.record(self.lesson, self.name, "quiz", status=status)
        return Verdict(status, message, f"{self.lesson}.{self.name}")

    def ask(self):
        """The question with radio buttons; the choice shows the feedback for that answer."""
        return _Asked(self)

    def as_text(self):
        """The question and its options as plain text."""
        return "\n".join(
            [self.question, *(f"  {key}) {option[0]}" for key, option in self.options.items())]
        )

    def as_html(self):
        """The question and its options as HTML, for a page without a kernel."""
        items = "".join(f"<li>{as_html(option[0])}</li>" for option in self.options.values())
        return f'<p><b>{as_html(self.question)}</b></p><ol type="a">{items}</ol>'

    def _judge(self, letter):
        if letter is ...:
            return NOT_ATTEMPTED, f"Choose an answer: `check.{self.name}.ask()` shows the question."
        key = letter.strip().lower() if isinstance(letter, str) else None
        if key not in self.options:
            letters = ", ".join(f'"{key}"' for key in self.options)
            return NOT_YET, f"Answer with one of {letters}; this is {describe(letter)}."
        return (RIGHT if key == self.right else NOT_YET), self.options[key][1]


class _Asked(pages.Shown):
    """The question on the page: a widget where there is a kernel, and the same as text."""

    def __init__(self, quiz):
        import ipywidgets  # here, because answering in code and tests of lessons need no widgets

        self.quiz = quiz
        labels = [(as_label(option[0]), key) for key, option in quiz.options.items()]
        self.choice = ipywidgets.RadioButtons(options=labels, value=None)
        self.choice.layout.width = "auto"
        self.feedback = ipywidgets.HTML()
        question = ipywidgets.HTML(f"{STYLE}<b>{as_html(quiz.question)}</b>")
        self._box = self.widget = ipywidgets.VBox([question, self.choice, self.feedback])
        self.widget.add_class("course-quiz")
        # An observer writes into an HTML widget: no Output widget, which stalls headless runs.
        self.choice.observe(self._answer, names="value")

    def _answer(self, change):
        verdict = self.quiz(change["new"])
        shown = verdict.html()
        self.feedback.value = f'<div role="status" aria-live="polite">{shown}</div>'

    def text(self):
        """The question and its options."""
        return self.quiz.as_text()

    def html(self):
        """The question and its options, for a page without a kernel."""
        return self.quiz.as_html()


def _option(name, letter, option):
    text, feedback, right = (*option, False) if len(option) == 2 else option
    if not (
        isinstance(text, str) and text.strip() and isinstance(feedback, str) and feedback.strip()
    ):
        raise errors.DataError(
            f"{name}, option {letter}: both the text and its feedback are needed."
        )
    return text, feedback, bool(right)
