"""How many patients, and what a choice pretends: published numbers, closed forms, and misuse."""

import numpy as np
import pytest
from scipy import stats

from course_utils.classify import planning
from course_utils.core import errors
from course_utils.evaluate import auc


@pytest.mark.parametrize(("gain", "discordant", "patients"), [(0.05, 0.1, 312), (0.4, 0.5, 23)])
def test_patients_for_a_paired_difference(gain, discordant, patients):
    assert planning.pairs_needed(gain, discordant) == patients


def test_the_number_keeps_its_power():
    """Simulated: with 312 patients McNemar's z finds 5 points of 10 discordant in 80 % or a
    little more: Connor's formula is on the safe side."""
    rng = np.random.default_rng(1)
    better, worse = rng.multinomial(312, [0.075, 0.025, 0.9], 20000).T[:2]
    z = (better - worse) / np.sqrt(better + worse)
    assert np.mean(z > stats.norm.ppf(0.975)) == pytest.approx(0.82, abs=0.025)


@pytest.mark.parametrize(("gain", "discordant"), [(0.0, 0.1), (0.2, 0.1), (-0.1, 0.2), (5, 10)])
def test_impossible_gains_are_refused(gain, discordant):
    with pytest.raises(errors.DataError):
        planning.pairs_needed(gain, discordant)


@pytest.mark.parametrize(("count", "ill", "worth"), [(100, 30, 0.127), (30, 9, 0.217)])
def test_the_best_cut_of_noise(count, ill, worth):
    found = planning.best_cut_of_noise(count, ill)
    assert (found >= 0).all()
    assert found.mean() == pytest.approx(worth, abs=4 * found.std() / 20)


def test_a_choice_on_the_same_folds_flatters_and_a_nested_one_does_not():
    rng, truth = np.random.default_rng(3), np.arange(100) < 30
    runs = [planning.choices(rng.standard_normal((100, 5)), truth, seed) for seed in range(12)]
    naive, nested = np.array(runs).T
    error = nested.std(ddof=1) / np.sqrt(len(runs))
    assert nested.mean() == pytest.approx(0.5, abs=3 * error)
    assert naive.mean() > 0.55 and naive.min() > 0.5


def test_a_choice_finds_what_is_there():
    rng, truth = np.random.default_rng(4), np.arange(100) < 30
    numbers = rng.standard_normal((100, 4))
    numbers[:, 2] += 2 * truth
    assert planning.choices(numbers, truth).nested > 0.85


def test_one_number_has_the_area_of_its_cross_validated_rank():
    """With a single column the choice is none, and both ways are the mean area over the folds."""
    rng, truth = np.random.default_rng(5), np.arange(60) < 20
    number = rng.standard_normal(60) + truth
    found = planning.choices(number[:, None], truth)
    assert found.naive == pytest.approx(found.nested)
    assert found.naive == pytest.approx(auc(truth, number), abs=0.08)
