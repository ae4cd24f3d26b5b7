"""Writing in a picture: boxes of what looks like letters, wherever on the screen they stand.

`text_inside` finds groups of small bright strokes, and fascicles are such groups too. Here a
group counts only if it is built like a line of letters: several separate marks of one height, none
much wider than high, side by side. Meant for pictures that are no DICOM files, where nothing else
says whether text is burned in.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from course_utils.privacy import callipers, letters, sector

SIZES = (5, 24)  # height of letters in pixels
MOST = 12  # boxes that are reported
FEWEST = 4  # letters in a line


@dataclass(frozen=True)
class Mark:
    """Something written or drawn on a picture: its `kind` and its `box` (x0, y0, x1, y1)."""

    kind: str
    box: tuple


def find(picture):
    """What looks written on a grey picture (H, W), 0..1: a list of `Mark`, often empty.

    Kinds: 'letters' (two or more, 5 to 40 pixels high, light on dark), 'scale' (numbers in a
    column), 'cross' and 'dotted line' (callipers). docs/measurements.md says how many are found. An
    empty list is no proof: dark, slanted or faint writing is not found.
    """
    if min(picture.shape) < 10:
        return []
    lines, scales = letters.find(picture)
    crosses = callipers.crosses(picture)
    found = {
        "letters": lines,
        "scale": scales,
        "cross": crosses,
        "dotted line": callipers.dotted(picture, crosses),
    }
    return [Mark(kind, box) for kind, boxes in found.items() for box in boxes]


def lines(picture):
    """Boxes (x0, y0, x1, y1) of lines of writing in a grey picture (H, W), 0..1; often empty.

    Light letters on a darker ground, 5 to about 19 pixels high, four or more in a line. Measured on
    the sample sets (SYNTHETIC): found on all 28 images that have writing, and on none of 98 others.
    An empty list is no proof: dark, slanted, larger or faint writing is not found.
    """
    if min(picture.shape) < 2 * SIZES[0]:
        return []
    strokes = (
        cv2.morphologyEx(
            (picture * 255 + 0.5).astype(np.uint8), cv2.MORPH_TOPHAT, np.ones((7, 7), np.uint8)
        )
        > 110
    )
    found = text_inside(picture, np.ones(picture.shape, bool))
    return [box for box in found if _is_line(strokes, box)]


def _is_line(strokes, box):
    x0, y0, x1, y1 = box
    part = strokes[max(0, y0 - 1) : y1 + 2, max(0, x0 - 1) : x1 + 2].astype(np.uint8)
    marks = cv2.connectedComponentsWithStats(part, connectivity=8)[2][1:]
    wide, high = marks[:, cv2.CC_STAT_WIDTH], marks[:, cv2.CC_STAT_HEIGHT]
    large = marks[:, cv2.CC_STAT_AREA] > 3
    letter = large & (high >= SIZES[0]) & (high <= SIZES[1]) & (wide <= 1.6 * high + 2)
    if letter.sum() < FEWEST:
        return False
    usual = np.median(high[letter])
    alike = letter & (np.abs(high - usual) <= 0.25 * usual + 1)
    return alike.sum() >= FEWEST and alike.sum() >= 0.6 * large.sum()


def text_outside(picture, keep):
    """Boxes (x0, y0, x1, y1) of what is drawn outside the sector `keep` (bool, H x W), largest
    first.
    """
    margin = max(3, min(picture.shape) // 40) | 1
    near = cv2.dilate(keep.astype(np.uint8), np.ones((margin, margin), np.uint8)).astype(bool)
    return _merged(~sector.background(picture) & ~near, smallest=8)


def text_inside(picture, keep):
    """Boxes of small groups of bright, thin strokes inside the sector, largest first."""
    limit = max(picture.shape) // 2
    boxes = _merged(_strokes(picture) & keep, smallest=15)
    return [
        b
        for b in boxes
        if b[3] - b[1] >= 4 and b[2] - b[0] >= 4 and max(b[2] - b[0], b[3] - b[1]) < limit
    ]


def places(grey, keep):
    """Where writing or callipers may stand inside the sector `keep` (bool, H x W) of a picture or
    cine: a list of (box, words), those of the usual frame first, then what single frames add.
    """
    stack = grey[None] if grey.ndim == 2 else grey
    usual = np.median(stack[:: max(1, len(stack) // 16)], axis=0)
    found = [(box, place(box)) for box in text_inside(usual, keep)]
    for frame in frames_with_more_strokes(stack, usual, keep):
        drawn = np.clip(stack[frame] - usual, 0, 1)
        found += [(b, f"{place(b)}, frame {frame}") for b in text_inside(drawn, keep)[:3]]
    return found


def place(box):
    """A box in words."""
    return f"x {box[0]}-{box[2]}, y {box[1]}-{box[3]}"


def frames_with_more_strokes(stack, usual, keep):
    """Numbers (from 0) of the frames in which clearly more bright, thin strokes appear than in
    most: text or callipers that were drawn for a part of the cine. Frames that follow one another
    with as many count once.

    `stack` (T, H, W) and `usual`, its median over time (H, W), are grey 0..1; `keep` bool (H, W).
    """
    drawn = [int((_strokes(np.clip(frame - usual, 0, 1)) & keep).sum()) for frame in stack]
    many = [n > 1.5 * np.median(drawn) + 30 for n in drawn]
    return [
        i
        for i, more in enumerate(many)
        if more and (i == 0 or not many[i - 1] or abs(drawn[i] - drawn[i - 1]) > 30)
    ]


def _strokes(picture):
    grey = (picture * 255 + 0.5).astype(np.uint8)
    return cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((7, 7), np.uint8)) > 150


def _merged(mask, smallest):
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 15), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    drawn = np.bincount(labels[mask], minlength=count)
    order = [i for i in np.argsort(-drawn) if i and drawn[i] >= smallest][:MOST]
    return [
        tuple(int(v) for v in (x, y, x + w - 1, y + h - 1))
        for x, y, w, h in (stats[i][:4] for i in order)
    ]
