"""The one door to Keras, from lesson 04 on: `from course_utils.segment.backend import keras`.

Keras builds networks, TensorFlow calculates for it. Both are imported here and nowhere else, so
that the settings are made in time: TensorFlow as the calculator, as many threads as this process
has processor cores (Binder gives one or two of a machine with many), and none of the lines that
TensorFlow writes at its start, which would stand in a notebook as if something were wrong.

Settings from outside win: TF_NUM_INTRAOP_THREADS, TF_NUM_INTEROP_THREADS, TF_CPP_MIN_LOG_LEVEL.
The import takes about 3 s and 550 MB of memory; nothing in lessons 00 to 03 pays for it.
"""

import contextlib
import ctypes
import gc
import os
import platform
import sys

from course_utils.core import accept, computer
from course_utils.core.errors import SetupError

LARGEST_SEED = 2**32 - 1


@contextlib.contextmanager
def quiet():
    """Silence what compiled libraries write to stderr inside a `with` block. Python's own
    exceptions and warnings raised in it are not lost."""
    # TensorFlow's first lines come before its own log level counts: only the file itself helps.
    try:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # no stderr at all, as under pythonw on Windows: nothing to silence
        yield
        return
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def seed(number):
    """Start all random numbers anew: Python's, NumPy's and those of Keras.

    number: a whole number from 0 to 4294967295. On one machine, with one number of threads, the
    same seed gives the same starting weights. Raises DataError for anything else.
    """
    keras.utils.set_random_seed(accept.whole(number, "seed", 0, LARGEST_SEED))


def ready(model):
    """Make the optimiser's variables of a compiled network now, not in its first step.

    `fit` writes the step down as a graph. Where variables come into being on the way, TensorFlow
    throws that graph away and writes it down once more, which takes seconds for a small U-Net.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _keep_memory():
    """Let the C library keep freed memory for the next step of a training.

    A step takes and frees some 30 MB. glibc gives them back to the system each time, and the system
    hands out zeroed pages again: up to a third of the processor time of a small network.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    largest, kept = 32 * 2**20, 128 * 2**20  # what is larger goes back at once, as before
    for option, value in (
        (-3, largest),
        (-1, kept),
        (-2, kept),
    ):  # M_MMAP_, M_TRIM_THRESHOLD, TOP_PAD
        ctypes.CDLL(None).mallopt(option, value)


def _prepare():
    _keep_memory()
    threads = str(computer.cores())
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", threads)
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"


@contextlib.contextmanager
def _no_search():
    """No search for garbage while a library is imported, nor later among what it brought: a fifth of
    the processor time of the import, and each later search would go through a million objects."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if searched:
            gc.enable()


def _missing(problem):
    """The sentence for a TensorFlow that cannot be imported."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return (
            "TensorFlow has no build for Macs with an Intel processor, so lessons from 04 on "
            "cannot run here. Open them on Binder (the button in README.md) or on another "
            "computer; lessons 00 to 03 work here."
        )
    if isinstance(problem, ModuleNotFoundError) and problem.name in ("keras", "tensorflow"):
        return (
            f"{problem.name} is not installed for this Python ({sys.executable}). Run "
            f"'{computer.COMMAND}' once, and open the lesson from the page that it shows."
        )
    hint = (
        " On Windows, install the Microsoft Visual C++ Redistributable first."
        if sys.platform == "win32"
        else ""
    )
    return (
        f"TensorFlow is installed but does not start: {problem}.{hint} If it stays so, delete "
        f".venv and run '{computer.COMMAND}'."
    )


def _import():
    _prepare()
    try:
        with quiet(), _no_search():
            import tensorflow

            tensorflow.constant(1)  # wakes the devices, whose lines belong to the start too
            import keras
    except ImportError as problem:
        raise SetupError(_missing(problem)) from problem
    if keras.backend.backend() != "tensorflow":
        raise SetupError(
            f"Keras was started with {keras.backend.backend()} before the course was; the course "
            "needs TensorFlow. Restart the kernel and import course_utils.segment.backend first."
        )
    return keras, tensorflow


keras, tensorflow = _import()
