"""Half files, and headers that make no sense, of NIfTI and MetaImage."""

import gzip

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.load import volume_headers, volumes
from tests.load.test_volumes import plain_nifti, write


def broken(tmp_path, case):
    noise = np.random.default_rng(0).integers(0, 255, (60, 80)).astype(np.uint8)
    path = tmp_path / "a.nii.gz"
    if case in ("cut", "no end", "no header", "damaged"):
        data = write(path, noise).read_bytes()
        data = {
            "cut": data[: len(data) // 2],
            "no end": data[:-6],
            "no header": data[:60],
            "damaged": data[:2000] + b"\0" * 40 + data[2040:],
        }[case]
        path.write_bytes(data)
    elif case == "cut plain":
        path = plain_nifti(tmp_path / "a.nii", noise)
        path.write_bytes(path.read_bytes()[:-1])
    elif case == "no raw":
        path = write(tmp_path / "a.mhd", noise)
        (tmp_path / "a.raw").unlink()
    elif case == "short raw":
        path = write(tmp_path / "a.mhd", noise)
        (tmp_path / "a.raw").write_bytes(b"\0" * 100)
    elif case == "short zraw":
        path = write(tmp_path / "a.mhd", noise, compress=True)
        (tmp_path / "a.zraw").write_bytes((tmp_path / "a.zraw").read_bytes()[:-20])
    elif case == "short mha":
        path = write(tmp_path / "a.mha", noise)
        path.write_bytes(path.read_bytes()[:-20])
    elif case == "elsewhere":
        path = write(tmp_path / "a.mhd", noise)
        path.write_text(path.read_text().replace("a.raw", "../a.raw"))
    elif case == "list":
        path = write(tmp_path / "a.mhd", noise)
        path.write_text(path.read_text().replace("a.raw", "LIST\na.raw"))
    elif case == "raw itself":
        write(tmp_path / "a.mhd", noise)
        path = tmp_path / "a.raw"
    elif case == "text":
        path.write_text("hello " * 200)
    elif case == "empty":
        path.write_bytes(b"")
    elif case == "no size":
        path = plain_nifti(tmp_path / "a.nii", noise, dims=(0, 60))
    return path


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("cut", "truncated"),
        ("no end", "truncated: its end"),
        ("no header", "truncated or damaged"),
        ("damaged", "damaged|truncated"),
        ("cut plain", "1 of 5152 bytes are missing"),
        ("no raw", "'a.raw', is not beside it"),
        ("short raw", "4700 of 4800 bytes"),
        ("short zraw", "truncated"),
        ("short mha", "20 of 4800 bytes"),
        ("elsewhere", "another folder"),
        ("list", "several files"),
        ("raw itself", "holds pixels only"),
        ("text", "is not a NIfTI"),
        ("empty", "empty"),
        ("no size", "header makes no sense"),
    ],
)
def test_broken_files_are_one_sentence(tmp_path, capfd, case, words):
    with pytest.raises(errors.FileError, match=words) as caught:
        volumes.image(broken(tmp_path, case))
    assert "SimpleITK" not in str(caught.value) and len(str(caught.value)) < 250
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("members", [2, 3, 7])
def test_a_gzip_of_several_members_is_whole(tmp_path, members):
    grey = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    data = plain_nifti(tmp_path / "a.nii", grey, (0.2, 0.2)).read_bytes()
    step = len(data) // members + 1
    parts = [gzip.compress(data[at : at + step]) for at in range(0, len(data), step)]
    (tmp_path / "b.nii.gz").write_bytes(b"".join(parts))
    assert np.allclose(volumes.image(tmp_path / "b.nii.gz").pixels, grey / 255)
    (tmp_path / "c.nii.gz").write_bytes(b"".join(parts)[:-30])
    with pytest.raises(errors.FileError, match="truncated"):
        volumes.image(tmp_path / "c.nii.gz")


def test_endings_and_spellings_that_lie_are_read_all_the_same(tmp_path):
    grey = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    data = plain_nifti(tmp_path / "a.nii", grey, (0.2, 0.2)).read_bytes()
    (tmp_path / "zipped.nii").write_bytes(gzip.compress(data))
    assert np.allclose(volumes.image(tmp_path / "zipped.nii").pixels, grey / 255)
    content = write(tmp_path / "a.mha", grey).read_bytes()
    (tmp_path / "b.mha").write_bytes(content.replace(b"LOCAL", b"Local"))
    assert np.allclose(volumes.image(tmp_path / "b.mha").pixels, grey / 255)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("a.nii", lambda data: b"\x1c\x02\0\0n+2\0\r\n\x1a\n" + bytes(532), "NIfTI-2"),
        ("a.hdr", lambda data: data[:344] + bytes(4), "Analyze"),
    ],
)
def test_relatives_of_nifti_are_called_by_their_names(tmp_path, name, change, words):
    data = plain_nifti(tmp_path / "b.nii", np.zeros((20, 20), np.uint8)).read_bytes()
    (tmp_path / name).write_bytes(change(data))
    with pytest.raises(errors.FileError, match=words):
        volumes.image(tmp_path / name)


def test_compressed_pixels_of_unknown_length_are_no_noise(tmp_path):
    grey = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    data = write(tmp_path / "a.mha", grey, compress=True).read_bytes()
    lines = [each for each in data.split(b"\n") if not each.startswith(b"CompressedDataSize")]
    (tmp_path / "a.mha").write_bytes(b"\n".join(lines))
    with pytest.raises(errors.FileError, match="how long"):
        volumes.image(tmp_path / "a.mha")


def test_words_beside_the_pixels(tmp_path):
    nifti = plain_nifti(tmp_path / "a.nii", np.zeros((4, 6), np.uint8))
    content = bytearray(nifti.read_bytes())
    content[148:158] = b"Meier Anna"
    nifti.write_bytes(content)
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(bytes(content)))
    (tmp_path / "c.mha").write_text("NDims = 2\nPatientName = X^Y\nElementDataFile = LOCAL\n")
    (tmp_path / "d.nii").write_bytes(b"rubbish")
    found = [volume_headers.words(place) for place in sorted(tmp_path.iterdir())]
    assert found == [
        {"descrip": "Meier Anna"},
        {"descrip": "Meier Anna"},
        {"PatientName": "X^Y"},
        {},
    ]
