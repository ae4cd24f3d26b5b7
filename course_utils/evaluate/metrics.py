"""How good is a mask: overlap, distance between outlines, and the number for a set of patients.

A mask is (H, W), 0 or 1 (bool will do), truth first, prediction second. spacing is (row_mm, col_mm)
per pixel, or None: then distances are in pixels, and say so in their names (`hd95_px`).

Outlines, and distances between them, are as in `outlines`: pieces of line with a length, after
Nikolov et al 2021. Tools differ in this by more than many models do (Podobnik and Vrtovec,
arXiv:2410.02630), so name yours beside a result.

When a mask is empty (as in Metrics Reloaded, Maier-Hein et al, Nat Methods 2024,
doi:10.1038/s41592-023-02151-z):
- both empty: a perfect answer. Every overlap is 1, every distance 0.
- one empty: the worst answer. Every overlap is 0, every distance the diagonal of the picture. Never
  NaN: a mean would leave that out, and the cases a model misses would improve its score.
"""

import numpy as np
import pandas as pd

from course_utils.core import accept, errors, identity, plurals
from course_utils.evaluate.outlines import Gaps

TOLERANCE_MM = 1.0  # a choice: software and readers of muscle thickness differ by up to this
TOLERANCE_PX = 5.0
MEASURES = tuple(
    """dice iou precision recall hd95_mm hd95_px surface_distance_mm surface_distance_px surface_dice
    thickness_mm thickness_error_mm""".split()
)
FEW = 5


def dice(truth, prediction):
    """Dice: twice the shared area over the sum of both areas, 0 to 1.

    Both empty: 1; one empty: 0. Raises DataError for anything but two masks of one size.
    Source: Dice, Ecology 1945, doi:10.2307/1932409.
    """
    both, false, missed = _counts(*_pair(truth, prediction))
    return _ratio(2 * both, 2 * both + false + missed)


def iou(truth, prediction):
    """Intersection over union (Jaccard): the shared area over the area of either, 0 to 1.

    Always Dice / (2 - Dice), so it says nothing new. Both empty: 1; one empty: 0.
    """
    both, false, missed = _counts(*_pair(truth, prediction))
    return _ratio(both, both + false + missed)


def precision(truth, prediction):
    """The share of the predicted muscle that is muscle, 0 to 1: what false muscle costs.

    1 - precision of the prediction is false. Both empty: 1; one empty: 0.
    """
    both, false, missed = _counts(*_pair(truth, prediction))
    return _ratio(both, both + false, empty=not missed)


def recall(truth, prediction):
    """The share of the muscle that was found, 0 to 1 (sensitivity): what missed muscle costs.

    1 - recall of the muscle is missed. Both empty: 1; one empty: 0.
    """
    both, false, missed = _counts(*_pair(truth, prediction))
    return _ratio(both, both + missed, empty=not false)


def hd95(truth, prediction, spacing=None):
    """The 95 % Hausdorff distance: all but the worst 5 % of either outline lie this close.

    From each outline the distances to the other, the 95th percentile by length of line, then the
    larger of the two directions (some tools pool both first, which gives less).
    Returns mm, or pixels where spacing is None. Both empty: 0; one empty: the diagonal.
    Raises DataError for a spacing that is not two numbers above 0.
    """
    truth, prediction = _pair(truth, prediction)
    return Gaps(truth, prediction, spacing).percentile(0.95)


def average_surface_distance(truth, prediction, spacing=None):
    """The mean distance between the outlines (ASSD: both directions pooled, by length of line).

    Returns mm, or pixels where spacing is None. Both empty: 0; one empty: the diagonal.
    """
    truth, prediction = _pair(truth, prediction)
    return Gaps(truth, prediction, spacing).mean()


def surface_dice(truth, prediction, spacing=None, tolerance_mm=None, tolerance_px=None):
    """The share of both outlines that lies within a tolerance of the other, 0 to 1 (NSD).

    tolerance_mm: a difference that does not matter, best what two readers differ by; 1 mm unless
    told. Without spacing give tolerance_px instead, in pixels. Both empty: 1; one empty: 0.
    Raises CalibrationError for a tolerance in mm without spacing, DataError for one below 0.
    Source: Nikolov et al 2021, doi:10.2196/26151.
    """
    truth, prediction = _pair(truth, prediction)
    tolerance = _tolerance(spacing, tolerance_mm, tolerance_px)
    return Gaps(truth, prediction, spacing).within(tolerance)


def score(truth, prediction, spacing=None, tolerance_mm=None, tolerance_px=None):
    """Every measure of one case, a dict; the outlines are searched only once.

    Keys: dice, iou, precision, recall, surface_dice, and hd95_mm, surface_distance_mm (average) or,
    where spacing is None, hd95_px, surface_distance_px. Tolerance: 1 mm or 5 pixels unless told.
    """
    truth, prediction = _pair(truth, prediction)
    if spacing is None and tolerance_mm is None and tolerance_px is None:
        tolerance_px = TOLERANCE_PX
    tolerance = _tolerance(spacing, tolerance_mm, tolerance_px)
    gaps = Gaps(truth, prediction, spacing)
    both, false, missed = _counts(truth, prediction)
    unit = "px" if spacing is None else "mm"
    return {
        "dice": _ratio(2 * both, 2 * both + false + missed),
        "iou": _ratio(both, both + false + missed),
        "precision": _ratio(both, both + false, empty=not missed),
        "recall": _ratio(both, both + missed, empty=not false),
        f"hd95_{unit}": gaps.percentile(0.95),
        f"surface_distance_{unit}": gaps.mean(),
        "surface_dice": gaps.within(tolerance),
    }


def per_patient(scores):
    """One row per patient: the mean of each measure over that patient's images.

    scores: a table with `patient_id` and measures (`dice`, `hd95_mm`, ...), one row per image, as
    segment.evaluate gives. Images of one patient resemble each other: ten of them are not ten
    patients. A value that is missing (no thickness where no muscle is) is left out of that mean.
    Returns a table by patient_id with `images` (how many) and the measures.
    Raises DataError for an empty table, a missing column or an image without a patient.
    """
    if not isinstance(scores, pd.DataFrame):
        raise errors.DataError(
            "per_patient needs a table with one row per image, not "
            f"{type(scores).__name__}. segment.evaluate makes one."
        )
    found = [name for name in MEASURES if name in scores]
    if "patient_id" not in scores or not found:
        lacking = "measure, such as dice" if "patient_id" in scores else "column patient_id"
        raise errors.DataError(f"The table of scores has no {lacking}.")
    if scores.empty:
        raise errors.DataError("The table of scores is empty: there is no image to average.")
    known = identity.canonical(scores["patient_id"])  # P01 and p01 are one person
    if nobody := known.count(""):
        raise errors.DataError(
            f"{plurals.count(nobody, 'image')} {plurals.verb(nobody, 'has', 'have')} no "
            "patient_id. Fill it in: scores are averaged by patient first."
        )
    groups = scores.groupby(pd.Series(known, scores.index, dtype=object, name="patient_id"))
    table = groups[found].mean()
    table.insert(0, "images", groups.size())
    return table


def _counts(truth, prediction):
    """Pixels in both, only in the prediction (false), only in the truth (missed)."""
    both = int(np.count_nonzero(truth & prediction))
    return (both, int(np.count_nonzero(prediction)) - both, int(np.count_nonzero(truth)) - both)


def _ratio(part, whole, empty=True):
    return part / whole if whole else float(empty)


# --- what is accepted ---


def _pair(truth, prediction):
    truth, prediction = _mask(truth, "truth"), _mask(prediction, "prediction")
    if truth.shape != prediction.shape:
        raise errors.DataError(
            f"The truth is {_size(truth)} but the prediction {_size(prediction)} (rows x "
            "columns). Bring the prediction back to the size of the image first, as "
            "segment.predict does."
        )
    return truth, prediction


def _mask(mask, name):
    try:
        array = np.asarray(mask)
    except ValueError:  # a ragged list
        array = np.asarray(None)
    if array.dtype.kind not in "buif":
        raise errors.DataError(
            f"The {name} must be a mask, an array of 0 and 1, not "
            f"{type(mask).__name__}. To read a file use load.mask."
        )
    if array.ndim != 2 or array.size == 0:
        raise errors.DataError(
            f"The {name} has the shape {array.shape}; a mask is (rows, columns) with one value per "
            "pixel, without colours. Read it with load.mask."
        )
    if array.dtype.kind == "b":
        return array
    inside = array == 1
    if not (inside | (array == 0)).all():
        raise errors.DataError(_labels_message(array, name))
    return inside


def _labels_message(array, name):
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return f"The {name} holds NaN or infinite values; a mask is 0 or 1 everywhere."
    low, high = array.min(), array.max()
    if 0 <= low and high <= 1:
        return (
            f"The {name} holds values between 0 and 1, so it is a probability. Make it a mask "
            "first with segment.mask."
        )
    return (
        f"The {name} holds values from {low:g} to {high:g}; a mask holds 0 and 1 only. Read "
        "it with load.mask, or compare one label: mask == label."
    )


def _tolerance(spacing, tolerance_mm, tolerance_px):
    """The tolerance in the unit of the distances: mm with spacing, pixels without."""
    if spacing is None and tolerance_px is None:
        raise errors.CalibrationError(
            "A tolerance in mm needs the spacing (row_mm, col_mm) of the image. Where it is "
            "unknown, give tolerance_px, in pixels."
        )
    if spacing is not None and tolerance_px is not None:
        raise errors.DataError(
            "With a spacing the tolerance is in mm: give tolerance_mm, not tolerance_px."
        )
    if tolerance_mm is not None and tolerance_px is not None:
        raise errors.DataError("Give tolerance_mm or tolerance_px, not both.")
    given = tolerance_px if spacing is None else tolerance_mm
    value = TOLERANCE_MM if given is None else accept.number(given, "The tolerance")
    if value < 0:
        raise errors.DataError(f"The tolerance must be 0 or more, not {value:g}.")
    return value


def _size(mask):
    return " x ".join(str(count) for count in mask.shape)
