"""A thousand damaged files: each one loads or raises a CourseError. Nothing else, no hang, no
crash.

The files are read in a process of its own, so that a crash of a decoder is a failed test that
names the seed. Repeat one seed with: python tests/load/test_fuzz.py 17 1
"""

import faulthandler
import io
import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]  # it also runs as a process of its own

from tests.helpers import trials

SLOWEST_S = 10
COUNT = trials.trials(here=200, nightly=1100)
DICOM_FILES = (
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "MR_small_jp2klossless.dcm",
    "SC_rgb_gdcm_KY.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "JPEGLSNearLossless_08.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_rle_2frame.dcm",
    "MR_small_RLE.dcm",
    "ExplVR_BigEnd.dcm",
    "MR_small_implicit.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "image_dfl.dcm",
    "liver_1frame.dcm",
    "examples_palette.dcm",
    "reportsi.dcm",
)


def originals():
    """Small whole files of every kind: (suffix, bytes)."""
    import cv2
    import numpy as np
    from PIL import Image
    from pydicom.data import get_testdata_file

    grey = np.random.default_rng(0).integers(0, 256, (48, 64), dtype=np.uint8)
    grey[:20] = 0
    picture = Image.fromarray(grey)
    found = []
    for suffix, made in (
        (".png", picture),
        (".png", picture.convert("RGBA")),
        (".png", picture.convert("P")),
        (".jpg", picture),
        (".tif", Image.fromarray(grey.astype(np.uint16) * 200)),
        (".bmp", picture),
    ):
        stream = io.BytesIO()
        made.save(stream, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix[1:], suffix[1:].upper()))
        found.append((suffix, stream.getvalue()))
    with tempfile.TemporaryDirectory() as folder:
        for suffix, code in ((".avi", "MJPG"), (".mp4", "mp4v")):
            path = Path(folder) / f"cine{suffix}"
            writer = cv2.VideoWriter(
                str(path), cv2.VideoWriter_fourcc(*code), 25, (64, 48), isColor=True
            )
            for shift in range(6):
                writer.write(cv2.cvtColor(np.roll(grey, shift, 1), cv2.COLOR_GRAY2BGR))
            writer.release()
            found.append((suffix, path.read_bytes()))
    return found * 2 + [
        (".dcm", Path(get_testdata_file(n, download=False)).read_bytes()) for n in DICOM_FILES
    ]


def damaged(data, seed):
    """`data` truncated, or with some bits flipped (often in the header), the same for the same
    seed.
    """
    chance = random.Random(seed)
    if chance.random() < 0.3:
        return data[: chance.randrange(1, len(data))]
    spoiled = bytearray(data)
    reach = len(data) if chance.random() < 0.6 else min(len(data), 1500)
    for _ in range(chance.choice([1, 1, 2, 5, 20, 100])):
        spoiled[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def read(path):
    """Everything the course does with a file of this kind."""
    from course_utils.load import dicom, images
    from course_utils.privacy import deidentification

    if path.suffix == ".dcm":
        dicom.read(path)
        deidentification.audit(deidentification.deidentify(path))
        deidentification.audit(path)
    elif path.suffix in (".avi", ".mp4"):
        images.cine(path)
    else:
        images.image(path)
        images.mask(path)


def worker(first, count):
    """Read `count` damaged files; print each seed before, so that the last line names a crash."""
    from course_utils.core import errors
    from course_utils.load import dicom, images  # noqa: F401  (before the clock starts)
    from course_utils.privacy import deidentification  # noqa: F401

    faulthandler.enable()
    warnings.simplefilter("ignore")
    whole, good, slowest = originals(), 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            suffix, data = whole[seed % len(whole)]
            path = Path(folder) / f"case{suffix}"
            path.write_bytes(damaged(data, seed))
            print(f"seed {seed} {suffix}", flush=True)
            faulthandler.dump_traceback_later(6 * SLOWEST_S, exit=True)
            start = time.process_time()  # not the wall's: neighbours share the cores
            try:
                read(path)
                good += 1
            except errors.CourseError as error:
                assert str(error).strip(), "an error without a text"
            took = time.process_time() - start
            slowest = max(slowest, took)
            assert took < SLOWEST_S, f"{took:.1f} s"
    faulthandler.cancel_dump_traceback_later()
    print(
        f"done {count}: {good} loaded, {count - good} refused, slowest {slowest:.2f} s", flush=True
    )


def run(first, count, limit):
    """Start a worker and return the last line it printed."""
    try:
        result = subprocess.run(
            [sys.executable, __file__, str(first), str(count)],
            cwd=ROOT,
            text=True,
            capture_output=True,
            timeout=limit,
            env=None,
        )
    except subprocess.TimeoutExpired as late:
        last = (late.stdout or b"").decode(errors="replace").strip().splitlines()[-1:]
        pytest.fail(f"no end after {limit} s at {last}")
    last = result.stdout.strip().splitlines()[-1] if result.stdout.strip() else "nothing"
    assert result.returncode == 0, (
        f"ended with {result.returncode} at '{last}'\n{result.stderr[-3000:]}"
    )
    return last


def test_damage_is_the_same_for_the_same_seed():
    data = bytes(range(256)) * 8
    assert damaged(data, 5) == damaged(data, 5)
    assert sum(damaged(data, seed) == data for seed in range(50)) < 5


def test_whole_files_load(tmp_path):
    for number, (suffix, data) in enumerate(originals()[:8]):
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(data)
        if suffix in (".avi", ".mp4"):
            from course_utils.load import images

            assert images.cine(path).frames.shape == (6, 48, 64)
        else:
            from course_utils.load import images

            assert images.image(path).shape == (48, 64)


@pytest.mark.slow
def test_many_damaged_files():
    assert run(0, COUNT, 300).startswith(f"done {COUNT}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    worker(int(sys.argv[1]), int(sys.argv[2]))
