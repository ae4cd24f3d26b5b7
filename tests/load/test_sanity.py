"""Greys that came out black, placeholder millimetres, frames that are no moments: said, not passed."""

import gzip
import warnings

import cv2
import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless

from course_utils import load
from course_utils.core import errors
from course_utils.load import dicom, images, sanity, volumes
from course_utils.privacy import deidentification
from tests.load.test_dicom import made, region
from tests.load.test_volumes import plain_nifti

RAMP = np.tile(np.arange(256, dtype=np.uint16), (200, 1))[:, ::2].repeat(2, axis=1)


def said(function, *arguments, **options):
    """(result, the words of all warnings)."""
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        result = function(*arguments, **options)
    return result, " ".join(str(r.message) for r in remarks)


def deep(values, bits=16, high=None, signed=0, photometric="MONOCHROME2"):
    scan = made(shape=values.shape, PhotometricInterpretation=photometric)
    scan.BitsAllocated, scan.BitsStored = 16, bits
    scan.HighBit, scan.PixelRepresentation = bits - 1 if high is None else high, signed
    scan.PixelData = values.astype("<i2" if signed else "<u2").tobytes()
    return scan


# row 4: DICOM greys -------------------------------------------------------------------------------
@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize(
    ("top", "bits"), [(255, 16), (255, 12), (1023, 16), (1023, 12), (4095, 16), (4095, 14)]
)
def test_fewer_bits_than_promised_are_read_with_those(top, bits, signed):
    scan, words = said(dicom.read, deep(RAMP * (top // 255), bits, signed=signed))
    assert scan.pixels.max() > 0.99 * 255 * (top // 255) / top - 0.01 and "no value above" in words


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


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("level", [0, 200, 255])
def test_a_blank_result_is_said(photometric, level):
    blank = made(shape=(120, 160), PhotometricInterpretation=photometric)
    blank.PixelData = bytes([level]) * (120 * 160)
    assert "no picture" in said(dicom.read, blank)[1]


def test_an_all_but_black_result_is_said():
    scan = made(shape=(120, 160))
    scan.PixelData = bytes([0, 9] * (60 * 160))
    assert "all but black" in said(dicom.read, scan)[1]


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


def test_deidentify_says_when_its_output_is_blank():
    scan = deep(RAMP, 16)
    clean, words = said(deidentification.deidentify, scan, sector=np.zeros(RAMP.shape, bool))
    assert "black now" in words or "blank" in words
    whole, _ = said(deidentification.deidentify, scan, sector=np.ones(RAMP.shape, bool))
    assert np.allclose(said(dicom.read, whole)[0].pixels, said(dicom.read, scan)[0].pixels)
    assert said(dicom.read, whole)[0].pixels.max() == pytest.approx(254 / 255)


@pytest.mark.parametrize("number", range(110, 113))
def test_jpeg_xl_is_named(number):
    scan = made()
    scan.file_meta.TransferSyntaxUID = UID(f"1.2.840.10008.1.2.4.{number}")
    with pytest.raises(errors.FileError, match="JPEG XL.*Export"):
        dicom.read(scan)


# row 5: Pillow's 8 bits ---------------------------------------------------------------------------
def written(path, array):
    assert cv2.imwrite(str(path), array)
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("top", [1, 255, 65535])
def test_a_mask_of_16_bit_colour_is_not_lost(tmp_path, suffix, top):
    mask = np.zeros((40, 50), np.uint16)
    mask[10:20, 10:30] = top
    path = written(tmp_path / f"a{suffix}", np.dstack([mask] * 3))
    assert said(load.mask, path)[0].sum() == 200
    path = written(tmp_path / f"b{suffix}", np.dstack([mask * 0, mask * 0, mask]))
    assert said(load.mask, path)[0].sum() == 200


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("top", [255, 1023, 4095, 65535])
def test_a_picture_of_16_bit_colour_keeps_its_greys(tmp_path, suffix, top):
    grey = (RAMP.astype(float) / 255 * top).astype(np.uint16)
    found, _ = said(load.image, written(tmp_path / f"a{suffix}", np.dstack([grey] * 3)))
    assert np.allclose(found, grey / top, atol=1e-6)
    mixed = np.dstack([grey, grey, np.minimum(grey.astype(int) + top // 50, top).astype(np.uint16)])
    found, _ = said(load.image, written(tmp_path / f"b{suffix}", mixed))
    assert np.abs(found - grey / top).max() < 0.03


@pytest.mark.parametrize("alpha", [0, 1, 128, 254, 255])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_constant_alpha_says_nothing(tmp_path, alpha, mode):
    grey = Image.fromarray(RAMP.astype(np.uint8))
    picture = grey.convert(mode)
    picture.putalpha(alpha)
    picture.save(tmp_path / "a.png")
    assert np.allclose(load.image(tmp_path / "a.png"), RAMP / 255)
    marked = Image.fromarray(((RAMP > 100) * 255).astype(np.uint8)).convert(mode)
    marked.putalpha(alpha)
    marked.save(tmp_path / "m.png")
    assert (load.mask(tmp_path / "m.png") == (RAMP > 100)).all()


def test_an_empty_result_of_a_file_that_is_not_empty_is_said(tmp_path):
    rgba = np.zeros((40, 40, 4), np.uint8)
    rgba[10:20, 10:20, :3] = 255
    rgba[30:, :, 3] = 255  # transparent exactly where something is drawn
    Image.fromarray(rgba, "RGBA").save(tmp_path / "a.png")
    assert "something was lost" in said(load.image, tmp_path / "a.png")[1]


# row 6: orientation -------------------------------------------------------------------------------
@pytest.mark.parametrize("turn", range(2, 9))
def test_a_pair_of_which_one_is_turned_is_said(tmp_path, turn):
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    grey = Image.fromarray(RAMP[:128, :128].astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = turn
    grey.save(tmp_path / "images" / "a.jpg", exif=exif)
    mask = Image.fromarray(((RAMP[:128, :128] > 60) * 255).astype(np.uint8))
    mask.save(tmp_path / "masks" / "a.png")
    assert "different orientations" in said(load.pairs, tmp_path / "images", tmp_path / "masks")[1]
    mask.save(tmp_path / "masks" / "a.png", exif=exif)
    assert said(load.pairs, tmp_path / "images", tmp_path / "masks")[1] == ""


# row 7: placeholder millimetres -------------------------------------------------------------------
SIZES = [
    ((1, 1), (600, 800)),
    ((0.00002, 0.00002), (400, 400)),
    ((300, 300), (400, 400)),
    ((0.001, 0.001), (400, 400)),
    ((25.4, 25.4), (100, 100)),
    ((0.0096, 0.1), (300, 300)),
    ((0.1, 5.1), (300, 300)),
    ((0.7, 0.7), (600, 400)),
    ((2, 2), (201, 100)),
    ((0.1, 2), (300, 600)),
]


@pytest.mark.parametrize(("mm", "shape"), SIZES)
def test_no_reader_believes_a_placeholder(tmp_path, mm, shape):
    scan, _ = said(dicom.read, made(shape=shape, PixelSpacing=[str(v) for v in mm]))
    assert scan.spacing is None and "cannot be" in scan.why_no_mm
    box = (0, 0, shape[1] - 1, shape[0] - 1)
    table = [region(box, delta=(mm[1] / 10, mm[0] / 10))]
    scan, _ = said(dicom.read, made(table, shape=shape))
    if max(shape) * max(mm) < 400 or max(mm) > 5 or shape[0] * mm[0] > 402:
        assert scan.spacing is None and "cannot be" in scan.why_no_mm
    grey = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    assert said(volumes.image, plain_nifti(tmp_path / "a.nii", grey, mm))[0].spacing is None
    assert sanity.millimetres(mm, shape, "a")[0] is None


def test_plausible_millimetres_stay():
    for mm, shape in [
        ((0.01, 0.01), (500, 500)),
        ((0.6, 0.6), (600, 800)),
        ((0.3, 0.5), (400, 1900)),
    ]:
        scan, _ = said(dicom.read, made(shape=shape, PixelSpacing=[str(v) for v in mm]))
        assert scan.spacing == mm


# row 10: frames -----------------------------------------------------------------------------------
TIME, VECTOR, PAGE, SLICE = 0x00181063, 0x00181065, 0x00182001, 0x00182005


@pytest.mark.parametrize(
    ("tags", "pointer", "fps", "apart"),
    [
        ({"FrameTime": "40", "FrameTimeVector": [0, 10, 10]}, VECTOR, 100, True),
        ({"FrameTime": "40", "FrameTimeVector": [0, 10, 10]}, TIME, 25, True),
        ({"FrameTime": "40", "FrameTimeVector": [0, 10, 10]}, None, 25, True),
        ({"FrameTime": "40", "CineRate": 30}, TIME, 25, True),
        ({"FrameTime": "40", "CineRate": 26}, TIME, 25, False),
        ({"FrameTimeVector": [0, 20, 20], "CineRate": 50}, VECTOR, 50, False),
        ({"FrameTime": "20", "RecommendedDisplayFrameRate": 25}, TIME, 50, True),
        ({"CineRate": 30, "ActualFrameDuration": 33}, None, 30, False),
        ({"CineRate": 30, "ActualFrameDuration": 100}, None, 30, True),
        ({"FrameTime": "40", "FrameTimeVector": [0, 39, 41]}, VECTOR, 25, False),
    ],
)
def test_the_pointer_decides_and_sources_are_compared(tags, pointer, fps, apart):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scan = made([region()], (3, 480, 640), **tags)
    if pointer:
        scan.FrameIncrementPointer = pointer
    found, words = said(dicom.read, scan)
    assert found.fps == pytest.approx(fps) and ("different frame rates" in words) == apart


@pytest.mark.parametrize("pointer", [PAGE, SLICE, 0x00182002, 0x3004000C, [TIME, SLICE]])
def test_pages_and_slices_are_no_cine(pointer):
    with pytest.raises(errors.DataError, match="not moments"):
        dicom.read(made(shape=(3, 48, 64), FrameIncrementPointer=pointer, FrameTime="40"))


@pytest.mark.parametrize("sop", ["1.2.840.10008.5.1.4.1.1.6.2", "1.2.840.10008.5.1.4.1.1.6.3"])
def test_ultrasound_volumes_are_no_cine(sop):
    with pytest.raises(errors.DataError, match="volume"):
        dicom.read(made(shape=(3, 48, 64), SOPClassUID=sop, FrameTime="40"))


# row 11 and 12 ------------------------------------------------------------------------------------
@pytest.mark.parametrize("keyword", ["PixelSpacing", "FrameTime", "CineRate", "PixelAspectRatio"])
@pytest.mark.parametrize("value", [b"0,143", b"a word ", b"1e", b"--"])
def test_a_bad_optional_tag_is_unknown_and_the_pixels_stay(keyword, value):
    from pydicom.datadict import dictionary_VR, tag_for_keyword
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    scan = made(shape=(3, 48, 64), FrameTimeVector=[0, 40, 40])
    tag = Tag(tag_for_keyword(keyword))
    vr = dictionary_VR(tag)
    scan._dict[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    found, words = said(dicom.read, scan)
    assert found.pixels.shape == (3, 48, 64) and found.spacing is None
    assert found.fps == pytest.approx(25) and keyword in words


@pytest.mark.parametrize("members", [2, 3, 7])
def test_a_gzip_of_several_members_is_whole(tmp_path, members):
    grey = RAMP.astype(np.uint8)
    data = plain_nifti(tmp_path / "a.nii", grey, (0.2, 0.2)).read_bytes()
    step = len(data) // members + 1
    parts = [gzip.compress(data[at : at + step]) for at in range(0, len(data), step)]
    (tmp_path / "b.nii.gz").write_bytes(b"".join(parts))
    assert np.allclose(volumes.image(tmp_path / "b.nii.gz").pixels, grey / 255)
    (tmp_path / "c.nii.gz").write_bytes(b"".join(parts)[:-30])
    with pytest.raises(errors.FileError, match="truncated"):
        volumes.image(tmp_path / "c.nii.gz")


# row 13: labels -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("levels", "suggested"),
    [
        ((128, 255), 255),
        ((85, 170, 255), 255),
        ((200, 255), 255),
        ((50, 255), 255),
        ((1, 255), 1),
        ((1, 2, 255), 2),
        ((3, 255), 3),
        ((1, 2, 254), 2),
        ((100, 101), 101),
        ((40, 80, 120, 160, 200), 200),
    ],
)
@pytest.mark.parametrize("suffix", [".png", ".bmp"])
def test_areas_of_exact_grey_are_labels(tmp_path, levels, suggested, suffix):
    mask = np.zeros((120, 240), np.uint8)
    for number, level in enumerate(levels):
        mask[30:90, 10 + number * 44 : 40 + number * 44] = level
    with pytest.raises(errors.DataError, match=f"label={suggested}"):
        load.mask(written(tmp_path / f"a{suffix}", mask))
    assert load.mask(tmp_path / f"a{suffix}", label=levels[0]).sum() == 60 * 30


@pytest.mark.parametrize("level", [70, 128, 180])
def test_areas_of_grey_in_a_jpeg_are_labels_too(tmp_path, level):
    mask = np.zeros((120, 240), np.uint8)
    mask[30:90, 20:80], mask[30:90, 140:200] = 255, level
    with pytest.raises(errors.DataError, match="label="):
        load.mask(written(tmp_path / "a.jpg", mask))


@pytest.mark.parametrize("soft", [1, 2, 3])
def test_soft_edges_stay_soft_edges(tmp_path, soft):
    mask = np.zeros((120, 240), np.uint8)
    cv2.circle(mask, (120, 60), 40, 255, -1, cv2.LINE_AA)
    blurred = cv2.GaussianBlur(mask, (0, 0), soft)
    for name in ("a.png", "a.jpg"):
        found, words = said(load.mask, written(tmp_path / name, blurred))
        assert "grey levels" in words and abs(int(found.sum()) - 5026) < 200


# row 14, 16, 18 -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Schädel", "Scha\u0308del"),
        ("IMG_1", "img_1"),
        ("É1", "e\u03011"),
        ("Ångström", "A\u030angstro\u0308m"),
    ],
)
def test_names_that_look_alike_are_pairs(tmp_path, one, other):
    for folder, name in (("images", one), ("masks", other)):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder / f"{name}.png", ((RAMP > 60) * 255).astype(np.uint8))
    assert len(load.pairs(tmp_path / "images", tmp_path / "masks")) == 1


def test_jfif_is_read(tmp_path):
    Image.fromarray(RAMP.astype(np.uint8)).save(tmp_path / "a.jfif", "JPEG", quality=95)
    assert np.allclose(load.image(tmp_path / "a.jfif"), RAMP / 255, atol=0.03)
    assert ".jfif" in load.SUFFIXES


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.nrrd", b"NRRD0004\n"),
        ("a.seg.nrrd", b"NRRD0005\n"),
        ("a.mat", b"MATLAB 5.0 MAT-file"),
        ("a.heic", b"\0\0\0\x18ftypheic"),
        ("a.jp2", b"\0\0\0\x0cjP  \r\n\x87\n"),
        ("a.gif", b"GIF89a"),
        ("a.png", b"GIF89a"),
        ("a.h5", b"\x89HDF\r\n\x1a\n"),
    ],
)
def test_formats_of_this_trade_are_named(tmp_path, name, start):
    (tmp_path / name).write_bytes(start + b"\0" * 200)
    with pytest.raises(errors.FileError, match="which is not read.*(xport|save|write)"):
        images.image(tmp_path / name)


def test_an_aspect_ratio_is_said():
    words = said(dicom.read, made(shape=(48, 64), PixelAspectRatio=["1", "2"]))[1]
    assert "not square" in words


@pytest.mark.parametrize("bounds", [(540, 50, 100, 400), (100, 400, 540, 50), (100, 50, 100, 50)])
def test_a_region_with_swapped_corners_has_no_spacing(bounds):
    scan, _ = said(dicom.read, made([region(bounds)]))
    assert scan.spacing is None and "corners" in scan.why_no_mm
    with pytest.raises(errors.CalibrationError, match="corners"):
        scan.distance_mm((200, 200), (210, 200))


def test_first_reads_one_frame_and_says_how_many():
    cine = made([region()], (6, 480, 640), FrameTime="40")
    scan, whole = dicom.first(cine), dicom.read(cine)
    assert scan.pixels.shape == (480, 640) and scan.frames == 6 and scan.fps == 25
    assert np.array_equal(scan.pixels, whole.pixels[0]) and scan.spacing == whole.spacing
