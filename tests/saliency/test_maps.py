"""Maps against answers that are known: linear models, hand-made filters, planted evidence."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

pytest.importorskip("keras", reason="Keras is not installed for this computer")

from course_utils import load
from course_utils.cases import samples
from course_utils.core import tables
from course_utils.core.errors import DataError
from course_utils.saliency import maps
from course_utils.segment import models
from course_utils.segment.backend import keras

LAYERS = keras.layers
SIZE = 16
DRAWS = np.random.default_rng(0)
IMAGE = DRAWS.random((SIZE, SIZE), np.float32)
WEIGHTS = DRAWS.standard_normal((SIZE, SIZE)).astype(np.float32)


def covering(model, image):
    """Occlusion with few patches, for speed."""
    return maps.occlusion(model, image, patch=4)


def integrated(model, image):
    """Integrated gradients with few steps, for speed."""
    return maps.integrated_gradients(model, image, steps=8)


MAPS = (
    maps.grad_cam,
    maps.gradient,
    integrated,
    covering,
)


def linear(weights=WEIGHTS, last="sigmoid", bias=0.3):
    """score = sum(weights * image) + bias, behind a sigmoid."""
    model = keras.Sequential(
        [keras.Input((*weights.shape, 1)), LAYERS.Flatten(), LAYERS.Dense(1, activation=last)]
    )
    model.layers[-1].set_weights([weights.reshape(-1, 1), np.float32([bias])])
    return model


def two_channels(bias=0.0, scale=1.0, nested=False):
    """Two fixed 1 x 1 filters (grey, grey - 0.4), ReLU, their means, 2 * first - 3 * second."""
    image = keras.Input((SIZE, SIZE, 1))
    x = LAYERS.Conv2D(2, 1, activation="relu", name="filters")(image)
    body = keras.Model(image, x, name="body")
    source = keras.Input((SIZE, SIZE, 1)) if nested else image
    x = body(source) if nested else x
    x = LAYERS.Dense(1, activation="sigmoid", name="end")(LAYERS.GlobalAveragePooling2D()(x))
    model = keras.Model(source, x)
    body.get_layer("filters").set_weights([np.ones((1, 1, 1, 2)), np.float32([0, -0.4])])
    model.get_layer("end").set_weights([scale * np.float32([[2], [-3]]), np.float32([bias])])
    return model


def outliner():
    """Muscle is what is brighter than a half, after a smoothing convolution."""
    model = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            LAYERS.Conv2D(2, 3, padding="same", activation="relu"),
            LAYERS.Conv2D(1, 1),
            LAYERS.Activation("sigmoid"),
        ]
    )
    mean = np.full((3, 3, 1, 2), 1 / 9, np.float32)
    model.layers[0].set_weights([mean, np.float32([0, -0.5])])
    model.layers[1].set_weights([np.float32([2, 2]).reshape(1, 1, 2, 1), np.float32([-1.5])])
    return model


def band():
    image = np.full((SIZE, SIZE), 0.2, np.float32)
    image[4:8, 4:12] = 0.9
    return image


# --- a linear model: everything is known ---


def test_the_gradient_of_a_linear_model_is_its_weights():
    np.testing.assert_allclose(maps.gradient(linear(), IMAGE), WEIGHTS, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 7])
def test_integrated_gradients_of_a_linear_model(steps):
    other = DRAWS.random((SIZE, SIZE), np.float32)
    for kind in ("blurred", "speckle", "black", other):
        start = maps.baseline_image(IMAGE, kind)
        found = maps.integrated_gradients(linear(), IMAGE, kind, steps)
        np.testing.assert_allclose(found, (IMAGE - start) * WEIGHTS, atol=1e-5)
        assert maps.completeness(linear(), IMAGE, kind, steps) < 1e-4
        total, difference = maps.receipt(linear(), IMAGE, kind, steps)
        assert difference == pytest.approx(((IMAGE - start) * WEIGHTS).sum(), abs=1e-4)
        assert total == pytest.approx(difference, rel=1e-4)


def test_occlusion_of_a_linear_model_is_weight_times_what_was_covered():
    found = maps.occlusion(linear(), IMAGE, patch=4, stride=4, fill=0.25)
    lost = (WEIGHTS * (IMAGE - 0.25)).reshape(4, 4, 4, 4).sum((1, 3))
    np.testing.assert_allclose(found, np.kron(lost, np.ones((4, 4))), atol=1e-4)


def test_overlapping_patches_are_averaged_and_reach_the_border():
    found = maps.occlusion(
        linear(np.ones_like(WEIGHTS)), np.ones((SIZE, SIZE), np.float32), patch=5, stride=3, fill=0
    )
    np.testing.assert_allclose(found, 25, rtol=1e-5)


# --- invariance ---


@pytest.mark.parametrize("explain", MAPS)
def test_a_constant_added_to_the_score_changes_nothing(explain):
    np.testing.assert_allclose(
        explain(two_channels(), IMAGE), explain(two_channels(5.0), IMAGE), atol=2e-5
    )


@pytest.mark.parametrize("explain", [one for one in MAPS if "plus" not in one.__name__])
def test_a_score_of_twice_the_size_gives_twice_the_map(explain):
    one, two = explain(two_channels(), IMAGE), explain(two_channels(scale=2), IMAGE)
    np.testing.assert_allclose(two, 2 * one, atol=1e-5)
    assert np.abs(one).max() > 0


@pytest.mark.parametrize("explain", MAPS)
def test_nested_equals_flat(explain):
    np.testing.assert_allclose(
        explain(two_channels(nested=True), IMAGE), explain(two_channels(), IMAGE), atol=1e-6
    )


def test_class_0_of_one_probability_is_the_opposite():
    np.testing.assert_allclose(maps.gradient(linear(), IMAGE, target=0), -WEIGHTS, atol=1e-6)


# --- Grad-CAM by hand ---


def test_grad_cam_by_hand():
    outputs = np.stack([IMAGE, np.maximum(IMAGE - 0.4, 0)], -1)
    alpha = np.array([2, -3]) / SIZE**2  # the mean of the gradient, the same at every pixel
    expected = np.maximum((outputs * alpha).sum(-1), 0)
    np.testing.assert_allclose(maps.grad_cam(two_channels(), IMAGE), expected, atol=1e-7)


def test_a_layer_that_does_not_exist_lists_those_that_do():
    with pytest.raises(DataError, match="no layer 'block5'.*filters"):
        maps.grad_cam(two_channels(), IMAGE, layer="block5")


# --- outlines ---


def test_seg_grad_cam_lies_where_the_evidence_is():
    image = band()
    found = maps.seg_grad_cam(outliner(), image)
    assert found[5:7, 5:11].min() > 2 * found[10:].max()
    pixel = maps.gradient(outliner(), image, target=(6, 5))
    assert np.argwhere(pixel).tolist() == [[row, col] for row in (4, 5, 6) for col in (5, 6, 7)]


def test_seg_grad_cam_refuses_a_classifier():
    with pytest.raises(DataError, match="names a class"):
        maps.seg_grad_cam(two_channels(), IMAGE)


# --- planted evidence ---


def test_every_map_finds_the_one_region_that_counts():
    weights = np.zeros((SIZE, SIZE), np.float32)
    weights[2:6, 9:13] = 1
    inside = weights > 0
    for explain in (maps.gradient, maps.integrated_gradients):
        found = np.abs(explain(linear(weights), IMAGE))
        assert found[inside].sum() == pytest.approx(found.sum(), rel=1e-5)
    found = maps.occlusion(linear(weights), IMAGE, patch=2, stride=2, fill=0)
    assert np.abs(found[inside]).sum() > 0.8 * np.abs(found).sum()
    assert np.abs(found[8:]).max() < 1e-5 * np.abs(found).max()  # rounding of the scores


# --- the grid of the image ---


@pytest.mark.parametrize("explain", MAPS)
def test_maps_are_on_the_grid_of_the_image(explain):
    found = explain(two_channels(), DRAWS.random((40, 24)).astype(np.float32))
    assert found.shape == (40, 24) and found.dtype == np.float32 and np.isfinite(found).all()


def test_the_sum_survives_the_larger_grid():
    image = np.kron(IMAGE, np.ones((3, 2), np.float32))
    small, large = (maps.integrated_gradients(linear(), one) for one in (IMAGE, image))
    assert large.sum() == pytest.approx(small.sum(), rel=0.02, abs=0.02)


# --- baselines ---


def test_baselines():
    speckle = maps.baseline_image(IMAGE, "speckle")
    assert speckle.mean() == pytest.approx(IMAGE.mean(), abs=0.05)
    assert 0.5 < speckle.std() / IMAGE.std() < 1.5
    assert maps.baseline_image(IMAGE, "blurred").std() < 0.3 * IMAGE.std()
    assert not maps.baseline_image(IMAGE, "black").any()
    np.testing.assert_array_equal(speckle, maps.baseline_image(IMAGE, "speckle"))


def test_even_images_have_baselines_and_maps():
    for grey in (0.0, 0.5, 1.0):
        even = np.full((SIZE, SIZE), grey, np.float32)
        for kind in maps.BASELINES:
            assert np.isfinite(maps.integrated_gradients(linear(), even, kind, 2)).all()
    with pytest.raises(DataError, match="nothing to"):
        maps.receipt(linear(), np.full((SIZE, SIZE), 0.5, np.float32))


@pytest.mark.parametrize("bad", ["white", 3, np.zeros((4, 4), np.float32), None])
def test_baselines_that_cannot_be(bad):
    with pytest.raises(DataError):
        maps.integrated_gradients(linear(), IMAGE, bad)


@pytest.mark.parametrize(
    "image",
    [
        None,
        "scan.png",
        np.zeros((0, 4), np.float32),
        np.full((8, 8), np.nan),
        IMAGE * 255,
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8), np.uint8),
    ],
)
@pytest.mark.parametrize("explain", MAPS)
def test_images_that_cannot_be(explain, image):
    with pytest.raises(DataError):
        explain(two_channels(), image)


@pytest.mark.parametrize(
    "wrong",
    [
        {"patch": 0},
        {"patch": 99},
        {"patch": 2.5},
        {"stride": 0},
        {"fill": "white"},
        {"fill": 2},
        {"fill": None},
        {"target": "thin"},
    ],
)
def test_occlusions_that_cannot_be(wrong):
    with pytest.raises(DataError):
        maps.occlusion(linear(), IMAGE, **wrong)


@pytest.mark.parametrize("steps", [0, -1, 1.5, "many", None, True, float("nan")])
def test_steps_that_cannot_be(steps):
    with pytest.raises(DataError, match="steps"):
        maps.integrated_gradients(linear(), IMAGE, steps=steps)


# --- the network of the course ---


@pytest.mark.slow
def test_the_network_of_the_course_is_complete_within_2_percent_and_unchanged():
    cases = samples.table("muscle_general")
    cases = cases[(cases["device"] == "Scanner B") & ~cases["empty"]].iloc[:2]
    network = models.load(samples.model("unet_scanner_b"))
    before = [value.copy() for value in network.get_weights()]
    for file in tables.paths(cases):
        for kind in maps.BASELINES:
            total, difference = maps.receipt(network, load.image(file), kind)
            assert abs(total - difference) < 0.02 * abs(difference)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
