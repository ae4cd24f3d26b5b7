"""What the sliders and comparisons of lessons 00 to 02 draw: pure functions from plain values to
one picture.

Each one can be called, tested and read without a widget. Images are float, (H, W), 0..1; masks are
0 or 1.
"""

import numpy as np

from course_utils import show
from course_utils.enhance import adjust, filters
from course_utils.show import figures, tiles

HIGH = 96  # screen pixels of the histogram below a scan


def frame(pixels, frame, gain_db=0, kind=""):
    """One frame of a cine (T, H, W), brighter or darker by `gain_db` decibels."""
    picture = adjust.gain(pixels[frame], gain_db)
    return show.image(
        picture,
        f"Frame {frame} at a gain of {gain_db:+} dB; "
        f"{saturated(picture):.0f} % of the pixels are white.",
        f"Frame {frame}, gain {gain_db:+} dB: {saturated(picture):.0f} % white",
        kind=kind,
    )


def saturated(image):
    """The share of pixels that have reached white, in percent."""
    return 100 * float(np.mean(np.asarray(image) >= 1))


def with_histogram(image, title, kind=""):
    """An image, and below it how many pixels have each grey level, from black to white."""
    shown = tiles.drawn(image, figures.WIDTH, kind=kind, pillars=True)
    middle = float(np.median(image))
    return figures.Picture(
        figures.png(np.vstack([shown, _levels(image, shown.shape[1])])),
        f"{title}. Half of the pixels are darker than {middle:.2f} on the scale from 0 to 1; "
        f"{saturated(image):.1f} % have reached white.",
        f"{title}. Below it, how many pixels have each grey level: black left, white right "
        "(logarithmic).",
    )


def gain_and_window(image, gain_db, black, white, kind=""):
    """The image after gain and window, with its histogram. A window of no width is widened to 0.05."""
    white = max(white, black + 0.05)
    picture = adjust.window(adjust.gain(image, gain_db), black, white)
    return with_histogram(
        picture,
        f"Gain {gain_db:+} dB, window {black:.2f} to {white:.2f}: "
        f"{saturated(picture):.1f} % saturated",
        kind,
    )


def clahe(image, clip_limit, tiles, kind=""):
    """The stored image beside its CLAHE version."""
    sharp = adjust.clahe(image, clip_limit=clip_limit, tiles=tiles)
    title = f"CLAHE, clip limit {clip_limit:g}, {tiles} x {tiles} tiles"
    return show.grid(
        {"as stored": image, title: sharp},
        f"Left the stored image, right {title}: brighter walls, and texture in what was dark.",
        kind=kind,
    )


def outside(image, sharp, text, black, kind="real"):
    """What CLAHE did outside the sector. `text`, `black`: two places, each (rows, columns) as slices."""
    words, dark = (f"{name}: mean %.2f" for name in ("text", "black"))
    pictures = {}
    for name, picture in (("as stored", image), ("after CLAHE", sharp)):
        for place, where in ((words, text), (dark, black)):
            pictures[f"{name}, {place % picture[where].mean()}"] = picture[where]
    return show.grid(
        pictures,
        "Two places outside the sector, the screen's text and an empty corner: "
        + "; ".join(pictures)
        + ". Both have become brighter.",
        columns=2,
        title="Outside the sector",
        kind=kind,
    )


def two_sizes(stretched, boxed, kind="real"):
    """The two ways to make an image square, side by side."""
    return show.grid(
        {"stretched": stretched, "letterbox": boxed},
        "The same scan made square twice: stretched until it fills the square and looks narrow, "
        "and with its proportions kept and black below.",
        kind=kind,
    )


def despeckled(image):
    """The course's filters on one log-compressed image: name -> image of the same shape."""
    envelope = adjust.log_expand(image)
    return {
        "as stored": image,
        "median": filters.median(image, 5),
        "bilateral": filters.bilateral(image),
        "non-local means": filters.nlm(image),
        "Lee": adjust.log_compress(filters.lee(envelope), reference=1.0),
        "SRAD": adjust.log_compress(filters.srad(envelope), reference=1.0),
    }


def middle(image, size=200):
    """The `size` x `size` pixels in the middle of an image, or all of a smaller one."""
    top, left = (max(0, (length - size) // 2) for length in image.shape)
    return image[top : top + size, left : left + size]


def despeckling(image, size=200, kind="synthetic"):
    """The filters side by side on the middle `size` x `size` pixels."""
    shown = despeckled(middle(image, size))
    return show.grid(
        shown,
        f"The same piece of muscle {len(shown)} times: {', '.join(shown)}; each filter's is "
        "smoother than the original.",
        columns=3,
        kind=kind,
    )


def kept(image, grain, lines):
    """What each filter leaves of an image, as a table in per cent of the stored image.

    `grain`, `lines`: (rows, columns) as slices, a place of even tissue and a place with thin bright
    lines. Grain is the spread of the first; lines is how far the brightest hundredth of the second
    stands out.
    """
    import pandas  # here, because the first picture of a lesson does not wait for it

    def _measured(picture):
        bright, usual = np.percentile(picture[lines], (99, 50))
        return picture[grain].std(), bright - usual

    stored, *others = ((name, *_measured(picture)) for name, picture in despeckled(image).items())
    rows = {
        name: (round(100 * left / stored[1]), round(100 * stands / stored[2]))
        for name, left, stands in others
    }
    return pandas.DataFrame.from_dict(
        rows, orient="index", columns=["grain left (%)", "lines left (%)"]
    )


def _levels(image, width):
    """How many pixels have each grey level, on black: uint8 (H, width), white bars from 0 to 1."""
    high = HIGH * figures.sharpness()
    counts = np.histogram(image, bins=128, range=(0, 1))[0]
    share = np.log1p(counts) / np.log1p(max(counts.max(), 1))
    bars = np.rint(share * 0.9 * high).astype(int)[np.arange(width) * 128 // width]
    return np.where(np.arange(high, 0, -1)[:, None] <= bars, 150, 0).astype(np.uint8)
