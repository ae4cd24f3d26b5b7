"""The stop list: when the honest answer is not to use the model.

`check` takes what `judged.judge` measured, compares it with a limit for each rule and says in a
sentence what follows; `rules` is the arithmetic behind it.
Limits are choices, named below with their reason; change them before the test, not after it. A rule
that nobody looked at is 'not known', which is no pass: what was not tested has not been shown. A
question that does not arise (no probability is stated) is 'not asked', which is no pass either.
A list without a stop does not make a medical device: it says that this list found nothing.
"""

import numbers
import tomllib
from pathlib import Path

import numpy as np
import pandas

from course_utils.core import accept, errors, plurals
from course_utils.evaluate import calibrate
from course_utils.your_own_data import judged

# With n patients and no failure, up to 3 / n of all patients may still fail (the rule of three,
# Hanley and Lippman-Hand, JAMA 1983, doi:10.1001/jama.1983.03330370053031): 30 leave 10 %, 100 3 %.
FEW, MANY = 30, 100
WIDTH = 0.10  # of an interval of Dice or another share: as far apart as lesson 05's bad and good
GAP_CAUTION, GAP_STOP = 0.05, 0.10  # between the best and the worst group, in the same unit
SHOWN = 5  # patients below which an interval is no interval: what rests on it is not known
GROUP = 10  # patients below which a group's number says nothing of the group
REFUSED_CAUTION, REFUSED_STOP = 5, 20  # per cent: every fifth patient without an answer
SLOPE_CAUTION, SLOPE_STOP = (0.8, 1.25), (0.5, 2.0)  # of calibration; 1 is right
ECE_CAUTION, ECE_STOP = 0.05, 0.15  # mean distance of a stated probability from the truth
STOP, CAUTION, UNKNOWN, PASS = "stop", "caution", "not known", "pass"
NOT_ASKED = "not asked"
COLUMNS = ("rule", "found", "limit", "verdict", "why")
RULES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
LIMITS = {name: value for name, value in globals().items() if name.isupper()}


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
        groups=result.groups() if result.devices_known else None,
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
    patients = accept.whole(patients, "patients", 0)
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
    kind, found = (STOP, "synthetic") if synthetic else (PASS, "real")
    return _row("images of patients", kind, found)


def _patients(count):
    share = 1 - 0.05 ** (1 / count) if count else 1.0  # exact; 3 / count is its usual short form
    kind = STOP if count < FEW else CAUTION if count < MANY else PASS
    who = f"{plurals.count(count, 'patient')} {plurals.verb(count, 'was', 'were')}"
    return _row("number of patients", kind, count, who=who, share=100 * share)


def _width(interval):
    if interval is None:
        return _unknown("width of the interval")
    _, low, high = _interval(interval)
    kind = STOP if high - low > WIDTH + 1e-12 else PASS
    return _row("width of the interval", kind, f"{low:.2f} to {high:.2f}", low=low, high=high)


def _too_few(row, patients):
    """The same rule where the interval would only pretend to know how patients vary."""
    why = f"An interval from {plurals.count(patients, 'patient')} decides nothing: {row['rule']}."
    return row | {"found": f"too few patients ({patients})", "verdict": UNKNOWN, "why": why}


def _needed(interval, needed):
    if interval is None or needed is None:
        return _unknown("good enough")
    low, needed = _interval(interval)[1], accept.number(needed, "needed")
    kind = STOP if low < needed else PASS
    return _row("good enough", kind, f"low end {low:.2f}", low=low, needed=needed)


def _floor(interval, floor):
    if interval is None or floor is None:
        return _unknown("better than what costs nothing")
    low, floor = _interval(interval)[1], accept.number(floor, "floor")
    kind = STOP if low <= floor else PASS
    return _row("better than what costs nothing", kind, f"low end {low:.2f}", floor=floor)


def _worst(worst, allowed):
    if worst is None or allowed is None:
        return _unknown("the worst patient")
    worst, allowed = accept.number(worst, "worst"), accept.number(allowed, "worst_allowed")
    kind = STOP if worst < allowed else PASS
    return _row("the worst patient", kind, f"{worst:.2f}", worst=worst, allowed=allowed)


def _groups(groups):
    if groups is None:
        return [_unknown("gap between groups"), _unknown("size of each group")]
    lacking = [name for name in ("group", "patients", "estimate") if name not in groups]
    if lacking or groups.empty:
        raise errors.DataError(
            "groups needs rows with group, patients and estimate; see Judged.groups."
        )
    small = groups[groups["patients"] < GROUP]
    found = f"{len(small)} of {len(groups)} too small"
    named = ", ".join(map(str, small["group"]))
    size = _row("size of each group", CAUTION if len(small) else PASS, found, small=named)
    known = groups.dropna(subset=["estimate"])
    if len(known) < 2:
        return [_unknown("gap between groups"), size]
    best, worst = (known.loc[known["estimate"].agg(which)] for which in ("idxmax", "idxmin"))
    gap = float(best["estimate"] - worst["estimate"])
    kind = STOP if gap > GAP_STOP else CAUTION if gap > GAP_CAUTION else PASS
    ends = {"low": worst["group"], "high": best["group"]}
    return [_row("gap between groups", kind, f"{gap:.2f}", gap=gap, **ends), size]


def _leaks(leaks):
    if not leaks:
        return _unknown("nothing leaked")
    if not isinstance(leaks, dict):
        raise errors.DataError("leaks is a dict: what was checked -> True if it was clean.")
    dirty = [str(name) for name, clean in leaks.items() if clean is False]
    unsure = [str(name) for name, clean in leaks.items() if not isinstance(clean, (bool, np.bool_))]
    if unsure and not dirty:
        return _unknown("nothing leaked") | {"limit": f"also {', '.join(unsure)}"}
    return _row(
        "nothing leaked",
        STOP if dirty else PASS,
        f"{len(dirty)} of {len(leaks)} checks failed",
        dirty=", ".join(dirty),
        checked=", ".join(map(str, leaks)),
    )


def _refused(refused):
    if refused is None:
        return _unknown("refusals")
    count, asked = (accept.number(value, "refused") for value in refused)
    if not 0 <= count <= asked or not asked:
        raise errors.DataError(f"refused is (refused, asked), not {refused!r}.")
    share = 100 * count / asked
    kind = STOP if share > REFUSED_STOP else CAUTION if share > REFUSED_CAUTION else PASS
    found = f"{count:.0f} of {asked:.0f}"
    return _row("refusals", kind, found, count=count, asked=asked, share=share)


def _slope(slope):
    if slope is None or slope is False:
        return _unless_stated("calibration slope", slope)
    slope = accept.number(slope, "slope")
    right, borne = (low <= slope <= high for low, high in (SLOPE_CAUTION, SLOPE_STOP))
    kind = PASS if right else CAUTION if borne else STOP
    what = "too sure of itself" if slope < 1 else "not sure enough"
    what = "as sure as it should be" if right else what
    return _row("calibration slope", kind, f"{slope:.2f}", slope=slope, what=what)


def _ece(ece):
    if ece is None or ece is False:
        return _unless_stated("calibration error", ece)
    ece = accept.number(ece, "ece")
    kind = STOP if ece > ECE_STOP else CAUTION if ece > ECE_CAUTION else PASS
    return _row("calibration error", kind, f"{ece:.2f}", off=100 * ece)


def _looks(looks):
    if looks is None:
        return _unknown("the test set was opened once")
    looks = accept.number(looks, "looks")
    kind, found = (STOP, f"{looks:.0f} times") if looks > 1 else (PASS, "once")
    return _row("the test set was opened once", kind, found, looks=looks)


def _use(meant_for, tested_on):
    if not meant_for or not tested_on:
        return _unknown("tested for what it is meant for")
    beyond = {
        name: sorted(
            set(map(str, _listed(values))) - set(map(str, _listed(tested_on.get(name, ()))))
        )
        for name, values in meant_for.items()
    }
    told = "; ".join(f"{name} {', '.join(values)}" for name, values in beyond.items() if values)
    kind, found = (STOP, told) if told else (PASS, "all tested")
    return _row("tested for what it is meant for", kind, found, beyond=told)


def _elsewhere(elsewhere):
    if elsewhere is None:
        return _unknown("tested elsewhere")
    return _row("tested elsewhere", *((PASS, "yes") if elsewhere else (CAUTION, "no")))


def _row(rule, kind, found, **values):
    """One row; its limit and its reason are those of stop_rules.toml."""
    told = RULES[rule]
    why = told.get("why") or told["pass" if kind == PASS else "fail"]
    limit, why = (text.format(**LIMITS, **values) for text in (told["limit"], why))
    return dict(zip(COLUMNS, (rule, str(found), limit, kind, why), strict=True))


def _unknown(rule):
    limit = RULES[rule].get("unknown", RULES[rule]["limit"]).format(**LIMITS)
    parts = (rule, "not looked at", limit, UNKNOWN, f"Nobody looked: {rule}.")
    return dict(zip(COLUMNS, parts, strict=True))


def _unless_stated(rule, value):
    row = _unknown(rule)
    if value is None:
        return row
    why = "It states no probability that anyone acts on."
    return row | {"found": "states no probability", "verdict": NOT_ASKED, "why": why}


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


def _listed(values):
    return [values] if isinstance(values, (str, numbers.Number)) else list(values)
