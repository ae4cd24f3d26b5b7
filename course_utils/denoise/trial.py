"""Ten trials: is there a spot between the crosses? Through a filter of the reader's own choice.

Half of the trials hold a dark disc, the other half do not. What is there is shown to nobody before
the tenth answer. Each filter has ten scenes of its own, so that no picture is met twice.
"""

import html

import ipywidgets
import numpy as np
import pandas as pd

from course_utils import show
from course_utils.core import errors
from course_utils.denoise import dprime, pictures, scenes
from course_utils.show import pages, widgets

TRIALS = 10
RADIUS_MM, CONTRAST_DB = 0.6, -6.0
FIRST = 8000  # seeds of the scenes
QUESTION = "Is there a dark spot between the four crosses?"


class Trials(pages.Shown):
    """Pictures one after another, two buttons and a menu of filters; a page shows it.

    methods: {name: Method}, the first is on at the start. A Method may be given as a function
    without arguments that returns it: it is made when it is chosen. seed: which trials hold a spot.

    `.answers`: a table of what was said so far (filter, trial from 1, there, said). `.filter`: the
    one on show. `.press("there")` and `.press("not there")` do what the buttons do, `.choose(name)`
    what the menu does. `.picture` and `.place` are the picture on show and its `Disc`.
    """

    def __init__(self, methods, seed=1):
        if not methods:
            raise errors.DataError("There is no filter to look through.")
        self._methods, self._seed = dict(methods), seed
        self._said = {name: [] for name in self._methods}
        self.filter = next(iter(self._methods))
        self._build()
        self._show()

    @property
    def answers(self):
        """What was said so far, one row for each trial: filter, trial, there, said."""
        rows = [
            (name, number + 1, self._there(name)[number], answer)
            for name, said in self._said.items()
            for number, answer in enumerate(said)
        ]
        return pd.DataFrame(rows, columns=["filter", "trial", "there", "said"])

    @property
    def values(self):
        """The filter on show and how many of its trials are answered."""
        return {"filter": self.filter, "answered": len(self._said[self.filter])}

    @property
    def touched(self):
        """True once a button was pressed."""
        return any(self._said.values())

    @property
    def left(self):
        """Trials of this filter that wait for an answer."""
        return TRIALS - len(self._said[self.filter])

    def result(self, name=None):
        """d' of the trials through a filter (the one on show), a `dprime.DPrime`, or None before
        the tenth answer."""
        name = name or self.filter
        said = self._said[self._known(name)]
        return dprime.from_answers(self._there(name), said) if len(said) == TRIALS else None

    def table(self):
        """One row for each filter with ten answers: found, false alarms, d', low, high."""
        done = ((name, self.result(name)) for name in self._said)
        rows = {
            name: (
                f"{r.hits} of {r.present}",
                f"{r.alarms} of {r.absent}",
                r.estimate,
                r.low,
                r.high,
            )
            for name, r in done
            if r is not None
        }
        columns = ["found", "false alarms", "d'", "low", "high"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)

    def press(self, button):
        """Answer the trial on show: "there" or "not there". Raises DataError for another word, or
        when all ten are answered."""
        if button not in ("there", "not there"):
            raise errors.DataError(f"Press 'there' or 'not there', not {button!r}.")
        if not self.left:
            raise errors.DataError("All ten are answered. Choose another filter for ten more.")
        self._said[self.filter].append(button == "there")
        self._show()

    def choose(self, name):
        """Look through another filter; answers given through the others are kept."""
        self._menu.value = self._known(name)

    def _known(self, name):
        if name not in self._methods:
            known = ", ".join(self._methods)
            raise errors.DataError(f"There is no filter {name!r} here; there are {known}.")
        return name

    def _there(self, name):
        return np.random.default_rng([self._seed, self._number(name)]).permutation(TRIALS) % 2 == 0

    def _number(self, name):
        return list(self._methods).index(name)

    def _method(self):
        method = self._methods[self.filter]
        if not hasattr(method, "apply"):  # a network is fetched when it is asked for
            method = self._methods[self.filter] = method()
        return method

    def _build(self):
        self._menu = ipywidgets.Dropdown(
            options=list(self._methods),
            description="Look through",
            style={"description_width": "initial"},
        )
        self._menu.observe(lambda change: self._chosen(change["new"]), names="value")
        self._line, self._view = ipywidgets.HTML(), ipywidgets.HTML()
        tips = {word: f"The spot is {word}" for word in ("there", "not there")}
        self._buttons, row = widgets.buttons(self.press, tips)
        self._box = ipywidgets.VBox([self._menu, self._line, row, self._view])

    def _chosen(self, name):
        self.filter = name
        self._show()

    def _show(self):
        number = min(len(self._said[self.filter]), TRIALS - 1)
        seed = FIRST + 100 * self._seed + TRIALS * self._number(self.filter) + number
        scene, discs = scenes.quiet(seed)
        at = discs[seed % len(discs)]
        self.place = scenes.Disc(at.x_mm, at.z_mm, RADIUS_MM, CONTRAST_DB)
        if self._there(self.filter)[number]:
            scene = scene.with_spots(self.place)
        self.picture = self._method().apply(scene.image())
        for button in self._buttons.values():
            button.disabled = not self.left
        self._line.value = widgets.status(self._told())
        self._view.value = self._drawn().html() if self.left else ""

    def _drawn(self):
        points = pictures.marks(self.place)
        alt = f"Trial {TRIALS - self.left + 1}: speckled tissue through {self.filter}. {QUESTION}"
        return show.image(self.picture, alt, "", scenes.PIXEL_MM, points=points, kind="synthetic")

    def _told(self):
        found = self.result()
        if found is None:
            number = TRIALS - self.left + 1
            return f"Trial {number} of {TRIALS}, through: {self.filter}. {QUESTION}"
        return f"Complete, through {self.filter}: {found.sentence()}"

    def text(self):
        """Where the trials stand."""
        return f"[ten trials] {self._told()}"

    def html(self):
        """The picture on show, for a page without a kernel."""
        return f"<p>{html.escape(self._told())}</p>{self._view.value}"
