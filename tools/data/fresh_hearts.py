"""Fresh synthetic patients from new seeds, made as tools/data/hearts.py makes those of the set.

Nothing here is kept in the repository. Numbers from 1000 on are free; what was tuned on which of
them stands where it was tuned. `study(number)` is a good study; kind= spoils it as a hurried exam
would: "drop-out", "foreshortened" or "off-axis", each by a random amount.
"""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.cases import clips as cines
from course_utils.simulate import apical
from tools.data import hearts

KINDS = ("drop-out", "foreshortened", "off-axis")
FIRST = 1000  # numbers below belong to the sample set


def patient(number, ef=None):
    """Synthetic patient `number`, from 1000 on; ef: about this EF in per cent, or drawn evenly
    from 15 to 75.
    """
    if number < FIRST:
        raise ValueError(f"fresh patients count from {FIRST}, not {number}")
    drawn = float(np.random.default_rng([2025, number, 9]).uniform(15.0, 75.0))
    hearts.PLAN[number] = (drawn if ef is None else ef, "FRESH", "")
    try:
        return hearts.patient(number)
    finally:
        del hearts.PLAN[number]


def study(number, kind="", ef=None):
    """(patient, A4C clip, A2C clip) as `clips.read` would give them, labels included."""
    who = patient(number, ef)
    return who, *(filmed(clip) for clip in spoiled(hearts.clips(who), kind, number))


def filmed(clip):
    """One clip, imaged and put through the JPEG of the set's movies: `clips.Clip`."""
    made = apical.film(clip.heart, clip.view, clip.machine, clip.times, clip.seed)
    frames = np.stack([_jpeg(frame) for frame in made.frames]).astype(np.float32) / 255
    return cines.Clip(
        frames, clip.fps, made.spacing, made.labels, clip.view.name, clip.patient.patient_id, True
    )


def spoiled(clips, kind, number):
    """The two clips, spoiled; "" leaves them as they are."""
    rng = np.random.default_rng([2025, number, 8])
    if kind == "":
        return clips
    if kind == "drop-out":  # a third of the sector and more without contact, in both views
        first = rng.uniform(0.02, 0.60)
        lost = (first, first + rng.uniform(0.36, 0.44))
        return [
            replace(clip, machine=replace(clip.machine, lost=lost, lost_db=rng.uniform(26.0, 36.0)))
            for clip in clips
        ]
    four, two = clips
    if kind == "foreshortened":  # one view misses the apex
        reach = rng.uniform(0.66, 0.76) * four.patient.heart.length_mm
        view = {"tilt_deg": rng.uniform(16.0, 21.0), "offset_mm": 0.0, "reach_mm": reach}
        return [replace(four, view=replace(four.view, **view)), two]
    if kind == "off-axis":  # both views miss the middle
        width, side = four.patient.heart.ventricle(0.0).b, rng.choice([-1.0, 1.0])
        views = [
            replace(
                clip.view,
                offset_mm=side * rng.uniform(*share) * width,
                tilt_deg=side * turn * rng.uniform(4.0, 7.0),
            )
            for clip, share, turn in ((four, (0.46, 0.58), 1.0), (two, (0.25, 0.35), -1.0))
        ]
        return [replace(clip, view=view) for clip, view in zip(clips, views, strict=True)]
    raise ValueError(f"kind is one of {KINDS} or '', not {kind!r}")


def _jpeg(frame):
    """A frame after the lossy compression of the sample movies."""
    colour = cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
    _, packed = cv2.imencode(".jpg", colour, [cv2.IMWRITE_JPEG_QUALITY, hearts.QUALITY])
    return cv2.cvtColor(cv2.imdecode(packed, cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY)
