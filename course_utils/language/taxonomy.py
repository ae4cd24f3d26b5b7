"""Nine dimensions and 93 tags: the words into which a report is sorted.

UHAT orders organs by body system, UDAF the rest of a finding: Ultrasound-CLIP, arXiv 2604.01749. The
lists are data (`taxonomy.toml`), so that a clinician can read and correct them.
"""

import functools
import tomllib
from pathlib import Path

import pandas as pd

from course_utils.core import errors

# In the order of the paper. A record names each tag once, so no tag may stand in two of them.
DIMENSIONS = tuple(
    "system organ diagnosis shape margins echogenicity internal posterior vascularity".split()
)
LANGUAGES = ("en", "es")


@functools.cache
def _read():
    return tomllib.loads(Path(__file__).with_name("taxonomy.toml").read_text("utf-8"))


@functools.cache
def _pairs():
    """dimension -> ((English, Spanish), ...)."""
    found = {name: [tuple(pair) for pair in pairs] for name, pairs in _read()["tags"].items()}
    systems = _read()["organs"]
    found["system"] = [(name, part["es"]) for name, part in systems.items()]
    found["organ"] = [tuple(pair) for part in systems.values() for pair in part["organs"]]
    return {name: tuple(found[name]) for name in DIMENSIONS}


def tags(dimension):
    """The tags of one of `DIMENSIONS`, a tuple. Raises DataError for another."""
    if dimension not in DIMENSIONS:
        raise errors.DataError(
            f"There is no dimension {dimension!r}; there are {', '.join(DIMENSIONS)}."
        )
    return tuple(english for english, _ in _pairs()[dimension])


@functools.cache
def _dimensions():
    return {tag: dimension for dimension in DIMENSIONS for tag in tags(dimension)}


def every_tag():
    """All 93 tags, a tuple, dimension by dimension."""
    return tuple(_dimensions())


def dimension_of(tag):
    """The dimension of a tag. Raises DataError for a word that is none."""
    known = _dimensions()
    if not isinstance(tag, str) or tag not in known:
        raise errors.DataError(f"{tag!r} is no tag of the taxonomy.")
    return known[tag]


def system_of(organ):
    """The body system of an organ, in our grouping. Raises DataError for no organ."""
    if dimension_of(organ) != "organ":
        raise errors.DataError(f"{organ!r} is no organ.")
    return next(
        name
        for name, part in _read()["organs"].items()
        if organ in (english for english, _ in part["organs"])
    )


@functools.cache
def words(language):
    """Tags and dimensions in one language: {tag or dimension: its word}. Raises DataError."""
    if language not in LANGUAGES:
        raise errors.DataError(f"The language is {' or '.join(LANGUAGES)}, not {language!r}.")
    place = LANGUAGES.index(language)
    found = {pair[0]: pair[place] for pairs in _pairs().values() for pair in pairs}
    names = _read()["names"]
    return found | {name: names[name] if language == "es" else name for name in DIMENSIONS}


def gaps():
    """What the taxonomy cannot say: a table with the columns missing and instead."""
    return pd.DataFrame(_read()["gaps"])


def listing(dimension, system=None):
    """A table of a dimension's tags in both languages; for organs, of one system alone if given."""
    chosen = tags(dimension)
    if dimension == "organ" and system in tags("system"):
        chosen = [organ for organ in chosen if system_of(organ) == system]
    spanish = words("es")
    return pd.DataFrame({"tag": list(chosen), "Spanish": [spanish[tag] for tag in chosen]})
