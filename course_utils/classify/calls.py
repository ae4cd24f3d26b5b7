"""Twelve shoulders: the learner calls each, then the network's calls and the truth are shown.

Nothing is shown before the twelfth call, so that no eye is trained by the answers on the way.
"""

import html

import ipywidgets
import numpy as np

from course_utils.classify import cohorts, runs
from course_utils.core import errors
from course_utils.evaluate import columns, proportion
from course_utils.show import pages, results, tiles, widgets

WORDS = ("normal", "tendinopathy")
EACH = 6  # of either kind among the twelve


class Calls(pages.Shown):
    """Shoulders one after another, with a button for either word; a page shows it.

    images, masks: (H, W) each, one of a patient. truth: 0 or 1 per case; network: 0..1, how sure it
    is of tendinopathy. `.press("normal")`, `.press("tendinopathy")` and `.press("back")` do what
    the buttons do. `.values`: {"left": cases without a call}. `.called`: what was said, 0 or 1.
    `revealed()`: all of it, after the last call.
    """

    def __init__(self, images, masks, truth, network, spacing):
        columns.same_length(images=images, masks=masks, truth=truth, network=network)
        self.truth = columns.truth_of(truth).astype(int)
        self.network = columns.probabilities_of(network, "network")
        self._images, self._masks, self._spacing = list(images), list(masks), spacing
        self.called = []
        self._build()
        self._show()

    @property
    def values(self):
        """How many cases wait for a call."""
        return {"left": len(self._images) - len(self.called)}

    @property
    def touched(self):
        """True once something was called."""
        return bool(self.called)

    def press(self, button):
        """Call the case on show, or go back to the one before. Raises DataError for another word,
        or when there is nothing to call or to go back to."""
        if button not in (*WORDS, "back"):
            raise errors.DataError(f"Press 'normal', 'tendinopathy' or 'back', not {button!r}.")
        if button == "back":
            if not self.called or not self.values["left"]:
                raise errors.DataError("There is no case to go back to.")
            self.called.pop()
        elif not self.values["left"]:
            raise errors.DataError("All are called. Run the cell again to begin anew.")
        else:
            self.called.append(WORDS.index(button))
        self._show()

    def shares(self):
        """The share called rightly, by the learner and by the network: two Intervals (Wilson)."""
        self._whole()
        return [
            proportion(said == self.truth) for said in (np.array(self.called), self.network >= 0.5)
        ]

    def revealed(self):
        """All cases with the learner's call, the network's, and the truth: a Picture."""
        self._whole()
        shown, outlines = {}, {}
        for number, (mine, sure, true) in enumerate(
            zip(self.called, self.network, self.truth, strict=True), start=1
        ):
            said = [WORDS[int(value)] for value in (mine, sure >= 0.5, true)]
            caption = (
                f"{number}: you {said[0]}; network {said[1]} ({100 * sure:.0f} %); truth {said[2]}"
            )
            shown[caption], outlines[caption] = self._images[number - 1], self._masks[number - 1]
        mine, machine = (round(share.estimate * len(self.truth)) for share in self.shares())
        alt = (
            f"{len(shown)} simulated shoulders with all calls: you {mine} right, the network "
            f"{machine}. {'. '.join(shown)}."
        )
        return tiles.grid(shown, alt, outlines, 4, spacing=self._spacing, kind="synthetic")

    def result(self):
        """`revealed` with both shares in its title, or a note as long as calls are missing."""
        left = self.values["left"]
        if left:
            return results.note(f"Nothing is shown before the last call: {left} are left.")
        picture = self.revealed()
        mine, machine = (
            f"{round(one.estimate * one.values)} of {one.values} right (95 % interval "
            f"{100 * one.low:.0f} to {100 * one.high:.0f} %)"
            for one in self.shares()
        )
        picture.caption = f"You: {mine}. Network: {machine}."
        return picture

    def _whole(self):
        if self.values["left"]:
            raise errors.DataError(
                f"{self.values['left']} shoulders wait for your call; nothing is shown before that."
            )

    def _build(self):
        self._line, self._view = ipywidgets.HTML(), ipywidgets.HTML()
        tips = {word: f"Press: {word}" for word in (*WORDS, "back")}
        self._buttons, row = widgets.buttons(self.press, tips)
        self._box = ipywidgets.VBox([self._line, row, self._view])

    def _show(self):
        left = self.values["left"]
        self._line.value = widgets.status(self._told())
        self._view.value = self._drawn().html() if left else ""
        for word in WORDS:
            self._buttons[word].disabled = not left
        self._buttons["back"].disabled = not self.called or not left

    def _drawn(self):
        image = self._images[len(self.called)]
        alt = f"Shoulder {len(self.called) + 1}: the supraspinatus in long axis, to be called."
        return tiles.image(image, alt, "", self._spacing, kind="synthetic")

    def _told(self):
        count, left = len(self._images), self.values["left"]
        if left:
            return f"Shoulder {count - left + 1} of {count}. Normal, or tendinopathy?"
        return f"All {count} are called. Run the next cell for the network's calls and the truth."

    def text(self):
        """Where the calls stand."""
        return f"[twelve shoulders] {self._told()}"

    def html(self):
        """The case on show, for a page without a kernel."""
        shown = self._drawn().html() if self.values["left"] else ""
        return f"<p>{html.escape(self._told())}</p>{shown}"


def twelve(seed=1, method="image + mask + maps"):
    """`Calls` of six normal and six ill patients, with stored scores of a network that never met
    them. seed: 1 to 5, whose cohort they come from, and their order.
    """
    table = runs.scores(seed).set_index("patient_id")
    people = cohorts.people(len(table), seed).set_index("patient_id", drop=False)
    rng = np.random.default_rng([seed, 84])
    chosen = [
        name for kind in (0, 1) for name in rng.permutation(people.index[people.ill == kind])[:EACH]
    ]
    chosen = list(rng.permutation(chosen))
    made = cohorts.first(people.loc[chosen])
    rows = range(0, len(made.table), cohorts.IMAGES)
    return Calls(
        [made.image(row) for row in rows],
        [made.masks[row] for row in rows],
        people.ill[chosen].to_numpy(),
        table.loc[chosen, method].to_numpy(),
        made.spacing,
    )
