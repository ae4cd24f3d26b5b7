"""Writing in pictures: found on the samples and screens that have it, and only there."""

import cv2
import numpy as np
import pytest

from course_utils import load
from course_utils.cases import samples
from course_utils.core import tables
from course_utils.load import dicom
from course_utils.privacy import deidentification, sector, writing
from tests.helpers import folders, screens
from tests.privacy.test_deidentification import NAMES, opened, quietly
from tools.measure import writing as measuring


@pytest.mark.slow
@pytest.mark.parametrize("name", ["muscle_general", "muscle_hires"])
def test_the_samples_that_have_writing_and_no_others(name):
    table = samples.table(name).iloc[::3]
    found = [bool(writing.lines(load.image(path))) for path in tables.paths(table)]
    assert found == list(table["burned_in"])


@pytest.mark.parametrize("scale", [0.4, 0.5, 0.6, 0.9, 1.2])
def test_a_line_of_text_is_boxed(scale):
    pixels = folders.grey(1, (240, 320)) // 3
    cv2.putText(pixels, "ID 4711 MEIER", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1)
    boxes = writing.lines(pixels / np.float32(255))
    assert boxes and any(x0 < 60 and y0 < 60 <= y1 + 12 for x0, y0, x1, y1 in boxes)


def test_no_text_no_boxes():
    for seed in range(5):
        assert writing.find(folders.grey(seed) / np.float32(255)) == []
    ruler = np.zeros((200, 200), np.float32)
    ruler[10:190:10, 5:9] = 1  # marks of depth
    assert writing.find(ruler) == []
    assert writing.find(np.zeros((4, 4), np.float32)) == []


def kinds(draw, size=(160, 240)):
    picture = folders.grey(3, size) // 4
    draw(picture)
    return {mark.kind for mark in writing.find(picture / np.float32(255))}


@pytest.mark.slow
def test_on_screens_of_makes_that_were_not_tuned_on():
    """The fixed, small version of tools/measure/writing.py; the floors are under its numbers."""
    items, false = measuring.measure(screens.HELD_OUT, range(100, 101))
    found = [row[3] for row in items]
    assert len(found) > 75 and np.mean(found) > 0.8
    short = [row[3] for row in items if row[2] in ("label", "clipped", "reading")]
    assert np.mean(short) > 0.7
    assert max(sum(row[2] > 0 for row in false), sum(row[3] > 0 for row in false)) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("geometry", ["linear", "curved", "phased"])
@pytest.mark.parametrize("seed", range(10))
def test_tissue_is_never_called_text_and_the_near_field_stays(geometry, seed):
    for frames in (1, 5):
        cine, true, box = screens.cine(geometry, seed, frames)
        grey = cine if frames > 1 else cine[0]
        keep, bright = sector.find(grey), true & (sector.brightest(cine) > 0.3)
        top = np.nonzero(true.any(axis=1))[0][0]
        near = bright & (np.arange(len(true))[:, None] < top + 30)
        assert not keep[box[1] : box[3] + 1, box[0] : box[2] + 1].any()  # the name goes
        assert (near & keep).sum() >= 0.9 * near.sum() and (
            bright & keep
        ).sum() > 0.93 * bright.sum()
        assert (keep & ~true).sum() < 0.03 * true.sum()
        said = sector.lost(grey, keep)
        assert abs(said - (bright & ~keep).sum() / bright.sum()) < 0.03
        inner = cv2.erode(true.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
        for x0, y0, x1, y1 in writing.text_outside(sector.brightest(grey), keep)[0]:
            assert not (inner & ~keep & (sector.brightest(grey) > 0.3))[
                y0 : y1 + 1, x0 : x1 + 1
            ].any()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_real_files_are_read_as_a_person_does(name):
    """Looked at: letters and callipers of each file, and none in its tissue."""
    grey = quietly(dicom.read, opened(name)).pixels
    keep = sector.find(grey, sector.tissue_box(opened(name), grey.shape[-2:]))
    clean = quietly(deidentification.deidentify, opened(name), salt="a long secret of the clinic")
    inside = {"examples_palette": 2, "examples_ybr_color": 0, "examples_rgb_color": 4}
    assert len(writing.places(grey * keep, keep)) == inside.get(name, 0)
    blanked = clean.DeidentificationMethod[-1]
    assert blanked.startswith("Blanked ") and len(blanked) <= 64
    assert float(blanked.split(", ")[1].split("%")[0]) < 1  # per cent of bright tissue
