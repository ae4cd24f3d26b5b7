"""Names that moved: pictures to `segment.pictures`, `say` to `show.pages`, thickness to `segment.muscle`."""

import numpy as np

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


def thickness(mask, spacing):
    """`muscle.thickness` of a predicted mask, or None, with a warning that says why there is none:
    millimetres that are not known, or an outline that shows no muscle to measure.
    """
    try:
        return muscle.thickness(mask, None if np.isnan(spacing).any() else spacing)
    except (errors.CalibrationError, errors.DataError) as problem:
        errors.warn(f"No thickness: {problem}")
        return None
