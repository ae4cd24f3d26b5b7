"""Where is the network unsure, and is it wrong there? An overlay, and a number for it.

The same network is asked several times about slightly different images (test-time augmentation).
Where the answers differ it is unsure. A map of that helps only if it is higher where the outline is
wrong; that is measured here, patient by patient.
"""

from collections import namedtuple

import cv2
import numpy as np
import pandas as pd
from scipy import stats

from course_utils import segment
from course_utils.core import accept, errors, tables
from course_utils.evaluate import metrics
from course_utils.saliency.layers import Probe, parts
from course_utils.segment import scans
from course_utils.segment.backend import keras

Unsure = namedtuple("Unsure", "map probability samples")
Wrong = namedtuple("Wrong", "auroc inside_wrong inside_right wrong_share")
MEASURES = ("entropy", "sd")


def test_time_augmentation(model, image, count=12, strength=1.0, measure="entropy", seed=0):
    """Ask with varied images, undo the variation on each answer, and see where they differ.

    Half of the images are mirrored left to right; each is turned by up to 4 degrees, enlarged or
    shrunk by up to 6 %, and changed in gain by up to 3 dB of 60, times `strength`. The first one is
    the image itself. Never upside down: the skin is always on top.
    measure: "entropy" of the mean probability (bits, 0..1; high where the answer is undecided), or
    "sd", the standard deviation of the answers (high only where they differ).
    Returns Unsure(map, probability, samples): float32 (H, W) each, samples (count, h, w) on the
    network's grid. Source: Wang et al, Neurocomputing 2019, doi:10.1016/j.neucom.2019.01.103.
    """
    probe = _outliner(model, image)
    accept.whole(count, "count", 2)
    _checked(measure)
    ways = _variations(int(count), accept.number(strength, "strength", 0), seed)
    rows, cols = probe.picture.shape[:2]
    varied = (_forth(probe.picture, way) for way in ways)
    answers = np.concatenate([_probabilities(probe, part) for part in parts(varied)])
    samples = np.stack(
        [
            _back(cv2.resize(answer, (cols, rows)), way)
            for answer, way in zip(answers, ways, strict=True)
        ]
    )
    return _unsure(probe, samples, measure)


def higher_where_wrong(uncertainty, truth, prediction):
    """Is the map higher where the outline is wrong? Wrong(auroc, inside_wrong, inside_right, ...).

    auroc: how often a wrong pixel is more unsure than a right one (0.5 chance, 1 always); its mean
    inside_wrong and inside_right; wrong_share of the pixels. uncertainty (H, W); truth and
    prediction: masks of the same size. NaN where no pixel is wrong or none is right.
    """
    truth = accept.mask(truth, name="truth") > 0
    wrong = truth != (accept.mask(prediction, truth.shape, "prediction") > 0)
    values = np.asarray(uncertainty)
    if (
        values.shape != truth.shape
        or values.dtype.kind not in "iuf"
        or not np.isfinite(values).all()
    ):
        raise errors.DataError(
            f"The uncertainty must be numbers of the shape {truth.shape}, as "
            f"the masks; it has {values.shape}."
        )
    count = int(wrong.sum())
    if count in (0, wrong.size):
        nothing = float("nan")
        inside = float(values.mean())
        return Wrong(
            nothing, inside if count else nothing, nothing if count else inside, float(bool(count))
        )
    # The area under the ROC curve is the Mann-Whitney statistic as a share of all pairs.
    ranks = stats.rankdata(values, axis=None)[wrong.ravel()].sum()
    auroc = (ranks - count * (count + 1) / 2) / (count * (wrong.size - count))
    return Wrong(
        float(auroc), float(values[wrong].mean()), float(values[~wrong].mean()), float(wrong.mean())
    )


def evaluate(model, table, measures=("entropy",), **options):
    """`higher_where_wrong` for every image of a table and each measure; see `per_patient`.

    table: image, mask, patient_id as samples.table gives it; every image is cut to its scan first,
    as for `segment.predict`, and is asked about once for all measures. options: of
    `test_time_augmentation`. Columns: patient_id, dice, measure, auroc, inside_wrong, inside_right,
    wrong_share; the index is the table's, once for each measure.
    """
    tables.checked(table, ("image", "mask", "patient_id"))
    rows = []
    for row, patient in enumerate(table["patient_id"]):
        case = scans.read(table, row)
        truth = accept.mask(case.mask, case.image.shape)
        unsure = test_time_augmentation(model, case.image, measure=measures[0], **options)
        found = segment.mask(unsure.probability)
        known = {"patient_id": patient, "dice": metrics.dice(truth, found)}
        for measure in measures:
            judged = higher_where_wrong(_map(unsure.samples, measure, truth.shape), truth, found)
            rows.append({**known, "measure": measure, **judged._asdict()})
    return pd.DataFrame(rows, index=table.index.repeat(len(measures)))


def _outliner(model, image):
    probe = Probe(model, image)
    if not probe.outlines or probe.answer.shape[-1] != 1:
        raise errors.DataError(
            "An uncertainty overlay needs a model that outlines one structure: "
            "one probability for each pixel."
        )
    return probe


def _checked(measure):
    if measure not in MEASURES:
        raise errors.DataError(f"measure must be {' or '.join(MEASURES)}, not {measure!r}.")
    return measure


def _probabilities(probe, pictures):
    return keras.ops.sigmoid(probe.logits(pictures)).numpy()[..., 0]


def _unsure(probe, samples, measure):
    values = _map(samples, measure, probe.shape)
    return Unsure(values, np.clip(probe.back(samples.mean(0)), 0, 1), samples)


def _map(samples, measure, shape):
    """Where the answers (count, h, w) are undecided, or differ: float32 (H, W) of `shape`."""
    if _checked(measure) == "sd":
        values = samples.std(0)
    else:
        sure = np.clip(samples.mean(0), 1e-7, 1 - 1e-7)
        values = -(sure * np.log2(sure) + (1 - sure) * np.log2(1 - sure))
    return cv2.resize(np.float32(values), shape[::-1], interpolation=cv2.INTER_LINEAR)


def _variations(count, strength, seed):
    """(mirrored, degrees, zoom, grey) of each image; the first changes nothing."""
    draws = np.random.default_rng(seed)
    ways = [
        (number % 2 == 1, *(strength * draws.uniform(-1, 1, 3) * (4, 0.06, 3 / 60)))
        for number in range(count)
    ]
    return [(False, 0.0, 0.0, 0.0), *ways[1:]]


def _forth(picture, way):
    mirrored, degrees, zoom, grey = way
    varied = np.where(picture > 0, np.clip(picture + np.float32(grey), 0, 1), picture)
    varied = varied[:, ::-1] if mirrored else varied
    return _turned(varied, degrees, 1 + zoom).reshape(picture.shape)


def _back(answer, way):
    mirrored, degrees, zoom, _ = way
    straight = _turned(answer, degrees, 1 + zoom, inverse=True)
    return straight[:, ::-1] if mirrored else straight


def _turned(array, degrees, zoom, inverse=False):
    rows, cols = array.shape[:2]
    matrix = cv2.getRotationMatrix2D(((cols - 1) / 2, (rows - 1) / 2), degrees, zoom)
    flags = cv2.INTER_LINEAR | (cv2.WARP_INVERSE_MAP if inverse else 0)
    return cv2.warpAffine(
        np.ascontiguousarray(array, np.float32),
        matrix,
        (cols, rows),
        flags=flags,
        borderMode=cv2.BORDER_REFLECT,
    )
