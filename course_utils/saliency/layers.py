"""A look inside a network: its logits, its layers and its gradients, and nothing of it is changed.

`saliency` and its neighbours ask a `Probe` instead of the network. It runs the layers one after the
other by itself, those of a network within the network too, and remembers what each one gave. A last
sigmoid or softmax is left out: a probability near 1 hardly moves whatever is done to the image, so
its gradient is nearly 0. The logit before it keeps the evidence.
"""

import collections
import copy
import numbers

import cv2
import numpy as np

from course_utils import enhance
from course_utils.core import accept, errors
from course_utils.segment.backend import keras, tensorflow

BATCH = 16  # pictures at once: enough to keep two cores busy, 128 x 128 needs about 200 MB
Step = collections.namedtuple("Step", "path operation inputs output shape")
CONVOLUTIONS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose")
AFTER = tuple(
    "BatchNormalization GroupNormalization LayerNormalization Activation ReLU LeakyReLU ELU PReLU".split()
)


class Probe:
    """One network and one image, ready for questions.

    model: a Keras functional or Sequential model from (N, h, w, 1 or 3) to (N, classes) or to
    (N, h, w, channels); networks inside are looked into as well. image: (H, W), 0..1, any size: it
    is brought to the model's size as `batches.prepare` does. Raises DataError for anything else.

    `picture`: what the network sees, float32 (h, w, channels). `shape`: (H, W) of the image.
    `outlines`: True for a network that answers with a picture. `steps`: what ran, in order.
    """

    def __init__(self, model, image):
        self.model = _checked_model(model)
        image = accept.image(image)
        self.shape = image.shape
        self.picture = self.prepared(image)
        self.steps, self._head, self.answer = self._first_run()
        if self.answer.ndim not in (1, 3):
            raise errors.DataError(
                f"The model answers with the shape {self.answer.shape} for one image; an "
                "explanation needs (classes,) or (rows, columns, channels)."
            )
        self.outlines = self.answer.ndim == 3

    def prepared(self, image):
        """An image (H, W) as the network takes it: float32 (h, w, channels)."""
        rows, cols, channels = self.model.input_shape[1:]
        size = (rows or image.shape[0], cols or image.shape[1])
        grey = enhance.resize(image, size)[0]
        return np.repeat(grey[..., None], channels or 1, axis=2)

    def back(self, values):
        """Values on the network's grid, (h, w), on the grid of the image, float32 (H, W)."""
        rows, cols = self.shape
        return cv2.resize(
            np.asarray(values, np.float32), (cols, rows), interpolation=cv2.INTER_LINEAR
        )

    def logits(self, batch, kept=None):
        """The logits of pictures (N, h, w, channels), a tensor.

        kept: a dict that gets the output of every step, by its path.
        """
        counts = collections.Counter()

        def _call(operation, *inputs, within="", **options):
            if _is_graph(operation):
                return self._through(operation, inputs[0], _call, f"{within}{operation.name}/")
            path = _path(counts, within, operation)
            last = path == self._head
            output = (
                _without_activation(operation, *inputs) if last else operation(*inputs, **options)
            )
            if kept is not None:
                kept[path] = output
            return output

        return self._through(self.model, tensorflow.convert_to_tensor(batch), _call, "")

    def scores(self, pictures, weights):
        """One score a picture: the sum of its logits times `weights`, float64 (N,), in batches."""
        return np.concatenate(
            [np.asarray(_weighted(self.logits(part), weights), float) for part in parts(pictures)]
        )

    def gradients(self, pictures, weights, layer=None):
        """How the score changes with the picture: (N, h, w, channels), in batches.

        With the path of a layer: how it changes with what the layer gives, and that output too.
        """
        found = []
        for part in parts(pictures):
            part, kept = tensorflow.convert_to_tensor(part), {}
            with tensorflow.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(part)
                score = _weighted(self.logits(part, kept), weights)
            place = part if layer is None else kept[layer]
            slope = tape.gradient(score, place, unconnected_gradients="zero")
            found.append((slope.numpy(), place.numpy()))
        slopes, outputs = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        return slopes if layer is None else (slopes, outputs)

    def weights(self, target):
        """What is explained, as weights of the logits (shape of one answer): score = their sum.

        target for classes: a number of the class, or None for the one that the model names (with a
        single logit: None and 1 mean the logit, 0 its negative). For outlines: a region, either
        (H, W) of 0 and 1 or one pixel as a screen point (x, y); None for the predicted mask; with
        several channels also a channel's number, for the mask of that channel.
        """
        if self.outlines:
            return self._region_weights(target)
        classes = self.answer.size
        if target is None:
            target = 1 if classes == 1 else int(self.answer.argmax())
        if not _whole(target) or not 0 <= target < max(classes, 2):
            raise errors.DataError(
                f"target must be the number of a class, 0 to "
                f"{max(classes, 2) - 1}, not {_named(target)}."
            )
        if classes == 1:
            return np.float32([1 if target else -1])
        return np.eye(classes, dtype=np.float32)[target]

    def predicted(self, answer, channel=0):
        """Where one answer (h, w, channels) outlines: bool (h, w)."""
        if answer.shape[-1] == 1:
            return answer[..., 0] > 0
        return answer.argmax(-1) == channel

    def layer(self, name=None):
        """The path of a layer by its name, or of the last convolution that is worth a look.

        That is the last one whose output is larger than one pixel, before the layer that only adds
        its channels up to the score; its normalisation and ReLU count as part of it. A layer of a
        network within the network is 'inner/name', or 'name' where only one has it.
        """
        if name is None:
            return self._last_convolution()
        matches = [step for step in self.steps if step.path == name] or [
            step for step in self.steps if step.path.endswith(f"/{name}")
        ]
        maps = [step for step in self.steps if _is_map(step)]
        if len(matches) == 1 and _is_map(matches[0]):
            return matches[0].path
        known = ", ".join(step.path for step in maps)
        what = (
            f"There is no layer {name!r}"
            if not matches
            else f"There are {len(matches)} layers {name!r}"
            if len(matches) > 1
            else f"The layer {name!r} gives no picture"
        )
        raise errors.DataError(f"{what} in this model. Layers that can be explained: {known}.")

    def _last_convolution(self):
        maps = [
            step
            for step in self.steps
            if _is_map(step) and type(step.operation).__name__ in CONVOLUTIONS
        ]
        if not maps:
            raise errors.DataError(
                "This model has no convolution with an output of more than one "
                "pixel. Use integrated_gradients or occlusion instead."
            )
        weighted = [step for step in self.steps if getattr(step.operation, "weights", ())]
        # A convolution that is the last layer with weights gives the scores themselves, and a
        # picture of it would only repeat the answer.
        chosen = maps[-2] if maps[-1] is weighted[-1] and len(maps) > 1 else maps[-1]
        while True:
            users = [step for step in self.steps if chosen.output in step.inputs]
            if (
                len(users) != 1
                or users[0].path == self._head
                or type(users[0].operation).__name__ not in AFTER
            ):
                return chosen.path
            chosen = users[0]

    def _region_weights(self, target):
        channels = self.answer.shape[-1]
        if target is None or _whole(target):
            channel = self._main_channel() if target is None else int(target)
            lowest, highest = (1, 1) if channels == 1 else (0, channels - 1)
            if target is not None and not lowest <= channel <= highest:
                raise errors.DataError(
                    f"This model outlines {channels} channels; target must be "
                    f"from {lowest} to {highest}, a mask or a point."
                )
            region = self.predicted(self.answer, channel)
            if not region.any():
                raise errors.DataError(
                    "The model outlines nothing of this kind in this image, so "
                    "there is no predicted mask to explain. Give a region: a "
                    "mask, or a pixel (x, y)."
                )
        else:
            region = self._region(target)
        if channels == 1:
            return region[..., None].astype(np.float32)
        if not _whole(target) and target is not None:
            channel = int((self.answer * region[..., None]).sum((0, 1)).argmax())
        return (region[..., None] & (np.arange(channels) == channel)).astype(np.float32)

    def _main_channel(self):
        """The structure with the largest predicted area; channel 0 is taken for background."""
        channels = self.answer.shape[-1]
        if channels == 1:
            return 1
        return 1 + int(np.bincount(self.answer.argmax(-1).ravel(), minlength=channels)[1:].argmax())

    def _region(self, target):
        """A mask (H, W) or a screen point on the grid of the answer: bool (h, w)."""
        rows, cols = self.answer.shape[:2]
        values = np.asarray(target) if not isinstance(target, str) else np.asarray(None)
        if values.shape == (2,) and values.dtype.kind in "iuf":
            x, y = (float(value) for value in values)
            if not (0 <= round(x) < self.shape[1] and 0 <= round(y) < self.shape[0]):
                raise errors.DataError(
                    f"The pixel ({x:g}, {y:g}) lies outside the image of "
                    f"{self.shape[1]} x {self.shape[0]} (x, y)."
                )
            region = np.zeros((rows, cols), bool)
            region[
                int((round(y) + 0.5) * rows / self.shape[0]),
                int((round(x) + 0.5) * cols / self.shape[1]),
            ] = True
            return region
        mask = accept.mask(target, self.shape, "The region") > 0
        if not mask.any():
            raise errors.DataError("The region is empty: there is no pixel to explain.")
        region = enhance.resize_mask(mask, (rows, cols)) > 0
        if not region.any():  # too thin to be met by the coarser grid
            share = cv2.resize(mask.astype(np.float32), (cols, rows), interpolation=cv2.INTER_AREA)
            region = share >= share.max() / 2
        return region

    def _first_run(self):
        """What runs, in order, the path of a last layer that only squashes, and the logits."""
        steps, counts = [], collections.Counter()

        def _call(operation, *inputs, within="", **options):
            if _is_graph(operation):
                return self._through(operation, inputs[0], _call, f"{within}{operation.name}/")
            output = operation(*inputs, **options)
            tensors = [
                tensor
                for given in inputs
                for tensor in (given if isinstance(given, (list, tuple)) else [given])
            ]
            keep.extend([*tensors, output])  # so that no id is given to another tensor
            ran[id(output)] = operation, *inputs
            steps.append(
                Step(
                    _path(counts, within, operation),
                    operation,
                    [id(tensor) for tensor in tensors],
                    id(output),
                    tuple(getattr(output, "shape", ())),
                )
            )
            return output

        keep, ran = [], {}
        final = self._through(
            self.model, tensorflow.convert_to_tensor(self.picture[None]), _call, ""
        )
        last = [step for step in steps if step.output == id(final)]
        if not last or not _squashes(last[-1].operation):
            return steps, None, final[0].numpy()
        return steps, last[-1].path, _without_activation(*ran[id(final)])[0].numpy()

    def _through(self, graph, inputs, call, within):
        """Run the layers of a model one by one with `call`. Nothing is built, nothing kept."""
        if isinstance(graph, keras.Sequential):
            for layer in graph.layers:
                inputs = call(layer, inputs, within=within)
            return inputs
        # Keras' own walk through a functional model, the one that clone_model uses.
        return graph._run_through_graph(
            inputs,
            operation_fn=lambda operation: operation,
            call_fn=lambda operation, *args, **options: call(
                operation, *args, within=within, **options
            ),
        )


def parts(pictures, batch=BATCH):
    """Pictures in batches, float32; from an array or anything that yields arrays."""
    waiting = []
    for picture in pictures:
        waiting.append(picture)
        if len(waiting) == batch:
            yield np.stack(waiting).astype(np.float32, copy=False)
            waiting = []
    if waiting:
        yield np.stack(waiting).astype(np.float32, copy=False)


def _checked_model(model):
    if not isinstance(model, (keras.Sequential, keras.Model)) or not _is_graph(model):
        raise errors.DataError(
            f"An explanation needs a Keras functional or Sequential model, not "
            f"{type(model).__name__}: its layers must be known. models.load opens one."
        )
    shape = getattr(model, "input_shape", None)
    if not model.built or not isinstance(shape, tuple) or len(shape) != 4:
        raise errors.DataError("The model must take one image: (N, rows, columns, channels).")
    if shape[3] not in (None, 1, 3):
        raise errors.DataError(
            f"The model takes {shape[3]} channels; an image here is grey, and "
            "can be given as 1 channel or as 3 equal ones."
        )
    if not isinstance(model.output_shape, tuple):
        raise errors.DataError(
            "The model has several answers; make a model with one of them "
            "first: keras.Model(model.input, model.output[0])."
        )
    return model


def _is_graph(operation):
    return isinstance(operation, keras.Sequential) or hasattr(operation, "_run_through_graph")


def _path(counts, within, operation):
    """The name of a step; a layer that is used again gets a number behind its name."""
    path = f"{within}{operation.name}"
    counts[path] += 1
    return path if counts[path] == 1 else f"{path}:{counts[path]}"


def _is_map(step):
    return len(step.shape) == 4 and step.shape[1] * step.shape[2] > 1


def _squashes(operation):
    """Whether a layer ends in a sigmoid or softmax."""
    if type(operation).__name__ in ("Sigmoid", "Softmax"):
        return True
    return getattr(operation, "activation", None) in (
        keras.activations.sigmoid,
        keras.activations.softmax,
    )


def _without_activation(operation, *inputs):
    if type(operation).__name__ in ("Activation", "Softmax", "Sigmoid"):
        return inputs[0]
    bare = copy.copy(operation)  # the same weights, so nothing of the model is touched
    bare.activation = keras.activations.linear
    return bare(*inputs)


def _weighted(logits, weights):
    axes = tuple(range(1, len(logits.shape)))
    return keras.ops.sum(keras.ops.cast(logits, "float32") * weights, axes)


def _whole(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _named(value):
    return repr(value) if np.size(value) < 5 else f"an array of the shape {np.shape(value)}"
