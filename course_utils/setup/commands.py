"""The six commands: lab, test, check, run, data and book.

Standard library only, so that they start on a bare Python; `run` and `data` import the rest later.
"""

import argparse
import difflib
import os
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

from course_utils.core import computer, errors, files
from course_utils.setup import copies, environment, install, pins

ROOT = pins.ROOT
COMMANDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
NOTEBOOKS = ROOT / "notebooks"
START = NOTEBOOKS / "00_start_here.ipynb"
# Two workers of pytest-xdist; a file, or a lesson's runs, are not torn apart (tests/conftest.py).
SIDE_BY_SIDE = ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
# The quick tests run no notebook; its plugin loads Jupyter in three processes, 3 s of CPU in each.
WITHOUT_NOTEBOOKS = ["-p", "no:nbval"]
OPTIONS = (
    "--manifest --converted --label --patients --again --check --no-pdf --quick --port".split()
)
# Defaults that a person's own settings override: JupyterLab does not ask about news.
JUPYTER_DEFAULTS = ROOT / "binder" / "jupyter"


def main(arguments):
    """Run one command line; returns the exit code (0 good, 1 failed, 2 wrong use, 130 stopped by
    hand)."""
    arguments = _parted(arguments)
    options, rest = _parser().parse_known_args(arguments)
    if rest and options.command != "test":
        _parser().error(f"unknown: {' '.join(rest)}{_meant(options.command, rest[0])}")
    options.rest = rest
    try:
        return options.function(options, list(arguments))
    except errors.CourseError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again when you like.", file=sys.stderr)
        return 130
    return 1


def _parted(arguments):
    """`run 04 -p SIZE=96` as `run 04 -p SIZE 96`; other commands as they are."""
    result = []
    for each in arguments:
        named = arguments[0] == "run" and result[-1:] == ["-p"] and "=" in each
        result += each.split("=", 1) if named else [each]
    return result


def _meant(command, word):
    """What may have been meant by a word that no command knows, as a sentence or ''."""
    if command == "data" and not word.startswith("-"):
        return ". A folder whose name has blanks needs quotation marks: data 'my study'"
    near = difflib.get_close_matches(word, OPTIONS, 1)
    return f". Was {near[0]} meant?" if near else f". python3 -m course_utils {command} --help"


def lab(options, arguments):
    """Open the learner's copy of lesson 00 in JupyterLab; the process becomes the server."""
    if not START.is_file():
        raise errors.SetupError(
            f"{START.relative_to(ROOT).as_posix()} is missing: get the whole course folder again."
        )
    if options.offline:
        install.offline()
    python = install.python_for(pins.LESSONS, pins.LAB)
    if not _here(python):
        return _again(python, arguments)  # the copies need a package that tells a person's folders
    work = files.my_work()
    for name in copies.refresh(NOTEBOOKS, work / "notebooks"):
        print(f"{name} is new: the course has changed, and your own page beside it is kept.")
    root = ROOT if work.is_relative_to(ROOT) else work
    page = (work / "notebooks" / START.name).relative_to(root)
    port = options.port or free_port()
    if not is_free(port):
        raise errors.SetupError(
            f"Port {port} is in use by another program: add --port {free_port(port + 1)}, "
            "which is free, or leave --port out."
        )
    command = [
        str(python),
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={root}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--LabApp.default_url=/lab/tree/{page.as_posix()}",
        "--Application.log_level=WARN",
    ]
    command += ["--no-browser"] if options.no_browser else []
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    print("Starting JupyterLab. To end it, press Ctrl-C twice in this window.", flush=True)
    return _become(
        command,
        JUPYTER_CONFIG_PATH=_first(JUPYTER_DEFAULTS, "JUPYTER_CONFIG_PATH"),
        PYTHONPATH=_first(ROOT, "PYTHONPATH"),  # a copy may lie outside the course
    )


def test(options, arguments):
    """Run all tests, or the quick ones; the process becomes pytest."""
    python = install.python_for(pins.LESSONS, pins.LAB, pins.TESTS)
    (ROOT / "build").mkdir(exist_ok=True)
    own = ROOT / "build" / "work_of_tests"  # never the learner's own
    shutil.rmtree(own, ignore_errors=True)
    return _become(
        [str(python), "-m", "pytest", *pytest_arguments(options.quick, options.rest)],
        COURSE_WORK=str(own),
        COURSE_PROGRESS=str(own / "progress.json"),
        # Kept bytecode spares each kernel the compiling of the course, and pytest the rewriting of
        # all tests in each run; many containers switch it off.
        PYTHONDONTWRITEBYTECODE="",
    )


def pytest_arguments(quick, rest, notebooks=NOTEBOOKS):
    """What pytest is called with: tests and learner notebooks side by side on two cores, unless
    `rest` names paths of its own."""
    own = [
        text
        for text in rest
        if not text.startswith("-") and _is_test_path(Path(text.split("::")[0]))
    ]
    two = [] if own else SIDE_BY_SIDE
    if quick:
        usual = [] if own else [*WITHOUT_NOTEBOOKS, "tests"]
        return [*two, *usual, "-m", "not slow", *rest]
    lessons = [
        path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
        for path in sorted(Path(notebooks).glob("*.ipynb"))
    ]
    # --nbval-current-env: the kernel is this environment's, whatever kernels the user has
    # installed.
    usual = [] if own else ["tests", *lessons]
    return [*two, "--nbval-lax", "--nbval-current-env", *usual, *rest]


def check(options, arguments):
    """Print one verdict per requirement; 0 if the lessons can run."""
    if not pins.satisfied(pins.LESSONS) and install.ready() and not _here(install.python()):
        return _again(install.python(), arguments)
    found = environment.verdicts()
    for row in found:
        print(environment.line(*row))
    verdict, sentence = environment.overall(found)
    print(f"\n{verdict}: {sentence}")
    return int(verdict == environment.STOP)


def run(options, arguments):
    """Execute solution notebooks; 0 if all of them passed."""
    python = install.python_for(pins.LESSONS, pins.LAB, pins.TESTS)
    if not _here(python):
        return _again(python, arguments)
    from course_utils.setup import run as runner  # needs papermill

    given = {name: runner.value(text) for name, text in options.parameter}
    rows = runner.run(options.lesson, given)
    print("\n" + runner.table(rows), end="")
    print(
        "The executed copies are in build/executed, this table in build/timing.md and timing.csv."
    )
    failures = [row.failure for row in rows if row.failure]
    for failure in failures:
        print(failure, file=sys.stderr)
    return int(bool(failures))


def data(options, arguments):
    """Check a folder of images and masks; 0 if there is nothing to put right."""
    python = install.python_for(pins.LESSONS)
    if not _here(python):
        # It goes on from the course's own folder, so the names must not depend on this one.
        places = {"--manifest": options.manifest, "--converted": options.converted}
        named = [
            text
            for name, place in places.items()
            if place is not None
            for text in (name, _whole(place))
        ]
        named += [] if options.patients is None else ["--patients", options.patients]
        named += [] if options.label is None else ["--label", *map(str, options.label)]
        return _again(python, ["data", *named, "--", _whole(options.folder)])
    from course_utils.your_own_data import check as your_data  # needs the packages of the lessons

    return your_data.command(
        options.folder, options.manifest, options.converted, options.label, options.patients
    )


def book(options, arguments):
    """Make the web book in build/book; 0 if it is whole."""
    from tools.book import build  # of the authors' tools, which lie beside the package

    return build.command(options.lesson, options.again, options.pdf, options.check)


def is_free(port):
    """Can a server listen on this port of this computer?"""
    with socket.socket() as probe:
        if (
            os.name != "nt"
        ):  # as the server does; on Windows this option would let two servers share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(start=8888):
    """The first free port from `start` on, or any free one if the next hundred are taken."""
    near = next((port for port in range(start, min(start + 100, 65536)) if is_free(port)), None)
    if near:
        return near
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _parser():
    parser = argparse.ArgumentParser(
        prog="python3 -m course_utils",
        allow_abbrev=False,
        description="The commands of the ultrasound AI workbook.",
        epilog="De-identification is no command, for a person looks at each result: "
        "privacy.deidentify and privacy.audit, in lesson 01.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar=" | ".join(COMMANDS))
    functions, kinds = (lab, test, check, run, data, book), {"int": int, "port": _port}
    for function in functions:
        told = COMMANDS[function.__name__]
        made = commands.add_parser(
            function.__name__, help=told["help"], description=told["help"], allow_abbrev=False
        )
        made.set_defaults(function=function)
        for name, options in told.get("arguments", {}).items():
            if "type" in options:
                options = options | {"type": kinds[options["type"]]}
            if isinstance(options.get("metavar"), list):
                options = options | {"metavar": tuple(options["metavar"])}
            made.add_argument(name, **options)
    return parser


def _is_test_path(path):
    return path.is_dir() or (path.suffix in (".py", ".ipynb") and path.exists())


def _whole(place):
    return str(Path(place).expanduser().absolute())


def _port(text):
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number


def _here(python):
    """Is that the Python that is running? (An environment's Python is a link: compare the
    environments.)"""
    return (
        Path(python).parent.parent.resolve() == Path(sys.prefix).resolve()
        or str(python) == sys.executable
    )


def _again(python, arguments):
    return _become([str(python), "-m", "course_utils", *arguments])


def _become(command, **variables):
    """Go on as another program. On Windows, which cannot do that, start it and wait."""
    env = {**os.environ, **computer.variables(), **variables}
    os.chdir(ROOT)
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, env)
    process = subprocess.Popen(command, env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # it was told too: let it end in its own way
            continue


def _first(folder, variable):
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get(variable)])])
