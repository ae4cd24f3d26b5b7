"""A reading task: yes or no for every image, alone first, then with a suggestion that may be wrong.

The reader sees no suggestion before the first round is complete, and never the truth. What the
suggestion did to them is in `result`. Automation bias: Goddard et al, JAMIA 2012,
doi:10.1136/amiajnl-2011-000089; in mammography Dratsch et al, Radiology 2023,
doi:10.1148/radiol.222176.
"""

import html
import time

import ipywidgets
import numpy as np
import pandas as pd

from course_utils.core import errors
from course_utils.evaluate import columns
from course_utils.evaluate.reading_result import Reading, result
from course_utils.show import figures, pages, widgets

__all__ = ["Reader", "Reading", "demo_answers", "result", "wrong_by_design"]

TIPS = {
    "yes": "Yes, it is there",
    "no": "No, it is not there",
    "back": "Back to the case before",
}
COLUMNS = ["case", "first", "second", "first_seconds", "second_seconds", "demo"]


class Reader(pages.Shown):
    """The cases one after another with a yes and a no button, twice; a page shows it.

    images: a list of Pictures or of arrays (H, W), 0..1, one per case and patient. Their
    alternative text is replaced, since it could give the answer away. truth, suggestion: 0 or 1 per
    case. question: what yes answers. demo: as long as the reading is not complete, `.answers` is a
    made-up table that says `demo`; with demo=False it holds what was read so far.
    The order of the cases differs between the rounds, by `seed`.

    `.answers`: table, one row per case: case (from 1), first and second answer (1 yes, 0 no),
    seconds for each, demo. `.round`: 1, 2, or 0 when complete. `.press("yes")`, `.press("no")` and
    `.press("back")` do what the buttons do. Raises DataError for lists of unequal length.
    """

    def __init__(self, images, truth, suggestion, question="Is it there?", demo=True, seed=0):
        truth, suggestion = columns.truth_of(truth), columns.truth_of(suggestion, "suggestion")
        columns.same_length(images=images, truth=truth, suggestion=suggestion)
        self.question, self.demo = str(question), bool(demo)
        self._suggestion, count = suggestion, truth.size
        draws = np.random.default_rng(seed)
        self._orders = [draws.permutation(count), draws.permutation(count)]
        self._read, self._seconds = ([np.full(count, np.nan) for _ in range(2)] for _ in range(2))
        self._made_up = demo_answers(truth, suggestion, seed)
        self._pictures = [self._picture(image) for image in images]
        self._done, self._began = 0, time.monotonic()
        self._build()
        self._show()

    @property
    def round(self):
        """1 or 2 for the round in progress, 0 when both are complete."""
        count = len(self._pictures)
        return 0 if self._done >= 2 * count else 1 + self._done // count

    @property
    def answers(self):
        """The table of answers; the demo's until the reading is complete, if demo was asked."""
        if self.demo and self.round:
            return self._made_up.copy()
        return _table(self._read, self._seconds, demo=False)

    @property
    def touched(self):
        """Whether anything was read."""
        return self._done > 0

    @property
    def values(self):
        """How many readings are left: {"left": number}; 0 when both rounds are complete."""
        return {"left": 2 * len(self._pictures) - self._done}

    def press(self, button):
        """Press "yes", "no" or "back" from code, as a reader would with mouse or keyboard.

        Raises DataError for another word, when all is read, or for going back into round 1.
        """
        if button == "back":
            self._back()
        elif button in ("yes", "no"):
            self._answer(button == "yes")
        else:
            raise errors.DataError(f"Press 'yes', 'no' or 'back', not {button!r}.")
        self._show()

    def _answer(self, yes):
        if not self.round:
            raise errors.DataError("Both rounds are complete. Run the cell again to read anew.")
        number, case = self.round - 1, self._case()
        self._read[number][case] = float(yes)
        self._seconds[number][case] = time.monotonic() - self._began
        self._done += 1

    def _back(self):
        if not self.round or self._done % len(self._pictures) == 0:
            raise errors.DataError("There is no case to go back to in this round.")
        self._done -= 1
        self._read[self.round - 1][self._case()] = np.nan

    def _case(self):
        return self._orders[self.round - 1][self._done % len(self._pictures)]

    def _picture(self, image):
        picture = image if isinstance(image, figures.Picture) else figures.plain(image, "case")
        return figures.Picture(
            picture.png, f"One case to read. {self.question}", width=picture.width
        )

    def _build(self):
        self._bar = ipywidgets.IntProgress(
            min=0,
            max=2 * len(self._pictures),
            description="Read",
            layout=ipywidgets.Layout(width="min(32em, 95%)"),
        )
        self._line, self._view = ipywidgets.HTML(), ipywidgets.HTML()
        self._buttons, row = widgets.buttons(self.press, TIPS)
        self._box = ipywidgets.VBox([self._bar, self._line, self._view, row])

    def _show(self):
        complete = not self.round
        self._bar.value = self._done
        self._line.value = widgets.status(self._told())
        self._view.value = "" if complete else self._pictures[self._case()].html()
        for word in ("yes", "no"):
            self._buttons[word].disabled = complete
        self._buttons["back"].disabled = complete or self._done % len(self._pictures) == 0
        self._began = time.monotonic()

    def _told(self):
        count = len(self._pictures)
        if not self.round:
            return f"Complete: {count} cases, read twice. Run the next cell for what came out."
        place = f"Round {self.round}, case {self._done % count + 1} of {count}. {self.question}"
        if self.round == 1:
            return f"{place} The suggestions come when this round is complete."
        word = "yes" if self._suggestion[self._case()] else "no"
        return f"{place} The model suggests: {word}. It errs at times."

    def text(self):
        """Where the reading stands."""
        return f"[reading task] {self._told()}{self._note()}"

    def html(self):
        """The case on show, for a page without a kernel."""
        return f"<p>{html.escape(self._told() + self._note())}</p>{self._view.value}"

    def _note(self):
        demo = self.demo and self.round
        return " Until the reading is complete, the results below are of demo answers." * bool(demo)


def wrong_by_design(truth, share=0.3, seed=0):
    """Suggestions that are wrong on a set share of the cases, balanced: (n,) of 0 and 1.

    truth: 0 or 1 per case. share: 0 to 1 of the cases with and of those without the condition, each
    rounded to whole cases, at least one of each where share is above 0. Which ones, seed decides.
    """
    truth = columns.truth_of(truth, both=True)
    share = columns.probabilities_of([share], "share")[0]
    draws, suggestion = np.random.default_rng(seed), truth.astype(int)
    for kind in (True, False):
        cases = np.flatnonzero(truth == kind)
        count = max(int(round(share * cases.size)), 1 if share > 0 else 0)
        suggestion[draws.permutation(cases)[:count]] = int(not kind)
    return suggestion


def demo_answers(truth, suggestion, seed=0, accuracy=0.8, pull=0.6):
    """MADE-UP answers so that a page works unread: a table as Reader.answers, demo True throughout.

    A reader who is right with probability `accuracy` and, where the suggestion differs, changes to
    it with probability `pull`. Both are inventions, not findings.
    """
    truth, suggestion = columns.truth_of(truth), columns.truth_of(suggestion, "suggestion")
    columns.same_length(truth=truth, suggestion=suggestion)
    draws = np.random.default_rng(seed)
    first = np.where(draws.random(truth.size) < accuracy, truth, ~truth)
    follows = (first != suggestion) & (draws.random(truth.size) < pull)
    second = np.where(follows, suggestion, first)
    nobody = [np.full(truth.size, np.nan)] * 2
    return _table([first.astype(float), second.astype(float)], nobody, demo=True)


def _table(read, seconds, demo):
    count = len(read[0])
    return pd.DataFrame(
        dict(
            zip(
                COLUMNS,
                (
                    np.arange(1, count + 1),
                    *(pd.array(part, dtype="Int64") for part in read),
                    *seconds,
                    np.full(count, demo),
                ),
                strict=False,
            )
        )
    )
