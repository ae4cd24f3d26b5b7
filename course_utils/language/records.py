"""What a report says, as a record: tag -> "present", "absent" or "uncertain".

A tag that is not in a record was not mentioned, which is neither absent nor normal. The structured
report is a record written out, dimension by dimension, and can be read back without loss.
"""

import pandas as pd

from course_utils.core import errors
from course_utils.language import taxonomy

STATES = ("present", "absent", "uncertain")
SAYS = {
    "en": {"absent": "no: ", "uncertain": "possible: ", "none": "not assessed"},
    "es": {"absent": "no: ", "uncertain": "posible: ", "none": "no valorado"},
}


def checked(record):
    """A record as {tag: state}, in the order of the taxonomy. Raises DataError for anything else."""
    if not isinstance(record, dict):
        raise errors.DataError(f"A record is a dict of tag and state, not {type(record).__name__}.")
    for tag, state in record.items():
        taxonomy.dimension_of(tag)
        if state not in STATES:
            raise errors.DataError(
                f"{tag}: the state is one of {', '.join(STATES)}, not {state!r}."
            )
    return {tag: record[tag] for tag in taxonomy.every_tag() if tag in record}


def by_dimension(record):
    """{dimension: {tag: state}} for all nine; a dimension of which nothing was said has {}."""
    found = {dimension: {} for dimension in taxonomy.DIMENSIONS}
    for tag, state in checked(record).items():
        found[taxonomy.dimension_of(tag)][tag] = state
    return found


def present(record):
    """The tags that a record holds as present, a list."""
    return [tag for tag, state in checked(record).items() if state == "present"]


def render(record, language="en"):
    """The structured report: nine lines, one for each dimension, in English or Spanish.

    A dimension of which nothing was said reads 'not assessed', never 'normal'. Raises DataError.
    """
    words, lines = taxonomy.words(language), []
    says = SAYS[language] | {"present": ""}
    for dimension, found in by_dimension(record).items():
        parts = [says[state] + words[tag] for tag, state in found.items()]
        name = words[dimension]
        lines.append(f"{name[0].upper()}{name[1:]}: {'; '.join(parts) or says['none']}")
    return "\n".join(lines)


def lines(record, language="en"):
    """`render` as a table of two columns, what and says."""
    parts = [line.partition(": ")[::2] for line in render(record, language).splitlines()]
    return pd.DataFrame(parts, columns=["what", "says"])


def parse(text, language="en"):
    """The record of a structured report, the way back of `render`. Raises DataError for a line that
    `render` does not write."""
    words, record = taxonomy.words(language), {}
    names = {words[dimension].lower(): dimension for dimension in taxonomy.DIMENSIONS}
    for line in str(text).strip().splitlines():
        name, _, said = line.partition(": ")
        dimension = names.get(name.lower())
        if dimension is None:
            raise errors.DataError(f"This line begins with no dimension: {line!r}.")
        if said == SAYS[language]["none"]:
            continue
        known = {words[tag]: tag for tag in taxonomy.tags(dimension)}
        for part in said.split("; "):
            state, word = _state(part, language)
            if word not in known:
                raise errors.DataError(f"{name}: {word!r} is none of its tags.")
            record[known[word]] = state
    return checked(record)


def _state(part, language):
    for state in ("absent", "uncertain"):
        before = SAYS[language][state]
        if part.startswith(before):
            return state, part[len(before) :]
    return "present", part


def packed(record):
    """A record in one cell of a table: 'cyst; -septations; ?calcifications'."""
    sign = {"present": "", "absent": "-", "uncertain": "?"}
    return "; ".join(sign[state] + tag for tag, state in checked(record).items())


def unpacked(cell):
    """The record in a cell that `packed` wrote."""
    states, record = {"-": "absent", "?": "uncertain"}, {}
    for part in filter(None, str(cell).split("; ")):
        state = states.get(part[0], "present")
        record[part if state == "present" else part[1:]] = state
    return checked(record)
