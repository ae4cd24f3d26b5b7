"""BUSI: small folders in every layout of its copies, whole and broken."""

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

from course_utils import load, public_data
from course_utils.core import errors, tables
from tests.helpers.public_sets import (
    busi,
    disc,
    files_of,
    picture,
    quietly,
    reasons,
    save,
)

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows


def test_busi_as_it_is_downloaded(tmp_path):
    place = busi(tmp_path)
    before = files_of(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = public_data.busi(tmp_path)
    assert list(table["label"]) == ["benign", "benign", "malignant", "normal"]
    assert list(table["masks_merged"]) == [2, 1, 1, 1]
    assert list(table["empty"]) == [False, False, False, True]
    masks = [load.mask(path) for path in tables.paths(table, "mask")]
    assert (masks[0] == (disc(30, 40) | disc(80, 50)) // 255).all()
    assert (masks[1] == disc(50, 50) // 255).all() and not masks[3].any()
    assert table["patient_id"].nunique() == 4 and table[["row_mm", "col_mm"]].isna().all(axis=None)
    assert files_of(tmp_path) == before and table.attrs["folder"] == str(place)
    assert "PATIENTS ARE UNKNOWN" in str(public_data.told(table))
    assert "not patients" in str(public_data.told(table))


def spoil_busi(place, case):
    benign = place / "benign"
    if case == "copy":
        for end in ("", "_mask"):
            shutil.copy(benign / f"benign (2){end}.png", benign / f"benign (9){end}.png")
    elif case == "two classes":
        for end in ("", "_mask"):
            shutil.copy(
                benign / f"benign (2){end}.png", place / "malignant" / f"malignant (9){end}.png"
            )
    elif case == "no mask":
        (benign / "benign (2)_mask.png").unlink()
    elif case == "no image":
        (benign / "benign (2).png").unlink()
    elif case == "cut":
        path = benign / "benign (2).png"
        path.write_bytes(path.read_bytes()[:200])
    elif case == "other size":
        save(benign / "benign (2)_mask.png", disc(20, 20, shape=(60, 60)))
    elif case == "other file":
        (benign / "notes.docx").write_text("x")
    elif case == "no normal":
        shutil.rmtree(place / "normal")


@pytest.mark.parametrize(
    ("case", "words", "rows"),
    [
        ("copy", "Its pixels are those of benign/benign (2).png", 4),
        ("two classes", "nobody can say which is right", 3),
        ("no mask", "It has no mask", 3),
        ("no image", "It has no image", 3),
        ("cut", "truncated", 3),
        ("other size", "60 x 60", 3),
        ("other file", "not a picture", 4),
        ("no normal", "folder is missing", 3),
    ],
)
def test_busi_leaves_out_with_a_reason(tmp_path, case, words, rows):
    spoil_busi(busi(tmp_path), case)
    with pytest.warns(errors.CourseWarning, match="left out"):
        table = public_data.busi(tmp_path)
    assert len(table) == rows and reasons(table).str.contains(words, regex=False).all()
    assert len(reasons(table)) == (2 if case == "two classes" else 1)


def test_busi_look_alikes_share_a_patient(tmp_path):
    place = busi(tmp_path)
    brighter = (picture(2) * 0.9 + 20).astype(np.uint8)[2:-2, 2:-2]
    save(place / "benign" / "benign (7).png", brighter, "RGB")
    save(place / "benign" / "benign (7)_mask.png", disc(48, 48, shape=brighter.shape))
    table = public_data.busi(tmp_path).set_index("image")["patient_id"]
    assert table["benign/benign (7).png"] == table["benign/benign (2).png"]
    assert table.nunique() == 4


def test_busi_contradictions_and_colour_are_said(tmp_path):
    place = busi(tmp_path)
    save(place / "normal" / "normal (1)_mask.png", disc(40, 40))
    save(place / "malignant" / "malignant (1)_mask.png", disc(40, 40) * 0)
    colour = np.stack([picture(2)] * 3, axis=-1)
    colour[5:15, 5:15] = (255, 255, 0)
    save(place / "benign" / "benign (2).png", colour)
    table = quietly(public_data.busi, tmp_path)
    said = public_data.noted(table).set_index("file")["remark"]
    assert "says normal" in said["normal/normal (1).png"]
    assert "Its mask is empty" in said["malignant/malignant (1).png"]
    assert list(table["coloured"]) == [False, True, False, False]


def test_derived_masks_where_you_say_and_never_in_the_download(tmp_path):
    place = busi(tmp_path / "download")
    mine = tmp_path / "mine"
    for _ in range(2):  # a second reading finds its own files again
        table = public_data.busi(place, masks_to=mine)
    assert [path.name for path in mine.iterdir()] == ["benign_benign (1)_union.png"]
    assert Path(table["mask"][0]).parent == mine.resolve()
    with pytest.raises(errors.FileError, match="inside the download"):
        public_data.busi(place, masks_to=place / "masks")
    save(mine / "benign_benign (1)_union.png", disc(5, 5))
    table = quietly(public_data.busi, place, masks_to=mine)
    assert "holds something else" in reasons(table)["benign/benign (1).png"]


def moved(place, rule):
    """The same files in another layout: `rule` gives the new path of each."""
    target = place.parent / "copy"
    for path in sorted(place.rglob("*.png")):
        new = target / rule(path.parent.name, path.stem, "_mask" in path.stem)
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, new)
    return target


LAYOUTS = {
    "images and masks in each class": lambda c, s, m: f"{c}/{'masks' if m else 'images'}/{s}.png",
    "images and masks, then classes": lambda c, s, m: f"{'masks' if m else 'images'}/{c}/{s}.png",
    "the mask has the image's name": lambda c, s, m: (
        f"{c}/mask/{s.split('_mask')[0]}{'-2' * s.endswith('_1')}.png"
        if m
        else f"{c}/image/{s}.png"
    ),
    "one folder of images, one of masks": lambda c, s, m: f"{'masks' if m else 'images'}/{s}.png",
    "flat": lambda c, s, m: f"{s}.png",
    "capital letters": lambda c, s, m: f"{c.title()}/{s.title()}.PNG",
    "one more folder around": lambda c, s, m: f"archive/Dataset_BUSI_with_GT/{c}/{s}.png",
    "training and test": lambda c, s, m: f"{'test' if '(2)' in s else 'train'}/{c}/{s}.png",
    "spaces before mask": lambda c, s, m: f"{c}/{s.replace('_mask', ' mask')}.png",
    "class folders with a word more": lambda c, s, m: f"{c}_cases/{s}.png",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_busi_in_the_layouts_of_its_copies(tmp_path, layout):
    table = quietly(public_data.busi, moved(busi(tmp_path), LAYOUTS[layout]))
    assert list(table["label"]) == ["benign", "benign", "malignant", "normal"], table
    assert list(table["empty"]) == [False, False, False, True]
    united = [2, 1, 1, 1] if layout != "the mask has the image's name" else [1, 1, 1, 1]
    assert list(table["masks_merged"]) == united
    assert all(path.is_file() for path in tables.paths(table))


@pytest.mark.parametrize("left", ["__MACOSX/benign/._benign (1).png", "benign/.DS_Store", "benign/Thumbs.db",
    "benign/._benign (1).png", "__MACOSX/Dataset_BUSI_with_GT/benign/._benign (2)_mask.png", ".ipynb_checkpoints/x.png",
    "benign/desktop.ini", "@eaDir/benign/benign (1).png", "benign/~$list.xlsx", "malignant/.hidden.png"])  # fmt: skip
def test_what_systems_leave_behind_says_nothing(tmp_path, left):
    place = busi(tmp_path)
    for root in (place, tmp_path):
        (root / left).parent.mkdir(parents=True, exist_ok=True)
        (root / left).write_bytes(b"Mac OS X")
    table = public_data.busi(tmp_path)
    assert len(table) == 4 and table.attrs["left_out"] == {}


def linked(place, target):
    """A folder of links to the files of another, as git-annex, DVC and shares make them."""
    for path in sorted(place.rglob("*")):
        new = target / path.relative_to(place)
        new.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            new.symlink_to(path)
    return target


def test_paths_of_links_are_not_resolved(tmp_path):
    table = quietly(public_data.busi, linked(busi(tmp_path / "store"), tmp_path / "study"))
    assert table.attrs["folder"] == str(tmp_path / "study") and len(table) == 4
    assert (
        table["image"][0] == "benign/benign (1).png"
        and table["mask"][1] == "benign/benign (2)_mask.png"
    )
    (tmp_path / "way").symlink_to(tmp_path / "study")  # and a link to the folder itself
    table = quietly(public_data.busi, tmp_path / "way")
    assert table.attrs["folder"] == str(tmp_path / "way") and len(table) == 4
