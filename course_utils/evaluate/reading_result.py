"""What a suggestion did to a reader: accuracy before and after, agreement, and whom they followed.

The statistics behind `reading`. One case is one patient. Sources of the intervals: Wilson 1927;
for the change in accuracy Bonett and Price, J Educ Behav Stat 2012, doi:10.3102/1076998611411915.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from course_utils.core import errors, plurals
from course_utils.evaluate import agreement, columns, intervals
from course_utils.evaluate.intervals import Interval


@dataclass(frozen=True)
class Reading:
    """What `result` found. All but `.cases`, `.demo`, `.p_value` and `.counts` are Intervals.

    `.accuracy`, `.sensitivity`, `.specificity`: each a pair (before, after). `.change` of accuracy,
    after - before, with `.p_value` (exact McNemar). `.kappa_self`: first reading against second.
    `.kappa_model`: the reader against the suggestion, (before, after). `.where_wrong`: accuracy
    where the suggestion errs, (before, after). Of the cases where reader and suggestion differed at
    first: `.followed_wrong` (was right, changed to the wrong suggestion: automation bias),
    `.resisted` (was right and stayed), `.followed_right` (was wrong and was helped), shares.
    `.counts`: those three, and the chances to do so, as whole numbers; `against` is the number of
    changes away from a suggestion that agreed at first.
    """

    cases: int
    demo: bool
    accuracy: tuple
    sensitivity: tuple
    specificity: tuple
    change: Interval
    p_value: float
    where_wrong: tuple
    kappa_self: Interval
    kappa_model: tuple
    followed_wrong: Interval
    resisted: Interval
    followed_right: Interval
    counts: dict

    def table(self):
        """Every number, one row each: estimate, low, high, method."""
        pairs = {
            f"{name.replace('_', ' ')}, {when}": pair
            for name in ("accuracy", "sensitivity", "specificity", "where_wrong", "kappa_model")
            for when, pair in zip(("before", "after"), getattr(self, name), strict=False)
        }
        single = {
            name.replace("_", " "): getattr(self, name)
            for name in ("change", "kappa_self", "followed_wrong", "resisted", "followed_right")
        }
        rows = {**pairs, **single}
        return pd.DataFrame(
            [(*value, value.method) for value in rows.values()],
            index=list(rows),
            columns=["estimate", "low", "high", "method"],
        )

    def sentence(self):
        """The result in words, with its intervals; demo answers are called demo."""
        before, after = self.accuracy
        counts = self.counts
        demo = "DEMO answers, nobody has read: " if self.demo else ""
        return (
            f"{demo}accuracy {_percent(before)} alone and {_percent(after)} with the suggestion, "
            f"change {100 * self.change.estimate:+.0f} points ({100 * self.change.low:+.0f} to "
            f"{100 * self.change.high:+.0f}; exact McNemar p {self.p_value:.2f}; {self.cases} "
            f"cases, one reader). Of {plurals.count(counts['right at first'], 'case')} where the "
            "reader was right and "
            f"the suggestion wrong, it was followed in {counts['followed wrong']}"
            f"{_of(self.followed_wrong)}; of {counts['wrong at first']} where the reader was wrong "
            f"and it was right, in {counts['followed right']}{_of(self.followed_right)}. Where both "
            f"agreed at first, the answer changed in {counts['against']} of {counts['agreed']}."
        )


def result(answers, truth, suggestion, level=0.95):
    """What the suggestion did to the reader: a Reading.

    answers: the table of Reader.answers, complete. truth, suggestion: 0 or 1 per case, in the order
    of `case`. Intervals: Wilson for shares, Bonett and Price for the change in accuracy, asymptotic
    for kappa (NaN where a reader gave one answer throughout). They are over cases, for this one
    reader: they say nothing about other readers. Warns below 30 cases.
    Raises DataError for a reading that is not complete, or other numbers of cases.
    """
    first, second, demo = _complete(answers)
    truth, advice = columns.truth_of(truth, both=True), columns.truth_of(suggestion, "suggestion")
    columns.same_length(answers=first, truth=truth, suggestion=advice)
    if truth.size < 30:
        errors.warn(
            f"{plurals.count(truth.size, 'case')} of one reader: the intervals are wide, and they "
            "do not "
            "say how other readers would fare."
        )
    change, p_value = paired_shares(first == truth, second == truth, level)
    differed, helped = first != advice, advice == truth
    tempted, mistaken = differed & ~helped, differed & helped
    both = [
        (first == truth, second == truth),
        (first[truth], second[truth]),
        (~first[~truth], ~second[~truth]),
        ((first == truth)[~helped], (second == truth)[~helped]),
    ]
    accuracy, sensitivity, specificity, where_wrong = (
        tuple(_share(part, level) for part in pair) for pair in both
    )
    followed = second == advice
    counts = {
        "right at first": int(tempted.sum()),
        "followed wrong": int(followed[tempted].sum()),
        "resisted": int((~followed)[tempted].sum()),
        "wrong at first": int(mistaken.sum()),
        "followed right": int(followed[mistaken].sum()),
        "against": int((second != first)[~differed].sum()),
        "agreed": int((~differed).sum()),
    }
    return Reading(
        truth.size,
        demo,
        accuracy,
        sensitivity,
        specificity,
        change,
        p_value,
        where_wrong,
        _kappa(first, second, level),
        (_kappa(first, advice, level), _kappa(second, advice, level)),
        _share(followed[tempted], level),
        _share(~followed[tempted], level),
        _share(followed[mistaken], level),
        counts,
    )


def paired_shares(before, after, level=0.95):
    """The difference of two shares of the same cases: (Interval, p value), exact McNemar.

    before, after: 0 or 1 per case. The estimate is the plain difference after - before; the
    interval is Bonett and Price's adjusted Wald (one case added to each kind of change).
    """
    before, after = columns.truth_of(before, "before"), columns.truth_of(after, "after")
    columns.same_length(before=before, after=after)
    cases, gained = before.size, int(np.sum(after & ~before))
    lost = int(np.sum(before & ~after))
    up, down = (gained + 1) / (cases + 2), (lost + 1) / (cases + 2)
    z = stats.norm.ppf((1 + columns.level_of(level)) / 2)
    half = z * np.sqrt((up + down - (up - down) ** 2) / (cases + 2))
    p_value = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    estimate = (gained - lost) / cases
    low, high = max(-1.0, up - down - half), min(1.0, up - down + half)
    # Adding cases pulls the middle to 0; with all cases changed the estimate would lie outside.
    return Interval(
        estimate,
        min(low, estimate),
        max(high, estimate),
        f"Bonett and Price, {plurals.count(cases, 'case')}",
        cases,
        cases,
        level,
    ), float(p_value)


def _complete(answers):
    lacking = [
        name
        for name in ("first", "second", "demo")
        if not isinstance(answers, pd.DataFrame) or name not in answers
    ]
    if lacking:
        raise errors.DataError(
            "Give the table of answers: reader.answers, or reading.demo_answers(truth, suggestion)."
        )
    left = int(answers[["first", "second"]].isna().any(axis=1).sum())
    if left:
        raise errors.DataError(
            f"{left} of {plurals.count(len(answers), 'case')} {plurals.verb(left, 'is', 'are')} "
            "not read twice yet. Finish both rounds first."
        )
    ordered = answers.sort_values("case") if "case" in answers else answers
    first, second = (
        columns.truth_of(ordered[name], f"{name} answer") for name in ("first", "second")
    )
    return first, second, bool(answers["demo"].any())


def _share(events, level):
    if not events.size:
        return Interval(np.nan, 0, 1, "no such case", 0, 0, level)
    return intervals.proportion(events, level=level)


def _kappa(a, b, level):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.CourseWarning)  # result warns once, for all
            return agreement.kappa(a.astype(int), b.astype(int), level=level)
    except errors.DataError:
        return Interval(
            np.nan, np.nan, np.nan, "none: one answer throughout", a.size, a.size, level
        )


def _percent(interval):
    return (
        f"{100 * interval.estimate:.0f} % ({100 * interval.low:.0f} to {100 * interval.high:.0f})"
    )


def _of(interval):
    return "" if not interval.values else f" ({_percent(interval)})"
