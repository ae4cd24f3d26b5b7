"""Masks as shapes: the largest piece, what is inside closed lines, the border, the middle."""

import cv2
import numpy as np

EDGE = 0.85  # share of the border that is marked where a mask is white all around


def largest(mask, fill=True):
    """The largest piece of a mask, how many pieces there are, and its share of the marked pixels.

    mask: bool or uint8 (H, W), above 0 is marked. fill: whether holes in the piece are filled.
    Returns (bool (H, W), pieces, share 0..1). An empty mask has 0 pieces and share 0. Pixels that
    touch at a corner belong together.
    """
    count, numbered, numbers, _ = cv2.connectedComponentsWithStats(
        (np.asarray(mask) > 0).astype(np.uint8), connectivity=8
    )
    if count == 1:
        return np.zeros(np.shape(mask), bool), 0, 0.0
    areas = numbers[1:, cv2.CC_STAT_AREA]
    part = numbered == areas.argmax() + 1
    part = without_holes(part) if fill else part
    return part, count - 1, float(areas.max() / areas.sum())


def without_holes(mask):
    """A mask with its holes filled: bool (H, W). What touches a way out at a side is no hole.

    As scipy.ndimage.binary_fill_holes, which takes six times as long.
    """
    marked = np.asarray(mask) > 0
    flooded = np.pad(marked.astype(np.uint8), 1)  # a way round, for what the mask cuts off
    cv2.floodFill(flooded, None, (0, 0), 1, flags=4)
    return marked | (flooded[1:-1, 1:-1] == 0)


def filled(mask):
    """A mask of closed lines with the areas inside them: uint8 (H, W), 0 or 1."""
    lines, _ = cv2.findContours(
        (np.asarray(mask) > 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    return cv2.drawContours(np.zeros(np.shape(mask), np.uint8), lines, -1, 1, cv2.FILLED)


def disc(shape, point, radius=7):
    """A round mask: uint8 (H, W), 1 within `radius` pixels of the screen point (x, y)."""
    x, y = point
    return cv2.circle(np.zeros(shape, np.uint8), (round(x), round(y)), radius, 1, -1)


def centre(mask):
    """The middle of a mask as a screen point (x, y); NaN for an empty mask."""
    rows, columns = np.nonzero(mask)
    return (float(columns.mean()), float(rows.mean())) if rows.size else (np.nan, np.nan)


def may_be_inverted(mask):
    """True where a mask (H, W) or (T, H, W) marks nearly all of the picture's border and not all of
    the picture: its black may be what is meant. Nobody can tell, so it is asked.
    """
    on = np.asarray(mask) > 0
    sides = on[..., 0, :], on[..., -1, :], on[..., :, 0], on[..., :, -1]
    border = np.concatenate([side.ravel() for side in sides])
    return bool(border.mean() > EDGE and not on.all())
