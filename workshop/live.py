"""The teacher's notebook: the lesson as learners have it, with its outputs, minutes and solutions.

For teaching live: nothing has to be typed in front of forty people, and nothing has to be waited
for. Each exercise is followed by its hints and one solution, folded until they are opened.
"""

import json
import re

import nbformat

from tools.notebooks import build
from workshop import lessons, plan, slides


def notebook(lesson, executed=slides.EXECUTED, outputs=True):
    """The teacher's notebook of a `Lesson`, as an `nbformat` notebook.

    outputs: with those of its executed copy, solutions solved; without, as a learner's page. Raises
    as `slides.outputs`, where outputs are wanted.
    """
    source = build.source_of(lesson.name, lessons.NOTEBOOKS)
    solved = {cell.id: cell for cell in build.solution(build.read(source)).cells}
    shown = slides.outputs(lesson, executed) if outputs else {}
    page = build.learner(build.read(source), source.name)
    rows = {row.title: row for row in plan.rows(lesson)}
    cells = []
    for cell in page.cells:
        notes = _notes(cell, rows) if cell.cell_type == "markdown" else ""
        cells.append(cell)
        if notes:
            cells.append(_markdown(notes, f"note-{cell.id}"))
        if cell.cell_type != "code":
            continue
        cell.outputs = [_still(output) for output in shown.get(cell.id, [])]
        cell.execution_count = None
        if "exercise" in cell.metadata.get("tags", []):
            cells.append(_answer(solved[cell.id], shown.get(cell.id, [])))
            cell.outputs = []  # what the learner's page says there: nothing yet
    page.cells = cells
    return page


def text(page):
    """The notebook as the text of its file."""
    return build.as_text(page)


def _notes(cell, rows):
    """What the teacher should know where sections begin in this cell."""
    titles = re.findall(r"^## (.*)$", cell.source, re.M)
    said = []
    for row in (rows[title.strip()] for title in titles if title.strip() in rows):
        asked = f" Ask: *{row.room}*" if row.room else ""
        lost = f" May be skipped ({row.skip}); lost: {row.lost}." if row.skip else ""
        said.append(f"> **Teacher.** *{row.title}*: minutes {row.start} to {row.end}.{asked}{lost}")
    return "\n\n".join(said)


def _answer(solved, outputs):
    """The solved cell, folded, with what its check answers."""
    code = "\n".join(
        line for line in solved.source.splitlines() if line.strip() not in (build.BEGIN, build.END)
    )
    made = nbformat.v4.new_code_cell(code)
    made["id"] = f"solved-{solved.id}"
    made.metadata = nbformat.from_dict({"jupyter": {"source_hidden": True, "outputs_hidden": True}})
    made.metadata["tags"] = ["solution"]
    made.outputs = [_still(output) for output in outputs]
    return made


def _markdown(text, name):
    made = nbformat.v4.new_markdown_cell(text)
    made["id"] = name
    return made


def _still(output):
    """An output without its widget, which has no kernel behind it here, where HTML stands for it."""
    output = nbformat.from_dict(json.loads(json.dumps(output)))
    data = output.get("data", {})
    if "text/html" in data:
        data.pop(slides.LIVE, None)
    if output.output_type == "execute_result":
        output.execution_count = None
    return output
