"""Labels out of report text by rules: words, denials, doubts. Nothing leaves the computer.

A tag is found by its words (`lexicon.toml`), and then looked at within its clause: denied before or
after it, doubted, or neither. 'No change in the calcifications' holds a 'no' and denies nothing.
Sources: NegEx, doi:10.1006/jbin.2001.1029; NegBio, arXiv 1712.05898, where doubt is a third state.
"""

import functools
import re
import tomllib
import unicodedata
from pathlib import Path

from course_utils.core import errors
from course_utils.language import records, taxonomy

SHORTEST = 5  # letters of a word that may be mended
LETTERS = "abcdefghijklmnopqrstuvwxyz"
TOKEN = re.compile(r"[a-z]+")
# as reports have it
BRITISH = {"color": "colour", "gray": "grey", "center": "centre", "fiber": "fibre"}
AMERICAN = re.compile("|".join(BRITISH))


@functools.cache
def lexicon():
    """The lexicon as it stands in its file."""
    return tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text("utf-8"))


def plain(text):
    """Lower case, without accents, hyphens as blanks."""
    text = unicodedata.normalize("NFKD", str(text).lower().replace("-", " "))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def clauses(text):
    """A report in clauses: a denial reaches no further. A list of texts, plain."""
    ends = "|".join(lexicon()["clauses"]["ends"])
    parts = re.split(rf"[.;,:\n]+(?!\w)|\b(?={ends}\b)", _joined(plain(text)))
    return [part.strip() for part in parts if part.strip()]


def _joined(text):
    # 'Septa: no visible' is one clause, 'Thyroid: cyst' two; a comma before 'unchanged' parts none.
    return re.sub(
        r"[:,]\s*(?=no visible|ausente|absent|sin cambio|unchanged|not changed)", " ", text
    )


def tag(text, extra=None, mend=True):
    """The record of a free text in English or Spanish: {tag: state}.

    extra: {tag: [phrases]} to look for in addition to the lexicon's. mend: take a word one letter
    away from a known word for it, where only one is so near. Raises DataError where `text` is no
    text.
    """
    if not isinstance(text, str):
        raise errors.DataError(f"A report is a text, not {type(text).__name__}.")
    searches, record = _searches(_added(extra)), {}
    for clause in clauses(text):
        clause = mended(clause) if mend else clause
        for name, start, end in _found(clause, searches):
            record[name] = _stronger(record.get(name), state(clause, start, end))
    return records.checked(_settled(record))


def state(clause, start, end):
    """ "present", "absent" or "uncertain": what a clause says of the words from start to end."""
    before, after = clause[:start], clause[end:]
    if _any("doubt", "before", before) or _any("doubt", "after", after):
        return "uncertain"
    false = _pattern("negation", "false")
    before, after = false.sub(" ", before), false.sub(" ", after)
    denied = _any("negation", "before", before) or _any("negation", "after", after)
    return "absent" if denied else "present"


def mended(clause):
    """The clause with each unknown word of five letters or more replaced by the one known word that
    is a single slip away (a letter lost, added, changed, or two swapped), where there is just one."""
    return TOKEN.sub(lambda match: _mended(match[0]), clause)


@functools.lru_cache(maxsize=50_000)
def _mended(word):
    if len(word) < SHORTEST or word in _known() or any(p.fullmatch(word) for p in _stems()):
        return word
    near = {other for other in _slips(word) if other in _known()}
    return near.pop() if len(near) == 1 else word


def _slips(word):
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    for left, right in parts:
        if right:
            yield left + right[1:]
            yield from (left + letter + right[1:] for letter in LETTERS)
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        yield from (left + letter + right for letter in LETTERS)


@functools.cache
def _known():
    """Every word of the lexicon, in full; of one with any ending, its likely forms."""
    found = set()
    for phrase in _phrases():
        for word in phrase.split():
            if not word.endswith("*"):
                found.add(word)
            else:
                stem = word[:-1]
                found |= {stem + ending for ending in ("", "o", "a", "os", "as", "es", "e", "ar")}
    return found


@functools.cache
def _stems():
    ends = {word for phrase in _phrases() for word in phrase.split() if word.endswith("*")}
    return [re.compile(re.escape(word[:-1]) + r"\w*") for word in ends]


def _phrases():
    words = lexicon()
    yield from (phrase for phrases in words["tags"].values() for phrase in phrases)
    for part in ("negation", "doubt"):
        yield from (phrase for phrases in words[part].values() for phrase in phrases)


def pattern(phrase):
    """A phrase of the lexicon as a regular expression, in text."""
    return r"\b" + re.escape(phrase).replace(r"\*", r"\w*") + r"\b"


@functools.cache
def _pattern(part, place):
    """All words of a kind as one expression, the longest first."""
    phrases = sorted(lexicon()[part][place], key=len, reverse=True)
    return re.compile("|".join(pattern(phrase) for phrase in phrases))


def _any(part, place, text):
    return _pattern(part, place).search(text) is not None


def _added(extra):
    """The learner's own phrases as ((tag, phrase), ...). Raises DataError."""
    if extra is None:
        return ()
    if not isinstance(extra, dict):
        raise errors.DataError(f"extra is a dict of tag and phrases, not {type(extra).__name__}.")
    pairs = []
    for name, phrases in extra.items():
        taxonomy.dimension_of(name)
        if not isinstance(phrases, (str, list, tuple, set)):
            raise errors.DataError(f"{name}: a list of phrases is wanted, not {phrases!r}.")
        for phrase in [phrases] if isinstance(phrases, str) else phrases:
            if not isinstance(phrase, str) or len(plain(phrase).strip()) < 3:
                raise errors.DataError(
                    f"{name}: a phrase has three letters or more, not {phrase!r}."
                )
            written = plain(phrase).strip()
            british = AMERICAN.sub(lambda match: BRITISH[match[0]], written)
            pairs += dict.fromkeys(((name, written), (name, british)))
    return tuple(pairs)


@functools.lru_cache(maxsize=8)
def _searches(added=()):
    """(tag, its plain letters, expression), the longest phrase first: 'microcalcifications' before
    'calcium'."""
    pairs = [(name, phrase) for name, all_ in lexicon()["tags"].items() for phrase in all_]
    pairs += added
    pairs.sort(key=lambda pair: -len(pair[1]))
    return [(name, phrase.rstrip("*"), re.compile(pattern(phrase))) for name, phrase in pairs]


def _found(clause, searches):
    """(tag, start, end) of each tag's words; words once taken are not taken again."""
    taken, found = [False] * len(clause), []
    for name, letters, words in searches:
        if letters not in clause:  # quick, and most often so
            continue
        for match in words.finditer(clause):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append((name, match.start(), match.end()))
    return found


def _stronger(old, new):
    """Said twice: present wins over uncertain, uncertain over absent."""
    order = ("present", "uncertain", "absent")
    return min((s for s in (old, new) if s), key=order.index)


def _settled(record):
    """A lesion that is 'cystic' or 'solid' beside a diagnosis is described, not diagnosed twice."""
    if record.get("normal appearance") and any(
        record.get(other) == "present"
        for other in taxonomy.tags("diagnosis")
        if other != "normal appearance"
    ):
        record = {name: s for name, s in record.items() if name != "normal appearance"}
    return record
