"""Twelve shoulders: nothing is shown too early, and what is shown is what was called."""

import numpy as np
import pytest

from course_utils.classify import calls
from course_utils.core import errors

IMAGE, MASK = np.zeros((32, 32), np.float32), np.zeros((32, 32), np.uint8)
MASK[8:20, 4:28] = 1


def board():
    return calls.Calls([IMAGE] * 3, [MASK] * 3, [0, 1, 1], [0.2, 0.9, 0.4], (0.5, 0.5))


def test_nothing_is_shown_before_the_last_call():
    asked = board()
    assert not asked.touched and asked.values == {"left": 3}
    asked.press("normal")
    for shown in (asked.text(), asked.html(), asked.result().text()):
        assert "truth" not in shown and "90" not in shown
    with pytest.raises(errors.DataError, match="2 shoulders wait"):
        asked.revealed()


def test_calls_network_and_truth_stand_beside_each_other():
    asked = board()
    for word in ("normal", "normal", "back", "tendinopathy", "normal"):
        asked.press(word)
    assert asked.called == [0, 1, 0]
    mine, machine = asked.shares()
    assert (mine.estimate, machine.estimate) == pytest.approx((2 / 3, 2 / 3))
    shown = asked.result()
    assert "3: you normal; network normal (40 %); truth tendinopathy" in shown.alt
    assert shown.caption.startswith("You: 2 of 3 right (95 % interval 21 to 94 %)")


@pytest.mark.parametrize(
    ("presses", "last", "said"),
    [
        ([], "perhaps", "not 'perhaps'"),
        ([], "back", "no case to go back"),
        (["normal"] * 3, "normal", "All are called"),
    ],
)
def test_other_presses_are_refused(presses, last, said):
    asked = board()
    for word in presses:
        asked.press(word)
    with pytest.raises(errors.DataError, match=said):
        asked.press(last)
