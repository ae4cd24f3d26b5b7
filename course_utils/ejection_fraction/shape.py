"""The shape of a left ventricle's cavity: its largest piece, its outline, where base and apex are.

What `discs`, `tracings` and `rules` share. Points are (x, y); those given to base_and_apex
have one unit in both directions (millimetres, or square pixels).
"""

import cv2
import numpy as np

from course_utils.core import errors
from course_utils.core.masks import largest

SMALLEST = 30  # pixels of cavity; a smaller one cannot be cut into discs
SAMPLES = 120  # points of the outline among which base and apex are looked for
CANDIDATES = 200  # stretches of it that are looked at closely
BLUR = 0.7  # pixels: turns the stairs of a mask into a line, and moves it by less than 0.1 pixel
BEND = 3.0  # how much longer a stretch must be to make up for one unit of bending
FAR = 2  # how strongly a long way to the apex counts: it tells the base from a straight side wall
TILT = 45  # degrees the mitral plane may lean against the line to the apex


def cavity(mask, label=None):
    """The cavity as bool (H, W): the largest piece, holes filled. Warns if there are more pieces.

    Raises DataError for anything but a 2-D mask of 0 and 1 (or of labels, with `label` given), for
    an empty one and for one of fewer than 30 pixels.
    """
    array = _labels(mask, label, 2)
    if not array.any():
        raise errors.DataError(
            "The mask is empty: no ventricle was outlined in this frame, so "
            "there is nothing to measure."
        )
    part, pieces, share = largest(array)
    if pieces > 1:
        errors.warn(
            f"The mask has {pieces} separate pieces; only the largest, {share:.0%} of what "
            "is marked, was measured."
        )
    if part.sum() < SMALLEST:
        raise errors.DataError(
            f"The cavity has only {int(part.sum())} pixels, too few to measure. "
            "Use a larger picture, or check the outline."
        )
    return part


def stack(masks, label=None):
    """Masks of a cine as bool (T, H, W). Raises DataError as `cavity`, but frames may be empty."""
    if isinstance(masks, (list, tuple)):
        shapes = {np.shape(mask) for mask in masks}
        if len(shapes) > 1:
            raise errors.DataError(
                "The masks of a cine must all have one size, not "
                f"{' and '.join(str(shape) for shape in sorted(shapes))}."
            )
    return _labels(masks, label, 3)


def outline(part):
    """The outline of a bool mask as points (x, y) in pixels, (N, 2), right to a part of a pixel."""
    import contourpy  # comes with Matplotlib, which draws its contour lines with it

    room = 4  # an outline that runs along the edge of the picture is closed there
    soft = cv2.GaussianBlur(np.pad(part.astype(np.float32), room), (0, 0), BLUR)
    lines = contourpy.contour_generator(z=soft).lines(0.5)
    if not lines:
        raise errors.DataError("The mask is too thin to have an outline. Check it.")
    return polygon(max(lines, key=len) - room)


def polygon(points):
    """A closed outline as float (N, 2), without the repeated last point. Raises DataError."""
    try:
        array = np.asarray(points, float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 2 or array.shape[1] != 2 or len(array) < 3 or not np.isfinite(array).all():
        raise errors.DataError(
            "An outline needs at least three points (x, y), all of them numbers."
        )
    return array[:-1] if np.array_equal(array[0], array[-1]) else array


def landmarks(points):
    """Annulus, annulus, apex as float (3, 2). Raises DataError where they make no triangle."""
    try:
        array = np.asarray(points, float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != (3, 2) or not np.isfinite(array).all():
        raise errors.DataError(
            "landmarks must be three points (x, y): one end of the mitral "
            "plane, the other end, the apex."
        )
    (x1, y1), (x2, y2) = array[1] - array[0], array[2] - array[0]
    if abs(x1 * y2 - x2 * y1) < 1e-9:
        raise errors.DataError(
            "The three landmarks lie on one line, so there is no ventricle between them."
        )
    return array


def area(points):
    """The area inside a closed outline (shoelace formula), in the square of its unit."""
    x, y = polygon(points).T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def filled(points, shape):
    """uint8 (H, W): 1 where a pixel's centre lies inside the closed outline (even-odd rule)."""
    points, (rows, cols) = polygon(points), shape
    inside = np.zeros((rows, cols + 1), bool)
    for (x1, y1), (x2, y2) in zip(points, np.roll(points, -1, axis=0), strict=False):
        if y1 > y2:
            x1, y1, x2, y2 = x2, y2, x1, y1
        crossed = np.arange(max(0, int(np.ceil(y1))), min(rows, int(np.ceil(y2))))
        if crossed.size:
            at = x1 + (crossed - y1) * (x2 - x1) / (y2 - y1)
            inside[crossed, np.clip(np.ceil(at), 0, cols).astype(int)] ^= True
    return np.bitwise_xor.accumulate(inside, axis=1)[:, :cols].astype(np.uint8)


def chords(across, along, levels):
    """Where the closed outline (across, along) first and last crosses each level: two (n,) arrays.

    0 and 0 where it does not reach a level, so that disc has no width.
    """
    next_across, next_along = np.roll(across, -1), np.roll(along, -1)
    low, high = np.full(len(levels), np.inf), np.full(len(levels), -np.inf)
    for number, level in enumerate(levels):
        cut = (along <= level) != (next_along <= level)
        if cut.any():
            share = (level - along[cut]) / (next_along[cut] - along[cut])
            at = across[cut] + share * (next_across[cut] - across[cut])
            low[number], high[number] = at.min(), at.max()
    missed = ~np.isfinite(low)
    low[missed] = high[missed] = 0
    return low, high


def base_and_apex(points):
    """Of a closed outline: the two ends of its flat base, the middle of that, and the apex.

    Every stretch of the outline is tried as the base. A good one is long and straight, the
    farthest point from its middle lies opposite (within 45 degrees), and the line to that point
    halves the area. Raises DataError where nothing fits.
    """
    ring = _resampled(points, SAMPLES)
    start, stop, sag = _stretches(ring)
    chord, middle = ring[stop] - ring[start], (ring[start] + ring[stop]) / 2
    width = np.hypot(*chord.T)
    few = ring[::3]  # enough to see on which side the farthest point lies
    # One coordinate after the other: a sum over an axis of two costs five times as much.
    away = (few[:, 0] - middle[:, :1]) ** 2 + (few[:, 1] - middle[:, 1:]) ** 2
    far = away.argmax(axis=1)
    axis = few[far] - middle
    length = np.maximum(np.hypot(*axis.T), 1e-9)
    axis /= length[:, None]
    lean = np.abs((chord * axis).sum(axis=1)) / np.maximum(width, 1e-9)  # sine of the tilt
    facing = np.clip(1 - (lean / np.sin(np.radians(TILT))) ** 2, 0, None)
    score = (width - BEND * sag) * facing * (length / length.max()) ** FAR
    tried = np.argsort(score)[::-1][:CANDIDATES]
    start, stop, score = start[tried], stop[tried], score[tried]
    uneven = _lopsided(ring, middle[tried], axis[tried])
    score = score * np.clip(1 - 1.5 * uneven, 0.01, None)
    if not score.size or score.max() <= 0:
        raise errors.DataError(
            "No mitral plane could be found in this outline: it has no straight "
            "stretch opposite an apex. Give landmarks=."
        )
    best = score.argmax()
    return _refined(ring, start[best], stop[best])


def _stretches(ring):
    """All stretches of at most 45 % of the ring: first and last point, and how far they bend."""
    count = len(ring)
    steps = np.arange(3, int(0.45 * count))
    start = np.repeat(np.arange(count), steps.size)
    stop = (start + np.tile(steps, count)) % count
    # The area between a stretch and its chord, from running sums, over the length of the chord.
    x, y = ring.T
    after_x, after_y = np.roll(x, -1), np.roll(y, -1)
    total = np.concatenate([[0], np.cumsum(np.tile(x * after_y - y * after_x, 2))])
    last = start + np.tile(steps, count)
    between = total[last] - total[start] + x[stop] * y[start] - y[stop] * x[start]
    width = np.hypot(x[stop] - x[start], y[stop] - y[start])
    return start, stop, np.abs(between) / 2 / np.maximum(width, 1e-9) * 1.5  # of a parabola: depth


def _lopsided(ring, middle, axis):
    """0 where the line along `axis` halves the area, 1 where all of it lies on one side: (C,).

    ring: (N, 2), the outline. middle, axis: (C, 2), each candidate's base and direction.
    """
    x, y = ring[:, 0] - middle[:, :1], ring[:, 1] - middle[:, 1:]
    side = y * axis[:, :1] - x * axis[:, 1:]
    along = x * axis[:, :1] + y * axis[:, 1:]
    step = np.roll(along, -1, axis=1) - along
    right, left = (
        np.abs(((part + np.roll(part, -1, axis=1)) / 2 * step).sum(axis=1))
        for part in (np.clip(side, 0, None), np.clip(side, None, 0))
    )
    return np.abs(left - right) / np.maximum(left + right, 1e-9)


def _refined(ring, start, stop):
    left, right = ring[start], ring[stop]
    stretch = ring[np.arange(start, stop + (0 if stop > start else len(ring)) + 1) % len(ring)]
    # The ends sit where the corner begins; the level of the plane is that of the whole stretch.
    across = (right - left) / np.hypot(*(right - left))
    normal = np.array([-across[1], across[0]])
    depth = (stretch - left) @ normal
    depth = np.trapezoid(depth, (stretch - left) @ across) / ((right - left) @ across)
    left, right = left + depth * normal, right + depth * normal
    base = (left + right) / 2
    distance = np.hypot(*(ring - base).T)
    # Many points of a blunt apex are about as far: their middle is steadier than the farthest one.
    near = distance > 0.985 * distance.max()
    aim = (ring[near] - base).mean(axis=0)
    aim /= np.hypot(*aim)
    return left, right, base, base + aim * ((ring - base) @ aim).max()


def _resampled(points, count):
    closed = np.vstack([points, points[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    places = np.linspace(0, along[-1], count, endpoint=False)
    return np.column_stack([np.interp(places, along, closed[:, axis]) for axis in (0, 1)])


def _labels(mask, label, dimensions):
    try:
        array = np.asarray(mask)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "buif":
        raise errors.DataError(
            "A mask is an array of 0 and 1, not "
            f"{type(mask).__name__}. To read a file use load.mask."
        )
    if array.ndim != dimensions or array.size == 0:
        named = "(rows, columns)" if dimensions == 2 else "(frames, rows, columns)"
        raise errors.DataError(
            f"The mask has the shape {array.shape}; {named} is needed here, "
            "with one value per pixel."
        )
    if label is not None:
        return array == label
    if array.dtype.kind == "b":
        return array
    inside = array == 1
    if not (inside | (array == 0)).all():
        raise errors.DataError(
            f"The mask holds values from {array.min():g} to {array.max():g}; 0 and 1 are needed. "
            "Take one label, mask == 1 for the cavity, or give label=1. A probability is made a "
            "mask with segment.mask."
        )
    return inside
