"""Measure `automatic` and print a Markdown table: `python tools/measure/echo.py`.

First the TEST patients of the sample set, then fresh synthetic patients from new seeds (--fresh 40
good ones and --bad 21 spoiled ones; about 10 s a patient on one core, nothing is kept).
--calibrate instead measures the residual error on development patients (--fresh of them), the
number that `automatic` holds, and with --varied limits of refusal for such hearts (--bad spoiled ones
beside them). Development and examination patients have different seeds.
--varied: randomised hearts under any machine instead (`simulate.window`), two frames of each view;
--network NAME ...: of `automatic.NETWORKS`, all on the same hearts, which take most of the time.
"""

import argparse
import dataclasses
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
from course_utils.ejection_fraction import automatic, rules
from course_utils.evaluate import metrics
from course_utils.simulate import window
from tools.data import fresh_hearts, varied_hearts

VARIED = 10_000_000  # added to these numbers for randomised hearts; none was trained on
# First numbers. The limits for clean hearts were tuned on 1100 on, too.
DEVELOPMENT, DEVELOPMENT_SPOILED, EXAM, SPOILED = 1000, 1500, 2000, 2500
FAMILIES = (None, "crisp", "hazy", "coarse", "worn")  # of machines; the first is of any
DEVELOPED = tuple(name for name in FAMILIES if name != varied_hearts.JUDGING)
JUDGED = "drop-out", "contrast", "round", "axes", "off-axis", "views", "repeats"
GROSS = 0.7  # Dice below which an outline is another one
FAR = 15.0  # points of EF beyond which a number is grossly wrong
AT_MOST = 0.03  # of good development studies may be refused


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


def varied(first, count, kinds=("",), networks=(automatic.MODEL,), families=FAMILIES):
    """A row for each randomised heart, network and number of views that it takes, both or the
    four-chamber one alone; kinds and families of machines take turns.
    """
    rows = []
    for number in range(first, first + count):
        kind, family = kinds[number % len(kinds)], families[number // len(kinds) % len(families)]
        one = window.study(VARIED + number, family, kind)
        clips = [
            cines.Clip(view.frames / np.float32(255), None, view.spacing, view.labels, view.view,
                       str(number)) for view in (one.four, one.two)
        ]  # fmt: skip
        for network, views in (way for way in automatic.ERRORS if way[0] in networks):
            row = judged(str(number), one.ef, kind, clips[:views], ed=0, es=1, network=network)
            rows.append(row | {"family": family or "any", "network": network, "views": views})
    return pandas.DataFrame(rows)


def judged(name, truth, kind, clips, **how):
    """The row of one study; how: of `auto_ef`."""
    start = time.perf_counter()
    answer = ejection_fraction.auto_ef(*clips, **how)
    seconds = time.perf_counter() - start
    low, high = answer.interval or (np.nan, np.nan)
    count = len(clips)
    both = list(zip(clips, (answer.masks_4ch, answer.masks_2ch)[:count], strict=True))
    dices = [
        metrics.dice(label == 1, mask)
        for clip, masks in both
        for label, mask in zip(clip.labels, masks, strict=True)
    ]
    moments = {"area_ed": (answer.ed, answer.ed_2ch), "area_es": (answer.es, answer.es_2ch)}
    areas = {
        name: _area(both, frames[:count]) if None not in frames[:count] else np.nan
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
        "worst": np.min(dices),
        **areas,
        "seconds": seconds,
        "frames": sum(len(clip.frames) for clip in clips),
        "why": "; ".join(answer.reasons),
        **_numbers(answer.findings),
    }


def _numbers(findings):
    """The worst number of each rule that spoke."""
    worst = {}
    for one in findings:
        number = one.number if one.rule in rules.LOW else abs(one.number)
        least = min if one.rule in rules.LOW else max
        worst[f"rule {one.rule}"] = least(number, worst.get(f"rule {one.rule}", number))
    return worst


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
        ("95 % intervals that hold the truth", share(held, len(used)), "95 %"),
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
        ("a frame grossly wrong (Dice under 0.7), and no refusal", _gross(rows), ""),
        (f"EF given that is more than {FAR:.0f} points wrong, good studies", _far(good), ""),
        (f"EF given that is more than {FAR:.0f} points wrong, bad studies", _far(bad), ""),
        ("good studies unlike all that is known", share(_unlike(good), len(good)), ""),
        ("bad studies refused", share(int(bad["refused"].sum()), len(bad)), "all"),
        ("good studies refused", share(int(good["refused"].sum()), len(good)), "at most 1 of 8"),
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


def _gross(rows):
    """Of studies with a frame that is grossly wrong, how many pass."""
    wrong = rows[rows["worst"] < GROSS]
    return f"{share(int((~wrong['refused']).sum()), len(wrong))}; of all {len(rows)} studies"


def _far(rows):
    """Of the studies that were given a number, how many are grossly wrong; and of all."""
    far = int(((rows["ef"] - rows["truth"]).abs() > FAR).sum())
    return f"{share(far, int(rows['ef'].notna().sum()))} of those given; {share(far, len(rows))} of all"


def _unlike(rows):
    return int(rows["rule unlike"].notna().sum()) if "rule unlike" in rows else 0


def _by_part(rows):
    """Of each family of machines and each way to spoil a study: how many are refused, and why."""
    good = rows["kind"] == ""
    said = [f"good, {name}: refused {share(int(part['refused'].sum()), len(part))}, "
            f"EF error {(part['ef'] - part['truth']).mean():+.1f} (SD {(part['ef'] - part['truth']).std():.1f})"
            for name, part in rows[good].groupby("family")]  # fmt: skip
    said += [f"{name}: refused {share(int(part['refused'].sum()), len(part))}"
             for name, part in rows[~good].groupby("kind")]  # fmt: skip
    why = {
        name: int(part.notna().sum())
        for name, part in rows[good & rows["refused"]].filter(like="rule ").items()
    }
    return [*said, f"rules that spoke in good refused studies: {why}"]


def _points(values, digits=1):
    estimate, low, high = evaluate.bootstrap(list(values))
    return f"{estimate:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def share(count, total):
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
    """Print the error of good development studies, how much too low they are read in the mean, and
    what residual an interval needs that allows for it.
    """
    rows = rows[~rows["refused"] & (rows["kind"] == "")]
    error, spread = rows["truth"] - rows["ef"], rows["spread"].astype(float)
    low = error.mean()
    for residual in np.arange(0.0, 15.01, 0.25):
        half = 1.96 * np.hypot(spread, residual)
        print(f"residual {residual:.2f}: coverage {np.mean(np.abs(error - low) <= half):.1%}")
    within = np.sqrt(max(error.var() - np.mean(spread**2), 0.0))
    print(
        f"{len(rows)} patients: {low:+.2f} points too low in the mean, SD {error.std():.2f} points, of "
        f"which the repeats do not see {within:.2f}"
    )


def limits(rows):
    """Print what each rule finds in good and spoiled development studies, and limits for them.

    The rule: every limit is the same quantile of its number in good studies, the lowest one at
    which all rules together refuse at most `AT_MOST` of them. Returns the limits.
    """
    good = rows["kind"] == ""
    bad = pandas.DataFrame({name: _badness(rows, name) for name in JUDGED})
    chosen = {}
    for quantile in np.arange(1.0, 0.9, -0.0025):
        tried = bad[good].quantile(quantile, interpolation="higher")
        refused = (bad > tried).any(axis=1) | rows["refused"]
        if len(chosen) and refused[good].mean() > AT_MOST:
            break
        chosen, said, last = tried, refused, quantile
    print(f"quantile {last:.4f}: good refused {share(int(said[good].sum()), int(good.sum()))}")
    for kind in sorted(set(rows["kind"][~good])):
        here = rows["kind"] == kind
        print(f"{kind}: refused {share(int(said[here].sum()), int(here.sum()))}")
    for name, limit in chosen.items():
        shares = [f"{(bad[name] > limit)[rows['kind'] == kind].mean():.0%} of {kind or 'good'}"
                  for kind in sorted(set(rows["kind"]))]  # fmt: skip
        print(f"{name}: limit {-limit if name in rules.LOW else limit:.2f}; {', '.join(shares)}")
    print("other reasons:", rows.loc[rows["refused"], "why"].str[:60].value_counts().to_dict())
    return chosen, said


def opened(findings, _network, _judged=None):
    """The findings with every limit of `JUDGED` open: notes, whatever the number."""
    return [dataclasses.replace(one, level=rules.NOTE) if one.rule in JUDGED else one
            for one in findings]  # fmt: skip


def _badness(rows, name):
    """The number of a rule, more being worse; what no rule speaks of is as good as can be."""
    column = rows.get(f"rule {name}", pandas.Series(np.nan, rows.index))
    return column.mul(-1 if name in rules.LOW else 1).fillna(-np.inf)


def _networks(rows):
    """(name, rows) of each network and number of views; all rows where there is one only."""
    if "network" not in rows:
        return [(automatic.MODEL, rows)]
    parts = rows.groupby(["network", "views"], sort=False)
    return [(f"{name}, {views} view{'s' * (views - 1)}", part) for (name, views), part in parts]


def main(arguments=None):
    """Run the command; returns 0."""
    parser = argparse.ArgumentParser(description="Measure the automatic ejection fraction.")
    parser.add_argument("--fresh", type=int, default=40, help="good fresh patients (0: none)")
    parser.add_argument("--bad", type=int, default=21, help="spoiled fresh patients")
    parser.add_argument("--calibrate", action="store_true", help="measure the residual error")
    parser.add_argument("--open", action="store_true", help="with --varied: no limit refuses")
    parser.add_argument("--save", help="also write one row per patient to this .csv")
    parser.add_argument("--varied", action="store_true", help="randomised hearts")
    parser.add_argument(
        "--network", nargs="+", default=[automatic.MODEL], choices=automatic.NETWORKS
    )
    choice = parser.parse_args(arguments)
    warnings.simplefilter("ignore", errors.CourseWarning)
    make = functools.partial(varied, networks=choice.network) if choice.varied else fresh
    if choice.varied and (choice.calibrate or choice.open):  # each study has a number
        rules.of_any_heart = opened
    if choice.calibrate:
        if choice.varied:
            make = functools.partial(make, families=DEVELOPED)
        rows = [make(DEVELOPMENT, choice.fresh)]
        if choice.varied and choice.bad:
            rows.append(make(DEVELOPMENT_SPOILED, choice.bad, fresh_hearts.KINDS))
        rows = pandas.concat(rows, ignore_index=True)
        for name, part in _networks(rows):
            print(f"\n{name}")
            refused = limits(part)[1] if choice.varied and choice.bad else False
            calibrate(part.assign(refused=part["refused"] | refused))
        if choice.save:
            rows.to_csv(choice.save, index=False)
        return 0
    groups = {} if choice.varied else {"sample set, TEST": sample()}
    if choice.fresh:
        parts = [make(EXAM, choice.fresh)]
        if choice.bad:
            parts.append(make(SPOILED, choice.bad, fresh_hearts.KINDS))
        for name, part in _networks(pandas.concat(parts)):
            groups[f"randomised hearts, {name}" if choice.varied else "fresh patients"] = part
    print("| patients | good + bad | measure | result (95 % interval) | target or comparison |")
    print("|---|---|---|---|---|")
    for name, rows in groups.items():
        print("\n".join(lines(name, rows)))
        if choice.varied:
            print("\n".join(_by_part(rows)))
    if choice.save:
        everything = pandas.concat([rows.assign(group=name) for name, rows in groups.items()])
        everything.to_csv(choice.save, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
