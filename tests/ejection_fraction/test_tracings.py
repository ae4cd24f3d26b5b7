"""VolumeTracings rows: their area, and every way they can be broken."""

import math

import numpy as np
import pandas
import pytest

from course_utils.core.errors import DataError
from course_utils.ejection_fraction import discs, shape, tracings
from tests.ejection_fraction.test_discs import cut_ellipse

MASKS = {
    30: cut_ellipse((112, 112), (1, 1), 40, 22, 0.6, -80),
    12: cut_ellipse((112, 112), (1, 1), 34, 15, 0.6, -80),
}


def rows(number=30):
    """The long axis and the chords of a mask, as the data set lists them."""
    cut = discs.measure(MASKS[number])
    lines = np.concatenate([[[cut.axis.apex, cut.axis.base]], cut.chords]).reshape(-1, 4)
    return pandas.DataFrame(lines, columns=["X1", "Y1", "X2", "Y2"])


def test_the_area_is_that_of_the_mask():
    for frame, mask in MASKS.items():
        assert tracings.from_rows(rows(frame)).area() == pytest.approx(mask.sum(), rel=0.04)


def test_a_rectangle_has_a_closed_form():
    chords = [[10.0, 5 + 4 * k, 30.0, 5 + 4 * k] for k in range(20)]
    table = pandas.DataFrame([[20.0, 3.0, 20.0, 83.0], *chords], columns=["X1", "Y1", "X2", "Y2"])
    assert tracings.from_rows(table).area() == pytest.approx(20 * 76)


@pytest.mark.parametrize("name", ["one", "one.avi", "one.AVI", " Videos/one.avi ", "a\\one.avi"])
def test_a_clip_has_one_name_however_it_is_written(name):
    assert tracings.clip_name(name) == "one"


def test_left_and_right_and_both_ends_may_be_swapped():
    table, wanted = rows(), tracings.from_rows(rows())
    swapped = table.copy()
    swapped.loc[3:7, ["X1", "Y1", "X2", "Y2"]] = table.loc[3:7, ["X2", "Y2", "X1", "Y1"]].to_numpy()
    upside = pandas.concat([table.iloc[:1], table.iloc[:0:-1]])
    other_end = table.copy()
    other_end.loc[0, ["X1", "Y1", "X2", "Y2"]] = table.loc[0, ["X2", "Y2", "X1", "Y1"]].to_numpy()
    for changed in (swapped, upside, other_end):
        found = tracings.from_rows(changed)
        assert found.area() == pytest.approx(wanted.area())
        assert found.axis == pytest.approx(wanted.axis)


def shuffled():
    table = rows()
    return pandas.concat([table.iloc[:1], table.iloc[1:].sample(frac=1, random_state=0)])


def no_number():
    table = rows().astype({"X1": object})
    table.loc[4, "X1"] = "?"
    return table


@pytest.mark.parametrize(
    "table, words",
    [
        (rows().iloc[:8], "only 7 chords"),
        (shuffled(), "not in order"),
        (rows().iloc[1:], "first row is not the long axis"),
        (no_number(), "not a number"),
        (rows().drop(columns="X2"), "no column X2"),
        (rows().iloc[:0], "no rows"),
        (rows().assign(Y1=5.0, Y2=5.0, X1=5.0, X2=5.0), "no length"),
    ],
)
def test_broken_rows_are_refused(table, words):
    with pytest.raises(DataError, match=words):
        tracings.from_rows(table)


def test_filling_counts_pixel_centres():
    square = [(1.5, 0.5), (4.5, 0.5), (4.5, 2.5), (1.5, 2.5)]
    assert shape.filled(square, (5, 7)).sum() == 6
    circle = np.linspace(0, 2 * math.pi, 400)[:-1]
    points = 30 + 20 * np.column_stack([np.cos(circle), np.sin(circle)])
    disc = shape.filled(points, (61, 61))
    y, x = np.mgrid[:61, :61]
    assert np.count_nonzero(disc != ((x - 30) ** 2 + (y - 30) ** 2 <= 400)) < 14


@pytest.mark.parametrize("at", [1, 5, 10, 20])
def test_a_chord_given_twice_is_said_as_such(at):
    table = rows()
    twice = pandas.concat([table.iloc[: at + 1], table.iloc[at : at + 1], table.iloc[at + 1 :]])
    with pytest.raises(DataError, match=f"chord {at + 1} is given twice; take"):
        tracings.from_rows(twice)
