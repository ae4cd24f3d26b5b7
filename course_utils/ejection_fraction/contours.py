"""The outline of the left ventricle as a reader edits it: three landmarks and five handles a side.

The mitral plane is a straight line between the two annulus points. The walls are one smooth curve
from the left annulus over the apex to the right annulus, through every handle. Each wall handle is
stored as a bulge: its distance, in pixels, outwards from the straight line annulus-apex of its
side. So the walls follow when a landmark is dragged, and the numbers of a contour are 16.

Left and right are as seen with the apex up; points are screen points (x right, y down) in pixels.
tracer.js holds the same formulas, and a test compares the two.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage, optimize

from course_utils.core import errors
from course_utils.ejection_fraction import discs
from course_utils.ejection_fraction import shape as lvshape

HEIGHTS = (0.15, 0.36, 0.57, 0.76, 0.91)  # where the wall handles sit, from annulus (0) to apex (1)
LANDMARKS = ("annulus left", "annulus right", "apex")
LEFT = tuple(f"left {number}" for number in range(1, 6))  # 1 is beside the annulus
RIGHT = tuple(f"right {number}" for number in range(1, 6))
HANDLES = ("annulus left", *LEFT, "apex", *RIGHT[::-1], "annulus right")  # along the curve
SAMPLES = 97  # points of the drawn curve: 8 for each of the 12 pieces, and one
CLOSEST = 1e-6  # keeps two handles in one place from dividing by zero
SOFT = (1.0, 0.65, 0.25, 0.08)  # how far the handles beside a moved one go along with it
HOLD = 0.02  # a weak pull to where a number was, so that none drifts along a straight border


@dataclass(frozen=True)
class Contour:
    """A left ventricular contour. Frozen: `moved` returns a new one.

    annulus_left, annulus_right, apex: screen points (x, y) in pixels. left, right: five bulges
    each, in pixels, from the annulus to the apex; above 0 is outwards.
    Raises DataError for anything but finite numbers in that form.
    """

    annulus_left: tuple
    annulus_right: tuple
    apex: tuple
    left: tuple
    right: tuple

    def __post_init__(self):
        for name, count in (
            ("annulus_left", 2),
            ("annulus_right", 2),
            ("apex", 2),
            ("left", 5),
            ("right", 5),
        ):
            object.__setattr__(self, name, _numbers(getattr(self, name), name, count))

    @classmethod
    def of(cls, numbers):
        """The contour of 16 numbers, as `numbers` gives them."""
        n = _numbers(numbers, "A contour", 16)
        return cls(n[:2], n[2:4], n[4:6], n[6:11], n[11:])

    @property
    def numbers(self):
        """The contour as a flat list of 16 numbers: landmarks, left bulges, right bulges."""
        return [*self.annulus_left, *self.annulus_right, *self.apex, *self.left, *self.right]

    @property
    def handles(self):
        """Name -> screen point (x, y) of all 13 handles, in the order of the curve."""
        return {
            name: tuple(place)
            for name, place in zip(HANDLES, self._places().tolist(), strict=False)
        }

    @property
    def crossed(self):
        """True where the walls cross each other or the mitral plane: there is no cavity then."""
        return _crosses(self.points())

    def points(self, n=SAMPLES):
        """`n` screen points (n, 2) on the walls, from the left to the right annulus.

        A centripetal Catmull-Rom spline through the handles (Yuksel et al, Computer-Aided Design
        2011, doi:10.1016/j.cad.2010.08.008), which never loops between them. The straight line
        back from the last to the first point is the mitral plane. Raises DataError below 13.
        """
        if not isinstance(n, (int, np.integer)) or n < len(HANDLES):
            raise errors.DataError(
                f"A contour is drawn with {len(HANDLES)} points or more, not {n!r}."
            )
        return _spline(self._places(), n)

    def mask(self, shape):
        """The cavity as a mask: uint8 of the given (rows, columns), 1 where a pixel's centre is
        inside the curve. What lies outside the picture is cut off.

        Raises DataError where the walls cross, or nothing of the cavity is in the picture.
        """
        outline = self.points()
        if _crosses(outline):
            raise errors.DataError(
                "The walls of the contour cross, so it encloses no cavity. Move "
                "the last point back, or return to the automatic contour."
            )
        made = lvshape.filled(outline, _shape(shape))
        if not made.any():
            raise errors.DataError(
                "No pixel lies inside the contour. Move its points apart, or "
                "return to the automatic contour."
            )
        return made

    def moved(self, handle, x, y):
        """A new contour with one handle of `HANDLES` moved to the screen point (x, y).

        A landmark goes there, and the walls beside it follow. A wall handle slides only in and
        out, at right angles to the line annulus-apex, as near to (x, y) as that allows; the
        handles beside it go along by the shares of `SOFT`, so that the wall stays smooth.
        Raises DataError for an unknown handle or a place that is not two finite numbers.
        """
        place = np.array(_numbers((x, y), "The place of a handle", 2))
        if handle in LANDMARKS:
            return replace(self, **{handle.replace(" ", "_"): tuple(place.tolist())})
        if handle not in HANDLES:
            raise errors.DataError(
                f"There is no handle {handle!r}; there are {', '.join(HANDLES)}."
            )
        side, number = handle.split()
        feet, outwards = self._wall(side)
        bulges, which = list(getattr(self, side)), int(number) - 1
        far = float((place - feet[which]) @ outwards) - bulges[which]
        for other in range(len(bulges)):
            beside = abs(other - which)
            bulges[other] += far * (SOFT[beside] if beside < len(SOFT) else 0.0)
        return replace(self, **{side: tuple(bulges)})

    def _wall(self, side):
        """Where the wall handles with no bulge would be (5, 2), and the direction of a bulge."""
        start, apex = np.array(getattr(self, f"annulus_{side}")), np.array(self.apex)
        x, y = (apex - start) / max(math.dist(apex, start), CLOSEST)
        outwards = np.array([y, -x] if side == "left" else [-y, x])
        return start + np.outer(HEIGHTS, apex - start), outwards

    def _places(self):
        """All 13 handles (13, 2), in the order of the curve."""
        left, right = (
            feet + np.outer(getattr(self, side), outwards)
            for side in ("left", "right")
            for feet, outwards in [self._wall(side)]
        )
        return np.vstack([self.annulus_left, left, self.apex, right[::-1], self.annulus_right])


def from_mask(mask):
    """The contour that follows the cavity of a mask, any way up.

    mask: (H, W); label 1, or True, is the cavity; other labels are left out. The landmarks are
    those of discs.long_axis. Then walls and mitral plane are moved a little, to lie on the border
    all along. Of several pieces the largest is followed, with a warning.
    Raises DataError for a mask without a cavity, or with one too small to have a shape.
    """
    cavity = _cavity(mask)
    found = discs.long_axis(cavity)
    contour = Contour(found.annulus_left, found.annulus_right, found.apex, (0,) * 5, (0,) * 5)
    return _refined(_traced(contour, cavity), cavity)


def _numbers(values, name, count):
    try:
        array = np.asarray(values, float).ravel()
    except (TypeError, ValueError):
        array = np.array([])
    if array.size != count or not np.isfinite(array).all():
        raise errors.DataError(f"{name} needs {count} finite numbers, not {values!r}.")
    return tuple(array.tolist())


def _spline(handles, n):
    """Centripetal Catmull-Rom in Hermite form; each end is continued by a straight step."""
    first, last = 2 * handles[0] - handles[1], 2 * handles[-1] - handles[-2]
    knots = np.vstack([first, handles, last])
    steps = np.sqrt(np.hypot(*np.diff(knots, axis=0).T)).clip(CLOSEST)[:, None]
    before, after = steps[:-1], steps[1:]
    speed = np.diff(knots, axis=0) / steps
    tangent = speed[:-1] - (knots[2:] - knots[:-2]) / (before + after) + speed[1:]
    place = np.linspace(0, len(handles) - 1, n)
    piece = np.minimum(place.astype(int), len(handles) - 2)
    u, step = (place - piece)[:, None], steps[1:-1][piece]
    return (
        (2 * u**3 - 3 * u**2 + 1) * handles[piece]
        + (3 * u**2 - 2 * u**3) * handles[piece + 1]
        + (u**3 - 2 * u**2 + u) * step * tangent[piece]
        + (u**3 - u**2) * step * tangent[piece + 1]
    )


def _crosses(outline):
    """True where the closed outline cuts itself, or runs the wrong way round."""
    start, end = outline, np.roll(outline, -1, axis=0)
    if (start[:, 0] * end[:, 1] - end[:, 0] * start[:, 1]).sum() <= 0:
        return True  # the apex is below the mitral plane, or left and right are swapped

    def _side(a, b, c):  # of every point c, from every line a-b
        return (b[:, None, 0] - a[:, None, 0]) * (c[None, :, 1] - a[:, None, 1]) - (
            b[:, None, 1] - a[:, None, 1]
        ) * (c[None, :, 0] - a[:, None, 0])

    one, two = _side(start, end, start), _side(start, end, end)
    cut = one * two < 0
    return bool((cut & cut.T).any())


def _cavity(mask):
    array = np.asarray(mask)
    return lvshape.cavity(array, None if array.dtype == bool else 1)


def _shape(shape):
    try:
        rows, columns = (int(size) for size in shape)
    except (TypeError, ValueError):
        raise errors.DataError(f"The shape of a mask is (rows, columns), not {shape!r}.") from None
    return rows, columns


def _traced(contour, cavity):
    """The contour with every wall handle moved to the border of the cavity."""
    middle = np.add(contour.annulus_left, contour.annulus_right) / 2
    size = math.dist(contour.annulus_left, contour.annulus_right) + math.dist(middle, contour.apex)
    bulges = {}
    for side in ("left", "right"):
        feet, outwards = contour._wall(side)
        bulges[side] = [_edge(cavity, foot, outwards, size) for foot in feet]
    return replace(contour, **bulges)


def _refined(contour, cavity):
    """The contour moved a little, so that walls and mitral plane lie on the border all along."""
    room = np.pad(cavity, 2)
    depth = ndimage.distance_transform_edt(room) - ndimage.distance_transform_edt(~room)
    depth -= 0.5 * np.sign(depth)  # 0 on the edge between a pixel inside and one outside
    start = np.array(contour.numbers)

    def _gaps(numbers):
        walls = Contour.of(numbers).points(49)
        plane = np.linspace(walls[-1], walls[0], 13)[1:-1]
        there = np.vstack([walls, plane]) + 2
        away = ndimage.map_coordinates(depth, [there[:, 1], there[:, 0]], order=1, mode="nearest")
        return np.concatenate([away, HOLD * (numbers - start)])

    best = optimize.least_squares(_gaps, start, diff_step=1e-3, max_nfev=5)
    return Contour.of(best.x)


def _edge(cavity, foot, outwards, size):
    """The bulge at which the wall lies: the last place inside, outwards from the foot."""
    steps = np.arange(-0.25 * size, 0.5 * size, 0.1)
    x, y = (foot + steps[:, None] * outwards).T
    inside = ndimage.map_coordinates(cavity.astype(float), [y, x], order=1) >= 0.5
    return float(steps[inside].max()) if inside.any() else 0.0
