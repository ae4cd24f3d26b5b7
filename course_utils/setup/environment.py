"""Is this computer ready for the course? One plain verdict per requirement, and what to do.

Standard library only: it works before anything is installed, and it never imports TensorFlow.
"""

import html
import platform
import shutil
import struct
import subprocess
import sys

from course_utils.core.computer import COMMAND, GB, cores, memory
from course_utils.setup import pins

ROOT = pins.ROOT
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
        found.append(
            (
                "tensorflow",
                LOOK,
                "no build exists for this computer: lessons 00 to 03 work here, "
                "open the later ones on Binder",
            )
        )
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


def _python():
    wrong = wrong_python()
    return (
        "Python",
        STOP if wrong else OK,
        wrong or f"{platform.python_version()} ({sys.executable})",
    )


def _package(pin):
    have = pin.installed
    if have == pin.version:
        return pin.name, OK, have
    if pin.section == pins.LAB and have:
        return pin.name, OK, f"{have} brought by this server; the lessons work with it"
    if pin.section == pins.TESTS:
        return (
            pin.name,
            LOOK,
            f"{have or 'not installed'}; only `test` and `run` need {pin.version}: they install it",
        )
    if have:
        return (
            pin.name,
            LOOK,
            f"{have}, tested with {pin.version}; if a lesson fails, delete .venv and run {COMMAND}",
        )
    return pin.name, STOP, f"not installed; {COMMAND} installs it"


def _memory():
    size = memory()
    if size is None:
        return "Memory", LOOK, "unknown; the lessons need 2 GB"
    have = f"{size / GB:.1f} GB"
    if size < 1.5 * GB:
        return "Memory", STOP, f"{have}; the lessons need 2 GB: use another computer or Binder"
    if size < 3.5 * GB:
        return (
            "Memory",
            LOOK,
            f"{have}; an open lesson takes 0.3 to 1.3 GB and keeps it: close one before the next",
        )
    return "Memory", OK, f"{have}; an open lesson takes 0.3 to 1.3 GB until it is closed"


def _cores():
    number = cores()
    if number == 1:
        return (
            "Processor cores",
            LOOK,
            "1; everything works, training takes about twice as long as stated",
        )
    return "Processor cores", OK, str(number)


def _disk():
    free = shutil.disk_usage(ROOT).free
    need = 0.5 * GB if pins.satisfied(pins.LESSONS) else 3 * GB
    have = f"{free / GB:.1f} GB free"
    if free < need:
        return "Disk", STOP, f"{have} of the {need / GB:.1f} GB needed: make room on this disk"
    return "Disk", OK, have


def _widgets():
    have = [(name, pins.version(name)) for name in ("ipywidgets", "jupyterlab-widgets")]
    if not all(number for _, number in have):
        return "Widgets", STOP, f"sliders will not show; {COMMAND} installs what they need"
    text = " and ".join(f"{name} {number}" for name, number in have)
    if have[0][1].split(".")[0] != "8" or have[1][1].split(".")[0] != "3":
        return "Widgets", STOP, f"{text} do not belong together: delete .venv and run {COMMAND}"
    return "Widgets", OK, text


def _gpu():
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "GPU", OK, "none found, none needed: every lesson is sized for a processor"
    try:
        listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        listed = ""
    name = listed.partition(":")[2].partition("(")[0].strip()
    if not name:
        return (
            "GPU",
            OK,
            "a driver is here, but no card answers; every lesson is sized for a processor",
        )
    return "GPU", OK, f"{name}; not used unless you install binder/requirements-gpu.txt"


def _few(names):
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
