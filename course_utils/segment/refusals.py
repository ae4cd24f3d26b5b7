"""What a training refuses before it starts, each with the sentence that says what to do.

What only the files can tell (sizes, labels, empty masks) is refused by `batches.Source`.
"""

import math
import numbers

import numpy as np
import pandas

from course_utils.cases import split
from course_utils.core import errors, tables
from course_utils.segment.backend import keras

COLUMNS = ("image", "mask", "patient_id")


def image_size(model):
    """The side of the square images that a network takes; DataError if it does not outline them."""
    if not isinstance(model, keras.Model):
        raise errors.DataError(
            f"model must be a Keras network, such as models.unet() gives, not "
            f"{type(model).__name__}."
        )
    given, made = model.input_shape, model.output_shape
    if (
        len(given) != 4
        or given[1] != given[2]
        or given[1] is None
        or given != made
        or given[3] != 1
    ):
        raise errors.DataError(
            f"The network must turn (images, size, size, 1) into the same shape; '{model.name}' "
            f"turns {given} into {made}."
        )
    return given[1]


def check_numbers(epochs, seconds, learning_rate, batch, patience):
    """Refuse numbers that are none, or not above 0. epochs, seconds and patience may be None."""
    for name, value, whole in (
        ("epochs", epochs, True),
        ("seconds", seconds, False),
        ("learning_rate", learning_rate, False),
        ("batch", batch, True),
        ("patience", patience, True),
    ):
        if value is None and name not in ("learning_rate", "batch"):
            continue
        kind = numbers.Integral if whole else numbers.Real
        if not isinstance(value, kind) or isinstance(value, bool) or not 0 < value < math.inf:
            what = "a whole number above 0" if whole else "a number above 0"
            raise errors.DataError(f"{name} must be {what}, not {value!r}.")


def check_tables(train, validation, allow_leak=False):
    """Refuse tables without rows or columns, a single patient, and patients on both sides."""
    for name, table in (("train", train), ("validation", validation)):
        if isinstance(table, pandas.DataFrame) and table.empty:
            raise errors.DataError(f"The {name} table has no rows, so there is nothing to look at.")
        tables.checked(table, COLUMNS)
    if train["patient_id"].nunique() < 2:
        raise errors.DataError(
            "The training table holds one patient only. A network trained on one patient learns "
            "that patient; add others."
        )
    if not allow_leak:
        split.assert_no_leak(train, validation, max_distance=None)


def watched(watch, validation):
    """The row numbers to draw, a list of int from 0.

    watch: row numbers, which are returned, or how many: these are spread over the table, with a
    muscle in view if possible.
    """
    if isinstance(watch, numbers.Integral) and not isinstance(watch, bool) and watch >= 0:
        rows = np.arange(len(validation))
        if "empty" in validation and not validation["empty"].all():
            rows = rows[~validation["empty"].to_numpy(bool)]
        spread = np.linspace(0, len(rows) - 1, min(int(watch), len(rows)), dtype=int)
        return [int(row) for row in rows[spread]]
    rows = list(watch) if isinstance(watch, (list, tuple, np.ndarray)) else None
    if rows is None or any(
        not isinstance(row, numbers.Integral) or not 0 <= row < len(validation) for row in rows
    ):
        raise errors.DataError(
            f"watch must be a number of cases, or row numbers from 0 to {len(validation) - 1} of "
            f"the validation table, not {watch!r}."
        )
    return [int(row) for row in rows]
