"""How alike two findings are, by their tags: 0 (nothing in common) to 1 (the same).

Dimension by dimension, Jaccard's share of tags in common; then the weighted mean over the dimensions
of which either of the two says something. That is Gower's coefficient (Biometrics 1971;27:857): what
is missing on both sides counts for nothing. `published` is the form of Ultrasound-CLIP (arXiv
2604.01749) with a table in which a tag is like itself and no other; it is here for its two defects.
"""

import numpy as np

from course_utils.core import accept
from course_utils.language import records, taxonomy


def sets(record):
    """{dimension: set of tags that are present}, all nine; accepts a list of tags as well."""
    if isinstance(record, dict):
        record = records.present(record)
    found = {dimension: set() for dimension in taxonomy.DIMENSIONS}
    for tag in record:
        found[taxonomy.dimension_of(tag)].add(tag)
    return found


def likeness(first, second, weights=None):
    """Gower's coefficient of two records, 0 to 1; NaN where neither says anything.

    first, second: records, or lists of tags that are present. weights: {dimension: weight, 0 or
    more}, 1 where none is given. Raises DataError for a tag or a weight that is none.
    """
    weigh = _weights(weights)
    total = shared = 0.0
    first, second = sets(first), sets(second)
    for dimension, weight in weigh.items():
        either = first[dimension] | second[dimension]
        if either:
            total += weight
            shared += weight * len(first[dimension] & second[dimension]) / len(either)
    return shared / total if total else float("nan")


def matrix(rows, columns=None, weights=None):
    """`likeness` of each of `rows` with each of `columns` (the same unless told): (n, m) float32."""
    weigh = _weights(weights)
    left = _flags(rows)
    right = left if columns is None else _flags(columns)
    total = np.zeros((len(left), len(right)), np.float32)
    shared = total.copy()
    for dimension, weight in weigh.items():
        at = _places(dimension)
        both = left[:, at] @ right[:, at].T
        either = left[:, at].sum(1)[:, None] + right[:, at].sum(1)[None] - both
        total += weight * (either > 0)
        shared += weight * np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return np.divide(shared, total, out=np.full_like(total, np.nan), where=total > 0)


def published(first, second):
    """The published form: the mean over all nine dimensions of the mean over all pairs of tags, in
    which a dimension that is missing on either side counts as 0."""
    first, second, score = sets(first), sets(second), 0.0
    for dimension in taxonomy.DIMENSIONS:
        pairs = [a == b for a in first[dimension] for b in second[dimension]]
        score += sum(pairs) / len(pairs) if pairs else 0.0
    return score / len(taxonomy.DIMENSIONS)


def _weights(weights):
    given = weights or {}
    for dimension in given:
        taxonomy.tags(dimension)
    return {
        dimension: accept.number(given.get(dimension, 1.0), f"The weight of {dimension}", 0)
        for dimension in taxonomy.DIMENSIONS
    }


def _flags(found):
    """(n, 93) float32: 1 where a record holds a tag as present."""
    place = {tag: at for at, tag in enumerate(taxonomy.every_tag())}
    flags = np.zeros((len(found), len(place)), np.float32)
    for row, record in enumerate(found):
        for tags in sets(record).values():
            flags[row, [place[tag] for tag in tags]] = 1
    return flags


def _places(dimension):
    every = taxonomy.every_tag()
    start = every.index(taxonomy.tags(dimension)[0])
    return slice(start, start + len(taxonomy.tags(dimension)))
