"""Where did the network look? Maps of what moved its answer, each with a known meaning.

Every function takes a Keras model and an image (H, W), 0..1, and returns a map, float32 (H, W), on
the image's own grid. The model is never changed. It explains a *score*, a sum of logits that
`target` chooses: a class, or a region of an outline (`layers.Probe.weights` lists the forms). A
model trained with `clahe=` gets `enhance.clahe(image)` here.

| map                    | sign               | unit                                         |
|------------------------|--------------------|----------------------------------------------|
| grad_cam, seg_grad_cam | 0 or more          | score per unit of the layer: only its shape  |
| gradient               | + raises, - lowers | change of the score per change of one grey   |
| integrated_gradients   | + for, - against   | score; it sums to f(image) - f(baseline)     |
| occlusion              | + for, - against   | score lost when a patch is covered           |

A map says what the model used. It never says that the model is right. `sanity` tests the map.
"""

from collections import namedtuple

import cv2
import numpy as np
from scipy import ndimage

from course_utils.core import accept, errors
from course_utils.saliency.layers import Probe, parts

STEPS = 64  # of integrated gradients; its completeness is then within 1 % on the course's networks
BASELINES = ("blurred", "speckle", "black")
Receipt = namedtuple("Receipt", "total difference")


def grad_cam(model, image, layer=None, target=None):
    """Grad-CAM: the channels of one layer, each weighted by its mean gradient; 0 where negative.

    layer: a name; None takes the last convolution (with its ReLU) that is larger than one pixel.
    The map is as coarse as that layer. Raises DataError for a layer that does not exist (and lists
    those that do). Source: Selvaraju et al, ICCV 2017, doi:10.1109/ICCV.2017.74.
    """
    return _cam(*_at_layer(model, image, layer, target))


def seg_grad_cam(model, image, region=None, layer=None):
    """Grad-CAM of an outline: the score is the sum of the logits over a region.

    region: (H, W) of 0 and 1, one pixel as a screen point (x, y), or None for the predicted mask.
    Raises DataError for an empty region, or a model that does not outline.
    Source: Vinogradova et al, AAAI 2020, doi:10.1609/aaai.v34i10.7244.
    """
    return _cam(*_at_layer(model, image, layer, region, outlines=True))


def gradient(model, image, target=None):
    """How the score changes with each grey value: signed, and noisy. The plainest map of all."""
    probe = Probe(model, image)
    slopes = probe.gradients(probe.picture[None], probe.weights(target))[0]
    return _density(probe, slopes.sum(-1))


def integrated_gradients(model, image, baseline="blurred", steps=STEPS, target=None):
    """Integrated gradients: what each pixel added on the way from a baseline to the image; signed.

    baseline: where the way begins, an image without the evidence. "blurred" (no structure left),
    "speckle" (even speckle as bright and as grainy as the image), "black", or an image (H, W). In
    ultrasound black is not nothing: it is fluid, shadow or the edge of the sector. Compare two
    baselines before believing a map.
    steps: gradients on the way (midpoint rule). `completeness` tells whether they were enough. The
    map's sum is f(image) - f(baseline), on the network's grid exactly as far as that.
    Source: Sundararajan et al, ICML 2017, arXiv:1703.01365.
    """
    probe = Probe(model, image)
    values, _, _ = _integrated(probe, baseline, steps, probe.weights(target))
    return _density(probe, values)


def receipt(model, image, baseline="blurred", steps=STEPS, target=None):
    """Do integrated gradients add up? Receipt(total, difference), on the network's grid.

    total: the sum of the map. difference: f(image) - f(baseline), which it should be. Raises
    DataError where the baseline scores as the image does: then there is nothing to explain.
    """
    probe = Probe(model, image)
    weights = probe.weights(target)
    values, start, end = _integrated(probe, baseline, steps, weights)
    before, after = probe.scores(np.stack([start, end]), weights)
    if abs(after - before) <= 1e-6 * max(1.0, abs(after), abs(before)):
        raise errors.DataError(
            "The baseline scores the same as the image, so there is nothing to "
            "add up to. Choose another baseline."
        )
    return Receipt(float(values.sum()), float(after - before))


def completeness(model, image, baseline="blurred", steps=STEPS, target=None):
    """By how much the sum of integrated gradients misses f(image) - f(baseline): a share, 0 best.

    0.01 is 1 %. Above 0.05 take more steps. Raises as `receipt` does.
    """
    total, difference = receipt(model, image, baseline, steps, target)
    return abs(total - difference) / abs(difference)


def occlusion(model, image, target=None, patch=None, stride=None, fill="mean"):
    """Occlusion: cover one patch after the other, and note how much of the score is lost.

    patch, stride: in pixels of the network's picture; by default an eighth of its shorter side, and
    half of that (about 225 patches). fill: "mean" (the mean grey of the surroundings) or a grey
    value 0..1. Each pixel gets the mean over the patches that covered it; it is negative where
    covering helps. No gradients are used, so it also tests maps that do.
    Source: Zeiler and Fergus, ECCV 2014, doi:10.1007/978-3-319-10590-1_53.
    """
    probe = Probe(model, image)
    weights = probe.weights(target)
    size = probe.picture.shape[:2]
    patch = max(1, min(size) // 8) if patch is None else _patch(patch, size)
    stride = max(1, patch // 2) if stride is None else _patch(stride, size, "stride")
    corners = [
        (row, col)
        for row in _starts(size[0], patch, stride)
        for col in _starts(size[1], patch, stride)
    ]
    cover = _cover(probe, patch, fill)
    losses = probe.scores(probe.picture[None], weights)[0] - np.concatenate(
        [probe.scores(part, weights) for part in parts(cover(corner) for corner in corners)]
    )
    total, times = np.zeros(size), np.zeros(size)
    for (row, col), loss in zip(corners, losses, strict=True):
        total[row : row + patch, col : col + patch] += loss
        times[row : row + patch, col : col + patch] += 1
    return probe.back(total / times)


def baseline_image(image, kind="blurred"):
    """An image without the evidence, float32 (H, W): where integrated gradients begin.

    kind: as `baseline` of `integrated_gradients`. "speckle" is synthetic, and always the same.
    """
    image = accept.image(image)
    if not isinstance(kind, str):
        given = accept.image(kind, "baseline")
        if given.shape != image.shape:
            raise errors.DataError(
                f"The baseline is {given.shape[0]} x {given.shape[1]} but the "
                f"image {image.shape[0]} x {image.shape[1]} (rows x columns)."
            )
        return given
    if kind == "black":
        return np.zeros_like(image)
    if kind == "blurred":  # an eighth of the picture: wider than any layer in it
        return np.clip(cv2.GaussianBlur(image, (0, 0), max(1.0, min(image.shape) / 8)), 0, 1)
    if kind == "speckle":
        return _speckle(image)
    raise errors.DataError(
        f"baseline must be one of {', '.join(BASELINES)}, or an image, not {kind!r}."
    )


def _at_layer(model, image, layer, target, outlines=False):
    """The probe, and of one layer: gradient and output, (h, w, channels) each."""
    probe = Probe(model, image)
    if outlines and not probe.outlines:
        raise errors.DataError("This model names a class and outlines nothing; use grad_cam.")
    path = probe.layer(layer)
    slopes, outputs = probe.gradients(probe.picture[None], probe.weights(target), path)
    return probe, slopes[0].astype(np.float64), outputs[0].astype(np.float64)


def _cam(probe, slopes, outputs):
    alpha = slopes.mean((0, 1))  # one weight a channel
    return probe.back(np.maximum((outputs * alpha).sum(-1), 0))


def _integrated(probe, baseline, steps, weights):
    """Attributions on the network's grid, float64 (h, w), with the baseline and the picture."""
    accept.whole(steps, "steps", 1)
    picture = probe.picture
    start = probe.prepared(baseline_image(*_same_grid(probe, baseline)))
    way = picture - start
    places = (np.arange(int(steps)) + 0.5) / int(steps)
    total = 0
    for part in parts(start + np.float32(place) * way for place in places):
        total = total + probe.gradients(part, weights).sum(0, dtype=np.float64)
    return (total / int(steps) * way).sum(-1), start, picture


def _same_grid(probe, baseline):
    """The image that the baseline is made from: the network's, unless the learner gives one."""
    if isinstance(baseline, str):
        return np.ascontiguousarray(probe.picture[..., 0]), baseline
    given = accept.image(baseline, "baseline")
    return np.zeros(probe.shape, np.float32), given


def _density(probe, values):
    """To the image's grid, divided by how many of its pixels one of the network's became, so that
    the sum stays."""
    rows, cols = values.shape
    return probe.back(values) * np.float32(rows * cols / (probe.shape[0] * probe.shape[1]))


def _speckle(image):
    """Even speckle with the image's mean, spread of fine structure, and size of grain."""
    fine = image - cv2.GaussianBlur(image, (0, 0), max(1.0, min(image.shape) / 16))
    draws = np.random.default_rng(0)
    waves = draws.standard_normal((2, *image.shape))
    waves = ndimage.gaussian_filter(waves, (0, *(_grain(fine, axis) for axis in (0, 1))))
    echo = np.log(np.hypot(*waves) + 1e-12)
    echo = (echo - echo.mean()) / (echo.std() or 1.0)
    return np.clip(image.mean() + echo * fine.std(), 0, 1).astype(np.float32)


def _grain(fine, axis):
    """The blur that gives speckle the correlation of `fine` with itself one pixel further."""
    here = np.take(fine, range(fine.shape[axis] - 1), axis)
    there = np.take(fine, range(1, fine.shape[axis]), axis)
    power = float((fine**2).mean())
    known = power and here.size
    alike = float(np.clip((here * there).mean() / power, 0.05, 0.98)) if known else 0.5
    # Blurred noise of width s has the correlation exp(-1 / 4 s^2); its envelope that squared.
    return 1 / np.sqrt(-2 * np.log(alike))


def _cover(probe, patch, fill):
    """A function from a corner (row, col) to the picture with that patch covered."""
    picture = probe.picture
    if isinstance(fill, str) and fill == "mean":
        # A patch is replaced by the mean of a square of twice its side around it.
        around = cv2.blur(picture[..., 0], (2 * patch, 2 * patch), borderType=cv2.BORDER_REFLECT)
    elif accept.is_number(fill) and 0 <= fill <= 1:
        around = np.full(picture.shape[:2], fill, np.float32)
    else:
        raise errors.DataError(f"fill must be 'mean' or a grey from 0 to 1, not {fill!r}.")

    def _covered(corner):
        row, col = corner
        place = slice(row, row + patch), slice(col, col + patch)
        result = picture.copy()
        middle = around[
            min(row + patch // 2, picture.shape[0] - 1), min(col + patch // 2, picture.shape[1] - 1)
        ]
        result[place] = around[place][..., None] if fill == "blurred" else middle
        return result

    return _covered


def _starts(length, patch, stride):
    """Where patches begin, so that the last one ends at the border."""
    return sorted({*range(0, length - patch + 1, stride), length - patch})


def _patch(value, size, name="patch"):
    return accept.whole(value, f"{name} (in pixels)", 1, min(size))
