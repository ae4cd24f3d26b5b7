"""The networks of the course, and their files.

Every one takes grey images, float32 (N, H, W, 1), 0..1, and gives for each pixel the probability
that it is muscle, (N, H, W, 1), 0..1. `unet` is small and learns in a minute on a processor;
`nasunet` (in `nasunet.py`) is the large one with a NASNet encoder. `save` and `load` (in
`model_files.py`) keep a network in a `.keras` file and refuse one that could do harm.
"""

import numbers

from course_utils.core.errors import DataError
from course_utils.segment.backend import keras
from course_utils.segment.model_files import load, save
from course_utils.segment.nasnet import Reader, decoder, features, nasunet, unfreeze

__all__ = ["Reader", "decoder", "features", "load", "nasunet", "save", "unet", "unfreeze"]

LAYERS = keras.layers
STRIDE = 4  # the first layer looks at patches of 4 x 4 pixels, so all others work on 1/16 of them
MOMENTUM = 0.9  # of batch normalisation: the running mean of about the last 10 steps. With Keras'
# own 0.99 it is still far off after the 100 steps of a lesson, and a good network scores 0.


def unet(size=128, width=16, levels=4, channels=1):
    """A small U-Net: down to see the whole picture, up again to draw, with bridges between.

    At 128 x 128 with width 16, rows x columns x channels:

        image             128 x 128 x 1
        patches            32 x 32 x 16  ------------------> 32 x 32 x 16 -> mask 128 x 128 x 1
        down, convolve     16 x 16 x 32  ---------> 16 x 16 x 32
        down, convolve      8 x 8 x 64   --> 8 x 8 x 64
        down, convolve      4 x 4 x 128 (one value sees the whole picture)

    Each step down halves the picture and doubles the channels: less *where*, more *what*. Each
    step up doubles the picture again, lays the bridge of the same size beside it (the *where* that
    was lost), and a convolution merges the two. The first layer takes patches of 4 x 4 pixels at
    once, because cost per image, not the number of weights, decides how long training takes; the
    mask is drawn on 32 x 32 and enlarged smoothly. `docs/architectures.md` compares it with others.

    size: rows and columns of the image, a multiple of 4 * 2 ** (levels - 1), so of 32 here.
    width: channels of the first level, a whole number from 1. levels: sizes from patches to the
    bottom, 1 to 6. channels: pictures that are looked at together, (N, size, size, channels).
    Returns an uncompiled Keras model. Raises DataError for other values.
    Source: Ronneberger et al, MICCAI 2015, doi:10.1007/978-3-319-24574-4_28.
    """
    width, levels = _whole(width, "width"), _whole(levels, "levels", most=6)
    step = STRIDE * 2 ** (levels - 1)
    size, seen = _whole(size, "size"), _whole(channels, "channels")
    if size % step:
        raise DataError(
            f"size must be a multiple of {step} for {levels} levels, not {size}: the "
            f"network divides it by {STRIDE} and then halves it {levels - 1} times."
        )
    image = keras.Input((size, size, seen), name="image")
    x = _block(
        LAYERS.Conv2D(
            width, STRIDE, strides=STRIDE, use_bias=False, kernel_initializer="he_normal"
        )(image)
    )
    bridges = []
    for channels in [width * 2**level for level in range(1, levels)]:
        bridges.append(x)
        x = _block(_convolve(x, channels, strides=2))
        x = _block(_convolve(x, channels))
    x = _block(_convolve(x, width * 2 ** (levels - 1)))
    for bridge in reversed(bridges):
        x = LAYERS.Conv2DTranspose(bridge.shape[-1], 2, strides=2)(x)
        x = LAYERS.Concatenate()([x, bridge])
        x = _block(_convolve(x, bridge.shape[-1]))
    x = LAYERS.Conv2D(1, 1, name="score")(x)
    x = LAYERS.UpSampling2D(STRIDE, interpolation="bilinear", name="enlarge")(x)
    mask = LAYERS.Activation("sigmoid", dtype="float32", name="mask")(x)
    return keras.Model(image, mask, name="unet")


def _convolve(x, channels, strides=1):
    # No bias: the batch normalisation that follows would take it away again.
    return LAYERS.Conv2D(
        channels, 3, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)


def _block(x):
    return LAYERS.ReLU()(LAYERS.BatchNormalization(momentum=MOMENTUM)(x))


def _whole(value, name, most=None):
    right = isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= 1
    if not right or (most and value > most):
        limit = f"from 1 to {most}" if most else "from 1"
        raise DataError(f"{name} must be a whole number {limit}, not {value!r}.")
    return int(value)
