"""Intervals over patients, against SciPy's bootstrap, statsmodels and simulation."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from course_utils import evaluate
from course_utils.core.errors import DataError
from course_utils.evaluate import intervals

RNG = np.random.default_rng(7)
DICE = RNG.beta(12, 1.5, 24)


# --- the bootstrap ---


@pytest.mark.parametrize("method", ["BCa", "percentile"])
@pytest.mark.parametrize("statistic", [np.mean, np.median, lambda v: float(np.var(v))])
def test_the_bootstrap_is_that_of_scipy(method, statistic):
    """The same draws (SciPy draws integers in the same order) give the same ends."""
    ours = intervals.bootstrap(DICE, statistic, method=method, resamples=999, seed=3)
    theirs = stats.bootstrap(
        (DICE,),
        statistic,
        vectorized=False,
        n_resamples=999,
        method=method,
        rng=np.random.default_rng(3),
    ).confidence_interval
    assert ours[1:] == pytest.approx((theirs.low, theirs.high), abs=5e-4)
    assert ours.estimate == pytest.approx(statistic(DICE))


@pytest.mark.slow
def test_the_method_is_stated_and_depends_on_the_number_of_patients():
    median = np.median
    assert intervals.bootstrap(DICE).method == "Student's t on the logit scale over 24 patients"
    assert intervals.bootstrap(40 * DICE).method == "Student's t over 24 patients"
    assert "BCa bootstrap over 48 patients" in intervals.bootstrap(np.r_[DICE, DICE]).method
    assert "BCa bootstrap over 24 patients" in intervals.bootstrap(DICE, median).method
    assert "percentile bootstrap over 9 patients" in intervals.bootstrap(DICE[:9], median).method
    assert "90 % interval" in repr(intervals.bootstrap(DICE, level=0.9))
    assert copy.deepcopy(intervals.bootstrap(DICE)).method


def test_one_number_per_patient_is_the_same_in_every_form():
    names = [f"P{number}" for number in range(24)]
    forms = [
        DICE,
        list(DICE),
        pd.Series(DICE, names),
        dict(zip(names, DICE, strict=True)),
        {name: [value] for name, value in zip(names, DICE, strict=True)},
    ]
    assert len({tuple(intervals.bootstrap(form)) for form in forms}) == 1


def test_whole_patients_are_drawn_not_images():
    """Ten copies of every patient's value are no new patients: the interval must not shrink."""
    alone = intervals.bootstrap(DICE)
    copies = intervals.bootstrap({number: [value] * 10 for number, value in enumerate(DICE)})
    assert copies == pytest.approx(alone, abs=1e-12)
    assert (copies.patients, copies.values) == (24, 240)
    as_if = intervals.bootstrap(np.repeat(DICE, 10))
    assert (as_if.high - as_if.low) < 0.45 * (alone.high - alone.low)


def test_a_table_gives_any_measure_of_several_columns():
    table = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(40), 2),
            "truth": [0, 1] * 40,
            "score": np.tile([0.0, 1.0], 40) + RNG.normal(0, 1, 80),
        }
    )
    result = intervals.bootstrap(table, lambda t: evaluate.auc(t.truth, t.score), resamples=200)
    assert result.estimate == evaluate.auc(table.truth, table.score)
    assert result.low < result.estimate < result.high and result.values == 80
    twice = intervals.bootstrap(table, lambda t: t.score.mean(), resamples=200)
    by_dict = intervals.bootstrap(
        {p: list(g) for p, g in table.groupby("patient_id").score}, resamples=200
    )
    assert twice == pytest.approx(by_dict, abs=1e-12)


def test_values_without_spread_have_an_interval_without_width():
    result = intervals.bootstrap([0.8] * 12)
    assert tuple(result) == pytest.approx((0.8, 0.8, 0.8))
    assert result.low == result.estimate == result.high


def test_below_five_patients_there_is_no_interval():
    result = intervals.bootstrap(DICE[:4])
    assert result.estimate == pytest.approx(DICE[:4].mean()) and np.isnan(result[1:]).all()
    assert repr(result).endswith("(no interval below 5 patients)")
    line = evaluate.sentence("Dice", result, images=9)
    assert line.endswith("(no interval below 5 patients; 4 patients, 9 images; synthetic).")
    result = intervals.compare(pd.Series(DICE[:4]), pd.Series(DICE[:4] + 0.1))
    assert np.isnan(result.p_value) and np.isnan(result.low)


def test_the_t_interval_of_a_mean_is_that_of_scipy():
    values = 30 * DICE[:9]
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert intervals.bootstrap(values)[1:] == pytest.approx((theirs.low, theirs.high))


def test_the_logit_scale_stays_between_0_and_1():
    low, high = intervals.bootstrap([1, 1, 1, 1, 0.4, 1])[1:]
    assert 0 < low < 0.9 < high < 1
    assert intervals.bootstrap([1] * 6)[1:] == (1, 1)


@pytest.mark.slow
def test_a_measure_that_fails_in_many_resamples_has_no_interval():
    table = pd.DataFrame({"patient_id": range(12), "truth": [1] + [0] * 11, "score": range(12)})
    with pytest.raises(DataError, match="undefined in 3[0-9] % of the resamples"):
        intervals.bootstrap(
            table, lambda t: evaluate.auc(t.truth, t.score), method="percentile", resamples=500
        )


def test_a_bca_at_the_end_of_its_range_is_refused_in_words():
    table = pd.DataFrame({"patient_id": range(30), "truth": [0, 1] * 15, "score": range(30)})
    table["score"] += 100 * table.truth
    result = intervals.bootstrap(table, lambda t: evaluate.auc(t.truth, t.score), resamples=200)
    assert tuple(result) == (1, 1, 1)
    values = np.r_[np.zeros(20), 1.0]
    assert intervals.bootstrap(values, np.max, method="percentile", resamples=500).high == 1


@pytest.mark.parametrize(
    "bad, match",
    [
        ({}, "no patient"),
        ([], "empty"),
        ([0.9, np.nan], "missing"),
        (["a", "b"], "not a number"),
        ("0.9", "one value per case"),
        ([[1, 2], [3, 4]], "one dimension"),
        (pd.DataFrame({"x": [1, 2]}), "patient_id"),
        (None, "one value per case"),
        ({"a": [1.0], "b": []}, "empty"),
        ({"a": ["x"], "b": [1]}, "patient a"),
        (pd.Series([1.0, 2.0], index=["P1", None]), "no patient"),
        (3, "one value per case"),
        ([[1], [2, 3]], "one dimension"),
    ],
)
def test_bad_values_are_refused_in_words(bad, match):
    with pytest.raises(DataError, match=match):
        intervals.bootstrap(bad)


@pytest.mark.parametrize(
    "more, match",
    [
        ({"level": 95}, "level"),
        ({"level": True}, "level"),
        ({"method": "normal"}, "method is"),
        ({"statistic": lambda v: v}, "one number"),
        ({"statistic": lambda v: np.nan}, "undefined"),
        ({"statistic": lambda v: "x"}, "one number"),
    ],
)
def test_bad_options_are_refused_in_words(more, match):
    with pytest.raises(DataError, match=match):
        intervals.bootstrap(DICE, **more)


@pytest.mark.slow
@pytest.mark.parametrize("count", [5, 8, 12, 30])
def test_a_nominal_95_holds_the_mean_of_skewed_dice_scores(count):
    rng, truth, runs = np.random.default_rng(11), 12 / 13.5, 800
    held = 0
    for _ in range(runs):
        result = intervals.bootstrap(rng.beta(12, 1.5, count))
        held += result.low <= truth <= result.high
    assert held / runs >= 0.92, held / runs


@pytest.mark.slow
def test_where_one_patient_in_ten_fails_few_patients_are_too_few():
    """What the docstring owns up to: with 8 patients the failure is often not among them."""
    rng, runs, held = np.random.default_rng(12), 500, 0
    truth = 0.9 * 12 / 13.5
    for _ in range(runs):
        failed = rng.random(8) < 0.1
        result = intervals.bootstrap(np.where(failed, 0, rng.beta(12, 1.5, 8)))
        held += result.low <= truth <= result.high
    assert 0.55 < held / runs < 0.8, held / runs


@pytest.mark.slow
@pytest.mark.parametrize("count", [5, 12])
def test_two_equal_models_are_rarely_told_apart(count):
    rng, runs, wrong, excluded = np.random.default_rng(13), 800, 0, 0
    for _ in range(runs):
        first, gaps = rng.beta(12, 1.5, count), rng.normal(0, 0.03, count)
        result = intervals.compare(pd.Series(first), pd.Series(first + gaps))
        wrong += result.p_value < 0.05
        excluded += not result.low <= 0 <= result.high
    assert 0.03 <= wrong / runs <= 0.07 and wrong == excluded


@pytest.mark.slow
def test_coverage_over_patients_where_images_resemble_each_other():
    """30 patients, 6 images each, ICC 0.6: one over patients holds, one over images does not."""
    rng, runs, held, naive = np.random.default_rng(12), 150, 0, 0
    for run in range(runs):
        values = rng.normal(0, 0.6**0.5, (30, 1)) + rng.normal(0, 0.4**0.5, (30, 6))
        result = intervals.bootstrap(dict(enumerate(values)), resamples=999, seed=run)
        held += result.low <= 0 <= result.high
        result = intervals.bootstrap(values.ravel(), resamples=999, seed=run)
        naive += result.low <= 0 <= result.high
    assert 0.89 <= held / runs <= 0.975, held / runs
    assert naive / runs < 0.80, naive / runs


# --- two models ---


def test_a_comparison_is_paired_by_name_and_is_the_paired_t_test():
    first = pd.Series(DICE[:9], [f"P{n}" for n in range(9)])
    second = (first + RNG.normal(0.02, 0.02, 9)).sample(frac=1, random_state=1)
    result = intervals.compare(first, second)
    theirs = stats.ttest_rel(second.loc[first.index], first)
    assert result.p_value == pytest.approx(theirs.pvalue)
    assert result[1:] == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    assert result.estimate == pytest.approx((second.loc[first.index] - first).mean())
    assert "9 patients" in result.method


def test_above_thirty_patients_signs_are_flipped():
    first = pd.Series(RNG.beta(12, 1.5, 40))
    result = intervals.compare(first, first + RNG.normal(0.02, 0.02, 40))
    assert result.p_value < 0.01 and "BCa" in result.method
    assert 0 < result.low < result.estimate < result.high


def test_several_images_are_averaged_before_they_are_compared():
    first = pd.Series([0.8, 0.9, 0.7, 0.6, 0.5, 0.7], ["a", "a", "b", "c", "d", "e"])
    result = intervals.compare(first, {"a": [0.9], "b": 0.7, "c": 0.8, "d": 0.5, "e": 0.9})
    assert result.differences.to_dict() == pytest.approx(
        {"a": 0.05, "b": 0, "c": 0.2, "d": 0, "e": 0.2}
    )


def test_the_same_model_twice_differs_by_nothing():
    same = pd.Series(DICE)
    result = intervals.compare(same, same)
    assert tuple(result) == (0, 0, 0) and result.p_value == 1


@pytest.mark.parametrize(
    "first, second, match",
    [
        ({"a": 1, "b": 2}, {"a": 1, "c": 2}, "only one of the two"),
        ([1, 2], [2, 3], "which patient"),
        ({"a": 1, "b": np.nan}, {"a": 1, "b": 1}, "missing"),
        ({}, {}, "no patient"),
    ],
)
def test_a_comparison_of_other_patients_is_refused(first, second, match):
    with pytest.raises(DataError, match=match):
        intervals.compare(first, second)


def test_one_patient_has_a_number_and_no_interval():
    one, change = intervals.bootstrap([0.9]), intervals.compare({"a": 1}, {"a": 2})
    for result, wanted in ((one, 0.9), (change, 1)):
        assert result.estimate == wanted and np.isnan(result.low) and result.patients == 1
    assert "no interval below 5 patients; 1 patient, 1 image" in intervals.sentence("Dice", one)
    assert "1 patient cannot tell" in intervals.verdict("It", change)
    with pytest.raises(DataError, match="at least 2"):
        intervals.bootstrap([0.9], method="t")


# --- shares ---


@pytest.mark.parametrize("hits, cases", [(0, 10), (1, 9), (5, 10), (9, 9), (81, 263), (1, 1)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_is_that_of_statsmodels(hits, cases, level):
    ours = intervals.proportion([1] * hits + [0] * (cases - hits), level=level)
    theirs = proportion_confint(hits, cases, alpha=1 - level, method="wilson")
    assert ours[1:] == pytest.approx(theirs, abs=1e-12)
    assert ours.estimate == hits / cases and "Wilson" in ours.method


def test_wilson_gives_the_published_example():
    """Newcombe, Stat Med 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 up to 0.1611."""
    assert intervals.wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert intervals.wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)


def test_images_of_one_patient_are_not_so_many_cases():
    copies = intervals.proportion([1, 0, 1, 1, 0, 1, 1, 0, 1, 1] * 8, list(range(10)) * 8)
    alone = intervals.proportion([1, 0, 1, 1, 0, 1, 1, 0, 1, 1])
    assert copies.high - copies.low >= alone.high - alone.low
    assert copies.patients == 10 and copies.values == 80 and "10 patients" in copies.method
    clear = intervals.proportion([1] * 40, list(range(10)) * 4)  # no failure: patients are counted
    assert clear[1:] == pytest.approx(proportion_confint(10, 10, method="wilson"))


def test_independent_cases_of_patients_lose_little():
    rng = np.random.default_rng(2)
    events = rng.random(4000) < 0.3
    result = intervals.proportion(events, np.arange(4000) % 400)
    plain = intervals.proportion(events)
    assert 0.9 < (result.high - result.low) / (plain.high - plain.low) < 1.1


def test_effective_cases_of_a_subset_do_not_count_the_patients_left_out():
    codes = np.array([0, 0, 7, 7])
    assert intervals.effective_cases(np.array([True] * 4), codes) == 2


@pytest.mark.slow
def test_coverage_of_wilson_for_alone_and_for_clustered_cases():
    """Nominal 95 %. Alone: 40 cases. Clustered: 25 patients of 6 images, ICC 0.3."""
    rng, runs = np.random.default_rng(4), 600
    for share in (0.1, 0.5, 0.9):
        alone = [intervals.proportion(rng.random(40) < share) for _ in range(runs)]
        held = np.mean([low <= share <= high for _, low, high in alone])
        assert 0.925 <= held <= 0.985, (share, held)
        a, b = share * (1 / 0.3 - 1), (1 - share) * (1 / 0.3 - 1)
        people = np.repeat(np.arange(25), 6)
        drawn = [
            intervals.proportion(rng.random(150) < rng.beta(a, b, 25)[people], people)
            for _ in range(runs)
        ]
        held = np.mean([low <= share <= high for _, low, high in drawn])
        assert 0.92 <= held <= 0.985, (share, held)


@pytest.mark.parametrize(
    "events, patients, match",
    [
        ([], None, "empty"),
        ([0, 2], None, "0 or 1"),
        ([0, np.nan], None, "missing"),
        (["yes", "no"], None, "not a number"),
        ([0, 1], ["a"], "differ"),
        ([0, 1], ["a", None], "no patient"),
        ("01", None, "one value per case"),
    ],
)
def test_bad_events_are_refused(events, patients, match):
    with pytest.raises(DataError, match=match):
        intervals.proportion(events, patients)


# --- sentences ---


def test_a_sentence_says_what_a_reviewer_asks():
    result = intervals.bootstrap(pd.Series(DICE[:9]))
    line = evaluate.sentence("Dice", result, images=34)
    assert line.startswith(f"Dice {result.estimate:.2f} (95 % interval {result.low:.2f} to ")
    assert "; 9 patients, 34 images; synthetic)" in line
    assert line.endswith("Interval: Student's t on the logit scale over 9 patients.")
    assert "synthetic" not in evaluate.sentence("Dice", result, synthetic=False)


def test_nothing_warns_for_enough_patients():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        intervals.bootstrap(DICE)
        intervals.compare(pd.Series(DICE), pd.Series(DICE) + 0.01)


@pytest.mark.parametrize(
    "ends, said",
    [
        ((0.0042, 0.0011, 0.0061), "0.004 (95 % interval 0.001 to 0.006"),
        ((-0.0042, -0.0061, -0.0002), "-0.0042 (95 % interval -0.0061 to -0.0002"),
        ((0.002, -0.001, 0.004), "0.00 (95 % interval 0.00 to 0.00"),
        ((0.94, 0.92, 0.95), "0.94 (95 % interval 0.92 to 0.95"),
        ((0.3, 0.0, 0.5), "0.30 (95 % interval 0.00 to 0.50"),
    ],
)
def test_an_interval_that_leaves_zero_out_is_not_written_as_zero(ends, said):
    result = intervals.Interval(*ends, "t", 6)
    assert said in intervals.sentence("Change", result)


def test_a_verdict_rests_on_the_interval():
    def changed(*differences):
        names = range(len(differences))
        return intervals.compare(
            pd.Series(0.0, names), pd.Series(np.array(differences, float), names)
        )

    assert "no interval: 3 patients cannot tell" in intervals.verdict("It", changed(1, 1.1, 1.2))
    assert "holds zero: 6 patients" in intervals.verdict("It", changed(-1, 1, 0, 2, -2, 0.1))
    assert intervals.verdict("It", changed(1, 1.1, 1.2, 1, 0.9, 1)).startswith("It helped")
    assert intervals.verdict("It", changed(-1, -1.1, -1.2, -1, -0.9)).startswith("It harmed")


def test_images_of_unknown_patients_have_a_mean_and_no_interval():
    """Whatever is computed of them: the mean, the difference, the share, and the words of each."""
    scores = pd.DataFrame({"patient_id": list("abcdefghij"), "dice": np.linspace(0.8, 0.98, 10)})
    known = evaluate.per_patient(scores).dice
    scores.attrs["patients"] = "guessed"
    dice = evaluate.per_patient(scores).dice
    found = [
        evaluate.bootstrap(dice),
        evaluate.compare(dice, known * 0.9),
        evaluate.compare(known, dice * 0.9),
        evaluate.proportion(scores.dice > 0.9, scores.patient_id),
    ]
    for one in found:
        said = evaluate.sentence("Result", one, 10, synthetic=False)
        assert np.isnan([one.low, one.high]).all() and np.isfinite(one.estimate)
        assert said.endswith("(no interval; 10 images, patients unknown).")
    assert found[0].estimate == evaluate.bootstrap(known).estimate and np.isnan(found[1].p_value)
    assert "which images show one patient is not known" in evaluate.verdict("It", found[1])
    assert np.isfinite(evaluate.bootstrap(known).low)
