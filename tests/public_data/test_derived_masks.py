"""Derived masks: an area from a drawn ellipse, a belly from two bands, and where they are kept."""

import numpy as np
import pytest

from course_utils import load
from course_utils.core import errors
from course_utils.public_data import derived_masks
from tests.helpers.public_sets import (
    around,
    bands,
    disc,
    files_of,
    outline,
)


@pytest.mark.parametrize(("a", "b"), [(100, 100), (120, 85), (90, 40)])
def test_ellipse_against_the_integral(a, b):
    assert derived_masks.circumference(a, b) == pytest.approx(around(a, b), rel=1e-5)
    mask, axes = derived_masks.filled_ellipse(outline(200, 130, a, b, 30))
    assert sorted(axes) == pytest.approx(sorted((a, b)), abs=1)
    assert mask.sum() == pytest.approx(np.pi * a * b, rel=0.02)
    filled, other = derived_masks.filled_ellipse(mask * 255)
    assert sorted(other) == pytest.approx(sorted((a, b)), abs=1.5) and filled.shape == mask.shape


def test_belly_bridges_gaps_and_survives_forks():
    mask = bands(10, 50, slope=0)
    mask[:, 60:70] = 0  # both bands are broken
    found = derived_masks.bands(mask)
    assert len(found) == 2
    assert derived_masks.belly(found)[13:48].all() and not derived_masks.belly(found)[:13].any()
    fork = bands(10, 50, slope=0)
    fork[50:70, 30:34] = 255  # the lower band has an arm that points down
    assert (derived_masks.belly(derived_masks.bands(fork)) == derived_masks.belly(found)).all()


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (bands(40), "1 long band"),
        (bands(), "0 long bands"),
        (
            np.where(
                np.arange(120) < 55,
                bands(20, slope=0),
                np.where(np.arange(120) > 65, bands(70, slope=0), 0),
            ).astype(np.uint8),
            "beside each other",
        ),
        (bands(10, 40, 70), "3 long bands"),
        (bands(10, 30, 50, 70), "4 long bands"),
        (bands(30, 38, slope=0), "a gap in the fascia"),
        (bands(30, 39, slope=0.1), "a gap in the fascia"),
        (bands(60, 66, slope=0), "a gap in the fascia"),
    ],
)
def test_no_belly(mask, words):
    with pytest.raises(errors.DataError, match=words):
        derived_masks.belly(derived_masks.bands(mask))


@pytest.mark.parametrize("mask", [np.zeros((60, 80), np.uint8), outline(40, 30, 3, 2, 0, (60, 80))])
def test_a_line_too_short_is_no_ellipse(mask):
    with pytest.raises(errors.DataError, match="too few"):
        derived_masks.filled_ellipse(mask)


def test_a_masks_file_is_kept_if_it_is_the_same_and_never_overwritten(tmp_path):
    store = derived_masks.Store(tmp_path / "mine", tmp_path / "download")
    place = store.save(disc(30, 40), "a.png")
    before = files_of(tmp_path)
    assert store.save(disc(30, 40) // 255, "a.png") == place and files_of(tmp_path) == before
    assert (load.mask(place) == disc(30, 40) // 255).all()
    with pytest.raises(errors.FileError, match="holds something else"):
        store.save(disc(50, 40), "a.png")
    assert files_of(tmp_path) == before
    assert store.relative(tmp_path / "download" / "b" / "c.png") == "b/c.png"


@pytest.mark.parametrize("inside", [".", "masks", "a/../masks"])
def test_masks_never_go_into_the_download(tmp_path, inside):
    with pytest.raises(errors.FileError, match="inside the download"):
        derived_masks.Store(tmp_path / inside, tmp_path)
