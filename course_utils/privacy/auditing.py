"""List what could still tell who the patient is: tags, identifiers, dates, overlays, and text
in the pixels.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import UID

from course_utils.core import errors, files
from course_utils.load import decoders, dicom
from course_utils.privacy import names, safe_tags, sector, writing

SECTIONS_OF_META = set(
    """SourceApplicationEntityTitle SendingApplicationEntityTitle ReceivingApplicationEntityTitle
    PrivateInformation PrivateInformationCreatorUID SourcePresentationAddress
    SendingPresentationAddress ReceivingPresentationAddress""".split()
)
SAYS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
MOST_BOXES = 12
PSEUDONYM = re.compile("P[0-9a-f]{12}")  # as `deidentify` makes them


@dataclass(frozen=True)
class Finding:
    """One thing that remains: its `kind`, `where` it is, `what` it says, `severity` ('high' or
    'check') and `advice`.
    """

    kind: str
    where: str
    what: str
    severity: str
    advice: str

    def __str__(self):
        return f"[{self.severity}] {self.kind} at {self.where}: {self.what}. {self.advice}"


def audit(dataset, pixels=None):
    """List what may identify the patient in a dataset (or a path) as a list of `Finding`; empty
    when nothing is left.

    'high' must go before the file leaves; 'check' needs a person's eye. Text inside the sector is
    found where it is built like a line of letters, callipers as crosses and dots; text outside only
    where the sector was found: an empty list is no proof. Of a path, its name and that of the folder
    around it are looked at, too. `pixels`: grey (H, W) or (T, H, W) already read of this dataset, so
    that they are not decoded again. Raises `FileError` when the file or its pixels cannot be read.
    """
    source = dicom.open_dataset(dataset)
    try:
        named = _named(dataset) if isinstance(dataset, (str, os.PathLike)) else ()
        found = (_tags(source), _meta(source), _statements(source), _pixels(source, pixels))
        return [*named, *(finding for each in found for finding in each)]
    except errors.CourseError:
        raise
    except Exception as error:  # a damaged file cannot be audited, and must not look clean
        raise errors.FileError(
            f"The file is damaged and could not be audited ({error})."
        ) from error


def _found(case, where, what=None, **facts):
    """The finding of a case of auditing.toml. what: what the file says there, if the case does not."""
    told = SAYS[case]
    kind, advice = (told[name].format(**facts) for name in ("kind", "advice"))
    return Finding(kind, where, told["what"] if what is None else what, told["severity"], advice)


def _named(path):
    """What the name of a file and its folder, as they were given, may tell of the patient."""
    place = Path(path)
    for where, name in (("folder", place.parent.name), ("file name", files.stem(place.name))):
        for what, text in names.in_name(name):
            if where == "folder" and what == names.POSSIBLE:
                continue  # more often the name of a project or of who works here
            sure = what not in (names.POSSIBLE, names.MAYBE_DATE, "DICOM number")
            yield _found("name" if sure else "possible_name", where, repr(text), who=what)


def _tags(source):
    for element in safe_tags.elements(source):
        if element.tag.element == 0:
            continue
        case = _case(source, element)
        if case:
            where = f"{_numbered(element)} {element.keyword or 'unknown'}"
            yield _found(case, where, None if "what" in SAYS[case] else _value(element))


def _case(source, element):
    """The case of auditing.toml that an element is; '' where nothing is to be said."""
    shifted = source.get("LongitudinalTemporalInformationModified") == "MODIFIED"
    removed = source.get("PatientIdentityRemoved") == "YES"
    word = element.keyword
    if element.tag.is_private:
        return "private_tag"
    if element.tag.group & 0xFF00 in (0x5000, 0x6000):
        return "overlay"
    if word in safe_tags.KEEP | safe_tags.PALETTE:
        if word in safe_tags.FREE_TEXT:
            known = str(element.value).strip() in safe_tags.manufacturers()
            return "" if known else "words"
        return "" if word == "PixelData" or safe_tags.is_whole(element) else "no_code"
    if word in safe_tags.DATES and shifted:
        return ""
    if word in safe_tags.UIDS:
        # Some scanners make such UIDs themselves, so the statement counts as well.
        return "" if removed and safe_tags.is_new_uid(element.value) else "uid"
    if word in safe_tags.WRITTEN and removed and word not in safe_tags.DATES:
        if word in safe_tags.EMPTIED:
            return "not_empty"
        if word.startswith("DeidentificationMethod"):
            return "" if safe_tags.own_words(element) else "words"
        return _own_name(source, element) if word in ("PatientName", "PatientID") else ""
    if safe_tags.is_technical(element):
        return ""
    return "date" if element.VR in ("DA", "TM", "DT") else "unsafe_tag"


def _own_name(source, element):
    """What is to be asked about PatientName or PatientID of a file that says to have none, or ''."""
    text = str(element.value)
    if element.keyword == "PatientName" and text != str(source.get("PatientID", "")):
        return "not_the_pseudonym"
    return "" if PSEUDONYM.fullmatch(text) or names.is_code(text) else "not_plainly_a_code"


def _meta(source):
    for element in getattr(source, "file_meta", None) or []:
        where = f"file meta {_numbered(element)} {element.keyword}"
        if element.keyword in SECTIONS_OF_META and not element.is_empty:
            yield _found("machine", where, _value(element))
        own = element.keyword == "MediaStorageSOPInstanceUID"
        if own and not safe_tags.is_new_uid(element.value):
            yield _found("uid", where, _value(element))
    if any(getattr(source, "preamble", None) or b""):
        yield _found("preamble", "preamble")


def _statements(source):
    if source.get("PatientIdentityRemoved") != "YES":
        said = str(source.get("PatientIdentityRemoved", "absent"))
        yield _found("not_said", "(0012,0062) PatientIdentityRemoved", said)
    if "PixelData" in source and source.get("BurnedInAnnotation") != "NO":
        said = str(source.get("BurnedInAnnotation", "absent"))
        yield _found("burned_in", "(0028,0301) BurnedInAnnotation", said)


def _pixels(source, grey):
    if "PixelData" not in source:
        return
    if grey is None:
        grey = dicom.grey(decoders.stored(source, "dataset"), "dataset")
    if not sector.can_judge(grey.shape):
        yield _found("too_small", "whole picture")
        return
    keep = sector.find(grey, sector.tissue_box(source, grey.shape[-2:]))
    if not keep.any() and grey.any():
        yield _found("no_sector", "whole picture")
    written, echoes = writing.text_outside(sector.brightest(grey), keep)
    for case, boxes in (("text_outside", written), ("echoes_outside", echoes)):
        for box in boxes:
            yield _found(case, writing.place(box))
    for box, where in writing.places(grey, keep)[:MOST_BOXES]:
        yield _found("text_inside", where, box=box)


def _numbered(element):
    return f"({element.tag.group:04X},{element.tag.element:04X})"


def _value(element):
    if element.VR in ("OB", "OW", "UN", "OF", "OD") and isinstance(element.value, bytes):
        return f"{len(element.value)} bytes"
    text = UID(element.value).name if element.VR == "UI" and element.VM == 1 else str(element.value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
