"""DL_Track's aponeuroses: small folders in its layouts, whole and broken."""

import shutil
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest

from course_utils import load, public_data
from course_utils.core import errors, tables
from tests.helpers.public_sets import (
    bands,
    dl_track,
    files_of,
    picture,
    quietly,
    reasons,
    save,
)

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "muscle"

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows


@pytest.mark.parametrize(
    ("names", "end"), [(("apo_images", "apo_masks"), ".tif"), (("images", "masks"), ".png")]
)
def test_dl_track_bands_and_bellies(tmp_path, names, end):
    before = files_of(dl_track(tmp_path, *names, end))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = public_data.dl_track(tmp_path)
    bellies = quietly(public_data.dl_track, tmp_path, target="belly")
    assert list(drawn["bands"]) == [2, 2, 3] and drawn["patient_id"].nunique() == 3
    assert "3 long bands" in reasons(bellies).iloc[0] and len(bellies) == 2
    assert (load.mask(tables.paths(drawn, "mask")[0]) == bands(10, 50) // 255).all()
    down, across = np.mgrid[:90, :120]
    for (upper, lower), path in zip(
        [(10, 50), (15, 45)], tables.paths(bellies, "mask"), strict=True
    ):
        true = (down > upper + 0.1 * across + 2) & (down < lower + 0.1 * across - 2)
        mask = load.mask(path)
        assert (mask == true).mean() > 0.99 and not (mask * (bands(upper, lower) > 0)).any()
    assert files_of(tmp_path) == before and bellies.attrs["target"] == "belly"
    assert drawn[["row_mm", "col_mm"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("no mask", "no mask of the same name"),
        ("no image", "no image of the same name"),
        ("one band", "1 long band"),
        ("size", "60 x 60"),
        ("copy", "Its pixels are those of"),
        ("fascicles", "another task"),
        ("same name", "has the same name"),
        ("cut", "truncated"),
    ],
)
def test_dl_track_leaves_out_with_a_reason(tmp_path, case, words):
    place = dl_track(tmp_path)
    image, mask = place / "apo_images" / "img_00001.tif", place / "apo_masks" / "img_00001.tif"
    if case == "no mask":
        mask.unlink()
    elif case == "no image":
        image.unlink()
    elif case == "one band":
        save(mask, bands(30))
    elif case == "size":
        save(mask, bands(10, 30, shape=(60, 60)))
    elif case == "copy":
        shutil.copy(image, image.with_name("img_00009.tif"))
        shutil.copy(mask, mask.with_name("img_00009.tif"))
    elif case == "fascicles":
        save(place / "fasc_images" / "img_00001.tif", picture(1))
    elif case == "same name":
        save(image.with_suffix(".png"), picture(8))
        mask.rename(mask.with_name("img_00001.TIF"))
    elif case == "cut":
        image.write_bytes(image.read_bytes()[:2000])
    found = reasons(quietly(public_data.dl_track, tmp_path, target="belly"))
    found = found[~found.str.contains("3 long bands")]  # of the third image
    assert len(found) == 1 and words in found.iloc[0], list(found)


def test_readers_refuse_other_folders(tmp_path):
    for read, words in (
        (public_data.busi, "not BUSI"),
        (public_data.hc18, "not HC18"),
        (public_data.dl_track, "neither apo_images"),
    ):
        with pytest.raises(errors.FileError, match=words):
            read(tmp_path)
        with pytest.raises(errors.FileError, match="no folder"):
            read(tmp_path / "nix")
    with pytest.raises(errors.DataError, match="'bands' or 'belly'"):
        public_data.dl_track(dl_track(tmp_path), target="muscle")
    for path in (tmp_path / "apo_masks").iterdir():
        path.unlink()
    with pytest.raises(errors.FileError, match="holds nothing of DL_Track"):
        public_data.dl_track(tmp_path)
    (tmp_path / "training_set").mkdir()
    with pytest.raises(errors.FileError, match="training_set_pixel_size_and_HC.csv"):
        public_data.hc18(tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real muscle images are not beside the project")
def test_real_muscle_images():
    before = files_of(REAL)
    table = quietly(public_data.dl_track, REAL, target="belly")
    assert len(table) + len(reasons(table)) >= 12 and (table["bands"] == 2).all()
    for image, mask in zip(tables.paths(table), tables.paths(table, "mask"), strict=True):
        found = load.mask(mask)
        assert found.shape == load.image(image).shape and 0.02 < found.mean() < 0.6
        assert cv2.connectedComponents(found)[0] == 2  # one belly, and the background
    assert files_of(REAL) == before


@pytest.mark.parametrize(
    "names",
    [
        ("Apo_Images", "Apo_Masks"),
        ("a/apo_images", "a/apo_masks"),
        ("a/b/images", "a/b/masks"),
        ("IMAGES", "MASKS"),
    ],  # fmt: skip
)
def test_dl_track_in_other_layouts_with_system_files(tmp_path, names):
    dl_track(tmp_path, *names)
    for left in (
        "__MACOSX/apo_images/._img_00000.tif",
        f"{names[0]}/._img_00000.tif",
        f"{names[1]}/.DS_Store",
    ):
        (tmp_path / left).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / left).write_bytes(b"Mac OS X")
    (tmp_path / "__MACOSX/apo_masks").mkdir()
    table = public_data.dl_track(tmp_path)
    assert len(table) == 3 and table.attrs["left_out"] == {}


def test_dl_track_of_links(tmp_path):
    dl_track(tmp_path / "store")
    for path in (tmp_path / "store").rglob("*.tif"):
        new = tmp_path / "study" / path.relative_to(tmp_path / "store")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.symlink_to(path)
    table = quietly(public_data.dl_track, tmp_path / "study")
    assert list(table["mask"])[0] == "apo_masks/img_00000.tif" and len(table) == 3
