"""What a safe tag may say: defined terms, numbers in their range, machines that are known."""

import warnings

import pytest
from pydicom.dataset import Dataset

from course_utils.load import dicom
from course_utils.privacy import deidentification, safe_tags
from tests.privacy.test_deidentification import SALT, fan, header, patient


def with_tag(keyword, value):
    scan = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, that this is no code
        setattr(scan, keyword, value)
    return scan


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("Manufacturer", "St Mary Hospital Anna Meier 1963"),
        ("ManufacturerModelName", "VIVID E95 DR SCHMIDT ROOM 3"),
        ("ManufacturerModelName", "LOGIQ 120463"),
        ("ManufacturerModelName", "Anna Meier"),
        ("ManufacturerModelName", "MEIER"),
        ("BodyPartExamined", "ANNA MEIER"),
        ("BodyPartExamined", "MEIER_120463"),
        ("TransducerType", "SCHMIDT"),
        ("PatientOrientation", "MEIER"),
        ("Laterality", "MEIER"),
        ("ConversionType", "M120463"),
        ("LossyImageCompressionMethod", "MEIER ANNA"),
        ("SeriesNumber", "19630412"),
        ("InstanceNumber", "4711081"),
        ("HeartRate", "19630412"),
        ("CineRate", "120463"),
        ("DepthOfScanField", "120463"),
        ("FrameTime", "19630412"),
        ("WindowCenter", "19630412"),
        ("TriggerTime", "4711081.5"),
        ("PixelAspectRatio", ["12", "041963"]),
    ],
)
def test_words_and_numbers_that_tell_are_dropped(keyword, value):
    scan = with_tag(keyword, value)
    assert keyword not in safe_tags.kept(scan)
    findings = deidentification.audit(scan)
    kind = ("words kept", "check") if keyword in safe_tags.FREE_TEXT else ("tag", "high")
    assert kind in {(f.kind, f.severity) for f in findings if f.where.endswith(keyword)}


@pytest.mark.parametrize(
    ("keyword", "value", "left"),
    [
        ("Manufacturer", "GE Healthcare, ward of Dr Meier", "GE Healthcare"),
        ("Manufacturer", "GE Vingmed Ultrasound", "GE Healthcare"),
        ("Manufacturer", "Philips Medical Systems", "Philips"),
        ("Manufacturer", "SonoSite, Inc.", "Fujifilm SonoSite"),
        ("Manufacturer", "TOSHIBA_MEC", "Canon"),
        ("ManufacturerModelName", "VIVID E95", "VIVID E95"),
        ("ManufacturerModelName", "LOGIQ 700", "LOGIQ 700"),
        ("ManufacturerModelName", "CX50", "CX50"),
        ("ManufacturerModelName", "iU22", "iU22"),
        ("ManufacturerModelName", "EPIQ 7C", "EPIQ 7C"),
        ("ManufacturerModelName", "MyLab Class C", None),
        ("ManufacturerModelName", "LOGIQ E10 XDclear", "LOGIQ E10 XDclear"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "SMALL PARTS", "0001"], None),
        ("ImageType", ["ORIGINAL", "PRIMARY", "ANNA MEIER"], ["ORIGINAL", "PRIMARY"]),
        ("BodyPartExamined", "CALF", "CALF"),
        ("PatientOrientation", ["LA", "F"], None),
        ("CineRate", "30", 30),
        ("FrameTime", "33.3", 33.3),
    ],
)
def test_what_is_known_stays(keyword, value, left):
    clean = safe_tags.kept(with_tag(keyword, value))
    if keyword == "ManufacturerModelName" and left is None:
        assert keyword not in clean  # a letter of its own is no number: dropped, not guessed
    else:
        assert clean[keyword].value == (value if left is None else left)


@pytest.mark.parametrize("number", ["19630412", "120463", "630412", "4711081"])
@pytest.mark.parametrize("keyword", safe_tags.NUMBERED)
def test_numbers_that_could_be_a_date_are_numbered_anew(keyword, number):
    clean = deidentification.deidentify(header(**{keyword: number}), salt=SALT)
    again = deidentification.deidentify(header(**{keyword: number}), salt=SALT)
    assert clean[keyword].value == again[keyword].value != int(number)
    assert not safe_tags.could_be_a_date(clean[keyword].value)


def test_small_numbers_keep_their_order():
    for number in ("1", "17", "1203"):
        clean = deidentification.deidentify(header(InstanceNumber=number), salt=SALT)
        assert str(clean.InstanceNumber) == number


def test_audit_lists_the_words_that_were_kept():
    scan = header(Manufacturer="SIEMENS", ManufacturerModelName="ACUSON S2000")
    clean = deidentification.deidentify(scan, salt=SALT)
    assert clean.Manufacturer == "Siemens" and clean.ManufacturerModelName == "ACUSON S2000"
    assert [f.what for f in deidentification.audit(clean) if f.kind == "words kept"] == [
        "'ACUSON S2000'"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("AB12", "ab12"), ("AB12 ", "AB12"), ("Ａ1", "a1"), ("7.0", "7"), ("ab\u201112", "AB-12")],
)
def test_one_patient_has_one_pseudonym(one, other):
    names = {
        str(deidentification.deidentify(header(PatientID=who), salt=SALT).PatientID)
        for who in (one, other)
    }
    assert len(names) == 1


@pytest.mark.slow
def test_a_tag_that_cannot_be_read_is_dropped_and_said():
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    scan = patient(fan(frames=1)[0])
    tag = Tag("PixelSpacing")
    scan._dict[tag] = RawDataElement(tag, "DS", 6, b"0,143 ", 0, False, True)
    assert any("PixelSpacing" in f.where for f in deidentification.audit(scan))
    clean = deidentification.deidentify(scan, salt=SALT)
    assert "PixelSpacing" not in clean and dicom.read(clean).pixels.any()


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ManufacturerModelName", "Vivid E9 1204 63"),  # a date in pieces
        ("ManufacturerModelName", "LOGIQ ann12 mei63"),
        ("ManufacturerModelName", "Epiq 1963"),
        ("FrameIncrementPointer", 0x19630412),  # the number of no tag
    ],
)
def test_numbers_in_pieces_and_tags_that_are_none_are_dropped(keyword, value):
    assert keyword not in safe_tags.kept(with_tag(keyword, value))


@pytest.mark.parametrize(
    ("keyword", "value", "left"),
    [
        ("Manufacturer", "Siemens-Acuson", "Siemens"),
        ("Manufacturer", "Hitachi-Aloka Medical,Ltd", "Hitachi"),
        ("ManufacturerModelName", "LOGIQE9", "LOGIQE9"),
        ("ManufacturerModelName", "Vivid i", "Vivid i"),
        ("ManufacturerModelName", "SSA-790A", "SSA-790A"),
        ("BodyPartExamined", "Heart", "HEART"),
    ],
)
def test_usual_spellings_stay(keyword, value, left):
    assert safe_tags.kept(with_tag(keyword, value))[keyword].value == left


@pytest.mark.parametrize(
    ("keyword", "value", "level"),
    [
        ("DeidentificationMethod", "removed by Anna Meier, MRN 4711", "check"),
        ("PatientID", "MEIER^ANNA", "check"),
        ("PatientID", "19630412", "check"),
        ("StudyInstanceUID", "2.25.19630412", "high"),
    ],
)
def test_what_a_file_that_says_to_be_clean_wrote_itself_is_looked_at(keyword, value, level):
    scan = Dataset()
    scan.PatientIdentityRemoved = "YES"
    scan.PatientID = "P01"
    assert not deidentification.audit(scan)
    setattr(scan, keyword, value)
    assert [f.severity for f in deidentification.audit(scan)] == [level]


def test_own_statements_are_no_words_kept():
    scan = Dataset()
    scan.DeidentificationMethod = [
        *safe_tags.METHODS.values(),
        "Blanked 41.2% of the picture, 0.0% of bright tissue",
    ]
    assert safe_tags.own_words(scan["DeidentificationMethod"])
    scan.DeidentificationMethod = "Blanked for Anna Meier"
    assert not safe_tags.own_words(scan["DeidentificationMethod"])
