"""HC18: small folders in every layout of its copies, whole and broken."""

import shutil

import cv2
import numpy as np
import pandas
import pytest

from course_utils import load, public_data
from course_utils.core import errors, tables
from tests.helpers.public_sets import (
    HEADS,
    disc,
    files_of,
    hc18,
    picture,
    quietly,
    reasons,
    save,
)

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows


def test_hc18_as_it_is_downloaded(tmp_path):
    before = files_of(hc18(tmp_path))
    table = quietly(public_data.hc18, tmp_path)
    assert list(table["patient_id"]) == ["000", "010", "010", "011"]
    assert (table["row_mm"] == 0.2).all() and (table["col_mm"] == 0.2).all()
    assert list(reasons(table).index) == ["test_set/000_HC.png"] and table.attrs["noted"] == {}
    for stem, path in zip(
        ["000_HC", "010_2HC", "010_HC", "011_HC"], tables.paths(table, "mask"), strict=True
    ):
        x, y, a, b, degrees = HEADS[stem]
        true = np.zeros((270, 400), np.uint8)
        cv2.ellipse(true, (x, y), (a, b), degrees, 0, 360, 1, -1)
        mask = load.mask(path)
        assert 2 * (mask & true).sum() / (mask.sum() + true.sum()) > 0.99
    assert files_of(tmp_path) == before


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("no annotation", "no annotation"),
        ("no row", "has no row in"),
        ("square", "no ellipse"),
        ("empty", "too few"),
        ("pixel", "cannot be"),
        ("cut", "truncated"),
        ("name", "not like 000_HC"),
        ("orphan", "image that is not there"),
        ("listed only", "the list names it"),
    ],
)
def test_hc18_leaves_out_with_a_reason(tmp_path, case, words):
    hc18(tmp_path)
    first = tmp_path / "training_set" / "000_HC.png"
    truth = first.with_name("000_HC_Annotation.png")
    csv = tmp_path / "training_set_pixel_size_and_HC.csv"
    listed = pandas.read_csv(csv)
    if case == "no annotation":
        truth.unlink()
    elif case == "no row":
        listed = listed.iloc[1:]
    elif case == "square":
        canvas = np.zeros((270, 400), np.uint8)
        canvas[60:200, 80:300] = 255
        canvas[63:197, 83:297] = 0
        save(truth, canvas)
    elif case == "empty":
        save(truth, np.zeros((270, 400), np.uint8))
    elif case == "pixel":
        listed.loc[0, "pixel size(mm)"] = 0
    elif case == "cut":
        first.write_bytes(first.read_bytes()[:300])
    elif case == "name":
        save(first.with_name("head.png"), picture(7))
    elif case == "orphan":
        first.unlink()
        listed = listed.iloc[1:]
    elif case == "listed only":
        listed.loc[len(listed)] = ["777_HC.png", 0.2, 200]
    listed.to_csv(csv, index=False)
    found = reasons(quietly(public_data.hc18, tmp_path)).drop("test_set/000_HC.png")
    assert len(found) == 1 and words.lower() in found.iloc[0].lower(), list(found)


def test_hc18_circumference_that_disagrees(tmp_path):
    csv = hc18(tmp_path) / "training_set_pixel_size_and_HC.csv"
    listed = pandas.read_csv(csv)
    listed.loc[0, "head circumference (mm)"] *= 2
    listed.to_csv(csv, index=False)
    table = quietly(public_data.hc18, tmp_path)
    assert len(table) == 4 and "the list says" in public_data.noted(table)["remark"][0]


def test_rows_of_images_that_nobody_downloaded_are_counted_apart(tmp_path):
    csv = hc18(tmp_path) / "training_set_pixel_size_and_HC.csv"
    rows = pandas.read_csv(csv)
    more = rows.assign(filename=[f"{number}_HC.png" for number in range(900, 900 + len(rows))])
    pandas.concat([rows, more]).to_csv(csv, index=False)
    with pytest.warns(
        errors.CourseWarning, match=f"1 file left out.*{len(more)} more are in its list"
    ):
        public_data.hc18(tmp_path)


def flat(folder, target):
    """Everything of the training set in one folder."""
    target.mkdir()
    for path in [*(folder / "training_set").iterdir(), *folder.glob("*.csv")]:
        shutil.move(path, target / path.name)
    return target


def masks_apart(folder, target, named=True):
    for path in sorted((folder / "training_set").iterdir()):
        truth = path.stem.endswith("_Annotation")
        name = path.name if named or not truth else path.name.replace("_Annotation", "")
        (target / ("masks" if truth else "images")).mkdir(parents=True, exist_ok=True)
        shutil.move(path, target / ("masks" if truth else "images") / name)
    shutil.move(next(folder.glob("*.csv")), target)
    return target


def rewritten(folder, change):
    csv = folder / "training_set_pixel_size_and_HC.csv"
    csv.write_text(change(csv.read_text()), encoding="utf-8")
    return folder


def doubled(folder, target):
    shutil.move(folder / "training_set", target)
    (folder / "training_set").mkdir()
    shutil.move(target, folder / "training_set" / "training_set")
    return folder


LAYOUTS = {
    "flat": lambda folder, target: flat(folder, target),
    "flat, from the folder around": lambda folder, target: flat(folder, target) and folder,
    "annotations apart": lambda folder, target: masks_apart(folder, target),
    "annotations apart under the image's name": lambda folder, target: masks_apart(
        folder, target, False
    ),
    "a folder in a folder": doubled,
    "list with semicolons and decimal commas": lambda folder, target: rewritten(
        folder,
        lambda text: (
            text.replace(".png", "#png").replace(",", ";").replace(".", ",").replace("#", ".")
        ),
    ),
    "list with a mark and tabs": lambda folder, target: rewritten(
        folder, lambda text: "\ufeff" + text.replace(",", "\t")
    ),
    "capital headers": lambda folder, target: rewritten(
        folder, lambda text: text.replace("filename", " Filename ")
    ),
    "names in capitals in the list": lambda folder, target: rewritten(
        folder, lambda text: text.replace(".png", ".PNG")
    ),
    "system files": lambda folder, target: (
        [
            save(folder / at / "._000_HC.png", disc(5, 5))
            for at in ("__MACOSX/training_set", "training_set")
        ]
        and folder
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_hc18_in_the_layouts_of_its_copies(tmp_path, layout):
    table = quietly(public_data.hc18, LAYOUTS[layout](hc18(tmp_path), tmp_path / "copy"))
    assert sorted(table["patient_id"]) == ["000", "010", "010", "011"], table.attrs["left_out"]
    assert (table["row_mm"] == 0.2).all() and table["hc_mm"].between(90, 160).all()


def test_hc18_of_links(tmp_path):
    hc18(tmp_path / "store")
    for path in (tmp_path / "store").rglob("*.*"):
        new = tmp_path / "study" / path.relative_to(tmp_path / "store")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.symlink_to(path)
    table = quietly(public_data.hc18, tmp_path / "study")
    assert len(table) == 4 and table["image"][0] == "training_set/000_HC.png"
