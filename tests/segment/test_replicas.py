"""Several devices: the same training as on one, shared out."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_utils.core.errors import DataError, SetupError
from course_utils.segment import replicas

HELPERS = Path(__file__).parents[1] / "helpers"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What tests/helpers/two_devices.py found, on two logical CPUs, in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(HELPERS / "two_devices.py"), str(tmp_path_factory.mktemp("two"))],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_two_devices_train_as_one_does(said):
    """Batches of 7 + 7 + 1 images: shared out as 4 + 3, and the last leaves one device idle."""
    found = said["plain"]
    assert found["epochs"] == 4 and found["moved"] > 0.01  # it has learned something
    assert found["losses"] < 1e-5 and found["weights"] < 1e-5


@pytest.mark.slow
def test_a_stopped_training_goes_on_as_if_it_had_not_been(said):
    assert said["plain"]["resumed"] < 1e-6


@pytest.mark.slow
def test_batch_normalisation_and_dropout_learn_too(said):
    found = said["normalised"]
    assert all(0 < loss < 3 for loss in found["losses"])
    assert len(found["moved"]) == 8 and min(found["moved"]) > 0  # its moving averages as well


@pytest.mark.slow
def test_names_of_devices(said):
    assert said["names"] == [["CPU:0", "CPU:1"], ["CPU:1", "CPU:0"], None]
    refused = said["refused"]
    assert "There is no device GPU:7. TensorFlow shows CPU:0, CPU:1" in refused["['GPU:7']"]
    assert "named twice" in refused["['CPU:0', 'CPU:0']"]
    assert all("devices must be None" in refused[wrong] for wrong in ("both", "[]", "[1]", "2"))


def test_one_device_alone_is_trained_as_always():
    assert replicas.names(None) is None and replicas.names("all") is None  # one CPU in the tests
    with pytest.raises(SetupError, match="no device GPU:0"):
        replicas.names(["GPU:0"])
    with pytest.raises(DataError):
        replicas.names("GPU:0")


@pytest.mark.parametrize("images", range(1, 12))
@pytest.mark.parametrize("devices", [1, 2, 3, 4])
def test_every_image_is_drawn_once_and_weighs_the_same(images, devices):
    parts, weights = replicas.shares(images, devices), replicas._weights(images, devices)
    assert len(parts) == len(weights) == devices and all(parts)
    assert np.isclose(sum(weights), 1)
    rows = [row for part, weight in zip(parts, weights, strict=True) if weight for row in part]
    assert rows == list(range(images))
    sizes = [len(part) for part, weight in zip(parts, weights, strict=True) if weight]
    assert max(sizes) - min(sizes) <= 1
    assert all(
        np.isclose(weight, len(part) / images) or not weight
        for part, weight in zip(parts, weights, strict=True)
    )
