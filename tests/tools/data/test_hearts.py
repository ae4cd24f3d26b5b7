"""The committed cines: whole, in EchoNet-Dynamic's layout, split by patient, true to their hearts,
and made anew byte for byte.
"""

import csv
import dataclasses
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

from course_utils.cases import clips as cines
from course_utils.cases import samples
from course_utils.load import videos
from course_utils.simulate import ventricle
from tools.data import hearts

ROOT = Path(__file__).resolve().parents[3]
LIST = "FileName,EF,ESV,EDV,FrameHeight,FrameWidth,FPS,NumberOfFrames,Split"
GOOD = ("E02", "E04", "E09", "E16", "E18")


@pytest.fixture(scope="module")
def maker():
    """tools/data/hearts.py as a module."""
    return hearts


@pytest.fixture(scope="module")
def cases():
    return samples.table("echo")


def lines(name):
    return (samples.folder("echo") / name).read_text(encoding="utf-8").splitlines()


def test_manifest_lists_every_file_and_its_hash():
    listed = json.loads((samples.ROOT / "manifest.json").read_text(encoding="utf-8"))
    there = {
        path.relative_to(samples.ROOT).as_posix()
        for path in samples.folder("echo").rglob("*")
        if path.is_file()
    }
    assert there == {path for path in listed if path.startswith("echo/")}
    for path in there:
        content = (samples.ROOT / path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == listed[path]["sha256"], path


def test_size_stays_within_budget():
    sizes = [path.stat().st_size for path in samples.folder("echo").rglob("*") if path.is_file()]
    assert sum(sizes) <= 9e6


def test_counts_and_splits_by_patient(cases):
    assert len(cases) == 48 and cases["patient_id"].nunique() == 24
    assert set(cases.groupby("patient_id")["view"].agg(",".join)) == {"A4C,A2C"}
    assert (cases.groupby("patient_id")["split"].nunique() == 1).all()
    per = cases.drop_duplicates("patient_id")
    assert dict(per["split"].value_counts()) == {"TEST": 11, "TRAIN": 10, "VAL": 3}
    bad = per[per["must_refuse"]]
    assert sorted(bad["why"]) == ["drop-out", "foreshortened", "off-axis"]
    assert set(bad["split"]) == {"TEST"} and cases["why"].notna().sum() == 6
    assert cases["frames"].between(20, 100).all() and cases["fps"].between(30, 50).all()


def test_ranges(cases):
    per = cases.drop_duplicates("patient_id")
    assert per["ef"].between(15, 76).all() and per["ef"].min() < 18 and per["ef"].max() > 72
    assert per["edv_ml"].between(60, 260).all() and per["heart_rate"].between(49, 111).all()
    assert (per["rhythm"] == "irregular").sum() == 1
    for _, group in per.groupby("split"):
        assert np.ptp(group["ef"]) > 15
    regular = cases[cases["rhythm"] == "regular"]
    computed = 100 * (regular["edv_ml"] - regular["esv_ml"]) / regular["edv_ml"]
    assert np.abs(computed - regular["ef"]).max() < 0.05


def test_file_list_is_echonets(cases):
    table = lines("FileList.csv")
    assert table[0] == LIST
    rows = list(csv.DictReader(table))
    assert len(rows) == 48
    for row, case in zip(rows, cases.itertuples(), strict=True):
        assert case.cine == f"Videos/{row['FileName']}.avi"
        assert float(row["EF"]) == pytest.approx(case.ef, abs=0.01)
        assert int(row["NumberOfFrames"]) == case.frames and row["Split"] == case.split
        assert row["FrameHeight"] == row["FrameWidth"] == "112"


def test_tracings_are_echonets(cases):
    table = lines("VolumeTracings.csv")
    assert table[0] == "FileName,X1,Y1,X2,Y2,Frame" and len(table) == 1 + 48 * 2 * 21
    rows = list(csv.DictReader(table))
    for number, case in enumerate(cases.itertuples()):
        for part, frame in enumerate((case.ed, case.es)):
            first = (2 * number + part) * 21
            block = rows[first : first + 21]
            assert {row["FileName"] for row in block} == {Path(case.cine).name}
            assert {int(row["Frame"]) for row in block} == {frame}
            ends = np.array(
                [[float(row[key]) for key in ("X1", "Y1", "X2", "Y2")] for row in block]
            )
            axis, chords = ends[0], ends[1:]
            assert axis[1] < axis[3]  # from the apex, above, to the mitral plane
            middles = 0.5 * (chords[:, 1] + chords[:, 3])
            assert np.all(np.diff(middles) > 0) and np.all(chords[:, 0] <= chords[:, 2])


@pytest.mark.slow
def test_movies_and_masks_fit(cases):
    place = samples.folder("echo")
    for case in cases.itertuples():
        movie = videos.cine(place / case.cine)
        assert movie.frames.shape == (case.frames, 112, 112)
        assert movie.fps == pytest.approx(case.fps, rel=1e-3)
        labels = cines.read_labels(place / case.masks, movie.frames.shape)
        areas = (labels == 1).sum(axis=(1, 2))
        assert areas[case.es] <= areas[case.ed] and areas.min() > 0
        assert movie.frames[:, 0, 0].max() < 0.05


def test_the_file_holds_a_whole_beat(cases):
    for case in cases[cases["rhythm"] == "regular"].itertuples():
        assert (case.frames - case.ed) / case.fps > 60.0 / case.heart_rate
        assert 0 < (case.es - case.ed) / case.fps < 0.6 * 60.0 / case.heart_rate


def biplane(place, rows, frame):
    """Rows counted on the exact masks of both views, in mL; good while the axis is upright."""
    widths, lengths = [], []
    for row in rows:
        mask = cines.read_labels(place / row.masks)[getattr(row, frame)] == 1
        width = mask.sum(axis=1) * row.col_mm
        width = width[width > 0]
        lengths.append(len(width) * row.row_mm)
        share = np.linspace(0, 1, len(width))
        widths.append(np.interp(np.linspace(0, 1, 60), share, width))
    return math.pi / 4 * np.mean(widths[0] * widths[1]) * max(lengths) / 1000


@pytest.mark.parametrize("patient", GOOD)
def test_masks_give_nearly_the_true_ejection_fraction(cases, patient):
    """Plain row counting, which no tilt of the axis respects, comes within 5 points."""
    rows = list(cases[cases["patient_id"] == patient].itertuples())
    edv, esv = (biplane(samples.folder("echo"), rows, frame) for frame in ("ed", "es"))
    assert 100 * (edv - esv) / edv == pytest.approx(rows[0].ef, abs=5.0)
    assert edv == pytest.approx(rows[0].edv_ml, rel=0.12)


def test_tracings_give_nearly_the_true_volumes(cases):
    """Discs from the chords of both views: within 3 % of the heart for most, EF within 1.5
    points.
    """
    rows = list(csv.DictReader(lines("VolumeTracings.csv")))
    table = np.array([[float(r[key]) for key in ("X1", "Y1", "X2", "Y2")] for r in rows])
    table = table.reshape(24, 2, 2, 21, 4)  # patient, view, frame, row
    off = []
    for number, (_, group) in enumerate(cases.groupby("patient_id", sort=True)):
        if group["must_refuse"].any() or (group["rhythm"] == "irregular").any():
            continue
        volumes = []
        for frame in (0, 1):
            sizes = []
            for view, row in enumerate(group.itertuples()):
                ends = table[number, view, frame]
                across = (ends[:, 2] - ends[:, 0]) * row.col_mm
                sizes.append(np.hypot(across, (ends[:, 3] - ends[:, 1]) * row.row_mm))
            length = max(sizes[0][0], sizes[1][0])
            volumes.append(math.pi / 4 * np.mean(sizes[0][1:] * sizes[1][1:]) * length / 1000)
        ef = 100 * (volumes[0] - volumes[1]) / volumes[0]
        assert ef == pytest.approx(group["ef"].iloc[0], abs=1.5)
        off.append(volumes[0] / group["edv_ml"].iloc[0] - 1)
    assert len(off) == 20 and abs(np.mean(off)) < 0.02 and np.abs(off).max() < 0.04


@pytest.mark.slow
def test_the_bad_studies_are_bad(maker, cases):
    lengths = {}
    for number in (11, 20, 4):
        clips = maker.clips(maker.patient(number))
        lengths[number] = [
            np.hypot(*np.subtract(*ventricle.tracing(clip.heart, clip.view, 0.0)[0]))
            for clip in clips
        ]
    assert lengths[11][0] < 0.8 * lengths[11][1]  # foreshortened
    assert lengths[20][0] < 0.8 * lengths[20][1]  # off-axis
    assert lengths[4][0] == pytest.approx(lengths[4][1], rel=0.05)
    four, _ = cines.study(cases, "E05")
    frame, labels = four.frames[0], four.labels[0]
    wall = labels == ventricle.MYOCARDIUM
    columns = np.arange(112)[None, :] > np.argwhere(labels == 1)[:, 1].mean()
    assert frame[wall & columns].mean() < 0.5 * frame[wall & ~columns].mean()


def test_good_cavities_lie_in_the_sector(maker):
    for number in (2, 9, 16, 18):
        for clip in maker.clips(maker.patient(number)):
            x_mm, z_mm, _ = clip.machine.grid()
            shown = ventricle.cut(clip.heart, clip.view, 0.0, x_mm, z_mm) == ventricle.CAVITY
            assert not (shown & ~clip.machine.inside()).any()


@pytest.mark.slow
def test_one_clip_is_made_anew_as_it_lies_there(maker, cases, tmp_path):
    """The same labels, tracing and table row; the same pixels up to other processors' rounding."""
    clip = maker.clips(maker.patient(24))[0]
    content, row, _, traced = maker.files(clip)
    place = samples.folder("echo")
    (tmp_path / "masks.npz").write_bytes(content[row["masks"]])
    (tmp_path / "clip.avi").write_bytes(content[row["cine"]])
    made, kept = cines.read_labels(tmp_path / "masks.npz"), cines.read_labels(place / row["masks"])
    assert np.array_equal(made, kept)
    made, kept = (videos.cine(path).frames for path in (tmp_path / "clip.avi", place / row["cine"]))
    assert 255 * np.abs(made - kept).mean() < 0.2
    assert set(traced) <= set(lines("VolumeTracings.csv"))
    assert ",".join(str(value) for value in row.values()) in lines("cases.csv")


@pytest.mark.slow
def test_check_finds_a_changed_file(maker, tmp_path, monkeypatch, capsys):
    from tools.data import calves

    monkeypatch.setattr(calves, "DATA", tmp_path)
    monkeypatch.setattr(maker, "PLAN", {24: maker.PLAN[24]})
    monkeypatch.setattr(maker.build, "__defaults__", ((24,), 1))
    short = {"frames": 2}
    monkeypatch.setattr(maker, "clips", _short(maker.clips, short))
    monkeypatch.setattr(maker, "key_frames", lambda clip: (0, 1))
    made = maker.of_patient(24)  # once: that it comes out the same again is the test above
    monkeypatch.setattr(maker, "of_patient", {24: made}.__getitem__)
    assert maker.main([]) == 0 and maker.main(["--check"]) == 0
    (tmp_path / "echo" / "Videos" / "E24_A2C.avi").write_bytes(b"no")
    capsys.readouterr()
    assert maker.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert "echo/Videos/E24_A2C.avi" in said and "A4C" not in said


def _short(clips, change):
    return lambda who: [dataclasses.replace(clip, **change) for clip in clips(who)]
