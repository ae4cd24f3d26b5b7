"""The second half of the framework: a small network that says how likely a tendon is ill.

`classifier` sees the channels of `maps.stack`; training is Keras' `fit`.
"""

import numpy as np

from course_utils.core import errors
from course_utils.segment import backend, training
from course_utils.segment.backend import keras

LAYERS = keras.layers
EPOCHS, BATCH, RATE = 5, 20, 3e-3
VARIANTS = 4  # of every picture in an epoch, so 5 epochs show each one 20 times
AT_ONCE = 8  # steps in one call of TensorFlow, or a tiny network spends its time between steps


def classifier(channels, size=32):
    """Patches of 4 x 4 pixels, three convolutions, mean and maximum of every channel, one
    probability: (N, size, size, channels) -> (N, 1).
    """
    image = x = keras.Input((size, size, channels), name="pictures")
    for width, window, stride in ((16, 4, 4), (24, 3, 1), (32, 3, 2), (48, 3, 2)):
        x = LAYERS.Conv2D(width, window, strides=stride, padding="same", use_bias=False)(x)
        x = LAYERS.ReLU()(LAYERS.BatchNormalization(momentum=0.9)(x))
    return keras.Model(image, _end(x), name="tendon_classifier")


def pooled(x):
    """Mean and maximum of every channel of pictures: (N, 2 * channels)."""
    return LAYERS.Concatenate()(
        [LAYERS.GlobalAveragePooling2D()(x), LAYERS.GlobalMaxPooling2D()(x)]
    )


def _end(x):
    return LAYERS.Dense(1, activation="sigmoid", name="ill")(LAYERS.Dropout(0.2)(pooled(x)))


class Learner:
    """A network that is trained again and again from the start, as cross-validation needs it.

    make: a function that builds it. Keras compiles once; a new training begins with new weights and
    an empty memory of the optimiser.
    """

    def __init__(self, make, pictures, epochs=EPOCHS, rate=RATE):
        self.make, self.pictures, self.epochs = make, np.asarray(pictures, np.float32), epochs
        self.rate, self.model, self._steps = rate, None, None

    def fit(self, rows, labels, seed):
        """Train on these rows. labels: 0 or 1 for every row of the pictures."""
        labels = np.asarray(labels, np.float32)
        if len(labels) != len(self.pictures):
            raise errors.DataError(
                f"There are {len(labels)} labels for {len(self.pictures)} pictures."
            )
        backend.seed(seed)
        x, y = varied(self.pictures[rows], labels[rows], np.random.default_rng(seed))
        fresh, steps = self.make(), self.epochs * -(-len(x) // BATCH)
        if self.model is None or self._steps != steps:
            self.model, self._steps = fresh, steps
            self.model.compile(
                keras.optimizers.Adam(training.falling(self.rate, steps)),
                "binary_crossentropy",
                steps_per_execution=AT_ONCE,
                jit_compile=False,
            )
            backend.ready(self.model)
        else:
            self.model.set_weights(fresh.get_weights())
            for memory in self.model.optimizer.variables:
                memory.assign(keras.ops.zeros_like(memory))
        self.model.fit(x, y, BATCH, self.epochs, verbose=0)
        return self

    def probability(self, rows):
        """How sure it is of 'ill' for these rows: (n,), 0..1."""
        return self.of(self.pictures[rows])

    def of(self, pictures):
        """The same for other pictures, as `maps.stack` makes them: (n,)."""
        if self.model is None:
            raise errors.DataError("The network has not learned yet: fit it first.")
        return self.model.predict(np.asarray(pictures, np.float32), 100, verbose=0)[:, 0]


def varied(pictures, labels, rng):
    """Every picture in `VARIANTS` forms, moved by up to a 32nd of its side and brighter or darker:
    (VARIANTS * N, H, W, C) and (VARIANTS * N, 1).
    """
    x = np.concatenate([pictures] * VARIANTS)
    x[..., 0] += rng.normal(0.0, 0.04, (len(x), 1, 1))
    reach = x.shape[1] // 32
    for place, move in zip(x, rng.integers(-reach, reach + 1, (len(x), 2)), strict=True):
        place[:] = np.roll(place, move, (0, 1))
    return x, np.tile(labels, VARIANTS)[:, None]
