"""Reading cines out of video files, good and bad."""

import sys
import warnings

import cv2
import numpy as np
import pytest
from PIL import Image

from course_utils.core import errors
from course_utils.load import frame_rate, images, videos


@pytest.fixture(autouse=True)
def quiet_means_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error", errors.CourseWarning)
        yield


def movie(path, frames=8, fps=25, code="MJPG", size=(48, 64)):
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*code), fps, size[::-1], isColor=True
    )
    for number in range(frames):
        writer.write(np.full((*size, 3), 20 * number % 256, np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(("name", "code"), [("a.avi", "MJPG"), ("a.mp4", "mp4v")])
def test_cine(tmp_path, name, code):
    cine = images.cine(movie(tmp_path / name, code=code))
    assert cine.frames.dtype == np.float32 and cine.frames.shape == (8, 48, 64)
    assert cine.fps == 25 and cine.spacing is None
    assert np.abs(cine.frames.mean(axis=(1, 2)) - np.arange(8) * 20 / 255).max() < 0.02


def test_cine_with_a_name_that_is_not_ascii(tmp_path):
    path = movie(tmp_path / "a.avi").rename(tmp_path / "Herz Ü.avi")
    assert len(images.cine(path).frames) == 8


def test_step_and_max_frames(tmp_path):
    path = movie(tmp_path / "a.avi")
    half = images.cine(path, step=2)
    assert len(half.frames) == 4 and half.fps == 12.5
    assert len(images.cine(path, max_frames=3).frames) == 3


def test_truncated_cine(tmp_path):
    path = movie(tmp_path / "a.avi", frames=40)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.warns(errors.CourseWarning, match="promises .* only"):
        assert 5 < len(images.cine(path).frames) < 40
    path.write_bytes(data[:200])
    with pytest.raises(errors.FileError, match="truncated"):
        images.cine(path)
    clip = movie(tmp_path / "a.mp4", code="mp4v")
    clip.write_bytes(clip.read_bytes()[:-200])
    with pytest.raises(errors.FileError, match="truncated"):
        images.cine(clip)


def test_a_cine_too_large_for_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(videos, "MEMORY_MB", 0.05)
    path = movie(tmp_path / "a.avi")
    with pytest.raises(errors.DataError, match="0.05 MB.*step=2"):
        images.cine(path)
    assert len(images.cine(path, max_frames=2).frames) == 2


@pytest.mark.parametrize("fps", [0, -1, float("nan"), 90000, None])
def test_implausible_frame_rates(fps):
    with pytest.warns(errors.CourseWarning, match="fps is None"):
        assert frame_rate.plausible(fps, "a.avi") is None


def test_a_picture_is_no_cine(tmp_path):
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(errors.FileError, match="load.image"):
        images.cine(tmp_path / "a.png")


def test_nothing_on_stderr(tmp_path, capfd):
    path = movie(tmp_path / "a.avi")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(errors.FileError):
        images.cine(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "2"},
        {"step": 1.5},
        {"step": 0},
        {"max_frames": "5"},
        {"max_frames": 2.5},
        {"max_frames": 0},
    ],
)
def test_step_and_max_frames_are_whole_numbers(tmp_path, wrong):
    path = movie(tmp_path / "a.avi")
    with pytest.raises(errors.DataError, match="whole numbers"):
        images.cine(path, **wrong)
    assert len(images.cine(path, step=np.int64(2), max_frames=np.int64(3)).frames) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no colon in a name")
@pytest.mark.parametrize("name", ["file:a b.avi", "concat:x|y.avi"])
def test_a_name_that_looks_like_an_address(tmp_path, monkeypatch, name):
    movie(tmp_path / "a.avi").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(images.cine(name).frames) == 8
