"""Your own folder, checked before anything is learned from it: pairs, patients, repeats, names.

    report = your_own_data.inspect("my_folder")      # looks, and changes nothing
    report                                       # what was found, in a notebook
    report.manifest("cases.csv")                 # the list that lessons 04 to 08 accept as DATA

In a terminal: `python3 -m course_utils data my_folder --manifest cases.csv`.
"""

import html
import sys

import ipywidgets

from course_utils.core import errors, plurals
from course_utils.show import progress
from course_utils.your_own_data.report import Report
from course_utils.your_own_data.survey import survey


def inspect(folder, watch=None, patients=None):
    """Check a folder of images and masks, however they are named and nested. Returns a `Report`.

    No file is moved, changed or written. Every file is opened once, one at a time, with a progress
    bar; interrupt it at any time. watch: an object with open, step and close, as `progress.Quiet`
    (default: a bar in a notebook or a terminal). patients: who is the patient, where the guess is
    wrong: a pattern of the paths such as 'visit*/{patient}_*', or a column of a table beside the
    images. What is looked for: `pairs` (which mask belongs to which image), `patients` (who is on
    it), `records` (sizes, values, pixel size, writing), `duplicates` (repeated pictures), `names`
    (what names give away), `auditing` (DICOM tags).
    None of it replaces looking at the images. Raises FileError for a folder that is missing, is a
    file or cannot be opened, DataError for a whole disk.
    """
    watch = watch or progress.panel("Checking")
    watch.open("listing the files")
    said = "Stopped. Nothing was written."
    try:
        report = Report(survey(folder, watch, patients or None))
        said = f"Checked {plurals.count(len(report.images), 'image')}."
    except errors.CourseError:
        said = "Not checked."
        raise
    finally:
        watch.close(said)
    return report


class Panel:
    """A field for a folder, a button, and the report below. `.report`: the last one, or None.

    `.check(folder)` does from code what the button does. `.touched`: whether that was ever done.
    """

    def __init__(self, folder=""):
        wide = ipywidgets.Layout(width="min(42em, 95%)")
        self.report, self.touched = None, False
        self._folder = ipywidgets.Text(
            value=str(folder),
            description="Folder",
            layout=wide,
            placeholder="for example C:/study/images",
        )
        self._patients = ipywidgets.Text(
            value="",
            description="Patients",
            layout=wide,
            placeholder="empty: guessed. Or {patient}_*, or the column of a table",
        )
        self._button = ipywidgets.Button(description="Check", button_style="primary")
        # A layout of its own: hiding a shared one would hide the field as well.
        self._bar = ipywidgets.FloatProgress(min=0, max=1, layout={"width": "min(42em, 95%)"})
        self._bar.layout.visibility = "hidden"
        self._view = ipywidgets.HTML("<p>Nothing is changed in the folder.</p>")
        self._button.on_click(lambda _: self.check())
        self._box = ipywidgets.VBox(
            [self._folder, self._patients, self._button, self._bar, self._view]
        )

    @property
    def values(self):
        """What stands in the fields: {"folder": text, "patients": text}."""
        return {"folder": self._folder.value, "patients": self._patients.value}

    def check(self, folder=None, patients=None):
        """Check the folder in the field (or `folder`); returns the report, None if it failed."""
        if patients is not None:
            self._patients.value = str(patients)
        if folder is not None:
            self._folder.value = str(folder)
        self.report, self.touched, self._button.disabled = None, True, True
        try:
            folder, said = (
                field.value.strip().strip('"') for field in (self._folder, self._patients)
            )
            self.report = inspect(folder, progress.Bar(self._bar), said)
            self._view.value = self.report._repr_html_()
        except errors.CourseError as error:
            self._say(str(error))
        except KeyboardInterrupt:
            self._say("Stopped. Nothing was written.")
        finally:
            self._button.disabled = False
        return self.report

    def _say(self, text):
        self._view.value = f"<p><b>{html.escape(text)}</b></p>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = dict(self._box._repr_mimebundle_())
        bundle["text/html"] = self._view.value
        bundle["text/plain"] = (
            f"[folder check] {self.report!r}"
            if self.report
            else "[folder check] type a folder and press Check"
        )
        return bundle


def panel(folder=""):
    """A widget: type the name of a folder, press Check, read the report. Returns a `Panel`."""
    return Panel(folder)


def command(folder, manifest=None, converted=None, label=None, patients=None):
    """What `python3 -m course_utils data` does: print the report, write the list if asked.

    Returns 0 if there is nothing to put right, else 1. Raises FileError and DataError.
    """
    report = inspect(folder, patients=patients)
    text = str(report)
    coding = sys.stdout.encoding or "utf-8"
    print(text.encode(coding, "replace").decode(coding))
    if manifest is not None:
        place = report.manifest(manifest, converted, label)
        count = len(report.table)
        ready = report.ok and "too few patients to split" not in set(report.problems["kind"])
        then = "Give it to a lesson as DATA." if ready else "Put right what is said above first."
        print(f"\nThe list is in '{place}': {plurals.count(count, 'image')}. {then}")
    return int(not report.ok)
