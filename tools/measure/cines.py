"""Measure the memory that reading DICOM cines takes: the peak of a fresh process, and the estimate.

    python tools/measure/cines.py [--frames 190] [--size 480 640] [--files 6]

Makes a SYNTHETIC colour cine (JPEG, YBR) in a temporary folder, reads it, de-identifies it, and lets
the folder check look at a folder of such cines, each in a process of its own. Prints a table.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import json, sys, warnings
warnings.simplefilter("ignore")
from course_utils.load import decoders, dicom
from course_utils.privacy import deidentification
from course_utils import your_own_data
def peak():
    # Not getrusage: its maximum begins with that of the program that started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000
import pydicom.pixels.decoders, PIL.Image, cv2, pandas
before, what, path = peak(), sys.argv[1], sys.argv[2]
estimate = None
if what == "read":
    dataset = dicom.open_dataset(path)
    stored = decoders.stored(dataset, "cine")
    estimate = decoders.needed_mb(stored.count, *stored.shape, dataset)
    del dataset, stored
    scan = dicom.read(path)
elif what == "deidentify":
    clean = deidentification.deidentify(path)
else:
    report = your_own_data.inspect(path)
print(json.dumps({"before_mb": before, "peak_mb": peak(), "estimate_mb": estimate}))
"""


def make(path, frames, shape, compressed=True, seed=0):
    """Write a moving grey fan of speckle as a colour cine; returns its size in MB."""
    import cv2
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import (
        ExplicitVRLittleEndian,
        JPEGBaseline8Bit,
        UltrasoundMultiFrameImageStorage,
        generate_uid,
    )

    draws = np.random.default_rng(seed)
    speckle = cv2.GaussianBlur(draws.random(shape, dtype=np.float32), (0, 0), 1.5)
    speckle = cv2.normalize(speckle, None, 0, 200, cv2.NORM_MINMAX).astype(np.uint8)
    fan = np.zeros(shape, np.uint8)
    middle = (shape[1] // 2, 20)
    cv2.ellipse(fan, middle, (int(0.9 * shape[0]),) * 2, 90, -40, 40, 1, -1)
    scan = Dataset()
    scan.SOPClassUID, scan.SOPInstanceUID = UltrasoundMultiFrameImageStorage, generate_uid()
    scan.Modality, scan.PatientID, scan.FrameTime = "US", f"P{seed:02d}", "33"
    scan.Rows, scan.Columns, scan.NumberOfFrames, scan.SamplesPerPixel = *shape, frames, 3
    scan.PhotometricInterpretation = "YBR_FULL_422" if compressed else "RGB"
    scan.PlanarConfiguration, scan.PixelRepresentation = 0, 0
    scan.BitsAllocated, scan.BitsStored, scan.HighBit = 8, 8, 7
    pictures = (
        np.repeat((np.roll(speckle, 2 * at, axis=0) * fan)[..., None], 3, axis=2)
        for at in range(frames)
    )
    if compressed:
        scan.PixelData = encapsulate([cv2.imencode(".jpg", one)[1].tobytes() for one in pictures])
    else:
        scan.PixelData = b"".join(one.tobytes() for one in pictures)
    scan.file_meta = FileMetaDataset()
    scan.file_meta.TransferSyntaxUID = JPEGBaseline8Bit if compressed else ExplicitVRLittleEndian
    scan.save_as(path, enforce_file_format=True)
    return path.stat().st_size / 1e6


def measure(what, path):
    """Peak memory of one process that reads, de-identifies or checks: a dict of megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, what, str(path)], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=190)
    parser.add_argument("--size", type=int, nargs=2, default=(480, 640))
    parser.add_argument("--files", type=int, default=6)
    options = parser.parse_args()
    shape = tuple(options.size)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for compressed in (True, False):
            kind = "JPEG" if compressed else "uncompressed"
            cine = folder / f"{kind}.dcm"
            size = make(cine, options.frames, shape, compressed)
            print(
                f"{kind}: {options.frames} frames of {shape[0]} x {shape[1]}, {size:.1f} MB on disk"
            )
            for what in ("read", "deidentify"):
                print(f"  {what}: {measure(what, cine)}")
            cine.unlink()
        (folder / "set").mkdir()
        for number in range(options.files):
            make(folder / "set" / f"P{number:02d}_1.dcm", options.frames, shape, True, number)
        print(f"data on {options.files} such cines: {measure('data', folder / 'set')}")


if __name__ == "__main__":
    main()
