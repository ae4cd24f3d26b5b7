"""Net benefit: its definition, and a model that is of no use."""

import numpy as np
import pytest
from sklearn import metrics as sk

from course_utils import evaluate
from tests.helpers.readings import PROBABILITY, TRUTH


def test_net_benefit_is_its_definition():
    found = evaluate.net_benefit(TRUTH, PROBABILITY, [0.1, 0.25, 0.5])
    for _, row in found.iterrows():
        cut = row.threshold
        clear, false, missed, hit = sk.confusion_matrix(TRUTH, cut <= PROBABILITY).ravel()
        assert row.model == pytest.approx(hit / 200 - false / 200 * cut / (1 - cut))
        share = TRUTH.mean()
        assert row.treat_all == pytest.approx(share - (1 - share) * cut / (1 - cut))
        assert row.treat_none == 0
        assert row.gain == pytest.approx(row.model - max(row.treat_all, 0))
        assert row.low < row.model < row.high and row.useful == (row.gain_low > 0)


def test_a_useless_model_is_not_called_useful():
    rng = np.random.default_rng(4)
    found = evaluate.net_benefit(rng.random(300) < 0.3, rng.random(300), [0.1, 0.2, 0.3, 0.4])
    assert not found.useful.any() and (found.gain < 0.02).all()


def test_copied_images_of_patients_do_not_narrow_the_interval():
    once = evaluate.net_benefit(TRUTH, PROBABILITY, [0.3])
    people = np.repeat(np.arange(len(TRUTH)), 4)
    four = evaluate.net_benefit(np.repeat(TRUTH, 4), np.repeat(PROBABILITY, 4), [0.3], people)
    assert four.model[0] == pytest.approx(once.model[0])
    width = [(found.high - found.low)[0] for found in (once, four)]
    assert width[1] == pytest.approx(width[0], rel=0.1)
