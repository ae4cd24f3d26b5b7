"""Models on disk: `.keras` files, written whole, and opened only if they cannot do harm.

A `.keras` file is a zip archive: `config.json` lists the layers, `model.weights.h5` holds their
numbers. The list of layers is read, as text, before Keras builds anything from it: a layer that
runs a program of its own (a Lambda, say), or a part that neither Keras nor this course made, is
refused. Old `.h5` and pickled models can carry such programs unseen, and are not opened at all.

The optimiser is not kept: its memory makes a file three times as large, and using a model needs
none. Compile a loaded model before it learns on.
"""

import io
import json
import os
import warnings
import zipfile
from pathlib import Path

import h5py  # Keras brings it
import numpy as np

from course_utils.core import files
from course_utils.core.errors import DataError, FileError
from course_utils.segment.backend import keras

SUFFIX = ".keras"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LARGEST_CONFIG = 50_000_000  # bytes, unpacked
LARGEST_WEIGHTS = 2_000_000_000
OURS = "course_utils"  # the package name that custom objects of this course are registered under

# Layers that only calculate. Others read files or run code (TextVectorization, TFSMLayer, Lambda);
# a lesson that needs one more adds it here.
LAYERS = frozenset(
    """
    InputLayer Functional Sequential Activation Add Average AveragePooling2D BatchNormalization
    Bidirectional Concatenate Conv1D Conv2D Conv2DTranspose Conv3D Cropping2D Dense DepthwiseConv2D
    Dot Dropout ELU Embedding Flatten GRU GRUCell GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalMaxPooling2D GroupNormalization LSTM LSTMCell LayerNormalization LeakyReLU Masking
    MaxPooling2D Maximum MultiHeadAttention Multiply Normalization PReLU Permute ReLU RepeatVector
    Rescaling Reshape Resizing SeparableConv2D Softmax SpatialDropout2D Subtract TimeDistributed
    UpSampling2D ZeroPadding2D
""".split()
)
# Parts of layers and of compiled models; everything in these modules of Keras only calculates.
PARTS = tuple(
    """keras.initializers keras.regularizers keras.constraints keras.optimizers
    keras.optimizers.schedules keras.losses keras.metrics""".split()
)
OTHER = {
    ("keras", "DTypePolicy"),
    (None, "__keras_tensor__"),
    (None, "__tuple__"),
    ("keras.src.models.functional", "Functional"),
    ("keras.models", "Sequential"),
    ("keras.src.models.sequential", "Sequential"),
    ("keras", "Functional"),
    ("keras", "Sequential"),
    ("keras.config", "DTypePolicy"),
}
NO_LOSS = ("deserialize", "serialize", "get")  # live beside Keras' losses and are none


def save(model, path, half=False):
    """Write `model` to `path` (ends in .keras); a file of that name is replaced, whole or not at
    all.

    Layers and weights are kept, and which layers learn; the optimiser and the loss are not.
    half: keep the weights with 16 bits instead of 32, in half the room; `load` gives back 32 bits,
    rounded to three digits, which moves a probability by less than 0.01.
    Returns the `Path`. Raises DataError for something else than a Keras model or another ending,
    FileError when the folder is missing or cannot be written.
    """
    place = _named(path)
    if not isinstance(model, keras.Model) or not model.built:
        raise DataError(
            f"{type(model).__name__} is not a Keras model that can be saved. Give a "
            "model from models.unet or models.nasunet."
        )
    # A model without its compilation; Keras' own include_optimizer=False is ignored (Keras 3.15).
    bare = keras.Model(model.input, model.output, name=model.name)
    return files.write_whole(place, lambda path: _written(bare, path, half), replace=True)


def _written(model, path, half):
    model.save(path)
    if half:
        _halve(path)


def load(path, like=None):
    """Read a model that `save` wrote, ready to predict; compile it before it learns on.

    like: a model that the file has to match, layer by layer (`models.unet()` for a checkpoint of
    lesson 04), or None.
    Raises FileError, with the reason, for a file that is missing, damaged, of another kind, or that
    holds a part which neither Keras nor this course made; DataError if it is not `like`.
    """
    place = files.find(_named(path))
    refuse_unsafe(place)
    try:
        with warnings.catch_warnings():
            # Keras only warns where weights are missing, and goes on with random ones.
            warnings.filterwarnings("error", message="Skipping nested container")
            model = keras.saving.load_model(place, compile=False, safe_mode=True)
    except Exception as problem:  # Keras raises nearly anything here, from KeyError to h5py's own
        raise FileError(
            f"'{files.shown(place)}' cannot be opened as a model: its layers and weights do not "
            "fit together, or it was written by another version of Keras. Train it again, or fetch "
            "the file anew."
        ) from problem
    if like is not None:
        _compare(model, like, files.shown(place))
    return model


def refuse_unsafe(path):
    """Look into a `.keras` file without building anything; raise FileError if it is damaged or not
    safe to open, and say why. Returns None for a file that may be opened."""
    place = files.find(path)
    name = files.shown(place)
    try:
        with zipfile.ZipFile(place) as archive:
            config = _config(archive, name)
            if archive.testzip() is not None:
                raise zipfile.BadZipFile
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as problem:
        raise FileError(
            f"'{name}' is not a complete .keras file: it is damaged, cut short, or another kind of "
            "file with that ending. Copy it again."
        ) from problem
    _walk(config, name)


def _halve(place):
    """Write the weights of a .keras file anew with 16 bits; nothing else in it changes."""
    with zipfile.ZipFile(place) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    short = io.BytesIO()
    with h5py.File(io.BytesIO(parts[WEIGHTS])) as old, h5py.File(short, "w") as new:
        old.visititems(lambda name, part: _copied(part, new, name))
        new.attrs.update(old.attrs)
    parts[WEIGHTS] = short.getvalue()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _copied(part, new, name):
    """One group or array of weights, 32-bit numbers as 16-bit ones."""
    if isinstance(part, h5py.Group):
        made = new.require_group(name)
    else:
        values = part[()]
        made = new.create_dataset(
            name, data=values.astype(np.float16) if values.dtype == np.float32 else values
        )
    made.attrs.update(part.attrs)


def _named(path):
    if isinstance(path, bytes) or not isinstance(path, (str, os.PathLike)):
        raise DataError(
            f"A file path was expected, not {type(path).__name__}: give the file's "
            "name as text, for example 'muscle.keras'."
        )
    place = Path(path).expanduser()
    if place.suffix.lower() in (".h5", ".hdf5", ".pkl", ".pickle", ".pb", ".pt", ".pth"):
        raise DataError(
            f"'{files.shown(place)}' is an old kind of model file that can carry a program, so the "
            "course neither opens nor writes it. Use a name that ends in .keras."
        )
    if place.suffix != SUFFIX:
        raise DataError(
            f"'{files.shown(place)}' must end in {SUFFIX}. A network of another kind is first saved "
            f"from Keras 3, as model.save('name{SUFFIX}')."
        )
    return place


def _config(archive, name):
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if CONFIG not in sizes or WEIGHTS not in sizes:
        raise FileError(
            f"'{name}' holds no Keras model ({CONFIG} or {WEIGHTS} is missing). Was it "
            "renamed? Give a file that models.save wrote."
        )
    extra = sorted(set(sizes) - {CONFIG, WEIGHTS, "metadata.json"})
    if extra:
        raise FileError(
            f"'{name}' carries a file that no model of this course has ('{extra[0]}'), "
            "so it is not opened."
        )
    if sizes[CONFIG] > LARGEST_CONFIG or sizes[WEIGHTS] > LARGEST_WEIGHTS:
        raise FileError(
            f"'{name}' unpacks to more than a model of this course needs, so it is not opened."
        )
    try:
        return json.loads(archive.read(CONFIG))
    except (ValueError, RecursionError) as problem:
        raise FileError(
            f"The list of layers in '{name}' cannot be read: the file is damaged. Copy it again."
        ) from problem


def _walk(part, name):
    """Check every object that the config names, however deep."""
    waiting = [part]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if "class_name" in here:
                _allow(here, name)
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)


def _allow(here, name):
    kind, module = here["class_name"], here.get("module")
    registered = here.get("registered_name")
    if kind in ("Lambda", "__lambda__"):
        raise FileError(
            f"'{name}' holds a Lambda layer: a program that would run on this computer when the "
            "file is opened. It is refused. Ask its author for a model without one."
        )
    if kind == "function":  # a loss or a metric, by its name
        if _known_function(here.get("config")):
            return
    elif isinstance(registered, str) and registered.startswith(f"{OURS}>"):
        if str(module).split(".")[0] == OURS:
            return
    elif (module, kind) in OTHER or module in PARTS:
        if registered in (None, kind):
            return
    elif module == "keras.layers" and kind in LAYERS and registered in (None, kind):
        return
    raise FileError(
        f"'{name}' holds a part that the course does not know to be safe ({module}.{kind}), so it "
        "is not opened. Open model files only from people you trust, and only with plain layers."
    )


def _known_function(name):
    if not isinstance(name, str) or name.startswith("_") or name in NO_LOSS:
        return False
    homes = (keras.losses, keras.metrics, keras.activations)
    return name.startswith(f"{OURS}>") or any(callable(getattr(home, name, None)) for home in homes)


def _compare(model, like, name):
    """Raise DataError at the first difference between two architectures."""
    found, wanted = _plan(model), _plan(like)
    if found == wanted:
        return
    pairs = zip(found, wanted, strict=False)
    one, two = next(((a, b) for a, b in pairs if a != b), (len(found), len(wanted)))
    if isinstance(one, int):
        detail = f"{one} layers instead of {two}"
    else:
        detail = f"layer {one[0]} of shape {one[1]} where {two[0]} of shape {two[1]} belongs"
    raise DataError(
        f"'{name}' is a model of another architecture ({detail}). Give the file that "
        "belongs to this model, or make the model with the same arguments."
    )


def _plan(model):
    # Shapes that may vary (the batch) are None on both sides. Names are left out: they count up.
    rows = []
    for layer in model.layers:
        if hasattr(layer, "layers"):
            rows += _plan(layer)
        else:
            shapes = [tuple(w.shape) for w in layer.weights] or [
                getattr(layer.output, "shape", None)
            ]
            rows.append((type(layer).__name__, shapes))
    return rows
