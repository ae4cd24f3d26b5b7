"""Reading pictures, masks and pairs of both, good and bad."""

import os
import struct
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from course_utils.core import errors, files
from course_utils.load import images as load

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "muscle"
RAMP = np.tile(np.arange(256, dtype=np.uint8), (16, 1))
DISC = (np.hypot(*np.mgrid[-24:24, -32:32]) < 15).astype(np.uint8)


def saved(folder, array, name="picture.png", mode=None, **options):
    path = folder / name
    picture = array if isinstance(array, Image.Image) else Image.fromarray(array)
    (picture.convert(mode) if mode else picture).save(path, **options)
    return path


@pytest.fixture(autouse=True)
def quiet_means_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error", errors.CourseWarning)
        yield


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
def test_image_keeps_grey_values(tmp_path, name, mode):
    if mode == "RGBA" and name == "a.bmp":
        mode = "RGB"
    image = load.image(saved(tmp_path, RAMP, name, mode))
    assert image.dtype == np.float32 and image.shape == RAMP.shape
    assert np.array_equal(image, RAMP.astype(np.float32) / 255)


def test_jpeg_is_close(tmp_path):
    image = load.image(saved(tmp_path, RAMP, "a.jpg", quality=95))
    assert np.abs(image - RAMP / 255).max() < 0.05


def test_colour_is_luma(tmp_path):
    rgb = np.zeros((4, 4, 3), np.uint8)
    rgb[:3, :, 1] = 200
    found = load.image(saved(tmp_path, rgb))
    assert found[:3] == pytest.approx(0.587 * 200 / 255, abs=1e-6)


def test_sixteen_bits_use_their_full_range(tmp_path):
    deep = (RAMP.astype(np.uint16)) * 257
    assert np.allclose(load.image(saved(tmp_path, deep)), RAMP / 255)


@pytest.mark.parametrize(("top", "bits"), [(255, 8), (1023, 10), (4095, 12)])
def test_fewer_bits_in_sixteen_are_noticed(tmp_path, top, bits):
    deep = np.linspace(0, top, 256).round().astype(np.uint16).reshape(16, 16)
    path = saved(tmp_path, deep)
    with pytest.warns(errors.CourseWarning, match=f"read as {bits}-bit"):
        assert load.image(path).max() == 1


def test_decimal_numbers_are_read_by_what_white_must_be(tmp_path):
    assert load.image(saved(tmp_path, np.float32(RAMP / 255), "a.tif")).max() == 1
    assert np.allclose(load.image(saved(tmp_path, np.float32(RAMP), "b.tif")), RAMP / 255)
    smoothed = saved(tmp_path, np.float32(RAMP) - np.float32(RAMP > 0) * np.float32(0.5), "c.tif")
    assert np.allclose(load.image(smoothed), (RAMP - 0.5 * (RAMP > 0)) / 255)
    with pytest.warns(errors.CourseWarning, match="what white is: 2 was taken"):
        assert np.allclose(
            load.image(saved(tmp_path, np.float32(RAMP / 127.5), "d.tif")), RAMP / 255
        )
    with pytest.raises(errors.FileError, match="negative"):
        load.image(saved(tmp_path, np.float32(RAMP) - 1, "e.tif"))


@pytest.mark.parametrize("top", [1, 255])
def test_a_mask_of_decimal_numbers_is_one(tmp_path, top):
    marked = np.float32(RAMP > 99) * top
    assert np.array_equal(load.mask(saved(tmp_path, marked, "m.tif")), RAMP > 99)


def test_a_jpeg_cannot_hold_labels_and_two_levels_without_black_are_asked_about(tmp_path):
    marked = (RAMP > 99).astype(np.uint8)
    with pytest.raises(errors.DataError, match="JPEG blurs"):
        load.mask(saved(tmp_path, marked * 9, "m.jpg"))
    with pytest.raises(errors.DataError, match="1 and 255, and neither is 0"):
        load.mask(saved(tmp_path, np.where(marked, 255, 1).astype(np.uint8), "n.png"))


def test_transparency_goes_on_black(tmp_path):
    rgba = np.full((4, 4, 4), 255, np.uint8)
    rgba[:2, :, 3] = 0
    path = saved(tmp_path, rgba)
    with pytest.warns(errors.CourseWarning, match="transparent"):
        image = load.image(path)
    assert image[0, 0] == 0 and image[3, 3] == 1


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path, RAMP, "turned.jpg", exif=exif)
    assert load.image(path).shape == RAMP.shape[::-1]


@pytest.mark.parametrize("name", ["with space.png", "Schädel-Ü.png", "心臓.png", "a.b.c.PNG"])
def test_unusual_names(tmp_path, name):
    assert load.image(saved(tmp_path, RAMP, name, format="PNG")).shape == RAMP.shape


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows names that are no text")
def test_lone_surrogate_in_a_name(tmp_path):
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.png"))
    saved(tmp_path, RAMP, "plain.png").rename(strange)
    assert load.image(strange).shape == RAMP.shape
    strange.write_bytes(b"")
    with pytest.raises(errors.FileError, match="empty") as caught:
        load.image(strange)
    str(caught.value).encode("utf-8")


@pytest.mark.skipif(os.sep == "\\", reason="on Windows these separators are ordinary")
def test_windows_separators(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    saved(tmp_path / "folder", RAMP, "a.png")
    monkeypatch.chdir(tmp_path)
    assert load.image("folder\\a.png").shape == RAMP.shape


@pytest.mark.parametrize("read", [load.image, load.mask, load.cine])
def test_what_is_no_file(tmp_path, read):
    saved(tmp_path, RAMP, "patient_01.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(errors.FileError, match="Did you mean 'patient_01.png'"):
        read(tmp_path / "pateint_01.png")
    with pytest.raises(errors.FileError, match="Did you mean 'patient_01.png'"):
        read(tmp_path / "patient_01.jpg")
    with pytest.raises(errors.FileError, match="is a folder.*patient_01.png"):
        read(tmp_path)
    with pytest.raises(errors.FileError, match="empty"):
        read(tmp_path / "empty.png")
    with pytest.raises(errors.FileError, match="folder"):
        read(tmp_path / "nowhere" / "a.png")
    for nonsense in (None, 3, b"a.png", RAMP):
        with pytest.raises(errors.DataError, match="path was expected"):
            read(nonsense)
    for bad in ("", "a\0b.png", "x" * 5000):
        with pytest.raises(errors.FileError):
            read(bad)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.bmp"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_truncated_pictures_are_refused(tmp_path, name, share):
    rng = np.random.default_rng(0)
    path = saved(tmp_path, rng.integers(0, 256, (64, 64), dtype=np.uint8), name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(errors.FileError, match="truncated|damaged"):
        load.image(path)


def test_one_flipped_bit_in_a_png_is_noticed(tmp_path):
    path = saved(tmp_path, RAMP)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(errors.FileError, match="damaged"):
        load.image(path)


def test_other_kinds_are_sent_elsewhere(tmp_path):
    text = tmp_path / "note.png"
    text.write_text("not a picture")
    dicom = tmp_path / "scan.png"
    dicom.write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 50)
    video = tmp_path / "video.png"
    video.write_bytes(b"RIFF" + b"\0" * 50)
    for path, hint in ((text, "not a PNG"), (dicom, "dicom.read"), (video, "load.cine")):
        with pytest.raises(errors.FileError, match=hint):
            load.image(path)


def test_several_pages_are_mentioned(tmp_path):
    path = saved(tmp_path, RAMP, "a.tif", save_all=True, append_images=[Image.fromarray(RAMP)])
    with pytest.warns(errors.CourseWarning, match="2 pages"):
        assert load.image(path).shape == RAMP.shape


@pytest.mark.parametrize("full", [1, 128, 255])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
def test_two_level_masks(tmp_path, full, mode):
    mask = load.mask(saved(tmp_path, DISC * np.uint8(full), mode=mode))
    assert mask.dtype == np.uint8 and np.array_equal(mask, DISC)


def test_more_two_level_masks(tmp_path):
    assert np.array_equal(load.mask(saved(tmp_path, DISC.astype(bool))), DISC)
    assert np.array_equal(load.mask(saved(tmp_path, DISC.astype(np.uint16) * 65535)), DISC)
    red = np.zeros((*DISC.shape, 3), np.uint8)
    red[..., 0] = DISC * 255
    assert np.array_equal(load.mask(saved(tmp_path, red)), DISC)
    indexed = Image.fromarray(DISC, "P")
    indexed.putpalette([0, 0, 0, 255, 0, 0])
    assert np.array_equal(load.mask(saved(tmp_path, indexed)), DISC)
    assert not load.mask(saved(tmp_path, DISC * 0)).any()


def test_mask_kept_in_the_transparency(tmp_path):
    rgba = np.full((*DISC.shape, 4), 255, np.uint8)
    rgba[..., 3] = DISC * 255
    path = saved(tmp_path, rgba)
    with pytest.warns(errors.CourseWarning, match="transparency"):
        assert np.array_equal(load.mask(path), DISC)


def test_masks_drawn_in_black_or_in_a_palette_on_nothing(tmp_path):
    # What lies under full transparency is white here, and must not count as drawn.
    white = np.repeat((1 - DISC)[..., None] * np.uint8(255), 4, axis=2)
    white[..., 3] = DISC * 255
    indexed = Image.fromarray(DISC, "P")
    indexed.putpalette([255, 255, 255, 0, 0, 0])
    for path in (saved(tmp_path, white), saved(tmp_path, indexed, "p.png", transparency=0)):
        with pytest.warns(errors.CourseWarning, match="transparency"):
            assert np.array_equal(load.mask(path), DISC)


def test_labels_of_a_palette_with_a_transparent_background(tmp_path):
    labels = DISC + (np.arange(64) > 32) * DISC
    indexed = Image.fromarray(labels, "P")
    indexed.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    path = saved(tmp_path, indexed, transparency=0)
    assert np.array_equal(load.mask(path, label=2), labels == 2)
    with pytest.raises(errors.DataError, match="whole"):
        load.mask(path, label=[1, [2, 3]])


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_noisy_jpeg_masks_are_thresholded_and_say_so(tmp_path, quality):
    path = saved(tmp_path, DISC * np.uint8(255), "m.jpg", quality=quality)
    with pytest.warns(errors.CourseWarning, match="above 12[0-9.]+ was taken"):
        mask = load.mask(path)
    assert set(np.unique(mask)) == {0, 1} and (mask != DISC).mean() < 0.01


def test_full_mask_warns(tmp_path):
    path = saved(tmp_path, np.full((8, 8), 255, np.uint8))
    with pytest.warns(errors.CourseWarning, match="every pixel"):
        assert load.mask(path).all()


def test_label_masks_are_never_binarised_silently(tmp_path):
    labels = DISC.copy()
    labels[:10] = 2
    labels[40:] = 3
    path = saved(tmp_path, labels)
    with pytest.raises(errors.DataError, match="labels 0, 1, 2, 3"):
        load.mask(path)
    assert np.array_equal(load.mask(path, label=2), labels == 2)
    assert np.array_equal(load.mask(path, label=(1, 3)), np.isin(labels, (1, 3)))
    with pytest.warns(errors.CourseWarning, match="no pixel of label 7"):
        assert not load.mask(path, label=7).any()
    with pytest.raises(errors.DataError, match="whole"):
        load.mask(path, label=1.5)
    with pytest.raises(errors.DataError, match="not a mask of two levels|labels"):
        load.mask(saved(tmp_path, labels * np.uint8(80), "spread.png"))
    coloured = Image.fromarray(labels, "P")
    coloured.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    with pytest.raises(errors.DataError, match="labels"):
        load.mask(saved(tmp_path, coloured, "palette.png"))
    with pytest.raises(errors.DataError, match="several colours"):
        load.mask(saved(tmp_path, coloured, "colours.png", mode="RGB"))


def test_an_image_is_no_mask(tmp_path):
    with pytest.raises(errors.DataError, match="not a mask of two levels"):
        load.mask(saved(tmp_path, RAMP))


def folders(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for number, full in enumerate((1, 0)):
        saved(tmp_path / "images", RAMP[:, :64], f"p{number}.jpg")
        saved(tmp_path / "masks", DISC[16:32] * np.uint8(255 * full), f"p{number}.png")
    return tmp_path / "images", tmp_path / "masks"


def test_pairs(tmp_path):
    images, masks = folders(tmp_path)
    table = load.pairs(images, masks)
    assert list(table.columns) == ["image", "mask", "height", "width", "mask_fraction"]
    assert table.height.tolist() == [16, 16] and table.width.tolist() == [64, 64]
    assert (
        table.mask_fraction[0] == pytest.approx(DISC[16:32].mean()) and table.mask_fraction[1] == 0
    )


def test_pairs_that_do_not_fit(tmp_path):
    images, masks = folders(tmp_path)
    saved(images, RAMP, "alone.png")
    with pytest.warns(errors.CourseWarning, match="alone.png"):
        assert len(load.pairs(images, masks)) == 2
    (images / "alone.png").unlink()
    saved(masks, DISC, "p1.png")
    with pytest.raises(errors.DataError, match="16 x 64.*48 x 64"):
        load.pairs(images, masks)
    saved(images, RAMP, "p1.png")
    with pytest.raises(errors.DataError, match="same stem"):
        load.pairs(images, masks)
    with pytest.raises(errors.FileError, match="no folder"):
        load.pairs(tmp_path / "none", masks)


def test_a_new_file_never_replaces_an_old_one(tmp_path):
    path = files.write_whole(tmp_path / "a.txt", lambda p: p.write_text("first"))
    with pytest.raises(errors.FileError, match="never overwritten"):
        files.write_whole(path, lambda p: p.write_text("second"))
    assert path.read_text() == "first"

    def fails(partial):
        partial.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(errors.FileError, match="No space"):
        files.write_whole(tmp_path / "b.txt", fails)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real muscle images are not beside this checkout")
def test_real_muscle_images():
    table = load.pairs(REAL / "images", REAL / "masks")
    assert len(table) == 12 and table.mask_fraction.between(0.01, 0.1).all()
    image = load.image(table.image[0])
    assert image.shape == (table.height[0], table.width[0]) and 0 <= image.min() < image.max() <= 1


def tiff(path, pixels, photometric):
    """The plainest uncompressed TIFF of these grey pixels, written by hand."""
    data, bits = pixels.tobytes(), 8 * pixels.itemsize
    height, width = pixels.shape
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, photometric), (273, 8)]
    tags += [(277, 1), (278, height), (279, len(data))]
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\0" + struct.pack("<I", 8 + len(data)) + data
    path.write_bytes(head + struct.pack("<H", len(tags)) + table + b"\0" * 4)
    return path


def test_a_tiff_in_which_zero_is_white(tmp_path):
    steps = np.arange(64).reshape(8, 8) * 4
    eight = load.image(tiff(tmp_path / "a.tif", steps.astype(np.uint8), 0))
    assert np.allclose(eight, 1 - steps / 255)
    deep = load.image(tiff(tmp_path / "b.tif", (steps * 257).astype("<u2"), 1))
    assert np.allclose(deep, steps / 255)
    with pytest.raises(errors.FileError, match="0 is white"):
        load.image(tiff(tmp_path / "c.tif", np.zeros((8, 8), "<u2"), 0))


def test_rare_kinds_are_named_as_what_they_are(tmp_path):
    cv2.imwrite(str(tmp_path / "deep.tif"), RAMP / 255.0)
    with pytest.raises(errors.FileError, match="rare kind"):
        load.image(tmp_path / "deep.tif")
    Image.fromarray(RAMP).save(tmp_path / "a.webp")
    with pytest.raises(errors.FileError, match="kind .webp"):
        load.image(tmp_path / "a.webp")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(errors.FileError, match="not an ordinary file"):
        load.image(tmp_path / "pipe.png")


def test_folders_of_pairs_are_found_or_refused(tmp_path, monkeypatch):
    for folder in ("sub/images", "sub/masks"):
        (tmp_path / folder).mkdir(parents=True)
        saved(tmp_path / folder, DISC * np.uint8(255))
    monkeypatch.chdir(tmp_path)
    assert len(load.pairs("sub\\images", "sub\\masks")) == 1
    for wrong in (None, 3, b"sub"):
        with pytest.raises(errors.DataError, match="folder was expected"):
            load.pairs(wrong, "sub")
    with pytest.raises(errors.FileError, match="no folder"):
        load.pairs("elsewhere", "sub")


TWO_FORMS = [
    ("M\u00fcller_1", "Mu\u0308ller_1"),
    ("\u00e9cho", "e\u0301cho"),
    ("\u00c5ngstr\u00f6m", "A\u030angstro\u0308m"),
    ("\u1ec7", "e\u0323\u0302"),
    ("\uac00", "\u1100\u1161"),
    ("P01", "p01"),
    ("SCAN_A", "scan_a"),
    ("Stra\u00dfe", "STRASSE"),
    ("\uff3001", "P01"),
    ("\u0418\u0412\u0410\u041d\u041e\u0412", "\u0438\u0432\u0430\u043d\u043e\u0432"),
    ("x\u0301\u00c9", "X\u0301e\u0301"),
]


@pytest.mark.parametrize(("one", "other"), TWO_FORMS)
@pytest.mark.parametrize("with_others", [False, True])
def test_names_that_look_identical_are_one(tmp_path, one, other, with_others):
    for place in ("images", "masks"):
        (tmp_path / place).mkdir()
        for name in [
            one if place == "images" else other,
            *(["same", "third"] if with_others else []),
        ]:
            Image.fromarray(np.eye(20, dtype=np.uint8) * 255).save(tmp_path / place / f"{name}.png")
    table = load.pairs(tmp_path / "images", tmp_path / "masks")
    assert len(table) == (3 if with_others else 1)


def test_two_that_are_alike_are_not_guessed(tmp_path):
    for name in ("images/a", "images/A", "masks/a", "images/b", "masks/B"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.eye(20, dtype=np.uint8) * 255).save(tmp_path / f"{name}.png")
    with pytest.warns(errors.CourseWarning, match="1 file has no partner.*A.png"):
        table = load.pairs(tmp_path / "images", tmp_path / "masks")
    assert [path[-5:] for path in table["mask"]] == ["a.png", "B.png"]
