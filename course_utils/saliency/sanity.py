"""Can I believe the map? Tests for saliency maps; a beautiful map that fails them shows nothing.

A map is (H, W), signed or not; only |map| is compared. `explain` is a function (model, image) ->
map, so keep its target fixed: lambda net, image: saliency.seg_grad_cam(net, image, mask).
The idea: a map of what the model learned must change when the model forgets it. An edge detector
passes the eye test and knows no model at all.
Source: Adebayo et al, NeurIPS 2018, arXiv:1810.03292.
"""

from collections import namedtuple

import cv2
import numpy as np
import pandas as pd
from scipy import stats

from course_utils.core import accept, errors
from course_utils.segment.backend import keras

Similarity = namedtuple("Similarity", "ssim spearman")
Mass = namedtuple("Mass", "share chance ratio")
Cascade = namedtuple("Cascade", "table maps original")


def copy_model(model):
    """A model of its own with the same layers and weights. What is done to it leaves the given one
    as it was. Raises DataError for something else than a Keras model."""
    if not isinstance(model, keras.Model):
        raise errors.DataError(f"A Keras model is needed, not {type(model).__name__}.")
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    return twin


def weight_randomisation(model, image, explain, steps=6, runs=3, seed=0):
    """Make the model forget, from its answer back to its first layer, and compare the maps.

    The layers with weights are taken in `steps` groups, the last one first; each group's weights
    become random numbers of the same size, and stay so (a cascade). It is done `runs` times with
    other numbers, as one draw can leave a map of zeros. The work is done on a copy.
    Returns a Cascade: `table`, one row per group from 0 (nothing random): layers (how many are
    random), weights (their share of all), last (the newest), ssim and spearman with the original
    map, the mean of the runs; `maps`, one per row, of the first run; `original`. A map that hardly
    changes does not show what was learned.
    Raises DataError for a map of another size, or where the original is the same everywhere.
    """
    original = _map(explain(model, image), accept.image(image).shape)
    if np.ptp(original) == 0:
        raise errors.DataError(
            "The map of the trained model is the same everywhere, so there is "
            "nothing that could change. Choose another target or layer."
        )
    steps, runs = accept.whole(steps, "steps", 1), accept.whole(runs, "runs", 1)
    twin, maps = copy_model(model), []
    for run in range(runs):
        twin.set_weights(model.get_weights())
        maps.append(_forgetting(twin, image, explain, original.shape, steps, [seed, run]))
    rows = _stages(model, steps)
    for number, row in enumerate(rows):
        found = [
            similarity(original, one[number - 1]) if number else Similarity(1.0, 1.0)
            for one in maps
        ]
        row |= dict(zip(Similarity._fields, np.mean(found, axis=0).tolist(), strict=True))
    return Cascade(pd.DataFrame(rows), [original, *maps[0]], original)


def label_randomisation(model, shuffled, images, explain):
    """Compare the maps of a trained model with those of one trained on shuffled labels.

    shuffled: the same network, trained on labels dealt at random (`shortcut.shuffled_control`).
    Returns a table, one row per image: ssim, spearman. Similar maps show the picture, not what was
    learned.
    """
    rows = [similarity(explain(model, image), explain(shuffled, image)) for image in images]
    if not rows:
        raise errors.DataError("There is no image to compare the two models on.")
    return pd.DataFrame(rows, columns=Similarity._fields)


def similarity(a, b):
    """How alike two maps are: Similarity(ssim, spearman), both of |map|. 1: the same."""
    return Similarity(ssim(a, b), spearman(a, b))


def ssim(a, b):
    """Structural similarity of two maps, each stretched to 0..1: 1 for the same, about 0 for none.

    Windows of a Gaussian with 1.5 pixels, data range 1. A map that is the same everywhere counts as
    0 throughout. Source: Wang et al, IEEE TIP 2004, doi:10.1109/TIP.2003.819861.
    """
    a, b = _pair(a, b)
    a, b = _stretched(a), _stretched(b)

    def _mean(values):
        return cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)

    mean_a, mean_b = _mean(a), _mean(b)
    spread_a, spread_b = _mean(a * a) - mean_a**2, _mean(b * b) - mean_b**2
    together = _mean(a * b) - mean_a * mean_b
    brightness = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    structure = (2 * together + 0.03**2) / (spread_a + spread_b + 0.03**2)
    return float((brightness * structure).mean())


def spearman(a, b):
    """Rank correlation of two maps, -1..1: are the same pixels ahead? 0 where one is constant."""
    a, b = _pair(a, b)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(stats.spearmanr(a, b, axis=None).statistic)


def edges(image):
    """The control: how steep the grey is at each pixel (Sobel), float32 (H, W), 0 or more.

    It looks like an explanation and has seen no model.
    """
    image = accept.image(image)
    across, down = (cv2.Sobel(image, cv2.CV_32F, dx, 1 - dx, ksize=3) for dx in (1, 0))
    return np.hypot(across, down)


def mass(saliency_map, mask):
    """How much of a map lies in a mask: Mass(share, chance, ratio).

    share: of |map|, 0..1. chance: the share of the pixels, what a map without any knowledge gets.
    ratio: share / chance; 1 means no preference. Raises DataError for an empty or full mask, or a
    map of zeros.
    """
    values = _map(saliency_map)
    inside = accept.mask(mask, values.shape) > 0
    if inside.all() or not inside.any():
        raise errors.DataError("The mask must hold some pixels of the image and leave some out.")
    if not values.any():
        raise errors.DataError("The map is 0 everywhere: there is nothing to share out.")
    share, chance = float(values[inside].sum() / values.sum()), float(inside.mean())
    return Mass(share, chance, share / chance)


def pointing_game(saliency_map, mask, tolerance=0):
    """Whether the strongest pixel lies in the mask, or within `tolerance` pixels of it.

    Source: Zhang et al, IJCV 2018, doi:10.1007/s11263-017-1059-x.
    """
    values = _map(saliency_map)
    inside = accept.mask(mask, values.shape) > 0
    if not inside.any():
        raise errors.DataError("The mask is empty: nothing can be pointed at.")
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    return bool(away.flat[values.argmax()] <= tolerance)


def _with_weights(model):
    """All layers that own weights, in the order in which they were added, inner ones too."""
    found = []
    for layer in model.layers:
        inner = isinstance(layer, keras.Model)
        found += _with_weights(layer) if inner else [layer] if layer.weights else []
    return found


def _randomise(layer, draws):
    """Random numbers of the same size. Vectors (bias, normalisation) are dealt anew instead, so
    that a variance stays above 0."""
    layer.set_weights(
        [
            draws.normal(0, np.sqrt((values**2).mean()), values.shape).astype(values.dtype)
            if np.ndim(values) > 1
            else draws.permutation(values)
            if np.ndim(values) == 1
            else values
            for values in layer.get_weights()
        ]
    )


def _groups(model, steps):
    """The layers with weights in groups, the last ones first."""
    layers = _with_weights(model)[::-1]
    return [
        [layers[number] for number in group]
        for group in np.array_split(np.arange(len(layers)), min(int(steps), len(layers)))
    ]


def _forgetting(twin, image, explain, shape, steps, seed):
    """The maps of a copy of a model, after each group of its layers was made random."""
    draws, maps = np.random.default_rng(seed), []
    for group in _groups(twin, steps):
        for layer in group:
            _randomise(layer, draws)
        maps.append(_map(explain(twin, image), shape))
    return maps


def _stages(model, steps):
    """What is random at each stage, the first with nothing."""
    everything, done = model.count_params(), 0
    rows = [{"layers": 0, "weights": 0.0, "last": "none"}]
    for group in _groups(model, steps):
        done += sum(layer.count_params() for layer in group)
        rows.append(
            {
                "layers": rows[-1]["layers"] + len(group),
                "weights": done / everything,
                "last": group[-1].name,
            }
        )
    return rows


def _stretched(values):
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _pair(a, b):
    a = _map(a)
    return a, _map(b, a.shape)


def _map(values, shape=None):
    """|map| as float64 (H, W)."""
    array = np.asarray(values) if not isinstance(values, str) else np.asarray(None)
    if array.dtype.kind not in "buif" or array.ndim != 2 or array.size == 0:
        raise errors.DataError(
            f"A map is an array of numbers (rows, columns), not {array.dtype} "
            f"of the shape {array.shape}."
        )
    if not np.isfinite(array).all():
        raise errors.DataError("The map holds NaN or infinite values.")
    if shape is not None and array.shape != tuple(shape):
        raise errors.DataError(
            f"The map is {array.shape[0]} x {array.shape[1]} but it must be "
            f"{shape[0]} x {shape[1]} (rows x columns)."
        )
    return np.abs(array.astype(np.float64))
