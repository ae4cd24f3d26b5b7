"""What training makes small, and the Dice score it shows: losses for masks, and one metric.

Every loss takes `y_true` (0 or 1) and `y_pred` of the same shape, (N, H, W) or (N, H, W, 1), and
gives one number per image, shape (N,); Keras takes the mean over the batch. `y_pred` holds
probabilities from 0 to 1 (a network that ends in a sigmoid) or, with from_logits=True, the raw
numbers before the sigmoid, of any size.

All of them count, softly, per image: TP (muscle found), FP (false muscle), FN (missed muscle).

    Tversky index  T = (TP + s) / (TP + s + alpha FP + beta FN)        loss 1 - T
    Dice           the same with alpha = beta = 0.5, which is 2 TP / (2 TP + FP + FN)

s is half a pixel. It settles what an image without muscle means: with a black prediction the loss
is 0 (right), and any false muscle raises it. It also keeps every gradient small there.

A network of the course ends in a sigmoid and is trained with from_logits=False; `dice_bce` then
still loses nothing to rounding (see there). The flag is for networks from elsewhere.

A saved model remembers the names "course_utils>...": import this module before loading one.
"""

from course_utils.core import accept
from course_utils.core.errors import DataError
from course_utils.segment.backend import keras

ops = keras.ops
SMOOTH = 0.5  # pixels of agreement added to TP; Dice then reads (2 TP + 1) / (2 TP + FP + FN + 1)
FLAT = 1e-7  # below this distance from perfect the focal power is linear, so its slope stays finite
register = keras.saving.register_keras_serializable(package="course_utils")


@register
def dice(y_true, y_pred, from_logits=False):
    """The soft Dice loss, 1 - Dice, per image: (N,), 0 (perfect) to 1.

    y_true, y_pred, from_logits: as at the top of this module. The sums are linear; V-Net squares
    the terms below the line. Both empty: 0. Raises DataError for two shapes that differ.
    Source: Milletari et al, V-Net, 3DV 2016, doi:10.1109/3DV.2016.79.
    """
    return _tversky_loss(y_true, y_pred, 0.5, 0.5, from_logits)


@register
def dice_bce(y_true, y_pred, from_logits=False):
    """Soft Dice loss plus mean binary cross-entropy (nats per pixel), per image: (N,), 0 or more.

    Dice looks at the muscle as a whole, cross-entropy at every pixel, which steadies the first
    steps and teaches on empty images too. From probabilities, cross-entropy stops at 16 per pixel
    (they are kept 1e-7 away from 0 and 1), except in a compiled model with a sigmoid at its end:
    there Keras reads the logits below it, which is more exact. Raises DataError for two shapes that
    differ.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    pixels = ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits)
    return dice(y_true, y_pred, from_logits) + _per_image(pixels, ops.mean)


@register
class Tversky(keras.losses.Loss):
    """The Tversky loss, 1 - T, per image, with alpha for false and beta for missed muscle.

    alpha, beta: weights of FP and FN, 0 or more and not both 0. alpha above beta: fewer false
    pixels, higher precision; beta above alpha: fewer missed pixels, higher recall. 0.5 and 0.5 are
    Dice, 1 and 1 are the Jaccard index (IoU). Both empty: 0. Raises DataError for other weights.
    Source: Salehi et al, MLMI 2017, doi:10.1007/978-3-319-67389-9_44 (same letters).
    """

    def __init__(self, alpha=0.5, beta=0.5, from_logits=False, name="tversky", **kwargs):
        super().__init__(name=name, **kwargs)
        self.alpha, self.beta = _weights(alpha, beta)
        self.from_logits = bool(from_logits)

    def call(self, y_true, y_pred):
        """The loss per image, (N,), 0 to 1."""
        return _tversky_loss(y_true, y_pred, self.alpha, self.beta, self.from_logits)

    def get_config(self):
        """All settings, so that a saved model has them again."""
        return {
            **super().get_config(),
            "alpha": self.alpha,
            "beta": self.beta,
            "from_logits": self.from_logits,
        }


@register
class FocalTversky(Tversky):
    """The focal Tversky loss, (1 - T) ** (1 / gamma), per image: hard images weigh more.

    alpha, beta: as in `Tversky`. gamma: 1 is plain Tversky; the paper tried 1 to 3 and chose 4/3.
    Two conventions to know before comparing: the paper's power is 1 / gamma (much code calls 0.75
    gamma), and its alpha weighs what is missed. Here alpha is false muscle, as everywhere in the
    course. The power would be infinitely steep at a perfect mask; it is made linear within 1e-7.
    Raises DataError for gamma not above 0.
    Source: Abraham and Khan, ISBI 2019, doi:10.1109/ISBI.2019.8759329.
    """

    def __init__(
        self, alpha=0.3, beta=0.7, gamma=4 / 3, from_logits=False, name="focal_tversky", **kwargs
    ):
        super().__init__(alpha, beta, from_logits, name, **kwargs)
        self.gamma = accept.number(gamma, "gamma")
        if self.gamma <= 0:
            raise DataError(f"gamma must be above 0, not {gamma!r}; 4/3 is usual, 1 is Tversky.")

    def call(self, y_true, y_pred):
        """The loss per image, (N,), 0 to 1."""
        plain = super().call(y_true, y_pred)
        power = 1 / self.gamma
        # Each branch sees only values it can bear: the slope of the other one must not be infinite.
        curve = ops.power(ops.maximum(plain, FLAT), power)
        return ops.where(plain > FLAT, curve, plain * FLAT ** (power - 1))

    def get_config(self):
        """All settings, so that a saved model has them again."""
        return {**super().get_config(), "gamma": self.gamma}


def tversky(alpha=0.5, beta=0.5, from_logits=False):
    """The Tversky loss to give to training: alpha weighs false muscle, beta missed muscle.

    See `Tversky` for their ranges and the source. Raises DataError for a weight below 0.
    """
    return Tversky(alpha, beta, from_logits)


def focal_tversky(alpha=0.3, beta=0.7, gamma=4 / 3, from_logits=False):
    """The focal Tversky loss to give to training: the power is 1 / gamma. See `FocalTversky`."""
    return FocalTversky(alpha, beta, gamma, from_logits)


@register
class DiceScore(keras.metrics.Metric):
    """The Dice score of the finished masks, per image and then the mean over images: 0 to 1.

    y_pred becomes a mask where its probability is above `threshold` (0 to below 1). Both empty: 1;
    one empty: 0. It counts each image alone: the Dice of all pixels of a batch at once would hide a
    missed small muscle behind a large one. A sample weight weighs an image.
    Raises DataError for a threshold outside 0..1.
    """

    def __init__(self, name="dice", threshold=0.5, from_logits=False, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.threshold = accept.number(threshold, "threshold")
        if not 0 <= self.threshold < 1:
            raise DataError(f"threshold must be from 0 to below 1, not {threshold!r}.")
        self.from_logits = bool(from_logits)
        self.total = self.add_weight(shape=(), initializer="zeros", name="total")
        self.images = self.add_weight(shape=(), initializer="zeros", name="images")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch."""
        y_true, y_pred = _pair(y_true, y_pred)
        if self.from_logits:
            y_pred = ops.sigmoid(y_pred)
        both, false, missed = _counts(y_true, ops.cast(y_pred > self.threshold, "float32"))
        size = 2 * both + false + missed
        # An image with nothing in either mask would be 0 / 0: it is right, and counts as 1.
        score = ops.where(size > 0, 2 * both / ops.maximum(size, 1), 1.0)
        weight = ops.ones_like(score)
        if sample_weight is not None:
            weight = weight * _per_image(ops.cast(sample_weight, "float32"), ops.mean)
        self.total.assign_add(ops.sum(score * weight))
        self.images.assign_add(ops.sum(weight))

    def result(self):
        """The mean Dice of all images since the start of the epoch; 0 before the first."""
        return ops.divide_no_nan(self.total, self.images)

    def get_config(self):
        """All settings, so that a saved model has them again."""
        return {
            "name": self.name,
            "dtype": self.dtype,
            "threshold": self.threshold,
            "from_logits": self.from_logits,
        }


def _tversky_loss(y_true, y_pred, alpha, beta, from_logits):
    y_true, y_pred = _pair(y_true, y_pred)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    both, false, missed = _counts(y_true, y_pred)
    # The loss itself, not 1 minus the index: nothing is lost to rounding where both nearly agree.
    wrong = alpha * false + beta * missed
    return wrong / (both + wrong + SMOOTH)


def _counts(y_true, y_pred):
    """Soft TP, FP and FN of each image, in pixels: three times (N,)."""
    return (
        _per_image(y_true * y_pred, ops.sum),
        _per_image((1 - y_true) * y_pred, ops.sum),
        _per_image(y_true * (1 - y_pred), ops.sum),
    )


def _per_image(values, summary):
    return (
        summary(values, axis=list(range(1, len(values.shape)))) if len(values.shape) > 1 else values
    )


def _pair(y_true, y_pred):
    """Both as float32, since 16-bit sums stop at 65504 pixels, and with the same shape."""
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    left, right = tuple(y_true.shape), tuple(y_pred.shape)
    # (N, H, W) beside (N, H, W, 1) would be spread over N x N pairs of images without a word.
    same = len(left) == len(right) and all(
        a is None or b is None or a == b for a, b in zip(left, right, strict=False)
    )
    if not same or len(left) < 2:
        raise DataError(
            f"The truth has the shape {left} and the prediction {right}; a loss needs the same "
            "shape for both, (images, rows, columns, 1). Check the size the masks were prepared "
            "for."
        )
    return _float32(y_true), _float32(y_pred)


def _float32(tensor):
    # A cast that changes nothing would still hide the sigmoid below it from Keras.
    return (
        tensor
        if keras.backend.standardize_dtype(tensor.dtype) == "float32"
        else ops.cast(tensor, "float32")
    )


def _weights(alpha, beta):
    alpha, beta = accept.number(alpha, "alpha"), accept.number(beta, "beta")
    if alpha < 0 or beta < 0 or alpha + beta == 0:
        raise DataError(
            f"alpha (false muscle) and beta (missed muscle) must be 0 or more and not both 0, not "
            f"{alpha:g} and {beta:g}; they usually add up to 1."
        )
    return alpha, beta
