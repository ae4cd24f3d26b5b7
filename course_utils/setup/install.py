"""The course's own environment in `.venv`: made, completed, repaired; standard library only.

A mark in the folder says that work is going on and a stamp that it was finished, so a half-made
environment is never used: the next run makes it anew.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from course_utils.core import errors
from course_utils.setup import pins, trouble

ROOT = pins.ROOT
VENV = ROOT / ".venv"
SPACE = 3e9  # bytes that a whole set-up takes, downloads included
# It makes every `import nbformat` (so every start of JupyterLab, nbval or papermill) about a
# second slower, and only checks a kind of web address that no notebook has; jsonschema does
# without it.
SLOW = "rfc3987-syntax"


def python_for(*sections):
    """The Python to use for these sections of requirements.txt; makes or repairs `.venv` where
    needed.

    The running Python is used as it is if it has what is needed (Binder, conda, an active
    environment).
    Raises `errors.SetupError` with one sentence when that cannot be done.
    """
    if pins.satisfied(*sections) and not (_inside() and _mark().exists()):
        return Path(sys.executable)
    if not ready():
        set_up()
    return python()


def python():
    """The path of the interpreter in `.venv`, whether it exists or not."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ready():
    """Is `.venv` finished, for the present pins, and are the pinned packages still in it?"""
    if _mark().exists() or not python().exists() or not _stamp().exists():
        return False
    wanted = {(_plain(pin.name), pin.version) for pin in pins.read()}
    have = {(_plain(name), number) for name, number in _distributions()}
    have |= {
        (cpu, number) for cpu, gpu in pins.SAME.items() for name, number in have if name == gpu
    }
    return _stamp().read_text(encoding="utf-8").strip() == fingerprint() and wanted <= have


def fingerprint():
    """A short hash of requirements.txt and the constraints: it changes when they do."""
    both = pins.REQUIREMENTS.read_bytes() + pins.CONSTRAINTS.read_bytes()
    return hashlib.sha256(both.replace(b"\r\n", b"\n")).hexdigest()[:16]


def set_up():
    """Make `.venv` and install everything into it, with news on the way; log in build/setup.log.

    Raises `errors.SetupError` with one sentence; what is left behind is recognised by the next run.
    """
    with _plain_words(), _alone(), _stoppable():
        _check_room()
        began = time.monotonic()
        print(
            f"Setting up the course in {VENV}.\n"
            "This happens once, takes 2 to 4 minutes on a fast line and about 3 GB of disk.",
            flush=True,
        )
        _make()
        _pip(
            [
                "install",
                "--prefer-binary",
                "-r",
                str(pins.REQUIREMENTS),
                "-c",
                str(pins.CONSTRAINTS),
            ],
            news=True,
        )
        _pip(["uninstall", "-y", SLOW])
        # matplotlib lists the fonts at its first import: now, and not in the middle of the first
        # lesson.
        subprocess.run([str(python()), "-c", "import matplotlib.font_manager"], capture_output=True)
        part = _stamp().with_name("course_stamp.part")
        part.write_text(fingerprint() + "\n", encoding="utf-8")
        os.replace(part, _stamp())
        _mark().unlink()
        print(f"Done in {time.monotonic() - began:.0f} s.", flush=True)


def _make():
    """An empty environment with pip in it, marked as unfinished. A half-made one is removed
    first."""
    if _mark().exists() or (VENV.exists() and not _works()):
        if _inside():
            raise errors.SetupError(
                "This environment is half made and cannot repair itself: leave it (deactivate), "
                "then run the same command with the Python you installed."
            )
        print("An earlier set-up did not finish: starting again.", flush=True)
        trouble.removing(shutil.rmtree, VENV)
    VENV.mkdir(exist_ok=True)
    _mark().touch()
    if python().exists():
        return
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if done.returncode:
        _log().write_text(done.stdout + done.stderr, encoding="utf-8")
        raise errors.SetupError(trouble.venv_sentence(done.stdout + done.stderr))


def _works():
    try:
        return (
            subprocess.run(
                [str(python()), "-m", "pip", "--version"], capture_output=True
            ).returncode
            == 0
        )
    except OSError:
        return False


def _pip(arguments, news=False):
    """Run pip in `.venv`; everything it says goes to the log, a failure becomes one sentence."""
    command = [str(python()), "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]
    if news:
        command += ["--retries", "3", "--timeout", "30", "--progress-bar", "off"]
    env = {
        name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")
    }
    env |= {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "PIP_USER": "0"}
    said = []
    with (
        open(_log(), "w" if news else "a", encoding="utf-8") as log,
        contextlib.ExitStack() as stack,
    ):
        process = stack.enter_context(
            subprocess.Popen(
                command,
                env=env,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                stderr=subprocess.STDOUT,
                errors="replace",
                cwd=ROOT,
            )
        )
        stack.callback(process.kill)  # whatever happens here, pip does not go on alone
        progress = stack.enter_context(_Progress()) if news else None
        for text in process.stdout:
            log.write(text)
            said.append(text)
            if progress:
                progress.hear(text)
    if process.wait():
        raise errors.SetupError(trouble.pip_sentence("".join(said)))


class _Progress:
    """Turns pip's output into one line per package, and counts while pip installs in silence."""

    def __init__(self):
        self.fetching, self.total, self.told = 0, 0, time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def hear(self, text):
        """Take one line of pip's output."""
        words = text.split()
        if words[:1] == ["Downloading"] or words[:2] == ["Using", "cached"]:
            name = words[2 if words[0] == "Using" else 1].rsplit("/", 1)[-1]
            if not name.endswith(".metadata"):
                self.fetching += 1
                what, size = " ".join(name.split("-")[:2]), " ".join(words[-2:])
                self.tell(f"  {self.fetching:3} fetching {what} {size}")
        elif text.startswith("Installing collected packages"):
            self.total = text.count(",") + 1
            self.tell(f"  installing {self.total} packages, about a minute")

    def tell(self, text):
        """Print one line of news."""
        self.told = time.monotonic()
        print(text, flush=True)

    def _watch(self):
        told = 0
        while not self._stop.wait(1):
            number = min(len(list(_distributions())), self.total)
            if number >= told + 20:
                told = number
                self.tell(f"  {number} of {self.total} installed")
            elif time.monotonic() - self.told > 20:
                self.tell("  still working")


@contextlib.contextmanager
def _alone():
    """Hold the set-up lock, which the system releases even if this process is killed."""
    (ROOT / "build").mkdir(exist_ok=True)
    with open(ROOT / "build" / "setup.lock", "a") as file:
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise errors.SetupError(
                "Another set-up of this folder is running: "
                "wait until it is done, then run the same command again."
            ) from None
        yield


@contextlib.contextmanager
def _stoppable():
    """A closed terminal or a polite kill ends pip too, instead of leaving it alone with the
    folder."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {
        name: signal.signal(getattr(signal, name), lambda number, _: sys.exit(128 + number))
        for name in names
    }
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


@contextlib.contextmanager
def _plain_words():
    try:
        yield
    except OSError as error:
        raise errors.SetupError(trouble.file_sentence(error, ROOT)) from None


def _check_room():
    need = SPACE / 3 if python().exists() and not _mark().exists() else SPACE
    free = shutil.disk_usage(ROOT).free
    if free < need:
        raise errors.SetupError(trouble.space_sentence(need, free))


def _mark():
    return VENV / "course_unfinished"


def _stamp():
    return VENV / "course_stamp"


def _log():
    return ROOT / "build" / "setup.log"


def _inside():
    return Path(sys.prefix).resolve() == VENV.resolve()


def _distributions():
    """(name, version) of what lies in `.venv`, read from folder names: no start of its Python
    needed."""
    for pattern in ("lib/python3*/site-packages", "Lib/site-packages"):
        for place in VENV.glob(pattern):
            for folder in place.glob("*.dist-info"):
                name, _, number = folder.name.removesuffix(".dist-info").partition("-")
                yield name, number


def _plain(name):
    return name.lower().replace("_", "-").replace(".", "-")
