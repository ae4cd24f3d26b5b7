"""The two maps: closed forms, mirror images, and what is refused."""

import numpy as np
import pytest

from course_utils.classify import maps
from course_utils.core import errors

BAND = np.zeros((64, 80), np.uint8)
BAND[20:44] = 1  # all columns, 24 rows


def test_the_distance_of_a_band_is_that_to_its_edges():
    found = maps.signed_distance(BAND, (0.5, 0.25))
    rows = np.arange(64)
    want = np.where((rows >= 20) & (rows < 44), np.minimum(rows - 19, 44 - rows), 0.0)
    want = 0.5 * np.where(want > 0, want, -np.maximum(20 - rows, rows - 43))
    np.testing.assert_allclose(found, np.broadcast_to(want[:, None], found.shape))


def test_inside_out_changes_the_sign_only():
    rng = np.random.default_rng(1)
    mask = (rng.random((20, 30)) < 0.4).astype(np.uint8)
    np.testing.assert_allclose(
        maps.signed_distance(mask, (0.3, 0.7)), -maps.signed_distance(1 - mask, (0.3, 0.7))
    )


def test_the_place_along_a_flat_band_is_a_straight_line():
    found = maps.along(BAND, (0.5, 0.25))
    np.testing.assert_allclose(found[0], np.linspace(-1, 1, 80), atol=1e-6)
    assert (found == found[0]).all()


def test_a_steep_part_counts_in_full():
    """A tendon that runs flat for 30 columns and then down at 45 degrees for 30 more."""
    mask = np.zeros((64, 61), np.uint8)
    for column in range(61):
        top = 10 + max(0, column - 30)
        mask[top : top + 6, column] = 1
    middle = maps.along(mask, (1.0, 1.0))[0, 30]
    assert middle == pytest.approx(2 * 1 / (1 + np.sqrt(2)) - 1, abs=0.01)


def test_the_stack_is_what_it_says():
    image = np.random.default_rng(2).random((256, 256)).astype(np.float32)
    mask = np.zeros((256, 256), np.uint8)
    mask[100:150, 20:200] = 1
    seen = maps.stack(image, mask, (0.1, 0.1))
    assert seen.shape == (32, 32, 4) and seen.dtype == np.float32
    np.testing.assert_allclose(seen[..., 0].mean(), image.mean(), atol=1e-4)
    np.testing.assert_allclose(seen[..., 1].mean(), mask.mean(), atol=1e-4)
    assert seen[..., 2].max() == pytest.approx(2.5 / 5, abs=0.1)  # half of 5 mm
    assert seen[0, 0, 2] == -1.0 and (seen[..., 3].min(), seen[..., 3].max()) == (-1.0, 1.0)


@pytest.mark.parametrize("mask", [np.zeros((8, 8), np.uint8), np.ones((8, 8), np.uint8)])
def test_an_outline_without_an_edge_is_refused(mask):
    for make in (maps.signed_distance, maps.along):
        with pytest.raises(errors.DataError, match="no outline"):
            make(mask, (1, 1))
