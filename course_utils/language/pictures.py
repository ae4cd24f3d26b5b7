"""Pictures of lesson 14. Pure functions from plain values to one picture; all SYNTHETIC."""

import math

from course_utils import show
from course_utils.language import runs, taxonomy
from course_utils.show import figures


class Branch(show.results.Table):
    """A table that a menu can change."""

    @classmethod
    def of(cls, dimension, system):
        """The tags of a dimension, or of one system's organs."""
        frame = taxonomy.listing(dimension, system)
        caption = f"{dimension}: {len(frame)} tags" + (
            f" of {system}" if dimension == "organ" and system in taxonomy.tags("system") else ""
        )
        return show.table(frame, caption, index=False, rows=60)


def browser():
    """The taxonomy under two menus: a dimension, and for organs a body system."""
    return show.explore(
        Branch.of, dimension=list(taxonomy.DIMENSIONS), system=["all", *taxonomy.tags("system")]
    )


def training(histories, batch):
    """Losses, epoch by epoch, and log N, where a network stands that tells nobody from anybody.

    histories: {name: list of losses}. batch: N.
    """
    figure, axis = figures.paper(3.8)
    start = math.log(batch)
    axis.axhline(start, color=figures.GREY, linestyle=":", linewidth=1.6)
    for (name, values), colour in zip(
        histories.items(), (figures.BLUE, figures.ORANGE, figures.INK), strict=False
    ):
        epochs = range(1, len(values) + 1)
        axis.plot(epochs, values, color=colour)
        figures.label(axis, len(values), values[-1], f"{name} {values[-1]:.2f}", colour)
    figures.label(axis, 1, start, f"log {batch} = {start:.2f}: all alike", figures.GREY, (4, 8))
    axis.set(
        xlabel="epoch",
        ylabel="loss",
        ylim=(0, 1.25 * max(start, *(values[0] for values in histories.values()))),
    )
    figures.title(axis, f"From 'all alike' ({start:.2f}) down, and far from nothing")
    told = "; ".join(f"{name} ends at {values[-1]:.2f}" for name, values in histories.items())
    return figures.save(figure, f"Losses of training: {told}. log N is {start:.2f}.")


def found(table, gallery):
    """R@K both ways with intervals, between chance and ceiling. table: of `retrieval.judged`."""
    figure, axis = figures.paper(4.2)
    ways = {"picture to report": figures.BLUE, "report to picture": figures.ORANGE}
    for shift, (way, colour) in zip((-0.07, 0.07), ways.items(), strict=True):
        part = table[table.direction == way].reset_index(drop=True)
        middle = [value.estimate for value in part.found]
        reach = [
            [value.estimate - value.low for value in part.found],
            [value.high - value.estimate for value in part.found],
        ]
        places = [place + shift for place in range(len(part))]
        axis.errorbar(places, middle, yerr=reach, fmt="o", color=colour, capsize=4)
        below = shift < 0
        figures.label(
            axis, len(part) - 0.93, middle[-1], way, colour, (8, -14 if below else 14), fontsize=9
        )
    for name, word in (("chance", "chance"), ("ceiling", "ceiling: knows all that shows")):
        values = list(part[name])
        axis.plot(range(len(part)), values, color=figures.GREY, linestyle=":", linewidth=1.6)
        figures.label(axis, 0, values[0], word, figures.GREY, (-4, 10), fontsize=9)
    axis.set_xticks(range(len(part)), [f"R@{first}" for first in part.K])
    axis.set(ylabel="share found", ylim=(0, 1), xlim=(-0.4, len(part) - 0.1))
    ten = table[table.K == 10].found.iloc[0].estimate
    figures.title(axis, f"Among the first ten of {gallery}: {100 * ten:.0f} in 100")
    said = "; ".join(
        f"{row.direction} R@{row.K} {row.found.estimate:.2f}, chance {row.chance:.3f}, ceiling "
        f"{row.ceiling:.2f}"
        for row in table.itertuples()
    )
    return figures.save(figure, f"Share of own partners found (synthetic): {said}.")


def setting(batch, temperature, lambda_):
    """What one stored training found: R@10 both ways and zero-shot, beside chance."""
    run = runs.one(batch, temperature, lambda_)
    names = ["picture to report, R@10", "report to picture, R@10", "diagnosis, zero-shot"]
    values = [run.picture_10, run.report_10, run.zero_diagnosis]
    chances = [10 / runs.GALLERY, 10 / runs.GALLERY, 1 / 5]
    figure, axis = figures.paper(3.0)
    axis.barh(names[::-1], values[::-1], color=figures.BLUE, height=0.55)
    for place, (value, chance) in enumerate(zip(values[::-1], chances[::-1], strict=True)):
        axis.plot([chance, chance], [place - 0.4, place + 0.4], color=figures.ORANGE, linewidth=2)
        figures.label(axis, value, place, f"{value:.2f} (chance {chance:.2f})", figures.INK)
    axis.set(xlim=(0, 1), xlabel="share right")
    figures.title(
        axis, f"Loss {run.first_loss:.2f} to {run.loss:.2f}; log {batch} = {math.log(batch):.2f}"
    )
    told = "; ".join(f"{name} {value:.2f}" for name, value in zip(names, values, strict=True))
    alt = (
        f"Batch {batch}, temperature {temperature}, lambda {lambda_}: {told} (synthetic, one seed)."
    )
    return figures.save(figure, alt)


def settings():
    """The stored trainings under three menus."""
    batches, temperatures, lambdas = runs.choices()
    middle = sorted(batches, key=lambda b: b != 64), sorted(temperatures, key=lambda t: t != 0.1)
    return show.explore(setting, batch=middle[0], temperature=middle[1], lambda_=lambdas)
