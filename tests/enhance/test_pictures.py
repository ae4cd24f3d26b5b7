"""Every picture of the lessons' sliders, drawn from plain arguments."""

import cv2
import numpy as np
import pytest

from course_utils import load, simulate
from course_utils.cases import samples
from course_utils.enhance import adjust, pictures

RNG = np.random.default_rng(0)
IMAGE = RNG.random((128, 128), dtype=np.float32) * 0.6
CINE = RNG.random((5, 40, 60), dtype=np.float32)


def pixels(picture):
    assert picture.alt
    return cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_GRAYSCALE)


def test_frame_follows_time_and_gain():
    first, second = (pixels(pictures.frame(CINE, number)) for number in (0, 1))
    assert np.abs(first.astype(int) - second).mean() > 10
    louder = pictures.frame(CINE, 0, 12)
    assert pixels(louder).mean() > first.mean() + 20 and "+12 dB" in louder.alt
    assert "+12 dB" in louder.caption


def test_saturated_is_a_percentage():
    assert pictures.saturated(np.array([[0, 1.0], [1.0, 0.5]])) == 50


@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_the_histogram_stands_where_the_grey_levels_are(grey):
    shown = pixels(pictures.with_histogram(np.full((128, 128), grey, np.float32), "flat"))
    bars = shown[-40:].max(axis=0) > 100
    place = np.flatnonzero(bars).mean() / bars.size
    assert place == pytest.approx(grey, abs=0.01) and bars.mean() < 0.02


def test_gain_moves_the_histogram_to_the_right_and_a_window_stretches_it():
    def width(*settings):
        bars = pixels(pictures.gain_and_window(IMAGE, *settings))[-30:].max(axis=0) > 100
        return np.flatnonzero(bars)[[0, -1]] / bars.size

    plain, louder, windowed = width(0, 0, 1), width(12, 0, 1), width(0, 0.1, 0.5)
    assert louder[0] > plain[0] + 0.1 and windowed[1] > plain[1] + 0.2
    assert "5.0 % saturated" not in pictures.gain_and_window(IMAGE, 0, 0, 1).alt
    assert "window 0.50 to 0.55" in pictures.gain_and_window(IMAGE, 0, 0.5, 0.2).alt


def test_clahe_stands_beside_what_was_stored():
    (stored, before), (title, after) = pictures.clahe(IMAGE, 4, 8, "real").tiles
    assert stored == "as stored" and "clip limit 4, 8 x 8" in title
    assert after.shape == before.shape and after.std() > before.std()


def test_despeckled_keeps_the_shape_and_smooths():
    probe = simulate.Probe(depth_mm=15, lines=96)
    grain = adjust.log_compress(simulate.envelope(simulate.speckle(probe, seed=1), probe))
    versions = pictures.despeckled(grain)
    assert next(iter(versions)) == "as stored" and len(versions) > 5
    for name, version in versions.items():
        assert version.shape == grain.shape
        if name != "as stored":
            assert np.abs(np.diff(version)).mean() < 0.7 * np.abs(np.diff(grain)).mean(), name


def test_outside_says_how_bright_each_place_has_become():
    place, other = np.s_[0:10, 0:20], np.s_[20:30, 0:20]
    picture = pictures.outside(
        np.zeros((40, 40), np.float32), np.full((40, 40), 0.25, np.float32), place, other
    )
    assert picture.alt.count("mean 0.00") == 2 and picture.alt.count("mean 0.25") == 2


def test_kept_counts_in_per_cent_of_the_stored_image():
    muscle = pictures.middle(
        load.image(samples.folder("muscle_hires") / samples.table("muscle_hires").image[0])
    )
    table = pictures.kept(muscle, np.s_[185:200, 10:60], np.s_[20:150, 60:190])
    assert list(table.index) == ["median", "bilateral", "non-local means", "Lee", "SRAD"]
    assert (table["grain left (%)"] < 90).all() and table["lines left (%)"].between(50, 105).all()
    enough = table[table["grain left (%)"] <= 75]
    assert enough["lines left (%)"].idxmax() == "non-local means" and "median" not in enough.index
