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
from course_utils.core import errors
from course_utils.segment import backend, models
from course_utils.segment.backend import keras
from course_utils.show import progress
from tools.data import calves as shared

KEPT = ROOT / "build" / "shoulders"
QUIET = progress.Quiet()
FULL = "image + mask + maps"
COHORTS = 5  # their seeds are 1, 2, ..
FEW = (20, 50, 100)
CALF = "unet_lesson_04"


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


def told_by_machine(patients, on_b=0.6, on_a=0.1):
    """Machines for people of `people`, so that of those on B a share `on_b` is ill and of those on
    A `on_a`: patient_id -> name, a Series. How illness and machine come together in a real archive:
    the specialist's clinic bought the new one. Raises DataError where no such division exists.
    """
    ill = patients[patients.ill == 1].patient_id.to_list()
    well = patients[patients.ill == 0].patient_id.to_list()
    # Of n people, m on B: on_b m + on_a (n - m) = ill.
    count = (len(ill) - on_a * len(patients)) / (on_b - on_a) if on_b != on_a else -1.0
    sick = round(on_b * count)
    if not 0 <= count <= len(patients) or sick > len(ill) or round(count) - sick > len(well):
        raise errors.DataError("No division of these people over two machines has these shares.")
    there = {*ill[:sick], *well[: round(count) - sick]}
    return pd.Series(
        ["B" if name in there else "A" for name in patients.patient_id], patients.patient_id
    )


def grown(masks, ill, spacing, by_mm=0.2):
    """Outlines by someone who knew the diagnosis: those of the ill are `by_mm` larger all round.

    masks: (N, H, W). ill: (N,) of 0 and 1. Returns uint8 (N, H, W).
    """
    drawn = [
        maps.signed_distance(mask, spacing) > -by_mm if sick else mask > 0
        for mask, sick in zip(masks, ill, strict=True)
    ]
    return np.stack(drawn).astype(np.uint8)


def by_method(seed, only=None):
    """The scores of one cohort: a table, one row a patient. only: some of the methods, for a part
    of the work."""
    people = cohorts.people(100, seed)
    rows = pd.DataFrame(
        {"patient_id": np.repeat(people.patient_id, 2), "ill": np.repeat(people.ill, 2)}
    ).reset_index(drop=True)
    machines, dealt = told_by_machine(people), folds.shuffled(rows, seed)
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
        return network(FULL, stacks(made, grown(made.masks, ill, made.spacing)))

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


def encoder(known=True, seed=1):
    """The encoder of the calf network, frozen: (N, 128, 128, 1) -> mean and maximum of each of its
    deepest channels, (N, 256).

    known: with the weights of `unet_lesson_04`; False draws all of them anew, by `seed`.
    """
    backend.seed(seed)
    calf = models.load(samples.model(CALF)) if known else models.unet(128, 16)
    deepest = min(_side(layer.output) for layer in calf.layers)
    last = [layer for layer in calf.layers if _side(layer.output) == deepest][-1]
    return keras.Model(calf.inputs, networks.pooled(last.output), name="calf_encoder")


def _side(output):
    return output.shape[1]


@functools.cache
def numbers(seed, known, weights):
    """What a frozen encoder makes of every picture of a cohort: (N, 256)."""
    made = cohorts.cohort(100, seed, watch=QUIET)
    pictures = np.stack([outlines.small(made.image(row)) for row in range(len(made.table))])
    return encoder(known, weights).predict(pictures[..., None], 40, verbose=0)


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
