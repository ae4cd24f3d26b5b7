"""Names of files and folders that may tell who the patient is."""

import pytest

from course_utils.privacy import names


@pytest.mark.parametrize(
    "name, what",
    [
        ("Meier_Anna", "name of a person"),
        ("DOE^JANE", "name of a person"),
        ("Doe, John", "name of a person"),
        ("Anna Schmidt 2", "name of a person"),
        ("M\u00dcLLER_J\u00f6rg", "name of a person"),
        ("Mu\u0308ller_Jo\u0308rg", "name of a person"),
        ("19480312", "date"),
        ("scan_12.03.1948", "date"),
        ("2021-05-03", "date"),
        ("x_31_12_1999_y", "date"),
        ("MRN1234567", "patient number"),
        ("dob_120348", "patient number"),
        ("pid-00412", "patient number"),
        ("1234567", "long number"),
        ("1.2.840.113619.2.55.3", "DICOM number"),
    ],
)
def test_what_is_found(name, what):
    assert [kind for kind, _ in names.in_name(name)] == [what]


@pytest.mark.parametrize(
    "name",
    [
        "P01_1",
        "img_00384",
        "benign (1)",
        "patient0001_2CH_ED_gt",
        "000_HC_Annotation",
        "Calf_Left_02",
        "BUSI_Dataset",
        "Frame_Rate",
        "0X1A05DFFFCADB253B",
        "Training_Set",
        "image-2",
        "Ground Truth",
        "a1b2c3",
        "rapid_123456",
    ],
)
def test_what_is_ordinary(name):
    assert names.in_name(name) == []


def test_each_folder_is_said_once():
    found = list(names.in_paths(["Meier_Anna/1.png", "Meier_Anna/2.png"]))
    assert found == [("Meier_Anna/", "name of a person", "Meier_Anna")]
