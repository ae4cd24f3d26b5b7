"""The list for the lessons, and the copies that some data need: new files only, all or nothing."""

import cv2
import numpy as np
import pytest

from course_utils import load
from course_utils.cases import samples
from course_utils.core import errors, files
from course_utils.show import progress
from course_utils.your_own_data import check
from tests.helpers import folders


@pytest.fixture
def mixed(tmp_path):
    """Two masks of one image, labels, an outline, and one plain pair."""
    study = tmp_path / "study"
    folders.fill(
        study,
        **{
            "P1_1.png": ["P1_1_mask.png", "P1_1_mask_1.png"],
            "P1_2.png": "P1_2_mask.png",
            "P2_1.png": "P2_1_mask.png",
            "P2_2.png": "P2_2_mask.png",
        },
    )
    labels = np.zeros(folders.SIZE, np.uint8)
    labels[10:40, 10:40], labels[50:80, 50:80] = 1, 3
    folders.save(study / "P1_2_mask.png", labels)
    line = cv2.circle(np.zeros(folders.SIZE, np.uint8), (80, 60), 40, 255, 1)
    folders.save(study / "P2_1_mask.png", line)
    return study


def report(folder):
    return check.inspect(folder, progress.Quiet())


def test_what_needs_copies_is_said_and_nothing_is_written(mixed):
    before = folders.state(mixed.parent)
    with pytest.raises(errors.DataError, match="3 of 4 images or masks.*P1_1.png.*several masks"):
        report(mixed).manifest(mixed.parent / "cases.csv")
    with pytest.raises(errors.DataError, match="P1_2_mask.png.*label=1"):
        report(mixed).manifest(mixed.parent / "cases.csv", mixed.parent / "copies")
    assert folders.state(mixed.parent) == before


def test_copies_hold_what_the_originals_mean(mixed):
    before = folders.state(mixed)
    place = report(mixed).manifest(mixed.parent / "cases.csv", mixed.parent / "copies", label=3)
    assert folders.state(mixed) == before
    table = samples.table(place)
    assert list(table["image"]) == [f"study/P{p}_{n}.png" for p in (1, 2) for n in (1, 2)]
    masks = [load.mask(mixed.parent / name) for name in table["mask"]]
    both = load.mask(mixed / "P1_1_mask.png") | load.mask(mixed / "P1_1_mask_1.png")
    np.testing.assert_array_equal(masks[0], both)
    assert masks[1].sum() == 900 and masks[1][60, 60] == 1 and masks[1][20, 20] == 0
    assert abs(masks[2].sum() / (np.pi * 40**2) - 1) < 0.04  # the disc inside the line
    assert table["mask"].iloc[3] == "study/P2_2_mask.png"  # no need for a copy
    assert sorted(p.name for p in mixed.parent.iterdir()) == ["cases.csv", "copies", "study"]


def test_an_emptied_label_counts_as_empty(mixed):
    place = report(mixed).manifest(mixed.parent / "cases.csv", mixed.parent / "copies", label=2)
    assert list(samples.table(place)["empty"]) == [False, True, False, False]


@pytest.mark.parametrize("where", ["study", "study/new", "study/deep/new"])
def test_copies_never_go_into_the_data(mixed, where):
    before = folders.state(mixed.parent)
    with pytest.raises(errors.FileError, match="lies in the folder of the data"):
        report(mixed).manifest(mixed.parent / "cases.csv", mixed.parent / where, label=3)
    assert folders.state(mixed.parent) == before


@pytest.mark.slow
def test_copies_never_go_over_anything(mixed):
    (mixed.parent / "full").mkdir()
    (mixed.parent / "full/keep.txt").write_text("mine")
    link = mixed.parent / "link"
    link.symlink_to(mixed, target_is_directory=True)
    for where, why in (
        ("full", "not an empty folder"),
        ("link", "lies in the folder"),
        ("no/such", "does not exist"),
    ):
        with pytest.raises(errors.FileError, match=why):
            report(mixed).manifest(mixed.parent / "cases.csv", mixed.parent / where, label=3)
    assert (mixed.parent / "full/keep.txt").read_text() == "mine"
    (mixed.parent / "empty").mkdir()
    assert (
        report(mixed).manifest(mixed.parent / "cases.csv", mixed.parent / "empty", label=3).exists()
    )


def test_a_list_needs_a_good_name(mixed):
    found = report(mixed)
    for name, error in (("cases.txt", "ends with .csv"), ("no/cases.csv", "does not exist")):
        with pytest.raises(errors.CourseError, match=error):
            found.manifest(mixed.parent / name, mixed.parent / "copies", label=3)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_is_stopped_leaves_nothing_behind(mixed, monkeypatch, stop):
    found, before = report(mixed), folders.state(mixed.parent)
    real, calls = cv2.imencode, []

    def encode(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise stop
        return real(*arguments)

    monkeypatch.setattr(cv2, "imencode", encode)
    with pytest.raises((KeyboardInterrupt, errors.FileError)):
        found.manifest(mixed.parent / "cases.csv", mixed.parent / "copies", label=3)
    assert folders.state(mixed.parent) == before


def test_a_list_that_cannot_be_written_takes_its_copies_along(mixed, monkeypatch):
    def full(path, write):
        raise errors.FileError("no room")

    found, before = report(mixed), folders.state(mixed.parent)
    monkeypatch.setattr(files, "write_whole", full)
    with pytest.raises(errors.FileError, match="no room"):
        found.manifest(mixed.parent / "cases.csv", mixed.parent / "copies", label=3)
    assert folders.state(mixed.parent) == before


def test_volumes_and_dicom_become_pictures_and_keep_their_millimetres(tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    study = tmp_path / "study"
    study.mkdir()
    for name, pixels in (("P1_a.mha", folders.grey(1)), ("P1_a_gt.mha", folders.disc(1, value=1))):
        volume = sitk.GetImageFromArray(pixels)
        volume.SetSpacing((0.3, 0.2))
        sitk.WriteImage(volume, str(study / name))
    place = report(study).manifest(tmp_path / "cases.csv", tmp_path / "copies")
    row = samples.table(place).iloc[0]
    assert (row["row_mm"], row["col_mm"]) == (0.2, 0.3)
    np.testing.assert_allclose(
        load.image(tmp_path / row["image"]) * 255, folders.grey(1), atol=1e-4
    )
    np.testing.assert_array_equal(load.mask(tmp_path / row["mask"]), folders.disc(1) > 0)
