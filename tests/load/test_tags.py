"""Optional tags that cannot be read."""

import pytest

from course_utils.load import dicom
from tests.load.test_dicom import made
from tests.load.test_sanity import said


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
