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
import time
from pathlib import Path

from course_utils.core import computer, errors, files
from course_utils.setup import book as web_book
from course_utils.setup import copies, environment, install, pins

ROOT = pins.ROOT
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
    solutions = sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
    if options.lesson:
        wanted = [name.zfill(2) for name in options.lesson]
        solutions = [path for path in solutions if path.stem.split("_")[0] in wanted]
    if not solutions:
        raise errors.SetupError(
            "There is no such lesson. Give numbers such as 02, or none for all."
        )
    todo = solutions if options.again else web_book.missing(solutions)
    if todo:
        python = install.python_for(pins.LESSONS, pins.LAB, pins.TESTS)
        call = [str(python), "-m", "course_utils", "run", *(str(path) for path in todo)]
        if subprocess.run(call, cwd=ROOT).returncode:
            raise errors.SetupError("A lesson failed, so there is no book: see above.")
    began = time.monotonic()
    python = web_book.environment()
    made = web_book.build(solutions, python, options.pdf)
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file()) / 1e6
    took = time.monotonic() - began
    print(f"{len(solutions)} lessons in {took:.0f} s, {size:.0f} MB: open {made / 'index.html'}")
    return web_book.checked(python, made) if options.check else 0


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
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="lab | test | check | run | data | book"
    )

    def _add(function, text):
        made = commands.add_parser(
            function.__name__, help=text, description=text, allow_abbrev=False
        )
        made.set_defaults(function=function)
        return made

    made = _add(lab, "open the course in JupyterLab (sets it up the first time)")
    made.add_argument(
        "--no-browser", action="store_true", help="print the address instead of opening a browser"
    )
    made.add_argument(
        "--offline", action="store_true", help="set up from the folder wheels, without a network"
    )
    made.add_argument(
        "--port", type=_port, help="the port to listen on (default: the first free one from 8888)"
    )
    made = _add(test, "run the tests; further arguments go to pytest")
    made.add_argument(
        "--quick", action="store_true", help="without the notebooks and the slow tests"
    )
    _add(check, "say whether this computer is ready, and what to do if not")
    made = _add(run, "execute the solution notebooks and measure them")
    made.add_argument("lesson", nargs="*", help="02, 02_enhance or a path (default: all)")
    made.add_argument(
        "-p",
        dest="parameter",
        nargs=2,
        metavar=("NAME", "VALUE"),
        action="append",
        default=[],
        help="a parameter for the lessons that have it; may be repeated",
    )
    made = _add(data, "check a folder of your own images and masks; nothing in it is changed")
    made.add_argument("folder", help="the folder with the images")
    made.add_argument("--manifest", metavar="CASES.CSV", help="write the list for the lessons")
    made.add_argument(
        "--converted",
        metavar="NEW_FOLDER",
        help="where copies go of what the lessons cannot read as it is",
    )
    made.add_argument(
        "--label",
        type=int,
        nargs="+",
        metavar="N",
        help="which label to keep of masks that hold several",
    )
    made.add_argument(
        "--patients",
        metavar="COLUMN_OR_PATTERN",
        help="who is the patient, where the guess is wrong: the column of a table beside the images, "
        "or a pattern of their paths such as 'visit*/{patient}_*'",
    )
    made = _add(book, "make the web book of all lessons, to read without Python")
    made.add_argument("lesson", nargs="*", help="numbers such as 02 (default: all)")
    made.add_argument(
        "--again", action="store_true", help="execute every lesson, not only what is missing"
    )
    made.add_argument(
        "--check", action="store_true", help="look at every page in a Chromium, in both themes"
    )
    made.add_argument(
        "--no-pdf", dest="pdf", action="store_false", help="without the PDF, which needs a Chromium"
    )
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
