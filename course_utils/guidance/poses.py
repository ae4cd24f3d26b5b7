"""Where a probe stands on the chest, and how much of the ventricle's length its picture shows.

The probe stands over the apex. It slides along the chest and tilts about the point where it touches
the skin; + is towards the head, - towards the feet. Slide and tilt move the plane of the picture out
of the heart's long axis: the ventricle looks shorter than it is (foreshortening). For a ventricle
that is part of an ellipsoid the length on show is a formula. Turning the probe about its own axis
is left out: the simulated right heart does not follow a turn, so that it would teach nothing true.
"""

import math
from dataclasses import dataclass

import numpy as np

from course_utils.core import accept
from course_utils.simulate import ventricle

SKIN_MM = 26.0  # from the inside of the apex to the skin
SLIDE_MM, TILT_DEG = 24.0, 12.0  # how far the hand of this lesson goes, either way
SLIDES, TILTS = np.linspace(-SLIDE_MM, SLIDE_MM, 9), np.linspace(-TILT_DEG, TILT_DEG, 7)  # the grid
USABLE = 0.8  # a view of this quality or more can be measured


@dataclass(frozen=True)
class Pose:
    """The probe on the chest: slide in mm and tilt in degrees, + towards the head.

    Raises DataError for more than 60 mm or 45 degrees.
    """

    slide_mm: float = 0.0
    tilt_deg: float = 0.0

    def __post_init__(self):
        accept.number(self.slide_mm, "slide_mm", -60, 60)
        accept.number(self.tilt_deg, "tilt_deg", -45, 45)

    def view(self, heart):
        """The plane of this pose as a `ventricle.View` of the heart."""
        tilt, offset, up = _plane(self.slide_mm, self.tilt_deg, heart)
        return ventricle.View(
            tilt_deg=-float(np.degrees(tilt)),
            offset_mm=float(offset),
            apex_mm=(4.0, SKIN_MM),
            reach_mm=float(up) - SKIN_MM,
        )


def quality(slide_mm, tilt_deg, heart):
    """How good the view of a pose is, 0 to 1: the share of the long axis on show, times the share
    of the mitral ring's width.

    slide_mm, tilt_deg: numbers or arrays, as in `Pose`. 1 where the plane holds the long axis; it
    falls when the apex is cut off, and when the valve is not cut through its middle. Closed forms
    at end-diastole (`length_shown`, `ring_shown`), for both signs of slide and tilt the same.
    """
    tilt, offset, _ = _plane(np.asarray(slide_mm, float), np.asarray(tilt_deg, float), heart)
    chamber = heart.ventricle(0.0)
    return np.minimum(length_shown(-tilt, offset, chamber), 1.0) * ring_shown(
        -tilt, offset, chamber
    )


def length_shown(tilt, offset_mm, chamber):
    """The cavity's length in a plane, as a share of its long axis: numbers or arrays.

    tilt: radians about the middle of the mitral ring; offset_mm: from there to the plane; chamber:
    a `ventricle.Chamber` that is part of an ellipsoid (power 2, no ripples). Along the plane's own
    upward direction s the cavity is where
    (o cos t + s sin t)^2 / b^2 + (s cos t - o sin t - h)^2 / c^2 <= 1, from the mitral plane up.
    A tilt alone leaves 0.973, 0.902, 0.709 at 5, 10, 20 degrees of the usual heart; an offset
    alone (h + c sqrt(1 - o^2 / b^2)) / (c + h). A plane from the edge of the ring to the apex shows
    a little more than 1. 0 where it misses the cavity. `ventricle.tracing` agrees within 0.01.
    """
    b, c, h = chamber.b, chamber.c, chamber.h
    sine, cosine = np.sin(tilt), np.cos(tilt)
    square = sine**2 / b**2 + cosine**2 / c**2
    across, along = offset_mm * cosine, offset_mm * sine + h
    half = across * sine / b**2 - along * cosine / c**2
    inner = half**2 - square * (across**2 / b**2 + along**2 / c**2 - 1.0)
    root = np.sqrt(np.maximum(inner, 0.0))
    top, bottom = (-half + root) / square, (-half - root) / square
    ring = offset_mm * np.tan(tilt)  # where the plane passes the mitral plane
    seen = np.clip(top - np.maximum(ring, bottom), 0.0, None)
    return np.where(inner > 0, seen, 0.0) / (c + h)


def ring_shown(tilt, offset_mm, chamber):
    """The mitral ring's width in the plane as a share of its largest: sqrt(1 - (o / r cos t)^2), r
    the ring's half width across the plane; 0 where the plane misses it.
    """
    reach = chamber.b * math.sqrt(1.0 - (chamber.h / chamber.c) ** 2)
    return np.sqrt(np.maximum(1.0 - (offset_mm / np.cos(tilt) / reach) ** 2, 0.0))


def height_mm(heart):
    """From the mitral plane to the skin over the apex, in mm."""
    return heart.length_mm + SKIN_MM


def advice(slide_mm, tilt_deg, good=False):
    """What to do about a hand that stands so far from the best place: a few words.

    good: the picture is good enough; then the advice is 'hold'. Otherwise it names the movement
    that the hand is furthest from, measured in shares of `SLIDE_MM` and `TILT_DEG`.
    """
    if good:
        return "hold"
    slide, tilt = slide_mm / SLIDE_MM, tilt_deg / TILT_DEG
    word, error = ("slide", slide) if abs(slide) >= abs(tilt) else ("tilt", tilt)
    return f"{word} towards the {'feet' if error > 0 else 'head'}"


def _plane(slide_mm, tilt_deg, heart):
    """Tilt in radians, distance from the ring's middle and from it up to the skin, both in mm."""
    tilt, high = np.radians(tilt_deg), height_mm(heart)
    offset = slide_mm * np.cos(tilt) + high * np.sin(tilt)
    return tilt, offset, high * np.cos(tilt) - slide_mm * np.sin(tilt)
