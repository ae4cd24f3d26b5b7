"""Read a cine loop out of a video file (AVI, MP4, MOV and what else OpenCV's FFmpeg decodes)."""

import contextlib
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg's remarks belong in no notebook
import cv2

from course_utils.core import errors, files, plurals
from course_utils.load import frame_rate

MEMORY_MB = 1000
TIMEOUT_MS = 5000
CONTAINERS = "AVI, MP4, MOV or MKV video"


@dataclass(frozen=True)
class Cine:
    """A cine loop: `frames` float32 (T, H, W) 0..1, `fps` in 1/s or None, `spacing` (row_mm,
    col_mm) or None.
    """

    frames: np.ndarray
    fps: float | None
    spacing: tuple | None = None


def cine(path, step=1, max_frames=None):
    """Read a video as a `Cine`: grey float32 frames (T, H, W), 0..1, with frames per second.

    `step=2` keeps every second frame (and halves the frame rate); `max_frames` stops early. A
    video holds no millimetres, so `spacing` is None. Warns when the container's frame rate is
    missing or implausible (then `fps` is None) or when fewer frames could be read than it
    promises. Raises `FileError` (missing, damaged, not a video) and `DataError` when the frames
    would not fit in memory.
    """
    for number in (step, 1 if max_frames is None else max_frames):
        if not isinstance(number, (int, np.integer)) or number < 1:
            raise errors.DataError("step and max_frames are whole numbers from 1 upwards.")
    place = files.find(path)
    name = files.shown(place)
    _refuse_other_kinds(files.read_bytes(place)[:256], name)
    with _quiet(), _plain_name(place) as plain, _capture(plain, name) as video:
        promised, fps = _promised(video), video.get(cv2.CAP_PROP_FPS)
        size = int(video.get(cv2.CAP_PROP_FRAME_HEIGHT)), int(video.get(cv2.CAP_PROP_FRAME_WIDTH))
        _check_memory(min(promised // step, max_frames or promised), size, name)
        frames, seen = _frames(video, step, max_frames, name)
    if not frames:
        raise errors.FileError(f"'{name}' is damaged or truncated: not one frame could be read.")
    if seen < promised and len(frames) != max_frames:
        errors.warn(
            f"'{name}' promises {plurals.count(promised, 'frame')} but only {seen} could be read: "
            "it may be truncated."
        )
    grey = np.stack(frames, dtype=np.float32)  # one large array, divided in place
    grey /= 255
    return Cine(grey, frame_rate.plausible(fps, name, step))


def survey(path):
    """Count a video's frames without keeping them: (frames, fps or None, first frame).

    The first frame is grey float32 (H, W), 0..1. Takes as little memory for an hour as for a
    second. Warns about the frame rate as `cine` does. Raises `FileError` (missing, damaged, not a
    video).
    """
    place = files.find(path)
    name = files.shown(place)
    with open(place, "rb") as stream:
        _refuse_other_kinds(stream.read(256), name)
    with _quiet(), _plain_name(place) as plain, _capture(plain, name) as video:
        fps = video.get(cv2.CAP_PROP_FPS)
        first, _ = _frames(video, 1, 1, name)
        if not first:
            raise errors.FileError(f"'{name}' is damaged or truncated: no frame could be read.")
        count = 1
        while video.grab():
            count += 1
    return count, frame_rate.plausible(fps, name), first[0].astype(np.float32) / 255


def _frames(video, step, max_frames, name):
    frames, seen = [], 0
    while video.grab():
        seen += 1
        if (seen - 1) % step:
            continue
        ok, frame = video.retrieve()
        if not ok or frame is None or (frames and frame.shape[:2] != frames[0].shape):
            break
        frames.append(frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
        _check_memory(len(frames), frames[0].shape, name)
        if len(frames) == max_frames:
            break
    return frames, seen


def _promised(video):
    count = video.get(cv2.CAP_PROP_FRAME_COUNT)
    return int(count) if math.isfinite(count) and 0 < count < 1e7 else 0


def _check_memory(frames, size, name):
    needed = frames * size[0] * size[1] * 4 / 1e6
    if needed > MEMORY_MB:
        raise errors.DataError(
            f"'{name}': {plurals.count(frames, 'frame')} of {size[0]} x {size[1]} need "
            f"{needed:.0f} MB of memory; "
            f"the limit is {MEMORY_MB} MB. Read fewer with step=2 or max_frames=100."
        )


def _refuse_other_kinds(head, name):
    if head[128:132] == b"DICM":
        raise errors.FileError(f"'{name}' is a DICOM file: read it with dicom.read.")
    if head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM")):
        raise errors.FileError(f"'{name}' is a single picture: read it with load.image.")


@contextlib.contextmanager
def _capture(plain, name):
    video = cv2.VideoCapture()
    try:
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            TIMEOUT_MS,
        ]
        if not video.open(str(plain), cv2.CAP_FFMPEG, limits):
            raise errors.FileError(
                f"'{name}' cannot be opened: it is not an {CONTAINERS}, or it is "
                "damaged or truncated. Copy or export it again."
            )
        yield video
    except cv2.error as error:
        raise errors.FileError(
            f"'{name}' is damaged: {error.err or 'a frame cannot be decoded'}."
        ) from error
    finally:
        video.release()


@contextlib.contextmanager
def _plain_name(place):
    """OpenCV opens videos by name only: give it a plain ASCII one, a copy where need be."""
    # Absolute, because FFmpeg takes a name such as 'file:a.avi' for an address.
    if str(place.absolute()).isascii():
        yield place.absolute()
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / ("cine" + (place.suffix if place.suffix.isascii() else ""))
        copy.write_bytes(files.read_bytes(place))
        yield copy


@contextlib.contextmanager
def _quiet():
    """Silence OpenCV's own log for a moment; what matters is said by our errors."""
    log = getattr(cv2.utils, "logging", cv2)  # OpenCV 4, as Colab has it, keeps these in cv2 itself
    level = log.getLogLevel()
    log.setLogLevel(0)  # silent
    try:
        yield
    finally:
        log.setLogLevel(level)
