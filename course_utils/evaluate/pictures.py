"""Pictures of an evaluation: every number with its interval, and how many patients stand behind it.

Pure functions from the results of `evaluate` and `agreement` to one `figures.Picture`. synthetic is
True unless told, and then the picture says so.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_utils.core import errors
from course_utils.evaluate import columns, diagnostics
from course_utils.show import figures

DARK = "0.25"
PEOPLE = 1000
SIDE = 40  # columns of people in the picture of natural frequencies


def curve(found, threshold=None, synthetic=True):
    """A ROC or precision-recall curve with its area, its chance line, and the chosen point.

    found: of evaluate.roc or evaluate.precision_recall. threshold: a number or a Threshold.
    """
    figure, axis = _paper(5.2, 4.6)
    if found.kind == "ROC":
        axis.plot(found.x, found.y, color=figures.BLUE, linewidth=2.4)
        axis.plot([0, 1], [0, 1], ":", color="0.5")
        names, chance = ("1 - specificity (false alarms)", "sensitivity"), 0.5
    else:
        axis.step(found.x, found.y, where="pre", color=figures.BLUE, linewidth=2.4)
        axis.plot([0, 1], [found.prevalence] * 2, ":", color="0.5")
        names, chance = ("recall (sensitivity)", "precision (PPV)"), found.prevalence
    axis.set(xlabel=names[0], ylabel=names[1], xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    area = found.area
    told = (
        f"area {area.estimate:.2f} ({100 * area.level:g} % interval {area.low:.2f} to "
        f"{area.high:.2f}), chance {chance:.2f}"
    )
    axis.set_title(f"{found.kind}{_made(synthetic)}\n{told}")
    chosen = ""
    if threshold is not None:
        value = float(getattr(threshold, "value", threshold))
        x, y = found.at(value)
        axis.plot(x, y, "o", color=figures.ORANGE, markersize=11, markeredgecolor=DARK)
        axis.annotate(
            f"threshold {value:.2f}",
            (x, y),
            (-8, -18) if x > 0.7 else (10, -14),
            textcoords="offset points",
            ha="right" if x > 0.7 else "left",
        )
        chosen = f" At the threshold {value:.2f}: {names[1]} {y:.2f}, {names[0]} {x:.2f}."
    return figures.save(figure, f"{found.kind} curve of {area.patients} patients: {told}.{chosen}")


def reliability(found, synthetic=True):
    """What was predicted against what was seen, with intervals, and how many cases in each bin.

    found: of evaluate.calibration.
    """
    figure = Figure(figsize=(5.6, 5.2), layout="constrained")
    axis, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    table = found.table
    axis.plot([0, 1], [0, 1], ":", color="0.5")
    gaps = [table.observed - table.low, table.high - table.observed]
    axis.errorbar(
        table.mean_probability,
        table.observed,
        np.maximum(gaps, 0),
        fmt="o",
        color=figures.BLUE,
        ecolor="0.6",
        capsize=3,
    )
    axis.set(ylabel="share seen", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axis.set_title(
        f"Reliability{_made(synthetic)}: ECE {found.ece:.3f} ({found.bins} bins, "
        f"{found.strategy};\nby chance {found.ece_by_chance:.3f}), slope "
        f"{found.slope.estimate:.2f}, intercept {found.intercept.estimate:.2f}"
    )
    widths = table["to"] - table["from"]
    below.bar(
        table["from"],
        table.cases,
        widths,
        align="edge",
        color=figures.BLUE,
        alpha=0.5,
        edgecolor="white",
    )
    for place, count in zip(table["from"] + widths / 2, table.cases):
        below.annotate(
            str(count), (place, count), (0, 1), textcoords="offset points", ha="center", fontsize=8
        )
    below.set(xlabel="predicted probability", ylabel="cases")
    below.margins(y=0.3)
    worst = table.loc[(table.observed - table.mean_probability).abs().idxmax()]
    return figures.save(
        figure,
        (
            f"Reliability diagram: {found.sentence()}. Furthest off: {worst.cases:.0f} cases with a "
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
    figure, axis = _paper(6.2, 4.2)
    axis.fill_between(
        table.threshold, table.low, table.high, color=figures.BLUE, alpha=0.25, linewidth=0
    )
    axis.plot(table.threshold, table.model, color=figures.BLUE, linewidth=2.4, label="the model")
    axis.plot(
        table.threshold,
        table.treat_all,
        "--",
        color=figures.ORANGE,
        linewidth=2,
        label="act on all",
    )
    axis.plot(table.threshold, table.treat_none, ":", color=DARK, linewidth=2, label="act on none")
    top = max(table.high.max(), table.treat_all.max(), 0.01)
    axis.set(
        xlabel="threshold probability: act from here on",
        ylabel="net benefit per case",
        ylim=(-0.3 * top, 1.08 * top),
        title=f"Decision curve{_made(synthetic)}",
    )
    axis.legend(frameon=False)
    useful = table.threshold[table.useful]
    where = f", between {useful.min():.2f} and {useful.max():.2f}" if len(useful) else ""
    told = (
        f"the model is better than both, interval and all, at {len(useful)} of {len(table)} "
        f"thresholds{where}"
    )
    return figures.save(figure, f"Decision curve: {told}.")


def bland_altman(found, unit="mm", line=True, human=None, synthetic=True):
    """Each pair's difference over its mean, with bias, limits, and the intervals of all three.

    found: of agreement.bland_altman. line: draw the proportional bias. human: (low, high), the
    limits between two human readers, for a ruler; None for no ruler.
    """
    figure, axis = _paper(6.8, 4.4)
    axis.plot(found.means, found.differences, "o", color=DARK, markersize=4, alpha=0.7)
    left, right = found.means.min(), found.means.max()
    room = 0.05 * (right - left)
    ends = np.array([left - room, right + room])
    for part, colour, name in (
        (found.bias, figures.BLUE, "bias"),
        (found.lower, figures.ORANGE, "limit"),
        (found.upper, figures.ORANGE, "limit"),
    ):
        axis.axhspan(part.low, part.high, color=colour, alpha=0.22, linewidth=0)
        axis.axhline(part.estimate, color=colour, linewidth=2)
        axis.annotate(
            f"{name} {part.estimate:.2f}",
            (1.01, part.estimate),
            xycoords=("axes fraction", "data"),
            va="center",
            annotation_clip=False,
        )
    axis.axhline(0, color="0.5", linestyle=":", linewidth=1)
    slope = found.line.slope
    if line:
        axis.plot(
            ends,
            found.line.intercept + slope.estimate * ends,
            "--",
            color=figures.GREEN,
            linewidth=1.8,
        )
    if human is not None:
        low, high = human
        axis.plot(
            [ends[0]] * 2, [low, high], color=figures.PINK, linewidth=7, solid_capstyle="butt"
        )
        axis.annotate(" two readers", (ends[0], high), (4, 3), textcoords="offset points")
    axis.set(
        xlabel=f"mean of both ({unit})",
        ylabel=f"difference ({unit})",
        xlim=(ends[0] - room, ends[1]),
        title=f"Bland-Altman{_made(synthetic)}: {found.patients} patients, {found.pairs} pairs",
    )
    ruler = (
        ""
        if human is None
        else (f" Between two readers the limits are {human[0]:.2f} to {human[1]:.2f} {unit}.")
    )
    return figures.save(
        figure,
        (
            f"Bland-Altman plot. {found.sentence(unit=unit)}. The difference changes by "
            f"{slope.estimate:+.3f} per {unit} of size ({slope.low:+.3f} to {slope.high:+.3f}, p "
            f"{found.line.p_value:.3f}).{ruler}"
        ),
        trim=True,
    )


def prevalence(prevalence, sensitivity=0.9, specificity=0.9):
    """1000 people as dots: whom a test calls ill and who is, at a prevalence. For a slider.

    All three 0 to 1. Sick people come first, so the blue and pink dots together are the prevalence.
    """
    shares = diagnostics.frequencies(sensitivity, specificity, prevalence, PEOPLE)
    counts = whole(shares, PEOPLE)
    values = diagnostics.predictive_values(sensitivity, specificity, prevalence)
    # True and false positives stand side by side, so that the PPV is seen as a share of a block.
    names = (
        ("missed", counts.false_negative, figures.PINK),
        ("found", counts.true_positive, figures.BLUE),
        ("false alarm", counts.false_positive, figures.ORANGE),
        ("rightly cleared", counts.true_negative, "0.85"),
    )
    colours = np.concatenate([[colour] * count for _, count, colour in names])
    place = np.arange(PEOPLE)
    figure, axis = _paper(7.2, 4.6)
    axis.scatter(
        place // (PEOPLE // SIDE), -(place % (PEOPLE // SIDE)), c=colours, s=32, linewidths=0
    )
    axis.set_axis_off()
    for name, count, colour in names:
        axis.scatter([], [], c=colour, s=40, label=f"{name}: {count}")
    axis.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=4,
        frameon=False,
        columnspacing=1,
        handletextpad=0.2,
    )
    called = counts.true_positive + counts.false_positive
    told = (
        f"of {called} called ill, {counts.true_positive} are: PPV "
        f"{_percent(values.ppv)}; NPV {_percent(values.npv)}"
    )
    axis.set_title(f"1000 people, prevalence {_percent(prevalence)}\n{told}")
    return figures.save(
        figure,
        (
            f"1000 people at a prevalence of {_percent(prevalence)}, sensitivity "
            f"{_percent(sensitivity)}, specificity {_percent(specificity)}: {counts.true_positive} "
            f"found, {counts.false_negative} missed, {counts.false_positive} false alarms, "
            f"{counts.true_negative} rightly cleared; {told}."
        ),
    )


def forest(found, unit="", synthetic=True):
    """A measure in every subgroup with its interval, patients, and the share refused.

    found: of evaluate.subgroups. unit: such as "mm".
    """
    table = found.table
    figure, axis = _paper(7.6, 1.5 + 0.45 * len(table))
    for place, (name, row) in enumerate(table.iterrows()):
        colour = figures.ORANGE if name == found.worst else figures.BLUE
        if np.isfinite(row.low):
            axis.plot([row.low, row.high], [place] * 2, color=colour, linewidth=2.4)
        axis.plot(row.estimate, place, "s", color=colour, markersize=8)
        axis.annotate(
            f"{row.measured:.0f} of {row.patients:.0f} patients; refused "
            f"{100 * row.refused:.0f} % of images ({100 * row.refused_low:.0f} to "
            f"{100 * row.refused_high:.0f})",
            (1.02, place),
            xycoords=("axes fraction", "data"),
            va="center",
            annotation_clip=False,
        )
    axis.set_yticks(range(len(table)), table.index)
    axis.set(
        xlabel=f"{found.measure}{f' ({unit})' if unit else ''}",
        ylim=(len(table) - 0.5, -0.5),
        title=f"{found.measure} by {found.by}{_made(synthetic)}",
    )
    axis.xaxis.set_major_locator(MaxNLocator(5))
    return figures.save(figure, f"Forest plot. {found.sentence()}.", trim=True)


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
        f"{len(columns.numbers_of(list(values.values()), name))} patient"
        f"{'' if len(values) == 1 else 's'}"
        for values, name in zip((first, second), names)
    ]
    figure, axis = _paper(4.8, 4.4)
    both = [patient for patient in first if patient in second]
    # Patients stand beside each other, so that none hides another; the joined ones stay in line.
    beside = (
        {
            patient: offset
            for values in (first, second)
            for patient, offset in zip(values, np.linspace(-0.12, 0.12, len(values)))
        }
        if len(first) + len(second) > 2
        else {}
    )
    for patient in both:
        at = beside.get(patient, 0)
        axis.plot([at, 1 + at], [first[patient], second[patient]], color="0.7", linewidth=1)
    means = []
    for place, values, colour in ((0, first, figures.BLUE), (1, second, figures.ORANGE)):
        numbers = np.array(list(values.values()), float)
        means.append(numbers.mean())
        spread = np.array([beside.get(patient, 0) for patient in values])
        axis.plot(place + spread, numbers, "o", color=colour, markersize=6, alpha=0.8)
        axis.plot([place - 0.18, place + 0.18], [numbers.mean()] * 2, color=DARK, linewidth=3)
    axis.set_xticks([0, 1], [f"{name}\n{count}" for name, count in zip(names, counted)])
    axis.set(xlim=(-0.4, 1.4), ylabel=measure)
    told = f"{measure} {means[0]:.2f} to {means[1]:.2f}"
    if difference is not None:
        told += (
            f"\ndifference {difference.estimate:+.2f} ({difference.low:+.2f} to "
            f"{difference.high:+.2f})"
        )
    axis.set_title(f"{told}{_made(synthetic)}")
    fallen = sum(second[patient] < first[patient] for patient in both)
    joined = (
        f" {fallen} of {len(both)} patients on both are lower on the {names[1]}."
        if both
        else " No patient is on both."
    )
    return figures.save(
        figure,
        f"Mean {' '.join(told.split())}, {names[0]} ({counted[0]}) to "
        f"{names[1]} ({counted[1]}).{joined}",
    )


def whole(shares, people):
    """Frequencies as whole people that add up: the largest remainders are rounded up."""
    floors = np.floor(np.array(shares) + 1e-9).astype(int)
    rest = people - floors.sum()
    order = np.argsort(-(np.array(shares) - floors), kind="stable")
    floors[order[:rest]] += 1
    return diagnostics.Frequencies(*(int(count) for count in floors))


def _paper(width, height):
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _made(synthetic):
    return " (synthetic)" if synthetic else ""


def _percent(share):
    return "none" if share != share else f"{100 * share:.3g} %"
