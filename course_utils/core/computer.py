"""What this computer has: processor cores and memory, a container's limits counted; and the
command.

Standard library only: it is used before anything is installed.
"""

import os
import sys
from pathlib import Path

COMMAND = "python3 -m course_utils lab"
GB = 1e9
# How many threads each numerical library takes.
THREADS = (
    "OMP_NUM_THREADS OPENBLAS_NUM_THREADS OPENCV_FOR_THREADS_NUM TF_NUM_INTRAOP_THREADS".split()
)


def variables():
    """Environment variables that every kernel of the course should have and that are not set yet.

    They keep numerical libraries to the cores that are really there (at most 4, so that a shared
    machine stays usable), and keep albumentations from asking the network for its newest version.
    """
    threads = str(min(cores(), 4))
    wanted = dict.fromkeys(THREADS, threads) | {
        "TF_NUM_INTEROP_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",  # on Linux, what is freed goes back to the system sooner
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "NO_ALBUMENTATIONS_UPDATE": "1",
    }
    return {name: text for name, text in wanted.items() if name not in os.environ}


def cores():
    """Processor cores this process may use: a container's or Binder's limit counts, 1 at least."""
    usable = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    quota, _, period = _text("/sys/fs/cgroup/cpu.max").partition(" ")
    limits = [_number(os.environ.get("CPU_LIMIT", ""))]
    if _number(quota) and _number(period):
        limits.append(_number(quota) / _number(period))
    return max(1, int(min([usable, *filter(None, limits)])))


def memory():
    """Bytes of memory this process may use (a container's or Binder's limit counts), or None if
    unknown."""
    limits = [
        _number(os.environ.get("MEM_LIMIT", "")),
        _number(_text("/sys/fs/cgroup/memory.max")),
        _number(_text("/sys/fs/cgroup/memory/memory.limit_in_bytes")),
        _installed_memory(),
    ]
    return min(filter(None, limits), default=None)


def _installed_memory():
    if sys.platform == "win32":
        return _windows_memory()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def _windows_memory():
    import ctypes

    class _Status(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("total", ctypes.c_ulonglong),
            *[(f"other{number}", ctypes.c_ulonglong) for number in range(6)],
        ]

    status = _Status(length=ctypes.sizeof(_Status))
    done = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return status.total if done else None


def _text(path):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _number(text):
    try:
        return float(text) or None
    except ValueError:
        return None
