"""The ultrasound region table of a DICOM file: which part of the screen is measured in what.

DICOM PS3.3 C.8.5.5, 'US Region Calibration': tag (0018,6011) lists rectangles of the screen, each
with its kind (tissue, ECG trace ...), the unit along x and y, and the size of one pixel in that
unit.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from course_utils.core import accept, errors
from course_utils.load import tags

_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
KINDS, UNITS = dict(enumerate(_TOLD["kinds"])), dict(enumerate(_TOLD["units"]))
SHAPES = (4 / 3, 5 / 4, 3 / 2, 16 / 10, 16 / 9)
SCREENS = tuple(map(tuple, _TOLD["screens"]))
FACTORS = (1.25, 4 / 3, 1.5, 1.6, 2, 2.5, 3, 4)


@dataclass(frozen=True)
class Region:
    """One rectangle of the table: `kind`, `bounds` (x0, y0, x1, y1) in pixels, `units` and `delta`
    along (x, y).

    `delta` is the size of one pixel in `units`; `flat` is True for a two-dimensional picture of
    space.
    """

    kind: str
    bounds: tuple
    units: tuple
    delta: tuple
    flat: bool

    @property
    def spacing(self):
        """(row_mm, col_mm), or None where a pixel of this region is not a length in both
        directions.
        """
        if not self._is_tissue or self.against:
            return None
        return abs(self.delta[1]) * 10, abs(self.delta[0]) * 10

    @property
    def _is_tissue(self):
        in_cm = self.flat and self.units == ("cm", "cm")
        return in_cm and self.kind in ("tissue", "colour flow")

    @property
    def against(self):
        """What speaks against the millimetres of a tissue region, as a phrase; else ''."""
        if not self._is_tissue:
            return ""
        x0, y0, x1, y1 = self.bounds
        if x1 <= x0 or y1 <= y0:
            return "its corners are swapped or the same"
        pair = abs(self.delta[1]) * 10, abs(self.delta[0]) * 10
        return accept.implausible(pair, (y1 - y0, x1 - x0))

    def holds(self, point):
        """True when `point` (x, y) lies in this region, its border included."""
        x0, y0, x1, y1 = self.bounds
        return x0 - 0.5 <= point[0] <= x1 + 0.5 and y0 - 0.5 <= point[1] <= y1 + 0.5


def read(dataset):
    """The regions of a pydicom dataset as a list of `Region` (empty when there is no table)."""
    return [_region(item) for item in dataset.get("SequenceOfUltrasoundRegions") or []]


def fit(regions, height, width):
    """Can this table belong to a picture of `height` x `width`? Returns ('fits' | 'cropped' |
    'refused', reason).

    A table describes the screen it was made for. When all its rectangles lie inside the picture it
    *fits*. When they overrun the picture, the picture was either cropped (a pixel is still the
    same size: the millimetres hold) or resized (they do not). It counts as *cropped* only when all
    three hold:

    1. the table overruns along one axis only (resizing shortens both);
    2. the picture does not have the shape of a screen (4:3, 5:4, 3:2, 16:10, 16:9): a resized
       screen keeps its shape;
    3. along the other axis the picture has the length of a usual screen that would hold the whole
       table, or the table fills that axis to 98 %.

    Everything else is *refused*; the reason names the likely factor. Limits: a picture enlarged,
    or shrunk so little that the table still fits, cannot be told from bounds; neither can one
    cropped at the top or left, where the millimetres hold but the rectangles are shifted; a
    picture cropped and then resized along one axis only could pass.
    """
    right, bottom = max(r.bounds[2] for r in regions), max(r.bounds[3] for r in regions)
    over = right > width + 1, bottom > height + 1
    size = (
        f"the table reaches to column {right} and row {bottom}, "
        f"the picture has {width} x {height} pixels"
    )
    if not any(over):
        return "fits", ""
    if all(over) or _is_screen_shape(width, height):
        return "refused", f"{size}. {_guess(right, bottom, width, height)}"
    if _is_crop(over, right, bottom, width, height):
        side = "bottom" if over[1] else "right"
        return "cropped", (
            f"{size}. The picture was taken as cropped (at the {side}), not resized, because only "
            "one side is short and its shape is no screen's: the millimetres hold"
        )
    return (
        "refused",
        f"{size}. The picture may have been cropped or resized; nothing here tells which",
    )


def spacing(regions):
    """(row_mm, col_mm) shared by all regions of tissue (grey or colour flow), or None where there
    is none or they differ.
    """
    found = {r.spacing for r in regions if r.spacing}
    return found.pop() if len(found) == 1 else None


def spacing_between(regions, start, end):
    """(row_mm, col_mm) that holds for both points (x, y). Raises `CalibrationError` with the
    reason otherwise.

    Where regions overlap the smallest one around a point decides: an ECG strip drawn over the
    tissue belongs to the ECG.
    """
    found = [_around(regions, point) for point in (start, end)]
    for region, point in zip(found, (start, end), strict=True):
        if region is None:
            raise errors.CalibrationError(
                f"The point {_text(point)} lies outside every calibrated region "
                f"({_list(regions)}), so its millimetres are unknown."
            )
        if region.spacing is None:
            raise errors.CalibrationError(
                f"The point {_text(point)} lies in the {region.kind} region, where a pixel is "
                f"measured in {region.units[0]} by {region.units[1]}, not in centimetres of tissue."
            )
    if found[0].spacing != found[1].spacing:
        raise errors.CalibrationError(
            "The two points lie in regions with different pixel sizes. Measure within one picture."
        )
    # Two pictures side by side, of one scale: what lies between them is no distance in the body.
    if not any(r.spacing == found[0].spacing and r.holds(start) and r.holds(end) for r in regions):
        raise errors.CalibrationError(
            f"The points {_text(start)} and {_text(end)} lie in two pictures of a divided screen. "
            "Measure within one picture."
        )
    return found[0].spacing


def _region(item):
    def whole(keyword):
        found = tags.numbers(item, keyword)
        return int(found[0]) if found else 0

    def decimal(keyword):
        found = tags.numbers(item, keyword)
        return found[0] if found else 0.0

    data = whole("RegionDataType")
    return Region(
        kind=KINDS.get(data, f"type {data}"),
        bounds=tuple(whole(f"RegionLocation{k}") for k in ("MinX0", "MinY0", "MaxX1", "MaxY1")),
        units=tuple(UNITS.get(whole(f"PhysicalUnits{a}Direction"), "unknown") for a in "XY"),
        delta=tuple(decimal(f"PhysicalDelta{a}") for a in "XY"),
        flat=whole("RegionSpatialFormat") == 1,
    )


def _around(regions, point):
    def _area(region):
        x0, y0, x1, y1 = region.bounds
        return (x1 - x0) * (y1 - y0)

    return min((r for r in regions if r.holds(point)), key=_area, default=None)


def _is_screen_shape(width, height):
    return any(abs(width / height / shape - 1) < 0.015 for shape in SHAPES)


def _is_crop(over, right, bottom, width, height):
    if over[1]:
        return right >= 0.98 * width or any(w == width and h >= bottom - 1 for w, h in SCREENS)
    return bottom >= 0.98 * height or any(h == height and w >= right - 1 for w, h in SCREENS)


def _guess(right, bottom, width, height):
    """The likely factor between the table's screen and this picture, in words."""
    least = max((right - 1) / width, (bottom - 1) / height)
    fitting = [f for f in FACTORS if f >= least - 1e-9]
    screens = [
        f
        for f in fitting
        if any(abs(w - f * width) <= f and abs(h - f * height) <= f for w, h in SCREENS)
    ]
    likely = (screens or [f for f in fitting if f <= 1.2 * least] or [None])[0]
    if likely is None:
        return (
            f"It was made smaller by at least {least:.2f} after the table was written, "
            "or cut on both sides"
        )
    return (
        f"It was probably made smaller by a factor of {likely:.3g} "
        f"(from {likely * width:.0f} x {likely * height:.0f}) and "
        f"nobody told the table: sizes would come out wrong by that factor"
    )


def _list(regions):
    return "; ".join(
        f"{r.kind} x {r.bounds[0]}-{r.bounds[2]}, y {r.bounds[1]}-{r.bounds[3]}" for r in regions
    )


def _text(point):
    return f"({point[0]:g}, {point[1]:g})"
