"""Masks and images, paired by their names alone."""

import pytest

from course_utils.your_own_data import pairs


@pytest.mark.parametrize(
    "image, mask",
    [
        ("a.png", "a_mask.png"),
        ("a.jpg", "a-Seg.PNG"),
        ("a.tif", "a gt.tif"),
        ("a.bmp", "a.label.png"),
        ("x 1.png", "x 1_annotation.png"),
        ("aB.png", "aBMask.png"),
        ("a.png", "mask_a.png"),
        ("image_7.png", "mask_7.png"),
        ("img7.png", "7_segmentation.png"),
        ("a_image.png", "a_mask.png"),
        ("a.png", "a_ground_truth.png"),
        ("a.dcm", "a_mask.nii.gz"),
        ("a.nii.gz", "a_gt.nii.gz"),
        ("images/a.png", "masks/a.png"),
        ("imgs/a.png", "ANNOTATIONS/a.png"),
        ("a/1.png", "a/masks/1.png"),
        ("images/a.png", "masks/a_mask.png"),
        ("images/a.png", "gt/a.bmp"),
        ("x/data/a.png", "x/labels/a.png"),
        ("images/p1/a.png", "masks/p1/a.png"),
        ("p1/images/a.png", "p1/masks/a.png"),
        ("images/p1/a.png", "masks/a.png"),
        ("JPEGImages/a.jpg", "SegmentationClass/a.png"),
        ("ground truth/a.png", "ground truth/a_mask.png"),
        ("scans/a.png", "ground truth/a.png"),
        ("imagesTr/c_1_0000.nii.gz", "labelsTr/c_1.nii.gz"),
        ("p/image.png", "p/mask.png"),
        ("seg_study/a.png", "seg_study/a_mask.png"),
        ("train_images/a.png", "train_masks/a.png"),
        ("000_HC.png", "000_HC_Annotation.png"),
        ("1_1.tif", "1_1_mask.tif"),
    ],
)
def test_usual_names(image, mask):
    found = pairs.pair([mask, image])
    assert found.masks == {image: [mask]} and not found.alone + found.orphans + list(found.unclear)


def test_several_masks_in_their_order():
    masks = [f"benign (1)_mask{n}.png" for n in ("", "_1", "_2", "_10")]
    assert pairs.pair(["benign (1).png", *masks[::-1]]).masks == {"benign (1).png": masks}
    assert pairs.pair(["images/a.png", "masks/a_1.png", "masks/a_2.png"]).masks == {
        "images/a.png": ["masks/a_1.png", "masks/a_2.png"]
    }


def test_each_part_of_the_study_keeps_its_own():
    found = pairs.pair(
        ["train/images/1.png", "train/masks/1.png", "test/images/1.png", "val/masks/1.png"]
    )
    assert found.masks == {"train/images/1.png": ["train/masks/1.png"]}
    assert found.alone == ["test/images/1.png"] and found.orphans == ["val/masks/1.png"]
    found = pairs.pair(
        ["apo_images/1.png", "apo_masks/1.png", "fasc_images/1.png", "fasc_masks/1.png"]
    )
    assert found.masks == {
        "apo_images/1.png": ["apo_masks/1.png"],
        "fasc_images/1.png": ["fasc_masks/1.png"],
    }


def test_a_number_is_not_taken_for_another():
    found = pairs.pair(["a_1.png", "a_10.png", "a_1_mask.png", "a_11_mask.png"])
    assert found.masks == {"a_1.png": ["a_1_mask.png"]}
    assert found.alone == ["a_10.png"] and found.orphans == ["a_11_mask.png"]


def test_two_candidates_are_not_decided():
    found = pairs.pair(["x.png", "x.jpg", "x_mask.png"])
    assert found.unclear == {"x_mask.png": ["x.jpg", "x.png"]} and not found.masks


def test_a_folder_named_after_both_says_nothing():
    found = pairs.pair(
        [
            "BUSI_with_GT/b/b (1).png",
            "BUSI_with_GT/b/b (1)_mask.png",
            "BUSI_with_GT/n/n (1).png",
            "other.png",
        ]
    )
    assert found.masks == {"BUSI_with_GT/b/b (1).png": ["BUSI_with_GT/b/b (1)_mask.png"]}
    assert found.alone == ["BUSI_with_GT/n/n (1).png", "other.png"] and not found.orphans


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_are_paired(count):
    paths = [f"{kind}/P{n:05d}.png" for kind in ("images", "masks") for n in range(count)]
    assert len(pairs.pair(paths).masks) == count


def test_nothing_gives_nothing():
    assert pairs.pair([]) == pairs.Pairs({}, [], [], {})


@pytest.mark.parametrize(
    "mask",
    "x (label).png|x_(mask).png|"
    "x_Maske.png|x-maske.png|x máscara.png|x_mascara.png|x_masque.png|x_maschera.png|x_маска.png|x_разметка.png"
    "|x_掩膜.png|x_标注.png|x_マスク.png|x_마스크.png|x_Kontur.png|Maske_x.png|Masken/x.png|Máscaras/x.png|masques/x.png"
    "|маски/x.png|掩膜/x.png|マスク/x.png|Segmentierung/x.png|x_mask_reader1.png|x_mask_rater_B.png|x_seg_expert2.png"
    "|x_label_obs-1.png".split("|"),
)
def test_masks_in_other_languages_and_of_readers(mask):
    image = "Bilder/x.png" if "/" in mask else "x.png"
    found = pairs.pair([image, mask, "Bilder/y.png" if "/" in mask else "y.png"])
    assert found.masks == {image: [mask]} and len(found.alone) == 1


def test_who_drew_a_mask():
    assert pairs.reader_of("a/x_mask_reader1.png") == "reader1"
    assert pairs.reader_of("x_seg-Expert2.png") == "expert2"
    assert pairs.reader_of("x_mask_1.png") == pairs.reader_of("reader1.png") == ""
