"""Checks of lesson 02: saturation, debris, an honest number, a spacing, a filter, an image."""

import math

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, cell, choice, image, number, panel
from course_utils.enhance import adjust as enhancing
from course_utils.enhance import quality

lesson = Lesson("02_enhance")

# Rows and columns of the real heart's first frame.
CAVITY, SEPTUM = np.s_[90:120, 163:183], np.s_[85:115, 144:156]
SEPTUM_SEEN = 0.4


@lesson.check
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
            f"Little is saturated, but the septum is still dark: {septum:.2f} on a scale of 0 to 1."
        )
    return f"The septum is at {septum:.2f} and {lost:.1f} % are saturated: a good gain setting."


@lesson.check
def debris(lab, *, heart):
    values = panel(lab, "clip_limit", "tiles")
    sharp = enhancing.clahe(heart, clip_limit=values["clip_limit"], tiles=values["tiles"])
    times = sharp[CAVITY].mean() / heart[CAVITY].mean()
    if times < 3:
        raise Wrong(
            f"The blood is {times:.1f} times as bright as before. Allow CLAHE to stretch more."
        )
    return (
        f"The blood is {times:.1f} times as bright, and it is noise. The setting that brings up the "
        "wall fills the ventricle."
    )


@lesson.check
def bent(guess, *, power, blood, wall):
    moved = choice(guess, ("CNR", "gCNR"), "the guess")
    power = number(power, "the power", 0.25, 8)
    if math.isclose(power, 2):
        raise Wrong("2 is the power of the cell above. Try another, such as 4 or 0.5.")
    before, after = (_cnr_gcnr(blood**p, wall**p) for p in (1, power))
    change = [abs(b - a) / max(a, 1e-9) for a, b in zip(before, after, strict=True)]
    found = "CNR" if change[0] > change[1] else "gCNR"
    said = f"CNR {before[0]:.2f} to {after[0]:.2f}, gCNR {before[1]:.2f} to {after[1]:.2f}"
    if moved != found:
        raise Wrong(f"You guessed {moved}. With the power {power:g}: {said}.")
    return f"As you guessed. {said}: ask for the number that a display curve cannot improve."


def _cnr_gcnr(inside, outside):
    return quality.cnr(inside, outside), quality.gcnr(inside, outside)


@lesson.check
def new_row_mm(new_row_mm, *, size):
    height = number(new_row_mm, "the height of a pixel in mm")
    if math.isclose(height, 0.10):
        raise Wrong("0.10 mm was the old height. There are fewer rows now for the same tissue.")
    if math.isclose(height, 0.10 * size / 512):
        raise Wrong("You have the fraction upside down: fewer rows make each pixel larger.")
    if math.isclose(height, 0.10 * 512):
        raise Wrong("That is the height of the whole picture. Share it among the new rows.")
    if not math.isclose(height, 0.10 * 512 / size, rel_tol=0.005):
        raise Wrong(f"Not {height:g} mm. The whole picture stays as high as it was.")
    if cell().typed("new_row_mm"):
        raise Wrong(f"{height:g} mm is right for {size} rows. Write it with `SIZE`, for any size.")
    other = cell().again("new_row_mm", SIZE=64)
    if other is not None and not math.isclose(number(other), 0.8, rel_tol=0.005):
        raise Wrong(f"For SIZE = 64 your line gives {number(other):g} mm, and it should be 0.8 mm.")
    return f"{height:g} mm: each of the fewer rows takes a larger share of the same height."


ENOUGH = 75  # per cent of the grain that may stay


@lesson.check
def filter_choice(gentlest, *, table):
    answer = choice(gentlest, tuple(table.index), "the filter")
    grain, lines = table.loc[answer]
    if grain > ENOUGH:
        raise Wrong(f"{answer} leaves {grain} % of the grain, more than {ENOUGH} %.")
    best = table[table.iloc[:, 0] <= ENOUGH].iloc[:, 1].max()
    if lines < best:
        raise Wrong(f"{answer} keeps {lines} % of the lines, and another filter keeps {best} %.")
    return (
        f"{answer}: {grain} % of the grain and {lines} % of the lines stay, in this image. On "
        "another you would measure again."
    )


@lesson.check
def ready(ready, *, scan, size):
    if isinstance(ready, tuple):
        raise Wrong(
            "`resize` gives back the image and its spacing. Take the image: put `[0]` at the end."
        )
    ready = image(ready)
    if ready.shape != (size, size):
        raise Wrong(
            f"The image is {ready.shape[0]} x {ready.shape[1]}, and it should be {size} x {size}."
        )
    right = enhancing.resize(enhancing.clahe(scan, clip_limit=2.0), size)[0]
    if np.allclose(ready, right, atol=1e-3):
        other = cell().again("ready", scan=np.ascontiguousarray(scan[::-1]))
        if other is not None:
            _same_recipe(other, scan[::-1], size)
        return
    if np.allclose(ready, enhancing.resize(scan, size)[0], atol=1e-3):
        raise Wrong("The size is right. CLAHE is missing.")
    if np.allclose(
        ready, enhancing.clahe(enhancing.resize(scan, size)[0], clip_limit=2.0), atol=1e-3
    ):
        raise Wrong(
            "You resized first. On the small image the tiles are other tiles. Do CLAHE first."
        )
    raise Wrong("The size is right, the grey levels are not: use `scan`, and a clip limit of 2.0.")


def _same_recipe(ready, scan, size):
    right = enhancing.resize(enhancing.clahe(np.ascontiguousarray(scan), clip_limit=2.0), size)[0]
    if not np.allclose(image(ready, (size, size)), right, atol=1e-3):
        raise Wrong("On another picture your lines do not give CLAHE and then the new size.")


quiz_1, quiz_2, quiz_3 = lesson.questions()
