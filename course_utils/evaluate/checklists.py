"""The door to the checklists: CLAIM 2024 and TRIPOD+AI as a form, and the choice of a measure.

`form("CLAIM")` shows every item with yes, no or not applicable and a note, and writes a Markdown
page. A form that is kept has each answer on the disk at once, and finds it again (`answers`). The
items are in the course's own words (`checklist_items`): **it is a self-audit; the official form
must be used for submission**. What a model card already knows is filled in, and says so.
`metric_choice` helps to choose what to measure.
"""

import functools
import html

import ipywidgets
import pandas

from course_utils.core import errors
from course_utils.evaluate import answers, checklist_items
from course_utils.evaluate.metric_choices import metric_choice
from course_utils.show import pages

__all__ = ["Form", "form", "metric_choice", "names"]
OPEN, YES, NO, NOT_APPLICABLE = "open", "yes", "no", "not applicable"
STATUSES = (OPEN, YES, NO, NOT_APPLICABLE)
MARK = "Self-audit with the items of"


def names():
    """The checklists that there are, a list of str."""
    return list(checklist_items.ALL)


def form(name, results=None, role="DE", source="the model card", keep=None, about=""):
    """A checklist to fill in: a `Form`.

    name: "CLAIM" or "TRIPOD+AI". results: what is known already, a dict of sentences as
    `model_card.Card.facts()` gives it; those items start as yes, with the sentence as their note.
    source: where those facts come from, for the note.
    role: "D" if you only developed a model, "E" if you only tested one; items for others start as
    not applicable. keep: a plain word, such as 'claim_08': what is answered is kept under it in the
    learner's own folder (`answers`), comes back, and stands in the page of that name there; None
    keeps nothing. about: which data it is about; another has answers of its own.
    Raises DataError for another name, role, or results that are no dict of text.
    """
    if name not in checklist_items.ALL:
        raise errors.DataError(f"There is no checklist {name!r}; there are {', '.join(names())}.")
    if role not in ("D", "E", "DE"):
        raise errors.DataError(f"role is 'D' (developed), 'E' (evaluated) or 'DE', not {role!r}.")
    results = {} if results is None else results
    if not isinstance(results, dict) or not all(isinstance(fact, str) for fact in results.values()):
        raise errors.DataError("results is a dict of sentences, such as Card.facts() gives.")
    kept = None if keep is None else answers.Kept(keep, about)
    return Form(checklist_items.ALL[name], results, role, source, kept)


class Form(pages.Shown):
    """A checklist under way: to fill in in a notebook, and a list to read without a kernel.

    `.set(number, status, note)` answers from code, `.counts()` counts, `.table()` lists,
    `.export(path)` writes a Markdown page; that of a kept form follows later answers. Made by `form`.
    """

    def __init__(self, checklist, results, role, source, kept=None):
        self.checklist, self._kept = checklist, kept
        self._rows = {
            item.number: _Row(item, *_start(item, results, role, source))
            for item in checklist.items
        }
        sections = {}  # folded: forty items would be five screens of a page
        for row in self._rows.values():
            sections.setdefault(row.item.section, []).append(row.box)
        folded = ipywidgets.Accordion([ipywidgets.VBox(rows) for rows in sections.values()])
        for place, section in enumerate(sections):
            folded.set_title(place, section)
        folded.selected_index = None
        self._summary = ipywidgets.HTML()
        self._box = ipywidgets.VBox([self._summary, folded])
        self._knew = {number: row.answer for number, row in self._rows.items()}
        for number, (status, note) in (kept.load() if kept else {}).items():
            if number in self._rows and status in STATUSES:
                self._rows[number].answer = [status, note]
        for row in self._rows.values():
            for control in (row.status, row.note):
                control.observe(functools.partial(self._changed, row), names="value")
        self._tell()

    def set(self, number, status, note=None):
        """Answer one item. status: 'yes', 'no', 'not applicable' or 'open'; note: text, or None to
        leave it. Raises DataError for an item or status that does not exist."""
        row = self._rows.get(str(number))
        if row is None:
            raise errors.DataError(
                f"{self.checklist.title} has no item {number!r}; its items are "
                f"{', '.join(self._rows)}."
            )
        if status not in STATUSES:
            raise errors.DataError(f"A status is {', '.join(STATUSES)}, not {status!r}.")
        if note is not None and not isinstance(note, str):
            raise errors.DataError(f"A note is text, not {type(note).__name__}.")
        row.answer = [status, row.note.value if note is None else note]

    def counts(self):
        """How many items have each status: a dict, in the order open, yes, no, not applicable."""
        given = [row.status.value for row in self._rows.values()]
        return {status: given.count(status) for status in STATUSES}

    def table(self):
        """One row per item: number, section, asks, status, note."""
        return pandas.DataFrame(
            [(*row.item[:3], row.status.value, row.note.value) for row in self._rows.values()],
            columns=["number", "section", "asks", "status", "note"],
        )

    def markdown(self):
        """The page that `export` writes, as text."""
        told, counts, list_ = self.table(), self.counts(), self.checklist
        lines = [
            f"# {list_.title}: a self-audit",
            "",
            f"{MARK} {list_.title} (doi:{list_.doi}), in the course's own words. "
            f"**For a submission use the official form: {list_.official}**",
            "",
            f"{self._told(counts)}.",
            "",
        ]
        for what, status in (("Not answered yet", OPEN), ("Answered with no", NO)):
            missing = told.loc[told["status"] == status, "number"]
            if len(missing):
                lines += [f"{what}: {', '.join(missing)}.", ""]
        for section, part in told.groupby("section", sort=False):
            rows = [
                (row.number, pages.plain(row.asks), row.status, pages.plain(row.note))
                for row in part.itertuples()
            ]
            lines += [
                f"## {section}",
                "",
                pages.table(("item", "asks for", "status", "note"), rows),
                "",
            ]
        return "\n".join(lines)

    def export(self, path):
        """Write the form as a Markdown page; returns the `Path`. An earlier export of that name is
        replaced, any other file stays. Raises FileError if it cannot be written.

        The page of a form that is kept is written anew after each answer."""
        place = self._write(path).absolute()
        if self._kept and place not in self._kept.pages:
            self._kept.pages.append(place)
        return place

    def _write(self, path):
        return pages.write(path, self.markdown(), MARK)

    def _told(self, counts):
        answered = len(self._rows) - counts[OPEN]
        return (
            f"{answered} of {len(self._rows)} entries answered: {counts[YES]} yes, "
            f"{counts[NO]} no, {counts[NOT_APPLICABLE]} not applicable"
        )

    def _changed(self, row, change):
        if self._kept:
            number = row.item.number
            self._kept.change(number, None if row.answer == self._knew[number] else row.answer)
        self._tell()

    def _tell(self):
        if self._kept:
            self._kept.publish(self._write)
        said = html.escape(self._kept.said) if self._kept else ""
        self._summary.value = f'<p role="status"><b>{self._told(self.counts())}.</b> {said}</p>'

    def text(self):
        """How far the form is."""
        return f"[{self.checklist.title}: {self._told(self.counts())}]"

    def html(self):
        """The form for a page without a kernel: a table for each section."""
        parts = [f"<p>{html.escape(self._told(self.counts()))}.</p>"]
        for section, part in self.table().groupby("section", sort=False):
            cells = "".join(
                f'<tr><th scope="row">{row.number}</th><td>{html.escape(row.asks)}</td>'
                f"<td>{row.status}</td><td>{html.escape(row.note)}</td></tr>"
                for row in part.itertuples()
            )
            parts.append(
                f"<table><caption>{html.escape(section)}</caption><thead><tr>"
                + "".join(
                    f'<th scope="col">{name}</th>'
                    for name in ("item", "asks for", "status", "note")
                )
                + f"</tr></thead><tbody>{cells}</tbody></table>"
            )
        return "".join(parts)


class _Row:
    """The controls of one item."""

    def __init__(self, item, status, note):
        self.item = item
        name = f"{item.number}. {item.asks}"
        # The name stands above the controls, in full; a screen reader finds it in the tooltip too.
        self.status = ipywidgets.Dropdown(
            options=STATUSES, value=status, tooltip=name, layout=ipywidgets.Layout(width="10em")
        )
        self.note = ipywidgets.Text(
            note,
            placeholder="where, or why not",
            tooltip=f"Note to {name}",
            layout=ipywidgets.Layout(width="min(36em, 60%)"),
        )
        self.box = ipywidgets.VBox(
            [ipywidgets.HTML(html.escape(name)), ipywidgets.HBox([self.status, self.note])]
        )

    @property
    def answer(self):
        """[status, note], as they stand."""
        return [self.status.value, self.note.value]

    @answer.setter
    def answer(self, given):
        """Show another one."""
        self.status.value, self.note.value = given


def _start(item, results, role, source):
    if role not in ("DE", item.applies) and item.applies != "DE":
        return (
            NOT_APPLICABLE,
            "Only for who develops a model."
            if item.applies == "D"
            else "Only for who tests a model.",
        )
    fact = results.get(item.fact, "").strip() if item.fact else ""
    return (YES, f"From {source}: {fact}") if fact else (OPEN, "")
