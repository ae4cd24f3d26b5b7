"""Pictures of lessons 04 and 05: what the network draws beside what it should draw, and how it
learned.

Pure functions from plain values to one picture. Images are float, (H, W), 0..1; a truth is 0 or 1;
a prediction is a probability from 0 to 1 or a mask, and counts as muscle above 0.5. In every
picture the truth is a solid line and the network's a dashed one; what it missed is striped in the
colour of the truth, what it invented is filled with its own.
"""

import cv2
import numpy as np

from course_utils import load
from course_utils.core import errors, plurals, tables
from course_utils.evaluate import metrics
from course_utils.segment import prediction, scans
from course_utils.show import figures, films, tiles

SCORES = ("loss", "val_loss", "dice", "val_dice")
KEY = "truth solid, network dashed; missed striped, invented filled"


def triptych(images, truths, predictions, spacing=None, names=None, kind=""):
    """Two tiles a case: the image, and the image with both outlines and the errors between them.

    images, truths, predictions: equally many arrays, (H, W) or (H, W, 1) each, of one size in a
    row. spacing: (row_mm, col_mm), one for all, to draw true proportions. names: a short text for
    each case. kind: "synthetic" or "real". Returns a Picture; raises DataError when numbers or
    sizes do not fit.
    """
    cases = [_case(*parts) for parts in _together(images, truths, predictions)]
    names = [f"case {number}" for number in range(1, len(cases) + 1)] if names is None else names
    if len(names) != len(cases):
        raise errors.DataError(f"There are {len(cases)} cases but {len(names)} names.")
    shown, outlines, wrong, scores = {}, {}, {}, []
    for name, (image, truth, found) in zip(names, cases, strict=True):
        overlap = f"Dice {dice(truth, found):.2f}"
        scores.append(f"{name} {overlap[5:]}")
        caption = f"{name}: {overlap}"
        shown[f"{name}"], shown[caption] = image, image
        outlines[caption], wrong[caption] = {"truth": truth, "network": found}, (truth, found)
    return tiles.grid(
        shown,
        "Each row shows an image, then the true outline (solid), the network's (dashed), and the "
        f"errors: missed striped, invented filled. Dice: {', '.join(scores)}.",
        columns=2,
        title=KEY.capitalize(),
        spacing=spacing,
        outlines=outlines,
        errors_of=wrong,
        kind=kind,
    )


def compared(image, truth, prediction, told, alt, spacing=None, kind=""):
    """One image with both outlines and the errors between them: what every picture below draws.

    told: the line below it. alt: what its numbers say; the key to lines and colours is added.
    """
    image, truth, prediction = _case(image, truth, prediction)
    return tiles.image(
        image,
        f"{alt} Truth solid, network dashed; missed striped in blue, invented filled in orange.",
        f"{told} · {KEY}",
        spacing,
        outlines={"truth": truth, "network": prediction},
        errors_of=(truth, prediction),
        kind=kind,
    )


def error_map(image, truth, prediction, spacing=None, kind=""):
    """What the network missed and invented, in per cent of the true area, as a Picture.

    image, truth, prediction: (H, W) or (H, W, 1) of one size. Raises DataError when they differ.
    """
    image, truth, prediction = _case(image, truth, prediction)
    whole = max(int((truth > 0.5).sum()), 1)
    missed, invented = (
        f"{100 * np.sum(one & ~other) / whole:.0f} %"
        for one, other in ((truth > 0.5, prediction > 0.5), (prediction > 0.5, truth > 0.5))
    )
    overlap = f"Dice {dice(truth, prediction):.2f}"
    return compared(
        image,
        truth,
        prediction,
        f"{overlap}, missed {missed}, invented {invented} of the true area",
        f"Error map: of the true area {missed} was missed and {invented} was invented. {overlap}.",
        spacing,
        kind,
    )


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
    return compared(
        truth * 0.6,
        truth,
        probability,
        f"Dice {overlap:.2f} (loss {1 - overlap:.2f}), cross-entropy {entropy:.2f}",
        f"An outline {shift_px} pixels too low, {sureness:.2f} sure: Dice {overlap:.2f}, "
        f"cross-entropy {entropy:.2f}.",
    )


def cases(model, table, scores, size=128, kind=""):
    """The best, the median and the worst case of a set, as `triptych` draws them; of two the best
    and the worst, and one alone.

    table, scores: the set and its `segment.score`, in the same order.
    """
    chosen = prediction.best_median_worst(scores)
    if len(scores) < len(chosen):
        chosen = chosen[chosen["case"] != "median"].head(len(scores))
    images, truths, predictions, names = [], [], [], []
    for word, row in zip(chosen["case"], chosen.index, strict=True):
        case = scans.read(table.loc[[row]])
        images.append(case.image)
        truths.append(case.mask)
        drawn = prediction.predict(model, case.image, size=size)
        predictions.append(prediction.mask(drawn))  # as it was scored
        word = "the only one" if len(chosen) == 1 else word
        names.append(f"{word}: {scans.called(table.loc[row])}")
    return triptych(images, truths, predictions, names=names, kind=kind)


def opening(image, truth, guess, network, kind=""):
    """What a lesson is after: a scan, the outline of who never looked at it, a trained network's.

    guess, network: masks (H, W) of 0 and 1; network may be None. Returns a Picture.
    """
    shown, outlines = {"the scan": image}, {}
    for name, drawn in (("a guess that looks at nobody", guess), ("a trained network", network)):
        if drawn is not None:
            caption = f"{name}: Dice {dice(truth, drawn):.2f}"
            shown[caption], outlines[caption] = image, {"truth": truth, "network": drawn}
    alt = f"A scan three times, with the true outline (solid) and a drawn one: {'; '.join(shown)}."
    return tiles.grid(shown, alt, outlines=outlines, kind=kind, title="Truth solid, drawn dashed")


def cut_or_not(model, table, kind="", size=128):
    """One scan of a table twice: outlined from the whole screen, and cut to the scan; a Picture."""
    case = scans.read(table)
    image, truth = load.image(tables.paths(table)[0]), load.mask(tables.paths(table, "mask")[0])
    shown, outlines = {}, {}
    for name, box in (("whole screen", None), ("cut to the scan", case.box)):
        drawn = prediction.mask(prediction.predict(model, image, size, box=box))
        caption = f"{name}: Dice {dice(truth, drawn):.2f}"
        shown[caption], outlines[caption] = image, {"truth": truth, "network": drawn}
    alt = f"The same scan twice, with the true outline and the network's. {'; '.join(shown)}."
    return tiles.grid(
        shown, alt, outlines=outlines, kind=kind, title=KEY.split(";")[0].capitalize()
    )


def side_by_side(tables_by_name, kind=""):
    """The first scan of several tables, cut, with the true outline: a Picture. name -> table."""
    cases = {name: scans.read(table) for name, table in tables_by_name.items()}
    return tiles.grid(
        {name: case.image for name, case in cases.items()},
        f"One scan of each: {', '.join(cases)}. The true outline is drawn in.",
        masks={name: case.mask for name, case in cases.items()},
        spacing={name: case.spacing for name, case in cases.items()},
        kind=kind,
    )


def false_alarms(model, table, size=128, kind="", most=3):
    """What a network draws in images that hold nothing to outline (rows of `table`): a Picture."""
    shown, outlines = {}, {}
    for row in range(min(most, len(table))):
        case = scans.read(table, row)
        drawn = prediction.mask(prediction.predict(model, case.image, size=size))
        name = f"{table['patient_id'].iloc[row]}, {table['image'].iloc[row]}"
        shown[name], outlines[name] = case.image, {"network": drawn}
    return tiles.grid(shown, "Images without the structure, with what the network drew in them.",
                      outlines=outlines, kind=kind)  # fmt: skip


def recognised(table, found, kind="", most=2):
    """Images beside the training images that resemble them most: `leakage.recognised`'s first rows.

    table: the set that was asked. Returns a Picture.
    """
    shown = {}
    for _, row in found.head(most).iterrows():
        for word, who, place in (("asked", row.patient_id, row["row"]),
                                 ("most alike in training", row.asked, row.asked_row)):  # fmt: skip
            name = f"{word}: {who}, {table['image'].iloc[place]}"
            shown[name] = scans.read(table, place).image
    alt = "Pairs of images: one that was asked about, and the training image most like it."
    return tiles.grid(shown, alt, columns=2, kind=kind)


def thresholded(image, truth, probability, threshold, kind=""):
    """Where a threshold cuts: the outline it draws, with precision, recall and Dice."""
    drawn = (probability >= threshold).astype(np.uint8)
    told = (
        f"threshold {threshold:.2f}: precision {metrics.precision(truth, drawn):.3f}, recall "
        f"{metrics.recall(truth, drawn):.3f}, Dice {metrics.dice(truth, drawn):.3f}"
    )
    return compared(image, truth, drawn, told, f"{told[0].upper()}{told[1:]}.", kind=kind)


def cheapest(truth, probability, beta):
    """The outline, of all that a probability map offers, with the lowest Tversky loss.

    beta: the price of missed muscle, 0..1; false muscle costs 1 - beta. Returns (mask, threshold).
    """
    thresholds = np.linspace(0.02, 0.98, 49)
    edges = np.append(thresholds, np.inf)
    # How many pixels are drawn at each threshold: those that lie in its step or in a higher one.
    hit, false = (
        np.histogram(probability[part], edges)[0][::-1].cumsum()[::-1]
        for part in (truth > 0, truth == 0)
    )
    missed = np.sum(truth > 0) - hit
    losses = 1 - hit / np.maximum(hit + (1 - beta) * false + beta * missed, 1)
    best = float(thresholds[int(np.argmin(losses))])
    return (probability >= best).astype(np.uint8), best


def priced(image, truth, probability, beta, kind=""):
    """The outline that a price chooses, with its precision and recall."""
    drawn, _ = cheapest(truth, probability, beta)
    told = (
        f"missed costs {beta:.2f}, invented {1 - beta:.2f}: precision "
        f"{metrics.precision(truth, drawn):.3f}, recall {metrics.recall(truth, drawn):.3f}"
    )
    return compared(image, truth, drawn, told, f"{told[0].upper()}{told[1:]}.", kind=kind)


def measured(image, mask, found, spacing, kind=""):
    """An image with the network's outline and the lines along which `muscle.thickness` measured it.

    found: what `muscle.thickness` gave; None draws the outline alone.
    """
    if found is None:
        told, alt, lines = "nothing measured", "The outline alone: nothing was measured.", []
    else:
        told, lines = f"{found.mean_mm:.1f} mm", found.lines()
        alt = (
            f"An outline with {len(lines)} lines across it; their kind measures "
            f"{found.mean_mm:.1f} mm on average."
        )
    spacing = None if found is None else spacing
    return tiles.image(
        image, alt, told, spacing, outlines={"network": mask}, lines=lines, kind=kind
    )


def levels(model, image, kind=""):
    """The U of a network, drawn with one image: what it holds of it at each size, down and up.

    model: a functional Keras model that takes (N, size, size, 1). image: (size, size), prepared.
    Each tile is the mean over the channels of one size, stretched to the whole grey scale: in the
    first row the way down, in the second the way up. Returns a Picture.
    """
    stages, sizes = {}, []
    for layer in model.layers:
        rows, _, channels = layer.output.shape[1:]
        if not sizes or rows != sizes[-1]:
            sizes.append(rows)
        way = "down" if sizes.index(min(sizes)) == len(sizes) - 1 else "up"
        if channels > 1 or rows == sizes[0]:  # not the score, one view that is still to be enlarged
            stages[rows, way] = (layer.output, channels)
    probe = type(model)(model.inputs, [output for output, _ in stages.values()])
    answers = probe([np.asarray(image, np.float32)[None, :, :, None]], training=False)
    seen = dict(
        zip(stages, (np.asarray(answer)[0].mean(axis=-1) for answer in answers), strict=True)
    )
    shown = {}
    down = [stage for stage in stages if stage[1] == "down"]  # large to small; the way up follows
    for rows, way in down + [stage for stage in stages if stage[1] == "up"]:
        views = plurals.count(stages[rows, way][1], "view")
        shown[f"{way}: {rows} x {rows}, {views}"] = _stretched(seen[rows, way])
    told = "; ".join(shown)
    return tiles.grid(shown, f"The network's views of the image, mean of each size: {told}.",
                      columns=len(down), kind=kind)  # fmt: skip


def _stretched(values):
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def curves(history, chosen=True):
    """Loss and Dice after each epoch, training and validation, with the gap between them named.

    history: the table of a `training.Run`, or history.csv read with pandas. The gap is taken at
    the last epoch; the dotted line marks the epoch of the best validation Dice, whose weights
    are kept; chosen=False leaves it out, where no epoch was chosen. Raises DataError for a table
    without the columns or without an epoch.
    """
    lacking = [name for name in ("epoch", *SCORES) if name not in history]
    if lacking or not len(history):
        raise errors.DataError(
            "These are no learning curves: "
            + (f"the column '{lacking[0]}' is missing." if lacking else "no epoch was finished.")
        )
    figure, axes = figures.paper(3.8, columns=2)
    best = history["epoch"].iloc[int(np.nanargmax([-1, *history["val_dice"]])) - 1]
    last = history.iloc[-1]
    for axis, name, word in zip(axes, ("loss", "dice"), ("Loss", "Dice"), strict=True):
        _pair_of_curves(axis, history, name)
        if chosen:
            axis.axvline(best, color=figures.GREY, linestyle=":", linewidth=1.2)
        gap = abs(last[name] - last[f"val_{name}"])
        figures.title(axis, f"{word}: {gap:.2f} between training and validation")
    axes[1].set_ylim(-0.02, 1.02)
    return figures.save(
        figure,
        f"Learning curves over {plurals.count(len(history), 'epoch')}. Dice ends at "
        f"{last.dice:.2f} in training and "
        f"{last.val_dice:.2f} in validation, a gap of {last.dice - last.val_dice:+.2f}; loss at "
        f"{last.loss:.2f} and {last.val_loss:.2f}, a gap of {last.val_loss - last.loss:+.2f}. The "
        f"best validation Dice, {history.val_dice.max():.2f}, came after epoch {best:.0f}.",
    )


def replay(frames, most=14):
    """The pictures kept after every epoch as a film: the outline grows as the network learns.

    frames: `run.frames`, at least one Picture. most: how many are shown, the first epochs closest
    together, since most happens there; at half their size, so that a page stays light. Returns a
    `films.Film`; raises DataError for none.
    """
    frames = list(frames)
    if not frames:
        raise errors.DataError("No pictures were kept: train with watch=3 to keep some.")
    epochs = sorted({round(number) for number in np.geomspace(1, len(frames), most)})
    said = [f"epoch {number} of {len(frames)}" for number in epochs]
    shown = [_halved(frames[number - 1]) for number in epochs]
    alt = (
        f"What the network drew in {plurals.count(len(frames), 'epoch')}. At the end: "
        f"{frames[-1].alt}"
    )
    return films.film(shown, alt, 3, KEY.capitalize(), said=said, once=True)


def _halved(picture):
    pixels = cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_UNCHANGED)
    small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    png = cv2.imencode(".png", small)[1].tobytes()
    return figures.Picture(png, picture.alt)


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
    return zip(images, truths, predictions, strict=True)


def _case(image, truth, prediction):
    parts = [np.asarray(part, np.float32) for part in (image, truth, prediction)]
    parts = [part[..., 0] if part.ndim == 3 and part.shape[2] == 1 else part for part in parts]
    if any(part.ndim != 2 for part in parts) or len({part.shape for part in parts}) > 1:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise errors.DataError(
            f"Image, truth and prediction must be of one size (rows, columns); these are {shapes}."
        )
    return tuple(parts)


def _pair_of_curves(axis, history, name):
    epochs, training, validation = history["epoch"], history[name], history[f"val_{name}"]
    axis.fill_between(epochs, training, validation, color=figures.PALE, alpha=0.7, linewidth=0)
    last, ends = epochs.iloc[-1], [training.iloc[-1], validation.iloc[-1]]
    low, high = axis.get_ylim() if name == "loss" else (0, 1)
    apart = max(0.0, 0.09 * (high - low) - abs(ends[0] - ends[1])) / 2
    for curve, look, colour, word, other in (
        (training, "o-", figures.BLUE, "training", ends[1]),
        (validation, "s--", figures.ORANGE, "validation", ends[0]),
    ):
        axis.plot(epochs, curve, look, markersize=4, color=colour)
        end = curve.iloc[-1]
        figures.label(axis, last, end + (apart if end >= other else -apart), word, colour)
    axis.set(xlabel="epoch")
    axis.xaxis.get_major_locator().set_params(integer=True)
