"""The committed sample data: whole, unchanged, reproducible, and true to its own table."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils.cases import samples
from course_utils.core.errors import FileError
from course_utils.simulate import scanner
from tools.data import calves

ROOT = Path(__file__).resolve().parents[2]
SETS = ("muscle_general", "muscle_hires")


@pytest.fixture(scope="module")
def maker():
    """tools/data/calves.py as a module."""
    return calves


def pixels(path):
    return np.asarray(Image.open(path))


def test_manifest_lists_every_file_and_its_hash():
    listed = json.loads((samples.ROOT / "manifest.json").read_text(encoding="utf-8"))
    there = {
        path.relative_to(samples.ROOT).as_posix()
        for name in SETS
        for path in (samples.ROOT / name).rglob("*")
        if path.is_file()
    }
    assert there == {path for path in listed if path.split("/")[0] in SETS}
    for path in sorted(there):
        content = (samples.ROOT / path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == listed[path]["sha256"], path
        assert len(content) == listed[path]["bytes"]


def test_sizes_stay_within_budget():
    for name, limit in (("muscle_general", 9e6), ("muscle_hires", 6e6)):
        total = sum(path.stat().st_size for path in samples.folder(name).rglob("*"))
        assert total <= limit


def test_counts():
    general, hires = (samples.table(name) for name in SETS)
    assert general["patient_id"].nunique() == 24 and hires["patient_id"].nunique() == 10
    assert general.groupby("patient_id").size().between(3, 5).all()
    assert (hires.groupby("patient_id").size() == 3).all()
    assert len(general) == 96 and general["empty"].sum() == 8 and not hires["empty"].any()
    assert not set(general["patient_id"]) & set(hires["patient_id"])
    assert set(general["device"]) == {"Scanner A", "Scanner B"}
    assert set(hires["device"]) == {"Scanner C"}
    assert 15 <= general["burned_in"].sum() <= 50
    assert (general.groupby("patient_id")["device"].nunique() == 2).sum() == 3


@pytest.mark.parametrize("name", SETS)
def test_every_pair_fits_and_masks_are_two_valued(name):
    place = samples.folder(name)
    for case in samples.table(name).itertuples():
        image, mask = pixels(place / case.image), pixels(place / case.mask)
        assert image.shape[:2] == mask.shape and mask.ndim == 2 and image.dtype == np.uint8
        assert set(np.unique(mask)) <= {0, 255}
        assert (mask.max() == 0) == case.empty == (case.scene != "muscle")
        inside = mask[case.scan_top : case.scan_bottom, case.scan_left : case.scan_right]
        assert (inside > 0).sum() == (mask > 0).sum()
        assert case.image.count("\\") == 0


@pytest.mark.parametrize("name", SETS)
def test_spacing_and_depth_agree(name):
    for case in samples.table(name).itertuples():
        rows = case.scan_bottom - case.scan_top - 1
        assert rows * case.row_mm == pytest.approx(case.depth_mm, rel=1e-4)
        width = scanner.SCANNERS[case.device].probe.width
        columns = case.scan_right - case.scan_left - 1
        assert columns * case.col_mm == pytest.approx(width, rel=1e-4)


@pytest.mark.parametrize("name", SETS)
def test_thickness_in_the_table_is_that_of_the_mask(name):
    """Mean height of the mask in mm, times the cosine of its tilt, is the thickness to 5 %."""
    place = samples.folder(name)
    for case in samples.table(name).itertuples():
        if case.empty:
            assert np.isnan(case.thickness_mm) and np.isnan(case.pennation_deg)
            continue
        mask = pixels(place / case.mask) > 0
        seen = np.flatnonzero(mask.any(axis=0))
        bottom = mask.shape[0] - np.argmax(mask[::-1, seen], axis=0)
        if bottom.max() >= case.scan_bottom:
            continue  # the muscle reaches below the picture
        slope = np.polyfit(seen * case.col_mm, bottom * case.row_mm, 1)[0]
        height = mask[:, seen].sum(axis=0).mean() * case.row_mm
        assert case.thickness_mm == pytest.approx(height * np.cos(np.arctan(slope)), rel=0.05)
        assert 9.0 < case.thickness_mm < 28.0 and 10.0 < case.pennation_deg < 35.0


def test_the_muscle_is_where_the_mask_says():
    """The aponeuroses just outside the mask are brighter than the belly, in nearly every image."""
    cases, place = samples.table("muscle_hires"), samples.folder("muscle_hires")
    brighter = []
    for case in cases.itertuples():
        image, mask = pixels(place / case.image).astype(float), pixels(place / case.mask) > 0
        seen = np.flatnonzero(mask.any(axis=0))
        top, bottom = (
            np.argmax(mask[:, seen], axis=0),
            mask.shape[0] - np.argmax(mask[::-1, seen], axis=0),
        )
        reach = round(0.5 / case.row_mm)
        rim = [image[top - reach, seen].mean(), image[bottom + reach, seen].mean()]
        brighter.append(min(rim) > 1.5 * image[mask].mean())
    assert np.mean(brighter) > 0.9


def test_covariates_go_the_right_way():
    every = [samples.table(name).drop_duplicates("patient_id") for name in SETS]
    bmi = np.concatenate([cases["bmi"] for cases in every])
    fat = np.concatenate([cases["fat_mm"] for cases in every])
    age = np.concatenate([cases["age"] for cases in every])
    assert np.corrcoef(bmi, fat)[0, 1] > 0.4
    assert bmi.min() >= 18 and bmi.max() <= 37 and age.min() >= 18 and age.max() < 80


@pytest.mark.parametrize(
    "name, number",
    [
        ("muscle_general", 7),
        pytest.param("muscle_general", 0, marks=pytest.mark.slow),
        pytest.param("muscle_hires", 4, marks=pytest.mark.slow),
    ],
)
def test_rebuilt_case_has_the_same_pixels(maker, name, number):
    made, row = maker.files(maker.SETS[name]()[number])
    place = samples.folder(name)
    image, mask = (np.asarray(Image.open(io.BytesIO(made[row[key]]))) for key in ("image", "mask"))
    stored = pixels(place / row["image"]).astype(int)
    assert np.abs(image.astype(int) - stored).max() <= 2
    assert np.array_equal(mask, pixels(place / row["mask"]))
    listed = samples.table(name).iloc[number]
    assert listed["image"] == row["image"] and listed["gain_db"] == float(row["gain_db"])


@pytest.mark.slow
def test_check_finds_a_changed_file_and_nothing_else(maker, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(maker, "DATA", tmp_path)
    monkeypatch.setattr(maker, "SETS", {"tiny": lambda: maker.muscle_hires()[:1]})
    assert maker.main([]) == 0 and maker.main(["--check"]) == 0
    (tmp_path / "tiny" / "masks" / "P25_1.png").write_bytes(b"no")
    (tmp_path / "tiny" / "stray.txt").write_text("here", encoding="utf-8")
    capsys.readouterr()
    assert maker.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert "tiny/masks/P25_1.png" in said and "tiny/stray.txt" in said and "cases.csv" not in said
    assert maker.main([]) == 0 and maker.main(["--check"]) == 0


def test_names_and_unknown_set():
    assert set(SETS) <= set(samples.names())
    with pytest.raises(FileError, match="muscle_general"):
        samples.table("nothing")
    with pytest.raises(FileError):
        samples.folder("../docs")


def test_missing_data_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "ROOT", tmp_path)
    with pytest.raises(FileError, match="data/calves.py"):
        samples.table("muscle_general")
    place = tmp_path / "muscle_general"
    place.mkdir()
    header = "image,mask,patient_id,device,row_mm,col_mm\n"
    (place / "cases.csv").write_text(header + "images/a.png,masks/a.png,P01,A,1,1\n", "utf-8")
    with pytest.raises(FileError, match="images/a.png.*data/calves"):
        samples.table("muscle_general")
    (place / "cases.csv").write_text("image,mask\n", "utf-8")
    with pytest.raises(FileError, match="patient_id"):
        samples.table("muscle_general")


def test_a_table_remembers_its_folder_also_when_rows_are_chosen():
    cases = samples.table("muscle_hires")
    chosen = cases[cases.patient_id == cases.patient_id[0]]
    assert chosen.attrs["folder"] == str(samples.folder("muscle_hires"))
