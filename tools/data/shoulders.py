"""Make what lesson 11 needs: `python tools/data/shoulders.py [outline] [scores] [transfer]`.

outline: trains sample_data/models/tendon_outline.keras on 80 people of its own (seed 90).
scores: five cohorts of 100 patients, each method by five-fold cross-validation; every score is that
    of a patient whom the model never met, but for the column 'by image'.
transfer: the calf network's encoder with its weights and without, trained on 20, 50 and 100
    patients of each cohort, judged on the same 150 new patients (seed 91).
All three unless told; about a quarter of an hour of one core. Scores and transfers that are done
are kept in build/, so that an interrupted run goes on. All data are SYNTHETIC.
"""

import argparse
import functools
import json
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
TEST = 91, 150  # seed and number of the people whom transfer is judged on
FEW, EPOCHS = (20, 50, 100), 16


def outline():
    """Train the network that outlines tendons, and write it with 16 bits a weight."""
    model = outlines.train(outlines.training_cohort())
    print(
        "wrote", models.save(model, samples.ROOT / "models" / f"{outlines.STORED}.keras", half=True)
    )


@functools.cache
def cohort(seed, count=100):
    """A cohort, its outlines by the stored network, and their stacks."""
    made = cohorts.cohort(count, seed, keep=False, watch=QUIET)
    drawn = outlines.outline(made)
    return made, drawn, stacks(made, drawn)


def stacks(made, masks):
    """What a classifier sees of every picture of a cohort."""
    return np.stack(
        [maps.stack(made.image(row), masks[row], made.spacing) for row in range(len(masks))]
    )


def by_method(seed):
    """The scores of one cohort: a table, one row a patient."""
    made, drawn, seen = cohort(seed)
    ill, table = made.table.ill.to_numpy(), made.table
    fold, dealt = folds.folds(table, seed=seed), folds.shuffled(table, seed)
    machines = cohorts.told_by_machine(cohorts.people(100, seed))
    found = folds.per_patient(table, ill)[["ill", "machine"]]
    found["trap_machine"] = machines
    found["shuffled"] = folds.per_patient(table, dealt).score
    measured = features.table(made, drawn)

    def score(learner, labels=ill, parts=fold):
        return folds.per_patient(table, folds.judged(learner, labels, parts, seed, QUIET)).score

    def network(inputs, pictures=seen):
        channels = maps.INPUTS[inputs]
        make = functools.partial(networks.classifier, len(channels))
        return networks.Learner(make, pictures[..., channels])

    found["features"] = score(folds.Regression(measured))
    for name in ("image", FULL, "maps alone"):
        found[name] = score(network(name))
    found["by image"] = score(network(FULL), parts=folds.folds(table, "by image", seed))
    found["shuffled labels"] = score(network(FULL), labels=dealt)
    known = stacks(made, maps.grown(made.masks, ill, made.spacing))
    found["drawn by one who knew"] = score(network(FULL, known))
    trapped = stacks(made.on(machines), drawn)
    found["machine tells"] = score(network("image", trapped))
    return found.reset_index().assign(seed=seed)


def scores():
    """Write sample_data/classify/scores.csv."""
    parts = []
    for seed in runs.SEEDS:
        place, began = KEPT / f"scores_{seed}.csv", time.process_time()
        if not place.is_file():
            by_method(seed).to_csv(place, index=False, float_format="%.4f")
            print(f"scores of cohort {seed}: {time.process_time() - began:.0f} CPU-s", flush=True)
        parts.append(pd.read_csv(place))
    whole = pd.concat(parts)
    first = ["seed", "patient_id", "ill", "machine", "trap_machine", "shuffled"]
    whole = whole[[*first, *runs.PLAIN, *runs.TRAPS]]
    shared.write(runs.FOLDER / "scores.csv", whole.to_csv(index=False).encode())


def transfer():
    """Write sample_data/classify/transfer.csv."""
    new = cohorts.cohort(TEST[1], TEST[0], keep=False, watch=QUIET)
    pictures = [outlines.small(new.image(row)) for row in range(len(new.table))]
    new_pictures = np.stack(pictures)[..., None]
    rows = []
    for seed in runs.SEEDS:
        place, began = KEPT / f"transfer_{seed}.json", time.process_time()
        if not place.is_file():
            made = cohorts.cohort(100, seed, keep=False, watch=QUIET)
            found = [one_transfer(made, count, seed, new, new_pictures) for count in FEW]
            place.write_text(json.dumps(found), "utf-8")
            print(f"transfer {seed}: {time.process_time() - began:.0f} CPU-s {found}", flush=True)
        rows += json.loads(place.read_text("utf-8"))
    table = pd.DataFrame(rows).round(4)
    shared.write(runs.FOLDER / "transfer.csv", table.to_csv(index=False).encode())


def one_transfer(made, count, seed, new, new_pictures):
    """Both encoders trained on the first patients of a cohort, judged on the new ones: a dict."""
    people = list(made.patients.index)
    ill = [name for name in people if made.patients.ill[name]]
    sick = round(0.3 * count)
    chosen = made.of(ill[:sick] + [name for name in people if name not in ill][: count - sick])
    pictures = np.stack([outlines.small(chosen.image(row)) for row in range(len(chosen.table))])
    scored = {}
    for name, known in (("known", True), ("fresh", False)):
        make = functools.partial(networks.encoder, known)
        learner = networks.Learner(make, pictures[..., None], EPOCHS, 1e-3)
        learner.fit(np.arange(len(pictures)), chosen.table.ill.to_numpy(), seed)
        scored[name] = folds.per_patient(new.table, learner.of(new_pictures))
    truth = scored["known"].ill
    gain = evaluate.compare_auc(truth, scored["fresh"].score, scored["known"].score)
    areas = {name: evaluate.auc(truth, found.score) for name, found in scored.items()}
    return {"patients": count, "seed": seed, **areas} | dict(
        zip(("gain", "low", "high"), gain, strict=True)
    )


def main(arguments=None):
    """Do what is asked. Returns 0."""
    parts = {"outline": outline, "scores": scores, "transfer": transfer}
    parser = argparse.ArgumentParser(description="Make what lesson 11 needs.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(parts)}")
    asked = parser.parse_args(arguments).parts or list(parts)
    if unknown := set(asked) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    for folder in (KEPT, runs.FOLDER):
        folder.mkdir(parents=True, exist_ok=True)
    for name in asked:
        parts[name]()
    shared.write(shared.DATA / "manifest.json", shared.manifest().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
