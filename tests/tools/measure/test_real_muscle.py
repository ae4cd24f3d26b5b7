"""The measures on real scans, tried on drawn ones with bands as DL_Track publishes them."""

import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from course_utils.simulate import varied
from tools.measure import look_alike, real_muscle


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six stills with the borders of their muscle as bands."""
    place = tmp_path_factory.mktemp("bands")
    for part in ("images", "masks"):
        (place / part).mkdir()
    for number in range(6):
        one = varied.still(40 + number)
        inner = cv2.erode(one.mask, np.ones((9, 1), np.uint8), borderValue=1)
        bands = (cv2.dilate(one.mask, np.ones((9, 1), np.uint8)) - one.mask) * 255
        assert inner.any()
        cv2.imwrite(str(place / "images" / f"s{number}.png"), one.image)
        cv2.imwrite(str(place / "masks" / f"s{number}.png"), bands)
    return place


@pytest.mark.slow
def test_each_scan_and_the_mean_are_printed_for_each_network(folder, capsys, tmp_path):
    sheet = tmp_path / "sheet.png"
    names = ["unet_lesson_04", "unet_scanner_b"]
    assert real_muscle.main([str(folder), "--networks", *names, "--sheet", str(sheet)]) == 0
    told = capsys.readouterr().out
    rows = [line for line in told.splitlines() if line[:3] == "| s" and line[3].isdigit()]
    assert 4 <= len(rows) <= 6
    # A question mark stands behind an outline that is doubted.
    values = np.array([[float(cell.strip(" ?")) for cell in row.split("|")[2:4]] for row in rows])
    for column, name in enumerate(names):
        assert f"{name}: Dice" in told
        below = int((values[:, column] < 0.6).sum())
        line = next(line for line in told.splitlines() if line.startswith(f"{name}: Dice"))
        median = float(line.split("median ")[1].split(";")[0])
        # the rows are rounded, and so is the median
        assert median == pytest.approx(np.median(values[:, column]), abs=0.0011)
        assert f"{below} below 0.6" in line
    assert cv2.imread(str(sheet)).shape[1] == 4 * real_muscle.CELL


@pytest.mark.slow
def test_a_third_band_is_wiped_and_said(folder, tmp_path):
    """Its belly is the one between the two uppermost, as without the third."""
    more = tmp_path / "more"
    for part in ("images", "masks"):
        (more / part).mkdir(parents=True)
    for name in ("s0.png", "s1.png"):
        for part in ("images", "masks"):
            picture = cv2.imread(str(folder / part / name), cv2.IMREAD_GRAYSCALE)
            if part == "masks" and name == "s1.png":
                picture[-8:-4] = 255
            cv2.imwrite(str(more / part / name), picture)
    found = []
    for number, place in enumerate((folder, more)):
        (scratch := tmp_path / f"scratch{number}").mkdir()
        cases = real_muscle.table(place, scratch)
        cases.index = [path.split("/")[-1] for path in cases["image"]]
        found.append((cases, [real_muscle.scans.read(cases.loc[[name]]).mask
                              for name in ("s0.png", "s1.png")]))  # fmt: skip
    assert not found[0][0]["more"].any() and found[1][0]["more"].tolist() == [False, True]
    assert all(np.array_equal(*pair) for pair in zip(found[0][1], found[1][1], strict=True))


def test_a_blind_sheet_holds_as_many_of_both_kinds_and_its_key_is_right():
    bright, dark = [np.full((256, 256), 0.9, np.float32)] * 3, [np.zeros((256, 256), np.float32)]
    picture, real = look_alike.blind(bright, dark, count=5)
    assert picture.shape == (340, 2000) and real.sum() == 5 and len(real) == 10
    means = [picture[:200, 200 * k : 200 * (k + 1)].mean() > 100 for k in range(10)]
    assert means == real.tolist()


def test_every_number_of_a_patch_has_a_name():
    assert len(look_alike.names()) == len(look_alike.features(noise(1)[:64, :64]))
    (name, value), *_ = look_alike.giveaways([noise(n) for n in range(4)],
                                             [0.3 + noise(n) / 2 for n in range(4)])  # fmt: skip
    assert value > 0.95 and name


def noise(seed, blur=1.0):
    grain = gaussian_filter(np.random.default_rng(seed).standard_normal((256, 256)), blur)
    return np.clip(0.3 + 0.1 * grain / grain.std(), 0, 1).astype(np.float32)


@pytest.mark.slow
def test_patches_of_one_kind_cannot_be_told_apart_and_of_another_kind_can():
    same = look_alike.auc([noise(n) for n in range(6)], [noise(n + 50) for n in range(6)])
    other = look_alike.auc([noise(n) for n in range(6)], [noise(n + 50, 2.5) for n in range(6)])
    assert 0.25 < same < 0.75 and other > 0.99


def test_the_size_of_the_speckle_follows_the_blur():
    # noise blurred by sigma has an autocorrelation of FWHM 2 sqrt(2 ln 2) * sqrt(2) * sigma
    for sigma in (1.0, 1.6):
        grain = gaussian_filter(np.random.default_rng(2).standard_normal((400, 400)), sigma)
        assert look_alike._width(grain, 0) == pytest.approx(3.33 * sigma, rel=0.05)
