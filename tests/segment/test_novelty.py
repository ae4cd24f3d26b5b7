"""The distance of a picture from those that a network knows."""

import numpy as np
import pytest

from course_utils.core.errors import DataError, FileError
from course_utils.segment import novelty


def cloud(count, seed, features=60):
    """Numbers that scatter in five directions, and a little in all of them."""
    rng, ways = np.random.default_rng(seed), np.random.default_rng(99).normal(size=(5, features))
    return 3.0 + rng.normal(size=(count, 5)) @ ways + 0.1 * rng.normal(size=(count, features))


@pytest.fixture(scope="module")
def known():
    return novelty.fitted(cloud(400, 0), axes=8)


def test_a_distance_is_about_one_for_what_is_known_and_that_of_mahalanobis(known):
    others = cloud(300, 1)
    far = known.distances(others)
    assert np.mean(far**2) == pytest.approx(1.0, abs=0.1)
    centred = cloud(4000, 0) - cloud(4000, 0).mean(axis=0)
    exact = np.linalg.inv(np.cov(centred.T))
    away = others - cloud(4000, 0).mean(axis=0)
    by_hand = np.sqrt(np.einsum("ij,jk,ik->i", away, exact, away) / others.shape[1])
    assert np.corrcoef(far, by_hand)[0, 1] > 0.9


def test_a_step_where_nothing_scatters_counts_more_than_one_where_all_do(known):
    middle = known.mean[None]
    aside = np.random.default_rng(3).normal(size=known.mean.shape)
    aside -= known.axes.T @ (known.axes @ aside)
    aside /= np.linalg.norm(aside)
    near, far = (known.distances(middle + 2.0 * way)[0] for way in (known.axes[0], aside))
    assert far > 10 * near > 0 and known.distances(middle)[0] == 0


def test_it_is_kept_in_a_small_file_and_read_again(known, tmp_path):
    path = tmp_path / "known.npz"
    novelty.Known(known.mean, known.axes, known.spread, known.rest, 1.5).save(path)
    again = novelty.read(path)
    assert again.limit == 1.5 and path.stat().st_size < 20_000
    assert np.allclose(again.distances(cloud(9, 2)), known.distances(cloud(9, 2)), rtol=1e-5)
    np.savez(path, mean=known.mean)
    with pytest.raises(FileError, match="knows"):
        novelty.read(path)


def test_upper_and_lower_half_are_told_apart():
    deepest = np.zeros((1, 4, 4, 3), np.float32)
    deepest[0, :2] = 1.0
    assert novelty.features(deepest).tolist() == [[1, 1, 1, 0, 0, 0]]
    assert novelty.features(deepest[:, ::-1]).tolist() == [[0, 0, 0, 1, 1, 1]]


@pytest.mark.parametrize("known", [np.zeros((10, 5)), np.full((99, 5), np.nan)])
def test_too_few_or_broken_numbers_are_refused(known):
    with pytest.raises(DataError, match="too few"):
        novelty.fitted(known, axes=6)


@pytest.mark.slow
def test_the_deepest_layer_of_a_network_answers_beside_it():
    from course_utils.segment import models
    from course_utils.segment.backend import keras

    model = models.unet(64, width=4)
    picture = np.random.default_rng(0).random((2, 64, 64, 1)).astype(np.float32)
    likely, deepest = novelty.with_features(model).predict_on_batch(picture)
    assert np.allclose(likely, model.predict_on_batch(picture), atol=1e-6)
    assert novelty.features(deepest).shape == (2, 2 * 32)
    inlet = keras.Input((8, 8, 1))
    with pytest.raises(DataError, match="no U-Net"):
        novelty.with_features(keras.Model(inlet, keras.layers.ReLU()(inlet)))
