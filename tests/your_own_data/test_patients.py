"""Who is on which picture: the rules, their order, and what is admitted."""

import pytest

from course_utils.your_own_data import patients


@pytest.mark.parametrize(
    "images, ids",
    [
        (["P01_1.png", "P01_2.png", "P02_1.png"], ["P01", "P01", "P02"]),
        (
            ["patient_01_003.png", "patient_01_4.png", "patient_02_1.png"],
            ["patient_01", "patient_01", "patient_02"],
        ),
        (["t/1_1.tif", "t/1_2.tif", "t/10_1.tif"], ["1", "1", "10"]),
        (["sub-01 f1.png", "sub-01 f2.png", "sub-02 f1.png"], ["sub_01", "sub_01", "sub_02"]),
        (["p1/a.png", "p2/a.png"], ["p1", "p2"]),
        (["train/p1/images/1.png", "test/p2/images/1.png"], ["p1", "p2"]),
        (["benign/case 7/1.png", "malignant/case 8/1.png"], ["case 7", "case 8"]),
        (["010_HC.png", "010_2HC.png", "011_HC.png"], ["010", "010", "011"]),
        (["Meier_Anna/1.png", "Schmidt_Bo/1.png"], ["N001", "N002"]),
    ],
)
def test_rules(images, ids):
    found = patients.infer(images)
    assert [found.ids[image] for image in images] == ids and found.certain
    assert "Anna" not in found.how


@pytest.mark.parametrize(
    "images",
    [
        ["img_1.png", "img_2.png"],
        ["benign (1).png", "benign (2).png"],
        ["a.png"],
        ["benign/1.png", "malignant/1.png"],
        ["train/1.png", "test/1.png"],
        ["GE/a.png", "Philips/b.png"],
    ],
)
def test_where_nothing_tells_each_image_is_one(images):
    found = patients.infer(images)
    assert len(set(found.ids.values())) == len(images) and not found.certain
    assert f"on {len(images)} of the images" in found.how


def test_tags_and_lists_come_first_and_numbers_of_a_hospital_are_replaced():
    found = patients.infer(
        ["a.dcm", "b.dcm", "P1_1.png", "P1_2.png", "P2_1.png"],
        {"a.dcm": "99", "b.dcm": "12"},
        {"P1_1.png": "Meier_Anna"},
    )
    assert found.ids["a.dcm"] == "D002" and found.ids["b.dcm"] == "D001"
    assert found.ids["P1_1.png"] == "L001"


def test_a_few_odd_names_do_not_spoil_the_rule():
    images = [f"P{p}_{n}.png" for p in range(5) for n in range(3)] + ["overview.png"]
    found = patients.infer(images)
    assert found.ids["P3_1.png"] == "P3" and found.ids["overview.png"] == "overview"
    assert not found.certain and "on 1 of the images" in found.how


def test_images_with_masks_decide_where_the_others_are_named_otherwise():
    images = ["1_1.tif", "1_2.tif", "2_1.tif", *(f"test{n}.tif" for n in range(9))]
    assert patients.infer(images, first=images[:3]).ids["1_2.tif"] == "1"


def test_splits_devices_and_patients_in_several():
    assert patients.split_of("Training/x.png") == "train"
    assert patients.split_of("imagesTs/x") == "test"
    assert patients.split_of("x/y.png") is None and patients.split_of("contest/y.png") is None
    assert patients.device_of("Scanner B/x.png") == "Scanner B"
    assert patients.device_of("vivid_e9/x.png") == "vivid_e9"
    assert patients.device_of("gel/x.png") is None
    assert patients.in_several(
        {"a": "P1", "b": "P1", "c": "P2"}, {"a": "test", "b": "train"}.get
    ) == {"P1": ["test", "train"]}
