"""A probe that the learner moves over a drawn chest: picture, meters and advice follow at once.

All pictures of a grid of poses travel with the page, so that nothing has to be computed while the
hand moves; the script is `sweep.js`. What the machine says (`says`) may be the exact truth or a
network's answers. The pictures are SYNTHETIC.
"""

import base64
import io
from functools import lru_cache
from pathlib import Path

import anywidget
import numpy as np
import pandas as pd
import traitlets
from PIL import Image

from course_utils.cases import samples
from course_utils.core import accept, errors
from course_utils.guidance import chests, poses
from course_utils.guidance.gates import Gate
from course_utils.show import pages, tiles

SHEET = Path("guidance") / "sweep.webp"
SHOWN = 3501  # the patient on the sheet
STEPS = 13  # poses of the sheet, either way
SLIDES = np.linspace(-poses.SLIDE_MM, poses.SLIDE_MM, STEPS)
TILTS = np.linspace(-poses.TILT_DEG, poses.TILT_DEG, STEPS)
PIXELS = 112
# Where the hand may go, as parts of the sheet: the best place is nowhere the middle of a slider.
PARTS = {"first": (slice(0, 11), slice(2, 13)), "blind": (slice(3, 13), slice(0, 10))}


@lru_cache(maxsize=1)
def _sheet():
    """The stored pictures: uint8 (13, 13, 112, 112), by slide and tilt."""
    return samples.tiles(SHEET, PIXELS, STEPS).reshape(STEPS, STEPS, PIXELS, PIXELS)


def stored(part="first"):
    """The pictures of the shipped patient: frames uint8 (n, 112, 112), and a table of their poses.

    part: "first" or "blind", where the hand may go. Columns: slide_mm, tilt_deg, quality (exact).
    """
    if part not in PARTS:
        raise errors.DataError(f"The part is one of {', '.join(PARTS)}, not {part!r}.")
    rows, columns = PARTS[part]
    slide, tilt = np.meshgrid(SLIDES[rows], TILTS[columns], indexing="ij")
    frames = _sheet()[rows, columns].reshape(-1, PIXELS, PIXELS)
    table = pd.DataFrame({"slide_mm": slide.ravel(), "tilt_deg": tilt.ravel()})
    heart = chests.patient(SHOWN).heart
    table["quality"] = poses.quality(table["slide_mm"], table["tilt_deg"], heart)
    return frames, table


def sweep(part="first", says=None, gate=None, blind=False):
    """A `Sweep` over the shipped patient. says: the table of `coach.ask` for `stored(part)`'s
    frames, or None: then the machine knows the truth. gate: when it records, `gates.Gate` with the
    dwell in tenths of a second. blind: no meter and no advice; the learner records.
    """
    frames, table = stored(part)
    return Sweep(frames, table, says, gate or Gate(0.85, 0.75, 12), blind)


class Sweep(pages.Shown, anywidget.AnyWidget):
    """The probe on the chest. `.values`: slide_mm and tilt_deg as they stand; `.touched`: True once
    the hand moved; `.recorded`: the pose that was recorded, or {}; `.set(slide_mm, tilt_deg)` moves
    the hand from code and `.record()` presses the button.
    """

    _esm = Path(__file__).with_name("sweep.js")
    sheet = traitlets.Unicode().tag(sync=True)
    slides = traitlets.List().tag(sync=True)
    tilts = traitlets.List().tag(sync=True)
    views = traitlets.List().tag(sync=True)  # what the meter shows for each pose, 0..1
    pictures = traitlets.List().tag(sync=True)  # the second meter, or nothing
    words = traitlets.List().tag(sync=True)
    truths = traitlets.List().tag(sync=True)
    gate = traitlets.Dict().tag(sync=True)
    heart = traitlets.Dict().tag(sync=True)
    blind = traitlets.Bool().tag(sync=True)
    place = traitlets.List().tag(sync=True)
    taken = traitlets.List().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)

    def __init__(self, frames, table, says, gate, blind):
        self._frames, self._table = frames, table.reset_index(drop=True)
        views = table["quality"] if says is None else says["says_quality"]
        slide = table["slide_mm"] if says is None else says["says_slide_mm"]
        tilt = table["tilt_deg"] if says is None else says["says_tilt_deg"]
        if not len(views) == len(frames) == len(table):
            raise errors.DataError("Frames, poses and answers must be equally many.")
        words = [
            poses.advice(*pose, good=view >= gate.on)
            for *pose, view in zip(slide, tilt, views, strict=True)
        ]
        chamber = chests.patient(SHOWN).heart.ventricle(0.0)
        high = poses.height_mm(chests.patient(SHOWN).heart)
        super().__init__(
            sheet=_data_uri(frames, table),
            slides=sorted(set(table["slide_mm"])),
            tilts=sorted(set(table["tilt_deg"])),
            views=[round(float(view), 3) for view in views],
            pictures=[] if says is None else [round(float(one), 3) for one in says["says_picture"]],
            words=words,
            truths=[round(float(one), 3) for one in table["quality"]],
            gate={"on": gate.on, "off": gate.off, "dwell": gate.dwell},
            heart={
                "b": chamber.b,
                "c": chamber.c,
                "h": chamber.h,
                "wall": chamber.wall,
                "skin": high,
            },
            blind=bool(blind),
            place=[9, 2] if blind else [1, 1],
            taken=[],
            alt="A simulated four-chamber view that follows a probe on a chest.",
        )
        self._start = list(self.place)

    @property
    def values(self):
        """Where the hand stands: slide_mm and tilt_deg."""
        row, column = list(self.place)
        return {"slide_mm": self.slides[row], "tilt_deg": self.tilts[column]}

    @property
    def touched(self):
        """Whether the hand has moved, or something was recorded."""
        return bool(self.taken) or list(self.place) != self._start

    @property
    def recorded(self):
        """Slide, tilt and exact quality of what was recorded last; {} before that."""
        if not self.taken:
            return {}
        row, column = list(self.taken)
        return {
            "slide_mm": self.slides[row],
            "tilt_deg": self.tilts[column],
            "quality": self.truths[row * len(self.tilts) + column],
        }

    def set(self, slide_mm, tilt_deg):
        """Move the hand to the nearest pose of the grid. Raises DataError far off it."""
        found = []
        for value, axis, name in (
            (slide_mm, self.slides, "slide_mm"),
            (tilt_deg, self.tilts, "tilt_deg"),
        ):
            value = accept.number(value, name, min(axis) - 2, max(axis) + 2)
            found.append(int(np.argmin(np.abs(np.array(axis) - value))))
        self.place = found

    def record(self):
        """Record what is on the screen, as the button does."""
        self.taken = list(self.place)

    def _now(self):
        return self.place[0] * len(self.tilts) + self.place[1]

    def text(self):
        """What the machine says of the pose on show."""
        said = (
            "blind"
            if self.blind
            else f"view {self.views[self._now()]:.2f}, {self.words[self._now()]}"
        )
        return f"[probe on a chest] {said}. {self.alt}"

    def html(self):
        """The picture of the pose on show and what the machine says, for a page without a kernel."""
        frame = self._frames[self._now()].astype(np.float32) / 255.0
        still = tiles.image(frame, self.alt, self.text(), kind="synthetic")
        return still.html()


def _data_uri(frames, table):
    """All frames on one sheet, rows by slide and columns by tilt, as a data URI (WebP)."""

    rows, columns = table["slide_mm"].nunique(), table["tilt_deg"].nunique()
    pixels = np.asarray(frames).reshape(rows, columns, PIXELS, PIXELS).transpose(0, 2, 1, 3)
    buffer = io.BytesIO()
    sheet = Image.fromarray(pixels.reshape(rows * PIXELS, columns * PIXELS))
    sheet.save(buffer, "WEBP", quality=80, method=2)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
