"""The verdicts of `check` and the report in lesson 00."""

import subprocess
import sys

import pytest

from course_utils.setup import environment, pins

KINDS = {environment.OK, environment.LOOK, environment.STOP}


def verdict(found, name):
    return next(row for row in found if row[0] == name)


def test_one_verdict_per_requirement():
    found = environment.verdicts()
    names = [name for name, _, _ in found]
    assert names[0] == "Python" and len(names) == len(set(names))
    assert {pin.name for pin in pins.read()} <= set(names)
    assert {"Memory", "Processor cores", "Disk", "Widgets", "GPU"} <= set(names)
    assert all(kind in KINDS and sentence for _, kind, sentence in found)


def test_missing_package_stops_another_version_is_named(monkeypatch):
    have = {pin.name: pin.version for pin in pins.read()} | {"jupyterlab-widgets": "3.0.17"}
    have |= {"numpy": None, "scipy": "0.1", "jupyterlab": "4.4.9", "pytest": None}
    monkeypatch.setattr(pins, "version", have.get)
    found = environment.verdicts()
    assert verdict(found, "numpy")[1] == environment.STOP and "lab" in verdict(found, "numpy")[2]
    assert verdict(found, "scipy")[1] == environment.LOOK and "0.1" in verdict(found, "scipy")[2]
    assert verdict(found, "jupyterlab")[1] == environment.OK  # Binder brings its own
    assert verdict(found, "pytest")[1] == environment.LOOK  # no lesson needs it
    assert environment.overall(found)[0] == environment.STOP


@pytest.mark.parametrize("gigabytes, expected", [(1.0, "stop"), (2.1, "look"), (16, "ok")])
def test_memory(monkeypatch, gigabytes, expected):
    monkeypatch.setattr(environment, "memory", lambda: gigabytes * 1e9)
    assert verdict(environment.verdicts(), "Memory")[1] == expected


@pytest.mark.parametrize("number, expected", [(1, "look"), (2, "ok")])
def test_cores(monkeypatch, number, expected):
    monkeypatch.setattr(environment, "cores", lambda: number)
    assert verdict(environment.verdicts(), "Processor cores")[1] == expected


def test_disk(monkeypatch):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: type("Use", (), {"free": 1e8}))
    assert verdict(environment.verdicts(), "Disk")[1] == environment.STOP


def test_widgets_that_do_not_belong_together(monkeypatch):
    have = {"ipywidgets": "8.1.9", "jupyterlab-widgets": "1.1.0"}
    monkeypatch.setattr(pins, "version", have.get)
    assert verdict(environment.verdicts(), "Widgets")[1] == environment.STOP
    have["jupyterlab-widgets"] = "3.0.17"
    assert verdict(environment.verdicts(), "Widgets")[1] == environment.OK


@pytest.mark.parametrize("version, word", [((3, 10, 1), "3.11"), ((3, 14, 0), "3.11")])
def test_wrong_python(monkeypatch, version, word):
    monkeypatch.setattr(environment.sys, "version_info", version)
    assert word in environment.wrong_python()
    assert environment.overall([("Python", environment.STOP, "")])[0] == environment.STOP


def test_no_gpu_is_no_fault(monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda _: None)
    assert verdict(environment.verdicts(), "GPU")[1] == environment.OK


def test_a_gpu_is_named(monkeypatch):
    said = subprocess.CompletedProcess([], 0, stdout="GPU 0: NVIDIA T4 (UUID: GPU-1)\n")
    monkeypatch.setattr(environment.shutil, "which", lambda name: name)
    monkeypatch.setattr(environment.subprocess, "run", lambda *_, **__: said)
    assert "NVIDIA T4" in verdict(environment.verdicts(), "GPU")[2]


def test_report_shows_itself_as_table_and_as_text(monkeypatch):
    monkeypatch.setattr(pins, "version", {pin.name: pin.version for pin in pins.read()}.get)
    report = environment.report()
    assert str(report).splitlines()[-1].split()[0] == report.overall[0]
    page = report._repr_html_()
    assert page.count("<tr>") == len(report.rows) + 1 and "scope='col'" in page
    assert len(report.rows) < 10  # packages that are right share one row
    assert report.rows[1][:2] == ("Packages", environment.OK)


def test_report_escapes_what_it_shows():
    page = environment.Report([("a<b", environment.OK, "c & d")])._repr_html_()
    assert "a&lt;b" in page and "c &amp; d" in page


def test_the_look_at_the_computer_imports_nothing_heavy():
    code = (
        "import sys; from course_utils.setup import environment; environment.verdicts(); "
        "print([m for m in ('numpy', 'tensorflow', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=environment.ROOT,
        timeout=60,
    )
    assert done.stdout.strip() == "[]", done.stderr
