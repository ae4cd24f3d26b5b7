"""Pictures of learning: what the network draws beside what it should draw, and how its scores went.

Pure functions from plain values to one picture. Images are float, (H, W), 0..1; a truth is 0 or 1;
a prediction is a probability from 0 to 1 or a mask, and counts as muscle above 0.5. What the
network missed is blue and what it drew by mistake is orange, in every picture.
"""

import cv2
import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from course_utils.core import errors
from course_utils.show import figures, widgets

TILE = 150  # screen pixels from top to bottom of one image in a triptych
STRIP = 20  # screen pixels of a line of text
SCORES = ("loss", "val_loss", "dice", "val_dice")


def triptych(images, truths, predictions, spacing=None, names=None):
    """One row a case: the image, the truth, the prediction, and where the two differ.

    images, truths, predictions: equally many arrays, (H, W) or (H, W, 1) each, of one size in a
    row. The prediction's colour is as strong as its probability; its outline is at 0.5.
    spacing: (row_mm, col_mm), one for all, to draw true proportions; None draws square pixels.
    names: a short text for each case. Returns a Picture; raises DataError when numbers or sizes
    do not fit. Quick enough (about 10 ms) to be drawn after every epoch.
    """
    cases = [_case(*parts) for parts in _together(images, truths, predictions)]
    names = [f"case {number}" for number in range(1, len(cases) + 1)] if names is None else names
    if len(names) != len(cases):
        raise errors.DataError(f"There are {len(cases)} cases but {len(names)} names.")
    rows = [np.hstack([_framed(tile) for tile in _tiles(*case, spacing)]) for case in cases]
    overlaps = [dice(truth, prediction) for _, truth, prediction in cases]
    return figures.plain(_captioned(rows, names, overlaps), _told(names, overlaps))


def error_map(image, truth, prediction, spacing=None):
    """The image with missed muscle in blue and falsely drawn muscle in orange, as a Picture.

    image, truth, prediction: (H, W) or (H, W, 1) of one size. Raises DataError when they differ.
    """
    image, truth, prediction = _case(image, truth, prediction)
    missed, false = _differences(truth, prediction)
    whole = max(int(truth.sum()), 1)
    missed, false = (f"{100 * part.sum() / whole:.0f} %" for part in (missed, false))
    overlap = f"Dice {dice(truth, prediction):.2f}"
    return figures.image(
        errors_in_colour(image, truth, prediction),
        f"Error map, in per cent of the true area: {missed} was missed (blue) and {false} was "
        f"drawn falsely (orange). {overlap}.",
        title=f"missed (blue) {missed}, false (orange) {false}\n{overlap}",
        spacing=spacing,
    )


def errors_in_colour(image, truth, prediction):
    """The pixels of `error_map`: float (H, W, 3), 0..1, for functions that draw arrays."""
    image, truth, prediction = _case(image, truth, prediction)
    missed, false = _differences(truth, prediction)
    return _tinted(_tinted(_rgb(image), missed * 0.65, figures.BLUE), false * 0.65, figures.ORANGE)


def curves(history):
    """Loss and Dice after each epoch, training and validation, with the gap between them named.

    history: the table of a `training.Run`, or history.csv read with pandas. The gap is taken at
    the last epoch; the dotted line marks the epoch of the best validation Dice, whose weights
    are kept. Raises DataError for a table without the columns or without an epoch.
    """
    lacking = [name for name in ("epoch", *SCORES) if name not in history]
    if lacking or not len(history):
        raise errors.DataError(
            "These are no learning curves: "
            + (f"the column '{lacking[0]}' is missing." if lacking else "no epoch was finished.")
        )
    figure = Figure(figsize=(9.5, 3.4), layout="constrained")
    best = history["epoch"].iloc[int(np.nanargmax([-1, *history["val_dice"]])) - 1]
    for axis, name, title in zip(figure.subplots(1, 2), ("loss", "dice"), ("loss", "Dice")):
        _pair_of_curves(axis, history, name, title)
        axis.axvline(best, color="0.4", linestyle=":", linewidth=1.2)
    axis.set_ylim(-0.02, 1.02)
    last = history.iloc[-1]
    return figures.save(
        figure,
        (
            f"Learning curves over {len(history)} epochs. Dice ends at {last.dice:.2f} in training and "
            f"{last.val_dice:.2f} in validation, a gap of {last.dice - last.val_dice:+.2f}; loss at "
            f"{last.loss:.2f} and {last.val_loss:.2f}, a gap of {last.val_loss - last.loss:+.2f}. The "
            f"best validation Dice, {history.val_dice.max():.2f}, came after epoch {best:.0f}."
        ),
    )


def replay(frames):
    """A slider over the pictures kept after every epoch, with a button that plays them in order.

    frames: `run.frames`, at least one Picture. Returns a `widgets.Panel` whose value is `epoch`;
    raises DataError for an empty list.
    """
    frames = list(frames)
    if not frames:
        raise errors.DataError("No pictures were kept: train with watch=3 to keep some.")
    panel = widgets.explore(lambda epoch: frames[epoch - 1], epoch=(1, len(frames), len(frames)))
    return widgets.play(panel, "epoch", 350)


def dice(truth, prediction, threshold=0.5):
    """The Dice overlap of one case, 0..1; 1 where both are empty. Any two arrays of one shape."""
    truth, prediction = np.asarray(truth) > 0.5, np.asarray(prediction) > threshold
    total = int(truth.sum()) + int(prediction.sum())
    return 2 * int((truth & prediction).sum()) / total if total else 1.0


def _together(images, truths, predictions):
    counts = {len(images), len(truths), len(predictions)}
    if len(counts) > 1 or counts == {0}:
        raise errors.DataError(
            f"Give one truth and one prediction for each image; there are {len(images)} images, "
            f"{len(truths)} truths and {len(predictions)} predictions."
        )
    return zip(images, truths, predictions)


def _case(image, truth, prediction):
    parts = [np.asarray(part, np.float32) for part in (image, truth, prediction)]
    parts = [part[..., 0] if part.ndim == 3 and part.shape[2] == 1 else part for part in parts]
    if any(part.ndim != 2 for part in parts) or len({part.shape for part in parts}) > 1:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise errors.DataError(
            f"Image, truth and prediction must be of one size (rows, columns); these are {shapes}."
        )
    return tuple(parts)


def _differences(truth, prediction):
    truth, prediction = truth > 0.5, prediction > 0.5
    return truth & ~prediction, prediction & ~truth


def _rgb(image):
    return np.repeat(np.clip(image, 0, 1)[..., None], 3, axis=2)


def _tinted(picture, strength, colour):
    strength = np.asarray(strength, np.float32)[..., None]
    return picture * (1 - strength) + np.float32(matplotlib.colors.to_rgb(colour)) * strength


def _tiles(image, truth, prediction, spacing):
    row_mm, col_mm = spacing or (1, 1)
    size = (max(1, round(TILE * image.shape[1] * col_mm / (image.shape[0] * row_mm))), TILE)
    image, truth, prediction = (
        cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
        for part in (image, truth, prediction)
    )
    grey = _rgb(image)
    return (
        grey,
        _outlined(_tinted(grey, 0.3 * (truth >= 0.5), figures.GREEN), truth, figures.GREEN),
        _outlined(_tinted(grey, 0.45 * prediction, figures.PINK), prediction, figures.PINK),
        errors_in_colour(image, truth, prediction),
    )


def _outlined(picture, mask, colour):
    mask = (mask >= 0.5).astype(np.uint8)
    lines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(
        np.ascontiguousarray(picture, np.float32), lines, -1, matplotlib.colors.to_rgb(colour), 2
    )


def _framed(tile):
    return cv2.copyMakeBorder(tile, 0, 0, 0, 6, cv2.BORDER_CONSTANT, value=(1, 1, 1))


def _captioned(rows, names, overlaps):
    """Rows of tiles with headings above and a line of text under each, as float (H, W, 3)."""
    width = max(row.shape[1] for row in rows)
    sheet = Image.new("RGB", (width, STRIP + len(rows) * (TILE + STRIP)), "white")
    pen, step = ImageDraw.Draw(sheet), width / 4
    for column, words in enumerate(("image", "truth", "prediction", "missed       false")):
        pen.text((column * step + (14 if column == 3 else 0), 2), words, "black", figures.font())
    for left, colour in ((3 * step, figures.BLUE), (3 * step + 70, figures.ORANGE)):
        pen.rectangle((left, 5, left + 9, 14), colour)
    for number, (row, name, overlap) in enumerate(zip(rows, names, overlaps)):
        top = STRIP + number * (TILE + STRIP)
        sheet.paste(Image.fromarray(np.rint(row * 255).astype(np.uint8)), (0, top))
        pen.text((0, top + TILE + 2), str(name), "black", figures.font())
        pen.text((3 * step, top + TILE + 2), f"Dice {overlap:.2f}", "black", figures.font())
    return np.asarray(sheet)


def _told(names, overlaps):
    scores = ", ".join(f"{name} {overlap:.2f}" for name, overlap in zip(names, overlaps))
    return (
        "Each row shows an image, the true outline, the predicted one, and the errors: missed "
        f"in blue, false in orange. Dice: {scores}."
    )


def _pair_of_curves(axis, history, name, title):
    epochs, training, validation = history["epoch"], history[name], history[f"val_{name}"]
    axis.plot(epochs, training, "o-", markersize=3, color=figures.BLUE, label="training")
    axis.plot(epochs, validation, "s--", markersize=3, color=figures.ORANGE, label="validation")
    axis.fill_between(epochs, training, validation, color="0.5", alpha=0.2, linewidth=0)
    ends, last = (training.iloc[-1], validation.iloc[-1]), epochs.iloc[-1]
    axis.annotate("", (last, ends[0]), (last, ends[1]), arrowprops={"arrowstyle": "<->"})
    axis.annotate(
        f"gap {abs(ends[0] - ends[1]):.2f}",
        (last, sum(ends) / 2),
        (8, 0),
        textcoords="offset points",
        va="center",
        annotation_clip=False,
    )
    axis.set(xlabel="epoch", title=title)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.legend(frameon=False, loc="best")
