"""Uncertainty: variations undone, zero where nothing varies, and judged by a known area."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

pytest.importorskip("keras", reason="Keras is not installed for this computer")

from course_utils.core.errors import DataError
from course_utils.saliency import uncertainty
from course_utils.segment.backend import keras, seed

LAYERS = keras.layers
SIZE = 32
IMAGE = np.full((SIZE, SIZE), 0.1, np.float32)
IMAGE[10:20, 6:20] = 0.9


def bright(slope=20.0):
    """Probability that a pixel is brighter than a half."""
    seed(0)
    model = keras.Sequential(
        [keras.Input((SIZE, SIZE, 1)), LAYERS.Conv2D(1, 1), LAYERS.Activation("sigmoid")]
    )
    model.layers[-2].set_weights([np.full((1, 1, 1, 1), slope), np.float32([-slope / 2])])
    return model


def test_every_variation_is_undone():
    asked = uncertainty.test_time_augmentation(bright(), IMAGE, 8)
    assert asked.samples.shape == (8, SIZE, SIZE)
    inner = np.zeros((SIZE, SIZE), bool)
    inner[12:18, 8:18] = True
    assert asked.probability[inner].min() > 0.99
    outer = np.ones((SIZE, SIZE), bool)
    outer[8:22, 4:22] = False
    assert asked.probability[outer].max() < 0.02
    assert asked.map[~outer & ~inner].max() > 10 * asked.map[inner | outer].max()


def test_without_variation_only_the_mirror_is_left_and_it_is_exact():
    asked = uncertainty.test_time_augmentation(bright(), IMAGE, 6, strength=0, measure="sd")
    assert asked.map.max() < 1e-6
    np.testing.assert_allclose(asked.samples[1], asked.samples[0], atol=1e-6)


def test_entropy_is_that_of_the_mean_in_bits():
    even = np.full((SIZE, SIZE), 0.5, np.float32)
    asked = uncertainty.test_time_augmentation(bright(), even, 4, strength=0)
    np.testing.assert_allclose(asked.map, 1, atol=1e-5)
    asked = uncertainty.test_time_augmentation(bright(), IMAGE, 4, strength=0)
    p = asked.samples[0].astype(float)
    np.testing.assert_allclose(asked.map, -p * np.log2(p) - (1 - p) * np.log2(1 - p), atol=1e-5)


def test_the_answer_is_on_the_grid_of_the_image_and_repeats():
    picture = np.random.default_rng(0).random((50, 70)).astype(np.float32)
    one, two = (uncertainty.test_time_augmentation(bright(), picture, 3) for _ in range(2))
    assert one.map.shape == one.probability.shape == (50, 70)
    np.testing.assert_array_equal(one.map, two.map)


@pytest.mark.parametrize(
    "wrong",
    [{"count": 1}, {"count": 2.5}, {"measure": "doubt"}, {"strength": -1}, {"strength": None}],
)
def test_questions_that_cannot_be(wrong):
    with pytest.raises(DataError):
        uncertainty.test_time_augmentation(bright(), IMAGE, **wrong)


def test_a_classifier_is_refused():
    model = keras.Sequential([keras.Input((SIZE, SIZE, 1)), LAYERS.Flatten(), LAYERS.Dense(1)])
    with pytest.raises(DataError, match="outlines one structure"):
        uncertainty.test_time_augmentation(model, IMAGE)


# --- is it higher where it is wrong? ---


def test_auroc_is_that_of_scikit_learn_with_ties_too():
    draws = np.random.default_rng(1)
    truth, found = draws.integers(0, 2, (2, 20, 20))
    for values in (draws.random((20, 20)), draws.integers(0, 4, (20, 20))):
        judged = uncertainty.higher_where_wrong(values, truth, found)
        wrong = truth != found
        assert judged.auroc == pytest.approx(roc_auc_score(wrong.ravel(), values.ravel()))
        assert judged.inside_wrong == pytest.approx(values[wrong].mean())
        assert judged.wrong_share == pytest.approx(wrong.mean())


def test_nothing_wrong_or_all_wrong_has_no_auroc():
    mask = np.eye(4, dtype=np.uint8)
    judged = uncertainty.higher_where_wrong(np.ones((4, 4)), mask, mask)
    assert np.isnan(judged.auroc) and judged.inside_right == 1 and judged.wrong_share == 0
    judged = uncertainty.higher_where_wrong(np.ones((4, 4)), mask, 1 - mask)
    assert np.isnan(judged.auroc) and judged.inside_wrong == 1 and judged.wrong_share == 1


@pytest.mark.parametrize("values", [None, np.ones((3, 4)), np.full((4, 4), np.nan), "map"])
def test_maps_that_cannot_be(values):
    mask = np.eye(4, dtype=np.uint8)
    with pytest.raises(DataError):
        uncertainty.higher_where_wrong(values, mask, mask)


def test_a_table_is_judged_patient_by_patient(tmp_path):
    rows = []
    for number in range(4):
        truth = np.zeros((SIZE, SIZE), np.uint8)
        truth[10:20, 6 - number % 2 : 21] = 1  # wrong beside the border only
        for name, array in (("i", IMAGE), ("m", truth)):
            Image.fromarray((255 * array).astype(np.uint8)).save(tmp_path / f"{name}{number}.png")
        rows.append(
            {"image": f"i{number}.png", "mask": f"m{number}.png", "patient_id": f"P{number // 2}"}
        )
    table = pd.DataFrame(rows)
    table.attrs["folder"] = str(tmp_path)
    scores = uncertainty.evaluate(bright(), table, count=6)
    assert scores["auroc"].iloc[-1] > 0.7 and len(scores) == 4
    both = uncertainty.evaluate(bright(), table, measures=uncertainty.MEASURES, count=6)
    alone = uncertainty.evaluate(bright(), table, measures=["sd"], count=6)
    assert both[both.measure == "entropy"].equals(scores)
    assert both[both.measure == "sd"].equals(alone)
    with pytest.raises(DataError):
        uncertainty.evaluate(bright(), table, measures=["variance"])
