"""A set of 32 x 32 that a small network learns in seconds, and that network."""

import cv2
import numpy as np
import pandas

from course_utils.segment import training
from course_utils.segment.backend import keras, seed

SIZE = 32


def make_table(folder, patients, per_patient=3, empty=()):
    """Bright ellipses on dark noise, 32 x 32: a table as samples.table gives it."""
    rng, rows = np.random.default_rng(len(patients)), []
    folder.mkdir(exist_ok=True)
    for patient in patients:
        for number in range(per_patient):
            mask = np.zeros((SIZE, SIZE), np.uint8)
            if patient not in empty:
                middle = tuple(int(v) for v in rng.integers(10, 22, 2))
                cv2.ellipse(mask, middle, (9, 5), float(rng.integers(0, 90)), 0, 360, 1, -1)
            image = 0.15 + 0.55 * mask + 0.12 * rng.standard_normal(mask.shape)
            names = [f"{patient}_{number}_{kind}.png" for kind in ("image", "mask")]
            for name, pixels in zip(names, (np.clip(image, 0, 1), mask), strict=True):
                cv2.imwrite(str(folder / name), np.rint(pixels * 255).astype(np.uint8))
            rows.append(
                {
                    "image": names[0],
                    "mask": names[1],
                    "patient_id": patient,
                    "device": "A",
                    "row_mm": 0.1,
                    "col_mm": 0.1,
                    "empty": patient in empty,
                }
            )
    table = pandas.DataFrame(rows)
    table.attrs["folder"] = str(folder)
    return table


def net(width=8, start=0):
    seed(start)
    image = keras.Input((SIZE, SIZE, 1))
    x = keras.layers.Conv2D(width, 5, padding="same", activation="relu")(image)
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    x = keras.layers.Dropout(0.1)(x)
    x = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
    return keras.Model(image, x, name="tiny")


def make_sets(folder):
    """A table to learn from and one to steer by: four patients and two others."""
    return (
        make_table(folder / "train", ["P1", "P2", "P3", "P4"]),
        make_table(folder / "validation", ["P5", "P6"]),
    )


def fit(sets, model=None, **settings):
    """`training.train` on such tables, fast and without augmentation unless asked otherwise."""
    quick = {"batch": 4, "learning_rate": 0.02, "augment": None}
    return training.train(model or net(), *sets, **(quick | settings))
