"""Checks of lesson 02: saturation, CLAHE's debris, an honest number, a new spacing, and a prepared image."""

import math

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, choice, image, number, panel
from course_utils.enhance import adjust as enhancing

lesson = Lesson("02_enhance")

# Rows and columns of the real heart's first frame.
CAVITY, SEPTUM = np.s_[90:120, 163:183], np.s_[85:115, 144:156]
SEPTUM_SEEN = 0.4


@lesson.exercise(
    depth="press",
    hints=(
        "Turn the gain up until the septum is grey, and keep an eye on the number above the picture.",
        "About +14 dB, with the window left open from 0 to 1.",
    ),
    solution="knobs.set(gain_db=14)",
    right="The septum is clear and almost nothing is lost. That is what a good gain setting is.",
)
def no_saturation(knobs, *, heart):
    values = panel(knobs, "gain_db", "black", "white")
    white = max(values["white"], values["black"] + 0.05)
    shown = enhancing.window(enhancing.gain(heart, values["gain_db"]), values["black"], white)
    lost, septum = 100 * np.mean(shown >= 1), shown[SEPTUM].mean()
    if lost >= 1:
        raise Wrong(
            f"{lost:.1f} % of the pixels are saturated. Turn the gain down, or move 'White' up."
        )
    if septum < SEPTUM_SEEN:
        raise Wrong(
            f"Nothing is saturated, but the septum is still dark: {septum:.2f} on a scale from 0 to 1."
        )


@lesson.exercise(
    depth="press",
    hints=(
        "Push the clip limit to the right and watch the cavity beside the septum.",
        "A clip limit of 8 with 8 tiles is enough.",
    ),
    solution="lab.set(clip_limit=8.0, tiles=8)",
    right="You have made smoke out of noise. The same setting that brings up the wall fills the ventricle.",
)
def debris(lab, *, heart):
    values = panel(lab, "clip_limit", "tiles")
    sharp = enhancing.clahe(heart, clip_limit=values["clip_limit"], tiles=values["tiles"])
    times = sharp[CAVITY].mean() / heart[CAVITY].mean()
    if times < 3:
        raise Wrong(
            f"The blood is {times:.1f} times as bright as before. Allow CLAHE to stretch more."
        )


@lesson.exercise(
    depth="change",
    hints=(
        "Which of the two numbers stayed the same when nothing but the display changed?",
        "Squaring every pixel changed CNR and left gCNR alone.",
    ),
    solution='honest_number = "gCNR"',
    right="gCNR does not care about the display curve, so a display curve cannot improve it.",
)
def honest_number(honest_number):
    if choice(honest_number, ("CNR", "gCNR")) == "CNR":
        raise Wrong("CNR moved when we only squared the pixels. A firm could do that too.")


@lesson.exercise(
    depth="write",
    hints=(
        "The height of the picture in mm does not change: 512 rows of 0.10 mm.",
        "Divide that height by the new number of rows: 0.10 * 512 / SIZE.",
    ),
    solution="new_row_mm = 0.10 * 512 / SIZE",
    right="The height in millimetres stays; each of the fewer rows takes a larger share.",
)
def new_row_mm(new_row_mm, *, size):
    height = number(new_row_mm, "the height of a pixel in mm")
    if math.isclose(height, 0.10):
        raise Wrong("0.10 mm was the old height. There are fewer rows now for the same tissue.")
    if math.isclose(height, 0.10 * size / 512):
        raise Wrong("You have the fraction upside down: fewer rows make each pixel larger.")
    if math.isclose(height, 0.10 * 512):
        raise Wrong("That is the height of the whole picture. Share it among the new rows.")
    if not math.isclose(height, 0.10 * 512 / size, rel_tol=0.005):
        raise Wrong("Not that one. The whole picture stays as high as it was, in millimetres.")


FILTERS = ("median", "bilateral", "non-local means", "Lee", "SRAD")


@lesson.exercise(
    depth="change",
    hints=(
        "First cross out the filters that leave more than 75 % of the grain.",
        "Of those that stay, take the largest number in the second column.",
    ),
    solution='gentlest = "non-local means"',
    right="It takes away the least of what you measure on. In this image: on another you would measure again.",
)
def filter_choice(gentlest):
    answer = choice(gentlest, FILTERS)
    if answer == "median":
        raise Wrong("The median leaves more than 75 % of the grain, and still weakens the lines.")
    if answer != "non-local means":
        raise Wrong(
            f"{answer} takes enough of the grain, but another filter keeps more of the lines."
        )


@lesson.exercise(
    depth="write",
    hints=(
        "The inner call is `enhance.clahe(heart, clip_limit=2.0)`. What it returns goes into `enhance.resize`.",
        "enhance.resize(..., SIZE)[0], with the inner call in place of the dots.",
    ),
    solution="ready = enhance.resize(enhance.clahe(heart, clip_limit=2.0), SIZE)[0]",
    right="Contrast at full resolution, then the size that the network needs.",
)
def ready(ready, *, heart, size):
    if isinstance(ready, tuple):
        raise Wrong(
            "`resize` gives back the image and its spacing. Take the image: put `[0]` at the end."
        )
    ready = image(ready)
    if ready.shape != (size, size):
        raise Wrong(
            f"The image is {ready.shape[0]} x {ready.shape[1]}, and it should be {size} x {size}."
        )
    right = enhancing.resize(enhancing.clahe(heart, clip_limit=2.0), size)[0]
    if np.allclose(ready, right, atol=1e-3):
        return
    if np.allclose(ready, enhancing.resize(heart, size)[0], atol=1e-3):
        raise Wrong("The size is right. CLAHE is missing.")
    if np.allclose(
        ready, enhancing.clahe(enhancing.resize(heart, size)[0], clip_limit=2.0), atol=1e-3
    ):
        raise Wrong(
            "You resized first. On the small image the tiles are other tiles. Do CLAHE first."
        )
    raise Wrong("The size is right, the grey levels are not: use `heart`, and a clip limit of 2.0.")


lesson.quiz(
    "After CLAHE you see fine echoes in a cyst that looked empty before. What do you do?",
    a=(
        "I report a complex cyst.",
        "CLAHE stretches whatever a tile holds, and an empty tile holds noise.",
    ),
    b=(
        "I look at the stored image, and at the live image with the gain turned up.",
        "Yes. The enhanced picture is a reason to look, and no finding.",
        True,
    ),
    c=(
        "I ignore CLAHE from now on.",
        "It does help in dark walls. You only need to know where it misleads.",
    ),
)

lesson.quiz(
    "An image of 600 x 600 pixels of 0.1 mm is cropped to its middle 300 x 300, and then resized to 100 x 100. "
    "What is the spacing now?",
    a=("0.1 mm.", "Cropping leaves the size of a pixel alone, resizing does not."),
    b=(
        "0.6 mm.",
        "You have counted the crop as well. It takes tissue away, and leaves the size of a pixel alone.",
    ),
    c=("0.3 mm.", "Yes: the crop changes nothing, and then three rows become one.", True),
)

lesson.quiz(
    "A paper reports a speckle SNR of 4.2 on exported PNG images. What does the number tell you?",
    a=(
        "The tissue is not fully developed speckle.",
        "That can be concluded from the envelope, and a PNG has been through a logarithm.",
    ),
    b=(
        "Little: after the logarithm it depends on the scanner's settings.",
        "Yes. 1.91 holds for the envelope alone.",
        True,
    ),
    c=("The filter they used works well.", "Brightening the image would raise the number too."),
)

quiz_1, quiz_2, quiz_3 = (lesson.quizzes[f"quiz_{number}"] for number in (1, 2, 3))
