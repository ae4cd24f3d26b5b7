"""Pictures of coaching: what the network says, a gate at work, who is refused, and a trial by operator.

Pure functions from plain values to one `figures.Picture`. All of it is SYNTHETIC, and says so.
"""

import numpy as np

from course_utils.core import errors
from course_utils.guidance import poses, trials
from course_utils.show import figures

MADE = " (synthetic)"
NEAR = {trials.UNGUIDED: figures.GREY, trials.GUIDED: figures.ORANGE, trials.EXPERT: figures.BLUE}


def views(window, spots):
    """The pictures of several poses with their quality: a `tiles.Sheet`.

    window: `chests.Window`. spots: caption -> (slide_mm, tilt_deg).
    """
    from course_utils import show  # the grid is drawn without Matplotlib

    frames, told = {}, []
    for name, (slide, tilt) in spots.items():
        pose = poses.Pose(slide, tilt)
        caption = f"{name} · view {window.quality(pose):.2f}"
        frames[caption] = window.frame(pose)
        told.append(caption)
    alt = f"The same heart from {len(frames)} poses of the probe: {'; '.join(told)}."
    return show.grid(frames, alt, columns=min(len(frames), 3), kind="synthetic")


def landscape(heart):
    """The quality of the view at every pose of the hand, with the line of what can be measured."""
    slides = np.linspace(-poses.SLIDE_MM, poses.SLIDE_MM, 97)
    tilts = np.linspace(-poses.TILT_DEG, poses.TILT_DEG, 97)
    quality = poses.quality(slides[None, :], tilts[:, None], heart)
    figure, axis = figures.paper(4.6, width=6.6)
    axis.contourf(slides, tilts, quality, np.linspace(0, 1, 11), cmap="gray")
    line = axis.contour(slides, tilts, quality, [poses.USABLE], colors=[figures.ORANGE])
    axis.clabel(line, fmt=f"usable: {poses.USABLE:g}")
    axis.set(xlabel="slide (mm, + towards the head)", ylabel="tilt (degrees, + towards the head)")
    share = float(np.mean(quality >= poses.USABLE))
    message = f"Usable views form a valley: {100 * share:.0f} % of these poses"
    figures.title(axis, message + MADE)
    return figures.save(
        figure,
        f"Map of the quality of the view over slide and tilt. {message}; it runs from slide towards "
        "the head with tilt towards the feet to the opposite, because a tilt can undo a slide.",
    )


def agreement(says, truth, measure):
    """What the network says of the view against the exact quality: one point a picture.

    measure: a `(estimate, low, high)` of their rank correlation, for the title.
    """
    says, truth = np.asarray(says, float), np.asarray(truth, float)
    figure, axis = figures.paper(4.6, width=6.0)
    axis.plot([0, 1], [0, 1], ":", color=figures.GREY, linewidth=1.6)
    axis.plot(truth, says, "o", color=figures.BLUE, markersize=3.5, alpha=0.35, markeredgewidth=0)
    axis.axvline(poses.USABLE, color=figures.ORANGE, linewidth=1.4)
    figures.label(axis, poses.USABLE, 0.03, "usable", figures.ORANGE, (5, 0))
    axis.set(xlabel="exact quality of the view", ylabel="what the network says")
    told = f"rank correlation {measure[0]:.2f} ({measure[1]:.2f} to {measure[2]:.2f})"
    figures.title(axis, f"The network's number follows the truth: {told}{MADE}")
    return figures.save(figure, f"Scatter plot of {len(says)} pictures: {told}.")


def trace(scores, gate, per_second=10):
    """A score over time with both thresholds, where the gate is open, and when it records."""
    scores = np.asarray(scores, float)
    states, taken = gate.states(scores), gate.captured(scores)
    time = np.arange(len(scores)) / per_second
    figure, axis = figures.paper(3.6)
    axis.fill_between(time, 0, 1, where=states, step="mid", color=figures.PALE, linewidth=0)
    axis.plot(time, scores, color=figures.BLUE, linewidth=1.4)
    for height, word in ((gate.on, "on"), (gate.off, "off")):
        axis.axhline(height, color=figures.ORANGE, linewidth=1.4, linestyle="--")
        if word == "on" or gate.off < gate.on:
            figures.label(axis, time[-1], height, word, figures.ORANGE, (4, 0))
    if taken is not None:
        axis.plot(time[taken], scores[taken], "o", color=figures.INK, markersize=9)
    axis.set(xlabel="seconds", ylabel="the network's number", ylim=(0, 1.02), xlim=(0, time[-1]))
    switches = int(np.sum(states[1:] & ~states[:-1]))
    when = "it never records" if taken is None else f"it records at {time[taken]:.1f} s"
    message = f"The gate opens {switches} time{'s' * (switches != 1)}; {when}"
    figures.title(axis, message + MADE)
    return figures.save(figure, f"A score over {time[-1]:.0f} seconds with a gate. {message}.")


def price(bars, usable, refused, wanted=None):
    """What a bar buys and costs: the share usable among the accepted, and the share refused.

    bars (n,), usable (n,) and refused (n,) shares; NaN where nobody is accepted. wanted: a bar to
    mark.
    """
    bars, usable, refused = (np.asarray(values, float) for values in (bars, usable, refused))
    if not len(bars) == len(usable) == len(refused):
        raise errors.DataError("Each bar has one share usable and one refused.")
    figure, axis = figures.paper(3.9)
    for values, colour, word in (
        (usable, figures.BLUE, "usable, of the accepted"),
        (refused, figures.ORANGE, "refused, of all"),
    ):
        axis.plot(bars, values, color=colour)
        last = np.flatnonzero(np.isfinite(values))[-1]
        figures.label(axis, bars[last], values[last], word, colour)
    if wanted is not None:
        axis.axvline(wanted, color=figures.GREY, linestyle=":")
    axis.set(xlabel="bar on the network's number", ylabel="share of pictures", ylim=(-0.02, 1.02))
    message = "A higher bar makes what is kept better, and keeps less"
    figures.title(axis, message + MADE)
    return figures.save(
        figure,
        f"Two curves over the bar. {message}: from {usable[0]:.2f} usable and {refused[0]:.2f} "
        f"refused to {usable[last]:.2f} and {refused[last]:.2f}.",
    )


def refusals(found):
    """The share of patients refused in each group, with its interval. found: name -> Interval."""
    figure, axis = figures.paper(0.9 + 0.55 * len(found))
    told = []
    for place, (name, share) in enumerate(found.items()):
        axis.plot([share.low, share.high], [place] * 2, color=figures.BLUE)
        axis.plot(share.estimate, place, "s", color=figures.BLUE, markersize=8)
        axis.annotate(
            f"{share.patients} patients",
            (1.02, place),
            xycoords=("axes fraction", "data"),
            va="center",
        )
        told.append(f"{name} {share.estimate:.2f} ({share.low:.2f} to {share.high:.2f})")
    axis.set_yticks(range(len(found)), found)
    axis.set(xlabel="share refused", xlim=(-0.02, 1.02), ylim=(len(found) - 0.5, -0.5))
    first, *_, last = found.values()
    message = f"Refused: {100 * first.estimate:.0f} % of the lightest, {100 * last.estimate:.0f} % of the heaviest"
    figures.title(axis, f"{message} third{MADE}")
    return figures.save(
        figure, f"Share refused by body mass with 95 % intervals: {'; '.join(told)}."
    )


def operators(shares, effect=None):
    """One point an operator and arm: the share of usable clips; a novice's two points are joined.

    shares: of `trials.by_operator`. effect: (estimate, low, high) of guided minus unguided.
    """
    arms = [arm for arm in NEAR if arm in shares]
    figure, axis = figures.paper(4.0, width=6.6)
    both = shares.dropna(subset=[trials.UNGUIDED, trials.GUIDED])
    places = {arm: place for place, arm in enumerate(arms)}
    ends = places[trials.UNGUIDED], places[trials.GUIDED]
    for _, row in both.iterrows():
        axis.plot(
            ends, [row[trials.UNGUIDED], row[trials.GUIDED]], color=figures.PALE, linewidth=1.4
        )
    for arm in arms:
        own = shares[arm].dropna()
        axis.plot([places[arm]] * len(own), own, "o", color=NEAR[arm], alpha=0.75)
        axis.plot([places[arm] - 0.14, places[arm] + 0.14], [own.mean()] * 2, color=figures.INK)
        figures.label(
            axis, places[arm] + 0.14, own.mean(), f"{own.mean():.2f}", figures.INK, (4, 0)
        )
    axis.set_xticks(
        list(places.values()), [f"{arm}\n{shares[arm].count()} operators" for arm in arms]
    )
    axis.set(ylabel="share of patients with a usable clip", ylim=(-0.03, 1.03), xlim=(-0.4, 2.6))
    message = "One point is one operator"
    if effect is not None:
        span = f"{effect[1]:+.2f} to {effect[2]:+.2f}" if np.isfinite(effect[1]) else "no interval"
        message = f"Guidance adds {effect[0]:+.2f} ({span}; {len(both)} novices)"
    figures.title(axis, message + MADE)
    means = "; ".join(f"{arm} {shares[arm].mean():.2f}" for arm in arms)
    return figures.save(figure, f"Share of usable clips by operator. {message}. Means: {means}.")
