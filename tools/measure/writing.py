"""Measure the detector of writing: what it finds of the items on made-up screens, and what it finds
where nothing is written.

    python tools/measure/writing.py [--screens 30] [--makes held-out]

Draws so many screens of each make with writing and as many without (SYNTHETIC; `tests/helpers/
screens.py`). `tuned` makes are those that the detector was tuned on; the numbers that count are of
`held-out`. Intervals: Wilson for screens; for items, clustered by screen (bootstrap).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from statsmodels.stats.proportion import proportion_confint

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from course_utils.privacy import writing
from tests.helpers import screens


def covered(box, boxes):
    """The share of a box that other boxes cover."""
    x0, y0, x1, y1 = box
    inside = np.zeros((y1 - y0 + 1, x1 - x0 + 1), bool)
    for a, b, c, d in boxes:
        inside[max(0, b - y0) : max(0, d - y0 + 1), max(0, a - x0) : max(0, c - x0 + 1)] = True
    return inside.mean()


def is_found(item, boxes):
    """An item is found where at least half of its parts are covered by half or more."""
    return np.mean([covered(part, boxes) >= 0.5 for part in item.boxes]) >= 0.5


def look(make, seed, written=True):
    """One screen: ([(kind, found?)], number of boxes that touch no item)."""
    screen = screens.draw(make, seed, written)
    boxes = [mark.box for mark in writing.find(screen.grey)]
    drawn = np.zeros(screen.sector.shape, bool)
    for item in screen.items:
        for x0, y0, x1, y1 in item.boxes:
            drawn[max(0, y0 - 2) : y1 + 3, max(0, x0 - 2) : x1 + 3] = True
    false = [b for b in boxes if not drawn[max(0, b[1]) : b[3] + 1, max(0, b[0]) : b[2] + 1].any()]
    return [(item.kind, bool(is_found(item, boxes))) for item in screen.items], len(false)


def clustered(found, total, draws=2000):
    """(share, low, high): the 95 % interval of sum(found) / sum(total) over screens (bootstrap)."""
    found, total = np.array(found, float), np.array(total, float)
    picks = np.random.default_rng(0).integers(len(total), size=(draws, len(total)))
    shares = found[picks].sum(axis=1) / np.maximum(1, total[picks].sum(axis=1))
    return found.sum() / total.sum(), *np.quantile(shares, [0.025, 0.975])


def measure(makes, seeds):
    """(rows of (make, seed, kind, found), rows of (make, seed, false boxes with, without text))."""
    items, false = [], []
    for make in makes:
        for seed in seeds:
            seen, beside = look(make, seed)
            items += [(make, seed, kind, found) for kind, found in seen]
            false.append((make, seed, beside, look(make, seed, written=False)[1]))
    return items, false


def table(items, false):
    """Print recall by kind and by make, and false alarms."""
    for column, title in ((2, "kind"), (0, "make")):
        print(f"{title:10s}    n  found  95 % interval")
        for value in [*sorted({row[column] for row in items}), "all"]:
            rows = [r for r in items if value in (r[column], "all")]
            of_screen = {}
            for make, seed, _, found in rows:
                one = of_screen.setdefault((make, seed), [0, 0])
                one[0], one[1] = one[0] + found, one[1] + 1
            share, low, high = clustered(*zip(*of_screen.values(), strict=True))
            print(f"{value:10s} {len(rows):5d} {share:6.3f}  {low:.3f} to {high:.3f}")
    for column, title in ((2, "with writing, beside it"), (3, "without writing")):
        hit = sum(row[column] > 0 for row in false)
        low, high = proportion_confint(hit, len(false), method="wilson")
        print(
            f"screens {title}: {hit} of {len(false)} with a false box "
            f"({hit / len(false):.3f}, {low:.3f} to {high:.3f}), "
            f"{sum(row[column] for row in false) / len(false):.2f} boxes a screen"
        )
        for make in sorted({row[0] for row in false}):
            mine = [row[column] for row in false if row[0] == make]
            print(f"    {make:8s} {sum(n > 0 for n in mine)} of {len(mine)}")


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--screens", type=int, default=30)
    parser.add_argument("--makes", choices=("tuned", "held-out"), default="held-out")
    options = parser.parse_args()
    makes = screens.TUNED if options.makes == "tuned" else screens.HELD_OUT
    table(*measure(makes, range(options.screens)))


if __name__ == "__main__":
    main()
