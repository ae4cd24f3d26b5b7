"""Try the course's muscle networks on real scans: `python tools/measure/real_muscle.py FOLDER`.

FOLDER: real muscle scans as DL_Track publishes them (doi:10.1016/j.ultrasmedbio.2023.10.011), with
`images` and `masks` of the aponeuroses. The truth is the region between the two uppermost bands,
where both are; scans with a third band are counted too, and named. Every scan is cut to the scan by
the course's own search, as a learner's would be. Prints, as Markdown, the Dice of each scan ('?':
the outline itself is doubted, `segment.doubt`) and the mean with its interval. `--networks NAME
...`: of sample_data/models, or paths; `--sheet FILE`: also a picture with the outlines. Networks
that learned from simulation alone have seen none of these scans.
"""

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import evaluate, public_data, segment
from course_utils.cases import samples
from course_utils.evaluate import metrics
from course_utils.public_data import derived_masks
from course_utils.segment import doubts, models, scans

NETWORKS = ("unet_lesson_04", "unet_lesson_05", "unet_scanner_b", "muscle_varied")
CELL = 420  # pixels a side of one picture on the sheet
TRUTH, DRAWN = (255, 160, 0), (0, 140, 255)  # blue and orange, as OpenCV orders them


def table(folder, scratch):
    """The real scans with the belly between the bands as their mask, and the box of each scan.

    Where more bands than two are drawn, `dl_track` leaves the scan out; here the lower ones are
    wiped first. The column `more` says where. scratch: an empty folder for the masks.
    """
    own, upper = Path(folder), Path(scratch) / "upper"
    (upper / "masks").mkdir(parents=True)
    (upper / "images").symlink_to((own / "images").resolve())
    more = set()
    for path in sorted((own / "masks").glob("*.png")):
        bands = derived_masks.bands(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
        if len(bands) > 2:
            more.add(path.stem)
        kept = 255 * np.any(bands[:2], axis=0).astype(np.uint8)
        cv2.imwrite(str(upper / "masks" / path.name), kept)
    cases = public_data.dl_track(upper, "belly", masks_to=Path(scratch) / "bellies")
    cases["more"] = [Path(name).stem in more for name in cases["image"]]
    return scans.located(cases)


def network(name):
    """A network by its name in sample_data/models, or by its path."""
    return models.load(name if name.endswith(".keras") else samples.model(name))


def scored(model, cases):
    """Dice of each scan, on its own grid, and whether its outline is doubted: a table."""
    scores = segment.score(model, cases, size=model.input_shape[1])
    doubted = [bool(doubts.Doubt(one.expected, one.smooth)) for one in scores.itertuples()]
    return pd.DataFrame({"dice": scores["dice"], "doubted": doubted})


def sheet(model, cases):
    """All scans with the truth in blue and the network's outline in orange, as one BGR picture."""
    cells = []
    for row in range(len(cases)):
        case = scans.read(cases, row)
        found = segment.mask(segment.predict(model, case.image, model.input_shape[1]))
        picture = cv2.resize((255 * case.image).astype(np.uint8), (CELL, CELL))
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        for mask, colour in ((case.mask, TRUTH), (found, DRAWN)):
            small = cv2.resize(mask, (CELL, CELL), interpolation=cv2.INTER_NEAREST)
            lines, _ = cv2.findContours(small, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(picture, lines, -1, colour, 1)
        cells.append(picture)
    cells += [np.zeros_like(cells[0])] * (-len(cells) % 4)
    return np.vstack([np.hstack(cells[start : start + 4]) for start in range(0, len(cells), 4)])


def main(arguments=None):
    """Run the command; returns 0."""
    parser = argparse.ArgumentParser(description="Try muscle networks on real scans.")
    parser.add_argument("folder", type=Path, help="a folder with images and masks of the bands")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, metavar="NAME")
    parser.add_argument(
        "--sheet", type=Path, help="a PNG file for the outlines of the last network"
    )
    choice = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = table(choice.folder, scratch)
        made = {Path(name).stem: network(name) for name in choice.networks}
        every = {name: scored(model, cases) for name, model in made.items()}
        if choice.sheet:
            cv2.imwrite(str(choice.sheet), sheet(list(made.values())[-1], cases))
    print(f"| scan | {' | '.join(every)} |")
    print(f"|---|{'---:|' * len(every)}")
    for row, name in enumerate(cases["image"]):
        values = " | ".join(
            f"{one['dice'].iloc[row]:.3f}{'?' if one['doubted'].iloc[row] else ''}"
            for one in every.values()
        )
        star = " (a third band)" if cases["more"].iloc[row] else ""
        print(f"| {Path(name).stem}{star} | {values} |")
    for name, one in every.items():
        dice, doubted = one["dice"], one["doubted"]
        people = metrics.per_patient(cases.assign(dice=dice))["dice"]
        line = evaluate.sentence("Dice", evaluate.bootstrap(people), len(dice), synthetic=False)
        below = int((dice < 0.6).sum())
        print(f"\n{name}: {line}; median {dice.median():.3f}; {below} below 0.6")
        print(f"doubted (?): {doubted.sum()}, of those below 0.8: {doubted[dice < 0.8].sum()} of "
              f"{(dice < 0.8).sum()}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
