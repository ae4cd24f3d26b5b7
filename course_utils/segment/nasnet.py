"""NASUNet: a NASNet encoder that has seen photographs, and a decoder that draws the outline.

    model = nasunet(encoder="nasnet_mobile", weights=None, size=128)
    seen = features(model, images)                        # once: minutes of training saved
    head = decoder(model)                                 # shares its weights with `model`
    head.compile("adam", loss)
    head.fit(seen, masks)                                 # the frozen-encoder route
    unfreeze(model)                                       # then everything, on a GPU

The shapes at 128 x 128, NASNetMobile (NASNetLarge in brackets):

    image 128 x 128 x 1 -> grey copied to red, green and blue, 0..1 stretched to -1..1
      stem_bn1                   63 x 63 x 32 (96)  -> one row and column of zeros: 64 x 64
      reduction_concat_stem_1    32 x 32 x 44 (168)
      normal_concat_3 (_5)       16 x 16 x 264 (1008)
      normal_concat_8 (_12)       8 x 8 x 528 (2016)
      normal_concat_12 (_18)      4 x 4 x 1056 (4032)
    decoder: 4 -> 8 -> 16 -> 32 -> 64 -> 128, each step a transpose convolution, the encoder's
      view at that size beside it, a convolution, batch normalisation
    mask probability 128 x 128 x 1

Sources: Zoph et al. 2018 (NASNet), doi:10.1109/CVPR.2018.00907. Jahanifar et al. 2020 (NASUNet),
arXiv:2011.11777. Ronneberger et al. 2015 (U-Net), doi:10.1007/978-3-319-24574-4_28.
"""

import hashlib
import os
import socket
import warnings
import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_utils.core import files
from course_utils.core.errors import DataError, FileError, SetupError
from course_utils.segment.backend import keras, tensorflow

LAYERS = keras.layers
STEP = 32  # five halvings: a size that is no multiple of 32 would not come back to itself
FILTERS = (96, 64, 32, 24, 16)  # of the decoder, from 8 x 8 up to 128 x 128
MOMENTUM = 0.9  # of batch normalisation; Keras' own 0.99 needs more steps than a lesson has
_LOOKS = weakref.WeakKeyDictionary()  # model -> its encoder as one graph
PATIENCE = 20  # seconds to wait for a network that does not answer


@dataclass(frozen=True)
class Encoder:
    """One kind of encoder. `ENCODERS` lists both.

    build: the function of Keras that makes it. skips: the layers it is read at, large to small.
    file, md5: the ImageNet weights without the classifier, as Keras names and checks them.
    megabytes: the size of that file.
    """

    build: object
    skips: tuple
    file: str
    remote: str
    md5: str
    megabytes: int


_SKIPS = "stem_bn1 reduction_concat_stem_1 normal_concat_{} normal_concat_{} normal_concat_{}"
ENCODERS = {
    "nasnet_large": Encoder(
        keras.applications.NASNetLarge,
        tuple(_SKIPS.format(5, 12, 18).split()),
        "nasnet_large_no_top.h5",
        "NASNet-large-no-top.h5",
        "d81d89dc07e6e56530c4e77faddd61b5",
        344,
    ),
    "nasnet_mobile": Encoder(
        keras.applications.NASNetMobile,
        tuple(_SKIPS.format(3, 8, 12).split()),
        "nasnet_mobile_no_top.h5",
        "NASNet-mobile-no-top.h5",
        "1ed92395b5b598bdda52abe5c0dbfd63",
        20,
    ),
}


def nasunet(encoder="nasnet_mobile", weights="imagenet", size=128, frozen=True):
    """The encoder-decoder of the original project, as a Keras model with two parts in it.

    Input (N, size, size, 1) grey 0..1, output (N, size, size, 1) probability 0..1. The parts are
    the layers named "encoder" (image to five feature maps) and "decoder" (feature maps to mask).

    encoder: "nasnet_large" (84.9 million parameters) or "nasnet_mobile" (4.3 million).
    weights: "imagenet" reads the file from Keras' folder and checks it; if it is not there, it is
    fetched once. None starts from chance. A path reads weights that you have: the file of Keras
    without the classifier (`*_no_top.h5`) or one written by `encoder.save_weights`.
    size: a multiple of 32. frozen: the encoder does not learn at first, and its batch
    normalisation keeps the statistics it came with; `unfreeze` changes that.

    Raises DataError for an unknown encoder or a size that is no multiple of 32, FileError for a
    file that does not fit, SetupError when ImageNet weights cannot be had: it says how to get them
    and how to go on without.
    """
    kind = _kind(encoder)
    if (
        isinstance(size, bool)
        or not isinstance(size, (int, np.integer))
        or size < STEP
        or size % STEP
    ):
        raise DataError(
            f"size must be a multiple of {STEP} such as 96, 128 or 256, not {size!r}: "
            "the encoder halves the image five times."
        )
    source = _weights_file(encoder, kind, weights)  # first: a missing file must not cost a minute
    reader = _reader(kind, int(size), source)
    writer = _decoder(reader.outputs)
    image = keras.Input((size, size, 1), name="image")
    # Plain layers instead of a Lambda: a file with a Lambda is a program, and is refused.
    colour = LAYERS.Rescaling(2.0, offset=-1.0, name="range")(
        LAYERS.Concatenate(name="rgb")([image, image, image])
    )
    model = keras.Model(image, writer(reader(colour)), name=f"nasunet_{encoder}")
    reader.trainable = not frozen
    if not frozen:
        unfreeze(model)
    return model


def unfreeze(model, batch_norm=False):
    """Let the encoder of a NASUNet learn too; compile the model again afterwards.

    batch_norm: its batch normalisation stays as it is by default. Its momentum is 0.9997: with
    batches of 4 to 8 images its statistics would be disturbed and never settle. On a processor the
    first step then takes minutes and over 2.5 GB: this is for a GPU, with a small learning rate.
    Returns the model. Raises DataError for a model without an encoder.
    """
    reader = part(model, "encoder")
    reader.trainable = True
    for layer in reader.layers:
        if isinstance(layer, LAYERS.BatchNormalization):
            layer.trainable = bool(batch_norm)
    return model


def decoder(model):
    """The part of a NASUNet that draws, as a model of its own: five feature maps -> probability.

    It shares its weights with `model`: what it learns, `model` knows.
    """
    return part(model, "decoder")


def features(model, images, batch=8):
    """What the frozen encoder sees in each image, computed once instead of at every step.

    images: (N, H, W, 1), 0..1, of the size the model was made for. Returns a list of five float32
    arrays, large to small, for `decoder(model).fit` and `.predict`. At 128 x 128 with NASNetMobile
    one image takes 1.2 MB. Valid as long as the encoder does not learn.
    Raises DataError for other shapes or values.
    """
    part(model, "encoder")
    wanted = model.input_shape[1:]
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1:] != wanted or not len(images):
        raise DataError(
            f"images have the shape {images.shape}; this model takes (N, "
            f"{', '.join(str(n) for n in wanted)}) with N of 1 or more. Prepare them "
            "with batches.prepare."
        )
    if images.dtype.kind not in "fiub" or not (images.min() >= 0 and images.max() <= 1):
        raise DataError("images hold values outside 0 to 1. Prepare them with batches.prepare.")
    look, kept = _look(model), []
    for start in range(0, len(images), batch):
        found = [m.numpy() for m in look(images[start : start + batch].astype(np.float32))]
        # Filled in place: joining batches at the end would need twice the memory.
        kept = kept or [np.empty((len(images), *m.shape[1:]), np.float32) for m in found]
        for whole, some in zip(kept, found, strict=False):
            whole[start : start + len(some)] = some
    return kept


class Reader:
    """A NASUNet that answers by the kept graph of its encoder, as `segment.score` asks a network.

    model: what `nasunet` gives. Called layer by layer, its hundreds of layers take about a second
    an image; the graph that `features` has built once takes a small part of that. What the decoder
    learns later counts. `input_shape` is that of the model.
    """

    def __init__(self, model):
        self.model, self.input_shape = model, model.input_shape

    def predict_on_batch(self, images):
        """(N, H, W, 1), 0..1 -> probabilities of the same shape. DataError as `features`."""
        seen = [keras.ops.convert_to_tensor(one) for one in features(self.model, images)]
        return decoder(self.model)(seen, training=False).numpy()


def part(model, name):
    """The layer "encoder" or "decoder" of a NASUNet. Raises DataError for any other model."""
    for layer in getattr(model, "layers", ()):
        if layer.name == name:
            return layer
    raise DataError(f"This model has no part named {name!r}. Make one with models.nasunet.")


def _kind(encoder):
    if encoder not in ENCODERS:
        raise DataError(f"There is no encoder {encoder!r}. Choose {' or '.join(ENCODERS)}.")
    return ENCODERS[encoder]


def _look(model):
    # Building this graph takes seconds, so it is kept for as long as the model is.
    if model not in _LOOKS:
        steps = [model.get_layer(name) for name in ("rgb", "range", "encoder")]

        def _see(image):
            copies, stretch, reader = steps
            return reader(stretch(copies([image, image, image])), training=False)

        signature = [tensorflow.TensorSpec((None, *model.input_shape[1:]), "float32")]
        _LOOKS[model] = tensorflow.function(_see, input_signature=signature)
    return _LOOKS[model]


def _reader(kind, size, source):
    whole = kind.build(input_shape=(size, size, 3), include_top=False, weights=None)
    if source is not None:
        _fill(whole, source)
    # Names of layers, never "activation_123": those count up with every model of the session.
    return keras.Model(
        whole.input, [whole.get_layer(name).output for name in kind.skips], name="encoder"
    )


def _decoder(maps):
    inputs = [keras.Input(m.shape[1:], name=f"size_{m.shape[1]}") for m in maps]
    first, *others = inputs
    even = LAYERS.ZeroPadding2D(((1, 0), (1, 0)), name="pad")(first)  # 63 -> 64
    x, skips = others[-1], [even, *others[:-1], None][-2::-1]
    for filters, skip in zip(FILTERS, [*skips, None], strict=False):
        x = _norm(LAYERS.Conv2DTranspose(filters, 3, strides=2, padding="same", use_bias=False)(x))
        if skip is not None:
            x = LAYERS.Concatenate()([x, skip])
            x = _norm(LAYERS.Conv2D(filters, 3, padding="same", use_bias=False)(x))
    x = LAYERS.Conv2D(1, 1, activation="sigmoid", dtype="float32", name="mask")(x)
    return keras.Model(inputs, x, name="decoder")


def _norm(x):
    return LAYERS.ReLU()(LAYERS.BatchNormalization(momentum=MOMENTUM)(x))


def _weights_file(name, kind, weights):
    """The path of the file to read, or None to start from chance."""
    if weights is None:
        return None
    if weights != "imagenet":
        return files.find(weights)
    place = _home() / "models" / kind.file
    if not place.is_file():
        place = _fetch(kind, place)
    digest = hashlib.md5(place.read_bytes(), usedforsecurity=False).hexdigest()
    if digest != kind.md5:
        raise SetupError(
            f"The file {place} is not the ImageNet weights of {name}: it is damaged or another "
            f"file (MD5 {digest} instead of {kind.md5}). Delete it and fetch {kind.file} again, or "
            "go on with weights=None."
        )
    return place


def _home():
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def _fetch(kind, place):
    # Keras' own address, as in keras.applications.nasnet; a silent network must not hang a lesson.
    from keras.src.applications import nasnet

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    address = nasnet.BASE_WEIGHTS_PATH + kind.remote
    try:
        return Path(
            keras.utils.get_file(
                kind.file,
                address,
                cache_dir=str(_home()),
                cache_subdir="models",
                file_hash=kind.md5,
            )
        )
    except Exception as problem:  # urllib, SSL, a proxy's own words: all mean the same here
        place.unlink(missing_ok=True)
        raise SetupError(
            f"The ImageNet weights are not on this computer and cannot be fetched now. On a "
            f"computer with internet download {address} ({kind.megabytes} MB), and save it here as "
            f"{place}. Or go on with weights=None: the encoder then starts from chance.",
        ) from problem
    finally:
        socket.setdefaulttimeout(before)


def _fill(whole, source):
    try:
        with warnings.catch_warnings():
            # Keras only warns where weights are missing, and goes on with random ones.
            warnings.filterwarnings("error", message="Skipping nested container")
            whole.load_weights(source)
    except Exception as problem:  # Keras and h5py raise nearly anything for a file that differs
        raise FileError(
            f"'{files.shown(source)}' does not hold weights of this encoder. Give the file that "
            "belongs to it (*_no_top.h5, without the classifier), or weights=None."
        ) from problem
