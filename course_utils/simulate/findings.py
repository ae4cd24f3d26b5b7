"""Findings under the skin: first what is there, then its picture. Everything is SYNTHETIC.

A `Case` is a set of tags, drawn first. Its picture shows what of them a still B-mode image can show:
diagnosis, shape, margins, echogenicity, calcifications, septa, and what lies behind. Organ and
vascularity are drawn apart from all the rest, so that no picture can tell them. `look` scans the same
patient again. How often a tag comes with a diagnosis is ours, plausible and not a statistic of
patients.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from course_utils.core import accept
from course_utils.simulate import physics

PROBE = physics.Probe(8.0, 0.6, "linear", 30.0, 30.0, 3.0, 12.0, 64)
SIZE = 64
PIXEL_MM = PROBE.depth_mm / SIZE, PROBE.width / SIZE
RANGE_DB, GAIN_DB, NOISE_DB = 60.0, -24.0, -38.0
LEVEL_DB = {"anechoic": -40.0, "hypoechoic": -11.0, "isoechoic": 0.0, "hyperechoic": 8.0}
EDGE_MM = {"well-defined": 0.25, "ill-defined": 2.0}
BEHIND_DB = {"enhancement": 7.0, "shadowing": -18.0}
CALCIUM_DB, SEPTUM_DB, HALO_DB = 22.0, -4.0, -7.0
SEEN = ("diagnosis", "shape", "margins", "echogenicity", "internal", "posterior")
UNSEEN = ("system", "organ", "vascularity")
VASCULARITY = ("reduced", "normal", "no", "increased", "indeterminate")
_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
ODDS, SHARES, ORGANS = (_TOLD[name] for name in ("odds", "shares", "organs"))


@dataclass(frozen=True)
class Case:
    """One patient's finding. tags: dimension -> tag; a dimension that holds none is not there.

    x_mm, z_mm, radius_mm: where it lies. seed: names the patient.
    """

    seed: int
    tags: dict = field(default_factory=dict)
    x_mm: float = 0.0
    z_mm: float = 13.0
    radius_mm: float = 4.0

    @property
    def patient_id(self):
        """The patient's name, such as F00012."""
        return f"F{self.seed:05}"


def case(seed):
    """The patient of a seed: a `Case`, the same every time. Raises DataError for no seed."""
    draws = np.random.default_rng([accept.seed(seed), 14])
    names = [*SHARES, "normal appearance"]
    shares = [*SHARES.values(), 1 - sum(SHARES.values())]
    tags = {"diagnosis": str(draws.choice(names, p=shares))}
    for dimension, odds in ODDS[tags["diagnosis"]].items():
        found = _drawn(draws, odds)
        if found:
            tags[dimension] = found
    organ = str(draws.choice(list(ORGANS)))
    tags |= {"system": ORGANS[organ], "organ": organ}
    tags["vascularity"] = f"{draws.choice(VASCULARITY)} vascularity"
    place = draws.uniform(-4, 4), draws.uniform(11, 15)
    return Case(int(seed), tags, *map(float, place), float(draws.uniform(3.5, 6)))


def picture(case, look=0):
    """The scan of a case: float32 (64, 64), 0..1, 30 mm wide and deep.

    look: another number holds the probe anew: other speckle, gain, and a slightly other place.
    """
    draws = np.random.default_rng([case.seed, accept.whole(look, "look", 0), 15])
    depths, laterals = (grid.astype(np.float32) for grid in physics.places(PROBE))
    x, z = laterals[None, :], depths[:, None]
    level = _tissue(x, z, np.random.default_rng([case.seed, 16]))
    if case.tags["diagnosis"] != "normal appearance":
        shift = draws.normal(0, 0.7, 2)
        level = _lesion(level, x - case.x_mm - shift[0], z - case.z_mm - shift[1], case)
    noise = draws.standard_normal((2, *level.shape), np.float32) / np.sqrt(2)
    echo = physics.received((noise[0] + 1j * noise[1]) * 10 ** (level / 20), PROBE)
    echo = physics.add_noise(echo, NOISE_DB, [case.seed, look, 17])
    grey = physics.log_compress(echo, RANGE_DB, GAIN_DB + draws.normal(0, 2)).astype(np.float32)
    return cv2.resize(grey, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def _drawn(draws, odds):
    place = np.searchsorted(np.cumsum(list(odds.values())), draws.random(), "right")
    return list(odds)[place] if place < len(odds) else None


def _tissue(x, z, draws):
    """Layers that wave a little, in dB, and a brighter sheet under the skin."""
    level = 5.0 * np.exp(-(((z - 3.0 - 0.3 * np.sin(x / 6)) / 0.4) ** 2))
    for phase in draws.uniform(0, 2 * np.pi, 3):
        across, down = draws.normal(0, 0.05), draws.uniform(0.08, 0.3)
        level = level + 1.6 * np.sin(2 * np.pi * (across * x + down * z) + phase)
    return level


def _lesion(level, x, z, case):
    draws, tags = np.random.default_rng([case.seed, 18]), case.tags
    outside = _outside(x, z, case.radius_mm, tags["shape"], draws)
    inside = 1 / (1 + np.exp(np.clip(outside / EDGE_MM[tags["margins"]] * 4, -40, 40)))
    below = BEHIND_DB.get(tags.get("posterior"), 0.0)
    # behind: as wide as the lesion, from its middle down
    wide = 1 / (1 + np.exp(np.clip((np.abs(x) - 0.9 * case.radius_mm) / 0.3, -40, 40)))
    level = level + below * wide * (z > 0) * (1 - inside)
    kind = tags["echogenicity"]
    level = level * (1 - inside) + LEVEL_DB[kind] * inside
    if kind == "isoechoic":  # it shows by a thin dark rim alone
        rim = np.exp(-((outside / (0.3 + EDGE_MM[tags["margins"]] / 2)) ** 2))
        level = level + HALO_DB * rim
    if tags.get("internal") == "calcifications":
        for _ in range(int(draws.integers(5, 9))):
            angle, part = draws.uniform(0, 2 * np.pi), draws.uniform(0, 0.6) * case.radius_mm
            far = (x - part * np.cos(angle)) ** 2 + (z - part * np.sin(angle)) ** 2
            level = np.maximum(level, CALCIUM_DB - 60 * far)
    if tags.get("internal") == "septations":
        turn = draws.uniform(-0.9, 0.9)
        for off in draws.uniform((-0.5, 0.1), (-0.1, 0.5))[: draws.integers(1, 3)]:
            along = z * np.cos(turn) + x * np.sin(turn) - off * case.radius_mm
            bent = along - draws.normal(0, 0.03) * (x * np.cos(turn) - z * np.sin(turn)) ** 2
            level = np.where(inside > 0.5, np.maximum(level, SEPTUM_DB - 120 * bent**2), level)
    return level


def _outside(x, z, radius, shape, draws):
    """How far a point lies outside the outline, in mm; below 0 inside."""
    if shape == "oval":
        return (np.hypot(x / 1.35, z / 0.75) - radius) * 0.9
    angle, out = np.arctan2(z, x), 1.0
    if shape == "lobulated":
        out = 1 + 0.2 * np.cos(4 * angle + draws.uniform(0, 2 * np.pi))
    if shape == "irregular":
        for waves in (2, 3, 5, 7):
            out = out + 0.13 * np.cos(waves * angle + draws.uniform(0, 2 * np.pi))
    return np.hypot(x, z) - radius * out
