"""Losses against NumPy in double precision, their gradients at the edges, and a second process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="Keras is not installed for this computer")

from course_utils.core.errors import DataError
from course_utils.segment import losses
from course_utils.segment.backend import keras, seed, tensorflow

ROOT = Path(__file__).resolve().parents[2]
SHAPE = (3, 8, 9, 1)


def pair(number=0, shape=SHAPE):
    """Truth, logits and probabilities of three images; the second has no muscle."""
    rng = np.random.default_rng(number)
    truth = (rng.random(shape) < 0.4).astype(np.float32)
    truth[1] = 0
    logits = rng.normal(0, 2, shape).astype(np.float32)
    return truth, logits, (1 / (1 + np.exp(-logits.astype(float)))).astype(np.float32)


def tversky_by_numpy(truth, probability, alpha, beta):
    """The definition, one image at a time, in the usual form 1 - T."""
    values = []
    for y, p in zip(truth.astype(float), probability.astype(float), strict=True):
        found, false, missed = (y * p).sum(), ((1 - y) * p).sum(), (y * (1 - p)).sum()
        values.append(1 - (found + 0.5) / (found + 0.5 + alpha * false + beta * missed))
    return np.array(values)


def dice_by_numpy(truth, probability):
    """The textbook's Dice, twice the product over the sum, with one pixel added."""
    y, p = truth.astype(float).reshape(3, -1), probability.astype(float).reshape(3, -1)
    return 1 - (2 * (y * p).sum(1) + 1) / (y.sum(1) + p.sum(1) + 1)


def bce_by_numpy(truth, probability):
    y, p = truth.astype(float).reshape(3, -1), probability.astype(float).reshape(3, -1)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(1)


ALL = {
    "dice": losses.dice,
    "dice_bce": losses.dice_bce,
    "tversky": losses.tversky(0.3, 0.7).call,
    "focal": losses.focal_tversky(0.3, 0.7, 4 / 3).call,
    "focal 3": losses.focal_tversky(0.3, 0.7, 3).call,
}
LOGITS = {
    "dice": lambda y, p: losses.dice(y, p, from_logits=True),
    "dice_bce": lambda y, p: losses.dice_bce(y, p, from_logits=True),
    "tversky": losses.tversky(0.3, 0.7, from_logits=True).call,
    "focal": losses.focal_tversky(0.3, 0.7, 4 / 3, from_logits=True).call,
    "focal 3": losses.focal_tversky(0.3, 0.7, 3, from_logits=True).call,
}


# --- values ---


@pytest.mark.parametrize("number", range(3))
def test_values_equal_numpy(number):
    truth, _, probability = pair(number)
    close = {"rtol": 2e-6, "atol": 1e-7}
    dice = dice_by_numpy(truth, probability)
    np.testing.assert_allclose(losses.dice(truth, probability), dice, **close)
    np.testing.assert_allclose(
        losses.dice_bce(truth, probability), dice + bce_by_numpy(truth, probability), **close
    )
    for alpha, beta in [(0.3, 0.7), (0.7, 0.3), (0, 1), (1, 1), (2, 0.5)]:
        expected = tversky_by_numpy(truth, probability, alpha, beta)
        np.testing.assert_allclose(
            losses.tversky(alpha, beta).call(truth, probability), expected, **close
        )
        for gamma in (0.75, 1, 4 / 3, 3):
            np.testing.assert_allclose(
                losses.focal_tversky(alpha, beta, gamma).call(truth, probability),
                expected ** (1 / gamma),
                **close,
            )


@pytest.mark.parametrize("name", ALL)
def test_logits_and_probabilities_give_the_same(name):
    truth, logits, probability = pair()
    np.testing.assert_allclose(
        LOGITS[name](truth, logits), ALL[name](truth, probability), rtol=1e-5
    )


def test_half_and_half_is_dice():
    truth, logits, probability = pair(4)
    np.testing.assert_array_equal(
        losses.tversky(0.5, 0.5).call(truth, probability), losses.dice(truth, probability)
    )
    np.testing.assert_array_equal(
        losses.focal_tversky(0.5, 0.5, 1).call(truth, probability), losses.dice(truth, probability)
    )


def test_one_and_one_is_jaccard():
    truth, _, _ = pair(1)
    guess = np.roll(truth, 1, 1)
    found, either = (truth * guess).sum((1, 2, 3)), np.maximum(truth, guess).sum((1, 2, 3))
    np.testing.assert_allclose(
        losses.tversky(1, 1).call(truth, guess), 1 - (found + 0.5) / (either + 0.5), rtol=1e-6
    )


def test_alpha_is_the_price_of_false_muscle_and_beta_of_missed_muscle():
    truth = np.zeros((1, 10, 10, 1), np.float32)
    truth[:, 3:7] = 1
    small, large = np.zeros_like(truth), np.zeros_like(truth)
    small[:, 4:6], large[:, 1:9] = 1, 1
    dear_false, dear_missed = losses.tversky(0.9, 0.1), losses.tversky(0.1, 0.9)
    assert dear_false(truth, large) > dear_false(truth, small)
    assert dear_missed(truth, small) > dear_missed(truth, large)


def test_each_image_counts_alone_and_the_batch_is_their_mean():
    truth, _, probability = pair()
    alone = [
        float(losses.tversky(0.3, 0.7)(truth[i : i + 1], probability[i : i + 1])) for i in range(3)
    ]
    assert float(losses.tversky(0.3, 0.7)(truth, probability)) == pytest.approx(np.mean(alone))
    as_keras = keras.losses.get(losses.dice_bce)
    assert as_keras(truth, probability).shape == SHAPE[:1]


@pytest.mark.parametrize("kind", [np.uint8, bool, np.float64, np.int32])
def test_the_kind_of_number_does_not_matter(kind):
    truth, _, probability = pair()
    expected = losses.dice_bce(truth, probability)
    np.testing.assert_allclose(losses.dice_bce(truth.astype(kind), probability), expected)
    np.testing.assert_allclose(
        losses.dice(truth[..., 0], probability[..., 0]), losses.dice(truth, probability)
    )


def test_half_precision_does_not_overflow():
    truth = np.ones((1, 512, 512, 1), np.float16)  # four times what a 16-bit sum can hold
    assert float(losses.dice(truth, truth)[0]) == 0
    assert np.isfinite(losses.dice_bce(truth, truth * np.float16(0.5))).all()


# --- empty, full, saturated ---

EMPTY = np.zeros((1, 16, 16, 1), np.float32)
FULL = np.ones((1, 16, 16, 1), np.float32)


@pytest.mark.parametrize("name", ALL)
def test_two_masks_that_agree_cost_nothing(name):
    for mask in (EMPTY, FULL):
        assert float(ALL[name](mask, mask)[0]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", ["dice", "tversky", "focal"])
def test_one_empty_mask_costs_nearly_everything(name):
    assert 0.98 < float(ALL[name](EMPTY, FULL)[0]) <= 1
    assert 0.98 < float(ALL[name](FULL, EMPTY)[0]) <= 1


def gradient(loss, truth, guess):
    guess = tensorflow.constant(guess)
    with tensorflow.GradientTape() as tape:
        tape.watch(guess)
        value = loss(truth, guess)
    return value.numpy(), tape.gradient(value, guess).numpy()


def not_finite(loss, levels):
    """The (mask, level) at which the loss or its slope is no finite number."""
    found = {}
    for mask, truth in (("empty", EMPTY), ("full", FULL)):
        for level in levels:
            found[mask, level] = gradient(loss, truth, np.full_like(truth, level))
    return [at for at, pair in found.items() if not all(np.isfinite(x).all() for x in pair)]


@pytest.mark.parametrize("name", ALL)
def test_gradients_are_finite_for_probabilities(name):
    assert not_finite(ALL[name], [0, 1e-30, 1e-7, 0.5, 1 - 6e-8, 1]) == []


@pytest.mark.parametrize("name", LOGITS)
def test_gradients_are_finite_for_logits(name):
    assert not_finite(LOGITS[name], [-1e4, -100, -20, 0, 20, 100, 1e4]) == []


def test_cross_entropy_from_logits_still_teaches_a_saturated_pixel():
    _, slope = gradient(LOGITS["dice_bce"], EMPTY, FULL * 200)
    assert (slope > 1e-3).all()  # from probabilities it would be 0: the sigmoid is flat there
    value, _ = gradient(LOGITS["dice_bce"], EMPTY, FULL * 200)
    assert value[0] == pytest.approx(200 + 1, rel=0.01)
    assert float(losses.dice_bce(EMPTY, FULL)[0]) == pytest.approx(-np.log(1e-7) + 1, rel=0.02)


@pytest.mark.parametrize("name", ["dice", "tversky", "focal", "dice_bce"])
def test_gradients_equal_finite_differences(name):
    truth, _, probability = pair()
    _, slope = gradient(lambda y, p: losses.ops.sum(ALL[name](y, p)), truth, probability)
    place, step = (0, 3, 4, 0), 1e-2
    up, down = probability.copy(), probability.copy()
    up[place] += step
    down[place] -= step
    rise = float(np.sum(ALL[name](truth, up))) - float(np.sum(ALL[name](truth, down)))
    assert slope[place] == pytest.approx(rise / 2 / step, rel=0.02, abs=1e-4)


def test_the_gradient_pulls_towards_the_truth():
    truth, _, probability = pair(2)
    for name in ALL:
        _, slope = gradient(ALL[name], truth, probability)
        assert (slope[truth == 1] < 0).all() and (slope[truth == 0] > 0).all()


# --- the metric ---


def test_dice_score_is_the_mean_over_images():
    truth = np.zeros((4, 10, 10, 1), np.float32)
    guess = np.zeros_like(truth)
    truth[0, :5], guess[0, :5] = 1, 0.9  # right: 1
    truth[1, :4], guess[1, 2:6] = 1, 0.6  # half: 0.5
    guess[2, 0, 0] = 0.51  # false muscle in an empty image: 0; the fourth is empty in both: 1
    metric = losses.DiceScore()
    assert float(metric.result()) == 0
    metric.update_state(truth[:3], guess[:3])
    metric.update_state(truth[3:], guess[3:])
    assert float(metric.result()) == pytest.approx(2.5 / 4)
    metric.reset_state()
    metric.update_state(truth[:1], guess[:1])
    assert float(metric.result()) == 1


def test_dice_score_agrees_with_metrics_on_random_masks():
    from course_utils.evaluate import metrics

    truth, logits, probability = pair(5)
    expected = np.mean(
        [metrics.dice(y[..., 0], p[..., 0] > 0.3) for y, p in zip(truth, probability, strict=True)]
    )
    one, two = losses.DiceScore(threshold=0.3), losses.DiceScore(threshold=0.3, from_logits=True)
    one.update_state(truth, probability)
    two.update_state(truth.astype(bool), logits)
    assert float(one.result()) == pytest.approx(expected, abs=1e-6)
    assert float(two.result()) == pytest.approx(expected, abs=1e-6)


def test_dice_score_takes_a_weight_per_image():
    metric = losses.DiceScore()
    both = np.concatenate([EMPTY, FULL])
    metric.update_state(both, both * 0, sample_weight=[3.0, 1.0])
    assert float(metric.result()) == pytest.approx(0.75)


# --- in a model ---


def tiny(loss, logits=False, **how):
    seed(0)
    inputs = keras.Input((8, 8, 1))
    outputs = keras.layers.Conv2D(1, 3, padding="same", activation=None if logits else "sigmoid")(
        inputs
    )
    model = keras.Model(inputs, outputs)
    score = losses.DiceScore(threshold=0.4, from_logits=logits)
    model.compile("adam", loss, metrics=[score], **how)
    return model


@pytest.mark.slow
def test_a_compiled_sigmoid_is_trained_through_its_logits():
    model = tiny(losses.dice_bce)
    model.layers[-1].bias.assign([200.0])  # every pixel is muscle, as surely as can be
    x = np.zeros((2, 8, 8, 1), np.float32)
    before = float(model.layers[-1].bias[0])
    value = model.train_on_batch(x, x)[0]
    assert value == pytest.approx(201, rel=0.01)  # 17 if it were clipped, and nothing to learn from
    assert float(model.layers[-1].bias[0]) < before


@pytest.mark.slow
def test_an_empty_batch_of_masks_leaves_the_weights_finite():
    for loss in (losses.dice, losses.focal_tversky(), losses.dice_bce):
        model = tiny(loss)
        x = np.random.default_rng(0).random((4, 8, 8, 1)).astype(np.float32)
        for target in (x * 0, x * 0 + 1):
            assert np.isfinite(model.train_on_batch(x, target)[0])
        assert all(np.isfinite(weight).all() for weight in model.get_weights())


READ = """
import sys, json, numpy as np
from course_utils.segment import losses
from course_utils.segment.backend import keras
x, y = np.load(sys.argv[1])["x"], np.load(sys.argv[1])["y"]
found = []
for path in sys.argv[2:]:
    model = keras.models.load_model(path, safe_mode=True)
    loss = model.loss if isinstance(model.loss, keras.losses.Loss) else None
    found.append({"scores": model.evaluate(x, y, verbose=0),
                  "loss": loss.get_config() if loss else model.loss.__name__,
                  "metric": model.metrics[1].metrics[0].get_config()})
print(json.dumps(found))
"""


@pytest.mark.slow
def test_a_saved_model_has_its_loss_in_another_process(tmp_path):
    import json

    kinds = [
        (losses.dice_bce, False),
        (losses.tversky(0.25, 0.75, from_logits=True), True),
        (losses.focal_tversky(0.25, 0.75, 2), False),
    ]
    x = np.random.default_rng(0).random((4, 8, 8, 1)).astype(np.float32)
    y = (x > 0.5).astype(np.float32)
    # Without graphs, here and there: to write six down takes longer than all the rest.
    trained = [tiny(loss, logits, run_eagerly=True) for loss, logits in kinds]
    paths = [str(tmp_path / f"model_{number}.keras") for number in range(len(kinds))]
    for model, path in zip(trained, paths, strict=True):
        model.fit(x, y, verbose=0)
        model.save(path)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / "data.npz"), *paths],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = json.loads(done.stdout.splitlines()[-1])
    for (loss, logits), model, found in zip(kinds, trained, rows, strict=True):
        assert found["scores"] == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-5)
        assert found["metric"]["threshold"] == 0.4 and found["metric"]["from_logits"] is logits
        named = isinstance(loss, keras.losses.Loss)
        assert found["loss"] == (loss.get_config() if named else "dice_bce")


@pytest.mark.parametrize(
    "made",
    [
        losses.tversky(0.2, 0.8, True),
        losses.focal_tversky(0.2, 0.8, 2, True),
        losses.DiceScore("score", 0.3, True),
    ],
)
def test_settings_survive_a_round_trip(made):
    stored = keras.saving.serialize_keras_object(made)
    assert stored["registered_name"].startswith("course_utils>")
    again = keras.saving.deserialize_keras_object(stored)
    assert type(again) is type(made) and again.get_config() == made.get_config()


def test_functions_are_registered_by_name():
    for function in (losses.dice, losses.dice_bce):
        name = keras.saving.get_registered_name(function)
        assert name == f"course_utils>{function.__name__}"
        assert keras.saving.get_registered_object(name) is function


# --- bad input ---


@pytest.mark.parametrize(
    "alpha, beta",
    [
        (-0.1, 0.5),
        (0.5, -1),
        (0, 0),
        (np.nan, 0.5),
        (0.5, np.inf),
        ("a", 0.5),
        (None, 1),
        (True, 0.5),
    ],
)
@pytest.mark.parametrize("make", [losses.tversky, losses.focal_tversky])
def test_weights_that_make_no_sense_are_refused(make, alpha, beta):
    with pytest.raises(DataError, match="alpha|beta"):
        make(alpha, beta)


@pytest.mark.parametrize("gamma", [0, -1, np.nan, "2"])
def test_gamma_is_above_zero(gamma):
    with pytest.raises(DataError, match="gamma"):
        losses.focal_tversky(0.3, 0.7, gamma)


@pytest.mark.parametrize("threshold", [-0.1, 1, 50, np.nan, None])
def test_the_threshold_is_a_probability(threshold):
    with pytest.raises(DataError, match="threshold"):
        losses.DiceScore(threshold=threshold)


@pytest.mark.parametrize("shape", [(3, 8, 9), (3, 8, 8, 1), (2, 8, 9, 1), (3, 8, 9, 3), (3,), ()])
def test_shapes_that_differ_are_refused_not_spread(shape):
    truth, _, probability = pair()
    for loss in (
        losses.dice,
        losses.dice_bce,
        losses.tversky().call,
        losses.DiceScore().update_state,
    ):
        with pytest.raises(DataError, match="same shape"):
            loss(np.zeros(shape, np.float32), probability)


def test_a_model_of_another_size_says_so_while_training():
    with pytest.raises(DataError, match="size the masks were prepared"):
        tiny(losses.dice_bce).train_on_batch(np.zeros((2, 8, 8, 1)), np.zeros((2, 4, 4, 1)))
