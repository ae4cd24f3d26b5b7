"""Training: show the network images and masks, step by step, until it draws well on new patients.

`train` is the whole of it. Its inner part is the loop that every textbook shows: take a few images,
let the network draw, measure the loss, move each weight a little downhill. It is written out here
instead of calling Keras' `model.fit`, because it starts in about half the time: one calculation
graph for a step and one for looking, where `fit` builds three.

Two traps are avoided. XLA and mixed precision stay off: on a CPU both were slower. The learning
rate falls along half a cosine to almost nothing at the end of the epochs or of the time, so the
last steps settle instead of jumping (Loshchilov and Hutter, ICLR 2017, arXiv:1608.03983).
"""

import collections
import contextlib
import dataclasses
import html
import itertools
import math
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas

from course_utils.core import errors
from course_utils.segment import (
    backend,
    batches,
    checkpoints,
    logs,
    losses,
    pictures,
    refusals,
    replicas,
)
from course_utils.segment.backend import keras, tensorflow
from course_utils.show import progress

EPOCHS = 20  # when neither epochs nor seconds are given
KEYS = ("epoch", "seconds", "learning_rate", "loss", "dice", "val_loss", "val_dice")


@dataclasses.dataclass
class Run:
    """What a training leaves. In a notebook it shows its learning curves.

    history: table with one row per epoch: epoch (from 1), seconds (since the start, those of an
        interrupted run included), learning_rate (at the end of the epoch), loss and dice (mean over
        the steps, on augmented images, while the weights move), val_loss and val_dice (after the
        epoch, mean over the validation images).
    model: the network that was given, with the weights of the epoch of the best validation Dice.
    best_loss, best_dice: the files of the two best networks. why: why it stopped, a sentence.
    frames: one Picture per epoch of the watched cases. waiting: share of the time of the steps
        spent waiting for images, 0..1.
    """

    history: pandas.DataFrame
    model: object
    best_loss: Path
    best_dice: Path
    frames: list
    why: str
    waiting: float = 0.0

    def _repr_mimebundle_(self, include=None, exclude=None):
        picture = pictures.curves(self.history)
        return {
            "text/html": f"{picture.html()}<p>{html.escape(self.why)}</p>",
            "text/plain": f"{self.why} {picture!r}",
        }


def train(
    model,
    train,
    validation,
    epochs=None,
    seconds=None,
    loss=losses.dice_bce,
    learning_rate=3e-3,
    batch=8,
    augment="plausible",
    seed=0,
    folder=None,
    watch=3,
    patience=None,
    clahe=None,
    resume=False,
    tensorboard=False,
    allow_leak=False,
    devices=None,
):
    """Train a network on one table and judge it on another after every epoch. Returns a `Run`.

    model: (N, size, size, 1) grey 0..1 -> the same shape, probabilities; its weights are changed.
    train, validation: tables as `samples.table` gives them; they must not share a patient.
    epochs: how often every image is seen (20 if neither it nor seconds is given). seconds: a time
        budget, in which building the calculation counts; it ends within a step of it, and one look
        at the validation images is kept for the end. Given both, the first reached ends it.
    loss: a function (truth, prediction) or a Keras loss. learning_rate: at the start; it falls
        along half a cosine. 0.003 is for a network that begins at random: on unseen patients of the
        synthetic set, 40 epochs and 3 seeds, it gave Dice 0.97 (0.97 to 0.98), and 0.001 gave 0.92;
        held constant 0.97 (0.95 to 0.98) and 0.95. Fine-tuning wants less. batch: images per step.
    augment, clahe, seed: as in `batches.Source`. folder: where checkpoints and logs go (a new
        temporary folder for None); an earlier training in it is replaced, unless resume=True.
    watch: how many validation cases to draw after each epoch, or a list of row numbers (from 0).
    patience: stop after so many epochs in a row without a better validation Dice.
    resume: go on after the last epoch that `folder` holds; begin if it holds none. epochs and
        seconds count from the very start. With epochs, the resumed training gives the same weights
        as one that was never stopped; with seconds nearly so, as the clock sets the learning rate.
    tensorboard: True also writes a TensorBoard log. allow_leak: True permits shared patients, for
        the experiment of lesson 04 that shows why not to.
    devices: None trains as TensorFlow does by itself, on the first graphics card if there is one.
    "all", or a list such as ["GPU:0", "GPU:1"], shares each batch among several (`replicas`); make
    the batch that many times larger. What was tested stands in docs/bigger_data.md.

    The stop button (KeyboardInterrupt) ends it after the last whole epoch and returns the Run. A
    loss that is not a number ends it with the weights of the best epoch and says what to look at.
    Raises DataError, FileError or SetupError for input that cannot work, before any step.
    """
    size = refusals.image_size(model)
    refusals.check_numbers(epochs, seconds, learning_rate, batch, patience)
    refusals.check_tables(train, validation, allow_leak)
    started = time.monotonic()
    devices = replicas.names(devices)
    job = _Job(
        model,
        loss,
        learning_rate,
        epochs or (math.inf if seconds else EPOCHS),
        seconds or math.inf,
        patience or math.inf,
        started,
        devices,
    )
    backend.seed(seed)
    job.source = batches.Source(
        train, size=size, batch=batch, augment=augment, seed=seed, clahe=clahe
    )
    job.looks = batches.Source(
        validation,
        size=size,
        batch=min(32, len(validation)),
        augment=None,
        shuffle=False,
        clahe=clahe,
    )
    job.watched = refusals.watched(watch, validation)
    job.names = [f"{validation['patient_id'].iloc[row]}" for row in job.watched]
    job.folder = checkpoints.Folder(folder or tempfile.mkdtemp(prefix="training-"))
    settings = {
        "network": model.name,
        "seed": seed,
        "batch": batch,
        "augment": _told(augment),
        "clahe": clahe,
        "learning_rate": learning_rate,
        "loss": _told(loss),
        "images": len(train),
        "patients": int(train["patient_id"].nunique()),
        "validation_images": len(validation),
    }
    if not (resume and job.take_up(settings)):
        job.folder.clear()
    log = logs.TensorBoard(job.folder.place) if tensorboard else None
    panel = progress.panel("Training")
    panel.open("Building the calculation: a few seconds before the first step.")
    why = "It was stopped by an error."
    try:
        why = job.epochs_until_done(panel, log, settings)
    except KeyboardInterrupt:
        why = (
            f"Stopped by hand after epoch {len(job.history)}. With a folder= of your own, "
            "resume=True goes on from there."
        )
    finally:
        if job.stream:
            job.stream.close()
        panel.close(why)
        if log:
            log.close()
    return job.result(why)


class _Job:
    """One training under way: what is fixed, what has been reached, and the loop itself."""

    def __init__(
        self, model, loss, learning_rate, epochs, seconds, patience, started, devices=None
    ):
        self.model, self.loss, self.learning_rate = model, loss, learning_rate
        self.epochs, self.seconds, self.patience, self.started = epochs, seconds, patience, started
        self.history, self.frames, self.waited, self.stepped = [], [], 0.0, 0.0
        self.copies = None  # of the network, on several devices
        if devices:
            self.copies = replicas.Replicas(
                model, loss, lambda: keras.optimizers.Adam(learning_rate), devices
            )
            self.optimizer = self.copies.optimizer
        else:
            self.optimizer = keras.optimizers.Adam(learning_rate)
            self.optimizer.build(model.trainable_variables)
        self.look_seconds, self.stream = 0.0, None

    def take_up(self, settings):
        """Continue what the folder holds; False if it holds nothing."""
        history = self.folder.load_state(self.model, self.optimizer, settings)
        if not history:
            return False
        if self.copies:
            self.copies.push()
        self.history, seconds = history, [0.0, *(row["seconds"] for row in history)]
        self.look_seconds = seconds[-1] - seconds[-2]  # less time than an epoch takes is none left
        self.frames = self.folder.load_frames([_caption(row) for row in history])
        self.started -= seconds[-1]
        self.folder.save_history(history)
        return True

    def epochs_until_done(self, panel, log, settings):
        """The loop over epochs; returns the sentence why it ended."""
        if not self.reason_to_stop():
            self.stream = _stream(self.source, len(self.history))
            self.step, self.draw = _graphs(self.model, self.loss, self.optimizer, self.copies)
        while not (why := self.reason_to_stop()):
            problem = self.one_epoch(panel)
            if problem:
                return self.explain(problem)
            row, picture = self.look()
            if not np.isfinite(row["val_loss"]):
                return self.explain("The loss of the validation images is not a number.")
            self.keep(row, picture, settings)
            if log:
                log.write(row)
            panel.step(self.share(len(self.history), 0), self.line(row), picture, keep=True)
        return why

    def one_epoch(self, panel):
        """Every training image once. Returns None, or what is wrong with the loss."""
        epoch, before = len(self.history), self.history[-1] if self.history else None
        self.losses, self.dices, count = [], [], len(self.source)
        waiting = time.monotonic()
        for number in range(1, count + 1):
            images, truths = next(self.stream)
            begun = time.monotonic()
            self.waited += begun - waiting
            self.optimizer.learning_rate = self.pace = self.rate(epoch, (number - 1) / count)
            value, predictions = self.step(images, truths)
            value = float(value)
            if not math.isfinite(value):
                return _what_is_wrong(images, truths, self.learning_rate)
            self.losses.append(value)
            self.dices.append(float(np.mean(_dices(truths, np.asarray(predictions)))))
            waiting = time.monotonic()
            self.stepped += waiting - begun
            part = number / count
            panel.step(self.share(epoch, part), self.moving(epoch, part, before))
            if self.elapsed() + self.look_seconds >= self.seconds:
                break
        return None

    def look(self):
        """Judge the network on the validation images: a row of the history, and the picture."""
        begun = time.monotonic()
        if self.copies:
            self.copies.pull()
        total, dices, kept, at = 0.0, [], {}, 0
        for number in range(len(self.looks)):
            images, truths = self.looks[number]
            predictions = self.draw(images)
            total += len(images) * float(keras.ops.mean(self.loss(truths, predictions)))
            predictions = np.asarray(predictions)
            dices.extend(_dices(truths, predictions))
            for row in self.watched:
                if at <= row < at + len(images):
                    kept[row] = [part[row - at] for part in (images, truths, predictions)]
            at += len(images)
        row = dict(
            zip(
                KEYS,
                (
                    len(self.history) + 1,
                    0.0,
                    float(np.float32(self.pace)),
                    float(np.mean(self.losses)),
                    float(np.mean(self.dices)),
                    total / at,
                    float(np.mean(dices)),
                ),
                strict=True,
            )
        )
        picture = None
        if kept:
            cases = (kept[row] for row in self.watched)
            picture = pictures.triptych(*zip(*cases, strict=True), names=self.names)
            picture.alt = f"{_caption(row)} {picture.alt}"
        self.look_seconds = time.monotonic() - begun
        row["seconds"] = self.elapsed()
        return row, picture

    def keep(self, row, picture, settings):
        """Everything an epoch leaves on the disk; the state last."""
        best_loss = all(row["val_loss"] < old["val_loss"] for old in self.history)
        best_dice = all(row["val_dice"] > old["val_dice"] for old in self.history)
        self.folder.save_best(self.model, loss=best_loss, dice=best_dice)
        if picture:
            self.folder.save_frame(row["epoch"], picture)
            self.frames.append(picture)
        self.history.append(row)
        self.folder.save_history(self.history)
        self.folder.save_state(self.model, self.optimizer, self.history, settings)

    def reason_to_stop(self):
        """A sentence when epochs, time or patience are used up, else nothing."""
        scores = [row["val_dice"] for row in self.history]
        if len(scores) >= self.epochs:
            return f"All {self.epochs} epochs are done."
        if scores and self.elapsed() + self.look_seconds >= self.seconds:
            return f"The {self.seconds:g} seconds are used, after {len(scores)} epochs."
        if scores and len(scores) - 1 - int(np.argmax(scores)) >= self.patience:
            return (
                f"No better validation Dice for {self.patience} epochs; the best was epoch "
                f"{int(np.argmax(scores)) + 1}."
            )
        return ""

    def explain(self, problem):
        """The sentence for a loss that is not a number; an error if no epoch was finished."""
        if not self.history:
            raise errors.DataError(f"{problem} No epoch was finished.")
        why = (
            f"{problem} Training stopped after epoch {len(self.history)}; the best weights "
            "until then are kept."
        )
        errors.warn(why)
        return why

    def result(self, why):
        """The Run, with the best weights in the network."""
        if not self.history:
            raise errors.DataError(
                "Training was stopped before its first epoch was done, so there is nothing to "
                "keep. Give it more time, or fewer images."
            )
        with backend.quiet():
            self.model.load_weights(self.folder.best_dice)
        whole = self.waited + self.stepped
        return Run(
            pandas.DataFrame(self.history, columns=KEYS),
            self.model,
            self.folder.best_loss,
            self.folder.best_dice,
            self.frames,
            why,
            self.waited / whole if whole else 0.0,
        )

    def elapsed(self):
        """Seconds since the start, those before an interruption included."""
        return time.monotonic() - self.started

    def share(self, epoch, part):
        """How much of the training is done, 0..1, `part` of the way through an epoch."""
        return min(1.0, max((epoch + part) / self.epochs, self.elapsed() / self.seconds))

    def rate(self, epoch, part):
        """The learning rate: half a cosine from its start value to nearly 0."""
        left = (1 + math.cos(math.pi * self.share(epoch, part))) / 2
        return self.learning_rate * max(left, 0.005)

    def moving(self, epoch, part, before):
        """The line of the panel within an epoch."""
        share, used = self.share(epoch, part), self.elapsed()
        left = progress.remaining(min(self.seconds - used, used / share - used))
        until = f" of {self.epochs}" if self.epochs < math.inf else ""
        last = f" (validation {before['val_dice']:.2f})" if before else ""
        return (
            f"epoch {epoch + 1}{until} · loss {np.mean(self.losses):.3f} · "
            f"Dice {np.mean(self.dices):.2f}{last} · {left}"
        )

    def line(self, row):
        """The line of the panel after an epoch."""
        until = f" of {self.epochs}" if self.epochs < math.inf else ""
        return (
            f"epoch {row['epoch']}{until} · loss {row['loss']:.3f} (validation "
            f"{row['val_loss']:.3f}) · Dice {row['dice']:.2f} (validation "
            f"{row['val_dice']:.2f}) · {row['seconds']:.0f} s"
        )


def _graphs(model, loss, optimizer, copies=None):
    """The two calculations, each built here once: one training step, and drawing."""
    shape = tensorflow.TensorSpec((None, *model.input_shape[1:]), "float32")

    def _step(images, truths):
        with tensorflow.GradientTape() as tape:
            predictions = model(images, training=True)
            value = keras.ops.mean(loss(truths, predictions)) + sum(model.losses)
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(value, weights), weights, strict=True))
        return value, predictions

    def _draw(images):
        return model(images, training=False)

    return copies.step if copies else _built(_step, shape, shape), _built(_draw, shape)


def _built(calculate, *shapes):
    graph = tensorflow.function(calculate, jit_compile=False).get_concrete_function(*shapes)
    calls = itertools.count()

    def _run(*arrays):
        # What TensorFlow remarks when a graph runs for the first time is nothing to act on.
        with contextlib.nullcontext() if next(calls) else backend.quiet():
            return graph(*(tensorflow.convert_to_tensor(array) for array in arrays))

    return _run


def _stream(source, epoch, ready=4):
    """All batches from this epoch on, without end. A thread keeps the next few ready, so that the
    steps need not wait: also while the graph is built and the validation images are judged."""

    def _make(number):
        source.epoch, place = divmod(number, len(source))
        return source[place]

    numbers, helper = itertools.count(epoch * len(source)), ThreadPoolExecutor(1)
    try:
        coming = collections.deque(helper.submit(_make, next(numbers)) for _ in range(ready))
        while True:
            coming.append(helper.submit(_make, next(numbers)))
            yield coming.popleft().result()
    finally:
        helper.shutdown(cancel_futures=True)


def _dices(truths, predictions):
    """Dice of each image of a batch (N, H, W, 1); both empty counts 1, as in `losses.DiceScore`."""
    return [pictures.dice(*pair) for pair in zip(truths, predictions, strict=True)]


def _caption(row):
    return f"After epoch {row['epoch']}: validation Dice {row['val_dice']:.2f}."


def _told(thing):
    if hasattr(thing, "get_config"):
        return " ".join(f"{key}={value}" for key, value in thing.get_config().items())
    if thing is None or isinstance(thing, str):
        return thing
    return getattr(thing, "__name__", type(thing).__name__)


def _what_is_wrong(images, truths, learning_rate):
    if not (np.isfinite(images).all() and np.isfinite(truths).all()):
        return (
            "The loss is not a number because an image or mask holds values that are none "
            "(NaN or infinite). Look at the images of the training table."
        )
    if images.max() > 1.5 or images.min() < -0.5:
        return (
            f"The loss is not a number. The image values go from {images.min():.3g} to "
            f"{images.max():.3g} instead of 0 to 1."
        )
    empty = (
        " This batch holds no muscle at all, which some losses cannot bear."
        if not truths.any()
        else ""
    )
    return (
        f"The loss is not a number.{empty} Most often the learning rate ({learning_rate:g}) is "
        "too high: try a tenth of it."
    )
