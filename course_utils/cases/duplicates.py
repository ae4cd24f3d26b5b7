"""Pictures that are the same, or nearly: one picture under two names is one patient seen twice.

Every pair is compared, by the perceptual hash of `split.fingerprint`. That is exact, and fast
enough: the bits of 10,000 pictures fit in 640 kB, and comparing all of them takes seconds. A search
in buckets would be faster and would miss pairs, because at the distance that counts (40 of 255
bits) no short piece of two hashes has to agree.
"""

from collections import defaultdict

import numpy as np

from course_utils.cases.split import MAX_DISTANCE


def exact(digests):
    """Groups of two or more numbers (positions) with the same digest, in order."""
    groups = defaultdict(list)
    for number, digest in enumerate(digests):
        groups[digest].append(number)
    return [group for group in groups.values() if len(group) > 1]


def near(prints, max_distance=MAX_DISTANCE, watch=None):
    """Groups of two or more positions whose pictures are nearly the same, mirrored or not.

    prints: one entry of `split.fingerprint` for each picture (None for a blank one). A picture is
    in a group if it is near to one of its members. watch: called with the share done, 0 to 1, now
    and then. Memory grows with the number of pictures, not of pairs.
    """
    at = [number for number, pair in enumerate(prints) if pair is not None]
    if len(at) < 2:
        return []
    plain, mirrored = (
        np.stack([prints[number][way] for number in at]).view(np.uint64) for way in (0, 1)
    )
    parent = list(range(len(at)))
    for number in range(len(at) - 1):
        later = plain[number + 1 :]
        close = np.zeros(len(later), bool)
        for side in (plain, mirrored):
            close |= np.bitwise_count(later ^ side[number]).sum(axis=1) <= max_distance
        for other in np.flatnonzero(close):
            _join(parent, number, number + 1 + int(other))
        if watch and number % 500 == 0:
            watch(number / len(at))
    groups = defaultdict(list)
    for number in range(len(at)):
        groups[_root(parent, number)].append(at[number])
    return [group for group in groups.values() if len(group) > 1]


def _root(parent, number):
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


def _join(parent, one, other):
    one, other = _root(parent, one), _root(parent, other)
    parent[max(one, other)] = min(one, other)
