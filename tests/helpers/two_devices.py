"""Train on one device and on two logical CPUs, and print what came out as JSON.

    python tests/helpers/two_devices.py FOLDER

A process of its own, because devices are set before TensorFlow starts.
"""

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
from course_utils.segment import training
from course_utils.segment.backend import keras, seed
from tests.helpers.learning import make_table, net


def plain():
    """Without dropout and batch normalisation, which each device has for itself."""
    seed(0)
    image = keras.Input((32, 32, 1))
    x = keras.layers.Conv2D(8, 5, padding="same", activation="relu")(image)
    x = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
    return keras.Model(image, x, name="plain")


def run(make, folder, devices, batch, epochs=4):
    """Train on 15 images; returns the history and the weights."""
    model = make()
    train = make_table(folder / "train", ["P1", "P2", "P3"], per_patient=4)
    validation = make_table(folder / "validation", ["P5"], per_patient=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = training.train(
            model, train, validation, epochs=epochs, batch=batch, learning_rate=0.005,
            augment=None, seed=3, watch=2, devices=devices,
        )  # fmt: skip
    return done.history, [np.array(weight) for weight in model.get_weights()]


def gap(one, other):
    return float(max(np.abs(a - b).max() for a, b in zip(one, other, strict=True)))


def refused(devices):
    try:
        training._names(devices)
    except errors.CourseError as error:
        return f"{type(error).__name__}: {error}"
    return "accepted"


def main(folder):
    (one, first), (two, second) = (run(plain, folder, devices, 4) for devices in (None, "all"))
    columns = ["loss", "val_loss", "dice", "val_dice"]
    wrong = (["GPU:7"], "both", [1], 2)
    said = {
        "losses": float(np.abs(one[columns].to_numpy() - two[columns].to_numpy()).max()),
        "weights": gap(first, second),
        "moved": gap(first, plain().get_weights()),
        "epochs": len(two),
        "normalised": list(run(net, folder, ["CPU:0", "cpu:1"], 8, 2)[0]["val_loss"]),
        "refused": {str(devices): refused(devices) for devices in wrong},
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
