"""Every despeckler in one form: a picture in, a picture out, tuned by one rule on the same scenes.

`tuned` tries each filter at several strengths and keeps the one of the best PSNR on scenes that
are for tuning only. That is what a network learns by as well (least squares), so nobody comes to
the contest with a default setting. Lee and SRAD work on the envelope and find their way there.
"""

from collections import namedtuple

import numpy as np
import pandas as pd

from course_utils import enhance
from course_utils.core import errors
from course_utils.denoise import scenes
from course_utils.enhance import filters

Method = namedtuple("Method", "name apply setting")


def _on_envelope(work):
    def apply(image, setting):
        """The picture (H, W), 0..1, smoothed."""
        envelope = enhance.log_expand(image, scenes.RANGE_DB)
        done = work(envelope, setting)
        return enhance.log_compress(done, scenes.RANGE_DB, reference=1.0).astype(np.float32)

    return apply


# name -> (function of picture and setting, settings to try): the only tables of strengths there are
FILTERS = {
    "median": (filters.median, (7, 9, 11, 13, 15, 17)),
    "bilateral": (
        lambda image, grey: filters.bilateral(image, 4.0, grey),
        (0.3, 0.4, 0.6, 0.9, 1.3),
    ),
    "NLM": (filters.nlm, (0.06, 0.09, 0.12, 0.16, 0.20)),
    "OBNLM": (filters.obnlm, (0.18, 0.25, 0.35, 0.5, 0.7)),
    "Lee": (_on_envelope(filters.lee), (7, 9, 11, 13, 15)),
    "SRAD": (
        _on_envelope(lambda envelope, steps: filters.srad(envelope, steps, 0.2, decay=0.1)),
        (15, 30, 50, 70, 100),
    ),
}
RAW = Method("raw", lambda image: image, None)


def method(name, setting):
    """One filter at one strength: a Method (name, apply, setting). Raises DataError."""
    if name not in FILTERS:
        raise errors.DataError(f"There is no filter {name!r}; there are {', '.join(FILTERS)}.")
    work = FILTERS[name][0]
    return Method(name, lambda image: work(image, setting), setting)


def psnr_db(clean, picture):
    """Likeness in dB, higher is more alike: 10 log10 of 1 over the mean squared difference.

    Both (H, W), 0..1, in one scale: a mean of log pictures lies 2.507 dB below the clean one, so
    shift it first (`shifted`). Raises DataError for other sizes.
    """
    clean, picture = np.asarray(clean, float), np.asarray(picture, float)
    if clean.shape != picture.shape:
        raise errors.DataError(f"The pictures are {clean.shape} and {picture.shape}: other sizes.")
    return float(-10 * np.log10(np.mean((clean - picture) ** 2)))


def shifted(clean, pictures):
    """The one shift in grey that brings pictures nearest to their clean ones, on average.

    Every smoother has a bias of its own: -2.507 dB where it averages logs, none where it averages
    power. It says nothing of structure, so it is measured on the tuning scenes and taken away.
    """
    return float(np.mean([np.mean(c - p) for c, p in zip(clean, pictures, strict=True)]))


def score(done, clean, shift=None):
    """(mean PSNR in dB, shift): of smoothed pictures whose clean ones are known.

    done, clean: lists of (H, W). shift: grey to add, or None to measure.
    """
    shift = shifted(clean, done) if shift is None else shift
    return float(np.mean([psnr_db(c, d + shift) for c, d in zip(clean, done, strict=True)])), shift


def speckle_kept(raw, clean, done):
    """How much of the speckle is still there, 0 none to 1 all: the slope of done on raw.

    Lists of pictures (H, W) of the same scenes, each taken about its clean picture.
    """
    before, after = (
        np.concatenate([(p - c - np.mean(p - c)).ravel() for p, c in zip(some, clean, strict=True)])
        for some in (raw, done)
    )
    return float(before @ after / (before @ before))


def tuned(raw, clean):
    """Every filter at every strength: a table (filter, setting, psnr, best), one row each.

    raw, clean: lists of pictures of the tuning scenes. best: True once for each filter.
    """
    rows = [
        (name, setting, score([method(name, setting).apply(image) for image in raw], clean)[0])
        for name, (_, settings) in FILTERS.items()
        for setting in settings
    ]
    table = pd.DataFrame(rows, columns=["filter", "setting", "psnr"])
    top = table.groupby("filter").psnr.transform("max")
    return table.assign(best=table.psnr == top)


def best(table):
    """The Methods that `tuned` prefers: {name: Method}, in the order of the table."""
    chosen = table[table.best]
    return {
        name: method(name, setting)
        for name, setting in zip(chosen["filter"], chosen.setting, strict=True)
    }
