#!/usr/bin/env python3
"""Build the learner and the solution notebook of every lesson from its one source.

`notebooks/source/NN_topic.py` (jupytext py:percent) becomes `notebooks/NN_topic.ipynb` without the
marked solutions, and `notebooks/solutions/NN_topic.ipynb` with them. Building twice changes
no byte.

    python tools/notebooks/build.py [LESSON ...]    build; runs learner notebooks with marked cells
    python tools/notebooks/build.py --no-execute    build; unchanged cells keep their stored output
    python tools/notebooks/build.py --check         change nothing; exit 1 and name what differs

Cells that hold `# NBVAL_CHECK_OUTPUT` keep their text output in the learner notebook, because nbval
compares it; every other cell is stored without output. That mark becomes a tag, and the lines
`# CLAIM: <expression>` become metadata (course_utils/setup/claims.py): a page shows neither.
The picture at the head of a lesson (tools/notebooks/pictures.py) is attached to its first cell, so
that every copy has it.
"""

import argparse
import ast
import base64
import copy
import hashlib
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

try:
    import jupytext
    import nbformat
except ImportError:
    sys.exit("This needs the course's environment: activate .venv first (CONTRIBUTING.md, Begin).")

from course_utils.core import errors, files  # noqa: E402
from course_utils.setup import claims  # noqa: E402

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
NEARLY = re.compile(r"#+\s*(begin|end)[ _-]*solution", re.I)
MARKED = re.compile(r"^[ \t]*#[ \t]*NBVAL_CHECK_OUTPUT\b.*\n?", re.M)
ATTACHED = re.compile(r"\]\(attachment:([\w.-]+)\)")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
PRIVATE = ("lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker")


def read(source):
    """The notebook of a source: deterministic cell ids, minimal metadata, no outputs.

    Raises `DataError`, with file and line, for a solution mark without its partner.
    """
    source = Path(source)
    text = source.read_text(encoding="utf-8")
    check_marks(text, source)
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(copy.deepcopy(METADATA))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen = {}
    for cell in notebook.cells:
        key = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[key] = seen.get(key, 0) + 1
        cell["id"] = f"{key}-{seen[key]}"
        for name in PRIVATE:
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
        elif found := ATTACHED.findall(cell.source):
            cell.attachments = {name: {"image/webp": _picture(source, name)} for name in found}
    return notebook


def _picture(source, name):
    """A picture of `pictures/` beside the source, in base64. Raises `DataError` if it is not there."""
    place = source.parent / "pictures" / name
    if not place.is_file():
        raise errors.DataError(
            f"{source.name}: pictures/{name} is missing; python tools/notebooks/pictures.py makes it."
        )
    return base64.b64encode(place.read_bytes()).decode("ascii")


def check_marks(text, source):
    """Raise `DataError`, with file and line, when solution marks do not pair within a cell."""
    open_line = 0
    for number, line in enumerate(text.splitlines() + ["# %%"], 1):
        where = f"{Path(source).name}, line {number}"
        mark = line.strip()
        if mark == BEGIN and open_line or line.startswith("# %%") and open_line:
            raise errors.DataError(
                f"{Path(source).name}, line {open_line}: '{BEGIN}' without "
                f"'{END}' in the same cell."
            )
        if mark == BEGIN:
            open_line = number
        elif mark == END:
            if not open_line:
                raise errors.DataError(f"{where}: '{END}' without '{BEGIN}' before it.")
            open_line = 0
        elif NEARLY.match(mark):
            raise errors.DataError(
                f"{where}: '{mark}' is not a solution mark; write '{BEGIN}' or '{END}'."
            )


def strip(source):
    """The text of a cell without its marked solutions, marks included."""
    kept, inside = [], False
    for line in source.splitlines():
        if line.strip() == BEGIN:
            inside = True
        elif line.strip() == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept).strip("\n")


def learner(notebook, name):
    """The learner's notebook: `notebook` minus its solutions. `name` is used in messages.

    Raises `DataError` for a cell that the removal leaves empty or that is no Python any more.
    """
    notebook = copy.deepcopy(notebook)
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or BEGIN not in cell.source:
            continue
        cell.source = strip(cell.source)
        where = f"{name}, cell {number}"
        if not claims.without(cell.source).strip():
            raise errors.DataError(
                f"{where}: nothing remains without the solution; leave `name = ...` "
                "or the call of the check."
            )
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            raise errors.DataError(
                f"{where}: what remains without the solution is no Python "
                f"({error.msg}); leave `...` where the solution was."
            ) from error
    return _hide(notebook)


def solution(notebook):
    """The solution notebook: one folder deeper, so links that go up go up once more."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(\]\(|src=\")\.\./", r"\1../../", cell.source)
    return _hide(notebook)


def _hide(notebook):
    """Claims and nbval's mark go from the text of a cell into its metadata. Changes `notebook`."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if found := claims.of(cell.source):
            cell.metadata["claims"] = found
            cell.source = claims.without(cell.source).rstrip("\n")
        if MARKED.search(cell.source):
            cell.metadata.setdefault("tags", []).append("nbval-check-output")
            cell.source = MARKED.sub("", cell.source).rstrip("\n")
    return notebook


def is_marked(cell):
    """True for a code cell whose output is stored and compared."""
    return cell.cell_type == "code" and "nbval-check-output" in cell.metadata.get("tags", [])


def keep_outputs(notebook, stored):
    """Give marked cells the outputs of the same cell (by id) in `stored`. Changes `notebook`."""
    known = {cell.get("id"): cell for cell in stored.cells if cell.cell_type == "code"}
    for cell in filter(is_marked, notebook.cells):
        old = known.get(cell.id)
        if old is not None:
            cell.outputs, cell.execution_count = old.outputs, old.execution_count


def execute(notebook, folder, name):
    """Run `notebook` in `folder`; its marked cells get their text outputs. Changes `notebook`.

    Raises `DataError` when a cell fails, a claim does not hold, or a marked cell gives what nbval
    cannot compare.
    """
    import nbclient  # here, because --check needs no kernel

    from course_utils.setup import nbclient_fix

    nbclient_fix.apply()
    ran = copy.deepcopy(notebook)
    with tempfile.TemporaryDirectory() as scratch:
        environment = {
            **os.environ,
            **claims.watched(scratch),
            "COURSE_WORK": scratch,
            "COURSE_PROGRESS": str(Path(scratch) / "progress.json"),
        }
        claims.ask(scratch, ran.cells)
        client = nbclient.NotebookClient(
            ran, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        try:
            client.execute(env=environment)
        except nbclient.exceptions.CellExecutionError as error:
            failed = [
                number
                for number, cell in enumerate(ran.cells, 1)
                if cell.cell_type == "code"
                and any(output.output_type == "error" for output in cell.outputs)
            ]
            where = f"{name}, cell {failed[0]}" if failed else name
            raise errors.DataError(
                f"{where}: stopped with {error.ename}: {error.evalue}"
            ) from error
        if untrue := claims.complaints(scratch, notebook.cells, solved=False):
            raise errors.DataError(f"{name}: its text is not true. {'; '.join(untrue)}.")
    for number, (cell, result) in enumerate(zip(notebook.cells, ran.cells, strict=True), 1):
        if is_marked(cell):
            cell.outputs = _text_outputs(result, f"{name}, cell {number}")
            cell.execution_count = result.execution_count


def _text_outputs(cell, where):
    kept = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            if kept and kept[-1].output_type == "stream":
                kept[-1].text += output.text
            else:
                kept.append(output)
        elif output.output_type in ("execute_result", "display_data") and set(output.data) <= {
            "text/plain",
            "text/html",
        }:
            output.metadata = {}
            kept.append(output)
        else:
            raise errors.DataError(
                f"{where}: a cell with NBVAL_CHECK_OUTPUT may only print text or show a "
                "value; it wrote a warning, a picture or a widget."
            )
    if not kept:
        raise errors.DataError(f"{where}: a cell with NBVAL_CHECK_OUTPUT gives no text to compare.")
    if re.search(r"\b0x[0-9a-f]{6,}", str(kept)):
        raise errors.DataError(f"{where}: its output holds a memory address, which never repeats.")
    return kept


def as_text(notebook):
    """The notebook as the text of its file. Raises nbformat.ValidationError if it is invalid."""
    nbformat.validate(notebook)
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT, indent=1, ensure_ascii=False)
    return text.rstrip("\n") + "\n"


def make(source, notebooks, run=False):
    """What the two files of a lesson should hold: {path: text}. Nothing is written.

    `notebooks` is the folder of the learner notebooks. Without `run`, marked cells keep the
    outputs that are stored there.
    """
    source, notebooks = Path(source), Path(notebooks)
    both = read(source)
    target = notebooks / f"{source.stem}.ipynb"
    page = learner(both, source.name)
    if run and any(is_marked(cell) for cell in page.cells):
        execute(page, notebooks, source.name)
    elif target.exists():
        keep_outputs(page, _stored(target))
    return {target: as_text(page), notebooks / "solutions" / target.name: as_text(solution(both))}


def _stored(path):
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat has several families of errors; all mean: not a notebook
        raise errors.FileError(
            f"{path.name} is no notebook any more; delete it and build again."
        ) from error


def differences(notebooks, sources=None):
    """A sentence for each notebook that is missing, not as its source says, or without source."""
    notebooks = Path(notebooks)
    found, expected = [], set()
    for source in sources or sorted((notebooks / "source").glob("*.py")):
        for path, text in make(source, notebooks).items():
            expected.add(path)
            name = path.relative_to(notebooks).as_posix()
            if not path.exists():
                found.append(f"{name} is missing; build it.")
            elif path.read_text(encoding="utf-8") != text:  # text: git may have changed line ends
                found.append(f"{name} differs from source/{source.name}; build it again.")
    if sources is None:
        present = {*notebooks.glob("*.ipynb"), *(notebooks / "solutions").glob("*.ipynb")}
        found += [
            f"{path.relative_to(notebooks).as_posix()} has no source."
            for path in sorted(present - expected)
        ]
    return found


def write(path, text):
    """Write `text` to `path` unless it holds just that; True when written. Never half a file."""
    data = text.encode()
    if path.exists() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_whole(path, lambda to: to.write_bytes(data), replace=True)
    return True


def source_of(lesson, folder):
    """The source of a lesson by its number or its name: '02', '02_enhance'. Raises FileError."""
    for source in sorted((folder / "source").glob("*.py")):
        if lesson in (source.stem, source.stem.split("_")[0]):
            return source
    raise errors.FileError(f"There is no source {lesson}.py in notebooks/source.")


def main(arguments=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", nargs="*", help="such as 01 or 01_load (default: all)")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if something differs"
    )
    parser.add_argument("--no-execute", action="store_true", help="keep the stored outputs")
    parser.add_argument(
        "--notebooks", type=Path, default=ROOT / "notebooks", help=argparse.SUPPRESS
    )
    options = parser.parse_args(arguments)
    folder = options.notebooks
    try:
        sources = [source_of(name, folder) for name in options.lesson]
        if options.check:
            found = differences(folder, sources or None)
            print("\n".join(found) or "Every notebook is as its source says.")
            return 1 if found else 0
        for source in sources or sorted((folder / "source").glob("*.py")):
            for path, text in make(source, folder, run=not options.no_execute).items():
                state = "written" if write(path, text) else "unchanged"
                print(f"{path.relative_to(folder).as_posix()}: {state}")
    except errors.CourseError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
