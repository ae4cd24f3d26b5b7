"""Frames per second of DICOM cines, and frames that are no moments."""

import warnings

import pytest
from pydicom.dataset import Dataset

from course_utils.core import errors
from course_utils.load import dicom, frame_rate
from tests.load.test_dicom import made, region
from tests.load.test_sanity import said

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


@pytest.mark.parametrize(
    ("tags", "fps"),
    [
        ({"FrameTime": "40"}, 25),
        ({"FrameTimeVector": [0, 20, 20]}, 50),
        ({"CineRate": 30}, 30),
        ({"FrameTime": "20", "CineRate": 10}, 50),
    ],
)
def test_frame_rate(tags, fps):
    assert dicom.read(made([region()], (3, 480, 640), **tags)).fps == pytest.approx(fps)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"FrameTimeVector": [0, 10, 30]}, "uneven"),
        ({"RecommendedDisplayFrameRate": 15}, "recommended"),
        ({}, "no frame rate"),
        ({"FrameTime": "0.001"}, "cannot be right"),
        ({"FrameTime": "0"}, "no frame rate"),
    ],
)
def test_doubtful_frame_rates_warn(tags, words):
    with pytest.warns(errors.CourseWarning, match=words):
        dicom.read(made([region()], (3, 480, 640), **tags))


@pytest.mark.parametrize(
    ("rate", "own", "fps", "words"),
    [
        (30, 30.5, 30, ""),
        (30, 50, 30, "The list counts"),
        (30, None, 30, ""),
        (0, 25, 25, "movie's own 25 count"),
        (33333, None, None, "unknown"),
        (None, 0, None, ""),
        (float("nan"), 25, 25, ""),
        (30, float("nan"), 30, ""),
    ],
)
def test_the_rate_of_a_list_against_that_of_a_movie(rate, own, fps, words):
    found, remark = frame_rate.listed(rate, own)
    assert found == fps and words in remark and bool(words) == bool(remark)


def several(**tags):
    scan = made(shape=(4, 5), NumberOfFrames=6, **tags)
    scan.PixelData = bytes(range(120))
    return scan


@pytest.mark.parametrize(
    "tags",
    [
        {"Modality": "CT"},
        {"Modality": "SEG", "FrameTime": 40},
        {"GridFrameOffsetVector": [0, 1, 2, 3, 4, 5]},
        {"FrameIncrementPointer": 0x00201041, "FrameTime": 40},  # SliceLocation
    ],
)
def test_slices_and_tiles_are_no_moments(tags):
    with pytest.raises(errors.DataError, match="not moments in time"):
        dicom.read(several(**tags))


def test_frames_at_several_places_are_no_moments():
    def frame(place):
        plane, item = Dataset(), Dataset()
        plane.ImagePositionPatient = [0, 0, place]
        item.PlanePositionSequence = [plane]
        return item

    with pytest.raises(errors.DataError, match="several places"):
        dicom.read(several(PerFrameFunctionalGroupsSequence=[frame(k) for k in range(6)]))
    still = several(PerFrameFunctionalGroupsSequence=[frame(0)] * 6, FrameTime=40)
    assert said(dicom.read, still)[0].fps == 25


@pytest.mark.parametrize("pointer", [0x0008002A, 0, [0x00181063, 0x00181065]])
def test_a_pointer_to_another_time_or_to_nothing_is_no_stack(pointer):
    scan, _ = said(dicom.read, several(FrameIncrementPointer=pointer, FrameTime=40))
    assert scan.fps == 25


def test_moments_in_the_place_of_steps_are_understood():
    scan, words = said(dicom.read, several(FrameTimeVector=[0, 20, 40, 60, 80, 100]))
    assert scan.fps == 50 and "moments" in words
