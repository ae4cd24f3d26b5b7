"""How augment runs: the same seed the same result anywhere, no call to the network, fast enough."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from course_utils.augment import steps
from tests.helpers.shapes import scan

ROOT = Path(__file__).resolve().parents[2]


def digest(preset, calls=12):
    pipe, found = steps.pipeline(preset, seed=42), hashlib.sha256()
    for _ in range(calls):
        for part in pipe(scan(), np.eye(128, dtype=np.uint8), points=[(3, 4)]):
            found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_sequence_in_another_process():
    program = (
        "import sys; sys.path[:0] = ['.']; import numpy, random; "
        "numpy.random.seed(99);random.seed(7); import tests.augment.test_steps_runs as t; "
        "print([t.digest(p) for p in t.steps.PRESETS])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == str([digest(preset) for preset in steps.PRESETS]), done.stderr


def test_the_nth_call_depends_on_the_seed_and_n_only():
    image, other = scan(seed=1), scan((40, 70), seed=2)
    one, two = steps.pipeline(seed=3), steps.pipeline(seed=3)
    one(other), two(image, np.eye(128))  # another image, another size, with and without a mask
    assert np.array_equal(one(image)[0], two(image)[0])
    assert one.calls == 2
    third = one(image)[0]
    one.reseed(3)
    one.calls = 2
    assert np.array_equal(one(image)[0], third)
    assert not np.array_equal(steps.pipeline(seed=4)(image)[0], steps.pipeline(seed=5)(image)[0])


def test_two_pipelines_do_not_disturb_each_other():
    image = scan()
    alone = [steps.pipeline(seed=1)(image)[0]]
    one, two = steps.pipeline(seed=1), steps.pipeline("blog", seed=1)
    two(image)
    assert np.array_equal(one(image)[0], alone[0])


@pytest.mark.slow
def test_importing_opens_no_connection():
    program = (
        "import socket, sys\n"
        "def refuse(*a, **k): print('CONNECTION', flush=True); raise OSError('no network')\n"
        "socket.socket.connect = socket.socket.connect_ex = refuse\n"
        "socket.getaddrinfo = socket.create_connection = refuse\n"
        "import course_utils.augment.steps as a\n"
        "print('imported', 'tensorflow' in sys.modules, 'torch' in sys.modules)\n"
    )
    quiet = {k: v for k, v in os.environ.items() if k != "NO_ALBUMENTATIONS_UPDATE"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=quiet,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split("\n")[0] == "imported False False", done.stdout + done.stderr


def test_only_this_module_knows_albumentations():
    users = [
        path.name
        for path in (ROOT / "course_utils").rglob("*.py")
        if "import albumentations" in path.read_text(encoding="utf-8")
    ]
    assert users == ["steps.py"]


@pytest.mark.slow
def test_speed_on_one_core():
    """300 images a second on a quiet core; a busy machine is measured by its own yardstick."""
    from tools.measure import augment as measure_augment

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        speed = measure_augment.rate(steps.pipeline(), 128, 150)
        yardstick = measure_augment.rate(measure_augment.tutorial(), 128, 150)
    finally:
        cv2.setNumThreads(threads)
    assert speed > 300 or speed > 0.4 * yardstick
