"""The folder check: twelve layouts of real life, the report, the list, the widget, the command."""

import csv
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from course_utils.cases import samples
from course_utils.your_own_data import check
from tests.helpers import folders
from tests.helpers.folders import USUAL, inspect, pairs, said


@pytest.fixture
def good(tmp_path):
    """Four good pairs of two patients, to which a test adds one thing that is wrong."""
    return folders.good(tmp_path / "study")


def test_layout_1_mask_beside_its_image(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "P01_1.png": "P01_1_mask.png",
            "P01_2.png": "P01_2-seg.png",
            "P02_1.jpg": "P02_1 GT.PNG",
            "P02_2.bmp": "P02_2_label.png",
        },
    )
    report = inspect(tmp_path)
    assert pairs(report) == {
        "P01_1.png": ["P01_1_mask.png"],
        "P01_2.png": ["P01_2-seg.png"],
        "P02_1.jpg": ["P02_1 GT.PNG"],
        "P02_2.bmp": ["P02_2_label.png"],
    }
    assert list(report.table["patient_id"]) == ["P01", "P01", "P02", "P02"]
    assert said(report) == {
        ("note", "patients were found"): [""],
        ("note", "no pixel size"): [""],
        ("look", "too few patients to split"): [""],
    }
    assert report.ok


def test_layout_2_images_and_masks_in_two_folders(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "images/P1_a.jpg": "masks/P1_a.png",
            "images/P1_b.jpg": "masks/P1_b.png",
            "images/P2_a.jpg": "masks/P2_a.png",
        },
    )
    report = inspect(tmp_path)
    assert pairs(report) == {
        "images/P1_a.jpg": ["masks/P1_a.png"],
        "images/P1_b.jpg": ["masks/P1_b.png"],
        "images/P2_a.jpg": ["masks/P2_a.png"],
    }
    assert list(report.table["patient_id"]) == ["P1", "P1", "P2"]
    assert not said(report, *USUAL)


def test_layout_3_splits_with_other_words_and_an_addition(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "train/imgs/p1_1.png": "train/Labels/p1_1_mask.png",
            "train/imgs/p1_2.png": "train/Labels/p1_2_mask.png",
            "test/imgs/p2_1.png": "test/Labels/p2_1_mask.png",
        },
    )
    report = inspect(tmp_path)
    assert pairs(report)["test/imgs/p2_1.png"] == ["test/Labels/p2_1_mask.png"]
    assert dict(zip(report.table["image"], report.table["given_split"], strict=True)) == {
        "train/imgs/p1_1.png": "train",
        "train/imgs/p1_2.png": "train",
        "test/imgs/p2_1.png": "test",
    }
    assert report.ok and not said(report, *USUAL)


def test_layout_4_busi_with_several_masks(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "set_with_GT/benign/benign (1).png": [
                "set_with_GT/benign/benign (1)_mask.png",
                "set_with_GT/benign/benign (1)_mask_1.png",
            ],
            "set_with_GT/malignant/malignant (1).png": (
                "set_with_GT/malignant/malignant (1)_mask.png"
            ),
        },
    )
    folders.save(tmp_path / "set_with_GT/normal/normal (1).png", folders.grey(8))
    folders.save(
        tmp_path / "set_with_GT/normal/normal (1)_mask.png", np.zeros(folders.SIZE, np.uint8)
    )
    report = inspect(tmp_path)
    found = pairs(report)
    assert found["set_with_GT/benign/benign (1).png"] == [
        "set_with_GT/benign/benign (1)_mask.png",
        "set_with_GT/benign/benign (1)_mask_1.png",
    ]
    assert len(found) == 3 and list(report.table["convert"]) == ["several masks", "", ""]
    assert list(report.table["empty"]) == [False, False, True]
    assert set(said(report, *USUAL)) == {
        ("look", "patients unknown"),
        ("note", "several masks of one image"),
        ("note", "empty mask"),
        ("note", "public set"),
    }
    assert report.table["patient_id"].nunique() == 3 and not report.patients.certain


def test_layout_5_hc18_with_outlines_and_pixel_sizes(tmp_path):
    for number, name in enumerate(("000_HC", "010_HC", "010_2HC")):
        folders.save(tmp_path / f"training_set/{name}.png", folders.grey(number))
        line = cv2.ellipse(
            np.zeros(folders.SIZE, np.uint8), (80, 60), (50 + number, 30), 20, 0, 360, 255, 1
        )
        folders.save(tmp_path / f"training_set/{name}_Annotation.png", line)
    (tmp_path / "training_set_pixel_size_and_HC.csv").write_text(
        "filename,pixel size(mm),head circumference (mm)\n000_HC.png,0.069,44.3\n"
        "010_HC.png,0.08,56.8\n010_2HC.png,0.08,57\n"
    )
    report = inspect(tmp_path)
    assert list(report.table["patient_id"]) == ["000", "010", "010"]
    assert list(report.table["row_mm"]) == list(report.table["col_mm"]) == [0.069, 0.08, 0.08]
    assert set(report.table["convert"]) == {"outline"}
    found = said(report)
    assert len(found[("look", "mask that is an outline")]) == 3
    assert found[("note", "table that was used")] == ["training_set_pixel_size_and_HC.csv"]
    assert set(found) == {
        ("look", "mask that is an outline"),
        ("note", "table that was used"),
        ("note", "patients were found"),
        ("note", "public set"),
        ("look", "too few patients to split"),
    }


def test_layout_6_nerve_in_tif(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "train/1_1.tif": "train/1_1_mask.tif",
            "train/1_2.tif": "train/1_2_mask.tif",
            "train/10_1.tif": "train/10_1_mask.tif",
            "test/3.tif": None,
        },
    )
    report = inspect(tmp_path)
    assert pairs(report) == {
        "train/1_1.tif": ["train/1_1_mask.tif"],
        "train/1_2.tif": ["train/1_2_mask.tif"],
        "train/10_1.tif": ["train/10_1_mask.tif"],
    }
    assert said(report, *USUAL) == {
        ("look", "image without a mask"): ["test/3.tif"],
        ("look", "patients unknown"): [""],
    }
    assert list(report.table["patient_id"]) == ["10", "1", "1"]  # sorted as text


def test_layout_7_a_folder_for_each_patient(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "patient_01/image.png": "patient_01/mask.png",
            "patient_02/image.png": ["patient_02/mask_0.png", "patient_02/mask_1.png"],
            "patient_03/image.png": None,
        },
    )
    report = inspect(tmp_path)
    assert pairs(report) == {
        "patient_01/image.png": ["patient_01/mask.png"],
        "patient_02/image.png": ["patient_02/mask_0.png", "patient_02/mask_1.png"],
    }
    assert list(report.images["patient_id"]) == ["patient_01", "patient_02", "patient_03"]
    assert said(report, *USUAL)[("look", "image without a mask")] == ["patient_03/image.png"]
    assert "such as 'patient_01'" in report.patients.how


def test_layout_8_patients_below_images_and_scanners_above(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "Scanner A/images/s1/a.png": "Scanner A/masks/s1/a.png",
            "Scanner B/images/s2/a.png": "Scanner B/masks/s2/a.png",
        },
    )
    report = inspect(tmp_path)
    assert pairs(report) == {
        "Scanner A/images/s1/a.png": ["Scanner A/masks/s1/a.png"],
        "Scanner B/images/s2/a.png": ["Scanner B/masks/s2/a.png"],
    }
    assert list(report.table["device"]) == ["Scanner A", "Scanner B"]
    assert list(report.table["patient_id"]) == ["s1", "s2"]
    assert not said(report, *USUAL)


def _dicom(path, patient, seed, clean=False, frames=0):
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    made, meta = Dataset(), FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = generate_uid(prefix="2.25.")
    made.file_meta, made.Modality, made.PatientID = meta, "US", patient
    made.Manufacturer, made.ManufacturerModelName = "ACME", "One"
    if clean:
        made.PatientIdentityRemoved, made.PatientName = "YES", patient
    else:
        made.PatientName, made.PatientBirthDate = "Test^Person", "19480312"
    pixels = (
        np.stack([folders.grey(seed + 50 * n) for n in range(frames)])
        if frames
        else folders.grey(seed)
    )
    made.Rows, made.Columns = pixels.shape[-2:]
    if frames:
        made.NumberOfFrames, made.FrameTime = frames, 40
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.PixelSpacing = [0.1, 0.2]
    made.PixelData = pixels.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, made, enforce_file_format=True)


def test_layout_9_dicom_stills_and_a_cine_with_png_masks(tmp_path):
    _dicom(tmp_path / "images/IM1.dcm", "7654321", 1)
    _dicom(tmp_path / "images/IM2", "7654321", 2)  # no ending, as scanners do
    _dicom(tmp_path / "images/IM3.dcm", "PX7", 3, clean=True)
    _dicom(tmp_path / "images/IM4.dcm", "PX7", 4, clean=True, frames=3)
    for number in (1, 2, 3):
        folders.save(tmp_path / f"masks/IM{number}.png", folders.disc(number))
    report = inspect(tmp_path)
    assert len(report.table) == 3 and set(report.table["convert"]) == {"DICOM image"}
    assert dict(zip(report.images["image"], report.images["patient_id"], strict=True)) == {
        "images/IM1.dcm": "D001",
        "images/IM2": "D001",
        "images/IM3.dcm": "L001",
        "images/IM4.dcm": "L001",
    }
    cine = report.images.set_index("image").loc["images/IM4.dcm"]
    assert (cine["kind"], cine["frames"], cine["fps"]) == ("cine", 3, 25)
    assert (report.table["row_mm"] == 0.1).all() and (report.table["col_mm"] == 0.2).all()
    assert set(report.table["device"]) == {"ACME One"}
    found = said(report)
    assert found[("stop", "identifying DICOM tags")] == ["images/IM1.dcm", "images/IM2"]
    named = report.problems.query("kind == 'identifying DICOM tags'")["problem"].iloc[0]
    assert "PatientName, PatientID, PatientBirthDate" in named and "7654321" not in str(report)
    assert ("note", "cines") in found and not report.ok


def test_layout_10_nnunet_and_nifti(tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    for case in ("case_001", "case_002"):
        seed = int(case[-1])
        for place, pixels in (
            (f"imagesTr/{case}_0000.nii.gz", folders.grey(seed)),
            (f"labelsTr/{case}.nii.gz", folders.disc(seed, value=1)),
        ):
            volume = sitk.GetImageFromArray(pixels)
            volume.SetSpacing((0.3, 0.2))
            (tmp_path / place).parent.mkdir(exist_ok=True)
            sitk.WriteImage(volume, str(tmp_path / place))
    report = inspect(tmp_path)
    assert pairs(report) == {
        "imagesTr/case_001_0000.nii.gz": ["labelsTr/case_001.nii.gz"],
        "imagesTr/case_002_0000.nii.gz": ["labelsTr/case_002.nii.gz"],
    }
    assert list(report.table["row_mm"]) == [0.2, 0.2] and list(report.table["col_mm"]) == [0.3, 0.3]
    assert (report.table["height"], report.table["width"])[0].iloc[0] == folders.SIZE[0]


def test_layout_11_videos_are_listed_as_cines(tmp_path):
    video = cv2.VideoWriter(
        str(tmp_path / "P1_a.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 20, (160, 120)
    )
    for frame in range(7):
        video.write(cv2.cvtColor(folders.grey(70 + frame), cv2.COLOR_GRAY2BGR))
    video.release()
    folders.fill(tmp_path, **{"P1_b.png": "P1_b_mask.png", "P2_a.png": "P2_a_mask.png"})
    report = inspect(tmp_path)
    row = report.images.set_index("image").loc["P1_a.avi"]
    assert (row["kind"], row["frames"], row["fps"], row["patient_id"]) == ("cine", 7, 20, "P1")
    assert list(report.table["image"]) == ["P1_b.png", "P2_a.png"]
    assert said(report, *USUAL) == {
        ("note", "cines"): [""],
        ("look", "image without a mask"): ["P1_a.avi"],
    }


def test_layout_12_a_csv_beside_numbered_images(tmp_path):
    folders.fill(
        tmp_path,
        **{
            "image_001.png": "mask_001.png",
            "image_002.png": "mask_002.png",
            "image_003.png": "mask_003.png",
        },
    )
    (tmp_path / "info.csv").write_text(
        "image;patient;row_mm;col_mm\nimage_001.png;A;0,1;0,2\n"
        "image_002;A;0.1;0.2\nIMAGE_003.PNG;B;0.1;99\n"
    )
    report = inspect(tmp_path)
    assert pairs(report)["image_002.png"] == ["mask_002.png"]
    assert list(report.table["patient_id"]) == ["A", "A", "B"]
    assert list(report.table["row_mm"].fillna(-1)) == [0.1, 0.1, -1]  # 99 mm is no pixel
    assert said(report) == {
        ("note", "table that was used"): ["info.csv"],
        ("note", "patients were found"): [""],
        ("look", "too few patients to split"): [""],
        ("look", "pixel size that cannot be"): ["image_003.png"],
        ("look", "pixel size of some images only"): [""],
    }


def test_the_widget_reports_and_says_errors_in_sentences(good):
    made = check.panel(good)
    assert made._folder.layout.visibility != "hidden" and not made.touched
    assert made.report is None and "type a folder" in made._repr_mimebundle_()["text/plain"]
    made._button.click()
    assert (
        len(made.report.table) == 4
        and made.touched
        and made.values == {"folder": str(good), "patients": ""}
    )
    assert made._folder.layout.visibility != "hidden"  # the bar is, once it is done
    assert "<table>" in made._repr_mimebundle_()["text/html"]
    assert made.check(good / "nowhere") is None and made.report is None
    assert "There is no folder" in made._view.value and not made._button.disabled
    assert made.check(f'"{good}"') is not None  # pasted with its quotation marks


@pytest.mark.slow
def test_the_command_prints_the_report_and_writes_the_list(good):
    def command(*more):
        return subprocess.run(
            [sys.executable, "-m", "course_utils", "data", str(good), *more],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            cwd=samples.ROOT.parent,
        )

    done = command("--manifest", str(good.parent / "cases.csv"))
    assert done.returncode == 0, done.stderr
    assert "4 of use in a lesson (2 patients)" in done.stdout  # too few: no advice to go on
    with open(good.parent / "cases.csv", newline="", encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == 4
