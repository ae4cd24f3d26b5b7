"""What a word in the name of a file or folder means: a person, a time, a reader, a place, a bundle, a
scan, or nothing that is known.

The lists are in words.toml. English, German, Spanish and French words, in any case, with or without
accents.
"""

import functools
import re
import tomllib
import unicodedata
from pathlib import Path

_UMLAUT = re.compile("([aou])e")
PERSON, TIME, RATER, PLACE, BUNDLE, SCAN = "person", "time", "rater", "place", "bundle", "scan"
SIDE, CLASS, NEUTRAL, BODY = "side", "class", "neutral", "body"
UNKNOWN, LETTER = "unknown", "letter"
LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_ALSO = ("other", "terms", "scripts", "short", "endings", "weak_endings")  # no kinds
_ENDINGS = "s e n en es er in innen x nummer nr number id no".split()
_PLURALS = ("s", "e", "n", "en", "es")
SHORT = frozenset(LISTS["short"].split())  # names of people with three or four letters
_BEFORE = "un non re pre post multi sub over inter intra hyper hypo ultra anti semi".split()
_AFTER = (("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("er", "e"), ("ly", ""))
# Endings of words of medicine and of measuring, which hardly any name has.
_STRONG, _WEAK = ("|".join(LISTS[name].split()) for name in ("endings", "weak_endings"))
_MEDICAL = re.compile(f"[a-z]{{3,}}(?:{_STRONG}|[a-z](?:{_WEAK}))s?")
PIECE = 4  # letters: words of this length or more may be joined to a word that is known


def plain(word):
    """A word without case and accents; ae, oe and ue as a, o and u."""
    text = word.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _UMLAUT.sub(r"\1", text)


_KINDS = {
    plain(word): kind
    for kind, words in reversed(LISTS.items())
    if kind not in _ALSO
    for word in words.split()
}
_STEMS = sorted((word for word in _KINDS if len(word) >= 5), key=len, reverse=True)
_ORDINARY = _KINDS.keys() | {plain(word) for word in f"{LISTS['other']} {LISTS['terms']}".split()}
_SCRIPTS = sorted({plain(word) for word in LISTS["scripts"].split()}, key=len, reverse=True)


@functools.cache
def kind(word):
    """What a word means: one of the kinds of this module, 'unknown' or, for one letter, 'letter'."""
    word = plain(word)
    if word in _KINDS:
        return _KINDS[word]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 2 and word[: -len(ending)] in _KINDS:
            return _KINDS[word[: -len(ending)]]
    for ends in (str.endswith, str.startswith):  # the last part of a compound word decides
        for stem in _STEMS:
            if ends(word, stem):
                whose = _KINDS[stem]  # Probandentag begins with a person and is none
                return UNKNOWN if whose == PERSON and ends is str.startswith else whose
    return LETTER if len(word) == 1 else UNKNOWN


def is_listed(word):
    """True for a word that stands in a list of kinds as it is written, without any ending."""
    return plain(word) in _KINDS


@functools.lru_cache(100_000)
def is_ordinary(word):
    """True for a word that is plainly no name of a person: it, its singular, its stem, or each
    of the words that it is joined from (such as 'pleuraleffusion') is on a list.
    """
    word = plain(word)
    for piece in _SCRIPTS if not word.isascii() else ():
        word = word.replace(piece, "")
    return len(word) < 2 or _is_known(word) or _is_joined(word) or bool(_MEDICAL.fullmatch(word))


def _is_known(word):
    cut = [word[: -len(ending)] for ending in _PLURALS if word.endswith(ending)]
    cut += [word[len(start) :] for start in _BEFORE if word.startswith(start)]
    if word in _ORDINARY or any(len(base) >= PIECE and base in _ORDINARY for base in cut):
        return True
    stems = [(word[: -len(end)], more) for end, more in _AFTER if word.endswith(end)]
    return any(len(stem) > PIECE and stem + more in _ORDINARY for stem, more in stems)


def _is_joined(word):
    ends = {0}
    for end in range(PIECE, len(word) + 1):
        if any(end - start >= PIECE and word[start:end] in _ORDINARY for start in ends):
            ends.add(end)
    return len(word) in ends
