"""Marks by nbgrader: an assignment from a lesson's source, and grades for what came back.

    python -m workshop grade 02                      # the assignment, for a course that uses nbgrader
    python -m workshop grade 02 --hand-in FOLDER     # FOLDER/NAME/02_enhance.ipynb -> grades_02.csv

A point for each exercise of the kinds *change* and *write*: the learner's cell is run again in an
empty folder, and its check says 'right' or not. What cannot be marked so, because it is a click and
no text: *press* exercises, questions and predictions. Where a learner hands in `progress.json`
beside the page, its word on these is listed apart, unverified.

What a learner wrote outside the exercises' cells is not run. A check that sees an answer typed
where a line was asked says so on the page, and still counts.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from course_utils.core import computer, errors, files
from tools.notebooks import build
from workshop import lessons, programs, rooms

MARKED = ("change", "write")
SCHEMA = 3  # of nbgrader's metadata
TEST = """\
from course_utils.checks import record
assert record.entries()["{name}"]["status"] == "right", "{name} is not right yet"
"""
CONFIG = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "ultrasound"
c.ClearSolutions.code_stub = {{"python": ""}}
c.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "END SOLUTION"
c.ExecutePreprocessor.timeout = 300
c.Execute.timeout = 300
c.NbGrader.logfile = ""
"""


def exercises(lesson):
    """[(id of the cell, name of its check, depth)] of every exercise of a `Lesson`."""
    found, depth = [], ""
    for section in lesson.sections:
        for cell in section.cells:
            if cell.cell_type == "markdown":
                depth = (re.findall(r"^### Your turn · (\w+)", cell.source, re.M) or [depth])[-1]
            elif "exercise" in cell.metadata.get("tags", []):
                name = re.findall(r"\bcheck\.(\w+)\(", cell.source)[-1]
                found.append((cell.id, name, depth))
    return found


def assignment(lesson):
    """The lesson's source as nbgrader wants it: solutions marked, a test cell after each exercise
    that can be marked; an `nbformat` notebook."""
    page = build.solution(build.read(build.source_of(lesson.name, lessons.NOTEBOOKS)))
    marked = {name: check for name, check, depth in exercises(lesson) if depth in MARKED}
    solved = {name: check for name, check, _ in exercises(lesson)}
    cells = []
    for cell in page.cells:
        cells.append(cell)
        if cell.id in solved:
            _mark(cell, f"answer-{solved[cell.id]}", solution=True)
        if cell.id in marked:
            test = nbformat.v4.new_code_cell(TEST.format(name=f"{lesson.name}.{marked[cell.id]}"))
            test["id"] = f"test-{cell.id}"
            test.metadata["jupyter"] = {"source_hidden": True}
            cells.append(_mark(test, marked[cell.id], grade=True))
    page.cells = cells
    return page


def handed_in(lesson, release, path):
    """`release`, an assignment without solutions, with the exercises of a learner's page in it.

    Cells are known by their id, which JupyterLab keeps, so any copy of the lesson may be handed in,
    and no test can be changed in it. Returns (notebook, names of exercises that the page lacks).
    Raises `FileError` for what is no notebook.
    """
    try:
        page = nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat has several families of errors; all mean: not a notebook
        raise errors.FileError(f"'{files.shown(path)}' is no notebook.") from error
    theirs = {cell.get("id"): cell.source for cell in page.cells if cell.cell_type == "code"}
    made = nbformat.from_dict(json.loads(json.dumps(release)))
    lacking = []
    for cell in made.cells:
        for name, check, _ in exercises(lesson):
            if cell.id == name and name in theirs:
                cell.source = theirs[name]
            elif cell.id == name:
                lacking.append(check)
    return made, lacking


def release(lesson, course):
    """Let nbgrader make the assignment in the folder `course`: the path of the released notebook.

    Raises `SetupError` where nbgrader is not installed, `DataError` with its words where it refuses.
    """
    source = Path(course) / "source" / lesson.name / f"{lesson.name}.ipynb"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(build.as_text(assignment(lesson)), encoding="utf-8")
    (Path(course) / "nbgrader_config.py").write_text(CONFIG.format(root=str(course)), "utf-8")
    _nbgrader(course, "generate_assignment", lesson.name, "--force", "--create")
    return Path(course) / "release" / lesson.name / f"{lesson.name}.ipynb"


def marks(lesson, course, who):
    """{check: right or not} of one learner's submission, run by nbgrader in an empty folder.

    An exercise is right when its test cell ran without an error. Raises as `release`.
    """
    with tempfile.TemporaryDirectory(prefix="marks-") as work:
        own = {"COURSE_WORK": work, "COURSE_PROGRESS": str(Path(work) / "progress.json")}
        _nbgrader(course, "autograde", lesson.name, "--student", who, "--force", "--create", **own)
    path = Path(course) / "autograded" / who / lesson.name / f"{lesson.name}.ipynb"
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        told = cell.metadata.get("nbgrader", {})
        if told.get("grade"):
            failed = any(output.output_type == "error" for output in cell.outputs)
            found[told["grade_id"]] = cell.execution_count is not None and not failed
    return found


def command(wanted, hand_in, out):
    """Make the assignment, and mark what was handed in; returns the exit code."""
    (lesson,) = lessons.named([wanted])
    course = (Path(out) / "nbgrader").absolute()
    made = release(lesson, course)
    points = [check for _, check, depth in exercises(lesson) if depth in MARKED]
    clicks = [check for _, check, depth in exercises(lesson) if depth not in MARKED]
    print(f"The assignment: {made}\nMarked: {', '.join(points) or 'nothing'}.")
    print(
        f"Not marked, because it is a click: {', '.join([*clicks, 'the questions of the quiz'])}."
    )
    if hand_in is None:
        return 0
    found = sorted(files.find_folder(hand_in).glob(f"*/{lesson.name}.ipynb"))
    if not found:
        raise errors.FileError(f"No '{lesson.name}.ipynb' in a folder below '{hand_in}'.")
    blank = nbformat.read(made, as_version=4)
    rows = [_one(lesson, course, blank, path, points) for path in found]
    table = Path(out) / f"grades_{lesson.number}.csv"
    with open(table, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["learner", "points", "of", *points, "says_of_clicks", "remark"])
        writer.writerows(rows)
    print(f"{len(rows)} marked: {table}")
    return 0


def _one(lesson, course, blank, path, points):
    """The row of one learner. What stops one learner's page stops nobody else's marks."""
    who = re.sub(r"[^\w.-]", "_", path.parent.name)
    place = course / "submitted" / who / lesson.name
    place.mkdir(parents=True, exist_ok=True)
    try:
        page, lacking = handed_in(lesson, blank, path)
        (place / f"{lesson.name}.ipynb").write_text(build.as_text(page), encoding="utf-8")
        right = marks(lesson, course, who)
    except errors.CourseError as error:
        return [path.parent.name, "", len(points), *[""] * len(points), "", str(error)]
    remark = f"not in the page: {', '.join(lacking)}" if lacking else ""
    values = [int(right.get(check, False)) for check in points]
    return [path.parent.name, sum(values), len(points), *values, _said(lesson, path.parent), remark]


def _said(lesson, folder):
    """What a progress file that was handed in says of the clicks: 'right 2 of 4', or ''."""
    try:
        known = json.loads((folder / "progress.json").read_text(encoding="utf-8"))["exercises"]
        clicks = [
            entry["status"]
            for name, entry in known.items()
            if name.startswith(f"{lesson.name}.") and entry["depth"] not in MARKED
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""  # not handed in, or not what the course writes
    return f"right {clicks.count('right')} of {len(clicks)} tried"


def _mark(cell, name, solution=False, grade=False):
    cell.metadata["nbgrader"] = {
        "schema_version": SCHEMA,
        "grade_id": name,
        "solution": solution,
        "grade": grade,
        "locked": not solution,
        "task": False,
        "cell_type": cell.cell_type,
        **({"points": 1} if grade else {}),
    }
    return cell


def _nbgrader(course, *arguments, **variables):
    kernels = rooms.kernel(Path(course) / "jupyter", sys.executable)
    program = programs.find("nbgrader")
    environment = {
        **os.environ,
        # It calls programs of its own environment by name, such as the one that makes its data base.
        "PATH": os.pathsep.join([str(program.parent), os.environ.get("PATH", "")]),
        **computer.variables(),
        "JUPYTER_PATH": str(kernels),
        "JUPYTER_PREFER_ENV_PATH": "0",
        **variables,
    }
    done = subprocess.run(
        [str(program), *arguments],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    if done.returncode:
        raise errors.DataError(f"nbgrader {arguments[0]} stopped: {_cause(done.stderr)}")
    return done.stdout


def _cause(text):
    """The line of nbgrader's words that names the error, or the last of them."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b.*:", line)]
    return (named or lines or ["it said nothing"])[-1][:600]
