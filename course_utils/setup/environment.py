"""Is this computer ready for the course? One plain verdict per requirement, and what to do.

Standard library only: it works before anything is installed, and it never imports TensorFlow.
"""

import html
import platform
import shutil
import struct
import subprocess
import sys
import tomllib
from pathlib import Path

from course_utils.core.computer import COMMAND, GB, cores, memory
from course_utils.setup import pins

ROOT = pins.ROOT
SAYS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
OK, LOOK, STOP = "ok", "look", "stop"
PYTHONS = ((3, 11), (3, 13))  # the oldest and the newest that the course is tested with


def verdicts(*sections):
    """What the course needs and what is here: a list of (name, verdict, sentence).

    The verdict is 'ok', 'look' (works, with a limit worth knowing) or 'stop' (lessons will not
    work).
    `sections` names the sections of requirements.txt to look at; none means all.
    """
    found = [_python()]
    found += [_package(pin) for pin in pins.read(*sections)]
    if not any("tensorflow" in pin.name for pin in pins.read(pins.LESSONS)):
        found.append(_said("tensorflow", "package", "no_build"))
    return [*found, _memory(), _cores(), _disk(), _widgets(), _gpu()]


def overall(found):
    """The verdict over a list of verdicts, and one sentence: (verdict, sentence)."""
    worst = [[name for name, verdict, _ in found if verdict == kind] for kind in (STOP, LOOK)]
    if worst[0]:
        return (
            STOP,
            f"not ready: {len(worst[0])} to put right ({_few(worst[0])}). Start with {COMMAND}",
        )
    if worst[1]:
        return LOOK, f"ready, with something to know about: {_few(worst[1])}"
    return OK, "ready"


def report():
    """The verdicts for a lesson, as an object that shows itself as a table (or as text)."""
    return Report(verdicts(pins.LESSONS, pins.LAB))


class Report:
    """A list of verdicts that displays itself; packages that are as they should be share one
    row."""

    def __init__(self, found):
        """`found` is what `verdicts` returns."""
        self.verdicts = found
        self.overall = overall(found)

    @property
    def rows(self):
        """(name, verdict, sentence) as shown, the overall verdict last."""
        names = {pin.name for pin in pins.read()}
        good = [row for row in self.verdicts if row[0] in names and row[1] == OK]
        shown = [row for row in self.verdicts if row not in good]
        if good:
            shown.insert(
                1, ("Packages", OK, f"{len(good)} at the versions the course was tested with")
            )
        return [*shown, ("Overall", *self.overall)]

    def __str__(self):
        return "\n".join(line(*row) for row in self.rows)

    __repr__ = __str__

    def _repr_html_(self):
        body = "".join(
            f"<tr><td style='text-align:left'>{html.escape(name)}</td><td><b>{verdict}</b></td>"
            f"<td style='text-align:left'>{html.escape(sentence)}</td></tr>"
            for name, verdict, sentence in self.rows
        )
        return (
            "<table><thead><tr><th scope='col'>What</th><th scope='col'>Verdict</th>"
            f"<th scope='col'>What that means</th></tr></thead><tbody>{body}</tbody></table>"
        )


def line(name, verdict, sentence):
    """One verdict as a line of text."""
    return f"{verdict:<5} {name:<24} {sentence}"


def wrong_python():
    """What is wrong with the running Python, as one sentence, or None."""
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        return f"this is Python {platform.python_version()}; the course needs 3.11, 3.12 or 3.13"
    if struct.calcsize("P") != 8:
        return (
            "this Python is a 32-bit build; install the 64-bit one, the packages exist for no other"
        )
    return None


def _said(name, topic, case, /, **facts):
    """(name, verdict, sentence) of a case of environment.toml, its facts filled in."""
    verdict, sentence = SAYS[topic][case]
    return name, verdict, sentence.format(command=COMMAND, **facts)


def _python():
    wrong = wrong_python()
    if wrong:
        return _said("Python", "python", "wrong", why=wrong)
    version = platform.python_version()
    return _said("Python", "python", "good", version=version, program=sys.executable)


def _package(pin):
    have, case = pin.installed, "missing"
    if have == pin.version:
        case = "exact"
    elif pin.section == pins.LAB and have:
        case = "server"
    elif pin.section == pins.TESTS:
        case = "tests"
    elif have:
        case = "other"
    return _said(pin.name, "package", case, have=have or "not installed", wanted=pin.version)


def _memory():
    size = memory()
    if size is None:
        return _said("Memory", "memory", "unknown")
    case = "small" if size < 1.5 * GB else "tight" if size < 3.5 * GB else "good"
    return _said("Memory", "memory", case, have=size / GB)


def _cores():
    number = cores()
    return _said("Processor cores", "cores", "one" if number == 1 else "good", number=number)


def _disk():
    free = shutil.disk_usage(ROOT).free
    need = 0.5 * GB if pins.satisfied(pins.LESSONS) else 3 * GB
    case = "full" if free < need else "good"
    return _said("Disk", "disk", case, have=free / GB, need=need / GB)


def _widgets():
    have = [(name, pins.version(name)) for name in ("ipywidgets", "jupyterlab-widgets")]
    if not all(number for _, number in have):
        return _said("Widgets", "widgets", "missing")
    text = " and ".join(f"{name} {number}" for name, number in have)
    fits = [str(number).split(".")[0] for _, number in have] == ["8", "3"]
    return _said("Widgets", "widgets", "good" if fits else "apart", have=text)


def _gpu():
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return _said("GPU", "gpu", "none")
    try:
        listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        listed = ""
    name = listed.partition(":")[2].partition("(")[0].strip()
    return _said("GPU", "gpu", "found" if name else "silent", name=name)


def _few(names):
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
