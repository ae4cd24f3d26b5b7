"""The first half of the framework: the U-Net of lesson 04, trained to outline the tendon.

The stored one (`python tools/data/shoulders.py outline`) has seen 80 people of its own, none of a
cohort of the lesson.
"""

import functools

import cv2
import numpy as np
from scipy import ndimage

from course_utils.cases import samples
from course_utils.core import accept, errors, masks
from course_utils.segment import backend, losses, models, training
from course_utils.segment.backend import keras

SIZE, WIDTH = 128, 8
STORED = "tendon_outline"
SEED, PEOPLE = 90, 80  # of the cohort that the stored network learned from
EPOCHS, BATCH, RATE = 24, 8, 3e-3


def train(cohort, epochs=EPOCHS, seed=1):
    """A U-Net of width 8 trained on the pictures and exact outlines of a cohort: a Keras model.

    Every picture comes with a gain and a machine drawn anew in each epoch. About 40 CPU-seconds.
    """
    backend.seed(accept.seed(seed))
    model, pictures = models.unet(SIZE, WIDTH), Pictures(cohort, seed)
    rate = training.falling(RATE, epochs * len(pictures))
    model.compile(keras.optimizers.Adam(rate), losses.dice_bce, jit_compile=False)
    backend.ready(model)
    model.fit(pictures, epochs=epochs, verbose=0)
    return model


class Pictures(keras.utils.PyDataset):
    """Batches of pictures and outlines at 128 x 128 for `fit`, brighter or darker each time."""

    def __init__(self, cohort, seed):
        super().__init__()
        self.cohort, self.seed, self.epoch = cohort, seed, 0
        self.levels = np.stack([small(cohort.decibels(row)) for row in range(len(cohort.table))])
        self.masks = np.stack([small(mask) for mask in cohort.masks])

    def on_epoch_end(self):
        """Another order, gain and range in the next epoch."""
        self.epoch += 1

    def __len__(self):
        return len(self.levels) // BATCH

    def __getitem__(self, step):
        rng = np.random.default_rng([self.seed, self.epoch])
        rows = rng.permutation(len(self.levels))[step * BATCH : (step + 1) * BATCH]
        draws = np.random.default_rng([self.seed, self.epoch, step])
        gain, span = draws.normal(-2, 4, (2, BATCH, 1, 1))[0], draws.uniform(50, 62, (BATCH, 1, 1))
        x = np.clip(1.0 + (self.levels[rows] + gain) / span, 0.0, 1.0)
        return x[..., None].astype(np.float32), (self.masks[rows] > 0.5).astype(np.float32)[
            ..., None
        ]


def small(picture):
    """A picture at 128 x 128, averaged: float32."""
    return cv2.resize(picture.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)


@functools.cache
def stored():
    """The network that came with the course."""
    return models.load(samples.model(STORED))


def outline(cohort, model=None):
    """The network's outline of the tendon in every picture: uint8 (N, 256, 256).

    The largest piece is kept and its holes are filled. model: of `train`; the stored one if None.
    Raises DataError where a picture is left without an outline.
    """
    model = model or stored()
    images = [small(cohort.image(row)) for row in range(len(cohort.table))]
    drawn = model.predict(np.stack(images)[..., None], batch_size=32, verbose=0)[..., 0]
    return np.stack(
        [_whole(guess, row, cohort.levels.shape[1:]) for row, guess in enumerate(drawn)]
    )


def _whole(guess, row, shape):
    large = cv2.resize(guess, shape[::-1], interpolation=cv2.INTER_LINEAR) >= 0.5
    pieces, count = ndimage.label(large)
    if not count:
        raise errors.DataError(f"The network found no tendon in picture {row + 1}.")
    largest = 1 + np.argmax(np.bincount(pieces.ravel())[1:])
    return masks.without_holes(pieces == largest).astype(np.uint8)
