"""Reports on findings, as different people would dictate them. Everything is SYNTHETIC.

A report says what its writer chose to say: of the tags of a case some are left out, some are called
possible, and of what is absent some is denied. What it says is returned beside the text, so that
whoever reads it can be judged. Words and phrases stand in phrases.toml.
"""

import functools
import tomllib
from pathlib import Path

import numpy as np

from course_utils.core import accept, errors

LANGUAGES = ("en", "es")
STYLES = ("usual", "second", "stranger")
OMITTED, UNSURE, DENIED, UNCHANGED, DOPPLER, ORGAN = 0.08, 0.08, 0.4, 0.15, 0.6, 0.9
DESCRIBED = ("shape", "margins", "echogenicity")
LISTED = {"internal": ("calcifications", "septations"), "posterior": ("enhancement", "shadowing")}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@functools.cache
def phrases():
    """The phrases: dimension -> tag -> {"en": [...], "en_second": [...], "es": ..}, and frames."""
    return tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8"))


def report(case, language="en", style="usual", typos=0.0, writer=0):
    """(text, said): a report on a `findings.Case` in one language.

    language: "en" or "es". style: whose phrasings, one of `STYLES`. typos: the share of words with
    one wrong letter, 0 to 1. writer: another number leaves out and denies other things. said: tag
    -> "present", "absent" or "uncertain"; what is not in it was not mentioned. The two languages
    and all styles of one writer say the same. Raises DataError for another language or style.
    """
    if language not in LANGUAGES:
        raise errors.DataError(f"A report is in {' or '.join(LANGUAGES)}, not {language!r}.")
    if style not in STYLES:
        raise errors.DataError(f"A style is one of {', '.join(STYLES)}, not {style!r}.")
    said = mentioned(case, writer)
    place = LANGUAGES.index(language), STYLES.index(style)
    draws = np.random.default_rng([case.seed, writer, *place, 21])
    text = _written(case, said, language, "" if style == "usual" else f"_{style}", draws)
    return misspelt(text, typos, draws), said


def mentioned(case, writer=0):
    """What a writer says of a case, in any language: tag -> "present", "absent", "uncertain"."""
    draws = np.random.default_rng([case.seed, writer, 20])
    said = {case.tags["diagnosis"]: "present"}
    for dimension in DESCRIBED:
        if dimension in case.tags and draws.random() > OMITTED:
            said[case.tags[dimension]] = "present"
    for dimension, tags in LISTED.items():
        for tag in tags:
            if case.tags.get(dimension) == tag:
                if draws.random() > OMITTED:
                    said[tag] = "uncertain" if draws.random() < UNSURE else "present"
            elif draws.random() < DENIED and case.tags["diagnosis"] != "normal appearance":
                said[tag] = "absent"
    if draws.random() < ORGAN:
        said[case.tags["organ"]] = "present"
    if draws.random() < DOPPLER:
        said[case.tags["vascularity"]] = "present"
    return said


def misspelt(text, share, draws):
    """The text with one wrong letter in a share of its words of four letters and more."""
    share, words = accept.share(share, "typos"), text.split(" ")
    for place, word in enumerate(words):
        if len(word) >= 4 and draws.random() < share:
            words[place] = _slip(word, draws)
    return " ".join(words)


def _slip(word, draws):
    """One letter dropped, doubled, changed or swapped with the next; never the first or the last."""
    at = int(draws.integers(1, len(word) - 2))
    kind = draws.integers(4)
    if not (word[at].isalpha() and word[at + 1].isalpha()):
        return word
    middle = (
        "",
        word[at] * 2,
        LETTERS[draws.integers(26)],
        word[at + 1] + word[at],
    )[kind]
    return word[:at] + middle + word[at + (2 if kind == 3 else 1) :]


def _written(case, said, language, style, draws):
    known, frames = phrases(), phrases()["frames"][language]

    def words(dimension, tag):
        return str(draws.choice(known[dimension][tag][language + style]))

    noun, _, gender = words("diagnosis", case.tags["diagnosis"]).partition("|")
    ending = "a" if gender == "f" else "o"
    parts = [
        words(dimension, case.tags[dimension]).replace("@", ending)
        for dimension in DESCRIBED
        if case.tags.get(dimension) in said
    ]
    draws.shuffle(parts)
    sentences = [", ".join([noun, *parts])]
    clauses = []
    for dimension, tags in LISTED.items():
        for tag in (tag for tag in tags if tag in said):
            frame = said[tag]
            if frame == "present" and draws.random() < UNCHANGED:
                frame = "unchanged"
            clause = str(draws.choice(frames[frame + style])).format(x=words(dimension, tag))
            clauses.append(clause)
    draws.shuffle(clauses)
    sentences += clauses
    if case.tags["vascularity"] in said:
        sentences.append(words("vascularity", case.tags["vascularity"]))
    head = f"{words('organ', case.tags['organ'])}: " if case.tags["organ"] in said else ""
    sentences[0] = head + sentences[0]
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)
