"""The gate and its formulas, each against a simulation or a value known from elsewhere."""

import numpy as np
import pandas as pd
import pytest

from course_utils.core.errors import DataError
from course_utils.guidance import gates


def test_the_bar_is_where_keeping_and_refusing_cost_the_same():
    for benefit, harm in ((1, 1), (1, 3), (4, 1), (2, 0)):
        p = gates.bar(benefit, harm)
        assert p * benefit - (1 - p) * harm == pytest.approx(0)
    assert gates.bar(1, 3) == 0.75
    with pytest.raises(DataError, match="both be 0"):
        gates.bar(0, 0)


def test_a_gate_opens_at_on_stays_down_to_off_and_records_after_the_dwell():
    scores = [0.5, 0.81, 0.72, 0.69, 0.79, 0.9, 0.75, 0.71, 0.2]
    gate = gates.Gate(0.8, 0.7, 3)
    assert gate.states(scores).tolist() == [0, 1, 1, 0, 0, 1, 1, 1, 0]
    assert gate.captured(scores) == 7
    assert gates.Gate(0.8, 0.8, 1).captured(scores) == 1
    assert gates.Gate(0.95, 0.7, 1).captured(scores) is None
    with pytest.raises(DataError, match="closes|would close"):
        gates.Gate(0.7, 0.8)
    with pytest.raises(DataError, match="dwell"):
        gates.Gate(0.7, 0.7, 0)


@pytest.mark.parametrize(
    ("chance", "dwell", "known"), [(0.1, 1, 10), (0.1, 2, 110), (0.1, 3, 1110), (0.5, 5, 62)]
)
def test_the_wait_for_a_run_of_luck(chance, dwell, known):
    assert gates.wait(chance, dwell) == pytest.approx(known)


def test_the_wait_agrees_with_a_simulation():
    draws, waits = np.random.default_rng(1), []
    gate = gates.Gate(0.6, 0.6, 3)
    for _ in range(1500):
        waits.append(gate.captured(draws.random(400)) + 1)
    assert np.mean(waits) == pytest.approx(gates.wait(0.4, 3), rel=0.08)
    assert gates.wait(1, 7) == 7 and gates.wait(0, 2) == np.inf


@pytest.mark.parametrize(("memory", "known"), [(0.0, 0.25), (0.9, 0.0718), (0.98, 0.0319)])
def test_flicker_agrees_with_its_values_and_with_a_simulation(memory, known):
    assert gates.flicker(memory) == pytest.approx(known, abs=5e-5)
    score = gates.wandering(60_000, memory, seed=2)
    assert score.std() == pytest.approx(1, abs=0.06)
    assert np.corrcoef(score[1:], score[:-1])[0, 1] == pytest.approx(memory, abs=0.02)
    assert gates.switched_on(score >= 0) == pytest.approx(known, rel=0.05)
    apart = gates.switched_on(gates.Gate(0.3, -0.3).states(score))
    assert apart < 0.85 * known


@pytest.mark.parametrize(("count", "known"), [(1, 0), (10, 1.539), (50, 2.249), (100, 2.508)])
def test_the_best_of_many_flatters_itself(count, known):
    assert gates.flattery(count) == pytest.approx(known, abs=1e-3)
    best = np.random.default_rng(count).standard_normal((20_000, count)).max(axis=1)
    assert gates.flattery(count) == pytest.approx(best.mean(), abs=0.03)


@pytest.fixture(scope="module")
def told():
    draws = np.random.default_rng(4)
    score = draws.uniform(0, 1, 3000)
    usable = draws.random(3000) < 1 / (1 + np.exp(-(-6 + 9 * score)))
    table = pd.DataFrame({"patient_id": np.arange(3000) % 60, "split": "validation"})
    return score, usable, table


def test_the_chance_is_fitted_and_turned_round(told):
    found = gates.chance_usable(*told)
    assert found.start == pytest.approx(-6, abs=0.6) and found.slope == pytest.approx(9, abs=0.9)
    assert found.of(found.score_at(0.75)) == pytest.approx(0.75)
    score, usable, _ = told
    near = np.abs(score - 0.7) < 0.05
    assert found.of(0.7) == pytest.approx(usable[near].mean(), abs=0.05)


def test_a_bar_is_not_judged_on_the_patients_it_was_chosen_on(told):
    score, usable, table = told
    found = gates.chance_usable(score, usable, table)
    others = table.assign(patient_id=table["patient_id"] + 1000)
    assert found.open(score[::-1].copy() + 1e-9, 0.5, others).mean() == pytest.approx(
        np.mean(score >= found.score_at(0.5)), abs=1e-3
    )
    with pytest.raises(DataError, match="chosen on"):
        found.open(score, 0.5, table)
    with pytest.raises(DataError, match="test set"):
        gates.chance_usable(score, usable, table.assign(split="test"))
    with pytest.raises(DataError, match="does not mean a better view"):
        gates.chance_usable(1 - score, usable, table)
