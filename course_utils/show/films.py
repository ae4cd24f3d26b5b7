"""A player for frames: play, pause and one frame at a time, in a page with a kernel and without.

The frames are small pictures that the browser enlarges; outlines are lines above them, so they are
sharp on every screen. The script is `film.js`; where none may run, the first frame stands still.
`player` puts the same film where a kernel listens.
"""

import base64
import html
import json
import uuid
from pathlib import Path
from string import Template

import cv2
import numpy as np

from course_utils.core import accept, errors, plurals
from course_utils.show import figures, pages, tiles

# Its lines are for who reads the file: a page gets them as one.
PAGE = Template(Path(__file__).with_name("film.html").read_text("utf-8").replace("\n", ""))
SCRIPT = Path(__file__).with_name("film.js").read_text("utf-8")
MOST = 200  # frames in one page: each one is part of the file
LEAST = 300  # pixels: smaller frames are enlarged here, where it is done more smoothly
QUALITY = 90  # of the JPEG of a frame: a fifth of a PNG's size for the speckle of a scan
GRAPH = 400, 46  # width and height of the curve below a film, in its own units


class Film(pages.Shown):
    """Frames to play; it displays itself. `.alt` says what moves, `.told` what the player needs:
    images, paths, said (a text for each frame), curve, interval in ms, once, moving.
    """

    def __init__(self, alt, told, aspect, size, title, kind, beside):
        if not str(alt).strip():
            raise errors.DataError("A film needs `alt`: one sentence that says what moves.")
        self.alt, self.title, self.kind = " ".join(str(alt).split()), title, kind
        self.told, self.aspect, self.size, self.beside = told, aspect, size, beside

    def text(self):
        """The sentence, for a terminal; what stands beside the film before it."""
        before = f"{self.beside.text()}\n" if self.beside else ""
        return f"{before}[film, {plurals.count(len(self.told['images']), 'frame')}] {self.alt}"

    def html(self):
        """The player, with everything that it needs inside."""
        name, told = f"film-{uuid.uuid4().hex[:12]}", json.dumps(self.told).replace("</", r"<\/")
        call = f"document.getElementById('{name}').querySelector('.course-film')"
        return f'<div id="{name}">{self.markup()}<script>({SCRIPT})({call}, {told})</script></div>'

    def markup(self):
        """The player without its script: what `player` and the tracer put into a page."""
        told, last = self.told, len(self.told["images"]) - 1
        first = last if told["once"] else 0
        film = PAGE.substitute(
            alt=html.escape(self.alt, quote=True),
            width=figures.WIDTH,
            wide=f"min(100%,{figures.WIDTH}px,calc((100vh - 250px)*{self.aspect:.4f}))",
            source=told["images"][first],
            aspect=f"{self.aspect:.4f}",
            layers=self._layers(first),
            corner=self._corner(),
            last=last,
            first=first,
            said=html.escape(told["said"][first]),
            graph=self._graph(first),
            title=self._title(),
        )
        if not self.beside:
            return film
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:10px 22px;align-items:flex-start;'
            f'max-width:1040px">{film}<div style="flex:1 1 200px">{self.beside.html()}</div></div>'
        )

    def _title(self):
        title = html.escape(self.title, quote=False)
        return f'<p style="margin:.2em 0">{title}</p>' if title else ""

    def _layers(self, first):
        paths = self.told["paths"]
        if not any(paths):
            return ""
        lines = []
        for role in dict.fromkeys(role for part in paths for role in part):
            colour, dash = tiles.ROLES[role]
            dashes = f' stroke-dasharray="{dash[0]} {dash[1]}"' if dash else ""
            for thick, paint in ((tiles.LINE + 2, "#101010"), (tiles.LINE, colour)):
                lines.append(
                    f'<path data-role="{role}" d="{paths[first].get(role, "")}" fill="none" '
                    f'stroke="{paint}" stroke-width="{thick}"{dashes} '
                    'vector-effect="non-scaling-stroke"/>'
                )
        rows, columns = self.size
        return (
            f'<svg class="course-lines" viewBox="-0.5 -0.5 {columns} {rows}" '
            'preserveAspectRatio="none" aria-hidden="true" '
            f'style="position:absolute;inset:0;width:100%;height:100%">{"".join(lines)}</svg>'
        )

    def _graph(self, first):
        """The curve below the film, with a line at the frame on show."""
        values = np.array(self.told["curve"], float)
        if not values.size:
            return ""
        wide, high = GRAPH
        x = 6 + (wide - 12) * np.arange(len(values)) / max(len(values) - 1, 1)
        span = max(float(np.ptp(values)), 1e-9)
        y = high - 6 - (high - 12) * (values - values.min()) / span
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        line = 'fill="none" vector-effect="non-scaling-stroke"'
        return (
            f'<svg viewBox="0 0 {wide} {high}" preserveAspectRatio="none" aria-hidden="true" '
            f'style="width:100%;height:{high}px;display:block"><polyline points="{points}" {line} '
            'stroke="currentColor" stroke-width="1.6" opacity="0.75"/><line class="course-mark" '
            f'x1="{x[first]:.1f}" x2="{x[first]:.1f}" y1="2" y2="{high - 2}" {line} '
            f'stroke="{figures.ORANGE}" stroke-width="2"/></svg>'
        )

    def _corner(self):
        if not self.kind:
            return ""
        return (
            '<span style="position:absolute;right:8px;bottom:4px;color:#ddd;font-size:13px;'
            f'text-shadow:0 0 3px #000,0 0 3px #000">{html.escape(self.kind)}</span>'
        )


def film(
    frames,
    alt,
    fps=25,
    title="",
    masks=None,
    spacing=None,
    said=None,
    kind="",
    once=False,
    moving=True,
    curve=None,
    beside=None,
):
    """Frames that play, over and over, or once.

    frames: (T, H, W) float 0..1, or a list of `figures.Picture` of one size. fps: frames a second;
    half the true number reads better. masks: role -> (T, H, W), outlined, roles as in
    `tiles.ROLES`.
    spacing: (row_mm, col_mm) or None, for the proportions. said: a text for each frame. title: a
    line below. kind: "synthetic" or "real", in the corner. moving: whether it plays at once (never
    for who asks for less motion, and not where it plays once). curve: (T,) numbers, drawn below.
    beside: a card or note that stands beside the film. Returns a `Film`. Raises DataError for no
    frame or more than 200, a frame rate of 0, or masks, texts or a curve of another number.
    """
    count = accept.whole(len(frames), "the number of frames", 1, MOST)
    said = [f"frame {n + 1} of {count}" for n in range(count)] if said is None else list(said)
    curve = [] if curve is None else np.nan_to_num(np.asarray(curve, float)).tolist()
    for name, parts in {"texts": said, "curve": curve or said, **(masks or {})}.items():
        if len(parts) != count:
            raise errors.DataError(f"There are {count} frames, but {len(parts)} of '{name}'.")
    if isinstance(frames[0], figures.Picture):
        sources = [_source(picture.png, "png") for picture in frames]
        columns, rows = (int.from_bytes(frames[0].png[k : k + 4], "big") for k in (16, 20))
    else:
        frames = [figures.pixels_of(frame) for frame in frames]
        rows, columns = frames[0].shape[:2]
        sources = [_jpeg(frame, max(1, -(-LEAST // columns))) for frame in frames]
    row_mm, col_mm = accept.spacing(spacing) or (1, 1)
    told = {
        "images": sources,
        "paths": [_paths(masks or {}, n, (rows, columns)) for n in range(count)],
        "said": said,
        "curve": curve,
        "interval": round(1000 / accept.number(fps, "fps", 0.1, 1000)),
        "once": bool(once),
        "moving": bool(moving) and not once,
    }
    aspect = columns * col_mm / (rows * row_mm)
    return Film(alt, told, aspect, (rows, columns), title, kind, beside)


def _source(data, kind):
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _jpeg(frame, times):
    rows, columns = frame.shape[:2]
    levels = tiles.enlarged(frame, (columns * times, rows * times))
    if levels.ndim == 3:
        levels = cv2.cvtColor(levels, cv2.COLOR_RGB2BGR)
    return _source(cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1], "jpeg")


def _paths(masks, number, size):
    return {role: _path(tiles.contours(stack[number], size)) for role, stack in masks.items()}


def _path(lines):
    """Closed lines as the path of an SVG: every second point is enough for the eye."""
    parts = []
    for line in lines:
        points = np.vstack([line[:-1:2], line[:1]]) if len(line) > 16 else line
        parts.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + "Z")
    return "".join(parts)
