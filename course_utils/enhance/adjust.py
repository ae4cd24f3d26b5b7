"""Changing how an image looks: size, contrast, gain. What that does to a measurement is said here.

An image is float32, (H, W), 0 (black) to 1 (white), and is taken to be log compressed, as every
scanner shows it: equal steps of grey are equal steps in decibels. A mask is uint8, (H, W), 0 or 1
(or small labels). Functions that change the grid also return the new spacing, (row_mm, col_mm) or
None when it is unknown.
"""

import cv2
import numpy as np

from course_utils.core import accept, errors
from course_utils.simulate import physics

SMALLEST = 1e-12  # of a number that must be above 0
DYNAMIC_RANGE_DB = 60.0  # from black to white; scanners offer about 40 to 90


def resize(image, size, spacing=None, how="stretch"):
    """A larger or smaller image, and the millimetres per pixel that go with it.

    image: (H, W), 0..1. size: one number for a square, or (rows, cols). spacing: (row_mm, col_mm)
    or None.
    how: "stretch" fills the size, each axis by its own factor, so shapes change and the spacing
    says by how much. "letterbox" keeps shapes: it adds black below or to the right until the
    proportions fit, so that the top row stays the skin, and then both axes shrink by one factor
    (exactly so for a square size). Where an axis shrinks, all pixels that fall into a new one are
    averaged; where it grows, they are interpolated linearly. Masks need `resize_mask`.

    Returns (image, spacing): new spacing = old spacing * old size / new size, axis by axis; None
    stays None.
    Raises DataError for a size below 1, an unknown `how`, or a spacing that is not two positive
    numbers.
    """
    array = accept.image(image)
    rows, cols = _target(size)
    padded = _pad(array, (rows, cols), how)
    # Averaging is meant for shrinking only, so an axis that grows takes a second, linear step.
    middle = min(rows, padded.shape[0]), min(cols, padded.shape[1])
    small = cv2.resize(padded, middle[::-1], interpolation=cv2.INTER_AREA)
    result = cv2.resize(small, (cols, rows), interpolation=cv2.INTER_LINEAR)
    if spacing is None:
        return result, None
    row_mm, col_mm = accept.spacing(spacing)
    return result, (row_mm * padded.shape[0] / rows, col_mm * padded.shape[1] / cols)


def resize_mask(mask, size, how="stretch"):
    """A mask on the same new grid as `resize` gives its image, by nearest neighbour.

    No value is invented between two labels.
    mask: (H, W) of 0 and 1 (or small labels). size, how: as in `resize`, whose spacing holds for
    the mask too.
    Returns uint8 (rows, cols).
    """
    array = accept.mask(mask)
    rows, cols = _target(size)
    # EXACT: plain INTER_NEAREST looks up pixel corners and shifts a mask by up to half a pixel.
    padded = _pad(array, (rows, cols), how)
    return cv2.resize(padded, (cols, rows), interpolation=cv2.INTER_NEAREST_EXACT)


def clahe(image, clip_limit=2.0, tiles=8, where=None):
    """CLAHE: contrast-limited adaptive histogram equalisation, a grey scale for each place.

    image: (H, W), 0..1. clip_limit: how steep a local grey scale may get. 1 is gentle but not off:
    tissue still changes by 0.05 to 0.1 on average (2: by 0.1 to 0.2). In small tiles it acts in
    steps: a tile of 16 x 16 pixels knows limits of 1, 2, 3 and so on.
    tiles: number of tiles across and down, or (down, across).
    where: optional mask (H, W) of the part to treat, such as `field_of_view(image)`. Black borders
    and text then have no say: the tiles span the box around the mask, pixels in the box but outside
    the mask count as their nearest neighbour inside, and outside the mask the image stays as it
    was.

    The grey scale has 256 levels here. OpenCV would take 16 bits too, but spreads the clip limit
    over 65,536 levels there, so that it no longer limits anything. After CLAHE the same tissue has
    different greys in different places: compare no echogenicity across it.
    Source: Zuiderveld, Graphics Gems IV, 1994, pp 474-485. Returns float32 (H, W), 0..1.
    """
    array = accept.image(image)
    down, across = _pair(tiles, "tiles")
    limit = accept.number(clip_limit, "clip_limit", SMALLEST)
    part = np.ones(array.shape, np.uint8) if where is None else _part(where, array.shape)
    x, y, width, height = cv2.boundingRect(part)
    if down > height or across > width:
        raise errors.DataError(
            f"{down} x {across} tiles do not fit into {height} x {width} pixels. Use fewer tiles."
        )
    box = np.s_[y : y + height, x : x + width]
    inside = part[box] > 0
    grey = np.rint(_fill_outside(array[box], inside) * 255).astype(np.uint8)
    equalised = cv2.createCLAHE(limit, (across, down)).apply(grey)
    result = array.copy()
    result[box][inside] = equalised[inside] / np.float32(255)
    return result


def field_of_view(image, floor=0.012):
    """The scanned part of a picture as a mask: without frame, ruler and small text.

    image: (H, W), 0..1. Scanned pixels are not black and differ from their neighbours, by more than
    `floor` (3 of 255); a frame is flat. Small gaps are closed, thin lines dropped, pieces under a
    tenth of the largest left out. Sectors and rectangles bulge outwards, so the rest is filled up
    to its convex outline: a black cyst and a dark edge belong to the field of view. In a picture
    without any texture, such as a drawn disc, all that is not black counts.

    Returns uint8 (H, W), 0 or 1; all 0 for a black image. It is a guess from the pixels: on a full
    screen, blocks of text can pass as tissue, and the black arc above a curved probe's image counts
    in. Where a DICOM file has a region table, trust that instead.
    """
    array = accept.image(image)
    floor = accept.share(floor, "floor")
    reach = max(5, min(array.shape) // 40) | 1  # odd; about 2.5 % of the image
    differs = cv2.morphologyEx(array, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > floor
    bright = (array > floor).astype(np.uint8)
    textured = _solid(bright * differs, reach)
    return textured if textured.any() else _solid(bright, 1)


def to_rgb(image):
    """The same grey in three channels, (H, W, 3), for a network made for colour photographs."""
    return np.repeat(accept.image(image)[..., None], 3, axis=2)


def nasnet_input(image):
    """What NASNet expects: (H, W, 3), grey in three channels, 0..1 moved to -1..1.

    Equal to keras.applications.nasnet.preprocess_input on values 0..255, x / 127.5 - 1.
    """
    return to_rgb(image) * np.float32(2) - np.float32(1)


def gain(image, db, dynamic_range_db=DYNAMIC_RANGE_DB, where=None):
    """Turn the overall gain by `db` decibels. A log-compressed image gets db / dynamic range added.

    image: (H, W), 0..1. db: positive is brighter. dynamic_range_db: dB from black to white.
    where: optional mask (H, W); outside it nothing changes, as a gain knob leaves the frame and
    text alone. What passes white or black is cut off and does not come back. Returns float32 (H,
    W), 0..1.
    """
    return tgc(image, [db], dynamic_range_db, where)


def tgc(image, sliders_db, dynamic_range_db=DYNAMIC_RANGE_DB, where=None):
    """Time-gain compensation: one gain per slider, from the top of the image to the bottom.

    image: (H, W), 0..1. sliders_db: dB, one number per slider, spread evenly over the depth and
    joined by straight lines: [0, 12] brightens the bottom by 12 dB and the middle by 6. Else as
    `gain`.
    """
    array = accept.image(image)
    sliders = np.atleast_1d(accept.array(sliders_db, "sliders_db")).astype(float)
    if sliders.ndim != 1 or sliders.size == 0 or not np.isfinite(sliders).all():
        raise errors.DataError(
            "sliders_db must be a list of numbers in dB, one per slider from top to bottom."
        )
    depth = np.linspace(0, sliders.size - 1, array.shape[0])
    offset = np.interp(depth, np.arange(sliders.size), sliders) / _range(dynamic_range_db)
    result = np.clip(array + offset[:, None], 0, 1).astype(np.float32)
    return result if where is None else np.where(_part(where, array.shape) > 0, result, array)


def window(image, low, high):
    """Stretch the greys from `low` to `high` over the whole scale; the rest turns black or white.

    image: (H, W), 0..1. low, high: 0..1 with low < high. Returns float32 (H, W), 0..1.
    """
    array = accept.image(image)
    if not 0 <= accept.number(low, "low") < accept.number(high, "high") <= 1:
        raise errors.DataError(
            f"A window needs 0 <= low < high <= 1, not low {low!r} and high {high!r}."
        )
    return np.clip((array - np.float32(low)) / np.float32(high - low), 0, 1)


def log_compress(envelope, dynamic_range_db=DYNAMIC_RANGE_DB, reference=None):
    """Echo amplitude to grey: 1 + 20 log10(envelope / reference) / dynamic range.

    envelope: (H, W), amplitude, any unit, 0 or more. reference: the amplitude shown as white, by
    default the largest. What lies more than dynamic_range_db below is black. Returns float32 (H,
    W), 0..1.
    """
    shown = physics.log_compress(checked_envelope(envelope), dynamic_range_db, reference=reference)
    return shown.astype(np.float32)


def log_expand(image, dynamic_range_db=DYNAMIC_RANGE_DB):
    """Grey back to amplitude, white = 1: what Lee, SRAD and speckle statistics need.

    image: (H, W), 0..1. It is right only if the scanner compressed purely logarithmically over this
    dynamic range; most add a grey map of their own and do not say which. Returns float64 (H, W).
    """
    return 10 ** ((accept.image(image).astype(float) - 1) * _range(dynamic_range_db) / 20)


def checked_envelope(envelope, name="envelope"):
    """`envelope` as float64 (H, W), amplitudes of 0 or more in any unit; else DataError."""
    array = accept.array(envelope, name)
    if array.ndim != 2 or array.size == 0:
        accept.image(array, name)  # says what is wrong with the shape
    array = array.astype(float)
    if not np.isfinite(array).all() or array.min() < 0:
        raise errors.DataError(
            f"{name} must hold finite amplitudes of 0 or more. Decibels can be "
            "negative: expand them first (log_expand)."
        )
    return array


def _solid(marked, reach):
    """The large pieces of a 0/1 map as convex areas; gaps up to `reach` closed, lines dropped."""
    square = np.ones((reach, reach), np.uint8)
    room = np.pad(marked, reach)  # so that closing does not stick to the border of the image
    room = cv2.morphologyEx(cv2.morphologyEx(room, cv2.MORPH_CLOSE, square), cv2.MORPH_OPEN, square)
    outlines, _ = cv2.findContours(room, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    result = np.zeros(room.shape, np.uint8)
    areas = [cv2.contourArea(outline) for outline in outlines]
    for outline, area in zip(outlines, areas, strict=False):
        if area >= max(areas) / 10:
            cv2.fillConvexPoly(result, cv2.convexHull(outline), 1)
    return np.ascontiguousarray(result[reach:-reach, reach:-reach])


def _fill_outside(array, inside):
    """Outside pixels take the value of their nearest inside pixel: no tile sees black or text."""
    if inside.all():
        return array
    _, nearest = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    value_of = np.zeros(nearest.max() + 1, np.float32)
    value_of[nearest[inside]] = array[inside]
    return value_of[nearest]


def _pad(array, size, how):
    """Letterbox: add black below or on the right until the proportions are those of `size`."""
    if how == "stretch":
        return array
    if how != "letterbox":
        raise errors.DataError(f"how must be 'stretch' or 'letterbox', not {how!r}.")
    rows = max(array.shape[0], -(-array.shape[1] * size[0] // size[1]))  # -(-a // b) rounds up
    cols = max(array.shape[1], -(-array.shape[0] * size[1] // size[0]))
    return np.pad(array, ((0, rows - array.shape[0]), (0, cols - array.shape[1])))


def _part(where, shape):
    part = accept.mask(where, shape, name="where")
    if not part.any():
        raise errors.DataError(
            "where is empty: the mask marks no pixel. Leave it out to treat the whole image."
        )
    return part


def _target(size):
    rows, cols = _pair(size, "size")
    if max(rows, cols) > 16384:
        raise errors.DataError(
            f"size {rows} x {cols} is larger than any scan; at most 16384 pixels an axis."
        )
    return rows, cols


def _pair(value, name):
    """Two whole numbers above 0; one number stands for both."""
    pair = (value, value) if accept.is_number(value) else value
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise errors.DataError(
            f"{name} must be a whole number above 0 or two of them, (rows, cols), not {value!r}."
        )
    return tuple(accept.whole(one, name, 1) for one in pair)


def _range(dynamic_range_db):
    return accept.number(dynamic_range_db, "dynamic_range_db", SMALLEST)
