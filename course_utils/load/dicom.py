"""Read a DICOM still or cine: grey pixels, frame rate, and millimetres only where the file can be
trusted.

Built on pydicom. Which decoder reads what is in `decoders`; which rectangle of the screen is
measured in what, and when that table is believed, is in `regions`.
"""

import copy
import math
import warnings
from dataclasses import dataclass, field

import numpy as np
import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from course_utils.core import errors, files
from course_utils.load import decoders, regions
from course_utils.load.videos import plausible_fps


@dataclass(frozen=True)
class Scan:
    """What a DICOM file shows.

    `pixels` grey float32 0..1, (H, W) for a still or (T, H, W) for a cine; `rgb` the same as uint8
    (..., 3) where the file is in colour, else None; `fps` in 1/s or None; `spacing` (row_mm,
    col_mm) of the tissue, or None; `why_no_mm` the reason why nothing can be measured, or ''. On a
    divided screen with two scales both are empty: `distance_mm` then takes the scale of the half
    in which the points lie. `regions` the ultrasound region table; `dataset` the pydicom dataset
    with all tags.
    """

    pixels: np.ndarray = field(repr=False)
    rgb: np.ndarray | None = field(repr=False)
    fps: float | None
    spacing: tuple | None
    regions: list
    why_no_mm: str
    dataset: pydicom.Dataset = field(repr=False)

    def distance_mm(self, start, end):
        """Millimetres between two screen points (x right, y down), each direction with its own
        pixel size.

        Raises `CalibrationError` with the reason when there are no millimetres to trust: no region
        table, a table that cannot belong to these pixels, or a point outside the tissue;
        `DataError` when a point is not in the picture.
        """
        points = [_point(p, self.pixels.shape[-2:]) for p in (start, end)]
        if self.why_no_mm:
            raise errors.CalibrationError(self.why_no_mm)
        spacing = regions.spacing_between(self.regions, *points) if self.regions else self.spacing
        dx, dy = points[1][0] - points[0][0], points[1][1] - points[0][1]
        return math.hypot(dx * spacing[1], dy * spacing[0])


def read(source):
    """Read a DICOM file (path) or a pydicom dataset into a `Scan`.

    Grey is the stored value over the full range of the stored bits (255 for 8 bits), MONOCHROME1
    turned so that bright is white, colour by ITU-R BT.601. Pictures of other modalities load too,
    with their stored values. Millimetres come from the region table (DICOM PS3.3 C.8.5.5;
    `regions.fit` says when it is believed, a cropped picture with a warning) or, where there is
    none, from PixelSpacing. Raises `FileError` for a file that is missing, damaged, not DICOM, or
    without pixels, and `DataError` for one too large for memory.
    """
    name = "dataset" if isinstance(source, pydicom.Dataset) else files.shown(files.find(source))
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            scan = _scan(open_dataset(source), name)
        except errors.CourseError:
            raise
        except (
            Exception
        ) as error:  # pydicom and the decoders raise many kinds; all mean a damaged file
            raise errors.FileError(
                f"'{name}' is damaged or incomplete and was not read ({_reason(error)})."
            ) from error
    _pass_on(remarks, name)
    return scan


def open_dataset(source):
    """Return the pydicom dataset of a path (or the dataset itself), with a usable transfer syntax.

    Raises `FileError` when the file is not DICOM. A file without the 128-byte preamble is read
    with a warning.
    """
    if isinstance(source, pydicom.Dataset):
        return _with_syntax(source, "dataset")
    name = files.shown(files.find(source))
    data = files.read_bytes(source)
    stream = pydicom.filebase.DicomBytesIO(data)
    try:
        try:
            dataset = pydicom.dcmread(stream)
        except InvalidDicomError:
            dataset = _without_preamble(data, name)
        return _with_syntax(dataset, name)
    except errors.CourseError:
        raise
    except Exception as error:  # a damaged header can fail in any part of the parser
        raise errors.FileError(
            f"'{name}' is a damaged or truncated DICOM file and was not read ({error})."
        ) from error


def _reason(error):
    # pydicom lists its decoders line by line: the last line is the one that says why.
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__


def _without_preamble(data, name):
    # Some archives drop the preamble. Believe such a file only if it begins like one: a low group,
    # a sane element.
    groups = {b"\x02\0", b"\x08\0", b"\0\x08", b"\x04\0"}
    dataset = None
    if data[:2] in groups:
        dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(data), force=True)
    if not dataset or not {"SOPClassUID", "Modality", "PixelData", "StudyInstanceUID"} & set(
        dataset.dir()
    ):
        raise errors.FileError(
            f"'{name}' is not a DICOM file ('DICM' is missing at byte 128). "
            "If it is a picture use load.image, if it is a video load.cine."
        )
    errors.warn(f"'{name}' lacks the DICOM preamble (128 bytes and 'DICM'); it was read without.")
    return dataset


def _with_syntax(dataset, name):
    meta = getattr(dataset, "file_meta", None)
    if meta is None or not meta.get("TransferSyntaxUID"):
        dataset = copy.copy(dataset)  # the caller's own dataset stays as it is
        dataset.file_meta = copy.deepcopy(meta) if meta else pydicom.dataset.FileMetaDataset()
        implicit, little = dataset.original_encoding
        if implicit is None:
            implicit, little = False, True
        plain = (
            ImplicitVRLittleEndian
            if implicit
            else ExplicitVRLittleEndian
            if little
            else ExplicitVRBigEndian
        )
        dataset.file_meta.TransferSyntaxUID = plain
        errors.warn(
            f"'{name}' does not say how it is stored (transfer syntax); {plain.name} was assumed."
        )
    return dataset


def _scan(dataset, name):
    stored = decoders.decode(dataset, name)
    pixels, rgb = to_grey(stored, dataset)
    table = regions.read(dataset)
    spacing, why = _millimetres(dataset, table, pixels.shape[-2:], name)
    return Scan(pixels, rgb, _fps(dataset, pixels, name), spacing, table, why, dataset)


def to_grey(stored, dataset):
    """Stored values -> grey float32 0..1 and, for colour, RGB uint8 (else None)."""
    photometric = str(dataset.get("PhotometricInterpretation", "MONOCHROME2"))
    bits = int(dataset.get("BitsStored") or 8)
    if decoders.is_colour(dataset) or photometric == "PALETTE COLOR":
        rgb = (
            decoders.palette_rgb(stored, dataset)
            if photometric == "PALETTE COLOR"
            else _eight_bits(stored, bits)
        )
        same = all(np.array_equal(rgb[..., 0], rgb[..., k]) for k in (1, 2))
        weights = np.float32([1, 0, 0] if same else [0.299, 0.587, 0.114]) / np.float32(255)
        grey = np.empty(rgb.shape[:-1], np.float32)
        # Frame by frame (a still: row by row), for a whole cine in decimals would be huge.
        for part, colours in zip(grey, rgb, strict=True):
            np.clip(colours @ weights, 0, 1, out=part)
        return grey, rgb
    low = -(2 ** (bits - 1)) if int(dataset.get("PixelRepresentation") or 0) else 0
    grey = np.clip((stored.astype(np.float32) - low) / np.float32(2**bits - 1), 0, 1)
    return (1 - grey if photometric == "MONOCHROME1" else grey), None


def _eight_bits(stored, bits):
    return (
        stored.astype(np.uint8)
        if bits <= 8
        else (stored.astype(np.int64) >> (bits - 8)).astype(np.uint8)
    )


def _millimetres(dataset, table, shape, name):
    """Spacing (row_mm, col_mm) or None, and the reason for None as a sentence."""
    tag = _pixel_spacing(dataset)
    if not table:
        if tag is None:
            return (
                None,
                f"'{name}' has no ultrasound region table and no pixel spacing: "
                "its pixels have no known size.",
            )
        if dataset.get("Modality") == "US":
            errors.warn(
                f"'{name}' has no ultrasound region table; PixelSpacing (0028,0030) "
                "was used for the whole picture."
            )
        return tag, ""
    verdict, reason = regions.fit(table, *shape)
    if verdict == "refused":
        return None, f"The region table of '{name}' cannot be trusted: {reason}."
    spacing = regions.spacing(table)
    if not any(r.spacing for r in table):
        return None, f"'{name}' has a region table, but no tissue region measured in centimetres."
    if tag and spacing and not np.allclose(tag, spacing, rtol=0.02):
        return None, (
            f"'{name}' contradicts itself: its region table says {spacing[0]:.4g} mm per row, "
            "PixelSpacing "
            f"(0028,0030) says {tag[0]:.4g}. It was probably resized after the scan."
        )
    if verdict == "cropped":
        errors.warn(f"'{name}': {reason}.")
    return spacing, ""


def _pixel_spacing(dataset):
    spacing = tuple(float(v) for v in np.atleast_1d(dataset.get("PixelSpacing") or []))
    good = len(spacing) == 2 and all(math.isfinite(v) and v > 0 for v in spacing)
    return spacing if good else None


def _fps(dataset, pixels, name):
    """Frames per second of a cine: FrameTime, FrameTimeVector, CineRate, else the recommended
    display rate.
    """
    if pixels.ndim == 2:
        return None
    vector = [float(v) for v in np.atleast_1d(dataset.get("FrameTimeVector") or [])][1:]
    if dataset.get("FrameTime"):
        return plausible_fps(1000 / float(dataset.FrameTime), name)
    if vector and sum(vector) > 0:
        if max(vector) > 1.1 * min(vector):
            errors.warn(
                f"'{name}' has frames at uneven times ({min(vector):g} to {max(vector):g} ms "
                "apart); fps is their mean."
            )
        return plausible_fps(1000 * len(vector) / sum(vector), name)
    if dataset.get("CineRate"):
        return plausible_fps(float(dataset.CineRate), name)
    if dataset.get("RecommendedDisplayFrameRate"):
        errors.warn(
            f"'{name}' gives only a recommended display rate; "
            "the scan itself may have been faster or slower."
        )
        return plausible_fps(float(dataset.RecommendedDisplayFrameRate), name)
    return plausible_fps(None, name)


def _point(point, shape):
    try:
        x, y = (float(v) for v in point)
    except (TypeError, ValueError) as error:
        raise errors.DataError(f"A point is a pair (x, y) of numbers, not {point!r}.") from error
    if not (-0.5 <= x <= shape[1] - 0.5 and -0.5 <= y <= shape[0] - 0.5):
        raise errors.DataError(
            f"The point ({x:g}, {y:g}) is not in the picture of {shape[1]} x {shape[0]} "
            "pixels. Points are (x, y): right first, then down."
        )
    return x, y


def _pass_on(remarks, name):
    """Repeat our own warnings, and pydicom's many as a single one."""
    foreign = []
    for remark in remarks:
        if issubclass(remark.category, errors.CourseWarning):
            errors.warn(str(remark.message))
        elif issubclass(remark.category, UserWarning):
            foreign.append(str(remark.message).splitlines()[0])
    if foreign:
        errors.warn(
            f"'{name}' does not follow the standard in {len(foreign)} places, "
            f"for example: {foreign[0][:160]}"
        )
