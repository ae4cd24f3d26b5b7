"""Execute solution notebooks with papermill and measure them: time, first picture, peak memory.

`run` is what the command `python3 -m course_utils run` and the tests call. The executed copies and
the table of measurements go to build/, so the committed notebooks stay as they are.
"""

import contextlib
import os
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import nbformat
import pandas
import papermill
import psutil
import yaml
from papermill import engines, iorw

from course_utils.core import computer, errors, files
from course_utils.setup import claims, environment, nbclient_fix

SOLUTIONS = environment.ROOT / "notebooks" / "solutions"
BUILD = environment.ROOT / "build"
CELL_TIMEOUT = 300  # seconds; no cell of the course may take longer than 60 on two cores
START_TIMEOUT = 120  # seconds for a kernel to start; slow disks and virus scanners need them


@dataclass
class Row:
    """What the execution of one lesson took.

    `failure` is None, or a sentence that names the lesson and the cell that failed.
    Times are in seconds. `first_picture` counts from the start of the first code cell to the end
    of the first cell that shows a picture (None without one). `peak_mb` is the highest resident
    memory of the kernel and its children in MB, sampled ten times a second; pages they share are
    counted twice.
    """

    lesson: str
    seconds: float
    slowest_cell: float
    first_picture: float | None
    peak_mb: float
    failure: str | None = None


def run(
    lessons=(),
    parameters=None,
    folder=SOLUTIONS,
    build=BUILD,
    timeout=CELL_TIMEOUT,
    progress=True,
    lines=(),
):
    """Execute notebooks with papermill; return one `Row` per lesson.

    lessons: what to execute, each a number ('02'), a name ('02_enhance') or a path; none means all
    of `folder`.
    parameters: dict of values for the cell tagged 'parameters'; each must exist in at least one
    of the lessons, and goes to those that have it.
    folder: where numbers and names are looked up. build: gets `executed/*.ipynb`, `timing.csv`,
    `timing.md`.
    timeout: seconds that one cell may take. progress: show a bar.
    lines: Python that every kernel runs before the first cell.

    A lesson that fails, or whose claims do not hold, does not stop the others: its row says so in
    `failure`.
    Raises `errors.SetupError` for a lesson or a parameter that does not exist.
    """
    paths, build = find(lessons, folder), Path(build)
    chosen = _share(parameters or {}, paths)
    executed = build / "executed"
    executed.mkdir(parents=True, exist_ok=True)
    nbclient_fix.apply()
    with tempfile.TemporaryDirectory() as scratch, _variables(scratch, lines):
        rows = []
        for path in paths:
            cells = nbformat.read(path, as_version=4).cells
            claims.ask(scratch, cells)
            row = _execute(path, executed / path.name, chosen[path], timeout, progress)
            row.failure = row.failure or _untrue(path, scratch, cells)
            rows.append(row)
    _write_table(rows, build)
    return rows


def find(lessons, folder=SOLUTIONS):
    """The notebook paths that `lessons` names (numbers, names or paths); all of `folder` for none.

    Raises `errors.SetupError` for a name that fits no notebook, and lists those that exist.
    """
    known = {path.stem: path for path in sorted(Path(folder).glob("*.ipynb"))}
    if not lessons and not known:
        raise errors.SetupError(
            f"No notebooks in {folder}: build them with python3 tools/notebooks/build.py."
        )
    return [_find(str(lesson), known) for lesson in lessons] or list(known.values())


def value(text):
    """A parameter's value from the command line: '3' is an int, 'true' a bool, '[1, 2]' a list."""
    for kind in (int, float):  # YAML takes 1e-3 for a word
        with contextlib.suppress(ValueError):
            return kind(text)
    try:
        return yaml.load(text, Loader=iorw.NoDatesSafeLoader)
    except yaml.YAMLError:
        return text


def table(rows):
    """The rows as a Markdown table."""
    lines = [
        "| lesson | seconds | slowest cell, s | first picture, s | peak memory, MB | result |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        picture = "none" if row.first_picture is None else f"{row.first_picture:.1f}"
        lines.append(
            f"| {row.lesson} | {row.seconds:.1f} | {row.slowest_cell:.1f} | {picture} | "
            f"{row.peak_mb:.0f} | {'failed' if row.failure else 'passed'} |"
        )
    return "\n".join(lines) + "\n"


def _find(lesson, known):
    if lesson.endswith(".ipynb") and Path(lesson).is_file():
        return Path(lesson).resolve()
    name = Path(lesson).stem.zfill(2)  # 2 means 02
    for stem, path in known.items():
        if name in (stem, stem.split("_")[0]):
            return path
    raise errors.SetupError(
        f"There is no lesson '{lesson}'; these exist: {', '.join(known) or 'none'}."
    )


def _share(parameters, paths):
    """Which parameters go to which notebook."""
    has = {path: set(papermill.inspect_notebook(str(path))) for path in paths}
    for name in parameters:
        if not any(name in names for names in has.values()):
            exist = ", ".join(sorted(set().union(*has.values()))) or "none"
            where = paths[0].stem if len(paths) == 1 else "these lessons"
            raise errors.SetupError(
                f"There is no parameter '{name}' in {where}; these exist: {exist}."
            )
    return {
        path: {name: given for name, given in parameters.items() if name in has[path]}
        for path in paths
    }


@contextlib.contextmanager
def _variables(scratch, lines):
    """The variables every kernel of the course gets, a progress file that is not the learner's,
    and an ear for claims."""
    before = dict(os.environ)
    os.environ.update(computer.variables() | claims.watched(scratch, *lines))
    os.environ["COURSE_WORK"] = str(scratch)
    os.environ["COURSE_PROGRESS"] = str(Path(scratch, "progress.json"))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _untrue(path, scratch, cells):
    """One sentence with every claim of a lesson that does not hold; None when all do."""
    said = claims.complaints(scratch, cells, solved=path.parent.name == SOLUTIONS.name)
    return f"{path.stem} ran, and its text is not true. {'; '.join(said)}." if said else None


def _execute(source, target, parameters, timeout, progress):
    target.unlink(missing_ok=True)  # a copy from an earlier run must not stand for this one
    bar = {"desc": source.stem} if progress else False
    problem, began = None, time.perf_counter()
    with _Memory() as memory:
        try:
            papermill.execute_notebook(
                str(source),
                str(target),
                parameters,
                progress_bar=bar,
                kernel_name="python3",
                engine_name=SaveOnce.__name__,
                cwd=str(source.parent),
                start_timeout=START_TIMEOUT,
                execution_timeout=timeout,
                extra_arguments=["--IPKernelApp.log_level=ERROR"],
            )
        except Exception as error:  # whatever it was, the lesson failed: the row says where
            problem = error
    return _row(source, target, time.perf_counter() - began, memory.peak, problem)


def _row(source, target, seconds, peak, problem):
    done = nbformat.read(target, as_version=4) if target.exists() else nbformat.v4.new_notebook()
    cells = [cell for cell in done.cells if _time(cell, "start_time")]
    picture = next((cell for cell in cells if _shows_picture(cell, done)), None)
    spent = [
        _time(cell, "end_time") - _time(cell, "start_time")
        for cell in cells
        if _time(cell, "end_time")
    ]
    first = _time(picture, "end_time") - _time(cells[0], "start_time") if picture else None
    failure = _failure(source, done, problem) if problem else None
    return Row(
        source.stem,
        round(seconds, 2),
        round(max(spent, default=0.0), 2),
        None if first is None else round(first, 2),
        round(peak / 1e6, 1),
        failure,
    )


def _time(cell, name):
    """Seconds since 1970 of a time papermill noted for a code cell, or None."""
    text = cell.metadata.get("papermill", {}).get(name) if cell.cell_type == "code" else None
    return datetime.fromisoformat(text).timestamp() if text else None


def _shows_picture(cell, notebook):
    """Is there a picture in the cell's outputs, directly or in a widget?"""
    data = [output.get("data", {}) for output in cell.outputs]
    found = [kind for item in data for kind in item if kind.startswith("image/")]
    html = "".join("".join(item.get("text/html", "")) for item in data)
    views = [
        item["application/vnd.jupyter.widget-view+json"]["model_id"]
        for item in data
        if "application/vnd.jupyter.widget-view+json" in item
    ]
    return bool(found) or "<img" in html or "<svg" in html or _widget_picture(views, notebook)


def _widget_picture(ids, notebook):
    saved = notebook.metadata.get("widgets", {})
    models = saved.get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    seen, waiting = set(), list(ids)
    while waiting:  # down the tree of widgets: a panel holds boxes, a box holds the image
        model = models.get(waiting.pop(), {})
        text = repr(model.get("state", {}))
        if model.get("model_name") == "ImageModel" or "image/png" in text or "<img" in text:
            return True
        children = {
            child.removeprefix("IPY_MODEL_") for child in model.get("state", {}).get("children", [])
        }
        waiting += children - seen
        seen |= children
    return False


def _failure(source, done, problem):
    """One sentence: lesson, cell (its number and first line in the notebook) and what it said."""
    said = f"{type(problem).__name__}: {problem}"
    if isinstance(problem, papermill.PapermillExecutionError):
        said = f"{problem.ename}: {problem.evalue}"
    said = " ".join(said.split())[:500]
    started = [cell for cell in done.cells if _time(cell, "start_time")]
    failed = [cell for cell in started if cell.metadata["papermill"].get("exception")]
    cell = (failed or started[-1:] or [None])[0]  # one that took too long is not marked as failed
    if cell is None:
        return f"{source.stem} did not start. {said}"
    cells = nbformat.read(source, as_version=4).cells
    number = next(
        (place for place, own in enumerate(cells, 1) if own.get("id") == cell.get("id")), None
    )
    where = f"cell {number}" if number else "the cell of the parameters given"
    return f"{source.stem} failed in {where} ('{cell.source.strip().splitlines()[0]}'). {said}"


def _write_table(rows, build):
    measured = pandas.DataFrame([asdict(row) for row in rows])
    for name, write in {
        "timing.csv": lambda place: measured.to_csv(place, index=False),
        "timing.md": lambda place: place.write_text(table(rows), "utf-8"),
    }.items():
        files.write_whole(build / name, write, replace=True)


class SaveOnce(engines.NBClientEngine):
    """papermill's engine, which writes the page twice a cell, 20 MB where it holds films: at its end
    alone, however it ends."""

    @classmethod
    def execute_notebook(cls, nb, kernel_name, output_path=None, **given):
        """Execute a page; `nb` holds its outputs, and so does the file at `output_path`."""
        try:
            return super().execute_notebook(nb, kernel_name, **given)
        except BaseException:  # otherwise papermill itself writes it
            iorw.write_ipynb(nb, output_path)
            raise


engines.papermill_engines.register(SaveOnce.__name__, SaveOnce)


class _Memory:
    """Samples the resident memory of all processes that start below this one while it is open.

    On Linux each process keeps its own highest value, so that a short peak between two samples
    counts.
    """

    def __enter__(self):
        self.peak, self._me = 0, psutil.Process()
        self._before = {child.pid for child in self._me.children(recursive=True)}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _sample(self):
        while not self._stop.wait(0.1):
            total = 0
            for child in self._me.children(recursive=True):
                with contextlib.suppress(psutil.Error):  # it may have ended since it was listed
                    total += _resident(child) if child.pid not in self._before else 0
            self.peak = max(self.peak, total)


def _resident(process):
    """Bytes of resident memory: the highest so far where the system keeps it, else the present ones."""
    status = Path(f"/proc/{process.pid}/status")
    with contextlib.suppress(OSError, StopIteration):
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return process.memory_info().rss
