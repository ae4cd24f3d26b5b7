"""What all tests share: paths, a quiet environment, a progress file, and rules for nbval.

Only `tests/` has a conftest. The rules for notebooks are registered for the whole run, because
nbval's cells lie outside this folder: pytest tests notebooks/*.ipynb --nbval-lax
"""

import os
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

_scratch = tempfile.TemporaryDirectory(prefix="course-tests-")
os.environ["COURSE_WORK"] = _scratch.name  # never the learner's own
os.environ["COURSE_PROGRESS"] = str(
    Path(_scratch.name) / "progress.json"
)  # never the learner's own
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

# The same examples in every run: a submission must not depend on luck. Vary them by hand when
# looking for trouble: pytest --hypothesis-profile=default
hypothesis.settings.register_profile("course", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("course")

CELL_SECONDS = 120


class NotebookRules:
    """What nbval lacks: a time limit per cell, and no marked cell without a stored output."""

    @staticmethod
    def pytest_runtest_setup(item):
        cell = getattr(item, "cell", None)  # only nbval's items have one
        if cell is None:
            return
        page = item.parent.nb.metadata
        seconds = cell.metadata.get("nbval_timeout", page.get("nbval_timeout", CELL_SECONDS))
        item.config.option.nbval_cell_timeout = float(seconds)
        if item.options["check"] and not item.options["skip"] and cell.execution_count is None:
            pytest.fail(
                "marked NBVAL_CHECK_OUTPUT, and the notebook has no stored output; build it again",
                pytrace=False,
            )


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than about three seconds")
    config.addinivalue_line("markers", "browser: needs Chromium and playwright")
    config.pluginmanager.register(NotebookRules(), "notebook-rules")


def pytest_collection_modifyitems(items):
    for item in items:
        if hasattr(item, "cell"):
            item.add_marker(pytest.mark.slow)


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

    made.quiz("Is `it`?", a=("yes", "No, it is not."), b=("no <b>", "Right: it is not.", True))
    return made
