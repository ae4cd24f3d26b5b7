"""Augmented copies on disk never carry a patient across a split."""

import cv2
import numpy as np
import pandas
import pytest

from course_utils import load
from course_utils.augment import copies, steps
from course_utils.cases import split
from course_utils.core.errors import CourseError, DataError, FileError


@pytest.fixture
def cases(tmp_path):
    """Six images of three patients, split by patient, as a folder and its table."""
    rows = []
    for number in range(6):
        patient = f"P{number // 2}"
        image = np.random.default_rng(number).integers(40, 200, (32, 40)).astype(np.uint8)
        mask = np.zeros((32, 40), np.uint8)
        mask[8:20, 5 + number : 30] = 255
        for kind, pixels in (("images", image), ("masks", mask)):
            (tmp_path / "set" / kind).mkdir(parents=True, exist_ok=True)
            (tmp_path / "set" / kind / f"{number}.png").write_bytes(
                cv2.imencode(".png", pixels)[1].tobytes()
            )
        rows.append(
            {
                "image": f"images/{number}.png",
                "mask": f"masks/{number}.png",
                "patient_id": patient,
                "device": "A",
                "row_mm": 0.1,
                "col_mm": 0.1,
                "split": {"P0": "train", "P1": "validation", "P2": "test"}[patient],
            }
        )
    return tmp_path / "set", pandas.DataFrame(rows)


def test_only_training_images_are_copied_and_every_copy_remembers_its_patient(cases, tmp_path):
    source, table = cases
    made = copies.write_copies(table, source, tmp_path / "new" / "copies", copies=3)
    assert (
        len(made) == 2 * 3 and set(made["patient_id"]) == {"P0"} and set(made["split"]) == {"train"}
    )
    assert set(made["source"]) == {"images/0.png", "images/1.png"}
    assert made[["row_mm", "col_mm"]].isna().all().all() and set(made["device"]) == {"A"}
    assert made["image"].is_unique
    split.check_split(pandas.concat([table, made]))
    for row in made.itertuples():
        assert load.image(tmp_path / "new" / "copies" / row.image).shape == (32, 40)
        assert set(np.unique(load.mask(tmp_path / "new" / "copies" / row.mask))) <= {0, 1}
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["copies"]


def test_copies_are_what_the_pipeline_makes_and_the_same_each_time(cases, tmp_path):
    source, table = cases
    pipe = steps.pipeline("blog", 7)
    image, mask = pipe(load.image(source / "images/0.png"), load.mask(source / "masks/0.png"))
    for name in ("one", "two"):
        copies.write_copies(table, source, tmp_path / name, preset="blog", seed=7)
        saved = load.image(tmp_path / name / "images" / "00000_1.png")
        assert np.abs(saved - image).max() <= 0.5 / 255 + 1e-6
        assert np.array_equal(load.mask(tmp_path / name / "masks" / "00000_1.png"), mask)
    one, two = ((tmp_path / n / "images" / "00001_1.png").read_bytes() for n in ("one", "two"))
    assert one == two


def test_any_way_of_splitting_by_image_is_refused(cases, tmp_path):
    source, table = cases
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(20):
        torn = table.assign(split=rng.choice(["train", "test"], len(table)))
        crossing = (torn.groupby("patient_id")["split"].nunique() > 1).any()
        if crossing:
            with pytest.raises(DataError, match="more than one split"):
                copies.write_copies(torn, source, tmp_path / "never")
            refused += 1
        assert not (tmp_path / "never").exists()
    assert refused > 5


def test_copies_that_are_split_afterwards_are_found_out(cases, tmp_path):
    source, table = cases
    made = copies.write_copies(table, source, tmp_path / "copies", copies=2)
    both = pandas.concat([table, made], ignore_index=True)
    moved = both.copy()
    moved.loc[moved.index[-1], "split"] = "test"
    with pytest.raises(DataError, match="Patient 'P0'"):
        split.check_split(moved)
    moved["patient_id"] = [
        f"Q{i}" for i in range(len(moved))
    ]  # patients renamed: the source still tells
    with pytest.raises(DataError, match="Image 'images/1.png'"):
        split.check_split(moved)


def test_patient_numbers_and_stray_spaces_count_as_the_same_patient():
    table = pandas.DataFrame(
        {"image": ["a", "b"], "patient_id": ["7", "7 "], "split": ["train", "test"]}
    )
    with pytest.raises(DataError, match="Patient '7'"):
        split.check_split(table)
    mixed = table.assign(patient_id=pandas.Series([7, "7"], dtype=object))
    with pytest.raises(DataError, match="Patient '7'"):
        split.check_split(mixed)


@pytest.mark.parametrize(
    "change, word",
    [
        (lambda t: t.drop(columns="split"), "Split by patient first"),
        (lambda t: t.drop(columns="patient_id"), "patient_id"),
        (lambda t: t.drop(columns="mask"), "mask"),
        (lambda t: t.assign(split=[None] + list(t["split"][1:])), "no split"),
        (lambda t: t.assign(patient_id=[""] + list(t["patient_id"][1:])), "no patient_id"),
        (lambda t: t.assign(split="test"), "No row has split 'train'"),
        (lambda t: t.assign(source=t["image"]), "copies already"),
        (lambda t: t.to_dict(), "pandas table"),
        (lambda t: None, "pandas table"),
    ],
)
def test_tables_that_cannot_keep_the_promise_are_refused(cases, tmp_path, change, word):
    source, table = cases
    with pytest.raises(DataError, match=word):
        copies.write_copies(change(table), source, tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_a_missing_image_leaves_nothing_behind(cases, tmp_path):
    source, table = cases
    (source / "images" / "1.png").unlink()
    with pytest.raises(FileError, match="1.png"):
        copies.write_copies(table, source, tmp_path / "out" / "copies")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_existing_folder_is_not_touched(cases, tmp_path):
    source, table = cases
    (tmp_path / "there").mkdir()
    with pytest.raises(FileError, match="exists already"):
        copies.write_copies(table, source, tmp_path / "there")
    for count in (0, 1.5, True, "2"):
        with pytest.raises(CourseError, match="copies"):
            copies.write_copies(table, source, tmp_path / "never", copies=count)


@pytest.mark.parametrize(
    ("source", "folder", "word"),
    [
        ("set", None, "new folder"),
        ("set", 3, "new folder"),
        (None, "out", "folder was expected"),
        ("elsewhere", "out", "no folder"),
    ],
)
def test_folders_have_to_be_folders(cases, tmp_path, monkeypatch, source, folder, word):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match=word):
        copies.write_copies(cases[1], source, folder)
    assert not (tmp_path / "out").exists()
