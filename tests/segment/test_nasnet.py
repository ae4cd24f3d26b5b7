"""NASUNet: the encoder's shapes, the frozen route, and what happens without ImageNet weights."""

import hashlib
import os
import urllib.request

import numpy as np
import pytest

from course_utils.core.errors import DataError, FileError, SetupError
from course_utils.segment import backend, model_files, models, nasnet
from course_utils.segment.backend import keras

SIZE = 64
NOWHERE = "http://127.0.0.1:9"  # a port that nobody listens on: every request is refused at once


@pytest.fixture(scope="module")
def net():
    backend.seed(0)
    return models.nasunet("nasnet_mobile", weights=None, size=SIZE)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((3, SIZE, SIZE, 1), dtype=np.float32)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A Keras folder without any weights, and a network that is not there."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    # The opener that urllib keeps for the whole process would keep this proxy with it.
    monkeypatch.setattr(urllib.request, "_opener", None)
    return tmp_path


@pytest.mark.slow
def test_features_have_the_sizes_of_the_table(net, images):
    shapes = [m.shape for m in models.features(net, images)]
    assert shapes == [
        (3, 31, 31, 32),
        (3, 16, 16, 44),
        (3, 8, 8, 264),
        (3, 4, 4, 528),
        (3, 2, 2, 1056),
    ]


@pytest.mark.slow
def test_decoder_on_features_equals_the_whole_frozen_network(net, images):
    seen = models.features(net, images, batch=2)  # the last batch is smaller
    short = models.decoder(net)(seen, training=False).numpy()
    whole = net(images, training=False).numpy()
    assert whole.shape == (3, SIZE, SIZE, 1) and whole.min() >= 0 and whole.max() <= 1
    np.testing.assert_allclose(short, whole, atol=1e-5)
    reader = models.Reader(net)
    assert reader.input_shape == net.input_shape
    np.testing.assert_allclose(reader.predict_on_batch(images), whole, atol=1e-5)
    with pytest.raises(DataError, match="shape"):
        reader.predict_on_batch(images[:, :-1])


@pytest.mark.slow
def test_frozen_means_that_training_changes_the_decoder_only(net, images):
    reader = nasnet.part(net, "encoder")
    before = [w.numpy().copy() for w in reader.weights]
    net(images, training=True)  # would move the statistics of batch normalisation if it could
    assert all(np.array_equal(a, b.numpy()) for a, b in zip(before, reader.weights, strict=True))
    learning = {id(w) for w in net.trainable_weights}
    assert not learning & {id(w) for w in reader.weights}
    assert learning == {id(w) for w in models.decoder(net).trainable_weights}


@pytest.mark.slow
def test_what_the_decoder_learns_the_whole_network_knows(net, images):
    head, seen = models.decoder(net), models.features(net, images)
    before = net(images, training=False).numpy()
    head.get_layer("mask").bias.assign([3.0])
    after = net(images, training=False).numpy()
    assert (after > before).all()
    np.testing.assert_allclose(head(seen, training=False).numpy(), after, atol=1e-5)


@pytest.mark.slow
def test_grey_reaches_the_encoder_as_rgb_from_minus_one_to_one(net):
    image = np.linspace(0, 1, SIZE * SIZE, dtype=np.float32).reshape(1, SIZE, SIZE, 1)
    copies = net.get_layer("rgb")([image, image, image])
    colour = net.get_layer("range")(copies).numpy()
    assert colour.shape == (1, SIZE, SIZE, 3)
    np.testing.assert_allclose(colour, np.repeat(2 * image - 1, 3, axis=-1), atol=1e-6)
    assert not any(isinstance(layer, keras.layers.Lambda) for layer in net.layers)


@pytest.mark.slow
def test_round_trip_keeps_predictions_and_the_frozen_encoder(net, images, tmp_path):
    again = models.load(models.save(net, tmp_path / "nas.keras"))
    np.testing.assert_allclose(
        again(images, training=False).numpy(), net(images, training=False).numpy(), atol=1e-6
    )
    assert len(again.trainable_weights) == len(net.trainable_weights)


@pytest.mark.slow
def test_unfreeze_lets_the_encoder_learn_but_not_its_statistics():
    net = models.nasunet("nasnet_mobile", weights=None, size=32, frozen=False)
    reader = nasnet.part(net, "encoder")
    norms = [x for x in reader.layers if isinstance(x, keras.layers.BatchNormalization)]
    others = [x for x in reader.layers if x.weights and x not in norms]
    assert norms and others
    assert not any(x.trainable for x in norms) and all(x.trainable for x in others)
    models.unfreeze(net, batch_norm=True)
    assert all(x.trainable for x in norms)


@pytest.mark.slow
def test_weights_of_your_own_are_read_and_others_refused(tmp_path):
    encoder = keras.applications.NASNetMobile(
        input_shape=(32, 32, 3), include_top=False, weights=None
    )
    encoder.save_weights(tmp_path / "own.weights.h5")
    kind = nasnet.ENCODERS["nasnet_mobile"]
    source = nasnet._weights_file("nasnet_mobile", kind, str(tmp_path / "own.weights.h5"))
    before = [w.numpy().copy() for w in encoder.weights]
    for w in encoder.weights:
        w.assign(w * 0 + 7)
    nasnet._fill(encoder, source)
    for one, two in zip(before, encoder.weights, strict=True):
        np.testing.assert_array_equal(one, two.numpy())
    models.unet(32, width=2, levels=1).save_weights(tmp_path / "unet.weights.h5")
    (tmp_path / "text.weights.h5").write_text("no weights")
    for name in ("unet.weights.h5", "text.weights.h5"):
        with pytest.raises(FileError, match="does not hold weights of this encoder"):
            nasnet._fill(encoder, tmp_path / name)


def test_large_has_its_own_layer_names():
    large, mobile = nasnet.ENCODERS["nasnet_large"], nasnet.ENCODERS["nasnet_mobile"]
    assert large.skips[2:] == ("normal_concat_5", "normal_concat_12", "normal_concat_18")
    assert mobile.skips[2:] == ("normal_concat_3", "normal_concat_8", "normal_concat_12")


@pytest.mark.parametrize("encoder", nasnet.ENCODERS)
def test_no_network_is_one_sentence_with_file_place_and_way_on(home, encoder):
    with pytest.raises(SetupError) as caught:
        models.nasunet(encoder, weights="imagenet")
    said, kind = str(caught.value), nasnet.ENCODERS[encoder]
    assert str(home / "models" / kind.file) in said and kind.remote in said
    assert "weights=None" in said and f"{kind.megabytes} MB" in said
    assert not (home / "models" / kind.file).exists()


def test_a_wrong_file_in_its_place_is_found_by_its_hash(home):
    place = home / "models" / "nasnet_mobile_no_top.h5"
    place.parent.mkdir()
    place.write_bytes(b"something else")
    with pytest.raises(SetupError, match="damaged or another file") as caught:
        models.nasunet("nasnet_mobile", weights="imagenet")
    assert str(place) in str(caught.value) and "weights=None" in str(caught.value)
    assert place.read_bytes() == b"something else"  # never deleted without asking


def test_a_right_hash_is_accepted(home, monkeypatch):
    place = home / "models" / "stand_in.h5"
    place.parent.mkdir()
    place.write_bytes(b"weights")
    digest = hashlib.md5(b"weights", usedforsecurity=False).hexdigest()
    kind = nasnet.Encoder(None, (), place.name, "x.h5", digest, 1)
    assert nasnet._weights_file("any", kind, "imagenet") == place


def test_hashes_and_names_are_those_of_keras():
    import inspect

    from keras.src.applications import nasnet as source

    text = inspect.getsource(source)
    for kind in nasnet.ENCODERS.values():
        assert kind.md5 in text and f'"{kind.file}"' in text and kind.remote in text


@pytest.mark.parametrize(
    "arguments, says",
    [
        ({"size": 100}, "multiple of 32"),
        ({"size": 0}, "multiple of 32"),
        ({"size": 64.0}, "multiple of 32"),
        ({"encoder": "resnet"}, "nasnet_large or nasnet_mobile"),
        ({"encoder": None}, "no encoder"),
    ],
)
def test_wrong_arguments_are_named(arguments, says):
    with pytest.raises(DataError, match=says):
        models.nasunet(**{"weights": None} | arguments)


def test_a_missing_weights_file_is_named_before_anything_is_built(tmp_path):
    with pytest.raises(FileError, match="none.h5"):
        models.nasunet(weights=tmp_path / "none.h5")


@pytest.mark.slow
def test_features_names_what_is_wrong_with_the_images(net):
    right = np.zeros((1, SIZE, SIZE, 1), np.float32)
    for wrong in (right[0], right[:, :32], np.repeat(right, 3, -1), right[:0]):
        with pytest.raises(DataError, match="shape"):
            models.features(net, wrong)
    for wrong in (right + 255, right - 1, right * np.nan):
        with pytest.raises(DataError, match="0 to 1"):
            models.features(net, wrong)


def test_other_models_have_no_parts():
    small = models.unet(32, width=2, levels=1)
    for use in (models.unfreeze, models.decoder, lambda m: models.features(m, np.zeros((1,)))):
        with pytest.raises(DataError, match="models.nasunet"):
            use(small)


def test_the_layers_of_nasnet_are_among_those_that_open():
    assert {
        "SeparableConv2D",
        "Cropping2D",
        "AveragePooling2D",
        "ZeroPadding2D",
        "Rescaling",
    } <= model_files.LAYERS
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
