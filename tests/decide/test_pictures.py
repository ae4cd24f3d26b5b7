"""What the pictures of lesson 12 say."""

import pandas as pd
import pytest

from course_utils import decide
from course_utils.core.errors import DataError
from course_utils.decide import pictures
from course_utils.evaluate import reading, reading_result


def test_a_reader_who_follows_the_machine_everywhere():
    truth, machine = [1, 1, 0, 0] * 10, [1, 0, 0, 0] * 10
    answers = reading.demo_answers(truth, machine, accuracy=1.0, pull=1.0)
    found = reading_result.result(answers, truth, machine)
    said = pictures.read(found).alt
    assert "Demo answers: -25 points with the machine, -100 where it errs" in said


def test_the_trend_says_measured_and_true():
    clinic = decide.cohort(20, 1)
    row = clinic.iloc[0]
    said = pictures.trend(clinic, [row.patient_id]).alt
    assert f"measured {row.slope:+.1f}, true {row.true_slope:+.1f}" in said
    with pytest.raises(DataError, match="no patient X"):
        pictures.trend(clinic, ["X"])


def test_abstaining_counts_the_errors():
    table = decide.accepting([0] * 8 + [1] * 2, range(10, 0, -1))
    assert "2 of 10 answers are wrong when all are given, 0 of 8 when 20 % are refused" in (
        pictures.abstaining(table, 0.8).alt
    )


def test_alarms_are_those_of_the_formula():
    said = pictures.alarms(8, 4).alt
    assert f"for {round(1000 * decide.ringing(8, 4))} of 1000 who lost nothing" in said
    assert f"for {round(1000 * decide.ringing(8, 4, 10))} of 1000 who lost 10 points" in said


@pytest.mark.parametrize(("last", "word"), [(15.2, "more"), (17.5, "less")])
def test_a_change_is_held_against_the_noise(last, word):
    band = decide.band(decide.healthy(400, 1), "calf_mm")
    visits = pd.DataFrame({"age": [58, 64], "value": [18.4, last]})
    said = pictures.followed(band, "F", visits, 0.6, "mm", "calf thickness").alt
    assert f"{word} than two readings differ by chance (1.7)" in said and "centile" in said
