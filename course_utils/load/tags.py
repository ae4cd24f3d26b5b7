"""Optional tags of a DICOM file, read so that a bad one never condemns the picture."""

import math

import numpy as np

from course_utils.core import errors


def numbers(dataset, keyword, count=None):
    """The finite numbers in a tag as a tuple of floats, or None where it is missing or no number.

    count: how many there have to be. A tag that cannot be understood ('0,143' with a decimal comma,
    a word) counts as unknown, with a warning that shows it.
    """
    try:
        value = dataset.get(keyword)
        if value is None or str(value).strip() == "":
            return None
        found = tuple(float(one) for one in np.atleast_1d(value))
    except Exception:  # pydicom parses a tag when it is asked for, and fails in many ways
        errors.warn(
            f"The tag {keyword} holds {_raw(dataset, keyword)}, which is no number: it counts as "
            "unknown."
        )
        return None
    good = found and all(math.isfinite(one) for one in found)
    return found if good and count in (None, len(found)) else None


def text(dataset, keyword):
    """The text of a tag without blanks around it; '' where it is missing or cannot be read."""
    try:
        return str(dataset.get(keyword) or "").strip()
    except Exception:  # as in `numbers`
        errors.warn(f"The tag {keyword} cannot be read: it counts as unknown.")
        return ""


def _raw(dataset, keyword):
    element = dataset.get_item(keyword)
    value = getattr(element, "value", b"")
    shown = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return repr(shown.strip("\0 ")[:40])
