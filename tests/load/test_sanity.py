"""Greys that came out black, placeholder millimetres, frames that are no moments: said, not passed."""

import warnings

import cv2
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

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


def test_deidentify_says_when_its_output_is_blank():
    scan = deep(RAMP, 16)
    clean, words = said(deidentification.deidentify, scan, sector=np.zeros(RAMP.shape, bool))
    assert "black now" in words or "blank" in words
    whole, _ = said(deidentification.deidentify, scan, sector=np.ones(RAMP.shape, bool))
    assert np.allclose(said(dicom.read, whole)[0].pixels, said(dicom.read, scan)[0].pixels)
    assert said(dicom.read, whole)[0].pixels.max() == pytest.approx(254 / 255)


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


def test_an_all_but_grey_result_is_said():
    scan = made(shape=(120, 160))
    scan.PixelData = bytes([120, 124] * (60 * 160))
    assert "all but one grey" in said(dicom.read, scan)[1]


def lut(values):
    item = Dataset()
    item.LUTDescriptor = [len(values), 0, 8]
    item.add_new(0x00283006, "OW", np.asarray(values, np.uint8).tobytes())
    return item


@pytest.mark.parametrize(
    "tags",
    [
        {"VOILUTSequence": [lut(range(255, -1, -1))]},
        {"ModalityLUTSequence": [lut(range(255, -1, -1))]},
        {"PresentationLUTShape": "INVERSE"},
        {"RescaleSlope": "-1", "RescaleIntercept": "255"},
    ],
)
def test_a_file_that_asks_for_an_inverted_picture_is_said(tags):
    assert "exchanged" in said(dicom.read, made(shape=(48, 64), **tags))[1]
    plain = {"VOILUTSequence": [lut(range(256))], "RescaleSlope": "1", "RescaleIntercept": "0"}
    assert "exchanged" not in said(dicom.read, made(shape=(48, 64), **plain))[1]


def test_exactly_one_millimetre_is_a_placeholder():
    for shape in ((128, 128), (300, 300)):
        assert "know nothing" in sanity.millimetres((1.0, 1.0), shape, "a")[1]
    assert sanity.millimetres((1.0, 0.9), (128, 128), "a") == ((1.0, 0.9), "")


def test_an_orientation_that_is_none_turns_nothing(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 9
    Image.fromarray(RAMP.astype(np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    assert images.orientation(tmp_path / "a.jpg") == 1


@pytest.mark.parametrize(
    ("aspect", "words"), [([4, 3], "contradicts itself"), ([1, 1], ""), ([0, 1], "")]
)
def test_a_shape_of_pixels_that_their_millimetres_deny_is_said(aspect, words):
    scan = made(shape=(60, 80), PixelAspectRatio=aspect, PixelSpacing=["0.2", "0.2"])
    scan.Modality = "OT"
    assert words in (text := said(dicom.read, scan)[1]) and ("shape of a pixel" in text) == bool(
        words
    )


def test_a_mask_that_is_white_to_its_border_is_asked_about_and_not_turned(tmp_path):
    disc = cv2.circle(np.zeros((80, 100), np.uint8), (50, 40), 20, 1, -1)
    found, words = said(load.mask, written(tmp_path / "a.png", (1 - disc) * 255))
    assert "inverted" in words and (found == 1 - disc).all()
    assert said(load.mask, written(tmp_path / "b.png", disc * 255))[1] == ""
    frame = np.ones((80, 100), np.uint8)
    frame[6:-6, 6:-6] = 0
    assert "inverted" in said(load.mask, written(tmp_path / "c.png", frame * 255))[1]


def test_a_file_that_is_read_brighter_after_its_text_went_says_so():
    values = np.random.default_rng(0).integers(0, 250, (60, 80)).astype(np.uint16)
    values[:8, :30] = 4095
    keep = np.ones((60, 80), bool)
    keep[:8] = False
    with pytest.warns(errors.CourseWarning, match="16 times brighter"):
        deidentification.deidentify(deep(values), sector=keep)
    keep[:] = True
    assert "brighter" not in said(deidentification.deidentify, deep(values), sector=keep)[1]
