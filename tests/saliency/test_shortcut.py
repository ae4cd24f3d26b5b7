"""The shortcut lab: callipers in place, patients apart, and a network that takes the bait."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="Keras is not installed for this computer")

from course_utils.core.errors import DataError
from course_utils.saliency import maps, shortcut


def scene():
    image = np.full((416, 416), 0.3, np.float32)
    mask = np.zeros((416, 416), np.uint8)
    mask[100:220] = 1
    return image, mask


def test_two_crosses_one_on_each_border():
    image, mask = scene()
    marked = shortcut.draw_callipers(image, mask, seed=2)
    rows = np.flatnonzero((marked != image).any(1))
    gap = np.flatnonzero(np.diff(rows) > 1)
    assert len(gap) == 1
    upper, lower = rows[: gap[0] + 1].mean(), rows[gap[0] + 1 :].mean()
    assert abs(upper - 100) < 4 and abs(lower - 219) < 4
    columns = np.flatnonzero((marked != image).any(0))
    assert np.ptp(columns) < 50 and marked.max() == pytest.approx(0.95)
    np.testing.assert_array_equal(marked, shortcut.draw_callipers(image, mask, seed=2))
    assert (marked != shortcut.draw_callipers(image, mask, seed=3)).any()


def test_no_callipers_without_muscle():
    image, mask = scene()
    with pytest.raises(DataError, match="no muscle"):
        shortcut.draw_callipers(image, mask * 0)
    with pytest.raises(DataError):
        shortcut.draw_callipers(image, mask[:9])


@pytest.mark.parametrize(
    "images, labels",
    [
        (np.zeros((4, 16, 16)), [0, 1, 1]),
        (np.zeros((4, 16, 16)), [1, 1, 1, 1]),
        (np.zeros((4, 16)), [0, 1, 0, 1]),
        (np.zeros((4, 16, 16)), [0, 1, 2, 1]),
        (np.zeros((0, 16, 16)), []),
    ],
)
def test_trainings_that_cannot_be(images, labels):
    with pytest.raises(DataError):
        shortcut.train(images, labels)


@pytest.mark.slow
def test_the_parts_share_no_patient_and_the_marks_are_where_the_images_differ():
    first, second = shortcut.data(0)
    assert not set(first.patients) & set(second.patients)
    for cases in (first, second):
        assert cases.images.shape == cases.marked.shape == cases.marks.shape
        differ = np.abs(cases.marked - cases.images) > 0.02
        assert (cases.marks[differ] == 1).all() and differ.any((1, 2)).all()
        assert 0.005 < cases.marks.mean() < 0.03 and 0.3 < cases.labels.mean() < 0.7
        for patient in set(cases.patients):
            assert len(set(cases.labels[cases.patients == patient])) == 1


@pytest.mark.slow
def test_the_network_takes_the_bait_and_the_overlay_tells(shared):
    lab = shortcut.lab(1)  # as lesson 07 does
    trained, removed, swapped = (lab.accuracy(setting) for setting in shortcut.SETTINGS)
    assert trained > 0.85 and removed < 0.75 and swapped < 0.25
    spread = [lab.accuracy(setting, "control") for setting in shortcut.SETTINGS]
    assert np.ptp(spread) < 0.35 and max(spread) < 0.9  # it never learned what the marks mean

    def _explain(net, image):
        return maps.integrated_gradients(net, image, steps=16, target=1)

    found, fair = (shortcut.exposed(lab, _explain, network, 4) for network in ("model", "control"))
    assert found["ratio"].median() > 8
    # A bright cross moves an innocent network too, though less.
    assert found["ratio"].median() > 1.3 * fair["ratio"].median()
    with pytest.raises(DataError, match="setting"):
        lab.images("no marks")
    with pytest.raises(DataError, match="network"):
        shortcut.exposed(lab, _explain, "other")
