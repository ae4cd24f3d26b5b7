"""What the words in file and folder names mean: a person, a time, a reader, a place, a bundle, a
scan.

    fields("visit1_P01-left") -> visit 1 (time), P01 (person), left (side)

The words are those of `core.words`, glued to their number or not. A word that is not known is
'unknown', and nothing certain may rest on it.
"""

import functools
import re
import unicodedata
from typing import NamedTuple

from course_utils.core import identity
from course_utils.core.words import (
    BODY,
    BUNDLE,
    CLASS,
    LETTER,
    NEUTRAL,
    PERSON,
    PLACE,
    RATER,
    SCAN,
    SIDE,
    TIME,
    UNKNOWN,
    kind,
    plain,
)

NUMBER, DATE, UID, LONG = "number", "date", "uid", "long"
NO_PERSON = (TIME, RATER, PLACE, BUNDLE, SCAN, SIDE, DATE)
COMPLETE = set(  # words that need no number: first visit, baseline
    """first second third last initial final baseline basal pre post before after vor nach avant
    apres
    antes despues erste zweite dritte primera segunda premier deuxieme consensus""".split()
)
_SIDES = set("side seite lado cote lato zijde".split())
_WEAK = {
    "case",
    "fall",
    "cas",
    "caso",
    "pid",
    "rat",
    "mouse",
    "animal",
    "tier",
}  # also other things
SHORT_FOR_OTHERS = {*_WEAK, *"p pt sub subj id cas donor vp s casus".split()}  # part, phase, subset
MAYBE_NO_PERSON = set(
    "vtdwfrbemy"
)  # visit or volunteer, time, day, week, fold, rater, batch, exam, month
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
_UID = re.compile(r"\d+(?:\.\d+){4,}")
_HASH = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
    r"|(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{10,}",
    re.IGNORECASE,
)
_Y, _M, _D = r"(?:19|20)\d\d", r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_S = r"[\s_.\-/]"
_DATE = re.compile(
    rf"(?<!\d)(?:{_Y}{_S}{_M}{_S}{_D}|{_D}{_S}{_M}{_S}{_Y}|{_M}{_S}{_D}{_S}{_Y}|{_Y}{_S}{_M}"
    rf"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{{4}}|\d{{6}})?"
    rf"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d|(?:19|20)\d\d"
    rf"|\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d"
    rf"|(?:0[1-9]|[12]\d|3[01])[.\-](?:0[1-9]|1[0-2])[.\-]\d\d)(?!\d)"
)
_LONG = 7  # digits: a hospital's number of a person, or of one examination


class Field(NamedTuple):
    """One piece of a name. `kind`: what its word means; `value`: what tells it from others of its
    kind; `text`: as it stands in the name; `word`: the word in plain letters, '' for a bare number;
    `strong`: a person's word that means nothing else.
    """

    kind: str
    value: str
    text: str
    word: str = ""
    strong: bool = False


@functools.lru_cache(100_000)
def fields(name):
    """The fields of one name (a folder, or a file without its ending), in order: a tuple."""
    name = unicodedata.normalize("NFKC", name).strip()
    name = re.sub(r"(\d)(?:st|nd|rd|th)(?![^\W\d_])", r"\1.", name)
    found, rest = [], name
    for pattern, what in ((_UID, UID), (_HASH, UID), (_DATE, DATE)):
        for match in reversed(list(pattern.finditer(rest))):
            if what == DATE and _belongs(rest, match):
                continue
            found.append((match.start(), Field(what, match[0], match[0])))
            rest = rest[: match.start()] + "\x1f" * len(match[0]) + rest[match.end() :]
    found += _runs(rest)
    return tuple(field for _, field in sorted(found, key=lambda each: each[0]))


def _belongs(name, match):
    """True where digits like a date or year are the number of a word: P2001, sub-1905."""
    before = re.search(r"([^\W\d_]+)[\s_\-#]*$", name[: match.start()])
    short = len(match[0]) <= 6 and match[0].isdecimal()
    return bool(
        short and before and kind(before[1]) in (PERSON, BODY) and plain(before[1]) != "fall"
    )


def _runs(name):
    """Words and the number that follows them: (place, Field) of each."""
    found, words, numbers = [], [], []
    for start, text, touches in _tokens(name):
        number = text.isdecimal()
        if words and _done(words, start, text, touches, number):
            found += _closed(words, None)
            words = []
        if not number:
            words.append((start, text))
        elif words:
            found += _closed(words, (start, text))
            words = []
        else:
            numbers.append((start, text, touches))
            found.append((start, _bare(text)))
    found += _closed(words, None) if words else []
    return _ordinals(name, found, numbers) if numbers else found


def _done(words, start, text, touches, number):
    """True where the words before say all that they have to say, so that this begins a new field:
    after 'rater B', before an ID of its own ('visit_ID7'), and before 'first visit' gets a number.
    """
    place, last = words[-1]
    if number:
        complete = COMPLETE & {plain(word) for _, word in words}
        return bool(complete) and place + len(last) != start
    if kind(last) == LETTER and len(words) > 1 and kind(words[-2][1]) in (*NO_PERSON, PERSON):
        return True
    own = touches and place + len(last) != start
    return plain(text) == "id" and own and kind(last) in NO_PERSON


def _tokens(name):
    """(place, letters or digits, whether the other sort follows at once) of a name."""
    for part in _PARTS.finditer(name):
        place, text = part.start(), part[0]
        after = name[part.end() : part.end() + 1]
        if text.isdecimal():
            yield place, text, after.isalpha()
            continue
        words = [text] if kind(text) != UNKNOWN else _CAMEL.split(text)
        for word in words:
            yield place, word, after.isdecimal() and word is words[-1]
            place += len(word)


def _closed(words, number):
    """The fields of words in a row, the last of which may have a number."""
    named = [(place, text, kind(text)) for place, text in words]
    sides = [each for each in named if _alone(each, number, named)]
    rest = [each for each in named if each not in sides]
    result = [(place, Field(what, plain(text), text, plain(text))) for place, text, what in sides]
    known = [each for each in rest if each[2] not in (UNKNOWN, NEUTRAL, LETTER, BODY)]
    value = [text for _, text, what in rest if what in (UNKNOWN, LETTER, BODY)]
    if known:
        place, word, what = known[-1]
        if number or value or what != PERSON:
            behind = (
                value[-1:]
                if not number
                else [t for p, t, w in rest if p > place and w in (UNKNOWN, LETTER)]
            )
            told = [word, *behind, *([number[1]] if number else [])]
            strong = what == PERSON and plain(word) not in _WEAK
            text = (
                "".join(told)
                if len(told) == 2 and number and _touching(word, place, number)
                else "_".join(told)
            )
            result.append((place, Field(what, _value(told), text, plain(word), strong)))
        result += [(p, Field(w, plain(t), t, plain(t))) for p, t, w in known[:-1] if w != PERSON]
    elif rest and number:
        neutral = [each for each in rest if each[2] == NEUTRAL and plain(each[1]) in ("id", "ids")]
        words = [text for _, text, what in rest if what != NEUTRAL]
        what = PERSON if neutral and not words else _unknown(words, rest)
        told = [*(words or [each[1] for each in neutral]), number[1]]
        if what == NUMBER and not words and not neutral:
            told = [number[1]]
        glue = "" if len(rest) == 1 and _touching(rest[0][1], rest[0][0], number) else "_"
        result.append(
            (
                rest[0][0],
                Field(what, _value(told), glue.join(told), plain(told[0]) if len(told) > 1 else ""),
            )
        )
    elif number:
        result.append((number[0], _bare(number[1])))
    elif rest and all(what in (UNKNOWN, LETTER) for _, _, what in rest):
        text = "_".join(text for _, text, _ in rest)
        result.append((rest[0][0], Field("text", plain(text), text, plain(text))))
    return result


def _unknown(words, rest):
    if not words or all(kind(word) == BODY for word in words):
        return NUMBER
    return LETTER if len(words) == 1 and len(words[0]) == 1 else UNKNOWN


def _alone(each, number, named):
    """A side, a class or a lone letter L or R says all by itself; it owns no number."""
    place, text, what = each
    last = number is not None and each == named[-1] and _touching(text, place, number)
    if what in (SIDE, CLASS):
        return not (last and plain(text) in _SIDES)  # side1 is a side, left1 is left of number 1
    return what == LETTER and plain(text) in "lr" and not last


def _touching(word, place, number):
    return place + len(word) == number[0]


def number(text):
    """The `Field` of bare digits that number something."""
    return Field(NUMBER, _value([text]), text)


def _bare(text):
    what = LONG if len(text) >= _LONG else NUMBER
    return Field(what, _value([text]), text)


def _ordinals(name, found, numbers):
    """'1visit' and '2. Besuch': a number before a word that has none of its own."""
    at = dict(found)
    for start, text, glued in numbers:
        after = re.match(r"(?:te|er|e|a|o)?(?:[\s.ºª°][\s_\-]*)?", name[start + len(text) :])
        place = start + len(text) + after.end()
        for where in (place, start + len(text)):
            word = at.get(where)
            joined = glued or "." in after[0] or " " in after[0]
            fits = word and word.kind in (*NO_PERSON, PERSON) and word.kind != SIDE
            if joined and fits and word.value == word.word and start in at:
                at[start] = word._replace(
                    value=f"{word.value} {int(text)}", text=f"{text}{word.text}"
                )
                del at[where]
                break
    return list(at.items())


def _value(told):
    """What tells a field from others: the key of its words, and the number as it is written."""
    return identity.key("".join(told))
