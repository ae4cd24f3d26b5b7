"""Beats from the area curve: end-diastole, end-systole, heart rate, each beat's ejection fraction.

An area curve is (T,), one cavity area per frame, any unit, with fps frames per second. Frame
numbers count from 0. There is no ECG here: end-systole is the smallest area of a beat,
end-diastole the last large one before the squeeze.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage, signal

from course_utils.core import errors
from course_utils.ejection_fraction import discs
from course_utils.load import frame_rate

SMOOTH_S = 0.025  # seconds, standard deviation of the smoothing: systole takes about 0.3 s
SHORTEST_BEAT_S = 0.3  # 200 beats a minute
PROMINENCE = 0.5  # a squeeze is at least half as deep as the curve's robust range
FLATTEST = 0.03  # of the largest area; a curve that changes less shows no beat
PLATEAU = 0.02  # of the range: end-diastole is the last frame within this of the largest area
CLOSED = 0.25  # of the range: how far the end of a beat may lie below its start
MISSING = 0.10  # the share of frames without a mask that may be bridged
# Longest minus shortest beat over the mean. In sinus rhythm beats vary by about 5 % (SD; 926 ms,
# 50 ms: Nunan et al., Pacing Clin Electrophysiol 2010, doi:10.1111/j.1540-8159.2010.02841.x), so
# two beats differ by more than 20 % about once in 200. In atrial fibrillation the SD is about
# 24 % (Tateno and Glass, Med Biol Eng Comput 2001, doi:10.1007/BF02345439): then most pairs do.
IRREGULAR = 0.20


@dataclass(frozen=True)
class Beat:
    """One beat as frame numbers: end-diastole, end-systole, and the next end-diastole (or where the
    clip ends). complete: the clip shows it from one end-diastole to the next.
    """

    ed: int
    es: int
    end: int
    complete: bool = True


@dataclass(frozen=True)
class Rhythm:
    """All beats of a clip. heart_rate: beats a minute, or None where no whole beat is seen.

    irregular: True, False, or None with fewer than three squeezes, since one interval has nothing
    to differ from. why: a sentence about the rhythm. variation: longest minus shortest beat over
    the mean, or None. smooth: the curve in which the beats were found, (T,).
    """

    beats: list
    heart_rate: float
    irregular: bool
    why: str
    variation: float = None
    smooth: np.ndarray = field(default=None, repr=False)

    def __len__(self):
        return len(self.beats)

    def __iter__(self):
        return iter(self.beats)

    def ejection_fractions(self, volumes):
        """Each beat's EF in per cent, (number of beats,), from a volume per frame, (T,)."""
        volumes = _numbers(volumes, "The volumes")
        if self.smooth is not None and volumes.size != self.smooth.size:
            raise errors.DataError(
                f"There are {volumes.size} volumes for {self.smooth.size} "
                "frames. Give one volume per frame."
            )
        return np.array(
            [discs.ejection_fraction(volumes[beat.ed], volumes[beat.es]) for beat in self.beats]
        )

    def ejection_fraction(self, volumes):
        """The mean of the beats' EF in per cent: what ASE asks for, five beats if irregular."""
        return float(self.ejection_fractions(volumes).mean())


def find(areas, fps):
    """Find every beat of an area curve: a `Rhythm`. areas: (T,); fps: frames per second.

    A squeeze (end-systole) is a dip of the smoothed curve at least half as deep as its range from
    the 5th to the 95th percentile. Each gets the end-diastole before it. A squeeze that is cut off
    at either end of the clip is left out. Up to 10 % of the frames may lack a mask (area 0 or NaN):
    they are bridged with a warning.

    Raises DataError for one frame, a missing or impossible fps, no mask at all or too few, a flat
    curve, and a clip without a squeeze.
    """
    fps = _rate(fps)
    areas = _bridged(_curve(areas))
    smooth = ndimage.gaussian_filter1d(areas, max(SMOOTH_S * fps, 0.5), mode="nearest")
    low, high = np.percentile(smooth, [5, 95])
    if high - low < FLATTEST * high:
        raise errors.DataError(
            f"No beat: the area changes by only {percent((high - low) / high, 1)} over "
            f"{areas.size} frames. Either the outline does not follow the heart, or the clip is "
            "too short."
        )
    squeezes = _squeezes(smooth, fps, high - low)
    if not squeezes.size:
        raise errors.DataError(
            f"No beat: in {areas.size} frames ({areas.size / fps:.1f} s) the area never falls and "
            "rises again. Record at least one whole beat."
        )
    found = _beats(smooth, squeezes, high - low)
    if smooth[found[0].ed] < high - CLOSED * (high - low) and found[0].ed == 0:
        found = found[1:]  # the clip starts when that squeeze is under way
    if not found:
        raise errors.DataError(
            "No whole beat: the clip starts in the middle of a squeeze. Record "
            "from one end-diastole to the next."
        )
    return Rhythm(found, *_rhythm(found, smooth, fps), smooth)


def percent(share, digits=0):
    """A share as a sentence prints it: 0.28 -> '28 %'."""
    return f"{100 * share:.{digits}f} %"


def _squeezes(smooth, fps, extent):
    # The ends are not padded: a dip whose far side the clip does not show is not prominent.
    found, _ = signal.find_peaks(
        -smooth, distance=max(1, round(SHORTEST_BEAT_S * fps)), prominence=PROMINENCE * extent
    )
    return found


def _beats(smooth, squeezes, extent):
    edges = [0, *squeezes.tolist(), len(smooth) - 1]
    diastoles = [
        _last_large(smooth, first, last, extent)
        for first, last in zip(edges[:-1], edges[1:], strict=False)
    ]
    # After the last squeeze there is no next one to lead to: take the largest area itself.
    diastoles[-1] = int(edges[-2] + smooth[edges[-2] :].argmax())
    beats = []
    for ed, es, end in zip(diastoles[:-1], squeezes.tolist(), diastoles[1:], strict=False):
        closed = smooth[end] >= smooth[ed] - CLOSED * extent
        beats.append(Beat(ed, es, end, bool(closed)))
    return beats


def _last_large(smooth, first, last, extent):
    stretch = smooth[first : last + 1]
    return int(first + np.flatnonzero(stretch >= stretch.max() - PLATEAU * extent)[-1])


def _rhythm(beats, smooth, fps):
    """Heart rate, irregular, why, variation."""
    if len(beats) == 1:
        beat = beats[0]
        if not beat.complete:
            why = "The clip ends before the beat does, so there is no heart rate."
            return None, None, why, None
        rate = 60 * fps / (beat.end - beat.ed)
        return rate, None, "One beat: whether the rhythm is regular cannot be said.", None
    intervals = np.diff([_half_way(smooth, beat) for beat in beats]) / fps
    rate = float(60 / intervals.mean())
    if len(beats) == 2:
        return rate, None, "Two beats: whether the rhythm is regular cannot be said.", None
    variation = float(np.ptp(intervals) / intervals.mean())
    seen = (
        f"beats of {intervals.min():.2f} to {intervals.max():.2f} s, a difference of "
        f"{percent(variation)} of their mean"
    )
    if variation > IRREGULAR:
        return (
            rate,
            True,
            (
                f"Irregular rhythm: {seen} (limit {percent(IRREGULAR)}). One beat is "
                "not enough; average five or more."
            ),
            variation,
        )
    return rate, False, f"Regular rhythm: {seen}.", variation


def _half_way(smooth, beat):
    """When the squeeze is half done, in frames: its steepest part, which times a beat best."""
    stretch = smooth[beat.ed : beat.es + 1]
    middle = (stretch[0] + stretch[-1]) / 2
    above = int(np.flatnonzero(stretch >= middle)[-1])
    if above + 1 == stretch.size:
        return beat.es
    return beat.ed + above + (stretch[above] - middle) / (stretch[above] - stretch[above + 1])


# --- what is accepted ---


def _rate(fps):
    try:
        number = float(fps)
    except (TypeError, ValueError):
        number = math.nan
    if not frame_rate.can_be(number):
        raise errors.DataError(
            f"fps must be the frames per second of the clip, such as 40, not "
            f"{fps!r}. Without it there is no heart rate and no beat."
        )
    return number


def _numbers(values, what):
    try:
        array = np.asarray(values, float)
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 1 or not array.size:
        raise errors.DataError(f"{what} must be one number per frame.")
    return array


def _curve(areas):
    areas = _numbers(areas, "The area curve")
    if areas.size == 1:
        raise errors.DataError(
            "A cine of one frame shows no beat. Give the whole clip, not one frame of it."
        )
    if (areas < 0).any() or np.isinf(areas).any():
        raise errors.DataError("The area curve holds values that no area can have.")
    return areas


def _bridged(areas):
    """The curve with frames that lack a mask (0 or NaN) filled in from their neighbours."""
    present = np.nan_to_num(areas) > 0
    lost = int((~present).sum())
    if lost == areas.size:
        raise errors.DataError(
            "No frame has a mask: the ventricle was not found anywhere in this "
            "clip. It may be another view, or too dark."
        )
    if lost > MISSING * areas.size:
        raise errors.DataError(
            f"{lost} of {areas.size} frames have no mask, more than "
            f"{percent(MISSING)}. The curve cannot be trusted."
        )
    if not lost:
        return areas
    errors.warn(
        f"{lost} of {areas.size} frames have no mask; their area was filled in from their "
        "neighbours."
    )
    frames = np.arange(areas.size)
    return np.interp(frames, frames[present], areas[present])
