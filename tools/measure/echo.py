"""Measure `automatic` and print a Markdown table: `python tools/measure/echo.py`.

First the TEST patients of the sample set, then fresh synthetic patients from new seeds (--fresh 40
good ones and --bad 21 spoiled ones; about 10 s a patient on one core, nothing is kept).
--calibrate instead measures the residual error on development patients (--fresh of them): the
number that `automatic.RESIDUALS` holds. Development and examination patients have different seeds.
--varied: randomised hearts under any machine instead (`simulate.window`), two frames of each view;
--network NAME: of `automatic.RESIDUALS`.
"""

import argparse
import functools
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import ejection_fraction, evaluate
from course_utils.cases import clips as cines
from course_utils.cases import samples
from course_utils.core import errors
from course_utils.ejection_fraction import automatic
from course_utils.evaluate import metrics
from course_utils.simulate import ranges, window
from tools.data import fresh_hearts

VARIED = 10_000_000  # added to these numbers for randomised hearts; none was trained on
DEVELOPMENT, EXAM, SPOILED = 1000, 2000, 2500  # first numbers; 1100 on: spoiled ones for tuning


def sample():
    """One row per TEST patient of the sample set."""
    table = samples.table("echo")
    test = table[table["split"] == "TEST"]
    rows = []
    for patient in test["patient_id"].unique():
        row = test[test["patient_id"] == patient].iloc[0]
        kind = row["why"] if row["must_refuse"] else ""
        rows.append(judged(patient, row["ef"], kind, cines.study(table, patient)))
    return pandas.DataFrame(rows)


def fresh(first, count, kinds=("",)):
    """One row per fresh patient, numbered from first on; kinds take turns."""
    rows = []
    for number in range(first, first + count):
        kind = kinds[number % len(kinds)]
        who, *clips = fresh_hearts.study(number, kind)
        rows.append(judged(who.patient_id, who.heart.ef, kind, clips))
    return pandas.DataFrame(rows)


def varied(first, count, kinds=("",), network=automatic.MODEL):
    """One row per randomised heart; kinds and families of machines take turns."""
    families, rows = (None, *ranges.families("heart")), []
    for number in range(first, first + count):
        kind, family = kinds[number % len(kinds)], families[number // len(kinds) % len(families)]
        one = window.study(VARIED + number, family, kind)
        clips = [
            cines.Clip(view.frames / np.float32(255), None, view.spacing, view.labels, view.view,
                       str(number), True) for view in (one.four, one.two)
        ]  # fmt: skip
        row = judged(str(number), one.ef, kind, clips, ed=0, es=1, network=network)
        rows.append(row | {"family": family or "any"})
    return pandas.DataFrame(rows)


def judged(name, truth, kind, clips, **how):
    """The row of one study; how: of `auto_ef`."""
    start = time.perf_counter()
    answer = ejection_fraction.auto_ef(*clips, **how)
    seconds = time.perf_counter() - start
    dices = [
        metrics.dice(label == 1, mask)
        for clip, masks in zip(clips, (answer.masks_4ch, answer.masks_2ch), strict=True)
        for label, mask in zip(clip.labels, masks, strict=True)
    ]
    low, high = answer.interval or (np.nan, np.nan)
    both = list(zip(clips, (answer.masks_4ch, answer.masks_2ch), strict=True))
    moments = {"area_ed": (answer.ed, answer.ed_2ch), "area_es": (answer.es, answer.es_2ch)}
    areas = {
        name: _area(both, frames) if None not in frames else np.nan
        for name, frames in moments.items()
    }
    return {
        "patient": name,
        "kind": kind,
        "truth": truth,
        "refused": answer.refused,
        "ef": np.nan if answer.refused else answer.ef,
        "low": low,
        "high": high,
        "spread": answer.spread,
        "beats": len(answer.beat_efs),
        "dice": np.mean(dices),
        **areas,
        "seconds": seconds,
        "frames": sum(len(clip.frames) for clip in clips),
        "why": "; ".join(answer.reasons),
    }


def _area(both, frames):
    """Outlined over true area at these frames, mean of the views."""
    shares = [
        masks[at].sum() / (clip.labels[at] == 1).sum()
        for (clip, masks), at in zip(both, frames, strict=True)
    ]
    return float(np.mean(shares))


def lines(name, rows):
    """The measured numbers of one group of patients as lines of a Markdown table."""
    good, bad = rows[rows["kind"] == ""], rows[rows["kind"] != ""]
    used = good[~good["refused"]]
    difference = (used["ef"] - used["truth"]).to_numpy()
    bias, sd = difference.mean(), difference.std(ddof=1)
    held = int(((used["low"] <= used["truth"]) & (used["truth"] <= used["high"])).sum())
    facts = [
        ("EF, mean absolute error", _points(np.abs(difference)), "4.1 or less"),
        (
            "EF, bias (limits of agreement)",
            f"{bias:+.1f} ({bias - 1.96 * sd:+.1f} to {bias + 1.96 * sd:+.1f}); SD {sd:.1f}",
            "SD of two experts 7.0",
        ),
        ("95 % intervals that hold the truth", _share(held, len(used)), "95 %"),
        (
            "width of the interval, median",
            f"{(used['high'] - used['low']).median():.1f} points",
            "",
        ),
        ("LV Dice per patient", _points(good["dice"], 3), "0.92 or more"),
        (
            "area over truth, median, ED and ES",
            f"{good['area_ed'].median():.2f} and {good['area_es'].median():.2f}",
            "0.9 to 1.1",
        ),
        ("bad studies refused", _share(int(bad["refused"].sum()), len(bad)), "all"),
        ("good studies refused", _share(int(good["refused"].sum()), len(good)), "at most 1 of 8"),
        (
            "seconds per study, median (most)",
            f"{rows['seconds'].median():.2f} "
            f"({rows['seconds'].max():.2f}), {rows['frames'].median():.0f} frames",
            "2 or less",
        ),
    ]
    return [
        f"| {name} | {len(good)} + {len(bad)} | {what} | {value} | {target} |"
        for what, value, target in facts
    ]


def _points(values, digits=1):
    estimate, low, high = evaluate.bootstrap(list(values))
    return f"{estimate:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _share(count, total):
    if not total:
        return "none there"
    from statistics import NormalDist

    z, share = NormalDist().inv_cdf(0.975), count / total  # Wilson's interval
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return (
        f"{count} of {total} ({100 * max(middle - half, 0):.0f} to "
        f"{100 * min(middle + half, 1):.0f} %)"
    )


def calibrate(rows):
    """Print the residual error of development patients and what follows for the interval."""
    rows = rows[~rows["refused"]]
    error = rows["ef"] - rows["truth"]
    for residual in np.arange(0.0, 12.01, 0.25):
        half = 1.96 * np.hypot(rows["spread"].astype(float), residual)
        print(f"residual {residual:.2f}: coverage {np.mean(np.abs(error) <= half):.1%}")
    within = np.sqrt(max(np.mean(error**2) - np.mean(rows["spread"].astype(float) ** 2), 0.0))
    print(
        f"{len(rows)} patients: root mean square error {np.sqrt(np.mean(error**2)):.2f} points, "
        f"of which the repeats do not see {within:.2f}"
    )


def main(arguments=None):
    """Run the command; returns 0."""
    parser = argparse.ArgumentParser(description="Measure the automatic ejection fraction.")
    parser.add_argument("--fresh", type=int, default=40, help="good fresh patients (0: none)")
    parser.add_argument("--bad", type=int, default=21, help="spoiled fresh patients")
    parser.add_argument("--calibrate", action="store_true", help="measure the residual error")
    parser.add_argument("--save", help="also write one row per patient to this .csv")
    parser.add_argument("--varied", action="store_true", help="randomised hearts")
    parser.add_argument("--network", default=automatic.MODEL, choices=automatic.RESIDUALS)
    choice = parser.parse_args(arguments)
    warnings.simplefilter("ignore", errors.CourseWarning)
    automatic.network(choice.network)
    make = functools.partial(varied, network=choice.network) if choice.varied else fresh
    if choice.calibrate:
        calibrate(make(DEVELOPMENT, choice.fresh))
        return 0
    groups = {} if choice.varied else {"sample set, TEST": sample()}
    if choice.fresh:
        parts = [make(EXAM, choice.fresh)]
        if choice.bad:
            parts.append(make(SPOILED, choice.bad, fresh_hearts.KINDS))
        groups["randomised hearts" if choice.varied else "fresh patients"] = pandas.concat(parts)
    print("| patients | good + bad | measure | result (95 % interval) | target or comparison |")
    print("|---|---|---|---|---|")
    for name, rows in groups.items():
        print("\n".join(lines(name, rows)))
    if choice.save:
        everything = pandas.concat([rows.assign(group=name) for name, rows in groups.items()])
        everything.to_csv(choice.save, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
