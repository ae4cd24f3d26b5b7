"""The course's own environment in `.venv`: made, completed, repaired; standard library only.

Every package is in `binder/lock.txt` with the hashes of its files, and nothing else is installed.
`uv` does it where it is on the path, and pip where not or where uv fails. A mark in the folder says
that work is going on and a stamp that it was finished, so a half-made environment is never used:
the next run makes it anew. What goes wrong becomes one sentence.
"""

import contextlib
import hashlib
import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from course_utils.core import errors
from course_utils.setup import pins, trouble

ROOT = pins.ROOT
VENV = ROOT / ".venv"
WHEELS = "wheels"  # a folder of packages beside the course, for a computer without a network
SPACE = 3e9  # bytes that a whole set-up takes, downloads included
# It makes every `import nbformat` (so every start of JupyterLab, nbval or papermill) about a
# second slower, and only checks a kind of web address that no notebook has; jsonschema does
# without it.
SLOW = "rfc3987-syntax"
MODELS = "keras"  # the package that wrote the models in sample_data


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
    """A short hash of requirements.txt and the lock: it changes when they do."""
    both = pins.REQUIREMENTS.read_bytes() + pins.LOCK.read_bytes()
    return hashlib.sha256(both.replace(b"\r\n", b"\n")).hexdigest()[:16]


def offline():
    """From now on packages come from the folder `wheels` alone, which tools/wheels.py fills.

    Raises `SetupError` where that folder holds none.
    """
    folder = ROOT / WHEELS
    if not any(folder.glob("*.whl")):
        raise errors.SetupError(
            f"There are no packages in the folder {folder}: fill it on a computer with internet, of the "
            "same system and with the same Python, by python3 tools/wheels.py, and copy the course."
        )
    os.environ.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=folder.resolve().as_uri())
    os.environ.pop("PIP_EXTRA_INDEX_URL", None)


def set_up():
    """Make `.venv` and install everything into it, with news on the way; log in build/setup.log.

    Raises `errors.SetupError` with one sentence; what is left behind is recognised by the next run.
    """
    with _plain_words(), _alone(), _stoppable():
        _check_room()
        _log().unlink(missing_ok=True)
        began = time.monotonic()
        print(
            f"Setting up the course in {VENV}.\n"
            "This happens once, takes 2 to 4 minutes on a fast line and about 3 GB of disk.",
            flush=True,
        )
        _make()
        locked(python(), pins.LOCK)
        _pip(["uninstall", "-y", SLOW])
        # matplotlib lists the fonts at its first import: now, and not in the middle of the first
        # lesson.
        subprocess.run([str(python()), "-c", "import matplotlib.font_manager"], capture_output=True)
        part = _stamp().with_name("course_stamp.part")
        part.write_text(fingerprint() + "\n", encoding="utf-8")
        os.replace(part, _stamp())
        _mark().unlink()
        print(f"Done in {time.monotonic() - began:.0f} s.", flush=True)


def complete():
    """Add the lessons' packages that the running Python lacks, and change none that it has.

    For a place that brings its own packages, such as Colab. Only Keras is brought to the course's
    version whatever is there: an older one cannot open the models that the course brings. Raises
    `errors.SetupError` with one sentence.
    """
    missing = [
        f"{pin.name}=={pin.version}"
        for pin in pins.read(pins.LESSONS)
        if not pin.installed or (pin.name == MODELS and pin.installed != pin.version)
    ]
    if not missing:
        return
    _log().parent.mkdir(exist_ok=True)
    held = {one.name: one.version for one in metadata.distributions() if one.name != MODELS}
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch) / "held.txt"
        constraints.write_text("".join(f"{name}=={held[name]}\n" for name in held), "utf-8")
        _pip(["install", "-q", "-c", str(constraints), *missing], sys.executable)
    importlib.invalidate_caches()


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
        removing(shutil.rmtree, VENV)
    VENV.mkdir(exist_ok=True)
    _mark().touch()
    if not python().exists():
        venv(VENV)


def venv(folder):
    """Make an environment with pip in it; a failure becomes one sentence (`SetupError`)."""
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True
    )
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


def locked(interpreter, lock):
    """Install what a lock lists into an environment, every file checked against its hashes."""
    wanted = ["--require-hashes", "-r", str(lock)]
    uv = shutil.which("uv")
    call = [uv, "pip", "install", "--python", str(interpreter), *wanted]
    if not uv or _run(call, _uv_index())[0]:
        # pip asks the same index with its own settings, and its words are the ones we can explain.
        patient = ["--prefer-binary", "--retries", "3", "--timeout", "30", "--no-compile"]
        _pip(["install", *patient, *wanted], interpreter)
    _compile(interpreter)


def _compile(interpreter):
    """Bytecode of what was installed, by all cores: pip uses one, and does packages' own tests too.

    It only spares the first start of each lesson time, so nothing rests on how it ends.
    """
    place = Path(interpreter).parents[1]
    tests = re.escape(str(place)) + r".*[/\\]tests[/\\]"
    subprocess.run(
        [str(interpreter), "-m", "compileall", "-q", "-j", "0", "-x", tests, str(place)],
        capture_output=True,
    )


def _uv_index():
    """What uv does not read of pip's settings: the index that this computer uses."""
    known = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX"}
    known |= {
        "PIP_FIND_LINKS": "UV_FIND_LINKS",
        "PIP_CERT": "SSL_CERT_FILE",
        "PIP_NO_INDEX": "UV_NO_INDEX",
    }
    return {uv: os.environ[pip] for pip, uv in known.items() if os.environ.get(pip)}


def _pip(arguments, interpreter=None):
    """Run pip in an environment, `.venv` unless told; a failure becomes one sentence."""
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    options = options if arguments[0] == "install" else options[:2]
    failed, said = _run([str(interpreter or python()), "-m", "pip", *arguments, *options])
    if failed:
        raise errors.SetupError(trouble.pip_sentence(said))


def _run(command, more=None):
    """Run an installer; everything it says goes to the log, news to the screen: (code, words)."""
    env = {
        name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")
    }
    env |= {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "PIP_USER": "0", **(more or {})}
    said, fetched = [], 0
    with open(_log(), "a", encoding="utf-8") as log, contextlib.ExitStack() as stack:
        process = subprocess.Popen(
            command,
            env=env,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            stderr=subprocess.STDOUT,
            errors="replace",
            cwd=ROOT,
        )
        stack.enter_context(process)
        stack.callback(process.kill)  # whatever happens here, the installer does not go on alone
        for text in process.stdout:
            log.write(text)
            said.append(text)
            words = text.split()
            if words[:1] == ["Downloading"] and not text.rstrip().endswith(".metadata"):
                fetched += 1
                print(f"  {fetched:3} {' '.join(words)}"[:100], flush=True)
            elif text.startswith("Installing collected packages"):
                print(f"  installing {text.count(',') + 1} packages, about a minute", flush=True)
    return process.wait(), "".join(said)


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
        raise errors.SetupError(trouble.sentence("room", need=need / 1e9, free=free / 1e9))


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


def removing(remove, folder):
    """Call `remove(folder)`; a file that is in use becomes one sentence (`errors.SetupError`)."""
    try:
        remove(folder)
    except OSError as error:
        reason = error.strerror or error
        raise errors.SetupError(trouble.sentence("in_use", folder=folder, reason=reason)) from None
