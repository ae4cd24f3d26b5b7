"""Sanity tests of maps: closed forms, independent oracles, and a model that is never changed."""

import numpy as np
import pytest
from scipy import stats

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

pytest.importorskip("keras", reason="Keras is not installed for this computer")

from course_utils.core.errors import DataError
from course_utils.saliency import maps, sanity
from course_utils.segment.backend import keras, seed

LAYERS = keras.layers
DRAWS = np.random.default_rng(0)
A, B = DRAWS.standard_normal((2, 24, 20))
MASK = np.zeros((24, 20), np.uint8)
MASK[4:10, 5:15] = 1


def network():
    seed(3)
    image = keras.Input((16, 16, 1))
    x = LAYERS.Conv2D(4, 3, padding="same", use_bias=False, name="first")(image)
    x = LAYERS.ReLU()(LAYERS.BatchNormalization(name="norm")(x))
    inner = keras.Input((16, 16, 4))
    body = keras.Model(inner, LAYERS.Conv2D(4, 3, activation="relu", name="deep")(inner))
    x = LAYERS.Flatten()(body(x))
    return keras.Model(image, LAYERS.Dense(1, activation="sigmoid", name="end")(x))


# --- likeness ---


def test_a_map_is_like_itself_and_its_negative():
    for other in (A, -A, 3 * A):
        assert sanity.similarity(A, other) == pytest.approx((1, 1))


def test_unlike_maps():
    found = sanity.similarity(A, B)
    assert abs(found.spearman) < 0.15 and abs(found.ssim) < 0.25


def test_spearman_is_that_of_scipy_on_sizes():
    assert sanity.spearman(A, B) == pytest.approx(
        stats.spearmanr(np.abs(A).ravel(), np.abs(B).ravel()).statistic
    )
    ramp = np.arange(480.0).reshape(24, 20)
    assert sanity.spearman(ramp, np.exp(-ramp / 99)) == pytest.approx(-1)
    assert sanity.spearman(ramp, np.ones_like(ramp)) == 0


def test_ssim_of_two_constant_halves_has_a_closed_form():
    left = np.zeros((64, 64))
    left[:, :32] = 1
    # Far from the border between the halves, only the means differ: 0 against 1.
    apart = 0.01**2 / (1 + 0.01**2)
    found = sanity.ssim(left, 1 - left)
    middle = 64 - 12  # columns whose window of 11 lies in one half
    assert found == pytest.approx(apart * middle / 64, abs=12 / 64)
    assert found < 0.01


def test_ssim_against_a_direct_calculation():
    def direct(a, b):
        reach = np.arange(-5, 6)
        weights = np.exp(-(reach**2) / 4.5)
        window = np.outer(weights, weights) / weights.sum() ** 2
        a, b = (np.pad((x - x.min()) / np.ptp(x), 5, mode="symmetric") for x in (a, b))
        values = []
        for row in range(24):
            for col in range(20):
                p, q = (x[row : row + 11, col : col + 11] for x in (a, b))
                mean_p, mean_q = (window * p).sum(), (window * q).sum()
                spread_p = (window * (p - mean_p) ** 2).sum()
                spread_q = (window * (q - mean_q) ** 2).sum()
                both = (window * (p - mean_p) * (q - mean_q)).sum()
                values.append(
                    (2 * mean_p * mean_q + 1e-4)
                    * (2 * both + 9e-4)
                    / ((mean_p**2 + mean_q**2 + 1e-4) * (spread_p + spread_q + 9e-4))
                )
        return np.mean(values)

    a, b = np.abs(A), np.abs(A + 0.5 * B)
    assert sanity.ssim(a, b) == pytest.approx(direct(a, b), abs=1e-9)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "map",
        np.zeros(4),
        np.zeros((24, 20, 1)),
        A * np.nan,
        np.zeros((4, 4)),
        np.zeros((0, 0)),
    ],
)
def test_maps_that_cannot_be(bad):
    for call in (
        lambda: sanity.ssim(A, bad),
        lambda: sanity.spearman(A, bad),
        lambda: sanity.mass(bad, MASK),
        lambda: sanity.pointing_game(bad, MASK),
    ):
        with pytest.raises(DataError):
            call()


# --- where the map lies ---


def test_mass():
    even = sanity.mass(np.ones((24, 20)), MASK)
    assert even == pytest.approx((60 / 480, 60 / 480, 1))
    assert sanity.mass(-1.0 * MASK, MASK) == pytest.approx((1, 60 / 480, 8))


@pytest.mark.parametrize("mask", [MASK * 0, MASK * 0 + 1, MASK[:5], None])
def test_masks_that_cannot_be(mask):
    with pytest.raises(DataError):
        sanity.mass(A, mask)


def test_a_map_of_zeros_has_no_mass():
    with pytest.raises(DataError, match="0 everywhere"):
        sanity.mass(A * 0, MASK)


def test_pointing_game():
    hit = np.zeros((24, 20))
    hit[6, 17] = -5  # three columns right of the mask
    assert not sanity.pointing_game(hit, MASK) and sanity.pointing_game(hit, MASK, tolerance=3)
    with pytest.raises(DataError):
        sanity.pointing_game(hit, MASK * 0)


def test_edges_of_a_step():
    image = np.zeros((8, 8), np.float32)
    image[:, 4:] = 0.5
    found = sanity.edges(image)
    assert found[4].tolist() == [0, 0, 0, 2, 2, 0, 0, 0]  # Sobel: 4 * 0.5
    np.testing.assert_allclose(sanity.edges(image.T), found.T)


# --- forgetting ---


def test_a_copy_leaves_the_original_alone():
    model = network()
    before = model.get_weights()
    twin = sanity.copy_model(model)
    for layer in twin.layers:
        layer.set_weights([value * 0 + 1 for value in layer.get_weights()])
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    with pytest.raises(DataError):
        sanity.copy_model("unet")


def test_the_cascade_goes_from_the_answer_to_the_image_on_a_copy():
    model, image = network(), DRAWS.random((16, 16)).astype(np.float32)
    before, seen = model.get_weights(), []

    def _explain(net, picture):
        seen.append(net.get_weights())
        return maps.gradient(net, picture)

    found = sanity.weight_randomisation(model, image, _explain, steps=4, runs=2)
    assert found.table["last"].tolist() == ["none", "end", "deep", "norm", "first"]
    assert found.table["layers"].tolist() == [0, 1, 2, 3, 4]
    assert found.table["weights"].iloc[-1] == 1 and found.table["spearman"].iloc[0] == 1
    assert found.table["spearman"].iloc[-1] < 0.6
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    changed = [not np.array_equal(old, new) for old, new in zip(before, seen[1], strict=True)]
    assert changed.index(True) == len(changed) - 2 and np.isfinite(seen[4][0]).all()
    assert not np.array_equal(seen[4][-2], seen[-1][-2])  # the second run draws other numbers
    assert len(seen) == 9


def test_the_edge_detector_passes_every_eye_and_fails_here():
    image = DRAWS.random((16, 16)).astype(np.float32)
    found = sanity.weight_randomisation(network(), image, lambda _, one: sanity.edges(one), 2, 1)
    assert found.table["ssim"].tolist() == pytest.approx([1, 1, 1])
    assert found.table["spearman"].tolist() == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 1.5}, {"runs": 0}])
def test_cascades_that_cannot_be(wrong):
    image = np.eye(16, dtype=np.float32)
    with pytest.raises(DataError):
        sanity.weight_randomisation(network(), image, lambda _, one: one, **wrong)
    with pytest.raises(DataError, match="same everywhere"):
        sanity.weight_randomisation(network(), image, lambda _, one: one * 0)
    with pytest.raises(DataError):
        sanity.weight_randomisation(network(), image, lambda _, one: one[:4])


def test_label_randomisation_compares_image_by_image():
    images = DRAWS.random((3, 16, 16)).astype(np.float32)
    found = sanity.label_randomisation(network(), network(), images, maps.gradient)
    assert len(found) == 3 and found["spearman"].min() > 0.999
    with pytest.raises(DataError):
        sanity.label_randomisation(network(), network(), [], maps.gradient)
