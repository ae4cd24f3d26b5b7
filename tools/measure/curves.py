"""Learning curves at equal processor time: `python tools/measure/curves.py [--images 60 ...]`.

Every network of `NETWORKS` learns from the same finished stills of people and machines drawn at
random (`simulate.varied`, SYNTHETIC), in a process of its own on one thread, and is judged at 20, 60
and 180 CPU-seconds on people whom it has not met. The clock begins with the first line of building
the network; it holds building the graph, varying the pictures and averaging the weights, and stands
still while the network is judged. All have `losses.dice_bce`, batches of 8, a constant learning rate
of 0.002 and the variation of lesson 04 ('plausible') unless their line says otherwise. The mean of
the weights over the last steps is judged beside the weights themselves.

Writes one JSON file a run to build/curves/ (kept: a run that is there is not repeated), then prints
the table and what each differs from today's `models.unet` and from the plain U-Net, person by
person. `--collect` only prints.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

PLACE = ROOT / "build" / "curves"
SIZE, BATCH, RATE, MARKS = 128, 8, 2e-3, (20, 60, 180)
LEARN, UNSEEN, PEOPLE = 201, 200, 80  # parts of finished stills, people to judge on
MACHINES = 500  # whose grey a picture may take on; drawing one takes a millisecond
DECAY = 0.99  # of the mean of the weights: about the last 100 steps
NETWORKS = {
    "today": "models.unet as it is",
    "plain": "plain U-Net, 16 filters, max pooling",
    "dropped": "models.unet, spatial dropout 0.2, weight decay 0.05",
    "rows_128": "models.unet drawn on 128 rows, dropout and decay as above",
    "stem_2": "stem of stride 2, spatial dropout 0.2, weight decay 0.05",
    "wild": "models.unet, 'plausible' and the grey of another machine on every use",
    "bodies": "models.unet, 'plausible' on another body, every second time in another grey",
}


def build(name, dropout=0.2):
    """The network called `name` in `NETWORKS`, and its weight decay."""
    from course_utils.segment import models
    from tools.measure import models as shapes

    if name in ("today", "wild", "bodies"):
        return models.unet(SIZE), 0.0
    if name == "plain":
        return shapes.build("plain"), 0.0
    stride, finer = (2, False) if name == "stem_2" else (4, name == "rows_128")
    return regular(stride, finer, dropout), 0.05


def regular(stride, finer, dropout, width=16, levels=4):
    """`models.unet` with spatial dropout at the bottom and after every merge.

    stride: of the first layer. finer: the mask is drawn on all rows, by more steps up.
    """
    from course_utils.segment.backend import keras
    from tools.measure.models import conv

    lay = keras.layers
    image = keras.Input((SIZE, SIZE, 1))
    x, bridges = conv(image, width, max(3, stride), stride), []
    for channels in [width * 2**level for level in range(1, levels)]:
        bridges.append(x)
        x = conv(conv(x, channels, strides=2), channels)
    x = lay.SpatialDropout2D(dropout)(conv(x, x.shape[-1]))
    for bridge in reversed(bridges):
        x = lay.Conv2DTranspose(bridge.shape[-1], 2, strides=2)(x)
        x = conv(lay.Concatenate()([x, bridge]), bridge.shape[-1])
        x = lay.SpatialDropout2D(dropout)(x)
    if finer:
        for channels in (width // 2, width // 4):
            x = conv(lay.Conv2DTranspose(channels, 2, strides=2)(x), channels)
        x = lay.Conv2D(1, 1)(x)
    else:
        x = lay.UpSampling2D(stride, interpolation="bilinear")(lay.Conv2D(1, 1)(x))
    return keras.Model(image, lay.Activation("sigmoid")(x))


def people(part, count):
    """Finished stills of `stills.py`, every family of machines in turn: images float32 and masks
    uint8, (N, 128, 128).
    """
    from course_utils.segment import batches
    from course_utils.simulate import ranges
    from tools.data import stills

    kinds = [stills.part(name, part, stills.picture, 40) for name in ranges.families()]
    chosen = [(kinds[k % len(kinds)], k // len(kinds)) for k in range(count)]
    images = [batches.prepare(kind[0][n].astype(np.float32) / 255, SIZE) for kind, n in chosen]
    masks = [batches.prepare_mask(kind[1][n], SIZE) for kind, n in chosen]
    return np.stack(images), np.stack(masks)


def train(name, count, seed, marks=MARKS, each=None):
    """Train one network on `count` stills: its row, a dict. each: called with it at every mark."""
    from course_utils.augment import steps as variation
    from course_utils.segment import backend, losses
    from course_utils.segment.backend import tensorflow as tf

    images, masks = people(LEARN, count)
    unseen, truths = people(UNSEEN, PEOPLE)
    pipe = variation.pipeline("plausible", seed)
    rng = np.random.default_rng(seed)
    backend.seed(seed)

    start, wall = time.process_time(), time.perf_counter()
    model, decay = build(name)
    optimiser = backend.keras.optimizers.AdamW(RATE, weight_decay=decay)
    # scales and shifts of the normalisation are no size of anything
    optimiser.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    optimiser.build(model.trainable_variables)
    means = [tf.Variable(weight, trainable=False) for weight in model.weights]

    @tf.function(reduce_retracing=True)
    def step(image, mask, share):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(losses.dice_bce(mask, model(image, training=True)))
        optimiser.apply(tape.gradient(loss, model.trainable_variables))
        for mean, weight in zip(means, model.weights, strict=True):
            mean.assign_add(share * (weight - mean))
        return loss

    look = tf.function(
        lambda image: model(image, training=False),
        input_signature=[tf.TensorSpec((None, SIZE, SIZE, 1))],
    )

    def judged():
        one = [round(value, 4) for value in dice(look, unseen, truths)]
        return {"unseen": one, "train": round(float(dice(look, images, masks).mean()), 4)}

    def both():
        found, own = {"last": judged()}, model.get_weights()
        model.set_weights([mean.numpy() for mean in means])
        found["mean"] = judged()
        model.set_weights(own)
        return found

    used, steps, row = 0.0, 0, {"name": name, "images": count, "seed": seed, "at": {}}
    marks = list(marks)
    while marks:
        order = rng.permutation(count)
        for begin in range(0, count - BATCH + 1, BATCH):
            pairs = [varied_pair(pipe, images[i], masks[i], name, rng)
                     for i in order[begin : begin + BATCH]]  # fmt: skip
            batch = [
                np.stack(part)[..., None].astype(np.float32) for part in zip(*pairs, strict=True)
            ]
            step(*batch, tf.constant(1 - min(DECAY, (1 + steps) / (10 + steps)), tf.float32))
            steps += 1
            now = time.process_time()
            used, start = used + now - start, now
            if steps == 1:
                row |= {"first_s": used, "first_wall_s": time.perf_counter() - wall}
            if marks and used >= marks[0]:
                row["at"][marks.pop(0)] = both() | {"shown": steps * BATCH}
                row["parameters"] = model.count_params()
                if each is not None:
                    each(row)
                start = time.process_time()
    return row


def varied_pair(pipe, image, mask, name, rng):
    """An image and its mask as they look this time."""
    if name == "bodies":
        image, mask = another_body(image, mask, rng)
    if name == "wild" or (name == "bodies" and rng.random() < 0.5):
        image = regrey(image, rng)
    return pipe(image, mask)


@functools.cache
def _machine(seed):
    """One of the machines whose grey a picture may take on: {name: value}."""
    from course_utils.simulate import ranges

    return ranges.draw([seed, 4], places=("machine", "probe"))


def another_body(image, mask, rng):
    """A picture and its mask as a body could show them whose layers are thicker, steeper, bent and
    brighter or darker: float32 and uint8 (H, W).
    """
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    for _ in range(3):
        high, wide = np.exp(rng.uniform(-0.15, 0.4)), np.exp(rng.uniform(-0.1, 0.4))
        push = rng.standard_normal((4, 5), np.float32) * np.float32(SIZE * rng.uniform(0.0, 0.02))
        push += np.float32(SIZE * rng.uniform(-0.06, 0.06)) * np.linspace(-1, 1, 5, dtype="float32")
        push[0] = 0.0  # the skin stays at the top
        down = y / high + cv2.resize(push, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        aside = x / wide + SIZE * (1.0 - 1.0 / wide) * rng.random()
        places = aside.astype(np.float32), down.astype(np.float32)
        drawn = cv2.remap(mask, *places, cv2.INTER_NEAREST)
        # without its upper sheet nobody could tell the muscle from one that does not count
        if drawn.any() and not drawn[:2].any():
            image, mask = cv2.remap(image, *places, cv2.INTER_LINEAR), drawn
            break
    cloud = rng.standard_normal((4, 4), np.float32) * np.float32(rng.uniform(0.0, 0.06))
    change = cv2.resize(cloud, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    inside = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)
    change += np.float32(rng.normal(0.0, 0.08)) * inside  # about 4 dB
    return np.where(image > 0.02, np.clip(image + change, 0.0, 1.0), image).astype(np.float32), mask


def regrey(image, rng):
    """A picture in the grey of another machine and user: float32 (H, W), 0..1, made from grey alone.

    Its grey is read as decibels over a range of 55; depth gain, range, white and grey map are drawn
    as for a randomised still (`simulate.varied.grey`), and it is blurred or made coarser at times.
    """
    from course_utils.simulate import varied

    values = _machine(int(rng.integers(MACHINES)))
    grey = varied.grey(55.0 * (image - 1.0), values, rng).astype(np.float32)
    if rng.random() < 0.3:
        grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.4, 1.0))
    return grey


def dice(look, images, truths):
    """Dice of every image on its 128 x 128 grid, (N,)."""
    drawn = [look(images[i : i + 8, :, :, None]).numpy() for i in range(0, len(images), 8)]
    drawn, truths = np.concatenate(drawn)[..., 0] > 0.5, truths > 0
    both = drawn.sum((1, 2)) + truths.sum((1, 2))
    return np.where(both == 0, 1.0, 2 * (drawn & truths).sum((1, 2)) / np.maximum(both, 1))


def told(rows, marks):
    """The Markdown tables of all runs, lines."""
    kept = {}
    for row in rows:
        for which in ("last", "mean"):
            kept.setdefault((row["images"], row["name"], which), []).append(row)
    lines = ["| images | network | weights judged | seeds | Dice (train) at "
             f"{', '.join(map(str, marks))} CPU-s | first step, CPU-s | shown at the end |",
             "|---:|---|---|---:|---|---:|---:|"]  # fmt: skip
    for (images, name, which), runs in sorted(kept.items()):
        cells = [f"{_unseen(runs, mark, which).mean():.3f} ({_train(runs, mark, which):.3f})"
                 for mark in marks]  # fmt: skip
        first = np.mean([run["first_s"] for run in runs])
        shown = np.mean([run["at"][str(marks[-1])]["shown"] for run in runs])
        lines.append(f"| {images} | {NETWORKS[name]} | {which} | {len(runs)} | {'; '.join(cells)} | "
                     f"{first:.1f} | {shown:,.0f} |")  # fmt: skip
    lines += ["", "| images | network, weights | against | difference (95 % interval over people) at "
              f"{', '.join(map(str, marks))} CPU-s |", "|---:|---|---|---|"]  # fmt: skip
    for (images, name, which), runs in sorted(kept.items()):
        for other in ("today", "plain"):
            base = kept.get((images, other, "last"))
            if base and (name, which) != (other, "last"):
                cells = [_difference(_unseen(runs, mark, which), _unseen(base, mark, "last"))
                         for mark in marks]  # fmt: skip
                lines.append(f"| {images} | {name}, {which} | {other} | {'; '.join(cells)} |")
    return lines


def _unseen(runs, mark, which):
    """Dice of every person, (N,), the mean over seeds."""
    return np.mean([run["at"][str(mark)][which]["unseen"] for run in runs], axis=0)


def _train(runs, mark, which):
    return np.mean([run["at"][str(mark)][which]["train"] for run in runs])


def _difference(one, other):
    """The mean difference and its interval over people, bootstrapped, as text."""
    from course_utils import evaluate

    estimate, low, high = evaluate.bootstrap(one - other)
    return f"{estimate:+.3f} ({low:+.3f} to {high:+.3f})"


def main(arguments=None):
    """Run what is missing and print the tables; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, nargs="+", default=[30, 60, 100])
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--marks", type=int, nargs="+", default=list(MARKS), help="CPU-seconds")
    parser.add_argument("--collect", action="store_true", help="only print what is there")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)  # a child: name, images, seed
    chosen = parser.parse_args(arguments)
    if chosen.one:
        PLACE.mkdir(parents=True, exist_ok=True)
        path = PLACE / "{}_{}_{}.json".format(*chosen.one)
        name, images, seed = chosen.one
        train(name, int(images), int(seed), chosen.marks,
              lambda row: path.write_text(json.dumps(row)))  # fmt: skip
        return 0
    one_thread = os.environ | {
        "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    for seed in () if chosen.collect else chosen.seeds:
        for images in chosen.images:
            for name in chosen.networks:
                if not (PLACE / f"{name}_{images}_{seed}.json").exists():
                    one = [sys.executable, __file__, "--one", name, str(images), str(seed),
                           "--marks", *map(str, chosen.marks)]  # fmt: skip
                    subprocess.run(one, env=one_thread, check=True)
    rows = [json.loads(path.read_text()) for path in sorted(PLACE.glob("*.json"))]
    whole = set(map(str, chosen.marks))
    rows = [row for row in rows if whole <= set(row["at"])]  # those that went on for so long
    print("\n".join(told(rows, chosen.marks)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
