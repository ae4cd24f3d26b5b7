import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pandas
import pytest

from course_utils.core import errors
from course_utils.segment import checkpoints, losses, training
from course_utils.segment.backend import keras, seed, tensorflow
from course_utils.show import progress

ROOT = Path(__file__).resolve().parents[2]
SIZE = 32


def make_table(folder, patients, per_patient=3, empty=()):
    """Bright ellipses on dark noise, 32 x 32: a table as samples.table gives it."""
    rng, rows = np.random.default_rng(len(patients)), []
    folder.mkdir(exist_ok=True)
    for patient in patients:
        for number in range(per_patient):
            mask = np.zeros((SIZE, SIZE), np.uint8)
            if patient not in empty:
                middle = tuple(int(v) for v in rng.integers(10, 22, 2))
                cv2.ellipse(mask, middle, (9, 5), float(rng.integers(0, 90)), 0, 360, 1, -1)
            image = 0.15 + 0.55 * mask + 0.12 * rng.standard_normal(mask.shape)
            names = [f"{patient}_{number}_{kind}.png" for kind in ("image", "mask")]
            for name, pixels in zip(names, (np.clip(image, 0, 1), mask), strict=True):
                cv2.imwrite(str(folder / name), np.rint(pixels * 255).astype(np.uint8))
            rows.append(
                {
                    "image": names[0],
                    "mask": names[1],
                    "patient_id": patient,
                    "device": "A",
                    "row_mm": 0.1,
                    "col_mm": 0.1,
                    "empty": patient in empty,
                }
            )
    table = pandas.DataFrame(rows)
    table.attrs["folder"] = str(folder)
    return table


def net(width=8, start=0):
    seed(start)
    image = keras.Input((SIZE, SIZE, 1))
    x = keras.layers.Conv2D(width, 5, padding="same", activation="relu")(image)
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    x = keras.layers.Dropout(0.1)(x)
    x = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
    return keras.Model(image, x, name="tiny")


@pytest.fixture
def sets(tmp_path):
    return (
        make_table(tmp_path / "train", ["P1", "P2", "P3", "P4"]),
        make_table(tmp_path / "validation", ["P5", "P6"]),
    )


QUICK = {"batch": 4, "learning_rate": 0.02, "augment": None}


def fit(sets, model=None, **settings):
    return training.train(model or net(), *sets, **(QUICK | settings))


def same(one, other):
    return all(
        np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True)
    )


@pytest.mark.slow
def test_it_learns_and_leaves_everything_that_was_promised(sets, tmp_path):
    run = fit(sets, epochs=12, folder=tmp_path / "run")
    assert list(run.history.columns) == list(training.KEYS)
    assert list(run.history.epoch) == list(range(1, 13)) and "12 epochs" in run.why
    assert run.history.val_dice.max() > 0.8 > run.history.val_dice.iloc[0]
    assert run.history.seconds.is_monotonic_increasing
    rates = run.history.learning_rate.to_numpy()
    assert rates[0] <= 0.02 and (np.diff(rates) < 0).all() and rates[-1] < 0.02 / 50
    assert len(run.frames) == 12 and len({frame.png for frame in run.frames}) > 6
    assert run.frames[4].alt.startswith("After epoch 5: validation Dice")
    logged = pandas.read_csv(tmp_path / "run/history.csv")
    assert np.allclose(logged.to_numpy(), run.history.to_numpy(), rtol=1e-4)
    assert 0 <= run.waiting < 1
    assert not list((tmp_path / "run").glob(".*"))  # no half-written file is left
    bundle = run._repr_mimebundle_()
    assert 'alt="Learning curves over 12 epochs' in bundle["text/html"]


@pytest.mark.slow
def test_the_best_files_hold_the_best_epochs(sets, tmp_path):
    run = fit(sets, epochs=6, folder=tmp_path / "run")
    kept = keras.saving.load_model(run.best_dice)
    assert same(kept, run.model)
    source = training.batches.Source(sets[1], size=SIZE, batch=6, shuffle=False)
    predictions = kept.predict_on_batch(source.images())
    dices = training._dices(source.masks(), predictions)
    assert np.mean(dices) == pytest.approx(run.history.val_dice.max(), abs=1e-3)
    lowest = keras.saving.load_model(run.best_loss).predict_on_batch(source.images())
    loss = float(keras.ops.mean(losses.dice_bce(source.masks(), lowest)))
    assert loss == pytest.approx(run.history.val_loss.min(), abs=1e-3)


@pytest.mark.slow
def test_a_time_budget_holds(sets):
    run = fit(sets, seconds=6, watch=0)
    assert "6 seconds" in run.why and run.frames == []
    assert 5 < run.history.seconds.iloc[-1] < 8 and len(run.history) > 3


@pytest.mark.slow
def test_stopped_by_hand_and_resumed_gives_the_very_same_weights(sets, tmp_path, monkeypatch):
    whole = fit(sets, epochs=5, augment="plausible", folder=tmp_path / "whole")
    look = training._Job.look

    def _stop_in_epoch_3(job):
        if len(job.history) == 2:
            raise KeyboardInterrupt
        return look(job)

    monkeypatch.setattr(training._Job, "look", _stop_in_epoch_3)
    part = fit(sets, epochs=5, augment="plausible", folder=tmp_path / "part")
    assert len(part.history) == 2 and "Stopped by hand after epoch 2" in part.why
    monkeypatch.undo()
    rest = fit(
        sets,
        net(start=9),
        epochs=np.int64(5),
        batch=np.int64(4),
        augment="plausible",
        folder=tmp_path / "part",
        resume=True,
    )
    assert list(rest.history.epoch) == [1, 2, 3, 4, 5] and len(rest.frames) == 5
    assert same(rest.model, whole.model)
    columns = ["loss", "val_loss", "dice", "val_dice", "learning_rate"]
    assert rest.history[columns].equals(whole.history[columns])
    assert [frame.png for frame in rest.frames] == [frame.png for frame in whole.frames]
    monkeypatch.setattr(training, "_graphs", None)  # nothing is left to do, nothing is built
    again = fit(sets, epochs=5, augment="plausible", folder=tmp_path / "part", resume=True)
    assert len(again.history) == 5 and same(again.model, whole.model)


KILLED = """
import sys, time
sys.path[:0] = [{root!r}, {tests!r}]
import tests.segment.test_training as t
from course_utils.segment import training
from pathlib import Path
keep = training._Job.keep
training._Job.keep = lambda *a: (keep(*a), time.sleep(0.2))
home = Path({home!r})
sets = (t.make_table(home / "train", ["P1", "P2", "P3", "P4"]),
        t.make_table(home / "validation", ["P5", "P6"]))
t.fit(sets, epochs=20, folder=home / "part")
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_kernel_loses_at_most_one_epoch(sets, tmp_path):
    code = KILLED.format(root=str(ROOT), tests=str(ROOT / "tests"), home=str(tmp_path))
    with open(tmp_path / "said.txt", "w") as output:
        child = subprocess.Popen([sys.executable, "-c", code], stdout=output, stderr=output)
    log, limit = tmp_path / "part" / checkpoints.STATE, time.monotonic() + 120
    while not log.exists() or rows(tmp_path / "part/history.csv") < 3:
        said = (tmp_path / "said.txt").read_text()
        assert child.poll() is None and time.monotonic() < limit, said
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(30)
    before = rows(tmp_path / "part/history.csv")
    assert 3 <= before < 20
    rest = fit(sets, net(start=5), epochs=20, folder=tmp_path / "part", resume=True)
    whole = fit(sets, epochs=20, folder=tmp_path / "whole")
    assert len(rest.history) == 20
    assert np.allclose(rest.history.val_loss, whole.history.val_loss, atol=1e-6)
    assert all(
        np.allclose(a, b, atol=1e-6)
        for a, b in zip(rest.model.get_weights(), whole.model.get_weights(), strict=True)
    )


def rows(log):
    return len(log.read_text().splitlines()) - 1 if log.exists() else 0


def test_batches_made_ahead_are_those_of_the_source_epoch_after_epoch(sets):
    def source():
        return training.batches.Source(sets[0], size=SIZE, batch=5, augment="plausible", seed=3)

    plain, stream = source(), training._stream(source(), epoch=1)
    for plain.epoch in (1, 2):
        for number in range(len(plain)):
            for wanted, got in zip(plain[number], next(stream), strict=True):
                assert np.array_equal(wanted, got)
    stream.close()


@pytest.mark.slow
def test_a_new_training_replaces_an_old_one_and_leaves_other_files(sets, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/notes.txt").write_text("mine")
    fit(sets, epochs=2, folder=tmp_path / "run")
    run = fit(sets, epochs=1, folder=tmp_path / "run")
    assert rows(tmp_path / "run/history.csv") == 1 == len(run.history)
    assert len(list((tmp_path / "run/frames").iterdir())) == 1
    assert (tmp_path / "run/notes.txt").read_text() == "mine"


@pytest.mark.slow
def test_patience(sets):
    run = fit(sets, epochs=50, learning_rate=1e-9, patience=2, watch=0)
    assert len(run.history) < 50 and "No better validation Dice for 2 epochs" in run.why


@pytest.mark.slow
def test_a_loss_that_is_not_a_number_keeps_the_last_good_weights(sets, tmp_path, monkeypatch):
    graphs = training._graphs

    def _breaks(*parts):
        step, draw, calls = *graphs(*parts), []

        def _step(images, truths):
            calls.append(1)
            value, predictions = step(images, truths)
            return (float("nan") if len(calls) == 8 else value), predictions

        return _step, draw

    monkeypatch.setattr(training, "_graphs", _breaks)  # three steps an epoch: it is the third
    with pytest.warns(errors.CourseWarning, match="learning rate"):
        run = fit(sets, epochs=5, folder=tmp_path / "run")
    assert len(run.history) == 2 and "stopped after epoch 2" in run.why
    assert all(np.isfinite(w).all() for w in run.model.get_weights())


@pytest.mark.slow
def test_a_loss_that_is_never_a_number_is_an_error(sets):
    with pytest.raises(errors.DataError, match="learning rate .* too high"):
        fit(sets, learning_rate=1e30, epochs=40, watch=0)
    with pytest.raises(errors.DataError, match="not a number"):
        fit(sets, loss=lambda truth, prediction: keras.ops.mean(prediction) * float("nan"))


@pytest.mark.slow
def test_another_architecture_or_setting_in_the_folder(sets, tmp_path):
    fit(sets, epochs=1, folder=tmp_path / "run")
    with pytest.raises(errors.DataError, match="another architecture"):
        fit(sets, net(width=9), epochs=2, folder=tmp_path / "run", resume=True)
    with pytest.raises(errors.DataError, match="seed=0, not 1"):
        fit(sets, epochs=2, folder=tmp_path / "run", resume=True, seed=1)
    state = tmp_path / "run" / checkpoints.STATE
    state.write_bytes(state.read_bytes()[:500])
    with pytest.raises(errors.FileError, match="damaged"):
        fit(sets, epochs=2, folder=tmp_path / "run", resume=True)


@pytest.mark.slow
def test_tensorboard_gets_both_series(sets, tmp_path):
    pytest.importorskip("tensorboard")
    run = fit(sets, epochs=2, folder=tmp_path / "run", tensorboard=True)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for series, column in (("train", "dice"), ("validation", "val_dice")):
        events = EventAccumulator(str(tmp_path / "run/tensorboard" / series)).Reload()
        read = [
            float(tensorflow.make_ndarray(event.tensor_proto)) for event in events.Tensors("dice")
        ]
        assert np.allclose(read, run.history[column], atol=1e-6)


def test_tensorboard_missing_is_a_sentence(sets, monkeypatch, tmp_path):
    monkeypatch.setattr(training.logs.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(errors.SetupError, match="history.csv"):
        fit(sets, tensorboard=True, folder=tmp_path / "run")


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"seconds": 0}, "seconds must be a number above 0"),
        ({"seconds": -3}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 2.5}, "epochs"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"batch": 0}, "batch"),
        ({"patience": 0}, "patience"),
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


@pytest.mark.slow
def test_shared_patients_only_when_asked_for(sets):
    train = sets[0]
    assert len(fit((train, train), epochs=1, allow_leak=True).history) == 1


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


def test_the_watched_cases_show_muscle_where_there_is_some(tmp_path):
    table = make_table(tmp_path / "t", ["P1", "P2", "P3"], empty=("P2",))
    rows = training.refusals.watched(3, table)
    assert len(set(rows)) == 3 and not table["empty"].iloc[rows].any()
    assert training.refusals.watched([5, 0], table) == [5, 0]
    assert training.refusals.watched(0, table) == []


def test_half_written_files_never_appear(tmp_path):
    folder = checkpoints.Folder(tmp_path / "run")
    folder.save_history([{"epoch": 1}])
    before = (tmp_path / "run/history.csv").read_bytes()

    def _power_cut(path):
        path.write_bytes(b"half")
        raise OSError("no space left")

    with pytest.raises(errors.FileError, match="disk full"):
        folder._write("history.csv", _power_cut)
    assert (tmp_path / "run/history.csv").read_bytes() == before
    assert [path.name for path in (tmp_path / "run").iterdir() if path.is_file()] == ["history.csv"]


def test_the_panel_is_widgets_while_it_runs_and_plain_html_after():
    from course_utils.show import figures

    panel = progress.Notebook("Training")
    panel.step(
        0.5,
        "epoch 1 of 2",
        figures.Picture(figures.png(np.zeros((4, 4), np.uint8)), "a frame"),
        True,
    )
    during = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in during and panel._bar.value == 0.5
    assert "a frame" in panel._view.value
    panel.close("All 2 epochs are done.")
    after = panel._repr_mimebundle_()
    assert set(after) == {"text/html", "text/plain"}
    assert "All 2 epochs" in after["text/html"] and 'alt="a frame"' in after["text/html"]


@pytest.mark.parametrize(
    "seconds, words",
    [(None, ""), (0.4, "about 0 s"), (41, "about 41 s"), (-2, "about 0 s"), (300, "about 5 min")],
)
def test_time_left_reads_like_words(seconds, words):
    assert progress.remaining(seconds) == (f"{words} left" if words else "")


def test_a_terminal_gets_one_line_an_epoch(capsys):
    panel = progress.panel("Training")
    panel.open("building")
    panel.step(0.3, "half way")
    panel.step(0.5, "epoch 1 of 2", keep=True)
    panel.close("done")
    assert re.fullmatch(r"epoch 1 of 2\ndone\n", capsys.readouterr().out)
