"""Is this a whole number, a share, a spacing, an image, a mask? One answer for the whole house.

Each function returns the value in the form that the course works with, or raises DataError that
says what was given, what is needed and what to do. The limits of what is plausible stand here once.
"""

import math
import numbers

import numpy as np

from course_utils.core import errors

PLAUSIBLE_MM = (0.01, 5.0)  # of one pixel of an ultrasound picture
DEEPEST_MM = 400.0  # no scan reaches deeper: a picture taller than this has a wrong pixel size
WIDEST_MM = 1000.0  # a panorama, drawn along a limb, may be a metre wide
PLAUSIBLE_FPS = (1, 2000)  # pictures a second; ultrafast plane-wave cines reach the upper end
LARGEST_LABEL = 31  # a mask holds 0 and 1, or a handful of labels; 255 means it was never divided
FEW_PATIENTS = 5  # below this no interval says anything


def is_number(value):
    """Is it one finite number (a bool or a text is none)?"""
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def number(value, name, low=-math.inf, high=math.inf):
    """`value` as a float from `low` to `high`, both included. Raises DataError."""
    if not is_number(value) or not low <= value <= high:
        raise errors.DataError(f"{name} must be a number{_between(low, high)}, not {value!r}.")
    return float(value)


def whole(value, name, low=-math.inf, high=math.inf):
    """`value` as an int from `low` to `high`, both included; 3.0 counts as 3. Raises DataError."""
    if not is_number(value) or value != int(value) or not low <= value <= high:
        raise errors.DataError(
            f"{name} must be a whole number{_between(low, high)}, not {value!r}."
        )
    return int(value)


def share(value, name):
    """`value` as a float from 0 to 1. Raises DataError, also for a percentage."""
    return number(value, name, 0, 1)


def seed(value):
    """`value` as the int from 0 that random numbers start from. Raises DataError."""
    return whole(value, "seed", 0)


def spacing(value):
    """(row_mm, col_mm) as two floats above 0; None stays None. Raises DataError."""
    return None if value is None else _pair(value)


def _pair(value):
    try:
        pair = tuple(value)
    except TypeError:
        pair = ()
    if len(pair) != 2 or not all(is_number(step) and step > 0 for step in pair):
        raise errors.DataError(
            f"spacing must be two numbers above 0, (row_mm, col_mm), or None if unknown, "
            f"not {value!r}."
        )
    return float(pair[0]), float(pair[1])


def millimetres(value, what, advice=""):
    """(row_mm, col_mm) like `spacing`, for `what` that needs them. Raises CalibrationError for None
    (with `advice`) and for what is no such pair.
    """
    if value is None:
        raise errors.CalibrationError(
            f"The spacing is unknown (None), so there is no {what}. {advice}".strip()
        )
    try:
        return _pair(value)
    except errors.DataError as problem:
        raise errors.CalibrationError(str(problem)) from problem


def implausible(pair, shape=None):
    """What speaks against these millimetres for a pixel, as a phrase, or "" where nothing does.

    pair: (row_mm, col_mm). shape: (rows, columns) of the picture, for its depth and width.
    """
    low, high = PLAUSIBLE_MM
    for step, axis in zip(pair, ("high", "wide"), strict=True):
        if not (is_number(step) and low <= step <= high):
            return f"a pixel {step:g} mm {axis} cannot be (from {low:g} to {high:g} mm can)"
    limits = (("deep", DEEPEST_MM), ("wide", WIDEST_MM))
    for step, count, (axis, most) in zip(pair, shape or (), limits, strict=False):
        if step * count > most:
            length = f"{step * count / 10:.0f} cm {axis}"
            return f"a picture {length} cannot be ({most / 10:.0f} cm at most)"
    return ""


def array(values, name):
    """`values` as an array of numbers; text, None and ragged lists are not. Raises DataError."""
    try:
        found = np.asarray(values)
    except ValueError:
        found = np.asarray(None)
    if found.dtype.kind not in "buif":
        what = repr(values) if isinstance(values, (str, type(None))) else type(values).__name__
        raise errors.DataError(
            f"{name} must be an array of numbers, not {what}. "
            "To read a file, use load.image or load.mask."
        )
    return found


def image(value, name="image"):
    """`value` as float32 (H, W) with values 0..1, the form that every function works on.

    Raises DataError, with what to do, for anything else: not an array, RGB, whole numbers 0..255,
    NaN, nothing in it, values outside 0..1.
    """
    found = array(value, name)
    if found.ndim != 2 or found.size == 0:
        raise errors.DataError(_shape_message(found, name))
    if found.dtype.kind != "f":
        raise errors.DataError(
            f"{name} holds {found.dtype} values; grey values must be decimals from 0 to 1. Read "
            "the file with load.image, or divide by the largest possible value (255 for 8 bits)."
        )
    # One pass each for the two extremes; a NaN makes both comparisons false.
    low, high = float(found.min()), float(found.max())
    if not (low >= -1e-6 and high <= 1 + 1e-6):
        if not np.isfinite(found).all():
            raise errors.DataError(
                f"{name} holds NaN or infinite values. Find out where they come "
                "from (often 0 divided by 0), or replace them with "
                "numpy.nan_to_num."
            )
        raise errors.DataError(
            f"{name} runs from {low:.4g} to {high:.4g}; grey values must lie between 0 and 1. "
            "Divide by the largest possible value (255 for 8 bits), or use log_compress if this "
            "is an envelope."
        )
    found = found.astype(np.float32, copy=False)
    return found if 0 <= low and high <= 1 else np.clip(found, 0, 1)


def mask(value, shape=None, name="mask"):
    """`value` as uint8 (H, W) of 0 and 1 (or small labels); `shape` is the (H, W) it has to have.

    Raises DataError, with what to do, for anything else: another size than the image, 0/255,
    decimals between 0 and 1, RGB, nothing in it.
    """
    found = array(value, name)
    if found.ndim != 2 or found.size == 0:
        raise errors.DataError(_shape_message(found, name))
    if shape is not None and found.shape != tuple(shape):
        raise errors.DataError(
            f"{name} is {_size(found.shape)} but its image is {_size(shape)} "
            "(rows x columns). A mask has one value per pixel of its image; "
            "check the pairing."
        )
    if found.dtype.kind not in "bu":  # signed or decimal: allowed if nothing is lost
        kept = np.isfinite(found).all() and (found == np.floor(found)).all() and found.min() >= 0
        if not kept:
            raise errors.DataError(
                f"{name} holds values that are not whole numbers from 0. Make "
                "it 0 or 1 with mask > 0.5; soft edges often come from "
                "resizing a mask as an image."
            )
    if found.max() > LARGEST_LABEL:
        raise errors.DataError(
            f"{name} holds values up to {int(found.max())}; a mask holds 0 and "
            "1 (or a few labels). Read the file with load.mask, or use mask > "
            "127 for 0/255."
        )
    return found.astype(np.uint8, copy=False)


def masks(first, second):
    """Two masks of one size, as `mask` gives each. Raises DataError."""
    one = mask(first)
    return one, mask(second, one.shape)


def _between(low, high):
    if low == -math.inf and high == math.inf:
        return ""
    if high == math.inf:
        return f" from {low:g}"
    return f" up to {high:g}" if low == -math.inf else f" from {low:g} to {high:g}"


def _size(shape):
    return " x ".join(str(length) for length in shape)


def _shape_message(found, name):
    if found.size == 0:
        return f"{name} is empty: its shape is {found.shape}. Check the crop or file it came from."
    advice = "Check how it was made."
    if found.ndim == 3:
        advice = "For a cine take one frame: cine.frames[0]."
        if found.shape[2] in (3, 4):
            advice = "It has colour channels; use load.image, or average them for grey."
    return (
        f"{name} must be one grey image of shape (rows, columns), but its shape is "
        f"{found.shape}. {advice}"
    )
