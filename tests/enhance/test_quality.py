"""Image quality numbers against closed forms: Rayleigh speckle, two regions of known contrast."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from course_utils.core.errors import DataError
from course_utils.enhance import quality

QUICK = settings(max_examples=30, deadline=None, derandomize=True, database=None)


def rayleigh_pair(contrast_db, count, rng):
    return rng.rayleigh(1.0, count), rng.rayleigh(10 ** (contrast_db / 20), count)


def closed_form(contrast_db):
    r = 10 ** (contrast_db / 10)
    return r ** (-1 / (r - 1)) - r ** (-r / (r - 1))


def mean_gcnr(draw, repetitions):
    return np.mean([quality.gcnr(*draw()) for _ in range(repetitions)])


@pytest.mark.parametrize(
    "contrast, printed", [(3, 0.2492), (6, 0.4711), (10, 0.6968), (20, 0.9450)]
)
def test_gcnr_of_two_rayleigh_regions(contrast, printed):
    rng = np.random.default_rng(contrast)
    assert closed_form(contrast) == pytest.approx(printed, abs=5e-5)
    assert quality.gcnr(*rayleigh_pair(contrast, 10_000, rng)) == pytest.approx(printed, abs=0.025)
    assert mean_gcnr(lambda: rayleigh_pair(contrast, 10_000, rng), 30) == pytest.approx(
        printed, abs=0.006
    )
    assert mean_gcnr(lambda: rayleigh_pair(contrast, 100, rng), 200) == pytest.approx(
        printed, abs=0.03
    )


@pytest.mark.parametrize(
    "count, most", [(100, 0.075), (400, 0.045), (2000, 0.022), (10_000, 0.013)]
)
def test_gcnr_of_equal_regions_is_close_to_zero(count, most):
    rng = np.random.default_rng(count)
    assert mean_gcnr(lambda: rayleigh_pair(0, count, rng), 100) < most


def test_gcnr_where_the_brighter_region_is_not_simply_brighter():
    """Same mean, other spread: a single threshold sees too little."""
    rng = np.random.default_rng(4)
    crossing = np.sqrt(2 * np.log(2) * 4 / 3)
    truth = 2 * (norm.cdf(crossing) - norm.cdf(crossing / 2))
    for count, near in ((100, 0.05), (10_000, 0.012)):

        def draw(count=count):
            return rng.normal(0, 1, count), rng.normal(0, 2, count)

        assert mean_gcnr(draw, 60) == pytest.approx(truth, abs=near)


def test_gcnr_of_interleaved_peaks():
    rng = np.random.default_rng(5)
    x = np.linspace(-8, 14, 200_001)
    p, q = norm.pdf(x) + norm.pdf(x - 4), norm.pdf(x - 2) + norm.pdf(x - 6)
    truth = np.trapezoid(np.abs(p - q), x) / 4

    def draw():
        return rng.normal(0, 1, 2000) + 4 * rng.integers(0, 2, 2000), rng.normal(
            2, 1, 2000
        ) + 4 * rng.integers(0, 2, 2000)

    assert mean_gcnr(draw, 20) == pytest.approx(truth, abs=0.03)


def test_gcnr_of_grey_levels_with_ties():
    """Eight grey levels with known shares: 1 - overlap can be added up by hand."""
    rng = np.random.default_rng(6)
    p = np.array([30, 20, 20, 10, 10, 5, 5, 0]) / 100
    q = p[::-1]
    truth = 1 - np.minimum(p, q).sum()
    a, b = (rng.choice(8, 20_000, p=share).astype(np.uint8) for share in (p, q))
    assert quality.gcnr(a, b) == pytest.approx(truth, abs=0.015)
    assert quality.gcnr(np.zeros(50), np.zeros(70)) == 0
    assert quality.gcnr(np.zeros(50), np.ones(70)) == 1


@given(st.integers(0, 10**6), st.integers(2, 200), st.integers(2, 200), st.floats(0, 3))
@QUICK
def test_gcnr_is_between_0_and_1_symmetric_and_blind_to_the_grey_scale(seed, n, m, shift):
    rng = np.random.default_rng(seed)
    a, b = rng.rayleigh(1, n), rng.rayleigh(1, m) + shift
    value = quality.gcnr(a, b)
    assert 0 <= value <= 1
    assert quality.gcnr(b, a) == pytest.approx(value)
    for scale in (np.log, np.exp, lambda x: 3 * x + 1, lambda x: -x):
        assert quality.gcnr(scale(a), scale(b)) == pytest.approx(value)


def test_gcnr_of_separate_regions_is_one():
    assert quality.gcnr([1.0, 2.0], [3.0, 4.0]) == 1.0


def test_cnr_follows_its_formula_and_depends_on_the_grey_scale():
    rng = np.random.default_rng(0)
    a, b = rng.normal(3, 1, 50_000), rng.normal(0, 2, 50_000)
    assert quality.cnr(a, b) == pytest.approx(3 / np.sqrt(5), rel=0.02)
    assert quality.cnr(a, b) == pytest.approx(quality.cnr(b, a))
    a, b = rayleigh_pair(20, 5000, rng)
    assert quality.cnr(np.log(a), np.log(b)) > 1.3 * quality.cnr(a, b)


def test_fully_developed_speckle():
    envelope = np.random.default_rng(0).rayleigh(7.0, (500, 600))
    assert quality.speckle_snr(envelope) == pytest.approx(1.9131, abs=0.015)
    assert quality.log_std_db(envelope) == pytest.approx(5.570, abs=0.04)


def test_speckle_numbers_do_not_depend_on_gain():
    envelope = np.random.default_rng(1).rayleigh(1.0, 5000)
    for number in (quality.speckle_snr, quality.log_std_db):
        assert number(envelope * 1000) == pytest.approx(number(envelope))


BAD = [
    ("scan", "array"),
    (None, "array"),
    ([1.0], "at least 2"),
    (np.zeros(0), "at least 2"),
    ([1.0, np.nan], "NaN"),
    ([1.0, np.inf], "infinite"),
    ([[1], [2, 3]], "array"),
    ([1j, 2j], "array"),
]


@pytest.mark.parametrize("values, word", BAD)
@pytest.mark.parametrize(
    "number",
    [
        lambda x: quality.gcnr(x, [1, 2]),
        lambda x: quality.gcnr([1, 2], x),
        lambda x: quality.cnr(x, [1, 2]),
        quality.speckle_snr,
        quality.log_std_db,
    ],
)
def test_bad_regions_are_refused_with_advice(number, values, word):
    with pytest.raises(DataError, match=word):
        number(values)


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: quality.speckle_snr([2, 2, 2]), "constant"),
        (lambda: quality.cnr([1, 1], [2, 2]), "constant"),
        (lambda: quality.log_std_db([0, 1]), "zeros"),
        (lambda: quality.speckle_snr([-20, -3]), "below 0"),
    ],
)
def test_regions_without_an_answer_are_refused(call, word):
    with pytest.raises(DataError, match=word):
        call()
