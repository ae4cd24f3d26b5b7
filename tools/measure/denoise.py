"""Measure what lesson 10 promises, over five seeds: `python tools/measure/denoise.py [NAME ...]`.

Each of the networks of `networks.STORED` that is named (all unless told) is trained with the seeds
1 to 5, about a minute of one core each, and judged on scenes that no training saw: PSNR on 40 of
`scenes.ordinary` (5000 and above), discs on 60 of `scenes.quiet`. What is done is kept in
build/denoise.json, so that an interrupted measurement goes on. Prints the tables of
docs/measurements.md; intervals are Student's t over the five seeds.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.denoise import detection, methods, networks, scenes
from course_utils.evaluate import intervals

KEPT = ROOT / "build" / "denoise.json"
SEEDS, TUNING, TESTS, SEARCHED = (1, 2, 3, 4, 5), range(4900, 4906), range(5000, 5040), 60


def judged(method, raw, clean, cases, shift=None):
    """One method: PSNR, shift in dB, and contrast kept and AUC for every kind of disc."""
    psnr, shift = methods.score([method.apply(image) for image in raw], clean, shift)
    found = {"psnr": psnr, "shift_db": shift * scenes.RANGE_DB}
    for (radius, contrast), row in detection.summary(
        detection.readings(cases, method.apply)
    ).iterrows():
        kind = f"{radius:g} mm {contrast:g} dB"
        found |= {
            f"kept {kind}": row.kept.estimate,
            f"auc {kind}": row.auc.estimate,
            f"spread {kind}": row.spread,
            f"darkest {kind}": row.darkest,
        }
    return found


def main(arguments=None):
    """Measure, keep, print. Returns 0."""
    parser = argparse.ArgumentParser(description="Measure lesson 10 over five seeds.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(networks.STORED)}")
    names = parser.parse_args(arguments).names or list(networks.STORED)
    KEPT.parent.mkdir(exist_ok=True)
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    tests = [scenes.ordinary(seed) for seed in TESTS]
    raw, clean = [s.image() for s in tests], [s.clean() for s in tests]
    cases = detection.pictures(SEARCHED)
    if "raw" not in kept:
        tuning = [scenes.ordinary(seed) for seed in TUNING]
        table = methods.tuned([s.image() for s in tuning], [s.clean() for s in tuning])
        for name, method in {"raw": methods.RAW, **methods.best(table)}.items():
            kept[name] = judged(method, raw, clean, cases) | {"setting": method.setting}
        ideal = detection.summary(detection.ideal(cases))
        kept["ideal"] = {
            f"auc {radius:g} mm {contrast:g} dB": [*row.auc]
            for (radius, contrast), row in ideal.iterrows()
        }
        KEPT.write_text(json.dumps(kept, indent=1), "utf-8")
    for seed in SEEDS:
        for name in names:
            key = f"{name} / {seed}"
            if key in kept:
                continue
            began = time.process_time()
            model, losses = networks.lesson(name, range(networks.SCENES), seed)
            seconds = time.process_time() - began
            found = judged(networks.method(model, name), raw, clean, cases)
            kept[key] = found | {"loss": losses[-1], "cpu_s": seconds}
            KEPT.write_text(json.dumps(kept, indent=1), "utf-8")
            print(key, {k: round(v, 4) for k, v in kept[key].items()}, flush=True)
    report(kept)
    return 0


def report(kept):
    """Print the tables: filters once, networks as mean (low to high) over their seeds."""
    plain = {name: values for name, values in kept.items() if "/" not in name and name != "ideal"}
    print(pd.DataFrame(plain).T.round(3).to_string())
    print("ideal", {k: np.round(v, 3).tolist() for k, v in kept["ideal"].items()})
    for name in networks.STORED:
        runs = pd.DataFrame({k: v for k, v in kept.items() if k.startswith(f"{name} / ")}).T
        print(f"\n{name}: {len(runs)} seeds")
        for column in runs:
            if len(runs) >= 5:
                found = intervals.bootstrap(
                    runs[column].astype(float), lambda v: float(v.mean()), "t"
                )
                print(f"  {column}: {found.estimate:.4f} ({found.low:.4f} to {found.high:.4f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
