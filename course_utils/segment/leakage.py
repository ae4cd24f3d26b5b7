"""The leakage lab of lesson 04: one set, tested once by image and once by patient.

Every image is tested exactly once in both ways, by a model that did not train on it. By patient,
that model has never met the patient; by image, it has. Nothing else differs.
"""

import numpy as np
import pandas
from scipy.spatial import distance

from course_utils.core import errors, plurals
from course_utils.segment import batches

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
            f"each; the table has {plurals.count(len(patients), 'patient')}."
        )
    if way == "by image":
        return draws.permutation(np.arange(len(table)) % count)
    fold_of = dict(zip(draws.permutation(patients), np.arange(len(patients)) % count, strict=True))
    return table["patient_id"].map(fold_of).to_numpy()


def coin(table, way, tosses=100, count=4, seed=0):
    """How often the most similar training image foretells a coin that was tossed for each patient.

    The label means nothing: half of the patients get 0, half 1, by chance, again in every toss. The
    model is the simplest there is: an image gets the label of the training image that resembles it
    most (smallest distance of the 16 x 16 pictures). An honest test must come out near one half.
    Returns (tosses,) shares of right answers. Raises DataError as `folds` does.
    """
    draws, patients = np.random.default_rng(seed), sorted(table["patient_id"].unique())
    apart = _apart(table)
    rights = []
    for toss in range(tosses):
        sides = dict(zip(patients, draws.permutation(np.arange(len(patients)) % 2), strict=True))
        label = table["patient_id"].map(sides).to_numpy()
        fold_of = folds(table, way, count, seed + toss)
        nearest = _nearest(apart, fold_of)
        rights.append(float(np.mean(label[nearest] == label)))
    return np.array(rights)


def recognised(table, way="by image", count=4, seed=0):
    """Which training image resembles each image most, in one split: a table with patient_id,
    asked (patient_id of the most similar training image), row, asked_row (places in `table`,
    from 0) and distance, the most similar pair first.
    """
    apart, fold_of = _apart(table), folds(table, way, count, seed)
    nearest = _nearest(apart, fold_of)
    rows, names = np.arange(len(table)), table["patient_id"].to_numpy()
    found = pandas.DataFrame(
        {"patient_id": names, "asked": names[nearest], "row": rows, "asked_row": nearest,
         "distance": apart[rows, nearest]}
    )  # fmt: skip
    return found.sort_values("distance", ignore_index=True)


def _apart(table):
    """How far the 16 x 16 pictures of all pairs of images are apart."""
    pictures = batches.Source(table, size=16, batch=1, shuffle=False).images()
    flat = pictures.reshape(len(table), -1)
    return distance.cdist(flat, flat)


def _nearest(apart, fold_of):
    hidden = fold_of[:, None] == fold_of[None, :]  # an image of the same test group is not asked
    return np.where(hidden, np.inf, apart).argmin(axis=1)
