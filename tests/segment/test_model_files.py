"""Model files: written whole, read back the same, and opened only if they cannot do harm."""

import json
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from course_utils.core.errors import DataError, FileError
from course_utils.segment import backend, losses, model_files, models
from course_utils.segment.backend import keras

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

LAYERS = keras.layers


@pytest.fixture(scope="module")
def net():
    backend.seed(3)
    return models.unet(32, width=4)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).random((2, 32, 32, 1), dtype=np.float32)


@pytest.fixture
def saved(net, tmp_path):
    return models.save(net, tmp_path / "net.keras")


def probability(model, image):
    return model(image, training=False).numpy()


def test_round_trip_keeps_weights_name_and_what_learns(image, tmp_path):
    model = models.unet(32, width=4)
    model.layers[1].trainable = False
    again = models.load(models.save(model, tmp_path / "a.keras"))
    np.testing.assert_array_equal(probability(again, image), probability(model, image))
    assert again.name == model.name
    assert len(again.trainable_weights) == len(model.trainable_weights)


@pytest.mark.slow
def test_the_optimiser_is_not_kept(tmp_path, image):
    model = models.unet(32, width=8, levels=3)
    model.compile("adam", "mse")
    before = models.save(model, tmp_path / "before.keras").stat().st_size
    model.train_on_batch(image, image)
    after = models.save(model, tmp_path / "after.keras").stat().st_size
    assert after < 1.2 * before


def test_a_checkpoint_of_keras_with_our_loss_opens(net, image, tmp_path):
    net.compile("adam", losses.dice_bce, metrics=[losses.DiceScore()])
    net.save(tmp_path / "c.keras")
    np.testing.assert_array_equal(
        probability(models.load(tmp_path / "c.keras"), image), probability(net, image)
    )


def test_half_the_bits_take_half_the_room_and_hardly_move_an_answer(net, tmp_path):
    image = np.random.default_rng(1).random((2, 32, 32, 1), dtype=np.float32)
    whole = models.save(net, tmp_path / "whole.keras")
    half = models.save(net, tmp_path / "half.keras", half=True)
    weights = [
        zipfile.ZipFile(path).getinfo("model.weights.h5").file_size for path in (whole, half)
    ]
    again = models.load(half, like=net)
    assert {weight.dtype for weight in again.weights} == {"float32"}
    stored = sum(weight.size for weight in net.get_weights()) * 2
    assert weights[0] - weights[1] == pytest.approx(stored, rel=0.1)
    answers = [np.asarray(model.predict_on_batch(image)) for model in (net, again)]
    assert not np.array_equal(*answers)
    assert np.abs(answers[0] - answers[1]).max() < 0.01


def test_a_failed_save_leaves_the_old_file_and_no_rest(saved, net, monkeypatch):
    before = saved.read_bytes()

    def full(self, path, *args, **kwargs):
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    with pytest.raises(FileError, match="No space"):
        models.save(net, saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_like_accepts_the_same_and_refuses_another_architecture(saved, net):
    assert models.load(saved, like=models.unet(32, width=4)).name == net.name
    for other in (models.unet(32, width=5), models.unet(32, width=4, levels=3)):
        with pytest.raises(DataError, match="another architecture"):
            models.load(saved, like=other)


@pytest.mark.parametrize("name", ["net.h5", "net.pkl", "net.pt"])
def test_old_and_pickled_files_are_not_opened(tmp_path, net, name):
    (tmp_path / name).write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(DataError, match="can carry a program"):
        models.load(tmp_path / name)
    with pytest.raises(DataError, match="can carry a program"):
        models.save(net, tmp_path / name)


@pytest.mark.parametrize(
    "content", [b"", b"not a zip", pickle.dumps([1]), b"PK\x03\x04" + b"0" * 50]
)
def test_another_kind_of_file_under_that_name(tmp_path, content):
    (tmp_path / "x.keras").write_bytes(content)
    with pytest.raises(FileError, match="not a complete .keras file"):
        models.load(tmp_path / "x.keras")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(FileError, match="cut short"):
        models.load(saved)


def test_one_damaged_byte_in_the_weights_is_found(saved):
    with zipfile.ZipFile(saved) as archive:
        where = archive.getinfo("model.weights.h5").header_offset + 2000
    whole = bytearray(saved.read_bytes())
    whole[where] ^= 0xFF
    saved.write_bytes(whole)
    with pytest.raises(FileError, match="damaged"):
        models.load(saved)


def rewritten(path, change=None, **others):
    """The same file with a changed config or with other members."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if change is not None:
        config = json.loads(parts["config.json"])
        parts["config.json"] = json.dumps(change(config) or config).encode()
    parts |= others
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def test_a_lambda_is_refused_before_keras_sees_it(tmp_path, monkeypatch):
    inputs = keras.Input((4, 4, 1))
    model = keras.Model(inputs, LAYERS.Lambda(lambda x: x + 1)(inputs))
    model.save(tmp_path / "l.keras")

    def never(*args, **kwargs):
        pytest.fail("Keras was asked to open it")

    monkeypatch.setattr(keras.saving, "load_model", never)
    with pytest.raises(FileError, match="Lambda"):
        models.load(tmp_path / "l.keras")


@keras.saving.register_keras_serializable(package="stranger")
class Strange(LAYERS.Layer):
    def call(self, x):
        return x


def test_a_part_registered_by_somebody_else_is_refused(tmp_path):
    inputs = keras.Input((4, 4, 1))
    keras.Model(inputs, Strange()(inputs)).save(tmp_path / "s.keras")
    with pytest.raises(FileError, match="not know to be safe"):
        models.load(tmp_path / "s.keras")


HOSTILE = [
    {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "eval"},
    {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
    {
        "module": "builtins",
        "class_name": "function",
        "config": "os.system",
        "registered_name": "function",
    },
    {
        "module": "keras.layers",
        "class_name": "TFSMLayer",
        "config": {"filepath": "x"},
        "registered_name": None,
    },
    {
        "module": "keras.layers",
        "class_name": "TextVectorization",
        "config": {"vocabulary": "/etc/hostname"},
        "registered_name": None,
    },
    {"module": "keras.utils", "class_name": "get_file", "config": {}, "registered_name": None},
    {
        "module": "os",
        "class_name": "Tversky",
        "config": {},
        "registered_name": "course_utils>Tversky",
    },
    {"module": None, "class_name": "__lambda__", "config": {"value": "x"}},
    {
        "module": "keras.config",
        "class_name": "enable_unsafe_deserialization",
        "config": {},
        "registered_name": None,
    },
]


@pytest.mark.parametrize("part", HOSTILE, ids=lambda part: str(part["class_name"]))
def test_hostile_parts_are_refused_wherever_they_hide(saved, part):
    def hide(config):
        config["config"]["layers"][2]["config"]["deep"] = [{"down": part}]

    with pytest.raises(FileError, match="not know to be safe|Lambda"):
        models.load(rewritten(saved, hide))


def test_a_stowaway_file_is_refused(saved):
    with pytest.raises(FileError, match="carries a file"):
        models.load(rewritten(saved, **{"assets/run.py": b"print()"}))


def test_a_model_without_its_weights_or_list(saved):
    with pytest.raises(FileError, match="holds no Keras model"):
        models.load(rewritten(saved, **{"model.weights.h5": None}))


def test_a_list_of_layers_that_is_no_json(saved):
    with pytest.raises(FileError, match="damaged"):
        models.load(rewritten(saved, **{"config.json": b"{"}))


def test_weights_of_another_model_do_not_pass(saved, tmp_path):
    other = models.save(models.unet(32, width=5), tmp_path / "other.keras")
    with zipfile.ZipFile(other) as archive:
        weights = archive.read("model.weights.h5")
    with pytest.raises(FileError, match="do not fit"):
        models.load(rewritten(saved, **{"model.weights.h5": weights}))


def test_an_unpacking_bomb_is_refused(saved, monkeypatch):
    monkeypatch.setattr(model_files, "LARGEST_WEIGHTS", 1000)
    with pytest.raises(FileError, match="unpacks to more"):
        models.load(saved)


@pytest.mark.parametrize("path", [None, 3, b"a.keras", "folder/model", "model.onnx"])
def test_wrong_names(net, path):
    for use in (lambda: models.load(path), lambda: models.save(net, path)):
        with pytest.raises(DataError):
            use()


def test_missing_places(net, tmp_path):
    with pytest.raises(FileError, match="no file"):
        models.load(tmp_path / "none.keras")
    with pytest.raises(FileError, match="does not exist"):
        models.save(net, tmp_path / "none" / "net.keras")
    with pytest.raises(DataError, match="not a Keras model"):
        models.save("net", tmp_path / "net.keras")
