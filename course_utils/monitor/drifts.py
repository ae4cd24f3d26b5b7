"""Drift: a machine that was right and no longer is, noticed from a stream of differences.

x is a standardised difference, one a study, such as (human minus automatic EF) / SD: mean 0 while
all is well, above 0 when the machine reads low. Sources: Page, Biometrika 1954,
doi:10.1093/biomet/41.1-2.100 (CUSUM); Siegmund, Sequential Analysis, Springer 1985 (its run length).
"""

import math

import numpy as np

from course_utils.core import accept, errors
from course_utils.enhance import adjust


def cusum(values, slack=0.5, limit=4.0):
    """The upper CUSUM of a row of values, (n,): S = max(0, S + x - slack). It signals at `limit`.

    It sees a rise only. For a fall, give the values with the sign turned; who watches both ways has
    twice the false alarms. Raises DataError for a gap.
    """
    slack, limit = accept.number(slack, "slack", 0), accept.number(limit, "limit", 1e-6)
    values, total, found = np.asarray(values, float), 0.0, []
    if values.ndim != 1 or not np.isfinite(values).all():
        raise errors.DataError("A CUSUM needs a row of numbers without a gap.")
    for value in values:
        total = max(0.0, total + value - slack)
        found.append(total)
    return np.array(found)


def first_signal(values, slack=0.5, limit=4.0):
    """After how many values the CUSUM signals (from 1), or None if it never does."""
    reached = np.flatnonzero(cusum(values, slack, limit) >= limit)
    return int(reached[0]) + 1 if reached.size else None


def run_length(shift, slack=0.5, limit=4.0):
    """The mean number of values until the CUSUM signals, Siegmund's approximation.

    shift: the true mean of the values in SD: 0 gives the time to a false alarm, more the delay.
    With b = limit + 1.166 and d = shift - slack: (exp(-2 d b) + 2 d b - 1) / (2 d^2), and b^2 where
    d is 0. slack 0.5, limit 4: 338 in control, 26.7 at 0.5 SD, 8.3 at 1 SD.
    """
    shift, slack = accept.number(shift, "shift", -10, 10), accept.number(slack, "slack", 0, 10)
    bound = accept.number(limit, "limit", 1e-6, 100) + 1.166
    drift = shift - slack
    if abs(drift) < 1e-6:
        return bound**2
    return (math.exp(-2 * drift * bound) + 2 * drift * bound - 1) / (2 * drift**2)


def repictured(frames, gain_db=0.0, haze=0.0):
    """The same frames as a drifted scanner shows them: float32 (T, H, W), 0..1.

    frames: (T, H, W), 0..1. gain_db: of the overall gain (`enhance.gain`). haze: 0..1, the grey
    that lies over the picture; what is darker is lost in it.
    """
    haze = accept.share(haze, "haze")
    turned = np.stack([adjust.gain(frame, gain_db) for frame in frames])
    return np.maximum(turned, haze * (np.asarray(frames) > 0)).astype(np.float32)
