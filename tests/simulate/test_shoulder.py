"""The simulated shoulder: its exact outline, what an illness adds, and a patch that moves."""

from dataclasses import replace

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.simulate import shoulder

PLAIN = replace(shoulder.draw(3, 0), cortex_mm=0.0)
STILL = shoulder.View()


def inside(body, seen, low, high):
    """Mean level in dB of the tendon between two places along it (mm from the top of the head)."""
    level, mask = shoulder.levels(body, seen), shoulder.mask(body, seen) > 0
    z, x = np.meshgrid(*(np.arange(shoulder.SIZE) * s for s in shoulder.SPACING), indexing="ij")
    along, _ = shoulder._round(body, seen, x - shoulder.PROBE.width / 2, z)
    return float(level[mask & (along > low) & (along < high)].mean())


@pytest.mark.parametrize("thickness", [4.2, 5.2, 7.5])
def test_the_outline_is_as_thick_as_the_truth_says(thickness):
    body = replace(PLAIN, thickness_mm=thickness)
    mask = shoulder.mask(body, STILL)
    middle = round((shoulder.PROBE.width / 2 - 2.0) / shoulder.SPACING[1])  # the top of the head
    assert mask[:, middle].sum() * shoulder.SPACING[0] == pytest.approx(thickness, abs=0.15)


def test_a_slide_moves_the_outline_by_as_much():
    at = [
        np.flatnonzero(shoulder.mask(PLAIN, shoulder.View(slide_mm=s)).any(0))[-1] for s in (-2, 2)
    ]
    assert (at[1] - at[0]) * shoulder.SPACING[1] == pytest.approx(4.0, abs=0.3)


def test_the_same_seed_is_the_same_person_but_for_the_illness():
    well, ill = shoulder.draw(11, 0), shoulder.draw(11, 1)
    assert (well.drop_db, well.loss) == (0.0, 0.0)
    assert ill.thickness_mm > well.thickness_mm
    assert (ill.radius_mm, ill.fat_mm, ill.deltoid_db) == (
        well.radius_mm,
        well.fat_mm,
        well.deltoid_db,
    )
    np.testing.assert_array_equal(shoulder.levels(ill, STILL), shoulder.levels(ill, STILL))


def test_an_ill_place_is_darker_by_what_the_truth_says():
    body = replace(PLAIN, focus_mm=9.0, spread_mm=1e6)  # dark all along
    darker = inside(replace(body, drop_db=6.0), STILL, -3, 6) - inside(body, STILL, -3, 6)
    assert darker == pytest.approx(-6.0, abs=0.4)


def test_anisotropy_moves_with_the_tilt_and_an_illness_does_not():
    seen = shoulder.View(anisotropy_db=7.0)
    spots = [shoulder.patch_mm(PLAIN, replace(seen, tilt_deg=tilt)) for tilt in (-5.0, 5.0)]
    assert spots[1] - spots[0] == pytest.approx(10 * shoulder.MOVES_MM)
    for tilt, (here, away) in zip((-5.0, 5.0), (spots, spots[::-1]), strict=True):
        at = replace(seen, tilt_deg=tilt)
        plain = replace(at, anisotropy_db=0.0)
        loss = [inside(PLAIN, at, s - 0.5, s + 0.5) - inside(PLAIN, plain, s - 0.5, s + 0.5)
                for s in (here, away)]  # fmt: skip
        assert loss[0] < -3.5 and abs(loss[1]) < 1.0


def test_a_machine_of_smaller_range_shows_more_contrast():
    levels = np.array([[-40.0, -20.0]], np.float32)
    a, b = (np.diff(shoulder.grey(levels, name))[0, 0] for name in "AB")
    assert a == pytest.approx(20 / 60) and b == pytest.approx(20 / 52)
    with pytest.raises(errors.DataError, match="no machine 'C'"):
        shoulder.grey(levels, "C")


@pytest.mark.parametrize(("seed", "ill"), [(-1, 0), (1, 2), (1, 0.5)])
def test_strange_people_are_refused(seed, ill):
    with pytest.raises(errors.DataError, match="must be"):
        shoulder.draw(seed, ill)
