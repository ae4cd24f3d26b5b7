"""Checks of lesson 03: alignment proved with discs, a vote on what a scanner can do, rocking."""

import math

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from course_utils.checks.lesson import Lesson, Wrong, function, number, panel
from course_utils.core import masks

lesson = Lesson("03_augment")


BENT_PX = 0.25  # no turn, shift, zoom or flip leaves more than a tenth; 3 per cent elastic over 1


@lesson.check
def aligned(wobble, *, image, mask):
    wobble = function(wobble, "`wobble`")
    places = _grid(mask.shape)
    discs = np.maximum.reduce([masks.disc(mask.shape, place, 4) for place in places])
    result = wobble(discs.astype(np.float32), discs)
    if not (isinstance(result, tuple) and len(result) >= 2):
        raise Wrong(
            "`wobble` should take an image and a mask and give both back, as `augment.step` does."
        )
    moved_picture, moved_discs = (np.asarray(part) for part in result[:2])
    if moved_picture.shape != discs.shape or moved_discs.shape != discs.shape:
        raise Wrong("What came out is of another size. Use `augment.step`.")
    there, drawn = _centres(moved_discs), _centres(moved_picture > 0.5)
    if len(there) != len(places):
        raise Wrong("The mask that came out is empty or torn. Use `augment.step` with 3 per cent.")
    apart = _farthest(there, drawn)
    if apart > 1:
        raise Wrong(f"Image and mask came out {apart:.1f} pixels apart. The mask was left behind.")
    if np.array_equal(moved_discs, discs):
        raise Wrong("Nothing moved. Is it the elastic step, by 3 per cent?")
    bent = _bent(places, there)
    if bent < BENT_PX:
        raise Wrong(
            "Image and mask went together, but straight lines stayed straight: a turn, a shift or a "
            "flip. The elastic step bends them."
        )
    return (
        f"Nine discs in the image and in the mask came out within {apart:.1f} pixels of each other, "
        f"and bent by {bent:.1f}."
    )


def _grid(shape):
    """Nine points (x, y) well inside a picture."""
    rows, columns = shape
    return [(columns * x / 4.6, rows * y / 4.6) for y in (1.3, 2.3, 3.3) for x in (1.3, 2.3, 3.3)]


def _centres(mask):
    """The centre (x, y) of each connected piece."""
    return cv2.connectedComponentsWithStats(mask.astype(np.uint8))[3][1:]


def _farthest(points, others):
    """How far the points are from the nearest of the others, at most."""
    if not len(others):
        return math.inf
    return float(np.linalg.norm(points[:, None] - others[None], axis=2).min(axis=1).max())


def _bent(places, moved):
    """Pixels by which `moved` departs from every turn, shift, zoom, shear and flip of `places`."""
    places = np.asarray(places)
    middle = places.mean(axis=0)
    found = []
    for mirror in ((1, 1), (-1, 1), (1, -1)):
        start = middle + (places - middle) * mirror
        far = np.linalg.norm(start[:, None] - moved[None], axis=2)
        partner = linear_sum_assignment(far**2)[1]
        flat = np.c_[places, np.ones(len(places))]
        fit = np.linalg.lstsq(flat, moved[partner], rcond=None)[0]
        found.append(float(np.linalg.norm(flat @ fit - moved[partner], axis=1).max()))
    return min(found)


POSSIBLE = "acdfg"  # in the order of `augment.pictures.candidates`
WHY = {
    "a": "A: the depth-gain sliders do exactly this, every day.",
    "b": "B: skin is at the bottom. Nobody scans from the inside.",
    "c": "C: rock the probe heel to toe by a few degrees, and the tissue lies like this. The black "
    "corner is what the computer does not have.",
    "d": "D: move the probe by a hair, and the grain is another one.",
    "e": "E: a quarter turn puts the skin at the side. The beam always comes from the top.",
    "f": "F: lost contact, a hair or a calcification throws such a shadow.",
    "g": "G: overall gain is the first knob everyone turns.",
    "h": "H: tissue gives way under the probe smoothly. It does not ripple like water.",
}


@lesson.check
def vote(vote):
    votes = panel(vote, *WHY)
    for letter, reason in WHY.items():
        if bool(votes[letter]) != (letter in POSSIBLE):
            raise Wrong(f"Look again at {reason}")


@lesson.check
def rocking(max_rocking_deg):
    degrees = abs(number(max_rocking_deg, "the angle in degrees"))
    if degrees == 0:
        raise Wrong("No rocking at all: then the network meets its first angled probe on the ward.")
    if degrees > 45:
        raise Wrong("At that angle the skin is at the side of the picture. No probe sees it there.")
    if degrees > 20:
        raise Wrong(
            f"In a longitudinal scan {degrees:g} degrees lift one end of the probe off the skin."
        )
    if degrees < 2:
        raise Wrong("Your own hand varies by more than that between two scans of one patient.")
    return f"{degrees:g} degrees can be defended: a hand does that without noticing."


quiz_1, quiz_2, quiz_3 = lesson.questions()
