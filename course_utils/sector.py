"""Find the part of the screen that the sound made: the acoustic sector, as opposed to text and
controls.

A scanner draws the picture on a plain screen and writes around it. The sector is the large, dense,
speckled area; in a cine it is the area that moves. Keeping only the sector removes every text
around it, whatever the scanner's layout; a list of known text boxes would miss the next software
version.
"""

import cv2
import numpy as np

SMALLEST_SIDE = 100
SMALLEST_SHARE = 0.01
DENSE = (0.97, 0.7)
KEPT = 0.88
TEXTURED = 0.5


def find(frames, box=None):
    """Return the acoustic sector as a boolean mask (H, W), True inside.

    `frames` is grey 0..1, (H, W) or (T, H, W); `box` (x0, y0, x1, y1) limits the search to a
    trusted tissue region. Steps: what is not plain background (cine: what changes over time); of
    that, what is dense, for letters are mostly background; of the dense areas the one with most
    speckle, and others nearly as wide in the same columns; their borders regained, and what lies
    between them both along the row and along the column filled in. Nothing found gives an empty
    mask; a picture with a side under 100 pixels is too small to judge and is returned as sector
    throughout (`can_judge` is False then). Limits: text that touches the sector, or is written
    over it, stays; faint echoes that background separates from the rest are lost.
    """
    stack = frames[None] if frames.ndim == 2 else frames
    inside = _inside(box, *stack.shape[1:])
    if not can_judge(stack.shape):
        return inside
    brightest = stack.max(axis=0)
    for active in _candidates(stack, brightest):
        strict, loose = (_dense_area(active & inside, brightest, share) & inside for share in DENSE)
        # The strict rule cuts off text that nearly touches; the loose one copes with dark, gappy
        # tissue.
        found = strict if strict.sum() > KEPT * loose.sum() else loose
        if found.mean() > SMALLEST_SHARE:
            return found
    return np.zeros(inside.shape, bool)


def can_judge(shape):
    """True when a picture of this shape (..., H, W) is large enough to tell a sector from text."""
    return min(shape[-2:]) >= SMALLEST_SIDE


def _candidates(stack, brightest):
    """Masks of what may be sector, the most trustworthy first."""
    if len(stack) > 2:
        yield stack[:: max(1, len(stack) // 32)].std(axis=0) > 0.4 / 255
    yield ~background(brightest)


def background(picture):
    """Plain screen: the darkest level (looser after JPEG), and any brighter paint that covers
    much of the screen.
    """
    grey = (picture * 255 + 0.5).astype(int)
    levels = np.bincount(grey.ravel(), minlength=256)
    darkest = int(np.argmax(levels > min(0.005 * grey.size, levels.max() - 1)))
    # A lossless screen has one black, or two flat ones (screen and empty sector). JPEG smears it
    # over many.
    smear = levels[darkest + 2 : darkest + 10].sum() / max(1, levels[darkest : darkest + 2].sum())
    plain = grey <= darkest + (0 if smear < 0.05 else 5)
    if plain.mean() < 0.01:
        plain[:] = False  # no plain screen at all: the picture is nothing but sector
    return plain | _paint(grey)


def _paint(grey):
    """Flat bars and frames of a grey user interface: patches of one level, neither black nor
    saturated.
    """
    square = np.ones((3, 3), np.uint8)
    flat = (
        (cv2.morphologyEx(grey.astype(np.uint8), cv2.MORPH_GRADIENT, square) == 0)
        & (grey > 16)
        & (grey < 250)
    )
    patches = cv2.morphologyEx(flat.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    return cv2.dilate(patches, square).astype(bool)


def _dense_area(active, picture, share):
    height, width = active.shape
    size = max(7, min(height, width) // 30) | 1
    dense = (
        cv2.blur(active.astype(np.float32), (size, size), borderType=cv2.BORDER_REPLICATE) > share
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        dense.astype(np.uint8), connectivity=4
    )
    if count < 2:
        return np.zeros(active.shape, bool)
    speckle = _speckle(picture)
    areas = stats[:, cv2.CC_STAT_AREA]
    speckled = np.bincount(labels.ravel(), weights=speckle.ravel(), minlength=count)
    speckled[0] = 0
    main = int(np.argmax(speckled if speckled.any() else np.r_[0, areas[1:]]))
    x0, x1 = (
        stats[main, cv2.CC_STAT_LEFT],
        stats[main, cv2.CC_STAT_LEFT] + stats[main, cv2.CC_STAT_WIDTH],
    )
    chosen = [main]
    for other in range(1, count):
        left = stats[other, cv2.CC_STAT_LEFT]
        within = left >= x0 - size and left + stats[other, cv2.CC_STAT_WIDTH] <= x1 + size
        wide = stats[other, cv2.CC_STAT_WIDTH] > 0.6 * (
            x1 - x0
        )  # a line of tissue, not a block of text
        if within and wide and speckled[other] > TEXTURED * areas[other]:
            chosen.append(other)
    return _fill(_regain(np.isin(labels, chosen), active, size // 2 + 1))


def _speckle(picture):
    """True where neighbours differ: tissue. Painted bars and empty screen are flat."""
    grey = (picture * 255 + 0.5).astype(np.uint8)
    square = np.ones((3, 3), np.uint8)
    return cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, square) > 1


def _regain(core, active, steps):
    """Grow `core` back to the border of the active area, through active pixels only."""
    core = (
        core & cv2.morphologyEx(active.astype(np.uint8), cv2.MORPH_CLOSE, _disc(3)).astype(bool)
    ).astype(np.uint8)
    for _ in range(steps):
        core = cv2.dilate(core, _disc(3)) & active.astype(np.uint8)
    return core.astype(bool)


def _fill(mask):
    """Add what lies between the mask's outermost pixels both along its row and along its column."""

    def _between(m, axis):
        return np.maximum.accumulate(m, axis) & np.flip(
            np.maximum.accumulate(np.flip(m, axis), axis), axis
        )

    return _between(mask, 0) & _between(mask, 1)


def _inside(box, height, width):
    x0, y0, x1, y1 = (int(round(v)) for v in box or (0, 0, width, height))
    inside = np.zeros((height, width), bool)
    inside[max(0, y0) : max(0, y1 + 1), max(0, x0) : max(0, x1 + 1)] = True
    return inside


def _disc(size):
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
