"""What the heart network does with pictures of no heart: `python tools/measure/strangers.py`.

For each kind of picture: how many are found to be unlike all that the network has learned from
(`segment.novelty`), with Wilson's interval, so that `auto_ef` gives no number; beside them the good
studies of machines that were held back, which should pass. `--count N`: of each kind.
`--muscle FOLDER`: real muscle scans as well. Fresh seeds; the limit was set on none of these.
"""

import argparse
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pydicom

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import load
from course_utils.cases import samples
from course_utils.core import errors
from course_utils.ejection_fraction import automatic
from course_utils.load import dicom
from course_utils.simulate import ranges, window
from tools.measure.echo import share

FIRST = 80_000_000  # seeds that nothing else uses
SIDE = 224


def noise(count):
    """Speckle of any grain and grey, the same in no two frames."""
    for number in range(count):
        rng = np.random.default_rng([FIRST, number])
        grain, power = rng.uniform(0.0, 4.0), rng.uniform(0.5, 3.0)
        frames = rng.random((2, SIDE, SIDE)).astype(np.float32)
        if grain > 0.4:
            frames = np.stack([cv2.GaussianBlur(frame, (0, 0), grain) for frame in frames])
        frames -= frames.min()
        yield [(frames / frames.max()) ** power]


def gradients(count):
    """Smooth light as in a photograph: a slope, a bright spot, soft edges, a little noise."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    for number in range(count):
        rng, frames = np.random.default_rng([FIRST, 1, number]), []
        turn, spot = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.9, 2)
        edge = rng.uniform(0.2, 0.8)
        for _ in range(2):
            frame = 0.5 + 0.4 * (np.cos(turn) * (x - 0.5) + np.sin(turn) * (y - 0.5))
            frame += 0.4 * np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / 0.05)
            frame -= 0.3 / (1 + np.exp((x - edge) / 0.02))
            frame += 0.02 * rng.standard_normal(frame.shape)
            frames.append(np.clip(frame, 0, 1).astype(np.float32))
        yield [np.stack(frames)]


def muscles(count):
    """Scans of the sample set's calves, each with the next one as if it were its second moment."""
    rows = samples.table("muscle_general").head(count)
    images = [load.image(Path(rows.attrs["folder"]) / name) for name in rows["image"]]
    for first, second in zip(images, images[1:] + images[:1], strict=True):
        yield [_pair([first, second])]


def scans(folder):
    """Real muscle scans, each with the next one as its second moment."""
    images = [load.image(path) for path in sorted(Path(folder).glob("*.[pjt]*"))]
    for first, second in zip(images, images[1:] + images[:1], strict=True):
        yield [_pair([first, second])]


def turned(count):
    """Good studies of randomised hearts upside down, both views."""
    for study in hearts(count, None):
        yield [view[:, ::-1].copy() for view in study]


def hearts(count, family):
    """Good studies of randomised hearts, both views as frames 0..1."""
    for number in range(count):
        one = window.study(FIRST + number, family)
        yield [view.frames / np.float32(255) for view in (one.four, one.two)]


def sonosite(_):
    """The real abdominal clip of the pydicom wheel, at three moments."""
    real = dicom.read(pydicom.examples.get_path("ybr_color"))
    for first in (0, 5, 10):
        yield [real.pixels[[first, first + 10]]]


def _pair(images):
    frames = [cv2.resize(np.asarray(image, np.float32), (SIDE, SIDE)) for image in images]
    return np.stack([frame / max(frame.max(), 1e-6) for frame in frames])


def judged(studies):
    """How many studies there are, and how many are unlike known pictures; `auto_ef` refuses those that
    are so by a fifth (`unlike` in rules.toml), and what its judge takes for spoiled.
    """
    unlike = total = 0
    for views in studies:
        times = [
            float(np.median(automatic.unlike(frames, others=frames[::-1]))) for frames in views
        ]
        total, unlike = total + 1, unlike + (max(times) > 1)
    return total, unlike


def main(arguments=None):
    """Print the table; returns 0."""
    parser = argparse.ArgumentParser(description="Pictures of no heart, given to auto_ef.")
    parser.add_argument("--count", type=int, default=100, help="pictures of each kind")
    parser.add_argument("--muscle", type=Path, help="a folder of real muscle scans")
    choice = parser.parse_args(arguments)
    warnings.simplefilter("ignore", errors.CourseWarning)
    kinds = {
        "noise": noise(choice.count),
        "gradients": gradients(choice.count),
        "muscle of the sample set": muscles(choice.count),
        "hearts upside down": turned(choice.count),
        "the SonoSite clip": sonosite(choice.count),
    }
    if choice.muscle:
        kinds["muscle, real"] = scans(choice.muscle)
    for family in ranges.families("heart"):
        kinds[f"good hearts, {family}"] = hearts(choice.count, family)
    print("| pictures | n | unlike all that is known |")
    print("|---|---:|---:|")
    for name, studies in kinds.items():
        total, unlike = judged(studies)
        print(f"| {name} | {total} | {share(unlike, total)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
