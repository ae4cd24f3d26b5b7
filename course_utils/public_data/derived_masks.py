"""Masks that a public set does not have but a lesson needs, computed from those that it has.

An outline becomes the area inside it, two bands become the belly between them. Such a mask is
derived, not drawn; say so wherever it is used.
"""

import atexit
import io
import math
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from course_utils.core import errors, files

LONG = 0.3  # a band is at least this long, of the longest one in the picture
BESIDE = 0.1  # pieces that share less of their columns than this lie beside each other
THIN = 0.08  # of the picture's height: what is thinner is a gap in a fascia, and no muscle
ON_ELLIPSE = 0.9  # share of outline pixels that must lie within 3 pixels or 2 % of the ellipse


class Store:
    """The folder of derived masks: one that you name, or one that is removed when Python ends.

    Raises FileError for a folder inside the download, which is never written to.
    """

    def __init__(self, folder, source):
        self._source = Path(source).absolute()  # not resolved: the files of a link lie elsewhere
        self._folder = None if folder is None else Path(folder).expanduser()
        if self._folder is not None:
            inside, source = self._folder.resolve(), self._source.resolve()
            if inside == source or source in inside.parents:
                raise errors.FileError(
                    f"'{files.shown(self._folder)}' is inside the download, which is never written "
                    "to. Name another folder."
                )

    def save(self, mask, name):
        """Write a mask (H, W), 0 or 1, as PNG (0 and 255). Returns its absolute path, a str.

        A file of that name is kept if it holds the same mask; another one is never overwritten.
        """
        place = self._made() / name
        picture = Image.fromarray((np.asarray(mask) > 0).astype(np.uint8) * 255)
        data = io.BytesIO()
        picture.save(data, "PNG")
        if place.exists():
            if place.read_bytes() == data.getvalue():
                return str(place)
            raise errors.FileError(
                f"'{files.shown(place)}' exists already and holds something else. Name an empty "
                "folder for the derived masks."
            )
        return str(files.write_whole(place, lambda part: part.write_bytes(data.getvalue())))

    def relative(self, path):
        """A path of the download, as tables hold it."""
        return Path(path).absolute().relative_to(self._source).as_posix()

    def _made(self):
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="derived-masks-"))
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise errors.FileError(
                f"The folder '{files.shown(self._folder)}' cannot be made: "
                f"{error.strerror or error}."
            ) from error
        return self._folder.resolve()


def filled_ellipse(outline):
    """The area inside a drawn ellipse: (mask uint8 (H, W), (half axis, half axis) in pixels).

    outline: (H, W), not 0 on the line. Every pixel of the line takes part in a least-squares fit
    (Fitzgibbon), so the edge is the middle of the line, and a line that leaves the picture is
    closed. A filled annotation counts by its edge. Raises DataError if the line is too short or is
    no ellipse.
    """
    line = np.asarray(outline) > 0
    if line.any():
        solid = cv2.erode(line.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        if solid.sum() > 0.5 * line.sum():  # an area, not a line
            inner = cv2.erode(line.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            line = line & ~inner
    points = np.argwhere(line)[:, ::-1].astype(np.float32)
    if len(points) < 50:
        raise errors.DataError(f"The annotation has {len(points)} pixels: too few for an ellipse.")
    (x, y), (width, height), degrees = cv2.fitEllipseDirect(points)
    a, b = width / 2, height / 2
    if not (math.isfinite(a) and math.isfinite(b) and min(a, b) > 2):
        raise errors.DataError("The annotation is no ellipse.")
    turn = math.radians(degrees)
    across, down = np.meshgrid(np.arange(line.shape[1]) - x, np.arange(line.shape[0]) - y)
    u, v = (
        across * math.cos(turn) + down * math.sin(turn),
        -across * math.sin(turn) + down * math.cos(turn),
    )
    radius = np.hypot(u / a, v / b)
    away = np.abs(radius - 1) * min(a, b)
    if (away[line] < max(3, 0.02 * min(a, b))).mean() < ON_ELLIPSE:
        raise errors.DataError("The annotation is no ellipse, so the head cannot be filled in.")
    return (radius <= 1).astype(np.uint8), (a, b)


def circumference(a, b):
    """Circumference of an ellipse with the half axes a and b, in their unit.

    Source: Ramanujan's second approximation (1914), better than 0.01 % for any head.
    """
    h = ((a - b) / (a + b)) ** 2
    return math.pi * (a + b) * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h)))


def bands(mask):
    """The long bands of a mask, top to bottom: a list of bool (H, W).

    Connected pieces that lie beside each other at about one height are one band; bands shorter than
    30 % of the longest are dropped.
    """
    count, pieces, stats, middles = cv2.connectedComponentsWithStats(
        (np.asarray(mask) > 0).astype(np.uint8), connectivity=8
    )
    found = []  # [piece numbers, first column, last column, mean row]
    for number in sorted(range(1, count), key=lambda n: -stats[n, cv2.CC_STAT_WIDTH]):
        low = stats[number, cv2.CC_STAT_LEFT]
        high = low + stats[number, cv2.CC_STAT_WIDTH] - 1
        row = middles[number][1]
        for band in found:
            shared = min(band[2], high) - max(band[1], low) + 1
            if shared < BESIDE * (high - low + 1) and abs(band[3] - row) < 0.1 * len(pieces):
                band[0].append(number)
                band[1:3] = min(band[1], low), max(band[2], high)
                break
        else:
            found.append([[number], low, high, row])
    longest = max((band[2] - band[1] + 1 for band in found), default=0)
    found = [band for band in found if band[2] - band[1] + 1 >= LONG * longest]
    return [np.isin(pieces, band[0]) for band in sorted(found, key=lambda band: band[3])]


def belly(found):
    """The region between two `bands`, uint8 (H, W), without the bands.

    It reaches from the lower edge of the first to the upper edge of the second, in every column
    that both cross; a gap in a band is bridged by a straight line. Raises DataError if there are
    not two bands one below the other, if there are more (nobody says between which of them the
    muscle lies), or if what lies between is as thin as the gap in a fascia.
    """
    if len(found) > 2:
        raise errors.DataError(
            f"The mask holds {len(found)} long bands, so it shows more than one muscle, or a fascia in two "
            "layers; which of them is meant, nobody says."
        )
    if len(found) < 2:
        raise errors.DataError(
            f"The mask holds {len(found)} long band{'s' if len(found) != 1 else ''}; the belly "
            "lies between two."
        )
    upper, lower = found
    height, width = upper.shape
    both = [np.flatnonzero(band.any(axis=0)) for band in (upper, lower)]
    columns = np.arange(max(line[0] for line in both), min(line[-1] for line in both) + 1)
    if len(columns) < 0.1 * width:
        raise errors.DataError(
            "Its two bands lie beside each other, not one below the other, so there is no belly "
            "between them."
        )
    last = height - 1 - np.argmax(upper[::-1], axis=0)
    start = np.interp(columns, both[0], last[both[0]])
    stop = np.interp(columns, both[1], np.argmax(lower, axis=0)[both[1]])
    thick = float(np.median(stop - start))
    if thick < THIN * height:
        raise errors.DataError(
            f"Only {max(thick, 0):.0f} pixels lie between its two bands, of a picture {height} high: "
            "a gap in the fascia, and no muscle."
        )
    rows = np.arange(height)[:, None]
    mask = np.zeros((height, width), np.uint8)
    mask[:, columns] = (rows > start) & (rows < stop)
    return mask
