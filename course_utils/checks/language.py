"""Checks of lesson 14: a signed report, phrases, a denial, likeness by hand, a first loss, R@K."""

import math
import re
from functools import partial

import numpy as np

from course_utils.checks.answers import describe
from course_utils.checks.lesson import Lesson, Wrong, cell, function, instance, number
from course_utils.language import desk as desks
from course_utils.language import extraction, floors

lesson = Lesson("14_language")
SIGNED, MORE, COUNT = 3, 0.02, 100
COLD, WARM = 0.01, 10  # tau: below and above, the loss says nothing of the directions
WRONG = 0.2  # of what a phrase finds: more inventions than this, and it does not mean the tag
SENTENCES = (  # the sentence, the finding that is asked about, and whether it is denied
    ("no {x}", "{x}", True),
    ("{x} not seen", "{x}", True),
    ("{x} is not seen", "{x}", True),
    ("{x} seen", "{x}", False),
    ("no change in the {x}", "{x}", False),
    ("no {y}, but {x} seen", "{x}", False),  # one sentence, two answers: the finding decides
    ("no {y}, but {x} seen", "{y}", True),
    ("{x} without {y}", "{x}", False),
)
OTHERS = ("nodule", "septa", "shadow")  # a rule that looks for 'no' anywhere finds it in the first
BESIDE = "halo"  # the other finding of a sentence


@lesson.check
def signed(desk):
    desk = instance(desk, desks.Desk, "the desk itself, `desk`")
    if len(desk.signed) < SIGNED:
        raise Wrong(f"{len(desk.signed)} of {SIGNED} reports are signed.")
    found, wrong, spoilt, lines = desk.result()
    return (
        f"{len(desk.signed)} reports signed. Of {lines} lines that stated something, {wrong} were wrong, "
        f"and you stopped {found} of them. You also struck out {spoilt} that were right."
    )


@lesson.check
def phrases(extra):
    if not isinstance(extra, dict):
        raise Wrong("`extra` is a dict: a tag, a colon, and a list of phrases.")
    if not extra:
        raise Wrong("`extra` is still empty.")
    before, _ = extraction.judged("stranger", count=COUNT)
    after, _ = extraction.judged("stranger", count=COUNT, extra=extra)
    old, new = extraction.f1(before), extraction.f1(after)
    if new < old:
        raise Wrong(
            f"F1 fell from {old:.2f} to {new:.2f}: some phrase is found where it is not meant."
        )
    found, invented = (len(_items(after, said) - _items(before, said)) for said in (True, False))
    if invented > WRONG * found:
        raise Wrong(
            f"{found} more are found and {invented} are invented: some phrase stands in reports that "
            "do not mean it."
        )
    if new < old + MORE:
        raise Wrong(f"F1 went from {old:.3f} to {new:.3f}. Add a phrase that is missed more often.")
    return (
        f"F1 went from {old:.2f} to {new:.2f}. But you have now read this stranger: for these phrases "
        "the number is no test any more."
    )


def _items(table, said):
    """What the rules found that was said, or that was not: {(report, tag, state), ...}."""
    kept = table[table.found & (table.said == said)]
    return set(zip(kept.report, kept.tag, kept.state, strict=True))


@lesson.check
def negation(denied, tests):
    denied = function(denied, "your rule")
    if not isinstance(tests, (list, tuple)) or len(tests) < 3:
        raise Wrong("`tests` holds three tests or more: (sentence, finding, True or False) each.")
    for test in tests:
        if not isinstance(test, (list, tuple)) or len(test) != 3 or not isinstance(test[2], bool):
            raise Wrong("Each test is a sentence, a finding, and True (denied) or False.")
        if str(test[1]).lower() not in str(test[0]).lower():
            raise Wrong(f"The finding {test[1]!r} does not stand in {test[0]!r}.")
        if _asked(denied, test[0], test[1]) != test[2]:
            raise Wrong(f"Your own test fails: {test[0]!r} should be {test[2]}.")
    if len({test[2] for test in tests}) < 2:
        raise Wrong("All your tests have one answer: a rule that always says so would pass them.")
    for other in OTHERS:
        for sentence, asked, right in SENTENCES:
            text, finding = (part.format(x=other, y=BESIDE) for part in (sentence, asked))
            if _asked(denied, text[0].upper() + text[1:] + ".", finding) != right:
                word = "deny" if right else "not deny"
                raise Wrong(f"'{text}' should {word} '{finding}'. Your rule says otherwise.")
    return f"Your rule passes your tests, and {len(OTHERS) * len(SENTENCES)} sentences that it had not seen."


def _asked(denied, sentence, finding):
    said = denied(sentence, finding)
    if not isinstance(said, (bool, np.bool_, int, re.Match)):
        raise Wrong(f"Your rule should answer True or False, and it gave {describe(said)}.")
    return bool(said)


@lesson.check
def by_hand(alike, *, first, second):
    _alike(alike, first, second)
    other = {"diagnosis": "cyst", "shape": "round", "posterior": "enhancement"}
    more = {
        "diagnosis": "cyst",
        "shape": "oval",
        "margins": "well-defined",
        "internal": "septations",
    }
    cell().follows(
        "alike",
        partial(_alike, also=" (with two other findings)"),
        {"first": other, "second": more},
        {"first": {"shape": "oval"}, "second": {**more, "diagnosis": "nodule"}},
        typed="Right for these two. Compute it from `first` and `second`, for any two.",
    )


def _alike(value, first, second, also=""):
    value = number(value, "`alike`")
    either = first.keys() | second.keys()
    both = first.keys() & second.keys()
    same = sum(first[name] == second[name] for name in both)
    if math.isclose(value, same / len(either), abs_tol=1e-3):
        return
    for wrong, why in (
        (same / 9, "Nine is the published form: it counts what neither mentions as unlike."),
        (same / len(both), "What only one of them mentions counts, too: against likeness."),
        (same, "That is how many agree. Divide by how many either mentions."),
        (100 * same / len(either), "That is in per cent. Likeness lies between 0 and 1."),
        (1 - same / len(either), "That is how unlike they are."),
    ):
        if math.isclose(value, wrong, abs_tol=1e-3):
            raise Wrong(why + also)
    raise Wrong(f"Divide what agrees by what either of the two mentions.{also}")


@lesson.check
def first_loss(my_guess, *, batch, tau):
    guess = number(my_guess, "your guess", 0)
    if batch == 64 and tau == 0.1:
        raise Wrong("That is still the first setting. Change `batch` or `tau`.")
    if batch < 2:
        raise Wrong("One pair alone has nothing to be told apart from. Take two or more.")
    if not COLD <= tau <= WARM:
        raise Wrong(
            f"At a tau of {tau:g} nothing can be read. Take one between {COLD:g} and {WARM:g}."
        )
    loss = floors.at_random(batch, 48, tau)
    far = "close" if abs(guess - loss) < 0.4 else "too low" if guess < loss else "too high"
    return f"By the formula {loss:.2f}; you guessed {guess:.2f}, {far}. A loss means nothing without N and tau."


@lesson.check
def recall(found, *, places):
    _recall(found, np.asarray(places))
    other = np.array([1, 4, 10, 11, 60, 2, 10, 10, 33])
    cell().follows(
        "found",
        _recall,
        {"places": other},
        typed="Right for these scans. Compute it from `places`.",
    )
    return f"R@10 of {len(places)}: {np.mean(np.asarray(places) <= 10):.2f}; by chance {10 / len(places):.2f}."


def _recall(value, places):
    value = number(value, "`found`")
    right = float((places <= 10).mean())
    if math.isclose(value, right, abs_tol=1e-3):
        return
    for wrong, why in (
        ((places < 10).mean(), "Place ten is among the first ten: `<=`, not `<`."),
        ((places <= 10).sum(), "That is how many. A share lies between 0 and 1."),
        (100 * right, "That is in per cent. A share lies between 0 and 1."),
        (1 - right, "That is the share that was not found."),
    ):
        if math.isclose(value, wrong, abs_tol=1e-3):
            raise Wrong(why)
    raise Wrong("Take the mean of `places <= 10`.")


quiz_1, quiz_2, quiz_3 = lesson.questions()
