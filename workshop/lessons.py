"""A lesson as an instructor sees it: its sections, and what people do in each of them.

Everything is read from the one source of the lesson, so that a plan, a slide or a survey cannot say
what the page does not.
"""

import ast
import functools
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.core import errors
from tools.notebooks import build

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
WORDS_A_MINUTE = 200
STATED = re.compile(r"\*\*Time\*\* (\d+) minutes reading, (\d+) minutes doing")
DEPTHS = ("press", "change", "write")
# What one of each takes, in minutes, for people who have not programmed: only their proportions
# count, because the sum is the lesson's own statement. An estimate: nobody was timed.
TAKES = {"predict": 0.5, "press": 2.0, "change": 3.0, "write": 4.0, "question": 0.7, "cell": 0.4}
ENDING = ("Quiz", "Summary", "Words", "References", "Next")  # after the last thing that is done


@dataclass
class Section:
    """A part of a lesson from one heading to the next. `cells`: those of its notebook in order,
    markdown without the headings; a cell that two sections share is split."""

    title: str
    cells: list = field(default_factory=list)

    @property
    def prose(self):
        """All its text, as Markdown."""
        return "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")

    @property
    def code(self):
        """Its code cells."""
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def words(self):
        """How many words there are to read."""
        return len(re.findall(r"[A-Za-z][\w'-]*", self.prose))

    @property
    def predictions(self):
        """(question, options) of every prediction in it."""
        found = []
        calls = (node for cell in self.code for node in _calls(cell.source, "predict"))
        for call in (node for node in calls if isinstance(node.func, ast.Name)):  # no network's
            texts = [part.value for part in call.args if isinstance(part, ast.Constant)]
            if texts:
                found.append((texts[0], tuple(texts[1:])))
        return found

    @property
    def depths(self):
        """The depth of every exercise in it, in order."""
        return re.findall(r"^### Your turn · (\w+)", self.prose, re.M)

    @property
    def questions(self):
        """How many questions of a quiz it asks."""
        return sum(len(_calls(cell.source, "ask")) for cell in self.code)

    @property
    def bedside(self):
        """The text of its note 'At the bedside', or ''."""
        found = re.search(r"^> \*\*At the bedside\.\*\*(.*(?:\n>.*)*)", self.prose, re.M)
        return " ".join(found[1].replace("\n>", " ").split()) if found else ""

    @property
    def effort(self):
        """How long its doing takes, in the units of TAKES."""
        done = len(self.predictions) + len(self.depths) + self.questions
        return (
            TAKES["predict"] * len(self.predictions)
            + sum(TAKES[depth] for depth in self.depths)
            + TAKES["question"] * self.questions
            + TAKES["cell"] * max(0, len(self.code) - done)
        )


@dataclass
class Lesson:
    """name: such as '02_enhance'. title: its clinical question. reading, doing: minutes as stated.
    goals: what one can do afterwards. sections: the first is what stands above all headings."""

    name: str
    title: str
    reading: int
    doing: int
    goals: list
    sections: list

    @property
    def number(self):
        """The two digits."""
        return self.name[:2]

    def section(self, title):
        """The section of that title. Raises `DataError`, with the titles there are."""
        for section in self.sections:
            if section.title == title:
                return section
        raise errors.DataError(
            f"Lesson {self.name} has no section '{title}'. It has: "
            f"{'; '.join(section.title for section in self.sections)}."
        )

    def minutes(self):
        """{title: minutes} of each section: its words at 200 a minute, and its share of the doing."""
        effort = sum(section.effort for section in self.sections)
        return {
            section.title: section.words / WORDS_A_MINUTE + self.doing * section.effort / effort
            for section in self.sections
        }


def names():
    """The names of all lessons, in order."""
    return [path.stem for path in sorted((NOTEBOOKS / "source").glob("[0-9][0-9]_*.py"))]


def named(wanted):
    """Lessons by number or name, in the order given; all for nothing. Raises `FileError`."""
    chosen = [build.source_of(name, NOTEBOOKS).stem for name in wanted] or names()
    return [read(name) for name in chosen]


@functools.cache
def read(name):
    """The `Lesson` of a name such as '02_enhance'. Raises `FileError` for no such source,
    `DataError` for one without its times."""
    source = build.source_of(name, NOTEBOOKS)
    notebook = build.learner(build.read(source), source.name)
    opening = notebook.cells[0].source
    stated = STATED.search(opening)
    if not stated:
        raise errors.DataError(f"{source.name} does not say how long reading and doing take.")
    goals = opening.partition("After this lesson you can")[2]
    return Lesson(
        source.stem,
        re.sub(r"^# \d\d · ", "", opening.partition("\n")[0]),
        *map(int, stated.groups()),
        [goal.rstrip(";.") for goal in re.findall(r"^- (.*(?:\n  .*)*)", goals, re.M)],
        _sections(notebook.cells),
    )


def _sections(cells):
    found = [Section("To begin")]
    for cell in cells:
        if cell.cell_type != "markdown":
            found[-1].cells.append(cell)
            continue
        for part in re.split(r"(?=^## )", cell.source, flags=re.M):
            heading = re.match(r"## (.*)\n?", part)
            if heading:
                found.append(Section(heading[1].strip()))
                part = part[heading.end() :]
            if part.strip():
                piece = cell.copy()
                piece.source = part.strip("\n")
                found[-1].cells.append(piece)
    return found


def _calls(code, name):
    """The calls of a function or a method of that name, in order."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a learner's page may hold half a line
        return []
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and name in (getattr(node.func, "id", None), getattr(node.func, "attr", None))
    ]


def rounded(minutes):
    """Whole minutes whose sum is that of `minutes`, rounded: [(from, to), ..] from 0 on."""
    ends, total = [], 0.0
    for value in minutes:
        total += value
        ends.append(math.floor(total + 0.5))
    return list(zip([0, *ends[:-1]], ends, strict=True))
