"""The report on a folder: its list, its table, its page."""

import sys

import cv2
import pytest

from course_utils.cases import samples
from course_utils.core import errors, tables
from tests.helpers import folders
from tests.helpers.folders import inspect


@pytest.fixture
def good(tmp_path):
    """Four good pairs of two patients, to which a test adds one thing that is wrong."""
    return folders.good(tmp_path / "study")


def test_the_list_is_accepted_by_the_lessons(good):
    before = folders.state(good)
    place = inspect(good).manifest(good.parent / "cases.csv")
    assert folders.state(good) == before
    table = samples.table(place)
    assert list(table["image"]) == [f"study/images/P{p}_{n}.png" for p in (1, 2) for n in (1, 2)]
    assert list(table["patient_id"]) == ["P1", "P1", "P2", "P2"] and not table["empty"].any()
    assert len(tables.paths(table, "mask")) == 4
    with pytest.raises(errors.FileError, match="never overwritten"):
        inspect(good).manifest(place)


def test_a_list_of_images_that_nobody_can_give_to_patients_says_so(tmp_path, good):
    pairs = {f"images/img_{n:03d}.png": f"masks/img_{n:03d}.png" for n in range(1, 9)}
    folders.fill(tmp_path / "open", **pairs)
    for folder, guessed in ((tmp_path / "open", "guessed"), (good, None)):
        place = inspect(folder).manifest(tmp_path / f"{folder.name}.csv")
        assert samples.table(place).attrs.get("patients") == guessed


def test_the_table_can_be_used_at_once(good):
    report = inspect(good)
    assert len(tables.paths(report.table)) == len(tables.paths(report.table, "mask")) == 4
    assert (report.table["width"] == 160).all() and (report.table["height"] == 120).all()


def test_the_page_shows_counts_pictures_and_no_code(good):
    folders.save(good / "images/P1_<b>P9.png", folders.grey(3)) if sys.platform != "win32" else None
    page = inspect(good)._repr_html_()
    assert "<table>" in page and "P1_&lt;b&gt;P9" in page and "<b>P9" not in page
    assert 'alt="2 images of the folder' in page


def test_the_summary_counts_what_the_tables_hold(good):
    folders.save(good / "images/P3_1.png", folders.grey(9))  # no mask
    report = inspect(good)
    assert len(report.images) == 5 and len(report.table) == 4 and report.ok
    for words in ("5 images and", "4 with a mask", "4 of use in a lesson", "160 x 120 (5)"):
        assert words in report.summary
    assert (report.table["mask_share"] > 0).all() and report.images["mask"].isna().sum() == 1
    assert "look       1 x image without a mask" in str(report)


def test_an_image_with_writing_is_never_shown(good):
    assert inspect(good).examples() is not None
    for number, name in enumerate(("P1_1", "P1_2", "P2_1", "P2_2")):
        grey = folders.grey(number)
        cv2.putText(grey, "DOE JOHN", (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 1)
        folders.save(good / f"images/{name}.png", grey)
    report = inspect(good)
    assert (report.problems["kind"] == "writing in the picture").sum() == 4
    assert report.examples() is None
