"""The one door to Keras: its settings, its silence, its seeds, and what it says when it is shut."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.segment import backend

ROOT = Path(__file__).resolve().parents[2]


def run(code, **extra):
    """Run a few lines in a Python of their own; returns the finished process."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "KERAS_"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=bare | extra,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_keras_calculates_with_tensorflow():
    assert backend.keras.backend.backend() == "tensorflow"


def test_the_same_seed_gives_the_same_numbers_from_all_three_sources():
    import random

    def draw(number):
        backend.seed(number)
        return (
            random.random(),
            float(np.random.rand()),
            float(backend.keras.random.uniform(())),
            float(backend.keras.initializers.GlorotUniform()((2, 2))[0, 0]),
        )

    first, other, again = draw(5), draw(6), draw(np.int64(5))
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("wrong", [-1, 2**32, 1.5, "1", None, True])
def test_a_seed_is_a_whole_number(wrong):
    with pytest.raises(DataError, match="whole number"):
        backend.seed(wrong)


def test_quiet_silences_compiled_code_and_nothing_afterwards(capfd):
    with backend.quiet():
        os.write(2, b"from a compiled library\n")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


def test_quiet_lets_exceptions_through_and_gives_stderr_back(capfd):
    with pytest.raises(ZeroDivisionError), backend.quiet():
        raise ZeroDivisionError
    os.write(2, b"back\n")
    assert capfd.readouterr().err == "back\n"


@pytest.mark.slow
def test_import_writes_nothing_and_caps_threads_at_the_cores_of_this_process():
    done = run(
        "from course_utils.segment.backend import keras, tensorflow as tf; import os;"
        "from course_utils.core import computer;"
        "assert os.environ['TF_NUM_INTRAOP_THREADS'] == str(computer.cores());"
        "keras.Sequential([keras.layers.Dense(1)])(tf.ones((1, 1)))",
        CPU_LIMIT="1",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_settings_from_outside_win(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    backend._prepare()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "7"


BLOCK = (
    "import sys; sys.modules['tensorflow'] = None;"
    "import platform; {}\n"
    "from course_utils.core.errors import SetupError\n"
    "try:\n    import course_utils.segment.backend\n"
    "except SetupError as problem:\n    print(problem)"
)


def test_a_missing_tensorflow_is_one_sentence_with_the_command():
    done = run(BLOCK.format("pass"))
    assert "tensorflow is not installed" in done.stdout
    assert "python3 -m course_utils lab" in done.stdout


def test_an_intel_mac_is_told_that_there_is_no_build_and_where_to_go():
    done = run(BLOCK.format("sys.platform = 'darwin'; platform.machine = lambda: 'x86_64'"))
    assert "Intel" in done.stdout and "Binder" in done.stdout


def test_a_library_that_does_not_load_is_not_called_missing():
    text = backend._missing(ImportError("DLL load failed"))
    assert "does not start" in text and "DLL load failed" in text


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_memory_is_used_again_instead_of_fetched_anew():
    import resource

    def fetched(times):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(times):
            [np.ones(2**17) for _ in range(96)]  # 1 MB each
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    fetched(2)
    # Given back to the system, each of the five rounds would fetch 96 MB in pages anew.
    assert fetched(5) < 96 * 2**20 / resource.getpagesize()
