"""Writing and callipers in pictures: where they stand, inside and outside the sector.

`letters` finds lines of letters and scales, `callipers` crosses and rows of dots; here they are put
together, for a picture of any kind and for the frames of a cine.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from course_utils.privacy import callipers, letters, sector

MOST = 12  # boxes that are reported
BESIDE = 3  # pixels around what was found that are blanked with it
WINDOWS = 12  # parts of a cine in which writing may stand still


@dataclass(frozen=True)
class Mark:
    """Something written or drawn on a picture: its `kind` and its `box` (x0, y0, x1, y1)."""

    kind: str
    box: tuple


def find(picture):
    """What looks written on a grey picture (H, W), 0..1: a list of `Mark`, often empty.

    Kinds: 'letters' (two or more, 5 to 40 pixels high, light on dark), 'scale' (numbers in a
    column), 'cross' and 'dotted line' (callipers; each dot has its box). docs/measurements.md says
    how many are found. An empty list is no proof: dark, slanted or faint writing is not found.
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
    """Boxes (x0, y0, x1, y1) of letters, scales and crosses in a grey picture (H, W), 0..1; those
    that overlap are one. An empty list is no proof.
    """
    return letters.joined(m.box for m in find(picture) if m.kind != "dotted line")


def text_outside(picture, keep):
    """What is drawn outside the sector `keep` (bool, H x W): two lists of boxes, largest first.

    The first is writing and all that stands away from the sector; the second lies around the sector
    and is not built like writing: tissue that the sector misses, or a drawing.
    """
    margin = max(3, min(picture.shape) // 40) | 1
    near = cv2.dilate(keep.astype(np.uint8), np.ones((margin, margin), np.uint8)).astype(bool)
    drawn = ~sector.background(picture) & ~near
    written = np.zeros(keep.shape, bool)
    for x0, y0, x1, y1 in lines(picture * drawn):
        more = y1 - y0 + 1  # the rest of the line, should a letter have been overlooked
        written[max(0, y0 - 2) : y1 + 3, max(0, x0 - more) : x1 + 1 + more] = True
    away = ~sector.around(keep) & ~_connected(drawn & ~written, near)
    return _merged(drawn & (written | away), smallest=8), _merged(
        drawn & ~written & ~away, smallest=8
    )


def _connected(drawn, near):
    """Where what is drawn is dense and goes on from the sector without a gap, bool (H, W)."""
    dense = cv2.blur(drawn.astype(np.float32), (31, 31)) > 0.15
    _, labels = cv2.connectedComponents((dense | near).astype(np.uint8))
    return np.isin(labels, np.unique(labels[near])) if near.any() else near


def places(grey, keep):
    """Where writing or callipers may stand inside the sector `keep` (bool, H x W) of a picture or
    cine: a list of (box, words), those of the usual frame first, then what parts of a cine add.

    A box goes a little beyond what was found (half a letter to the sides), so that blanking it leaves
    no edge of a letter.
    """
    return [
        (_wider(box, keep.shape), f"{place(box)}{moment}") for box, moment in _found(grey, keep)
    ]


def _wider(box, shape):
    x0, y0, x1, y1 = box
    side = max(BESIDE, (y1 - y0 + 1) // 2)
    return (
        max(0, x0 - side),
        max(0, y0 - BESIDE),
        min(shape[1] - 1, x1 + side),
        min(shape[0] - 1, y1 + BESIDE),
    )


def _found(grey, keep):
    """(box, the moment in words or '') of what `places` gives."""
    stack = grey[None] if grey.ndim == 2 else grey
    usual = np.median(stack[:: max(1, len(stack) // 16)], axis=0)
    found = [(box, "") for box in _inside(usual, keep)]
    if len(stack) > 1:
        for frame, picture in _moments(stack, usual, keep):
            for box in _inside(picture, keep, dots=False):  # in noise there are rows by chance
                if not any(letters.touch(box, other) for other, _ in found):
                    found.append((box, f", frame {frame}"))
    return found


def _inside(picture, keep, dots=True):
    """Boxes of what is written inside the sector; the dots of a line are one, or left out."""
    marks = [
        m for m in find(picture) if keep[m.box[1] : m.box[3] + 1, m.box[0] : m.box[2] + 1].any()
    ]
    wide = callipers.SPACING[1] // 2 + 1
    rows = [np.add(m.box, (-wide, -wide, wide, wide)) for m in marks if m.kind == "dotted line"]
    rows = [
        tuple(int(v) for v in np.add(b, (wide, wide, -wide, -wide)))
        for b in letters.joined(map(tuple, rows))
    ]
    return letters.joined([m.box for m in marks if m.kind != "dotted line"] + rows * dots)


def _moments(stack, usual, keep):
    """(number of a frame, picture) where writing may stand for a part of a cine: the darkest values
    of windows of frames, for writing stays and echoes move; and frames with more strokes than most.
    """
    long = max(2, len(stack) // WINDOWS)
    for start in range(0, len(stack) - long + 1, long):
        yield start, stack[start : start + long].min(axis=0)
    for frame in frames_with_more_strokes(stack, usual, keep):
        yield frame, np.clip(stack[frame] - usual, 0, 1)
        yield frame, stack[frame]


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
