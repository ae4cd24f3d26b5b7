"""Measure the folder check: seconds and memory for 1,000 and 10,000 small image pairs.

    python tools/measure/folder.py [--pairs 1000 10000] [--side 256]

Pairs are made in a temporary folder (SYNTHETIC noise, no patients) and deleted afterwards. Each
size is checked by a process of its own. Prints a table.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import json, sys, time
from course_utils import your_own_data as your_data
from course_utils.show import progress
import psutil
me = psutil.Process()
before = me.memory_info().rss
peak = [before]
class Watch(progress.Quiet):
    count = 0
    def step(self, share, text):
        self.count += 1
        if self.count % 20 == 0:
            peak[0] = max(peak[0], me.memory_info().rss)
start = time.perf_counter()
report = your_data.inspect(sys.argv[1], Watch())
print(json.dumps({"seconds": time.perf_counter() - start, "pairs": len(report.table),
                  "start_mb": before / 1e6, "peak_mb": max(peak[0], me.memory_info().rss) / 1e6}))
"""


def make(folder, pairs, side, seed=0):
    """Write `pairs` pictures of smoothed noise with a disc as mask, five for each patient."""
    draws = np.random.default_rng(seed)
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for number in range(pairs):
        noise = cv2.GaussianBlur(draws.random((side, side), dtype=np.float32), (0, 0), 4)
        noise = cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
        mask = np.zeros((side, side), np.uint8)
        centre = tuple(int(value) for value in draws.integers(side // 4, 3 * side // 4, 2))
        cv2.circle(mask, centre, side // 8, 255, -1)
        name = f"P{number // 5:05d}_{number % 5}.png"
        cv2.imwrite(str(folder / "images" / name), noise)
        cv2.imwrite(str(folder / "masks" / name), mask)


def measure(pairs, side):
    """Check a folder of so many pairs in a fresh process: a dict of seconds and megabytes."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "set"
        start = time.perf_counter()
        make(folder, pairs, side)
        made = time.perf_counter() - start
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(folder)],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
    return {"made": made, **json.loads(done.stdout.splitlines()[-1])}


def main():
    """Measure every size and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pairs", type=int, nargs="+", default=[1000, 10000])
    options.add_argument("--side", type=int, default=256)
    chosen = options.parse_args()
    print("pairs   seconds   MB at start   MB at most")
    for pairs in chosen.pairs:
        row = measure(pairs, chosen.side)
        print(
            f"{row['pairs']:6d} {row['seconds']:8.1f} {row['start_mb']:12.0f} "
            f"{row['peak_mb']:12.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
