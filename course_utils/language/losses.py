"""What a network that reads pictures and reports together is told to make small.

`contrastive` (InfoNCE) wants each picture nearest to its own report among the batch, and each report
to its own picture: van den Oord and others, arXiv 1807.03748; CLIP, arXiv 2103.00020. `semantic` wants
cosines as large as the tags are alike: Ultrasound-CLIP, arXiv 2604.01749. The two disagree where two
patients have much in common: the first pushes them apart. All are written once, in `keras.ops`.
"""

import math

from course_utils.core import errors
from course_utils.segment.backend import keras

ops = keras.ops
SHARPNESS = 0.07  # tau of the semantic loss's softmax
SQUARED, RELATIVE = 0.6, 0.4  # its two parts


def contrastive(cosines, temperature):
    """InfoNCE, both directions: the mean over rows and columns of -log softmax(cosines / tau) at
    the own partner. cosines: (n, n), pairs on the diagonal."""
    logits = cosines / temperature
    own = ops.diagonal(logits)
    rows = ops.logsumexp(logits, axis=1) - own
    columns = ops.logsumexp(logits, axis=0) - own
    return (ops.mean(rows) + ops.mean(columns)) / 2


def semantic(cosines, alike):
    """0.6 of the mean squared difference of cosines and likeness, and 0.4 of the divergence of
    their softmax at tau 0.07, row by row. alike: (n, n), 0 to 1. 0 exactly where they are equal."""
    wanted = ops.log_softmax(alike / SHARPNESS, axis=1)
    given = ops.log_softmax(cosines / SHARPNESS, axis=1)
    divergence = ops.mean(ops.sum(ops.exp(wanted) * (wanted - given), axis=1))
    return SQUARED * ops.mean(ops.square(cosines - alike)) + RELATIVE * divergence


class NotANumber(keras.callbacks.Callback):
    """Ends a training whose loss is no number, and says so. The published code writes 0 instead and
    goes on, so that a training that has failed looks like one that has succeeded."""

    def on_train_batch_end(self, batch, logs=None):
        """Look at the loss so far. Raises DataError."""
        if not math.isfinite((logs or {})["loss"]):
            raise errors.DataError(
                f"The loss is not a number (batch {batch + 1}). The training is stopped and nothing "
                "of it should be used. Look for pictures or likenesses that are no numbers, a "
                "temperature near 0, or a learning rate that is too high."
            )
