"""Rules that compare the two views and the repeats."""

import numpy as np
import pytest

from course_utils.ejection_fraction import discs, efcheck


def view(width, length, squeeze=0.7):
    """(`Discs` at end-diastole, at end-systole) of half an ellipse, in pixels."""
    y, x = np.mgrid[:160, :160]

    def cavity(scale):
        inside = ((x - 80) / (width * scale)) ** 2 + ((y - 120) / (length * scale**0.5)) ** 2 < 1
        return discs.measure((inside & (y <= 120)).astype(np.uint8))

    return cavity(1.0), cavity(squeeze)


def test_two_views_of_one_heart_give_no_finding():
    assert efcheck.study([[view(28, 90)], [view(30, 91)]], 0.8) == []


@pytest.mark.parametrize("narrow", [0, 1])
def test_a_cut_beside_the_middle_is_refused_and_named(narrow):
    pairs = [[view(30, 90)], [view(30, 90)]]
    pairs[narrow] = [view(24, 82)]
    (found,) = efcheck.study(pairs, 0.5)
    # log(24/30) + 3 log(82/90) at end-diastole, and the same at end-systole
    expected = np.log(24 / 30) + 3 * np.log(82 / 90)
    assert found.level == "refuse" and found.rule == "off-axis"
    assert abs(found.number) == pytest.approx(-expected, abs=0.06)
    assert ("four" if narrow == 0 else "two") + "-chamber view is narrower" in found.sentence


def test_a_small_difference_is_only_noted():
    pairs = [[view(25, 87)], [view(30, 87.5)]]
    assert [(f.rule, f.level) for f in efcheck.study(pairs, 0.5)] == [("off-axis", "note")]


def test_views_that_squeeze_differently():
    noted = efcheck.study([[view(30, 90, 0.75)], [view(30, 90, 0.68)]], 0.5)
    assert [(f.rule, f.level) for f in noted] == [("views", "note")]
    found = efcheck.views(view(30, 90, 0.9), view(30, 90, 0.6))
    assert found[0].level == "refuse" and found[0].number > efcheck.VIEWS_REFUSE
    # EF of a scaled half ellipse: 1 - s^2 s^0.5
    assert f"{100 * (1 - 0.9**2.5):.0f} %" in found[0].sentence


def test_the_spread_of_the_repeats():
    assert efcheck.repeats(1.0) == []
    assert efcheck.repeats(2.5)[0].level == "note"
    (found,) = efcheck.repeats(6.25)
    assert found.level == "refuse" and "6.2 points" in found.sentence and found.number == 6.25


def test_one_view_has_nothing_to_be_compared_with():
    assert efcheck.study([[view(24, 82)]], 0.5) == []
