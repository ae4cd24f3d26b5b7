"""Take the patient out of a DICOM file: tags, identifiers, dates, and the text burned into the
pixels.

Follows DICOM PS3.15 Annex E, Basic Application Level Confidentiality Profile with the Clean Pixel
Data Option and the option to keep intervals between dates (modified dates). Tags are kept by
whitelist (`safe_tags`), pixels too (`sector`). No program can promise that nothing is left:
`auditing` lists what remains, and a person looks at the picture.
"""

import datetime
import hashlib
import hmac
import io
import secrets

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
    UID_dictionary,
)

from course_utils.core import errors, files, identity
from course_utils.load import decoders, dicom, sanity, tags
from course_utils.privacy import safe_tags, writing
from course_utils.privacy import sector as sectors
from course_utils.privacy.auditing import Finding, audit  # noqa: F401  (part of this module's interface)

SHORTEST_SALT = 12
LONGEST_SHIFT_DAYS = 3650
LOST = 0.005  # share of tissue whose loss is said
_SESSION_SALT = secrets.token_bytes(32)


def deidentify(dataset, salt=None, patient_id=None, boxes=(), sector=None):
    """Return a new dataset without the patient; `dataset` (or the file, if a path is given) stays
    as it is.

    `salt` is your secret (12 characters or more): files treated with the same salt get the same
    new UIDs, the same pseudonym and the same shift of dates for the same patient; without it a
    random one is used until Python ends. `patient_id` replaces the pseudonym. Pixels outside the
    acoustic sector become black in every frame; `sector` (bool, H x W) replaces the automatic
    search, `boxes` of (x0, y0, x1, y1) blank more, such as callipers in the tissue. Output is
    uncompressed, explicit VR little endian, grey or RGB. DeidentificationMethod says how much of
    the picture and of its bright tissue was blanked; BurnedInAnnotation becomes 'NO' only where
    nothing like writing was found afterwards. Raises `FileError` when the pixels cannot be read, `DataError` for
    an argument that does not fit.
    """
    salt = _salt(salt)
    source = dicom.open_dataset(dataset)
    try:
        clean = safe_tags.kept(source)
        _identify(clean, source, salt, patient_id)
        cleaned = _clean_pixels(clean, source, boxes, sector)
    except errors.CourseError:
        raise
    except (
        Exception
    ) as error:  # damaged tags fail in many ways; nothing half-cleaned may leave this function
        raise errors.FileError(
            f"The file is damaged and was not de-identified ({error})."
        ) from error
    _describe(clean, *cleaned)
    return clean


def save(dataset, path):
    """Write `dataset` to a new file and return its path. An existing file is never overwritten
    (`FileError`).
    """

    def _write(partial):
        try:
            dataset.save_as(partial, enforce_file_format=True)
        except (ValueError, TypeError, AttributeError) as error:
            raise errors.DataError(
                f"This dataset cannot be written as a DICOM file: {error}."
            ) from error

    return files.write_whole(path, _write)


def _salt(salt):
    if salt is None:
        return _SESSION_SALT
    secret = salt.encode("utf-8") if isinstance(salt, str) else salt
    if not isinstance(secret, bytes) or len(secret) < SHORTEST_SALT:
        raise errors.DataError(
            f"The salt is a secret text of at least {SHORTEST_SALT} characters: whoever can guess "
            "it can undo the pseudonyms."
        )
    return secret


def _identify(clean, source, salt, patient_id):
    """Pseudonym, new UIDs, shifted dates; required tags that must exist but may be empty."""
    patient = _patient(source)
    name = (
        str(patient_id)
        if patient_id is not None
        else "P" + _digest(salt, "patient", patient).hex()[:12]
    )
    if not name.strip() or len(name) > 64 or "\\" in name or not name.isprintable():
        raise errors.DataError("patient_id must be 1 to 64 plain characters, for example 'case07'.")
    clean.SpecificCharacterSet = "ISO_IR 192"
    sop = tags.text(source, "SOPClassUID")  # of the standard's own list: digits may be a birthday
    clean.SOPClassUID = sop if sop in UID_dictionary else SecondaryCaptureImageStorage
    for keyword in safe_tags.UIDS:
        if keyword in source or keyword in safe_tags.UIDS[:3]:
            setattr(clean, keyword, _uid(salt, _old_uid(source, keyword, patient)))
    for keyword in safe_tags.EMPTIED:
        setattr(clean, keyword, "")
    days = 1 + int.from_bytes(_digest(salt, "dates", patient)[:8], "big") % LONGEST_SHIFT_DAYS
    for keyword in safe_tags.DATES:
        if keyword in source or keyword == "StudyDate":
            setattr(clean, keyword, _shifted(tags.text(source, keyword), days))
    for keyword in safe_tags.NUMBERED:
        number = tags.text(source, keyword)
        if number and (keyword not in clean or safe_tags.could_be_a_date(clean[keyword].value)):
            digest = int.from_bytes(_digest(salt, keyword, number)[:4], "big")
            setattr(clean, keyword, 1 + digest % 9999)
    clean.PatientName = clean.PatientID = name


def _old_uid(source, keyword, patient):
    """The UID to remap; where it is missing, something else that is the same for what it names."""
    if source.get(keyword):
        return str(source[keyword].value)
    if keyword == "SOPInstanceUID":  # two pictures of one patient must not share it
        patient += hashlib.sha256(source.get("PixelData") or b"").hexdigest()
    return f"{keyword} of {patient}"


def _patient(source):
    """What tells this patient from others: the ID, else name and birth date, else the study; as
    `identity.key` has it, so that AB12 and ab12 are one person.
    """
    who = identity.key(tags.text(source, "PatientID"))
    if who:
        return f"id:{who}"
    name = identity.key(tags.text(source, "PatientName").strip(" ^"))
    if name:
        return f"name:{name}:{tags.text(source, 'PatientBirthDate')}"
    return "study:" + (tags.text(source, "StudyInstanceUID") or tags.text(source, "SOPInstanceUID"))


def _digest(salt, purpose, text):
    return hmac.new(
        salt, f"{purpose}|{text}".encode("utf-8", "surrogatepass"), hashlib.sha256
    ).digest()


def _uid(salt, old):
    return UID(f"2.25.{int.from_bytes(_digest(salt, 'uid', old)[:16], 'big')}")


def _shifted(date, days):
    try:
        day = datetime.datetime.strptime(str(date or "").strip().replace(".", ""), "%Y%m%d").date()
        return (day - datetime.timedelta(days=days)).strftime("%Y%m%d").zfill(8)
    except (ValueError, OverflowError):
        return ""


def _clean_pixels(clean, source, boxes, sector):
    """Write cleaned, uncompressed pixels into `clean`, frame by frame. Returns what was blanked, in
    words ('' where nothing could be judged), and whether nothing like writing is left.
    """
    if "PixelData" not in source:
        return "", False
    stored = decoders.stored(source, "dataset")
    grey = dicom.grey(stored, "dataset")
    shape = stored.shape
    judged = sector is not None or sectors.can_judge(grey.shape)
    box = sectors.tissue_box(source, shape)
    found = _given(sector, shape) if sector is not None else sectors.find(grey, box)
    keep = found & ~_boxes(boxes or (), shape)
    share = sectors.lost(grey, found) if judged else 0.0
    _say_what_goes(grey, found, keep, judged, share)
    grey *= keep
    left = writing.places(grey, keep) if judged else []
    del grey  # before the second decoding: never two whole cines in memory
    _store(clean, stored, keep, source)
    if not judged:
        return "", False
    if left:
        errors.warn(
            f"Something like writing or callipers is left in the picture ({left[0][1]}"
            f"{f' and {len(left) - 1} more places' if len(left) > 1 else ''}), so "
            "BurnedInAnnotation does not become 'NO'. Look at it, and blank it with boxes=."
        )
    return f"Blanked {1 - keep.mean():.1%} of the picture, {share:.1%} of bright tissue", not left


def _say_what_goes(grey, found, keep, judged, share):
    """Warn about a picture that could not be judged, one that becomes blank, and lost tissue."""
    if not judged:
        errors.warn(
            "The picture is too small to tell the acoustic sector from text: its pixels are kept. "
            "Look at it, and blank text with boxes=."
        )
    elif not found.any() and grey.any():
        errors.warn(
            "No acoustic sector was found, so the whole picture is black now. Give the part to "
            "keep with sector=."
        )
    elif not (sectors.brightest(grey) * keep).any():
        errors.warn(
            "The de-identified picture is blank: nothing was left after cleaning. Look at the "
            "original, and give the part to keep with sector=."
        )
    elif share > LOST:
        errors.warn(
            f"{share:.1%} of what looks like bright tissue was removed with the surroundings. "
            "Compare both pictures, and give the part to keep with sector= if it matters."
        )


def _store(clean, stored, keep, source):
    """Decode a second time, blank what is not kept and write the bytes."""
    clean.pop("PlanarConfiguration", None)
    if stored.colour:
        clean.PlanarConfiguration, allocated, kind = 0, 8, np.dtype("u1")
        bits, signed, black = 8, 0, 0
    else:
        allocated = max(8, int(source.get("BitsAllocated") or 8))
        signed, bits = int(stored.signed), stored.bits
        kind = np.dtype(f"<{'i' if signed else 'u'}{allocated // 8}")
        black = _black(stored, keep)
    # A buffer, for it hands its bytes on without a copy; an array of all frames would be one.
    content, goes = io.BytesIO(), ~keep
    for frame in stored.frames():
        frame = frame.astype(kind)
        frame[goes] = black
        content.write(frame.tobytes())
    content.write(b"\0" * (content.tell() % 2))
    if stored.count > 1 or tags.text(source, "NumberOfFrames"):
        clean.NumberOfFrames = stored.count  # the file may have claimed fewer than it holds
    clean.Rows, clean.Columns = stored.shape
    clean.SamplesPerPixel = 3 if stored.colour else 1
    clean.PhotometricInterpretation = (
        "RGB" if stored.colour else "MONOCHROME1" if stored.inverted else "MONOCHROME2"
    )
    clean.BitsAllocated, clean.BitsStored, clean.HighBit = allocated, bits, bits - 1
    clean.PixelRepresentation = signed
    clean.add_new("PixelData", "OB" if allocated == 8 else "OW", content.getvalue())


def _black(stored, keep):
    """The stored value of black. Of a file that uses fewer bits than it says, within those: a value
    beyond them would change how the rest is read. Warns where what is left uses fewer bits than the
    whole did, so that it will be read brighter.
    """
    low, high = 0, 2**stored.bits - 1
    if stored.bits > 8:
        extremes = [(int(frame.min()), int(frame.max())) for frame in stored.frames()]
        low, high = min(e[0] for e in extremes), max(e[1] for e in extremes)
    elif stored.signed:
        low = -(2 ** (stored.bits - 1))
    zero, full, _ = sanity.depth(low, high, stored.bits, stored.signed)
    if stored.bits > 8 and keep.any():
        kept = [frame[keep] for frame in stored.frames()]
        ends = min(int(k.min()) for k in kept), max(int(k.max()) for k in kept)
        left = sanity.depth(min(ends[0], zero), ends[1], stored.bits, stored.signed)[1]
        if left < full:
            errors.warn(
                f"The brightest values stood in what was blanked. What is left uses fewer bits, and is "
                f"read {full / left:.0f} times brighter than before: compare no grey levels with the "
                "original."
            )
    return zero + full if stored.inverted else zero


def _given(sector, shape):
    keep = np.asarray(sector)
    if keep.shape != tuple(shape):
        raise errors.DataError(
            f"sector has the shape {keep.shape}, the picture {tuple(shape)}: they must agree."
        )
    return keep.astype(bool)


def _boxes(boxes, shape):
    blank = np.zeros(shape, bool)
    for box in boxes:
        try:
            x0, y0, x1, y1 = (int(v) for v in box)
        except (TypeError, ValueError) as error:
            raise errors.DataError(
                f"A box is four numbers (x0, y0, x1, y1), not {box!r}."
            ) from error
        if not (0 <= x0 <= x1 < shape[1] and 0 <= y0 <= y1 < shape[0]):
            raise errors.DataError(
                f"The box {tuple(box)} is not inside the picture of {shape[1]} x {shape[0]} pixels."
            )
        blank[y0 : y1 + 1, x0 : x1 + 1] = True
    return blank


def _describe(clean, blanked, nothing_left):
    codes = [c for c in safe_tags.METHODS if blanked or c != "113101"]
    clean.PatientIdentityRemoved = "YES"
    clean.LongitudinalTemporalInformationModified = "MODIFIED"
    clean.DeidentificationMethod = [safe_tags.METHODS[c] for c in codes] + [blanked] * bool(blanked)
    clean.DeidentificationMethodCodeSequence = [_code(c) for c in codes]
    if nothing_left:
        clean.BurnedInAnnotation = "NO"
    meta = clean.file_meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = (
        clean.SOPClassUID,
        clean.SOPInstanceUID,
    )
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    meta.ImplementationVersionName = f"PYDICOM {pydicom.__version__}"[:16]


def _code(value):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = value, "DCM"
    item.CodeMeaning = safe_tags.METHODS[value]
    return item
