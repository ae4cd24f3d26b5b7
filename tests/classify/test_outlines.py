"""The stored network outlines shoulders that it has never met; each answer is one piece."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from course_utils import evaluate
from course_utils.classify import cohorts, outlines
from course_utils.core import errors
from course_utils.show import progress


@pytest.fixture(scope="module")
def few():
    return cohorts.cohort(4, 7, 0.5, keep=False, watch=progress.Quiet())


def test_its_people_are_in_no_cohort_of_the_lesson():
    seen = set(cohorts.people(outlines.PEOPLE, outlines.SEED, 0.5).patient_id)
    assert not any(seen & set(cohorts.people(100, seed).patient_id) for seed in range(1, 51))


def test_tendons_of_other_people_are_outlined(few):
    drawn = outlines.outline(few)
    assert drawn.shape == few.masks.shape and set(np.unique(drawn)) == {0, 1}
    assert min(evaluate.dice(a, b) for a, b in zip(few.masks, drawn, strict=True)) > 0.9
    assert all(ndimage.label(mask)[1] == 1 for mask in drawn)


def test_a_picture_without_an_answer_is_named(few):
    blind = SimpleNamespace(predict=lambda x, **how: np.zeros(x.shape, np.float32))
    with pytest.raises(errors.DataError, match="no tendon in picture 1"):
        outlines.outline(few, blind)


@pytest.mark.slow
def test_training_learns(few):
    model = outlines.train(few, epochs=2)
    assert model.input_shape == (None, 128, 128, 1)
    pictures = outlines.Pictures(few, 1)
    x, y = pictures[0]
    assert x.shape == y.shape == (8, 128, 128, 1) and set(np.unique(y)) == {0.0, 1.0}
    pictures.on_epoch_end()
    assert not np.array_equal(pictures[0][0], x)
