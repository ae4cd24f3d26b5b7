"""What is made for lesson 11: traps that hold what they promise, and the calf network's way down."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="Keras is not installed for this computer")

from course_utils.cases import samples
from course_utils.classify import cohorts, runs
from course_utils.core import errors
from course_utils.segment import models
from tests.classify.test_maps import BAND
from tools.data import shoulders


def test_a_machine_that_tells():
    people = cohorts.people(100, 1)
    machines = shoulders.told_by_machine(people).to_numpy()
    assert people.ill[machines == "B"].mean() == pytest.approx(0.6, abs=0.01)
    assert people.ill[machines == "A"].mean() == pytest.approx(0.1, abs=0.01)
    with pytest.raises(errors.DataError, match="No division"):
        shoulders.told_by_machine(people, 0.2, 0.1)


@pytest.mark.parametrize("seed", sorted(set(runs.scores().seed)))
def test_the_stored_scores_are_of_that_division(seed):
    told = shoulders.told_by_machine(cohorts.people(100, seed))
    assert runs.scores(seed).trap_machine.tolist() == told.tolist()


def test_grown_outlines_are_those_of_the_ill():
    both = shoulders.grown(np.stack([BAND, BAND]), [0, 1], (0.1, 0.1), by_mm=0.25)
    assert (both[0] == BAND).all()
    assert both[1][:, 40].sum() - BAND[:, 40].sum() == 4  # 2 pixels of 0.1 mm on either side


@pytest.mark.slow
def test_the_encoder_is_the_calf_networks_way_down():
    made, calf = shoulders.encoder(), models.load(samples.model(shoulders.CALF))
    for layer in made.layers:
        for mine, other in (
            zip(layer.weights, calf.get_layer(layer.name).weights, strict=True)
            if layer.weights
            else ()
        ):
            np.testing.assert_array_equal(mine, other)
    assert made.output_shape == (None, 256)
    fresh, again = (shoulders.encoder(known=False, seed=3) for _ in range(2))
    assert fresh.count_params() == made.count_params()
    weights = [one.get_weights()[0] for one in (made, fresh, again)]
    assert not np.allclose(weights[0], weights[1])
    np.testing.assert_array_equal(weights[1], weights[2])
