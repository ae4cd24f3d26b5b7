"""What looks wrong in an image, a mask, a name, or a whole set: the sentences of a report."""

import warnings
from collections import Counter, defaultdict

from scipy.cluster.hierarchy import DisjointSet

from course_utils.cases import duplicates, split
from course_utils.core import errors
from course_utils.privacy import names as identifiers
from course_utils.your_own_data import patients
from course_utils.your_own_data.problems import LOOK, NOTE, STOP, Problem

FEW_LEVELS = 4  # a scan has many more grey levels; a mask has two
SAME, NEARLY = "the same", "nearly the same"
SHARE = "Rename it before you share the folder, or a list of its files."


def names(paths):
    """Problems with what file and folder names may give away."""
    for path, what, text in identifiers.in_paths(paths):
        level = STOP if what == "patient number" else LOOK
        yield Problem(
            level, f"{what} in a file name", path, f"'{text}' looks like a {what}.", SHARE
        )


def of_image(record):
    """Problems of a single image that could be read."""
    seen, path = record.seen, record.image
    for note in seen.notes:
        yield Problem(LOOK, "read with a remark", path, note, "Check that this is as it should be.")
    if seen.prints is None:
        yield Problem(
            LOOK,
            "blank picture",
            path,
            "It shows nothing: all greys are alike.",
            "Look at it; take it out if it is no scan.",
        )
    elif seen.levels <= FEW_LEVELS:
        yield Problem(
            LOOK,
            "image that looks like a mask",
            path,
            f"It has only {seen.levels} grey levels, and a scan has many.",
            "Is it a mask, or in the wrong folder?",
        )
    if seen.writing:
        places = len(seen.writing)
        yield Problem(
            LOOK,
            "writing in the picture",
            path,
            f"There may be writing in {places} place{'s' * (places > 1)}.",
            "Look at it. Cut off or blank names, dates and numbers before you share it.",
        )
    if seen.tags:
        shown = ", ".join(seen.tags[:4])
        yield Problem(
            STOP,
            "identifying DICOM tags",
            path,
            f"{len(seen.tags)} tags may tell who the patient is: {shown}"
            f"{' ...' if len(seen.tags) > 4 else ''}.",
            "De-identify it before it leaves (deidentify.deidentify, lesson 01).",
        )


def of_mask(path, mark, organs=None):
    """Problems of a single mask that could be read. organs: label -> what it means, where known."""
    for note in mark.notes:
        yield Problem(NOTE, "mask read with a remark", path, note, "Check it.")
    if mark.style.startswith("empty"):
        yield Problem(
            NOTE,
            "empty mask",
            path,
            "Nothing is marked.",
            "Keep it if the structure is really not in view: such images test false alarms.",
        )
    elif mark.share == 1:
        yield Problem(
            LOOK, "mask that marks everything", path, "Every pixel is marked.", "Is it a mask?"
        )
    if mark.style.startswith("labels"):
        shown = ", ".join(named_label(label, organs) for label in mark.labels)
        yield Problem(
            LOOK,
            "mask of labels",
            path,
            f"It holds the labels {shown}.",
            "Say which one you want (label=) when you write the manifest.",
        )
    if mark.outline:
        yield Problem(
            LOOK,
            "mask that is an outline",
            path,
            "It marks a thin closed line, not the area inside.",
            "Give converted= when you write the manifest: lines are filled in the copy.",
        )
    if mark.style.endswith("in colour"):
        yield Problem(
            NOTE,
            "mask saved in colour",
            path,
            f"Its values are {mark.style}.",
            "Nothing to do: the brightest channel is used.",
        )


def named_label(label, organs):
    """'1 (cavity of the left ventricle)', or the bare number."""
    return f"{label} ({organs[label]})" if organs and label in organs else str(label)


def of_the_set(records, told, repeated):
    """Problems of all images together: patients, splits, repeats, pixel sizes.

    told: the `Patients` as guessed; repeated: groups of pictures that are alike, of `repeats`.
    """
    if not records:
        return [
            Problem(
                STOP,
                "no image",
                "",
                "No image of this folder could be read.",
                "Check that you gave the right folder. Pictures (PNG, JPEG, TIFF, BMP), "
                "DICOM, videos (AVI, MP4) and volumes (NIfTI, MetaImage) are read.",
            )
        ]
    found = list(_patients(told))
    splits = {record.image: record.given_split for record in records}
    for patient, parts in patients.in_several(told.ids, splits.get).items():
        found.append(
            Problem(
                STOP,
                "patient in several splits",
                "",
                f"Patient '{patient}' is in {' and '.join(parts)}.",
                "Split again by patient (split.by_patient).",
            )
        )
    found += [_group(how, group, told.ids) for how, group in repeated]
    found += _too_few(records)
    found += _shared_masks(records)
    found += _millimetres(records)
    if all(mark.share == 0 for record in records for mark in record.marks) and any(
        record.marks for record in records
    ):
        found.append(
            Problem(
                STOP,
                "all masks are empty",
                "",
                "No mask marks anything.",
                "Export the masks again.",
            )
        )
    return found


ORGANS = {  # what the labels of a known set mean
    "camus": {1: "cavity of the left ventricle", 2: "its wall", 3: "left atrium"},
}


def known_set(folder, paths):
    """The name of the public set that the folder looks like, or None."""
    stems = Counter(path.rsplit("/", 1)[-1].lower() for path in paths)
    lists = all((folder / name).is_file() for name in ("FileList.csv", "VolumeTracings.csv"))
    tests = {
        "busi": sum(name.startswith(("benign (", "malignant (", "normal (")) for name in stems),
        "hc18": sum("_hc_annotation" in name or "hc.png" in name[-6:] for name in stems),
        "camus": sum("_half_sequence" in name or "_2ch_ed" in name for name in stems),
        "echonet": len(paths) if lists else 0,
    }
    return next(
        (name for name, count in tests.items() if paths and count >= 0.2 * len(paths)), None
    )


def of_known_set(name, folder):
    """A note on the set's own reader, once that reader was asked whether it reads this folder."""
    from course_utils import public_data  # here: most folders are no public set

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = len(getattr(public_data, name)(folder))
        then = (
            f"public_data.{name}(folder) reads {rows} rows of it, and knows its licence and traps."
        )
    except errors.CourseError as problem:
        then = f"Its reader, public_data.{name}, does not read this folder as it is: {problem}"
    return Problem(NOTE, "public set", "", f"This looks like the public set {name.upper()}.", then)


def _patients(told):
    """How patients were told apart, and what only a person can say about it."""
    for question in told.asks:
        yield Problem(
            LOOK,
            "question about patients",
            "",
            question[0].upper() + question[1:],
            "Answer it before you split: what is one patient decides what every result is worth.",
        )
    if told.certain:
        yield Problem(
            NOTE,
            "patients were guessed",
            "",
            f"Found: {told.how}.",
            "Check this on a few images: an honest split depends on it. If it is wrong: "
            f"{patients.HELP}.",
        )
        return
    yield Problem(
        LOOK,
        "patients unknown",
        "",
        f"IT CANNOT BE TOLD WHO IS ON EVERY IMAGE: {told.how}. If one patient gave two "
        "images, a test on them is not honest.",
        f"{patients.HELP}. Or put each patient's images into a folder, or begin their names with the "
        "patient's number (P01_1.png).",
    )


def repeats(records, watch):
    """Groups of records that show the same picture, then groups that do so nearly: (how, group)."""
    same = duplicates.exact([record.seen.digest for record in records])
    first = {number: group[0] for group in same for number in group}
    alone = [number for number in range(len(records)) if first.get(number, number) == number]
    prints = [records[number].seen.prints for number in alone]
    near = [[alone[at] for at in group] for group in duplicates.near(prints, watch=watch)]
    return [
        (how, [records[number] for number in group])
        for how, groups in ((SAME, same), (NEARLY, near))
        for group in groups
    ]


def join(repeated, told):
    """Where nobody knows who is on every image, pictures that look alike count as one patient, so
    that the list passes the guard of lesson 04. Returns `told` with other ids, and how many
    changed.
    """
    if told.certain:
        return told, 0
    people = DisjointSet(told.ids.values())
    for _, group in repeated:
        for record in group[1:]:
            people.merge(told.ids[group[0].image], told.ids[record.image])
    first = {who: min(people.subset(who)) for who in set(told.ids.values())}
    ids = {path: first[who] for path, who in told.ids.items()}
    return told._replace(ids=ids), sum(ids[path] != who for path, who in told.ids.items())


def _group(how, found, ids):
    """One group of pictures that are alike; `ids` as they were before alike ones were joined."""
    kinds = {
        "patients": {ids[record.image] for record in found},
        "splits": {record.given_split for record in found if record.given_split},
    }
    several = [f"{len(each)} {name}" for name, each in kinds.items() if len(each) > 1]
    torn = len({record.patient_id for record in found}) > 1
    others = ", ".join(f"'{record.image}'" for record in found[1:4])
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    sentence = f"It shows {how} picture as {others}{more}"
    if several:
        joined = "" if torn else " They count as one patient now."
        return Problem(
            STOP if torn or how == SAME else LOOK,
            f"{how} picture, another patient or split",
            found[0].image,
            f"{sentence}, in {' and '.join(several)}.{joined}",
            "Look at them. Keep one, or give them one patient, or a test is not honest.",
        )
    return Problem(
        LOOK if how == SAME else NOTE,
        f"{how} picture, one patient",
        found[0].image,
        f"{sentence}.",
        "Keep one if they are copies. Neighbouring frames are normal, and count as one patient.",
    )


def _too_few(records):
    people = {record.patient_id for record in records if record.usable}
    if len(people) < len(split.PARTS):
        yield Problem(
            LOOK,
            "too few patients to split",
            "",
            f"Images that mark something are of {len(people)} patient{'s' * (len(people) != 1)}, and "
            f"training, validation and test need one each.",
            "Collect more patients, or say who is who: lesson 04 cannot run on this list.",
        )


def _shared_masks(records):
    """One drawing under several different images is a slip of the export."""
    users = defaultdict(dict)
    for record in records:
        for path, mark in zip(record.masks, record.marks, strict=False):
            if mark.share and mark.share != 1:
                users[mark.digest].setdefault(record.seen.digest, path)
    for images in users.values():
        if len(images) > 1:
            paths = list(images.values())
            yield Problem(
                LOOK,
                "one mask for several images",
                paths[0],
                f"The same drawing belongs to {len(paths)} different images, such as '{paths[1]}'.",
                "Export the masks again.",
            )


def _millimetres(records):
    lacking = [record.image for record in records if record.spacing is None]
    if lacking:
        everywhere = len(lacking) == len(records)
        yield Problem(
            NOTE if everywhere else LOOK,
            "no pixel size" if everywhere else "pixel size of some images only",
            "",
            f"{len(lacking)} of {len(records)} images have no known pixel size, so "
            "nothing is measured in millimetres there.",
            "Add a CSV with the columns image, row_mm and col_mm, if you know them.",
        )
