"""What smoothing does to the next machine: networks that outline, trained on smoothed pictures.

A network that learned from raw pictures meets smoothed ones as a stranger. The fair question is
therefore asked twice: smoothed pictures for a network as it is, and for one that has only ever seen
such. This is the second; for the first there is `segment.score(..., change=method.apply)`.
"""

import cv2
import numpy as np
import pandas as pd

from course_utils import segment
from course_utils.evaluate import metrics
from course_utils.segment import backend, losses, scans
from course_utils.segment.backend import keras

SIZE, WIDTH, LEVELS, EPOCHS, BATCH, RATE = 64, 8, 3, 50, 8, 0.003
AT_ONCE = 10  # steps in one call of TensorFlow


def contest(train, test, methods, seed=1):
    """One small network for each method, trained and tested on its own pictures.

    train, test: tables of cases, with other patients. methods: {name: Method}. Everything else is
    alike: start, order, steps. Returns Dice, one row for each test patient, one column a method.
    """
    backend.seed(seed)
    network = segment.unet(SIZE, WIDTH, LEVELS)
    network.compile(
        keras.optimizers.Adam(RATE), losses.dice_bce, jit_compile=False, steps_per_execution=AT_ONCE
    )
    backend.ready(network)
    start = _state(network)  # compiled once: to build each anew takes longer than to train it
    found = {}
    for name, method in methods.items():
        _return(network, start)
        images, masks = _pictures(train, method)
        # All epochs in one: to begin another one takes Keras as long as its few steps.
        draws = np.random.default_rng(seed)  # the same order of pictures for each
        order = np.concatenate([draws.permutation(len(images)) for _ in range(EPOCHS)])
        network.fit(images[order], masks[order], batch_size=BATCH, shuffle=False, verbose=0)
        images, masks = _pictures(test, method)
        drawn = network.predict(images, batch_size=BATCH, verbose=0)[..., 0] > 0.5
        dice = [metrics.dice(m, d) for m, d in zip(masks[..., 0] > 0.5, drawn, strict=True)]
        found[name] = pd.Series(dice).groupby(test.patient_id.to_numpy()).mean()
    return pd.DataFrame(found)


def _state(network):
    """Everything that training changes: weights, and the optimiser's memory of past steps."""
    return [variable.numpy() for variable in [*network.variables, *network.optimizer.variables]]


def _return(network, state):
    variables = [*network.variables, *network.optimizer.variables]
    for variable, value in zip(variables, state, strict=True):
        variable.assign(value)


def _pictures(table, method):
    images, masks = np.empty((2, len(table), SIZE, SIZE, 1), np.float32)
    for row in range(len(table)):
        case = scans.read(table, row)
        small = cv2.resize(method.apply(case.image), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        images[row, ..., 0] = small
        masks[row, ..., 0] = cv2.resize(case.mask, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
    return images, masks
