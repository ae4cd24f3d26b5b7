"""A small network that looks at one picture and says how good the view is and where the hand should go.

It has three answers that never mix: the quality of the *view* (how much of the ventricle the plane
shows) and the *movement* (how far slide and tilt stand from the best place) from one network, and
the quality of the *picture* (how well cavity and wall can be told apart) from another. Both see the
40 principal components of a picture of 28 x 28 pixels, so that they are trained on the page in
seconds. Learning a pose from slices of a known heart: Echo-POSED, arXiv:2606.02634.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from course_utils.cases import samples
from course_utils.core import accept, errors, files
from course_utils.guidance import poses

SIZE = 28  # pixels: a quarter of the screen's
SHEET, TABLE, ACROSS = Path("guidance/frames.webp"), Path("guidance/frames.csv"), 32
SPLITS = ("training", "validation", "test", "clinic", "symmetric")
PARTS, NEURONS, PASSES = 40, 48, 120
SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))  # places in which a training picture is seen
ANSWERS = ("says_quality", "says_slide_mm", "says_tilt_deg", "says_picture")


@dataclass(frozen=True)
class Coach:
    """What `train` leaves: principal components, their scale, and the two networks."""

    parts: PCA
    scale: float
    hand: MLPRegressor
    eye: MLPRegressor

    def seen(self, frames):
        """Frames as the networks take them: (n, 40)."""
        return self.parts.transform(shrunk(frames)) / self.scale


def stored(split):
    """The small pictures that ship with the course: uint8 (n, 28, 28), and a table of their truth.

    split: "training", "validation" and "test" (63 poses of each patient), "clinic" (the best pose
    only) or "symmetric" (hearts without landmarks). Columns: patient_id, split, bmi, slide_mm,
    tilt_deg, quality (exact), contrast (gCNR; NaN where too little of the heart shows). SYNTHETIC,
    made by `python tools/data/guidance.py`. Raises DataError for another split.
    """
    if split not in SPLITS:
        raise errors.DataError(f"The split is one of {', '.join(SPLITS)}, not {split!r}.")
    frames, table = _stored()
    rows = (table["split"] == split).to_numpy()
    return frames[rows], table[rows].reset_index(drop=True)


def train(frames, truth, seed=0):
    """Train a `Coach` on frames (n, rows, columns); about 3 CPU-seconds for 300.

    truth: a table with slide_mm, tilt_deg, quality and contrast, one row for each frame; a frame
    whose contrast is NaN teaches nothing about the picture. Every frame is seen in five places, a
    pixel apart, and never mirrored. Raises DataError where frames and rows differ in number, or are
    fewer than 10.
    """
    if len(frames) != len(truth) or len(truth) < 10:
        raise errors.DataError(
            f"{len(frames)} frames and {len(truth)} rows of truth: as many of both, 10 or more."
        )
    seed = accept.seed(seed)
    small = shrunk(frames).reshape(-1, SIZE, SIZE)
    seen = np.concatenate([np.roll(small, shift, (1, 2)) for shift in SHIFTS])
    seen = seen.reshape(len(seen), -1)
    parts = PCA(min(PARTS, len(small) - 1), random_state=seed).fit(seen)
    seen = parts.transform(seen)
    scale = float(seen.std())
    hand = [
        truth["quality"],
        truth["slide_mm"] / poses.SLIDE_MM,
        truth["tilt_deg"] / poses.TILT_DEG,
    ]
    hand = np.tile(np.stack(hand, axis=1), (len(SHIFTS), 1))
    contrast = np.tile(truth["contrast"].to_numpy(float), len(SHIFTS))
    known = np.isfinite(contrast)
    with warnings.catch_warnings():  # so many passes are wanted, converged or not
        warnings.simplefilter("ignore", ConvergenceWarning)
        hands = _network(seed).fit(seen / scale, hand)
        eye = _network(seed).fit(seen[known] / scale, contrast[known])
    return Coach(parts, scale, hands, eye)


def ask(coach, frames):
    """What the networks say of frames (n, rows, columns): a table with the columns of `ANSWERS`.

    says_quality 0..1 (the view); says_slide_mm and says_tilt_deg: where the hand is believed to
    stand, + too far towards the head; says_picture 0..1.
    """
    seen = coach.seen(frames)
    quality, slide, tilt = coach.hand.predict(seen).T
    values = (
        np.clip(quality, 0.0, 1.0),
        slide * poses.SLIDE_MM,
        tilt * poses.TILT_DEG,
        np.clip(coach.eye.predict(seen), 0.0, 1.0),
    )
    return pd.DataFrame(dict(zip(ANSWERS, values, strict=True)))


def answers(coach, split):
    """The table of `stored(split)` with what the coach says of each picture beside it."""
    frames, table = stored(split)
    return pd.concat([table, ask(coach, frames)], axis=1)


def shrunk(frames):
    """Frames (n, rows, columns), uint8 or 0..1, as rows of 28 x 28 numbers: each picture with mean
    0 and SD 1, so that the gain knob changes little.
    """
    found = accept.array(frames, "frames")
    if found.ndim != 3 or not len(found):
        raise errors.DataError(f"Frames have the shape (n, rows, columns), not {found.shape}.")
    small = np.stack(
        [
            cv2.resize(np.asarray(one, np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
            for one in found
        ]
    ).reshape(len(found), -1)
    spread = np.maximum(small.std(axis=1, keepdims=True), 1e-6)
    return (small - small.mean(axis=1, keepdims=True)) / spread


def _network(seed):
    return MLPRegressor(
        hidden_layer_sizes=(NEURONS,),
        alpha=1.0,
        learning_rate_init=3e-3,
        batch_size=64,
        max_iter=PASSES,
        n_iter_no_change=PASSES,  # so many passes in any case
        tol=0.0,
        random_state=seed,
    )


@lru_cache(maxsize=1)
def _stored():
    table = pd.read_csv(files.find(samples.ROOT / TABLE), dtype={"patient_id": str})
    return samples.tiles(SHEET, SIZE, ACROSS)[: len(table)], table
