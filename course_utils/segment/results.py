"""Pictures and tables of lessons 04 and 05: what a network is made of, punished for, and worth.

Pure functions from plain values to one picture or table. Images are float (H, W), 0..1; masks 0 or 1;
a probability is float (H, W), 0..1.
"""

import textwrap

import numpy as np
import pandas

from course_utils import load
from course_utils.core import errors, tables
from course_utils.evaluate import metrics
from course_utils.segment import muscle, pictures, prediction
from course_utils.show import figures


def shapes(model):
    """The sizes of the picture on its way through a network: one row wherever the size changes.

    model: a Keras model. Returns a table: step, rows, columns, channels.
    """
    rows, before = [], None
    for layer in model.layers:
        size = tuple(layer.output.shape[1:])
        if size != before:
            rows.append((layer.name, *size))
        before = size
    return pandas.DataFrame(rows, columns=["step", "rows", "columns", "channels"])


def slip(truth, shift_px, sureness):
    """A prediction, (H, W) probabilities: the truth, `shift_px` rows too low, `sureness` sure."""
    moved = np.roll(truth, shift_px, axis=0)
    moved[:shift_px] = 0
    return np.where(moved > 0, sureness, 1 - sureness).astype(np.float32)


def slipped(truth, shift_px, sureness):
    """The two parts of the loss for an outline that slipped: `1 - Dice` and binary cross-entropy."""
    probability = slip(truth, shift_px, sureness)
    overlap = metrics.dice(truth, (probability > 0.5).astype(np.uint8))
    entropy = float(-np.mean(np.log(np.where(truth > 0, probability, 1 - probability))))
    picture = pictures.errors_in_colour(truth * 0.6, truth, probability)
    return figures.image(
        picture,
        f"An outline {shift_px} pixels too low, {sureness:.2f} sure: Dice {overlap:.2f}, "
        f"cross-entropy {entropy:.2f}. Missed muscle is blue, false muscle orange.",
        title=f"Dice {overlap:.2f} (loss {1 - overlap:.2f}), cross-entropy {entropy:.2f}",
    )


def cases(model, table, scores, size=128):
    """The best, the median and the worst case of a set, as `segment.pictures.triptych` draws them.

    table, scores: the set and its `segment.evaluate`, in the same order.
    """
    chosen = prediction.best_median_worst(scores)
    images, truths, predictions, names = [], [], [], []
    for word, row in zip(("best", "median", "worst"), chosen.index, strict=True):
        case = table.loc[row]
        image = load.image(tables.paths(table.loc[[row]], "image")[0])
        images.append(image)
        truths.append(load.mask(tables.paths(table.loc[[row]], "mask")[0]))
        predictions.append(prediction.predict(model, image, size=size))
        names.append(f"{word}: {case.patient_id}, {case.device}")
    return pictures.triptych(images, truths, predictions, names=names)


def thresholded(image, truth, probability, threshold):
    """Where a threshold cuts: the outline it draws, with precision, recall and Dice."""
    drawn = (probability >= threshold).astype(np.uint8)
    dice, precision, recall = (
        score(truth, drawn) for score in (metrics.dice, metrics.precision, metrics.recall)
    )
    coloured = pictures.errors_in_colour(image, truth, drawn)
    return figures.image(
        coloured,
        f"Threshold {threshold:.2f}: precision {precision:.3f}, recall {recall:.3f}, Dice "
        f"{dice:.3f}. Missed muscle is blue, false muscle orange.",
        title=f"threshold {threshold:.2f}: precision {precision:.2f}, recall {recall:.2f}, "
        f"Dice {dice:.2f}",
    )


def cheapest(truth, probability, beta):
    """The outline, of all that a probability map offers, with the lowest Tversky loss.

    beta: the price of missed muscle, 0..1; false muscle costs 1 - beta. Returns (mask, threshold).
    """
    thresholds = np.linspace(0.02, 0.98, 49)
    losses = []
    for threshold in thresholds:
        drawn = probability >= threshold
        hit, false, missed = (
            int(np.sum(part))
            for part in (drawn & (truth > 0), drawn & (truth == 0), ~drawn & (truth > 0))
        )
        losses.append(1 - hit / max(hit + (1 - beta) * false + beta * missed, 1))
    best = float(thresholds[int(np.argmin(losses))])
    return (probability >= best).astype(np.uint8), best


def priced(image, truth, probability, beta):
    """The outline that a price chooses, with its precision and recall."""
    drawn, threshold = cheapest(truth, probability, beta)
    precision, recall = metrics.precision(truth, drawn), metrics.recall(truth, drawn)
    coloured = pictures.errors_in_colour(image, truth, drawn)
    return figures.image(
        coloured,
        f"Missed muscle costs {beta:.2f}, false muscle {1 - beta:.2f}: precision "
        f"{precision:.3f}, recall {recall:.3f}. Missed is blue, false orange.",
        title=f"missed costs {beta:.2f}, false {1 - beta:.2f}: precision {precision:.3f}, "
        f"recall {recall:.3f}",
    )


def thickness(mask, spacing):
    """`muscle.thickness` of a predicted mask, or None, with a warning that says why there is none:
    millimetres that are not known, or an outline that shows no muscle to measure.
    """
    try:
        return muscle.thickness(mask, None if np.isnan(spacing).any() else spacing)
    except (errors.CalibrationError, errors.DataError) as problem:
        errors.warn(f"No thickness: {problem}")
        return None


def measured(image, mask, found, spacing):
    """An image with the outline and the lines along which `muscle.thickness` measured it.

    found: what `thickness` gave; None draws the outline alone.
    """
    if found is None:
        return figures.image(
            image,
            "The outline, without lines: nothing was measured.",
            title="nothing measured",
            mask=mask,
        )
    row_mm, col_mm = spacing
    figure, axis = figures.axes_of(image, spacing, mask)
    for line in found.lines():
        axis.plot(line[:, 0] * col_mm, line[:, 1] * row_mm, color=figures.BLUE, linewidth=1.8)
    axis.set_title(f"{found.mean_mm:.1f} mm")
    return figures.save(
        figure,
        f"The outlined muscle with seven lines across it; their kind "
        f"measures {found.mean_mm:.1f} mm on average.",
    )


def say(*sentences):
    """Print sentences in lines of at most 76 characters, so that a page does not cut words."""
    for sentence in sentences:
        print(textwrap.fill(str(sentence), 76))
