"""Pictures of an evaluation: every number with its interval, and how many patients stand behind it.

Pure functions from the results of `evaluate` and `agreement` to one `figures.Picture`. The message
is the title. synthetic is True unless told, and then the picture says so.
"""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from course_utils.core import errors, plurals
from course_utils.evaluate import columns, diagnostics
from course_utils.show import figures, tiles

PEOPLE = 1000
SIDE = 40  # columns of people in the picture of natural frequencies
STEP = 18  # screen pixels from one of them to the next


def reliability(found, synthetic=True):
    """What was predicted against what was seen, with intervals, and how many cases in each bin.

    found: of evaluate.calibration.
    """
    figure, axis = figures.paper(5.4, width=6.2)
    table = found.table
    axis.plot([0, 1], [0, 1], ":", color=figures.GREY, linewidth=1.6)
    figures.label(axis, 1, 1, "as often as predicted", figures.GREY, (-14, 2), ha="right")
    gaps = [table.observed - table.low, table.high - table.observed]
    axis.errorbar(
        table.mean_probability,
        table.observed,
        np.maximum(gaps, 0),
        fmt="o",
        color=figures.BLUE,
        ecolor=figures.BLUE,
        elinewidth=1.6,
        capsize=4,
        markersize=7,
    )
    for x, row in zip(table.mean_probability, table.itertuples(), strict=True):
        figures.label(axis, x, -0.06, f"{row.cases:.0f}", figures.GREY, (0, 0), ha="center")
    figures.label(axis, 1.02, -0.06, "cases", figures.GREY)
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.1, 1.02), xlabel="predicted probability")
    axis.set(ylabel="share seen")
    figures.title(
        axis,
        f"Predictions are off by {found.ece:.3f} on average (by chance {found.ece_by_chance:.3f}); "
        f"slope {found.slope.estimate:.2f}, intercept {found.intercept.estimate:.2f}"
        f"{_made(synthetic)}",
    )
    worst = table.loc[(table.observed - table.mean_probability).abs().idxmax()]
    return figures.save(
        figure,
        (
            f"Reliability diagram: {found.sentence()}. Furthest off: "
            f"{plurals.count(worst.cases, 'case')} with a "
            f"mean prediction of {worst.mean_probability:.2f}, of which {worst.observed:.2f} came "
            "true. Points on the dotted line would be right."
        ),
    )


def decision_curve(table, synthetic=True):
    """Net benefit over the thresholds at which one would act: model, treat all, treat none.

    table: of evaluate.net_benefit, at least 2 thresholds. Raises DataError for one.
    """
    if len(table) < 2:
        raise errors.DataError("A decision curve needs at least 2 thresholds.")
    table = table.sort_values("threshold")
    figure, axis = figures.paper(4.2)
    axis.fill_between(
        table.threshold, table.low, table.high, color=figures.BLUE, alpha=0.2, linewidth=0
    )
    top = max(table.high.max(), table.treat_all.max(), 0.01)
    axis.set(
        xlabel="threshold probability: act from here on",
        ylabel="net benefit per case",
        ylim=(-0.3 * top, 1.08 * top),
    )
    last = table.threshold.iloc[-1]
    for name, look, colour, word in (
        ("model", "-", figures.BLUE, "the model"),
        ("treat_all", "--", figures.ORANGE, "act on all"),
        ("treat_none", ":", figures.INK, "act on none"),
    ):
        axis.plot(table.threshold, table[name], look, color=colour)
        end = np.flatnonzero(table[name] >= -0.3 * top)[-1]  # the last point on the paper
        x, y = table.threshold.iloc[end], table[name].iloc[end]
        lift = 14 if name == "model" and abs(y) < 0.1 * top else 0
        figures.label(axis, x, y, word, colour, (8, lift) if x == last else (8, 8))
    useful = table.threshold[table.useful]
    where = f", between {useful.min():.2f} and {useful.max():.2f}" if len(useful) else ""
    told = (
        f"the model is better than both, interval and all, at {len(useful)} of {len(table)} "
        f"thresholds{where}"
    )
    figures.title(axis, f"T{told[1:]}{_made(synthetic)}")
    return figures.save(figure, f"Decision curve: {told}.")


def bland_altman(found, unit="mm", line=True, human=None, synthetic=True):
    """Each pair's difference over its mean, with bias, limits, and the intervals of all three.

    found: of agreement.bland_altman. line: draw the proportional bias. human: (low, high), what
    one human reading is sure to, for a ruler beside a comparison with the truth; None for no ruler.
    """
    figure, axis = figures.paper(4.6)
    axis.plot(found.means, found.differences, "o", color=figures.INK, markersize=5, alpha=0.7)
    left, right = found.means.min(), found.means.max()
    room = 0.05 * (right - left)
    ends = np.array([left - room, right + room])
    for part, colour, name in (
        (found.bias, figures.BLUE, "bias"),
        (found.lower, figures.ORANGE, "limit"),
        (found.upper, figures.ORANGE, "limit"),
    ):
        axis.axhspan(part.low, part.high, color=colour, alpha=0.2, linewidth=0)
        axis.axhline(part.estimate, color=colour, linewidth=2)
        figures.label(
            axis,
            1,
            part.estimate,
            f"{name} {part.estimate:.2f}",
            colour,
            xycoords=("axes fraction", "data"),
        )
    axis.axhline(0, color=figures.GREY, linestyle=":", linewidth=1.2)
    slope = found.line.slope
    if line:
        axis.plot(
            ends, found.line.intercept + slope.estimate * ends, "--", color=figures.GREEN, zorder=3
        )
    if human is not None:
        low, high = human
        axis.plot(
            [ends[0]] * 2, [low, high], color=figures.PINK, linewidth=7, solid_capstyle="butt"
        )
        figures.label(axis, ends[0], high, "one reader", figures.PINK, (6, 8))
    axis.set(
        xlabel=f"mean of both ({unit})",
        ylabel=f"difference ({unit})",
        xlim=(ends[0] - room, ends[1]),
    )
    figures.title(
        axis,
        f"{_inside(found)} of {plurals.count(found.pairs, 'difference')} lie between "
        f"{found.lower.estimate:.2f} and {found.upper.estimate:.2f} {unit}: "
        f"{plurals.count(found.patients, 'patient')}"
        f"{_made(synthetic)}",
    )
    ruler = (
        "" if human is None else (f" One reader is within {human[0]:.2f} to {human[1]:.2f} {unit}.")
    )
    return figures.save(
        figure,
        (f"Bland-Altman plot. {found.sentence(unit=unit)}. {_growing(found.line, unit)}{ruler}"),
    )


def _inside(found):
    lower, upper = found.lower.estimate, found.upper.estimate
    return int(((found.differences >= lower) & (found.differences <= upper)).sum())


def repeats(found, unit="mm", synthetic=True):
    """The size of the difference between two recordings of each unchanged patient, in order.

    found: of agreement.smallest_detectable_change. The largest is named.
    """
    sizes = found.differences.abs().iloc[::-1]
    figure, axis = figures.paper(3.6)
    axis.plot(np.arange(1, len(sizes) + 1), sizes, "o", color=figures.INK, markersize=5, alpha=0.7)
    top = 1.15 * max(sizes.iloc[-1], found.bell)
    high = min(found.limit.high, top)
    axis.axhspan(found.limit.low, high, color=figures.BLUE, alpha=0.15, linewidth=0)
    for place, value, colour, name in (
        (0.02, found.limit.estimate, figures.BLUE, "95 of 100"),
        (0.25, found.bell, figures.ORANGE, "1.96 SD"),
        (0.45, found.middle, figures.GREEN, "2.91 medians"),
    ):
        axis.axhline(value, color=colour, linewidth=2)
        figures.label(axis, place, value, name, colour, (0, 7), xycoords=("axes fraction", "data"))
    largest = (len(sizes), sizes.iloc[-1])
    axis.annotate(
        sizes.index[-1], largest, (-8, 0), textcoords="offset points", ha="right", va="center"
    )
    axis.set(
        xlabel="patients, the smallest difference first",
        ylabel=f"difference ({unit})",
        ylim=(0, top),
    )
    figures.title(
        axis,
        f"95 of 100 differ by less than {found.limit.estimate:.2f} {unit}: an estimate from {len(sizes)} patients"
        f"{_made(synthetic)}",
    )
    return figures.save(
        figure,
        f"Two recordings of {len(sizes)} unchanged patients. 95 of 100 differ by less than "
        f"{found.limit.estimate:.2f} {unit} (interval from {found.limit.low:.2f} "
        f"{'upwards' if np.isinf(found.limit.high) else f'to {found.limit.high:.2f}'}). {found.sentence(unit)}",
    )


def _growing(line, unit):
    slope = line.slope
    if not np.isfinite(slope.estimate):
        return (
            "All pairs have the same mean: whether the difference grows with the size is not known."
        )
    return (
        f"The difference changes by {slope.estimate:+.3f} per {unit} of size ({slope.low:+.3f} to "
        f"{slope.high:+.3f}, {_chance(line.p_value)})."
    )


def prevalence(prevalence, sensitivity=0.9, specificity=0.9):
    """1000 people as dots: whom a test calls ill and who is, at a prevalence. For a slider.

    All three 0 to 1. Sick people come first, so the blue and pink dots together are the prevalence.
    Drawn without Matplotlib, so that it follows the slider.
    """
    shares = diagnostics.frequencies(sensitivity, specificity, prevalence, PEOPLE)
    counts = whole(shares, PEOPLE)
    values = diagnostics.predictive_values(sensitivity, specificity, prevalence)
    # True and false positives stand side by side, so that the PPV is seen as a share of a block.
    names = (
        ("missed", counts.false_negative, figures.PINK),
        ("found", counts.true_positive, figures.BLUE),
        ("false alarm", counts.false_positive, figures.ORANGE),
        ("rightly cleared", counts.true_negative, figures.PALE),
    )
    called = counts.true_positive + counts.false_positive
    told = (
        f"of {called} called ill, {counts.true_positive} are: PPV "
        f"{_percent(values.ppv)}; NPV {_percent(values.npv)}"
    )
    alt = (
        f"1000 people at a prevalence of {_percent(prevalence)}, sensitivity "
        f"{_percent(sensitivity)}, specificity {_percent(specificity)}: {counts.true_positive} "
        f"found, {counts.false_negative} missed, {counts.false_positive} false alarms, "
        f"{counts.true_negative} rightly cleared; {told}."
    )
    head = f"Prevalence {_percent(prevalence)}: {told}"
    return figures.Picture(figures.png(_people(names, head)), alt, plot=True)


def forest(found, unit="", synthetic=True):
    """A measure in every subgroup with its interval, patients, and the share refused.

    found: of evaluate.subgroups. unit: such as "mm".
    """
    table = found.table
    figure, axis = figures.paper(1.5 + 0.5 * len(table))
    for place, (name, row) in enumerate(table.iterrows()):
        colour = figures.ORANGE if name == found.worst else figures.BLUE
        if np.isfinite(row.low):
            axis.plot([row.low, row.high], [place] * 2, color=colour)
        axis.plot(row.estimate, place, "s", color=colour, markersize=8)
        axis.annotate(
            f"{row.measured:.0f} of {plurals.count(row.patients, 'patient')};\nrefused "
            f"{100 * row.refused:.0f} % of images ({100 * row.refused_low:.0f} to "
            f"{100 * row.refused_high:.0f})",
            (1.02, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=9.5,
            annotation_clip=False,
        )
    axis.set_yticks(range(len(table)), table.index)
    axis.set(xlabel=f"{found.measure}{f' ({unit})' if unit else ''}", ylim=(len(table) - 0.5, -0.5))
    gap = found.gap
    figures.title(
        axis,
        f"By {found.by} {found.measure} differs by up to {gap.estimate:.2f} "
        f"({100 * gap.level:g} % interval {gap.low:.2f} to {gap.high:.2f}){_made(synthetic)}",
    )
    axis.locator_params(axis="x", nbins=5)
    return figures.save(figure, f"Forest plot. {found.sentence()}.")


def drop(
    first,
    second,
    names=("first scanner", "second scanner"),
    measure="Dice",
    difference=None,
    synthetic=True,
):
    """What happens on another scanner: one point a patient, joined where a patient was on both.

    first, second: a number per patient, Series or dict by patient. Their patients may differ.
    difference: an Interval (of evaluate.compare for the same patients), told in the title.
    Raises DataError where one is empty.
    """
    first, second = (dict(values) for values in (first, second))
    if not first or not second:
        raise errors.DataError("Both scanners need at least one patient.")
    counted = [
        plurals.count(len(columns.numbers_of(list(values.values()), name)), "patient")
        for values, name in zip((first, second), names, strict=True)
    ]
    figure, axis = figures.paper(4.6, width=6.2)
    both = [patient for patient in first if patient in second]
    # Patients stand beside each other, so that none hides another; the joined ones stay in line.
    beside = (
        {
            patient: offset
            for values in (first, second)
            for patient, offset in zip(values, np.linspace(-0.12, 0.12, len(values)), strict=True)
        }
        if len(first) + len(second) > 2
        else {}
    )
    for patient in both:
        at = beside.get(patient, 0)
        axis.plot(
            [at, 1 + at], [first[patient], second[patient]], color=figures.PALE, linewidth=1.2
        )
    means = []
    for place, values, colour in ((0, first, figures.BLUE), (1, second, figures.ORANGE)):
        numbers = np.array(list(values.values()), float)
        means.append(numbers.mean())
        spread = np.array([beside.get(patient, 0) for patient in values])
        axis.plot(place + spread, numbers, "o", color=colour, markersize=7, alpha=0.8)
        axis.plot([place - 0.18, place + 0.18], [means[-1]] * 2, color=figures.INK, linewidth=3)
        figures.label(axis, place + 0.18, means[-1], f"mean {means[-1]:.2f}")
    axis.set_xticks(
        [0, 1], [f"{name}\n{count}" for name, count in zip(names, counted, strict=True)]
    )
    axis.set(xlim=(-0.4, 1.5), ylabel=measure)
    told = f"{measure} {means[0]:.2f} to {means[1]:.2f}"
    if difference is not None:
        told += (
            f"; difference {difference.estimate:+.2f} ({difference.low:+.2f} to "
            f"{difference.high:+.2f})"
        )
    figures.title(axis, f"{told}{_made(synthetic)}")
    fallen = sum(second[patient] < first[patient] for patient in both)
    joined = (
        f" {fallen} of {plurals.count(len(both), 'patient')} on both "
        f"{plurals.verb(fallen, 'is', 'are')} lower on the {names[1]}."
        if both
        else " No patient is on both."
    )
    return figures.save(
        figure, f"Mean {told}, {names[0]} ({counted[0]}) to {names[1]} ({counted[1]}).{joined}"
    )


def whole(shares, people):
    """Frequencies as whole people that add up: the largest remainders are rounded up."""
    floors = np.floor(np.array(shares) + 1e-9).astype(int)
    rest = people - floors.sum()
    order = np.argsort(-(np.array(shares) - floors), kind="stable")
    floors[order[:rest]] += 1
    return diagnostics.Frequencies(*(int(count) for count in floors))


def _people(names, head):
    """Dots in columns from the left, their title above and their counts below: uint8 (H, W, 3)."""
    times, rows = figures.sharpness(), PEOPLE // SIDE
    top, step = 34 * times, STEP * times
    sheet = np.full((top + rows * step + 34 * times, figures.WIDTH * times, 3), 255, np.uint8)
    edge = (figures.WIDTH * times - SIDE * step) // 2
    rgb = [tuple(int(part) for part in np.rint(255 * figures.rgb(c))) for *_, c in names]
    who = np.repeat(range(len(names)), [count for _, count, _ in names])
    for place, kind in enumerate(who):
        middle = edge + place // rows * step + step // 2, top + place % rows * step + step // 2
        cv2.circle(sheet, middle, 7 * times, rgb[kind], -1, cv2.LINE_AA)
    drawn = Image.fromarray(sheet)
    pen, left, line = ImageDraw.Draw(drawn), edge, sheet.shape[0] - 16 * times
    pen.text((edge, 16 * times), head, figures.INK, tiles.font(16 * times), anchor="lm")
    for (name, count, _), colour in zip(names, rgb, strict=True):
        dot = (left, line - 7 * times, left + 14 * times, line + 7 * times)
        pen.ellipse(dot, fill=colour)
        told = f"{name}: {count}"
        pen.text((left + 20 * times, line), told, figures.INK, tiles.font(14 * times), anchor="lm")
        left += 46 * times + round(tiles.font(14 * times).getlength(told))
    return np.asarray(drawn)


def _made(synthetic):
    return " (synthetic)" if synthetic else ""


def _percent(share):
    return "none" if share != share else f"{100 * share:.3g} %"


def _chance(p_value):
    return "p below 0.001" if p_value < 0.001 else f"p {p_value:.3f}"
