"""Reading clips: frames, labels and millimetres fit; bad rows and files end in a sentence."""

import warnings

import cv2
import numpy as np
import pandas
import pytest

from course_utils.cases import clips, samples
from course_utils.core import errors
from course_utils.core.errors import DataError, FileError


def movie(path, frames=6, size=(40, 48), colour=False):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, size[::-1])
    picture = np.full((*size, 3), 128, np.uint8)
    if colour:
        picture[..., 2] = 255
    for _ in range(frames):
        writer.write(picture)
    writer.release()


@pytest.fixture
def table(tmp_path):
    """Two patients: one with both views, one with the two-chamber view alone."""
    (tmp_path / "Videos").mkdir()
    (tmp_path / "masks").mkdir()
    rows = []
    for patient, view in (("7", "A4C"), ("7", "A2C"), ("8", "A2C")):
        name = f"{patient}_{view}"
        movie(tmp_path / "Videos" / f"{name}.avi")
        np.savez(tmp_path / "masks" / f"{name}.npz", labels=np.ones((6, 40, 48), np.uint8))
        rows.append(
            {
                "cine": f"Videos/{name}.avi",
                "patient_id": patient,
                "view": view,
                "fps": 25.0,
                "row_mm": 1.5,
                "col_mm": 1.4,
                "frames": 6,
                "masks": f"masks/{name}.npz",
            }
        )
    made = pandas.DataFrame(rows)
    made.attrs["folder"] = str(tmp_path)
    return made


def test_a_row_becomes_a_clip(table):
    clip = clips.read(table.iloc[0])
    assert clip.frames.shape == (6, 40, 48) and clip.frames.dtype == np.float32
    assert 0 <= clip.frames.min() <= clip.frames.max() <= 1
    assert clip.labels.shape == (6, 40, 48) and clip.labels.dtype == np.uint8
    assert (clip.fps, clip.spacing, clip.view, clip.patient_id) == (25.0, (1.5, 1.4), "A4C", "7")


@pytest.mark.parametrize("kind", ["series", "dict", "frame", "tuple"])
def test_rows_of_every_kind(table, kind):
    row = {
        "series": lambda: table.iloc[1],
        "dict": lambda: dict(table.iloc[1]),
        "frame": lambda: table[table.view == "A2C"].head(1),
        "tuple": lambda: next(table.itertuples()),
    }[kind]()
    assert clips.read(row, table.attrs["folder"]).frames.shape == (6, 40, 48)


def test_gaps_in_the_table(table):
    bare = table.drop(columns=["masks", "frames"]).assign(row_mm=np.nan, fps=np.nan)
    clip = clips.read(bare.iloc[0])
    assert clip.labels is None and clip.spacing is None and clip.fps == pytest.approx(25.0)
    assert clips.read(table.assign(masks=np.nan).iloc[0]).labels is None
    assert clips.read(table.assign(masks=None).iloc[0]).labels is None


def test_a_colour_movie_is_made_grey(table, tmp_path):
    movie(tmp_path / "Videos" / "7_A4C.avi", colour=True)
    clip = clips.read(table.iloc[0])
    luma = (0.299 * 255 + 0.587 * 128 + 0.114 * 128) / 255
    assert clip.frames.mean() == pytest.approx(luma, abs=0.02)


def test_study_gives_both_views_or_none_for_the_second(table):
    four, two = clips.study(table, "7")
    assert (four.view, two.view) == ("A4C", "A2C")
    assert clips.study(table, 7)[0].patient_id == "7"
    alone = clips.study(table[table.view == "A4C"], "7")
    assert alone[0].view == "A4C" and alone[1] is None


def test_a_study_that_is_not_there(table):
    with pytest.raises(DataError, match="no patient '9'"):
        clips.study(table, "9")
    with pytest.raises(DataError, match="no clip of view A4C, only A2C"):
        clips.study(table, "8")
    twice = pandas.concat([table, table.iloc[:1]])
    twice.attrs = table.attrs
    with pytest.raises(DataError, match="2 clips of view A4C"):
        clips.study(twice, "7")
    with pytest.raises(DataError, match="fps"):
        clips.study(table.drop(columns="fps"), "7")


def test_bad_rows_end_in_a_sentence(table):
    with pytest.raises(DataError, match="one row, and 3"):
        clips.read(table)
    with pytest.raises(DataError, match="not str"):
        clips.read("Videos/7_A4C.avi")
    with pytest.raises(DataError, match="'fps'"):
        clips.read(table.drop(columns="fps").iloc[0])
    with pytest.raises(DataError, match="no file name"):
        clips.read(table.assign(cine=np.nan).iloc[0])
    with pytest.raises(FileError, match="no file"):
        clips.read(table.assign(cine="Videos/none.avi").iloc[0])
    with pytest.raises(FileError, match="no file"):
        clips.read(table.assign(masks="masks/none.npz").iloc[0])
    with pytest.raises(FileError, match="no folder"):
        clips.read(table.iloc[0], "nowhere")


def test_labels_that_do_not_fit(table, tmp_path):
    path = tmp_path / "masks" / "7_A4C.npz"
    for labels, said in (
        (np.ones((5, 40, 48), np.uint8), "5 frames .* 6 frames"),
        (np.ones((6, 48, 40), np.uint8), "48 x 40"),
        (np.ones((40, 48), np.uint8), "shape"),
        (np.ones((6, 40, 48)), "whole numbers"),
        (np.full((6, 40, 48), 255, np.uint8), "label 255"),
    ):
        np.savez(path, labels=labels)
        with pytest.raises(DataError, match=said):
            clips.read(table.iloc[0])
    np.savez(path, other=np.ones(3))
    with pytest.raises(FileError, match="labels"):
        clips.read(table.iloc[0])
    np.savez(path, labels=np.array([{}], dtype=object))
    with pytest.raises(FileError, match="npz"):
        clips.read(table.iloc[0])
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(FileError, match="npz"):
        clips.read(table.iloc[0])
    np.save(path.with_suffix(".npy"), np.ones(3))
    path.write_bytes(path.with_suffix(".npy").read_bytes())
    with pytest.raises(FileError, match="npz"):
        clips.read(table.iloc[0])


def test_another_number_of_frames_than_the_table_says(table):
    with pytest.warns(UserWarning, match="6 frames, but the table says 9"):
        clips.read(table.assign(frames=9).iloc[0])


def test_the_sample_study():
    cases = samples.table("echo")
    four, two = clips.study(cases, "E01")
    assert four.frames.shape[1:] == (112, 112) and four.labels.shape == four.frames.shape
    assert two.view == "A2C" and set(np.unique(two.labels)) == {0, 1, 2, 3}


def test_the_unseen_are_the_test_patients_or_all():
    table = samples.table("echo")
    assert set(clips.unseen(table).split) == {"TEST"}
    assert len(clips.unseen(table[table.split == "TRAIN"])) == 20
    assert len(clips.unseen(table.drop(columns="split"))) == len(table)
    with pytest.raises(DataError, match="cine"):
        clips.unseen(samples.table("muscle_hires"))


@pytest.mark.parametrize(
    ("listed", "rate", "said"),
    [
        (25.0, 25, None),
        (26, 26, None),
        ("25,0", 25, None),
        ("", 25, None),
        (None, 25, None),
        (float("nan"), 25, None),
        (60, 60, "the movie 25"),
        ("30", 30, "the movie 25"),
        (0, 25, "cannot be"),
        (-5, 25, "cannot be"),
        (33333, 25, "cannot be"),
        ("fast", 25, "cannot be"),
        (0.033, 25, "cannot be"),
    ],
)
def test_the_frame_rate_of_a_list_is_held_against_the_movie(table, listed, rate, said):
    row = table.iloc[0].to_dict() | {"fps": listed}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        clip = clips.read(row, table.attrs["folder"])
    assert clip.fps == pytest.approx(rate)
    texts = [str(each.message) for each in told]
    assert (not texts) if said is None else len(texts) == 1 and said in texts[0]


@pytest.mark.parametrize("pair", [(300, 300), (1, 1), (0.0003, 0.0003), (2, 0.00001)])
def test_placeholder_millimetres_of_a_list_are_not_measured_in(table, pair):
    with pytest.warns(errors.CourseWarning, match="Nothing is measured"):
        clip = clips.read(table.assign(row_mm=pair[0], col_mm=pair[1]).iloc[0])
    assert clip.spacing is None
