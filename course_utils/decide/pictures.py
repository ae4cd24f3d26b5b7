"""Pictures of a decision: pure functions from plain values to one Picture. All data are synthetic
unless told otherwise.
"""

import numpy as np

from course_utils.core import errors
from course_utils.decide import early
from course_utils.show import figures


def read(found):
    """A reader before and after the machine: accuracy on all hearts, and where the machine erred.

    found: of evaluate.reading.result.
    """
    rows = (
        ("alone", found.accuracy[0], figures.GREY),
        ("with the machine", found.accuracy[1], figures.BLUE),
        ("alone, where it errs", found.where_wrong[0], figures.GREY),
        ("with it, where it errs", found.where_wrong[1], figures.ORANGE),
    )
    figure, axis = figures.paper(3.4)
    for place, (name, share, colour) in enumerate(rows):
        axis.plot([share.low, share.high], [-place] * 2, color=colour)
        axis.plot(share.estimate, -place, "o", color=colour, markersize=10)
        figures.label(axis, -0.02, -place, name, colour, (0, 0), ha="right")
        figures.label(axis, share.high, -place, f"{100 * share.estimate:.0f} %", colour)
    axis.set(xlim=(0, 1.1), ylim=(-3.6, 0.6), yticks=[], xlabel="share read rightly")
    axis.spines["left"].set_visible(False)
    who = "Demo answers" if found.demo else "Your readings"
    points = 100 * found.change.estimate
    erred = 100 * (found.where_wrong[1].estimate - found.where_wrong[0].estimate)
    told = f"{points:+.0f} points with the machine, {erred:+.0f} where it errs"
    figures.title(axis, f"{who}: {told} ({found.cases} synthetic hearts)")
    shares = "; ".join(f"{name} {100 * share.estimate:.0f} %" for name, share, _ in rows)
    return figures.save(figure, f"{who}: {told}. Read rightly: {shares}.")


def trend(table, patients):
    """Readings of a few patients, the line through them, and the true course of the heart.

    table: of decide.cohort. patients: two to four of its patient_ids. Raises DataError for unknown
    ones.
    """
    unknown = sorted(set(patients) - set(table.patient_id))
    if unknown or not patients:
        raise errors.DataError(f"The cohort has no patient {', '.join(unknown) or 'of that name'}.")
    figure, axes = figures.paper(3.4, len(patients), sharey=True, squeeze=False)
    told = []
    for axis, name in zip(axes[0], patients, strict=True):
        row = table.set_index("patient_id").loc[name]
        visits = table.attrs["visits"].query("patient_id == @name")
        middle, when = visits.years.mean(), np.array([0.0, 3.0])
        axis.plot(when, row.true_ef + row.true_slope * (when - 3), ":", color=figures.INK)
        line = visits.ef.mean() + row.slope * (when - middle)
        axis.plot(when, line, "--", color=figures.ORANGE)
        axis.plot(visits.years, visits.ef, "o", color=figures.BLUE)
        axis.set(xlabel="years", xlim=(-0.2, 3.2))
        axis.set_title(f"measured {row.slope:+.1f} a year,\ntrue {row.true_slope:+.1f}")
        told.append(f"{name} measured {row.slope:+.1f}, true {row.true_slope:+.1f} points a year")
    axes[0][0].set_ylabel("ejection fraction (%)")
    return figures.save(
        figure,
        "Readings (dots), the line through them (dashed) and the true course (dotted): "
        f"{'; '.join(told)}.",
    )


def abstaining(table, chosen=None, synthetic=True):
    """Wrong answers left as ever fewer patients are answered.

    table: of decide.accepting. chosen: a coverage to mark, or None.
    """
    figure, axis = figures.paper(3.8)
    axis.plot(table.coverage, table.generalised, color=figures.BLUE)
    last = table.iloc[-1]
    axis.plot([0, 1], [0, last.generalised], ":", color=figures.GREY)
    figures.label(
        axis, 0.5, last.generalised / 2, "refusing at random", figures.GREY, (-8, 12), ha="right"
    )
    axis.set(xlabel="share of patients who get an answer", ylabel="wrong answers per patient")
    told = f"{last.errors:.0f} of {last.accepted:.0f} answers are wrong when all are given"
    if chosen is not None:
        row = table.loc[(table.coverage - chosen).abs().idxmin()]
        axis.plot(row.coverage, row.generalised, "o", color=figures.ORANGE, markersize=11)
        told += f", {row.errors:.0f} of {row.accepted:.0f} when {100 * (1 - row.coverage):.0f} % are refused"
    made = " (synthetic)" if synthetic else ""
    figures.title(axis, f"{told[0].upper()}{told[1:]}{made}")
    return figures.save(figure, f"Wrong answers against coverage: {told}.")


def alarms(drop, visits, loss=10.0):
    """1000 unchanged patients and 1000 who lost `loss` points: for how many the rule rings. For a
    slider. drop: points that ring; visits: later readings.
    """
    noise, real = (round(1000 * early.ringing(drop, visits, lost)) for lost in (0.0, loss))
    figure, axis = figures.paper(2.6)
    for place, (count, name, colour) in enumerate(
        (
            (real, f"rings for those who lost {loss:g} points", figures.BLUE),
            (noise, "rings for those who lost nothing", figures.ORANGE),
        )
    ):
        axis.barh(-place, count, color=colour, height=0.55)
        figures.label(axis, 0, -place + 0.42, f"{name}: {count} of 1000", colour, (2, 0))
    axis.set(xlim=(0, 1000), ylim=(-1.45, 0.65), yticks=[], xlabel="patients in 1000")
    axis.spines["left"].set_visible(False)
    figures.title(axis, f"A fall of {drop:g} points or more, at any of {visits} visits")
    return figures.save(
        figure,
        f"At a drop of {drop:g} points within {visits} visits the rule rings for {real} of 1000 who "
        f"lost {loss:g} points and for {noise} of 1000 who lost nothing (synthetic).",
    )


def followed(made, sex, visits, noise, unit, name):
    """One patient's readings in the band of healthy people, each with the noise of one reading.

    made: of decide.band. sex: the patient's. visits: table with age and value. noise: SD of one
    reading, in `unit`. name: what is measured, for the axis.
    """
    ages = np.linspace(*made.ages, 60)
    low, middle, high = made.limits(ages, sex)
    error = made.edge_error(ages, sex)
    figure, axis = figures.paper(4.2)
    axis.fill_between(ages, low, high, color=figures.BLUE, alpha=0.15, linewidth=0)
    for edge in (low, high):
        axis.fill_between(
            ages,
            edge - 1.96 * error,
            edge + 1.96 * error,
            color=figures.BLUE,
            alpha=0.2,
            linewidth=0,
        )
    axis.plot(ages, middle, color=figures.BLUE)
    figures.label(axis, ages[-1], middle[-1], "middle", figures.BLUE)
    axis.errorbar(
        visits.age, visits.value, yerr=1.96 * noise, fmt="o-", color=figures.ORANGE, capsize=3,
        markersize=6, linewidth=1.6,
    )  # fmt: skip
    first, last = visits.iloc[0], visits.iloc[-1]
    change, least = last.value - first.value, 1.96 * np.sqrt(2) * noise
    word = "more" if abs(change) > least else "less"
    told = (
        f"{change:+.1f} {unit} in {last.age - first.age:.0f} years: {word} than two readings differ by "
        f"chance ({least:.1f})"
    )
    axis.set(xlabel="age (years)", ylabel=f"{name} ({unit})")
    figures.title(axis, f"{told} (synthetic)")
    centiles = [100 * made.centile(row.value, row.age, sex) for row in (first, last)]
    return figures.save(
        figure,
        f"{name.capitalize()} of one patient over the band of healthy people: {told}; from "
        f"centile {centiles[0]:.0f} to centile {centiles[1]:.0f} for the age.",
    )
