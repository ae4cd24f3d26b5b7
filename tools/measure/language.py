"""Measure what lesson 14 promises: `python tools/measure/language.py [--grid | --rules]`.

Trains each variant with the seeds 1 to 5 and, with --grid, one seed at each setting of the page's
sliders, on the 500 shipped pairs; all are judged on 200 other patients. Each run is written to
sample_data/findings/runs.csv as soon as it is done, so that an interrupted measurement goes on.
--rules prints F1 of the rules by style, language and typos. About six minutes of one core.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.language import (
    archive,
    extraction,
    networks,
    retrieval,
    rules,
    runs,
    zero_shot,
)
from course_utils.language.networks import Recipe

SEEDS = (1, 2, 3, 4, 5)
VARIANTS = {
    "contrastive": (Recipe(), "report"),
    "semantic": (Recipe(lam=1.0), "report"),
    "graph": (Recipe(lam=1.0, graph=True), "report"),
    "graph of the truth": (Recipe(lam=1.0, graph=True), "truth"),
}
BATCHES, TEMPERATURES, LAMBDAS = (16, 64), (0.03, 0.1, 1.0), (0.0, 1.0)
GRID_EPOCHS = 8
KEPT = ROOT / "build" / "language_test.npz"
UNSEEN = ("organ", "vascularity")


def judged(model, images, table, graph):
    """R@K both ways, zero-shot of every dimension, and more like these: a dict."""
    seen, found = model.see(images), {}
    styles = {"": table, "second_": archive.fresh(len(table), style="second", pictures=False)[1]}
    for name, part in styles.items():
        tags = {"report": [rules.tag(text) for text in part.en], "truth": list(part.truth)}.get(
            graph
        )
        cosines = seen @ model.read(list(part.en), tags).T
        for way, values in (("picture", cosines), ("report", cosines.T)):
            places = retrieval.ranks(values)
            for first in retrieval.FIRST:
                found[f"{name}{way}_{first}"] = retrieval.recall(places, first)
    for dimension in zero_shot.ASKED:
        near, tags = zero_shot.scores(model, seen, dimension)
        truth = np.array(zero_shot.truth_of(list(table.truth), dimension), object)
        there = truth != None  # noqa: E711  (an array of objects)
        said = np.array(tags, object)[near.argmax(axis=1)]
        found[f"zero_{dimension}"] = zero_shot.balanced(truth[there], said[there])
    return found


def keep(row):
    """Add one run to the table."""
    old = pd.read_csv(runs.TABLE) if runs.TABLE.is_file() else pd.DataFrame()
    pd.concat([old, pd.DataFrame([row])]).round(4).to_csv(runs.TABLE, index=False)
    print(row, flush=True)


def done(**what):
    """Is there a row of these values?"""
    if not runs.TABLE.is_file():
        return False
    table = pd.read_csv(runs.TABLE)
    return bool(np.logical_and.reduce([table[name] == value for name, value in what.items()]).any())


def unseen():
    """The 200 patients on whom all is judged; their pictures are drawn once."""
    if not KEPT.is_file():
        KEPT.parent.mkdir(exist_ok=True)
        np.savez(KEPT, images=archive.fresh(runs.GALLERY)[0])
    return np.load(KEPT)["images"], archive.fresh(runs.GALLERY, pictures=False)[1]


def run(name, recipe, tags, kind, test):
    """Train once, judge, keep."""
    images, table = archive.stored()
    found = list(table.truth) if tags == "truth" else [rules.tag(text) for text in table.en]
    began = time.process_time()
    model, losses = networks.train(images, [list(table.en), list(table.es)], found, recipe)
    told = {"batch": recipe.batch, "temperature": recipe.temperature, "lam": recipe.lam}
    told |= {"kind": kind, "seed": recipe.seed, "first_loss": losses[0], "loss": losses[-1]}
    told |= {"end_temperature": model.temperature, "cpu_s": time.process_time() - began}
    keep({"name": name, **told, **judged(model, *test, tags if recipe.graph else None)})
    if name == "graph":
        keep({"name": "graph left out", **told, **judged(model, *test, None)})


def printed_rules():
    """F1 of the rules, by style, language and typos."""
    for style in ("usual", "second", "stranger"):
        for language in ("en", "es"):
            for typos in (0.0, 0.05):
                table, _ = extraction.judged(style, language, typos)
                print(style, language, typos, extraction.by_dimension(table).round(3).to_dict())


def main(arguments=None):
    """Measure, keep, print. Returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--grid", action="store_true")
    parser.add_argument("--rules", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.rules:
        printed_rules()
        return 0
    test = unseen()
    if asked.grid:
        for batch in sorted(BATCHES, reverse=True):
            for temperature in TEMPERATURES:
                for lam in LAMBDAS:
                    recipe = Recipe(GRID_EPOCHS, batch, temperature, lam, learnt=False)
                    if not done(kind="grid", batch=batch, temperature=temperature, lam=lam):
                        run("grid", recipe, "report", "grid", test)
        return 0
    for seed in SEEDS:
        for name, (recipe, tags) in VARIANTS.items():
            if not done(kind="variant", name=name, seed=seed):
                run(name, replace(recipe, seed=seed), tags, "variant", test)
    columns = (
        "picture_1",
        "picture_10",
        "report_10",
        "second_picture_10",
        "zero_diagnosis",
        "zero_organ",
    )
    for column in columns:
        print(column, {k: runs.short(v) for k, v in runs.over_seeds(column).items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
