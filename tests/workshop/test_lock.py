"""The workshop's own lock: every direct pin is in it, with hashes, and what the course has too is the course's."""

import re

from course_utils.setup import pins
from tests.conftest import ROOT
from tools import lock

FOLDER = ROOT / "workshop"


def test_it_holds_every_pin_with_hashes_and_shares_the_courses_versions():
    text = (FOLDER / "lock.txt").read_text(encoding="utf-8")
    held = dict(lock.PIN.findall(lock.without_hashes(text)))
    asked = dict(lock.PIN.findall((FOLDER / "requirements.txt").read_text(encoding="utf-8")))
    assert asked and asked.items() <= held.items()
    assert all(line.count("--hash=sha256:") for line in re.split(r"\n(?=\w)", text)[1:])
    assert "://" not in text
    course = dict(lock.PIN.findall(lock.without_hashes(pins.LOCK.read_text(encoding="utf-8"))))
    both = held.keys() & course.keys()
    assert {"jupyterlab", "ipywidgets", "anywidget", "jupyterlab-widgets"} <= both
    assert {name: held[name] for name in both} == {name: course[name] for name in both}


def test_the_course_itself_needs_nothing_of_it():
    text = pins.LOCK.read_text(encoding="utf-8") + pins.REQUIREMENTS.read_text(encoding="utf-8")
    for name in ("jupyterhub", "nbgrader", "dask", "distributed", "faiss"):
        assert name not in text
