"""What all tests share: paths, a quiet environment, a progress file, and rules for nbval.

Only `tests/` has a conftest. The rules for notebooks are registered for the whole run, because
nbval's cells lie outside this folder: pytest tests notebooks/*.ipynb --nbval-lax

Side by side (`-n 2 --dist loadscope`), a file is done by one worker, so that what its tests share
is made once; each worker computes on one thread.
"""

import gc
import os
import re
import sys
import tempfile
from pathlib import Path

# Imports and 6,000 tests make millions of objects that all stay: looking for garbage among them
# takes 30 % of collection. From then on it looks at what the tests make alone.
gc.disable()

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
if "PYTEST_XDIST_WORKER" in os.environ:  # before anything imports NumPy
    os.environ.update(dict.fromkeys(THREADS, "1"))

# Where it is installed, jsonschema (nbformat) builds 38 grammars of international addresses at its
# import, 3 s in each worker; no field of a notebook is one.
sys.modules.setdefault("rfc3987_syntax", None)

import hypothesis
import pytest

from course_utils.setup import claims
from tests.helpers import kept, watch

_scratch = tempfile.TemporaryDirectory(prefix="course-tests-")
os.environ["COURSE_WORK"] = _scratch.name  # never the learner's own
os.environ["COURSE_PROGRESS"] = str(
    Path(_scratch.name) / "progress.json"
)  # never the learner's own
# One for the whole run: workers take it over from the process that starts them.
os.environ.setdefault(kept.VARIABLE, str(Path(_scratch.name) / "kept"))
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

# The same examples in every run: a submission must not depend on luck. Vary them by hand when
# looking for trouble: pytest --hypothesis-profile=default
hypothesis.settings.register_profile("course", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("course")

CELL_SECONDS = 120
# Measured, so that a quick run stays quick: tools/measure/slow.py writes it.
SLOW = set(Path(__file__).with_name("slow.txt").read_text(encoding="utf-8").splitlines())


# What takes longest starts first, so that no worker is left with it at the end.
# Solved pages stand before whatever takes over from them (tests/helpers/kept.py).
LONGEST = (
    *(f"{number}_" for number in ("05", "04", "07", "10", "11", "15", "08", "14", "06", "13")),
    "tests/cases/test_manifest",
    "tests/test_style",
    *(f"notebooks/{number}" for number in ("05", "10", "07", "04")),
    "notebooks/",
    "tests/ejection_fraction/",
    "tests/segment/test_training",
    "tests/notebooks/",
    "tests/segment/",
    "tests/saliency/",
)


class NotebookRules:
    """What nbval lacks, for a learner's notebook as it is: a time limit per cell; no marked cell
    without a stored output; every claim holds; every exercise is 'not attempted yet'.

    Its kernels compute on two threads where nothing runs beside them; beside another worker on one,
    because two threads that share a core spend a quarter more on the same training.
    """

    def __init__(self, folder):
        self.folder, self.done = Path(folder), 0

    @pytest.hookimpl(wrapper=True)  # around the start of the kernel
    def pytest_runtest_setup(self, item):
        if not hasattr(item, "cell"):  # only nbval's items have one
            return (yield)
        before = dict(os.environ)
        if item.parent.kernel is None:
            self._prepare(item.parent.nb)
        self._hold_to_rules(item, item.cell)
        try:
            return (yield)
        finally:
            os.environ.clear()
            os.environ.update(before)

    @staticmethod
    def _hold_to_rules(item, cell):
        page = item.parent.nb.metadata
        seconds = cell.metadata.get("nbval_timeout", page.get("nbval_timeout", CELL_SECONDS))
        item.config.option.nbval_cell_timeout = float(seconds)
        if item.options["check"] and not item.options["skip"] and cell.execution_count is None:
            pytest.fail(
                "marked NBVAL_CHECK_OUTPUT, and the notebook has no stored output; build it again",
                pytrace=False,
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        result = yield
        if hasattr(item, "cell"):
            said = self._untrue(item) + self._attempted()
            if said:
                pytest.fail("\n".join(said), pytrace=False)
        return result

    def _prepare(self, notebook):
        claims.ask(self.folder, notebook.cells)
        (self.folder / watch.FILE).unlink(missing_ok=True)
        (self.folder / watch.FILE).touch()
        self.done = 0
        lines = watch.line(self.folder), kept.line(os.environ[kept.VARIABLE])
        os.environ.update(claims.watched(self.folder, *lines))
        if "PYTEST_XDIST_WORKER" not in os.environ:
            os.environ.update(dict.fromkeys(THREADS, "2"))

    def _untrue(self, item):
        return [
            f"the claim `{row['claim']}` does not hold ({row['values']})"
            for row in claims.read(self.folder)
            if row["cell"] == item.cell.source and row["state"] == claims.UNTRUE
        ]

    def _attempted(self):
        """What the exercises of this cell said, unless it is 'not attempted'."""
        verdicts = watch.read(self.folder)["verdicts"]
        new, self.done = verdicts[self.done :], len(verdicts)
        return [f"{row['check']}: {row}" for row in new if row["status"] != "not attempted"]


def pytest_configure(config):
    folder = Path(_scratch.name) / "nbval"
    folder.mkdir()
    config.pluginmanager.register(NotebookRules(folder), "notebook-rules")
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(Sharing(), "sharing")


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items):
    for item in items:
        if hasattr(item, "cell") or item.nodeid in SLOW:
            item.add_marker(pytest.mark.slow)
    items.sort(key=_place)


def _group(nodeid):
    """What one worker does: a file, or all that is asked of one executed solution notebook."""
    file, _, test = nodeid.partition("::")
    lesson = re.search(r"\[(\d\d_\w+)\]$", test) if file.endswith("test_notebooks.py") else None
    return lesson[1] if lesson else file


def _place(item):
    group = _group(item.nodeid)
    return next((n for n, start in enumerate(LONGEST) if group.startswith(start)), len(LONGEST))


class Sharing:
    """How workers of pytest-xdist share the tests; registered only where that is installed."""

    @staticmethod
    def pytest_xdist_make_scheduler(config, log):
        from xdist.scheduler import LoadScopeScheduling

        class ByGroup(LoadScopeScheduling):
            def _split_scope(self, nodeid):
                return _group(nodeid)

        return ByGroup(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture
def shared():
    """What a page or a test of this run has computed is taken over. Not for a test that asks whether
    the same comes out again."""
    with kept.within(os.environ[kept.VARIABLE]):
        yield


@pytest.fixture
def progress_file(tmp_path, monkeypatch):
    """A progress file that does not exist yet, and a session that has recorded nothing."""
    from course_utils.checks import record

    file = tmp_path / "my_progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(file))
    monkeypatch.setattr(record, "_pending", [])
    monkeypatch.setattr(record, "_said", set())
    return file


@pytest.fixture
def lesson(progress_file):
    """A lesson with an exercise of each depth, one that has a defect, and a question."""
    from course_utils.checks import lesson as core
    from course_utils.checks.lesson import Lesson, Wrong

    made = Lesson("99_test")

    @made.exercise(
        depth="change", hints=("First.", "Second."), solution="factor = 2", right="Yes, `2`."
    )
    def factor(value):
        if core.number(value) != 2:
            raise Wrong("Not two.")

    @made.exercise(
        depth="write", hints=("Only.",), solution="def f(x):\n    return x", right="Yes."
    )
    def identity(learners, *, image):
        if core.function(learners)(image) is not image:
            raise Wrong("Something else came back.")

    @made.exercise(depth="press", hints=("Only.",), solution="panel.set(gain=3)", right="Yes.")
    def gain(panel):
        return f"Gain {core.panel(panel, 'gain')['gain']}."

    @made.exercise(depth="change", hints=("Only.",), solution="a, b = 1, 2", right="Yes.")
    def two(a, b):
        raise RuntimeError("a defect of the check")

    made.quiz(
        "quiz_1", "Is `it`?", a=("yes", "No, it is not."), b=("no <b>", "Right: it is not.", True)
    )
    return made
