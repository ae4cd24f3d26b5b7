"""EchoNet-Dynamic: small folders in exactly its format, whole and broken."""

import re
import shutil
import warnings

import cv2
import numpy as np
import pandas
import pytest

from course_utils import public_data
from course_utils.cases import clips
from course_utils.core import errors
from course_utils.public_data import echonet_files, facts

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

SIZE, FRAMES = 112, 12
NAMES = ["0X1A0A263B22CCD966", "0X1A2A76BDB5B98BED", "0X1A2C60147AF9FDAE"]


def movie(path, frames=FRAMES, seed=0):
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 50, (SIZE, SIZE))
    noise = np.random.default_rng(seed).integers(0, 255, (frames, SIZE, SIZE, 3), dtype=np.uint8)
    for frame in noise:
        video.write(frame)
    video.release()


def chords(width, height=60, count=20):
    """The rows of one traced frame of an ellipse: long axis, then chords from apex to annulus."""
    top, middle = 20, SIZE / 2
    depth = (np.arange(count) + 0.5) / count
    half = width / 2 * np.sqrt(1 - (2 * depth - 1) ** 2 * 0.9)  # not closed at the base
    rows = [(middle, top, middle, top + height)]
    return rows + [
        (middle - half[i], top + height * depth[i], middle + half[i], top + height * depth[i])
        for i in range(count)
    ]


def echonet(folder, suffix=""):
    """Three videos with their lists, as they are downloaded; ED is frame 2, ES frame 8."""
    (folder / "Videos").mkdir(parents=True)
    listed, traced = [], []
    for seed, (name, split) in enumerate(zip(NAMES, ("TRAIN", "VAL", "TEST"), strict=True)):
        movie(folder / "Videos" / f"{name}.avi", seed=seed)
        listed.append((name + suffix, 60.0, 40.0, 100.0, SIZE, SIZE, 50, FRAMES, split))
        for frame, width in ((8, 22), (2, 36)):
            traced += [(f"{name}.avi", *row, frame) for row in chords(width)]
    pandas.DataFrame(
        listed,
        columns=[
            "FileName",
            "EF",
            "ESV",
            "EDV",
            "FrameHeight",
            "FrameWidth",
            "FPS",
            "NumberOfFrames",
            "Split",
        ],
    ).to_csv(folder / "FileList.csv", index=False)
    pandas.DataFrame(traced, columns=["FileName", "X1", "Y1", "X2", "Y2", "Frame"]).to_csv(
        folder / "VolumeTracings.csv", index=False
    )
    return folder


def change(path, row, column, value):
    table = pandas.read_csv(path, dtype=str)
    table.loc[row, column] = value
    table.to_csv(path, index=False)


def read_quietly(read, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)
        return read(folder)


@pytest.mark.parametrize("suffix", ["", ".avi"])
def test_echonet_as_it_is_downloaded(tmp_path, suffix):
    place = echonet(tmp_path / "EchoNet-Dynamic", suffix)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = public_data.echonet(tmp_path)  # the folder above is understood too
    assert tuple(table.columns) == facts.CLIPS
    assert list(table["patient_id"]) == NAMES and (table["view"] == "A4C").all()
    assert list(table["split"]) == ["TRAIN", "VAL", "TEST"]
    assert (table["ed"] == 2).all() and (table["es"] == 8).all()
    assert (table["frames"] == FRAMES).all() and (table["fps"] == 50).all()
    assert table[["row_mm", "col_mm"]].isna().all(axis=None)
    assert (table["edv_ml"] == 100).all() and (table["esv_ml"] == 40).all()
    assert (place / table["cine"][0]).is_file() and table.attrs["folder"] == str(place)
    assert table.attrs["left_out"] == {} and table.attrs["noted"] == {}


def test_header_counts_as_the_decoder_does(tmp_path):
    movie(tmp_path / "a.avi", 17)
    assert echonet_files.video_header(tmp_path / "a.avi") == (17, pytest.approx(50, rel=1e-3))


def test_tables_of_two_sets_can_be_joined(tmp_path):
    table = public_data.echonet(echonet(tmp_path))
    assert len(pandas.concat([table, table.copy()])) == 6


def spoil(folder, case):
    files, rows = folder / "FileList.csv", folder / "VolumeTracings.csv"
    first = folder / "Videos" / f"{NAMES[0]}.avi"
    if case == "no video":
        first.unlink()
    elif case == "no row":
        pandas.read_csv(files).iloc[1:].to_csv(files, index=False)
    elif case == "twice":
        table = pandas.read_csv(files)
        pandas.concat([table, table.iloc[:1]]).to_csv(files, index=False)
    elif case == "copy":
        shutil.copy(folder / "Videos" / f"{NAMES[1]}.avi", first)
    elif case == "cut":
        first.write_bytes(first.read_bytes()[:-5000])
    elif case == "no avi":
        first.write_bytes(b"no video" * 100)
    elif case == "other file":
        (folder / "Videos" / "notes.txt").write_text("x")
    elif case in ("EF 130", "EF -3", "EF", "EF 0.55", "EF 0.31", "EF 1"):
        change(files, 0, "EF", case[3:] or None)
    elif case == "count":
        change(files, 0, "NumberOfFrames", "99")
    elif case == "volumes":
        change(files, 0, "ESV", "80")
    elif case == "split":
        change(files, 0, "Split", "train")
    elif case == "odd split":
        change(files, 0, "Split", "FOLD3")
    elif case == "fps":
        change(files, 0, "FPS", "0")
    elif case == "another fps":
        change(files, 0, "FPS", "30")
    table = pandas.read_csv(rows)
    mine = table["FileName"].str.startswith(NAMES[0])
    if case == "untraced":
        table = table[~mine]
    elif case == "one frame":
        table = table[~(mine & (table["Frame"] == 8))]
    elif case == "few rows":
        table = table[~(mine & (table["Frame"] == 8) & (table.groupby("Frame").cumcount() > 4))]
    elif case == "beyond":
        table.loc[mine & (table["Frame"] == 8), "Frame"] = 40
    elif case == "third frame":
        more = table[mine & (table["Frame"] == 8)].assign(Frame=5)
        table = pandas.concat([table, more])
    elif case == "no number":
        table["X1"] = table["X1"].astype(object)
        table.loc[5, "X1"] = "?"
    elif case == "orphan":
        table = pandas.concat([table, table[mine].assign(FileName="0XNOBODY.avi")])
    table.to_csv(rows, index=False)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("EF 0.55", "is it a fraction"),
        ("EF 0.31", "is it a fraction"),
        ("EF 1", "is it a fraction"),
        ("no video", "names it, and it is not there"),
        ("no row", "has no row in FileList.csv"),
        ("twice", "is listed before"),
        ("copy", "the same video as"),
        ("cut", "truncated"),
        ("no avi", "not an AVI video"),
        ("other file", "does not end in .avi"),
        ("EF 130", "EF is 130 %"),
        ("EF -3", "EF is -3 %"),
        ("EF", "EF is missing"),
        ("orphan", "no row in FileList.csv"),
    ],
)
def test_echonet_leaves_out_with_a_reason(tmp_path, case, words):
    spoil(echonet(tmp_path), case)
    with pytest.warns(errors.CourseWarning, match="left out"):
        table = public_data.echonet(tmp_path)
    reasons = public_data.left_out(table)["why"]
    assert reasons.str.contains(words, regex=False).any(), list(reasons)
    assert len(table) == (3 if case in ("twice", "other file", "orphan") else 2)


@pytest.mark.parametrize(
    ("case", "words", "tracing"),
    [
        ("another fps", "says 30 frames per second, the movie", True),
        ("count", "says 99 frames, the video holds 12", True),
        ("volumes", "make 20.0 %", True),
        ("odd split", "not TRAIN, VAL or TEST", True),
        ("untraced", "has no row for it", False),
        ("one frame", "only one frame is traced (2)", False),
        ("few rows", "chords are left", False),
        ("beyond", "frames 0 to 11", False),
        ("third frame", "3 frames are traced", False),
        ("no number", "is missing", False),
    ],
)
def test_echonet_keeps_with_a_remark(tmp_path, case, words, tracing):
    spoil(echonet(tmp_path), case)
    table = read_quietly(public_data.echonet, tmp_path)
    remarks = public_data.noted(table)["remark"]
    assert len(table) == 3 and len(remarks) == 1 and words in remarks[0]
    assert table["ed"].notna()[0] == tracing and table["es"].notna()[0] == tracing
    assert table["ed"].notna()[1:].all() and table["frames"][0] == FRAMES


def test_echonet_split_in_small_letters_and_rate_of_the_video(tmp_path):
    spoil(echonet(tmp_path / "a"), "split")
    assert public_data.echonet(tmp_path / "a")["split"][0] == "TRAIN"
    spoil(echonet(tmp_path / "b"), "fps")
    assert public_data.echonet(tmp_path / "b")["fps"][0] == pytest.approx(50, rel=1e-3)


def test_echonet_that_is_none(tmp_path):
    with pytest.raises(errors.FileError, match="holds no FileList.csv"):
        public_data.echonet(tmp_path)
    echonet(tmp_path / "a")
    (tmp_path / "a" / "VolumeTracings.csv").unlink()
    with pytest.raises(errors.FileError, match="VolumeTracings.csv"):
        public_data.echonet(tmp_path / "a")
    echonet(tmp_path / "b")
    pandas.read_csv(tmp_path / "b" / "FileList.csv").drop(columns="EF").to_csv(
        tmp_path / "b" / "FileList.csv"
    )
    with pytest.raises(errors.DataError, match="lacks the column EF"):
        public_data.echonet(tmp_path / "b")
    shutil.rmtree(tmp_path / "b")
    shutil.rmtree(tmp_path / "a" / "Videos")
    with pytest.raises(errors.FileError):
        public_data.echonet(tmp_path / "a")


def test_echonet_rows_play_like_any_clip(tmp_path):
    table = public_data.echonet(echonet(tmp_path))
    clip = clips.read(table.iloc[0], tmp_path)
    assert clip.frames.shape == (FRAMES, SIZE, SIZE) and clip.spacing is None
    assert clip.labels is None and clip.fps == 50


def test_echonet_in_another_spelling(tmp_path):
    echonet(tmp_path)
    csv = tmp_path / "FileList.csv"
    csv.write_text(
        "\ufeff" + csv.read_text().replace(",", ";").replace("FileName", " filename "), "utf-8"
    )
    traced = tmp_path / "VolumeTracings.csv"
    traced.write_text(
        re.sub(r"(?<=\d)\.(?=\d)", ",", traced.read_text().replace(",", ";")), "utf-8"
    )
    for path in (tmp_path / "Videos").iterdir():
        path.rename(path.with_name(path.name.lower().replace(".avi", ".AVI")))
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "FileList.csv").write_text("x")
    (tmp_path / "Videos" / "._x.avi").write_text("x")
    table = public_data.echonet(tmp_path)
    assert len(table) == len(NAMES) and list(table["patient_id"]) == list(NAMES)
    assert (table["ed"] == 2).all() and (table["es"] == 8).all()
