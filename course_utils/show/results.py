"""Results as cards, tables and notes: one form each, in a light and a dark theme, on any width.

Each shows itself as HTML in a page and as plain text in a terminal. They take their colours from
the page around them; a word and a sign say what a colour says.
"""

import html
import itertools
import math
import re
import textwrap
from pathlib import Path

from course_utils.core import errors, plurals
from course_utils.show import pages, progress

NOT_FOR_DIAGNOSIS = "Not for diagnosis."
ROWS = 8  # of a table on the page; more are counted, not shown
# What a box is about: its sign and the colour of its edge (3 : 1 on white and on black).
KINDS = {
    "right": ("✓", "#0a9970"),
    "not yet": ("↻", "#d9730d"),
    "not attempted": ("…", "#808080"),
    "note": ("ℹ", "#3b8ad8"),
    "hint": ("✦", "#3b8ad8"),
    "predict": ("?", "#a06bb5"),
    "bedside": ("✚", "#0a9970"),
    "warning": ("!", "#d9730d"),
}
PARAGRAPH = "margin:.3em 0;max-width:46em;line-height:1.5"
STYLE = "\n" + Path(__file__).with_suffix(".css").read_text("utf-8")


class Card(pages.Shown):
    """One result. `text()` is its sentence, for a terminal and for a report."""

    def __init__(self, name, number, unit, beneath, means, kind, made=""):
        self.name, self.number, self.unit = name, number, unit
        self.beneath, self.means, self.kind, self.made = beneath, means, kind, made

    def text(self):
        """The result in lines of at most 76 characters."""
        unit = f" {self.unit}" if self.unit else ""
        held = f" ({'; '.join(self.beneath)})" if self.beneath else ""
        told = [f"{self.name}: {self.number}{unit}{held}.", self.means, self._small()]
        return "\n".join(textwrap.fill(line, 76) for line in told if line)

    def html(self):
        """The card: the number large, what stands behind it beneath."""
        return pages.style(STYLE) + f'<div class="course-cards">{self.inner()}</div>'

    def inner(self):
        """The card without its style, to stand beside others."""
        unit = f"<small>{_safe(self.unit)}</small>" if self.unit else ""
        means = f'<p class="means">{_safe(self.means)}</p>' if self.means else ""
        beneath = "".join(f"<p>{_safe(line)}</p>" for line in self.beneath)
        return (
            f'<div class="course-card"><p>{_safe(self.name)}</p><p class="number">'
            f"{_safe(self.number)}{unit}</p>{beneath}{means}"
            f'<p class="small">{_safe(self._small())}</p></div>'
        )

    def _small(self):
        data = f"{self.kind.capitalize()} data." if self.kind else ""
        return " ".join(filter(None, [self.made, data, NOT_FOR_DIAGNOSIS]))


def card(name, value, unit="", n="", means="", kind="", digits=2):
    """A result as a card.

    name: of what is measured. value: a number, a text, or what has `.estimate`, `.low`, `.high`
    and, if they are known, `.level` and `.patients` (an `evaluate.Interval`); its interval stands
    beneath. n: such as "12 patients, 48 images"; taken from the interval unless told. means: the
    word or sentence that it means. kind: "synthetic" or "real". digits: after the point.
    Returns a `Card`. Raises DataError for a card without a name.
    """
    if not str(name).strip():
        raise errors.DataError("A card needs a name: what was measured.")
    beneath = []
    if hasattr(value, "low"):
        known = math.isfinite(value.low) and math.isfinite(value.high)
        beneath.append(
            f"{100 * getattr(value, 'level', 0.95):g} % interval {number(value.low, digits)} to "
            f"{number(value.high, digits)}"
            if known
            else getattr(value, "method", "no interval")  # such as 'no interval below 5 patients'
        )
        patients = getattr(value, "patients", None)
        n = n or (plurals.count(patients, "patient") if patients else "")
        value = value.estimate
    beneath += [str(n)] if n else []
    return Card(str(name), number(value, digits), unit, beneath, str(means), kind)


class Cards(pages.Shown):
    """Several cards beside each other; on a narrow screen below each other."""

    def __init__(self, cards):
        self.cards = cards

    def text(self):
        """One after the other."""
        return "\n\n".join(one.text() for one in self.cards)

    def html(self):
        """In a row that breaks."""
        inside = "".join(one.inner() for one in self.cards)
        return pages.style(STYLE) + f'<div class="course-cards">{inside}</div>'


def cards(*shown):
    """Cards of `card` beside each other. Raises DataError without one."""
    if not shown or not all(isinstance(one, Card) for one in shown):
        raise errors.DataError("Give one or more results of show.card.")
    return Cards(shown)


class Said(pages.Shown):
    """Sentences, each a paragraph; results of `evaluate.sentence` are cards."""

    def __init__(self, sentences):
        self.sentences = [one for one in sentences if str(one)]  # an empty one says nothing

    def text(self):
        """The sentences in lines of at most 76 characters, so that none cuts a word."""
        return "\n".join(textwrap.fill(str(one), 76) for one in self.sentences)

    def html(self):
        """Neighbouring results stand side by side."""
        return "".join(
            Cards([_as_card(one) for one in group]).html()
            if result
            else "".join(f'<p style="{PARAGRAPH}">{_safe(one)}</p>' for one in group)
            for result, group in itertools.groupby(
                self.sentences, lambda one: hasattr(one, "beneath")
            )
        )


def _as_card(said):
    parts = said.number, said.unit, said.beneath
    return Card(said.name, *parts, means="", kind=said.kind, made=said.made)


def say(*sentences):
    """Show sentences where they are said: in the page's own letters, or printed in a terminal.

    A result of `evaluate.sentence` becomes a card, with its interval and how it was made. An empty
    sentence is left out.
    """
    said = Said(sentences)
    if not progress.in_notebook():
        print(said.text())
        return
    from IPython.display import display  # a kernel is running, so it is there

    display(said)


class Table(pages.Shown):
    """A table of text, already in its final form. `heads`: (name, is it a column of numbers?)."""

    def __init__(self, heads, rows, caption, more):
        self.heads, self.rows, self.caption, self.more = heads, rows, caption, more

    def text(self):
        """Columns of equal width, numbers to the right."""
        grid = [[name for name, _ in self.heads], *self.rows]
        widths = [max(len(row[k]) for row in grid) for k in range(len(self.heads))]
        lines = []
        for row in grid:
            cells = [
                cell.rjust(width) if counted else cell.ljust(width)
                for cell, width, (_, counted) in zip(row, widths, self.heads, strict=True)
            ]
            lines.append("  ".join(cells).rstrip())
        return "\n".join([*filter(None, [self.caption]), *lines, *filter(None, [self._left()])])

    def html(self):
        """An HTML table whose first column names its rows."""
        style = [' class="count"' if counted else "" for _, counted in self.heads]
        heads = "".join(
            f'<th scope="col"{look}>{_safe(name)}</th>'
            for (name, _), look in zip(self.heads, style, strict=True)
        )
        body = "".join(
            "<tr>"
            + f'<th scope="row"{style[0]} style="font-weight:400">{_safe(row[0])}</th>'
            + "".join(
                f"<td{look}>{_safe(cell)}</td>"
                for cell, look in zip(row[1:], style[1:], strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        caption = f"<caption>{_safe(self.caption)}</caption>" if self.caption else ""
        left = f"<p>{_safe(self._left())}</p>" if self.more else ""
        return (
            f'{pages.style(STYLE)}<div class="course-table"><table>{caption}<thead><tr>{heads}</tr>'
            f"</thead><tbody>{body}</tbody></table>{left}</div>"
        )

    def _left(self):
        return f"and {plurals.count(self.more, 'more row')}" if self.more else ""


def table(frame, caption="", digits=2, units=None, index=True, rows=ROWS):
    """A pandas table in the look of the course: numbers aligned, at most `rows` rows, the rest
    counted.

    frame: a DataFrame or Series; names such as "dice_mean" are shown as words. digits: after the
    point, for all or {column: digits}. units: {column: unit}, written into the head. index: whether
    it is the first column. Returns a `Table`; the frame is not changed.
    """
    frame = frame.to_frame() if hasattr(frame, "to_frame") and frame.ndim == 1 else frame
    if index:
        frame = frame.reset_index()
    heads, columns = [], []
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        unit = f" ({units[name]})" if units and name in units else ""
        places = digits.get(name, 2) if isinstance(digits, dict) else digits
        counted = column.dtype.kind in "iuf"
        heads.append((("" if name == "index" else str(name).replace("_", " ")) + unit, counted))
        columns.append([_cell(value, places) for value in column.iloc[:rows]])
    shown = [list(cells) for cells in zip(*columns, strict=True)]
    return Table(heads, shown, caption, max(0, len(frame) - rows))


class Box(pages.Shown):
    """A note, a hint, a verdict, a prediction: a sign, a word in bold, and a text."""

    def __init__(self, kind, word, said):
        self.kind, self.word, self.said = kind, word, said

    def text(self):
        """The word and the text."""
        return f"{self.word} {self.said}".strip()

    def html(self):
        """The box."""
        return box(self.kind, self.word, as_html(self.said))


def note(text, kind="note", word=""):
    """A text in a box. kind: of `KINDS`; word: what it begins with, the kind unless told."""
    if kind not in KINDS:
        raise errors.DataError(f"kind is one of {', '.join(KINDS)}; got {kind!r}.")
    return Box(kind, word or f"{kind.capitalize()}.", str(text))


def box(kind, word, body, attributes=""):
    """The HTML of a box: a sign and a word in bold stand for its colour. body: HTML."""
    sign, edge = KINDS[kind]
    lead = f"<b>{html.escape(word)}</b> " if word else ""
    return (
        f'<div style="border-left:5px solid {edge};background:rgba(127,127,127,.12);color:inherit;'
        f'padding:.5em .8em;margin:.3em 0;max-width:46em;line-height:1.45"{attributes}>'
        f'<span aria-hidden="true" style="font-weight:700;margin-right:.45em">{sign}</span>'
        f"{lead}{body}</div>"
    )


EMPHASIS = re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])")


def as_html(text):
    """Plain text to HTML: escaped, `code` and *emphasis* marked up, new lines kept."""
    parts = re.split(r"`([^`]+)`", html.escape(str(text), quote=False))
    shown = [
        f"<code>{part}</code>" if place % 2 else EMPHASIS.sub(r"<em>\1</em>", part)
        for place, part in enumerate(parts)
    ]
    return "".join(shown).replace("\n", "<br>")


def number(value, digits=2):
    """A value as it is written: `digits` after the point, a whole number as it is, NaN as a dash."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        and not hasattr(value, "dtype")
    ):
        return str(value)
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, (bool, str, int)):
        return f"{value:,}" if type(value) is int else str(value)
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def _cell(value, digits):
    if isinstance(value, bool) or str(getattr(value, "dtype", "")) == "bool":
        return "yes" if value else "no"
    shown = number(value, digits)
    return "–" if shown in ("None", "nan", "NaN", "<NA>", "NaT") else shown


def _safe(text):
    return html.escape(str(text), quote=False)
