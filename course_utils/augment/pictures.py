"""What the sliders and comparisons of lesson 03 draw: augmented images with their outlines and
landmarks.

Pure functions from plain values to one picture. Images are float, (H, W), 0..1; masks are 0 or 1.
"""

import numpy as np

from course_utils import show
from course_utils.augment import steps

# The steps as a menu lists them. The flips come last: they have no strength, and a first slider
# should do something.
MENU = sorted(steps.STEPS, key=lambda name: "flip" in name)


def augmented(image, mask, landmark, step, strength, seed):
    """One augmentation step, before and after, with the outline and the landmark carried along.

    `strength` 0 is nothing, 0.5 the example amount of that step, 1 twice as much (within the step's
    limits).
    """
    kind = steps.STEPS[step]
    nothing = 1 if kind.unit == "times" else 0
    low, high = kind.limits
    amount = min(max(nothing + 2 * strength * (kind.example - nothing), low), high)
    picture, outline, points = steps.step(step, amount, seed)(image, mask, points=[landmark])
    before, after = "as stored", f"{step}, {amount:.3g} {kind.unit}" if kind.unit else step
    return show.grid(
        {before: image, after: picture},
        f"A synthetic muscle before and after {after}, with its outline and the landmark. {kind.note}",
        masks={before: mask, after: outline},
        points={before: [landmark], after: points},
        kind="synthetic",
    )


def every_step(image, mask, seed=0):
    """All augmentation steps at their example amounts, each with the outline that belongs to it."""
    changed = {name: steps.step(name, seed=seed)(image, mask) for name in steps.STEPS}
    return show.grid(
        {name: picture for name, (picture, _) in changed.items()},
        f"One synthetic muscle after each of {len(changed)} steps: {', '.join(changed)}. "
        "The outline follows every step that moves tissue.",
        {name: outline for name, (_, outline) in changed.items()},
        kind="synthetic",
    )


def reasons():
    """What on a scanner or in a hand stands behind each step, as a table to read in the page."""
    import pandas  # here, because the first picture of a lesson does not wait for it

    lines = [(name, kind.note) for name, kind in steps.STEPS.items()]
    frame = pandas.DataFrame(lines, columns=["step", "what is behind it"])
    return show.table(frame, index=False, rows=len(frame))


def forgotten_mask(turned, turned_mask, mask):
    """A turned image with its own mask, and with the mask that somebody forgot to turn."""
    overlap = 2 * np.sum(turned_mask * mask) / (np.sum(turned_mask) + np.sum(mask))
    titles = ("mask turned too", f"mask forgotten: Dice {overlap:.2f}")
    return show.grid(
        dict.fromkeys(titles, turned),
        "The turned synthetic muscle twice. Left the outline follows the muscle; right it does not, "
        f"Dice {overlap:.2f}.",
        masks=dict(zip(titles, (turned_mask, mask), strict=True)),
        kind="synthetic",
    )


def recipes(image, mask, count=4, **pipelines):
    """`count` draws from each pipeline, one row a pipeline. `pipelines`: name -> callable (image, mask)."""
    pictures, masks = {}, {}
    for name, pipeline in pipelines.items():
        for number in range(1, count + 1):
            title = f"{name} {number}"
            pictures[title], masks[title] = pipeline(image, mask)
    return show.grid(
        pictures,
        f"{count} synthetic muscles from each of {', '.join(pipelines)}, with their outlines.",
        masks,
        columns=count,
        kind="synthetic",
    )


def candidates(image, mask):
    """The eight versions of an image that lesson 03 votes on: letter -> image."""

    def _changed(name, amount, seed):
        return steps.step(name, amount, seed)(image, mask)[0]

    return {
        "a": _changed("depth gain", 18, 0),
        "b": image[::-1],
        "c": _changed("rotation", 7, 0),
        "d": _changed("speckle", 3, 2),
        "e": np.rot90(image),
        "f": _changed("acoustic shadow", 25, 4),
        "g": _changed("brightness", 10, 0),
        "h": _changed("elastic", 8, 5),
    }


def ballot(image, mask, ticks):
    """The eight candidates, each with its letter and the vote it got. `ticks`: letter -> True or False."""
    pictures = {
        f"{letter.upper()}: possible" if ticks[letter] else letter.upper(): picture
        for letter, picture in candidates(image, mask).items()
    }
    chosen = ", ".join(letter.upper() for letter, tick in ticks.items() if tick) or "none"
    return show.grid(
        pictures,
        f"Eight versions of a synthetic muscle, lettered A to H. Voted possible: {chosen}.",
        kind="synthetic",
    )
