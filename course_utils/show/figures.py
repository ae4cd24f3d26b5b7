"""What every picture of the course has in common: its sentence, its colours, and the paper of a
plot.

Every function that draws returns a `Picture`. A notebook shows it when it is the last line of a
cell. Scans are drawn in `tiles`; here are the plots. They are dark on white, and a dark theme turns
them.
"""

import base64
import contextlib
import contextvars
import html
import io
import textwrap

import cv2
import numpy as np

from course_utils.core import errors
from course_utils.show import pages

# Okabe and Ito's palette: told apart by readers with any of the common colour-vision deficiencies.
# All are at least 3 : 1 against white paper; the lighter ones of `tiles.ROLES` are for black scans.
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#00825E", "#B0568E"
COLOURS = (ORANGE, BLUE, GREEN, PINK)
INK, GREY, PALE = "#1f2328", "#6b7177", "#d5d9dd"
WIDTH = 760  # screen pixels of the text's width; Matplotlib's inch is 100 of them
PLOTS = {
    "figure.dpi": 100,
    "font.size": 10.5,  # at 100 dots to the inch as large as the text of the page
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 2.4,
    **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    "axes.edgecolor": GREY,
}
# Screen pixels for one of the page's: sharp on a fine screen. A slider that has to follow takes
# one.
_sharpness = contextvars.ContextVar("sharpness", default=2)


class Picture(pages.Shown):
    """A PNG and the sentence that replaces it for a reader who cannot see it.

    png: bytes of a PNG file. alt: the message of the picture, not empty. caption: a line below it.
    width: screen pixels at which it is shown at most. plot: lines on white, which a dark theme
    turns, and which stays as wide as its letters need on a narrow screen. Raises DataError for an
    empty alt.
    """

    def __init__(self, png, alt, caption="", width=WIDTH, plot=False):
        if not str(alt).strip():
            raise errors.DataError("A picture needs `alt`: one sentence that says what it shows.")
        self.png, self.alt = png, " ".join(str(alt).split())
        self.caption, self.width, self.plot = caption, width, plot

    def html(self):
        """The picture as an HTML `<img>` that carries its alternative text."""
        data = base64.b64encode(self.png).decode("ascii")
        name, least = ("course-plot", 520) if self.plot else ("course-scan", 0)
        image = (
            f'<img class="{name}" alt="{html.escape(self.alt, quote=True)}" style="display:block;'
            f"width:100%;max-width:{self.width}px;min-width:min({least}px,{self.width}px);"
            f'height:auto" src="data:image/png;base64,{data}">'
        )
        if self.plot:
            return (
                f'{pages.style(PLOT)}<div class="course-wide" style="overflow-x:auto">{image}</div>'
            )
        if not self.caption:
            return image
        return (
            f'<figure style="margin:0 0 .4em;max-width:{self.width}px">{image}<figcaption '
            f'style="line-height:1.4;padding:.25em 0">{html.escape(self.caption, quote=False)}'
            "</figcaption></figure>"
        )

    def text(self):
        """The sentence, for a terminal."""
        return f"[picture] {self.alt}"


# Paper becomes dark and ink light, while blue stays blue: as the theme of JupyterLab, of the book.
PLOT = (
    "body[data-jp-theme-light=false] .course-plot,html[data-theme=dark] .course-plot"
    "{filter:invert(.93) hue-rotate(180deg)}"
)


def sharpness():
    """How many screen pixels are drawn for one of the page's: 2, or 1 within `draft`."""
    return _sharpness.get()


@contextlib.contextmanager
def draft():
    """Within it pictures have half the resolution, so that they can follow a slider."""
    before = _sharpness.set(1)
    try:
        yield
    finally:
        _sharpness.reset(before)


def rgb(colour):
    """ "#rrggbb" as float64 (3,), 0..1."""
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255


def png(pixels):
    """An array (H, W) or (H, W, 3), uint8 red, green, blue, as the bytes of a PNG file."""
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def pixels_of(image):
    """float32 (H, W) or (H, W, 3), 0..1, of what was given. Raises DataError for another shape."""
    array = np.asarray(image)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or array.size == 0:
        raise errors.DataError(
            f"A picture has the shape (rows, columns) or (rows, columns, 3); this array has "
            f"{array.shape}. For a cine, choose one frame: frames[0]."
        )
    if array.dtype == np.uint8:
        return array.astype(np.float32) / (255 if array.max() > 1 else 1)
    return array.astype(np.float32)


def plain(image, alt):
    """The pixels alone, one screen pixel each: for a tool that draws on them.

    image: (H, W) or (H, W, 3), float 0..1.
    """
    array = pixels_of(image)
    pixels = np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)
    return Picture(png(pixels), alt, width=array.shape[1])


def paper(height=4.2, columns=1, width=7.6, **options):
    """A figure of the text's width (7.6 inches) and its axes: one, or an array of several."""
    # Here, because the first picture of a lesson is a scan and does not wait a second for it.
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(PLOTS)
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, columns, **options)


def title(axis, message):
    """The message of a plot above it, broken into lines that fit the paper."""
    share = axis.get_gridspec().ncols
    axis.set_title("\n".join(textwrap.wrap(message, int(76 / share))))


def label(axis, x, y, text, colour=INK, offset=(8, 0), **options):
    """A direct label: words at the end of a line instead of a legend."""
    axis.annotate(
        text,
        (x, y),
        xytext=offset,
        textcoords="offset points",
        color=colour,
        fontweight="bold",
        annotation_clip=False,
        **{"va": "center", "xycoords": "data", **options},
    )


def save(figure, alt, trim=True):
    """A Matplotlib figure as a `Picture`; `trim` fits the paper to what is drawn."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    dots = 100 * sharpness()
    figure.savefig(
        buffer, format="png", dpi=dots, bbox_inches="tight" if trim else None, pad_inches=0.06
    )
    found = buffer.getvalue()
    columns = int.from_bytes(found[16:20], "big")  # of the PNG's first chunk
    return Picture(found, alt, width=min(WIDTH, round(columns / sharpness())), plot=True)
