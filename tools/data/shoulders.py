"""Make what lesson 11 needs: `python tools/data/shoulders.py [outline] [scores] [transfer]`.

outline: trains sample_data/models/tendon_outline.keras on 80 people of its own (seed 90).
scores: five cohorts of 100 patients (or `--cohorts N`), each method by five-fold cross-validation; every score is that
    of a patient whom the model never met, but for the column 'by image'.
transfer: the calf network's encoder with its weights and with random ones, frozen, and a logistic
    regression on its numbers: learned on 20, 50 and 100 patients of each cohort, judged on the
    next cohort.
All three unless told; about a quarter of an hour of one core. Scores and transfers that are done
are kept in build/, so that an interrupted run goes on. All data are SYNTHETIC.
"""

import argparse
import functools
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import evaluate
from course_utils.cases import samples
from course_utils.classify import cohorts, features, folds, maps, networks, outlines, runs
from course_utils.segment import models
from course_utils.show import progress
from tools.data import calves as shared

KEPT = ROOT / "build" / "shoulders"
QUIET = progress.Quiet()
FULL = "image + mask + maps"
COHORTS = 5  # their seeds are 1, 2, ..
FEW = (20, 50, 100)


def outline():
    """Train the network that outlines tendons, and write it with 16 bits a weight."""
    learnt = cohorts.cohort(outlines.PEOPLE, outlines.SEED, 0.5, keep=False)  # half of them ill
    model = outlines.train(learnt)
    print(
        "wrote", models.save(model, samples.ROOT / "models" / f"{outlines.STORED}.keras", half=True)
    )


@functools.cache
def cohort(seed, count=100):
    """A cohort, its outlines by the stored network, and their stacks."""
    made = cohorts.cohort(count, seed, watch=QUIET)
    drawn = outlines.outline(made)
    return made, drawn, stacks(made, drawn)


def stacks(made, masks):
    """What a classifier sees of every picture of a cohort."""
    return np.stack(
        [maps.stack(made.image(row), masks[row], made.spacing) for row in range(len(masks))]
    )


def by_method(seed, only=None):
    """The scores of one cohort: a table, one row a patient. only: some of the methods, for a part
    of the work."""
    people = cohorts.people(100, seed)
    rows = pd.DataFrame(
        {"patient_id": np.repeat(people.patient_id, 2), "ill": np.repeat(people.ill, 2)}
    ).reset_index(drop=True)
    machines, dealt = cohorts.told_by_machine(people), folds.shuffled(rows, seed)
    ill, fold = rows.ill.to_numpy(), folds.folds(rows, seed=seed)
    found = people.set_index("patient_id")[["ill", "machine"]].assign(
        trap_machine=machines, shuffled=dealt[::2]
    )

    def network(inputs, pictures):
        channels = maps.INPUTS[inputs]
        make = functools.partial(networks.classifier, len(channels))
        return networks.Learner(make, pictures[..., channels])

    def knowing():
        made = cohort(seed)[0]
        return network(FULL, stacks(made, maps.grown(made.masks, ill, made.spacing)))

    def trapped():
        made, drawn, _ = cohort(seed)
        return network("image", stacks(made.on(machines), drawn))

    ways = {name: (functools.partial(network, name), ill, fold) for name in list(runs.PLAIN)[1:]}
    ways["features"] = (lambda _: folds.Regression(features.table(*cohort(seed)[:2])), ill, fold)
    ways["by image"] = functools.partial(network, FULL), ill, folds.folds(rows, "by image", seed)
    ways["shuffled labels"] = functools.partial(network, FULL), dealt, fold
    ways["drawn by one who knew"] = (lambda _: knowing()), ill, fold
    ways["machine tells"] = (lambda _: trapped()), ill, fold
    for name in only or ways:
        make, labels, parts = ways[name]
        place, began = KEPT / f"{seed}_{name.replace(' ', '_')}.npy", time.process_time()
        if not place.is_file():
            scored = folds.judged(make(cohort(seed)[2]), labels, parts, seed, QUIET)
            np.save(place, scored.reshape(-1, 2).mean(1))
            area = evaluate.auc(labels[::2], np.load(place))
            print(f"{seed} {name}: {area:.3f}, {time.process_time() - began:.0f} CPU-s", flush=True)
        found[name] = np.load(place)
    return found.reset_index().assign(seed=seed)


def scores(count=COHORTS):
    """Write sample_data/classify/scores.csv."""
    whole = pd.concat([by_method(seed) for seed in range(1, count + 1)]).round(4)
    first = ["seed", "patient_id", "ill", "machine", "trap_machine", "shuffled"]
    whole = whole[[*first, *runs.PLAIN, *runs.TRAPS]]
    shared.write(runs.FOLDER / "scores.csv", whole.to_csv(index=False).encode())


def transfer(count=COHORTS):
    """Write sample_data/classify/transfer.csv."""
    rows = []
    for seed in range(1, count + 1):
        for few in FEW:
            rows.append(one_transfer(seed, seed % count + 1, few))
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows).round(4)
    shared.write(runs.FOLDER / "transfer.csv", table.to_csv(index=False).encode())


@functools.cache
def numbers(seed, known, weights):
    """What a frozen encoder makes of every picture of a cohort: (N, 256)."""
    made = cohorts.cohort(100, seed, watch=QUIET)
    pictures = np.stack([outlines.small(made.image(row)) for row in range(len(made.table))])
    return networks.encoder(known, weights).predict(pictures[..., None], 40, verbose=0)


def one_transfer(seed, other, count):
    """Both encoders: learned on the first patients of a cohort, judged on another one: a dict."""
    learn, new = (cohorts.cohort(100, one, watch=QUIET).table for one in (seed, other))
    rows = np.flatnonzero(learn.patient_id.isin(chosen(learn, count)))
    scored = {}
    for name, known in (("known", True), ("fresh", False)):
        regression = folds.Regression(numbers(seed, known, seed), strength=0.01)
        regression.fit(rows, learn.ill)
        scored[name] = folds.per_patient(new, regression.of(numbers(other, known, seed)))
    truth = scored["known"].ill
    gain = evaluate.compare_auc(truth, scored["fresh"].score, scored["known"].score)
    areas = {name: evaluate.auc(truth, found.score) for name, found in scored.items()}
    return {"patients": count, "seed": seed, **areas} | dict(
        zip(("gain", "low", "high"), gain, strict=True)
    )


def chosen(table, count):
    """The first patients of a cohort, 30 % of them ill."""
    ill = table.drop_duplicates("patient_id").set_index("patient_id").ill
    sick = round(0.3 * count)
    return [*ill.index[ill == 1][:sick], *ill.index[ill == 0][: count - sick]]


def main(arguments=None):
    """Do what is asked. Returns 0."""
    parser = argparse.ArgumentParser(description="Make what lesson 11 needs.")
    parser.add_argument("--cohorts", type=int, default=COHORTS, help="how many, 2 or more")
    parts = {
        "outline": lambda count: outline(),
        "scores": scores,
        "transfer": transfer,
    }
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(parts)}")
    options = parser.parse_args(arguments)
    asked = options.parts or list(parts)
    if unknown := set(asked) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    for folder in (KEPT, runs.FOLDER):
        folder.mkdir(parents=True, exist_ok=True)
    for name in asked:
        parts[name](options.cohorts)
    shared.write(shared.DATA / "manifest.json", shared.manifest().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
