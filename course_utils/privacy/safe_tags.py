"""Which tags may leave the hospital: a whitelist, so that an unknown tag is removed rather than
overlooked.

DICOM PS3.15 Annex E lists over 600 attributes to remove, empty or replace, and grows every year.
Keeping a short list of what an ultrasound still or cine needs, and dropping all else, covers the
whole list and what vendors add. No tag below is in that table (checked against the 2026c edition),
except those that `deidentification` writes anew.
"""

import re

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

KEEP = set(
    """
    ImageType Modality ConversionType Manufacturer ManufacturerModelName StageNumber
    NumberOfStages ViewNumber NumberOfViewsInStage StartTrim StopTrim
    RecommendedDisplayFrameRate BodyPartExamined CineRate FrameTime FrameTimeVector FrameDelay
    ActualFrameDuration PreferredPlaybackSequencing EffectiveDuration HeartRate TransducerType
    TransducerFrequency MechanicalIndex BoneThermalIndex CranialThermalIndex
    SoftTissueThermalIndex DepthOfScanField DepthsOfFocus SequenceOfUltrasoundRegions
    TriggerTime NominalInterval LowRRValue HighRRValue SeriesNumber InstanceNumber
    AcquisitionNumber PatientOrientation Laterality ImageLaterality SamplesPerPixel
    PhotometricInterpretation PlanarConfiguration NumberOfFrames FrameIncrementPointer Rows
    Columns PixelSpacing PixelAspectRatio UltrasoundColorDataPresent BitsAllocated BitsStored
    HighBit PixelRepresentation WindowCenter WindowWidth RescaleIntercept RescaleSlope
    PresentationLUTShape LossyImageCompression LossyImageCompressionRatio
    LossyImageCompressionMethod PixelData
""".split()
)
WRITTEN = set(
    """
    SpecificCharacterSet SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID
    FrameOfReferenceUID SynchronizationFrameOfReferenceUID StudyDate SeriesDate AcquisitionDate
    ContentDate StudyTime AccessionNumber ReferringPhysicianName PatientName PatientID
    PatientBirthDate PatientSex StudyID PatientIdentityRemoved DeidentificationMethod
    DeidentificationMethodCodeSequence LongitudinalTemporalInformationModified
    BurnedInAnnotation
""".split()
)
PALETTE = {
    f"{colour}PaletteColorLookupTable{part}"
    for colour in ("Red", "Green", "Blue")
    for part in ("Data", "Descriptor")
}  # harmless, but not needed: palette pictures leave as RGB
EMPTIED = (
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
)
DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
UIDS = (
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "SynchronizationFrameOfReferenceUID",
)
BINARY_NUMBERS = {"US", "UL", "SS", "SL", "FL", "FD"}
CODE = re.compile(r"[A-Z0-9_ ]{1,16}")


def kept(dataset):
    """A new dataset with only the safe tags of `dataset`, values copied and checked; the input is
    not changed.

    Code strings that are no codes and numbers that are no numbers are dropped: they could hold a
    name.
    """
    safe = Dataset()
    for element in dataset:
        if element.keyword not in KEEP or element.keyword == "PixelData" or element.is_empty:
            continue
        value = _checked(element)
        if value is not None:
            safe.add_new(element.tag, element.VR, value)
    return safe


def is_whole(element):
    """True when `kept` takes over all of this element: its codes are codes, its numbers numbers."""
    if element.VR == "SQ":
        return all(len(_numbers_only(item)) == len(item) for item in element.value)
    value = _checked(element)
    left = len(value) if isinstance(value, list) else int(value is not None)
    return left == element.VM


def _checked(element):
    if element.VR == "SQ":
        return Sequence(_numbers_only(item) for item in element.value)
    values = list(element.value) if element.VM > 1 else [element.value]
    if element.VR == "CS":
        values = [v for v in values if CODE.fullmatch(str(v))]
    elif element.VR in ("DS", "IS"):
        values = [str(v) for v in values]
        if not all(_is_number(v) for v in values):
            return None
    if not values:
        return None
    return values if len(values) > 1 else values[0]


def _numbers_only(item):
    """A region of the table: everything that matters in it is a binary number."""
    copy = Dataset()
    for element in item:
        if element.VR in BINARY_NUMBERS and not element.tag.is_private:
            copy.add_new(element.tag, element.VR, element.value)
    return copy


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
