import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from course_utils.core import errors
from course_utils.segment import batches, losses, models, training
from course_utils.segment.backend import keras
from tests.helpers.learning import SIZE, fit, make_sets, make_table, net

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sets(tmp_path):
    return make_sets(tmp_path)


def same(one, other):
    return all(
        np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True)
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One training of 12 epochs that several tests look at: its Run and its tables."""
    home = tmp_path_factory.mktemp("done")
    sets = make_sets(home)
    return fit(sets, epochs=12, folder=home / "run"), sets


@pytest.mark.slow
def test_it_learns_and_leaves_everything_that_was_promised(done):
    run, _ = done
    assert list(run.history.columns) == list(training.KEYS)
    assert list(run.history.epoch) == list(range(1, 13))
    assert run.complete and "12 epochs" in run.why
    assert run.history.val_dice.max() > 0.8 > run.history.val_dice.iloc[0]
    assert run.history.seconds.is_monotonic_increasing
    rates = run.history.learning_rate.to_numpy()
    assert rates[0] <= 0.02 and (np.diff(rates) < 0).all() and rates[-1] < 0.02 / 50
    assert len(run.frames) == 12 and len({frame.png for frame in run.frames}) > 6
    assert run.frames[4].alt.startswith("After epoch 5: validation Dice")
    assert 'alt="Learning curves over 12 epochs' in run._repr_mimebundle_()["text/html"]


@pytest.mark.slow
def test_the_best_files_hold_the_best_epochs(done):
    run, sets = done
    assert same(models.load(run.best_dice), run.model)
    source = batches.Source(sets[1], size=SIZE, batch=6, shuffle=False)
    score, truths = losses.DiceScore(), source.masks()
    score.update_state(truths, run.model.predict_on_batch(source.images()))
    assert float(score.result()) == pytest.approx(run.history.val_dice.max(), abs=1e-3)
    lowest = models.load(run.best_loss).predict_on_batch(source.images())
    loss = float(keras.ops.mean(losses.dice_bce(truths, lowest)))
    assert loss == pytest.approx(run.history.val_loss.min(), abs=1e-3)


class Stop(keras.callbacks.Callback):
    """The stop button, pressed during epoch 2."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 0 and self.model.optimizer.iterations > 3:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to itself")
def test_stopped_by_hand_and_resumed_gives_the_very_same_weights(sets, tmp_path):
    asked = {"epochs": 5, "augment": "plausible"}
    whole = fit(sets, **asked, folder=tmp_path / "whole")
    part = fit(sets, **asked, folder=tmp_path / "part", extra=[Stop()])
    assert len(part.history) == 2 and part.why == "Stopped by hand after 2 of 5 epochs."
    rest = fit(sets, net(start=9), **asked, folder=tmp_path / "part", resume=True)
    assert list(rest.history.epoch) == [1, 2, 3, 4, 5] and rest.complete
    columns = ["loss", "val_loss", "dice", "val_dice", "learning_rate"]
    assert np.allclose(rest.history[columns], whole.history[columns], atol=1e-6)
    assert close(rest.model, whole.model)
    assert rest.history.seconds.is_monotonic_increasing
    again = fit(sets, **asked, folder=tmp_path / "part", resume=True)
    assert len(again.history) == 5 and close(again.model, whole.model)


def close(one, other):
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.allclose(a, b, atol=1e-6) for a, b in pairs)


KILLED = """
import sys, time
sys.path[:0] = [{root!r}, {tests!r}]
import tests.segment.test_training as t
from course_utils.segment.backend import keras
from pathlib import Path
home = Path({home!r})
sets = t.make_sets(home)
slow = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: time.sleep(0.3))
t.fit(sets, epochs=12, folder=home / "part", extra=[slow])
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_kernel_loses_no_whole_epoch(sets, done, tmp_path):
    code = KILLED.format(root=str(ROOT), tests=str(ROOT / "tests"), home=str(tmp_path))
    with open(tmp_path / "said.txt", "w") as output:
        child = subprocess.Popen([sys.executable, "-c", code], stdout=output, stderr=output)
    limit = time.monotonic() + 240
    while training._begun(tmp_path / "part") < 3:
        assert child.poll() is None and time.monotonic() < limit, (
            tmp_path / "said.txt"
        ).read_text()
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(30)
    assert 3 <= training._begun(tmp_path / "part") < 12
    begun = []
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    before = training._begun(tmp_path / "part")
    rest = fit(sets, net(start=5), epochs=12, folder=tmp_path / "part", resume=True, extra=[note])
    assert begun == list(range(before, 12))  # nothing that was finished is done again
    whole, _ = done  # the same training without a stop
    assert list(rest.history.epoch) == list(range(1, 13))
    assert np.allclose(rest.history.val_loss, whole.history.val_loss, atol=1e-6)
    assert close(rest.model, whole.model)


def test_a_half_written_backup_gives_way_to_the_one_before(tmp_path):
    (tmp_path / training.BACKUP).mkdir()
    (tmp_path / "backup/training_metadata.json").write_text("")
    (tmp_path / "backup/training_metadata.json.bkp").write_text('{"epoch": 4, "batch": 0}')
    assert training._begun(tmp_path) == 4


def test_an_epoch_that_was_logged_twice_counts_once(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,val_dice\n0,0.5\n1,0.6\n1,0.7\n2,0.8\n")
    table = training.history(tmp_path)
    assert list(table.epoch) == [1, 2, 3] and list(table.val_dice) == [0.5, 0.7, 0.8]


@pytest.mark.slow
def test_a_new_training_replaces_an_old_one_and_leaves_other_files(sets, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/notes.txt").write_text("mine")
    model = net()
    fit(sets, model, epochs=2, folder=tmp_path / "run")
    run = fit(sets, model, epochs=1, folder=tmp_path / "run")
    assert len(run.history) == 1 and (tmp_path / "run/notes.txt").read_text() == "mine"


@pytest.mark.slow
def test_callbacks_of_keras_can_be_added(sets):
    early = keras.callbacks.EarlyStopping(monitor="val_dice", mode="max", patience=2)
    run = fit(sets, epochs=50, learning_rate=1e-9, watch=0, extra=[early])
    assert len(run.history) < 50 and f"after {len(run.history)} of 50 epochs" in run.why
    # A temporary folder keeps the best networks, and no backup: nobody goes on with it.
    assert run.best_dice.exists() and not (run.best_dice.parent / training.BACKUP).exists()


@pytest.mark.slow
def test_another_architecture_or_setting_in_the_folder(sets, tmp_path):
    fit(sets, epochs=1, folder=tmp_path / "run")
    for wrong, words in (
        ({"model": net(width=9)}, "network"),
        ({"seed": 1}, "seed=0, not 1"),
        ({"batch": 3}, "batch=4, not 3"),
    ):
        with pytest.raises(errors.DataError, match=words):
            fit(sets, **({"epochs": 1, "folder": tmp_path / "run", "resume": True} | wrong))


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"seconds": 0}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 2.5}, "epochs"),
        ({"epochs": None}, "epochs"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"batch": 0}, "batch"),
        ({"batch": 13}, "batch"),
        ({"watch": [99]}, "watch"),
        ({"watch": "all"}, "watch"),
        ({"watch": -1}, "watch"),
        ({"augment": "lots"}, "augment"),
    ],
)
def test_numbers_that_cannot_work(sets, settings, words):
    with pytest.raises(errors.DataError, match=words):
        fit(sets, **settings)


@pytest.mark.slow
def test_tables_that_cannot_work(sets, tmp_path):
    train, validation = sets
    for wrong, words in [
        ((train[:0], validation), "train table has no rows"),
        ((train, validation[:0]), "validation table has no rows"),
        ((train[:3], validation), "one patient"),
        ((train, train), "P1"),
        ((train.drop(columns="mask"), validation), "mask"),
        ((3, validation), "table"),
    ]:
        with pytest.raises(errors.DataError, match=words):
            fit(wrong, batch=2)
    black = make_table(tmp_path / "black", ["P1", "P2"], empty=("P1", "P2"))
    with pytest.raises(errors.DataError, match="empty"):
        fit((black, validation))
    dark = make_table(tmp_path / "dark", ["P8", "P9"], empty=("P8", "P9"))
    with pytest.raises(errors.DataError, match="masks of the validation set are empty"):
        fit((train, dark))


def test_labels_other_than_0_and_1(sets, tmp_path):
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[4:9], mask[20:25] = 1, 2
    for name in sets[0]["mask"]:
        cv2.imwrite(str(tmp_path / "train" / name), mask)
    with pytest.raises(errors.DataError, match="labels|holds"):
        fit(sets)


def test_networks_that_cannot_work(sets):
    for wrong in (
        "unet",
        keras.Sequential([keras.Input((SIZE, SIZE, 1)), keras.layers.Flatten()]),
        keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(1, 1)]),
    ):
        with pytest.raises(errors.DataError, match="[Nn]etwork"):
            fit(sets, wrong)


def test_a_folder_that_cannot_be_written(sets, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(errors.FileError, match="taken"):
        fit(sets, folder=tmp_path / "taken")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What tests/helpers/two_devices.py found, on two logical CPUs, in a process of its own."""
    place = tmp_path_factory.mktemp("two")
    script = ROOT / "tests/helpers/two_devices.py"
    asked = [sys.executable, str(script), str(place)]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stderr[-3000:]
    return json.loads(said.stdout.splitlines()[-1])


@pytest.mark.slow
def test_two_devices_train_as_one_does(two):
    assert two["epochs"] == 4 and two["moved"] > 0.01  # it has learned something
    assert two["losses"] < 1e-5 and two["weights"] < 1e-5


@pytest.mark.slow
def test_on_two_devices_a_last_smaller_batch_and_batch_normalisation_learn_too(two):
    assert all(0 < loss < 3 for loss in two["normalised"])


@pytest.mark.slow
def test_devices_that_are_not_there(two):
    assert "There is no device GPU:7. TensorFlow shows CPU:0, CPU:1" in two["refused"]["['GPU:7']"]
    assert all("devices must be None" in two["refused"][wrong] for wrong in ("both", "[1]", "2"))
