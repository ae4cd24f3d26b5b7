"""What is wrong with a study of a randomised heart, by a truth that only the simulator knows."""

import dataclasses
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.core import errors
from course_utils.ejection_fraction import discs, faults, rules
from course_utils.simulate import ventricle, window

GRID = 110
FACTS = "short", "narrow", "outside", "hidden"


def made(seed, family=None, kind=""):
    """One study as plain arrays: frames, labels, spacing of either view, and its truth."""
    chest, both = window.windows(seed, family, kind)
    kept, volumes = {"ef": chest.heart.ef, "edv": chest.heart.edv_ml}, []
    for one in both:
        shots = [one.picture(time, n) for n, time in enumerate((0.0, chest.end_systole))]
        frames, labels, spacings = map(np.stack, zip(*shots, strict=True))
        facts, cuts = _framed(one)
        volumes.append(cuts)
        facts["hidden"] = np.mean([hidden(frame, label) for frame, label in zip(frames, labels, strict=True)])
        kept |= {f"{one.name}_frames": frames, f"{one.name}_labels": labels, f"{one.name}_spacing": spacings[0],
                 f"{one.name}_facts": np.array([facts[name] for name in FACTS])}
    try:
        edv, esv = (discs.biplane(*pair).volume for pair in zip(*volumes, strict=True))
        kept |= {"ef_cut": 100 * (edv - esv) / edv, "edv_cut": edv}
    except (errors.DataError, TypeError):
        kept |= {"ef_cut": np.nan, "edv_cut": np.nan}
    return kept


def _framed(one):
    """How much shorter and narrower this cut is than the one through the apex, what lies outside."""
    chest, view, depth = one.chest, one.view, one.probe.depth_mm
    turn, shift = np.radians(view.angle_deg), chest.values["apex_v_mm"] * np.cos(np.radians(view.angle_deg))
    shift -= chest.values["apex_u_mm"] * np.sin(turn)
    ideal = dataclasses.replace(view, offset_mm=0.0,
                                tilt_deg=np.degrees(np.arctan2(shift, chest.heart.length_mm)))
    x, z = np.linspace(-0.9 * depth, 0.9 * depth, GRID), np.linspace(-0.5 * depth, 1.2 * depth, GRID)
    step = z[1] - z[0], x[1] - x[0]

    def cavity(plane, time=0.0):
        return chest.labels(plane, time, x[None, :], z[:, None]) == ventricle.CAVITY

    mask, best = cavity(view), cavity(ideal)
    facts = {
        "short": 1 - discs.long_axis(mask, step).length / discs.long_axis(best, step).length,
        "narrow": 1 - mask.sum() / best.sum(),
        "outside": (mask & ~one.inside(x, z)).sum() / mask.sum(),
    }
    try:
        cuts = [discs.measure(cut, step) for cut in (mask, cavity(view, chest.end_systole))]
    except errors.DataError:
        cuts = None
    return facts, cuts


def hidden(image, labels):
    """The share of the true border that cannot be seen, 0..1."""
    try:
        sharp, step = faults.stretches(image / np.float32(255), labels == ventricle.CAVITY)
    except errors.DataError:
        return 1.0
    return float(1 - ((sharp > faults.SEEN) & (step > faults.STEP)).sum() / rules.STRETCHES)
