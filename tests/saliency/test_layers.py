"""The probe gives the network's own logits, finds its layers, and changes nothing."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

pytest.importorskip("keras", reason="Keras is not installed for this computer")

from course_utils.core.errors import DataError
from course_utils.saliency.layers import BATCH, Probe, parts
from course_utils.segment import models
from course_utils.segment.backend import keras, seed

LAYERS = keras.layers
IMAGE = np.random.default_rng(0).random((12, 10), np.float32)


def flat(last="sigmoid", classes=1):
    """Two convolutions and a dense layer on 8 x 8."""
    seed(1)
    image = keras.Input((8, 8, 1))
    x = LAYERS.Conv2D(3, 3, padding="same", activation="relu", name="first")(image)
    x = LAYERS.Conv2D(4, 3, padding="same", name="second")(x)
    x = LAYERS.ReLU(name="after")(LAYERS.BatchNormalization(name="norm")(x))
    x = LAYERS.GlobalAveragePooling2D()(x)
    return keras.Model(image, LAYERS.Dense(classes, activation=last, name="end")(x))


def nested(model):
    """The same layers with the middle as a network within the network."""
    image = inside = keras.Input((8, 8, 1))
    for name in ("first", "second", "norm", "after"):
        inside = model.get_layer(name)(inside)
    body = keras.Model(image, inside, name="body")
    outer = keras.Input((8, 8, 1))
    x = LAYERS.GlobalAveragePooling2D()(body(outer))
    return keras.Model(outer, model.get_layer("end")(x))


def test_logits_are_what_the_sigmoid_gets():
    model = flat()
    probe = Probe(model, IMAGE)
    said = model.predict_on_batch(probe.picture[None])[0]
    assert 1 / (1 + np.exp(-probe.answer)) == pytest.approx(said, abs=1e-6)


def test_logits_are_what_the_softmax_gets_also_as_a_layer_of_its_own():
    for last in ("softmax", None):
        model = flat(last, 3)
        if last is None:
            model = keras.Model(model.input, LAYERS.Softmax()(model.output))
        probe = Probe(model, IMAGE)
        raised = np.exp(probe.answer)
        said = model.predict_on_batch(probe.picture[None])[0]
        assert raised / raised.sum() == pytest.approx(said, abs=1e-6)


def test_an_operation_as_the_last_step_is_left_out_too():
    model = flat(None)
    squashed = keras.Model(model.input, keras.ops.sigmoid(model.output))
    assert Probe(squashed, IMAGE).answer == pytest.approx(Probe(model, IMAGE).answer)


def test_a_saturated_probability_still_has_a_gradient():
    model = flat()
    model.get_layer("end").bias.assign([60.0])
    probe = Probe(model, IMAGE)
    assert np.abs(probe.gradients(probe.picture[None], probe.weights(None))).max() > 1e-4


def test_nested_and_flat_give_the_same():
    model = flat()
    one, other = Probe(model, IMAGE), Probe(nested(model), IMAGE)
    assert one.answer == pytest.approx(other.answer, abs=1e-6)
    assert one.layer() == "after" and other.layer() == "body/after"
    assert other.layer("first") == other.layer("body/first") == "body/first"
    slopes = [
        probe.gradients(probe.picture[None], probe.weights(None), probe.layer())
        for probe in (one, other)
    ]
    np.testing.assert_allclose(slopes[0], slopes[1], atol=1e-6)


def test_sequential_within_sequential():
    seed(0)
    body = keras.Sequential(
        [keras.Input((8, 8, 1)), LAYERS.Conv2D(2, 3, name="inner")], name="body"
    )
    model = keras.Sequential([keras.Input((8, 8, 1)), body, LAYERS.Flatten(), LAYERS.Dense(1)])
    probe = Probe(model, IMAGE)
    assert probe.layer() == "body/inner"
    assert probe.answer == pytest.approx(model.predict_on_batch(probe.picture[None])[0], abs=1e-6)


def test_the_layer_that_gives_the_scores_is_passed_over():
    probe = Probe(models.unet(32, 4, 2), np.ones((32, 32), np.float32) * 0.5)
    assert probe.layer() != "score" and probe.layer().startswith("re_lu")


def test_a_layer_used_twice_has_two_paths():
    image = keras.Input((8, 8, 1))
    again = LAYERS.Conv2D(1, 3, padding="same", name="again")
    model = keras.Model(image, LAYERS.Dense(1)(LAYERS.Flatten()(again(again(image)))))
    assert {"again", "again:2"} <= {step.path for step in Probe(model, IMAGE).steps}


def test_a_missing_layer_lists_those_that_exist():
    with pytest.raises(DataError, match="first, second, norm, after"):
        Probe(flat(), IMAGE).layer("third")
    with pytest.raises(DataError, match="gives no picture"):
        Probe(flat(), IMAGE).layer("end")


def test_nothing_of_the_model_changes():
    model = nested(flat())
    weights = [value.copy() for value in model.get_weights()]
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    activation = model.get_layer("end").activation
    probe = Probe(model, IMAGE)
    probe.gradients(probe.picture[None], probe.weights(None))
    assert [len(layer._inbound_nodes) for layer in model.layers] == nodes
    assert model.get_layer("end").activation is activation
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_three_channels_and_any_size():
    model = keras.Sequential([keras.Input((None, None, 3)), LAYERS.Conv2D(1, 1)])
    probe = Probe(model, IMAGE)
    assert probe.picture.shape == (12, 10, 3)
    np.testing.assert_array_equal(probe.picture[..., 0], probe.picture[..., 2])


def outliner(channels=1):
    """A 1 x 1 convolution that answers with the grey minus a half, or with several of it."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            LAYERS.Conv2D(channels, 1),
            LAYERS.Activation("sigmoid" if channels == 1 else "softmax"),
        ]
    )
    model.layers[0].set_weights(
        [np.arange(1.0, channels + 1).reshape(1, 1, 1, -1), np.full(channels, -0.5)]
    )
    return model


def test_regions_on_the_grid_of_the_answer():
    image = np.zeros((16, 16), np.float32)
    image[4:8] = 1
    probe = Probe(outliner(), image)
    predicted = probe.weights(None)[..., 0]
    assert predicted[2:4].all() and predicted.sum() == 16
    mask = np.zeros((16, 16), np.uint8)
    mask[:2, 14:] = 1
    assert np.argwhere(probe.weights(mask)[..., 0]).tolist() == [[0, 7]]
    assert np.argwhere(probe.weights((15, 0))[..., 0]).tolist() == [[0, 7]]
    thin = np.zeros((16, 16), np.uint8)
    thin[6] = 1
    assert probe.weights(thin)[3].all()


def test_a_region_takes_the_channel_that_scores_highest_in_it():
    image = np.zeros((8, 8), np.float32)
    image[2:4] = 1
    probe = Probe(outliner(3), image)
    mask = (image > 0).astype(np.uint8)
    weights = probe.weights(mask)
    assert weights[..., 2].sum() == 16 and weights[..., :2].sum() == 0
    np.testing.assert_array_equal(probe.weights(2), weights)


@pytest.mark.parametrize(
    "target",
    [
        "left",
        (8, 2),
        (-3, 2),
        (1, 2, 3),
        np.zeros((8, 8), np.uint8),
        np.ones((4, 8), np.uint8),
        0,
        2,
        True,
        np.full((8, 8), 255),
    ],
)
def test_targets_that_cannot_be(target):
    image = np.zeros((8, 8), np.float32)
    image[2:4] = 1
    with pytest.raises(DataError):
        Probe(outliner(), image).weights(target)


def test_nothing_outlined_is_said():
    with pytest.raises(DataError, match="outlines nothing"):
        Probe(outliner(), np.zeros((8, 8), np.float32)).weights(None)


@pytest.mark.parametrize("target", [3, -1, "thin", 1.5, IMAGE])
def test_classes_that_cannot_be(target):
    with pytest.raises(DataError, match="class"):
        Probe(flat("softmax", 3), IMAGE).weights(target)


def test_classes():
    assert Probe(flat(), IMAGE).weights(None).tolist() == [1]
    assert Probe(flat(), IMAGE).weights(0).tolist() == [-1]
    probe = Probe(flat("softmax", 3), IMAGE)
    assert probe.weights(None).argmax() == probe.answer.argmax()


def test_models_that_cannot_be_explained():
    image = keras.Input((8, 8, 1))
    two = keras.Model(image, [image, image + 1])
    for model in (
        None,
        "unet",
        lambda x: x,
        two,
        keras.Model([image, keras.Input((2,))], image),
        keras.Sequential([keras.Input((4,)), LAYERS.Dense(1)]),
        keras.Sequential([keras.Input((8, 8, 2)), LAYERS.Flatten()]),
    ):
        with pytest.raises(DataError):
            Probe(model, IMAGE)


def test_batches_hold_every_picture_once():
    pictures = np.arange(2 * BATCH + 3, dtype=float)[:, None]
    found = list(parts(iter(pictures)))
    assert [len(part) for part in found] == [BATCH, BATCH, 3]
    np.testing.assert_array_equal(np.concatenate(found), pictures)
