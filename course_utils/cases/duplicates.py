"""Pictures that are the same, or nearly: one picture under two names is one patient seen twice.

Every pair is compared, by a perceptual hash. That is exact, and fast enough: the bits of 10,000
pictures fit in 640 kB, and comparing all of them takes seconds. A search in buckets would be faster
and would miss pairs, because at the distance that counts (40 of 255 bits) no short piece of two
hashes has to agree. From `MANY` pictures on, faiss compares them where it is installed
(binder/requirements-more.txt): the same pairs, about eleven times as fast.
"""

import importlib
import math
from collections import defaultdict

import cv2
import numpy as np
import pandas
import scipy.fft
from scipy.cluster.hierarchy import DisjointSet

from course_utils import load
from course_utils.core import accept, tables

MAX_DISTANCE = 40  # of the 255 bits of a hash; see near_duplicates for what was measured
SIDE, KEPT = 64, 16  # a hash is made of KEPT x KEPT frequencies of a SIDE x SIDE picture
MANY = 20_000  # pictures; below it faiss gains seconds
CHUNK = 2048  # pictures that are looked for at once
FLAT = 0.004  # spread of greys (1 of 255) below which a picture shows nothing


def exact(digests):
    """Groups of two or more numbers (positions) with the same digest, in order."""
    groups = defaultdict(list)
    for number, digest in enumerate(digests):
        groups[digest].append(number)
    return [group for group in groups.values() if len(group) > 1]


def pairs(prints, max_distance=MAX_DISTANCE, watch=None, many=MANY):
    """Every pair of positions whose pictures are nearly the same: (one, other, distance, mirrored).

    prints: one entry of `fingerprint` for each picture (None for a blank one). watch: called with
    the share done, 0 to 1, now and then. many: pictures from which on faiss is asked, if it is
    installed. Memory grows with the number of pictures, not of pairs.
    """
    at = [number for number, pair in enumerate(prints) if pair is not None]
    if len(at) < 2:
        return
    ways = [np.stack([prints[number][way] for number in at]) for way in (0, 1)]
    faiss = _faiss() if len(at) >= many else None
    found = _each(ways, max_distance, watch) if faiss is None else _by_faiss(
        faiss, ways, max_distance, watch
    )  # fmt: skip
    for row, other, distance, way in found:
        yield at[row], at[other], distance, way


def _each(ways, max_distance, watch):
    """All rows against all later ones: (row, other row, distance, mirrored), in order."""
    ways = [way.view(np.uint64) for way in ways]
    for row in range(len(ways[0]) - 1):
        later = ways[0][row + 1 :]
        apart = np.stack(
            [np.bitwise_count(later ^ way[row]).sum(axis=1, dtype=int) for way in ways]
        )
        for after in np.flatnonzero(apart.min(axis=0) <= max_distance):
            way = int(apart[:, after].argmin())
            yield row, row + 1 + int(after), int(apart[way, after]), bool(way)
        if watch and row % 500 == 0:
            watch(row / len(ways[0]))


def _by_faiss(faiss, ways, max_distance, watch):
    """The same as `_each`, by faiss' exact search over all (Douze et al., doi:10.1109/TBDATA.2025.3618474)."""
    index = faiss.IndexBinaryFlat(8 * ways[0].shape[1])
    index.add(ways[0])
    for start in range(0, len(ways[0]), CHUNK):
        best = {}
        for way, rows in enumerate(ways):
            # Its bound is strict: what lies at the radius itself is left out.
            ends, apart, others = index.range_search(rows[start : start + CHUNK], max_distance + 1)
            of = start + np.repeat(np.arange(len(ends) - 1), np.diff(ends.astype(int)))
            for k in np.flatnonzero(others > of):
                pair = int(of[k]), int(others[k])
                told = int(apart[k]), bool(way)
                best[pair] = min(best.get(pair, (math.inf, False)), told)
        for (row, other), told in sorted(best.items()):
            yield row, other, *told
        if watch:
            watch(start / len(ways[0]))


def _faiss():
    """The module faiss, or None where it is not installed."""
    try:
        return importlib.import_module("faiss")
    except ImportError:
        return None


def near(prints, max_distance=MAX_DISTANCE, watch=None):
    """Groups of two or more positions whose pictures are nearly the same, mirrored or not.

    A picture is in a group if it is near to one of its members. Arguments as for `pairs`.
    """
    joined = DisjointSet(range(len(prints)))
    for one, other, *_ in pairs(prints, max_distance, watch):
        joined.merge(one, other)
    return sorted(sorted(group) for group in joined.subsets() if len(group) > 1)


def near_duplicates(table, max_distance=MAX_DISTANCE):
    """Pairs of images that show nearly the same picture, found by a perceptual hash.

    The hash is a pHash: the picture at 64 x 64, its 16 x 16 lowest cosine frequencies without the
    mean, and for each whether it is above their median: 255 bits. Two hashes are as far apart as
    they have bits that differ; unrelated pictures of one kind about 110.
    max_distance: 0 (equal hashes) to 255.

    Measured on the 126 images of the two sample sets (SYNTHETIC) and 12 real calf images of four
    scanners. Images of different patients are at least 50 apart (76 where a muscle is in view), so
    at 40 none of 9,000 pairs is flagged. Found at 40: all copies saved as JPEG (quality 90 to 20),
    brightened by 5 % or 3 dB, with more contrast (1.15) or gamma 0.8, with noise (SD 2 %), at half
    size or 128 x 128, with 2 or 4 pixels cut off all round or 3 and 7 on two sides, and mirrored
    left to right. With 8 pixels cut off all round 87 % are found, of augmented copies 33 %
    ("plausible") and 13 % ("blog"), so these need their column `source`. Pictures
    without any contrast are left out.
    Source: Zauner, Implementation and benchmarking of perceptual image hash functions, 2010.

    Returns a table, closest first: image_a, image_b, distance, mirrored, and patient_a, patient_b,
    split_a, split_b where the table has these columns. Reads every image once (about 10 ms each).
    Raises FileError for files that are missing or damaged, DataError for a table without folder.
    """
    accept.whole(max_distance, "max_distance", 0, KEPT * KEPT - 1)
    prints = [fingerprint(load.image(path)) for path in tables.paths(table)]
    return _table(table, sorted(pairs(prints, max_distance), key=lambda pair: pair[2]))


def _table(table, rows):
    """The table of pairs from (row number, row number, distance, mirrored)."""
    result = {}
    for column, name in (("image", "image"), ("patient_id", "patient"), ("split", "split")):
        if column in table:
            values = table[column].to_numpy()
            for side, letter in enumerate("ab"):
                result[f"{name}_{letter}"] = [values[row[side]] for row in rows]
    result["distance"] = np.array([row[2] for row in rows], int)
    result["mirrored"] = np.array([row[3] for row in rows], bool)
    return pandas.DataFrame(result)


def fingerprint(image):
    """Packed bits of a picture and of its mirror image, (32,) uint8 each; None if it is blank."""
    if image.std() < FLAT:
        return None
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    waves = scipy.fft.dctn(small, norm="ortho")[:KEPT, :KEPT]
    # Mirroring a picture turns the sign of every odd frequency across.
    sign = np.where(np.arange(KEPT) % 2, -1, 1)
    ways = ((waves * turn).ravel()[1:] for turn in (1, sign))
    return tuple(np.packbits(values > np.median(values)) for values in ways)
