"""Pictures of a classification: pure functions from plain values to one Picture. All data are
synthetic.
"""

import numpy as np

from course_utils.classify import maps
from course_utils.core import errors, plurals
from course_utils.show import figures, tiles

SHADES = {"below": figures.ORANGE, "above": figures.BLUE}  # of a map, towards -1 and +1


def inputs(image, mask, spacing):
    """What the network sees of one shoulder: the picture, the outline, and the two maps."""
    seen = maps.stack(image, mask, spacing)
    near, place = (np.asarray(layer, float) for layer in np.moveaxis(seen[..., 2:], -1, 0))
    shown = {
        "the picture": image,
        "the outline": mask.astype(np.float32),
        "deep inside (blue), far outside (orange)": _shaded(near),
        "towards the muscle (orange), towards the insertion (blue)": _shaded(place),
    }
    alt = (
        "Four views of one shoulder: picture, outline of the tendon, distance to the outline, and "
        "place along the tendon from muscle to insertion."
    )
    scale = {
        name: (spacing[0] * len(image) / len(array), spacing[1] * image.shape[1] / array.shape[1])
        for name, array in shown.items()
    }
    return tiles.grid(shown, alt, columns=2, spacing=scale, kind="synthetic")


def _shaded(values):
    """-1 to 1 as colour: float (H, W, 3); 0 is black."""
    share = np.clip(np.abs(values), 0, 1)[..., None]
    below, above = (figures.rgb(SHADES[name]) for name in ("below", "above"))
    return share * np.where(values[..., None] < 0, below, above)


def areas(table, means, names, chance=0.5):
    """Areas under the ROC curve of several methods: a small dot for each cohort, a line for the mean.

    table: of runs.areas, one row a cohort. means: column -> Interval, as runs.area gives. names:
    column -> words.
    """
    unknown = [name for name in names if name not in table]
    if unknown or not names:
        raise errors.DataError(f"The table has no method {', '.join(unknown) or 'to show'}.")
    figure, axis = figures.paper(0.9 + 0.62 * len(names))
    told, beside = [], {"xycoords": ("axes fraction", "data")}
    for place, (name, words) in enumerate(names.items()):
        mean = means[name]
        axis.plot([mean.low, mean.high], [-place] * 2, color=figures.BLUE, linewidth=3)
        axis.plot(table[name], [-place - 0.2] * len(table), "o", color=figures.GREY, markersize=5)
        axis.plot(mean.estimate, -place, "o", color=figures.BLUE, markersize=10)
        figures.label(axis, -0.02, -place, words, figures.INK, (0, 0), ha="right", **beside)
        figures.label(axis, 1.0, -place, f"{mean.estimate:.2f}", figures.BLUE, (6, 0), **beside)
        told.append(f"{words} {mean.estimate:.2f} ({mean.low:.2f} to {mean.high:.2f})")
    axis.axvline(chance, linestyle=":", color=figures.GREY, linewidth=1.4)
    low = min(0.4, float(table[list(names)].min().min()) - 0.05)
    axis.set(xlim=(low, 1.0), ylim=(-len(names) + 0.4, 0.5), yticks=[])
    axis.set_xlabel("area under the ROC curve")
    axis.spines["left"].set_visible(False)
    cohorts = f"{plurals.count(len(table), 'cohort')} of 100 patients"
    figures.title(axis, f"{cohorts}: a small dot each, their mean in blue (synthetic)")
    return figures.save(
        figure, f"Area under the ROC curve, mean over {cohorts}: {'; '.join(told)}."
    )


def transfer(table):
    """What the calf network's weights are worth, against the number of patients. table: of
    runs.transfer."""
    figure, axis = figures.paper(3.6)
    told = []
    for colour, name, words in (
        (figures.BLUE, "known", "with the calf's weights"),
        (figures.GREY, "fresh", "with random weights"),
    ):
        means = table.groupby("patients")[name].mean()
        axis.plot(means.index, means, "-", color=colour)
        axis.plot(table.patients, table[name], "o", color=colour, markersize=5)
        figures.label(axis, means.index[-1], means.iloc[-1], words, colour, (12, 0))
        told += [f"{words}, {count} patients: {mean:.2f}" for count, mean in means.items()]
    axis.axhline(0.5, linestyle=":", color=figures.GREY, linewidth=1.4)
    axis.set(xlabel="patients to learn from", ylabel="area under the ROC curve",
             xticks=sorted(set(table.patients)), xlim=(10, 150))  # fmt: skip
    many = plurals.count(table.seed.nunique(), "cohort")
    figures.title(axis, f"{many}, each judged on another of 100 patients (synthetic)")
    return figures.save(figure, f"Area under the ROC curve. {'; '.join(told)}.")


def noise(values, truth=0.0):
    """What the best cut of pure noise seems to be worth. values: of planning.best_cut_of_noise."""
    figure, axis = figures.paper(2.8)
    axis.hist(values, bins=np.linspace(0, 0.8, 33), color=figures.ORANGE)
    axis.axvline(truth, color=figures.BLUE)
    axis.set_ylim(top=1.3 * axis.get_ylim()[1])  # room for the words above the bars
    figures.label(
        axis, truth, 0.92, "what it is worth", figures.BLUE, xycoords=("data", "axes fraction")
    )
    axis.set(xlabel="sensitivity + specificity - 1 of the best cut", ylabel="times")
    figures.title(axis, f"A score that knows nothing seems worth {np.mean(values):.2f}")
    return figures.save(
        figure,
        f"The best cut of a useless score, {len(values)} times: {np.mean(values):.2f} on average, up "
        f"to {np.max(values):.2f}; its worth is {truth:g}.",
    )


def tilting(scores, tilts, truth="normal"):
    """How sure a network is of tendinopathy as the probe tilts: one line a patient.

    scores: (patients, tilts), 0..1.
    """
    scores = np.asarray(scores, float)
    figure, axis = figures.paper(3.4)
    axis.plot(tilts, scores.T, color=figures.GREY, linewidth=1.4)
    worst = int(np.argmax(np.ptp(scores, axis=1)))
    axis.plot(tilts, scores[worst], color=figures.ORANGE)
    axis.axhline(0.5, linestyle=":", color=figures.INK, linewidth=1.2)
    changed = int(np.sum((scores.min(1) < 0.5) & (scores.max(1) >= 0.5)))
    axis.set(xlabel="tilt of the probe (degrees)", ylabel="how sure of tendinopathy", ylim=(0, 1))
    figures.title(
        axis, f"{changed} of {len(scores)} {truth} shoulders change sides with the tilt (synthetic)"
    )
    return figures.save(
        figure,
        f"The network's answer for {len(scores)} {truth} tendons as the probe tilts; {changed} cross "
        f"one half. In the most extreme it runs from {scores[worst].min():.2f} to {scores[worst].max():.2f}.",
    )
