"""VolumeTracings rows: into masks and volumes, out of masks, and every way they can be broken."""

import math

import numpy as np
import pandas
import pytest

from course_utils.core.errors import DataError, FileError
from course_utils.ejection_fraction import discs, shape, tracings
from course_utils.evaluate import metrics
from tests.ejection_fraction.test_discs import cut_ellipse, cut_volume

MASKS = {
    30: cut_ellipse((112, 112), (1, 1), 40, 22, 0.6, -80),
    12: cut_ellipse((112, 112), (1, 1), 34, 15, 0.6, -80),
}


def traced(name="clip"):
    return {(name, frame): tracings.from_mask(mask) for frame, mask in MASKS.items()}


def rows(number=30):
    return traced()["clip", number].rows("clip.avi", number)


def test_rows_to_mask_to_rows():
    for frame, mask in MASKS.items():
        tracing = tracings.from_mask(mask)
        table = tracing.rows("clip.avi", frame)
        assert list(table.columns) == list(tracings.COLUMNS) and len(table) == 21
        again = tracings.from_rows(table)
        assert again.chords == pytest.approx(tracing.chords)
        assert metrics.dice(mask, again.mask()) > 0.97  # half a disc is lost at apex and base
        assert again.mask().dtype == np.uint8


def test_the_volume_comes_from_the_chords_alone():
    tracing = tracings.from_rows(rows())
    assert tracing.volume() == pytest.approx(discs.measure(MASKS[30]).cube, rel=1e-9)
    exact = cut_volume(40, 22, 0.6)
    assert tracing.volume((1, 1)) == pytest.approx(exact, rel=0.02)
    assert tracing.volume((0.5, 0.5)) == pytest.approx(tracing.volume((1, 1)) / 8)
    assert tracing.area((0.5, 2.0)) == pytest.approx(tracing.area())
    assert tracing.area() == pytest.approx(MASKS[30].sum(), rel=0.04)


def test_a_rectangle_has_a_closed_form():
    chords = [[10.0, 5 + 4 * k, 30.0, 5 + 4 * k] for k in range(20)]
    table = pandas.DataFrame([[20.0, 3.0, 20.0, 83.0], *chords], columns=["X1", "Y1", "X2", "Y2"])
    tracing = tracings.from_rows(table)
    assert tracing.volume() == pytest.approx(math.pi / 4 * 20**2 * 80)
    assert tracing.area() == pytest.approx(20 * 76)
    assert tracing.mask().sum() == pytest.approx(20 * 76, rel=0.08)


def test_ed_is_the_larger_area_and_ef_needs_no_spacing():
    both = traced()
    assert tracings.phases(both, "clip.avi") == (30, 12)
    exact = 100 * (1 - 34 * 15**2 / (40 * 22**2))
    assert tracings.ejection_fraction(both, "clip") == pytest.approx(exact, abs=1.0)
    del both["clip", 12]
    with pytest.raises(DataError, match="need two"):
        tracings.phases(both, "clip")


def test_file_round_trip_with_and_without_avi(tmp_path):
    file = tracings.write(tmp_path / "VolumeTracings.csv", traced("one") | traced("two.AVI"))
    found, left_out = tracings.read(file)
    assert sorted(found) == [("one", 12), ("one", 30), ("two", 12), ("two", 30)]
    assert left_out.empty and list(left_out.columns) == ["clip", "frame", "why"]
    assert found["two", 12].chords == pytest.approx(traced()["clip", 12].chords, abs=1e-4)
    one, _ = tracings.read(file, name="Videos/one.avi")
    assert {clip for clip, _ in one} == {"one"}
    with pytest.raises(FileError, match="exists"):
        tracings.write(file, traced())
    with pytest.raises(DataError, match="no tracing to write"):
        tracings.write(tmp_path / "new.csv", {})
    assert [path.name for path in tmp_path.iterdir()] == ["VolumeTracings.csv"]


def test_left_and_right_and_both_ends_may_be_swapped():
    table, wanted = rows(), traced()["clip", 30]
    swapped = table.copy()
    swapped.loc[3:7, ["X1", "Y1", "X2", "Y2"]] = table.loc[3:7, ["X2", "Y2", "X1", "Y1"]].to_numpy()
    upside = pandas.concat([table.iloc[:1], table.iloc[:0:-1]])
    other_end = table.copy()
    other_end.loc[0, ["X1", "Y1", "X2", "Y2"]] = table.loc[0, ["X2", "Y2", "X1", "Y1"]].to_numpy()
    for changed in (swapped, upside, other_end):
        found = tracings.from_rows(changed)
        assert found.volume() == pytest.approx(wanted.volume())
        assert found.area() == pytest.approx(wanted.area())
        assert found.axis == pytest.approx(wanted.axis)


def shuffled():
    table = rows()
    return pandas.concat([table.iloc[:1], table.iloc[1:].sample(frac=1, random_state=0)])


def no_number():
    table = rows().astype({"X1": object})
    table.loc[4, "X1"] = "?"
    return table


@pytest.mark.parametrize(
    "table, words",
    [
        (rows().iloc[:8], "only 7 chords"),
        (shuffled(), "not in order"),
        (rows().iloc[1:], "first row is not the long axis"),
        (no_number(), "not a number"),
        (rows().drop(columns="X2"), "no column X2"),
        (rows().iloc[:0], "no rows"),
        (rows().assign(Y1=5.0, Y2=5.0, X1=5.0, X2=5.0), "no length"),
    ],
)
def test_broken_rows_are_refused(table, words):
    with pytest.raises(DataError, match=words):
        tracings.from_rows(table)


def test_nothing_is_dropped_silently(tmp_path):
    whole = [tracings.from_mask(mask).rows("good.avi", frame) for frame, mask in MASKS.items()]
    parts = [
        *whole,
        rows().iloc[:6].assign(FileName="short"),
        rows(12).assign(FileName="short"),
        rows().assign(FileName="late", Frame=99),
        rows(12).assign(FileName="late"),
        rows().assign(FileName="half", Frame=2.5),
        rows(12).assign(FileName="half"),
    ]
    file = tmp_path / "VolumeTracings.csv"
    pandas.concat(parts).to_csv(file, index=False)
    counts = {"good.avi": 40, "short": 40, "late": 40, "half": 40, "absent.avi": 40}
    found, left_out = tracings.read(file, counts)
    assert {clip for clip, _ in found} == {"good", "short", "late", "half"}
    sentences = left_out.groupby("clip")["why"].agg(" ".join)
    assert "only 5 chords" in sentences["short"] and "only one traced frame" in sentences["short"]
    assert "beyond the end" in sentences["late"]
    assert "whole number" in sentences["half"]
    assert "no rows in the file" in sentences["absent"]


def test_files_that_are_no_tracings(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("FileName,X1,Y1\n")
    with pytest.raises(DataError, match="no column X2, Y2, Frame"):
        tracings.read(empty)
    few = tmp_path / "few.csv"
    rows().iloc[:5].to_csv(few, index=False)
    with pytest.raises(DataError, match="can be used .only 4 chords"):
        tracings.read(few)
    with pytest.raises(DataError, match="no rows of other"):
        tracings.read(few, name="other.avi")
    with pytest.raises(FileError):
        tracings.read(tmp_path / "missing.csv")
    binary = tmp_path / "video.csv"
    binary.write_bytes(bytes(range(256)) * 4)
    with pytest.raises((FileError, DataError)):
        tracings.read(binary)


def test_a_tracing_of_another_clip_is_said():
    with pytest.raises(DataError, match="outside a picture of 5 x 5"):
        tracings.from_mask(MASKS[30]).mask((5, 5))


def test_filling_counts_pixel_centres():
    square = [(1.5, 0.5), (4.5, 0.5), (4.5, 2.5), (1.5, 2.5)]
    assert shape.filled(square, (5, 7)).sum() == 6
    circle = np.linspace(0, 2 * math.pi, 400)[:-1]
    points = 30 + 20 * np.column_stack([np.cos(circle), np.sin(circle)])
    disc = shape.filled(points, (61, 61))
    y, x = np.mgrid[:61, :61]
    assert np.count_nonzero(disc != ((x - 30) ** 2 + (y - 30) ** 2 <= 400)) < 14


@pytest.mark.parametrize(
    "name", ["0012", "007", "1e5", "0X1A05", "12.0", "1_000", "nan", "TRUE", "00", "2024-01-03"]
)
def test_the_name_of_a_clip_stays_text(tmp_path, name):
    table = rows().assign(FileName=name)
    table.to_csv(tmp_path / "VolumeTracings.csv", index=False)
    found, left = tracings.read(tmp_path / "VolumeTracings.csv")
    assert set(found) == {(name, 30)} and "only one traced frame" in left["why"][0]
    assert tracings.read(tmp_path / "VolumeTracings.csv", name=name)[0]


def test_tracings_in_the_spelling_of_europe(tmp_path):
    text = rows().to_csv(index=False, sep=";", decimal=",")
    (tmp_path / "v.csv").write_text(
        "\ufeff" + text.replace("FileName", " filename"), encoding="utf-8"
    )
    found, _ = tracings.read(tmp_path / "v.csv")
    assert found["clip", 30].area() == pytest.approx(tracings.from_rows(rows()).area(), rel=1e-9)


@pytest.mark.parametrize("at", [1, 5, 10, 20])
def test_a_chord_given_twice_is_said_as_such(at):
    table = rows()
    twice = pandas.concat([table.iloc[: at + 1], table.iloc[at : at + 1], table.iloc[at + 1 :]])
    with pytest.raises(DataError, match=f"chord {at + 1} is given twice; take"):
        tracings.from_rows(twice)
