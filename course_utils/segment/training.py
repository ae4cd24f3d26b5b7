"""Training: show a network images and masks, epoch by epoch, until it draws well on new patients.

`train` is Keras' own `compile` and `fit` with the callbacks that everybody uses, so that whoever
has read it can read other people's code. What it leaves in its folder:

    best_loss.keras, best_dice.keras    the networks of the best validation epochs (ModelCheckpoint)
    history.csv                         one row per epoch (CSVLogger)
    backup/                             what is needed to go on (BackupAndRestore); not in a temporary one
    recipe.json                         the settings, compared on resuming

XLA and mixed precision stay off: on a CPU both were slower. The learning rate falls along half a
cosine to almost nothing at the end of the epochs, so that the last steps settle instead of jumping
(Loshchilov and Hutter, ICLR 2017, arXiv:1608.03983).
"""

import contextlib
import dataclasses
import html
import itertools
import json
import math
import shutil
import tempfile
from pathlib import Path

import pandas

from course_utils.cases import split
from course_utils.core import accept, errors, plurals, tables
from course_utils.segment import backend, batches, callbacks, losses, pictures
from course_utils.segment.backend import keras, tensorflow

EPOCHS = 20
KEYS = ("epoch", "seconds", "learning_rate", "loss", "dice", "val_loss", "val_dice")
BEST_LOSS, BEST_DICE, HISTORY, RECIPE = (
    "best_loss.keras",
    "best_dice.keras",
    "history.csv",
    "recipe.json",
)
BACKUP = "backup"


@dataclasses.dataclass
class Run:
    """What a training leaves. In a notebook it shows its learning curves.

    history: table with one row per epoch (from 1): seconds since the start, learning_rate, loss and
        dice (training), val_loss and val_dice.
    model: the network that was given, with the weights of the epoch of the best validation Dice.
    best_loss, best_dice: the files of the two best networks. frames: one Picture per epoch of the
    watched cases. why: why it ended, a sentence. complete: True when all epochs were done.
    """

    history: pandas.DataFrame
    model: object
    best_loss: Path
    best_dice: Path
    frames: list
    why: str
    complete: bool

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
    epochs=EPOCHS,
    seconds=None,
    loss=losses.dice_bce,
    learning_rate=3e-3,
    batch=8,
    augment="plausible",
    seed=0,
    clahe=None,
    watch=3,
    folder=None,
    resume=False,
    extra=(),
    devices=None,
):
    """Train a network on one table and judge it on another after every epoch. Returns a `Run`.

    model: (N, size, size, 1) grey 0..1 -> the same shape, probabilities; its weights are changed.
    train, validation: tables as `samples.table` gives them; they must not share a patient.
    epochs: how often every image is seen: the budget. seconds: a cap (`callbacks.TimeCap`), or
    None.
    loss: a function (truth, prediction) or a Keras loss. learning_rate: at the start. 0.003 is for
    a network that begins at random; fine-tuning wants less. batch: images per step.
    augment, seed, clahe: as in `batches.Source`. watch: as in `callbacks.Live`.
    folder: where checkpoints and logs go (a new temporary folder for None); an earlier training in
    it is replaced, unless resume=True goes on after its last whole epoch: the weights are those of
    a training that was never stopped.
    extra: more Keras callbacks, such as keras.callbacks.EarlyStopping or TensorBoard.
    devices: None as TensorFlow does by itself; "all", or a list such as ["GPU:0", "GPU:1"], shares
    each batch among several (MirroredStrategy): make it a multiple of their number. What was tested
    stands in docs/bigger_data.md.

    The stop button ends it after the epoch. A loss that is not a number ends it with the weights of
    the best epoch and says what to look at. Raises DataError, FileError or SetupError for input
    that cannot work, before any step.
    """
    size = image_size(model)
    epochs, batch = accept.whole(epochs, "epochs", 1), accept.whole(batch, "batch", 1)
    learning_rate = accept.number(learning_rate, "learning_rate", 1e-12)
    seconds = math.inf if seconds is None else accept.number(seconds, "seconds", 1)
    refuse_tables(train, validation)
    backend.seed(seed)
    learn = batches.Source(train, size, batch, augment, seed, clahe=clahe)
    looks = batches.Source(validation, size, min(32, len(validation)), shuffle=False, clahe=clahe)
    if looks.is_empty():
        raise errors.DataError(
            f"All {len(validation)} masks of the validation set are empty, so no epoch can be told from "
            "another. Check its column 'mask', or split again by patient."
        )
    looks.warm(), learn.warm()  # a damaged file is reported here; fit would bury the sentence
    recipe = {
        "network": f"{model.name}, {model.count_params()} numbers",
        "images": len(train),
        "epochs": epochs,
        "learning_rate": learning_rate,
        "batch": batch,
        "seed": int(seed),
    }
    place = _folder(folder or tempfile.mkdtemp(prefix="training-"), recipe, resume)
    before = history(place) if (place / HISTORY).exists() else pandas.DataFrame(columns=KEYS)
    used = float(before["seconds"].max()) if len(before) else 0.0
    live = callbacks.Live(looks, watch, used)
    cap = callbacks.TimeCap(seconds, used)
    watchers = [live, callbacks.NotANumber(learn), cap, *keepers(place, before), *extra]
    watchers += [callbacks.Reseed(seed)]
    if folder is not None:  # nobody goes on with a temporary folder
        watchers += [_backup(place)]
    with _several(model, devices) as network:
        network.compile(
            optimizer=keras.optimizers.Adam(falling(learning_rate, epochs * len(learn))),
            loss=loss,
            metrics=[losses.DiceScore()],
            jit_compile=False,
        )
        learn.epoch = _begun(place)
        given = {"x": learn} if network is model else _streamed(learn)
        why = _fit(network, given, looks, epochs, watchers, place)
    table = history(place)
    if model is not network or len(table):
        with backend.quiet():
            model.load_weights(place / BEST_DICE)
    why = why or cap.why or _ended(table, epochs, live)
    return Run(
        table, model, place / BEST_LOSS, place / BEST_DICE, live.frames, why, len(table) == epochs
    )


def falling(learning_rate, steps):
    """A learning rate that falls along half a cosine to nearly nothing after so many steps."""
    return keras.optimizers.schedules.CosineDecay(learning_rate, int(steps), alpha=0.005)


def keepers(folder, before=()):
    """Keras' callbacks that keep the two best networks and the history in a folder: a list of
    three.

    before: the history of an earlier part of the same training, whose best counts too.
    """
    best = {"val_loss": None, "val_dice": None}
    if len(before):
        best = {"val_loss": before["val_loss"].min(), "val_dice": before["val_dice"].max()}
    return [
        keras.callbacks.ModelCheckpoint(
            folder / name,
            monitor=score,
            mode=mode,
            save_best_only=True,
            initial_value_threshold=best[score],
        )
        for name, score, mode in ((BEST_LOSS, "val_loss", "min"), (BEST_DICE, "val_dice", "max"))
    ] + [keras.callbacks.CSVLogger(folder / HISTORY, append=bool(len(before)))]


def history(folder):
    """The table of history.csv in a training's folder: one row per epoch, from 1."""
    table = pandas.read_csv(Path(folder) / HISTORY)
    table["epoch"] += 1  # Keras counts from 0
    # A computer that died between the log and the backup has done that epoch twice.
    table = table.drop_duplicates("epoch", keep="last").reset_index(drop=True)
    return table[[key for key in KEYS if key in table]]


def image_size(model):
    """The side of the square images that a network takes; DataError if it does not outline them."""
    if not isinstance(model, keras.Model):
        raise errors.DataError(
            "model must be a Keras network, such as models.unet() gives, not "
            f"{type(model).__name__}."
        )
    given, made = model.input_shape, model.output_shape
    if (
        len(given) != 4
        or given[1] != given[2]
        or None in given[1:]
        or given != made
        or given[3] != 1
    ):
        raise errors.DataError(
            f"The network must turn (images, size, size, 1) into the same shape; '{model.name}' "
            f"turns {given} into {made}."
        )
    return given[1]


def refuse_tables(train, validation):
    """Refuse tables without rows or columns, a single patient, and patients on both sides."""
    for name, table in (("train", train), ("validation", validation)):
        if isinstance(table, pandas.DataFrame) and table.empty:
            raise errors.DataError(f"The {name} table has no rows, so there is nothing to look at.")
        tables.checked(table, ("image", "mask", "patient_id"))
    if train["patient_id"].nunique() < 2:
        raise errors.DataError(
            "The training table holds one patient only. A network trained on one patient learns "
            "that patient; add others."
        )
    split.assert_no_leak(train, validation, max_distance=None)


def _folder(folder, recipe, resume):
    """The folder, made and emptied of an earlier training, or checked to go on with it."""
    place = Path(folder).expanduser()
    try:
        place.mkdir(parents=True, exist_ok=True)
        if not (resume and (place / RECIPE).exists()):
            for name in (BEST_LOSS, BEST_DICE, HISTORY):
                (place / name).unlink(missing_ok=True)
            shutil.rmtree(place / BACKUP, ignore_errors=True)
            (place / RECIPE).write_text(json.dumps(recipe, indent=1))
            return place
        kept = json.loads((place / RECIPE).read_text())
    except (OSError, ValueError) as problem:
        raise errors.FileError(
            f"The folder '{place.name}' cannot be used for a training ({problem}). Choose another "
            "folder=."
        ) from problem
    for name, value in kept.items():
        if recipe.get(name) != value:
            raise errors.DataError(
                f"The training kept in the folder '{place.name}' was begun with {name}={value}, not "
                f"{recipe.get(name)}. Give the same to go on with it, or start anew with "
                "resume=False."
            )
    return place


def _backup(place):
    # Two states, so that a kill while one is being written leaves the other.
    return keras.callbacks.BackupAndRestore(
        place / BACKUP, double_checkpoint=True, delete_checkpoint=False
    )


def _begun(place):
    """How many epochs the backup of a folder holds."""
    for name in ("training_metadata.json", "training_metadata.json.bkp"):
        with contextlib.suppress(OSError, ValueError):
            return json.loads((place / BACKUP / name).read_text())["epoch"]
    return 0


def _fit(network, given, looks, epochs, watchers, place):
    """Keras' fit. Returns "" or the sentence why it ended before its time; an error where no epoch
    was finished.
    """
    live, why = watchers[0], "It was stopped by an error."
    try:
        with backend.quiet():
            network.fit(
                **given,
                validation_data=looks,
                epochs=epochs,
                callbacks=watchers,
                verbose=0,
                shuffle=False,
            )
        why = ""
    except KeyboardInterrupt:
        why = "Stopped by hand, at once."
    except errors.DataError as problem:
        why = str(problem)
        if not (place / BEST_DICE).exists():
            raise errors.DataError(f"{why} No epoch was finished.") from problem
        why += " Training stopped; the best weights until then are kept."
        errors.warn(why)
    finally:
        live.close(why or "Done.")
        network._initial_epoch = None  # BackupAndRestore sets it, and Keras never forgets it
    if not (place / BEST_DICE).exists():
        raise errors.DataError(
            "Training was stopped before its first epoch was done, so there is nothing to keep."
        )
    return why


def _streamed(source):
    """The batches of all epochs in a row, as fit takes them for several devices.

    There Keras reads a PyDataset ahead, so each epoch would get the images of the next.
    """
    start = source.epoch

    def _all():
        for source.epoch in itertools.count(start):
            yield from (source[number] for number in range(len(source)))

    batch = tensorflow.TensorSpec((None, source.size, source.size, 1), "float32")
    stream = tensorflow.data.Dataset.from_generator(_all, output_signature=(batch, batch))
    return {"x": stream, "steps_per_epoch": len(source)}


def _ended(table, epochs, live):
    if len(table) >= epochs:
        return plurals.verb(epochs, "The one epoch is done.", f"All {epochs} epochs are done.")
    how = "by hand " if live.stopped else ""
    return f"Stopped {how}after {len(table)} of {plurals.count(epochs, 'epoch')}."


@contextlib.contextmanager
def _several(model, devices):
    """The network to train: `model` itself, or its copy on several devices."""
    if devices is None:
        yield model
        return
    with backend.quiet():
        # TensorFlow's default way of adding up stops with "Shape mismatch in the collective" on two
        # CPU devices as soon as a network normalises batches; this one works.
        strategy = tensorflow.distribute.MirroredStrategy(
            _names(devices), cross_device_ops=tensorflow.distribute.ReductionToOneDevice()
        )
    with strategy.scope():
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
        yield copy


def _names(devices):
    """The devices as TensorFlow names them. Raises DataError or SetupError for others."""
    there = {
        kind: [found.name.split("device:", 1)[-1] for found in _devices(kind)]
        for kind in ("GPU", "CPU")
    }
    if devices == "all":
        return there["GPU"] or there["CPU"]
    if not isinstance(devices, (list, tuple)) or not all(isinstance(one, str) for one in devices):
        raise errors.DataError(
            f'devices must be None, "all", or a list such as ["GPU:0", "GPU:1"], not {devices!r}.'
        )
    chosen = [name.upper().removeprefix("/").removeprefix("DEVICE:") for name in devices]
    known = there["GPU"] + there["CPU"]
    lost = [name for name in chosen if name not in known]
    if lost or not chosen:
        raise errors.SetupError(
            f"There is no device {lost[0] if lost else ''}. TensorFlow shows {', '.join(known)} here."
        )
    return chosen


def _devices(kind):
    return tensorflow.config.list_logical_devices(kind)
