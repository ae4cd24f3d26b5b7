"""Look at every file of a folder and gather what matters: one record per image, and the problems.

The pixels of one file at a time are in memory; what stays is a record of a few hundred bytes.
"""

from dataclasses import dataclass, field
from pathlib import Path

from course_utils.core import errors, files, plurals
from course_utils.load import images, sanity, volume_headers
from course_utils.your_own_data import (
    findings,
    listing,
    patients,
    side_tables,
)
from course_utils.your_own_data import (
    pairs as pairing,
)
from course_utils.your_own_data import (
    records as inspection,
)
from course_utils.your_own_data.problems import noted

READ = 0.9  # share of the progress bar for reading; the rest is comparing


@dataclass
class Record:
    """One image that could be read. `masks` its mask files, of the kinds in `mask_kinds`; `seen`
    what it is, `marks` what its masks are; `fits` True where all of them can be used; the rest as
    in the table of a report.
    """

    image: str
    file_kind: str
    masks: list
    seen: inspection.Seen
    mask_kinds: tuple
    marks: list = field(default_factory=list)
    fits: bool = False
    convert: str = ""
    patient_id: str = ""
    device: str = "unknown"
    spacing: tuple | None = None
    given_split: str | None = None

    @property
    def usable(self):
        """True for a still whose masks mark something: what lesson 04 trains on."""
        marked = any(mark.share for mark in self.marks)
        return self.fits and self.seen.frames == 1 and marked


@dataclass
class Survey:
    """A whole folder: its `folder` (Path), `records`, `problems`, the `Patients` as guessed, and
    how many `files` of a kind that is read it holds. `organs`: what its labels mean, where known.
    """

    folder: Path
    records: list
    problems: list
    patients: patients.Patients
    files: int
    organs: dict | None = None


def survey(folder, watch, told=None):
    """Survey a folder. watch: has step(share, text). told: who is the patient, as a pattern of the
    paths with `{patient}` or as the name of a column of a table beside the images. Returns
    `Survey`.

    Raises FileError or DataError only where there is no folder to look at; what is wrong with
    single files is among the problems.
    """
    found, others, problems = listing.walk(folder)
    place = files.find_folder(folder).absolute()
    kinds = {each.path: each.kind for each in found}
    media = [path for path, kind in kinds.items() if kind != listing.TABLE]
    pairs = pairing.pair(media)
    problems += _unpaired(pairs)
    problems += findings.names([*kinds, *others], place.name)
    known = findings.known_set(place, media)
    organs = findings.ORGANS.get(known)
    records = []
    pictures = [*pairs.masks, *pairs.alone]
    # A mask may also hang on a wrong name; what is unclear is read as an image, to be looked at.
    pictures = sorted({*pictures, *(path for paths in pairs.unclear.values() for path in paths)})
    count = len(pictures)
    for number, path in enumerate(pictures):
        watch.step(READ * number / count, f"{number} of {count}: {files.shown(path)}")
        record = _record(place, path, kinds, pairs.masks.get(path, []), problems, organs)
        if record:
            records.append(record)
    sheets = [path for path, kind in kinds.items() if kind == listing.TABLE]
    told = _told(place, sheets, records, problems, told)
    watch.step(READ, "comparing all images with each other")
    repeated = findings.repeats(
        records,
        lambda share: watch.step(READ + (1 - READ) * share, "comparing all images with each other"),
    )
    joined, changed = findings.join(repeated, told)
    for record in records:
        record.patient_id = joined.ids[record.image]
    problems += findings.of_the_set(records, told, repeated)
    if changed:
        joined = joined._replace(
            how=f"{told.how}; pictures that look alike count as one patient "
            f"({plurals.count(len(set(joined.ids.values())), 'patient')} then)"
        )
    if known:
        problems.append(findings.of_known_set(known, place))
    return Survey(place, records, problems, joined, len(found), organs)


def _record(place, path, kinds, masks, problems, organs=None):
    """Read an image and its masks; None, and a problem, where the image cannot be read."""
    seen = _try(inspection.image, place, path, kinds[path], "image that cannot be read", problems)
    if seen is None:
        return None
    record = Record(
        path,
        kinds[path],
        masks,
        seen,
        tuple(kinds[mask] for mask in masks),
        spacing=seen.spacing,
        device=seen.device or patients.device_of(path) or "unknown",
        given_split=patients.split_of(path),
    )
    problems += findings.of_image(record)
    if kinds[path] in (listing.PICTURE, listing.VOLUME):
        reader = images if kinds[path] == listing.PICTURE else volume_headers
        problems += findings.of_words(path, reader.words(place / path))
    for mask in masks:
        mark = _try(inspection.mask, place, mask, kinds[mask], "mask that cannot be used", problems)
        if mark is None:
            continue
        wrong = _misfit(place, record, mark, mask, kinds)
        if wrong:
            problems.append(noted("mask of another size", mask, wrong=wrong))
        else:
            record.marks.append(mark)
        problems += findings.of_mask(mask, mark, organs)
        if kinds[path] == kinds[mask] == listing.PICTURE and images.turned(
            place / path, place / mask
        ):
            problems.append(noted("image and mask turned by different rules", mask))
    record.fits = bool(masks) and len(record.marks) == len(masks)
    if record.fits:
        record.convert = _conversion(record, kinds)
        readers = {pairing.reader_of(mask) for mask in masks} - {""}
        if len(readers) > 1:
            listed = ", ".join(sorted(readers))
            problems.append(
                noted("masks of several readers", path, readers=listed, count=len(readers))
            )
        elif len(masks) > 1:
            problems.append(noted("several masks of one image", path, masks=len(masks)))
    return record


def _try(look, place, path, kind, title, problems):
    try:
        return look(place / path, kind)
    except errors.CourseError as error:
        problem = str(error)
    except Exception as error:  # one damaged file must not end the check of ten thousand
        problem = f"It could not be read ({type(error).__name__}: {error})."
    problems.append(noted("file that cannot be used", path, kind=title, problem=problem))
    return None


def _misfit(place, record, mark, mask, kinds):
    """What is wrong between an image and its mask, as a sentence, or ''."""
    one, other = (record.seen.height, record.seen.width), (mark.height, mark.width)
    if one != other:
        turned = " It seems to be turned by 90 degrees." if one == other[::-1] else ""
        return (
            f"The mask is {other[0]} x {other[1]} pixels (rows x columns), its image "
            f"{one[0]} x {one[1]}.{turned}"
        )
    if mark.frames not in (1, record.seen.frames):
        return (
            f"The mask has {plurals.count(mark.frames, 'frame')}, its image {record.seen.frames}."
        )
    if kinds[record.image] == kinds[mask] == listing.VOLUME:
        from course_utils.load import volumes

        try:
            volumes.check_pair(volumes.header(place / record.image), volumes.header(place / mask))
        except errors.CourseError as error:
            return str(error)
    return ""


def _conversion(record, kinds):
    """Why an image or its mask must be written anew before a lesson can read it, or ''."""
    reasons = []
    if kinds[record.image] != listing.PICTURE:
        reasons.append(f"{kinds[record.image]} image")
    if len(record.masks) > 1:
        reasons.append("several masks")
    if any(kinds[mask] != listing.PICTURE for mask in record.masks):
        reasons.append("mask that is no picture file")
    if any(mark.style.startswith("labels") for mark in record.marks):
        reasons.append("labels")
    if any(mark.outline for mark in record.marks):
        reasons.append("outline")
    return ", ".join(reasons)


def _told(place, tables, records, problems, told):
    """Fill in patients, devices and millimetres, from what the files and tables say."""
    by_path = {record.image: record for record in records}
    column = told if told and not set(told) & set("{}*?[]()<>\\/^$%") else None
    beside = side_tables.read(place, tables, list(by_path), column)
    facts = beside.facts
    problems += [noted("table that was used", table) for table in beside.used]
    problems += [noted("table that was not used", table) for table in beside.unused]
    problems += [noted("image of two patients", image) for image in beside.torn]
    listed, tags = {}, {}
    for path, record in by_path.items():
        about, seen = facts.get(path), record.seen
        if about:
            if about.spacing and not record.spacing:
                shape = (seen.height, seen.width)
                record.spacing, wrong = sanity.millimetres(about.spacing, shape, files.shown(path))
                if wrong:
                    problems.append(noted("pixel size that cannot be", path, wrong=wrong))
            record.device = about.device or record.device
        if about and about.patient:
            listed[path] = about.patient
        elif seen.patient:
            (listed if seen.removed else tags)[path] = seen.patient
    masked = [path for path, record in by_path.items() if record.masks]
    if column:
        guess = patients.as_listed(list(by_path), listed, column, beside.columns)
    else:
        guess = patients.infer(list(by_path), tags, listed, masked, told)
    for path, record in by_path.items():
        record.patient_id = guess.ids[path]
    return guess


def _unpaired(pairs):
    if not pairs.masks and (pairs.alone or pairs.orphans):
        yield noted("no pair found", images=len(pairs.alone), masks=len(pairs.orphans))
        return
    for path in pairs.alone:
        yield noted("image without a mask", path)
    for path in pairs.orphans:
        yield noted("mask without an image", path)
    for path, candidates in pairs.unclear.items():
        shown = ", ".join(f"'{name}'" for name in candidates[:3])
        yield noted("mask that fits several images", path, shown=shown)
