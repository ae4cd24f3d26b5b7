"""Measure what `batches.Source` costs a training, and say it as a ratio.

    python tools/measure/batches.py [--size 128] [--batch 8] [--epochs 6] [--network small]

model.fit trains on the source, which varies every image anew, and a stopwatch stands around the
moment when it takes its next batch: the share of the time spent waiting there is the ratio. The
first epoch is left out, since TensorFlow builds its graph and every image is read from disk in it.
For comparison the same network trains on the same number of ready batches already in memory, whose
share is what the stopwatch and Keras cost by themselves. Beside it stands what one image costs when
it is read, and when it comes from the cache."""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from course_utils.cases import samples
from course_utils.segment import backend, batches, models
from course_utils.segment.backend import keras, tensorflow


class Ready(keras.utils.PyDataset):
    """The batches of a source, made beforehand: what training costs when data costs nothing."""

    def __init__(self, source):
        super().__init__()
        self.batches = [source[number] for number in range(len(source))]

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, number):
        return self.batches[number]


def small(size):
    """A small encoder and decoder of 64,000 weights, an easy step to keep up with data for."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((size, size, 1)),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(64, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.Conv2DTranspose(32, 2, strides=2, activation="relu"),
            layers.Conv2DTranspose(1, 2, strides=2, activation="sigmoid"),
        ]
    )


def watch(model):
    """Put a stopwatch into `model`: two lists that model.fit fills, seconds waited and worked."""
    waited, worked, step = [], [], tensorflow.function(model.train_step, reduce_retracing=True)

    def _train(iterator):
        start = time.perf_counter()
        data = next(iterator)
        ready = time.perf_counter()
        logs = step(data)
        waited.append(ready - start)
        worked.append(time.perf_counter() - ready)
        return logs

    model.make_train_function = lambda force=False: setattr(model, "train_function", _train)
    return waited, worked


def shares(data, network, epochs):
    """Share of the time spent waiting, the same without the first batch of each epoch, when
    TensorFlow starts its reading anew, and milliseconds per step; the first epoch does not count.
    """
    backend.seed(0)
    network.compile("adam", "binary_crossentropy")
    waited, worked = watch(network)
    network.fit(data, epochs=epochs + 1, verbose=0, shuffle=False)
    waited, worked = (np.reshape(times, (epochs + 1, -1))[1:] for times in (waited, worked))
    whole = waited + worked
    later = waited[:, 1:].sum() / whole[:, 1:].sum()
    return waited.sum() / whole.sum(), later, 1000 * whole.mean()


def milliseconds(source):
    """Milliseconds per image for one pass over all batches, without a network."""
    start = time.perf_counter()
    for number in range(len(source)):
        source[number]
    return 1000 * (time.perf_counter() - start) / len(source.table)


def main(arguments=None):
    """Print milliseconds per image and the share of a step that goes to the data."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--network", choices=("small", "unet"), default="small")
    chosen = parser.parse_args(arguments)
    build = models.unet if chosen.network == "unet" else small
    table = samples.table("muscle_general")
    source = batches.Source(table, chosen.size, chosen.batch, augment="plausible")
    read = milliseconds(source)
    cached = min(milliseconds(source) for _ in range(3))
    plain = batches.Source(table, chosen.size, chosen.batch)
    plain.warm()
    bare = min(milliseconds(plain) for _ in range(3))
    print(f"{len(table)} images at {chosen.size} x {chosen.size}, batches of {chosen.batch}")
    print(
        f"one image: read and varied {read:.1f} ms, cached and varied {cached:.2f} ms, cached "
        f"{bare:.2f} ms"
    )
    rows = (
        ("ready batches", shares, Ready(plain)),
        ("source", shares, source),
    )
    for name, measure, data in rows:
        waiting, later, step = measure(data, build(chosen.size), chosen.epochs)
        print(
            f"{name:14} step {step:6.1f} ms, share of it waiting for data {waiting:.3f} "
            f"({later:.3f} without the first batch of each epoch)"
        )


if __name__ == "__main__":
    main()
