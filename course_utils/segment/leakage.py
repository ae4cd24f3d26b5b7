"""The leakage lab of lesson 04: one network, one set, tested once by image and once by patient.

Every image is tested exactly once in both ways, by a network that did not train on it. By patient,
that network has never met the patient; by image, it has. Nothing else differs: the same number of
folds, the same starting weights, the same number of training steps.
"""

import math

import numpy as np
import pandas
from scipy.spatial import distance

from course_utils.core import errors
from course_utils.evaluate import metrics
from course_utils.segment import backend, batches, losses, models
from course_utils.segment.backend import keras

WAYS = ("by image", "by patient")


def folds(table, way, count=4, seed=0):
    """Divide the rows into `count` test groups: (N,) whole numbers from 0, one per row.

    way: "by image" deals out images at random (WRONG on purpose), "by patient" whole patients.
    Raises DataError for another way, or fewer patients than folds.
    """
    if way not in WAYS:
        raise errors.DataError(f"way is 'by image' or 'by patient', not {way!r}.")
    draws, patients = np.random.default_rng(seed), sorted(table["patient_id"].unique())
    if not 2 <= count <= len(patients):
        raise errors.DataError(
            f"A test in {count} folds needs 2 folds or more, and a patient for "
            f"each; the table has {len(patients)} patients."
        )
    if way == "by image":
        return draws.permutation(np.arange(len(table)) % count)
    fold_of = dict(zip(draws.permutation(patients), np.arange(len(patients)) % count, strict=True))
    return table["patient_id"].map(fold_of).to_numpy()


def lab(table, way, count=4, steps=150, batch=4, size=128, seed=0):
    """Dice of every image under one way of splitting: a table with patient_id, fold and dice.

    table: images with a muscle, as `samples.table` gives them. steps: training steps in each fold.
    Raises DataError as `folds` does.
    """
    fold_of = folds(table, way, count, seed)
    backend.seed(seed)
    model = models.unet(size=size)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=losses.dice_bce, jit_compile=False)
    start, scores = model.get_weights(), np.zeros(len(table))
    for fold in range(count):
        _forget(model, start)
        train, test = table[fold_of != fold], table[fold_of == fold]
        source = batches.Source(
            train, size=size, batch=min(batch, len(train)), augment="plausible", seed=seed
        )
        model.fit(source, epochs=math.ceil(steps / len(source)), verbose=0, shuffle=False)
        scores[fold_of == fold] = _dices(model, test, size)
    return pandas.DataFrame(
        {"patient_id": table["patient_id"].to_numpy(), "fold": fold_of, "dice": scores}
    )


def _forget(model, start):
    """Back to the first weights. Compiling anew would build the calculation once more, for seconds."""
    model.set_weights(start)
    for variable in model.optimizer.variables:
        if variable is not model.optimizer.learning_rate:
            variable.assign(np.zeros(variable.shape, variable.dtype))


def _dices(model, table, size):
    source = batches.Source(table, size=size, batch=1, shuffle=False)
    drawn = model.predict_on_batch(source.images())[..., 0] > 0.5
    return [
        metrics.dice(truth[..., 0] > 0.5, mask)
        for truth, mask in zip(source.masks(), drawn, strict=True)
    ]


def coin(table, way, tosses=100, count=4, seed=0):
    """How often the most similar training image foretells a coin that was tossed for each patient.

    The label means nothing: half of the patients get 0, half 1, by chance, again in every toss. The
    model is the simplest there is: an image gets the label of the training image that resembles it
    most (smallest distance of the 16 x 16 pictures). An honest test must come out near one half.
    Returns (tosses,) shares of right answers. Raises DataError as `folds` does.
    """
    draws, patients = np.random.default_rng(seed), sorted(table["patient_id"].unique())
    pictures = batches.Source(table, size=16, batch=1, shuffle=False).images()
    flat = pictures.reshape(len(table), -1)
    apart = distance.cdist(flat, flat)
    rights = []
    for toss in range(tosses):
        sides = dict(zip(patients, draws.permutation(np.arange(len(patients)) % 2), strict=True))
        label = table["patient_id"].map(sides).to_numpy()
        fold_of = folds(table, way, count, seed + toss)
        hidden = (
            fold_of[:, None] == fold_of[None, :]
        )  # an image of the same test group may not be asked
        nearest = np.where(hidden, np.inf, apart).argmin(axis=1)
        rights.append(float(np.mean(label[nearest] == label)))
    return np.array(rights)
