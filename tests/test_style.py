"""The style that a machine keeps: layout, slips, types."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = ("course_utils", "tests", "tools", "workshop")


def said(*command):
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    return done.returncode, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    "command", [("ruff", "format", "--check", *CODE), ("ruff", "check", "--no-cache", *CODE)]
)
def test_ruff_has_nothing_to_say(command):
    assert said(*command)[0] == 0, said(*command)[1]


def test_ruff_would_say_something(tmp_path):
    slip = tmp_path / "slip.py"
    slip.write_text("import os\n", encoding="utf-8")
    code, words = said("ruff", "check", "--config", str(ROOT / "pyproject.toml"), str(slip))
    assert code == 1 and "F401" in words


@pytest.mark.slow
def test_types_have_no_error():
    code, words = said("basedpyright", "--baselinemode=discard", "course_utils")
    assert code == 0, words
