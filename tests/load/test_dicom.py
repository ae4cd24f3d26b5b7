"""Reading DICOM: pixels, frame rate, and millimetres that are refused where they cannot be
trusted.
"""

import copy
import math
import os
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    UltrasoundImageStorage,
    generate_uid,
)

from course_utils.core import errors
from course_utils.load import dicom

WHEEL = Path(pydicom.__file__).parent / "data"
FILES = sorted(
    p for p in WHEEL.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc", ".json")
)
LEFT, RIGHT = (459.5, 290.5), (498.5, 301.5)
PALETTE, YBR, RGB, J2K = (
    WHEEL / "test_files" / f"examples_{n}.dcm"
    for n in ("palette", "ybr_color", "rgb_color", "jpeg2k")
)


def region(bounds=(100, 50, 540, 400), kind=1, units=(3, 3), delta=(0.02, 0.02), flat=1):
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = flat, kind, 0
    (
        item.RegionLocationMinX0,
        item.RegionLocationMinY0,
        item.RegionLocationMaxX1,
        item.RegionLocationMaxY1,
    ) = bounds
    item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta
    return item


def made(table=(), shape=(480, 640), **tags):
    """A small ultrasound dataset with this region table."""
    scan = Dataset()
    scan.file_meta = FileMetaDataset()
    scan.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    scan.SOPClassUID, scan.SOPInstanceUID, scan.Modality = (
        UltrasoundImageStorage,
        generate_uid(),
        "US",
    )
    scan.Rows, scan.Columns, scan.SamplesPerPixel = *shape[-2:], 1
    scan.PhotometricInterpretation, scan.PixelRepresentation = "MONOCHROME2", 0
    scan.BitsAllocated, scan.BitsStored, scan.HighBit = 8, 8, 7
    scan.PixelData = (np.arange(math.prod(shape)) % 251).astype(np.uint8).tobytes()
    if len(shape) == 3:
        scan.NumberOfFrames = shape[0]
    if table:
        scan.SequenceOfUltrasoundRegions = list(table)
    for keyword, value in tags.items():
        setattr(scan, keyword, value)
    return scan


def test_the_calliper_of_the_machine_is_reproduced():
    with pytest.warns(errors.CourseWarning, match="cropped"):
        scan = dicom.read(PALETTE)
    assert scan.distance_mm(LEFT, RIGHT) == pytest.approx(10.628, abs=5e-4)
    assert scan.spacing == pytest.approx((0.2622879, 0.2622879))
    assert scan.pixels.shape == (350, 800) and scan.rgb.shape == (350, 800, 3) and scan.fps is None
    assert [r.kind for r in scan.regions] == ["tissue", "ECG"]


def test_the_table_that_is_off_by_two_is_refused():
    scan = dicom.read(YBR)
    assert scan.pixels.shape == (30, 240, 320) and scan.rgb.dtype == np.uint8
    assert scan.fps == pytest.approx(30, abs=0.01) and scan.spacing is None
    with pytest.raises(errors.CalibrationError, match=r"factor of 2 \(from 640 x 480\)"):
        scan.distance_mm((100, 100), (120, 120))


@pytest.mark.parametrize(("path", "shape"), [(RGB, (240, 320)), (J2K, (480, 640))])
def test_no_table_no_millimetres(path, shape):
    scan = dicom.read(path)
    assert (
        scan.pixels.shape == shape
        and scan.spacing is None
        and "no ultrasound region table" in scan.why_no_mm
    )
    with pytest.raises(errors.CalibrationError, match="no ultrasound region table"):
        scan.distance_mm((10, 10), (20, 20))


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(100, 540), st.integers(50, 400)),
    st.tuples(st.integers(100, 540), st.integers(50, 400)),
    st.floats(0.001, 0.1),
    st.floats(0.001, 0.1),
)
def test_distance_is_pythagoras_with_two_pixel_sizes(p, q, dx, dy):
    scan = dicom.read(made([region(delta=(dx, dy))], shape=(480, 640)))
    expected = math.hypot((p[0] - q[0]) * dx * 10, (p[1] - q[1]) * dy * 10)
    assert scan.distance_mm(p, q) == pytest.approx(expected)
    assert scan.spacing == pytest.approx((dy * 10, dx * 10))


def test_points_outside_the_tissue_are_refused():
    ecg = region((100, 410, 540, 470), kind=10, units=(4, 0), delta=(0.01, 0), flat=4)
    scan = dicom.read(made([region(), ecg]))
    assert scan.distance_mm((100, 50), (540, 50)) == pytest.approx(88)
    for point, why in (((50, 60), "outside"), ((200, 450), "ECG.*seconds")):
        with pytest.raises(errors.CalibrationError, match=why):
            scan.distance_mm((200, 200), point)
    with pytest.raises(errors.DataError, match="not in the picture"):
        scan.distance_mm((200, 200), (700, 100))
    for nonsense in (None, 3, (1, 2, 3), ("a", "b"), (float("nan"), 1)):
        with pytest.raises(errors.DataError, match="point"):
            scan.distance_mm((200, 200), nonsense)


def test_an_ecg_over_the_tissue_belongs_to_the_ecg():
    scan = dicom.read(made([region(), region((100, 350, 540, 400), 10, (4, 0), (0.01, 0), 4)]))
    with pytest.raises(errors.CalibrationError, match="ECG"):
        scan.distance_mm((200, 360), (300, 200))


def test_two_pictures_with_two_scales():
    scan = dicom.read(
        made([region((0, 0, 300, 400)), region((320, 0, 620, 400), delta=(0.03, 0.03))])
    )
    assert scan.spacing is None and not scan.why_no_mm
    assert scan.distance_mm((10, 10), (110, 10)) == pytest.approx(20)
    assert scan.distance_mm((330, 10), (430, 10)) == pytest.approx(30)
    with pytest.raises(errors.CalibrationError, match="different pixel sizes"):
        scan.distance_mm((10, 10), (330, 10))


def test_a_divided_screen_of_one_scale():
    left, right = region((0, 0, 300, 400)), region((320, 0, 620, 400))
    scan = dicom.read(made([left, right]))
    assert scan.spacing == (0.2, 0.2)
    assert scan.distance_mm((330, 10), (430, 10)) == pytest.approx(20)
    with pytest.raises(errors.CalibrationError, match="divided screen"):
        scan.distance_mm((10, 10), (330, 10))
    # A colour box lies in the tissue and is no second picture.
    boxed = dicom.read(made([region((0, 0, 620, 400)), region((200, 100, 300, 200), kind=2)]))
    assert boxed.distance_mm((10, 10), (250, 10)) == pytest.approx(48)
    assert boxed.distance_mm((10, 150), (250, 150)) == pytest.approx(48)
    assert dicom.read(made([region(kind=2)])).spacing == (0.2, 0.2)


@pytest.mark.parametrize("spacing", ["0.2", ["0.2", "0"], ["0.2", "0.2", "0.2"]])
def test_a_pixel_spacing_that_is_no_pair_gives_no_millimetres(spacing):
    scan = dicom.read(made(PixelSpacing=spacing))
    assert scan.spacing is None and "no pixel spacing" in scan.why_no_mm


def test_grey_of_a_colour_cine_equals_that_of_its_frames():
    frames = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3)).astype(np.uint8)
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    scan = dicom.read(made(shape=(3, 20, 30), FrameTime=40, **colour, PixelData=frames.tobytes()))
    assert np.allclose(scan.pixels, frames @ np.array([0.299, 0.587, 0.114]) / 255, atol=1e-6)


@pytest.mark.parametrize(
    "bad",
    [
        region(units=(4, 4)),
        region(delta=(0, 0)),
        region(delta=(float("nan"), 1)),
        region(delta=(50, 50)),
        region(kind=10),
        region(flat=3),
    ],
)
def test_regions_without_a_length(bad):
    scan = dicom.read(made([bad]))
    assert scan.spacing is None
    with pytest.raises(errors.CalibrationError, match="no tissue region measured in centimetres"):
        scan.distance_mm((200, 200), (210, 210))


def test_a_cropped_picture_is_measured_with_a_warning():
    with pytest.warns(errors.CourseWarning, match="taken as cropped"):
        scan = dicom.read(made([region((100, 40, 600, 420))], shape=(350, 640)))
    assert scan.distance_mm((200, 100), (300, 100)) == pytest.approx(20)


def test_pixel_spacing_alone_is_used_with_a_warning():
    with pytest.warns(errors.CourseWarning, match=r"PixelSpacing \(0028,0030\)"):
        scan = dicom.read(made(PixelSpacing=[0.3, 0.2]))
    assert scan.spacing == (0.3, 0.2) and scan.distance_mm((0, 0), (0, 10)) == pytest.approx(3)


def test_pixel_spacing_that_contradicts_the_table():
    assert dicom.read(made([region()], PixelSpacing=[0.2, 0.2])).spacing == pytest.approx(
        (0.2, 0.2)
    )
    with pytest.raises(errors.CalibrationError, match="contradicts itself"):
        dicom.read(made([region()], PixelSpacing=[0.4, 0.4])).distance_mm((200, 200), (210, 200))


def test_a_single_frame_is_a_still():
    scan = dicom.read(made(shape=(1, 48, 64)))
    assert scan.pixels.shape == (48, 64) and scan.fps is None


def test_grey_range_and_direction():
    stored = np.frombuffer(made().PixelData, np.uint8).reshape(480, 640)
    assert np.allclose(dicom.read(made()).pixels, stored / 255)
    assert np.allclose(
        dicom.read(made(PhotometricInterpretation="MONOCHROME1")).pixels, 1 - stored / 255
    )
    deep = made(shape=(480, 640), BitsAllocated=16, BitsStored=12, HighBit=11)
    deep.PixelData = (stored.astype("<u2") * np.uint16(16)).tobytes()
    assert np.allclose(dicom.read(deep).pixels, stored * (16 / 4095))
    assert dicom.read(made()).pixels.dtype == np.float32


def test_big_endian_equals_little_endian():
    pairs = (
        ("MR_small_bigendian.dcm", "MR_small.dcm"),
        ("MR_small_implicit.dcm", "MR_small.dcm"),
        ("MR_small_RLE.dcm", "MR_small.dcm"),
        ("MR_small_jp2klossless.dcm", "MR_small.dcm"),
        ("MR_small_jpeg_ls_lossless.dcm", "MR_small.dcm"),
    )
    for first, second in pairs:
        a, b = (dicom.read(WHEEL / "test_files" / name).pixels for name in (first, second))
        assert np.array_equal(a, b), first
    assert (
        pydicom.dcmread(WHEEL / "test_files/ExplVR_BigEnd.dcm").file_meta.TransferSyntaxUID
        == ExplicitVRBigEndian
    )


def test_unreadable_files_say_why(tmp_path):
    other = tmp_path / "text.dcm"
    other.write_text("hello " * 100)
    short = tmp_path / "short.dcm"
    short.write_bytes(PALETTE.read_bytes()[:100_000])
    for path, why in (
        (other, "not a DICOM file"),
        (short, "damaged|truncated"),
        (tmp_path, "is a folder"),
        (tmp_path / "shrot.dcm", "Did you mean 'short.dcm'"),
    ):
        with pytest.raises(errors.FileError, match=why):
            dicom.read(path)
    for tags, why in (
        ({"Rows": 0}, "damaged"),
        ({"SamplesPerPixel": 2}, "2 values for each pixel"),
    ):
        with pytest.raises(errors.FileError, match=why):
            dicom.read(made(**tags))
    with pytest.raises(errors.DataError, match="MB of memory"):
        dicom.read(made(NumberOfFrames=5000))
    scan = made()
    del scan.PixelData
    with pytest.raises(errors.FileError, match="holds no pixels: it is of the kind 'Ultrasound"):
        dicom.read(scan)


def test_a_file_without_preamble_is_read_with_a_warning(tmp_path):
    path = tmp_path / "bare.dcm"
    path.write_bytes(RGB.read_bytes()[132:])
    with pytest.warns(errors.CourseWarning, match="preamble"):
        assert np.array_equal(dicom.read(path).pixels, dicom.read(RGB).pixels)


def test_a_dataset_is_not_changed_by_reading():
    scan = made([region()])
    before = copy.deepcopy(scan)
    dicom.read(scan)
    assert scan == before and scan.file_meta == before.file_meta
    del scan.file_meta.TransferSyntaxUID
    with pytest.warns(errors.CourseWarning, match="transfer syntax"):
        dicom.read(scan)
    assert "TransferSyntaxUID" not in scan.file_meta


@pytest.mark.skipif(os.sep == "\\", reason="on Windows these separators are ordinary")
def test_windows_separators(tmp_path, monkeypatch):
    (tmp_path / "Ordner Ü").mkdir()
    (tmp_path / "Ordner Ü" / "a.dcm").write_bytes(RGB.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert dicom.read("Ordner Ü\\a.dcm").pixels.shape == (240, 320)


@pytest.mark.slow
def test_every_file_of_the_pydicom_wheel_loads_or_says_why():
    loaded, refused = 0, {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in FILES:
            try:
                scan = dicom.read(path)
            except errors.CourseError as error:
                refused[path.name] = str(error)
                continue
            loaded += 1
            assert scan.pixels.dtype == np.float32 and np.isfinite(scan.pixels).all(), path.name
            assert 0 <= scan.pixels.min() <= scan.pixels.max() <= 1 and scan.pixels.ndim in (
                2,
                3,
            ), path.name
    assert loaded >= 95 and len(FILES) > 180
    assert all(len(text) > 30 for text in refused.values())
    # Whatever has pixels loads, but for the damaged and the 12-bit JPEG ones.
    with_pixels = {
        n for n, t in refused.items() if "holds no pixels" not in t and "not a DICOM file" not in t
    }
    assert with_pixels == {
        "JPEG-lossy.dcm",
        "JPGExtended.dcm",
        "JPEG2000-embedded-sequence-delimiter.dcm",
        "MR_truncated.dcm",
        "badVR.dcm",
        "meta_missing_tsyntax.dcm",
        "nested_priv_SQ.dcm",
        "rtdose.dcm",  # a stack of slices is no cine
        "rtdose_expb.dcm",
        "rtdose_rle.dcm",
    }
