"""The validators of answers: what is right passes, everything else is `Wrong` with a sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.checks import core
from course_utils.checks.core import Wrong

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


@settings(max_examples=60, deadline=None)
@given(anything)
def test_validators_return_or_say_wrong(value):
    options = ("yes", "no")
    for check in (
        core.number,
        core.integer,
        core.yes_no,
        core.text,
        core.array,
        core.image,
        core.mask,
        core.function,
        core.panel,
        lambda given: core.choice(given, options),
    ):
        try:
            check(value)
        except Wrong as wrong:
            assert str(wrong).endswith(".")


def test_validators_take_what_is_right():
    assert core.number(np.float32(2)) == 2.0 and core.number(np.array(3)) == 3.0
    assert core.integer(3.0) == 3 and isinstance(core.integer(np.int64(3)), int)
    assert core.text(" a ") == "a" and core.choice("Signal ", ("signal", "hype")) == "signal"
    assert core.yes_no(np.bool_(True)) is True
    assert core.array([[1, 2]], shape=(None, 2)).shape == (1, 2)
    assert core.image(np.zeros((2, 3), np.float32), shape=(2, 3)).shape == (2, 3)
    assert core.mask(np.array([[0.0, 1.0]])).dtype == np.uint8
    assert core.panel({"gain": 1}, "gain") == {"gain": 1}


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: core.number(5, "the gain", 0, 3), "The gain should be between 0 and 3"),
        (lambda: core.number("2"), "without quotes"),
        (lambda: core.integer(2.5), "whole number"),
        (
            lambda: core.choice("maybe", ("signal", "hype")),
            "'maybe' is not one of 'signal', 'hype'",
        ),
        (lambda: core.array(np.zeros((2, 3)), (2, None, 3)), r"the shape \(2, any, 3\)"),
        (lambda: core.array([[1], [1, 2]]), "one array"),
        (lambda: core.image(np.zeros((2, 3, 3))), "should be grey"),
        (lambda: core.image(np.zeros((2, 3), np.uint8)), "uint8"),
        (lambda: core.image(np.full((2, 3), 7.0)), "from 7 to 7"),
        (lambda: core.mask(np.array([[0, 255]])), "only 0 and 1"),
        (lambda: core.panel({"tilt": 1}, "gain"), "gain"),
        (lambda: core.instance(3, str, "a name"), "should be a name, and it is the number 3"),
    ],
)
def test_validators_name_the_misunderstanding(call, words):
    with pytest.raises(Wrong, match=words):
        call()
