"""A small network that looks at one picture and says how good the view is and where the hand should go.

It has three answers that never mix: the quality of the *view* (how much of the ventricle the plane
shows), the *movement* (how far slide and tilt stand from the best place), and the quality of the
*picture* (how well cavity and wall can be told apart). Learning a pose from slices of a known heart:
Echo-POSED, arXiv:2606.02634.
"""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from course_utils.cases import samples
from course_utils.core import accept, errors
from course_utils.guidance import poses
from course_utils.segment import backend, model_files
from course_utils.segment.backend import keras

SIZE = 56  # pixels: half the picture's
EPOCHS, BATCH, RATE = 60, 32, 3e-3
ANSWERS = ("says_quality", "says_slide_mm", "says_tilt_deg", "says_picture")
STORED = Path("models") / "guidance.keras"


def stored():
    """The network that ships with the course, made by `python tools/data/guidance.py`."""
    return model_files.load(samples.ROOT / STORED)


def network():
    """Four convolutions, one layer that sees them all, three answers: an untrained Keras model.

    (n, 56, 56, 1), 0..1 -> view (n, 1) 0..1; move (n, 2), slide and tilt as shares of the hand's
    reach (`poses.SLIDE_MM`, `poses.TILT_DEG`); picture (n, 1) 0..1.
    """
    layers = keras.layers
    image = x = keras.Input((SIZE, SIZE, 1), name="image")
    for number, (channels, window) in enumerate(((12, 5), (16, 3), (24, 3), (32, 3)), start=1):
        x = layers.Conv2D(
            channels,
            window,
            strides=2,
            padding="same",
            use_bias=False,
            name=f"convolution_{number}",
        )(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.Dense(24, activation="relu", name="together")(layers.Flatten()(x))
    view = layers.Dense(1, activation="sigmoid", name="view")(x)
    move = layers.Dense(2, name="move")(x)
    picture = layers.Dense(1, activation="sigmoid", name="picture")(x)
    return keras.Model(image, {"view": view, "move": move, "picture": picture}, name="coach")


def train(frames, truth, seed=0, epochs=EPOCHS):
    """Train a `network` on frames (n, 112, 112) and returns it; about 30 CPU-seconds for 800.

    truth: a table with slide_mm, tilt_deg, quality and contrast (gCNR, NaN where too little of the
    heart shows: that frame then teaches nothing about the picture), one row for each frame.
    Frames are moved by up to two pixels, made brighter or darker and noisier at random; never
    mirrored. Raises DataError where frames and rows differ in number.
    """
    if len(frames) != len(truth) or not len(truth):
        raise errors.DataError(f"{len(frames)} frames, but {len(truth)} rows of truth.")
    backend.seed(seed)
    model, layers = network(), keras.layers
    image = keras.Input((SIZE, SIZE, 1))
    varied = layers.RandomTranslation(0.04, 0.04, fill_mode="constant", seed=seed)(image)
    varied = layers.RandomBrightness(0.12, (0.0, 1.0), seed=seed + 1)(varied)
    varied = layers.GaussianNoise(0.03, seed=seed + 2)(varied)
    learner = keras.Model(image, model(varied))
    steps = epochs * -(-len(frames) // BATCH)
    learner.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps)),
        loss={"view": "mse", "move": "mse", "picture": "mse"},
        loss_weights={"view": 2.0, "move": 1.0, "picture": 1.0},
    )
    contrast = np.asarray(truth["contrast"], np.float32)
    known, everyone = np.isfinite(contrast), np.ones(len(frames), np.float32)
    move = truth["slide_mm"] / poses.SLIDE_MM, truth["tilt_deg"] / poses.TILT_DEG
    targets = {
        "view": np.asarray(truth["quality"], np.float32)[:, None],
        "move": np.stack(move, axis=1).astype(np.float32),
        "picture": np.where(known, contrast, 0.0)[:, None],
    }
    weights = {"view": everyone, "move": everyone, "picture": known.astype(np.float32)}
    learner.fit(
        shrunk(frames), targets, sample_weight=weights, batch_size=BATCH, epochs=epochs, verbose=0
    )
    return model


def ask(model, frames):
    """What the network says of frames (n, 112, 112): a table with the columns of `ANSWERS`.

    says_quality 0..1 (the view); says_slide_mm and says_tilt_deg: where it believes the hand
    stands, + too far towards the head; says_picture 0..1.
    """
    said = model.predict(shrunk(frames), batch_size=256, verbose=0)
    view, move, picture = (np.asarray(said[name]) for name in ("view", "move", "picture"))
    values = view[:, 0], move[:, 0] * poses.SLIDE_MM, move[:, 1] * poses.TILT_DEG, picture[:, 0]
    return pd.DataFrame(dict(zip(ANSWERS, values, strict=True))).astype(float)


def shrunk(frames):
    """Frames (n, 112, 112), uint8 or 0..1, at half the size, as the network takes them."""
    found = accept.array(frames, "frames")
    if found.ndim != 3 or not len(found):
        raise errors.DataError(f"Frames have the shape (n, rows, columns), not {found.shape}.")
    scale = 255.0 if found.dtype == np.uint8 else 1.0
    small = [
        cv2.resize(np.asarray(one, np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        for one in found
    ]
    return np.stack(small)[..., None] / scale
