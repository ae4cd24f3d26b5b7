"""Find the part of the screen that the sound made: the acoustic sector, as opposed to text and
controls.

A scanner draws the picture on a plain screen and writes around it. The sector is the large, dense,
speckled area; in a cine it is the area that moves. Keeping only the sector removes every text
around it, whatever the scanner's layout; a list of known text boxes would miss the next software
version.
"""

import cv2
import numpy as np

from course_utils.core import accept
from course_utils.load import regions
from course_utils.privacy import fan, letters

SMALLEST_SIDE = 100
SMALLEST_SHARE = 0.01
DENSE = (0.97, 0.7)
KEPT = 0.88
TEXTURED = 0.5
PAPER = 0.65
BESIDE = 3  # pixels from the sector within which a small area may be a part of it
BRIGHT = 0.25  # grey of bright tissue
REACH = 0.15  # how far around the sector tissue is expected, as a share of its sides
SPECKLED = (0.3, 0.4, 0.5, 0.6)


def find(frames, box=None):
    """Return the acoustic sector as a boolean mask (H, W), True inside.

    `frames` is grey 0..1, (H, W) or (T, H, W); `box` (x0, y0, x1, y1) limits the search to a
    trusted tissue region. Steps: what is not plain background (cine: what changes over time); of
    that, what is dense, for letters are mostly background; of the dense areas the one with most
    speckle, and others nearly as wide in the same columns or as high in the same rows; their
    borders regained, and what lies between them both along the row and along the column filled in.
    Nothing found gives an empty mask, and so does a page of paper (bright throughout); a picture
    with a side under 100 pixels is too small to judge and is returned as sector throughout
    (`can_judge` is False then). Limits: text that touches the sector, or is written over it, stays;
    so may dense text where there is no sector at all; faint echoes that background separates from
    the rest are lost.
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
        if found.mean() > SMALLEST_SHARE and not _is_paper(stack, found):
            return _completed(found, brightest) & inside
    return np.zeros(inside.shape, bool)


def _completed(found, picture):
    """`found` with what its shape adds; bars of the interface and what is written are not added."""
    whole = fan.complete(found, ~background(picture))
    bars = _paint((picture * 255 + 0.5).astype(int)).astype(np.uint8)
    written = cv2.morphologyEx(bars, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8)).astype(bool)
    for x0, y0, x1, y1 in letters.find(picture * ~found)[0]:
        written[max(0, y0 - 2) : y1 + 3, max(0, x0 - 2) : x1 + 3] = True
    return found | whole & ~written


def lost(frames, keep):
    """The share of bright tissue that lies outside `keep` (bool, H x W), 0..1.

    Bright is a grey of `BRIGHT` or more at any time, in frames (H, W) or (T, H, W); what counts as
    tissue is said in `missed`.
    """
    picture = brightest(frames)
    bright = picture >= BRIGHT
    gone, stays = (bright & missed(picture, keep)).sum(), (bright & keep).sum()
    return float(gone / max(1, gone + stays))


def missed(picture, keep):
    """What looks like tissue outside `keep`, bool (H, W), in or near its columns and rows: areas
    that touch it or are larger than letters; neither writing nor bars of the interface.
    """
    drawn = ~background(picture) & ~keep & around(keep)
    for x0, y0, x1, y1 in letters.find(picture * drawn)[0]:
        drawn[max(0, y0 - 2) : y1 + 3, max(0, x0 - 2) : x1 + 3] = False
    area = cv2.morphologyEx(drawn.astype(np.uint8), cv2.MORPH_CLOSE, _disc(3))
    near = cv2.dilate(keep.astype(np.uint8), _disc(2 * BESIDE + 1))
    _, labels = cv2.connectedComponents(cv2.morphologyEx(area, cv2.MORPH_OPEN, _disc(5)))
    beside = np.isin(labels, np.unique(labels[near > 0])) & (labels > 0)
    large = max(15, min(keep.shape) // 14) | 1
    solid = cv2.morphologyEx(area, cv2.MORPH_OPEN, np.ones((large, large), np.uint8))
    return (cv2.dilate(solid | beside.astype(np.uint8), _disc(3)) > 0) & drawn


def around(keep):
    """Where tissue of the sector `keep` may lie: its columns and rows and a little more, bool."""
    if not keep.any():
        return np.zeros(keep.shape, bool)
    sides = [np.flatnonzero(keep.any(axis=axis))[[0, -1]] for axis in (0, 1)]
    (x0, x1), (y0, y1) = (side + np.array([-1, 1]) * REACH * np.ptp(side) for side in sides)
    return _inside((x0, y0, x1, y1), *keep.shape)


def brightest(frames):
    """The brightest a pixel ever gets: (H, W) of a picture (H, W) or cine (T, H, W)."""
    return frames if frames.ndim == 2 else frames.max(axis=0)


def can_judge(shape):
    """True when a picture of this shape (..., H, W) is large enough to tell a sector from text."""
    return min(shape[-2:]) >= SMALLEST_SIDE


def scan_box(image):
    """Where on a screen picture the scan is: ((top, bottom, left, right), sure).

    `image` is grey 0..1, (H, W); the box counts in pixels and cuts as image[top:bottom,
    left:right]. Works for fans, trapezoids and rectangles inside a black or grey frame with text,
    depth marks and grey bars. It is sought at four densities of speckle; `sure` (0..1) is how well
    the four agree: below 0.8 look at it. Nothing found, or a picture with a side under 100 pixels:
    the whole picture and 0. Raises `DataError` for anything but a grey picture.
    """
    picture = accept.image(image)
    height, width = picture.shape
    whole = (0, height, 0, width)
    if not can_judge(picture.shape):
        return whole, 0.0
    textured = _speckle(picture) & ~background(picture)
    boxes = [box for box in (_scan_at(textured, share) for share in SPECKLED) if box]
    if len(boxes) < len(SPECKLED):
        return whole, 0.0
    box = tuple(int(side) for side in np.median(boxes, axis=0))
    framed = _frame(picture, box)
    near = [abs(a - b) <= 0.08 * max(height, width) for a, b in zip(box, framed, strict=True)]
    if sum(near) == 3:
        # Shadow and air are part of the scan, and a grey frame shows where they end.
        box = tuple(a if fits else b for a, b, fits in zip(box, framed, near, strict=True))
    return box, float(np.mean([_overlap(box, other) for other in boxes]))


def _scan_at(textured, share):
    """The box (top, bottom, left, right) of what is textured to this share, or None.

    Letters, depth marks and grey bars are thinner than `size` and fall out; of the pieces that are
    left the largest counts, and those above, below or beside it that are about as wide or high.
    """
    size = max(7, min(textured.shape) // 40) | 1
    smooth = cv2.blur(textured.astype(np.float32), (5, 5), borderType=cv2.BORDER_REPLICATE) > share
    outside = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
    solid = np.zeros(textured.shape, np.uint8)
    for shape in ((size, size), (3, 8 * size)):  # tissue, and the thin long layers of the skin
        piece = np.ones(shape, np.uint8)
        solid |= cv2.morphologyEx(smooth.astype(np.uint8), cv2.MORPH_OPEN, piece, **outside)
    stats = cv2.connectedComponentsWithStats(solid, connectivity=4)[2]
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas) or areas.sum() < SMALLEST_SHARE * textured.size:
        return None
    main = stats[1 + int(np.argmax(areas))]
    chosen = []
    for piece in stats[1:]:
        beyond, shares = _compare(piece, main)
        if (beyond[0] <= size and shares[0] > 0.5) or (beyond[1] <= size and min(shares) > 0.4):
            chosen.append(piece)
    left, top, wide, high = np.array(chosen)[:, :4].T
    return int(top.min()), int((top + high).max()), int(left.min()), int((left + wide).max())


def _frame(picture, box):
    """The box inside a grey frame painted around the scan in `box`; without a frame, `box`."""
    paint = _paint((picture * 255 + 0.5).astype(int))
    if paint.mean() < 0.1:
        return box
    size = max(7, min(paint.shape) // 40) | 1
    free = cv2.morphologyEx((~paint).astype(np.uint8), cv2.MORPH_OPEN, np.ones((size, size)))
    labels, stats = cv2.connectedComponentsWithStats(free, connectivity=4)[1:3]
    around = np.bincount(labels[box[0] : box[1], box[2] : box[3]].ravel(), minlength=len(stats))
    around[0] = 0
    if not around.any():
        return box
    left, top, wide, high = (int(v) for v in stats[np.argmax(around)][:4])
    return top, top + high, left, left + wide


def _overlap(one, other):
    """Area of two boxes (top, bottom, left, right) in common, as a share of what both cover."""
    high = min(one[1], other[1]) - max(one[0], other[0])
    wide = min(one[3], other[3]) - max(one[2], other[2])
    common = max(0, high) * max(0, wide)
    areas = sum((box[1] - box[0]) * (box[3] - box[2]) for box in (one, other))
    return common / (areas - common)


def _candidates(stack, brightest):
    """Masks of what may be sector, the most trustworthy first."""
    if len(stack) > 2:
        yield stack[:: max(1, len(stack) // 32)].std(axis=0) > 0.4 / 255
    yield ~background(brightest)


def _is_paper(stack, found):
    """True where most of `found` is bright: a page of a report, a form, a white screen. No tissue
    is; the brightest of the course's own sets has a median of 0.53.
    """
    return np.median(stack[:: max(1, len(stack) // 16)].mean(axis=0)[found]) > PAPER


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
    """Flat bars and frames of a user interface: patches of one level that is not black. White ones
    have to be larger, for a strong echo can be a small patch of white.
    """
    square = np.ones((3, 3), np.uint8)
    flat = cv2.morphologyEx(grey.astype(np.uint8), cv2.MORPH_GRADIENT, square) == 0
    patches = np.zeros(grey.shape, np.uint8)
    for of_level, size in (((grey > 16) & (grey < 250), 7), (grey >= 250, 25)):
        one = (flat & of_level).astype(np.uint8)
        patches |= cv2.morphologyEx(one, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
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
    chosen = [main]
    for other in range(1, count):
        beyond, shares = _compare(stats[other], stats[main])
        # A line of tissue below or above, not a block of text; or the other half of a divided
        # screen, not a grey bar.
        line = beyond[0] <= size and shares[0] > 0.6
        half = beyond[1] <= size and shares[1] > 0.6 and shares[0] > 0.4
        if (line or half) and speckled[other] > TEXTURED * areas[other]:
            chosen.append(other)
    return _fill(_regain(np.isin(labels, chosen), active, size // 2 + 1))


def _compare(box, main):
    """How far `box` reaches beyond `main` across and down in pixels, and its size as a share."""
    start, length = box[:2].astype(int), box[2:4].astype(int)
    main_start, main_length = main[:2].astype(int), main[2:4].astype(int)
    past = start + length - main_start - main_length
    return np.maximum(main_start - start, past), length / main_length


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


def tissue_box(dataset, shape):
    """The box (x0, y0, x1, y1) around the tissue regions of a table that fits the picture, else
    None.
    """
    table = [r for r in regions.read(dataset) if r.spacing]
    if not table or regions.fit(regions.read(dataset), *shape)[0] == "refused":
        return None
    corners = np.array([r.bounds for r in table])
    return (*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0))
