"""Two recordings of the same unchanged muscle, measured by the network of lesson 05."""

import numpy as np
import pytest

from course_utils.cases import samples
from course_utils.core import errors
from course_utils.evaluate import agreement
from course_utils.segment import models, repeats

pytestmark = pytest.mark.slow  # each patient is simulated and imaged twice


def test_the_recordings_differ_by_less_than_the_patients_do():
    network = models.load(samples.model("unet_scanner_b"))
    twice = repeats.thickness(network, patients=6, seed=1)
    assert twice.shape == (6, 2) and np.isfinite(twice).all()
    assert (twice[:, 0] != twice[:, 1]).all()  # another recording, not the same file
    between, within = twice.mean(axis=1).std(ddof=1), np.abs(np.diff(twice, axis=1)).mean()
    assert within < 0.5 * between and 8 < twice.min() < twice.max() < 30
    with pytest.warns(errors.CourseWarning):
        assert agreement.icc(twice).estimate > 0.8
    assert np.array_equal(twice[:2], repeats.thickness(network, patients=2, seed=1))


@pytest.mark.parametrize(
    "wrong", [{"patients": 1}, {"patients": True}, {"patients": 2.5}, {"device": "Scanner Z"}]
)
def test_what_cannot_be_recorded_is_refused(wrong):
    with pytest.raises(errors.DataError):
        repeats.thickness(None, **wrong)
