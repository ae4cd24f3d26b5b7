"""Which packages the course needs, at which version: requirements.txt, read and compared.

Standard library only, because it is used before anything is installed.
"""

import platform
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
LOCK = ROOT / "binder" / "lock.txt"  # every package that is installed, with its hashes
BOOK_REQUIREMENTS = ROOT / "docs" / "book" / "requirements.txt"  # the tools of the web book
BOOK_LOCK = ROOT / "docs" / "book" / "lock.txt"

LESSONS, LAB, TESTS = "Lessons", "JupyterLab", "Tests"  # the first word of each section's heading

# The GPU build is the same library under another name.
SAME = {"tensorflow-cpu": "tensorflow"}

_LINE = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;#]+)\s*(?:;(?P<marker>[^#]*))?(?:#\s*(?P<why>.*))?$"
)
_TEST = re.compile(r"^(\w+) *(==|!=) *[\"']([^\"']+)[\"']$")


@dataclass(frozen=True)
class Pin:
    """One line of requirements.txt: a package, its version, where it applies and what it is for."""

    name: str
    version: str
    marker: str
    why: str
    section: str
    line: str

    @property
    def applies(self):
        """Does this line apply to the computer this runs on?"""
        return _true(self.marker)

    @property
    def installed(self):
        """The version the running Python has, or None."""
        return version(self.name)


def parse(text):
    """The `Pin`s in the text of a requirements.txt, in its order."""
    found, section = [], ""
    for line in text.splitlines():
        if line.startswith("# --- "):
            section = line[6:].split()[0]
        match = _LINE.match(line.strip())
        if match:
            found.append(
                Pin(
                    match["name"],
                    match["version"],
                    (match["marker"] or "").strip(),
                    (match["why"] or "").strip(),
                    section,
                    line.rstrip(),
                )
            )
    return found


def read(*sections):
    """The `Pin`s of requirements.txt that apply to this computer, all or those of the named
    sections."""
    pins = parse(REQUIREMENTS.read_text(encoding="utf-8"))
    return [pin for pin in pins if pin.applies and (not sections or pin.section in sections)]


def version(name):
    """The version of the package `name` that the running Python has, or None; imports nothing."""
    for known in (name, SAME.get(name)):
        try:
            found = metadata.version(known) if known else None
        except metadata.PackageNotFoundError:
            found = None
        if found:
            return found
    return None


def satisfied(*sections):
    """Does the running Python have what requirements.txt asks for in these sections?

    The lessons' packages and those of the tests must have exactly the pinned version. JupyterLab
    may be any: Binder and hospital servers bring their own, and the lessons are tested on 4.4 as
    well.
    """
    return all(
        pin.installed if pin.section == LAB else pin.installed == pin.version
        for pin in read(*sections)
    )


def _true(marker):
    """Evaluate the few markers that requirements.txt uses: and, or, == and != on two names."""
    values = {"sys_platform": sys.platform, "platform_machine": platform.machine()}

    def _holds(test):
        name, sign, value = _TEST.match(test.strip()).groups()
        return (values[name] == value) == (sign == "==")

    return not marker or any(
        all(_holds(test) for test in option.split(" and ")) for option in marker.split(" or ")
    )
