"""The region between two aponeurosis bands, on which the sim-to-real numbers rest."""

import importlib.util

import numpy as np
from conftest import ROOT


def test_between_fills_from_band_to_band_and_only_where_both_are_seen():
    spec = importlib.util.spec_from_file_location("measure", ROOT / "tools" / "measure_training.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    bands = np.zeros((60, 80), np.uint8)
    bands[10:14, :] = 1
    bands[40:44, 20:] = 1
    bands[55, 5] = 1  # a speck, neither of the two
    region = tool.between(bands)
    expected = np.zeros_like(bands)
    expected[14:40, 20:] = 1
    assert np.array_equal(region, expected)
