"""A finding as a small graph: the diagnosis in the middle, each descriptor joined to it.

With one diagnosis that is a star. Two rounds of passing messages along it, without weights, give back
the diagnosis and, at every descriptor, the mean of all descriptors: so the graph's summary is
diagnosis + mean of descriptors, whatever it is called. Ultrasound-CLIP's graph, arXiv 2604.01749; the
normalised sum of Kipf and Welling, arXiv 1609.02907.
"""

import numpy as np

from course_utils.core import errors
from course_utils.language import records, taxonomy

MOST = 12  # nodes of a graph: nine dimensions, and three tags more
NOTHING = 0  # the node of an empty place


def nodes(record):
    """(diagnoses, descriptors): tags that a record holds as present."""
    found = records.present(record)
    first = [tag for tag in found if taxonomy.dimension_of(tag) == "diagnosis"]
    return first, [tag for tag in found if tag not in first]


def adjacency(diagnoses, descriptors):
    """1 / sqrt(d_i d_j) for each line of the graph, 0 else: (n, n) float, diagnoses first.

    d is how many lines end at a node. Raises DataError for fewer than 0 nodes.
    """
    if min(diagnoses, descriptors) < 0:
        raise errors.DataError("A graph cannot have fewer than no nodes.")
    lines = np.zeros((diagnoses + descriptors,) * 2)
    lines[:diagnoses, diagnoses:] = 1
    lines += lines.T
    degree = np.maximum(lines.sum(axis=1), 1)
    return lines / np.sqrt(np.outer(degree, degree))


def batch(found):
    """Graphs of equal size for a network: (ids, kinds, lines) of a list of records.

    ids (n, 12): 1 + place of the tag in the taxonomy, 0 for no node. kinds (n, 12, 2): weights by
    which diagnoses and descriptors are averaged. lines (n, 12, 12): `adjacency`, padded. Tags above
    twelve are left out.
    """
    place = {tag: at + 1 for at, tag in enumerate(taxonomy.every_tag())}
    ids = np.full((len(found), MOST), NOTHING, np.int32)
    kinds = np.zeros((len(found), MOST, 2), np.float32)
    lines = np.zeros((len(found), MOST, MOST), np.float32)
    for row, record in enumerate(found):
        first, others = nodes(record)
        others = others[: MOST - len(first)]
        count = len(first) + len(others)
        ids[row, :count] = [place[tag] for tag in (*first, *others)]
        kinds[row, : len(first), 0] = 1 / max(len(first), 1)
        kinds[row, len(first) : count, 1] = 1 / max(len(others), 1)
        lines[row, :count, :count] = adjacency(len(first), len(others))
    return ids, kinds, lines


def summary(values, diagnoses):
    """Two rounds of messages without weights, then mean of diagnoses + mean of descriptors.

    values: (n, d) features of the nodes, diagnoses first. For one diagnosis and any number of
    descriptors this is values[0] + values[1:].mean(0), exactly.
    """
    values = np.asarray(values, float)
    lines = adjacency(diagnoses, len(values) - diagnoses)
    after = lines @ (lines @ values)
    return after[:diagnoses].mean(axis=0) + after[diagnoses:].mean(axis=0)
