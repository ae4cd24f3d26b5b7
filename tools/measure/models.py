"""Which architecture reaches the Dice target in the fewest CPU-seconds? Measured in turn.

    python tools/measure/models.py [--seconds 40] [--rounds 1] [--only course,plain]

Each architecture trains in a process of its own on one thread, in turn, in the same conditions:
the same split by patient, augmented images from batches.Source, dice_bce, Adam with the same
constant learning rate, batches of 8. The clock is processor time, so other work on the machine
disturbs it less. It runs from the first line of building the network, and includes building the
graph and augmenting; it stands still while the unseen patients are scored. Dice is the mean over
patients, on the 128 x 128 grid, threshold 0.5, both empty = 1. The data are synthetic.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
SIZE, BATCH, RATE, SEED, GOALS = 128, 8, 2e-3, 0, (0.90, 0.93)
NAMES = {
    "course": "models.unet: 4 x 4 patches, width 16, 4 levels, transpose convolutions",
    "wide": "the same, width 32, 3 levels",
    "residual": "4 x 4 patches, width 16, 4 levels, residual blocks",
    "separable": "4 x 4 patches, width 32, 3 levels, depthwise separable",
    "no_norm": "4 x 4 patches, width 16, 4 levels, no normalisation, bilinear",
    "stride_2": "3 x 3 stem of stride 2, width 16, 4 levels",
    "plain": "yardstick: Keras U-Net, 16 filters, 4 levels, momentum 0.9",
}


def conv(x, channels, kernel=3, strides=1, norm=True, separable=False, last=True):
    """A convolution, its normalisation and its ReLU, each where it is wanted."""
    from course_utils.segment.backend import keras

    lay = keras.layers
    kind = lay.SeparableConv2D if separable else lay.Conv2D
    x = kind(channels, kernel, strides=strides, padding="same", use_bias=not norm)(x)
    x = lay.BatchNormalization(momentum=0.9)(x) if norm else x
    return lay.ReLU()(x) if last else x


def build(name):
    """The network called `name` in `NAMES`."""
    from course_utils.segment import models
    from course_utils.segment.backend import keras

    lay = keras.layers

    def plain(width=16, levels=4):
        image = x = keras.Input((SIZE, SIZE, 1))
        bridges = []
        for level in range(levels):
            x = conv(
                conv(lay.MaxPooling2D()(x) if level else x, width * 2**level), width * 2**level
            )
            bridges.append(x)
        for bridge in bridges[-2::-1]:
            x = lay.Conv2DTranspose(bridge.shape[-1], 2, strides=2)(x)
            x = lay.Concatenate()([x, bridge])
            x = conv(conv(x, bridge.shape[-1]), bridge.shape[-1])
        return keras.Model(image, lay.Conv2D(1, 1, activation="sigmoid")(x))

    def strided(width, levels, stride=4, residual=False, up="transpose", **how):
        image = keras.Input((SIZE, SIZE, 1))
        x = conv(image, width, max(3, stride), stride, norm=how.get("norm", True))
        bridges = []
        for level in range(levels):
            channels = width * 2**level
            if level:
                bridges.append(x)
                x = conv(x, channels, strides=2, **how)
                x = x if residual else conv(x, channels, **how)
            if residual:
                inner = conv(conv(x, channels, **how), channels, last=False, **how)
                x = lay.ReLU()(lay.Add()([x, inner]))
        x = conv(x, x.shape[-1], **how)
        for bridge in reversed(bridges):
            x = (
                lay.Conv2DTranspose(bridge.shape[-1], 2, strides=2)(x)
                if up == "transpose"
                else lay.UpSampling2D(interpolation="bilinear")(x)
            )
            x = conv(lay.Concatenate()([x, bridge]), bridge.shape[-1], **how)
        x = lay.UpSampling2D(stride, interpolation="bilinear")(lay.Conv2D(1, 1)(x))
        return keras.Model(image, lay.Activation("sigmoid")(x))

    return {
        "course": lambda: models.unet(SIZE),
        "wide": lambda: models.unet(SIZE, width=32, levels=3),
        "residual": lambda: strided(16, 4, residual=True),
        "separable": lambda: strided(32, 3, separable=True),
        "no_norm": lambda: strided(16, 4, norm=False, up="bilinear"),
        "stride_2": lambda: strided(16, 4, stride=2),
        "plain": plain,
    }[name]()


def gigaflop(model):
    """Multiplications and additions of the convolutions for one image, in units of 1e9."""
    total = 0
    for layer in model.layers:
        kernels = [w for w in layer.weights if len(w.shape) == 4]
        if not kernels:
            continue
        grid = layer.input if "Transpose" in type(layer).__name__ else layer.output
        for kernel in kernels:  # a separable layer has two
            total += 2 * int(grid.shape[1]) * int(grid.shape[2]) * kernel.shape.num_elements()
    return total / 1e9


def train(name, seconds, seed):
    """Train one network for `seconds` of processor time; returns its row of the table as a dict."""
    import numpy as np

    from course_utils.cases import samples, split
    from course_utils.segment import backend, batches, losses
    from course_utils.segment.backend import tensorflow as tf

    parts = split.by_patient(samples.table("muscle_general"), (0.6, 0.2, 0.2), seed=SEED)
    source = batches.Source(parts[0], SIZE, BATCH, augment="plausible", seed=seed)
    unseen = [batches.Source(part, SIZE, 1, shuffle=False) for part in parts[1:]]
    images = np.concatenate([part.images() for part in unseen])
    truths = np.concatenate([part.masks() for part in unseen])[..., 0] > 0.5
    patients = np.concatenate([part["patient_id"].to_numpy() for part in parts[1:]])
    source.warm()
    backend.seed(seed)

    start, wall = time.process_time(), time.perf_counter()
    model = build(name)
    optimiser = backend.keras.optimizers.Adam(RATE)
    optimiser.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(image, mask):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(losses.dice_bce(mask, model(image, training=True)))
        optimiser.apply(tape.gradient(loss, model.trainable_variables))
        return loss

    look = tf.function(
        lambda image: model(image, training=False),
        input_signature=[tf.TensorSpec((None, SIZE, SIZE, 1))],
    )

    def dice():
        drawn = np.concatenate([look(images[i : i + 8]).numpy() for i in range(0, len(images), 8)])
        drawn = drawn[..., 0] > 0.5
        both = drawn.sum((1, 2)) + truths.sum((1, 2))
        each = np.where(both == 0, 1, 2 * (drawn & truths).sum((1, 2)) / np.maximum(both, 1))
        return float(np.mean([each[patients == one].mean() for one in np.unique(patients)]))

    used, shown, next_look, curve = 0.0, 0, 0.0, []
    row = {"name": name, "seed": seed, "first_s": None, **{str(goal): None for goal in GOALS}}
    while used < seconds:
        for number in range(len(source)):
            step(*source[number])
            now = time.process_time()
            used, start = used + now - start, now
            if row["first_s"] is None:
                row["first_s"], row["first_wall_s"] = used, time.perf_counter() - wall
            shown += BATCH
            if used >= next_look:
                curve.append(dice())
                for goal in GOALS:
                    if row[str(goal)] is None and curve[-1] >= goal:
                        row[str(goal)] = used
                start, next_look = time.process_time(), used + 1.0
        source.on_epoch_begin()
        source.on_epoch_end()
    one, calm = images[:1], time.process_time()
    for _ in range(100):
        look(one)
    row["single_per_s"] = 100 / (time.process_time() - calm)
    return row | {
        "rate": shown / (used - row["first_s"]),
        "final": dice(),
        "best": max(curve),
        "parameters": model.count_params(),
        "gigaflop": gigaflop(model),
        "patients": len(set(patients)),
        "images": len(images),
    }


def line(rows):
    """One row of the Markdown table: the mean over rounds; '-' where a goal was never reached."""

    def mean(key, digits):
        values = [row[key] for row in rows]
        return "-" if None in values else f"{sum(values) / len(values):.{digits}f}"

    return (
        f"| {NAMES[rows[0]['name']]} | {rows[0]['parameters']:,} | {mean('gigaflop', 3)} "
        f"| {mean('first_s', 1)} | {mean('rate', 0)} | {mean('0.9', 1)} | {mean('0.93', 1)} "
        f"| {mean('final', 3)} | {mean('single_per_s', 0)} |"
    )


def main(arguments=None):
    """Print the table of `docs/architectures.md`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default=",".join(NAMES))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)  # a child process: name, seed
    chosen = parser.parse_args(arguments)
    if chosen.one:
        print(json.dumps(train(chosen.one[0], chosen.seconds, int(chosen.one[1]))))
        return
    names, found = chosen.only.split(","), {}
    one_thread = os.environ | {
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    for seed in range(chosen.rounds):
        for name in names:
            done = subprocess.run(
                [
                    sys.executable,
                    __file__,
                    "--seconds",
                    str(chosen.seconds),
                    "--one",
                    name,
                    str(seed),
                ],
                env=one_thread,
                capture_output=True,
                text=True,
                check=True,
            )
            found.setdefault(name, []).append(json.loads(done.stdout.splitlines()[-1]))
            print(json.dumps(found[name][-1]), file=sys.stderr, flush=True)
    row = found[names[0]][0]
    print(
        f"{row['patients']} unseen patients, {row['images']} images, synthetic; "
        f"{chosen.seconds:g} CPU-seconds each, {chosen.rounds} round(s)\n"
    )
    print(
        "| network | weights | GFLOP | first step, CPU-s | images per CPU-s | CPU-s to 0.90 "
        "| CPU-s to 0.93 | Dice at the end | single images per CPU-s |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name in names:
        print(line(found[name]))


if __name__ == "__main__":
    main()
