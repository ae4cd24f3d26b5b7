"""Scans as pictures: wide, smooth, black around, with outlines, a ruler and what they are in the
corner.

No axes, and no theme changes a grey level: what is written stands in a black strip below the
pixels. Outlines are drawn at the screen's resolution. Arrays in, one `figures.Picture` out, without
Matplotlib.
"""

import functools
import html
import importlib.util
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_utils.core import accept, errors
from course_utils.show import figures

# Who drew an outline: its colour, and the dashes that say the same without colour (drawn, left
# out).
ROLES = {
    "truth": ("#56B4E9", None),
    "network": ("#E69F00", (14, 7)),
    "reader": ("#F0E442", (3, 5)),
}
MISSED, INVENTED = ROLES["truth"][0], ROLES["network"][0]  # what only the truth, the network has
TALLEST = 560  # screen pixels: a picture that does not fit the screen cannot be looked at
GAP = 10  # between two pictures of a grid
STRIP = 26  # the black strip below the pixels
LINE = 2  # screen pixels of an outline; its dark edge takes one more on each side
EDGE = (16, 16, 16)
WORD = (205, 205, 205)
NICE_MM = (1, 2, 5, 10, 20, 50, 100)  # lengths of the scale bar
SPECK = 12  # pixels: a smaller piece keeps its corners, because smoothing would take it away


def image(
    image,
    alt,
    title="",
    spacing=None,
    points=None,
    mask=None,
    outlines=None,
    lines=None,
    errors_of=None,
    kind="",
):
    """One scan as wide as the text.

    image: (H, W) or (H, W, 3), float 0..1. title: the line below it. spacing: (row_mm, col_mm) or
    None; sets the proportions and draws a scale bar. outlines: role -> mask (H, W), roles as in
    `ROLES`; mask: the same for the truth alone. lines: open lines, each (N, 2) screen points in
    pixels. points: screen points (x, y), drawn as crosses. errors_of: (truth, drawn), two masks
    whose differences are coloured. kind: "synthetic" or "real". Returns a Picture.
    Raises DataError for another shape, size or role.
    """
    if mask is not None:
        outlines = {"truth": mask, **(outlines or {})}
    pixels = drawn(
        image, figures.WIDTH, spacing, outlines, points, lines, errors_of, kind, pillars=True
    )
    return figures.Picture(figures.png(pixels), alt, title)


def grid(
    images,
    alt,
    masks=None,
    columns=None,
    title="",
    spacing=None,
    points=None,
    outlines=None,
    errors_of=None,
    kind="",
):
    """Several scans with a caption each, `columns` in a row (up to four side by side unless told).

    images: caption -> (H, W) or (H, W, 3). masks, outlines, errors_of: caption -> what `image`
    takes. spacing, points: one for all, or caption -> its own. title: a line above. On a narrow
    screen the row breaks. Returns a Picture. Raises DataError where there is none.
    """
    if not images:
        raise errors.DataError("There is no picture to show.")
    columns = columns or min(len(images), 4)
    width = (figures.WIDTH - GAP * (columns - 1)) // columns
    tiles = []
    for caption, array in images.items():
        of = functools.partial(_own, caption)
        own = dict(of(outlines) or {})
        if of(masks) is not None:
            own = {"truth": of(masks), **own}
        pixels = drawn(
            array, width, of(spacing), own, of(points), None, of(errors_of), kind, pillars=True
        )
        tiles.append((caption, pixels))
    return Sheet(tiles, alt, columns, width, title)


class Sheet(figures.Picture):
    """Several pictures with captions: a page breaks their rows, `.png` holds them on one sheet.

    tiles: pairs (caption, pixels uint8 (H, W) or (H, W, 3)).
    """

    def __init__(self, tiles, alt, columns, width, title=""):
        super().__init__(None, alt, title)
        self.tiles, self.columns, self.tile_width = tiles, columns, width

    def html(self):
        """A grid whose captions are text of the page, so that they can be read on a telephone."""
        narrow = min(self.tile_width, 160)
        parts = []
        for number, (caption, pixels) in enumerate(self.tiles):
            place = f"Picture {number + 1} of {len(self.tiles)}: {caption}"
            alt = self.alt if number == 0 else place
            parts.append(figures.Picture(figures.png(pixels), alt, str(caption)).html())
        head = f'<p style="margin:.2em 0 .5em">{html.escape(self.caption)}</p>' * bool(self.caption)
        least = f"max({narrow}px,{100 / self.columns - 3:.0f}%)"
        return (
            f'<div style="max-width:{figures.WIDTH}px">{head}<div style="display:grid;gap:{GAP}px;'
            f'align-items:start;grid-template-columns:repeat(auto-fill,minmax({least},1fr))">'
            f"{''.join(parts)}</div></div>"
        )

    @property
    def png(self):
        """All of it on one black sheet, for a page that takes a single picture."""
        times = figures.sharpness()
        if self._png is None:
            cells = [_captioned(pixels, str(caption), times) for caption, pixels in self.tiles]
            rows = [cells[n : n + self.columns] for n in range(0, len(cells), self.columns)]
            wide = min(self.columns, len(cells))
            self._png = figures.png(np.vstack([_side_by_side(row, wide, times) for row in rows]))
        return self._png

    @png.setter
    def png(self, value):
        self._png = value


def drawn(
    image,
    width,
    spacing=None,
    outlines=None,
    points=None,
    lines=None,
    errors_of=None,
    kind="",
    pillars=False,
):
    """The pixels of a scan, `width` screen pixels wide at most: uint8 (H, W) or (H, W, 3).

    The rest as in `image`. pillars: a scan that is too tall gets black on both sides, so that it
    is `width` wide all the same.
    """
    array, spacing = figures.pixels_of(image), accept.spacing(spacing)
    (rows, columns), times = array.shape[:2], figures.sharpness()
    row_mm, col_mm = spacing or (1, 1)
    high, wide = rows * row_mm, columns * col_mm
    zoom = min(width / wide, TALLEST / high) * times  # screen pixels for a millimetre, or a pixel
    size = max(1, round(wide * zoom)), max(1, round(high * zoom))
    scale = np.array([size[0] / columns, size[1] / rows])
    picture = enlarged(array, size)
    if errors_of is not None or outlines or lines is not None or points is not None:
        picture = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    if errors_of is not None:
        picture = _errors(picture, *errors_of, times)
    for role, mask in (outlines or {}).items():
        for line in contours(mask, (rows, columns)):
            _line(picture, line, scale, *_look(role), times)
    for line in lines if lines is not None else []:
        _line(picture, np.asarray(line, float), scale, ROLES["reader"][0], None, times)
    for x, y in points if points is not None else []:
        arm = 8 * times / scale
        for way in ((arm[0], 0), (0, arm[1])):
            cross = np.array([(x - way[0], y - way[1]), (x + way[0], y + way[1])])
            _line(picture, cross, scale, ROLES["reader"][0], None, times)
    if pillars and picture.shape[1] < width * times:
        room = width * times - picture.shape[1]
        picture = cv2.copyMakeBorder(
            picture, 0, 0, room // 2, room - room // 2, cv2.BORDER_CONSTANT, value=(0, 0, 0)
        )
    if spacing or kind:
        strip = _strip(picture.shape[1], times, zoom if spacing else None, kind)
        picture = np.vstack(
            [picture, strip if picture.ndim == 2 else strip[..., None].repeat(3, 2)]
        )
    return picture


def enlarged(array, size):
    """Pixels of another size (columns, rows): smooth when larger, averaged when smaller. uint8."""
    way = cv2.INTER_AREA if size[0] < array.shape[1] else cv2.INTER_CUBIC
    larger = cv2.resize(array, size, interpolation=way)
    # The cubic overshoots at an edge; nothing is brighter than white or darker than black.
    return cv2.convertScaleAbs(np.clip(larger, 0, 1, out=larger), alpha=255)


def bar_length(millimetres):
    """The length of the scale bar for a picture so many millimetres wide: a quarter of it at most."""
    return max((mm for mm in NICE_MM if mm <= millimetres / 4), default=None)


@functools.cache
def font(size):
    """Letters for pictures: Matplotlib's, the same on every computer. size: screen pixels."""
    package = Path(importlib.util.find_spec("matplotlib").origin).parent  # not imported: a second
    return ImageFont.truetype(str(package / "mpl-data/fonts/ttf/DejaVuSans.ttf"), size)


def _own(caption, value):
    return value.get(caption) if isinstance(value, dict) else value


def _look(role):
    if role not in ROLES:
        raise errors.DataError(f"An outline belongs to {', '.join(ROLES)}; got {role!r}.")
    return ROLES[role]


def contours(mask, shape):
    """The smooth borders of a mask in its own pixels: a list of (N, 2), (x, y) float, closed."""
    mask = np.asarray(mask)
    if mask.shape[:2] != tuple(shape) or mask.ndim != 2:
        raise errors.DataError(
            f"The mask has the shape {mask.shape} and its image {tuple(shape)} (rows, columns); "
            "both need the same."
        )
    marked = (mask > 0.5).astype(np.uint8)
    left, top, wide, high = cv2.boundingRect(marked)
    if not wide:
        return []
    marked = np.pad(marked[top : top + high, left : left + wide], 2)
    times = max(1, min(4, 1000 // max(marked.shape)))
    size = marked.shape[1] * times, marked.shape[0] * times
    fine = cv2.resize(marked.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(fine, (0, 0), times)
    _, numbered, numbers, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    specks = np.flatnonzero(numbers[:, cv2.CC_STAT_AREA] < SPECK)
    if specks.size:
        small = np.isin(numbered, specks[specks > 0]).astype(np.float32)
        soft = np.maximum(soft, cv2.resize(small, size, interpolation=cv2.INTER_LINEAR))
    found, _ = cv2.findContours(
        (soft >= 0.5).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    )
    lines = [_softened(line[:, 0].astype(np.float32)) for line in found]
    # The centre of a fine pixel, back in the mask's own pixels and in its own place.
    place = np.array([left, top], np.float32) - 2.5
    return [(np.vstack([line, line[:1]]) + 0.5) / times + place for line in lines]


def _softened(line, reach=2):
    """A closed line without its stairs: the mean of each point and its `reach` neighbours."""
    if len(line) < 4 * reach:
        return line
    return np.mean([np.roll(line, step, axis=0) for step in range(-reach, reach + 1)], axis=0)


def _line(picture, line, scale, colour, dash, times):
    """Draw a line of image points, with its dark edge, on enlarged pixels in place."""
    screen = (np.asarray(line, float) + 0.5) * scale - 0.5
    pieces = [screen] if dash is None else _dashes(screen, *(length * times for length in dash))
    rgb = tuple(int(part) for part in np.rint(255 * figures.rgb(colour)))
    fixed = [np.rint(piece * 16).astype(np.int32) for piece in pieces]
    for thick, paint in ((LINE + 2, EDGE), (LINE, rgb)):
        cv2.polylines(picture, fixed, False, paint, thick * times, cv2.LINE_AA, 4)


def _dashes(line, on, off):
    """A line in pieces: `on` screen pixels drawn, `off` left out."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    pieces = []
    for start in np.arange(0, along[-1], on + off):
        end = min(start + on, along[-1])
        inside = along[(along > start) & (along < end)]
        places = np.concatenate([[start], inside, [end]])
        pieces.append(np.stack([np.interp(places, along, line[:, k]) for k in (0, 1)], axis=1))
    return pieces


def _errors(picture, truth, drawn, times):
    """What is missed in stripes of one colour, what is invented in the other; uint8 (H, W, 3)."""
    truth, drawn = (np.asarray(mask) > 0.5 for mask in (truth, drawn))
    if truth.shape != drawn.shape:
        raise errors.DataError(
            f"The truth has the shape {truth.shape} and what was drawn {drawn.shape}; both need "
            "the same."
        )
    for part, colour, striped in (
        (truth & ~drawn, MISSED, True),
        (drawn & ~truth, INVENTED, False),
    ):
        size = picture.shape[1], picture.shape[0]
        where = cv2.resize(255 * part.astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
        left, top, wide, high = cv2.boundingRect(where)
        inside = picture[top : top + high, left : left + wide]
        y, x = np.nonzero(where[top : top + high, left : left + wide] >= 128)
        share = 0.35 + 0.4 * ((x + y) // (4 * times) % 2) if striped else np.full(x.size, 0.6)
        paint = 255 * figures.rgb(colour)
        inside[y, x] = np.rint(inside[y, x] + share[:, None] * (paint - inside[y, x]))
    return picture


def _strip(width, times, zoom, kind):
    """The black strip below a scan: the scale bar on the left, what the scan is on the right."""
    strip = Image.new("L", (width, STRIP * times))
    pen, letters, grey = ImageDraw.Draw(strip), font(13 * times), WORD[0]
    middle, left = STRIP * times // 2, 8 * times
    length = bar_length(width / zoom) if zoom else None
    if length:
        end = left + round(length * zoom)
        pen.rectangle((left, middle - times, end - 1, middle + times - 1), fill=grey)
        for x in (left, end - 2 * times):
            pen.rectangle(
                (x, middle - 5 * times, x + 2 * times - 1, middle + 5 * times - 1), fill=grey
            )
        pen.text((end + 6 * times, middle), f"{length} mm", grey, letters, anchor="lm")
    if kind:
        pen.text((width - left, middle), kind, grey, letters, anchor="rm")
    return np.asarray(strip)


def _captioned(pixels, caption, times):
    """A tile with its caption below, on black: uint8 (H, W, 3)."""
    pixels = pixels if pixels.ndim == 3 else pixels[..., None].repeat(3, 2)
    letters = font(13 * times)
    lines, line = [], ""
    for word in caption.split():
        longer = f"{line} {word}".strip()
        if line and letters.getlength(longer) > pixels.shape[1] - 8 * times:
            lines, line = [*lines, line], word
        else:
            line = longer
    text = "\n".join([*lines, line])
    sheet = Image.new("RGB", (pixels.shape[1], pixels.shape[0] + (len(lines) + 1) * 20 * times))
    sheet.paste(Image.fromarray(pixels))
    place = 4 * times, pixels.shape[0] + 2 * times
    ImageDraw.Draw(sheet).multiline_text(place, text, WORD, letters)
    return np.asarray(sheet)


def _side_by_side(row, columns, times):
    """The tiles of one row on a black sheet that has room for `columns` of them."""
    gap, wide = GAP * times, row[0].shape[1]
    high = max(cell.shape[0] for cell in row)
    sheet = np.zeros((high + gap, columns * (wide + gap), 3), np.uint8)
    for number, cell in enumerate(row):
        left = number * (wide + gap)
        sheet[: cell.shape[0], left : left + wide] = cell
    return sheet[:, :-gap]
