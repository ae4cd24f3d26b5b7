"""Is a picture unlike every picture that a network has learned from? A distance in its features.

The deepest layer of `models.unet` sums up the whole picture. `features` takes its mean over the
upper and over the lower half, so that a picture upside down is another one. `fitted` describes how
pictures that are known scatter there: along their main directions as they do, in all others by one
common spread (probabilistic principal components, which is how a Mahalanobis distance is shrunk
where pictures are few; Tipping and Bishop 1999, doi:10.1111/1467-9868.00196). A network draws an
outline in anything; only such a distance says that the outline means nothing.
"""

import zipfile
from dataclasses import dataclass, fields

import numpy as np

from course_utils.core import files
from course_utils.core.errors import DataError, FileError

AXES = 32  # main directions that are kept


@dataclass(frozen=True)
class Known:
    """Where known pictures lie. mean: (F,). axes: (k, F), unit vectors. spread: (k,), SD along
    them. rest: SD in every other direction. limit: distances beyond it are of unlike pictures.
    """

    mean: np.ndarray
    axes: np.ndarray
    spread: np.ndarray
    rest: float
    limit: float = float("inf")

    def distances(self, features):
        """How far pictures lie from the known ones: (N,), about 1 for a known one. features: (N, F)
        as `features` gives them.
        """
        away = np.asarray(features, np.float32) - self.mean
        along = away @ self.axes.T
        beside = np.maximum((away**2).sum(axis=1) - (along**2).sum(axis=1), 0)
        square = ((along / self.spread) ** 2).sum(axis=1) + beside / self.rest**2
        return np.sqrt(square / len(self.mean))

    def save(self, path):
        """Write to `path` (ends in .npz)."""
        np.savez_compressed(path, **{one.name: getattr(self, one.name) for one in fields(self)})


def read(path):
    """`Known` from a file that `Known.save` wrote. Raises FileError for another one."""
    place = files.find(path)
    names = [field.name for field in fields(Known)]
    try:
        with np.load(place, allow_pickle=False) as kept:
            parts = [np.asarray(kept[name], np.float32) for name in names]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as problem:
        raise FileError(
            f"'{files.shown(place)}' does not say which pictures a network knows. Fetch it anew."
        ) from problem
    return Known(*parts[:3], *map(float, parts[3:]))


def with_features(model):
    """The network with a second answer: the map of its deepest layer, (N, rows, columns, C).

    model: a `models.unet`. Raises DataError for a network without a way up again.
    """
    from course_utils.segment.backend import keras

    ups = [one for one in model.layers if isinstance(one, keras.layers.Conv2DTranspose)]
    if not ups:
        raise DataError(f"{model.name} has no deepest layer: it is no U-Net of this course.")
    return keras.Model(model.input, [model.output, ups[0].input], name=f"{model.name}_seen")


def features(deepest):
    """(N, 2 C) numbers of pictures from the map of the deepest layer, (N, rows, columns, C)."""
    deepest = np.asarray(deepest, np.float32)
    middle = deepest.shape[1] // 2
    halves = deepest[:, :middle], deepest[:, middle:]
    return np.concatenate([half.mean(axis=(1, 2)) for half in halves], axis=1)


def fitted(known, axes=AXES):
    """`Known` of the features (N, F) of known pictures, without a limit yet.

    Raises DataError where there are fewer than twice as many pictures as axes.
    """
    known = np.asarray(known, np.float64)
    if len(known) < 2 * axes or not np.isfinite(known).all():
        raise DataError(
            f"{len(known)} pictures are too few (or not all are numbers) for {axes} axes."
        )
    mean = known.mean(axis=0)
    _, sizes, directions = np.linalg.svd(known - mean, full_matrices=False)
    variance = sizes**2 / (len(known) - 1)
    rest = np.sqrt(variance[axes:].sum() / (known.shape[1] - axes))
    parts = mean, directions[:axes], np.sqrt(variance[:axes])
    return Known(*(part.astype(np.float32) for part in parts), float(rest))
