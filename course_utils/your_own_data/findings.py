"""What looks wrong in an image, a mask, a name, or a whole set: the sentences of a report."""

import warnings
from collections import Counter, defaultdict

from scipy.cluster.hierarchy import DisjointSet

from course_utils.cases import duplicates, split
from course_utils.core import errors, plurals
from course_utils.privacy import names as identifiers
from course_utils.your_own_data import patients
from course_utils.your_own_data.problems import LOOK, NOTE, STOP, noted

FEW_LEVELS = 4  # a scan has many more grey levels; a mask has two
SAME, NEARLY = "the same", "nearly the same"


def names(paths, folder=""):
    """Problems with what file and folder names may give away. folder: the name of the folder that
    was given; of it only numbers, dates and names with capital letters count, since it is often
    the name of a project.
    """
    words = {identifiers.POSSIBLE, *([identifiers.PERSON] if folder == folder.lower() else [])}
    own = [(f"{folder}/", *each) for each in identifiers.in_name(folder) if each[0] not in words]
    found = [*own, *identifiers.in_paths(paths)]
    places = Counter(text for _, what, text in found if what == identifiers.POSSIBLE)
    for path, what, text in found:
        if what == identifiers.POSSIBLE:  # a word that returns is asked about once
            count = places.pop(text, 0)
            more = f", in {count} names here," if count > 1 else ""
            if count:
                yield noted("possible name in a file name", path, text=text, more=more)
            continue
        level = STOP if what in identifiers.NUMBERS else LOOK
        person = what == identifiers.PERSON
        looks = f"the {what}" if person else f"{'an' if what[0] == 'e' else 'a'} {what}"
        yield noted("personal file name", path, level=level, what=what, text=text, looks=looks)


def of_words(path, said):
    """A problem for what a file says beside its pixels ({where: text}), if it may tell who
    somebody is. Dates there have colons between their parts.
    """
    told = [
        where
        for where, text in said.items()
        if where == "GPS" or identifiers.in_name(text.replace(":", "-"))
    ]
    if told:
        yield noted("words beside the pixels", path, where=", ".join(told[:4]))


def of_image(record):
    """Problems of a single image that could be read."""
    seen, path = record.seen, record.image
    for note in seen.notes:
        yield noted("read with a remark", path, note=note)
    if seen.prints is None:
        yield noted("blank picture", path)
    elif seen.levels <= FEW_LEVELS:
        yield noted("image that looks like a mask", path, levels=seen.levels)
    if seen.writing:
        places = len(seen.writing)
        yield noted("writing in the picture", path, places=places, s="s" * (places > 1))
    if seen.tags:
        shown = ", ".join(seen.tags[:4])
        yield noted(
            "identifying DICOM tags",
            path,
            count=len(seen.tags),
            shown=shown,
            more=" ..." if len(seen.tags) > 4 else "",
        )


def of_mask(path, mark, organs=None):
    """Problems of a single mask that could be read. organs: label -> what it means, where known."""
    for note in mark.notes:
        yield noted("mask read with a remark", path, note=note)
    if mark.style.startswith("empty"):
        yield noted("empty mask", path)
    elif mark.share == 1:
        yield noted("mask that marks everything", path)
    if mark.inverted:
        yield noted("mask that may be inverted", path, share=f"{mark.share:.0%}")
    if mark.style.startswith("labels"):
        shown = ", ".join(named_label(label, organs) for label in mark.labels)
        yield noted("mask of labels", path, shown=shown)
    if mark.outline:
        yield noted("mask that is an outline", path)
    if mark.style.endswith("in colour"):
        yield noted("mask saved in colour", path, values=mark.style)


def named_label(label, organs):
    """'1 (cavity of the left ventricle)', or the bare number."""
    return f"{label} ({organs[label]})" if organs and label in organs else str(label)


def of_the_set(records, told, repeated):
    """Problems of all images together: patients, splits, repeats, pixel sizes.

    told: the `Patients` as guessed; repeated: groups of pictures that are alike, of `repeats`.
    """
    if not records:
        return [noted("no image")]
    found = list(_patients(told))
    splits = {record.image: record.given_split for record in records}
    for patient, parts in patients.in_several(told.ids, splits.get).items():
        found.append(noted("patient in several splits", patient=patient, parts=" and ".join(parts)))
    found += [_group(how, group, told.ids) for how, group in repeated]
    found += _too_few(records)
    found += _shared_masks(records)
    found += _millimetres(records)
    if all(mark.share == 0 for record in records for mark in record.marks) and any(
        record.marks for record in records
    ):
        found.append(noted("all masks are empty"))
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
            f"public_data.{name}(folder) reads {plurals.count(rows, 'row')} of it, and knows "
            "its licence and traps."
        )
    except errors.CourseError as problem:
        then = f"Its reader, public_data.{name}, does not read this folder as it is: {problem}"
    return noted("public set", name=name.upper(), then=then)


def _patients(told):
    """How patients were told apart, and what only a person can say about it."""
    for question in told.asks:
        yield noted("question about patients", question=question[0].upper() + question[1:])
    if told.certain:
        yield noted("patients were found", how=told.how, help=patients.HELP)
        return
    yield noted("patients unknown", how=told.how, help=patients.HELP)


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
        return noted(
            "pictures alike, another patient or split",
            found[0].image,
            level=STOP if torn or how == SAME else LOOK,
            how=how,
            sentence=sentence,
            places=" and ".join(several),
            joined=joined,
        )
    return noted(
        "pictures alike, one patient",
        found[0].image,
        level=LOOK if how == SAME else NOTE,
        how=how,
        sentence=sentence,
    )


def _too_few(records):
    people = {record.patient_id for record in records if record.usable}
    if len(people) < len(split.PARTS):
        yield noted("too few patients to split", people=len(people), s="s" * (len(people) != 1))


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
            yield noted("one mask for several images", paths[0], count=len(paths), other=paths[1])


def _millimetres(records):
    lacking = [record.image for record in records if record.spacing is None]
    if lacking:
        everywhere = len(lacking) == len(records)
        yield noted(
            "no pixel size",
            level=NOTE if everywhere else LOOK,
            kind="no pixel size" if everywhere else "pixel size of some images only",
            lacking=len(lacking),
            images=len(records),
        )
