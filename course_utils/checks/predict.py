"""Predict, do, read: a prediction is a click that is kept, and the reading unfolds after it.

    guess = predict("How many pictures hold one second of a heart?", "5", "30", "300")
    guess                                   # in one cell: the question, with buttons
    guess.read("Thirty, so one beat ..")    # after the result: folded until somebody predicted

The answers stay in `predictions.csv` in the learner's own folder; nobody judges them. On Run All
nothing is clicked, the reading stays folded (a click opens it all the same), and the page goes on.
"""

import csv
import datetime
import html

from course_utils.checks import page
from course_utils.checks.quiz import STYLE
from course_utils.checks.verdict import as_label
from course_utils.core import errors, files
from course_utils.show import pages
from course_utils.show.results import as_html, box

FILE = "predictions.csv"


def predict(question, *options):
    """A question about what will come, with two or more `options` (texts) to click on."""
    if len(options) < 2 or not all(isinstance(text, str) and text for text in options):
        raise errors.DataError("A prediction needs a question and two or more options in words.")
    return Prediction(question, options)


def kept(lesson):
    """{question: the answer given last} of a lesson, as kept in the learner's own folder."""
    try:
        with open(files.my_work(FILE, make=False), newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if len(row) == 4]
    except (OSError, UnicodeError, csv.Error):
        return {}  # nothing kept yet, or not readable: a prediction is never worth an error
    return {question: answer for _, name, question, answer in rows if name == lesson}


class Prediction(pages.Shown):
    """The question on the page. `.answer`: the option that was clicked, or None."""

    def __init__(self, question, options):
        import ipywidgets  # here, because checks without predictions need no widgets

        self.question, self.options, self.lesson = question, options, page.current()
        before = kept(self.lesson).get(question)
        labels = [(as_label(text), text) for text in options]
        self.choice = ipywidgets.RadioButtons(
            options=labels, value=before if before in options else None
        )
        self.choice.layout.width = "auto"
        self._said = ipywidgets.HTML(self._thanks())
        title = ipywidgets.HTML(f"{STYLE}<b>Predict.</b> {as_html(question)}")
        self._box = ipywidgets.VBox([title, self.choice, self._said])
        self._box.add_class("course-quiz")
        self.choice.observe(self._keep, names="value")

    @property
    def answer(self):
        """The option that was clicked, or None."""
        return self.choice.value

    def read(self, text):
        """What came out, folded until a prediction was made; then it opens, with the prediction."""
        return _Reading(self, text)

    def _keep(self, change):
        self._said.value = self._thanks()
        row = (datetime.date.today().isoformat(), self.lesson, self.question, change["new"])
        try:
            with open(files.my_work(FILE), "a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(row)
        except (OSError, errors.FileError):
            self._said.value += " (It cannot be saved here and is kept while this page is open.)"

    def _thanks(self):
        return "" if self.answer is None else "Kept. Now run the next cell."

    def text(self):
        """The question and its options."""
        return "\n".join([f"Predict. {self.question}", *(f"  - {text}" for text in self.options)])

    def html(self):
        """The question and its options, for a page without a kernel."""
        items = "".join(f"<li>{as_html(text)}</li>" for text in self.options)
        return box("predict", "Predict.", f"{as_html(self.question)}<ul>{items}</ul>")


class _Reading(pages.Shown):
    """A text that opens when its prediction was made."""

    def __init__(self, prediction, text):
        import ipywidgets

        self.prediction, self._said = prediction, text
        self._box = ipywidgets.HTML(self.html())
        prediction.choice.observe(self._open, names="value")

    def _open(self, change):
        self._box.value = self.html()

    def html(self):
        """The text, open once its prediction was made."""
        answer = self.prediction.answer
        opened, lead = ("", "Predict first, above; then this opens.")
        if answer is not None:
            opened, lead = (" open", f"You expected: {html.escape(as_label(answer))}.")
        body = f"<summary>{lead}</summary><p>{as_html(self._said)}</p>"
        return box("note", "Read.", f'<details{opened} style="display:inline">{body}</details>')

    def text(self):
        """The text."""
        return f"Read. {self._said}"
