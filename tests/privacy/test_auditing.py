"""The audit: it finds what was left, and calls clean what is clean."""

import copy
import warnings

import cv2
import numpy as np
import pytest
from pydicom.dataset import Dataset

from course_utils.privacy import deidentification, sector, writing
from tests.privacy.test_deidentification import SALT, fan, header, opened, patient


@pytest.mark.slow
def test_audit_finds_what_was_planted():
    clean = deidentification.deidentify(header(), salt=SALT)
    assert deidentification.audit(clean) == []

    def kinds(change, clean=clean):
        spoiled = copy.deepcopy(clean)
        change(spoiled)
        return {(f.kind, f.severity) for f in deidentification.audit(spoiled)}

    assert kinds(lambda d: setattr(d, "InstitutionName", "St Elsewhere")) == {("tag", "high")}
    assert kinds(lambda d: setattr(d, "PatientBirthDate", "19610203")) == {("tag", "high")}
    assert kinds(lambda d: setattr(d, "SeriesTime", "1200")) == {("date or time", "high")}
    assert kinds(lambda d: setattr(d, "SOPInstanceUID", "1.2.3")) == {("UID", "high")}
    assert kinds(lambda d: d.private_block(0x19, "X", create=True).add_new(1, "LO", "Y")) == {
        ("private tag", "high")
    }
    assert kinds(lambda d: d.add_new(0x60003000, "OW", b"\1\1")) == {("overlay", "high")}
    assert kinds(lambda d: setattr(d.file_meta, "SourceApplicationEntityTitle", "W7")) == {
        ("file meta", "high")
    }
    cine = deidentification.deidentify(patient(fan(frames=4)[0]), salt=SALT)
    assert deidentification.audit(cine) == []
    assert kinds(lambda d: d.pop("BurnedInAnnotation"), cine) == {("statement", "check")}

    def text(d, where=(5, 14)):
        pixels = np.frombuffer(d.PixelData, np.uint8).reshape(-1, d.Rows, d.Columns).copy()
        cv2.putText(pixels[3], "JANE", where, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1)
        d.PixelData = pixels.tobytes()

    assert kinds(text, cine) == {("text outside the sector", "high")}
    assert str(deidentification.audit(opened("examples_palette"))[0]).startswith("[high]")


def test_text_inside_the_sector_is_pointed_at():
    pixels, _ = fan(frames=1)
    smooth = cv2.GaussianBlur(pixels[0], (0, 0), 2)
    cv2.putText(smooth, "BIOPSY", (170, 180), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1)
    found = writing.places(smooth / 255, sector.find(smooth / 255))
    (box, words) = found[0]
    assert len(found) == 1 and words.startswith("x ")
    assert 150 <= box[0] <= 169 and 181 <= box[3] <= 189  # a little beyond the letters
    x0, y0, x1, y1 = box
    smooth[y0 : y1 + 1, x0 : x1 + 1] = 0
    assert smooth[160:190, 150:260].max() < 200  # no edge of a letter stands


@pytest.mark.slow
def test_text_of_a_single_frame_is_pointed_at():
    cine, mask = fan(frames=8, text="")
    cv2.putText(cine[4], "JANE DOE", (150, 150), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 1)
    clean = deidentification.deidentify(patient(cine), salt=SALT)
    found, statement = deidentification.audit(clean)[::-1]
    assert "BurnedIn" in statement.where  # not 'NO' while something is left
    assert found.kind == "possible text in the sector" and "frame 4" in found.where
    cine[4] = cine[3]
    assert deidentification.audit(deidentification.deidentify(patient(cine), salt=SALT)) == []


def test_audit_looks_into_the_tags_that_may_stay():
    clean = deidentification.deidentify(header(), salt=SALT)

    def kinds(**tags):
        spoiled = copy.deepcopy(clean)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's, that these are no codes
            for keyword, value in tags.items():
                setattr(spoiled, keyword, value)
        return {(f.kind, f.severity) for f in deidentification.audit(spoiled)}

    item = Dataset()
    item.PatientName = "SECRET^Jane"
    assert kinds(SequenceOfUltrasoundRegions=[item]) == {("tag", "high")}
    assert kinds(ImageType=["ORIGINAL", "PRIMARY", "Secret Jane"]) == {("tag", "high")}
    assert kinds(BodyPartExamined="Jane's liver") == {("tag", "high")}
    assert kinds(BodyPartExamined="LIVER", CineRate="25", FrameTimeVector=["0", "40"]) == set()
    assert kinds(PatientName="SECRET^Jane") == {("tag", "check")}
    assert ("UID", "high") in kinds(PatientIdentityRemoved="NO")  # 2.25 alone proves nothing


@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        (
            "x/Schmidt_120463.dcm",
            {("date in a name", "high"), ("name of a person in a name", "high")},
        ),
        ("Meier_Anna/IM_0001.dcm", {("name of a person in a name", "high")}),
        ("a/485 777 3456.dcm", {("national number in a name", "high")}),
        ("a/иванов.dcm", {("possible name in a name", "check")}),
        ("a/MRN1234567.dcm", {("patient number in a name", "high")}),
        ("a/1.2.840.113619.2.55.3.dcm", {("DICOM number in a name", "check")}),
        ("schmidt/P01.dcm", set()),
        ("a/2.25.dcm", set()),
        ("a/image_0001.dcm", set()),
    ],
)
def test_the_name_of_a_file_is_audited_with_it(tmp_path, place, kinds):
    path = tmp_path / place
    path.parent.mkdir()
    deidentification.deidentify(header(), salt=SALT).save_as(path, enforce_file_format=True)
    assert {(f.kind, f.severity) for f in deidentification.audit(path)} == kinds
