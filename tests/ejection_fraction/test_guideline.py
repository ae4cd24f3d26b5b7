"""Categories at every border, by sex and by interval; the formula for the spread of an EF."""

import math

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.ejection_fraction import guideline


@pytest.mark.parametrize(
    "ef, men, women",
    [
        (73, "above the normal range", "normal"),
        (75, "above the normal range", "above the normal range"),
        (72.4, "normal", "normal"),
        (54, "normal", "normal"),
        (53, "normal", "mildly reduced"),
        (51.5, "normal", "mildly reduced"),
        (51.4, "mildly reduced", "mildly reduced"),
        (41, "mildly reduced", "mildly reduced"),
        (40, "moderately reduced", "moderately reduced"),
        (30, "moderately reduced", "moderately reduced"),
        (29.4, "severely reduced", "severely reduced"),
        (0, "severely reduced", "severely reduced"),
        (-5, "severely reduced", "severely reduced"),
    ],
)
def test_every_border_of_the_table(ef, men, women):
    assert guideline.category(ef, "M").name == men
    assert guideline.category(ef, "F").name == women
    unknown = guideline.category(ef).name
    assert unknown == (men if men == women else f"{men} (men), {women} (women)")


def test_the_tables_leave_no_gap_and_no_overlap():
    for bands in guideline.BANDS.values():
        for ef in range(-100, 101):
            assert sum(band.low <= ef <= band.high for band in bands) == 1


def test_an_interval_over_several_categories_is_said():
    found = guideline.category(53, "M", (38, 60))
    assert found.spans
    assert found.possible == ("moderately reduced", "mildly reduced", "normal")
    assert "reaches from moderately reduced to normal" in str(found)
    assert "ASE/EACVI 2015" in str(found)
    narrow = guideline.category(60, "M", (56, 64))
    assert not narrow.spans and narrow.possible == ("normal",)
    assert str(narrow) == "EF 60 % (interval 56 to 64 %): normal by ASE/EACVI 2015."


def test_the_human_ruler_is_the_table_of_its_source():
    assert [(row.bias, row.sd) for row in guideline.READERS] == [
        (0.96, 7.0),
        (-3.3, 5.0),
        (-1.8, 8.7),
        (-0.4, 6.4),
        (-1.2, 4.4),
        (2.3, 9.8),
    ]
    assert "Impact of experience on visual and Simpson's biplane" in guideline.AKIL
    assert guideline.TWO_READINGS == pytest.approx(13.7, abs=0.05)


def test_the_table_of_readers_is_that_of_the_source_with_single_readings():
    table = guideline.readers()
    assert list(table.index) == [row.who for row in guideline.READERS]
    assert list(table) == ["bias", "SD", "one_reading"]
    assert table.one_reading.iloc[0] == pytest.approx(guideline.ONE_READING)
    assert table.one_reading.loc["experts, by eye"] == pytest.approx(guideline.ONE_GLANCE)
    assert guideline.ONE_GLANCE == pytest.approx(1.96 * 6.4 / 2**0.5)


def test_one_reading_is_surer_than_the_difference_of_two():
    rng = np.random.default_rng(0)
    one, two = rng.normal(55, guideline.ONE_READING / 1.96, (2, 100000))
    assert np.std(one - two) == pytest.approx(guideline.READERS[0].sd, rel=0.02)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: guideline.category("55"), "per cent"),
        (lambda: guideline.category(math.nan), "per cent"),
        (lambda: guideline.category(0.55), "Give per cent: 55"),
        (lambda: guideline.category(120), "per cent"),
        (lambda: guideline.category(55, "X"), "'F', 'M' or None"),
        (lambda: guideline.category(55, None, (60, 50)), "does not hold"),
        (lambda: guideline.category(55, None, 3), "two numbers"),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_a_missing_sex_in_a_table_is_unknown():
    assert guideline.category(53, float("nan")).sex is None
    assert guideline.category(53, "female").sex == "F"
