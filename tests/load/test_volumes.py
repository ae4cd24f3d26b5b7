"""Reading NIfTI and MetaImage: axes, pixel sizes, and what is refused."""

import gzip
import struct
import warnings

import numpy as np
import pytest
import SimpleITK

from course_utils.core import errors
from course_utils.load import volumes

RAMP = np.arange(6 * 9, dtype=np.uint8).reshape(6, 9) * 4  # more columns than rows
MM = (0.15, 0.31)  # down, across


def write(path, values, mm=MM, direction=None, compress=False):
    picture = SimpleITK.GetImageFromArray(values, isVector=False)
    picture.SetSpacing((mm[1], mm[0], *(1.0,) * (values.ndim - 2)))
    if direction is not None:
        picture.SetDirection(direction)
    SimpleITK.WriteImage(picture, str(path), compress)
    return path


def plain_nifti(path, values, mm=MM, pixdim_units=2, dims=None):
    """A NIfTI file written byte by byte from the standard, as an independent witness.

    values: (..., rows, columns); the format stores columns fastest.
    """
    head = bytearray(352)
    shape = dims or values.shape[::-1]
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, len(shape), *shape, *(1,) * (7 - len(shape)))
    struct.pack_into("<2h", head, 70, 2, 8)
    struct.pack_into("<8f", head, 76, 1, mm[1], mm[0], *(1,) * 5)
    struct.pack_into("<f", head, 108, 352)
    head[123] = pixdim_units
    head[344:348] = b"n+1\0"
    data = bytes(head) + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.fixture(autouse=True)
def quiet_means_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error", errors.CourseWarning)
        yield


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mhd", "a.mha"])
def test_rows_go_down_and_keep_their_millimetres(tmp_path, name):
    found = volumes.image(write(tmp_path / name, RAMP))
    assert found.pixels.dtype == np.float32
    assert np.allclose(found.pixels, RAMP / 255)
    assert found.spacing == pytest.approx(MM)


def test_against_bytes_written_by_hand(tmp_path):
    found = volumes.image(plain_nifti(tmp_path / "a.nii.gz", RAMP))
    assert np.allclose(found.pixels, RAMP / 255) and found.spacing == pytest.approx(MM)


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mhd", "a.mha"])
def test_cine_is_frames_rows_columns(tmp_path, name):
    frames = np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1], RAMP // 2])
    found = volumes.cine(write(tmp_path / name, frames, compress=name != "a.mha"))
    assert found.pixels.shape == (4, 6, 9) and np.allclose(found.pixels, frames / 255)
    assert volumes.header(tmp_path / name).shape == (4, 6, 9)


def test_labels_are_kept_and_255_is_1(tmp_path):
    labels = RAMP % 4
    found = volumes.labels(write(tmp_path / "a.nii.gz", labels.astype(np.float32)))
    assert found.pixels.dtype == np.uint8 and (found.pixels == labels).all()
    both = volumes.labels(write(tmp_path / "b.nii", (RAMP > 90).astype(np.uint8) * 255))
    assert set(np.unique(both.pixels)) == {0, 1}


@pytest.mark.parametrize(
    ("kind", "top", "limit"),
    [
        (np.int16, 200, 255),
        (np.float32, 200, 255),
        (np.uint16, 900, 1023),
        (np.uint16, 4000, 4095),
        (np.uint16, 60000, 65535),
        (np.float64, 1, 1),
    ],
)
def test_deep_values(tmp_path, kind, top, limit):
    values = (np.arange(54).reshape(6, 9) / 53 * top).astype(kind)
    assert np.allclose(volumes.image(write(tmp_path / "a.nii", values)).pixels, values / limit)


def test_time_as_fourth_axis_is_a_cine(tmp_path):
    frames = np.stack([RAMP, RAMP // 2])
    path = plain_nifti(tmp_path / "a.nii", frames, dims=(9, 6, 1, 2))
    assert np.allclose(volumes.cine(path).pixels, frames / 255)


def test_header_that_says_rows_first_is_turned(tmp_path):
    found = volumes.image(write(tmp_path / "a.mha", RAMP, direction=(0, 1, 1, 0)))
    assert np.allclose(found.pixels, RAMP.T / 255)
    assert found.spacing == pytest.approx(MM[::-1])


def test_mirror_in_one_direction_is_said_and_both_is_not(tmp_path):
    with pytest.warns(errors.CourseWarning, match="mirror image in one direction"):
        found = volumes.image(write(tmp_path / "a.mha", RAMP, direction=(-1, 0, 0, 1)))
    assert np.allclose(found.pixels, RAMP / 255)
    volumes.image(write(tmp_path / "b.mha", RAMP, direction=(-1, 0, 0, -1)))


@pytest.mark.parametrize(
    ("mm", "words"),
    [
        ((0, 0), "holds no pixel size"),
        ((float("nan"), 0.3), "holds no pixel size"),
        ((150, 310), "cannot be"),
        ((0.001, 0.001), "cannot be"),
    ],
)
def test_pixel_sizes_that_cannot_be(tmp_path, mm, words):
    with pytest.warns(errors.CourseWarning, match=words):
        found = volumes.image(plain_nifti(tmp_path / "a.nii", RAMP, mm))
    assert found.spacing is None and np.allclose(found.pixels, RAMP / 255)


def test_default_of_one_millimetre_is_found_out_by_depth(tmp_path):
    tall = np.tile(RAMP, (200, 100))[:600, :450]
    with pytest.warns(errors.CourseWarning, match="60 cm deep"):
        assert volumes.image(write(tmp_path / "a.nii.gz", tall, (1.0, 1.0))).spacing is None


def test_metres_in_the_header_are_understood(tmp_path):
    found = volumes.image(plain_nifti(tmp_path / "a.nii", RAMP, (0.00015, 0.00031), 1))
    assert found.spacing == pytest.approx(MM, rel=1e-4)


def test_meta_header_without_spacing(tmp_path):
    path = write(tmp_path / "a.mhd", RAMP)
    path.write_text(
        "\n".join(
            line for line in path.read_text().splitlines() if not line.startswith("ElementSpacing")
        )
        + "\n"
    )
    with pytest.warns(errors.CourseWarning, match="holds no pixel size"):
        assert volumes.image(path).spacing is None


@pytest.mark.parametrize("name", [f"Herz größer 心{end}" for end in (".nii.gz", ".mhd", ".mha")])
def test_names_that_are_not_ascii(tmp_path, name):
    source = write(tmp_path / ("plain" + "".join(name.partition(".")[1:])), RAMP)
    folder = tmp_path / "übung"
    folder.mkdir()
    content = source.read_bytes()
    if name.endswith(".mhd"):
        (folder / "größer.raw").write_bytes((tmp_path / "plain.raw").read_bytes())
        content = content.replace(b"plain.raw", "größer.raw".encode())
    (folder / name).write_bytes(content)
    assert np.allclose(volumes.image(folder / name).pixels, RAMP / 255)


def test_decoder_keeps_quiet(tmp_path, capfd):
    path = plain_nifti(tmp_path / "a.nii", RAMP, (0, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        volumes.image(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mhd", "a.mha"])
def test_random_damage_never_gives_a_bare_error(tmp_path, capfd, name):
    frames = np.stack([RAMP, RAMP // 2])
    data = write(tmp_path / name, frames).read_bytes()
    draws = np.random.default_rng(5)
    for _ in range(60):
        spoilt = bytearray(data)
        for at in draws.integers(0, min(len(data), 360), 3):
            spoilt[at] = draws.integers(256)
        (tmp_path / name).write_bytes(spoilt[: draws.integers(len(data) // 2, len(data) + 1)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                assert volumes.cine(tmp_path / name).pixels.ndim == 3
            except errors.CourseError as error:
                assert str(error)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("read", "shape", "words"),
    [
        (volumes.image, (4, 6, 9), "4 pictures"),
        (volumes.cine, (6, 9), "one picture"),
        (volumes.image, (3, 4, 6, 9), "dimensions"),
        (volumes.cine, (3, 4, 6, 9), "dimensions"),
        (volumes.cine, (300, 200, 12), "another order"),
    ],
)
def test_dimensions(tmp_path, read, shape, words):
    path = write(tmp_path / "a.nii.gz", np.zeros(shape, np.uint8))
    with pytest.raises(errors.DataError, match=words):
        read(path)


def test_colour_negative_and_memory(tmp_path, monkeypatch):
    colour = SimpleITK.GetImageFromArray(np.zeros((6, 9, 3), np.uint8), isVector=True)
    for name in ("a.mha", "a.nii.gz"):
        SimpleITK.WriteImage(colour, str(tmp_path / name))
        with pytest.raises(errors.DataError, match="colour"):
            volumes.image(tmp_path / name)
    with pytest.raises(errors.FileError, match="negative"):
        volumes.image(write(tmp_path / "b.nii", RAMP.astype(np.int16) - 20))
    monkeypatch.setattr(volumes.videos, "MEMORY_MB", 0.0001)
    with pytest.raises(errors.DataError, match="memory"):
        volumes.image(write(tmp_path / "c.nii", RAMP))


def test_labels_that_are_none(tmp_path):
    with pytest.raises(errors.DataError, match="labels go from 0 to 31"):
        volumes.labels(write(tmp_path / "a.nii", RAMP))
    with pytest.raises(errors.DataError, match="decimals"):
        volumes.labels(write(tmp_path / "b.nii", RAMP / np.float32(7)))


def test_pairs(tmp_path):
    picture = volumes.image(write(tmp_path / "a.nii", RAMP))
    volumes.check_pair(picture, volumes.labels(write(tmp_path / "m.nii", RAMP % 3)))
    for name, values, mm, words in (
        ("t", RAMP.T.copy() % 3, MM[::-1], "axes of one of them are swapped"),
        ("s", RAMP[:, :5].copy() % 3, MM, "do not belong together"),
        ("p", RAMP % 3, MM[::-1], "one header is wrong"),
    ):
        mask = volumes.labels(write(tmp_path / f"{name}.nii", values, mm))
        with pytest.raises(errors.DataError, match=words):
            volumes.check_pair(picture, mask)
    mask = volumes.labels(write(tmp_path / "d.mha", RAMP % 3, direction=(-1, 0, 0, -1)))
    with pytest.raises(errors.DataError, match="different directions"):
        volumes.check_pair(picture, mask)


@pytest.mark.parametrize("path", [3, "", "nix.nii", "."])
def test_paths_that_are_none(path):
    with pytest.raises(errors.CourseError):
        volumes.image(path)


def scaled(path, values, slope, start):
    code = {"u1": 2, "i2": 4, "u2": 512, "f4": 16, "i1": 256}[values.dtype.str[1:]]
    plain_nifti(path, values)
    content = bytearray(path.read_bytes()[:352]) + values.tobytes()
    struct.pack_into("<2h", content, 70, code, 8 * values.itemsize)
    struct.pack_into("<2f", content, 112, slope, start)
    path.write_bytes(content)
    return path


GREYS = np.arange(12 * 22).reshape(12, 22) % 256


@pytest.mark.parametrize(
    ("slope", "start"),
    [(2, 0), (0.5, 0), (1 / 255, 0), (257, 0), (0, 5), (1, 10), (1, -1024), (-1, 255), (1000, 0)]
    + [(float("nan"), 0), (float("inf"), 0), (1e-30, 0)],
)
def test_a_scale_in_the_header_changes_no_grey_level(tmp_path, slope, start):
    warnings.simplefilter("ignore", errors.CourseWarning)
    found = volumes.image(scaled(tmp_path / "a.nii", GREYS.astype("u1"), slope, start)).pixels
    assert np.allclose(found, GREYS / 255, atol=1e-6)
    deep = scaled(tmp_path / "b.nii", (GREYS * 257).astype("u2"), slope, start)
    assert np.allclose(volumes.image(deep).pixels, GREYS / 255, atol=1e-4)
    mask = scaled(tmp_path / "m.nii", (GREYS > 99).astype("u1"), slope, start)
    assert np.array_equal(volumes.labels(mask).pixels, GREYS > 99)


def test_signed_bytes_that_the_header_lifts_are_a_picture(tmp_path):
    path = scaled(tmp_path / "a.nii", (GREYS - 128).astype("i1"), 1, 128)
    assert np.allclose(volumes.image(path).pixels, GREYS / 255)


def test_a_negative_slope_and_a_missing_offset_are_said(tmp_path):
    path = scaled(tmp_path / "a.nii", GREYS.astype("u1"), -1, 255)
    with pytest.warns(errors.CourseWarning, match="negative scl_slope"):
        volumes.image(path)
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, 108, 0)
    path.write_bytes(content)
    with pytest.raises(errors.FileError, match="where its pixels begin"):
        volumes.image(path)


def test_labels_that_were_nearly_whole_are_whole(tmp_path):
    values = ((GREYS > 99) * 0.99999).astype("f4")
    assert np.array_equal(volumes.labels(write(tmp_path / "m.nii", values)).pixels, GREYS > 99)
