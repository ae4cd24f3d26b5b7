"""Tables of lessons 04 and 05; the pictures stand in `segment.pictures`, `say` in `show.pages`."""

import numpy as np
import pandas

from course_utils.core import errors
from course_utils.segment import muscle
from course_utils.segment.pictures import (  # noqa: F401 - until the lessons use the new place
    cases,
    cheapest,
    measured,
    priced,
    slip,
    slipped,
    thresholded,
)
from course_utils.show.pages import say  # noqa: F401


def shapes(model):
    """The sizes of the picture on its way through a network: one row wherever the size changes.

    model: a Keras model. Returns a table: step, rows, columns, channels.
    """
    rows, before = [], None
    for layer in model.layers:
        size = tuple(layer.output.shape[1:])
        if size != before:
            rows.append((layer.name, *size))
        before = size
    return pandas.DataFrame(rows, columns=["step", "rows", "columns", "channels"])


def thickness(mask, spacing):
    """`muscle.thickness` of a predicted mask, or None, with a warning that says why there is none:
    millimetres that are not known, or an outline that shows no muscle to measure.
    """
    try:
        return muscle.thickness(mask, None if np.isnan(spacing).any() else spacing)
    except (errors.CalibrationError, errors.DataError) as problem:
        errors.warn(f"No thickness: {problem}")
        return None
