"""An outline that is wrong on purpose, so that a reader has something to find before signing."""

import dataclasses
import warnings

import numpy as np

from course_utils.core import accept, errors
from course_utils.ejection_fraction.discs import ef_from_masks

DEEPER_MM = 10.0  # about as far as an outline goes that takes the mitral valve for the atrial wall


def into_the_atrium(answer, clip_4ch, clip_2ch=None, mm=DEEPER_MM):
    """The same answer with its four-chamber outline at end-systole drawn through the mitral valve.

    answer: an `automatic.AutoEF` with masks of these clips (apex above, as the course has it). mm:
    how much deeper the outline ends; without spacing, that share of a picture 150 mm deep. The
    ejection fraction is measured anew from the spoiled outline, and its interval moves with it.
    Raises DataError for an mm that is not above zero.
    """
    mm = accept.number(mm, "mm", 0.5)
    row_mm = clip_4ch.spacing[0] if clip_4ch.spacing else 150 / answer.masks_4ch.shape[1]
    masks = answer.masks_4ch.copy()
    right = answer.masks_4ch[answer.es]
    for rows in range(1, round(mm / row_mm) + 1):
        masks[answer.es, rows:] |= right[:-rows]
    four = masks[answer.ed], masks[answer.es]
    two = (None, None)
    if clip_2ch is not None and answer.masks_2ch is not None:
        two = answer.masks_2ch[answer.ed_2ch], answer.masks_2ch[answer.es_2ch]
    spacing_2ch = None if clip_2ch is None else clip_2ch.spacing
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", errors.CourseWarning
        )  # the editor says it beside the number
        ef = ef_from_masks(*four, *two, spacing_4ch=clip_4ch.spacing, spacing_2ch=spacing_2ch)
    moved = None
    if answer.interval is not None:
        moved = tuple(float(np.clip(end + ef - answer.ef, 0, 100)) for end in answer.interval)
    return dataclasses.replace(answer, masks_4ch=masks, ef=ef, interval=moved)
