"""The failure gallery: look at the worst cases one by one, and write down why they failed.

What a table of scores cannot say, a list of reasons can: whether the model, the image or the truth
is at fault.
"""

import html

import ipywidgets
import pandas as pd

from course_utils.core import errors, files
from course_utils.show import figures, pages

REASONS = (
    "wrong muscle",
    "shadow",
    "depth",
    "border unclear",
    "truth doubtful",
    "outside the picture",
    "other",
)
OPEN = "not looked at"


class FailureGallery(pages.Shown):
    """One case at a time with a menu of reasons and room for a note; a page shows it.

    cases: name -> figures.Picture, worst first. reasons: the menu. `.table`: one row per case with
    case, reason ("not looked at" until one is chosen) and note. `.note(case, reason, text)` enters
    from code, `.move(step)` goes on or back. `.save(path)` writes a CSV.
    Raises DataError for no case, or one that is not a Picture.
    """

    def __init__(self, cases, reasons=REASONS):
        if (
            not isinstance(cases, dict)
            or not cases
            or not all(isinstance(picture, figures.Picture) for picture in cases.values())
        ):
            raise errors.DataError(
                "Give the failures as a dict, name -> Picture, with at least "
                "one; learning.error_map makes such pictures."
            )
        reasons = [str(reason) for reason in reasons]
        if not reasons or len(set(reasons)) < len(reasons) or OPEN in reasons:
            raise errors.DataError(f"Give at least one reason, each once, and not {OPEN!r}.")
        self._cases = {str(name): picture for name, picture in cases.items()}
        self._entries = {name: [OPEN, ""] for name in self._cases}
        self._place = 0
        self._build([OPEN, *reasons])
        self._show()

    @property
    def table(self):
        """What was written down so far: case, reason, note."""
        return pd.DataFrame(
            [(name, *entry) for name, entry in self._entries.items()],
            columns=["case", "reason", "note"],
        )

    @property
    def case(self):
        """The name of the case on show."""
        return list(self._cases)[self._place]

    def note(self, case, reason, text=""):
        """Write down a reason, and a note, for a case. Raises DataError for an unknown one."""
        if str(case) not in self._entries:
            raise errors.DataError(
                f"There is no case {case!r}; there are {', '.join(list(self._cases)[:5])}."
            )
        if reason not in self._menu.options:
            raise errors.DataError(
                f"The reason is one of {', '.join(self._menu.options)}; got {reason!r}."
            )
        self._entries[str(case)] = [reason, " ".join(str(text).split())]
        self._show()

    def move(self, step):
        """Go `step` cases on (1) or back (-1); stays within the gallery."""
        self._place = min(max(self._place + int(step), 0), len(self._cases) - 1)
        self._show()

    def counts(self):
        """How often each reason was chosen, the most frequent first: a table by reason."""
        return self.table["reason"].value_counts().rename("cases").to_frame()

    def save(self, path):
        """Write the table as a new CSV, whole or not at all; returns its Path.

        Raises FileError where the file exists or cannot be written.
        """
        return files.write_whole(
            path, lambda place: self.table.to_csv(place, index=False, encoding="utf-8")
        )

    def _build(self, options):
        wide = ipywidgets.Layout(width="min(36em, 95%)")
        self._line, self._view = ipywidgets.HTML(), ipywidgets.HTML()
        self._menu = ipywidgets.Dropdown(options=options, description="Reason", layout=wide)
        self._text = ipywidgets.Text(description="Note", layout=wide, continuous_update=False)
        self._back = ipywidgets.Button(description="Back", tooltip="The case before")
        self._next = ipywidgets.Button(description="Next", tooltip="The next case")
        self._back.on_click(lambda _: self.move(-1))
        self._next.on_click(lambda _: self.move(1))
        for control in (self._menu, self._text):
            control.observe(self._entered, names="value")
        buttons = ipywidgets.HBox([self._back, self._next])
        self._box = ipywidgets.VBox([self._line, self._view, self._menu, self._text, buttons])
        self._showing = False

    def _entered(self, change):
        if not self._showing:  # not what _show itself puts into the controls
            self._entries[self.case] = [self._menu.value, " ".join(self._text.value.split())]
            self._say()

    def _show(self):
        self._showing = True
        try:
            self._menu.value, self._text.value = self._entries[self.case]
        finally:
            self._showing = False
        self._view.value = self._cases[self.case].html()
        self._back.disabled = self._place == 0
        self._next.disabled = self._place == len(self._cases) - 1
        self._say()

    def _say(self):
        self._line.value = (
            f'<div role="status" aria-live="polite">{html.escape(self._told())}</div>'
        )

    def _told(self):
        noted = sum(reason != OPEN for reason, _ in self._entries.values())
        return (
            f"{self.case}: failure {self._place + 1} of {len(self._cases)}; {noted} with a "
            "reason so far."
        )

    def text(self):
        """Where the gallery stands, and what its picture says."""
        return f"[failure gallery] {self._told()} {self._cases[self.case]!r}"

    def html(self):
        """The case on show, for a page without a kernel."""
        return f"<p>{html.escape(self._told())}</p>{self._cases[self.case].html()}"
