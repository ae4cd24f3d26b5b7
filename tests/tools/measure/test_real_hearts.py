"""The measures on real half beats, tried on drawn hearts in the folder's form."""

import cv2
import numpy as np
import pandas
import pytest

from course_utils.simulate import window
from tools.measure import real_hearts

NAMES = {"A4C": "4CH", "A2C": "2CH"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two randomised hearts as PNG with their labels and a list."""
    place, rows = tmp_path_factory.mktemp("halves"), []
    for number in (3, 8):
        one = window.study(number, "crisp")
        for view in (one.four, one.two):
            for phase, frame, labels in zip(("ED", "ES"), view.frames, view.labels, strict=True):
                name = f"H{number}_{view.view}_{phase}"
                cv2.imwrite(str(place / f"{name}.png"), frame)
                cv2.imwrite(str(place / f"{name}_mask.png"), labels)
                rows.append({
                    "image": f"{name}.png", "mask": f"{name}_mask.png", "patient_id": f"H{number}",
                    "view": NAMES[view.view], "phase": phase, "row_mm": view.spacing[0],
                    "col_mm": view.spacing[1], "ef": one.ef,
                })  # fmt: skip
    pandas.DataFrame(rows).to_csv(place / "cases.csv", index=False)
    return place


@pytest.mark.slow
def test_exact_outlines_give_the_ef_of_the_heart_and_each_frame_is_printed(
    folder, capsys, tmp_path
):
    for views, ef in real_hearts.halves(folder).values():
        truth = {name: clip.labels == 1 for name, clip in views.items()}
        assert real_hearts.biplane(views, truth) == pytest.approx(ef, abs=6)
    picture = tmp_path / "sheet.png"
    said = ["--networks", "lv_apical", "--sheet", str(picture)]
    assert real_hearts.main([str(folder), *said]) == 0
    told = capsys.readouterr().out
    rows = [line.split("|") for line in told.splitlines() if line.startswith("| H")]
    assert len(rows) == 8
    values = np.array([float(row[2]) for row in rows])
    assert f"lowest {values.min():.2f}" in told
    assert "area over truth" in told and "2 patients, 8 frames" in told
    assert cv2.imread(str(picture)).shape == (2 * real_hearts.CELL, 4 * real_hearts.CELL, 3)


@pytest.mark.slow
def test_only_so_many_patients_are_read(folder):
    assert list(real_hearts.halves(folder, 1)) == ["H3"]
