"""What is noted about one image and one mask, beside what the loaders say."""

import cv2
import numpy as np
import pytest

from course_utils import load
from course_utils.cases import duplicates
from course_utils.core import errors, masks
from course_utils.load import videos
from course_utils.your_own_data import records
from course_utils.your_own_data.listing import PICTURE, VIDEO, VOLUME
from tests.helpers import folders


def test_an_image_is_what_the_loader_reads(tmp_path):
    place = folders.save(tmp_path / "a.png", folders.grey(1))
    seen, pixels = records.image(place, PICTURE), load.image(place)
    assert (seen.height, seen.width, seen.frames) == (*pixels.shape, 1)
    assert (seen.low, seen.high) == (pixels.min(), pixels.max()) and not seen.notes + seen.writing
    assert all(
        (a == b).all() for a, b in zip(seen.prints, duplicates.fingerprint(pixels), strict=True)
    )


def test_the_digest_is_of_the_pixels_not_of_the_file(tmp_path):
    places = [
        folders.save(tmp_path / name, folders.grey(1)) for name in ("a.png", "a.bmp", "a.tif")
    ]
    assert len({records.image(place, PICTURE).digest for place in places}) == 1
    other = folders.save(tmp_path / "b.png", folders.grey(2))
    assert records.image(other, PICTURE).digest != records.image(places[0], PICTURE).digest
    assert records.digest(np.zeros((2, 3))) != records.digest(np.zeros((3, 2)))


def test_writing_is_looked_for_once_in_the_same_pixels(tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(records, "_KNOWN", {})
    monkeypatch.setattr(records.lettering, "lines", lambda seen: looked.append(1) or [(1, 2, 3, 4)])
    pixels = folders.grey(71)
    for name in ("a.png", "b.bmp"):
        folders.save(tmp_path / name, pixels)
        seen = records.image(tmp_path / name, PICTURE)
        assert seen.writing == [(1, 2, 3, 4)]
        seen.writing.clear()  # whoever changes the list changes no later answer
    assert len(looked) == 1
    pixels[0, 0] ^= 128
    folders.save(tmp_path / "a.png", pixels)
    records.image(tmp_path / "a.png", PICTURE)
    assert len(looked) == 2


def test_remarks_of_the_loader_are_kept(tmp_path):
    place = tmp_path / "deep.png"
    cv2.imwrite(str(place), folders.grey(1).astype(np.uint16) * 16)
    assert "12-bit" in records.image(place, PICTURE).notes[0]


@pytest.mark.parametrize(
    "pixels, style, labels",
    [
        (folders.disc(1), "0 and 255", [255]),
        (folders.disc(1, value=1), "0 and 1", [1]),
        (folders.disc(1, value=7), "labels", [7]),
        (np.zeros(folders.SIZE, np.uint8), "empty", []),
        (cv2.GaussianBlur(folders.disc(1), (0, 0), 1), "soft edges", [255]),
    ],
)
def test_styles_of_masks(tmp_path, pixels, style, labels):
    seen = records.mask(folders.save(tmp_path / "m.png", pixels), PICTURE)
    assert seen.style == style and len(seen.labels) == len(labels) and not seen.outline
    if style in ("0 and 255", "0 and 1", "soft edges"):
        assert seen.share == pytest.approx(load.mask(tmp_path / "m.png").mean(), abs=1e-3)


def test_a_line_is_told_from_an_area_and_filled(tmp_path):
    line = cv2.ellipse(np.zeros((200, 300), np.uint8), (150, 100), (90, 60), 15, 0, 360, 1, 1)
    seen = records.mask(folders.save(tmp_path / "m.png", line * 255), PICTURE)
    assert seen.outline
    assert masks.filled(line).sum() == pytest.approx(np.pi * 90 * 60, rel=0.03)
    bands = np.zeros((200, 300), np.uint8)
    bands[50:54], bands[120:124] = 255, 255  # two thin bands, as of aponeuroses, enclose nothing
    assert not records.mask(folders.save(tmp_path / "b.png", bands), PICTURE).outline


def test_what_is_no_mask_is_refused(tmp_path):
    place = folders.save(tmp_path / "m.png", folders.grey(1))
    with pytest.raises(errors.DataError, match="not a mask of two levels"):
        records.mask(place, PICTURE)
    with pytest.raises(errors.DataError, match="video is not read"):
        records.mask(place, VIDEO)


def test_volumes(tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    stack = np.stack([folders.grey(n) for n in range(3)])
    volume = sitk.GetImageFromArray(stack)
    volume.SetSpacing((0.3, 0.2, 1))
    sitk.WriteImage(volume, str(tmp_path / "c.mha"))
    seen = records.image(tmp_path / "c.mha", VOLUME)
    assert seen.frames == 3 and seen.spacing == (0.2, 0.3)
    mask = sitk.GetImageFromArray(folders.disc(1, value=1))
    mask.SetSpacing((0.3, 0.2))
    sitk.WriteImage(mask, str(tmp_path / "m.nii.gz"))
    assert records.mask(tmp_path / "m.nii.gz", VOLUME).share == (folders.disc(1) > 0).mean()


def test_a_video_is_counted_without_keeping_it(tmp_path):
    place = tmp_path / "v.avi"
    video = cv2.VideoWriter(str(place), cv2.VideoWriter_fourcc(*"MJPG"), 25, (160, 120))
    for frame in range(9):
        video.write(cv2.cvtColor(folders.grey(frame), cv2.COLOR_GRAY2BGR))
    video.release()
    frames, fps, first = videos.survey(place)
    whole = videos.cine(place)
    assert (frames, fps) == (len(whole.frames), whole.fps) == (9, 25)
    np.testing.assert_allclose(first, whole.frames[0])
    place.write_bytes(place.read_bytes()[:200])
    with pytest.raises(errors.FileError):
        videos.survey(place)


def test_levels_are_those_that_mask_decides_by(tmp_path):
    place = folders.save(tmp_path / "m.png", folders.disc(1, value=3))
    values, what = load.levels(place)
    assert what == "levels" and set(np.unique(values)) == {0, 3}
    np.testing.assert_array_equal(values == 3, load.mask(place, label=3) == 1)


@pytest.mark.parametrize(
    "levels",
    [
        (1, 255),
        (128, 255),
        (64, 255),
        (200, 255),
        (100, 200),
        (50, 100, 150),
        (255, 254),
        (2, 128),
        (31, 255),
        (85, 170, 255),
    ],
)
def test_two_structures_in_one_grey_mask_are_neither_joined_nor_dropped(tmp_path, levels):
    mask = np.zeros((120, 160), np.uint8)
    for number, level in enumerate(levels):
        mask[10 + 35 * number : 40 + 35 * number, 20:90] = level
    with pytest.raises(errors.DataError):
        records.mask(folders.save(tmp_path / "m.png", mask), PICTURE)


def test_soft_edges_of_one_structure_are_still_one(tmp_path):
    for number, size in enumerate(((3, 3), (5, 5), (9, 9))):
        mask = cv2.GaussianBlur(folders.disc(number), size, 0)
        seen = records.mask(folders.save(tmp_path / f"{number}.png", mask), PICTURE)
        assert seen.style == "soft edges" and seen.labels == [255]
    small = cv2.resize(folders.disc(4), (80, 60), interpolation=cv2.INTER_AREA)
    assert records.mask(folders.save(tmp_path / "s.png", small), PICTURE).style == "soft edges"


@pytest.mark.parametrize("at", [(60, 40), (90, 120), (20, 20), (120, 60)])
@pytest.mark.parametrize("radius", [8, 20, 30])
def test_a_mask_that_is_white_all_around_is_said_to_be_inverted(tmp_path, at, radius):
    rows, columns = np.mgrid[:150, :200]
    disc = np.hypot(rows - at[0], columns - at[1]) < radius
    for name, on in (("right", disc), ("wrong", ~disc)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), on.astype(np.uint8) * 255)
        assert records.mask(tmp_path / f"{name}.png", "picture").inverted == (name == "wrong")
