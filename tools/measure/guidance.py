"""Measure the coach of lesson 09 on hearts it never met, five seeds: the table in docs/measurements.md.

    python tools/measure/guidance.py [--seeds 5]

It trains the network anew for each seed on the stored pictures of the training patients and asks it
about the test, the symmetric and the clinic's patients. The bar is chosen on the validation patients.
False captures: recorded scans of the guided arm whose view is not usable. Intervals are over
patients, or operators where a row counts scans.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import evaluate
from course_utils.guidance import coach, gates, poses, sweeps, trials

LEAST, NOVICES, SCANS = 8.0, 30, 10  # degrees of tilt that count; operators and scans of a trial
COSTS = 1.0, 3.0


def rank(rows):
    """Spearman's correlation of what is said and what is true."""
    return float(rows["quality"].corr(rows["says_quality"], "spearman"))


def signs(table):
    """Whether the sign of a tilt of 8 degrees or more was right, where any of the heart shows."""
    tilted = table[(table["tilt_deg"].abs() >= LEAST) & (table["quality"] > 0)]
    right = np.sign(tilted["tilt_deg"]) == np.sign(tilted["says_tilt_deg"])
    return right, tilted["patient_id"]


def of_seed(seed):
    """One network and all its numbers: name -> (estimate, low, high, n) ."""
    began = time.process_time()
    model = coach.train(*coach.stored("training"), seed=seed)
    spent = time.process_time() - began
    said = {split: coach.answers(model, split) for split in coach.SPLITS}
    test, check = said["test"], said["validation"]
    chance = gates.chance_usable(check["says_quality"], check["quality"] >= poses.USABLE, check)
    bar = chance.score_at(gates.bar(*COSTS))
    gate = gates.Gate(bar, bar - 0.1, 3)
    guided = trials.run(NOVICES, test, SCANS, gate, seed=seed).query("arm == @trials.GUIDED")
    kept = guided[guided["recorded"]]
    found = {
        "rank correlation, unseen hearts": evaluate.bootstrap(test, rank, resamples=500),
        "rank correlation, its own hearts": evaluate.bootstrap(
            said["training"], rank, resamples=500
        ),
        "sign of the tilt right, usual hearts": evaluate.proportion(*signs(test)),
        "sign of the tilt right, symmetric hearts": evaluate.proportion(*signs(said["symmetric"])),
        "picture: rank correlation": evaluate.bootstrap(
            test.dropna(subset="contrast"),
            lambda rows: float(rows["contrast"].corr(rows["says_picture"], "spearman")),
            resamples=500,
        ),
        "false captures, of recorded scans": evaluate.proportion(~kept["usable"], kept["operator"]),
        "no clip, of guided scans": evaluate.proportion(~guided["recorded"], guided["operator"]),
    }
    best = said["clinic"].copy()
    best["refused"] = (best["says_quality"] < bar) | (best["says_picture"] < 0.65)
    thirds = pd.qcut(best["bmi"], 3, labels=["lightest", "middle", "heaviest"])
    for third, rows in best.groupby(thirds, observed=True):
        found[f"refused, {third} third"] = evaluate.proportion(rows["refused"])
    for name, result in found.items():
        low, high = result.low, result.high
        print(
            f"{seed}  {name}: {result.estimate:.3f} ({low:.3f} to {high:.3f}; n {result.patients})"
        )
    print(f"{seed}  training {spent:.0f} CPU-s", flush=True)
    return found


def first_advice():
    """CPU-milliseconds from a picture to the words, with a warm network: median and 95th percentile."""
    model, (frames, _) = coach.train(*coach.stored("training")), sweeps.stored()
    spent = []
    for frame in frames[:40]:
        began = time.process_time()
        said = coach.ask(model, frame[None]).iloc[0]
        poses.advice(said.says_slide_mm, said.says_tilt_deg, said.says_quality >= 0.8)
        spent.append(1000 * (time.process_time() - began))
    return np.quantile(spent[3:], [0.5, 0.95])


def main():
    """Print each seed, and the means over seeds."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    asked.add_argument("--seeds", type=int, default=5)
    seeds = [of_seed(seed) for seed in range(asked.parse_args().seeds)]
    print("\n| measure | mean of seeds (least to most) | n |\n|---|---:|---:|")
    for name in seeds[0]:
        values = [found[name].estimate for found in seeds]
        spread = f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
        print(f"| {name} | {spread} | {seeds[0][name].patients} |")
    print("advice, CPU-ms, median and 95th percentile: {:.0f} and {:.0f}".format(*first_advice()))


if __name__ == "__main__":
    main()
