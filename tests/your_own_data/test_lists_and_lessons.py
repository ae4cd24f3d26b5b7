"""Whatever list the folder check writes, lesson 04 runs on it: split, guard, a batch; or the report says why not."""

import numpy as np
import pandas
import pytest

from course_utils.cases import samples, split
from course_utils.segment import batches
from course_utils.show import progress
from course_utils.your_own_data import check
from tests.helpers import folders, trees
from tests.your_own_data import test_check as layouts

LAYOUTS = sorted(name for name in dir(layouts) if name.startswith("test_layout_"))


def agree(report, place):
    """Write the list and go lesson 04's way; returns what happened in one word."""
    if not len(report.table):
        return "empty"
    label = 1 if report.table["convert"].str.contains("labels").any() else None
    listed = report.manifest(place / "cases.csv", converted=place / "copies", label=label)
    cases = samples.table(listed)
    assert len(cases) == len(report.table)
    usable = cases[~cases["empty"]]
    stopped = not report.ok or "too few patients to split" in set(report.problems["kind"])
    if len(set(usable["patient_id"])) < 3:
        assert stopped  # the report has said so
        return "too few"
    parts = split.by_patient(usable, seed=1)
    if stopped:
        return "stopped"
    split.assert_no_leak(*parts)  # the guard of lesson 04: look-alikes, too
    images, masks = batches.Source(parts[0], size=32, batch=2)[0]
    assert images.shape[1:3] == masks.shape[1:3] == (32, 32) and np.isfinite(images).all()
    return "ran"


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout(name, tmp_path, monkeypatch):
    (tmp_path / "study").mkdir()
    seen = []
    monkeypatch.setattr(
        layouts, "inspect", lambda folder: seen.append(folders.inspect(folder)) or seen[-1]
    )
    getattr(layouts, name)(tmp_path / "study")
    assert agree(seen[-1], tmp_path) in ("ran", "too few", "stopped")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_random_trees(seed, tmp_path):
    folder = tmp_path / "study"
    paths, _, _ = trees.tree(seed)
    for number, path in enumerate(paths[:: max(1, len(paths) // 18)][:18]):
        folders.save(folder / path, folders.grey(100 * seed + number))
        mask = (folder / path).with_name(f"{(folder / path).stem}_mask.png")
        folders.save(mask, folders.disc(number))
    assert agree(folders.inspect(folder), tmp_path) in ("ran", "too few", "stopped", "empty")


@pytest.mark.slow
def test_look_alikes_without_a_patient_are_one_in_the_list(tmp_path):
    for number in range(12):  # six scenes, each twice and a little brighter
        pixels = np.clip(folders.grey(number // 2) * (1 + 0.04 * (number % 2)), 0, 255)
        folders.save(tmp_path / f"study/img_{number:03d}.png", pixels.astype(np.uint8))
        folders.save(tmp_path / f"study/img_{number:03d}_mask.png", folders.disc(number))
    report = folders.inspect(tmp_path / "study")
    assert report.ok and report.table["patient_id"].nunique() == 6
    assert "look alike count as one patient" in report.patients.how
    assert agree(report, tmp_path) == "ran"


def test_look_alikes_of_two_known_patients_are_a_stop(tmp_path):
    for number in range(8):
        pixels = folders.grey(number // 2)
        pixels = np.clip(pixels * (1 + 0.04 * (number % 2)), 0, 255).astype(np.uint8)
        folders.save(tmp_path / f"study/P{number}_1.png", pixels)
        folders.save(tmp_path / f"study/P{number}_1_mask.png", folders.disc(number))
    report = folders.inspect(tmp_path / "study")
    assert not report.ok and agree(report, tmp_path) == "stopped"


@pytest.mark.slow
def test_a_person_may_say_who_is_who(tmp_path):
    for number in range(8):
        folders.save(tmp_path / f"s/{number // 2}x/scan-{number}.png", folders.grey(number))
        folders.save(tmp_path / f"s/{number // 2}x/scan-{number}_mask.png", folders.disc(number))
    pandas.DataFrame(
        {"Image": [f"scan-{n}.png" for n in range(8)], " Proband ": list("AABBCCDD")}
    ).to_csv(tmp_path / "s/list.csv", index=False, sep=";")
    for told in ("{patient}x/*", "proband", "PROBAND "):
        report = check.inspect(tmp_path / "s", progress.Quiet(), patients=told)
        assert report.patients.certain and report.table["patient_id"].nunique() == 4
    with pytest.raises(check.errors.DataError, match="column 'nobody' for 8 of 8"):
        check.inspect(tmp_path / "s", progress.Quiet(), patients="nobody")
