"""Make what lesson 14 ships anew: `python tools/data/findings.py` (about two minutes of one core).

findings/pictures.webp and findings/pairs.csv: 500 SYNTHETIC scans of 450 patients with a report in two
languages each; models/language_pairs.npz: a network trained on them, seed 1, in half precision.
`--weights` trains only.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.cases import samples
from course_utils.language import archive, networks, records, rules
from course_utils.simulate import findings
from tools.data import calves as shared

QUALITY = 65
RECIPE = networks.Recipe(lam=1.0, seed=1)


def made():
    """Write the sheet and the table."""
    seeds = [*range(archive.PATIENTS), *range(archive.PAIRS - archive.PATIENTS)]
    looks = [0] * archive.PATIENTS + [1] * (archive.PAIRS - archive.PATIENTS)
    cases = [findings.case(seed) for seed in seeds]
    tiles = [findings.picture(case, look) for case, look in zip(cases, looks, strict=True)]
    across = archive.ACROSS
    rows = [np.hstack(tiles[at : at + across]) for at in range(0, len(tiles), across)]
    place = samples.ROOT / archive.SHEET
    place.parent.mkdir(exist_ok=True)
    grey = np.round(255 * np.clip(np.vstack(rows), 0, 1)).astype(np.uint8)
    Image.fromarray(grey).save(place, quality=QUALITY, method=6)
    table = archive.table(cases, looks)
    for column in ("said", "truth"):
        table[column] = table[column].map(records.packed)
    table.to_csv(samples.ROOT / archive.TABLE, index=False)


def weights():
    """Train the network that ships."""
    began = time.process_time()
    images, table = archive.stored()
    found = [rules.tag(text) for text in table.en]
    model, losses = networks.train(images, [list(table.en), list(table.es)], found, RECIPE)
    networks.save(model, archive.WEIGHTS)
    print(f"last loss {losses[-1]:.3f}, {time.process_time() - began:.0f} CPU-seconds")


def main(arguments=None):
    """Make everything, or the weights alone. Returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--weights", action="store_true")
    if not parser.parse_args(arguments).weights:
        made()
    weights()
    for place in (samples.ROOT / archive.SHEET, samples.ROOT / archive.TABLE, archive.WEIGHTS):
        print(f"wrote {place.relative_to(ROOT)}, {place.stat().st_size:,} bytes")
    shared.write(shared.DATA / "manifest.json", shared.manifest().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
