"""De-identification: nothing of the patient survives, the scan does, the original is untouched."""

import datetime
import tracemalloc
import warnings
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.datadict import DicomDictionary, dictionary_VR
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

from course_utils.core import errors
from course_utils.load import dicom
from course_utils.privacy import deidentification, safe_tags

WHEEL = Path(pydicom.__file__).parent / "data" / "test_files"
NAMES = ("examples_palette", "examples_ybr_color", "examples_rgb_color", "examples_jpeg2k")
SALT = "a long secret of the clinic"
# Header and menu of each picture: what is written there must be gone. (x0, y0, x1, y1)
TEXT = {
    "examples_palette": [
        (0, 0, 799, 60),
        (0, 60, 90, 260),
        (120, 80, 310, 108),
        (312, 60, 332, 84),
        (775, 80, 799, 349),
    ],
    "examples_ybr_color": [
        (0, 0, 40, 30),
        (296, 10, 319, 145),
        (280, 195, 300, 210),
        (30, 224, 290, 239),
    ],
    "examples_rgb_color": [(0, 0, 319, 51), (0, 175, 319, 239)],
    "examples_jpeg2k": [(0, 0, 639, 103), (0, 345, 639, 479)],
}


def opened(name):
    return pydicom.dcmread(WHEEL / f"{name}.dcm")


def fan(height=300, width=400, frames=6, text="DOE^JANE 1961", seed=0):
    """A synthetic cine: a fan of speckle, text in the corner; and the fan's mask."""
    y, x = np.mgrid[:height, :width]
    angle, radius = np.arctan2(x - width / 2, y + 20), np.hypot(x - width / 2, y + 20)
    mask = (np.abs(angle) < 0.6) & (radius > 60) & (radius < 280)
    noise = np.random.default_rng(seed).rayleigh(40, (frames, height, width)).clip(1, 255)
    cine = (noise * mask).astype(np.uint8)
    for frame in cine:
        cv2.putText(frame, text, (5, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1)
        cv2.putText(frame, "MI 1.1", (330, 292), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 200, 1)
    return cine, mask


def patient(pixels, **tags):
    """A dataset full of identifiers around these grey pixels."""
    scan = Dataset()
    scan.file_meta = FileMetaDataset()
    scan.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    scan.file_meta.SourceApplicationEntityTitle = "WARD7SECRET"
    scan.SOPClassUID = UltrasoundMultiFrameImageStorage
    scan.SOPInstanceUID, scan.StudyInstanceUID, scan.SeriesInstanceUID = (
        "1.2.3.4",
        "1.2.3",
        "1.2.3.5",
    )
    scan.Modality, scan.SamplesPerPixel, scan.PhotometricInterpretation = "US", 1, "MONOCHROME2"
    scan.Rows, scan.Columns = pixels.shape[-2:]
    scan.BitsAllocated, scan.BitsStored, scan.HighBit, scan.PixelRepresentation = 8, 8, 7, 0
    scan.PixelData = pixels.tobytes()
    if pixels.ndim == 3:
        scan.NumberOfFrames, scan.FrameTime = len(pixels), "40"
    scan.PatientName, scan.PatientID, scan.PatientBirthDate = "SECRET^Jane", "SECRET-77", "19610203"
    scan.StudyDate, scan.StudyTime, scan.ContentDate, scan.AcquisitionDateTime = (
        "20200229",
        "1530",
        "20200302",
        "20200302",
    )
    for keyword, value in tags.items():
        setattr(scan, keyword, value)
    return scan


def header(**tags):
    """The same identifiers without a picture, for what depends on tags alone."""
    scan = patient(np.zeros((8, 8), np.uint8), **tags)
    del scan.PixelData
    return scan


def quietly(function, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **options)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_real_files_lose_their_text_and_keep_their_tissue(name):
    source = opened(name)
    clean = deidentification.deidentify(source, salt=SALT)
    before, after = quietly(dicom.read, source), quietly(dicom.read, clean)
    for x0, y0, x1, y1 in TEXT[name]:
        assert after.pixels[..., y0 : y1 + 1, x0 : x1 + 1].max() < 0.01  # JPEG noise at most
        assert before.pixels[..., y0 : y1 + 1, x0 : x1 + 1].max() > 0.3
    kept = after.pixels.max(axis=0) > 0 if after.pixels.ndim == 3 else after.pixels > 0
    assert np.array_equal(before.pixels[..., kept], after.pixels[..., kept])
    assert kept.mean() > 0.25
    assert before.spacing == after.spacing and before.fps == after.fps
    assert clean.PatientIdentityRemoved == "YES"
    left = [f for f in deidentification.audit(clean) if f.kind == "possible text in the sector"]
    assert ("BurnedInAnnotation" in clean) == (not left)  # NO only where nothing was found
    assert not [f for f in deidentification.audit(clean) if f.severity == "high"]
    high = {f.kind for f in deidentification.audit(source) if f.severity == "high"}
    assert {"tag", "UID", "date or time", "text outside the sector"} <= high


@pytest.mark.slow
def test_callipers_survive_and_are_pointed_out_and_can_be_blanked():
    source = opened("examples_palette")
    clean = deidentification.deidentify(source, salt=SALT)
    scan = quietly(dicom.read, clean)
    assert scan.distance_mm((459.5, 290.5), (498.5, 301.5)) == pytest.approx(10.628, abs=5e-4)
    assert scan.pixels[284:298, 453:467].max() > 0.8
    assert sum(f.kind == "possible text in the sector" for f in deidentification.audit(clean)) == 2
    blank = deidentification.deidentify(source, salt=SALT, boxes=[(450, 280, 510, 310)])
    assert quietly(dicom.read, blank).pixels[280:311, 450:511].max() == 0
    assert [f.kind for f in deidentification.audit(blank)] == ["words kept"]
    assert blank.BurnedInAnnotation == "NO" and "BurnedInAnnotation" not in clean


@pytest.mark.slow
def test_the_input_is_untouched():
    for name in NAMES:
        source = opened(name)
        reference, data = opened(name), (WHEEL / f"{name}.dcm").read_bytes()
        deidentification.deidentify(source, salt=SALT)
        assert source == reference and source.file_meta == reference.file_meta
        assert (
            source.PixelData == reference.PixelData and (WHEEL / f"{name}.dcm").read_bytes() == data
        )


@pytest.mark.slow
def test_no_identifier_survives_anywhere_in_the_bytes(tmp_path):
    scan = patient(fan(frames=2)[0])
    for keyword in (
        "InstitutionName",
        "ReferringPhysicianName",
        "OperatorsName",
        "StationName",
        "StudyDescription",
        "SeriesDescription",
        "AccessionNumber",
        "DeviceSerialNumber",
        "PatientAddress",
        "OtherPatientIDs",
        "ImageComments",
        "ProtocolName",
        "RequestingPhysician",
        "MilitaryRank",
        "PatientComments",
        "DerivationDescription",
        "TransducerData",
        "StudyID",
        "PerformedProcedureStepDescription",
    ):
        setattr(scan, keyword, "SECRET")
    inner = Dataset()
    inner.PatientName, inner.TextValue = "SECRET", "SECRET"
    scan.RequestAttributesSequence, scan.SourceImageSequence = [inner], [inner]
    scan.private_block(0x0019, "SECRET Inc", create=True).add_new(1, "LO", "SECRET")
    scan.add_new(0x60000022, "LO", "SECRET")
    scan.add_new(0x50000040, "LO", "SECRET")
    scan.add_new(0x00091001, "UN", b"SECRET")
    region = Dataset()
    region.RegionDataType, region.PatientComments = 1, "SECRET"
    scan.SequenceOfUltrasoundRegions = [region]
    quietly(scan.add_new, 0x00080064, "CS", "secret (Jane)")
    clean = deidentification.deidentify(scan, salt=SALT)
    path = deidentification.save(clean, tmp_path / "clean.dcm")
    data = path.read_bytes()
    for secret in (
        b"SECRET",
        b"secret",
        b"Jane",
        b"1961",
        b"20200229",
        b"20200302",
        b"1.2.3",
        b"WARD7",
    ):
        assert secret not in data, secret
    assert data[:128] == bytes(128)
    assert [f for f in deidentification.audit(path) if f.severity == "high"] == []


def every_text_keyword():
    return [
        entry[4]
        for tag, entry in DicomDictionary.items()
        if entry[0]
        in ("PN", "LO", "SH", "ST", "LT", "UT", "UC", "UR", "DA", "TM", "DT", "AE", "AS")
        and entry[4]
        and tag >> 16 not in (0, 2)
        and not entry[3]
    ]


def test_every_free_text_of_the_dictionary_is_removed():
    values = {
        "DA": "19991231",
        "TM": "235959",
        "DT": "19991231235959",
        "AS": "042Y",
        "AE": "SECRETAE",
        "UR": "http://secret",
    }
    scan, keywords = Dataset(), every_text_keyword()
    for keyword in keywords:
        setattr(scan, keyword, values.get(dictionary_VR(keyword), "SECRET"))
    clean = quietly(deidentification.deidentify, scan, salt=SALT)
    assert len(keywords) > 700
    left = {e.keyword: str(e.value) for e in clean if not e.is_empty}
    assert not [k for k, v in left.items() if "SECRET" in v]
    assert not [
        k
        for k, v in left.items()
        if k not in safe_tags.UIDS  # whose digits are a digest
        and any(s in v for s in ("19991231", "2359", "042Y", "secret"))
    ]
    assert set(left) <= safe_tags.KEEP | safe_tags.WRITTEN


def test_same_salt_same_patient_same_mapping():
    first = deidentification.deidentify(header(), salt=SALT)
    second = deidentification.deidentify(
        header(SOPInstanceUID="1.2.3.9", StudyDate="20200310"), salt=SALT
    )
    assert first.PatientID == second.PatientID and first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID

    def day(text):
        return datetime.datetime.strptime(text, "%Y%m%d")

    assert day(second.StudyDate) - day(first.StudyDate) == datetime.timedelta(days=10)
    assert day(first.ContentDate) - day(first.StudyDate) == datetime.timedelta(days=2)
    assert day(first.StudyDate) < day("20200229")
    other = deidentification.deidentify(header(), salt=SALT + "!")
    assert other.PatientID != first.PatientID and other.StudyInstanceUID != first.StudyInstanceUID
    someone = deidentification.deidentify(header(PatientID="SECRET-78"), salt=SALT)
    assert someone.PatientID != first.PatientID
    unsalted = [deidentification.deidentify(header()).PatientID for _ in range(2)]
    assert unsalted[0] == unsalted[1]
    for uid in (first.SOPInstanceUID, first.StudyInstanceUID):
        assert uid.is_valid and uid.startswith("2.25.") and len(uid) <= 64


def test_patients_without_an_id_are_not_merged():
    def pseudonym(**tags):
        return deidentification.deidentify(header(PatientID="", **tags), salt=SALT).PatientID

    assert pseudonym(PatientName="A^B") != pseudonym(PatientName="A^C")
    assert pseudonym(PatientName="", StudyInstanceUID="1.2") != pseudonym(
        PatientName="", StudyInstanceUID="1.3"
    )


@pytest.mark.parametrize("salt", ["short", b"short", 5])
def test_a_weak_salt_is_refused(salt):
    with pytest.raises(errors.DataError, match="salt"):
        deidentification.deidentify(header(), salt=salt)


def test_own_pseudonym():
    assert deidentification.deidentify(header(), patient_id="case07").PatientName == "case07"
    for wrong in ("", "a\\b", "x" * 65, "line\nbreak"):
        with pytest.raises(errors.DataError, match="patient_id"):
            deidentification.deidentify(header(), patient_id=wrong)


@pytest.mark.parametrize("frames", [None, 1, 3])
def test_text_around_a_fan_goes_in_every_frame_and_the_fan_stays(frames):
    pixels, mask = fan(frames=frames or 1)
    clean = deidentification.deidentify(patient(pixels if frames else pixels[0]), salt=SALT)
    after = np.atleast_3d(dicom.read(clean).pixels.T).T
    assert len(after) == (frames or 1)
    assert after[:, ~cv2.dilate(mask.astype(np.uint8), np.ones((3, 3))).astype(bool)].max() == 0
    assert (after[:, mask] > 0).mean() > 0.97
    assert clean.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_a_screen_that_is_not_quite_black():
    pixels, mask = fan(frames=1)
    clean = deidentification.deidentify(patient(np.maximum(pixels[0], 16)), salt=SALT)
    after = dicom.read(clean).pixels
    assert after[:20, :150].max() == 0 and (after[mask] > 0).mean() > 0.97


@pytest.mark.slow
def test_a_frozen_cine_is_cleaned_like_a_still():
    pixels, mask = fan(frames=1)
    clean = deidentification.deidentify(patient(np.repeat(pixels, 3, axis=0)), salt=SALT)
    after = dicom.read(clean).pixels
    assert after[:, :20, :150].max() == 0 and (after[:, mask] > 0).mean() > 0.97


def test_monochrome1_is_blanked_to_white_which_is_its_black():
    pixels, mask = fan(frames=2)
    clean = deidentification.deidentify(
        patient(255 - pixels, PhotometricInterpretation="MONOCHROME1"), salt=SALT
    )
    after = dicom.read(clean).pixels
    assert after[:, :20, :150].max() == 0 and (after[:, mask] > 0).mean() > 0.97


@pytest.mark.slow
def test_own_sector_and_wrong_arguments():
    pixels, mask = fan(frames=2)
    keep = np.zeros(mask.shape, bool)
    keep[100:200, 150:250] = True
    after = dicom.read(deidentification.deidentify(patient(pixels), sector=keep)).pixels
    assert after[:, ~keep].max() == 0 and after[:, keep].max() > 0
    with pytest.raises(errors.DataError, match="shape"):
        deidentification.deidentify(patient(pixels), sector=keep[:50])
    for box in ((1, 2, 3), (0, 0, 5000, 5), (9, 9, 3, 3), "abcd"):
        with pytest.raises(errors.DataError, match="box"):
            deidentification.deidentify(patient(pixels), boxes=[box])


def test_no_claim_about_pixels_that_nobody_looked_at():
    with pytest.warns(errors.CourseWarning, match="too small"):
        clean = deidentification.deidentify(opened("ExplVR_BigEnd"), salt=SALT)
    assert "BurnedInAnnotation" not in clean
    assert "113101" not in [c.CodeValue for c in clean.DeidentificationMethodCodeSequence]
    kinds = {f.kind for f in deidentification.audit(clean)}
    assert kinds == {"statement", "pixels", "words kept"}
    empty = patient(np.zeros((200, 200), np.uint8))
    assert deidentification.deidentify(empty, salt=SALT).BurnedInAnnotation == "NO"
    dots = np.zeros((200, 200), np.uint8)
    dots[::40, ::40] = 255
    with pytest.warns(errors.CourseWarning, match="No acoustic sector"):
        blind = deidentification.deidentify(patient(dots), salt=SALT)
    assert not dicom.read(blind).pixels.any()


def test_save_never_overwrites(tmp_path):
    clean = deidentification.deidentify(patient(fan(frames=2)[0]), salt=SALT)
    path = deidentification.save(clean, tmp_path / "clean.dcm")
    before = path.read_bytes()
    with pytest.raises(errors.FileError, match="never overwritten"):
        deidentification.save(clean, path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["clean.dcm"]
    again = dicom.read(path)
    assert np.array_equal(again.pixels, dicom.read(clean).pixels) and again.fps == 25
    with pytest.raises(errors.DataError, match="cannot be written"):
        deidentification.save(Dataset(), tmp_path / "other.dcm")
    assert not (tmp_path / "other.dcm").exists()


def test_a_file_without_pixels_loses_its_text_too():
    clean = quietly(deidentification.deidentify, opened("reportsi"), salt=SALT)
    assert "ContentSequence" not in clean and "BurnedInAnnotation" not in clean
    assert {f.severity for f in deidentification.audit(opened("reportsi"))} >= {"high"}
    assert deidentification.audit(clean) == []


@pytest.mark.slow
def test_missing_identifiers_and_wrong_counts_of_frames():
    cine = fan(frames=3)[0]
    first, second = patient(cine), patient(np.flip(cine, axis=2).copy())
    del first.SOPInstanceUID, second.SOPInstanceUID
    one, two, again = (deidentification.deidentify(d, salt=SALT) for d in (first, second, first))
    assert one.SOPInstanceUID == again.SOPInstanceUID != two.SOPInstanceUID
    few = quietly(
        deidentification.deidentify, patient(cine, NumberOfFrames=2), salt=SALT, boxes=None
    )
    assert few.NumberOfFrames == len(cine) == len(dicom.read(few).pixels)


@pytest.mark.slow
def test_never_two_whole_cines_in_memory():
    cine, _ = fan(120, 160, frames=400, text="")
    scan = patient(cine)
    scan.SamplesPerPixel, scan.PhotometricInterpretation, scan.PlanarConfiguration = 3, "RGB", 0
    scan.PixelData = np.repeat(cine[..., None], 3, axis=3).tobytes()
    tracemalloc.start()
    try:
        clean = quietly(deidentification.deidentify, scan, salt=SALT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(clean.PixelData) == len(scan.PixelData)
    assert peak < 1.4 * 4 * cine.size  # grey decimals, once


@pytest.mark.slow
def test_what_was_blanked_is_said_in_the_file():
    cine, mask = fan(frames=1)
    clean = deidentification.deidentify(patient(cine[0]), salt=SALT)
    whole = clean.DeidentificationMethod[-1]
    assert whole == f"Blanked {1 - kept_share(clean):.1%} of the picture, 0.0% of bright tissue"
    half = mask & (np.arange(mask.shape[1]) < mask.shape[1] // 2)
    with pytest.warns(errors.CourseWarning, match="of what looks like bright tissue was removed"):
        cut = deidentification.deidentify(patient(cine[0]), salt=SALT, sector=half)
    share = float(cut.DeidentificationMethod[-1].split(", ")[1].split("%")[0])
    assert 10 < share < 60  # as far as the tissue is near the half that was kept
    assert deidentification.audit(clean) == []


def kept_share(clean):
    """The share of pixels that the sector of a cleaned file keeps."""
    from course_utils.privacy import sector

    return sector.find(dicom.read(clean).pixels).mean()


@pytest.mark.parametrize(
    "tag", [{"SOPClassUID": "1.2.840.10008.19630412"}, {"SpecificCharacterSet": "SECRET"}]
)
def test_statements_about_the_file_are_the_standards_own(tag):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scan = patient(fan(frames=1)[0][0], **tag)
        told = [finding for finding in deidentification.audit(scan) if [*tag][0] in finding.where]
        clean = quietly(deidentification.deidentify, scan, salt=SALT)
    assert told and told[0].severity == "high"
    assert clean[[*tag][0]].value not in tag.values()
