"""The small U-Net: its shapes, what it sees, how it learns, and that a second process agrees."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.segment import backend, losses, models
from course_utils.segment.backend import keras, tensorflow

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def net():
    backend.seed(3)
    return models.unet(32, width=4)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).random((2, 32, 32, 1), dtype=np.float32)


def probability(model, image):
    return model(image, training=False).numpy()


# --- the network ------------------------------------------------------------------------------


@pytest.mark.parametrize("size, width, levels", [(128, 16, 4), (32, 3, 4), (96, 8, 3), (20, 2, 1)])
def test_unet_gives_a_probability_for_every_pixel(size, width, levels):
    model = models.unet(size, width, levels)
    out = probability(model, np.zeros((1, size, size, 1), np.float32))
    assert out.shape == (1, size, size, 1) and out.dtype == np.float32
    assert out.min() >= 0 and out.max() <= 1


def test_unet_looks_at_two_pictures_and_outlines_one():
    model = models.unet(32, width=4, channels=2)
    both = np.random.default_rng(0).random((1, 32, 32, 2), dtype=np.float32)
    other = both * np.float32([1.0, 0.2])
    assert probability(model, both).shape == (1, 32, 32, 1)
    assert np.abs(probability(model, both) - probability(model, other)).max() > 0
    with pytest.raises(DataError, match="channels"):
        models.unet(32, channels=0)


def test_unet_has_the_shapes_its_docstring_shows():
    shapes = {tuple(layer.output.shape[1:]) for layer in models.unet().layers}
    shown = {(32, 32, 16), (16, 16, 32), (8, 8, 64), (4, 4, 128), (128, 128, 1)}
    assert shown <= shapes
    for rows, columns, channels in shown - {(128, 128, 1)}:
        assert f"{rows} x {columns} x {channels}" in models.unet.__doc__


def test_bottom_sees_the_whole_picture(net, image):
    """A change in one corner reaches the opposite corner of the mask."""
    changed = image.copy()
    changed[:, :4, :4] = 1 - changed[:, :4, :4]
    moved = np.abs(probability(net, changed) - probability(net, image))
    assert moved[:, -4:, -4:].max() > 0


def test_bridges_carry_where(net):
    """Every level is joined to its partner: no weight is without influence on the mask."""
    x = tensorflow.constant(np.random.default_rng(1).random((4, 32, 32, 1), dtype=np.float32))
    with tensorflow.GradientTape() as tape:
        mean = tensorflow.reduce_mean(net(x, training=True) * x)
    slopes = tape.gradient(mean, net.trainable_variables)
    assert all(slope is not None and np.abs(slope).max() > 0 for slope in slopes)


def test_the_same_seed_gives_the_same_network(image):
    made = []
    for _ in range(2):
        backend.seed(9)
        made.append(probability(models.unet(32, width=4), image))
    np.testing.assert_array_equal(*made)


@pytest.mark.slow
def test_statistics_arrive_within_a_lesson(image):
    """After 60 steps the network at rest draws as it did while training (momentum 0.99 fails)."""
    backend.seed(1)
    model = models.unet(32, width=4, levels=2)
    bright = np.concatenate([image, image[:, ::-1], image[:, :, ::-1], 1 - image]) * 0.2 + 0.7
    for _ in range(60):
        model(bright, training=True)
    at_work = model(bright, training=True).numpy()
    assert np.abs(probability(model, bright) - at_work).mean() < 0.03  # 0.06 with momentum 0.99


@pytest.mark.slow
def test_it_learns_a_bright_square():
    backend.seed(0)
    draws = np.random.default_rng(0)
    masks = np.zeros((64, 32, 32, 1), np.float32)
    for mask in masks:
        y, x = draws.integers(0, 16, 2)
        mask[y : y + 16, x : x + 16] = 1
    images = np.clip(0.5 * masks + 0.5 * draws.random(masks.shape), 0, 1).astype(np.float32)
    model = models.unet(32, width=8, levels=3)
    model.compile(keras.optimizers.Adam(5e-3), losses.dice_bce, metrics=[losses.DiceScore()])
    model.fit(images[:48], masks[:48], epochs=12, batch_size=8, verbose=0)
    assert model.evaluate(images[48:], masks[48:], verbose=0)[1] > 0.85


@pytest.mark.slow
def test_speed_of_use():
    model = models.unet()
    look = tensorflow.function(lambda image: model(image, training=False))
    one = tensorflow.zeros((1, 128, 128, 1))
    look(one)
    start = time.process_time()
    for _ in range(50):
        look(one)
    assert 50 / (time.process_time() - start) > 15  # 30 and more on a quiet machine


@pytest.mark.parametrize(
    "arguments, says",
    [
        ({"size": 100}, "multiple of 32"),
        ({"size": 0}, "size"),
        ({"size": "128"}, "size"),
        ({"size": 128.0}, "size"),
        ({"width": 0}, "width"),
        ({"levels": 7}, "levels"),
        ({"levels": True}, "levels"),
    ],
)
def test_wrong_arguments_are_named(arguments, says):
    with pytest.raises(DataError, match=says):
        models.unet(**arguments)


# --- files ------------------------------------------------------------------------------------

SECOND = """
import sys, numpy as np
from course_utils.segment import models
model = models.load(sys.argv[1])
image = np.load(sys.argv[2])
np.save(sys.argv[3], model(image, training=False).numpy())
"""


@pytest.mark.slow
def test_a_second_process_predicts_the_same(net, image, tmp_path):
    net.compile("adam", losses.dice_bce, metrics=[losses.DiceScore()])
    file = models.save(net, tmp_path / "net.keras")
    np.save(tmp_path / "image.npy", image)
    out = tmp_path / "out.npy"
    done = subprocess.run(
        [sys.executable, "-c", SECOND, file, tmp_path / "image.npy", out],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    np.testing.assert_allclose(np.load(out), probability(net, image), atol=1e-6)
