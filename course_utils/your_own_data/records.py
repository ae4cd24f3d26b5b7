"""Open one image or one mask and note what matters about it. The pixels are let go again, so a
folder of any size needs no more memory than its largest file.
"""

import hashlib
import warnings
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image

from course_utils import load
from course_utils.cases import duplicates
from course_utils.core import errors, masks
from course_utils.load import videos
from course_utils.privacy import writing as lettering
from course_utils.your_own_data.listing import DICOM, PICTURE, VIDEO

MOST_LABELS = 8  # exact levels in a mask that may be structures; soft edges have more
THIN = 0.1  # share of the picture below which a mask may be a drawn line
MOST_KNOWN = 20_000  # pictures whose boxes of writing are remembered: about 4 MB
# Tags that tell who the patient is, the gravest first; other findings are counted.
PERSONAL = tuple(
    """PatientName PatientID PatientBirthDate OtherPatientIDs PatientAddress PatientTelephoneNumbers
    AccessionNumber ReferringPhysicianName InstitutionName OperatorsName StudyDate PatientSex
    PatientAge""".split()
)

_KNOWN = {}  # digest of a picture: the boxes of writing in it


@dataclass
class Seen:
    """What an image is: size in pixels, `low` and `high` of its grey (0..1), `frames`, `fps` or
    None, `spacing` (row_mm, col_mm) or None, what DICOM says (`patient`, `removed` where the file
    says that the identity is, `device`, `tags`), `writing` (boxes), `notes` (sentences), a `digest`
    of its pixels and `prints` as `duplicates.fingerprint` gives them. `levels` counts its greys.
    """

    height: int
    width: int
    low: float
    high: float
    levels: int
    digest: bytes
    prints: tuple | None
    writing: list
    frames: int = 1
    fps: float | None = None
    spacing: tuple | None = None
    patient: str | None = None
    removed: bool = False
    device: str | None = None
    tags: list = field(default_factory=list)
    notes: list = field(default_factory=list)


@dataclass
class SeenMask:
    """What a mask is: its size, `frames`, `labels` (the values above 0, at most 20 of them), the
    `style` in words, `share` of the picture marked, `outline` (a closed line, not an area),
    `spacing` or None, a `digest`, and `inverted` (marked all around, and empty within).
    """

    height: int
    width: int
    frames: int
    labels: list
    style: str
    share: float
    outline: bool
    spacing: tuple | None
    digest: bytes
    inverted: bool = False
    notes: list = field(default_factory=list)


def image(place, kind):
    """Look at an image: `place` its path, `kind` as `listing` gives it. Returns `Seen`.

    Raises FileError or DataError, as the loader of its kind does.
    """
    reader = {PICTURE: _picture, DICOM: _dicom, VIDEO: _video}.get(kind, _volume)
    seen, seen.notes = _with_notes(reader, place)
    return seen


def mask(place, kind):
    """Look at a mask. Returns `SeenMask`.

    Raises FileError or DataError for one that cannot be read, is no mask, or marks areas in
    several colours.
    """
    seen, seen.notes = _with_notes(_mask, place, kind)
    return seen


def mask_values(place, kind):
    """The values of a mask (whole numbers, (H, W) or (T, H, W)), what they are, and the spacing."""
    if kind == PICTURE:
        return *load.levels(place), None
    if kind == VIDEO:
        raise errors.DataError(
            "A mask that is a video is not read, because compression blurs it. "
            "Export one picture for each frame."
        )
    if kind == DICOM:
        from course_utils.load import dicom

        scan = dicom.read(place)
        return np.rint(scan.pixels * 255).astype(np.int64), "levels", scan.spacing
    from course_utils.load import volumes

    found = volumes.labels(place)
    return found.pixels.astype(np.int64), "levels", found.spacing


def digest(pixels):
    """16 bytes that are the same for the same pixels and size, whatever file they are in."""
    pixels = np.ascontiguousarray(pixels)
    return hashlib.blake2b(str(pixels.shape).encode() + pixels.tobytes(), digest_size=16).digest()


def _with_notes(read, *arguments):
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        seen = read(*arguments)
    return seen, [
        str(each.message) for each in remarks if issubclass(each.category, errors.CourseWarning)
    ]


def _grey(pixels, **more):
    """`Seen` of grey pixels 0..1; of a cine its first frame stands for all but the digest."""
    first = pixels if pixels.ndim == 2 else pixels[0]
    eight = np.rint(first * 255).astype(np.uint8)
    seen = eight / np.float32(255) if more.pop("copied", True) else first  # as its copy will be
    if "writing" not in more:
        more["writing"] = _writing(first)
    more.setdefault("frames", 1 if pixels.ndim == 2 else len(pixels))
    frames = more["frames"]
    marks = digest(eight) + (str(frames).encode() if frames > 1 else b"")  # a cine is no still
    return Seen(
        *first.shape,
        round(float(first.min()), 4),
        round(float(first.max()), 4),
        int((np.bincount(eight.ravel(), minlength=256) > 0).sum()),
        marks,
        duplicates.fingerprint(seen),
        **more,
    )


def _writing(pixels):
    """Boxes of writing; found once for the same pixels, for a folder is checked again and again."""
    key = digest(pixels)
    if key not in _KNOWN:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = tuple(lettering.lines(pixels))
    return list(_KNOWN[key])


def _picture(place):
    return _grey(load.image(place), copied=False)


def _video(place):
    frames, fps, first = videos.survey(place)
    return _grey(first, frames=frames, fps=fps)


def _volume(place):
    from course_utils.load import volumes

    single = len(volumes.header(place).shape) == 2
    found = volumes.image(place) if single else volumes.cine(place)
    return _grey(found.pixels, spacing=found.spacing)


def _dicom(place):
    from course_utils.load import dicom
    from course_utils.privacy import auditing

    scan = dicom.first(place)  # one frame is enough to look at, whatever the length
    tags, writing = [], []
    for finding in auditing.audit(scan.dataset, scan.pixels):
        if "text" in finding.kind:
            writing.append(finding.where)
        elif finding.severity == "high" and finding.kind != "UID":
            tags.append(finding.where.split()[-1])
    tags.sort(key=lambda tag: PERSONAL.index(tag) if tag in PERSONAL else len(PERSONAL))
    said = scan.dataset
    device = " ".join(
        str(said.get(key) or "").strip() for key in ("Manufacturer", "ManufacturerModelName")
    ).strip()
    patient = str(said.get("PatientID") or "").strip() or str(said.get("PatientName") or "").strip()
    return _grey(
        scan.pixels,
        writing=writing,
        tags=tags,
        fps=scan.fps,
        frames=scan.frames,
        spacing=scan.spacing,
        patient=patient or None,
        device=device or None,
        removed=said.get("PatientIdentityRemoved") == "YES",
    )


def _mask(place, kind):
    values, what, spacing = mask_values(place, kind)
    labels, style = _style(place, kind, values, what)
    on = values > (labels[-1] / 2 if style.startswith("soft") else 0)
    share = float(on.mean())
    line = 0 < share < THIN and on.ndim == 2 and masks.filled(on).sum() > 3 * on.sum()
    frames = 1 if values.ndim == 2 else len(values)
    if kind == PICTURE and _in_colour(place):
        style += ", saved in colour"
    return SeenMask(
        *values.shape[-2:],
        frames,
        labels,
        style,
        share,
        bool(line),
        spacing,
        digest(on),
        masks.may_be_inverted(on),
    )


def _style(place, kind, values, what):
    """The values above 0 and, in words, what kind of mask they make. `load.mask` decides alike."""
    found = np.unique(values)
    top = int(found[-1])
    labels = [int(value) for value in found if value > 0]
    if what == "colours":
        load.mask(place)  # raises the error that says what to do
    if top == 0:
        return [], "empty"
    if what == "labels" or 1 < top <= load.LARGEST_LABEL:
        return labels[: load.LARGEST_LABEL], "labels"
    if len(found) == 1 or (len(found) == 2 and found[0] == 0):
        return [top], f"0 and {top}"
    if kind == PICTURE:
        _refuse_areas(values, found)
        load.mask(place)  # raises where it is no mask at all
        return [top], "soft edges"
    raise errors.DataError("This is no mask: it holds many grey levels. Is it the image itself?")


def _refuse_areas(values, found):
    """A few exact levels that fill areas of their own are structures, not the soft edge of one."""
    if len(found) > MOST_LABELS:
        return
    kernel = np.ones((3, 3), np.uint8)
    areas = [
        int(level)
        for level in found[found > 0]
        if cv2.erode((values == level).astype(np.uint8), kernel).any()
    ]
    if len(areas) > 1:
        raise errors.DataError(
            f"It marks several areas, with the values {', '.join(map(str, areas))}. Which of them is "
            "the structure? Export each structure as a mask of its own."
        )


def _in_colour(place):
    with Image.open(place) as picture:
        return picture.mode in ("RGB", "RGBA", "CMYK")
