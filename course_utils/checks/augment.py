"""Checks of lesson 03: alignment proved with a disc, a vote on what a scanner can do, and a limit of rocking."""

import math

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, function, number, panel
from course_utils.core import masks

lesson = Lesson("03_augment")


def _disc(mask):
    """A disc of 7 pixels in the middle of the mask, as an image and as its own mask."""
    disc = masks.disc(mask.shape, masks.centre(mask))
    return disc.astype(np.float32), disc


@lesson.exercise(
    depth="write",
    hints=(
        "Look at the cell that made `rotate`, and change the name of the step.",
        'The step is called "elastic".',
    ),
    solution='wobble = augment.step("elastic", 3, seed=SEED)',
    right="The disc in the image and the disc in the mask came out in the same place, to within a pixel.",
)
def aligned(wobble, *, image, mask):
    wobble = function(wobble, "`wobble`")
    picture, disc = _disc(mask)
    result = wobble(picture, disc)
    if not (isinstance(result, tuple) and len(result) >= 2):
        raise Wrong(
            "`wobble` should take an image and a mask and give both back, as `augment.step(...)` does."
        )
    moved_picture, moved_disc = np.asarray(result[0]), np.asarray(result[1])
    if (
        moved_picture.shape != picture.shape
        or moved_disc.shape != disc.shape
        or not moved_disc.any()
    ):
        raise Wrong("The mask that came out is empty or of another size. Use `augment.step`.")
    apart = math.dist(masks.centre(moved_picture > 0.5), masks.centre(moved_disc))
    if apart > 1:
        raise Wrong(f"Image and mask came out {apart:.1f} pixels apart. The mask was left behind.")
    if np.array_equal(moved_disc, disc):
        raise Wrong("Nothing moved. Is it the elastic step, by 3 per cent?")


POSSIBLE = "acdfg"  # in the order of `augment.pictures.candidates`
WHY = {
    "a": "A: the depth-gain sliders do exactly this, every day.",
    "b": "B: skin is at the bottom. Nobody scans from the inside.",
    "c": "C: rock the probe heel to toe by a few degrees, and the tissue lies like this. The black corner is what "
    "the computer does not have.",
    "d": "D: move the probe by a hair, and the grain is another one.",
    "e": "E: a quarter turn puts the skin at the side. The beam always comes from the top.",
    "f": "F: lost contact, a hair or a calcification throws such a shadow.",
    "g": "G: overall gain is the first knob everyone turns.",
    "h": "H: tissue gives way under the probe smoothly. It does not ripple like water.",
}


@lesson.exercise(
    depth="press",
    hints=(
        "For each picture name the knob or the movement that would do it. No name, no tick.",
        "Five of the eight are possible. Look for the skin.",
    ),
    solution="vote.set(a=True, c=True, d=True, f=True, g=True)",
    right="That is the vote of this course: gain, depth gain, grain, shadow and a few degrees of rocking.",
)
def vote(vote):
    votes = panel(vote, *WHY)
    for letter, reason in WHY.items():
        if bool(votes[letter]) != (letter in POSSIBLE):
            raise Wrong(f"Look again at {reason}")


@lesson.exercise(
    depth="change",
    hints=(
        "How far can you rock the probe on a calf before one end of it leaves the skin?",
        "Something from 5 to 15 degrees can be defended.",
    ),
    solution="max_rocking_deg = 10",
    right="Defensible: a hand does that without noticing. At larger angles one end of the probe loses contact.",
)
def rocking(max_rocking_deg):
    degrees = abs(number(max_rocking_deg, "the angle in degrees"))
    if degrees == 0:
        raise Wrong("No rocking at all: then the network meets its first angled probe on the ward.")
    if degrees > 45:
        raise Wrong("At that angle the skin is at the side of the picture. No probe sees it there.")
    if degrees > 20:
        raise Wrong(
            "In a longitudinal scan that much lifts one end of the probe off the skin. You would scan again."
        )
    if degrees < 2:
        raise Wrong("Your own hand varies by more than that between two scans of one patient.")


lesson.quiz(
    "Why is the vertical flip a poor augmentation for ultrasound?",
    a=(
        "It makes training slower.",
        "It costs nothing in time. Think of what it shows to the network.",
    ),
    b=(
        "It shows a world in which the probe is on the far side of the patient.",
        "Yes. Skin is on top in every scan, and that is a hint worth keeping.",
        True,
    ),
    c=(
        "The mask cannot be flipped along.",
        "It can, and exactly so. Alignment is not the problem here.",
    ),
)

lesson.quiz(
    "A rotated mask holds the values 0, 0.3, 0.7 and 1. What went wrong?",
    a=(
        "It was rotated like a photograph, with interpolation.",
        "Yes. Masks use the nearest neighbour, and stay 0 or 1.",
        True,
    ),
    b=(
        "The rotation was too large.",
        "At any angle a mask keeps its values if it is treated as a mask.",
    ),
    c=(
        "Nothing: 0.7 means that the expert was 70 % sure.",
        "No expert said so. The number comes out of interpolation.",
    ),
)

lesson.quiz(
    "Copies were made of all images first, and then split at random. The validation score is 0.97. What do you think?",
    a=("A good model.", "It was asked about images that it knows, a little turned."),
    b=(
        "The score says nothing about new patients.",
        "Yes. Copies and originals of one patient stand on both sides.",
        True,
    ),
    c=(
        "Validation needs augmentation as well.",
        "Validation should look like the images of the ward, unaugmented.",
    ),
)

quiz_1, quiz_2, quiz_3 = (lesson.quizzes[f"quiz_{number}"] for number in (1, 2, 3))
