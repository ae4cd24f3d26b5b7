"""Claims: what a lesson's prose says about a result, evaluated on the page that ran.

In a lesson's source, a code cell whose result is interpreted carries comment lines such as

    # CLAIM: worst >= 0.5

The build moves them into the cell's metadata, so that a page does not give its results away. Each
is evaluated in the kernel after its cell has run. Nothing is added to the page: the kernel is
started with settings of its own (`watched`) and writes what it found to a file that the runner
reads. A page with open exercises may lack the names of a claim: there it is 'open', not untrue.

Standard library only: a kernel loads this file by its path before the lesson's first cell.
"""

import ast
import builtins
import json
import os
import re
from pathlib import Path

LINE = re.compile(r"^[ \t]*#[ \t]*CLAIM:[ \t]*(.*?)[ \t]*$", re.M)
VARIABLE = "COURSE_CLAIMS"  # the folder in which a watched kernel finds claims and leaves answers
ASKED, FOUND = "asked.json", "found.jsonl"
TRUE, OPEN, UNTRUE = "true", "open", "untrue"
LONGEST = 80  # characters of a value in a message


def of(source):
    """The expressions that a cell of a source claims: a list of str, in the order of its lines."""
    return LINE.findall(source)


def without(source):
    """The text of a cell without the lines of its claims."""
    return re.sub(LINE.pattern + r"\n?", "", source, flags=re.M)


def judge(claim, space):
    """(state, what was found) of one claim in a namespace.

    The state is TRUE; OPEN when it does not hold while one of its names is missing or is still `...`;
    UNTRUE when it is false, is no yes or no, or cannot be evaluated. A name that the claim does not
    come to, as in `DATA != "muscle_general" or fall < 0`, may be missing. The text holds the values of
    what it compares.
    """
    try:
        tree = ast.parse(claim, mode="eval")
    except SyntaxError:
        return UNTRUE, "it is no Python expression"
    missing = [name for name in _names(tree) if space.get(name, ...) is ...]
    unknown = OPEN, f"no value for {', '.join(missing)}"
    try:
        found = eval(compile(tree, "CLAIM", "eval"), space)  # the authors' own text, as the cell
    except Exception as error:  # whatever it is, the sentence has nothing to rest on
        if missing:
            return unknown
        return UNTRUE, f"{type(error).__name__}: {error}; {_values(tree, space)}"
    if missing and (type(found).__name__ not in ("bool", "bool_") or not found):
        return unknown
    if type(found).__name__ not in ("bool", "bool_"):
        return UNTRUE, f"it gives {_short(found)}, which is no yes or no"
    return (TRUE if found else UNTRUE), _values(tree, space)


def watched(folder, *lines):
    """The variables of a kernel that evaluates claims, with `folder` as the place it works in.

    `folder` gets an IPython profile; the kernel's other settings are the usual ones. lines: more
    Python that the kernel runs before the first cell.
    """
    profile = Path(folder) / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    start = f"__import__('runpy').run_path({str(Path(__file__))!r})['watch'](get_ipython())"
    settings = {"InteractiveShellApp": {"exec_lines": [start, *lines]}}
    (profile / "ipython_kernel_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return {"IPYTHONDIR": str(profile.parent), VARIABLE: str(folder)}


def ask(folder, cells):
    """Leave the claims of a notebook's cells for a watched kernel; forget what it found before."""
    Path(folder, FOUND).unlink(missing_ok=True)
    asked = {cell.source: cell.metadata["claims"] for cell in cells if "claims" in cell.metadata}
    Path(folder, ASKED).write_text(json.dumps(asked), encoding="utf-8")


def watch(shell):
    """Evaluate the claims of every cell that `shell`, an IPython shell, runs from now on."""
    folder = Path(os.environ[VARIABLE])

    def _judged(result):
        if not result.success:
            return
        asked = json.loads((folder / ASKED).read_text(encoding="utf-8"))
        for claim in asked.get(result.info.raw_cell, []):
            state, values = judge(claim, shell.user_ns)
            row = {"cell": result.info.raw_cell, "claim": claim, "state": state, "values": values}
            with open(folder / FOUND, "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    shell.events.register("post_run_cell", _judged)


def read(folder):
    """What a watched kernel found: a list of {cell, claim, state, values}."""
    file = Path(folder, FOUND)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def complaints(folder, cells, solved):
    """A sentence for each claim that did not hold, was open or never asked, with its cell's number.

    cells: the notebook's cells, as given to `ask`. solved: whether the page has all answers, so
    that a claim that is open, or that no cell asked, is a mistake.
    """
    found = read(folder)
    said = []
    for number, cell in enumerate(cells, 1):
        rows = [row for row in found if row["cell"] == cell.source and "claims" in cell.metadata]
        if solved and "claims" in cell.metadata and not rows:
            said.append(f"cell {number}: its claims were not evaluated")
        said += [
            f"cell {number}: the claim `{row['claim']}` does not hold ({row['values']})"
            for row in rows
            if row["state"] in ((UNTRUE, OPEN) if solved else (UNTRUE,))
        ]
    return said


def _names(tree):
    """The free names of an expression, without builtins and those that it binds itself."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in nodes if not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return sorted({node.id for node in nodes} - bound - set(dir(builtins)))


def _values(tree, space):
    """The values of what an expression compares, and of its plain names: 'a = 1, b.mean() = 2'."""
    parts = [name for name in _names(tree) if _is_plain(space.get(name))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            parts += [ast.unparse(side) for side in (node.left, *node.comparators)]
    told = []
    for part in dict.fromkeys(parts):
        if part != (said := _evaluated(part, space)):
            told.append(f"{part} = {said}")
    return ", ".join(told) or "no values to show"


def _is_plain(value):
    return not callable(value) and type(value).__name__ != "module"


def _evaluated(text, space):
    try:
        return _short(eval(text, space))
    except Exception as error:  # a part that belongs to a loop inside the expression, for one
        return type(error).__name__


def _short(value):
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
