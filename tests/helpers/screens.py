"""Screens of twelve made-up scanners, with every written item's place known: SYNTHETIC.

Tissue comes from the sample sets (half of the patients for each half of the makes), cut to the
scan, laid into a linear, curved or phased sector. The detector of writing may be tuned on `TUNED`;
`HELD_OUT` is for measuring only: other layouts, other patients, other fonts (but for larch).
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_utils import load
from course_utils.cases import samples
from course_utils.core import tables

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
LABELS = ("LT3", "RT", "LONG", "TRV", "LT", "RF2", "SAG", "VL 1", "GM", "R 50%", "DIST", "B12")
NAMES = ("MEIER ANNA", "Schmidt, K.", "O'NEILL P", "Novak Jan", "DE BOER L", "Rossi M.")
WHITE, GREY, YELLOW, GREEN = (255, 255, 255), (185, 185, 185), (255, 230, 40), (120, 255, 140)
PALE, ORANGE, CYAN = (225, 225, 235), (255, 190, 90), (130, 230, 255)


@dataclass(frozen=True)
class Make:
    """One made-up scanner.

    size: (H, W). geometry: 'linear', 'curved', 'phased' or 'full' (nothing but tissue). font: file
    of the matplotlib wheel, 'hershey N', 'pillow' or 'bitmap'. letters: least and greatest height
    of capitals in pixels. header: (words, x, y) as shares of the screen. scale: side of the digits
    of depth. calliper: shape, joined by 'dots', 'dashes' or ''. bar: its height on the screen as a
    share. paint: grey of bars. screen: grey of the empty screen. quality: JPEG, or 0 for none.
    """

    size: tuple
    geometry: str
    font: str
    letters: tuple
    colour: tuple
    header: tuple
    scale: str = ""
    calliper: str = "+"
    joined: str = "dots"
    bar: float | None = None
    outline: bool = False
    paint: int = 40
    screen: int = 0
    quality: int = 0


_LINES = (("name", 0.02, 0.02), ("date", 0.02, 0.07), ("mi", 0.8, 0.02))
TUNED = {
    "alder": Make((480, 640), "linear", "DejaVuSans.ttf", (8, 11), WHITE, _LINES, "right"),
    "birch": Make(
        (600, 800),
        "curved",
        "hershey 0",
        (10, 15),
        YELLOW,
        (("name", 0.1, 0.015), ("date", 0.55, 0.015), ("set", 0.01, 0.2)),
        "right",
        "x",
        bar=0.96,
        quality=92,
    ),
    "cedar": Make(
        (240, 320),
        "phased",
        "pillow",
        (6, 7),
        GREY,
        (("name", 0.02, 0.02), ("mi", 0.82, 0.1)),
        "right",
        joined="",
        bar=0.93,
        quality=85,
    ),
    "elm": Make((416, 416), "full", "DejaVuSans-Bold.ttf", (9, 16), WHITE, (), outline=True),
}
HELD_OUT = {
    "fir": Make(
        (576, 768),
        "curved",
        "DejaVuSansMono.ttf",
        (9, 12),
        PALE,
        (("date", 0.02, 0.02), ("name", 0.4, 0.02), ("set", 0.83, 0.3)),
        "left",
        "+",
        "dashes",
        bar=0.955,
    ),
    "hazel": Make(
        (480, 640),
        "phased",
        "hershey 2",
        (10, 14),
        GREEN,
        (("set", 0.01, 0.1), ("name", 0.3, 0.93), ("mi", 0.75, 0.02)),
        "right",
        "x",
        quality=90,
    ),
    "juniper": Make(
        (350, 800),
        "linear",
        "STIXGeneral.ttf",
        (10, 14),
        WHITE,
        (("name", 0.15, 0.02), ("set", 0.005, 0.2), ("date", 0.7, 0.02)),
        "right",
        "+",
        "dashes",
        paint=62,
        bar=0.0,
    ),
    "larch": Make(
        (512, 512),
        "full",
        "hershey 0",
        (9, 20),
        WHITE,
        (("name", 0.03, 0.03),),
        "right",
        quality=80,
    ),
    "maple": Make(
        (768, 1024),
        "linear",
        "cmss10.ttf",
        (11, 17),
        ORANGE,
        (("name", 0.02, 0.01), ("date", 0.02, 0.05), ("mi", 0.45, 0.01), ("set", 0.88, 0.2)),
        "left",
        "x",
        "dots",
        bar=0.97,
        screen=18,
    ),
    "oak": Make(
        (300, 400),
        "curved",
        "bitmap",
        (7, 7),
        WHITE,
        (("name", 0.02, 0.02), ("mi", 0.8, 0.93)),
        "right",
        joined="",
        bar=0.94,
    ),
    "pine": Make(
        (434, 636),
        "phased",
        "DejaVuSerif.ttf",
        (8, 12),
        CYAN,
        (("name", 0.02, 0.9), ("date", 0.02, 0.95), ("mi", 0.02, 0.02)),
        "right",
        "+",
        "dots",
        outline=True,
        quality=95,
    ),
    "rowan": Make(
        (400, 560),
        "full",
        "cmtt10.ttf",
        (9, 13),
        GREY,
        (("mi", 0.75, 0.93),),
        "left",
        "+",
        "dots",
        outline=True,
    ),
}
MAKES = TUNED | HELD_OUT


@dataclass(frozen=True)
class Item:
    """Something written: its kind and its boxes (x0, y0, x1, y1), one or several (a scale)."""

    kind: str
    boxes: list


@dataclass(frozen=True)
class Screen:
    """`pixels` uint8 (H, W, 3), the `items` on them, and the true `sector`, bool (H, W)."""

    pixels: np.ndarray
    items: list
    sector: np.ndarray

    @property
    def grey(self):
        """The screen as readers give it: float32 (H, W), 0..1."""
        return (self.pixels @ np.float32([0.299, 0.587, 0.114]) / 255).astype(np.float32)


def draw(name, seed, text=True):
    """One screen of a make, another for each seed: `Screen`. Without `text` it has all but writing
    and callipers: tissue, bars, grey scale, marks of depth.
    """
    make, draws = MAKES[name], np.random.default_rng([seed, list(MAKES).index(name)])
    grey, sector = scan(make.geometry, make.size, draws, half=int(name in HELD_OUT))
    grey = np.where(sector, grey, make.screen).astype(np.uint8)
    canvas = _Canvas(np.repeat(grey[..., None], 3, axis=2), make, sector, draws)
    canvas.furniture()
    if text:
        canvas.writing()
    pixels = canvas.pixels
    if make.quality:
        code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, make.quality])[1]
        pixels = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return Screen(pixels, canvas.items, sector)


def cine(geometry, seed, frames=5, size=(300, 400), words=True):
    """A cine with a bright near field that does not move: (grey float32 (T, H, W) in 0..1, sector).

    Text stands in a corner outside the sector, and its box is the third value.
    """
    draws = np.random.default_rng([seed, len(geometry)])
    texture, place = _texture(geometry, draws, 0), _place(geometry, size, draws)
    near = max(3, len(texture) // 14)
    still = np.linspace(250, 200, near)[:, None] + draws.normal(0, 9, (near, texture.shape[1]))
    stack = []
    for number in range(frames):
        moved = np.roll(texture, 3 * number, axis=1).astype(np.float32)
        moved += draws.normal(0, 6, moved.shape)
        moved[:near] = still
        stack.append(np.where(place[1], _laid(moved, place), 0).clip(0, 255).astype(np.uint8))
    box = None
    if words:
        mask = written("MEIER 1961", "hershey 0", 10)[: size[0], : size[1]]
        box = (4, 4, 3 + mask.shape[1], 3 + mask.shape[0])
        for frame in stack:
            part = frame[box[1] : box[3] + 1, box[0] : box[2] + 1]
            part[mask > 100] = 255
    return np.stack(stack).astype(np.float32) / 255, place[1], box


def scan(geometry, size, draws, half):
    """Tissue in its sector: (grey uint8 (H, W), sector bool (H, W))."""
    place = _place(geometry, size, draws)
    grey = _laid(_texture(geometry, draws, half), place)
    return np.where(place[1], grey, 0).clip(0, 255).astype(np.uint8), place[1]


@functools.cache
def _sources(heart, half):
    """Scans without writing as paths and boxes (top, bottom, left, right); frames of a heart."""
    if heart:
        table = samples.table("echo")
        chosen = [p for i, p in enumerate(tables.paths(table, "cine")) if i // 2 % 2 == half]
        return [load.cine(path, step=12).frames for path in chosen[:8]]
    found = []
    for name in ("muscle_general", "muscle_hires"):
        table = samples.table(name)
        kept = table["patient_id"].str[1:].astype(int) % 2 == half
        table = table[kept & ~table["burned_in"].astype(str).eq("True")]
        for path, row in zip(tables.paths(table), table.itertuples(), strict=True):
            sides = (row.scan_top, row.scan_bottom, row.scan_left, row.scan_right)
            found.append((path, tuple(int(v) for v in sides)))
    return found


def _texture(geometry, draws, half):
    """A rectangle of tissue, float32, with what is easily taken for writing: bone and its shadow,
    reverberation, short bright fascicles.
    """
    heart = geometry == "phased"
    sources = _sources(heart, half)
    one = sources[int(draws.integers(len(sources)))]
    if heart:
        grey = one[int(draws.integers(len(one)))][16:104, 24:88]
        grey = cv2.resize(grey, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
        grey *= (
            draws.rayleigh(0.8, (grey.shape[0] // 2, grey.shape[1] // 2)).repeat(2, 0).repeat(2, 1)
        )
        grey = cv2.GaussianBlur(grey, (0, 0), 1.2)
    else:
        top, bottom, left, right = one[1]
        grey = load.image(one[0])[top:bottom, left:right]
    grey = np.clip(grey, 0, 1) ** draws.uniform(0.7, 1.3) * 255 * draws.uniform(0.75, 1.15)
    grey = np.ascontiguousarray(grey[:, :: 1 if draws.random() < 0.5 else -1], np.float32)
    height, width = grey.shape
    extra = np.zeros_like(grey)
    if draws.random() < 0.3:  # reverberation: level lines, evenly spaced
        step, start = int(draws.integers(14, 40)), int(draws.integers(10, height // 2))
        for number in range(int(draws.integers(3, 6))):
            y, fading = start + number * step, int(255 * 0.75**number)
            cv2.line(extra, (int(0.2 * width), y), (int(0.8 * width), y), fading, 2)
    if draws.random() < 0.3:  # bone: a bright arc, dark beneath
        x, y = (int(draws.uniform(0.3, 0.7) * n) for n in (width, height))
        grey[y:, max(0, x - 50) : x + 50] *= 0.25
        cv2.ellipse(extra, (x, y + 30), (60, 30), 0, 200, 340, 250, 4)
    for _ in range(int(draws.integers(0, 25))):  # fascicles
        x, y, long = (int(v) for v in draws.uniform([0, 0, 6], [width, height, 60]))
        turn = draws.uniform(-0.5, 0.5)
        end = (int(x + long * np.cos(turn)), int(y + long * np.sin(turn)))
        cv2.line(extra, (x, y), end, draws.uniform(120, 255), int(draws.integers(1, 4)))
    extra = cv2.GaussianBlur(extra, (0, 0), 0.9) * draws.uniform(0.7, 1.1, extra.shape)
    return np.clip(np.maximum(grey, extra), 0, 255).astype(np.float32)


def _place(geometry, size, draws):
    """Where a sector lies: (kind of coordinates as maps of rows and columns in 0..1, sector)."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    if geometry in ("linear", "full"):
        sides = (0, height - 1, 0, width - 1)
        if geometry == "linear":
            shares = draws.uniform([0.12, 0.86, 0.14, 0.8], [0.16, 0.92, 0.28, 0.86])
            sides = [
                int(s * n) for s, n in zip(shares, (height, height, width, width), strict=True)
            ]
        down, across = (
            (y - sides[0]) / (sides[1] - sides[0]),
            (x - sides[2]) / (sides[3] - sides[2]),
        )
    else:
        top, bottom = (int(draws.uniform(*s) * height) for s in ((0.11, 0.15), (0.86, 0.92)))
        half = draws.uniform(0.5, 0.62) if geometry == "curved" else draws.uniform(0.6, 0.78)
        # The corners of a curved array stand higher than the middle of its face.
        near = draws.uniform(0.45, 0.8) if geometry == "curved" else draws.uniform(0.0, 0.03)
        deep = (bottom - top) / (1 + near - near * np.cos(half))
        deep = min(deep, 0.42 * width / np.sin(half) / (1 + near))
        apex = width * draws.uniform(0.48, 0.52), top - near * deep * np.cos(half)
        radius, angle = np.hypot(x - apex[0], y - apex[1]), np.arctan2(x - apex[0], y - apex[1])
        down, across = (radius / deep - near), (angle / half + 1) / 2
    sector = (down >= 0) & (down <= 1) & (across >= 0) & (across <= 1)
    return (down, across), sector


def _laid(texture, place):
    (down, across), _ = place
    rows, columns = down * (texture.shape[0] - 1), across * (texture.shape[1] - 1)
    return cv2.remap(
        texture,
        columns.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def written(words, font, letters):
    """Words as a picture of ink, uint8 (h, w), cut close; `letters` is the height of capitals."""
    if font.startswith("hershey"):
        ink = np.zeros((4 * letters, 2 * letters * len(words) + 20), np.uint8)
        at, face = (5, int(2.5 * letters)), int(font.split()[1])
        thick = 1 if letters < 16 else 2
        cv2.putText(ink, words, at, face, letters / 21, 255, thick, cv2.LINE_AA)
    else:
        if font == "bitmap":
            face = ImageFont.load_default_imagefont()
        elif font == "pillow":
            face = ImageFont.load_default(letters / 0.7)
        else:
            face = ImageFont.truetype(FONTS / font, letters / 0.72)
        paper = Image.new("L", (3 * letters * len(words) + 20, 5 * letters))
        ImageDraw.Draw(paper).text((5, letters), words, fill=255, font=face)
        ink = np.array(paper)
    rows, columns = np.nonzero(ink > 60)
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


class _Canvas:
    """A screen on which things are drawn, one after the other, never over one another."""

    def __init__(self, pixels, make, sector, draws):
        self.pixels, self.make, self.sector, self.draws = pixels, make, sector, draws
        self.items, self.taken = [], np.zeros(sector.shape, bool)
        self.height, self.width = sector.shape
        self.letters = int(draws.integers(make.letters[0], make.letters[1] + 1))

    def furniture(self):
        """Bars, a grey scale and marks of depth: drawn, but not writing."""
        make, rows = self.make, np.nonzero(self.sector.any(axis=1))[0]
        if make.geometry != "full":
            if make.header and make.header[0][2] < 0.05:
                self.pixels[: int(0.1 * self.height)] = make.paint
            x, y = self.width - 12, int(0.25 * self.height)
            ramp = np.linspace(255, 0, self.height // 3).astype(np.uint8)
            self.pixels[y : y + len(ramp), x : x + 8] = ramp[:, None, None]
            self.taken[y : y + len(ramp), x - 2 :] = True
        if make.bar is not None:
            top = int(make.bar * self.height)
            self.pixels[top : top + 2 * self.letters + 4] = make.paint
        if make.scale:
            self.marks = np.linspace(rows[0] + 12, rows[-1] - 12, int(self.draws.integers(5, 9)))
            x = self._scale_x()
            for y in self.marks.astype(int):
                self.pixels[y : y + 2, x : x + 6] = 200
            self.taken[rows[0] : rows[-1], x - 3 : x + 8] = True

    def _scale_x(self):
        if self.make.geometry == "full":
            return 4 if self.make.scale == "left" else self.width - 10
        columns = np.nonzero(self.sector.any(axis=0))[0]
        beside = columns[0] - 14 if self.make.scale == "left" else columns[-1] + 8
        return int(np.clip(beside, 8 + 2 * self.letters, self.width - 18 - 2 * self.letters))

    def writing(self):
        """Everything that is written, by kind."""
        make, draws = self.make, self.draws
        for what, x, y in make.header:
            for line, words in enumerate(self._words(what)):
                at = int(x * self.width), int(y * self.height) + line * (2 * self.letters)
                self._put("header", words, at)
        if make.bar is not None:
            small, x = max(6, self.letters - 2), int(0.03 * self.width)
            for words in self._bar():
                at = x, int(make.bar * self.height) + (2 * self.letters + 4 - small) // 2
                ink = self._put("bar", words, at, small, WHITE if make.paint < 90 else GREY)
                x += (ink.shape[1] if ink is not None else 20) + int(1.5 * self.letters)
        if make.scale:
            self._scale()
        for _ in range(2):
            self._in_tissue("label", str(draws.choice(LABELS)))
        self._clipped(str(draws.choice(("RT", "LT", "MEIER", "TRV", "SAG L"))))
        self._callipers()
        self._in_tissue("reading", f"{draws.integers(1, 3)}  {draws.uniform(0.3, 6):.2f} cm")

    def _words(self, what):
        draws = self.draws
        if what == "name":
            return [f"{draws.choice(NAMES)}  {draws.integers(10000, 99999)}"]
        if what == "date":
            return [
                f"{draws.integers(10, 29)}.{draws.integers(10, 13)}.2024 {draws.integers(10, 24)}:37"
            ]
        if what == "mi":
            return [f"MI {draws.uniform(0.4, 1.6):.1f}", f"TIS {draws.uniform(0.1, 0.9):.1f}"]
        return [
            f"{draws.integers(3, 18)}L-H",
            f"Gn {draws.integers(30, 80)}",
            f"{draws.integers(20, 60)}Hz",
        ]

    def _bar(self):
        draws = self.draws
        return [
            f"Fr {draws.integers(5, 60)}",
            f"{draws.integers(3, 20)} cm",
            f"DR {draws.integers(40, 80)}",
            "Gen",
            f"P {draws.integers(70, 100)}%",
        ]

    def _put(self, kind, words, at, letters=None, colour=None):
        """Write where nothing is yet and note the item; None where there is no room."""
        ink = written(words, self.make.font, letters or self.letters)
        box = self._ink(ink, at, colour or self.make.colour)
        if box:
            self.items.append(Item(kind, [box]))
        return ink if box else None

    def _ink(self, ink, at, colour):
        """Lay ink down, cut at the edges of the screen; its visible box or None."""
        x, y = at
        whole = np.zeros(self.sector.shape, np.uint8)
        left, top = max(0, x), max(0, y)
        part = ink[top - y : self.height - y, left - x : self.width - x]
        if not part.size:
            return None
        box = (left, top, left + part.shape[1] - 1, top + part.shape[0] - 1)
        near = np.s_[max(0, top - 3) : box[3] + 4, max(0, left - 3) : box[2] + 4]
        if self.taken[near].any():
            return None
        whole[top : box[3] + 1, left : box[2] + 1] = part
        if self.make.outline:
            edge = cv2.dilate(whole, np.ones((3, 3), np.uint8))[..., None] / 255
            self.pixels[:] = self.pixels * (1 - edge)
        share = whole[..., None] / 255
        self.pixels[:] = self.pixels * (1 - share) + np.array(colour) * share
        self.taken[near] = True
        return box

    def _legible(self, box):
        part = self.pixels[box[1] : box[3] + 1, box[0] : box[2] + 1]
        return self.make.outline or part.mean() < 110 and np.quantile(part, 0.9) < 190

    def _somewhere(self, wide, high):
        """A free place in the tissue where light writing can be read, or None."""
        for _ in range(60):
            x = int(self.draws.integers(2, max(3, self.width - wide - 2)))
            y = int(self.draws.integers(2, max(3, self.height - high - 2)))
            box = (x, y, x + wide - 1, y + high - 1)
            part = np.s_[box[1] - 2 : box[3] + 3, box[0] - 2 : box[2] + 3]
            if self.sector[part].all() and not self.taken[part].any() and self._legible(box):
                return x, y
        return None

    def _in_tissue(self, kind, words):
        high, wide = written(words, self.make.font, self.letters).shape
        at = self._somewhere(wide, high)
        if at:
            self._put(kind, words, at)

    def _clipped(self, words):
        """A word of which an edge of the screen takes a part: a third of a side, or of the height."""
        high, wide = written(words, self.make.font, self.letters).shape
        for _ in range(40):
            x = int(self.draws.integers(0, self.width - wide))
            y = int(self.draws.integers(0, self.height - high))
            side = self.draws.integers(4)
            at = (
                (-wide // 4, y),
                (self.width - 3 * wide // 4, y),
                (x, -high // 3),
                (x, self.height - 2 * high // 3),
            )[side]
            box = (
                max(0, at[0]),
                max(0, at[1]),
                min(self.width, at[0] + wide) - 1,
                min(self.height, at[1] + high) - 1,
            )
            if self._legible(box) and self._put("clipped", words, at) is not None:
                return

    def _scale(self):
        x, boxes, step = self._scale_x(), [], int(self.draws.choice((1, 2, 5)))
        # Beside the marks, away from the tissue; where all is tissue, towards its middle.
        right = (self.make.scale == "right") != (self.make.geometry == "full")
        for number, y in enumerate(self.marks.astype(int), 1):
            ink = written(str(number * step), self.make.font, self.letters)
            at = x + 13 if right else x - 8 - ink.shape[1], y - ink.shape[0] // 2
            boxes.append(self._ink(ink, at, self.make.colour))
        if sum(map(bool, boxes)) > 2:
            self.items.append(Item("scale", [box for box in boxes if box]))

    def _callipers(self):
        """Two pairs of crosses in the tissue, the first joined by dots or dashes, with a number."""
        arm = int(self.draws.integers(4, 8))
        for pair in range(2):
            ends = [self._somewhere(2 * arm + 3, 2 * arm + 3) for _ in range(2)]
            if None in ends or np.hypot(*np.subtract(*ends)) < 6 * arm:
                continue
            middles = [(x + arm + 1, y + arm + 1) for x, y in ends]
            ink = cross(self.make.calliper, arm, int(self.draws.integers(1, 4)))
            boxes = [
                self._ink(ink, (x - arm - 1, y - arm - 1), self.make.colour) for x, y in middles
            ]
            if all(boxes):
                self.items.append(Item("calliper", boxes))
                if self.make.joined and pair == 0:
                    self._joined(*middles, arm)

    def _joined(self, start, end, arm):
        length = float(np.hypot(*np.subtract(end, start)))
        away = np.subtract(end, start) / length
        step, long = (6, 1) if self.make.joined == "dots" else (8, 4)
        ink = np.zeros(self.sector.shape, np.uint8)
        count = 0
        for along in np.arange(arm + 4, length - arm - 4, step):
            one, two = (np.add(start, away * (along + more)) for more in (0, long - 1))
            if not self.taken[int(one[1]), int(one[0])]:
                cv2.line(ink, _whole(one), _whole(two), 255, 1)
                count += 1
        if count < 6:
            return
        self.pixels[ink > 0] = self.make.colour
        rows, columns = np.nonzero(ink)
        self.taken |= cv2.dilate(ink, np.ones((7, 7), np.uint8)) > 0
        pieces = _pieces(ink, (columns.min(), rows.min(), columns.max(), rows.max()))
        self.items.append(Item("dotted", pieces))


def _pieces(ink, box):
    """The dots of a line as boxes."""
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    return [(int(x), int(y), int(x + w - 1), int(y + h - 1)) for x, y, w, h, _ in stats]


def cross(kind, arm, thick):
    """A calliper, '+' or 'x', as a picture of ink: uint8, 2 arm + 1 pixels wide."""
    side = 2 * arm + 1
    ink = np.zeros((side, side), np.uint8)
    ends = ((0, arm), (side - 1, arm), (arm, 0), (arm, side - 1))
    if kind == "x":
        ends = ((0, 0), (side - 1, side - 1), (side - 1, 0), (0, side - 1))
    for one, other in (ends[:2], ends[2:]):
        cv2.line(ink, one, other, 255, min(thick, 2 if arm < 6 else 3))
    return ink


def _whole(point):
    return tuple(int(round(float(v))) for v in point)
