"""The command line: lab, test, check, run."""

import ast
import json
import os
import re
import socket
import subprocess
import sys
import time

import pytest

from course_utils import __main__ as door
from course_utils.core import errors
from course_utils.setup import commands, environment, install, pins
from tests.helpers.browser import DIRECT

COURSE = [sys.executable, "-m", "course_utils"]


@pytest.fixture
def becomes(monkeypatch, tmp_path):
    """What a command would go on as: a list of (command, variables)."""
    calls = []
    start = commands.NOTEBOOKS / "00_start_here.ipynb"
    monkeypatch.setattr(commands, "START", start if start.exists() else commands.ROOT / "README.md")
    monkeypatch.setattr(commands.Path, "is_file", lambda _: True)
    monkeypatch.setattr(install, "python_for", lambda *_: commands.Path(sys.executable))
    monkeypatch.setattr(
        commands, "_become", lambda command, **variables: calls.append((command, variables)) or 0
    )
    return calls


@pytest.fixture
def busy():
    """A port of this computer on which somebody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    "version, fits",
    [
        ((2, 7, 18), False),
        ((3, 9, 1), False),
        ((3, 10, 0), False),
        ((3, 11, 0), True),
        ((3, 13, 9), True),
        ((3, 14, 0), False),
    ],
)
def test_a_wrong_python_gets_one_sentence(monkeypatch, capsys, version, fits):
    assert (door.complaint(version) is None) == fits
    if not fits:
        monkeypatch.setattr(door.sys, "version_info", version)
        assert door.main() == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "{}.{}".format(*version) in said and "3.12" in said


def test_the_door_can_be_read_by_an_old_python():
    for name in ("__main__.py", "__init__.py"):
        source = (commands.ROOT / "course_utils" / name).read_text(encoding="utf-8")
        tree = ast.parse(source, feature_version=(3, 5))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]  # f-strings


def test_door_and_environment_agree_on_the_versions():
    assert (door.OLDEST, door.NEWEST) == environment.PYTHONS


def test_a_busy_port_is_one_sentence_with_a_free_one(becomes, busy, capsys):
    assert commands.main(["lab", "--port", str(busy)]) == 1
    said = capsys.readouterr().err
    free = int(re.search(r"--port (\d+)", said)[1])
    assert said.count("\n") == 1 and str(busy) in said
    assert free != busy and commands.is_free(free)
    assert not becomes


def test_lab_without_a_port_takes_a_free_one(becomes, monkeypatch):
    monkeypatch.setattr(commands, "is_free", lambda port: port == 8891)
    assert commands.main(["lab", "--no-browser"]) == 0
    command, variables = becomes[0]
    assert "--ServerApp.port=8891" in command and "--no-browser" in command
    assert str(commands.JUPYTER_DEFAULTS) in variables["JUPYTER_CONFIG_PATH"]


def test_lab_keeps_the_users_own_configuration(becomes, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    commands.main(["lab"])
    assert becomes[0][1]["JUPYTER_CONFIG_PATH"].split(os.pathsep)[1:] == ["mine"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["lab", "--port", "70000"],
        ["lab", "--port", "x"],
        ["lab", "more"],
        ["run", "-p", "a"],
        ["data"],
        ["data", "a", "b"],
        ["data", "a", "--label", "x"],
    ],
)
def test_wrong_use_says_how(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        commands.main(arguments)
    assert left.value.code == 2 and "usage" in capsys.readouterr().err


def test_quick_leaves_out_notebooks_and_slow_tests(becomes):
    assert commands.main(["test", "--quick", "-x"]) == 0
    assert becomes[0][0][1:] == [
        *("-m", "pytest", *commands.SIDE_BY_SIDE),
        *(*commands.WITHOUT_NOTEBOOKS, "tests", "-m", "not slow", "-x"),
    ]


def test_test_runs_tests_and_learner_notebooks_as_they_are(tmp_path):
    (tmp_path / "solutions").mkdir()
    for name in ("01_b.ipynb", "00_a.ipynb", "solutions/00_a.ipynb"):
        (tmp_path / name).touch()
    found = commands.pytest_arguments(False, [], tmp_path)
    assert found[:-2] == [
        *commands.SIDE_BY_SIDE,
        *("--nbval-lax", "--nbval-current-env", "tests"),
    ]
    assert found[-2:] == [str(tmp_path / "00_a.ipynb"), str(tmp_path / "01_b.ipynb")]


def test_paths_of_ones_own_replace_the_usual_ones(tmp_path):
    found = commands.pytest_arguments(False, ["tests/test_pins.py::test_disk", "-k", "tests"])
    assert (
        "-n" not in found
        and "tests" not in found[:2]
        and found[-3:]
        == [
            "tests/test_pins.py::test_disk",
            "-k",
            "tests",
        ]
    )
    report = tmp_path / "report.xml"
    report.touch()
    assert "tests" in commands.pytest_arguments(True, ["--junitxml", str(report)])


def test_data_goes_on_in_the_environment_with_whole_paths(becomes, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(commands, "_here", lambda python: False)
    commands.main(
        ["data", "scans", "--manifest", "cases.csv", "--converted", "new", "--label", "1", "3"]
    )
    assert becomes[0][0][1:] == [
        "-m",
        "course_utils",
        "data",
        "--manifest",
        str(tmp_path / "cases.csv"),
        "--converted",
        str(tmp_path / "new"),
        "--label",
        "1",
        "3",
        "--",
        str(tmp_path / "scans"),
    ]
    options = commands._parser().parse_args(becomes[0][0][3:])  # and it is understood there
    assert options.label == [1, 3] and options.folder == str(tmp_path / "scans")


@pytest.mark.slow
def test_data_says_a_wrong_folder_in_one_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(install, "python_for", lambda *_: sys.executable)
    monkeypatch.setattr(commands, "_here", lambda python: True)
    assert commands.main(["data", str(tmp_path / "nowhere")]) == 1
    assert "There is no folder 'nowhere'" in capsys.readouterr().err


def test_tests_never_touch_the_learners_progress(becomes):
    commands.main(["test"])
    path = commands.Path(becomes[0][1]["COURSE_PROGRESS"])
    assert path.parent == commands.ROOT / "build" / "work_of_tests"
    assert becomes[0][1]["COURSE_WORK"] == str(path.parent)


def test_tests_keep_bytecode_where_a_container_switches_it_off(becomes):
    commands.main(["test"])
    said = subprocess.run(
        [sys.executable, "-c", "import sys; print(sys.dont_write_bytecode)"],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **becomes[0][1]},
        capture_output=True,
        text=True,
    )
    assert said.stdout.strip() == "False"


def test_an_error_is_its_sentence_and_exit_code_1(monkeypatch, capsys):
    def fail(*_):
        raise errors.SetupError("The moon is too far away.")

    monkeypatch.setattr(install, "python_for", fail)
    monkeypatch.setattr(commands.Path, "is_file", lambda _: True)
    assert commands.main(["lab"]) == 1
    assert capsys.readouterr().err == "The moon is too far away.\n"


def test_stopping_by_hand_is_no_error_text(monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(install, "python_for", stop)
    assert commands.main(["test"]) == 130
    assert "same command" in capsys.readouterr().err


def test_check_prints_a_line_per_requirement_and_an_overall_verdict():
    done = subprocess.run(
        [*COURSE, "check"], capture_output=True, text=True, cwd=commands.ROOT, timeout=60
    )
    lines = done.stdout.strip().splitlines()
    kinds = [line.split()[0] for line in lines if line]
    assert len(lines) > len(pins.read()) + 5
    assert set(kinds[:-1]) <= {"ok", "look", "stop"}
    assert done.returncode == int("stop" in kinds) == int(lines[-1].startswith("stop:"))


def test_check_works_before_anything_is_installed():
    bare = [sys.executable, "-S", "-m", "course_utils", "check"]  # -S: no installed packages
    done = subprocess.run(
        bare,
        capture_output=True,
        text=True,
        cwd=commands.ROOT,
        timeout=60,
        env={**os.environ, "PYTHONPATH": ""},
    )
    if install.ready():
        pytest.skip("check looks into the finished .venv here, as it should")
    assert done.returncode == 1 and "lab installs it" in done.stdout, done.stderr


def test_starting_the_commands_imports_only_the_standard_library():
    code = (
        "import sys; from course_utils.setup import commands; "
        "print(sorted({m.split('.')[0] for m in sys.modules} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        cwd=commands.ROOT,
        timeout=60,
    )
    assert done.stdout.strip() == "['__main__', 'course_utils']", done.stderr


@pytest.mark.slow
def test_lab_opens_without_the_news_question(tmp_path):
    port = commands.free_port(8990)
    env = {**os.environ, "JUPYTER_TOKEN": "test"}
    env |= {
        name: str(tmp_path)
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "IPYTHONDIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
        )
    }
    process = subprocess.Popen(
        [*COURSE, "lab", "--no-browser", "--port", str(port)],
        env=env,
        cwd=commands.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        page = f"http://127.0.0.1:{port}/lab/tree/notebooks/00_start_here.ipynb?token=test"
        assert _fetch(page, 60).status == 200
        setting = "@jupyterlab/apputils-extension:notification"
        answer = _fetch(f"http://127.0.0.1:{port}/lab/api/settings/{setting}?token=test", 10)
        properties = json.load(answer)["schema"]["properties"]
        assert properties["fetchNews"]["default"] == "false"
    finally:
        process.terminate()
        process.wait(30)


def _fetch(address, seconds):
    """The answer of a server that may still be starting."""
    end = time.monotonic() + seconds
    while True:
        try:
            return DIRECT.open(address, timeout=10)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("data a b", "needs quotation marks"),
        ("data a --pateints x", "Was --patients meant"),
        ("run 04 --foo", "run --help"),
    ],
)
def test_what_is_unknown_says_what_may_be_meant(line, words, capsys):
    with pytest.raises(SystemExit):
        commands.main(line.split())
    assert words in capsys.readouterr().err


def test_a_parameter_may_be_written_with_an_equals_sign():
    assert commands._parted("run 04 -p SIZE=96 -p A b=c".split()) == (
        ["run", "04", "-p", "SIZE", "96", "-p", "A", "b=c"]
    )
