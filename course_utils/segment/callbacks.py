"""What the course adds to Keras' own callbacks while `model.fit` runs.

Keras has the rest: ModelCheckpoint, CSVLogger, TensorBoard, BackupAndRestore, EarlyStopping.
`Live` draws the watched cases after each epoch and shows how far it is; `TimeCap` ends a training
that takes too long; `NotANumber` ends one whose loss is no number, with the likely reason;
`Reseed` makes dropout the same after an interruption.
"""

import math
import signal
import threading
import time

import numpy as np
import pandas

from course_utils.core import errors, plurals
from course_utils.segment import backend, pictures
from course_utils.segment.backend import keras
from course_utils.show import progress


class Live(keras.callbacks.Callback):
    """The panel of a training, and a picture of a few cases after each epoch.

    validation: the `batches.Source` that is given to fit as validation_data. watch: how many of its
    cases to draw, or their row numbers. used: seconds of an earlier part of the same training. kind:
    "synthetic" or "real", for the corner of the pictures.
    `.history` has a row per epoch (epoch from 1, seconds, learning_rate, loss, dice, val_loss,
    val_dice), `.frames` a Picture per epoch, `.stopped` is True once the stop button was pressed:
    the first press ends the training after the epoch, the second at once (KeyboardInterrupt).
    It adds seconds and learning_rate to Keras' logs: give it before CSVLogger.
    """

    def __init__(self, validation, watch=3, used=0.0, kind=""):
        super().__init__()
        self.source, self.rows, self.kind = validation, watched(watch, validation.table), kind
        self.used, self.frames, self.history, self.stopped = used, [], pandas.DataFrame(), False
        self._rows, self._handler, self._panel = [], None, progress.panel("Training")

    def on_train_begin(self, logs=None):
        """Open the panel; from here on the clock runs."""
        self._began = time.monotonic()
        self._panel.open("Building the calculation: a few seconds before the first step.")
        backend.ready(self.model)
        if threading.current_thread() is threading.main_thread():
            self._handler = signal.signal(signal.SIGINT, self._stop)

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the epoch, from 0."""
        self._epoch, self._first = epoch, time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar."""
        part = (batch + 1) / self.params["steps"]
        told = f"{_line(self._epoch + 1, self.params['epochs'], logs)} · {self._left(part)}"
        self._panel.step((self._epoch + part) / self.params["epochs"], told)

    def on_epoch_end(self, epoch, logs=None):
        """Draw the watched cases, add to the history."""
        logs["seconds"] = self.used + time.monotonic() - self._began
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        self._rows.append({"epoch": epoch + 1, **logs})
        self.history = pandas.DataFrame(self._rows)
        picture = self._picture(f"After epoch {epoch + 1}: validation Dice {logs['val_dice']:.2f}.")
        done = (epoch + 1) / self.params["epochs"]
        self._panel.step(done, _line(epoch + 1, self.params["epochs"], logs), picture, keep=True)
        self.model.stop_training |= self.stopped

    def on_train_end(self, logs=None):
        """Leave the last state on the page."""
        self.close(
            f"Ended after epoch {self._rows[-1]['epoch']}." if self._rows else "Nothing to do."
        )

    def close(self, why):
        """End the panel with a sentence; the stop button is Jupyter's again."""
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
            self._handler = None
        if self._panel is not None:
            self._panel.close(why)
            self._panel = None

    def _stop(self, number, frame):
        self.stopped = True
        signal.signal(signal.SIGINT, self._handler)

    def _left(self, part):
        """A guess from the mean time of an epoch so far."""
        done = len(self._rows) + part
        still = self.params["epochs"] - self._epoch - part
        return progress.remaining((time.monotonic() - self._began) / done * still)

    def _picture(self, caption):
        if not self.rows:
            return None
        images, truths = self.source.cases(self.rows)
        drawn = np.asarray(self.model(images, training=False))
        names = [f"{self.source.table['patient_id'].iloc[row]}" for row in self.rows]
        picture = pictures.triptych(images, truths, drawn, names=names, kind=self.kind)
        picture.alt = f"{caption} {picture.alt}"
        self.frames.append(picture)
        return picture


class TimeCap(keras.callbacks.Callback):
    """Ends a training after the epoch behind which another would not fit into `seconds`.

    A budget is in epochs; this only keeps a slow computer from taking for ever. used: seconds of an
    earlier part of the training. `.why`: a sentence once it has ended one, else "".
    """

    def __init__(self, seconds, used=0.0):
        super().__init__()
        self.seconds, self.used, self.why = seconds, used, ""

    def on_train_begin(self, logs=None):
        """Start the clock; building the calculation counts."""
        self._began = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        """Remember when the epoch began."""
        self._epoch = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Stop if the next epoch would end too late."""
        now, last = time.monotonic(), epoch + 1 == self.params["epochs"]
        if not last and self.used + now - self._began + (now - self._epoch) > self.seconds:
            self.model.stop_training = True
            self.why = (
                f"Stopped early, after {epoch + 1} of "
                f"{plurals.count(self.params['epochs'], 'epoch')}: the cap of "
                f"{self.seconds:g} seconds is reached."
            )


class Reseed(keras.callbacks.Callback):
    """Starts the random numbers of dropout anew in each epoch, by seed and epoch.

    Keras saves weights, not the state of these numbers: without this, a training that goes on after
    an interruption drops others than one that was never stopped.
    """

    def __init__(self, seed):
        super().__init__()
        self.seed = seed

    def on_epoch_begin(self, epoch, logs=None):
        """Give each generator a state of its own."""
        saved = {id(variable) for variable in self.model.weights}
        states = [one for one in self.model.non_trainable_variables if id(one) not in saved]
        for number, state in enumerate(states):
            state.assign([self.seed + number, epoch])


class NotANumber(keras.callbacks.Callback):
    """Ends a training whose loss is not a number: DataError with what to look at.

    source: the `batches.Source` that it learns from. It comes before the callbacks that save, so
    that nothing of such an epoch is kept.
    """

    def __init__(self, source):
        super().__init__()
        self.source = source

    def on_train_batch_end(self, batch, logs=None):
        """Look at the loss of the epoch so far."""
        if not math.isfinite(logs["loss"]):
            raise errors.DataError(self._why())

    def on_epoch_end(self, epoch, logs=None):
        """Look at the loss of the validation images."""
        if not math.isfinite(logs.get("val_loss", 0)):
            raise errors.DataError("The loss of the validation images is not a number.")

    def _why(self):
        images, truths = self.source.images(), self.source.masks()
        rate = float(self.model.optimizer.learning_rate)
        if not np.isfinite(images).all():
            return "The loss is not a number because an image holds values that are none (NaN)."
        without = not truths.reshape(len(truths), -1).any(axis=1).all()
        empty = " Some images hold no muscle at all, which some losses cannot bear." * without
        return (
            f"The loss is not a number.{empty} Most often the learning rate ({rate:g}) is too "
            "high: try a tenth of it."
        )


def watched(watch, table):
    """The row numbers to draw, a list of int from 0.

    watch: row numbers, or how many: these are spread over the table, where there is a muscle if
    possible. Raises DataError for anything else.
    """
    if isinstance(watch, (int, np.integer)) and not isinstance(watch, bool) and watch >= 0:
        rows = np.arange(len(table))
        if "empty" in table and not table["empty"].all():
            rows = rows[~table["empty"].to_numpy(bool)]
        spread = np.linspace(0, len(rows) - 1, min(int(watch), len(rows)), dtype=int)
        return [int(row) for row in rows[spread]]
    whole = isinstance(watch, (list, tuple, np.ndarray)) and all(
        isinstance(row, (int, np.integer)) and 0 <= row < len(table) for row in watch
    )
    if not whole:
        raise errors.DataError(
            f"watch must be a number of cases, or row numbers from 0 to {len(table) - 1} of "
            f"the validation table, not {watch!r}."
        )
    return [int(row) for row in watch]


def _line(epoch, epochs, logs):
    text = f"epoch {epoch} of {epochs} · loss {logs['loss']:.3f} · Dice {logs['dice']:.2f}"
    if "val_dice" in logs:
        text += f" · validation loss {logs['val_loss']:.3f}, Dice {logs['val_dice']:.2f}"
    return text
