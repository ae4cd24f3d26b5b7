"""Who is who: the one rule by which two ways of writing a patient's name count as one person.

    key("P01 ") == key("p01") == key("Ｐ01"), key(1.0) == key("1"), and key("001") != key("1")

Every split, interval, list and pseudonym compares keys, never raw text. What a key cannot decide
('001' against '1', 'P-01' against 'P01') is `doubtful`: it is kept on one side, and asked about.
"""

import math
import numbers
import re
import unicodedata
from collections import defaultdict

from course_utils.core import errors, words

_WHOLE = re.compile(r"([+-]?\d+)(?:\.0+|,0)")  # 1.0 is what a table makes of 1 beside a gap
_TOKENS = re.compile(r"\d+|[^\W\d_]+")
MISSING = set(  # what lists and machines write where they name nobody
    "nan none null <na> nat n/a #n/a unknown unbekannt desconocido inconnu anonymous anonymized"
    " anonymised anonym anonymisiert anonimo missing ? - --".split()
) | {""}
_LOOK_ALIKE = str.maketrans("авекмнорстухіјαβεκμνορτυχιı", "abekmhopctyxijabekmnoptuxii")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
SHOWN = 5


def key(value):
    """The key of a person, str: NFKC, stripped, casefolded, `1.0` as `1`; '' where there is none.

    Characters that nobody sees are dropped, every dash is '-', every blank one space.
    """
    if value is None or _is_missing(value):
        return ""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = float(value)
        value = str(int(value)) if math.isfinite(number) and number == int(number) else str(value)
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", str(value)).casefold())
    text = "".join(_plain(letter) for letter in text)
    text = " ".join(text.split())
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else "" if text in MISSING else text


def loose(value):
    """What is left when zeros in front, separators, accents (ü, ue and u) and the alphabet of a letter
    that looks alike do not count: a tuple, equal for 'P-01' and 'p1', but not for 'P1_1' and 'P11'.
    Equal ones may be one person, and nobody can tell.
    """
    text = words.plain(_THOUSANDS.sub("", key(value)).translate(_LOOK_ALIKE))
    parts = tuple(int(part) if part.isdecimal() else part for part in _TOKENS.findall(text))
    return parts or (text,)


def canonical(values, by=key):
    """The values as text (list of str), each person under the first of their spellings in the
    alphabet; '' where nobody is named. Their order does not matter.

    by: `key`, or `loose` to put everybody together who may be one person, as a split must.
    """
    texts = [_text(value) for value in values]
    found = {text: by(text) if key(text) else None for text in dict.fromkeys(texts)}
    first = {}
    for text in sorted(found):
        first.setdefault(found[text], text)
    first[None] = ""
    return [first[found[text]] for text in texts]


def spellings(values):
    """Keys that are written in several ways: key -> the ways, sorted (list of str)."""
    found = defaultdict(set)
    for text in _texts(values):
        found[key(text)].add(text)
    return {who: sorted(ways) for who, ways in sorted(found.items()) if who and len(ways) > 1}


def doubtful(values):
    """Groups of names that may be one person, such as ['001', '1']: a sorted list of lists."""
    found = defaultdict(dict)
    for text in sorted(_texts(values)):
        if key(text):
            found[loose(text)].setdefault(key(text), text)
    return sorted(list(ways.values()) for ways in found.values() if len(ways) > 1)


def unified(values, where):
    """`canonical` values, with a warning (CourseWarning) that names the spellings that fell
    together and asks about those that may. where: names the table, for the remark.
    """
    for question in questions(values):
        errors.warn(f"{where}: {question}")
    return canonical(values)


def questions(values):
    """What a person should be asked about names of patients: a list of sentences."""
    said = []
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
            f"these may be one patient, written in two ways: {_some(maybe)}. Are they? They are kept "
            "on one side of a split; write them alike if they are one, or tell them apart by more "
            "than a zero or a dash."
        )
    return said


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
