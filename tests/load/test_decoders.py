"""Decoding: what the header promises is held against the bytes and the streams."""

import io

import cv2
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1

from course_utils.core import errors
from course_utils.load import decoders, dicom
from tests.load.test_dicom import WHEEL, made
from tests.load.test_sanity import RAMP, deep, said


@pytest.mark.parametrize(("bits", "high"), [(12, 15), (8, 15), (10, 15), (12, 13), (8, 11)])
def test_values_in_the_upper_bits_are_shifted(bits, high):
    values = (RAMP << (bits - 8)) << (high + 1 - bits)
    scan, words = said(dicom.read, deep(values, bits, high))
    assert np.allclose(scan.pixels, (RAMP << (bits - 8)) / (2**bits - 1), atol=1e-6)
    assert "HighBit" in words


@pytest.mark.parametrize(("bits", "top"), [(8, 4080), (8, 1020), (10, 4080), (12, 65280)])
def test_more_bits_than_promised_are_kept(bits, top):
    scan, words = said(dicom.read, deep(RAMP * (top // 255), bits))
    assert np.corrcoef(scan.pixels.ravel(), RAMP.ravel())[0, 1] > 0.999
    assert scan.pixels.max() > 0.95 and "its values need" in words


def palette(depth, said_depth, eight_in_sixteen=False):
    scan = made(shape=(16, 16), PhotometricInterpretation="PALETTE COLOR")
    scan.PixelData = bytes(range(256))
    values = np.arange(256) if depth == 8 or eight_in_sixteen else np.arange(256) * 257
    data = values.astype("u1" if depth == 8 else "<u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        setattr(scan, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, said_depth])
        scan.add_new(f"{colour}PaletteColorLookupTableData", "OW", data)
    return scan


@pytest.mark.parametrize(
    ("depth", "said_depth", "small"),
    [(8, 8, 0), (8, 16, 0), (16, 16, 0), (16, 8, 0), (16, 16, 1), (16, 8, 1)],
)
def test_the_depth_of_a_palette_is_that_of_its_entries(depth, said_depth, small):
    scan, words = said(dicom.read, palette(depth, said_depth, small))
    assert np.allclose(scan.pixels.ravel() * 255, np.arange(256), atol=1)
    agrees = said_depth == (8 if depth == 8 or small else 16)
    assert ("palette" in words) == (not agrees)


def jpeg2000(rgb, photometric, transform):
    from openjpeg.utils import encode_array

    ybr = not transform and photometric.startswith("YBR")
    source = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]] if ybr else rgb
    frame = encode_array(
        np.ascontiguousarray(source),
        photometric_interpretation=1,
        use_mct=transform,
    )
    scan = made(shape=rgb.shape[:2], SamplesPerPixel=3, PhotometricInterpretation=photometric)
    scan.PlanarConfiguration = 0
    scan.file_meta.TransferSyntaxUID = JPEG2000Lossless
    scan.PixelData = encapsulate([bytes(frame)])
    scan["PixelData"].is_undefined_length = True
    return scan


@pytest.mark.parametrize("transform", [True, False])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_RCT", "YBR_ICT", "YBR_FULL"])
def test_the_colours_of_jpeg_2000_are_those_of_the_stream(photometric, transform):
    rgb = np.repeat(RAMP[:, :, None], 3, axis=2).astype(np.uint8)
    rgb[:20, :20] = (200, 40, 40)
    scan, _ = said(dicom.read, jpeg2000(rgb, photometric, transform))
    assert np.abs(scan.rgb.astype(int) - rgb).max() <= 3


@pytest.mark.parametrize("columns", [63, 64, 65, 101])
def test_odd_widths_of_422(columns):
    rows, full = 20, columns + columns % 2
    luma = np.tile(np.linspace(20, 230, full).astype(np.uint8), (rows, 1))
    packed = np.full((rows, full // 2, 4), 128, np.uint8)
    packed[..., 0], packed[..., 1] = luma[:, ::2], luma[:, 1::2]
    scan = made(shape=(rows, columns), SamplesPerPixel=3)
    scan.PhotometricInterpretation, scan.PlanarConfiguration = "YBR_FULL_422", 0
    scan.PixelData = packed.tobytes()
    assert np.allclose(said(dicom.read, scan)[0].pixels * 255, luma[:, :columns], atol=1)
    if columns % 2:
        scan.PixelData = packed.tobytes()[: rows * columns * 2]
        with pytest.raises(errors.FileError, match="4:2:2"):
            dicom.read(scan)


@pytest.mark.parametrize("number", range(110, 113))
def test_jpeg_xl_is_named(number):
    scan = made()
    scan.file_meta.TransferSyntaxUID = UID(f"1.2.840.10008.1.2.4.{number}")
    with pytest.raises(errors.FileError, match="JPEG XL.*Export"):
        dicom.read(scan)


def jpeg(array, syntax=JPEGBaseline8Bit, **tags):
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "JPEG", quality=95)
    scan = made(shape=array.shape[:2], **tags)
    scan.file_meta.TransferSyntaxUID = syntax
    scan.PixelData = encapsulate([stream.getvalue()])
    scan["PixelData"].is_undefined_length = True
    return scan


def test_jpeg_headers_must_agree_with_the_file():
    ramp = np.tile(np.arange(64, dtype=np.uint8), (48, 1))
    assert np.abs(dicom.read(jpeg(ramp)).pixels - ramp / 255).max() < 0.03
    with pytest.raises(errors.FileError, match="frame 1 is 48 x 64 pixels inside"):
        dicom.read(jpeg(ramp, Rows=4800, Columns=6400))
    with pytest.raises(errors.FileError, match="1 of 3 frames"):
        dicom.read(jpeg(ramp, NumberOfFrames=3))


def test_lossless_jpeg_is_read_exactly():
    scan = dicom.read(WHEEL / "test_files/SC_rgb_jpeg_gdcm.dcm")
    assert scan.dataset.file_meta.TransferSyntaxUID == JPEGLosslessSV1
    plain = dicom.read(WHEEL / "test_files/SC_rgb_rle.dcm")
    assert np.array_equal(scan.rgb, plain.rgb)


def test_a_jpeg_ls_stream_without_an_end_is_refused():
    scan = pydicom.dcmread(WHEEL / "test_files/MR_small_jpeg_ls_lossless.dcm")
    scan.PixelData = scan.PixelData[:2000] + scan.PixelData[-8:]
    with pytest.raises(errors.FileError):
        dicom.read(scan)


def test_every_decoder_named_is_there():
    assert not decoders.missing()


# what an uncompressed picture, mostly grey, is stored as, against what its header says
GREY = np.random.default_rng(4).integers(0, 256, (120, 160)).astype(np.uint8)
MIDDLE = np.full_like(GREY, 128)
COLOURS = {
    ("RGB", 0): np.dstack([GREY] * 3),
    ("RGB", 1): np.stack([GREY] * 3),
    ("YBR_FULL", 0): np.dstack([GREY, MIDDLE, MIDDLE]),
    ("YBR_FULL", 1): np.stack([GREY, MIDDLE, MIDDLE]),
}


def coloured(values, photometric="RGB", planar=0, bits=8):
    scan = made(shape=GREY.shape, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    scan.BitsAllocated = scan.BitsStored = bits
    scan.HighBit = bits - 1
    if planar is not None:
        scan.PlanarConfiguration = planar
    scan.PixelData = values.tobytes()
    return scan


@pytest.mark.parametrize("stored", COLOURS)
@pytest.mark.parametrize("promised", COLOURS)
def test_the_order_and_kind_of_colours_are_those_of_the_pixels(stored, promised):
    scan, words = said(dicom.read, coloured(COLOURS[stored], *promised))
    assert np.abs(scan.pixels - GREY / 255).max() < 0.01
    assert ("were read so" in words) == (stored != promised)


def test_true_colours_are_left_as_the_header_says():
    mixed = np.random.default_rng(5).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    scan, words = said(dicom.read, coloured(mixed))
    assert np.array_equal(scan.rgb, mixed) and not words
    tinted = np.dstack([GREY, (GREY * 0.9).astype(np.uint8), (GREY * 0.7).astype(np.uint8)])
    tinted[:70] = 0  # sepia on black
    scan, words = said(dicom.read, coloured(tinted))
    assert np.array_equal(scan.rgb, tinted) and not words


@pytest.mark.parametrize(("top", "bits"), [(1, 8), (16, 12)])
def test_colour_of_fewer_bits_than_promised(top, bits):
    values = COLOURS["RGB", 0].astype(np.uint16) * top
    scan, words = said(dicom.read, coloured(values, bits=16))
    assert np.abs(scan.pixels - GREY / 255).max() < 0.01 and f"read as {bits}-bit" in words


def test_422_that_keeps_the_colour_of_each_pixel():
    scan, words = said(dicom.read, coloured(COLOURS["YBR_FULL", 0], "YBR_FULL_422"))
    assert np.abs(scan.pixels - GREY / 255).max() < 0.01 and "pairs of pixels" in words


@pytest.mark.parametrize("written", ["", None, "monochrome2", " MONOCHROME2 "])
def test_a_photometric_interpretation_that_is_missing_or_ill_spelled(written):
    scan = made(shape=GREY.shape)
    scan.PixelData = GREY.tobytes()
    del scan.PhotometricInterpretation
    if written is not None:
        scan._dict[pydicom.tag.Tag(0x00280004)] = pydicom.dataelem.RawDataElement(
            pydicom.tag.Tag(0x00280004), "CS", len(written), written.encode(), 0, False, True
        )
    found, words = said(dicom.read, scan)
    assert np.allclose(found.pixels, GREY / 255) and ("was assumed" in words) == (not written)


def test_colour_that_does_not_say_its_order():
    found, words = said(dicom.read, coloured(COLOURS["RGB", 0], planar=None))
    assert np.allclose(found.pixels, GREY / 255, atol=0.01) and "pixel by pixel" in words


@pytest.mark.parametrize("low", [-128, -512, -1024, -2048])
def test_signed_values_that_use_few_of_their_bits(low):
    values = np.linspace(low, -low - 1, GREY.size).reshape(GREY.shape).round().astype(np.int16)
    found, words = said(dicom.read, deep(values, signed=1))
    assert np.ptp(found.pixels) > 0.49 and "read as" in words


def test_eight_bits_stored_in_sixteen_are_no_second_frame():
    scan = made(shape=GREY.shape)
    scan.PixelData = GREY.astype("<u2").tobytes()
    found, words = said(dicom.read, scan)
    assert np.allclose(found.pixels, GREY / 255) and "stores each value in 16" in words


def test_a_palette_of_twelve_bits_is_not_black():
    scan = palette(16, 16)
    for colour in ("Red", "Green", "Blue"):
        data = (np.arange(256) * 16).astype("<u2").tobytes()
        scan[f"{colour}PaletteColorLookupTableData"].value = data
    found, words = said(dicom.read, scan)
    assert np.allclose(found.pixels.ravel() * 255, np.arange(256), atol=1) and "have 12" in words


@pytest.mark.parametrize("keyword", ["FloatPixelData", "DoubleFloatPixelData"])
def test_decimal_pixels_are_named(keyword):
    scan = made(shape=(12, 16))
    del scan.PixelData
    setattr(scan, keyword, bytes(12 * 16 * 8))
    with pytest.raises(errors.FileError, match="decimal numbers"):
        dicom.read(scan)


@pytest.mark.parametrize("colour", [False, True])
def test_the_channels_of_a_jpeg_are_those_of_its_stream(colour):
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    told = {"SamplesPerPixel": 1} if colour else {"SamplesPerPixel": 3, "PlanarConfiguration": 0}
    told["PhotometricInterpretation"] = "MONOCHROME2" if colour else "RGB"
    found, words = said(dicom.read, jpeg(np.dstack([ramp] * 3) if colour else ramp, **told))
    assert np.abs(found.pixels - ramp / 255).max() < 0.03
    assert f"its stream is {'in colour' if colour else 'grey'}" in words


def test_monochrome_alone_is_no_term_and_is_read():
    scan = made(shape=GREY.shape, PhotometricInterpretation="MONOCHROME")
    scan.PixelData = GREY.tobytes()
    found, words = said(dicom.read, scan)
    assert np.allclose(found.pixels, GREY / 255) and "MONOCHROME2 was assumed" in words


def test_a_palette_without_its_colours_is_named():
    scan = palette(8, 8)
    for colour in ("Red", "Green", "Blue"):
        scan[f"{colour}PaletteColorLookupTableDescriptor"].value = [0, 0, 16]
    with pytest.raises(errors.FileError, match="65536 colours, and fewer are there"):
        dicom.read(scan)
