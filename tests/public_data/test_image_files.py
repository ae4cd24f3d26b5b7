"""BUSI, HC18 and DL_Track: small folders in exactly these formats, whole and broken."""

import shutil
import warnings
from pathlib import Path

import cv2
import numpy as np
import pandas
import pytest
import scipy.special
from PIL import Image

from course_utils import load, public_data
from course_utils.core import errors, tables
from course_utils.public_data import derived_masks

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "muscle"


def picture(seed, shape=(90, 120)):
    """A picture with structure of its own, so that no two look alike."""
    draws = np.random.default_rng(seed)
    coarse = draws.random((9, 12)).astype(np.float32)
    return (cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1) * 255).astype(
        np.uint8
    )


def disc(x, y, radius=14, shape=(90, 120)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return ((np.hypot(rows - y, columns - x) <= radius) * 255).astype(np.uint8)


def save(path, values, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values)
    (image.convert(mode) if mode else image).save(path)


def quietly(read, *given, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)
        return read(*given, **more)


def reasons(table):
    return public_data.left_out(table).set_index("file")["why"]


def files_of(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# BUSI


def busi(folder):
    """Two benign images (one with two masks, one with an RGBA mask), one malignant, one normal."""
    place = folder / "Dataset_BUSI_with_GT"
    save(place / "benign" / "benign (1).png", picture(1), "RGB")
    save(place / "benign" / "benign (1)_mask.png", disc(30, 40))
    save(place / "benign" / "benign (1)_mask_1.png", disc(80, 50))
    save(place / "benign" / "benign (2).png", picture(2), "RGB")
    save(place / "benign" / "benign (2)_mask.png", disc(50, 50), "RGBA")
    save(place / "malignant" / "malignant (1).png", picture(3), "RGB")
    save(place / "malignant" / "malignant (1)_mask.png", disc(60, 30), "RGB")
    save(place / "normal" / "normal (1).png", picture(4), "RGB")
    save(place / "normal" / "normal (1)_mask.png", np.zeros((90, 120), np.uint8))
    return place


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
        (benign / "Thumbs.db").write_text("x")
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


# HC18


def outline(x, y, a, b, degrees, shape=(270, 400)):
    canvas = np.zeros(shape, np.uint8)
    cv2.ellipse(canvas, (x, y), (a, b), degrees, 0, 360, 255, 2)
    return canvas


HEADS = {
    "000_HC": (200, 130, 120, 90, 15),
    "010_HC": (190, 140, 100, 80, -20),
    "010_2HC": (205, 128, 101, 82, -18),
    "011_HC": (330, 130, 110, 85, 0),
}  # leaves the picture


def around(a, b):
    """Circumference by the elliptic integral: an independent witness."""
    a, b = max(a, b), min(a, b)
    return 4 * a * scipy.special.ellipe(1 - (b / a) ** 2)


def hc18(folder, pixel=0.2):
    listed = []
    for seed, (stem, shape) in enumerate(HEADS.items()):
        save(folder / "training_set" / f"{stem}.png", picture(seed, (270, 400)))
        save(folder / "training_set" / f"{stem}_Annotation.png", outline(*shape))
        listed.append((f"{stem}.png", pixel, round(around(*shape[2:4]) * pixel, 2)))
    save(folder / "test_set" / "000_HC.png", picture(99, (270, 400)))
    pandas.DataFrame(
        listed, columns=["filename", "pixel size(mm)", "head circumference (mm)"]
    ).to_csv(folder / "training_set_pixel_size_and_HC.csv", index=False)
    return folder


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


@pytest.mark.parametrize(("a", "b"), [(100, 100), (120, 85), (90, 40)])
def test_ellipse_against_the_integral(a, b):
    assert derived_masks.circumference(a, b) == pytest.approx(around(a, b), rel=1e-5)
    mask, axes = derived_masks.filled_ellipse(outline(200, 130, a, b, 30))
    assert sorted(axes) == pytest.approx(sorted((a, b)), abs=1)
    assert mask.sum() == pytest.approx(np.pi * a * b, rel=0.02)
    filled, other = derived_masks.filled_ellipse(mask * 255)
    assert sorted(other) == pytest.approx(sorted((a, b)), abs=1.5) and filled.shape == mask.shape


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


# DL_Track


def bands(*rows, shape=(90, 120), slope=0.1):
    """Aponeuroses as bands of 5 pixels."""
    down, across = np.mgrid[: shape[0], : shape[1]]
    mask = np.zeros(shape, bool)
    for row in rows:
        mask |= np.abs(down - row - slope * across) <= 2
    return (mask * 255).astype(np.uint8)


def dl_track(folder, images="apo_images", masks="apo_masks", end=".tif"):
    for seed, rows in enumerate([(10, 50), (15, 45), (10, 40, 65)]):
        save(folder / images / f"img_{seed:05d}{end}", picture(seed), "RGB")
        save(folder / masks / f"img_{seed:05d}{end}", bands(*rows))
    return folder


@pytest.mark.parametrize(
    ("names", "end"), [(("apo_images", "apo_masks"), ".tif"), (("images", "masks"), ".png")]
)
def test_dl_track_bands_and_bellies(tmp_path, names, end):
    before = files_of(dl_track(tmp_path, *names, end))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = public_data.dl_track(tmp_path)
        bellies = public_data.dl_track(tmp_path, target="belly")
    assert list(drawn["bands"]) == [2, 2, 3] and drawn["patient_id"].nunique() == 3
    assert (load.mask(tables.paths(drawn, "mask")[0]) == bands(10, 50) // 255).all()
    down, across = np.mgrid[:90, :120]
    for (upper, lower), path in zip(
        [(10, 50), (15, 45), (10, 40)], tables.paths(bellies, "mask"), strict=True
    ):
        true = (down > upper + 0.1 * across + 2) & (down < lower + 0.1 * across - 2)
        mask = load.mask(path)
        assert (mask == true).mean() > 0.99 and not (mask * (bands(upper, lower) > 0)).any()
    assert files_of(tmp_path) == before and bellies.attrs["target"] == "belly"
    assert drawn[["row_mm", "col_mm"]].isna().all(axis=None)


def test_belly_bridges_gaps_and_survives_forks():
    mask = bands(10, 50, slope=0)
    mask[:, 60:70] = 0  # both bands are broken
    found = derived_masks.bands(mask)
    assert len(found) == 2
    assert derived_masks.belly(found)[13:48].all() and not derived_masks.belly(found)[:13].any()
    fork = bands(10, 50, slope=0)
    fork[50:70, 30:34] = 255  # the lower band has an arm that points down
    assert (derived_masks.belly(derived_masks.bands(fork)) == derived_masks.belly(found)).all()


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (bands(40), "1 long band"),
        (bands(), "0 long bands"),
        (
            np.where(
                np.arange(120) < 55,
                bands(20, slope=0),
                np.where(np.arange(120) > 65, bands(70, slope=0), 0),
            ).astype(np.uint8),
            "beside each other",
        ),
    ],
)
def test_no_belly(mask, words):
    with pytest.raises(errors.DataError, match=words):
        derived_masks.belly(derived_masks.bands(mask))


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
    table = public_data.dl_track(REAL, target="belly")
    assert len(table) == 12 and not table["empty"].any() and (table["bands"] >= 2).all()
    for image, mask in zip(tables.paths(table), tables.paths(table, "mask"), strict=True):
        found = load.mask(mask)
        assert found.shape == load.image(image).shape and 0.02 < found.mean() < 0.6
        assert cv2.connectedComponents(found)[0] == 2  # one belly, and the background
    assert files_of(REAL) == before


def test_rows_of_images_that_nobody_downloaded_are_counted_apart(tmp_path):
    csv = hc18(tmp_path) / "training_set_pixel_size_and_HC.csv"
    rows = pandas.read_csv(csv)
    more = rows.assign(filename=[f"{number}_HC.png" for number in range(900, 900 + len(rows))])
    pandas.concat([rows, more]).to_csv(csv, index=False)
    with pytest.warns(
        errors.CourseWarning, match=f"1 file left out.*{len(more)} more are in its list"
    ):
        public_data.hc18(tmp_path)
