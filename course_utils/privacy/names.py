"""What in a file's or folder's name may tell who the patient is: dates, long numbers, names.

A guess by patterns. It errs on the side of asking: a person looks at what it found.
"""

import re
import unicodedata
from pathlib import PurePosixPath

from course_utils.core import files

LONG = 7  # digits in a row that no image counter needs
_MARKED = re.compile(
    r"(?:^|[^a-z])(mrn|dob|ssn|nhs|geb|gebdat|birth|born|patid|patientid|pid|kvnr)"
    r"[\s_.:#\-]*\d{3,}",
    re.IGNORECASE,
)
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATES = [
    re.compile(rf"(?<!\d){text}(?!\d)")
    for text in (
        rf"{_YEAR}[-_. ]{_MONTH}[-_. ]{_DAY}",
        rf"{_DAY}[-_. ]{_MONTH}[-_. ]{_YEAR}",
        rf"{_MONTH}[-_. ]{_DAY}[-_. ]{_YEAR}",
        r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
        r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d",
    )
]
_NUMBER = re.compile(rf"(?<!\d)\d{{{LONG},}}(?!\d)")
_UID = re.compile(r"\d+(?:\.\d+){5,}")
# Two words that begin with a capital letter, or are in capitals, as in Meier_Anna or DOE^JANE.
_WORD = r"(?:[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+|[A-ZÀ-ÖØ-Þ]{3,})"
_NAMES = re.compile(rf"(?<![^\W\d_])({_WORD}(?:-{_WORD})?)(?:, ?|[_ ^\-]|__)({_WORD})(?![^\W\d_])")
ORDINARY = set(
    """
    image images img mask masks label labels seg segmentation annotation annotations ground truth
    train training test testing val valid validation data dataset set sets scan scans frame frames
    cine video videos clip clips patient patients case cases study series subject subjects sub
    control controls left right upper lower long short axis view views apical parasternal
    transverse longitudinal sagittal axial coronal cross section muscle calf thigh gastrocnemius
    medial lateral medialis lateralis vastus rectus femoris soleus tibialis anterior posterior
    biceps triceps tendon nerve breast thyroid liver kidney heart echo fetal head abdomen lung
    carotid artery vein normal benign malignant lesion tumor tumour cyst fascia aponeurosis
    ultrasound bmode mode doppler color colour gray grey raw original originals processed cropped
    resized final new old export exported copy scanner device probe machine vendor philips siemens
    mindray esaote samsung canon toshiba hitachi vivid logiq voluson epiq acuson lumify clarius
    butterfly telemed sonosite diastole systole end first second third baseline follow followup
    pre post day week month visit session trial group cohort hospital unknown anonymous anon
    report pixel size with and the for from all busi camus echonet dynamic dicom png jpeg jpg tif
    tiff nifti quality good poor medium half sequence
""".split()
)


def in_name(name):
    """What a single name (of a file without ending, or of a folder) may give away: a list of
    (what, text), the gravest first; `what` is 'patient number', 'date', 'long number', 'DICOM
    number' or 'name of a person'.
    """
    text = unicodedata.normalize("NFC", name)
    found = [("patient number", match[0].strip(" _.-")) for match in _MARKED.finditer(text)]
    uid = _UID.search(text)
    if uid:
        return [*found, ("DICOM number", uid[0])]
    dates = [match[0] for pattern in _DATES for match in pattern.finditer(text)][:1]
    found += [("date", date) for date in dates]
    known = " ".join(value for _, value in found)
    found += [
        ("long number", match[0]) for match in _NUMBER.finditer(text) if match[0] not in known
    ]
    return found + [
        ("name of a person", match[0])
        for match in _NAMES.finditer(text)
        if not {match[1].lower(), match[2].lower()} & ORDINARY
    ]


def in_paths(paths):
    """Look at every file name and, once each, every folder: yields (path, what, text)."""
    folders = set()
    for path in paths:
        for parent in reversed(PurePosixPath(path).parents[:-1]):
            if parent not in folders:
                folders.add(parent)
                yield from ((f"{parent}/", *found) for found in in_name(parent.name))
        yield from ((path, *found) for found in in_name(files.stem(path)))
