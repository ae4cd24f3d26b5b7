"""What is wrong with a study of a randomised heart, and the judge that estimates it from the pictures.

    python tools/data/quality.py --network lv_any

makes the development studies (about 1.3 CPU-seconds each, kept in build/quality), lets the network
outline them (0.3 each) and fits `faults.Judge` (about a minute), so that a new network costs minutes.

A study is good or spoiled by a truth that only the simulator knows, whatever was done to spoil it: a
third of the studies that nobody spoiled show less than half of the border of one view, and half of
those whose sector lost contact show it all the same. `GOOD` and `BAD` are limits of four facts:
hidden, the share of the true border (without the base) that does not stand out, mean of both moments
(good: a third, two of the six segments of a view, beyond which ASE/EACVI ask for contrast; bad:
half); short, the length missing against a cut through the true apex (a tenth, as the two views' axes
may differ; a fifth); small, the area missing against that cut, which a cut beside the middle lacks as
well; outside, the share of the cavity beside the sector. A study between them is neither. Chosen on
pictures, truths and errors of 56 development studies, before any judge was fitted.
"""

import argparse
import dataclasses
import sys
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.cases import clips as cines
from course_utils.cases import samples
from course_utils.core import errors
from course_utils.ejection_fraction import automatic, discs, faults, rules
from course_utils.simulate import ventricle, window
from tools.data import varied_hearts

PLACE = ROOT / "build" / "quality"
FACTS = "hidden", "short", "small", "outside"
GOOD = np.array([1 / 3, 0.10, 0.15, 0.05])  # of `FACTS`: no view beyond it
BAD = np.array([1 / 2, 0.20, 0.30, 0.10])  # a view at it or beyond
TAUGHT = (
    (0, (0,), 0.9),
    (1, (1, 2), 0.4),
    (3, (3,), 0.2),
)  # for each fault of `rules.FAULTS`: the fact, the
# facts of the spoiled studies that it is learned from beside the good ones, and what is bad enough
KINDS = "", "drop-out", "", "foreshortened", "", "off-axis", "", "cut-off"  # in turns
FAMILIES = None, None, "crisp", "hazy", "coarse"  # `varied_hearts.JUDGING` is held back
FIRST, COUNT, PLAIN = 10_020_000, 361, 10_030_000  # development; from PLAIN on nobody spoils
EXAM, TRIED = 10_060_000, {2: "drop-out", 5: "foreshortened", 9: "off-axis", 13: "cut-off"}
TREES, DEPTH, FOLDS = 120, 8, 6
REFUSED = 0.04  # of good development studies, in folds; other rules refuse some as well
GRID = 110


def study(seed, family=None, kind="", place=PLACE):
    """One study as plain arrays, from the disk or made: frames, labels and spacing of either view
    (as "A4C_frames"), its `FACTS` ("A4C_facts") and ef.
    """
    path = Path(place) / f"{seed}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part.npz")
        np.savez_compressed(partial, kind=kind, family=family or "any", **_made(seed, family, kind))
        partial.replace(path)
    with np.load(path) as kept:
        return {name: kept[name] for name in kept.files}


def _made(seed, family, kind):
    chest, both = window.windows(seed, family, kind)
    kept = {"ef": chest.heart.ef}
    for one in both:
        shots = [one.picture(time, n) for n, time in enumerate((0.0, chest.end_systole))]
        frames, labels, spacings = map(np.stack, zip(*shots, strict=True))
        unseen = [hidden(frame, label) for frame, label in zip(frames, labels, strict=True)]
        kept |= {f"{one.name}_frames": frames, f"{one.name}_labels": labels,
                 f"{one.name}_spacing": spacings[0],
                 f"{one.name}_facts": np.array([np.mean(unseen), *placed(one)])}  # fmt: skip
    return kept


def placed(one):
    """Of a window's cut at end-diastole: length and area missing against the cut through the true
    apex, and the share of the cavity that lies beside the sector.
    """
    chest, view, depth = one.chest, one.view, one.probe.depth_mm
    turn = np.radians(view.angle_deg)
    aside = chest.values["apex_v_mm"] * np.cos(turn) - chest.values["apex_u_mm"] * np.sin(turn)
    tilt = np.degrees(np.arctan2(aside, chest.heart.length_mm))
    true = dataclasses.replace(view, offset_mm=0.0, tilt_deg=tilt)
    x, z = (
        np.linspace(*ends, GRID)
        for ends in ((-0.9 * depth, 0.9 * depth), (-0.5 * depth, 1.2 * depth))
    )
    step = z[1] - z[0], x[1] - x[0]
    mask, best = (
        chest.labels(plane, 0.0, x[None, :], z[:, None]) == ventricle.CAVITY
        for plane in (view, true)
    )
    lengths = [discs.long_axis(part, step).length for part in (mask, best)]
    beside = (mask & ~one.inside(x, z)).sum() / mask.sum()
    return 1 - lengths[0] / lengths[1], 1 - mask.sum() / best.sum(), beside


def hidden(image, labels):
    """The share of the true border that cannot be seen, 0..1."""
    try:
        sharp, step = faults.stretches(image / np.float32(255), labels == ventricle.CAVITY)
    except errors.DataError:
        return 1.0
    return float(1 - ((sharp > faults.SEEN) & (step > faults.STEP)).sum() / rules.STRETCHES)


def verdict(facts):
    """Of facts (..., 4) of views: 0 good, 1 spoiled, 0.5 neither."""
    facts = np.asarray(facts)
    return np.where((facts >= BAD).any(-1), 1.0, np.where((facts <= GOOD).all(-1), 0.0, 0.5))


def clips(one):
    """The two clips of a study, `clips.Clip`, of two frames each."""
    return [cines.Clip(one[f"{name}_frames"] / np.float32(255), None, tuple(one[f"{name}_spacing"]),
                       one[f"{name}_labels"], name, "") for name in window.ANGLES]  # fmt: skip


def numbers(one, network):
    """`faults.described` of a study, outlined by a network of `automatic.NETWORKS`: (2, F)."""
    views = [automatic._View(clip, (0, 1), network) for clip in clips(one)]
    return faults.described([(view.clip.frames, view.likely, view.clip.spacing) for view in views])


def looked(network, seeds, place=PLACE):
    """Numbers (N, 2, F), facts (N, 2, 4) and families (N,) of development studies."""
    found = []
    for seed in seeds:
        kind = KINDS[seed % 8] if seed < PLAIN else ""
        one = study(seed, FAMILIES[seed // 8 % 5], kind, place)
        path = Path(place) / network / f"{seed}.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, numbers(one, network))
        facts = np.stack([one[f"{name}_facts"] for name in window.ANGLES])
        found.append((np.load(path), facts, str(one["family"])))
    return [np.array(part) for part in zip(*found, strict=True)]


def fitted(told, facts):
    """`faults.Judge` of studies, without its limits. told: (N, 2, F) numbers. facts: (N, 2, 4)."""
    from sklearn.ensemble import ExtraTreesRegressor

    usual = np.nan_to_num(np.nanmedian(told, axis=(0, 1)))
    known = np.where(np.isfinite(told), told, usual).astype(np.float32)
    good = (verdict(facts) == 0).all(axis=1)
    forests = []
    for fact, shown, most in TAUGHT:
        taught = good | (facts >= BAD)[..., shown].any(axis=(1, 2))
        forest = ExtraTreesRegressor(TREES, max_depth=DEPTH, min_samples_leaf=2, max_features=0.5,
                                     random_state=0)  # fmt: skip
        aims = np.clip(facts[taught][..., fact], 0, most)
        forest.fit(np.concatenate(known[taught]), np.concatenate(aims))
        parts = [_complete(tree.tree_) for tree in forest.estimators_]
        forests.append([np.stack(part) for part in zip(*parts, strict=True)])
    feature, threshold, value = (np.stack(part) for part in zip(*forests, strict=True))
    return faults.Judge(feature.astype(np.uint8), threshold.astype(np.float32), value.astype(np.float16),
                        usual.astype(np.float32), np.full(len(TAUGHT), np.inf))  # fmt: skip


def _complete(tree):
    """A tree of scikit-learn as a complete one: feature, threshold (inner,), value (inner + 1,)."""
    inner = 2**DEPTH - 1
    feature, threshold = np.zeros(inner, int), np.full(inner, np.inf)
    value, at = np.zeros(inner + 1), np.zeros(2 * inner + 1, int)
    for place in range(2 * inner + 1):
        node = at[place]
        if place >= inner:
            value[place - inner] = tree.value[node, 0, 0]
        elif tree.children_left[node] < 0:  # a leaf already: all that is below is the same
            at[[2 * place + 1, 2 * place + 2]] = node
        else:
            feature[place], threshold[place] = tree.feature[node], tree.threshold[node]
            at[[2 * place + 1, 2 * place + 2]] = tree.children_left[node], tree.children_right[node]
    return feature, threshold, value


def apart(told, facts, groups):
    """Estimates (N, 2, 3) of studies by judges that have not seen their group, (N,)."""
    found = np.zeros((*facts.shape[:2], len(TAUGHT)))
    for group in np.unique(groups):
        own = groups == group
        judge = fitted(told[~own], facts[~own])
        found[own] = judge.estimates(np.concatenate(told[own])).reshape(-1, 2, len(TAUGHT))
    return found


def limits(found, facts):
    """Limits (3,) of the faults, from estimates (N, 2, 3) of studies that their judge had not seen.

    Where the border is hidden or the apex missed, a limit is the median of good studies and so many
    times the way to their 90th percentile, as many for both, that `REFUSED` of them are refused;
    for a cavity beside the sector, of which there are few, the most that a good study reaches.
    """
    good = found.max(axis=1)[verdict(facts).max(axis=1) == 0]
    middle, high = np.quantile(good, [0.5, 0.9], axis=0)
    times = ((good - middle) / (high - middle))[:, :2].max(axis=1)
    least = middle + np.quantile(times, 1 - REFUSED, method="higher") * (high - middle)
    return np.array([*least[:2], good[:, 2].max()])


def report(found, facts):
    """Lines on how well estimates (N, 2, 3) tell spoiled studies from good ones, with their limits."""
    from sklearn.metrics import roc_auc_score

    least, worst, found = limits(found, facts), facts.max(axis=1), found.max(axis=1)
    truth, refused = verdict(facts).max(axis=1), (found > least).any(axis=1)
    good, bad = truth == 0, truth == 1
    score = ((found - found[good].mean(axis=0)) / (least - found[good].mean(axis=0)))[:, :2].max(
        axis=1
    )
    lines = []
    for name, own in [*zip(FACTS, (worst >= BAD).T, strict=True), ("any", bad)]:
        auc = roc_auc_score(own[good | own], score[good | own]) if own.any() else np.nan
        lines.append(
            f"{name}: {own.sum()} spoiled, AUC {auc:.3f}, refused {refused[own].mean():.0%}"
        )
    lines.append(f"{good.sum()} good, refused {refused[good].mean():.1%}; of the {(truth == 0.5).sum()} "
                 f"between {refused[truth == 0.5].mean():.0%}; limits {np.round(least, 3)}")  # fmt: skip
    return lines


def examined(count, network, place=PLACE, first=EXAM):
    """Lines on what `auto_ef` refuses and gives of fresh studies, a fifth under the held-back family."""
    from tools.measure.echo import FAR, share

    truths, refused, wrong = [], [], []
    for number in range(count):
        seed, kind = first + number, TRIED.get(number % 16, "")
        one = study(
            seed, (None, *FAMILIES[2:], varied_hearts.JUDGING)[number // 16 % 5], kind, place
        )
        truths.append(verdict([one[f"{name}_facts"] for name in window.ANGLES]).max())
        answer = automatic.auto_ef(*clips(one), ed=0, es=1, network=network)
        refused.append(answer.refused)
        wrong.append(not answer.refused and abs(answer.ef - one["ef"]) > FAR)
    truths, refused, wrong = map(np.array, (truths, refused, wrong))
    lines = []
    for name, truth in (("good", 0.0), ("spoiled", 1.0), ("between", 0.5)):
        own = truths == truth
        given = int((own & ~refused).sum())
        lines.append(f"{name}: refused {share(int(refused[own].sum()), int(own.sum()))}, grossly wrong of "
                     f"those given {share(int(wrong[own].sum()), given)}")  # fmt: skip
    return lines


def main(arguments=None):
    """Fit the judge of a network; returns 0."""
    parser = argparse.ArgumentParser(description="Fit the judge of studies to a network.")
    parser.add_argument("--network", default=automatic.ANY, choices=automatic.NETWORKS)
    parser.add_argument("--count", type=int, default=COUNT, help="development studies, in turns")
    parser.add_argument("--plain", type=int, default=70, help="more of them that nobody spoiled")
    parser.add_argument("--exam", type=int, help="judge on so many fresh studies, and fit nothing")
    parser.add_argument("--place", type=Path, default=PLACE, help="where studies are kept")
    choice = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    if choice.exam:
        print("\n".join(examined(choice.exam, choice.network, choice.place)))
        return 0
    seeds = [*range(FIRST, FIRST + choice.count), *range(PLAIN, PLAIN + choice.plain)]
    told, facts, families = looked(choice.network, seeds, choice.place)
    print("\n".join(["families apart:", *report(apart(told, facts, families), facts)]))
    found = apart(told, facts, np.arange(len(facts)) % FOLDS)
    print("\n".join(["in folds:", *report(found, facts)]))
    judge = dataclasses.replace(fitted(told, facts), limits=limits(found, facts))
    judge.save(samples.model(choice.network).with_name(f"{choice.network}_faults.npz"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
