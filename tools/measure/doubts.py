"""How often an outline's own doubt (`segment.doubt`) notices a wrong one: `python tools/measure/doubts.py`.

Judged on finished stills of every family of machines with `muscle_varied` (part 201: the limits
were chosen on part 200), and on the sample data with two networks of the lessons, which knew most of
these people. Prints how many of the failures (Dice below 0.6), of the poor ones (below 0.8) and of
the others are doubted, with Wilson's 95 % interval. SYNTHETIC. `--part 200` repeats the choice.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import evaluate, segment
from course_utils.cases import samples
from course_utils.evaluate import metrics
from course_utils.segment import models, scans
from course_utils.simulate import ranges
from tools.data import stills

FRESH, COUNT = 201, 40
FAILED, POOR = 0.6, 0.8


def judged(part):
    """Dice and doubt of `muscle_varied` on every still of a part: two lists."""
    model, dice, doubted = models.load(samples.model("muscle_varied")), [], []
    size = model.input_shape[1]
    for family in ranges.families():
        images, masks = stills.part(family, part, stills.picture, COUNT)
        for image, mask in zip(images, masks, strict=True):
            found = segment.predict(model, image.astype(np.float32) / 255, size)
            dice.append(metrics.dice(mask, segment.mask(found)))
            doubted.append(bool(segment.doubt(found)))
    return np.array(dice), np.array(doubted)


def sampled(name):
    """Dice and doubt of a lesson's network on the sample scans that show a muscle: two arrays."""
    model, cases = models.load(samples.model(name)), samples.table("muscle_general")
    cases = cases[~cases["empty"]]
    dice = segment.score(model, cases)["dice"].to_numpy()
    images = (scans.read(cases, row).image for row in range(len(cases)))
    return dice, np.array([bool(segment.doubt(segment.predict(model, one))) for one in images])


def told(dice, doubted):
    """Three lines: how many were doubted of each kind."""
    kinds = {
        f"Dice below {FAILED}": dice < FAILED,
        f"below {POOR}": dice < POOR,
        f"{POOR} or more": dice >= POOR,
    }
    for name, chosen in kinds.items():
        total, hits = int(chosen.sum()), int((chosen & doubted).sum())
        share = ""
        if total:
            _, low, high = evaluate.proportion(doubted[chosen].astype(int))
            share = f" ({low:.0%} to {high:.0%})"
        yield f"{name}: doubted {hits} of {total}{share}"


def main(arguments=None):
    """Run the command; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", type=int, default=FRESH, help="of the stills for validation")
    chosen = parser.parse_args(arguments)
    for name, pair in (
        (f"muscle_varied, stills of part {chosen.part}", judged(chosen.part)),
        *((f"{one}, sample data", sampled(one)) for one in ("unet_lesson_04", "unet_scanner_b")),
    ):
        print(f"\n{name}, {len(pair[0])} images, mean Dice {pair[0].mean():.3f}")
        print("\n".join(told(*pair)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
