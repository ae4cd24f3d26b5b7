"""Pictures for the lessons: grey images, colour-blind-safe overlays, and always a text that says the message.

Every function returns a `Picture`. A notebook shows it when it is the last line of a cell.
"""

import base64
import functools
import html
import io
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import ImageFont

from course_utils.core import errors

# Okabe and Ito's palette: told apart by readers with any of the common colour-vision deficiencies.
BLUE, ORANGE, GREEN, PINK = "#56B4E9", "#E69F00", "#009E73", "#CC79A7"
COLOURS = (ORANGE, BLUE, GREEN, PINK)
MARGIN = 0.95  # inches beside and below a picture for its title, numbers and label
matplotlib.rcParams.update(
    {"font.size": 11, "axes.titlesize": 11, "axes.spines.top": False, "axes.spines.right": False}
)


class Picture:
    """A PNG and the sentence that replaces it for a reader who cannot see it.

    Parameters: `png`, bytes of a PNG file; `alt`, the message of the picture, not empty.
    Raises `DataError` for an empty `alt`.
    """

    def __init__(self, png, alt):
        if not str(alt).strip():
            raise errors.DataError("A picture needs `alt`: one sentence that says what it shows.")
        self.png, self.alt = png, " ".join(str(alt).split())

    def html(self):
        """The picture as an HTML `<img>` that carries its alternative text."""
        data = base64.b64encode(self.png).decode("ascii")
        return (
            f'<img alt="{html.escape(self.alt, quote=True)}" style="max-width:100%;height:auto" '
            f'src="data:image/png;base64,{data}">'
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        # JupyterLab shows image/png without alternative text, so the picture travels as HTML.
        return {"text/html": self.html(), "text/plain": repr(self)}

    def __repr__(self):
        return f"[picture] {self.alt}"


def plain(image, alt):
    """The pixels alone, one screen pixel each and no axes: fast enough to follow a slider.

    `image`: (H, W) or (H, W, 3), float 0..1.
    """
    pixels = np.rint(np.clip(_picture_array(image), 0, 1) * 255).astype(np.uint8)
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return Picture(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes(), alt)


def image(image, alt, title=None, spacing=None, points=None, mask=None):
    """One image with axes in pixels, or in millimetres when `spacing` = (row_mm, col_mm) is given.

    `points`: screen points (x, y) in pixels, drawn as crosses. `mask`: (H, W), outlined.
    """
    title = title or ""
    return row({title: image}, alt, {title: mask}, spacing, points, height=4.8)


def row(images, alt, masks=None, spacing=None, points=None, height=4.0):
    """Images side by side on one grey scale from 0 to 1.

    `images`: title -> (H, W) or (H, W, 3) float 0..1. `masks`: title -> (H, W) outlined, or None.
    `spacing` (row_mm, col_mm) and `points` (pairs x, y): for all, or title -> its own.
    """
    arrays = {title: _picture_array(picture) for title, picture in images.items()}
    steps = {
        title: (spacing.get(title) if isinstance(spacing, dict) else spacing) for title in arrays
    }
    widths = [_width(arrays[title], steps[title]) for title in arrays]
    inner = height - MARGIN  # what the title and the axis leave for the pixels
    figure = Figure(
        figsize=(min(13, sum(widths) * inner + MARGIN * len(widths)), height), layout="constrained"
    )
    axes = figure.subplots(1, len(arrays), squeeze=False, gridspec_kw={"width_ratios": widths})[0]
    for axis, (title, array) in zip(axes, arrays.items()):
        own_points = points.get(title) if isinstance(points, dict) else points
        _draw(axis, array, title, steps[title], (masks or {}).get(title), own_points)
    return save(figure, alt, trim=True)


def grid(images, alt, masks=None, columns=4, height=2.4, title=None):
    """A gallery: title -> image, `columns` in a row, without axes; `title` stands above them all."""
    arrays = {title: _picture_array(picture) for title, picture in images.items()}
    rows = -(-len(arrays) // columns)
    shape = next(iter(arrays.values())).shape
    figure = Figure(
        figsize=(
            min(12, columns * height * shape[1] / shape[0]),
            rows * (height + 0.25) + (0.3 if title else 0),
        ),
        layout="constrained",
    )
    if title:
        figure.suptitle(title, fontsize=12)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, (name, array) in zip(axes, arrays.items()):
        _draw(axis, array, name, None, (masks or {}).get(name), None)
        axis.set_axis_off()
    return save(figure, alt, trim=True)


def histogram(images, alt, bins=64):
    """How often each grey level occurs. `images`: name -> array of values 0..1."""
    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axis = figure.subplots()
    for (name, array), colour in zip(images.items(), COLOURS):
        axis.hist(
            np.ravel(array),
            bins=bins,
            range=(0, 1),
            density=True,
            histtype="step",
            linewidth=2,
            color=colour,
            label=name,
        )
    axis.set(xlabel="grey level (0 black, 1 white)", ylabel="share of pixels", yticks=[])
    axis.legend(frameon=False)
    return save(figure, alt)


def axes_of(image, spacing=None, mask=None):
    """A figure and its axes with one image drawn, for pictures that add lines of their own."""
    array = _picture_array(image)
    height = 4.2
    figure = Figure(figsize=(_width(array, spacing) * height + 0.9, height), layout="constrained")
    axis = figure.subplots()
    _draw(axis, array, "", spacing, mask, None)
    return figure, axis


def save(figure, alt, trim=False):
    """A Matplotlib figure as a `Picture`.

    `trim`: fit the paper to what is drawn. Matplotlib's layout can push a title out of a figure of fixed proportions.
    """
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight" if trim else None, pad_inches=0.06)
    return Picture(buffer.getvalue(), alt)


@functools.cache
def font(size=12):
    """Letters for pictures that are drawn pixel by pixel: Matplotlib's, the same on every computer."""
    return ImageFont.truetype(
        str(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")), size
    )


def outline(mask):
    """The borders of a mask as a list of (N, 2) arrays of screen points (x, y)."""
    contours, _ = cv2.findContours(
        (np.asarray(mask) > 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    return [np.vstack([contour[:, 0], contour[:1, 0]]) for contour in contours]


def disc(shape, point, radius=7):
    """A round mask: uint8 of the given (H, W), 1 within `radius` pixels of the screen point (x, y)."""
    x, y = point
    return cv2.circle(np.zeros(shape, np.uint8), (round(x), round(y)), radius, 1, -1)


def centre(mask):
    """The middle of a mask as a screen point (x, y): the mean place of its pixels. NaN for an empty mask."""
    rows, columns = np.nonzero(mask)
    return (
        (float(columns.mean()), float(rows.mean())) if rows.size else (float("nan"), float("nan"))
    )


def _picture_array(image):
    array = np.asarray(image)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or array.size == 0:
        raise errors.DataError(
            f"A picture has the shape (rows, columns) or (rows, columns, 3); this array has "
            f"{array.shape}. For a cine, choose one frame: frames[0]."
        )
    if array.dtype == np.uint8:
        return array.astype(np.float32) / (255 if array.max() > 1 else 1)
    return array.astype(np.float32)


def _width(array, spacing):
    row_mm, col_mm = spacing or (1, 1)
    return array.shape[1] * col_mm / (array.shape[0] * row_mm)


def _draw(axis, array, title, spacing, mask, points):
    row_mm, col_mm = spacing or (1, 1)
    rows, columns = array.shape[:2]
    extent = (-0.5 * col_mm, (columns - 0.5) * col_mm, (rows - 0.5) * row_mm, -0.5 * row_mm)
    axis.imshow(array, cmap="gray", vmin=0, vmax=1, extent=extent, interpolation="antialiased")
    axis.set_title(title)
    axis.set(xlabel="mm" if spacing else "pixels", ylabel="mm" if spacing else "")
    for line in outline(mask) if mask is not None else []:
        axis.plot(line[:, 0] * col_mm, line[:, 1] * row_mm, color=ORANGE, linewidth=1.6)
    for x, y in points if points is not None else []:
        axis.plot(x * col_mm, y * row_mm, "+", color=ORANGE, markersize=13, markeredgewidth=2)
