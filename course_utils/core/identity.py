"""Who is who: the one rule by which two ways of writing a patient's name count as one person.

    key("P01 ") == key("p01") == key("Ｐ01"), key(1.0) == key("1"), and key("001") != key("1")

Every split, interval, list and pseudonym compares keys, never raw text. What a key cannot decide
('001' against '1', 'P-01' against 'P01') is `doubtful`: it is kept on one side, and asked about.
"""

import functools
import math
import numbers as arithmetic
import re
import unicodedata
from collections import defaultdict

from course_utils.core import errors, words

_WHOLE = re.compile(r"([+-]?\d+)(?:\.0+|,0)")  # 1.0 is what a table makes of 1 beside a gap
_TOKENS = re.compile(r"\d+|[^\W\d_]+")
_ENDING = re.compile(r"(?<=\w)\.(?:png|jpe?g|tiff?|bmp|dcm|nii|mhd|avi|mp4)$|(?<=\d)\s*\(\d\)$")
_HASH = re.compile(r"(?=[0-9a-fx]*\d)(?=\d*[a-fx])[0-9a-fx]{10,}")
_OTHERS = (  # words for people or animals who are numbered apart from patients
    *"volunt volont proband freiwillig versuchsperson vp teilnehm donor mouse rat animal tier".split(),
    *"fetus foetus".split(),
)
_NUMBER_WORDS = set("id ids no nr num number numero nummer".split())
_AGAIN = set(
    "copy kopie copie copia dup duplicate duplikat rescan second repeated od os ou bl".split()
)
SLIPS = 0.05  # share of names with a letter in the place of a digit, if it was a slip
LONG = 7  # digits that may be written in groups
MISSING = set(  # what lists and machines write where they name nobody
    "nan none null <na> nat n/a #n/a unknown unbekannt desconocido inconnu anonymous anonymized"
    " anonymised anonym anonymisiert anonimo missing n.a. k.a. nil tbd tba xxx ? ?? ??? - -- ---".split()
) | {"", "not available", "not known", "k. a."}
_LOOK_ALIKE = str.maketrans("авекмнорстухіјαβεκμνορτυχιı", "abekmhopctyxijabekmnoptuxii")
_THOUSANDS = re.compile(r"\D*[1-9]\d{0,2}(?:[ ,._'’]\d{3})+(?!\d)\D*")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
SHOWN = 5


def key(value):
    """The key of a person, str: NFKC, stripped, casefolded, `1.0` as `1`; '' where there is none.

    Characters that nobody sees are dropped, every dash is '-', every blank one space.
    """
    text = _cleaned(value)
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else "" if text in MISSING else text


@functools.lru_cache(100_000)
def readings(value, typed=True):
    """All that a name may stand for, a set of tuples: names that share one may be one person, and
    nobody can tell ('P01', 'Patient 1', '1' and 'P01_left'; 'O1' and '01'; '1_000' and '1000').

    What may not count: zeros in front, separators, accents (ü, ue and u), letters that look alike,
    words for a patient, the order of two words, and a visit, side or copy behind the number.
    typed: whether O, I and l beside a digit may be digits.
    """
    text = words.plain(_ENDING.sub("", _cleaned(value).replace("n°", "nr")).translate(_LOOK_ALIKE))
    ways = {text, words.plain(key(value).translate(_LOOK_ALIKE))}
    if typed:
        ways.add(_as_digits(text))
    if _THOUSANDS.fullmatch(text):
        ways.add(re.sub(r"(?<=\d)[ ,._'’](?=\d{3})", "", text))
    found = {_parts(way) or (way,) for way in ways}
    found |= {_person(parts) for parts in found if not _HASH.search(text)}
    found = {way for parts in found for way in _called(parts)}
    digits = re.findall(r"\d+", text)
    if len(digits) > 1 and sum(map(len, digits)) >= LONG and not re.search(r"[^\W\d_]", text):
        found.add((int("".join(digits)),))
    return found


def numbers(value):
    """The whole numbers in a name, in order: a list."""
    return [part for part in _parts(words.plain(key(value))) if isinstance(part, int)]


def _parts(text):
    return tuple(int(part) if part.isdecimal() else part for part in _TOKENS.findall(text))


def _as_digits(text):
    """O, I and l beside a digit as the digits that they look like."""
    text = re.sub(r"(?<![a-z])([a-z]?)o(?=\d)|(?<=\d)o(?![a-z])|(?<=\d)o(?=\d)", r"\g<1>0", text)
    return re.sub(r"(?<![a-z])[il](?=\d)|(?<=\d)[il](?![a-z])|(?<=\d)[il](?=\d)", "1", text)


def _is_patient(part):
    return isinstance(part, str) and (
        part == "s" or words.kind(part) == words.PERSON and not part.startswith(_OTHERS)
    )


def _person(parts):
    """The parts without a visit, a side, a reader or a copy, and their numbers, if a number stays."""
    kept, at = [], 0
    patient = [_is_patient(part) for part in parts]
    while at < len(parts):
        part, after = parts[at], parts[at + 1 : at + 2]
        numbered = bool(after) and isinstance(after[0], int)
        behind = any(isinstance(one, int) for one in kept)
        if isinstance(part, int):
            if behind and numbered is False and after and words.kind(after[0]) == words.TIME:
                at += 2  # 6 months
                continue
            if behind and 1900 <= part <= 2099:
                at += 1 + sum(isinstance(one, int) for one in parts[at + 1 : at + 3])
                continue  # a year or a date behind the number
        elif (behind or any(patient[at + 1 :])) and _says_when(part, numbered, behind):
            at += 1 + numbered
            continue
        kept.append(part)
        at += 1
    return tuple(kept)


def _says_when(part, numbered, behind):
    if len(part) == 1:
        return part in "vtdwlr" if numbered else behind and part in "abcdelr"
    kind = words.kind(part)
    return kind in (words.TIME, words.SIDE, words.RATER, words.SCAN) or part in _AGAIN


def _called(parts):
    """The parts with one word for all words of patients, and one for all of subjects: P01 is Patient
    1, and 1 may be either. Two words in the order of the alphabet.
    """
    if not any(isinstance(part, int) for part in parts):
        return {tuple(sorted(parts)), ("".join(parts),)}
    said = [part for part in parts if _is_patient(part)]
    rest = tuple(part for part in parts if part not in said and part not in _NUMBER_WORDS)
    called = {part[0] for part in said if not part.startswith(("part", "pers"))} & {"p", "s"}
    called = called or {"p", "s"}
    if said and isinstance(rest[0], int) and not any(isinstance(part, int) for part in rest[1:]):
        rest = rest[:1]  # P5 with any words behind it
    plain = isinstance(rest[0], int)  # HC01 is neither
    return {parts} | ({(word, *rest) for word in called} if said or plain else set())


def canonical(values):
    """The values as text (list of str), each person under the first of their spellings in the
    alphabet; '' where nobody is named. Their order does not matter.
    """
    texts = [_text(value) for value in values]
    found = {text: key(text) for text in dict.fromkeys(texts)}
    first = {"": ""}
    for text in sorted(found):
        first.setdefault(found[text], text)
    return [first[found[text]] for text in texts]


def together(values):
    """As `canonical`, but everybody who may be one person is one, as a split must have it."""
    known = canonical(values)
    first = {text: group[0] for group in _groups(known) for text in group}
    return [first.get(text, "") for text in known]


def _groups(texts):
    """Texts of which each shares a reading with another of its group: sorted lists."""
    from scipy.cluster.hierarchy import DisjointSet  # here: it takes a tenth of a second

    people, names = DisjointSet(), sorted({text for text in texts if text})
    odd = sum(_as_digits(name.casefold()) != name.casefold() for name in names)
    typed = odd <= max(2, SLIPS * len(names))  # more of them are codes: I1, I2, I3
    for text in names:
        people.add(text)
        for reading in readings(text, typed):
            people.add(reading)
            people.merge(text, reading)
    groups = ([each for each in group if isinstance(each, str)] for group in people.subsets())
    return sorted(sorted(group) for group in groups)


def spellings(values):
    """Keys that are written in several ways: key -> the ways, sorted (list of str)."""
    found = defaultdict(set)
    for text in _texts(values):
        found[key(text)].add(text)
    return {who: sorted(ways) for who, ways in sorted(found.items()) if who and len(ways) > 1}


def doubtful(values):
    """Groups of names that may be one person, such as ['001', '1']: a sorted list of lists."""
    return [group for group in _groups(canonical(values)) if len(group) > 1]


def unified(values, where):
    """`canonical` values, with a warning (CourseWarning) that names the spellings that fell
    together and asks about those that may. where: names the table, for the remark.
    """
    for question in questions(values):
        errors.warn(f"{where}: {question}")
    return canonical(values)


def questions(values):
    """What a person should be asked about names of patients: a list of sentences."""
    values, said = list(values), []  # a generator could be looked through only once
    short = sorted(text for text in _texts(values) if _SHORTENED.fullmatch(text))
    if short:
        said.append(
            f"a spreadsheet has shortened numbers of patients ({_some(short)}), so several people may "
            "share one. Export the list again with that column as text."
        )
    same = [" = ".join(map(repr, ways)) for ways in spellings(values).values()]
    if same:
        said.append(
            f"patients written in several ways count as one: {_some(same)}. Is that right? If not, "
            "give them different names."
        )
    maybe = [" and ".join(map(repr, ways)) for ways in doubtful(values)]
    if maybe:
        said.append(
            f"these may be one patient: {_some(maybe)}. Are they? They count as one "
            "in a split; write them alike if they are one, or give them different "
            "numbers if they are not."
        )
    return said


def _cleaned(value):
    if value is None or _is_missing(value):
        return ""
    if isinstance(value, arithmetic.Real) and not isinstance(value, bool):
        number = float(value)
        value = str(int(value)) if math.isfinite(number) and number == int(number) else str(value)
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", str(value)).casefold())
    text = " ".join("".join(_plain(letter) for letter in text).split())
    return text.removesuffix(" 00:00:00")  # a date that a table made a moment


def _is_missing(value):
    try:
        return bool(value != value)  # NaN and NaT are unlike themselves
    except (TypeError, ValueError):  # pandas.NA is neither
        return True


def _some(found):
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more


def _plain(letter):
    kind = unicodedata.category(letter)
    return "" if kind in ("Cf", "Cc") and not letter.isspace() else "-" if kind == "Pd" else letter


def _texts(values):
    return {_text(value) for value in values}


def _text(value):
    """A value as it is shown: numbers as a person writes them."""
    return value.strip() if isinstance(value, str) else key(value)
