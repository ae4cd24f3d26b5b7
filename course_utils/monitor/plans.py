"""A plan for changes, on one page: what may change, how it is tested, what could go wrong.

The three parts are those of the FDA's guidance on predetermined change control plans for AI-enabled
device software functions (December 2024, re-issued August 2025): description of modifications,
modification protocol, impact assessment. In the course's own words; not the official form.
"""

import tomllib
from pathlib import Path

import ipywidgets

from course_utils.core import errors, files
from course_utils.show import pages

PARTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
OPEN = "not decided"
MARK = "Change-control plan"


class Plan(pages.Shown):
    """The form. facts: what is known already, {field: text}. `.set(field, text)` fills one in from
    code; `.values`, `.touched`, `.open` (fields not decided); `.export()` writes a Markdown page.
    Raises DataError for a field that does not exist.
    """

    def __init__(self, facts=None):
        self._boxes, rows = {}, []
        for part, fields in PARTS.items():
            rows.append(ipywidgets.HTML(f"<h4>{part}</h4>"))
            for name, asks in fields.items():
                box = ipywidgets.Textarea(
                    placeholder=OPEN, tooltip=asks, layout=ipywidgets.Layout(width="min(44em, 95%)", height="3.4em")
                )  # fmt: skip
                self._boxes[name] = box
                rows += [ipywidgets.HTML(asks), box]
        self._box = ipywidgets.VBox(rows)
        for name, text in (facts or {}).items():
            self.set(name, text)
        self._start = self.values

    @property
    def values(self):
        """What stands in each field."""
        return {name: box.value.strip() for name, box in self._boxes.items()}

    @property
    def touched(self):
        """Whether the learner wrote anything."""
        return self.values != self._start

    @property
    def open(self):
        """The fields that nobody decided yet, a list."""
        return [name for name, text in self.values.items() if not text]

    def set(self, field, text):
        """Fill in a field from code."""
        if field not in self._boxes:
            raise errors.DataError(
                f"There is no field {field!r}; there are {', '.join(self._boxes)}."
            )
        if not isinstance(text, str):
            raise errors.DataError(f"The field {field!r} takes text.")
        self._boxes[field].value = text

    def markdown(self):
        """The page that `export` writes."""
        lines = [
            f"# {MARK}",
            "",
            "A course's exercise, not the official form. Not for diagnosis.",
            "",
        ]
        for part, fields in PARTS.items():
            lines += [f"## {part}", ""]
            for name, asks in fields.items():
                said = self.values[name]
                lines += [f"**{asks}**", "", pages.plain(said) if said else f"*{OPEN}*", ""]
        return "\n".join(lines)

    def export(self, folder=None):
        """Write `change_plan_13.md` into the learner's own folder; an earlier one is replaced."""
        place = (files.my_work() if folder is None else folder) / "change_plan_13.md"
        return pages.write(place, self.markdown(), MARK)

    def text(self):
        """How far the plan is."""
        count = len(self._boxes)
        return f"[{MARK}: {count - len(self.open)} of {count} decided]"

    def html(self):
        """The questions, and what stands in them, for a page without a kernel."""
        from markdown_it import MarkdownIt

        return MarkdownIt("commonmark", {"html": False}).render(self.markdown())
