"""The classifier learns what is there, begins anew each time, and the calf's encoder keeps its weights."""

import numpy as np
import pytest

from course_utils.classify import networks
from course_utils.core import errors

RNG = np.random.default_rng(1)
LABELS = np.arange(40) % 2
BRIGHT = RNG.normal(0.4, 0.05, (40, 32, 32, 1)).astype(np.float32)
BRIGHT[LABELS == 1, 12:20, 12:20] += 0.4  # the ill have a bright square


def learner():
    return networks.Learner(lambda: networks.classifier(1, 32), BRIGHT, epochs=20)


@pytest.mark.slow
def test_it_learns_a_square_and_begins_anew():
    made, rows = learner(), np.arange(30)
    first = made.fit(rows, LABELS, 1).probability(np.arange(30, 40))
    ill = LABELS[30:] == 1
    assert first[ill].min() > first[~ill].max()
    upside = made.fit(rows, 1 - LABELS, 1).probability(np.arange(30, 40))
    assert upside[ill].max() < upside[~ill].min()  # nothing is left of the first training
    again = made.fit(rows, LABELS, 1).probability(np.arange(30, 40))
    np.testing.assert_allclose(again, first, atol=0.1)  # dropout goes on where it was


def test_labels_must_fit():
    with pytest.raises(errors.DataError, match="39 labels for 40 pictures"):
        learner().fit(np.arange(10), LABELS[:39], 1)


def test_variants_are_the_same_pictures_moved():
    x, y = networks.varied(BRIGHT, LABELS, np.random.default_rng(2))
    assert x.shape == (160, 32, 32, 1) and y[:, 0].tolist() == LABELS.tolist() * 4
    for place in (0, 57, 121):
        centred = np.sort(x[place].ravel()) - x[place].mean()
        plain = BRIGHT[place % 40]
        np.testing.assert_allclose(centred, np.sort(plain.ravel()) - plain.mean(), atol=1e-4)
