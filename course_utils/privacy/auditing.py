"""List what could still tell who the patient is: tags, identifiers, dates, overlays, and text
in the pixels.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import UID

from course_utils.core import errors, files
from course_utils.load import decoders, dicom
from course_utils.privacy import names, safe_tags, sector, writing

SECTIONS_OF_META = {
    "SourceApplicationEntityTitle",
    "SendingApplicationEntityTitle",
    "ReceivingApplicationEntityTitle",
    "PrivateInformation",
    "PrivateInformationCreatorUID",
    "SourcePresentationAddress",
    "SendingPresentationAddress",
    "ReceivingPresentationAddress",
}
MOST_BOXES = 12
WORDS = "Anybody can write anything here: read it"
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


def _named(path):
    """What the name of a file and its folder, as they were given, may tell of the patient."""
    place = Path(path)
    for where, name in (("folder", place.parent.name), ("file name", files.stem(place.name))):
        for what, text in names.in_name(name):
            if where == "folder" and what == names.POSSIBLE:
                continue  # more often the name of a project or of who works here
            sure = what not in (names.POSSIBLE, names.MAYBE_DATE, "DICOM number")
            advice = "Rename it before it leaves" if sure else "Rename it if it is one"
            yield Finding(
                f"{what} in a name", where, repr(text), "high" if sure else "check", advice
            )


def _tags(source):
    shifted = source.get("LongitudinalTemporalInformationModified") == "MODIFIED"
    removed = source.get("PatientIdentityRemoved") == "YES"
    for element in safe_tags.elements(source):
        where = (
            f"({element.tag.group:04X},{element.tag.element:04X}) {element.keyword or 'unknown'}"
        )
        if element.tag.element == 0:
            continue
        if element.tag.is_private:
            yield Finding(
                "private tag",
                where,
                _value(element),
                "high",
                "Vendors put anything here: remove it",
            )
        elif element.tag.group & 0xFF00 in (0x5000, 0x6000):
            yield Finding("overlay", where, "a drawing that may hold text", "high", "Remove it")
        elif element.keyword in safe_tags.KEEP | safe_tags.PALETTE:
            if element.keyword in safe_tags.FREE_TEXT:
                if str(element.value).strip() not in safe_tags.manufacturers():
                    yield Finding("words kept", where, _value(element), "check", WORDS)
            elif element.keyword != "PixelData" and not safe_tags.is_whole(element):
                advice = "Codes and numbers belong here, not text: remove what is none"
                yield Finding("tag", where, _value(element), "high", advice)
        elif element.keyword in safe_tags.DATES and shifted:
            continue
        elif element.keyword in safe_tags.UIDS:
            # Some scanners make such UIDs themselves, so the statement counts as well.
            if not (removed and safe_tags.is_new_uid(element.value)):
                yield Finding(
                    "UID",
                    where,
                    _value(element),
                    "high",
                    "It can be looked up in the archive: remap it",
                )
        elif (
            element.keyword in safe_tags.WRITTEN
            and removed
            and element.keyword not in safe_tags.DATES
        ):
            if element.keyword in safe_tags.EMPTIED:
                yield Finding("tag", where, _value(element), "high", "Empty it")
            elif element.keyword.startswith("DeidentificationMethod"):
                if not safe_tags.own_words(element):
                    yield Finding("words kept", where, _value(element), "check", WORDS)
            elif element.keyword in ("PatientName", "PatientID"):
                advice = _own_name(source, element)
                if advice:
                    yield Finding("tag", where, _value(element), "check", advice)
        elif not safe_tags.is_technical(element):
            kind = "date or time" if element.VR in ("DA", "TM", "DT") else "tag"
            advice = (
                "Shift or remove it" if kind != "tag" else "Not on the list of safe tags: remove it"
            )
            yield Finding(kind, where, _value(element), "high", advice)


def _own_name(source, element):
    """What is to be asked about PatientName or PatientID of a file that says to have none, or ''."""
    text = str(element.value)
    if element.keyword == "PatientName" and text != str(source.get("PatientID", "")):
        return "It is not the pseudonym in PatientID: is it the patient's own?"
    if PSEUDONYM.fullmatch(text) or names.is_code(text):
        return ""
    return "It is not plainly a code: is it the patient's own name or number?"


def _meta(source):
    for element in getattr(source, "file_meta", None) or []:
        where = f"file meta ({element.tag.group:04X},{element.tag.element:04X}) {element.keyword}"
        if element.keyword in SECTIONS_OF_META and not element.is_empty:
            yield Finding(
                "file meta", where, _value(element), "high", "Names a machine or a site: remove it"
            )
        if element.keyword == "MediaStorageSOPInstanceUID" and not safe_tags.is_new_uid(
            element.value
        ):
            yield Finding(
                "UID",
                where,
                _value(element),
                "high",
                "It can be looked up in the archive: remap it",
            )
    if any(getattr(source, "preamble", None) or b""):
        yield Finding(
            "file meta",
            "preamble",
            "the first 128 bytes are not empty",
            "check",
            "Save with an empty preamble",
        )


def _statements(source):
    if source.get("PatientIdentityRemoved") != "YES":
        yield Finding(
            "statement",
            "(0012,0062) PatientIdentityRemoved",
            str(source.get("PatientIdentityRemoved", "absent")),
            "check",
            "The file does not say that it was de-identified",
        )
    if "PixelData" in source and source.get("BurnedInAnnotation") != "NO":
        yield Finding(
            "statement",
            "(0028,0301) BurnedInAnnotation",
            str(source.get("BurnedInAnnotation", "absent")),
            "check",
            "Most scanners leave this out even where text is burned in: look at the pixels",
        )


def _pixels(source, grey):
    if "PixelData" not in source:
        return
    if grey is None:
        grey = dicom.grey(decoders.stored(source, "dataset"), "dataset")
    if not sector.can_judge(grey.shape):
        yield Finding(
            "pixels",
            "whole picture",
            "too small to tell the sector from text",
            "check",
            "Look at it",
        )
        return
    keep = sector.find(grey, sector.tissue_box(source, grey.shape[-2:]))
    if not keep.any() and grey.any():
        yield Finding(
            "pixels",
            "whole picture",
            "no acoustic sector was found: a page, a form, a drawing?",
            "check",
            "Look at it, and leave it out if it is not a scan",
        )
    written, echoes = writing.text_outside(sector.brightest(grey), keep)
    for box in written:
        yield Finding(
            "text outside the sector",
            writing.place(box),
            "pixels that are not plain screen",
            "high",
            "Blank it: deidentify keeps the sector only",
        )
    for box in echoes:
        yield Finding(
            "echoes outside the sector",
            writing.place(box),
            "tissue that the sector misses, or a drawing",
            "check",
            "deidentify blanks it: give the part to keep with sector= if it matters",
        )
    for box, where in writing.places(grey, keep)[:MOST_BOXES]:
        yield Finding(
            "possible text in the sector",
            where,
            "letters, numbers or callipers",
            "check",
            f"Look at it; blank it with boxes=[{box}] if it can identify someone",
        )


def _value(element):
    if element.VR in ("OB", "OW", "UN", "OF", "OD") and isinstance(element.value, bytes):
        return f"{len(element.value)} bytes"
    text = UID(element.value).name if element.VR == "UI" and element.VM == 1 else str(element.value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
