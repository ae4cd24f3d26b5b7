"""requirements.txt is read as pip reads it."""

import re
from importlib import metadata

import pytest

from course_utils.setup import pins

TEXT = """\
# a comment
# --- Lessons ---
numpy==2.4.6  # all lessons: pixels
a-b.c_d==1.0.post1 ; sys_platform == "linux" and platform_machine == "x86_64"  # 04
# --- JupyterLab on your own computer ---
jupyterlab==4.6.6
"""


def test_parse_finds_name_version_marker_reason_and_section():
    first, second, third = pins.parse(TEXT)
    assert (first.name, first.version, first.why, first.section) == (
        "numpy",
        "2.4.6",
        "all lessons: pixels",
        pins.LESSONS,
    )
    assert second.marker == 'sys_platform == "linux" and platform_machine == "x86_64"'
    assert (second.version, third.section, third.why) == ("1.0.post1", pins.LAB, "")


@pytest.mark.parametrize(
    "system, machine, expected",
    [
        ("linux", "x86_64", "tensorflow-cpu"),
        ("linux", "aarch64", "tensorflow"),
        ("darwin", "arm64", "tensorflow"),
        ("win32", "AMD64", "tensorflow"),
        ("darwin", "x86_64", None),
    ],
)
def test_one_tensorflow_per_computer(monkeypatch, system, machine, expected):
    monkeypatch.setattr(pins.sys, "platform", system)
    monkeypatch.setattr(pins.platform, "machine", lambda: machine)
    found = [pin.name for pin in pins.read() if "tensorflow" in pin.name]
    assert found == ([expected] if expected else [])


def test_markers_agree_with_pip():
    markers = pytest.importorskip("packaging.markers")
    with_marker = [pin for pin in pins.parse(pins.REQUIREMENTS.read_text()) if pin.marker]
    assert with_marker
    for pin in with_marker:
        assert pin.applies == markers.Marker(pin.marker).evaluate(), pin.line


def test_every_line_of_requirements_is_pinned_once_and_says_what_for():
    text = pins.REQUIREMENTS.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = pins.parse(text)
    assert len(found) == len(lines) == len({pin.name for pin in found})
    assert all(pin.why for pin in found)
    assert {pin.section for pin in found} == {pins.LESSONS, pins.LAB, pins.TESTS}


def test_requirements_name_one_cv2_and_the_last_free_albumentations():
    names = {pin.name: pin for pin in pins.parse(pins.REQUIREMENTS.read_text(encoding="utf-8"))}
    assert [name for name in names if "opencv" in name] == ["opencv-python-headless"]
    assert names["albumentations"].version == "2.0.8" and "(held)" in names["albumentations"].why


def test_the_lock_holds_every_direct_pin_with_hashes_and_no_address():
    text = pins.LOCK.read_text(encoding="utf-8")
    held = set(re.findall(r"^([a-z0-9.-]+==[^\s;]+)", text, re.M))
    for pin in pins.parse(pins.REQUIREMENTS.read_text(encoding="utf-8")):
        assert f"{pin.name.lower()}=={pin.version}" in held, pin.line
    assert len(held) > 100
    entries = re.sub(r" \\\n +", " ", re.sub(r"^#.*\n", "", text, flags=re.M)).splitlines()
    form = re.compile(r"[a-z0-9.-]+==[0-9a-z.]+( ; [^/@]+?)?( --hash=sha256:[0-9a-f]{64})+")
    assert [entry[:80] for entry in entries if not form.fullmatch(entry)] == []
    assert len(entries) == len(held)


def test_satisfied_wants_exact_lessons_but_any_jupyterlab(monkeypatch):
    have = {pin.name: pin.version for pin in pins.read()}
    monkeypatch.setattr(pins, "version", have.get)
    assert pins.satisfied()
    have["jupyterlab"] = "4.4.9"
    assert pins.satisfied(pins.LESSONS, pins.LAB)
    have["numpy"] = "2.4.5"
    assert not pins.satisfied(pins.LESSONS, pins.LAB)
    have["numpy"] = None
    assert not pins.satisfied(pins.LESSONS)


def test_the_gpu_build_counts_as_tensorflow(monkeypatch):
    def version(name):
        if name == "tensorflow":
            return "2.21.0"
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(pins.metadata, "version", version)
    assert pins.version("tensorflow-cpu") == "2.21.0"
    assert pins.version("numpy") is None
