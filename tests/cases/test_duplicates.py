"""Repeated pictures: the same groups as the pair by pair search of `split`, at any number."""

import sys
import time

import numpy as np
import pandas
import pytest

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


@pytest.mark.slow
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


def crowd(count=600, seed=3):
    """Random prints with pairs planted at 0, 39, 40 and 41 bits, plain and mirrored, and a blank."""
    draws = np.random.default_rng(seed)
    bits = draws.integers(0, 2, (2, count, 256), np.uint8)
    for number, distance in enumerate((0, 39, 40, 41)):
        for way in (0, 1):
            one, other = 10 + 4 * number + way, 500 + 4 * number + way
            bits[0, other] = bits[way, one]
            bits[0, other, draws.permutation(256)[:distance]] ^= 1
    bits[0, 300:303] = bits[0, 299]  # a group whose pairs all agree, both ways round
    bits[1, 299] = bits[0, 299]
    packed = np.packbits(bits, axis=2)
    prints = list(zip(packed[0], packed[1], strict=True))
    prints[7] = None
    return prints


def test_the_pair_at_the_radius_is_found_and_the_next_bit_is_not():
    found = {pair[:2]: pair[2:] for pair in duplicates.pairs(crowd())}
    for number, distance in enumerate((0, 39, 40)):
        for way in (0, 1):
            pair = 10 + 4 * number + way, 500 + 4 * number + way
            assert found[pair] == (distance, bool(way))
    assert not {(22, 512), (23, 513)} & set(found) and len(found) == 6 + 6


@pytest.mark.parametrize("radius", [0, 39, 40, 41, 105])
def test_faiss_gives_the_same_pairs_in_the_same_order(radius):
    pytest.importorskip("faiss", reason="faiss is not installed (binder/requirements-more.txt)")
    prints, shares = crowd(), []
    plain = list(duplicates.pairs(prints, radius))
    assert plain == list(duplicates.pairs(prints, radius, shares.append, many=0)) and shares
    assert len(plain) > 300 or radius < 105


def test_without_faiss_many_pictures_are_compared_all_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)  # importing it fails
    assert list(duplicates.pairs(crowd(), many=0)) == list(duplicates.pairs(crowd()))


def test_faiss_is_asked_only_where_there_are_many(monkeypatch):
    monkeypatch.setattr(duplicates, "_faiss", lambda: pytest.fail("asked for a few"))
    assert len(list(duplicates.pairs(crowd()))) == 12
