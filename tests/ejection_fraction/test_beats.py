"""Beats of known curves: whole and cut off, steady or irregular, noisy or absent."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.core.errors import CourseError, CourseWarning, DataError
from course_utils.ejection_fraction import beats


def curve(lengths, fps=40, ed=1000.0, es=600.0, start=0.0, stop=1.0):
    """An area curve of beats of these lengths in seconds: 35 % squeeze, then filling; and the
    frames of true end-diastole and end-systole. start, stop: which part of the whole is shown.
    """
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    time = np.arange(math.floor(bounds[-1] * start * fps), math.ceil(bounds[-1] * stop * fps)) / fps
    which = np.clip(np.searchsorted(bounds, time, side="right") - 1, 0, len(lengths) - 1)
    phase = (time - bounds[which]) / np.asarray(lengths)[which]
    squeeze = np.where(phase < 0.35, phase / 0.35, (1 - phase) / 0.65)
    area = ed - (ed - es) * (1 - np.cos(np.pi * np.clip(squeeze, 0, 1))) / 2
    first = time[0]
    starts = bounds[:-1] - first
    return area, starts * fps, (starts + 0.35 * np.asarray(lengths)) * fps


def test_three_beats_are_found_with_their_frames_and_rate():
    area, _, es = curve([0.8] * 3)
    found = beats.find(area, 40)
    assert [beat.es for beat in found] == pytest.approx(es, abs=1)
    assert found.heart_rate == pytest.approx(75, rel=0.02)
    assert found.irregular is False and found.variation < 0.1
    assert [beat.complete for beat in found] == [True] * 3
    assert [beat.ed for beat in found][1:] == pytest.approx([32, 64], abs=3)


def test_one_beat_has_a_rate_but_no_rhythm():
    area, _, es = curve([1.0])
    found = beats.find(area, 40)
    assert len(found) == 1 and found.beats[0].es == pytest.approx(es[0], abs=1)
    assert found.heart_rate == pytest.approx(60, rel=0.12)
    assert found.irregular is None and "cannot be said" in found.why


def test_partial_beats_at_the_ends_are_left_out():
    area, _, es = curve([0.8] * 4, start=0.06, stop=0.8)  # begins in systole, ends in systole
    found = beats.find(area, 40)
    whole = [frame for frame in es if 5 < frame < len(area) - 8]
    assert [beat.es for beat in found] == pytest.approx(whole, abs=1)
    half, _, _ = curve([1.0], stop=0.35)
    with pytest.raises(DataError, match="never falls and rises"):
        beats.find(half, 40)


def test_a_clip_that_begins_in_mid_squeeze_loses_that_beat_only():
    area, _, es = curve([0.8] * 4, start=0.035)
    assert [beat.es for beat in beats.find(area, 40)] == pytest.approx(es[1:], abs=1)
    with pytest.raises(DataError, match="starts in the middle of a squeeze"):
        beats.find(curve([1.0], start=0.14)[0], 40)


def test_a_beat_whose_filling_is_cut_off_is_not_complete():
    found = beats.find(curve([1.0], stop=0.72)[0], 40)
    assert len(found) == 1 and not found.beats[0].complete and found.heart_rate is None
    assert "no heart rate" in found.why


@pytest.mark.parametrize(
    "lengths, irregular",
    [
        ([0.8, 0.8, 0.8], False),
        ([0.80, 0.84, 0.78, 0.82], False),
        ([0.6, 1.0, 0.7, 0.9], True),
        ([0.55, 0.9, 0.7], True),
    ],
)
def test_an_irregular_rhythm_is_flagged(lengths, irregular):
    found = beats.find(curve(lengths)[0], 40)
    assert found.irregular is irregular
    assert ("average five" in found.why) is irregular


def test_each_beats_ef_and_their_mean():
    area, _, _ = curve([0.8] * 3)
    found = beats.find(area, 40)
    each = found.ejection_fractions(area**1.5)
    exact = 100 * (1 - 0.6**1.5)
    assert each == pytest.approx([exact] * 3, abs=0.5)
    assert found.ejection_fraction(area**1.5) == pytest.approx(exact, abs=0.5)
    with pytest.raises(DataError, match="one volume per frame"):
        found.ejection_fractions(area[:-1])


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    length=st.floats(0.5, 1.4),
    count=st.integers(1, 5),
    fps=st.floats(25, 60),
    es=st.floats(500, 880),
    seed=st.integers(0, 1000),
)
def test_noise_of_one_per_cent_makes_and_loses_no_beat(length, count, fps, es, seed):
    area, _, truth = curve([length] * count, fps, es=es)
    noisy = area * (1 + 0.01 * np.random.default_rng(seed).normal(size=area.size))
    found = beats.find(noisy, fps)
    assert len(found) == count
    # In 4000 draws the largest distance was 0.144 of a beat.
    assert [beat.es for beat in found] == pytest.approx(truth, abs=max(2, 0.2 * length * fps))


def test_one_wild_frame_does_not_hide_the_beats():
    area, _, es = curve([0.8] * 4)
    area[50] = 1800  # the range is taken from percentiles, not from the largest value
    assert [beat.es for beat in beats.find(area, 40)] == pytest.approx(es, abs=2)


def test_the_unit_of_area_does_not_matter():
    area, _, _ = curve([0.8, 0.7, 0.9])
    assert beats.find(area, 40).beats == beats.find(area * 0.013, 40).beats


def test_a_few_frames_without_a_mask_are_bridged_and_said():
    area, _, es = curve([0.8] * 3)
    area[[20, 41]] = 0, np.nan
    with pytest.warns(CourseWarning, match="2 of 97 frames"):
        assert [beat.es for beat in beats.find(area, 40)] == pytest.approx(es, abs=1)
    area[::5] = 0
    with pytest.raises(DataError, match="cannot be trusted"):
        beats.find(area, 40)


@pytest.mark.parametrize(
    "areas, fps, words",
    [
        ([900.0], 40, "one frame"),
        (np.zeros(40), 40, "not found anywhere"),
        (np.full(40, 900.0), 40, "No beat: the area changes by only 0.0 %"),
        (np.linspace(900, 600, 40), 40, "never falls and rises"),
        (curve([0.8])[0], None, "frames per second"),
        (curve([0.8])[0], 0, "frames per second"),
        (curve([0.8])[0], float("nan"), "frames per second"),
        (-curve([0.8])[0], 40, "no area can have"),
        (np.ones((5, 5)), 40, "one number per frame"),
        ([], 40, "one number per frame"),
        ("abc", 40, "one number per frame"),
    ],
)
def test_what_shows_no_beat_is_refused_with_a_sentence(areas, fps, words):
    with pytest.raises(DataError, match=words):
        beats.find(areas, fps)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60), st.floats(-1, 100))
def test_nonsense_gives_a_course_error_or_a_rhythm(areas, fps):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = beats.find(areas, fps)
            assert all(0 <= b.ed < b.es < b.end < len(areas) for b in found)
        except CourseError as problem:
            assert str(problem)
