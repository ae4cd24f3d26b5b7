"""The acoustic sector: what is kept of a screen, and what is not taken for one."""

import cv2
import numpy as np
import pytest

from course_utils.core import errors
from course_utils.load import dicom
from course_utils.privacy import deidentification, sector
from tests.privacy.test_deidentification import SALT, fan, patient


@pytest.mark.parametrize(("ink", "paper", "grain"), [(0, 255, 0), (0, 220, 5), (255, 60, 0)])
def test_a_page_of_a_report_is_no_sector(ink, paper, grain):
    page = np.full((480, 640), paper, np.uint8)
    for row in range(20, 480, 24):
        cv2.putText(page, "SECRET Jane, liver 14 cm", (10, row), 0, 0.5, ink, 1, cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, grain, page.shape)
    scan = patient(np.clip(page + noise, 0, 255).astype(np.uint8))
    kinds = {(f.kind, f.severity) for f in deidentification.audit(scan)}
    assert {("pixels", "check"), ("text outside the sector", "high")} <= kinds
    with pytest.warns(errors.CourseWarning, match="No acoustic sector"):
        clean = deidentification.deidentify(scan, salt=SALT)
    assert not dicom.read(clean).pixels.any()


@pytest.mark.parametrize("interface", [255, 200, 30])
def test_a_bright_interface_around_the_fan_goes(interface):
    cine, mask = fan(frames=1, text="")
    screen = np.where(cine[0] > 0, cine[0], 0)
    screen[:40], screen[:, :40] = interface, interface
    cv2.putText(screen, "SECRET Jane", (5, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1)
    found = sector.find(screen / 255)
    assert not found[:40].any() and not found[:, :40].any() and found[mask].mean() > 0.95


@pytest.mark.parametrize("frames", [1, 6])
def test_both_halves_of_a_divided_screen_stay(frames):
    left, mask = fan(frames=frames)
    cine, both = np.dstack([left, fan(frames=frames, seed=1)[0]]), np.hstack([mask, mask])
    pixels = dicom.read(deidentification.deidentify(patient(cine), salt=SALT)).pixels
    kept = pixels.reshape(-1, *both.shape).max(axis=0) > 0
    assert kept[both].mean() > 0.97 and not (kept & ~both).any()
