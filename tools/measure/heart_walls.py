"""Walls by segment, drawn and real: `python tools/measure/heart_walls.py [FOLDER]`.

Prints, as Markdown, medians (quartiles) over frames of randomised hearts (`--count` studies) and,
with FOLDER as for `real_hearts.py`, of real ones beside them: the grey of septum, side wall, apex
wall, of what lies beyond the wall and of the atrium over that of the cavity, in SD of the picture;
and how thick the wall is against the cavity. Nothing is fitted to them; they say what still differs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.simulate import ventricle, window
from tools.measure import real_hearts

FIRST = 40_000_000  # seeds of hearts that nothing else uses
BEYOND = 0.08  # of the cavity's height: how far outside the wall is looked


def walls(image, labels):
    """The numbers of one frame: {what: number}. image: (H, W) grey. labels: as `ventricle.cut`."""
    image, cavity, wall = (
        np.asarray(image, float),
        labels == ventricle.CAVITY,
        labels == ventricle.MYOCARDIUM,
    )
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    top, bottom = np.flatnonzero(cavity.any(axis=1))[[0, -1]]
    middle, high = x[cavity].mean(), max(bottom - top, 1)
    body = (y > top + 0.3 * high) & (y < bottom - 0.05 * high)
    whole = cavity | wall
    near = ndimage.binary_dilation(whole, iterations=max(2, round(BEYOND * high))) & ~whole
    parts = {
        "septum": wall & body & (x < middle),
        "side wall": wall & body & (x > middle),
        "apex wall": wall & (y < top + 0.15 * high),
        "beyond the wall": near & body & (labels == ventricle.BACKGROUND),
        "atrium": labels == ventricle.ATRIUM,
    }
    ground, scale = image[cavity].mean(), image.std()
    found = {
        f"{name}, SD over the cavity": (image[part].mean() - ground) / scale
        if part.any()
        else np.nan
        for name, part in parts.items()
    }
    sides = (parts["septum"] | parts["side wall"]).sum() / 2
    return found | {"wall over cavity width": sides / (cavity & body).sum()}


def drawn(count):
    """Every frame of `count` randomised studies: a list of `walls`."""
    studies = (window.study(FIRST + number) for number in range(count))
    return [
        walls(frame, labels)
        for one in studies
        for view in (one.four, one.two)
        for frame, labels in zip(view.frames, view.labels, strict=True)
    ]


def real(folder):
    """Every frame of the folder: a list of `walls`."""
    return [
        walls(frame, labels)
        for views, _ in real_hearts.halves(folder).values()
        for clip in views.values()
        for frame, labels in zip(clip.frames, clip.labels, strict=True)
    ]


def main(arguments=None):
    """Run the command; returns 0."""
    parser = argparse.ArgumentParser(description="Compare walls of drawn and real hearts.")
    parser.add_argument("folder", type=Path, nargs="?", help="as for real_hearts.py")
    parser.add_argument("--count", type=int, default=20, help="randomised studies")
    choice = parser.parse_args(arguments)
    kinds = {"randomised": drawn(choice.count)}
    if choice.folder:
        kinds["real"] = real(choice.folder)
    heads = " | ".join(f"{name} ({len(rows)} frames)" for name, rows in kinds.items())
    print(f"| median (quartiles) | {heads} |\n|---|{'---:|' * len(kinds)}")
    for what in kinds["randomised"][0]:
        cells = []
        for rows in kinds.values():
            low, median, high = np.nanpercentile([row[what] for row in rows], (25, 50, 75))
            cells.append(f"{median:.2f} ({low:.2f} to {high:.2f})")
        print(f"| {what} | {' | '.join(cells)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
