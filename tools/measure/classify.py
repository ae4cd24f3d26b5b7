"""Print what lesson 11 promises and what was measured: `python tools/measure/classify.py`.

It reads the scores that `python tools/data/shoulders.py` wrote, and takes seconds. Intervals are
DeLong's within each cohort, over all cohorts.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.classify import runs

PAIRS = (
    ("maps minus picture alone", "image", "image + mask + maps"),
    ("six numbers minus maps", "image + mask + maps", "features"),
    ("by image minus by patient", "image + mask + maps", "by image"),
    ("outlines by one who knew minus honest", "image + mask + maps", "drawn by one who knew"),
    ("machine tells minus picture alone", "image", "machine tells"),
)


def main():
    """Print areas, differences, the trap within each machine, and the transfers. Returns 0."""
    each = runs.areas([*runs.PLAIN, *runs.TRAPS])
    for name in each:
        print(f"{name}: {_told(runs.area(name))}; cohorts {each[name].round(2).tolist()}")
    for words, first, second in PAIRS:
        print(f"{words}: {_told(runs.gain(first, second), '+')}")
    print(runs.within_machines().round(2).to_string())
    print(runs.transfer().to_string(), runs.transferred().round(2).to_string(), sep="\n")
    return 0


def _told(found, sign=""):
    low, high = found.low, found.high
    return f"{found.estimate:{sign}.2f} ({low:{sign}.2f} to {high:{sign}.2f}; n {found.patients})"


if __name__ == "__main__":
    sys.exit(main())
