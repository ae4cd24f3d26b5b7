"""One training on several devices: each gets a part of every batch, and all keep the same weights.

`training.train(devices=...)` uses it. The network is copied to each device; each copy calculates
the loss of its part, divided by the images of the whole batch; the sum of their gradients moves all
copies alike (TensorFlow's MirroredStrategy). A batch that does not divide is shared out unevenly,
so the steps are those of one device with the same batch, apart from rounding.

Two layers make an exception. Batch normalisation takes its mean over the images of its own device,
so give each device eight or more; dropout is drawn on each device by itself. There the steps are
alike, not the same. What was tested, and what not, stands in docs/bigger_data.md.
"""

import contextlib
import itertools

import numpy as np

from course_utils.core import errors
from course_utils.segment import backend
from course_utils.segment.backend import keras, tensorflow


def names(devices):
    """The devices for `devices=`, as TensorFlow names them: a list, or None for one as usual.

    devices: None; "all" for every graphics card (where there is none, every CPU device that
    TensorFlow shows); or a list such as ["GPU:0", "GPU:1"]. One device alone gives None.
    Raises DataError for another form, SetupError for a device that is not there.
    """
    if devices is None:
        return None
    there = {
        kind: [
            device.name.split("device:", 1)[-1]
            for device in tensorflow.config.list_logical_devices(kind)
        ]
        for kind in ("GPU", "CPU")
    }
    if isinstance(devices, str) and devices == "all":
        chosen = there["GPU"] or there["CPU"]
        return chosen if len(chosen) > 1 else None
    if (
        not isinstance(devices, (list, tuple))
        or not devices
        or not all(isinstance(name, str) for name in devices)
    ):
        raise errors.DataError(
            'devices must be None, "all", or a list of names such as ["GPU:0", '
            f'"GPU:1"], not {devices!r}.'
        )
    chosen = [name.upper().removeprefix("/").removeprefix("DEVICE:") for name in devices]
    known = there["GPU"] + there["CPU"]
    lost = [name for name in chosen if name not in known]
    if lost or len(set(chosen)) < len(chosen):
        what = f"There is no device {lost[0]}" if lost else "A device is named twice"
        raise errors.SetupError(f"{what}. TensorFlow shows {', '.join(known)} here.")
    # A single card is asked for by its name: then the copy is made, although there is only one.
    return chosen


class Replicas:
    """A network on several devices.

    model: the network as it was given, which `pull` brings up to date. optimizer: made by
    `make_optimizer()` for the copies, to be saved and restored as any other. loss: (truth,
    prediction) -> one number per image, or their mean.
    """

    def __init__(self, model, loss, make_optimizer, devices):
        self.model = model
        with backend.quiet():
            # TensorFlow's default way of adding up stopped with "Shape mismatch in the collective"
            # on two CPU devices as soon as a network normalises batches; this one works.
            self._strategy = tensorflow.distribute.MirroredStrategy(
                devices, cross_device_ops=tensorflow.distribute.ReductionToOneDevice()
            )
            with self._strategy.scope():
                self._copy = keras.models.clone_model(model)
                self.optimizer = make_optimizer()
                self.optimizer.build(self._copy.trainable_variables)
        self.push()
        self._calls = itertools.count()
        self._run = self._graph(loss)

    @property
    def count(self):
        """How many devices there are."""
        return self._strategy.num_replicas_in_sync

    def push(self):
        """Give the copies the weights of `model`."""
        self._copy.set_weights(self.model.get_weights())

    def pull(self):
        """Give `model` the weights of the copies."""
        self.model.set_weights(self._copy.get_weights())

    def step(self, images, truths):
        """One training step on a batch: (loss, predictions in the order of the images)."""
        parts = shares(len(images), self.count)
        given = [self._spread([array[part] for part in parts]) for array in (images, truths)]
        # A device without an image calculates one with weight 0, as no mean of nothing exists.
        weights = self._spread([np.float32(weight) for weight in _weights(len(images), self.count)])
        with contextlib.nullcontext() if next(self._calls) else backend.quiet():
            values, predictions = self._run(*given, weights)
        kept = min(len(images), self.count)
        local = self._strategy.experimental_local_results
        drawn = [np.asarray(part) for part in local(predictions)[:kept]]
        return float(sum(float(value) for value in local(values))), np.concatenate(drawn)

    def _spread(self, values):
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: tensorflow.convert_to_tensor(values[context.replica_id_in_sync_group])
        )

    def _graph(self, loss):
        copy, optimizer, count = self._copy, self.optimizer, self.count

        def _one(images, truths, weight):
            with tensorflow.GradientTape() as tape:
                predictions = copy(images, training=True)
                value = (
                    weight * keras.ops.mean(loss(truths, predictions)) + sum(copy.losses) / count
                )
            weights = copy.trainable_variables
            # The optimiser adds up the gradients of all devices before it moves a weight.
            optimizer.apply_gradients(zip(tape.gradient(value, weights), weights, strict=True))
            return value, predictions

        def _all(images, truths, weight):
            return self._strategy.run(_one, (images, truths, weight))

        return tensorflow.function(_all, jit_compile=False, reduce_retracing=True)


def shares(images, devices):
    """Which rows of a batch each device gets: a list of lists of row numbers, as even as they come.

    With fewer images than devices the last ones get row 0, which `Replicas` gives the weight 0.
    """
    parts = [part.tolist() for part in np.array_split(np.arange(images), devices)]
    return [part or [0] for part in parts]


def _weights(images, devices):
    """The share of each device in the mean over the batch."""
    return [len(part) / images for part in np.array_split(np.arange(images), devices)]
