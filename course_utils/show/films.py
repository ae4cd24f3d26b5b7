"""A player for frames: play, pause and one frame at a time, in a page with a kernel and without.

The frames are small pictures that the browser enlarges; outlines are lines above them, so they are
sharp on every screen. The script is `film.js`; where none may run, the first frame stands still.
"""

import base64
import html
import json
import uuid
from pathlib import Path

import numpy as np

from course_utils.core import accept, errors
from course_utils.show import figures, pages, tiles

SCRIPT = Path(__file__).with_name("film.js")
MOST = 200  # frames in one page: each one is part of the file
LEAST = 300  # pixels: smaller frames are enlarged here, where it is done more smoothly
BUTTON = 'type="button" style="font:inherit;min-width:3em;padding:.25em .6em"'


class Film(pages.Shown):
    """Frames to play; it displays itself. `.alt` says what moves, `.said` what each frame is."""

    def __init__(self, alt, images, paths, said, shown, view, title, kind, interval, once):
        if not str(alt).strip():
            raise errors.DataError("A film needs `alt`: one sentence that says what moves.")
        self.alt, self.title, self.kind = " ".join(str(alt).split()), title, kind
        self.images, self.paths, self.said = images, paths, said
        self._shown, self._view, self._interval, self._once = shown, view, interval, once

    def text(self):
        """The sentence, for a terminal."""
        return f"[film, {len(self.images)} frames] {self.alt}"

    def html(self):
        """The player, with everything that it needs inside."""
        name, first = f"film-{uuid.uuid4().hex[:12]}", len(self.images) - 1 if self._once else 0
        told = {"images": self.images, "paths": self.paths, "said": self.said}
        told |= {"interval": self._interval, "once": self._once}
        told = json.dumps(told).replace("</", r"<\/")
        (width, height), alt = self._shown, html.escape(self.alt, quote=True)
        return (
            f'<div id="{name}" role="group" aria-label="{alt}" style="max-width:{figures.WIDTH}px">'
            f'<div style="background:#000"><div style="position:relative;width:100%;'
            f'max-width:{width}px;margin:auto"><img alt="{alt}" src="{self.images[first]}" '
            f'style="display:block;width:100%;aspect-ratio:{width}/{height}">{self._layers(first)}'
            f"{self._corner()}</div></div>"
            '<div class="course-keys" hidden><div style="display:flex;flex-wrap:wrap;gap:.4em;'
            f'align-items:center;margin:.4em 0"><button {BUTTON} aria-label="One frame back">◀'
            f"</button><button {BUTTON}>▶ Play</button><button {BUTTON} "
            f'aria-label="One frame on">▶</button><input type="range" min="0" '
            f'max="{len(self.images) - 1}" value="{first}" aria-label="Frame" '
            f'style="flex:1 1 8em;min-width:6em"><output>{html.escape(self.said[first])}</output>'
            f'</div></div><p style="margin:.2em 0">{html.escape(self.title, quote=False)}</p>'
            f'<script type="application/json">{told}</script>'
            f"<script>({SCRIPT.read_text('utf-8')})(document.getElementById('{name}'))</script>"
            "</div>"
        )

    def _layers(self, first):
        if not any(self.paths):
            return ""
        lines = []
        for role in dict.fromkeys(role for paths in self.paths for role in paths):
            colour, dash = tiles.ROLES[role]
            dashes = f' stroke-dasharray="{dash[0]} {dash[1]}"' if dash else ""
            for thick, paint in ((tiles.LINE + 2, "#101010"), (tiles.LINE, colour)):
                lines.append(
                    f'<path data-role="{role}" d="{self.paths[first].get(role, "")}" fill="none" '
                    f'stroke="{paint}" stroke-width="{thick}"{dashes} '
                    'vector-effect="non-scaling-stroke"/>'
                )
        rows, columns = self._view
        return (
            f'<svg viewBox="-0.5 -0.5 {columns} {rows}" preserveAspectRatio="none" '
            'aria-hidden="true" style="position:absolute;inset:0;width:100%;height:100%">'
            f"{''.join(lines)}</svg>"
        )

    def _corner(self):
        if not self.kind:
            return ""
        return (
            '<span style="position:absolute;right:8px;bottom:4px;color:#ddd;font-size:13px;'
            f'text-shadow:0 0 3px #000,0 0 3px #000">{html.escape(self.kind)}</span>'
        )


def film(frames, alt, fps=25, title="", masks=None, spacing=None, said=None, kind="", once=False):
    """Frames that play, over and over, or once.

    frames: (T, H, W) float 0..1, or a list of `figures.Picture` of one size. fps: frames a second;
    half the true number reads better. masks: role -> (T, H, W), outlined, roles as in
    `tiles.ROLES`.
    spacing: (row_mm, col_mm) or None, for the proportions. said: a text for each frame. title: a
    line below. kind: "synthetic" or "real", in the corner. Returns a `Film`. Raises DataError for
    no frame or more than 200, a frame rate of 0, or masks and texts of another number.
    """
    count = accept.whole(len(frames), "the number of frames", 1, MOST)
    said = [f"frame {n + 1} of {count}" for n in range(count)] if said is None else list(said)
    for name, parts in {"texts": said, **(masks or {})}.items():
        if len(parts) != count:
            raise errors.DataError(f"There are {count} frames, but {len(parts)} of '{name}'.")
    if isinstance(frames[0], figures.Picture):
        files = [picture.png for picture in frames]
        columns, rows = (int.from_bytes(files[0][k : k + 4], "big") for k in (16, 20))
    else:
        frames = [figures.pixels_of(frame) for frame in frames]
        rows, columns = frames[0].shape[:2]
        times = max(1, -(-LEAST // columns))
        files = [
            figures.png(tiles.enlarged(frame, (columns * times, rows * times))) for frame in frames
        ]
    row_mm, col_mm = accept.spacing(spacing) or (1, 1)
    zoom = min(figures.WIDTH / (columns * col_mm), tiles.TALLEST / (rows * row_mm))
    return Film(
        alt,
        [f"data:image/png;base64,{base64.b64encode(file).decode('ascii')}" for file in files],
        [
            {
                role: _path(tiles.contours(stack[n], (rows, columns)))
                for role, stack in masks.items()
            }
            for n in range(count)
        ]
        if masks
        else [{}] * count,
        said,
        (round(columns * col_mm * zoom), round(rows * row_mm * zoom)),
        (rows, columns),
        title,
        kind,
        round(1000 / accept.number(fps, "fps", 0.1, 1000)),
        once,
    )


def _path(lines):
    """Closed lines as the path of an SVG: every second point is enough for the eye."""
    parts = []
    for line in lines:
        points = np.vstack([line[:-1:2], line[:1]]) if len(line) > 16 else line
        parts.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + "Z")
    return "".join(parts)
