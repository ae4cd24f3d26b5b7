"""Who is on which picture: inferred from a table, DICOM tags, folders or file names, and said.

An honest split needs it: two images of one person may not be on both sides. The guess is therefore
always put into a sentence for a person to confirm. Where nothing tells patients apart, every image
counts as its own patient, with a warning, because then nobody can promise an honest test.
"""

import re
from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import NamedTuple

from course_utils.core import errors, files, identity, plurals
from course_utils.privacy import names as identifiers
from course_utils.your_own_data import naming, pairs

SPLITS = {
    "train": "train",
    "training": "train",
    "tr": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "ts": "test",
    "holdout": "test",
}
DEVICES = set(
    """ge vivid logiq voluson philips epiq lumify siemens acuson samsung mindray esaote mylab canon
    toshiba aplio hitachi aloka telemed butterfly clarius sonosite supersonic aixplorer scanner
    device machine probe transducer vendor""".split()
)
_HEADS = re.compile(r"(\d{3})_\d?HC", re.IGNORECASE)  # HC18: 010_HC, 010_2HC are one fetus
_CODES = (naming.NUMBER, naming.UNKNOWN, naming.LETTER)
_PATIENT = re.compile(
    r"\{\s*(?:patient|subject|case|person)?[\s_\-]*(?:id)?\s*\}|<(?:patient|subject)(?:[\s_\-]?id)?>",
    re.IGNORECASE,
)
_TOKENS = re.compile(r"[\s_.\-]+")


MOST = 0.8  # share of the images that a rule must fit; the others count as patients of their own
DATED = 0.8  # share of bare numbers at one place that could be dates, if they are dates
HALF, CROSSED = 0.5, 0.9  # share of all combinations of two levels that are there, if they cross
UNKNOWN = "nothing says who is on {} of the images, so each of them counts as another patient"
HELP = (
    "Say it yourself: --patients 'folder/{patient}_*' (a pattern of the paths) or --patients COLUMN "
    "(of a table beside the images)"
)


class Patients(NamedTuple):
    """`ids`: image path -> patient_id (str). `how`: where that is from, in words. `certain`: False
    where images had to count as patients of their own, or a grouping may be no person. `asks`:
    questions that only a person can answer, a list of sentences.
    """

    ids: dict
    how: str
    certain: bool
    asks: list


class _Guess(NamedTuple):
    """path -> name, where it is from, and why it may be wrong ('' where nothing speaks against it)."""

    names: dict
    how: str
    doubt: str = ""
    ask: str = ""  # what may still be asked where nothing can leak


def infer(images, tags=None, listed=None, first=(), told=None):
    """Guess the patient of each image (paths within the folder). Returns `Patients`.

    tags: image path -> PatientID of a DICOM file; replaced by numbers (D001), since it may be a
    hospital number. listed: image path -> what a table beside the images or a pseudonym says.
    first: the images that matter most (those with masks); where no rule fits all, they decide.
    told: a pattern such as '{patient}_*' (`by_pattern`), which decides alone.
    Tags and lists are believed. Then, in this order: words that mean a person (P01, sub-01,
    patient 3); the numbers of HC18 (010_HC and 010_2HC are one fetus); a folder or the first part
    of the names that groups images and against which nothing speaks. Visits, days, folds, sites,
    readers and the like are never persons (`naming`), dates and UIDs never for certain. A
    patient_id that is not plainly a code such as P01 is replaced (N001).
    """
    if told:
        chosen = by_pattern(images, told)
        asks = _torn(chosen, images) + identity.questions(chosen.values())
        how = f"{_count(chosen)} as you said ({told})"
        return Patients(_safe(chosen, "N"), how, True, asks)
    listed = {path: str(listed[path]) for path in images if identity.key((listed or {}).get(path))}
    tags = {
        path: str(tags[path])
        for path in images
        if identity.key((tags or {}).get(path)) and path not in listed
    }
    rest = [path for path in images if path not in listed and path not in tags]
    masked = [path for path in rest if path in set(first)]
    guess = _guessed(rest) or _guessed(masked) or _Guess({}, "")
    alone = {path: path for path in rest if path not in guess.names}
    parts = [
        (_safe(listed, "L"), "as listed in a table or a de-identified file"),
        (
            _numbered(dict(zip(tags, identity.together(tags.values()), strict=True)), "D"),
            "from the PatientID of DICOM files, renamed",
        ),
        (_safe(guess.names, "N"), guess.how),
        (_numbered(alone, "U"), ""),
    ]
    said = [
        f"{_count(found)} {how}" if how else UNKNOWN.format(len(found))
        for found, how in parts
        if found
    ]
    asks = [text for text in (guess.doubt, guess.ask) if text]
    for names in (listed, tags, guess.names):  # as they are written, before they fall together
        asks += identity.questions(names.values())
    ids = {path: patient for found, _ in parts for path, patient in found.items()}
    return Patients(
        {path: ids[path] for path in images}, "; ".join(said), not alone and not guess.doubt, asks
    )


def _torn(chosen, images):
    """What to ask where a pattern tears apart what the names plainly hold together: a list."""
    guess = _guessed(images)
    if guess is None or guess.doubt:
        return []
    parts = defaultdict(set)
    for path, name in guess.names.items():
        parts[identity.key(name)].add(identity.key(chosen[path]))
    torn = sum(len(found) > 1 for found in parts.values())
    if not torn:
        return []
    one = next(name for name in guess.names.values() if len(parts[identity.key(name)]) > 1)
    shown = f", such as '{one}'" if identifiers.is_code(one) else ""
    return [
        f"your pattern puts {torn} of {len(parts)} patients that the names tell{shown} under several "
        "names. Does it stand for the patient, or for a visit or an image?"
    ]


def as_listed(images, listed, column, columns=()):
    """`Patients` of a column that a person named. Raises DataError for images that it leaves out.

    columns: the titles that the tables have, for the message.
    """
    lost = [path for path in images if not identity.key(listed.get(path))]
    if lost:
        raise errors.DataError(
            f"No table beside the images gives a value of the column '{column}' for {len(lost)} of "
            f"{plurals.count(len(images), 'image')}, first '{files.shown(lost[0])}'. A table "
            "needs that column and one with the names of the images (image). "
            + (
                f"The columns here are: {', '.join(columns[:12])}."
                if columns
                else "No table is here."
            )
        )
    found = _safe({path: listed[path] for path in images}, "L")
    asks = identity.questions(listed[path] for path in images)
    if len(set(found.values())) == len(images) > 1:
        asks.append(
            f"the column {column} has another value for each image. Is it the patient, or the image?"
        )
    return Patients(found, f"{_count(found)} as you said (column {column})", True, asks)


def by_pattern(images, pattern):
    """path -> patient from a pattern of the paths, in which `{patient}` stands for the patient, `*`
    (or another word in braces) for anything within a name, `**` for anything, `?` and `[12]` for one
    letter: 'visit*/{patient}_*.png'. A pattern without a folder is held against the name alone, one
    that ends in '/' against the first folders. Raises DataError for a pattern without `{patient}`,
    one that does not say where the patient ends, or one that an image does not fit.
    """
    plain = _PATIENT.sub("{patient}", str(pattern).strip(" '\"“”‘’").replace("\\", "/"))
    if plain.count("{patient}") != 1:
        raise errors.DataError(
            f"The pattern {pattern!r} must hold {{patient}} once, where the patient stands in the "
            "path of an image, such as 'visit*/{patient}_*'. (Regular expressions are not read.)"
        )
    plain = re.sub(r"\{(?!patient\})[^{}]*\}", "*", plain).removeprefix("./").lstrip("/")
    if re.search(r"[*?]\{patient\}|\{patient\}[*?]", plain):
        raise errors.DataError(
            f"The pattern {pattern!r} does not say where the patient begins and ends: put what stands "
            "there between {patient} and the *, such as '{patient}_*' or 'P{patient}/*'."
        )
    spelled = re.escape(plain.rstrip("/")).replace(re.escape("{patient}"), "(?P<patient>[^/]+?)")
    spelled = spelled.replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\?", "[^/]")
    spelled = re.sub(
        r"\\\[([^\]]+)\\\]", lambda found: f"[{found[1].replace(chr(92) + '-', '-')}]", spelled
    ).replace(r"\*", "[^/]*")
    rule = rf"{spelled}/.*" if plain.endswith("/") else rf"(?:.*?/)??{spelled}(?:\.[^/]*)?"
    rule = re.compile(rule, re.IGNORECASE)
    found = {path: rule.fullmatch(path) for path in images}
    lost = [path for path, match in found.items() if not match]
    if lost:
        raise errors.DataError(
            f"The pattern '{pattern}' does not fit {len(lost)} of "
            f"{plurals.count(len(images), 'image')}, first "
            f"'{files.shown(lost[0])}'. Change the pattern, or take these images out of the folder."
        )
    return {path: match["patient"] for path, match in found.items()}


def split_of(path):
    """'train', 'validation' or 'test' if a folder of the path says so, else None."""
    for folder in PurePosixPath(path).parts[:-1]:
        for word in _TOKENS.split(re.sub(r"(?<=[a-z])(?=T[rs]$)", "_", folder).lower()):
            if word in SPLITS:
                return SPLITS[word]
    return None


def device_of(path):
    """The folder that names a scanner, such as 'scanner_b' or 'GE Vivid', else None."""
    for folder in PurePosixPath(path).parts[:-1]:
        if set(re.split(r"[\s_.\-\d]+", folder.lower())) & DEVICES:
            return folder
    return None


def _guessed(images):
    """The first rule that fits, a `_Guess`, or None."""
    if not images:
        return None
    read = _numbers_not_dates({path: _read(path) for path in images})
    return _by_word(read) or _by_head(images) or _by_name(read) or _by_code(read) or _by_time(read)


class _Path(NamedTuple):
    """The fields of the folders of a path, and those of the file's name."""

    folders: tuple
    name: tuple

    @property
    def all(self):
        """Every field, the folders' first."""
        return self.folders + self.name

    def codes(self):
        """(column, field) of what may number a person: the folders' fields first."""
        for where, found in (("folder", self.folders), ("name", self.name)):
            codes = [each for each in found if each.kind in _CODES]
            yield from (((where, at), each) for at, each in enumerate(codes))

    def context(self):
        """Time, reader, place and so on, as one value."""
        return tuple((each.kind, each.value) for each in self.all if each.kind in naming.NO_PERSON)


def _read(path):
    folders = [naming.fields(part) for part in PurePosixPath(path).parts[:-1] if not _is_role(part)]
    return _Path(
        tuple(each for found in folders for each in found), naming.fields(files.stem(path))
    )


def _numbers_not_dates(read):
    """Digits that could be a date, as numbers where most at their place could not: numbers of
    patients such as 100111 among 100074 and 100037 are no days.
    """
    seen, bare = defaultdict(set), {naming.NUMBER, naming.LONG, naming.DATE}
    for about in read.values():
        for place, found in _bare(about, bare):
            seen[place].add((found.text, found.kind == naming.DATE))
    numbers = {
        place
        for place, values in seen.items()
        if 0 < sum(dated for _, dated in values) < DATED * len(values)
    }
    if not numbers:
        return read
    return {path: _renumbered(about, bare, numbers) for path, about in read.items()}


def _bare(about, kinds):
    """(place and length, field) of the bare digits of a path."""
    for where, fields in (("folder", about.folders), ("name", about.name)):
        for at, each in enumerate(fields):
            if each.kind in kinds and each.text.isdecimal():
                yield (where, at, len(each.text)), each


def _renumbered(about, kinds, numbers):
    """A `_Path` whose digits at these places are numbers."""
    changed = {id(each) for place, each in _bare(about, kinds) if place in numbers}
    return _Path(
        *(
            tuple(naming.number(each.text) if id(each) in changed else each for each in fields)
            for fields in about
        )
    )


def _is_role(folder):
    """True for a folder such as images, train or GE, unless it says who or when, too."""
    kinds = {each.kind for each in naming.fields(folder)} - {naming.SCAN}
    role = pairs.folder_role(folder) or split_of(f"{folder}/x") or device_of(f"{folder}/x")
    return bool(role) and not kinds & {*naming.NO_PERSON, naming.PERSON}


def _by_word(read):
    """Words that mean a person; of several levels the coarsest, if one is inside the other."""
    found = {
        path: [each for each in about.all if each.kind == naming.PERSON]
        for path, about in read.items()
    }
    strong = {path: [each for each in fields if each.strong] for path, fields in found.items()}
    for chosen in (strong, found):
        chosen = {path: fields for path, fields in chosen.items() if fields}
        if len(chosen) >= MOST * len(read) and (done := _of_words(chosen, read)):
            return done
    return None


def _of_words(chosen, read):
    columns = [
        {path: fields[at].value for path, fields in chosen.items()}
        for at in range(min(map(len, chosen.values())))
    ]
    columns = [values for values in columns if len(set(values.values())) > 1]
    if not columns:
        return None
    best, doubt = columns[0], ""
    for other in columns[1:]:
        if _inside(best, other):
            best = other  # the coarser one can never tear a person apart
        elif not _inside(other, best) and not _alike(best, other):
            doubt = (
                "Two levels of the names mean a person, and neither is inside the other. Which of "
                f"them is it? {HELP}."
            )
    shown = {path: _shown(chosen[path], best[path]) for path in chosen}
    words = {field.word for fields in chosen.values() for field in fields[:1]}
    if not doubt and words <= naming.SHORT_FOR_OTHERS and _name_returns(best):
        doubt = (
            f"'{next(iter(shown.values()))}' may be a part, a phase or the like: a folder that may be "
            f"called after a person returns in several. Is it the patient? {HELP}."
        )
    if not doubt and words <= naming.SHORT_FOR_OTHERS and _returns_below(best, read):
        doubt = (
            f"'{next(iter(shown.values()))}' may be a part, a phase or the like: the same numbers "
            f"return in each. Is it the patient? {HELP}."
        )
    if len(words) > 1:
        shown = _merged(shown)
        doubt = doubt or (
            f"Patients are called by several words ({', '.join(sorted(words)[:4])}); equal numbers "
            f"count as one patient. Are they? {HELP}."
        )
    how = f"from the words that mean a person{_example(shown.values())}"
    return _Guess(shown, how, doubt, _several_places(shown, read))


def _returns_below(group, read):
    """True where some other number, with several images each, returns in nearly every group and has
    more values than there are groups: it may be the person, as in part1/07_2.png.
    """
    table = {path: dict(read[path].codes()) for path in group}
    columns = {column for row in table.values() for column in row}
    for column in columns:
        below = _column(table, column)
        if len(below) < MOST * len(group) or len(set(below.values())) <= len(set(group.values())):
            continue
        cells = Counter((group[path], value) for path, value in below.items())
        several = sum(count > 1 for count in cells.values()) >= MOST * len(cells)
        if several and _crossed(group, below, CROSSED):
            return True
    return False


def _name_returns(group):
    """True where a folder that may be called after a person lies below several groups, not below all
    paths: P1/anna and P2/anna.
    """
    found = defaultdict(set)
    for path, value in group.items():
        kinds = [
            (part, {each.kind for each in naming.fields(part)})
            for part in PurePosixPath(path).parts[:-1]
        ]
        above = [at for at, (_, what) in enumerate(kinds) if naming.PERSON in what]
        for part, what in kinds[above[0] + 1 :] if above else ():
            if what == {"text"} and not _is_role(part) and identifiers.may_be_person(part):
                found[part.casefold()].add((value, path))
    return any(
        len(here) < len(group) and len({value for value, _ in here}) > 1 for here in found.values()
    )


def _several_places(shown, read):
    """A question where most names return at several sites: it may be the same number, not person."""
    sites = defaultdict(set)
    for path, name in shown.items():
        found = [each.value for each in read[path].all if each.kind == naming.PLACE]
        sites[identity.key(name)].update(found)
    again = [name for name, found in sites.items() if len(found) > 1]
    if len(again) < MOST / 2 * len(sites):
        return ""
    return (
        f"The same names return at several places, first '{again[0]}', and count as one patient there. "
        f"Does each place number its own patients? Then they are several. {HELP}."
    )


def _merged(shown):
    """Names with another word but the same number: under the first of them."""
    first, result = {}, {}
    for path, name in sorted(shown.items(), key=lambda each: pairs.natural(each[1])):
        number = tuple(identity.numbers(name))
        result[path] = first.setdefault(number or name, name)
    return result


def _shown(fields, value):
    return next(field.text for field in fields if field.value == value)


def _by_head(images):
    found = {path: match for path in images if (match := _HEADS.fullmatch(files.stem(path)))}
    if len(found) < len(images):
        return None
    return _Guess(  # the test set has numbers of its own: 000 there is another fetus
        {
            path: f"T{match[1]}" if split_of(path) == "test" else match[1]
            for path, match in found.items()
        },
        "from the numbers of the HC18 set (010_HC and 010_2HC are one fetus)",
    )


def _by_name(read):
    """Folders that are named after persons, or may be: replaced by numbers. Asked about, unless all of
    them are two names with capital letters: a city or a project has a name, too.
    """
    plain = {"text", *_CODES, naming.DATE, naming.LONG, naming.PERSON}
    folders = {path: PurePosixPath(path).parts[:-1] for path in read}
    shared = set.intersection(*map(set, folders.values())) if folders else set()
    names = {}
    for path, parts in folders.items():
        found = [
            part
            for part in parts
            if part not in shared and {each.kind for each in naming.fields(part)} <= plain
        ]
        if found:
            names[path] = next(filter(identifiers.may_be_person, found), found[0])
    people = set(names.values())
    if len(names) < MOST * len(read) or len(people) < 2:
        return None
    if sum(map(identifiers.may_be_person, people)) < HALF * len(people):
        return None
    sure = all(identifiers.is_person(name) and name != name.casefold() for name in names.values())
    sure = sure and not _returns_below(names, read)  # or of the readers of the same patients
    doubt = f"Folders look like the names of persons. Is each of them one patient? {HELP}."
    return _Guess(names, "from folders that are named after persons", "" if sure else doubt)


def _by_code(read):
    """Numbers and codes against which nothing speaks."""
    table = {path: dict(about.codes()) for path, about in read.items()}
    names = Counter(column for row in table.values() for column in row)
    columns = [column for column, count in names.items() if count >= MOST * len(read)]
    columns.sort()
    values = {column: _column(table, column) for column in columns}
    counter = max((column for column in columns if column[0] == "name"), default=None)
    groups = [
        column
        for column in columns
        if column != counter
        and len(set(values[column].values())) > 1
        and (column[0] == "folder" or _shared(values[column]))
    ]
    if groups:
        return _of_codes(groups, counter, values, table, read)
    if counter is None or len(set(values[counter].values())) < 2:
        return None
    return _of_counter(counter, values[counter], table, read)


def _of_codes(groups, counter, values, table, read):
    if len(groups) > 1 and _maybe_no_person(groups[0], table):
        groups = groups[1:] + groups[:1]  # V1/07: rather patient 07 at visit 1 than patient V1
    first = groups[0]
    doubt, best = "", values[first]
    for other in groups[1:]:
        if _alike(best, values[other]):
            continue
        if _inside(best, values[other]) and not _inside(values[other], best):
            best, first = values[other], other
        doubt = "Several levels of the names may number the patients."
    kinds = {row[first].kind for row in table.values() if first in row}
    words = {row[first].word for row in table.values() if first in row}
    below = values.get(counter)
    if naming.LETTER in kinds and words & naming.MAYBE_NO_PERSON:
        doubt = doubt or f"'{_one(table, first)}' may be a visit, a reader or the like."
    elif below and _may_be_outside(kinds, best, below):
        doubt = (
            doubt or f"'{_one(table, first)}' may be a visit or a part: the same names lie in each."
        )
    elif _two_in_one(best.values()):
        doubt = (
            doubt or f"'{_one(table, first)}' may be two numbers in one, of a patient and a visit."
        )
    elif len(words) > 1 and kinds & {naming.UNKNOWN, naming.LETTER} and _words_cross(table, first):
        doubt = doubt or "The same numbers stand behind different words."
    texts = {
        tuple(each.value for each in about.folders if each.kind == "text")
        for about in read.values()
    }
    if len(texts) > 1:
        doubt = doubt or "Folders have names that say neither who nor when."
    shown = {path: table[path][first].text for path in best}
    where = "folders of the files" if first[0] == "folder" else "first part of the file names"
    doubt = f"{doubt} Is this the patient? {HELP}." if doubt else ""
    return _Guess(shown, f"from the {where}{_example(shown.values())}", doubt)


def _maybe_no_person(column, table):
    """True for one letter that is often short for a visit, a reader or the like."""
    fields = [row[column] for row in table.values() if column in row]
    return all(field.kind == naming.LETTER for field in fields) and bool(
        {field.word for field in fields} & naming.MAYBE_NO_PERSON
    )


def _may_be_outside(kinds, group, below):
    """True where the numbers below come back in most groups, as patients do at every visit."""
    if kinds & {naming.UNKNOWN, naming.LETTER}:
        return _crossed(group, below, HALF)
    return _crossed(group, below, CROSSED) and len(set(below.values())) >= len(set(group.values()))


def _of_counter(column, values, table, read):
    """One number in each name. If it returns below visits, sides or readers, it is the person."""
    below = defaultdict(set)
    for path, value in values.items():
        below[value].add(read[path].context())
    again = sum(len(found) > 1 for found in below.values())
    if again < MOST / 2 * len(below) or not _shared(values) or _counts_days(values, read):
        return None
    beside = Counter((value, PurePosixPath(path).parent) for path, value in values.items())
    leads = all(about.name[:1] == (table[path].get(column),) for path, about in read.items())
    sure = leads and sum(count > 1 for count in beside.values()) >= MOST / 2 * len(beside)
    doubt = (
        "The same numbers return in several groups of images, so each counts as one patient. Is that "
        f"so? {HELP}."
    )
    shown = {path: table[path][column].text for path in values}
    return _Guess(
        shown,
        f"from the numbers that return in the file names{_example(shown.values())}",
        "" if sure else doubt,
    )


def _counts_days(values, read):
    """True where the numbers count from 0 or 1 within each date, and not equally far: they number
    the images of a day, and the date is rather the birthday.
    """
    days = defaultdict(set)
    for path, value in values.items():
        found = [each.value for each in read[path].all if each.kind == naming.DATE]
        if not found or not value.isdecimal():
            return False
        days[found[0]].add(int(value))
    runs = [numbers == set(range(min(numbers), max(numbers) + 1)) for numbers in days.values()]
    starts = {min(numbers) for numbers in days.values()}
    ends = {max(numbers) for numbers in days.values()}
    return all(runs) and starts <= {0, 1} and len(ends) > 1


def _by_time(read):
    """Nothing names a person: images of one date or one examination are kept together, and asked about."""
    for kinds, what in (
        ((naming.UID,), "UID"),
        ((naming.LONG,), "long number"),
        ((naming.DATE,), "date"),
    ):
        values = {}
        for path, about in read.items():
            found = [each.text for each in about.all if each.kind in kinds]
            if found:
                values[path] = found[0]
        if len(values) >= MOST * len(read) and _shared(values) and len(set(values.values())) > 1:
            return _Guess(
                values,
                f"from the {what} in their names",
                f"Images of one {what} are kept together, but a {what} may stand for an examination, "
                f"and one person may have several. {HELP}.",
            )
    return None


def _column(table, column):
    return {path: row[column].value for path, row in table.items() if column in row}


def _one(table, column):
    return next(row[column].text for row in table.values() if column in row)


def _shared(values):
    return max(Counter(values.values()).values()) > 1


def _inside(fine, coarse):
    """True if every group of `fine` lies in one group of `coarse`."""
    seen = {}
    both = fine.keys() & coarse.keys()
    return all(seen.setdefault(fine[path], coarse[path]) == coarse[path] for path in both)


def _alike(one, other):
    """True if two levels number alike: P01/P01_3, 01/P1_3."""
    return all(_digits(one[path]) == _digits(other[path]) for path in one.keys() & other.keys())


def _digits(value):
    return identity.numbers(value) or value


def _crossed(one, other, share):
    """True if (nearly) every value of one comes with every value of the other."""
    both = one.keys() & other.keys()
    cells = {(one[path], other[path]) for path in both}
    full = len(set(one.values())) * len({other[path] for path in both})
    return len({other[path] for path in both}) > 1 and len(cells) >= share * full


def _two_in_one(values):
    """True for numbers of one length whose first digits come with all of their last, such as 0101,
    0102, 0201, 0202; numbers in a row are none.
    """
    texts = {str(value) for value in values}
    if (
        len(texts) < 4
        or len({len(text) for text in texts}) > 1
        or not all(map(str.isdecimal, texts))
    ):
        return False
    numbers = [int(text) for text in texts]
    if len(texts) > CROSSED * (max(numbers) - min(numbers) + 1):
        return False
    long = len(next(iter(texts)))
    for cut in range(1, long):
        heads, tails = ({text[part] for text in texts} for part in (slice(cut), slice(cut, None)))
        if min(len(heads), len(tails)) > 1 and len(texts) >= CROSSED * len(heads) * len(tails):
            return True
    return False


def _words_cross(table, column):
    numbers = defaultdict(set)
    for row in table.values():
        if column in row:
            numbers[tuple(_digits(row[column].value))].add(row[column].word)
    return sum(len(words) > 1 for words in numbers.values()) > len(numbers) / 2


def _example(names):
    """One name to show, unless it could tell who someone is."""
    plain = [name for name in sorted(set(names), key=pairs.natural) if identifiers.is_code(name)]
    return f", such as '{plain[0]}'" if plain else ""


def _safe(found, letter):
    """Patients without identities: whoever is not plainly a code is replaced by a number. Who may be
    one person gets one name, for numbers would hide that from the split.
    """
    found = dict(zip(found, identity.together(found.values()), strict=True))
    return found | _numbered(
        {path: name for path, name in found.items() if not identifiers.is_code(name)}, letter
    )


def _numbered(told, letter):
    """Pseudonyms, in the order of the originals: N001, N002, ..."""
    told = dict(zip(told, identity.canonical(told.values()), strict=True))
    order = sorted(set(told.values()))
    wide = max(3, len(str(len(order))))
    names = {text: f"{letter}{number:0{wide}d}" for number, text in enumerate(order, 1)}
    return {path: names[text] for path, text in told.items()}


def _count(ids):
    number = len(set(ids.values()))
    return plurals.count(number, "patient")


def in_several(ids, group):
    """patient_id -> the sorted groups (such as splits) it is in, for patients in more than one.

    ids: path -> patient_id; group: a function of a path, None where it has none.
    """
    seen = defaultdict(set)
    for path, patient in ids.items():
        if group(path) is not None:
            seen[patient].add(group(path))
    return {patient: sorted(found) for patient, found in seen.items() if len(found) > 1}
