"""The minutes of a lesson, section by section, and what to skip where time is short.

Reading is counted (words at 200 a minute). Doing is the lesson's own statement, shared out by what
a section asks for; both ends of it are estimates until somebody writes down what their group took.
"""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from course_utils.core import errors, plurals
from workshop import lessons

FILE = Path(__file__).with_name("plan.toml")
PAGE = Path(__file__).with_name("plan.md")
WORDS = {"lesson", "title", "skip", "lost", "extra", "room"}
HEAD = """\
# The minutes, section by section

Made from the lessons by `python -m workshop plan --write`; a test keeps the two together. Where a lesson
has to fit into less time, `python -m workshop plan 02 --minutes 30` says what to skip. A skipped section is
run and not talked about: what comes after may need it. Minutes are counted words and an estimate of the
doing, made for people who have not programmed. Nobody was timed.
"""


@dataclass(frozen=True)
class Row:
    """A section in the plan: minutes from the start of the lesson, and what to do with it."""

    title: str
    start: int
    end: int
    does: str
    room: str
    skipped: bool = False
    skip: int = 0
    lost: str = ""


@functools.cache
def advice():
    """{(lesson, title): row} of plan.toml. Raises `DataError` for a row that says something else."""
    found = {}
    for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["section"]:
        if set(row) - WORDS or not {"lesson", "title"} <= set(row) or len(row) < 3:
            raise errors.DataError(f"plan.toml: this row is not understood: {row}.")
        if ("skip" in row) != ("lost" in row):
            raise errors.DataError(f"plan.toml: '{row['title']}' needs both skip and lost.")
        if (row["lesson"], row["title"]) in found:
            raise errors.DataError(f"plan.toml: '{row['title']}' stands there twice.")
        found[row["lesson"], row["title"]] = row
    return found


def rows(lesson, within=None):
    """The plan of a `Lesson`: a list of `Row`. `within`: minutes; then sections are skipped, in the
    order of plan.toml, until the rest fits. Raises `DataError` where it cannot fit."""
    told = {
        title: {"lesson": name, **row}
        for (name, title), row in advice().items()
        if name == lesson.name
    }
    for title in told:
        lesson.section(title)
    minutes = _with_extra(lesson, told)
    gone = _skipped(lesson, minutes, told, within)
    ending = [title for title in lessons.ENDING if title in minutes and title != "Quiz"]
    kept = {
        title: 0.0 if title in gone else value
        for title, value in minutes.items()
        if title not in ending
    }
    kept["The end of the page"] = sum(minutes[title] for title in ending)
    spans = lessons.rounded(kept.values())
    return [
        _row(lesson, title, span, told.get(title, {}), title in gone)
        for title, span in zip(kept, spans, strict=True)
    ]


def _with_extra(lesson, told):
    """{title: minutes}: what takes longer than its cells say gets its share of the same sum."""
    effort = {one.title: one.effort + told.get(one.title, {}).get("extra", 0) for one in lesson.sections}  # fmt: skip
    whole = sum(effort.values())
    return {
        one.title: one.words / lessons.WORDS_A_MINUTE + lesson.doing * effort[one.title] / whole
        for one in lesson.sections
    }


def _skipped(lesson, minutes, told, within):
    """The titles to skip, so that the rest fits into `within` minutes."""
    gone = []
    order = sorted((row["skip"], title) for title, row in told.items() if "skip" in row)
    while within is not None and sum(minutes.values()) - sum(minutes[t] for t in gone) > within:
        if len(gone) == len(order):
            least = sum(minutes.values()) - sum(minutes[title] for title in gone)
            raise errors.DataError(
                f"Lesson {lesson.number} needs {least:.0f} minutes with all skipped that may be; "
                f"{within:g} are too few. Take a shorter lesson, or leave its exercises for home."
            )
        gone.append(order[len(gone)][1])
    return gone


def _row(lesson, title, span, told, skipped):
    if title == "The end of the page":
        return Row(title, *span, "summary, words, references; close the lesson", "")
    section = lesson.section(title)
    does = [plurals.count(len(section.predictions), "prediction")] if section.predictions else []
    does += [f"*{depth}*" for depth in section.depths]
    does += [plurals.count(section.questions, "question")] if section.questions else []
    asked = told.get("room") or (section.predictions[0][0] if section.predictions else "")
    return Row(
        title, *span, ", ".join(does) or "look and read", asked, skipped,
        told.get("skip", 0), told.get("lost", ""),
    )  # fmt: skip


def table(lesson, within=None):
    """The plan of a lesson as Markdown."""
    found = rows(lesson, within)
    lines = [
        f"## {lesson.number} · {lesson.title}",
        "",
        f"{found[-1].end} minutes: {lesson.reading} reading, {lesson.doing} doing, as the page says."
        if within is None
        else f"{found[-1].end} minutes instead of {lesson.reading + lesson.doing}.",
        "",
        "| from | to | section | they do | ask the room |",
        "|---:|---:|---|---|---|",
    ]
    for row in found:
        span = "| | " if row.skipped else f"| {row.start} | {row.end} "
        does = "**skip**: run its cells" if row.skipped else row.does
        lines.append(f"{span}| {row.title} | {does} | {_cell(row.room)} |")
    may = sorted((row for row in found if row.skip), key=lambda row: row.skip)
    if may:
        lines += ["", "Short of time? In this order:", ""]
        lines += [f"{row.skip}. *{row.title}*. Lost: {row.lost}." for row in may]
    return "\n".join(lines) + "\n"


def _cell(text):
    """Text for a cell of a table: one line, and no bar that ends it."""
    return " ".join(text.split()).replace("|", "\\|")


def page():
    """The whole of plan.md."""
    return HEAD + "".join("\n" + table(lessons.read(name)) for name in lessons.names())
