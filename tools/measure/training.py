"""Measure what lessons 04 and 05 promise.

    python tools/measure/training.py [--epochs 40] [--real FOLDER]

Prints, as Markdown: Dice on unseen synthetic patients after so many epochs of training, for splits
that no choice of architecture or learning rate has seen; the time to the first step; images a
second one at a time. With `--real`, a folder of real muscle scans with `images` and `masks` (bands
of the two aponeuroses, as DL_Track publishes them): the network trained on the sample data alone,
tried on the region between the bands, and the same recipe trained on the real pairs, one scanner
left out at a time. Nothing is tuned on the real scans.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import cv2
import numpy as np
import pandas

from course_utils import evaluate, load, segment
from course_utils.cases import samples, split
from course_utils.core import tables
from course_utils.evaluate import metrics
from course_utils.segment import backend, batches, models, training

SEEDS = (11, 12, 13)  # splits that nothing was chosen on
WIDE = 900  # screens at least this wide come from the same maker as the 660 x 556 ones


def unseen(epochs):
    """Dice on unseen patients for each split: one line each."""
    cases = samples.table("muscle_general")
    cases = cases[~cases["empty"]]
    for seed in SEEDS:
        train, validation, test = split.by_patient(cases, seed=seed)
        backend.seed(seed)
        began = time.process_time()
        run = training.train(models.unet(), train, validation, epochs=epochs, seed=seed)
        spent = time.process_time() - began
        scores = segment.score(run.model, test)
        patients = metrics.per_patient(scores)
        line = evaluate.sentence("Dice", evaluate.bootstrap(patients.dice), len(scores))
        print(
            f"| split {seed}, {epochs} epochs | {line}; floor {segment.floor(train, test):.2f}; "
            f"worst patient {patients.dice.min():.2f}; {spent:.0f} CPU-seconds; first epoch after "
            f"{run.history.seconds.iloc[0]:.1f} s |",
            flush=True,
        )


def speed(repeats=200):
    """Images a second, one at a time, at 128 x 128."""
    model = models.unet()
    image = np.random.default_rng(0).random((1, 128, 128, 1), dtype=np.float32)
    model.predict_on_batch(image)
    began = time.perf_counter()
    for _ in range(repeats):
        model.predict_on_batch(image)
    rate = repeats / (time.perf_counter() - began)
    print(f"| inference, one image at a time | {rate:.0f} images/s |")


def between(bands):
    """The region between two aponeurosis bands, (H, W) of 0 and 1, where a column shows both."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats((bands > 0).astype(np.uint8))
    largest = 1 + np.argsort(stats[1:, cv2.CC_STAT_AREA])[::-1][:2]
    upper, lower = (
        labels == label for label in sorted(largest, key=lambda label: centres[label][1])
    )
    region = np.zeros(bands.shape, np.uint8)
    for column in np.flatnonzero(upper.any(axis=0) & lower.any(axis=0)):
        top, bottom = np.flatnonzero(upper[:, column]).max(), np.flatnonzero(lower[:, column]).min()
        region[top + 1 : bottom, column] = 1
    return region


def real_table(folder, scratch):
    """The real scans as a table of the course, with the region between the bands as their mask."""
    rows = []
    for path in sorted((folder / "images").glob("*.png")):
        region = between(load.mask(folder / "masks" / path.name))
        mask = Path(scratch) / path.name
        mask.write_bytes(cv2.imencode(".png", region * 255)[1].tobytes())
        height, width = region.shape
        scanner = "framed, with a logo" if width >= WIDE or width == 660 else f"{width} x {height}"
        rows.append(
            {
                "image": str(path),
                "mask": str(mask),
                "patient_id": path.stem,
                "device": scanner,
                "row_mm": np.nan,
                "col_mm": np.nan,
                "empty": False,
            }
        )
    return pandas.DataFrame(rows)


def dices(model, table):
    """Dice of each image at 128 x 128; the real scans have no millimetres to score in."""
    source = batches.Source(table, batch=1, shuffle=False)
    drawn = model.predict_on_batch(source.images())[..., 0]
    return [
        metrics.dice(truth[..., 0] > 0.5, segment.mask(one) > 0)
        for truth, one in zip(source.masks(), drawn, strict=True)
    ]


def sim_to_real(real, epochs):
    """Trained on every sample image with a muscle, tried on each real scan."""
    parts = []
    for name in ("muscle_general", "muscle_hires"):
        cases = tables.absolute(samples.table(name))
        parts.append(cases[~cases["empty"]])
    every = pandas.concat(parts, ignore_index=True)
    train, validation, _ = split.by_patient(every, (0.8, 0.1, 0.1), seed=SEEDS[0])
    backend.seed(SEEDS[0])
    run = training.train(models.unet(), train, validation, epochs=epochs, seed=SEEDS[0], watch=0)
    for (_, case), score in zip(real.iterrows(), dices(run.model, real), strict=True):
        print(f"| sim-to-real, {case.patient_id} ({case.device}) | {score:.2f} |")
    mean = np.mean(dices(run.model, real))
    print(f"| sim-to-real, mean of {len(real)} scans | {mean:.2f} |", flush=True)


def real_only(real, epochs=60):
    """The same recipe on the real pairs, one scanner left out at a time."""
    scores = {}
    for scanner in sorted(real.device.unique()):
        train, test = real[real.device != scanner], real[real.device == scanner]
        backend.seed(SEEDS[0])
        run = training.train(
            models.unet(),
            train.iloc[1:],
            train.iloc[:1],
            epochs=epochs,
            batch=4,
            seed=SEEDS[0],
            watch=0,
        )
        scores[scanner] = dices(run.model, test)
        print(
            f"| real pairs only, tested on: {scanner} | "
            f"{', '.join(f'{score:.2f}' for score in scores[scanner])} |",
            flush=True,
        )
    print(f"| real pairs only, mean | {np.mean(np.concatenate(list(scores.values()))):.2f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--real", type=Path, help="a folder with images/ and masks/")
    asked = parser.parse_args()
    print("| what | result |\n|---|---|")
    unseen(asked.epochs)
    speed()
    if asked.real:
        with tempfile.TemporaryDirectory() as place:
            scans = real_table(asked.real.resolve(), place)
            sim_to_real(scans, asked.epochs)
            real_only(scans)
