"""The model card: what a model is for, what it was tested on, and where it fails, on one page.

Numbers come from tables (`results`, `groups`), never from the keyboard, and a card that lacks
something says so at its top. After Mitchell et al, Model cards for model reporting, 2019,
doi:10.1145/3287560.3287596.

    card = model_card.Card(name="Calf outliner", results=model_card.results(scores), ...)
    card.write(folder)      # model_card.md and model_card.html
"""

import dataclasses
import datetime
import hashlib
import importlib.metadata
import platform
import warnings
from pathlib import Path

import pandas

import course_utils
from course_utils import load
from course_utils.core import errors, files, tables
from course_utils.evaluate import metrics
from course_utils.privacy import writing
from course_utils.show import figures, pages

MARK = "Model card made with the ultrasound AI workbook"
NOT_A_DEVICE = (
    "**This is not a medical device. It is a course exercise: not for diagnosis, and "
    "not for any decision about a patient.**"
)
MISSING = "**Missing.**"
RESULTS = ("measure", "patients", "images", "estimate", "low", "high")
GROUPS = ("by", "group", "measure", "patients", "images", "estimate", "low", "high")
PACKAGES = ("keras", "tensorflow", "numpy")
FEW = 5  # patients below which an interval is not worth the name


@dataclasses.dataclass
class Card:
    """What a model card says. Everything may be filled in later; `missing()` lists what is not.

    name: of the model. intended_use, not_intended_use: sentences. data_name, licence: of the
    images. synthetic: True or False. parts: {"train": table, "validation": table, "test": table}; patients,
    images and devices are counted from these. patients_from: how it was known which images belong
    to one patient. left_out: what was left out and why ('nothing' is an answer). preparation,
    training: sentences. results: a table as `results` gives; other measures (an ejection fraction)
    in the same columns. groups: a table as `groups` gives. failures: pictures as `failures`
    gives. refused: (refused, asked). limits: sentences. weights: the file of the network. stop: the
    table of stop_rules.check. audits: forms of `checklists`. date: today if None.
    """

    name: str
    intended_use: str = ""
    not_intended_use: str = ""
    data_name: str = ""
    licence: str = ""
    synthetic: bool | None = None
    parts: dict = dataclasses.field(default_factory=dict)
    patients_from: str = ""
    left_out: str = ""
    preparation: str = ""
    training: str = ""
    results: pandas.DataFrame | None = None
    groups: pandas.DataFrame | None = None
    failures: list = dataclasses.field(default_factory=list)
    refused: tuple | None = None
    limits: list = dataclasses.field(default_factory=list)
    weights: str | Path | None = None
    stop: pandas.DataFrame | None = None
    audits: list = dataclasses.field(default_factory=list)
    date: datetime.date | None = None

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.strip():
            raise errors.DataError("A model card needs the name of the model.")
        for table, columns, maker in (
            (self.results, RESULTS, "results"),
            (self.groups, GROUPS, "subgroups"),
        ):
            _check(table, columns, maker)
        for part, table in self.parts.items():
            if part not in ("train", "validation", "test"):
                raise errors.DataError(f"parts are train, validation and test, not {part!r}.")
            tables.checked(table, ("patient_id",))
        if not all(isinstance(shown, figures.Picture) for shown in self.failures):
            raise errors.DataError("failures is a list of pictures, as model_card.failures gives.")
        if self.refused is not None and not _counted(self.refused):
            raise errors.DataError(
                f"refused is (refused, asked), such as (2, 40), not {self.refused!r}."
            )
        if isinstance(self.limits, str):
            self.limits = [self.limits]

    def missing(self):
        """What the card still lacks: a list of str, empty for a complete card."""
        wanted = {
            "intended use": self.intended_use,
            "not intended use": self.not_intended_use,
            "name of the data": self.data_name,
            "licence of the data": self.licence,
            "whether the images are synthetic": self.synthetic is not None,
            "the training, validation and test table": len(self.parts) == 3,
            "how patients were told apart": self.patients_from,
            "what was left out": self.left_out,
            "results with intervals": self.results is not None,
            "subgroups with numbers": self.groups is not None,
            "pictures of failures": self.failures,
            "refusals": self.refused is not None,
            "limits": [limit for limit in self.limits if str(limit).strip()],
            "the file of the weights": self.weights,
        }
        return [
            name
            for name, value in wanted.items()
            if not (value.strip() if isinstance(value, str) else value)
        ]

    def honest_sentence(self):
        """One sentence about what the card does, and does not, show."""
        test = self.parts.get("test")
        if test is None or self.results is None:
            return "Nothing has been shown about this model yet."
        count = test["patient_id"].nunique()
        kind = (
            "of a simulation; nothing is known about real patients"
            if self.synthetic
            else "of this data set; nothing is known about other places, scanners and readers"
        )
        return f"These numbers are about {count} test patients {kind}."

    def facts(self):
        """What the card knows, as `checklists.form` takes it: a dict of sentences."""
        parts = self.parts
        told = {
            "intended_use": self.intended_use,
            "not_intended_use": self.not_intended_use,
            "data_source": f"{self.data_name}{' (synthetic)' if self.synthetic else ''}"
            if self.data_name
            else "",
            "licence": self.licence,
            "left_out": self.left_out,
            "preparation": self.preparation,
            "training": self.training,
            "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
            "numbers": "; ".join(_told(part, table) for part, table in parts.items()),
            "devices": ", ".join(
                sorted(
                    {
                        str(d)
                        for table in parts.values()
                        if "device" in table
                        for d in table["device"].dropna()
                    }
                )
            ),
            "split": "Whole patients were dealt to training, validation and test."
            if len(parts) == 3 and not self._shared()
            else "",
            "split_level": f"The patient. {self.patients_from}" if self.patients_from else "",
            "limits": " ".join(map(str, self.limits)),
            "failures": f"{len(self.failures)} shown in the card." if self.failures else "",
            "refusals": self._refusals() if self.refused else "",
            "weights": f"File {files.shown(self.weights)}, hash in the card."
            if self.weights
            else "",
        }
        if self.results is not None:
            told["measures"] = ", ".join(self.results["measure"])
            told["performance"] = "; ".join(_sentence(row) for row in self.results.itertuples())
            told["uncertainty"] = "95 % bootstrap intervals over patients."
            told["internal_test"] = self.honest_sentence()
        if self.groups is not None:
            told["subgroups"] = f"By {', '.join(self.groups['by'].unique())}, in the card."
        return {name: text for name, text in told.items() if text}

    def markdown(self):
        """The card as Markdown text, pictures inside."""
        say, lacking = pages.plain, self.missing()
        date = (self.date or datetime.date.today()).isoformat()
        lines = [f"# Model card: {say(self.name)}", "", f"{MARK}, {date}.", "", NOT_A_DEVICE, ""]
        if lacking:
            lines += [
                f"> **NOT COMPLETE. Missing ({len(lacking)}): "
                f"{'; '.join(lacking)}.** Do not pass this card on as it is.",
                "",
            ]
        lines += [
            f"**{self.honest_sentence()}**",
            "",
            "## Intended use",
            "",
            self._text(self.intended_use),
            "",
            "## Not intended use",
            "",
            self._text(self.not_intended_use),
            "",
            "## Data",
            "",
            *self._data(),
            "",
            "## Results",
            "",
            *self._results(),
            "",
            "## Subgroups",
            "",
            *self._groups(),
            "",
            "## Failures",
            "",
        ]
        lines += [
            part
            for shown in self.failures
            for part in (pages.picture(shown), "", say(shown.alt), "")
        ] or [MISSING, ""]
        lines += ["## Refusals", "", self._refusals(), "", "## Limits", ""]
        lines += [f"- {say(limit)}" for limit in self.limits if str(limit).strip()] or [MISSING]
        if self.stop is not None:
            rows = [
                [say(cell) for cell in row]
                for row in self.stop[["rule", "found", "verdict", "why"]].to_numpy()
            ]
            lines += [
                "",
                "## Stop list",
                "",
                pages.table(("rule", "found", "verdict", "why"), rows),
            ]
        if self.audits:
            lines += ["", "## Self-audits", "", *(f"- {say(repr(form))}" for form in self.audits)]
        return "\n".join([*lines, "", "## Versions and file", "", *self._made(), ""])

    def html(self):
        """The card as one HTML page that fetches nothing."""
        return pages.to_html(self.markdown(), f"Model card: {self.name}")

    def write(self, folder, complete=False):
        """Write model_card.md and model_card.html into a folder; returns both paths.

        An earlier card there is replaced. complete=True refuses to write a card that lacks
        something: DataError lists what. Raises FileError if the folder or the weights are missing,
        before anything is written.
        """
        lacking = self.missing()
        if complete and lacking:
            raise errors.DataError(
                f"The card cannot be marked complete: {'; '.join(lacking)} missing."
            )
        place, text = files.find_folder(folder), self.markdown()
        page = pages.to_html(text, f"Model card: {self.name}")
        return (
            pages.write(place / "model_card.md", text, MARK),
            pages.write(place / "model_card.html", page, MARK),
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        page = self.html()
        body = page[page.index("<main>") : page.index("</main>")]
        return {
            "text/html": f"<div>{body.removeprefix('<main>')}</div>",
            "text/plain": f"[model card: {self.name}, {len(self.missing())} things missing]",
        }

    def _text(self, text):
        return pages.plain(text) if text.strip() else MISSING

    def _data(self):
        kind = {True: "synthetic", False: "real", None: "**missing**"}[self.synthetic]
        lines = [
            f"- Name: {self._text(self.data_name)}",
            f"- Licence: {self._text(self.licence)}",
            f"- Images: {kind}",
            f"- How patients were told apart: {self._text(self.patients_from)}",
            f"- Left out: {self._text(self.left_out)}",
        ]
        lines += [
            f"- {name}: {pages.plain(text)}"
            for name, text in (("Preparation", self.preparation), ("Training", self.training))
            if text.strip()
        ]
        if shared := self._shared():
            lines.append(
                f"- **Leak: {len(shared)} patients are in more than one part "
                f"({', '.join(pages.plain(name) for name in shared[:5])}).**"
            )
        rows = [
            (part, table["patient_id"].nunique(), len(table), pages.plain(_devices(table)))
            for part, table in self.parts.items()
        ]
        return [
            *lines,
            "",
            pages.table(("part", "patients", "images", "devices"), rows) if rows else MISSING,
        ]

    def _results(self):
        if self.results is None:
            return [MISSING]
        rows = [
            (pages.plain(row.measure), row.patients, row.images, *_numbers(row))
            for row in self.results.itertuples()
        ]
        return [
            pages.table(
                ("measure", "patients", "images", "mean over patients", "95 % interval"), rows
            ),
            "",
            "Intervals are bootstrapped over patients. With few patients they are too narrow.",
        ]

    def _groups(self):
        if self.groups is None:
            return [MISSING]
        rows = [
            (
                *map(pages.plain, (row.by, row.group, row.measure)),
                row.patients,
                row.images,
                *_numbers(row),
            )
            for row in self.groups.itertuples()
        ]
        return [
            pages.table(
                (
                    "by",
                    "group",
                    "measure",
                    "patients",
                    "images",
                    "mean over patients",
                    "95 % interval",
                ),
                rows,
            ),
            "",
            f"No interval is given below {FEW} patients: it would pretend to know something.",
        ]

    def _refusals(self):
        if self.refused is None:
            return MISSING
        count, asked = self.refused
        return f"It gave no answer for {count} of {asked} ({100 * count / asked:.1f} %)."

    def _made(self):
        lines = [f"- {name} {version}" for name, version in versions().items()]
        if not self.weights:
            return [*lines, f"- Weights: {MISSING}"]
        return [
            *lines,
            f"- Weights: {pages.plain(files.shown(self.weights))}, sha256 {sha256(self.weights)}",
        ]

    def _shared(self):
        sets = [set(table["patient_id"]) for table in self.parts.values()]
        return sorted(
            {
                name
                for at, one in enumerate(sets)
                for other in sets[at + 1 :]
                for name in one & other
            },
            key=str,
        )


def write(card, folder, complete=False):
    """`card.write(folder, complete)`: model_card.md and model_card.html, both paths."""
    if not isinstance(card, Card):
        raise errors.DataError(f"A model_card.Card was expected, not {type(card).__name__}.")
    return card.write(folder, complete)


def results(scores, seed=0):
    """Each measure of a set with its interval over patients: a table for `Card(results=)`.

    scores: as segment.evaluate gives. Columns: measure, patients, images, estimate, low, high. The
    thickness itself is left out, as it is no score; its error is not. A measure counts the
    patients that have it; the interval is missing where one alone has. Raises DataError as metrics.per_patient does.
    """
    by_patient = metrics.per_patient(scores)
    rows = []
    for measure in by_patient.columns.drop(["images", "thickness_mm"], errors="ignore"):
        values = by_patient[measure].dropna()
        if len(values):
            images = int(scores[measure].notna().sum())
            rows.append((measure, len(values), images, *_interval(values, seed, 2)))
    return pandas.DataFrame(rows, columns=RESULTS)


def subgroups(scores, by=("device",), measure="dice", seed=0):
    """One measure in each group: a table for `Card(groups=)`.

    scores: as segment.evaluate gives, with the columns named in `by` (join others, such as sex, by
    index). Columns: by, group, measure, patients, images, estimate, low, high; the interval is
    missing below 5 patients. Rows without a group are counted as 'not known'. Raises DataError.
    """
    tables.checked(scores, ("patient_id", measure, *by))
    rows = []
    for column in by:
        named = scores[column].astype(object).where(scores[column].notna(), "not known")
        for group, part in scores.groupby(named, sort=True):
            values = metrics.per_patient(part)[measure].dropna()
            if len(values):
                rows.append(
                    (
                        column,
                        str(group),
                        measure,
                        len(values),
                        len(part),
                        *_interval(values, seed, FEW),
                    )
                )
    return pandas.DataFrame(rows, columns=GROUPS)


def failures(model, table, scores, count=3, size=128, synthetic=False):
    """The worst images as pictures, worst first: a list for `Card(failures=)`.

    model, size: as segment.predict takes them. table, scores: a set and its segment.evaluate, same
    index. count: how many. One image for each patient, so that one bad patient does not fill it.
    What looks like writing is made black. That finds most of it, not all: look at each picture.
    """
    from course_utils import segment  # here, because a card alone needs no network
    from course_utils.segment import pictures as segment_pictures

    tables.checked(table, ("image", "mask", "patient_id"))
    tables.checked(scores, ("patient_id", "dice"))
    order = scores.sort_values("dice", kind="stable").drop_duplicates("patient_id").index[:count]
    kind, pictures = "synthetic " if synthetic else "", []
    for number, row in enumerate(order, 1):
        case = table.loc[[row]]
        image, hidden = _without_writing(load.image(tables.paths(case)[0]))
        truth = load.mask(tables.paths(case, "mask")[0])
        found = segment.mask(segment.predict(model, load.image(tables.paths(case)[0]), size=size))
        shown = segment_pictures.error_map(image, truth, found, kind=kind.strip())
        shown.alt = (
            f"Worst {kind}case {number} of {len(order)}, patient {case['patient_id'].iloc[0]}: "
            f"{shown.alt}{hidden}"
        )
        pictures.append(shown)
    return pictures


def _without_writing(image):
    """The image with what looks like writing made black, and a sentence about it: a card travels."""
    image = image.copy()
    boxes = writing.lines(image)
    for x0, y0, x1, y1 in boxes:
        image[max(0, y0 - 3) : y1 + 4, max(0, x0 - 3) : x1 + 4] = 0
    return image, " Writing was blanked." if boxes else ""


def versions():
    """The versions that matter, a dict: course, Python and the packages that are installed."""
    found = {"course": course_utils.__version__, "Python": platform.python_version()}
    for name in PACKAGES:
        for package in (name, f"{name}-cpu"):
            try:
                found[name] = importlib.metadata.version(package)
                break
            except importlib.metadata.PackageNotFoundError:
                found[name] = "not installed"
    return found


def sha256(path):
    """The fingerprint of a file, 64 hexadecimal digits. Raises FileError if it is not there."""
    return hashlib.sha256(files.read_bytes(path)).hexdigest()


def _interval(values, seed, least):
    if len(values) < least:
        return float(values.mean()), float("nan"), float("nan")
    with warnings.catch_warnings():  # the number of patients stands beside it
        warnings.simplefilter("ignore", errors.CourseWarning)
        return tuple(metrics.interval(values, seed))


def _numbers(row):
    known = not (pandas.isna(row.low) or pandas.isna(row.high))
    return f"{row.estimate:.3f}", f"{row.low:.3f} to {row.high:.3f}" if known else "not given"


def _sentence(row):
    return f"{row.measure} {row.estimate:.3f} ({row.low:.3f} to {row.high:.3f})"


def _devices(table):
    if "device" not in table:
        return "not known"
    return ", ".join(sorted(map(str, table["device"].dropna().unique()))) or "not known"


def _told(part, table):
    return f"{part} {table['patient_id'].nunique()} patients, {len(table)} images"


def _counted(refused):
    try:
        count, asked = refused
        return 0 <= count <= asked and asked > 0
    except (TypeError, ValueError):
        return False


def _check(table, columns, maker):
    if table is None:
        return
    tables.checked(table, columns)
    known = table.dropna(subset=["low", "high"])
    if not (
        (known["low"] - 1e-9 <= known["estimate"]) & (known["estimate"] <= known["high"] + 1e-9)
    ).all():
        raise errors.DataError(
            f"A value does not lie within its interval. Take the table from model_card.{maker}."
        )
