"""Agreement against published worked examples, pingouin, statsmodels, scikit-learn, simulation."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from course_utils.core.errors import CourseWarning, DataError
from course_utils.evaluate import agreement, intervals

pytestmark = pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")

# Bland and Altman, Lancet 1986: peak expiratory flow (l/min), first reading with each meter.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
# Shrout and Fleiss, Psychol Bull 1979, table 2: six targets, four judges.
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
RNG = np.random.default_rng(5)


def long_table(table):
    n, k = table.shape
    return pd.DataFrame(
        {
            "patient": np.repeat(np.arange(n), k),
            "reader": np.tile(np.arange(k), n),
            "value": table.ravel(),
        }
    )


# --- Bland and Altman ---


def test_the_published_example_of_bland_and_altman():
    """Lancet 1986: bias -2.1 (-22.0 to 17.8), SD 38.8, limits -79.7 and 75.5 with 2 SD."""
    found = agreement.bland_altman(WRIGHT, MINI)
    assert found.bias == pytest.approx((-2.1, -22.0, 17.8), abs=0.1)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert found.bias.estimate - 2 * found.sd == pytest.approx(-79.7, abs=0.1)
    assert found.bias.estimate + 2 * found.sd == pytest.approx(75.5, abs=0.1)
    assert found.lower.estimate == pytest.approx(found.bias.estimate - 1.959964 * found.sd)
    assert found.patients == found.pairs == 17


def test_bias_and_limits_are_those_of_statsmodels_and_scipy():
    a, b = RNG.normal(20, 3, (2, 40))
    found = agreement.bland_altman(a, b, range(40))
    d = a - b
    assert found.bias[1:] == pytest.approx(
        stats.t.interval(0.95, 39, d.mean(), d.std(ddof=1) / np.sqrt(40)), abs=1e-9
    )
    line = sm.OLS(d, sm.add_constant((a + b) / 2)).fit()
    assert found.line.slope[:] == pytest.approx((line.params[1], *line.conf_int()[1]), abs=1e-9)
    assert found.line.p_value == pytest.approx(line.pvalues[1], abs=1e-9)
    assert found.line.intercept == pytest.approx(line.params[0], abs=1e-9)


def test_exact_limits_are_the_published_tolerance_factors():
    """One-sided tolerance factors (Hahn and Meeker 1991): n 10, 95 % content with 95 %
    confidence, 2.911; n 20, 2.396. The limit itself uses 1.96 in place of 1.645."""
    for n, factor in ((10, 2.911), (20, 2.396)):
        exact = stats.nct.ppf(0.95, n - 1, stats.norm.ppf(0.95) * np.sqrt(n)) / np.sqrt(n)
        assert exact == pytest.approx(factor, abs=6e-4)
        d = RNG.normal(0, 1, n)
        upper = agreement.bland_altman(10 + d, np.full(n, 10.0) - 0 * d, level=0.9).upper
        expected = stats.nct.ppf(0.95, n - 1, stats.norm.ppf(0.975) * np.sqrt(n)) / np.sqrt(n)
        assert upper.high == pytest.approx(d.mean() + expected * d.std(ddof=1))
        assert "noncentral t" in upper.method


def within_of(values, codes):
    """The mean square within patients, from statsmodels."""
    frame = pd.DataFrame({"v": values, "p": codes})
    return sm.stats.anova_lm(sm.formula.ols("v ~ C(p)", frame).fit())["mean_sq"]


def test_repeated_pairs_use_the_analysis_of_variance():
    """SD against the moments of one-way ANOVAs of statsmodels; slope against its clusters."""
    codes = np.repeat(np.arange(30), 4)
    a = RNG.normal(20, 4, 30)[codes] + RNG.normal(0, 1, codes.size)
    b = a - RNG.normal(1, 2, 30)[codes] - RNG.normal(0, 1, codes.size)
    found, d = agreement.bland_altman(a, b, codes), a - b
    between, within = within_of(d, codes)
    assert found.sd == pytest.approx(np.sqrt((between - within) / 4 + within), abs=1e-9)
    assert found.bias.estimate == pytest.approx(d.mean())
    means = d.reshape(30, 4).mean(axis=1)
    assert found.bias[1:] == pytest.approx(
        stats.t.interval(0.95, 29, means.mean(), stats.sem(means)), abs=1e-9
    )
    line = sm.OLS(d, sm.add_constant((a + b) / 2)).fit(
        cov_type="cluster", cov_kwds={"groups": codes}, use_t=True
    )
    assert found.line.slope[1:] == pytest.approx(tuple(line.conf_int()[1]), rel=1e-6)
    assert found.patients == 30 and found.pairs == codes.size
    assert "MOVER over 30 patients" in found.upper.method and found.upper.low < found.upper.high


def test_copied_pairs_do_not_shrink_the_intervals():
    alone = agreement.bland_altman(WRIGHT, MINI, range(17))
    copies = agreement.bland_altman(WRIGHT * 8, MINI * 8, list(range(17)) * 8)
    assert copies.sd == pytest.approx(alone.sd, rel=0.03)
    assert copies.bias.high - copies.bias.low > 0.85 * (alone.bias.high - alone.bias.low)


def test_limits_without_patients_are_warned_of():
    with pytest.warns(CourseWarning, match="patients were not given"):
        agreement.bland_altman(WRIGHT, MINI)
    with pytest.warns(CourseWarning, match="17 patients: take it"):
        agreement.bland_altman(WRIGHT, MINI, range(17))


def test_proportional_bias_is_found_and_a_constant_one_is_not():
    truth = np.linspace(10, 30, 60)
    noise = RNG.normal(0, 0.3, 60)
    assert agreement.bland_altman(truth * 1.1 + noise, truth).line.slope.low > 0.05
    noise -= np.polyval(np.polyfit(truth, noise, 1), truth)
    flat = agreement.bland_altman(truth + 2 + noise, truth).line
    assert flat.slope.low < 0 < flat.slope.high and flat.p_value > 0.5


def test_a_sentence_of_limits_holds_its_numbers():
    line = agreement.bland_altman(WRIGHT, MINI).sentence("PEF", "l/min")
    assert line.startswith("PEF: bias -2.12 (-22.05 to 17.81) l/min")
    assert "17 patients, 17 pairs" in line and "exact, noncentral t" in line


@pytest.mark.slow
def test_coverage_of_the_limits():
    """Exact limits at n 12 hold the true limit 95 times of 100; clusters of 5 about as often."""
    rng, z, runs = np.random.default_rng(3), stats.norm.ppf(0.975), 1500
    held = sum(
        low <= z <= high
        for _, low, high in (
            agreement.bland_altman(
                rng.normal(0, 1, 12), np.zeros(12) + rng.normal(0, 1e-9, 12)
            ).upper
            for _ in range(runs)
        )
    )
    assert 0.93 <= held / runs <= 0.97, held / runs


@pytest.mark.slow
@pytest.mark.parametrize("patients", [8, 30])
def test_coverage_of_the_limits_of_repeats(patients):
    """MOVER, nominal 95 %, with 1 to 5 pairs a patient; the bootstrap over them held it 84 %."""
    rng, runs, held, squares = np.random.default_rng(patients), 1000, 0, 0.0
    codes = np.repeat(np.arange(patients), np.resize([3, 1, 5, 2], patients))
    for _ in range(runs):
        bias = rng.normal(0, 0.6**0.5, patients)[codes]  # of a patient, variance 0.6
        a, b = rng.normal(0, 0.2**0.5, (2, codes.size))  # of one reading, 0.2 each
        true = 5 * rng.normal(0, 1, codes.size)
        found = agreement.bland_altman(true + bias + a, true + b, codes)
        squares += found.sd**2 / runs
        held += found.upper.low <= agreement.WITHIN <= found.upper.high
    assert squares == pytest.approx(1.0, abs=0.05)
    assert 0.93 <= held / runs <= 0.995, held / runs


# --- ICC, repeats ---


def test_the_published_iccs_of_shrout_and_fleiss():
    assert agreement.icc(JUDGES).estimate == pytest.approx(0.29, abs=0.005)
    assert agreement.icc(JUDGES)[1:] == pytest.approx((0.02, 0.76), abs=0.006)


@pytest.mark.parametrize("shape", [(6, 2), (30, 2), (25, 5), (100, 3)])
def test_an_icc_is_that_of_pingouin(shape):
    table = RNG.normal(0, 2, (shape[0], 1)) + RNG.normal(0, 1, shape) + RNG.normal(0, 0.5, shape[1])
    pingouin.options.update({"round.column.CI95": None, "round.column.CI95%": None})
    found = pingouin.intraclass_corr(long_table(table), "patient", "reader", "value")
    row = found.set_index("Type").filter(["ICC2", "ICC(A,1)"], axis=0).iloc[0]
    ours = agreement.icc(table)
    assert ours.estimate == pytest.approx(row["ICC"], abs=1e-6)
    assert ours[1:] == pytest.approx(tuple(row.filter(like="CI95").iloc[0]), abs=1e-6)


def test_a_constant_shift_spoils_agreement():
    base = RNG.normal(0, 2, 30)
    assert agreement.icc(np.column_stack([base, base + 5])).estimate < 0.4
    assert tuple(agreement.icc(np.column_stack([base, base]))) == (1, 1, 1)


@pytest.mark.slow
def test_coverage_of_the_agreement_icc():
    rng, runs, held = np.random.default_rng(8), 1000, 0
    for _ in range(runs):
        table = rng.normal(0, 2, (30, 1)) + rng.normal(0, 0.7, 4) + rng.normal(0, 1, (30, 4))
        found = agreement.icc(table)
        held += found.low <= 4 / (4 + 0.49 + 1) <= found.high
    assert 0.92 <= held / runs <= 0.985, held / runs


# --- kappa ---


def crossed(counts):
    """Two lists of categories from a table of counts."""
    counts = np.asarray(counts)
    rows, columns = np.indices(counts.shape)
    return np.repeat(rows.ravel(), counts.ravel()), np.repeat(columns.ravel(), counts.ravel())


def test_the_published_kappa_of_fleiss_cohen_and_everitt():
    """Psychol Bull 1969, table 1: 200 cases, proportions .53 .05 .02 / .11 .14 .05 / .01 .06 .03:
    kappa 0.429 with standard error 0.054."""
    a, b = crossed([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    found = agreement.kappa(a, b)
    assert found.estimate == pytest.approx(0.429, abs=5e-4)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.054, abs=1e-3)


@pytest.mark.parametrize(
    "counts",
    [
        [[20, 5], [10, 15]],
        [[44, 5, 1], [7, 20, 3], [9, 5, 6]],
        [[9, 1, 0, 0], [2, 8, 3, 1], [0, 2, 7, 2], [1, 0, 3, 11]],
    ],
)
def test_kappa_is_that_of_statsmodels_and_scikit_learn(counts):
    a, b = crossed(counts)
    ours = agreement.kappa(a, b)
    theirs = cohens_kappa(np.asarray(counts))
    assert ours.estimate == pytest.approx(theirs.kappa, abs=1e-9)
    assert ours.estimate == pytest.approx(cohen_kappa_score(a, b), abs=1e-9)
    assert (ours.high - ours.low) == pytest.approx(
        min(1, theirs.kappa_upp) - max(-1, theirs.kappa_low), abs=1e-6
    )


def test_kappa_of_text_is_that_of_its_numbers():
    a, b = crossed([[44, 5, 1], [7, 20, 3], [9, 5, 6]])
    words = np.array(["mild", "moderate", "a severe one"])
    by_name = agreement.kappa(list(words[a]), list(words[b]))
    assert by_name == pytest.approx(agreement.kappa(a, b))


def test_perfect_kappa_is_warned_of_and_an_empty_one_refused():
    with pytest.warns(CourseWarning, match="no width"):
        assert tuple(agreement.kappa([0, 1] * 20, [0, 1] * 20)) == (1, 1, 1)
    with pytest.raises(DataError, match="does not exist"):
        agreement.kappa([1] * 20, [1] * 20)


# --- bad input ---


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: agreement.bland_altman([], []), "empty"),
        (lambda: agreement.bland_altman([1, 2], [1, 2]), "at least 3 patients"),
        (lambda: agreement.bland_altman([1, 2, 3], [1, 2]), "differ"),
        (lambda: agreement.bland_altman([1, 2, np.nan], [1, 2, 3]), "missing in 1 of 3"),
        (lambda: agreement.bland_altman(["a"] * 3, [1, 2, 3]), "not a number"),
        (
            lambda: agreement.bland_altman([1, 2, 3, 4], [1, 2, 3, 5], ["a"] * 4),
            "at least 3 patients",
        ),
        (lambda: agreement.bland_altman([1, 2, 3], [1, 2, 4], ["a", "b"]), "differ"),
        (lambda: agreement.icc([1, 2, 3]), "one row per patient"),
        (lambda: agreement.icc([[1, 2]]), "one row per patient"),
        (lambda: agreement.icc([["a", "b"]] * 3), "one row per patient"),
        (lambda: agreement.icc([[1, 2], [np.nan, 2], [3, 4]]), "1 of 3 patients"),
        (lambda: agreement.icc([[1, 1], [1, 1]]), "all rated alike"),
        (lambda: agreement.kappa([], []), "as a list"),
        (lambda: agreement.kappa("0101", "0101"), "as a list"),
        (lambda: agreement.kappa([0, 1], [0, 1, 1]), "differ"),
        (lambda: agreement.kappa([0, None], [0, 1]), "1 case open"),
    ],
)
def test_bad_input_is_refused_in_words(call, match):
    with pytest.raises(DataError, match=match):
        call()


def test_equal_means_keep_their_limits_and_say_what_is_unknown():
    with pytest.warns(CourseWarning, match="All pairs have the same mean"):
        found = agreement.bland_altman([1, 2, 3, 6], [5, 4, 3, 0], list("abcd"))
    other = agreement.bland_altman([1, 2, 3, 6], [5, 4, 3, 0.001], list("abcd"))
    assert found.bias.estimate == 0 and np.isnan(found.line.slope.estimate)
    assert found.upper == pytest.approx(other.upper, rel=0.01) and "bias 0.00" in found.sentence()


def repeated(differences):
    names = [f"P{number}" for number in range(len(differences))]
    first = pd.Series(18.0, names)
    return agreement.smallest_detectable_change(first, first + differences)


def test_the_smallest_change_by_hand_and_the_largest_by_name():
    """Sizes 1 to 9 and 40; with 10 patients at most 1 in 40 times fewer than 8 lie below the limit."""
    found = repeated(np.array([3.0, -1, 2, -4, 5, 6, -7, 40, 8, 9]))
    assert found.limit.estimate == np.quantile([*range(1, 10), 40], 0.95, method="median_unbiased")
    assert stats.binom.cdf(7, 10, 0.95) <= 0.025 < stats.binom.cdf(8, 10, 0.95)
    assert found.limit.low == pytest.approx(8) and found.limit.high == np.inf
    assert found.bell == pytest.approx(1.959964 * np.sqrt((285 + 1600) / 10), rel=1e-6)
    assert found.middle == pytest.approx(1.959964 / 0.6744898 * 5.5, rel=1e-6)
    assert list(found.differences.index[:2]) == ["P7", "P9"]
    assert "P7 40.00, P9 9.00, P8 8.00 mm" in found.sentence()
    said = intervals.sentence("Change", found.limit, 20, unit="mm")
    assert "interval from 8.00, no upper end from so few; 10 patients, 20 images" in said


@pytest.mark.parametrize(("people", "known"), [(71, False), (72, True)])
def test_an_upper_end_needs_enough_patients(people, known):
    """All of n lie below the limit with a chance of 0.95 ** n: 0.026 of 71, 0.0249 of 72."""
    limit = repeated(np.arange(1.0, people + 1)).limit
    assert np.isfinite(limit.high) is np.bool_(known)
    assert not known or limit.high == pytest.approx(72)


def test_the_order_of_the_recordings_does_not_matter():
    first, second = (pd.Series(RNG.normal(18, 1, 12), list("abcdefghijkl")) for _ in range(2))
    found, other = (
        agreement.smallest_detectable_change(*pair)
        for pair in ((first, second), (second, first.iloc[::-1]))
    )
    assert found.limit[:] == other.limit[:] and found.bell == pytest.approx(other.bell)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (dict.fromkeys("abcd", 1), dict.fromkeys("abcd", 2), "5 patients at least, not 4"),
        (dict.fromkeys("abcdef", 1), dict.fromkeys("abcdeg", 2), "same patients"),
        (dict.fromkeys("abcdef", 1), dict.fromkeys("abcdef", np.nan), "missing"),
    ],
)
def test_what_cannot_be_compared_is_refused(first, second, words):
    with pytest.raises(DataError, match=words):
        agreement.smallest_detectable_change(first, second)


def draws(kind, rng, people):
    if kind == "bell":
        return rng.normal(0, 1, people)
    if kind == "Student's t, 1.5":
        return rng.standard_t(1.5, people)
    slips = rng.random(people) < 0.07  # lesson 08's kind: a bell, and now and then another border
    return np.where(slips, rng.normal(0, 12, people), rng.normal(0, 1, people))


KINDS = ["bell", "Student's t, 1.5", "slips"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_how_often_the_interval_of_the_smallest_change_holds_the_truth(kind):
    """Nominal 95 %, whatever the shape; a chi-square interval of the SD held its truth 0.24 to 0.32
    of the time where a few slip."""
    rng, runs = np.random.default_rng(3), 400
    truth = np.quantile(np.abs(draws(kind, rng, 1_000_000)), 0.95)
    for people in (12, 20, 30, 100):
        limits = [repeated(draws(kind, rng, people)).limit for _ in range(runs)]
        held = np.mean([low <= truth <= high for _, low, high in limits])
        assert 0.93 <= held, (people, held)
