"""Train the denoisers in sample_data/models anew: `python tools/data/denoisers.py [NAME ...]`.

About 20 seconds each on one core. All five are `networks.unet()` on scenes 0 to 63 of
`scenes.ordinary`, seed 1; what each was shown and asked for is in `networks.STORED`. The weights are
kept in half precision. Scenes of 5000 and above are for tuning and tests, and none is seen here.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.denoise import networks

SEED = 1


def main(arguments=None):
    """Train the networks that are named, or all of them, and write their weights. Returns 0."""
    parser = argparse.ArgumentParser(description="Train the denoisers of lesson 10 anew.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(networks.STORED)}")
    for name in parser.parse_args(arguments).names or networks.STORED:
        path, began = networks.file(name), time.process_time()  # another name is refused here
        model, losses = networks.lesson(name, range(networks.SCENES), SEED)
        networks.save(model, path)
        print(
            f"wrote {path.relative_to(ROOT)}, {path.stat().st_size:,} bytes: last loss "
            f"{losses[-1]:.5f}, {time.process_time() - began:.0f} CPU-seconds",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
