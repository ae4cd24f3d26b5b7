"""Train twice, on one device and on two logical CPUs, and print what came out as JSON.

    python tests/helpers/two_devices.py FOLDER

A process of its own, because devices are set before TensorFlow starts.
"""

import contextlib
import json
import os
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow

cpu = tensorflow.config.list_physical_devices("CPU")[0]
tensorflow.config.set_logical_device_configuration(
    cpu, [tensorflow.config.LogicalDeviceConfiguration()] * 2
)

import numpy as np

from course_utils.core import errors
from course_utils.segment import replicas, training
from course_utils.segment.backend import keras, seed
from tests.segment.test_training import make_table, net


def plain():
    """Without dropout and batch normalisation, which each device has for itself."""
    seed(0)
    image = keras.Input((32, 32, 1))
    x = keras.layers.Conv2D(
        8, 5, padding="same", activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)
    )(image)
    x = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
    return keras.Model(image, x, name="plain")


@contextlib.contextmanager
def interrupted(epochs):
    """The stop button, pressed after so many epochs."""
    keep = training._Job.keep

    def _keep(job, row, *rest):
        keep(job, row, *rest)
        if row["epoch"] == epochs:
            raise KeyboardInterrupt

    training._Job.keep = _keep
    try:
        yield
    finally:
        training._Job.keep = keep


def run(make, folder, devices, place=None, **settings):
    model = make()
    train = make_table(folder / "train", ["P1", "P2", "P3"], per_patient=5)  # 15: 7 + 7 + 1
    validation = make_table(folder / "validation", ["P5"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = training.train(
            model,
            train,
            validation,
            devices=devices,
            augment=None,
            seed=3,
            watch=0,
            folder=place,
            **({"epochs": 4, "batch": 7, "learning_rate": 0.005} | settings),
        )
    return done, [np.array(weight) for weight in model.get_weights()]


def gap(one, other):
    return float(max(np.abs(a - b).max() for a, b in zip(one, other, strict=True)))


def compare(folder):
    """One device and two; then two devices again, stopped half-way and taken up."""
    (one, first), (two, second) = (run(plain, folder, devices) for devices in (None, "all"))
    with interrupted(2):
        run(plain, folder, ["CPU:0", "cpu:1"], place=folder / "parts")
    _, again = run(plain, folder, "all", place=folder / "parts", resume=True)
    columns = ["loss", "val_loss", "dice", "val_dice"]
    apart = np.abs(one.history[columns].to_numpy() - two.history[columns].to_numpy())
    return {
        "losses": float(apart.max()),
        "weights": gap(first, second),
        "resumed": gap(second, again),
        "moved": gap(first, plain().get_weights()),
        "epochs": len(two.history),
    }


def normalised(folder):
    """A network with batch normalisation and dropout: its losses, and by how much it moved."""
    done, weights = run(net, folder, "all", epochs=2)
    return {
        "losses": list(done.history["val_loss"]),
        "moved": [
            float(np.abs(a - b).max()) for a, b in zip(weights, net().get_weights(), strict=True)
        ],
    }


def refused(devices):
    try:
        replicas.names(devices)
    except errors.CourseError as error:
        return f"{type(error).__name__}: {error}"
    return "accepted"


def main(folder):
    said = {
        "plain": compare(folder),
        "normalised": normalised(folder),
        "refused": {
            str(devices): refused(devices)
            for devices in (["GPU:7"], ["CPU:0", "CPU:0"], "both", [], [1], 2)
        },
        "names": [
            replicas.names("all"),
            replicas.names(["cpu:1", "/device:CPU:0"]),
            replicas.names(None),
        ],
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
