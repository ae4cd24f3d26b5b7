"""Broken folders: twenty-two kinds, each with exactly what the folder check says about it."""

import os
import shutil
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from course_utils.cases import samples
from course_utils.core import errors
from course_utils.show import progress
from course_utils.your_own_data import check, records
from tests.helpers import folders
from tests.helpers.folders import USUAL, inspect, pairs, said


@pytest.fixture
def good(tmp_path):
    """Four good pairs of two patients, to which a test adds one thing that is wrong."""
    return folders.good(tmp_path / "study")


def test_broken_1_no_such_folder(tmp_path):
    for name in (tmp_path / "nothing", "", "   ", "a\0b"):
        with pytest.raises(errors.FileError, match="folder|path"):
            check.inspect(name, progress.Quiet())
    for wrong in (None, 3, b"x"):
        with pytest.raises(errors.DataError, match="folder was expected"):
            check.inspect(wrong, progress.Quiet())


def test_broken_2_a_file_instead_of_a_folder(good):
    with pytest.raises(errors.FileError, match="'P1_1.png' is a file. Give the folder it is in."):
        check.inspect(good / "images/P1_1.png", progress.Quiet())


def test_broken_3_empty_folder_and_nothing_readable(tmp_path):
    report = inspect(tmp_path)
    assert said(report) == {("stop", "no image"): [""]} and report.table.empty and not report.ok
    (tmp_path / "notes.txt").write_text("hello")
    assert set(said(inspect(tmp_path))) == {("stop", "no image"), ("note", "other files")}
    with pytest.raises(errors.DataError, match="nothing to list"):
        report.manifest(tmp_path / "cases.csv")
    assert "stop" in str(report) and "<table>" in report._repr_html_()


def test_broken_4_no_permission(good, monkeypatch):
    real = os.scandir

    def closed(place="."):
        if str(place).endswith("masks"):
            raise PermissionError(13, "Permission denied")
        return real(place)

    monkeypatch.setattr(os, "scandir", closed)
    report = check.inspect(good, progress.Quiet())
    assert said(report, *USUAL) == {
        ("stop", "folder that cannot be opened"): ["masks"],
        ("stop", "no pair found"): [""],
    }

    def never(place="."):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", never)
    with pytest.raises(errors.FileError, match="cannot be opened"):
        check.inspect(good, progress.Quiet())


def test_broken_5_links_in_a_circle_and_into_nothing(good):
    (good / "images/again").symlink_to(good, target_is_directory=True)
    (good / "images/lost.png").symlink_to(good / "gone.png")
    (good / "images/self.png").symlink_to(good / "images/self.png")
    report = inspect(good)
    assert len(report.table) == 4
    assert said(report, *USUAL) == {
        ("look", "link to a folder"): ["images/again"],
        ("look", "broken link"): ["images/lost.png", "images/self.png"],
    }


def test_broken_6_hidden_and_system_files(good):
    for name in (
        ".DS_Store",
        "Thumbs.db",
        "images/._P1_1.png",
        "__MACOSX/images/P1_1.png",
        "desktop.ini",
    ):
        (good / name).parent.mkdir(parents=True, exist_ok=True)
        (good / name).write_bytes(b"x")
    report = inspect(good)
    assert len(report.table) == 4
    assert said(report, *USUAL) == {("note", "hidden files"): [""]}


def test_broken_7_empty_files(good):
    (good / "images/P3_1.png").write_bytes(b"")
    (good / "masks/P1_1.png").write_bytes(b"")
    report = inspect(good)
    assert said(report, *USUAL) == {
        ("stop", "empty file"): ["images/P3_1.png", "masks/P1_1.png"],
        ("look", "image without a mask"): ["images/P1_1.png"],
    }


def test_broken_8_truncated_and_false_files(good):
    whole = (good / "images/P1_1.png").read_bytes()
    (good / "images/P1_1.png").write_bytes(whole[: len(whole) // 2])
    (good / "masks/P2_1.png").write_bytes(b"this is no picture")
    report = inspect(good)
    assert said(report, *USUAL) == {
        ("stop", "image that cannot be read"): ["images/P1_1.png"],
        ("stop", "mask that cannot be used"): ["masks/P2_1.png"],
    }
    assert list(report.table["image"]) == ["images/P1_2.png", "images/P2_2.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_broken_9_names_that_are_no_text(good):
    for name in (b"P9_\xff.png", b"P9_\n1.png", b"P9\\1.png"):
        shutil.copy(good / "images/P1_1.png", os.path.join(os.fsencode(good), name))
    report = inspect(good)
    assert said(report, *USUAL) == {
        ("stop", "name that cannot be written"): ["P9\\1.png", "P9_?.png", "P9_?1.png"]
    }
    assert str(report).encode("utf-8") and len(report.table) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not allow such names")
def test_broken_10_names_that_windows_refuses(good):
    long = "images/" + "x" * 245 + ".png"
    for seed, name in enumerate(("images/con.png", "images/a:b.png", long), 20):
        folders.save(good / name, folders.grey(seed))
    report = inspect(good)
    found = said(report, *USUAL)
    assert found[("look", "name that Windows refuses")] == sorted(
        ["images/con.png", "images/a:b.png", long]
    )
    assert len(found[("look", "image without a mask")]) == 3


def test_broken_11_unicode_spaces_and_brackets(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "images/Mu\u0308ller scan (1) [a].png": "masks/M\u00fcller scan (1) [a].png",
            "images/\u03b1\u03b2 2.png": "masks/\u03b1\u03b2 2.png",
        },
    )
    report = inspect(tmp_path)
    assert pairs(report) == {
        "images/Mu\u0308ller scan (1) [a].png": ["masks/M\u00fcller scan (1) [a].png"],
        "images/\u03b1\u03b2 2.png": ["masks/\u03b1\u03b2 2.png"],
    }
    place = report.manifest(tmp_path / "cases.csv")
    assert len(samples.table(place)) == 2


def test_broken_12_orphans_on_both_sides_and_an_unclear_pair(good):
    folders.save(good / "images/P4_1.png", folders.grey(30))
    folders.save(good / "masks/P5_1.png", folders.disc(31))
    folders.save(good / "images/P1_1.jpg", folders.grey(32))
    report = inspect(good)
    assert said(report, *USUAL) == {
        ("look", "image without a mask"): ["images/P4_1.png"],
        ("look", "mask without an image"): ["masks/P5_1.png"],
        ("stop", "mask that fits several images"): ["masks/P1_1.png"],
    }
    assert len(report.table) == 3


def test_broken_13_masks_of_another_size(good):
    folders.save(good / "masks/P1_1.png", folders.disc(1, (60, 160)))
    folders.save(good / "masks/P1_2.png", folders.disc(1).T.copy())
    report = inspect(good)
    assert said(report, *USUAL) == {
        ("stop", "mask of another size"): ["masks/P1_1.png", "masks/P1_2.png"]
    }
    sentences = list(report.problems.query("level == 'stop'")["problem"])
    assert "60 x 160" in sentences[0] and "turned by 90 degrees" in sentences[1]
    assert len(report.table) == 2


def test_broken_14_masks_of_every_sort(good):
    disc = folders.disc(1, value=1)
    folders.save(good / "masks/P1_1.png", disc)  # 0 and 1
    folders.save(good / "masks/P1_2.png", folders.disc(2), "RGB")
    labels = np.where(folders.disc(3) > 0, 2, folders.disc(9, value=1)).astype(np.uint8)
    folders.save(good / "masks/P2_1.png", labels)
    folders.save(good / "masks/P2_2.png", cv2.GaussianBlur(folders.disc(4), (0, 0), 1))
    report = inspect(good)
    assert list(report.table["mask_style"]) == [
        "0 and 1",
        "0 and 255, saved in colour",
        "labels",
        "soft edges",
    ]
    assert said(report, *USUAL) == {
        ("note", "mask saved in colour"): ["masks/P1_2.png"],
        ("look", "mask of labels"): ["masks/P2_1.png"],
        ("note", "mask read with a remark"): ["masks/P2_2.png"],
    }


def test_broken_15_masks_that_are_none(good):
    folders.save(good / "masks/P1_1.png", folders.grey(7))  # the image itself
    two = np.zeros((*folders.SIZE, 3), np.uint8)
    two[20:40, 20:40], two[60:80, 60:80] = (255, 0, 0), (0, 255, 0)
    folders.save(good / "masks/P1_2.png", two)
    folders.save(good / "masks/P2_1.png", np.full(folders.SIZE, 255, np.uint8))
    folders.save(good / "masks/P2_2.png", np.zeros(folders.SIZE, np.uint8))
    report = inspect(good)
    assert said(report, *USUAL, "mask read with a remark") == {
        ("stop", "mask that cannot be used"): ["masks/P1_1.png", "masks/P1_2.png"],
        ("look", "mask that marks everything"): ["masks/P2_1.png"],
        ("note", "empty mask"): ["masks/P2_2.png"],
    }
    assert list(report.table["empty"]) == [False, True]


def test_broken_16_one_picture_under_two_patients(good):
    shutil.copy(good / "images/P1_1.png", good / "images/P3_1.png")
    Image.open(good / "images/P2_2.png").save(good / "images/P2_3.bmp")  # same pixels, other file
    near = np.clip(folders.grey(1) * 1.05, 0, 255).astype(np.uint8)  # P1_2, a little brighter
    folders.save(good / "images/P4_1.png", near)
    report = inspect(good)
    assert said(report, *USUAL, "image without a mask") == {
        ("stop", "the same picture, another patient or split"): ["images/P1_1.png"],
        ("look", "the same picture, one patient"): ["images/P2_2.png"],
        ("stop", "nearly the same picture, another patient or split"): ["images/P1_2.png"],
    }


def test_broken_17_one_patient_in_two_splits(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "train/images/P1_1.png": "train/masks/P1_1.png",
            "train/images/P2_1.png": "train/masks/P2_1.png",
            "val/images/P1_2.png": "val/masks/P1_2.png",
        },
    )
    report = inspect(tmp_path)
    assert said(report, *USUAL) == {("stop", "patient in several splits"): [""]}
    assert "Patient 'P1' is in train and validation." in str(report)


def test_broken_18_identities_in_names(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "Meier_Anna/MRN1234567.png": "Meier_Anna/MRN1234567_mask.png",
            "Doe, John/19480312.png": "Doe, John/19480312_mask.png",
            "Doe, John/scan 12345678.png": "Doe, John/scan 12345678_mask.png",
        },
    )
    report = inspect(tmp_path)
    found = said(report, *USUAL)
    assert found[("look", "name of a person in a file name")] == ["Doe, John/", "Meier_Anna/"]
    assert found[("stop", "patient number in a file name")] == [
        "Meier_Anna/MRN1234567.png",
        "Meier_Anna/MRN1234567_mask.png",
    ]
    assert len(found[("look", "date in a file name")]) == 2
    assert len(found[("look", "long number in a file name")]) == 2 and len(found) == 4
    assert list(report.table["patient_id"]) == ["N001", "N001", "N002"]  # no names in the list


def test_broken_19_names_burned_into_the_pixels(good):
    pixels = folders.grey(40, (240, 320)) // 2
    cv2.putText(pixels, "DOE JOHN 12.03.48", (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    folders.save(good / "images/P1_1.png", pixels)
    folders.save(good / "masks/P1_1.png", folders.disc(1, (240, 320)))
    report = inspect(good)
    assert said(report, *USUAL) == {("look", "writing in the picture"): ["images/P1_1.png"]}
    assert "P1_1" not in report.examples().html()  # what may name somebody is not shown
    assert report._repr_html_().count("<img") == 2


def test_broken_20_blank_flat_and_repeated_drawings(good):
    folders.save(good / "images/P1_1.png", np.full(folders.SIZE, 9, np.uint8))
    folders.save(good / "images/P1_2.png", folders.disc(5))
    shutil.copy(good / "masks/P2_1.png", good / "masks/P2_2.png")
    report = inspect(good)
    assert said(report, *USUAL) == {
        ("look", "blank picture"): ["images/P1_1.png"],
        ("look", "read with a remark"): ["images/P1_1.png"],
        ("look", "image that looks like a mask"): ["images/P1_2.png"],
        ("look", "one mask for several images"): ["masks/P2_1.png"],
    }


def test_broken_21_masks_all_empty_archives_and_outlines(good):
    for mask in (good / "masks").iterdir():
        folders.save(mask, np.zeros(folders.SIZE, np.uint8))
    (good / "more.zip").write_bytes(b"PK")
    (good / "drawn.json").write_text("{}")
    report = inspect(good)
    assert set(said(report, *USUAL)) == {
        ("stop", "all masks are empty"),
        ("note", "empty mask"),
        ("look", "archives"),
        ("look", "outlines stored as text"),
    }


def test_broken_22_a_program_error_in_one_file_ends_nothing(good, monkeypatch):
    real = records.image

    def fail(place, kind):
        if place.name == "P1_1.png":
            raise MemoryError("no room")
        return real(place, kind)

    monkeypatch.setattr(records, "image", fail)
    report = inspect(good)
    assert said(report, *USUAL) == {("stop", "image that cannot be read"): ["images/P1_1.png"]}
    assert len(report.table) == 3
