"""The validators of answers: what is right passes, everything else is `Wrong` with a sentence."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.checks import lesson
from course_utils.checks.lesson import Wrong
from tests.helpers.trials import trials

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.just(...),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=5,
)


@pytest.mark.slow
@settings(max_examples=trials(here=25, nightly=60), deadline=None)
@given(anything)
def test_validators_return_or_say_wrong(value):
    options = ("yes", "no")
    for check in (
        lesson.number,
        lesson.integer,
        lesson.text,
        lesson.array,
        lesson.image,
        lesson.mask,
        lesson.function,
        lesson.panel,
        lambda given: lesson.choice(given, options),
    ):
        try:
            check(value)
        except Wrong as wrong:
            assert str(wrong).endswith(".")


def test_validators_take_what_is_right():
    assert lesson.number(np.float32(2)) == 2.0 and lesson.number(np.array(3)) == 3.0
    assert lesson.integer(3.0) == 3 and isinstance(lesson.integer(np.int64(3)), int)
    assert lesson.text(" a ") == "a" and lesson.choice("Signal ", ("signal", "hype")) == "signal"
    assert lesson.array([[1, 2]], shape=(None, 2)).shape == (1, 2)
    assert lesson.image(np.zeros((2, 3), np.float32), shape=(2, 3)).shape == (2, 3)
    assert lesson.mask(np.array([[0.0, 1.0]])).dtype == np.uint8
    moved = SimpleNamespace(values={"gain": 1}, touched=True)
    assert lesson.panel(moved, "gain") == {"gain": 1}


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: lesson.number(5, "the gain", 0, 3), "The gain should be between 0 and 3"),
        (lambda: lesson.number("2"), "without quotes"),
        (lambda: lesson.integer(2.5), "whole number"),
        (
            lambda: lesson.choice("maybe", ("signal", "hype")),
            "'maybe' is not one of 'signal', 'hype'",
        ),
        (lambda: lesson.array(np.zeros((2, 3)), (2, None, 3)), r"the shape \(2, any, 3\)"),
        (lambda: lesson.array([[1], [1, 2]]), "one array"),
        (lambda: lesson.image(np.zeros((2, 3, 3))), "should be grey"),
        (lambda: lesson.image(np.zeros((2, 3), np.uint8)), "uint8"),
        (lambda: lesson.image(np.full((2, 3), 7.0)), "from 7 to 7"),
        (lambda: lesson.mask(np.array([[0, 255]])), "only 0 and 1"),
        (lambda: lesson.panel(SimpleNamespace(values={"tilt": 1}, touched=True), "gain"), "gain"),
        (lambda: lesson.panel({"gain": 1}, "gain"), "panel itself"),  # typed, and nothing moved
        (lambda: lesson.instance(3, str, "a name"), "should be a name, and it is the number 3"),
    ],
)
def test_validators_name_the_misunderstanding(call, words):
    with pytest.raises(Wrong, match=words):
        call()
