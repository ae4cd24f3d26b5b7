"""The acoustic sector: what is kept of a screen, and what is not taken for one."""

import cv2
import numpy as np
import pandas
import pytest

from course_utils.cases import samples
from course_utils.core import errors
from course_utils.load import dicom, images
from course_utils.privacy import deidentification, sector
from tests.privacy.test_deidentification import SALT, fan, patient

REAL = samples.ROOT.parents[1] / "shared" / "real" / "muscle" / "images"


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("frames", [1, 6])
def test_both_halves_of_a_divided_screen_stay(frames):
    left, mask = fan(frames=frames)
    cine, both = np.dstack([left, fan(frames=frames, seed=1)[0]]), np.hstack([mask, mask])
    pixels = dicom.read(deidentification.deidentify(patient(cine), salt=SALT)).pixels
    kept = pixels.reshape(-1, *both.shape).max(axis=0) > 0
    assert kept[both].mean() > 0.97 and not (kept & ~both).any()


def _boxes_of(folder):
    """(image, true box, found box, sure) of every image of a sample set."""
    table = pandas.read_csv(folder / "cases.csv")
    for row in table.itertuples():
        true = (row.scan_top, row.scan_bottom, row.scan_left, row.scan_right)
        yield true, *sector.scan_box(images.image(folder / row.image)), row.scene


@pytest.mark.slow
@pytest.mark.parametrize("name", ["muscle_general", "muscle_hires"])
def test_scan_box_finds_the_scan_of_every_sample_image(name):
    overlaps = []
    for true, box, sure, scene in _boxes_of(samples.ROOT / name):
        overlaps.append(sector._overlap(true, box))
        assert sure > 0.7 or scene in ("air", "tendon")
    assert min(overlaps) > 0.8 and np.quantile(overlaps, 0.1) > 0.92 and len(overlaps) >= 30


@pytest.mark.parametrize("paint", [0, 52, 70, 200])
def test_scan_box_cuts_a_fan_out_of_any_frame(paint):
    cine, mask = fan(frames=1)
    screen = cine[0].copy()
    screen[:20], screen[:, :20], screen[-14:] = paint, paint, paint
    box, sure = sector.scan_box((screen / 255).astype(np.float32))
    rows, columns = np.nonzero(mask)
    true = (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)
    assert sector._overlap(true, box) > 0.85 and sure > 0.8


def test_scan_box_says_when_it_found_nothing():
    assert sector.scan_box(np.zeros((200, 300), np.float32)) == ((0, 200, 0, 300), 0.0)
    assert sector.scan_box(np.ones((50, 300), np.float32) / 2) == ((0, 50, 0, 300), 0.0)
    with pytest.raises(errors.DataError):
        sector.scan_box(np.zeros((200, 300, 3), np.float32))


@pytest.mark.skipif(not REAL.exists(), reason="the real scans are not part of the project")
def test_scan_box_on_real_muscle_leaves_the_machine_out():
    frames = {"img_00004": (10, 135, 47, 197), "img_00384": (17, 203, 36, 210)}  # in 1/240 width
    for name, marks in frames.items():
        picture = images.image(REAL / f"{name}.png")
        scale = max(picture.shape) / 241
        box, sure = sector.scan_box(picture)
        assert sector._overlap(tuple(v * scale for v in marks), box) > 0.9 and sure > 0.85
