"""Despecklers in one form, and the one rule that tunes them."""

import functools

import numpy as np
import pytest

from course_utils.core.errors import DataError
from course_utils.denoise import methods, scenes
from course_utils.enhance import filters

TUNING = [scenes.ordinary(seed) for seed in (900, 901)]
RAW, CLEAN = [s.image() for s in TUNING], [s.clean() for s in TUNING]


@functools.cache  # when a test asks, not when it is collected: each worker collects all tests
def table():
    return methods.tuned(RAW, CLEAN)


def test_psnr_is_that_of_a_known_error():
    clean = np.full((8, 8), 0.5)
    assert methods.psnr_db(clean, clean + 0.1) == pytest.approx(20.0)
    assert methods.psnr_db(clean, clean - 0.01) == pytest.approx(40.0)


def test_raw_speckle_has_the_psnr_of_its_own_spread():
    found, shift = methods.score(RAW, CLEAN)
    assert found == pytest.approx(-10 * np.log10(scenes.FLOOR), abs=0.4)
    assert shift * scenes.RANGE_DB == pytest.approx(-scenes.BIAS_DB, abs=0.3)


def test_speckle_kept_is_one_for_the_raw_picture_and_none_for_the_clean_one():
    assert methods.speckle_kept(RAW, CLEAN, RAW) == pytest.approx(1)
    assert methods.speckle_kept(RAW, CLEAN, CLEAN) == pytest.approx(0, abs=1e-9)
    third = [c + (r - c) / 3 for r, c in zip(RAW, CLEAN, strict=True)]
    assert methods.speckle_kept(RAW, CLEAN, third) == pytest.approx(1 / 3)


def test_every_filter_is_tried_and_one_strength_of_each_is_best():
    assert set(table()["filter"]) == set(methods.FILTERS)
    assert (table().groupby("filter").best.sum() == 1).all()
    for _, rows in table().groupby("filter"):
        assert rows.psnr[rows.best].item() == rows.psnr.max()


def test_the_best_setting_lies_inside_what_was_tried_for_most():
    inside = 0
    for name, (_, settings) in methods.FILTERS.items():
        inside += methods.best(table())[name].setting not in (settings[0], settings[-1])
    assert inside >= 4  # a grid that ends too early would hold a filter back


def test_every_filter_beats_the_raw_picture_and_keeps_its_form():
    raw = methods.score(RAW, CLEAN)[0]
    for name, method in methods.best(table()).items():
        done = method.apply(RAW[0])
        assert done.shape == RAW[0].shape and done.min() >= 0 and done.max() <= 1, name
        assert methods.score([method.apply(image) for image in RAW], CLEAN)[0] > raw + 8, name


def test_lee_and_srad_work_on_the_envelope():
    image = RAW[0]
    envelope = 10 ** ((image.astype(float) - 1) * 60 / 20)
    wanted = 1 + 20 * np.log10(filters.lee(envelope, 9)) / 60
    assert np.allclose(methods.method("Lee", 9).apply(image), np.clip(wanted, 0, 1), atol=1e-5)


def test_a_brighter_picture_gives_a_brighter_result_and_no_other():
    image = np.clip(RAW[0], 0.1, 0.85)
    for name in ("median", "bilateral", "Lee", "SRAD"):
        method = methods.best(table())[name]
        assert np.allclose(method.apply(image + 0.1) - 0.1, method.apply(image), atol=2e-3), name


def test_bad_names_and_sizes_are_refused():
    with pytest.raises(DataError, match="SRAD"):
        methods.method("velvet", 3)
    with pytest.raises(DataError, match="sizes"):
        methods.psnr_db(np.zeros((4, 4)), np.zeros((4, 5)))
