"""What in a file's or folder's name may tell who the patient is: numbers of a person, dates, names.

A guess by patterns and by a list of words that are plainly no name (`core.words`). It errs on the
side of asking: a person looks at what it found.
"""

import calendar
import functools
import re
import tomllib
import unicodedata
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from course_utils.core import files, words

NUMBERS = ("patient number", "national number")  # of one person, and of nobody else
PERSON = "name of a person"
POSSIBLE = "possible name"  # one word that is on no list
MAYBE_DATE = "possible date"  # six digits alone: a birthday, or a number
LONG = 7  # digits in a row that no image counter needs
KINDS = (  # the gravest first
    *NUMBERS,
    "e-mail address",
    "telephone number",
    "date",
    "long number",
    "DICOM number",
    MAYBE_DATE,
    PERSON,
    POSSIBLE,
)
GONE = "\x1f"  # stands where something was found, so that it is not found again
_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_PART = re.compile(r"<([A-Z]+)>")
_PATTERNS = [
    (told["what"], _PART.sub(lambda found: _TOLD["parts"][found[1]], told["looks"]))
    for told in _TOLD["patterns"]
]
_FORMS = tuple(_TOLD["forms"].values())  # letters and digits that make the number of a person
_TOGETHER = {tuple(map(int, sizes.split())) for sizes in _TOLD["together"]}  # groups of digits
_DATED = (3, 4, 5, 7)  # digits behind a date of birth: CPR, personnummer, rodné číslo, RRN
_GROUPS = re.compile(r"(?<![\d.])\d+(?:([\s_.\-])\d+)(?:\1\d+)*(?![\d])")
_UID = re.compile(r"\d+(?:\.\d+){5,}")
_CODE = re.compile(  # a UUID, or a hash: digits and the letters a to f in one
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![^\W_])(?:0x)?(?=[0-9a-fx]*\d)(?=\d*[a-f])(?:[0-9a-fx]*[a-f][0-9a-fx]*\d[0-9a-fx]*|[0-9a-fx]*\d[0-9a-fx]*"
    r"[a-f][0-9a-fx]*)(?<=[0-9a-fx]{12})(?![^\W_])",
    re.IGNORECASE,
)
_EIGHT, _SIX = re.compile(r"(?<!\d)\d{8}(?:\d{4}|\d{6})?(?!\d)"), re.compile(r"(?<!\d)\d{6}(?!\d)")
_SHORT = re.compile(r"(?<![^\W_])\d{1,2}([.\-/_ ])\d{1,2}\1\d\d(?![^\W_])")
_NUMBER = re.compile(rf"(?<!\d)\d{{{LONG},}}(?!\d)")
_COUNTERS = set(  # a number beside them counts pictures
    "img image images frame frm bild pic picture photo file slice slc dsc im dscn pict imgs frames".split()
)
_PARTICLES = set(
    "de la del della di da dos das do du des le van von der den ten ter zu zum zur bin ibn ben al el abu st mc mac o d"
    " san santa y e af av".split()
)
_HOSPITAL = set("mrn pid kvnr nhs ssn fallnr acc accession".split())  # numbers of a hospital follow
_TITLES = set(
    "mr mrs ms miss mme mlle herr frau dr prof sr sra senor senora signor signora".split()
)
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[\s_.,;^+&\-–—'’()]*")
_VOWELS = set("aeiouyàâäáãåæèéêëìíîïòóôöõøùúûüýÿ")


class _Word(NamedTuple):
    start: int
    end: int
    text: str
    strange: bool  # it is on no list of words that are plainly no name
    small: bool  # an initial, a particle or a title: it says nothing alone


def in_name(name):
    """What a single name (of a file without ending, or of a folder) may give away: a list of
    (what, text), the gravest first; `what` is one of `KINDS`. Everything is said, not the first.
    """
    text = _plain(name)
    found, rest = [], text

    def take(what, start, end):
        nonlocal rest
        if what:
            found.append((what, text[start:end].strip(" _.-/")))
        rest = rest[:start] + GONE * (end - start) + rest[end:]

    for form in _FORMS:
        for match in re.finditer(rf"(?<![^\W_]){form}(?![^\W_])", rest):
            if "000" not in match[0]:
                take("national number", *match.span())
    for what, pattern in (("DICOM number", _UID), ("", _CODE)):
        for match in pattern.finditer(rest):
            take(what, *match.span())
    for what, pattern in _PATTERNS:
        for match in re.finditer(pattern, rest, re.IGNORECASE):
            take(what, *match.span())
    for match in _GROUPS.finditer(rest):
        if _is_national(match[0], match[1]):
            take("national number", *match.span())
    for pattern, is_date in ((_EIGHT, _is_eight), (_SHORT, _is_short), (_SIX, _is_six)):
        for match in pattern.finditer(rest):
            if not is_date(match[0]):
                continue
            if pattern is not _SIX or _beside_a_word(rest, match):
                take("date", *match.span())
            elif not re.search(r"[^\W\d_]", rest) and not match[0].startswith("00"):
                take(MAYBE_DATE, *match.span())
    for match in _NUMBER.finditer(rest):
        if not _is_counter(rest, match):
            take("long number", *match.span())
    dated = any(what in ("date", *NUMBERS) for what, _ in found)
    found += _people(rest, dated)
    return sorted(dict.fromkeys(found), key=lambda each: KINDS.index(each[0]))


def in_paths(paths):
    """Look at every file name and, once each, every folder: yields (path, what, text).

    Six digits are no date where most names of the same form in the same folder hold six digits
    that cannot be one: then they count. Six digits alone are a possible date only where all names of
    their form are.
    """
    paths = list(paths)
    parents = [p for path in paths for p in PurePosixPath(path).parents[:-1]]
    folders = {f"{parent}/": parent for parent in sorted(set(parents))}
    counted, mixed = _counters(paths)
    for where, name, form in [
        *(
            (where, parent.name, _form(parent.parent, parent.name))
            for where, parent in folders.items()
        ),
        *((path, files.stem(path), _form_of(path)) for path in paths),
    ]:
        for what, text in in_name(name):
            numbered = (
                what == "date" and _SIX.fullmatch(text) and form in counted and where[-1] != "/"
            )
            if not numbered and not (what == MAYBE_DATE and form in mixed):
                yield where, what, text


@functools.lru_cache(100_000)
def is_person(name):
    """True for a folder that is plainly called after a person: two or more words in a row that are
    on no list of ordinary words, such as Meier_Anna or de la Cruz Maria.
    """
    return any(
        sum(word.strange for word in run) > 1 and any(_weighs(word.text, False) for word in run)
        for run in _runs(_plain(name))
    )


@functools.lru_cache(100_000)
def may_be_person(name):
    """True for a folder that holds any word that may be a name, such as Schmidt or 'meier 1963'."""
    return any(what in (PERSON, POSSIBLE) for what, _ in in_name(name))


def is_code(name):
    """True for what is plainly a code, and no name, date or hospital number: P01, sub-01, case_12,
    patient0001, 0012.
    """
    text = _plain(name).strip()
    form = re.fullmatch(r"([^\W\d_]*)[\s_.\-#]*(\d{1,4}|[A-Za-z])", text)
    if not form:
        return False
    word, number = form.groups()
    year = number.isdecimal() and 1900 <= int(number) <= 2099 and len(number) == 4
    glued = len(word) + len(number) == len(text)
    if glued and word and number.islower() and number.isalpha():
        return False  # Rex is no 're x'
    if word.casefold() in _HOSPITAL:
        return False
    if len(word) <= 1:
        return not (year and not word)
    # May 12 and Ward 3 say when or where; Mark 1 and Anna B may be people.
    fits = words.kind(word) not in (words.UNKNOWN, words.TIME, words.PLACE, words.RATER)
    return fits and (words.is_listed(word) or words.is_ordinary(word))


def _plain(name):
    """NFKC, every digit as 0 to 9, no marks that nobody sees, nor those that are written above and
    below letters of Thai, Hindi or Hebrew: a word is its letters.
    """
    text = unicodedata.normalize("NFKC", str(name))
    return "".join(
        str(unicodedata.decimal(letter))
        if letter.isdecimal()
        else " "
        if letter in "\u200b\u200e\u200f\ufeff"
        else letter
        for letter in text
        if unicodedata.category(letter) not in ("Mn", "Mc")
    )


def _form(parent, name):
    """The folder and a name with every digit as 0: names of one form are counted alike."""
    return parent, re.sub(r"\d", "0", name)


def _form_of(path):
    return _form(PurePosixPath(path).parent, files.stem(path))


def _counters(paths):
    """Forms of names of which most hold six digits that are no date, and those of which some do."""
    seen = defaultdict(lambda: [0, 0])
    folders = {parent for path in paths for parent in PurePosixPath(path).parents[:-1]}
    named = [(_form_of(path), files.stem(path)) for path in paths]
    for form, name in [*named, *((_form(each.parent, each.name), each.name) for each in folders)]:
        for match in _SIX.finditer(name):
            seen[form][_is_six(match[0])] += 1
    return (
        {form for form, (no, yes) in seen.items() if no > yes},
        {form for form, (no, _) in seen.items() if no},
    )


def _is_day(year, month, day):
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _is_eight(digits):
    a, b, c, d = (int(digits[at : at + 2]) for at in (0, 2, 4, 6))
    whole = (19, 20)
    return (
        (a in whole and _is_day(a * 100 + b, c, d))
        or (c in whole and _is_day(c * 100 + d, b, a))
        or (c in whole and _is_day(c * 100 + d, a, b))
    )


def _is_six(digits):
    a, b, c = (int(digits[at : at + 2]) for at in (0, 2, 4))
    return _is_day(2000 + c, b, a) or _is_day(2000 + a, b, c) or _is_day(2000 + c, a, b)


def _is_short(text):
    """12.04.63: with a blank or a line below, three small numbers may as well count."""
    a, b, c = re.split(r"[.\-/_ ]", text)
    if text[len(a)] == "." and int(c) > 31 and len(b) < 2:
        b = f"0{b}"  # 12.4.63
    sure = text[len(a)] in ".-/" or max(int(a), int(b), int(c)) > 31
    return sure and len(b) == len(c) == 2 and _is_six(f"{int(a):02d}{b}{c}")


def _beside_a_word(rest, match):
    """True where the nearest letters are a word, and not one that counts pictures."""
    if match[0].startswith("00"):
        return False
    before = re.search(r"([^\W\d_]+)[\s_.\-#]{0,3}$", rest[: match.start()])
    after = re.match(r"[\s_.\-#]{0,3}([^\W\d_]+)", rest[match.end() :])
    near = [found[1] for found in (before, after) if found and len(found[1]) > 1]
    return bool(near) and not (before and before[1].casefold() in _COUNTERS)


def _is_national(text, mark):
    groups = text.split(mark)
    sizes = tuple(map(len, groups))
    if mark == "." and sizes[0] < 3 and sizes[1:] == (3, 3):
        return True  # 12.345.678: an identity card with dots between thousands
    if sizes in _TOGETHER:
        counted = len(sizes) < 6 and any(group.startswith("00") for group in groups)
        return _is_nhs(groups) or not counted
    born = _is_six(groups[0]) if sizes[0] == 6 else _is_eight(groups[0]) if sizes[0] == 8 else False
    return born and len(sizes) == 2 and sizes[1] in _DATED


def _is_nhs(groups):
    digits = [int(digit) for digit in "".join(groups)]
    if len(digits) != 10:
        return False
    total = 11 - sum(digit * (10 - at) for at, digit in enumerate(digits[:9])) % 11
    return total % 11 == digits[9] and any(digits)


def _is_counter(rest, match):
    """img_0000123: a number that begins with zeros, after a word that counts pictures."""
    before = re.search(r"([^\W\d_]+)[\s_.\-#]{0,3}$", rest[: match.start()])
    return match[0].startswith("000") and bool(before) and before[1].casefold() in _COUNTERS


def _people(rest, dated):
    """Words that may be names: several in a row, or one beside an initial or a date, are a name."""
    for run in _runs(rest):
        strange = [word.text for word in run if word.strange]
        lone = len(run) == 1 and not dated
        if any(_weighs(word, lone) for word in strange):
            text = rest[run[0].start : run[-1].end]
            yield POSSIBLE if lone else PERSON, text


def _weighs(word, lone):
    """False for what is more often an abbreviation than a name: short, and on no list of names."""
    if not word.isascii() or len(word) > 4 or word.casefold() in words.SHORT:
        return True
    return word.istitle() and len(word) > 2 + lone


def _runs(rest):
    """Words in a row of which at least one is strange and the others are strange or small."""
    run = []
    for word in _words(rest):
        joined = run and _BETWEEN.fullmatch(rest[run[-1].end : word.start])
        if run and not (joined and (word.strange or word.small)):
            yield from _whole(run)
            run = []
        if word.strange or word.small:
            run.append(word)
    yield from _whole(run)


def _whole(run):
    if any(word.strange for word in run):
        yield run


def _words(rest):
    """The words of a name; an apostrophe within belongs to its word, AnnaMeier is two."""
    for found in re.finditer(r"[^\W_]+(?:['’ʼ`´][^\W\d_]+)*", rest):
        pieces = re.findall(r"[^\W\d_]+(?:['’ʼ`´][^\W\d_]+)*", found[0])
        if len(pieces) > 1 and max(map(len, pieces)) <= 3:
            continue  # a1b2c3
        for piece in re.finditer(r"[^\W\d_]+(?:['’ʼ`´][^\W\d_]+)*", found[0]):
            place = found.start() + piece.start()
            apart = [piece[0]] if words.is_ordinary(piece[0]) else _CAMEL.split(piece[0])
            for text in apart:
                end = place + len(text)
                numbered = len(text) == 1 and rest[end : end + 1].isdecimal()  # S1 is no initial
                small = _is_small(text) and not numbered
                yield _Word(place, end, text, not numbered and _is_strange(text), small)
                place = end


def _is_small(text):
    low = text.casefold()
    return len(text) == 1 and text.isupper() or low in _PARTICLES or low in _TITLES


def _is_strange(text):
    if _is_small(text) or words.is_ordinary(text):
        return False
    if len(text) == 2 and text.isascii():
        return text.istitle()  # Li, Wu: but AB and cd are codes
    vowels = _VOWELS & set(text.casefold())
    return bool(vowels) or not text.isascii() or len(text) > 4
