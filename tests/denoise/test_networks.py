"""Networks on two looks: how they are fed, and what the stored ones do on scenes they have not seen."""

import numpy as np
import pytest

from course_utils.core.errors import DataError, FileError
from course_utils.denoise import methods, networks, scenes

UNSEEN = [scenes.ordinary(seed) for seed in range(5200, 5206)]
RAW, CLEAN = [s.image(0) for s in UNSEEN], [s.clean() for s in UNSEEN]
SECOND = [s.image(1) for s in UNSEEN]


def done(name, pictures=RAW):
    return [networks.stored(name).apply(image) for image in pictures]


def loss(guesses, asked):
    return float(np.mean([(g - a) ** 2 for g, a in zip(guesses, asked, strict=True)]))


def test_the_network_is_small_and_takes_any_size_that_eight_divides():
    model = networks.unet()
    assert model.count_params() < 50_000
    assert model(np.zeros((1, 40, 64, 1), np.float32)).shape == (1, 40, 64, 1)


def test_squares_of_a_pair_lie_in_the_same_place():
    first = np.random.default_rng(0).random((3, 128, 128, 1)).astype(np.float32)
    crops = networks.Crops(first, first + 1, 2, seed=5)
    x, y = crops[0]
    assert x.shape == (networks.BATCH, networks.CROP, networks.CROP, 1)
    assert np.allclose(y - x, 1, atol=1e-6)
    again = networks.Crops(first, first + 1, 2, seed=5)
    assert np.array_equal(x, again[0][0]) and not np.array_equal(x, crops[1][0])
    crops.on_epoch_end()
    assert not np.array_equal(x, crops[0][0])


def test_a_hidden_pixel_never_sees_itself_and_alone_counts():
    x = np.arange(2 * 32 * 32, dtype=np.float32).reshape(2, 32, 32, 1)
    shown, asked, weight = networks.hidden(x, np.random.default_rng(3))
    changed = (shown != x)[..., 0]
    assert np.array_equal(asked, x)
    # At the border a neighbour outside is the nearest inside, which may be the pixel itself.
    inner = np.s_[:, 2:-2, 2:-2]
    assert np.array_equal(changed[inner], weight[inner] > 0)
    assert 0.005 < changed.mean() < 0.05 and weight.mean() == pytest.approx(1, abs=1e-5)
    rows, columns = np.nonzero(changed[0])
    source = shown[0][changed[0]][:, 0].astype(int)
    assert np.abs(source // 32 - rows).max() <= 2 and np.abs(source % 32 - columns).max() <= 2


@pytest.mark.slow
def test_training_lowers_the_loss_and_refuses_what_is_no_pair():
    pairs = scenes.pairs(range(3))
    _, losses = networks.train(*pairs, steps=60)
    assert len(losses) == networks.PARTS and losses[-1] < 0.3 * losses[0]
    with pytest.raises(DataError, match="Pairs"):
        networks.train(pairs[0], pairs[1][:2])
    with pytest.raises(DataError, match="steps"):
        networks.train(*pairs, steps=0)


def test_two_looks_end_at_the_floor_and_never_below():
    found = loss(done("two looks"), SECOND)
    assert 0.95 < found / scenes.FLOOR < 1.15


@pytest.mark.parametrize("name, wanted", [("two looks", scenes.BIAS_DB), ("clean target", 0.0)])
def test_the_bias_is_that_of_a_mean_of_logs_or_none(name, wanted):
    shift = methods.shifted(CLEAN, done(name)) * scenes.RANGE_DB
    assert -shift == pytest.approx(wanted, abs=0.4)


def test_the_same_speckle_teaches_to_hand_it_back():
    same, two = (methods.speckle_kept(RAW, CLEAN, done(n)) for n in ("same speckle", "two looks"))
    assert same > 0.5 and two < 0.15


def test_a_blind_spot_keeps_speckle_that_is_wider_than_a_pixel():
    blind, two = (methods.speckle_kept(RAW, CLEAN, done(n)) for n in ("blind spot", "two looks"))
    assert blind > 2 * two
    white = [np.clip(0.6 + np.random.default_rng(0).normal(0, 0.09, (128, 128)), 0, 1)]
    flat = [np.full((128, 128), 0.6)]
    # Noise that is new in every pixel cannot be copied from the side.
    assert methods.speckle_kept(white, flat, done("blind spot", white)) < blind


def test_a_network_leaves_a_mirrored_picture_mirrored_and_follows_gain():
    network = networks.stored("two looks")
    plain = network.apply(RAW[0])
    mirrored = network.apply(RAW[0][:, ::-1])[:, ::-1]
    brighter = network.apply(np.clip(RAW[0] + 0.05, 0, 1)) - 0.05
    speckle = RAW[0].std()
    assert np.sqrt(np.mean((plain - mirrored) ** 2)) < 0.2 * speckle
    assert np.sqrt(np.mean((plain - brighter) ** 2)) < 0.2 * speckle


def test_any_size_of_picture_comes_back_in_its_size():
    image = np.random.default_rng(1).random((101, 77)).astype(np.float32)
    found = networks.stored("two looks").apply(image)
    assert found.shape == image.shape and 0 <= found.min() and found.max() <= 1


def test_the_files_are_small_and_others_are_refused(monkeypatch, tmp_path):
    sizes = [networks.file(name).stat().st_size for name in networks.STORED]
    assert max(sizes) < 300_000 and sum(sizes) < 500_000
    with pytest.raises(DataError, match="two looks"):
        networks.file("velvet")
    monkeypatch.setattr(networks, "FOLDER", tmp_path)
    networks.stored.cache_clear()
    with pytest.raises(FileError, match="denoisers.py"):
        networks.stored("two looks")


def test_half_precision_changes_no_grey_level(tmp_path):
    model = networks.unet()
    networks.save(model, tmp_path / "half.npz")
    kept = networks.loaded(tmp_path / "half.npz")
    x = np.random.default_rng(0).random((1, 64, 64, 1)).astype(np.float32)
    assert np.abs(model(x) - kept(x)).max() < 1 / 255
