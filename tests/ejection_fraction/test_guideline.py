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
    for bands in (
        *guideline.BANDS.values(),
        guideline.BANDS_2005,
        guideline.BANDS_BSE,
        guideline.BANDS_HF,
    ):
        for ef in range(-100, 101):
            assert sum(band.low <= ef <= band.high for band in bands) == 1


@pytest.mark.parametrize(
    "ef, name", [(40, "HFrEF"), (40.4, "HFrEF"), (41, "HFmrEF"), (49.4, "HFmrEF"), (50, "HFpEF")]
)
def test_the_heart_failure_classes(ef, name):
    assert guideline.category(ef, "F").heart_failure == name


def test_which_cut_off():
    assert guideline.cut_offs(53) == {
        "ASE/EACVI 2015, men": "normal",
        "ASE/EACVI 2015, women": "mildly reduced",
        "ASE 2005": "mildly reduced",
        "BSE 2020": "borderline low",
        "if heart failure": "HFpEF",
    }


def test_an_interval_over_several_categories_is_said():
    found = guideline.category(53, "M", (38, 60))
    assert found.spans
    assert found.possible == ("moderately reduced", "mildly reduced", "normal")
    assert "reaches from moderately reduced to normal" in str(found)
    assert "ASE/EACVI 2015" in str(found)
    narrow = guideline.category(60, "M", (56, 64))
    assert not narrow.spans and narrow.possible == ("normal",)
    assert str(narrow) == "EF 60 % (interval 56 to 64 %): normal by ASE/EACVI 2015."


def test_normal_volumes():
    assert guideline.normal("EDV", "M") == (62, 150)
    assert guideline.normal("ESV/BSA") == {"F": (8, 24), "M": (11, 31)}
    assert guideline.normal("EF", "F") == (54, 74)
    # The ranges of EF and of the volumes come from the same people, so their middles must fit.
    for sex in "FM":
        edv, esv = (np.mean(guideline.normal(name, sex)) for name in ("EDV", "ESV"))
        low, high = guideline.normal("EF", sex)
        assert low + 5 < 100 * (edv - esv) / edv < high - 5


def test_the_spread_of_an_ef_follows_the_formula_and_a_simulation():
    assert guideline.ef_sd(60, 0.07) == pytest.approx(3.96, abs=0.005)
    assert guideline.ef_sd(35, 0.07) == pytest.approx(6.43, abs=0.005)
    assert guideline.ef_sd(50, 0.07, rho=1.0) == 0
    rng = np.random.default_rng(0)
    for rho in (0, 0.6):
        errors = rng.multivariate_normal([0, 0], 0.05**2 * np.array([[1, rho], [rho, 1]]), 200000)
        ef = 100 - 100 * 45 * (1 + errors[:, 1]) / (100 * (1 + errors[:, 0]))
        assert ef.std() == pytest.approx(guideline.ef_sd(55, 0.05, rho=rho), rel=0.02)


def test_the_interval_of_repeats():
    rng = np.random.default_rng(1)
    edv, esv = rng.normal(120, 6, 40000), rng.normal(54, 3, 40000)
    low, high = guideline.ef_interval(edv, esv)
    half = 1.96 * guideline.ef_sd(55, 6 / 120, 3 / 54)
    assert (high - low) / 2 == pytest.approx(half, rel=0.03)
    assert guideline.ef_interval([100.0] * 5, [50.0] * 5) == (50.0, 50.0)


def test_every_number_of_the_ruler_names_its_source():
    for row in guideline.RULER:
        assert row.value > 0 and ("doi:" in row.source)
    assert (
        guideline.EXPERT_SD,
        guideline.ECHONET_MAE,
        guideline.ECHONET_EXTERNAL_MAE,
        guideline.CAMUS_MAE,
    ) == (7.0, 4.1, 6.0, 5.6)


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
        (lambda: guideline.normal("mass"), "EDV, ESV"),
        (lambda: guideline.ef_sd(55, 7), "0.07"),
        (lambda: guideline.ef_sd(55, 0.07, rho=2), "rho"),
        (lambda: guideline.ef_interval([1, 2], [1, 1]), "at least 5"),
        (lambda: guideline.ef_interval([0] * 5, [1] * 5), "above 0"),
        (lambda: guideline.ef_interval([2] * 5, [1] * 5, 95), "0.95"),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_a_missing_sex_in_a_table_is_unknown():
    assert guideline.category(53, float("nan")).sex is None
    assert guideline.category(53, "female").sex == "F"
