"""A trained network at work: prepare, predict, make a mask, and say how good it is.

The network sees a small square; every answer here is on the grid of the original image, so that
its millimetres hold. A model is a Keras model that takes (N, size, size, 1), grey 0..1, and gives
probabilities of the same shape. Pixels of the frame around a scan go through it as any others do.
"""

import contextlib
import re

import cv2
import numpy as np
import pandas as pd

from course_utils import load
from course_utils.core import accept, errors, masks, plurals, tables
from course_utils.evaluate import metrics
from course_utils.segment import doubts, muscle, scans

KEPT = ("image", "mask", "patient_id", "device", "row_mm", "col_mm")
LOWER_IS_BETTER = ("hd95_mm", "hd95_px", "surface_distance_mm", "surface_distance_px")


def predict(model, image, size=128, clahe=None, box=None):
    """How likely each pixel is muscle: float32 (H, W), 0..1, on the grid of the image.

    image: (H, W), 0..1. size, clahe: as the model was trained (`batches.prepare`). The answer of
    (size, size) is brought back to (H, W) by linear interpolation. The first call is slower.
    box: (top, bottom, left, right) of the scan in the picture (`scans.box`): the network sees that
    part, and around it the answer is 0. None: the picture is the scan already, as `scans.read`
    cuts. Raises DataError for another image, a model of another size, or an answer that is no
    probability.
    """
    from course_utils.segment.batches import (
        prepare,
    )  # here, because it brings Keras: a score needs no network

    image = accept.image(image)
    _expects(model, size)
    if box is not None:
        part = predict(model, scans.cut(image, box), size, clahe)
        return scans.pasted(part, box, image.shape)
    answer = _answer(model, prepare(image, size, clahe)[None, :, :, None], size)
    rows, cols = image.shape
    return cv2.resize(answer, (cols, rows), interpolation=cv2.INTER_LINEAR)


def first_drawn(model, table, size=128):
    """The first image of a table, cut to its scan, in which the model draws something: (H, W), 0..1.

    Raises DataError where it draws nothing in any of them.
    """
    for row in range(len(table)):
        image = scans.read(table, row).image
        if mask(predict(model, image, size)).any():
            return image
    raise errors.DataError(
        f"This network draws nothing in any of {plurals.count(len(table), 'image')}, so there is no "
        "outline to ask about. Train one on this set in lesson 04."
    )


def mask(probability, threshold=0.5, keep_largest=True):
    """The muscle: uint8 (H, W), 1 where the probability is above the threshold.

    probability: (H, W), 0..1. threshold: 0 to below 1; lower finds more muscle, and more false
    muscle. Choose it on validation patients, not on those of the test.
    keep_largest: keep the largest piece only (pixels that touch, corners too), since one muscle is
    in view. Raises DataError for values outside 0..1.
    """
    probability = _probability(probability)
    if (
        isinstance(threshold, bool)
        or not isinstance(threshold, (int, float, np.number))
        or not 0 <= threshold < 1
    ):
        raise errors.DataError(f"threshold must be from 0 to below 1, not {threshold!r}.")
    found = (probability > threshold).astype(np.uint8)
    return masks.largest(found, fill=False)[0].astype(np.uint8) if keep_largest else found


def score(
    model,
    table,
    size=128,
    threshold=0.5,
    keep_largest=True,
    clahe=None,
    tolerance_mm=metrics.TOLERANCE_MM,
    cut=True,
    change=None,
):
    """The scores of every image of a table, one row each, on the original grid in mm.

    table: image, mask and patient_id, as samples.table gives it; row_mm and col_mm for millimetres
    (without them, distances are in pixels, named _px; surface Dice then allows 5 pixels); with a
    column thickness_mm, also the thickness of the prediction and its error.
    size, clahe: as the model was trained. threshold, keep_largest: as in `mask`. cut: the network
    sees the scan alone (`scans.box`); False gives it the whole screen. change: a function of
    the picture that is applied before the network sees it, such as a grey map, or None.

    Returns a table with the same index: what names the case (image, mask, patient_id, device,
    row_mm, col_mm), `empty` (no muscle in the truth), the measures of `metrics.score`, what the
    outline gives away itself (expected, smooth: `doubts.Doubt`; `doubts.told` says it), and
    thickness_mm (of the prediction) with thickness_error_mm (prediction - truth; missing where
    either shows no muscle to measure, or its millimetres are unknown). Next: metrics.per_patient.
    Raises DataError for a table without rows or columns, or a mask of another size than its image;
    FileError for missing files. Each file is read once.
    """
    tables.checked(table, ("image", "mask", "patient_id"))
    places = zip(tables.paths(table), tables.paths(table, "mask"), strict=True)
    with_thickness = "thickness_mm" in table
    rows = []
    for (picture, truth_file), case in zip(places, table.to_dict("records"), strict=True):
        image, truth = _loaded(picture, truth_file)
        box = scans.box(image, case)[0] if cut else None
        if change is not None:
            whole = box or (0, image.shape[0], 0, image.shape[1])
            image = scans.pasted(change(scans.cut(image, whole)), whole, image.shape)
        likely = predict(model, image, size, clahe, box)
        found = mask(likely, threshold, keep_largest)
        doubt = doubts.doubt(scans.cut(likely, box) if box else likely, threshold)
        spacing = _spacing(case)
        row = {name: case[name] for name in KEPT if name in case}
        row |= {"empty": not truth.any()}
        row |= metrics.score(truth, found, spacing, tolerance_mm if spacing else None)
        row |= {"expected": doubt.expected, "smooth": doubt.smooth}
        if with_thickness:
            row |= _thickness(found, case["thickness_mm"], spacing)
        rows.append(row)
    scores = pd.DataFrame(rows, index=table.index)
    scores.attrs = dict(table.attrs)
    return scores


def mean_mask(table, size=128):
    """How often each place of the scan is muscle in a set: float32 (size, size), 0..1.

    table: as in `score`, without the need for patients. Masks are read one by one, and cut as the
    network sees them. Raises as `score` does.
    """
    from course_utils.segment.batches import prepare_mask

    total = 0
    files = tables.paths(table, "mask")
    for file, (box, _) in zip(files, scans.boxes(table), strict=True):
        total = total + prepare_mask(scans.cut(load.mask(file), box), size).astype(np.float32)
    return total / np.float32(len(files))


def blind(train, shape, size=128):
    """The outline that looks at nobody: the mean mask of a set, cut where that is best for it, as
    uint8 (H, W) of `shape`.
    """
    mean = mean_mask(train, size)
    rows, cols = shape
    drawn = cv2.resize(mean, (cols, rows), interpolation=cv2.INTER_LINEAR) > _best_cut(mean)
    return drawn.astype(np.uint8)


def floor(train, test, size=128):
    """The Dice that needs no network: one mask, the mean of the training masks, for every image.

    train, test: tables as in `score`. The mean is cut where that is best for the training masks.
    Returns the mean over test patients of their mean Dice, 0 to 1. A network has learned something
    from the pictures only as far as it is above this number: print both.
    """
    tables.checked(test, ("mask", "patient_id"))
    cases = pd.DataFrame({"patient_id": list(test["patient_id"])})
    return float(
        metrics.per_patient(cases.assign(dice=_blind_dice(train, test, size)))["dice"].mean()
    )


def farthest(train, test, size=128):
    """The place in `test`, from 0, of the image that the mean training mask fits worst."""
    return int(np.argmin(_blind_dice(train, test, size)))


def _blind_dice(train, test, size):
    mean, values = mean_mask(train, size), []
    cut = _best_cut(mean)
    for file, (box, _) in zip(tables.paths(test, "mask"), scans.boxes(test), strict=True):
        truth = load.mask(file)
        rows, cols = scans.cut(truth, box).shape
        guess = cv2.resize(mean, (cols, rows), interpolation=cv2.INTER_LINEAR) > cut
        values.append(metrics.dice(truth, scans.pasted(guess, box, truth.shape)))
    return values


def best_median_worst(scores, by="dice"):
    """Three cases to look at: the rows of the best, the median and the worst, in this order.

    scores: a table as `score` gives it; the index is kept, and a column `case` says which is
    which. by: a measure; of distances the smallest is best, of thickness_error_mm the one nearest
    to 0. Empty images that were rightly left empty are passed over, as there is nothing to see;
    false muscle in an empty image is not. With an even number the better of the two middle cases is
    the median; below three images a row comes twice. Raises DataError without images or measure.
    """
    tables.checked(scores, (by,))
    values = pd.to_numeric(scores[by], errors="coerce").to_numpy(float)
    if by in LOWER_IS_BETTER:
        values = -values
    elif by == "thickness_error_mm":
        values = -np.abs(values)
    if "empty" in scores and "dice" in scores:
        dull = (scores["empty"].astype(bool) & (scores["dice"] == 1)).to_numpy()
        values = values if dull.all() else np.where(dull, np.nan, values)
    count = np.count_nonzero(~np.isnan(values))
    if not count:
        raise errors.DataError(
            f"No image of the table has a value of {by}, so there is no best or worst case."
        )
    order = np.argsort(-values, kind="stable")  # missing values come last
    chosen = scores.iloc[order[[0, (count - 1) // 2, count - 1]]].copy()
    chosen.insert(0, "case", ["best", "median", "worst"])
    return chosen


def _expects(model, size):
    """Complain about an input that the model was not made for, if it says which it wants."""
    answers = callable(model) or hasattr(model, "predict_on_batch")
    if not answers or isinstance(model, type):
        raise errors.DataError(
            f"The model is {'the class ' + model.__name__ if isinstance(model, type) else repr(model)[:60]}, "
            "and no network. Open a file with segment.load(path), or make one with segment.unet()."
        )
    wants = getattr(model, "input_shape", None)
    wants = list(wants.values()) if isinstance(wants, dict) else wants
    if isinstance(wants, list):
        if len(wants) != 1:
            raise errors.DataError(
                f"This model wants {len(wants)} inputs, and one grey image is given. Build a model with "
                "one input around it."
            )
        wants = wants[0]
    if not isinstance(wants, tuple):
        return
    if len(wants) != 4 or wants[3] not in (None, 1):
        raise errors.DataError(
            f"This model wants {_sides(wants)}, and is given one grey image, "
            f"{_sides((None, size, size, 1))}. {_way_out(wants)}"
        )
    if any(side not in (None, size) for side in wants[1:3]):
        raise errors.DataError(
            f"This model takes images of {wants[1]} x {wants[2]} pixels, not "
            f"{size} x {size}. {_square(wants)}"
        )


def _square(wants):
    if None in wants[1:3] or wants[1] == wants[2]:
        return f"Pass size={wants[1] or wants[2]}, as it was trained."
    return (
        "The course gives squares: train it on squares, or build it for any size (None, None, 1)."
    )


def _way_out(wants):
    if len(wants) != 4:
        return "It is no network for single pictures."
    if wants[1] in (1, 3) and wants[3] not in (1, 3):
        return "It was built with the channels first, and Keras has them last here."
    colour = " (colour)" if wants[3] == 3 else ""
    return (
        f"Train it on grey images, or put in front of it a layer that repeats the grey {wants[3]} "
        f"times{colour}: keras.layers.Concatenate()([grey] * {wants[3]})."
    )


def _sides(shape):
    """A shape in words: (None, 128, 128, 3) as '(images, 128, 128, 3)'."""
    return (
        f"({', '.join(['images', *('any' if side is None else str(side) for side in shape[1:])])})"
    )


def _answer(model, batch, size):
    """What the model says of one prepared image: float32 (size, size), checked."""
    # predict_on_batch keeps its graph: 4 ms an image where model(batch) takes 25 and predict() 90.
    # The graph of hundreds of layers takes 130 MB, though, and that of NASNet stays ungrown.
    try:
        deep = sum(len(getattr(one, "layers", "1")) for one in getattr(model, "layers", ())) > 300
        ask = model if deep else getattr(model, "predict_on_batch", model)
        given = ask(batch)
        several = list(given.values()) if isinstance(given, dict) else given
        outputs = len(several) if isinstance(several, (list, tuple)) else 1
        given = several[0] if outputs == 1 and isinstance(several, (list, tuple)) else given
        answer = np.asarray(given, np.float32) if outputs == 1 else None
    except Exception as error:  # a stranger's network may fail in any of its layers
        raise errors.DataError(
            f"The model cannot answer for one grey image, (images, rows, columns, channels) = "
            f"{batch.shape}: {_reason(error)} Is it a network that outlines, for grey images, and does "
            "it take this size? Halving layers need sizes such as 128."
        ) from error
    if answer is None or answer.shape != (1, size, size, 1):
        raise errors.DataError(_wrong_answer(answer, outputs, size))
    return _probability(answer[0, :, :, 0], "The model's answer")


def _reason(error):
    """The line of a Keras message that says what is wrong: below the one that names the layer."""
    lines = re.sub(r"\x1b\[[\d;]*m", "", str(error)).splitlines()
    said = ("Exception encountered", "Arguments received")
    told = [line.strip() for line in lines if line.strip() and not line.startswith(said)]
    return (told or [type(error).__name__])[0][:200].rstrip(".") + "."


def _wrong_answer(answer, outputs, size):
    """What to do about an answer of another form."""
    if answer is None:
        return (
            f"The model gives {outputs} answers, and one outline is wanted. Take the output that is the "
            "outline: keras.Model(model.inputs, model.outputs[0])."
        )
    shape, wanted = (
        answer.shape,
        f"for an image of {size} x {size} it must be (1, {size}, {size}, 1)",
    )
    if shape[:3] == (1, size, size) and len(shape) == 4:
        advice = (
            f"It tells {shape[3]} classes: pass the one that is meant, such as class 1, as "
            "lambda batch: model.predict_on_batch(batch)[..., 1:2]."
        )
    elif len(shape) == 4 and shape[1] == shape[2]:
        advice = (
            "The answer has another size than the image: end the model with keras.layers.Resizing, "
            "and pad its convolutions with 'same'."
        )
    else:
        advice = "Is this a model that outlines?"
    return f"The model answers with the shape {shape}; {wanted}. {advice}"


def _probability(values, name="The probability"):
    array = np.asarray(values)
    if array.dtype.kind not in "buif" or array.ndim != 2 or array.size == 0:
        raise errors.DataError(
            f"{name} must be an array of numbers of the shape (rows, columns), "
            f"not {array.dtype} of the shape {array.shape}."
        )
    if not np.isfinite(array).all():
        raise errors.DataError(
            f"{name} holds NaN or infinite values. If a model gave it, its "
            "training has failed: load an earlier checkpoint."
        )
    low, high = float(array.min()), float(array.max())
    if low < -1e-6 or high > 1 + 1e-6:
        why = (
            "If the model answers with grey values up to 255, divide them by 255."
            if low >= 0 and high > 20
            else "If the model ends in logits, give it a sigmoid at its end."
        )
        raise errors.DataError(
            f"{name} runs from {low:.4g} to {high:.4g} and not from 0 to 1. {why}"
        )
    return np.clip(array, 0, 1).astype(np.float32, copy=False)


def _loaded(picture, truth_file):
    image, truth = load.image(picture), load.mask(truth_file)
    if image.shape != truth.shape:
        raise errors.DataError(
            f"'{picture.name}' is {image.shape[0]} x {image.shape[1]} (rows x columns) but its "
            f"mask '{truth_file.name}' {truth.shape[0]} x {truth.shape[1]}. Export the mask again "
            "at the image's size."
        )
    return image, truth


def _spacing(case):
    """(row_mm, col_mm) of a row of the table, or None where either is not known."""
    try:
        row_mm, col_mm = float(case["row_mm"]), float(case["col_mm"])
    except (KeyError, TypeError, ValueError):
        return None
    return None if np.isnan(row_mm) or np.isnan(col_mm) else (row_mm, col_mm)


def _thickness(found, truth_mm, spacing):
    """Thickness of a predicted mask and its error in mm; missing where there is none to measure."""
    measured = float("nan")
    if spacing is not None and found.any():
        # Too small or cut off on all sides: no thickness, as in an empty mask.
        with contextlib.suppress(errors.DataError):
            measured = muscle.thickness(found, spacing).mean_mm
    return {"thickness_mm": measured, "thickness_error_mm": measured - float(truth_mm)}


def _best_cut(mean):
    """Where to cut a mean mask so that its expected Dice with the masks it came from is highest."""
    values = np.sort(mean, axis=None)[::-1].astype(float)
    if values[0] == 0:
        return 1.0  # no muscle anywhere: the best guess is an empty mask
    expected = 2 * np.cumsum(values) / (np.arange(1, values.size + 1) + values.sum())
    last = np.flatnonzero(values == values[np.argmax(expected)])[-1]
    # Between this value and the next lower one, so that interpolation does not move the edge.
    return float(values[last] + (values[last + 1] if last + 1 < values.size else 0)) / 2
