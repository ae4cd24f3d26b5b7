"""Can what came out of a decoder be a picture? One check for every reader of the room.

A decoder returns numbers, not a picture: 8 bits in a 16-bit file give one that is nearly black, a
channel that says nothing one that is black. Whoever reads a file asks here, and the answer is said.
"""

import math

import numpy as np

from course_utils.core import accept, errors

FEWER_BITS = (8, 10, 12)  # what scanners put into 16
DARK = 0.1  # brightest grey of a picture in which nobody would see anything
FLAT = 0.05  # the least from its darkest to its brightest grey


def depth(low, high, bits, signed=False):
    """(zero, full, remark): what counts as black, how many steps white is above it, and '' or a
    remark. `low` and `high` are the extremes of the stored values, `bits` what the header says.

    A file of more than 8 bits that uses only 8, 10 or 12 is read with those.
    """
    zero = -(2 ** (bits - 1)) if signed and low < 0 else 0
    full = 2**bits - 1 if zero or not signed else 2 ** (bits - 1) - 1
    for fewer in FEWER_BITS if bits > 8 and zero else ():
        half = 2 ** (fewer - 1)
        if fewer < bits and -half <= low and high < half:
            remark = (
                f"has {bits}-bit pixels but none beyond {-half} to {half - 1}: read as {fewer}-bit"
            )
            return -half, 2**fewer - 1, remark
    if bits > 8 and zero == 0 and high > 0:
        for fewer in FEWER_BITS:
            if high <= 2**fewer - 1 < full:
                remark = (
                    f"has {bits}-bit pixels but no value above {2**fewer - 1}: read as {fewer}-bit"
                )
                return zero, 2**fewer - 1, remark
    return zero, full, ""


def told(grey, name, varied=False):
    """Warn where a grey picture or cine 0..1 cannot be one: every pixel (nearly) alike, or all but
    black.

    `varied` is True where the file itself is not constant, so that something was lost in reading.
    """
    low, high = float(grey.min()), float(grey.max())
    lost = " The file itself is not empty: something was lost in reading it." if varied else ""
    if low == high:
        errors.warn(
            f"'{name}': every pixel has the same grey value ({low:.3g}), so there is no picture."
            f"{lost} Look at it, or export it again."
        )
    elif high < DARK:
        errors.warn(
            f"'{name}' is all but black: its brightest pixel is {high:.3g} of 1. Were its bits "
            f"read rightly?{lost} Look at it, or export it again."
        )
    elif high - low < FLAT:
        errors.warn(
            f"'{name}' is all but one grey: its pixels go from {low:.3g} to {high:.3g}. Were its "
            f"bits read rightly?{lost} Look at it, or export it again."
        )


def unit(values, name):
    """Grey values of any number format as float32, 0..1: bytes over 255, deeper whole numbers over the
    least of 255, 1023, 4095 and 65535 that holds them, decimals up to 1 as they are. Decimals beyond
    1 have no known white: their largest is taken for it, with a warning. Raises FileError.
    """
    if values.dtype == np.uint8:
        return values.astype(np.float32) / 255
    if values.dtype.kind not in "iuf" or not np.isfinite(values).all() or values.min() < 0:
        raise errors.FileError(
            f"'{name}' holds negative, missing or complex numbers: it is not a grey picture as a "
            "scanner shows it. Export it with 8 or 16 bits."
        )
    top = float(values.max())
    if values.dtype.kind == "f" and top <= 1.01:
        return np.clip(values, 0, 1).astype(np.float32)
    if values.dtype.kind == "f" and (values != np.round(values)).any():
        if not 128 < top <= 255.5:  # a picture of 8 bits that was smoothed or resized
            errors.warn(
                f"'{name}' holds decimal numbers up to {top:.4g} and does not say what white is: "
                f"{top:.4g} was taken for it. Compare no grey levels between such files."
            )
        return np.clip(values / (255 if 128 < top <= 255.5 else top), 0, 1).astype(np.float32)
    for limit in (255, 1023, 4095, 65535):
        if top <= limit:
            return (values / limit).astype(np.float32)
    raise errors.FileError(
        f"'{name}' holds values up to {top:g}; 65535 is the most. Export it with 8 or 16 bits."
    )


def millimetres(pair, shape, name):
    """(spacing or None, remark): the one rule of what a pixel can measure, for every reader.

    `pair` is (row_mm, col_mm) as read, or None; `shape` the (H, W) of the picture or of its region.
    The remark is '' or a sentence on why nothing is measured.
    """
    nothing = "Nothing is measured in millimetres."
    if pair is None or not all(math.isfinite(step) and step > 0 for step in pair):
        return None, f"'{name}' holds no pixel size. {nothing}"
    against = accept.implausible(pair, shape)
    if not against and tuple(pair) == (1, 1):
        against = "programs write exactly that where they know nothing"
    if against:
        return None, (
            f"'{name}' gives pixels of {pair[0]:.3g} x {pair[1]:.3g} mm; {against}: it was left at "
            f"a default, or has another unit. {nothing}"
        )
    return (float(pair[0]), float(pair[1])), ""


def constant(array):
    """True when all values of an array are alike."""
    return bool(np.ptp(array) == 0) if array.size else True
