"""The simulated trial: operators, arms, what the advice is worth, and intervals over operators."""

import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.core.errors import DataError
from course_utils.guidance import chests, gates, poses, trials


def told(wrong=False):
    """Answers of a coach that is always right, or that always sends the hand the wrong way."""
    rows = []
    slides, tilts = np.meshgrid(poses.SLIDES, poses.TILTS, indexing="ij")
    for number in range(6):
        who = chests.patient(number)
        rows.append(
            pd.DataFrame(
                {
                    "patient_id": f"G{number}",
                    "bmi": who.bmi,
                    "slide_mm": slides.ravel(),
                    "tilt_deg": tilts.ravel(),
                    "quality": poses.quality(slides.ravel(), tilts.ravel(), who.heart),
                }
            )
        )
    table = pd.concat(rows, ignore_index=True)
    turn = -1.0 if wrong else 1.0
    return table.assign(
        says_quality=table["quality"],
        says_slide_mm=turn * table["slide_mm"],
        says_tilt_deg=turn * table["tilt_deg"],
        says_picture=0.7,
    )


@pytest.fixture(scope="module")
def trial():
    return trials.run(20, told(), 8, seed=3)


def test_rows_arms_and_operators(trial):
    assert len(trial) == 3 * 20 * 8
    assert trial.groupby("arm").operator.nunique().to_dict() == dict.fromkeys(trials.ARMS, 20)
    novices = [set(trial[trial.arm == arm].operator) for arm in (trials.UNGUIDED, trials.GUIDED)]
    assert novices[0] == novices[1] != set(trial[trial.arm == trials.EXPERT].operator)
    assert trial.seconds.between(1, trials.SECONDS).all()
    assert (trial.usable <= trial.recorded).all()
    recorded = trial[trial.recorded]
    assert (recorded.usable == (recorded.quality >= poses.USABLE)).all()
    assert trial[~trial.recorded].quality.isna().all()
    assert trial[~trial.recorded].arm.eq(trials.GUIDED).all()


def test_a_right_coach_helps_a_wrong_one_harms_and_without_obedience_it_takes_longer(trial):
    share = trials.by_operator(trial).mean()
    assert share[trials.GUIDED] > share[trials.UNGUIDED] + 0.1
    assert share[trials.EXPERT] > share[trials.UNGUIDED] + 0.1
    misled = trials.by_operator(trials.run(20, told(wrong=True), 8, seed=3)).mean()
    assert misled[trials.GUIDED] < share[trials.UNGUIDED] - 0.05
    deaf = trials.run(20, told(), 8, seed=3, obedience=0)  # the machine still records
    waits = [table[table.arm == trials.GUIDED].seconds.mean() for table in (trial, deaf)]
    assert waits[1] > 1.5 * waits[0]


def test_the_same_seed_gives_the_same_trial(trial):
    pd.testing.assert_frame_equal(trial, trials.run(20, told(), 8, seed=3))
    assert not trial.equals(trials.run(20, told(), 8, seed=4))


def test_operators_differ_more_than_chance_so_scans_are_no_unit():
    """Counted as one, the scans of an operator make the interval too narrow."""
    trial = trials.run(12, told(), 40, seed=5)
    own = trial[trial.arm == trials.UNGUIDED]
    naive = evaluate.proportion(own.usable)
    honest = evaluate.proportion(own.usable, own.operator)
    assert honest.high - honest.low > 1.2 * (naive.high - naive.low)


def test_the_effect_pairs_each_novice_with_themselves(trial):
    shares = trials.by_operator(trial)
    found = trials.effect(shares)
    gaps = (shares[trials.GUIDED] - shares[trials.UNGUIDED]).dropna()
    assert found.patients == len(gaps) == 20 and found.estimate == pytest.approx(gaps.mean())
    assert found.low < found.estimate < found.high
    assert np.isnan(trials.effect(shares[shares.index < "N05"]).low)  # four operators


def test_against_experts_is_welch_over_operators(trial):
    shares = trials.by_operator(trial)
    gap, low, high = trials.against_experts(shares)
    assert gap == pytest.approx(shares[trials.GUIDED].mean() - shares[trials.EXPERT].mean())
    assert low < gap < high
    with pytest.raises(DataError, match="two or more"):
        trials.against_experts(shares.head(1))


def test_between_the_poses_the_answers_are_those_of_the_corners():
    table = told()
    grid = trials._Grid(table)
    row = table.iloc[37]
    at = grid.at(np.array([0]), np.array([row.slide_mm]), np.array([row.tilt_deg]))[0]
    assert at == pytest.approx(
        [row.quality, row.says_quality, row.says_slide_mm, row.says_tilt_deg]
    )
    halves = [table.iloc[place] for place in (37, 38)]
    tilt = np.mean([one.tilt_deg for one in halves])
    at = grid.at(np.array([0]), np.array([row.slide_mm]), np.array([tilt]))[0]
    assert at[0] == pytest.approx(np.mean([one.quality for one in halves]))
    with pytest.raises(DataError, match="every pose"):
        trials._Grid(table.head(40))


def test_a_stricter_gate_records_less_often_and_better():
    easy, strict = (
        trials.run(20, told(), 8, gate=gates.Gate(bar, bar - 0.1, 3), seed=3) for bar in (0.5, 0.93)
    )
    easy, strict = (table[table.arm == trials.GUIDED] for table in (easy, strict))
    assert strict.recorded.mean() <= easy.recorded.mean()
    assert strict.quality.mean() > easy.quality.mean() + 0.1


@pytest.mark.parametrize("bad", [0, 1.5, "8", None, 501])
def test_a_trial_without_operators_is_refused(bad):
    with pytest.raises(DataError, match="operators"):
        trials.run(bad, told())
