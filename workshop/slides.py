"""Slides of a lesson: one HTML file that needs nothing else, made from the lesson and its executed copy.

What becomes a slide is decided by the form that every lesson has, so no cell needs a mark: the
question of the lesson, each prediction, each section's pictures with what is read from them (a key
later), 'At the bedside', each question of the quiz without its answer, the summary.
"""

import html
import re
from pathlib import Path

import nbformat

from course_utils.core import errors
from workshop import lessons, plan

EXECUTED = lessons.ROOT / "build" / "executed"
HERE = Path(__file__).parent
MOST_PICTURES = 2  # of a section: who wants them all opens the lesson
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
PICTURE = re.compile(r"<img\b|<svg\b|class=\"course-film")
LIVE = "application/vnd.jupyter.widget-view+json"


def deck(lesson, executed=EXECUTED):
    """The slides of a `Lesson` as HTML. Raises `FileError` where its executed copy is missing, and
    `DataError` where that is of another version of the lesson."""
    shown = outputs(lesson, executed)
    minutes = {row.title: row for row in plan.rows(lesson)}
    slides = [_title(lesson)]
    for section in lesson.sections:
        slides += _section(section, shown, minutes.get(section.title))
    return _page(lesson, slides)


def outputs(lesson, executed=EXECUTED):
    """{id of a code cell: its outputs} of the executed copy. Raises as `deck`."""
    path = Path(executed) / f"{lesson.name}.ipynb"
    try:
        cells = nbformat.read(path, as_version=4).cells
    except Exception as error:  # missing, empty, half written: one thing to do
        raise errors.FileError(
            f"There is no executed copy of lesson {lesson.number} in '{path.parent.name}'. "
            f"Make it: python3 -m course_utils run {lesson.number}."
        ) from error
    found = {cell.id: cell.outputs for cell in cells if cell.cell_type == "code"}
    own = [cell.id for section in lesson.sections for cell in section.code]
    if missing := [name for name in own if name not in found]:
        raise errors.DataError(
            f"The executed copy of lesson {lesson.number} is of another version ({len(missing)} of "
            f"{len(own)} cells differ). Run again: python3 -m course_utils run {lesson.number}."
        )
    if not any(found.values()):
        raise errors.DataError(
            f"The executed copy of lesson {lesson.number} holds no output: its run was interrupted."
        )
    return found


def as_html(output):
    """The HTML that an output shows without a kernel, or ''."""
    return output.get("data", {}).get("text/html", "")


def rendered(markdown):
    """Markdown of a lesson as HTML; relative links lead nowhere from here and become words."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return re.sub(r'<a href="(?!https://)[^"]*">(.*?)</a>', r"\1", made, flags=re.S)


def _title(lesson):
    goals = "\n".join(f"- {goal}" for goal in lesson.goals)
    return (
        f"<h2>Lesson {lesson.number}</h2><h1>{html.escape(lesson.title)}</h1>"
        f"<p>After this lesson you can:</p>{rendered(goals)}"
        f'<p class="small">{lesson.reading} minutes reading, {lesson.doing} minutes doing. '
        "A course, not a medical device: not for diagnosis.</p>"
    )


def _section(section, shown, row):
    """The slides of a section, each as HTML."""
    note = _note(row) if row else ""
    made = [_prediction(*one) for one in section.predictions]
    made += _pictures(section, shown)
    if section.bedside:
        made.append(
            f'<div class="bedside"><p><b>At the bedside.</b></p>{rendered(section.bedside)}</div>'
        )
    if section.questions:
        made += _questions(section, shown)
    if section.title in ("Summary", "Where this breaks"):
        made.append(rendered(section.prose))
    title = f"<h2>{html.escape(section.title)}</h2>"
    return [title + one + (note if place == 0 else "") for place, one in enumerate(made)]


def _note(row):
    asked = f" Ask: {html.escape(row.room)}" if row.room else ""
    lost = f" May be skipped; lost: {html.escape(row.lost)}." if row.skip else ""
    return (
        f'<aside class="note">Minutes {row.start} to {row.end}. They do: '
        f"{html.escape(row.does.replace('*', ''))}.{asked}{lost}</aside>"
    )


def _prediction(question, options):
    items = "".join(f"<li>{html.escape(text)}</li>" for text in options)
    return f'<p class="ask">{html.escape(question)}</p><ol class="options" type="A">{items}</ol>'


def _pictures(section, shown):
    """The section's first pictures, each with the reading that stands below its cell."""
    made = []
    for place, cell in enumerate(section.cells):
        if cell.cell_type != "code" or ".ask()" in cell.source or len(made) == MOST_PICTURES:
            continue
        found = [as_html(output) for output in shown[cell.id]]
        found = [text for text in found if PICTURE.search(text)]
        if found:
            said = section.cells[place + 1].source if place + 1 < len(section.cells) else ""
            made.append(
                f'<div class="pair"><div class="wide" tabindex="0">{found[-1]}</div>{_reading(said)}</div>'
            )
    return made


def _reading(markdown):
    """The first paragraph of a 'Read', for later; '' where there is none."""
    found = re.search(r"\*\*Read\.\*\*(.*?)(?:\n\s*\n|\Z)", markdown, re.S)
    return f'<div class="read later">{rendered(found[1].strip())}</div>' if found else ""


def _questions(section, shown):
    asked = [cell for cell in section.code if re.search(r"\.ask\(\)", cell.source)]
    return ["".join(as_html(output) for output in shown[cell.id]) for cell in asked]


def _page(lesson, slides):
    title = html.escape(f"Lesson {lesson.number}: {lesson.title}")
    style = HERE.joinpath("slides.css").read_text("utf-8")
    script = HERE.joinpath("slides.js").read_text("utf-8")
    body = "\n".join(f"<section>{one}</section>" for one in slides)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        '<nav aria-label="Slides"><button type="button" aria-label="Back">&larr;</button>'
        '<span id="place" role="status"></span>'
        '<button type="button" aria-label="On">&rarr;</button>'
        '<button type="button" aria-pressed="false">Notes (n)</button></nav>\n'
        f"<script>\n{script}</script>\n</body>\n</html>\n"
    )
