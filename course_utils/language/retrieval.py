"""How well pictures find their reports, and reports their pictures: beside chance and ceiling.

R@K is the share of queries whose own partner is among the first K. It means nothing without the size
N of the gallery: by chance it is K / N. Where m reports cannot be told apart by what a picture shows,
even who knows everything reaches min(1, K / m) only. Intervals are over patients.
"""

import numpy as np
import pandas as pd
from scipy import stats

from course_utils import evaluate
from course_utils.core import accept, errors

FIRST = (1, 5, 10)


def ranks(cosines, own=None):
    """The place of each row's own partner, from 1, ties shared: (n,) float.

    cosines: (n, m). own: for each row, which columns count as right, bool (n, m), and the nearest
    of them is taken; the diagonal unless told. Raises DataError for rows without a partner.
    """
    cosines = np.asarray(cosines, float)
    if cosines.ndim != 2 or not np.isfinite(cosines).all():
        raise errors.DataError("Cosines are a table of numbers, (queries, gallery).")
    own = np.eye(*cosines.shape, dtype=bool) if own is None else np.asarray(own, bool)
    if own.shape != cosines.shape or not own.any(axis=1).all():
        raise errors.DataError("Each query needs a partner in the gallery.")
    best = np.where(own, cosines, -np.inf).max(axis=1, keepdims=True)
    ahead = (cosines > best).sum(axis=1)
    level = ((cosines == best) & ~own).sum(axis=1)
    return 1.0 + ahead + level / 2


def recall(places, first):
    """R@K: the share of `ranks` that are `first` or better."""
    first = accept.whole(first, "K", 1)
    return float(np.mean(np.asarray(places) <= first))


def chance(gallery, first, right=1):
    """R@K by chance in a gallery of N, `right` of which are right: 1 - C(N - r, K) / C(N, K)."""
    gallery = accept.whole(gallery, "The gallery", 1)
    right = accept.whole(right, "right", 1, gallery)
    first = min(accept.whole(first, "K", 1), gallery)
    return float(1 - stats.hypergeom(gallery, right, first).pmf(0))


def ceiling(groups, first):
    """R@K of who knows all that a picture shows: the mean of min(1, K / m), m sharing one group."""
    groups = pd.Series(list(groups))
    alike = groups.map(groups.value_counts())
    return float(np.minimum(1.0, accept.whole(first, "K", 1) / alike).mean())


def judged(cosines, patients, groups, own=None):
    """R@1, 5, 10 both ways, a table: direction, K, an Interval over patients, chance, ceiling.

    cosines: (n, n), pictures in rows, reports in columns. patients: whose they are. groups: what
    the pictures show (`archive.visible`). own: as of `ranks`.
    """
    rows = []
    ways = {"picture to report": cosines, "report to picture": np.asarray(cosines).T}
    for way, table in ways.items():
        places = ranks(table, own)
        for first in FIRST:
            hits = pd.Series((places <= first).astype(float), index=list(patients))
            rows.append(
                {
                    "direction": way,
                    "K": first,
                    "found": evaluate.bootstrap(hits, method="percentile", resamples=1999),
                    "chance": chance(table.shape[1], first),
                    "ceiling": ceiling(groups, first),
                }
            )
    return pd.DataFrame(rows)


def nearest(query, others, count=3, not_of=None, patients=None):
    """Rows of the `count` others most alike to a direction (d,): a list. not_of: a patient whose
    own scans are left out, named in `patients`, since a sister picture is no similar case."""
    alike = np.asarray(others) @ np.asarray(query)
    if not_of is not None:
        alike = np.where(np.asarray(patients) == not_of, -np.inf, alike)
    order = np.argsort(-alike, kind="stable")[: accept.whole(count, "count", 1, len(alike))]
    return [int(row) for row in order if np.isfinite(alike[row])]
