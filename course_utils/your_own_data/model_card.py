"""The model card: what a model is for, what it was tested on, and where it fails, on one page.

Numbers come from what `judged.judge` measured, never from the keyboard, and a card that lacks
something says so at its top. After Mitchell et al, Model cards for model reporting, 2019,
doi:10.1145/3287560.3287596.

    card = model_card.Card(name="Calf outliner", judged=judged.judge(model, *parts), ...)
    card.write(folder)      # model_card.md and model_card.html
"""

import dataclasses
import datetime
import hashlib
import importlib.metadata
import platform
from pathlib import Path
from typing import NamedTuple

import pandas

import course_utils
from course_utils.core import accept, errors, files, plurals
from course_utils.show import figures, pages
from course_utils.your_own_data import judged as judging

MARK = "Model card made with the ultrasound AI workbook"
PAGE = Path(__file__).with_suffix(".md")  # the card with places for what is known of a model
MISSING = "**Missing.**"
PACKAGES = ("keras", "tensorflow", "numpy")


class IntendedUse(NamedTuple):
    """What a model is for, in three fields: `what` it does, `in_whom`, and `by_whom` it is used."""

    what: str
    in_whom: str
    by_whom: str

    def __str__(self):
        return f"{self.what.strip()} in {self.in_whom.strip()}, by {self.by_whom.strip()}."


@dataclasses.dataclass
class Card:
    """What a model card says. Everything may be filled in later; `missing()` lists what is not.

    name: of the model. judged: the `judged.Judged` that the numbers come from: parts (patients,
    images and devices are counted from these), synthetic, results, groups, refused and how often
    the test set was opened. intended_use: an `IntendedUse`. not_intended_use: a sentence.
    data_name, licence: of the images. patients_from: how it was known which images belong
    to one patient. left_out: what was left out and why ('nothing' is an answer). preparation,
    training: sentences. failures: pictures as `Judged.failures` gives, once you have looked at
    each.
    limits: sentences. weights: the file of the network. stop: the
    table of stop_rules.check. audits: forms of `checklists`. date: today if None.
    """

    name: str
    judged: judging.Judged | None = None
    intended_use: IntendedUse | None = None
    not_intended_use: str = ""
    data_name: str = ""
    licence: str = ""
    patients_from: str = ""
    left_out: str = ""
    preparation: str = ""
    training: str = ""
    failures: list = dataclasses.field(default_factory=list)
    limits: list = dataclasses.field(default_factory=list)
    weights: str | Path | None = None
    stop: pandas.DataFrame | None = None
    audits: list = dataclasses.field(default_factory=list)
    date: datetime.date | None = None

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.strip():
            raise errors.DataError("A model card needs the name of the model.")
        if self.judged is not None and not isinstance(self.judged, judging.Judged):
            raise errors.DataError(
                "The numbers of a card come from judged.judge, not from the keyboard."
            )
        if self.intended_use is not None and not isinstance(self.intended_use, IntendedUse):
            raise errors.DataError("intended_use is IntendedUse(what, in_whom, by_whom).")
        measured = self.judged
        self.parts = dict(measured.parts) if measured else {}
        self.synthetic = measured.synthetic if measured else None
        self.results = measured.results() if measured else None
        grouped = measured is not None and measured.devices_known
        self.groups = measured.groups() if grouped else None
        self.refused = measured.refused if measured else None
        if not all(isinstance(shown, figures.Picture) for shown in self.failures):
            raise errors.DataError("failures is a list of pictures, as Judged.failures gives.")
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
            "intended_use": str(self.intended_use or ""),
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
            told["uncertainty"] = "95 % intervals over patients."
            told["internal_test"] = self.honest_sentence()
        if self.groups is not None:
            told["subgroups"] = f"By {', '.join(self.groups['by'].unique())}, in the card."
        return {name: text for name, text in told.items() if text}

    def markdown(self):
        """The card as Markdown text, pictures inside."""
        say, lacking = pages.plain, self.missing()
        failures = [
            part for shown in self.failures for part in (pages.picture(shown), say(shown.alt))
        ]
        limits = [f"- {say(limit)}" for limit in self.limits if str(limit).strip()]
        return PAGE.read_text("utf-8").format(
            name=say(self.name),
            mark=MARK,
            date=(self.date or datetime.date.today()).isoformat(),
            lacking=f"> **NOT COMPLETE. Missing ({len(lacking)}): {'; '.join(lacking)}.** "
            "Do not pass this card on as it is.\n\n"
            if lacking
            else "",
            honest_sentence=self.honest_sentence(),
            intended_use=self._text(str(self.intended_use or "")),
            not_intended_use=self._text(self.not_intended_use),
            data="\n".join(self._data()),
            results="\n".join(self._results()),
            groups="\n".join(self._groups()),
            failures="\n\n".join(failures) or MISSING,
            refusals=self._refusals(),
            limits="\n".join(limits) or MISSING,
            more=self._more(),
            made="\n".join(self._made()),
        )

    def _more(self):
        """The stop list and the self-audits, where there are any, each under its heading."""
        parts = []
        if self.stop is not None:
            columns = ("rule", "found", "verdict", "why")
            rows = [map(pages.plain, row) for row in self.stop[[*columns]].to_numpy()]
            parts.append(f"\n## Stop list\n\n{pages.table(columns, rows)}\n")
        if self.audits:
            listed = "\n".join(f"- {pages.plain(repr(form))}" for form in self.audits)
            parts.append(f"\n## Self-audits\n\n{listed}\n")
        return "".join(parts)

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
                f"- **Leak: {plurals.count(len(shared), 'patient')} "
                f"{plurals.verb(len(shared), 'is', 'are')} in more than one part "
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
            "Intervals are over patients; below five there is none.",
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
            f"No interval is given below {accept.FEW_PATIENTS} patients: it would pretend to know something.",
        ]

    def _refusals(self):
        if not self.refused:
            return MISSING
        count, asked = self.refused
        looks = self.judged.looks
        opened = "Nobody counted how often" if looks is None else plurals.count(looks, "time")
        told = (
            f"{opened} the test set was opened."
            if looks is None
            else f"The test set was opened {opened}."
        )
        return f"It gave no answer for {count} of {asked} ({100 * count / asked:.1f} %). {told}"

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


def _numbers(row):
    known = not (pandas.isna(row.low) or pandas.isna(row.high))
    return f"{row.estimate:.3f}", f"{row.low:.3f} to {row.high:.3f}" if known else "not given"


def _sentence(row):
    return f"{row.measure} {' ('.join(_numbers(row))})"


def _devices(table):
    if "device" not in table:
        return "not known"
    return ", ".join(sorted(map(str, table["device"].dropna().unique()))) or "not known"


def _told(part, table):
    return (
        f"{part} {plurals.count(table['patient_id'].nunique(), 'patient')}, "
        f"{plurals.count(len(table), 'image')}"
    )
