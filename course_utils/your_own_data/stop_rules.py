"""The stop list: when the honest answer is not to use the model.

`check` takes what `judged.judge` measured, compares it with a limit for each rule and says in a
sentence what follows; `rules` is the arithmetic behind it.
Limits are choices, named below with their reason; change them before the test, not after it. A rule
that nobody looked at is 'not known', which is no pass: what was not tested has not been shown. A
question that does not arise (no probability is stated) is 'not asked', which is no pass either.
A list without a stop does not make a medical device: it says that this list found nothing.
"""

import math
import numbers

import numpy as np
import pandas

from course_utils.core import errors
from course_utils.evaluate import calibrate
from course_utils.your_own_data import judged

# With n patients and no failure, up to 3 / n of all patients may still fail (the rule of three,
# Hanley and Lippman-Hand, JAMA 1983, doi:10.1001/jama.1983.03330370053031): 30 leave 10 %, 100 3 %.
FEW, MANY = 30, 100
WIDTH = 0.10  # of an interval of Dice or another share: as far apart as lesson 05's bad and good
GAP_CAUTION, GAP_STOP = 0.05, 0.10  # between the best and the worst group, in the same unit
SHOWN = 5  # patients below which an interval is no interval: what rests on it is not known
GROUP = 10  # patients below which a group's number says nothing of the group
REFUSED_CAUTION, REFUSED_STOP = 0.05, 0.20  # every fifth patient without an answer
SLOPE_CAUTION, SLOPE_STOP = (0.8, 1.25), (0.5, 2.0)  # of calibration; 1 is right
ECE_CAUTION, ECE_STOP = 0.05, 0.15  # mean distance of a stated probability from the truth
STOP, CAUTION, UNKNOWN, PASS = "stop", "caution", "not known", "pass"
NOT_ASKED = "not asked"
COLUMNS = ("rule", "found", "limit", "verdict", "why")


def check(
    result, needed=None, worst_allowed=None, calibration=None, meant_for=None, tested_on=None
):
    """Hold a judged network against the stop list: a table with rule, found, limit, verdict, why.

    result: a `judged.Judged`; all that was measured is taken from it. needed, worst_allowed: the
    lowest Dice that would be of use, and the lowest of a patient that could be borne: written down
    before anyone looked. calibration: an evaluate.Calibration where the network states a
    probability that somebody acts on; None: it states none, which is 'not asked'. meant_for,
    tested_on: as in `rules`. Raises DataError for anything that was not measured.
    """
    if not isinstance(result, judged.Judged):
        raise errors.DataError(
            "The stop list takes what judged.judge measured, not numbers that somebody typed."
        )
    if calibration is not None and not isinstance(calibration, calibrate.Calibration):
        raise errors.DataError("calibration is what evaluate.calibration found, or None.")
    stated = calibration is not None
    return rules(
        len(result.patients),
        result.synthetic,
        interval=result.interval(),
        needed=needed,
        floor=result.floor,
        worst=float(result.patients["dice"].min()),
        worst_allowed=worst_allowed,
        groups=result.groups() if "device" in result.scores else None,
        leaks=dict(result.clean),
        refused=result.refused,
        slope=calibration.slope.estimate if stated else False,
        ece=calibration.ece if stated else False,
        looks=result.looks,
        meant_for=meant_for,
        tested_on=tested_on,
        elsewhere=result.elsewhere,
    )


def rules(
    patients,
    synthetic,
    interval=None,
    needed=None,
    floor=None,
    worst=None,
    worst_allowed=None,
    groups=None,
    leaks=None,
    refused=None,
    slope=None,
    ece=None,
    looks=None,
    meant_for=None,
    tested_on=None,
    elsewhere=None,
):
    """Hold a result against the stop list: a table with rule, found, limit, verdict and why.

    patients: how many were tested, a whole number. synthetic: True if any tested image is.
    interval: (estimate, low, high) of the measure, higher is better, as evaluate.bootstrap gives.
    needed: the lowest value that would be of use. floor: what costs nothing (segment.floor).
    worst, worst_allowed: the value of the worst patient, and the lowest that could be borne.
    groups: a table with group, patients and estimate, as Judged.groups gives.
    leaks: what was checked -> True if it was clean, such as {"patients": True, "copies": True}.
    refused: (refused, asked). slope, ece: of calibration on the test set; False where the model
    states no probability that anyone acts on. looks: how often the test set was scored.
    meant_for, tested_on: a dict each, such as {"scanner": ["A", "B"], "view": ["A4C"]}.
    elsewhere: True if it was tested on data of another place.
    What is None is 'not known'. Raises DataError for a value that cannot be.
    """
    if isinstance(patients, bool) or not isinstance(patients, numbers.Integral) or patients < 0:
        raise errors.DataError(f"patients is a whole number, not {patients!r}.")
    if not isinstance(synthetic, (bool, np.bool_)):
        raise errors.DataError("synthetic is True or False: say which.")
    if isinstance(interval, tuple) and any(number != number for number in interval):
        interval = None  # too few patients for one
    resting = [_width(interval), _needed(interval, needed), _floor(interval, floor)]
    if patients < SHOWN and interval is not None:
        resting = [_too_few(row, patients) for row in resting]
    rows = [
        _real(synthetic),
        _patients(patients),
        *resting,
        _worst(worst, worst_allowed),
        *_groups(groups),
        _leaks(leaks),
        _refused(refused),
        _slope(slope),
        _ece(ece),
        _looks(looks),
        _use(meant_for, tested_on),
        _elsewhere(elsewhere),
    ]
    return pandas.DataFrame(rows, columns=COLUMNS)


def verdict(table):
    """The table of `check` in sentences: what to do, and each reason. Returns one text."""
    if not isinstance(table, pandas.DataFrame) or not set(COLUMNS) <= set(table):
        raise errors.DataError("verdict needs the table that stop_rules.check gives.")
    stops, unknown, cautions = (
        table[table["verdict"] == kind] for kind in (STOP, UNKNOWN, CAUTION)
    )
    if len(stops):
        first = "Do not use this model on patients."
    elif len(unknown):
        first = (
            "Do not use this model on patients yet: what was not looked at has not been "
            f"shown ({', '.join(unknown['rule'])})."
        )
    else:
        first = (
            "This list found no reason to stop. That is no proof that it works, and it does "
            "not make it a medical device."
        )
    unasked = table[table["verdict"] == NOT_ASKED]
    looked = (
        [f"Not looked at, or not known: {', '.join(unknown['rule'])}."]
        if len(stops) and len(unknown)
        else []
    )
    looked += [f"Not asked: {', '.join(unasked['rule'])}."] if len(unasked) else []
    return " ".join([first, *stops["why"], *cautions["why"], *looked])


def _real(synthetic):
    return _row(
        "images of patients",
        "synthetic" if synthetic else "real",
        "real images only",
        STOP if synthetic else PASS,
        "It was tested on synthetic images, which say nothing about patients."
        if synthetic
        else "It was tested on real images.",
    )


def _patients(count):
    kind = STOP if count < FEW else CAUTION if count < MANY else PASS
    share = 1 - 0.05 ** (1 / count) if count else 1.0  # exact; 3 / count is its usual short form
    return _row(
        "number of patients",
        count,
        f"{FEW} to look at it, {MANY} to rely on it",
        kind,
        f"{count} patients were tested; had none of them failed, up to {100 * share:.0f} % "
        "of all patients still could.",
    )


def _width(interval):
    if interval is None:
        return _unknown("width of the interval", f"at most {WIDTH:g}")
    estimate, low, high = _interval(interval)
    wide = high - low > WIDTH + 1e-12
    return _row(
        "width of the interval",
        f"{low:.2f} to {high:.2f}",
        f"at most {WIDTH:g} wide",
        STOP if wide else PASS,
        f"The interval goes from {low:.2f} to {high:.2f}: "
        + ("too wide to tell good from bad." if wide else "narrow enough to judge by."),
    )


def _too_few(row, patients):
    """The same rule where the interval would only pretend to know how patients vary."""
    return _row(
        row["rule"],
        f"too few patients ({patients})",
        row["limit"],
        UNKNOWN,
        f"An interval from {patients} patients decides nothing: {row['rule']}.",
    )


def _needed(interval, needed):
    if interval is None or needed is None:
        return _unknown("good enough", "low end above what is needed")
    _, low, _ = _interval(interval)
    short = low < _number(needed, "needed")
    return _row(
        "good enough",
        f"low end {low:.2f}",
        f"at least {needed:g}",
        STOP if short else PASS,
        f"The low end of the interval is {low:.2f}, and {needed:g} is needed"
        + (": it may be worse than of use." if short else "."),
    )


def _floor(interval, floor):
    if interval is None or floor is None:
        return _unknown("better than what costs nothing", "low end above the floor")
    _, low, _ = _interval(interval)
    short = low <= _number(floor, "floor")
    return _row(
        "better than what costs nothing",
        f"low end {low:.2f}",
        f"above {floor:.2f}",
        STOP if short else PASS,
        f"An answer that never looks at the patient scores {floor:.2f}; the interval "
        + ("does not clear it." if short else "clears it."),
    )


def _worst(worst, allowed):
    if worst is None or allowed is None:
        return _unknown("the worst patient", "one that could be borne")
    bad = _number(worst, "worst") < _number(allowed, "worst_allowed")
    return _row(
        "the worst patient",
        f"{worst:.2f}",
        f"at least {allowed:g}",
        STOP if bad else PASS,
        f"The worst patient scored {worst:.2f}, "
        + (
            f"below the {allowed:g} that could be borne, and nothing would have warned."
            if bad
            else "which could be borne."
        ),
    )


def _groups(groups):
    if groups is None:
        return [
            _unknown("gap between groups", f"below {GAP_CAUTION:g}"),
            _unknown("size of each group", f"at least {GROUP} patients"),
        ]
    lacking = [name for name in ("group", "patients", "estimate") if name not in groups]
    if lacking or groups.empty:
        raise errors.DataError(
            "groups needs rows with group, patients and estimate; see Judged.groups."
        )
    small = groups[groups["patients"] < GROUP]
    known = groups.dropna(subset=["estimate"])
    size = _row(
        "size of each group",
        f"{len(small)} of {len(groups)} too small",
        f"at least {GROUP} patients",
        CAUTION if len(small) else PASS,
        f"Too few to speak of: {', '.join(map(str, small['group']))}."
        if len(small)
        else f"Every group has {GROUP} patients or more.",
    )
    if len(known) < 2:
        return [_unknown("gap between groups", f"below {GAP_CAUTION:g}"), size]
    best, worst = (known.loc[known["estimate"].agg(which)] for which in ("idxmax", "idxmin"))
    gap = float(best["estimate"] - worst["estimate"])
    kind = STOP if gap > GAP_STOP else CAUTION if gap > GAP_CAUTION else PASS
    return [
        _row(
            "gap between groups",
            f"{gap:.2f}",
            f"caution {GAP_CAUTION:g}, stop {GAP_STOP:g}",
            kind,
            f"{worst['group']} scored {gap:.2f} below {best['group']}.",
        ),
        size,
    ]


def _leaks(leaks):
    if not leaks:
        return _unknown("nothing leaked", "patients and copies checked")
    if not isinstance(leaks, dict):
        raise errors.DataError("leaks is a dict: what was checked -> True if it was clean.")
    dirty = [str(name) for name, clean in leaks.items() if clean is False]
    unsure = [str(name) for name, clean in leaks.items() if not isinstance(clean, (bool, np.bool_))]
    if dirty or not unsure:
        return _row(
            "nothing leaked",
            f"{len(dirty)} of {len(leaks)} checks failed",
            "none",
            STOP if dirty else PASS,
            f"Training and test share something ({', '.join(dirty)}), so the score measures memory."
            if dirty
            else f"Checked: {', '.join(map(str, leaks))}.",
        )
    return _unknown("nothing leaked", f"also {', '.join(unsure)}")


def _refused(refused):
    if refused is None:
        return _unknown("refusals", f"at most {100 * REFUSED_STOP:g} %")
    count, asked = (_number(value, "refused") for value in refused)
    if not 0 <= count <= asked or not asked:
        raise errors.DataError(f"refused is (refused, asked), not {refused!r}.")
    share = count / asked
    kind = STOP if share > REFUSED_STOP else CAUTION if share > REFUSED_CAUTION else PASS
    return _row(
        "refusals",
        f"{count:.0f} of {asked:.0f}",
        f"caution {100 * REFUSED_CAUTION:g} %, stop {100 * REFUSED_STOP:g} %",
        kind,
        f"It gave no answer for {count:.0f} of {asked:.0f} ({100 * share:.0f} %); its "
        "score is only of the others.",
    )


def _slope(slope):
    limit = f"{SLOPE_CAUTION[0]:g} to {SLOPE_CAUTION[1]:g}"
    if slope is None or slope is False:
        return _unless_stated("calibration slope", limit, slope)
    value = _number(slope, "slope")
    kind = (
        PASS
        if SLOPE_CAUTION[0] <= value <= SLOPE_CAUTION[1]
        else CAUTION
        if SLOPE_STOP[0] <= value <= SLOPE_STOP[1]
        else STOP
    )
    what = (
        "as sure as it should be"
        if kind == PASS
        else "too sure of itself"
        if value < 1
        else "not sure enough"
    )
    return _row(
        "calibration slope",
        f"{value:.2f}",
        limit,
        kind,
        f"The calibration slope is {value:.2f}: {what}.",
    )


def _ece(ece):
    if ece is None or ece is False:
        return _unless_stated("calibration error", f"below {ECE_CAUTION:g}", ece)
    value = _number(ece, "ece")
    kind = STOP if value > ECE_STOP else CAUTION if value > ECE_CAUTION else PASS
    return _row(
        "calibration error",
        f"{value:.2f}",
        f"caution {ECE_CAUTION:g}, stop {ECE_STOP:g}",
        kind,
        f"Its probabilities are off by {100 * value:.0f} percentage points on average.",
    )


def _looks(looks):
    if looks is None:
        return _unknown("the test set was opened once", "once")
    often = _number(looks, "looks") > 1
    return _row(
        "the test set was opened once",
        f"{looks:.0f} times" if often else "once",
        "once",
        STOP if often else PASS,
        f"The test set was scored {looks:.0f} times, so it has become a validation set."
        if often
        else "The test set was scored once.",
    )


def _use(meant_for, tested_on):
    if not meant_for or not tested_on:
        return _unknown("tested for what it is meant for", "everything meant was tested")
    beyond = {
        name: sorted(
            set(map(str, _listed(values))) - set(map(str, _listed(tested_on.get(name, ()))))
        )
        for name, values in meant_for.items()
    }
    told = "; ".join(f"{name} {', '.join(values)}" for name, values in beyond.items() if values)
    return _row(
        "tested for what it is meant for",
        told or "all tested",
        "everything meant was tested",
        STOP if told else PASS,
        f"It is meant for what nobody tested: {told}."
        if told
        else "All that it is meant for was in the test.",
    )


def _elsewhere(elsewhere):
    if elsewhere is None:
        return _unknown("tested elsewhere", "another place or scanner")
    return _row(
        "tested elsewhere",
        "yes" if elsewhere else "no",
        "another place or scanner",
        PASS if elsewhere else CAUTION,
        "It was tested on data of another place."
        if elsewhere
        else "It was tested only where it was made; elsewhere it may be worse.",
    )


def _row(*parts):
    return dict(zip(COLUMNS, (parts[0], str(parts[1]), *parts[2:]), strict=True))


def _unknown(rule, limit):
    return _row(rule, "not looked at", limit, UNKNOWN, f"Nobody looked: {rule}.")


def _unless_stated(rule, limit, value):
    if value is None:
        return _unknown(rule, limit)
    return _row(
        rule,
        "states no probability",
        limit,
        NOT_ASKED,
        "It states no probability that anyone acts on.",
    )


def _interval(interval):
    try:
        estimate, low, high = (float(value) for value in interval)
    except (TypeError, ValueError) as problem:
        raise errors.DataError(
            "interval is (estimate, low, high), as evaluate.bootstrap gives."
        ) from problem
    if not low - 1e-9 <= estimate <= high + 1e-9:
        raise errors.DataError(f"{estimate:g} does not lie between {low:g} and {high:g}.")
    return estimate, low, high


def _number(value, name):
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise errors.DataError(f"{name} must be a number, not {value!r}.")
    return float(value)


def _listed(values):
    return [values] if isinstance(values, (str, numbers.Number)) else list(values)
