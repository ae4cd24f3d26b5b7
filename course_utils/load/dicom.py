"""Read a DICOM still or cine: grey pixels, frame rate, and millimetres only where the file can be
trusted.

Built on pydicom. Which decoder reads what is in `decoders`; which rectangle of the screen is
measured in what, and when that table is believed, is in `regions`; how fast the frames follow each
other is in `frame_rate`.
"""

import copy
import functools
import math
import warnings
from dataclasses import dataclass, field

import numpy as np
import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from course_utils.core import errors, files
from course_utils.load import decoders, frame_rate, regions, sanity, tags


@dataclass(frozen=True)
class Scan:
    """What a DICOM file shows.

    `pixels` grey float32 0..1, (H, W) for a still or (T, H, W) for a cine; `fps` in 1/s or None;
    `spacing` (row_mm, col_mm) of the tissue, or None; `why_no_mm` the reason why nothing can be
    measured, or ''. On a divided screen with two scales both are empty: `distance_mm` then takes
    the scale of the half in which the points lie. `regions` the ultrasound region table; `dataset`
    the pydicom dataset with all tags; `frames` how many the file holds (1 for a still; `first`
    reads one of them).
    """

    pixels: np.ndarray = field(repr=False)
    fps: float | None
    spacing: tuple | None
    regions: list
    why_no_mm: str
    dataset: pydicom.Dataset = field(repr=False)
    frames: int = 1

    @functools.cached_property
    def rgb(self):
        """The pixels in colour, uint8 (..., 3), decoded when first asked for; None for grey."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what there is to say was said with the grey pixels
            stored = decoders.stored(self.dataset, "dataset")
            if not stored.colour:
                return None
            count = 1 if self.pixels.ndim == 2 else len(self.pixels)
            colours = np.empty((count, *stored.shape, 3), np.uint8)
            only = [0] if count < stored.count else None
            for place, frame in zip(colours, stored.frames(only), strict=True):
                place[:] = frame
        return colours[0] if self.pixels.ndim == 2 else colours

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

    Grey is the stored value over the full range of the bits that are used (255 for 8 bits; a file
    that uses fewer bits than it says is read with those, and said), MONOCHROME1 turned so that
    bright is white, colour by ITU-R BT.601. Pictures of other modalities load too, with their
    stored values; a stack of slices is no cine and is refused. Millimetres come from the region
    table (DICOM PS3.3 C.8.5.5; `regions.fit` says when it is believed, a cropped picture with a
    warning) or, where there is none, from PixelSpacing. Raises `FileError` for a file that is
    missing, damaged, not DICOM, or without pixels, and `DataError` for one too large for memory.
    """
    return _read(source)


def first(source):
    """The `Scan` of the first frame only, (H, W): what checking a folder needs. `frames` says how
    many there are, `fps` how fast. Raises as `read` does.
    """
    return _read(source, [0])


def _read(source, only=None):
    name = "dataset" if isinstance(source, pydicom.Dataset) else files.shown(files.find(source))
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            scan = _scan(open_dataset(source), name, only)
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
    place = files.find(source)
    name = files.shown(place)
    try:
        size = place.stat().st_size
        if not 0 < size <= files.LARGEST_FILE_MB * 1e6:
            files.read_bytes(place)  # says what is wrong
        try:
            with place.open("rb") as stream:  # not its bytes: pydicom would keep a second copy
                dataset = pydicom.dcmread(stream)
        except InvalidDicomError:
            dataset = _without_preamble(files.read_bytes(place), name)
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


def _scan(dataset, name, only):
    stored = decoders.stored(dataset, name)
    if stored.count > 1:
        frame_rate.refuse_slices(dataset, name)
    pixels = grey(stored, name, only)
    _say_if_inverted(dataset, name)
    table = regions.read(dataset)
    spacing, why = _millimetres(dataset, table, stored.shape, name)
    _say_aspect(dataset, spacing, name)
    fps = frame_rate.read(dataset, stored.count, name) if stored.count > 1 else None
    return Scan(pixels, fps, spacing, table, why, dataset, stored.count)


def grey(stored, name, only=None):
    """The grey pixels, float32 0..1, of `decoders.Stored`, decoded frame by frame: (H, W) for one
    frame, else (T, H, W). Warns about whatever is wrong with them.
    """
    for remark in stored.said:
        errors.warn(f"'{name}' contradicts itself: {remark}.")
    pixels = np.empty((len(only) if only else stored.count, *stored.shape), np.float32)
    for place, frame in zip(pixels, stored.frames(only), strict=True):
        place[:] = _luma(frame) if stored.colour else frame
    if not stored.colour:
        low, high = int(pixels.min()), int(pixels.max())
        zero, full, remark = sanity.depth(low, high, stored.bits, stored.signed)
        if remark:
            errors.warn(f"'{name}' {remark}.")
        pixels -= np.float32(zero)
        pixels /= np.float32(full)
        np.clip(pixels, 0, 1, out=pixels)
        if stored.inverted:
            np.subtract(1, pixels, out=pixels)
    sanity.told(pixels, name)
    return pixels[0] if len(pixels) == 1 else pixels


def _say_aspect(dataset, spacing, name):
    """Warn about pixels that are not square, or not as their millimetres say (5 % apart)."""
    aspect = tags.numbers(dataset, "PixelAspectRatio", 2)
    if not aspect or min(aspect) <= 0:
        return
    told = f"(PixelAspectRatio {aspect[0]:g} to {aspect[1]:g}, height to width)"
    high = aspect[0] / aspect[1]
    if spacing is None and high != 1:
        errors.warn(
            f"'{name}' says that its pixels are not square {told}: shapes and angles are distorted "
            "as shown."
        )
    elif spacing is not None and abs(high * spacing[1] / spacing[0] - 1) > 0.05:
        errors.warn(
            f"'{name}' contradicts itself: its pixels measure {spacing[0]:.4g} x {spacing[1]:.4g} mm, "
            f"and it gives another shape of a pixel {told}. Measure something known before you "
            "believe the millimetres."
        )


def _say_if_inverted(dataset, name):
    """Warn where the file asks to be shown with dark and bright exchanged, which is not done here."""
    slope = tags.numbers(dataset, "RescaleSlope", 1)
    tables = [
        item
        for keyword in ("ModalityLUTSequence", "VOILUTSequence")
        for item in dataset.get(keyword) or []
    ]
    inverse = tags.text(dataset, "PresentationLUTShape") == "INVERSE"
    against = inverse and tags.text(dataset, "PhotometricInterpretation") == "MONOCHROME2"
    why = (
        "a negative RescaleSlope"
        if slope and slope[0] < 0
        else "a table of grey values that falls"
        if any(map(_falls, tables))
        else "PresentationLUTShape INVERSE"
        if against
        else ""
    )
    if why:
        errors.warn(
            f"'{name}' asks for dark and bright to be exchanged ({why}). It is shown as it is "
            "stored: check on the picture that echoes are bright."
        )


def _falls(item):
    """Does a LUT of a dataset give smaller values for larger ones?"""
    count = tags.numbers(item, "LUTDescriptor", 3)
    data = item.get("LUTData")
    if not count or data is None:
        return False
    if isinstance(data, bytes):
        wide = len(data) >= 2 * (count[0] or 65536)
        data = np.frombuffer(data, "<u2" if wide else "u1", len(data) // (2 if wide else 1))
    values = np.atleast_1d(data)
    return len(values) > 1 and int(values[-1]) < int(values[0])


def _luma(rgb):
    same = all(np.array_equal(rgb[..., 0], rgb[..., k]) for k in (1, 2))
    weights = np.float32([1, 0, 0] if same else [0.299, 0.587, 0.114]) / np.float32(255)
    return np.clip(rgb @ weights, 0, 1)


def _millimetres(dataset, table, shape, name):
    """Spacing (row_mm, col_mm) or None, and the reason for None as a sentence."""
    tag = tags.numbers(dataset, "PixelSpacing", 2)
    tag = tag if tag and min(tag) > 0 else None
    if not table:
        if tag is None:
            return (
                None,
                f"'{name}' has no ultrasound region table and no pixel spacing: "
                "its pixels have no known size.",
            )
        tag, against = sanity.millimetres(tag, shape, name)
        if tag is None:
            return None, against
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
        against = next(filter(None, (r.against for r in table)), "")
        against = f" ({against})" if against else ""
        return None, (
            f"'{name}' has a region table, but no tissue region measured in centimetres{against}."
        )
    if tag and spacing and not np.allclose(tag, spacing, rtol=0.02):
        return None, (
            f"'{name}' contradicts itself: its region table says {spacing[0]:.4g} mm per row, "
            "PixelSpacing "
            f"(0028,0030) says {tag[0]:.4g}. It was probably resized after the scan."
        )
    if verdict == "cropped":
        errors.warn(f"'{name}': {reason}.")
    return spacing, ""


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
