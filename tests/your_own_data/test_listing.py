"""What lies in a folder; the broken ones are in test_your_data."""

import pytest

from course_utils.core import errors, files
from course_utils.your_own_data import listing


def test_kinds_by_ending_and_by_content(tmp_path):
    for name in ("a.PNG", "b.dcm", "c.nii.gz", "d.mhd", "e.AVI", "f.csv", "g.txt", "sub/h.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    for name in ("IM_0001", "1.2.840.5", "DICOMDIR"):
        (tmp_path / name).write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "LICENSE").write_bytes(b"text")
    found, others, problems = listing.walk(tmp_path)
    assert others == ["LICENSE", "g.txt"]
    assert dict(found) == {
        "a.PNG": "picture",
        "b.dcm": "DICOM",
        "c.nii.gz": "volume",
        "d.mhd": "volume",
        "e.AVI": "video",
        "f.csv": "table",
        "sub/h.tif": "picture",
        "IM_0001": "DICOM",
        "1.2.840.5": "DICOM",
    }
    assert [problem.kind for problem in problems] == ["hidden files", "other files"]


@pytest.mark.parametrize(
    "name, how",
    [
        ("liver.nrrd", "3D Slicer"),
        ("liver.seg.nrrd", "3D Slicer"),
        ("liver.mat", "MATLAB"),
        ("IMG_0001.HEIC", "phone"),
        ("scan.jp2", "GIMP"),
        ("clip.gif", "MP4"),
        ("scan.webp", "GIMP"),
        ("data.h5", "Python"),
        ("array.npy", "Python"),
        ("clip.webm", "HandBrake"),
        ("heart.vol", "maker"),
        ("patients.xlsx", "CSV"),
        ("report.pdf", "page"),
    ],
)
def test_formats_that_are_not_read_are_named_with_a_way_out(tmp_path, name, how):
    (tmp_path / name).write_bytes(b"x")
    found, others, problems = listing.walk(tmp_path)
    assert not found and others == [name] and len(problems) == 1
    ending = name[name.rindex(".") :].lower()
    assert problems[0].level == "look" and ending in problems[0].problem
    assert how in problems[0].advice


def test_stems():
    assert files.stem("a/b.c.png") == "b.c" and files.stem("x.nii.gz") == "x"
    assert files.stem("X.NII.GZ") == "X" and files.stem("noending") == "noending"


def test_a_whole_disk_is_refused(tmp_path, monkeypatch):
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(b"x")
    monkeypatch.setattr(listing, "LARGEST", 4)
    with pytest.raises(errors.DataError, match="not a whole disk"):
        listing.walk(tmp_path)


@pytest.mark.parametrize(
    "name", ["a.mgz", "a.pt", "a.b8", "a.tfrecord", "a.xlsm", "a.bz2", "a.ogv"]
)
def test_what_may_hold_data_is_never_nothing_to_do(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    found, others, problems = listing.walk(tmp_path)
    assert not found and others == [name]
    assert [each.level for each in problems] == ["look"] and "Nothing" not in problems[0].advice


@pytest.mark.parametrize("name", ["~snapshot", "RECYCLER", "_gsdata_", "node_modules", "FOUND.000"])
def test_more_of_what_systems_leave_behind(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "a.png").write_bytes(b"x")
    assert listing.walk(tmp_path)[0] == []
