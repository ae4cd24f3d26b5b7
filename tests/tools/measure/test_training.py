"""The region between two aponeurosis bands, on which the sim-to-real numbers rest."""

import numpy as np

from tools.measure import training


def test_between_fills_from_band_to_band_and_only_where_both_are_seen():
    bands = np.zeros((60, 80), np.uint8)
    bands[10:14, :] = 1
    bands[40:44, 20:] = 1
    bands[55, 5] = 1  # a speck, neither of the two
    region = training.between(bands)
    expected = np.zeros_like(bands)
    expected[14:40, 20:] = 1
    assert np.array_equal(region, expected)
