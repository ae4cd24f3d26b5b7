"""What Binder builds, what continuous integration runs, and the pins both use."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from course_utils.core import computer
from course_utils.setup import environment, pins

ROOT = pins.ROOT
BINDER = ROOT / "binder"
WORKFLOWS = ROOT / ".github" / "workflows"
COMMAND = "python3 -m course_utils test"

from tools import lock


def text(path):
    return Path(path).read_text(encoding="utf-8")


def workflow(name):
    """A workflow as a dict; YAML reads the key 'on' as True."""
    found = yaml.safe_load(text(WORKFLOWS / name))
    return found | {"on": found.pop(True)}


def names(requirements):
    return {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", requirements, re.M)}


def test_binder_pins_the_lessons_section_and_nothing_that_binder_brings():
    direct = {
        pin.line for pin in pins.parse(text(pins.REQUIREMENTS)) if pin.section == pins.LESSONS
    }
    lines = {line for line in text(BINDER / "requirements.txt").splitlines() if "==" in line}
    assert direct <= lines
    assert lines - direct <= set(re.findall(r"^[^#\s]+==[^\s;]+", text(pins.LOCK), re.M))
    assert not names("\n".join(lines)) & {
        "jupyterlab",
        "notebook",
        "ipykernel",
        "jupyter-server",
        "ipython",
        "jupyter-client",
        "traitlets",
        "tornado",
        "pytest",
        "papermill",
    }


def test_binder_requirements_are_one_file_without_references():
    """With a reference (-r, -c) Binder would install all anew with every change of a lesson."""
    lines = [line for line in text(BINDER / "requirements.txt").splitlines() if line]
    assert all(line.startswith("#") or re.match(r"[a-z0-9.-]+==", line) for line in lines)


def test_nothing_of_the_image_is_replaced_but_the_widgets():
    pytest.importorskip("repo2docker")
    brought = lock.binder_brings()
    assert {"jupyterlab", "notebook", "ipykernel", "ipywidgets"} <= brought
    assert names(text(BINDER / "requirements.txt")) & brought == {"ipywidgets"}


def test_the_python_of_binder_is_one_that_is_tested():
    version = re.fullmatch(r"python-(\d+)\.(\d+)\s*", text(BINDER / "runtime.txt"))
    assert environment.PYTHONS[0] <= (int(version[1]), int(version[2])) <= environment.PYTHONS[1]


@pytest.mark.skipif(os.name == "nt", reason="repo2docker does not run on Windows")
def test_the_dockerfile_that_binder_would_build(tmp_path):
    pytest.importorskip("repo2docker")
    (tmp_path / "binder").mkdir()
    for name in ("runtime.txt", "requirements.txt", "start", "postBuild"):
        (tmp_path / "binder" / name).write_bytes((BINDER / name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    dockerfile = done.stdout
    install, copied = (
        dockerfile.index("install --no-cache-dir -r"),
        dockerfile.index("COPY --chown"),
    )
    assert "binder/requirements.txt" in dockerfile[install : install + 120]
    assert dockerfile.index("RUN", install) and "./binder/postBuild" in dockerfile[copied:]
    assert re.search(r'R2D_ENTRYPOINT="?.*binder/start', dockerfile)
    assert "python=" + text(BINDER / "runtime.txt").strip().removeprefix("python-") in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="these scripts run on Linux")
@pytest.mark.parametrize("path", ["binder/start", "binder/postBuild", ".ci/run"])
def test_scripts_parse_and_can_be_run(path):
    assert os.access(ROOT / path, os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / path)], timeout=20).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="this script runs on Linux")
def test_start_sets_the_variables_of_the_course_and_hands_over(monkeypatch):
    # The tests themselves run with one thread each: take those settings away first.
    for name in (*computer.variables(), "TF_NUM_INTRAOP_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "9")
    done = subprocess.run(
        [str(BINDER / "start"), "env"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "REPO_DIR": "/repo", "JUPYTER_CONFIG_PATH": "/own"},
        timeout=20,
    )
    shown = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert set(computer.variables()) <= set(shown)
    assert shown["OMP_NUM_THREADS"] == "9" and shown["TF_NUM_INTRAOP_THREADS"] == "2"
    assert shown["JUPYTER_CONFIG_PATH"] == "/repo/binder/jupyter:/own"


def test_the_gpu_build_has_the_version_of_the_processor_build():
    version = {pin.name: pin.version for pin in pins.parse(text(pins.REQUIREMENTS))}[
        "tensorflow-cpu"
    ]
    assert f"tensorflow[and-cuda]=={version}\n" in text(BINDER / "requirements-gpu.txt")


def test_tests_run_on_three_systems_with_the_oldest_and_newest_python():
    job = workflow("tests.yml")["jobs"]["tests"]
    matrix = job["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["{}.{}".format(*version) for version in environment.PYTHONS]
    assert not job["strategy"]["fail-fast"]
    assert COMMAND in [step.get("run") for step in job["steps"]]
    assert {"push", "pull_request"} <= set(workflow("tests.yml")["on"])


def test_the_weekly_run_raises_the_pins_executes_everything_and_opens_an_issue():
    week = workflow("weekly.yml")
    steps = week["jobs"]["newest"]["steps"]
    said = [step.get("run", "") for step in steps]
    order = [
        next(place for place, run in enumerate(said) if part in run)
        for part in ("tools/lock.py --newest", COMMAND, "course_utils run", "gh issue create")
    ]
    assert order == sorted(order)
    assert steps[order[-1]]["if"] == "failure()"
    assert week["permissions"]["issues"] == "write" and "schedule" in week["on"]


def test_the_weekly_run_builds_the_image_that_binder_builds_and_asks_it():
    (run,) = [
        step["run"] for step in workflow("weekly.yml")["jobs"]["image"]["steps"] if "run" in step
    ]
    assert run.index("repo2docker --no-run") < run.index("course_utils check")


def test_the_book_is_published_only_after_every_page_was_looked_at():
    pages = workflow("pages.yml")["jobs"]
    steps = pages["book"]["steps"]
    made = next(k for k, step in enumerate(steps) if "course_utils book --check" in str(step))
    sent = next(k for k, step in enumerate(steps) if "upload-pages" in step.get("uses", ""))
    assert made < sent and steps[sent]["with"]["path"] == "build/book/html"
    assert pages["publish"]["needs"] == "book" and "COURSE_REPOSITORY" in steps[made]["env"]


def test_continuous_integration_runs_the_readmes_command():
    assert text(ROOT / ".ci" / "run").strip().splitlines()[-1] == f"exec {COMMAND}"
    readme = ROOT / "README.md"
    assert COMMAND in text(readme)


def test_raising_the_pins_keeps_what_is_held(monkeypatch):
    asked = []

    def newest(requirements, *_, **__):
        asked.append(requirements)
        return "free-one==3.0\nheld==9.9\nonly-here==5.0 ; sys_platform == 'win32'\n"

    monkeypatch.setattr(lock, "compiled", newest)
    before = (
        "# about\nFree-one==1.0  # why\nheld==2.0  # why (held)\n"
        "only-here==4.0 ; sys_platform == 'win32'  # why\n"
    )
    assert lock.raised(before) == (
        "# about\nFree-one==3.0  # why\nheld==2.0  # why (held)\n"
        "only-here==5.0 ; sys_platform == 'win32'  # why\n"
    )
    assert "Free-one>=1.0" in asked[0] and "held==2.0" in asked[0]
