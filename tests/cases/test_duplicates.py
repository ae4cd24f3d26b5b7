"""Repeated pictures: the same groups as the pair by pair search of `split`, at any number."""

import time

import numpy as np
import pandas

from course_utils.cases import duplicates, split
from tests.helpers import folders


def test_groups_are_those_of_the_search_pair_by_pair(tmp_path):
    pictures = [folders.grey(n) for n in range(6)]
    pictures += [
        np.clip(pictures[1] * 1.06, 0, 255).astype(np.uint8),
        pictures[4][:, ::-1].copy(),
        np.full(folders.SIZE, 7, np.uint8),
        np.full(folders.SIZE, 7, np.uint8),
    ]
    for number, pixels in enumerate(pictures):
        folders.save(tmp_path / f"{number}.png", pixels)
    table = pandas.DataFrame({"image": [f"{n}.png" for n in range(len(pictures))]})
    table.attrs["folder"] = str(tmp_path)
    oracle = split.near_duplicates(table)
    prints = [duplicates.fingerprint((pixels / 255).astype(np.float32)) for pixels in pictures]
    groups = duplicates.near(prints)
    assert groups == [[1, 6], [4, 7]]
    assert {tuple(group) for group in groups} == {
        (int(a[:-4]), int(b[:-4]))
        for a, b in zip(oracle["image_a"], oracle["image_b"], strict=True)
    }


def test_chains_join_and_order_stays():
    bits = np.zeros((3, 256), np.uint8)
    bits[1, :30], bits[2, :60] = 1, 1
    far = np.ones(256, np.uint8)
    prints = [(np.packbits(b), np.packbits(far)) for b in bits]
    assert duplicates.near(prints) == [[0, 1, 2]] and duplicates.near(prints, 29) == []
    assert duplicates.near([None, None]) == duplicates.near([]) == []
    assert duplicates.exact([b"a", b"b", b"a", b"c", b"b"]) == [[0, 2], [1, 4]]


def test_four_thousand_random_prints_hold_no_pair():
    draws, shares = np.random.default_rng(0), []
    prints = list(
        zip(
            draws.integers(0, 256, (4000, 32), np.uint8),
            draws.integers(0, 256, (4000, 32), np.uint8),
            strict=True,
        )
    )
    start = time.perf_counter()
    assert duplicates.near(prints, watch=shares.append) == []
    assert time.perf_counter() - start < 20 and shares == sorted(shares) and len(shares) == 8
