"""Beat the machine: ejection fractions by eye, heart after heart, and then what both got wrong.

Nothing is told before at least `LEAST` hearts are read and the result is asked for, so that no
answer leans on the truth. After that the reading is closed, and what was read is kept in
`contest_06.csv` in the reader's own folder. Not for diagnosis.
"""

import html

import ipywidgets
import numpy as np
import pandas

from course_utils.cases import clips as cines
from course_utils.core import accept, errors, files
from course_utils.ejection_fraction import automatic, pictures
from course_utils.show import pages, results, tiles, widgets
from course_utils.show.player import Player

MOST = 10  # hearts
LEAST = accept.FEW_PATIENTS  # hearts: below this limits say nothing
RANGE = 5, 90  # per cent that can be answered
WIDE = "560px"  # of the heart, so that it and the buttons fit one window
FILE = "contest_06.csv"  # the reading that was closed last
BEGIN = 50  # where the slider waits; it has to be moved before a number counts


def begin(table, studies, without=(), most=MOST, seed=0):
    """A `Contest` on hearts that the network has not learned from.

    table: a clip table. studies: patient_id -> `AutoEF`; those with a number take part. without:
    patients whose number the reader has seen. Where these are fewer than `most`, patients of the
    table's split VAL are measured and added. seed: of the order. Raises DataError for nobody.
    """
    known = {name: one for name, one in studies.items() if name not in without}
    if "split" in table:
        for patient in table.patient_id[table.split == "VAL"].unique():
            if sum(not one.refused for one in known.values()) < most and patient not in known:
                known[patient] = automatic.auto_ef(*cines.study(table, patient))
    names = [name for name, one in known.items() if not one.refused][:most]
    if not names:
        raise errors.DataError("The machine measured none of these hearts, so there is no contest.")
    names = [names[place] for place in np.random.default_rng(seed).permutation(len(names))]
    truth = table.groupby("patient_id").ef.first()
    return Contest(
        [[clip for clip in cines.study(table, name) if clip is not None] for name in names],
        [known[name] for name in names],
        [float(truth[name]) for name in names],
    )


class Contest(pages.Shown):
    """Beating hearts, one after another: the reader sets each ejection fraction by eye.

    hearts: for each heart its clips, four-chamber view first. studies: what the machine gave
    (`AutoEF`). truth: per cent. `.answers`: the reader's per cent, NaN where not read. `.press(ef)`
    answers the heart on show and goes on, `.back()` returns to the one before. A page without a
    kernel shows every heart at its largest and its smallest.
    """

    def __init__(self, hearts, studies, truth):
        if not len(hearts) == len(studies) == len(truth) > 0:
            raise errors.DataError("Every heart needs its clips, the machine's answer and a truth.")
        self._hearts, self._studies, self._truth = hearts, studies, truth
        self.answers, self._place, self._closed = np.full(len(hearts), np.nan), 0, False
        self._seen, self._player = (0, 0), Player(self._film(0, 0))
        self._build()
        self._show()

    @property
    def touched(self):
        """True once a heart was read."""
        return bool(np.isfinite(self.answers).any())

    def press(self, ef):
        """Answer the heart on show with `ef` per cent, and go on. Raises DataError for a number
        outside 5 to 90, and after the last heart or once the truth was shown.
        """
        if self._closed:
            raise errors.DataError("The truth is out. Run the cell again to begin anew.")
        if self._place >= len(self._hearts):
            raise errors.DataError("All hearts are read. The next cell shows the result.")
        self.answers[self._place] = accept.number(ef, "the ejection fraction in per cent", *RANGE)
        self._place += 1
        self._show()

    def back(self):
        """Back to the heart before, whose answer is then given anew."""
        if self._closed or not self._place:
            raise errors.DataError("There is no heart to go back to.")
        self._place -= 1
        self._show()

    def table(self):
        """One row for each heart that was read, once enough are: you, machine, truth, your error,
        its error (estimate less truth, points). Empty before that. It closes the reading.
        """
        read = np.isfinite(self.answers)
        columns = ["you", "machine", "truth", "your_error", "its_error"]
        if read.sum() < LEAST:
            return pandas.DataFrame(columns=columns, dtype=float)
        self._closed = True
        self._show()
        found = pandas.DataFrame({"you": self.answers, "truth": self._truth})
        found["machine"] = [study.ef for study in self._studies]
        found["your_error"], found["its_error"] = (
            found.you - found.truth,
            found.machine - found.truth,
        )
        found.index = pandas.Index(range(1, len(found) + 1), name="heart")
        _keep(found.loc[read, columns[:3]])
        return found.loc[read, columns]

    def result(self):
        """Your errors beside the machine's (an `Outcome`), or a note of what is still to be read."""
        found = self.table()
        if len(found):
            return Outcome(found, self._synthetic)
        read = int(np.isfinite(self.answers).sum())
        if not read:
            return results.note(
                "Nobody has read a heart above, so nothing is compared.", word="Not asked yet."
            )
        return results.note(
            f"You have read {read} of {len(self._hearts)} hearts. Limits need at least {LEAST}.",
            word="Not yet.",
        )

    @property
    def _synthetic(self):
        return all(clip.synthetic for clips in self._hearts for clip in clips)

    def _film(self, place, view):
        clip = self._hearts[place][view]
        return pictures.film(
            clip, title=f"heart {place + 1}, {clip.view}", synthetic=clip.synthetic
        )

    def _build(self):
        wide = ipywidgets.Layout(width="min(36em, 95%)")
        self._line = ipywidgets.HTML()
        self._view = ipywidgets.ToggleButtons(style={"button_width": "5em"})
        self._slider = ipywidgets.IntSlider(
            BEGIN,
            *RANGE,
            description="EF (%) by eye",
            style={"description_width": "8em"},
            layout=wide,
        )
        self._next = ipywidgets.Button(description="That is my number", disabled=True)
        self._undo = ipywidgets.Button(description="Back")
        self._view.observe(self._turned, names="value")
        self._slider.observe(self._moved, names="value")
        self._next.on_click(lambda _: self._next.disabled or self.press(self._slider.value))
        self._undo.on_click(lambda _: self._undo.disabled or self.back())
        buttons = ipywidgets.HBox([self._next, self._undo])
        heart = ipywidgets.Box([self._player], layout=ipywidgets.Layout(max_width=WIDE))
        self._box = ipywidgets.VBox([self._line, self._slider, buttons, self._view, heart])

    def _show(self):
        over = self._closed or self._place >= len(self._hearts)
        self._line.value = widgets.status(self._told())
        self._slider.disabled, self._next.disabled = over, True
        self._undo.disabled = self._closed or not self._place
        if over:
            return
        self._slider.value = BEGIN
        self._next.disabled = True
        views = [clip.view for clip in self._hearts[self._place]]
        self._view.options = [(view, place) for place, view in enumerate(views)]
        self._view.value = 0
        self._load(0)

    def _moved(self, change):
        self._next.disabled = self._closed or self._place >= len(self._hearts)

    def _turned(self, change):
        if change["new"] is not None and self._place < len(self._hearts):
            self._load(change["new"])

    def _load(self, view):
        if self._seen != (self._place, view):
            self._seen = self._place, view
            self._player.load(self._film(self._place, view))

    def _told(self):
        count = len(self._hearts)
        if self._closed:
            return "The truth is shown below, so this reading is closed. Run the cell again for a new one."
        if self._place >= count:
            return f"All {count} hearts are read. Run the next cell."
        return f"Heart {self._place + 1} of {count}. Watch it beat, and set its ejection fraction."

    def text(self):
        """Where the contest stands."""
        return f"[beat the machine] {self._told()}"

    def html(self):
        """Every heart at its largest and its smallest, for a page without a kernel."""
        return f"<p>{html.escape(self._told())}</p>{self.still().html()}"

    def still(self):
        """Every heart at end-diastole beside end-systole, without any number, as a Picture."""
        shown, spacings = {}, {}
        for number, (clips, study) in enumerate(zip(self._hearts, self._studies, strict=True), 1):
            pair = [clips[0].frames[frame] for frame in (study.ed, study.es)]
            caption = f"heart {number}: largest, smallest"
            shown[caption], spacings[caption] = np.hstack(pair), clips[0].spacing
        kind = "synthetic" if self._synthetic else "real"
        alt = f"{len(shown)} {kind} hearts to be read, each at its largest beside its smallest."
        return tiles.grid(shown, alt, columns=2, spacing=spacings, kind=kind)


def _keep(found):
    """Keep what was read. A folder that cannot be written costs no result: it is said."""
    try:
        files.write_whole(files.my_work(FILE), lambda to: found.to_csv(to), replace=True)
    except errors.FileError as error:
        errors.warn(f"Your readings are on this page only. {error}")


class Outcome(pages.Shown):
    """What a contest gave: the errors of both as a picture, and below it heart by heart."""

    def __init__(self, found, synthetic):
        self.picture = pictures.contest(found, synthetic)
        kind = "synthetic" if synthetic else "real"
        caption = f"Per cent, errors in points of EF ({kind})"
        self.table = results.table(found, caption, digits=1, rows=MOST)

    def text(self):
        """The picture in words, and the table."""
        return f"{self.picture.alt}\n\n{self.table.text()}"

    def html(self):
        """The picture above the table."""
        return self.picture.html() + self.table.html()
