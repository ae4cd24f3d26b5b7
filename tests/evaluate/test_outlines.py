"""Outlines and their distances against SciPy and two reference implementations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import directed_hausdorff

from course_utils.evaluate import metrics, outlines
from tests.helpers.shapes import blobs, box, disc

QUICK = settings(max_examples=25, deadline=None, derandomize=True, database=None)
SPACING = (0.12, 0.08)
MM = (0.5, 0.25)


def test_the_length_of_an_outline_is_known():
    tall = outlines.outline(box(10, 60, 20, 50) > 0, MM)
    straight = 2 * (50 - 1) * MM[0] + 2 * (30 - 1) * MM[1]
    assert tall.sum() == pytest.approx(straight + 4 * math.hypot(*MM) / 2)
    slanted = np.tri(100, dtype=bool)
    diagonal = (outlines.outline(slanted, (1, 1)) > 0).sum()
    assert outlines.outline(slanted, (1, 1)).sum() == pytest.approx(
        99 * 2 + 100 * math.sqrt(2), rel=0.01
    )
    assert diagonal > 300


@QUICK
@given(st.integers(0, 10_000))
def test_the_largest_distance_is_scipys_hausdorff_distance(seed):
    one, two = (mask > 0 for mask in blobs(seed))
    points = [np.argwhere(outlines.outline(mask, SPACING) > 0) * SPACING for mask in (one, two)]
    expected = max(directed_hausdorff(*points)[0], directed_hausdorff(*points[::-1])[0])
    assert outlines.Gaps(one, two, SPACING).percentile(1.0) == pytest.approx(expected)
    assert metrics.hd95(one, two, SPACING) <= expected + 1e-9


# --- reference implementations (test-only packages) ---


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the reference itself
@pytest.mark.parametrize("seed", range(12))
def test_distances_agree_with_deepminds_surface_distance(seed):
    reference = pytest.importorskip(
        "surface_distance", reason="the reference surface-distance is not installed"
    )
    one, two = blobs(seed) if seed % 2 else (disc(70 + seed), disc(80, (150 - seed, 140)))
    made = reference.compute_surface_distances(one > 0, two > 0, SPACING)
    assert metrics.hd95(one, two, SPACING) == pytest.approx(
        reference.compute_robust_hausdorff(made, 95), abs=1e-9
    )
    assert metrics.surface_dice(one, two, SPACING, tolerance_mm=0.25) == pytest.approx(
        reference.compute_surface_dice_at_tolerance(made, 0.25), abs=1e-9
    )
    weights = [made["surfel_areas_gt"].sum(), made["surfel_areas_pred"].sum()]
    mean = np.average(reference.compute_average_surface_distance(made), weights=weights)
    assert metrics.average_surface_distance(one, two, SPACING) == pytest.approx(mean, abs=1e-9)
    assert metrics.dice(one, two) == pytest.approx(
        reference.compute_dice_coefficient(one > 0, two > 0)
    )


@pytest.mark.parametrize(
    "shift, assd, hd95, dc",
    [
        (0, 0.982251, 1.964688, 0.867208),
        (5, 1.004261, 2.080865, 0.864275),
        (11, 1.142518, 2.441311, 0.844926),
        (40, 2.642878, 5.044799, 0.64523),
    ],
)
def test_distances_agree_with_medpy_to_half_a_pixel(shift, assd, hd95, dc):
    # Numbers of MedPy 0.5.2, which weighs too much (SimpleITK) to be installed for a test. Its
    # outline is the row of pixels inside, each counted once. Its hd95 pools both directions; the
    # value here is the larger of the two, from its distances.
    one, two = disc(70), disc(80, (150 - shift, 140))
    assert metrics.dice(one, two) == pytest.approx(dc, abs=1e-6)
    assert metrics.average_surface_distance(one, two, (0.1, 0.1)) == pytest.approx(assd, abs=0.05)
    assert metrics.hd95(one, two, (0.1, 0.1)) == pytest.approx(hd95, abs=0.05)
