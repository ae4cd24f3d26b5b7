"""How far do two recordings of unchanged people differ: `python tools/measure/repeats.py [SEEDS]`.

Lesson 08's second recordings, for several seeds (1 to 7 unless told) and together: 31 SYNTHETIC people
each on Scanner B, outlined by the course's network, the probe lifted off in between. About 25
CPU-seconds a seed.
"""

import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import segment
from course_utils.cases import samples
from course_utils.evaluate import agreement, intervals
from course_utils.segment import models, stored
from course_utils.simulate import scanner


def main(seeds):
    """Print the smallest detectable change of each seed, and of all people together."""
    network, pairs = models.load(samples.model(stored.SHIPPED)), {}
    for seed in seeds:
        people = scanner.patients("Scanner B", 31, seed=seed)
        both = [
            segment.score(network, table).set_index("patient_id").thickness_mm
            for table in (people, scanner.twice(people))
        ]
        pairs[seed] = pd.concat(both, axis=1, keys=["first", "second"]).dropna()
        _told(seed, pairs[seed])
    _told("all", pd.concat(pairs.values()))


def _told(name, two):
    found = agreement.smallest_detectable_change(two["first"], two["second"])
    said = intervals.sentence("smallest detectable change", found.limit, 2 * len(two), unit="mm")
    print(f"{name}: {said} {found.sentence()}", flush=True)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or range(1, 8))
