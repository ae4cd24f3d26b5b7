#!/usr/bin/env python3
"""Hold the notebooks against the rules: form, prose, sizes, links, alt text, checks, outputs.

    python tools/notebooks/lint.py [LESSON or FILE ...]   default: all learner and solution notebooks

Prints one line per problem and exits 1 when there is one. A source, `notebooks/source/NN_topic.py`,
may be given as well: it is read as the learner notebook that it would become.
"""

import ast
import importlib
import re
import statistics
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import nbformat

from course_utils.core import errors
from tools.notebooks import build

TAGS = {
    "setup",
    "parameters",
    "exercise",
    "nbval-check-output",
    "nbval-ignore-output",
    "nbval-skip",
    "picture",  # its output stands at the head of the lesson
    "no-claim",  # its 'Read' interprets nothing that could be otherwise
    "plain-print",  # it prints no result
}
SETUP = """import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
"""
DEPTHS = ("press", "change", "write")
ENDING = ("Where this breaks", "Quiz", "Summary", "Words", "References", "Next")
PROMISES = Path(__file__).with_name("promises.toml")
HOME = r"(?:course_utils|notebooks|sample_data|tests|tools|docs|binder)/"
# The numbers of the design: lines of code in a cell, and words of prose per line of code.
MEDIAN, P90, LONGEST, WORDS = 5, 12, 30, (8, 25)
MOST_CELLS = 35  # what is longer is two lessons


@dataclass
class Page:
    """A notebook as the rules need it. `home` is the folder that its relative links start from."""

    path: Path
    cells: list
    home: Path
    root: Path
    code: list = field(init=False)  # (cell number from 1, cell)
    prose: list = field(init=False)

    def __post_init__(self):
        numbered = list(enumerate(self.cells, 1))
        self.code = [(number, cell) for number, cell in numbered if cell.cell_type == "code"]
        self.prose = [
            (number, without_fences(cell.source))
            for number, cell in numbered
            if cell.cell_type == "markdown"
        ]

    @property
    def text(self):
        """All prose, without fenced code."""
        return "\n\n".join(text for _, text in self.prose)

    def headings(self, level):
        """(cell number, text) of every heading of a level."""
        return [
            (number, heading.strip())
            for number, text in self.prose
            for heading in re.findall(rf"^#{{{level}}} (.*)$", text, re.M)
        ]


def problems(path, root=ROOT):
    """What is wrong with a notebook (or a source): a list of sentences, empty when all is well."""
    path = Path(path)
    page = open_page(path, Path(root))
    rules = SOLUTION_RULES if path.parent.name == "solutions" else LEARNER_RULES
    return [f"{path.name}: {said}" for rule in rules for said in rule(page)]


def open_page(path, root):
    """Read a notebook, or a source as the learner notebook that it becomes."""
    if path.suffix == ".py":
        notebook = build.learner(build.read(path), path.name)
        for cell in filter(build.is_marked, notebook.cells):
            cell.execution_count = 0  # a source has no outputs to miss
        return Page(path, notebook.cells, path.parent.parent, root)
    return Page(path, nbformat.read(path, as_version=4).cells, path.parent, root)


def without_fences(text):
    """Prose without ``` blocks, which may hold anything."""
    return re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)


def opening(page):
    """The first cell: title as a question, times, needs, 3-4 objectives, the warning."""
    text = page.prose[0][1] if page.prose and page.prose[0][0] == 1 else ""
    number = page.path.stem[:2]
    if not re.match(rf"# {number} · .+\?$", text.partition("\n")[0].strip()):
        yield f"the first cell should begin with '# {number} · <clinical question>?'."
    if not re.search(r"\*\*Time\*\*[^·\n]*\d+[^·\n]*reading[^·\n]*\d+[^·\n]*doing", text):
        yield "the first cell needs '**Time**' with minutes of reading and of doing."
    if "**You need**" not in text:
        yield "the first cell needs '**You need**'."
    if "not for diagnosis" not in text.lower():
        yield "the first cell must say 'not for diagnosis'."
    if not re.search(r"!\[[^\]]{20,}\]\(attachment:[^)]+\)\n\n\*[^*\n]{10,}\*$", text, re.M):
        yield "the first cell needs its picture, with alternative text and a line below it."
    goals = re.search(
        r"After this lesson you can:?\s*\n\s*\n?((?:[-*] .*\n?(?:  .*\n?)*)+)", text + "\n"
    )
    count = len(re.findall(r"^[-*] ", goals[1], re.M)) if goals else 0
    if not 3 <= count <= 4:
        yield f"'After this lesson you can' lists {count} objectives; 3 or 4 are wanted."


def first_cells(page):
    """One setup cell, then one parameters cell, before all other code."""
    tagged = {
        tag: [number for number, cell in page.code if tag in cell.metadata.get("tags", [])]
        for tag in ("setup", "parameters")
    }
    for place, (tag, found) in enumerate(tagged.items()):
        if len(found) != 1:
            yield f"{len(found)} cells are tagged '{tag}'; one is wanted."
        elif page.code[place][0] != found[0]:
            yield f"cell {found[0]}, tagged '{tag}', should be code cell number {place + 1}."
    for number in tagged["setup"]:
        if not page.cells[number - 1].source.startswith(SETUP):
            yield f"cell {number}: the setup cell begins with the four lines of every lesson."


def sections(page):
    """The parts that every lesson has, and the order of its end."""
    if "**Predict.**" not in page.text and "predict(" not in _all_code(page):
        yield "no prediction: neither '**Predict.**' nor `predict(`."
    for words in ("**Read.**", "> **At the bedside.**"):
        if words not in page.text:
            yield f"'{words}' is missing."
    names = [heading for _, heading in page.headings(2)]
    for name in ENDING:
        if names.count(name) != 1:
            yield f"'## {name}' occurs {names.count(name)} times; once is wanted."
    found = [name for name in names if name in ENDING]
    if len(set(found)) == len(found) == len(ENDING) and names[-len(ENDING) :] != list(ENDING):
        yield f"the lesson should end with {', '.join(ENDING)}, in this order."
    if "References" in names and "https://doi.org/" not in section(page, "References"):
        yield "'## References' has no DOI link."
    if "Words" in names and len(section(page, "Words").split()) < 10:
        yield "'## Words' explains no terms."


def section(page, name):
    """The prose from '## name' to the next heading of that level."""
    found = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", page.text, re.S | re.M)
    return found[1] if found else ""


def rhythm(page):
    """Prose before and after every code cell."""
    kinds = [cell.cell_type for cell in page.cells]
    for number, _ in page.code:
        if number == 1 or kinds[number - 2] != "markdown":
            yield f"cell {number}: no prose before this code cell."
        if number == len(kinds):
            yield f"cell {number}: no prose after this code cell."


def turns(page):
    """Exercises at each depth, each with its tagged cell and a check of the same depth."""
    headings = page.headings(3)
    depths = {}
    for number, heading in headings:
        if heading.startswith("Your turn"):
            depth = heading.removeprefix("Your turn").strip(" ·")
            depths.setdefault(depth, []).append(number)
            later = [
                n
                for n, cell in page.code
                if n > number and "exercise" in cell.metadata.get("tags", [])
            ]
            if not later:
                yield f"cell {number}: no cell tagged 'exercise' follows '### {heading}'."
    for depth in DEPTHS:
        if depth not in depths:
            yield f"'### Your turn · {depth}' is missing."
    for depth in depths.keys() - set(DEPTHS):
        wanted = ", ".join(DEPTHS)
        yield f"cell {depths[depth][0]}: '### Your turn · {depth}' is not one of {wanted}."


def checks(page):
    """Every check that is named exists, every check that exists is asked, the quiz has three."""
    imported = re.search(r"from course_utils\.checks import (\w+) as check\b", _all_code(page))
    if not imported:
        yield "the setup cell lacks its checks: 'from course_utils.checks import .. as check'."
        return
    try:
        module = importlib.import_module(f"course_utils.checks.{imported[1]}")
        lesson = module.lesson
    except (ImportError, AttributeError) as error:
        yield f"course_utils/checks/{imported[1]}.py cannot be used: {error}."
        return
    if lesson.name != page.path.stem:
        yield f"its checks are those of lesson '{lesson.name}'."
    known = lesson.checks
    named = set(re.findall(r"\bcheck\.(\w+)", _all_code(page) + page.text))
    for name in sorted(named - set(known)):
        yield f"check.{name} is used, and course_utils/checks/{imported[1]}.py has no such check."
    asked = set()
    for number, name, how in _calls(page):
        asked.add(name)
        yield from _exercise_cell(page, number, name, known.get(name), how)
    for name in sorted(set(known) - asked):
        yield f"check.{name} exists and no cell asks for it."
    if len(lesson.quizzes) < 3 or sum(name.startswith("quiz_") for name in lesson.quizzes) != 3:
        yield "the quiz should have three questions, quiz_1 to quiz_3."


def _exercise_cell(page, number, name, check, how):
    depth = getattr(check, "depth", None)
    if depth is None or how != "call":
        return
    if "exercise" not in page.cells[number - 1].metadata.get("tags", []):
        yield f"cell {number}: it asks check.{name} and is not tagged 'exercise'."
    before = "\n".join(text for n, text in page.prose if n < number)
    heading = (re.findall(r"^#{2,3} (.*)$", before, re.M) or [""])[-1]
    if heading.startswith("Your turn") and heading.split()[-1] != depth:
        yield f"cell {number}: check.{name} is a '{depth}' exercise under '{heading}'."


def _calls(page):
    """(cell number, name, 'call' or 'ask') for each `check.name(..)` and `check.name.ask()`."""
    for number, cell in page.code:
        for node in ast.walk(_tree(cell.source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                target = node.func
                if isinstance(target.value, ast.Name) and target.value.id == "check":
                    yield number, target.attr, "call"
                elif target.attr == "ask" and isinstance(target.value, ast.Attribute):
                    yield number, target.value.attr, "ask"


def length(page):
    """A lesson that is too long is two."""
    if len(page.code) > MOST_CELLS:
        yield f"{len(page.code)} code cells; {MOST_CELLS} at most."


def numbers(page):
    """Sizes of cells, and how much prose there is for the code."""
    sizes = [len(code_lines(cell.source)) for _, cell in page.code] or [0]
    p90 = sorted(sizes)[min(len(sizes) - 1, int(0.9 * len(sizes)))]
    if statistics.median(sizes) > MEDIAN:
        yield f"the median code cell has {statistics.median(sizes):g} lines; {MEDIAN} at most."
    if p90 > P90:
        yield f"the 90th percentile of code cells is {p90} lines; {P90} at most."
    for (number, _), size in zip(page.code, sizes, strict=False):
        if size > LONGEST:
            yield f"cell {number}: {size} lines of code; {LONGEST} at most."
    ratio = len(re.findall(r"[A-Za-z][\w'-]*", page.text)) / max(1, sum(sizes))
    if not WORDS[0] <= ratio <= WORDS[1]:
        yield f"{ratio:.1f} words of prose per line of code; 8 to 20 wanted, {WORDS[1]} at most."


def code_lines(source):
    """The lines of a cell that are neither empty nor only a comment."""
    return [
        line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")
    ]


def forbidden(page):
    """No installing, no shell, no star imports; code that parses."""
    for number, cell in page.code:
        if re.search(r"\b(pip|conda|apt|apt-get) install\b|^\s*[!%]", cell.source, re.M):
            yield f"cell {number}: installs something or uses a shell or magic line."
        if re.search(r"import \*", cell.source):
            yield f"cell {number}: a star import."
        if not _tree(cell.source).body and code_lines(cell.source):
            yield f"cell {number}: this is no Python."


def tags(page):
    """Only tags that something reads."""
    for number, cell in enumerate(page.cells, 1):
        for tag in cell.metadata.get("tags", []):
            if tag not in TAGS:
                yield f"cell {number}: unknown tag '{tag}'."


def alt_text(page):
    """A text for every picture in the prose."""
    for number, text in page.prose:
        for picture in re.findall(r"!\[\s*\]\(([^)]*)\)", text):
            yield f"cell {number}: the picture {picture} has no alt text."
        for picture in re.findall(r"<img\b[^>]*>", text):
            if not re.search(r"""\balt=("\s*[^"\s][^"]*"|'\s*[^'\s][^']*')""", picture):
                yield f"cell {number}: an <img> has no alt text."


def links(page):
    """Links and named files that resolve, as far as this can be seen without a network."""
    for number, text in page.prose:
        targets = re.findall(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)", text)
        targets += re.findall(r"""<(?:img|a)\b[^>]*\b(?:src|href)=["']([^"']+)["']""", text)
        held = {f"attachment:{name}" for name in page.cells[number - 1].get("attachments", {})}
        for target in set(targets) - held:
            said = _broken(page, target)
            if said:
                yield f"cell {number}: {said}"
        for name in re.findall(rf"`({HOME}[\w./-]+)`", text):
            if not (page.root / name).exists():
                yield f"cell {number}: `{name}` does not exist."
    for number, cell in page.code:
        for node in ast.walk(_tree(cell.source)):
            name = node.value if isinstance(node, ast.Constant) else None
            if not (isinstance(name, str) and re.fullmatch(rf"(\.\./)*{HOME}\S+", name)):
                continue
            if not (page.home / name).exists() and not (page.root / name).exists():
                yield f"cell {number}: the file '{name}' does not exist."


def _broken(page, target):
    """What is wrong with the target of a link, or None."""
    if target.startswith("data:image/"):
        return None
    if re.match(r"[a-z]+:", target):
        if not re.match(r"(https://[\w-]+(\.[\w-]+)+(/\S*)?|mailto:\S+@\S+)$", target):
            return f"'{target}' is not an https link."
        if "doi.org" in target and not re.match(r"https://doi\.org/10\.\d{4,9}/\S+$", target):
            return f"'{target}' is not of the form https://doi.org/10.NNNN/.."
        return None
    name, _, anchor = target.partition("#")
    file = page.home / name if name else page.path
    if name and not file.exists():
        return f"the link '{target}' leads to no file."
    if anchor and file.suffix in (".ipynb", ".py") and anchor not in _anchors(page, file):
        return f"the link '{target}' leads to no heading."
    return None


def _anchors(page, file):
    other = page if file == page.path else open_page(file, page.root)
    found = [heading for level in (1, 2, 3, 4) for _, heading in other.headings(level)]
    return {heading.replace(" ", "-") for heading in found}


def outputs(page):
    """Only cells whose text nbval compares keep an output, and those must have one."""
    for number, cell in page.code:
        if build.is_marked(cell):
            if page.path.parent.name == "solutions":
                if cell.outputs:
                    yield f"cell {number}: a solution notebook keeps no outputs."
            elif cell.execution_count is None:
                yield f"cell {number}: NBVAL_CHECK_OUTPUT without a stored output; build again."
        elif cell.outputs or cell.execution_count is not None:
            yield f"cell {number}: it keeps an output that nothing checks."


def solved(page):
    """Every exercise of a solution notebook holds its solution."""
    for number, cell in page.code:
        if "exercise" in cell.metadata.get("tags", []) and build.BEGIN not in cell.source:
            yield f"cell {number}: an exercise without '{build.BEGIN}'."


NUMERIC = re.compile(
    r"\d|%|\b(?:more|less|fewer|higher|lower|larger|smaller|better|worse|most|least|nearly|hardly|"
    r"almost|half|twice|every|none|never|always|no longer|falls?|rises?|loses?|gains?|grows?|than)\b",
    re.I,
)


def claimed(page):
    """A claim for every 'Read' that interprets a number: since the 'Read' before, or the heading."""
    claims, last, exempt = 0, None, False
    for number, cell in enumerate(page.cells, 1):
        if cell.cell_type == "code":
            claims += len(cell.metadata.get("claims", []))
            last, exempt = number, "no-claim" in cell.metadata.get("tags", [])
            continue
        for part in re.split(r"(?=\*\*Read\.\*\*)", without_fences(cell.source))[1:]:
            said = re.split(r"\n\s*\n|\*\*Predict", part)[0]
            said = re.sub(r"\[[^]]*\]\([^)]*\)|[Ll]essons? \d+", "", said)
            if NUMERIC.search(said) and last and not claims and not exempt:
                yield f"cell {number}: this 'Read' interprets a result; cell {last} has no CLAIM."
            claims = 0


def printed(page):
    """Results come from one function, which gives n and the interval; not from `print(f"..")`."""
    for number, cell in page.code:
        if "plain-print" in cell.metadata.get("tags", []):
            continue
        for node in ast.walk(_tree(cell.source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                values = [part for given in node.args for part in ast.walk(given)]
                if any(isinstance(part, ast.FormattedValue) for part in values):
                    yield f"cell {number}: a result is printed with print(f'..')."
                    break


def promised(page, promises=None):
    """A promise to a later lesson stands in promises.toml, where its keeper is named."""
    known = [row["says"] for row in promises or read_promises() if row["lesson"] == page.path.stem]
    own = int(page.path.stem[:2]) if page.path.stem[:2].isdigit() else 99
    for number, text in page.prose[1:]:
        for paragraph in re.split(r"\n\s*\n|\n- ", text.partition("## Next")[0]):
            flat = " ".join(paragraph.split())
            later = [int(n) for n in re.findall(r"[Ll]esson (\d\d)", flat) if int(n) > own]
            if later and not any(says in flat for says in known):
                yield f"cell {number}: it promises lesson {later[0]:02d}; see promises.toml."


def read_promises():
    """The rows of promises.toml: dicts with lesson, says, keeper, keeps."""
    return tomllib.loads(PROMISES.read_text(encoding="utf-8"))["promise"]


def broken_promises(sources, promises=None):
    """A sentence for each promise that is made and not kept, or kept and no longer made.

    sources: the folder of the lessons' sources.
    """
    for row in promises or read_promises():
        maker, keeper = (Path(sources) / f"{row[who]}.py" for who in ("lesson", "keeper"))
        said = " ".join(re.sub(r"^# ?", "", maker.read_text("utf-8"), flags=re.M).split())
        if row["says"] not in said:
            yield f"{maker.stem} no longer says '{row['says']}': take it out of promises.toml."
        elif not re.search(row["keeps"], keeper.read_text(encoding="utf-8")):
            yield f"{maker.stem} promises '{row['says']}', and {keeper.stem} does not keep it."


def _all_code(page):
    return "\n\n".join(cell.source for _, cell in page.code)


def _tree(source):
    """The syntax tree of a cell; an empty one when it is no Python, which `forbidden` reports."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])


FORM_RULES = (opening, first_cells, sections, rhythm, turns, checks, numbers, forbidden, alt_text)
SOLUTION_RULES = (tags, links, outputs, solved)
LEARNER_RULES = (*FORM_RULES, tags, links, outputs, claimed, printed, promised, length)


def main(arguments=None):
    """The command line; returns the exit status."""
    notebooks = ROOT / "notebooks"
    given = sys.argv[1:] if arguments is None else list(arguments)
    named = [name for name in given if name != "--strict"]
    paths = [Path(name) for name in named if Path(name).suffix]
    for name in (name for name in named if not Path(name).suffix):  # '02' or '02_enhance'
        try:
            stem = build.source_of(name, notebooks).stem
        except errors.FileError as error:
            print(error)
            return 1
        paths += [place / f"{stem}.ipynb" for place in (notebooks, notebooks / "solutions")]
    paths = paths or [
        *sorted(notebooks.glob("*.ipynb")),
        *sorted((notebooks / "solutions").glob("*.ipynb")),
    ]
    found = [said for path in paths for said in problems(path)]
    if len(paths) > 1:  # all of them: what one promises another keeps
        found += broken_promises(notebooks / "source")
    print("\n".join(found) or f"{len(paths)} notebooks, nothing to say.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
