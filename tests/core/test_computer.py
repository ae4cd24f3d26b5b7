"""What this computer has: a container's limits count."""

import ctypes
from types import SimpleNamespace

import pytest

from course_utils.core import computer


def test_limits_of_a_container_count(monkeypatch):
    monkeypatch.setenv("MEM_LIMIT", "2147483648")
    monkeypatch.setenv("CPU_LIMIT", "1.0")
    assert computer.memory() == 2147483648
    assert computer.cores() == 1
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert computer.variables()["OMP_NUM_THREADS"] == "1"


def test_memory_is_read_on_windows(monkeypatch):
    class Kernel:
        @staticmethod
        def GlobalMemoryStatusEx(pointer):
            pointer._obj.total = 8 * 10**9
            return 1

    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=Kernel), raising=False)
    monkeypatch.setattr(computer.sys, "platform", "win32")
    assert computer._installed_memory() == 8 * 10**9


def test_variables_leave_alone_what_is_set(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NO_ALBUMENTATIONS_UPDATE", raising=False)
    found = computer.variables()
    assert "OMP_NUM_THREADS" not in found and found["NO_ALBUMENTATIONS_UPDATE"] == "1"


@pytest.mark.parametrize(
    ("quota", "limit", "expected"),
    [
        ("200000 100000", "", 2),
        ("50000 100000", "", 1),
        ("max 100000", "", 8),
        ("", "3.5", 3),
        ("100000 100000", "4", 1),
        ("rubbish", "rubbish", 8),
        ("100000 0", "0", 8),
    ],
)
def test_the_smallest_limit_of_cores_counts(monkeypatch, quota, limit, expected):
    monkeypatch.setattr(computer.os, "sched_getaffinity", lambda _: range(8), raising=False)
    monkeypatch.setattr(computer, "_text", lambda path: quota)
    monkeypatch.setenv("CPU_LIMIT", limit)
    assert computer.cores() == expected


def test_no_library_gets_more_than_four_threads(monkeypatch):
    for name in computer.THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(computer, "cores", lambda: 64)
    assert {computer.variables()[name] for name in computer.THREADS} == {"4"}


def test_memory_that_nothing_tells_is_unknown(monkeypatch):
    monkeypatch.delenv("MEM_LIMIT", raising=False)
    monkeypatch.setattr(computer, "_text", lambda path: "max")
    monkeypatch.setattr(computer, "_installed_memory", lambda: None)
    assert computer.memory() is None
    monkeypatch.setattr(computer, "_installed_memory", lambda: 8e9)
    assert computer.memory() == 8e9
