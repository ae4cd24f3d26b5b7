"""The left ventricle's volume from its outline: the long axis, 20 discs, and three formulas.

A mask is (H, W), 1 where the cavity is. spacing is (row_mm, col_mm), or None: then lengths are in
pixels (taken as square) and there is no volume in mL. Points are (x, y) in pixels, y downwards.

The method of discs cuts the cavity into 20 slices at right angles to its long axis and adds up
their volumes as if each were a round (one view) or an elliptical disc (two views). Source: Lang et
al., J Am Soc Echocardiogr 2015;28:1, doi:10.1016/j.echo.2014.10.003 (ASE/EACVI).
Known limit: a mitral plane that leans more than 6 degrees against the axis costs more than 10 mL
(Ultrasound Med Biol 2022, doi:10.1016/j.ultrasmedbio.2022.07.013).
"""

import math
from dataclasses import dataclass, field

import numpy as np

from course_utils.core import accept, errors
from course_utils.ejection_fraction import shape

DISCS = 20
WARN_AXES = 0.10  # usual practice: the two views' axes should differ by less
REFUSE_AXES = 0.20  # a choice: beyond this at least one view misses the apex


@dataclass(frozen=True)
class Axis:
    """The long axis of a cavity.

    apex, base: (x, y) in pixels; base is the middle of the mitral plane. length: from one to the
    other, in `unit` ("mm" or "px"). annulus_left, annulus_right: (x, y), the ends of the mitral
    plane; left and right as seen with the apex at the top.
    """

    apex: tuple
    base: tuple
    length: float
    annulus_left: tuple
    annulus_right: tuple
    unit: str = "px"


@dataclass(frozen=True)
class Discs:
    """The slices of one view, from the apex to the mitral plane.

    diameters: (n,) in `axis.unit`. height: of one slice, the same unit. chords: (n, 2, 2), the two
    wall points (x, y) in pixels of every diameter, left wall first (apex at the top).
    """

    diameters: np.ndarray = field(repr=False)
    height: float
    axis: Axis
    chords: np.ndarray = field(repr=False)

    @property
    def cube(self):
        """The single-plane volume in unit^3: mm^3, or pixels^3 where no spacing is known."""
        return volume(self.diameters, self.diameters, self.axis.length)


@dataclass(frozen=True)
class Biplane:
    """The volume from two views. volume: mL, or pixels^3 without spacing. length: the longer axis.
    disagreement: the difference of the two axes over the longer one, 0..1. flagged: more than 20 %.
    """

    volume: float
    length: float
    disagreement: float
    flagged: bool


def long_axis(mask, spacing=None, landmarks=None, label=None):
    """Find the long axis of a cavity: an `Axis`. The ventricle may point in any direction.

    The mitral plane is the straight stretch of the outline from whose middle the ventricle reaches
    farthest and is halved best; the apex is the farthest point. landmarks: (annulus, annulus, apex)
    as three points (x, y) if you know better, such as clicks. label: which label of the mask is the
    cavity, where it holds several (1 in CAMUS).

    Only the largest piece counts, its holes filled; more pieces give a warning.
    Raises DataError for an empty, tiny or unreadable mask, CalibrationError for a wrong spacing.
    """
    part = shape.cavity(mask, label)
    return _axis(shape.outline(part), _scale(spacing), spacing is not None, landmarks)


def measure(mask, spacing=None, n=DISCS, landmarks=None, label=None):
    """Cut a cavity into n slices at right angles to its long axis: `Discs`.

    The diameters run between the sub-pixel outlines of the mask, halfway down each slice.
    Arguments and errors as in `long_axis`.
    """
    part = shape.cavity(mask, label)
    return from_outline(shape.outline(part), spacing, n, landmarks)


def from_outline(points, spacing=None, n=DISCS, landmarks=None):
    """`Discs` of a closed outline, (N, 2) points (x, y) in pixels: a tracing instead of a mask."""
    n = _count(n)
    points, scale = shape.polygon(points), _scale(spacing)
    axis = _axis(points, scale, spacing is not None, landmarks)
    apex, base = np.multiply(axis.apex, scale), np.multiply(axis.base, scale)
    down = (base - apex) / axis.length
    right = np.array([down[1], -down[0]])  # to the right when the apex is at the top
    levels = (np.arange(n) + 0.5) / n * axis.length
    there = points * scale - apex
    left_end, right_end = shape.chords(there @ right, there @ down, levels)
    ends = np.stack([left_end, right_end], axis=1)
    chords = apex + levels[:, None, None] * down + ends[:, :, None] * right
    return Discs(right_end - left_end, axis.length / n, axis, chords / scale)


def volume(first, second, length):
    """pi / 4 x sum(a b) x length / n: the volume of n elliptical discs, in the unit^3 given.

    first, second: (n,) diameters in two planes at right angles (the same twice for one plane).
    For an ellipsoid of n discs it is too large by exactly 1 / (2 n^2): 0.125 % for 20.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.ndim != 1 or first.shape != second.shape or not first.size:
        raise errors.DataError(
            "Both views need the same number of discs, at least one: "
            f"{first.shape} and {second.shape} were given."
        )
    return float(math.pi / 4 * (first * second).sum() * length / first.size)


def single_plane_volume(mask, spacing, label=None):
    """The volume in mL from one view, every slice taken as round. Errors as in `long_axis`, and
    CalibrationError where spacing is None.
    """
    millimetres(spacing)
    return measure(mask, spacing, label=label).cube / 1000


def area_length_volume(mask, spacing, label=None):
    """The volume in mL from area A and axis L of one view: 8 A^2 / (3 pi L).

    Exact for an ellipsoid cut through its axis of revolution. A cavity cut off at the mitral plane
    is not one: expect a few per cent more than with discs. Errors as single_plane_volume.
    """
    row_mm, col_mm = millimetres(spacing)
    part = shape.cavity(mask, label)
    length = _axis(shape.outline(part), (col_mm, row_mm), True, None).length
    return area_length(float(part.sum()) * row_mm * col_mm, length) / 1000


def area_length(area, length):
    """8 A^2 / (3 pi L), in the cube of the unit of length."""
    if not (length > 0 and area >= 0):
        raise errors.DataError(f"Area {area!r} and length {length!r} cannot give a volume.")
    return 8 * area**2 / (3 * math.pi * length)


def biplane(discs_4ch, discs_2ch):
    """Both views together: a `Biplane`. The longer of the two axes counts, as ASE asks.

    Warns where they differ by more than 10 %: one view probably misses the apex.
    Raises DataError for different numbers of discs or one view in mm and one in pixels.
    """
    first, second = discs_4ch.axis, discs_2ch.axis
    if first.unit != second.unit:
        raise errors.DataError(
            "One view is in millimetres and the other in pixels: give the "
            "spacing of both, or of neither."
        )
    longer, gap = max(first.length, second.length), axis_disagreement(first.length, second.length)
    if gap > WARN_AXES:
        errors.warn(
            f"The long axes of the two views differ by {gap:.0%} ({first.length:.0f} and "
            f"{second.length:.0f} {first.unit}); less than 10 % is asked for. The shorter "
            "view probably misses the apex (foreshortening)."
        )
    cube = volume(discs_4ch.diameters, discs_2ch.diameters, longer)
    in_ml = cube / 1000 if first.unit == "mm" else cube
    return Biplane(in_ml, longer, gap, gap > REFUSE_AXES)


def biplane_volume(mask_4ch, mask_2ch, spacing_4ch, spacing_2ch, label=None):
    """The volume in mL from an apical four- and two-chamber view at the same moment of the beat.

    Warns where the axes differ by more than 10 %. Errors as single_plane_volume.
    """
    millimetres(spacing_4ch), millimetres(spacing_2ch)
    return biplane(
        measure(mask_4ch, spacing_4ch, label=label), measure(mask_2ch, spacing_2ch, label=label)
    ).volume


def ejection_fraction(edv, esv):
    """100 (EDV - ESV) / EDV in per cent. Any unit of volume, the same for both.

    Negative where the systolic volume is the larger one (were the frames swapped?): that is warned
    about, not hidden. Raises DataError for volumes that are not numbers above 0.
    """
    edv, esv = _positive(edv, "The end-diastolic volume"), _positive(esv, "The end-systolic volume")
    if esv > edv:
        errors.warn(
            "The end-systolic volume is larger than the end-diastolic one. Check which "
            "frame is which."
        )
    return 100 * (edv - esv) / edv


def ef_from_masks(ed_4ch, es_4ch, ed_2ch=None, es_2ch=None, spacing_4ch=None, spacing_2ch=None):
    """The ejection fraction in per cent from masks at end-diastole and end-systole.

    Works without spacing, since EF does not depend on the pixel size; the pixels are then taken as
    square, and as equally large in both views. One view: single plane; two: biplane.
    """
    if (ed_2ch is None) != (es_2ch is None):
        raise errors.DataError(
            "The two-chamber view needs both masks, end-diastole and end-systole, or neither."
        )
    if ed_2ch is None:
        return ejection_fraction(
            measure(ed_4ch, spacing_4ch).cube, measure(es_4ch, spacing_4ch).cube
        )
    pairs = [
        biplane(measure(four, spacing_4ch), measure(two, spacing_2ch)).volume
        for four, two in ((ed_4ch, ed_2ch), (es_4ch, es_2ch))
    ]
    return ejection_fraction(*pairs)


def axis_disagreement(first, second):
    """|L1 - L2| / the longer one, 0..1, of two axis lengths in the same unit."""
    return abs(first - second) / max(_positive(first, "An axis"), _positive(second, "An axis"))


# --- the axis in detail ---


def _axis(points, scale, calibrated, landmarks):
    scale = np.asarray(scale, float)
    if landmarks is None:
        left, right, base, apex = shape.base_and_apex(points * scale)
    else:
        left, right, apex = shape.landmarks(landmarks) * scale
        base = (left + right) / 2
    length = float(np.hypot(*(apex - base)))
    if length == 0:
        raise errors.DataError("The apex lies on the mitral plane: there is no long axis.")
    down = (base - apex) / length
    if (right - left) @ np.array([down[1], -down[0]]) < 0:
        left, right = right, left
    return Axis(
        *(tuple(float(value) for value in point / scale) for point in (apex, base)),
        length,
        *(tuple(float(value) for value in point / scale) for point in (left, right)),
        unit="mm" if calibrated else "px",
    )


# --- what is accepted ---


def _scale(spacing):
    """(mm per column, mm per row), in the order of points (x, y); (1, 1) where unknown."""
    if spacing is None:
        return 1.0, 1.0
    row_mm, col_mm = millimetres(spacing)
    return col_mm, row_mm


def millimetres(spacing):
    """(row_mm, col_mm) as two numbers above 0. Raises CalibrationError for anything else."""
    advice = "The ejection fraction needs none: see ef_from_masks."
    return accept.millimetres(spacing, "volume in mL", advice)


def _positive(value, what):
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < math.inf:
        raise errors.DataError(f"{what} must be a number above 0, not {value!r}.")
    return number


def _count(n):
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 2 <= n <= 1000:
        raise errors.DataError(
            f"n, the number of discs, must be a whole number from 2 to 1000, "
            f"not {n!r}; 20 is usual."
        )
    return int(n)
