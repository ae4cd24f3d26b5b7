"""Pictures of a machine that runs: pure functions from plain values to one Picture. Synthetic."""

import numpy as np

from course_utils.core import plurals
from course_utils.monitor import alarms, drifts, loops
from course_utils.show import figures


def late(latency_ms, fps=30, minutes=1):
    """How old the answer on the screen is: with a queue, and with the newest frame only. For a slider."""
    seconds = np.linspace(0, 60 * minutes, 61)
    queue = [loops.late_in_a_queue(latency_ms, fps, second) for second in seconds]
    newest = 2 * latency_ms / 1000 if latency_ms * fps > 1000 else latency_ms / 1000
    figure, axis = figures.paper(3.4)
    axis.plot(seconds, queue, color=figures.ORANGE)
    axis.plot(seconds, np.full_like(seconds, newest), color=figures.BLUE)
    figures.label(axis, seconds[-1], queue[-1], "every frame", figures.ORANGE)
    figures.label(axis, seconds[-1], newest, "the newest", figures.BLUE, (8, -10))
    axis.set(
        xlabel="seconds since the start",
        ylabel="age of the answer (s)",
        ylim=(0, max(1, 1.1 * queue[-1])),
    )
    told = f"a model of {latency_ms:g} ms at {fps} frames a second is {queue[-1]:.1f} s late after {minutes} min"
    figures.title(axis, f"In a queue, {told}")
    return figures.save(
        figure,
        f"In a queue, {told}; with the newest frame only it is never more than {newest:.2f} s late.",
    )


def signal(values, fps, rule):
    """A row of values, the two limits of a rule, and when it rings."""
    alarm = alarms.Alarm(rule)
    seconds = np.arange(len(values)) / fps
    for second, value in zip(seconds, values, strict=True):
        alarm.see(second, value)
    rang = alarm.log.rang_s.to_numpy()
    figure, axis = figures.paper(3.4)
    axis.plot(seconds, values, color=figures.BLUE, linewidth=1.2)
    axis.axhline(rule.ring, color=figures.ORANGE, linewidth=1.4)
    figures.label(axis, seconds[-1], rule.ring, "rings below", figures.ORANGE, (8, -8))
    if rule.clear > rule.ring:
        axis.axhline(rule.clear, color=figures.GREY, linestyle="--", linewidth=1.4)
        figures.label(axis, seconds[-1], rule.clear, "clears above", figures.GREY, (8, 8))
    for second in rang:
        axis.plot(second, rule.ring, "v", color=figures.ORANGE, markersize=12)
    axis.set(xlabel="seconds", ylabel="EF on the screen (%)")
    length = len(values) / fps
    told = f"{plurals.count(len(rang), 'alarm')} in {length / 60:.0f} minutes, {3600 * len(rang) / length:.0f} an hour"
    figures.title(axis, f"{told[0].upper()}{told[1:]} (synthetic)")
    return figures.save(figure, f"A value over time with the limits of an alarm: {told}.")


def watched(values, start, slack=0.5, limit=4.0):
    """A CUSUM over studies: when the machine changed, and when it was noticed.

    values: standardised differences. start: the study (from 0) at which the machine changed.
    """
    sums = drifts.cusum(values, slack, limit)
    signal_at = drifts.first_signal(values, slack, limit)
    figure, axis = figures.paper(3.6)
    studies = np.arange(1, len(values) + 1)
    axis.plot(studies, sums, color=figures.BLUE)
    axis.axhline(limit, color=figures.ORANGE, linewidth=1.4)
    figures.label(axis, studies[-1], limit, "signal", figures.ORANGE)
    axis.axvline(start + 0.5, color=figures.GREY, linestyle=":")
    figures.label(
        axis, start + 0.5, max(sums.max(), limit), "machine changed", figures.GREY, (6, 8)
    )
    if signal_at:
        axis.plot(signal_at, sums[signal_at - 1], "o", color=figures.ORANGE, markersize=10)
    if signal_at and signal_at > start:
        told = f"noticed {signal_at - start} studies after the change"
    elif signal_at:
        told = f"a false alarm at study {signal_at}, before anything had changed"
    else:
        told = f"not noticed in {len(values) - start} studies"
    axis.set(xlabel="study", ylabel="CUSUM (SD)")
    figures.title(axis, f"{told[0].upper()}{told[1:]} (synthetic)")
    return figures.save(figure, f"CUSUM over {len(values)} studies: {told}.")


def budget(limit, shift=0.86, slack=0.5):
    """What a limit costs: studies between false alarms, and studies until a drift is noticed. For a
    slider. shift: the drift in SD.
    """
    limits = np.linspace(1, 8, 71)
    quiet = [drifts.run_length(0, slack, one) for one in limits]
    delay = [drifts.run_length(shift, slack, one) for one in limits]
    figure, axis = figures.paper(3.6)
    axis.plot(limits, quiet, color=figures.ORANGE)
    axis.plot(limits, delay, color=figures.BLUE)
    figures.label(axis, limits[-1], quiet[-1], "between\nfalse alarms", figures.ORANGE)
    figures.label(axis, limits[-1], delay[-1], "until noticed", figures.BLUE)
    here = drifts.run_length(0, slack, limit), drifts.run_length(shift, slack, limit)
    for value, colour in zip(here, (figures.ORANGE, figures.BLUE), strict=True):
        axis.plot(limit, value, "o", color=colour, markersize=10)
    axis.set(yscale="log", xlabel="limit h", ylabel="studies")
    told = f"a false alarm in {here[0]:.0f} studies, a drift of {shift:g} SD noticed after {here[1]:.1f}"
    figures.title(axis, f"Limit {limit:g}: {told}")
    return figures.save(figure, f"At a limit of {limit:g}: {told}.")
