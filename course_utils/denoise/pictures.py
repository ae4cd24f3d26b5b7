"""Pictures of lesson 10: the same tissue through every filter, and what it cost.

Pure functions from plain values to one `figures.Picture`. Everything shown is SYNTHETIC.
"""

import numpy as np

from course_utils import show
from course_utils.denoise import detection, scenes
from course_utils.show import figures

MARK_MM = 1.2  # between the edge of a disc and the crosses round it


def marks(disc):
    """Four screen points (x, y) round a disc, for `show.image`."""
    x, z, reach = disc.x_mm, disc.z_mm, disc.radius_mm + MARK_MM
    around = [(x - reach, z), (x + reach, z), (x, z - reach), (x, z + reach)]
    down, across = scenes.PIXEL_MM
    return [((a + scenes.PROBE.width / 2) / across, b / down) for a, b in around]


def gallery(image, methods, clean=None, disc=None):
    """One picture through several methods, three in a row.

    methods: {name: Method}. clean: the picture without speckle, put last. disc: marked by crosses.
    """
    shown = {name: method.apply(image) for name, method in methods.items()}
    if clean is not None:
        shown["the tissue itself"] = clean
    alt = f"One speckled picture through {', '.join(methods)}: the same tissue, smoother or not."
    points = None if disc is None else dict.fromkeys(shown, marks(disc))
    return show.grid(
        shown, alt, columns=3, spacing=scenes.PIXEL_MM, points=points, kind="synthetic"
    )


def reveal(scene, disc, method):
    """Put in and taken away: the same speckle with a disc and without, raw and through a method.

    scene: without the disc. Returns a Picture whose title says what the method left of it.
    """
    there, absent = scene.with_spots(disc).image(), scene.image()
    done = {"there": method.apply(there), "absent": method.apply(absent)}
    share = detection.kept(there, absent, done["there"], done["absent"], disc)
    shown = {
        "as scanned, with a spot": there,
        f"{method.name}, with a spot": done["there"],
        "as scanned, without": absent,
        f"{method.name}, without": done["absent"],
    }
    said = f"{method.name} keeps {100 * share:.0f} % of this spot's contrast."
    alt = f"The same speckle with a dark spot of {disc.radius_mm:g} mm and without. {said}"
    return show.grid(
        shown,
        alt,
        columns=2,
        title=said,
        spacing=scenes.PIXEL_MM,
        points=dict.fromkeys(shown, marks(disc)),
        kind="synthetic",
    )


def floor(losses, level=scenes.FLOOR):
    """Losses of trainings, part by part, and the floor below which no guess of new speckle goes.

    losses: {name: list of mean squared errors}.
    """
    figure, axis = figures.paper(3.8)
    axis.axhline(level, color=figures.GREY, linestyle=":", linewidth=1.6)
    colours = (figures.BLUE, figures.ORANGE, figures.INK)
    for (name, values), colour in zip(losses.items(), colours, strict=False):
        parts = np.arange(1, len(values) + 1)
        axis.plot(parts, values, color=colour)
        figures.label(axis, parts[-1], values[-1], f"{name} {values[-1]:.4f}", colour)
    figures.label(axis, 1, level, f"speckle's own variance {level:.4f}", figures.GREY, (4, -9))
    axis.set(xlabel="part of the training", ylabel="mean squared error", ylim=(0, 2 * level))
    last = next(iter(losses.values()))[-1]
    figures.title(axis, f"The loss stops at {last / level:.2f} of the speckle's own variance")
    told = "; ".join(f"{name} ends at {values[-1]:.4f}" for name, values in losses.items())
    return figures.save(figure, f"Losses during training: {told}. The floor is {level:.4f}.")


def ranks(table, ceiling):
    """PSNR against detection, one point for each method, with its interval over scenes.

    table: a row for each method with psnr (dB) and auc (an Interval). ceiling: the ideal observer's
    Interval.
    """
    figure, axis = figures.paper(4.6)
    axis.axhspan(ceiling.low, ceiling.high, color=figures.GREY, alpha=0.25, linewidth=0)
    crowd, beside = table.index[table.psnr > table.psnr.max() - 4], table.psnr.max() + 0.9
    high = 0.0  # of the name below, in a column beside the points that crowd
    for name, row in table.sort_values("auc", key=lambda a: a.map(lambda v: v.estimate)).iterrows():
        learned = name in ("two looks", "two looks, small discs", "clean target")
        colour = figures.ORANGE if learned else figures.BLUE
        found, reach = (
            row.auc.estimate,
            [[row.auc.estimate - row.auc.low], [row.auc.high - row.auc.estimate]],
        )
        axis.errorbar(row.psnr, found, yerr=reach, fmt="o", color=colour, capsize=3, elinewidth=1)
        if name not in crowd:
            figures.label(axis, row.psnr, found, name, colour, (7, 0), fontsize=9)
            continue
        high = max(found, high + 0.028)
        axis.plot([row.psnr, beside], [found, high], color=figures.GREY, linewidth=0.7, zorder=0)
        figures.label(axis, beside, high, name, colour, (3, 0), fontsize=9)
    left = table.psnr.min()
    middle = (left + table.psnr.max()) / 2
    figures.label(axis, middle, ceiling.low, "ideal observer", figures.GREY, (0, -9), ha="center")
    axis.set(xlabel="PSNR, dB (likeness to the tissue)", ylabel="AUC 'is the spot there?'")
    axis.set_xlim(left - 1, table.psnr.max() + 4)
    first, best = table.psnr.idxmax(), table.auc.map(lambda a: a.estimate).idxmax()
    figures.title(axis, f"Most alike: {first}. Most often right about the spot: {best}")
    told = "; ".join(f"{n} {r.psnr:.1f} dB, AUC {r.auc.estimate:.2f}" for n, r in table.iterrows())
    return figures.save(figure, f"PSNR and AUC of each method (synthetic): {told}.")
