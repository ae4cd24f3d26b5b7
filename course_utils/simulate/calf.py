"""Muscles that never existed: a simulated calf, medial gastrocnemius lengthways, with its exact
truth.

A `Patient` is the anatomy, drawn once from a seed; a `View` is one placing of the probe on it.
`mask` and `truth` say where the muscle is; `calf_tissue.scatterers` turns both into something that
`simulate.echo` can image. Two images of one patient share fascicles, septa and vessels, shifted
by the view.

Coordinates: x along the leg in mm, 0 at the middle of the first view; z down from the skin in mm.
All of it is SYNTHETIC: proportions follow textbook ranges, no patient was measured.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.core.errors import DataError

REACH = 45.0  # mm to either side of the patient's origin for which anatomy exists
SKIN = 1.5  # mm
SCENES = ("muscle", "tendon", "bone", "air")


@dataclass(frozen=True)
class Patient:
    """One person's calf: numbers a clinician would measure, and the seed of everything else.

    Lengths in mm, angles and slopes in degrees, echo levels in dB, attenuation in dB/cm/MHz.
    """

    seed: int
    fat_mm: float = 6.0
    thickness_mm: float = 18.0
    pennation_deg: float = 20.0
    soleus_mm: float = 16.0
    slope_deg: float = 2.0  # superficial aponeurosis against the skin
    taper_deg: float = 3.0  # deep aponeurosis against the superficial one: the muscle gets thinner
    bow_mm: float = 1.0  # how far the deep aponeurosis bows over the reach
    muscle_db: float = -50.0
    fat_db: float = -50.0
    streak_db: float = -30.0
    broken_db: float = 4.0  # how often the streaks between fascicles are interrupted
    fascia_db: float = -12.0
    attenuation: float = 0.6

    @classmethod
    def draw(cls, seed, bmi=24.0, age=40.0, sex="F"):
        """A plausible person: fat and attenuation follow BMI, echo level and thinning follow age.

        Women (sex "F") get 1 mm more fat and 1 mm less muscle than men ("M") of the same BMI.
        """
        rng = np.random.default_rng([seed, 1])
        old, heavy = (age - 40.0) / 20.0, (bmi - 24.0) / 4.0
        shift = 0.5 if sex == "F" else -0.5

        return cls(
            seed=seed,
            fat_mm=_clip(5.0 + shift + 2.2 * heavy + rng.normal(0, 1.2), 2.0, 12.0),
            thickness_mm=_clip(
                18.5 - shift - 1.6 * old + 0.8 * heavy + rng.normal(0, 2.0), 12.0, 25.0
            ),
            pennation_deg=_clip(20.0 - 0.8 * old + rng.normal(0, 3.0), 16.5, 28.0),
            soleus_mm=_clip(rng.normal(15.0, 2.5), 9.0, 21.0),
            slope_deg=rng.uniform(0.0, 6.0),
            taper_deg=rng.uniform(-5.0, 3.5),
            bow_mm=rng.uniform(-1.2, 1.6),
            muscle_db=-50.0 + 2.2 * old + rng.normal(0, 2.0),
            fat_db=-51.0 + rng.normal(0, 4.0),
            streak_db=-23.5 + rng.normal(0, 3.0),
            broken_db=rng.uniform(1.5, 8.0),
            fascia_db=-11.0 + rng.normal(0, 2.5),
            attenuation=_clip(0.58 + 0.05 * heavy + rng.normal(0, 0.05), 0.4, 0.85),
        )


def _clip(value, low, high):
    return float(np.clip(value, low, high))


@dataclass(frozen=True)
class View:
    """One placing of the probe: slide along the leg (mm), tilt (degrees), press (1 = not at all).

    scene: "muscle", or one without the muscle in view: "tendon", "bone", "air" (no contact at
    all). lost: share of the width without contact, at the left edge if negative; -0.4 to 0.4.
    flip: the probe is held the other way round, so that left and right change places.
    """

    slide_mm: float = 0.0
    tilt_deg: float = 0.0
    press: float = 1.0
    scene: str = "muscle"
    lost: float = 0.0
    flip: bool = False

    def __post_init__(self):
        if self.scene not in SCENES:
            raise DataError(f"There is no scene {self.scene!r}; choose one of {', '.join(SCENES)}.")
        if not -0.4 <= self.lost <= 0.4:
            raise DataError(
                f"The lost share of the width lies between -0.4 and 0.4, not {self.lost}."
            )

    def visible(self, width_mm):
        """Left and right end in mm of what is seen with a probe of this width."""
        half = width_mm / 2.0
        return -half + max(-self.lost, 0.0) * width_mm, half - max(self.lost, 0.0) * width_mm


class Calf:
    """A patient under a probe: the surfaces as functions of x, and the fascicles between them."""

    def __init__(self, patient, view):
        self.patient, self.view = patient, view
        self._waves = np.random.default_rng([patient.seed, 2]).normal(0, 1, (6, 3, 2))
        self.angle = np.tan(np.radians(patient.pennation_deg))
        self.bend = np.random.default_rng([patient.seed, 3]).normal(0.0, 0.008)

    def leg(self, x_mm):
        """Screen x -> place along the leg: the view slides and may look from the other side."""
        x_mm = np.asarray(x_mm, float)
        return (-x_mm if self.view.flip else x_mm) + self.view.slide_mm

    def superficial(self, x_mm):
        """Depth in mm of the middle of the superficial aponeurosis at screen x."""
        at, patient = self.leg(x_mm), self.patient
        skin = SKIN + patient.fat_mm * self.view.press
        tilted = (
            np.tan(np.radians(patient.slope_deg)) * at
            + np.tan(np.radians(self.view.tilt_deg)) * x_mm
        )
        return np.maximum(skin + tilted + 0.25 * self.wave(0, at), SKIN + 0.8)

    def deep(self, x_mm, top=None):
        """Depth in mm of the middle of the deep aponeurosis at screen x.

        top: `superficial(x_mm)`, where it is known already.
        """
        at, patient = self.leg(x_mm), self.patient
        thick = patient.thickness_mm * (0.5 + 0.5 * self.view.press)
        thick = (
            thick
            - np.tan(np.radians(patient.taper_deg)) * at
            - patient.bow_mm * at**2 / (900.0 + 0.6 * at**2)
        )
        top = self.superficial(x_mm) if top is None else top
        return top + np.maximum(thick + 0.3 * self.wave(1, at), 6.0)

    def floor(self, x_mm, bottom=None):
        """Depth in mm of the fascia below the soleus at screen x; bottom: `deep(x_mm)`, if known."""
        at = self.leg(x_mm)
        bottom = self.deep(x_mm) if bottom is None else bottom
        return bottom + self.patient.soleus_mm + 0.04 * at + 0.25 * self.wave(2, at)

    def sheet(self, number, x_mm):
        """Half the thickness in mm of an aponeurosis (0 superficial, 1 deep) at screen x."""
        return np.clip(0.58 + 0.12 * self.wave(3 + number, self.leg(x_mm)), 0.35, 0.95)

    def lean(self, height_mm):
        """How far along the leg a fascicle has come at a height in mm above its insertion."""
        return height_mm / self.angle + self.bend * height_mm**2

    def wave(self, number, at):
        """Slow ups and downs of surface `number` (0 to 5) along the leg: about 1 mm, smooth."""
        total = np.zeros_like(at)
        for (phase, size), length in zip(self._waves[number], (60.0, 31.0, 17.0), strict=True):
            total = (
                total
                + size * np.sin(2.0 * np.pi * at / length + 3.0 * phase) * (length / 60.0) ** 2
            )
        return total


def mask(patient, view, x_mm, z_mm):
    """(H, W) uint8: 1 between the aponeuroses, at pixel centres x_mm (W,) and z_mm (H,).

    x_mm spans the whole width of the probe: the share without contact is left out.
    """
    x_mm, z_mm = np.asarray(x_mm, float)[None, :], np.asarray(z_mm, float)[:, None]
    if view.scene != "muscle":
        return np.zeros((z_mm.shape[0], x_mm.shape[1]), np.uint8)
    calf = Calf(patient, view)
    top = calf.superficial(x_mm) + calf.sheet(0, x_mm)
    bottom = calf.deep(x_mm) - calf.sheet(1, x_mm)
    left, right = view.visible(float(np.ptp(x_mm)))
    seen = (x_mm >= left) & (x_mm <= right)
    return ((z_mm >= top) & (z_mm <= bottom) & seen).astype(np.uint8)


def truth(patient, view, width_mm):
    """What the picture holds: thickness_mm and pennation_deg, a dict.

    Over the visible width of a probe of width_mm. thickness: from the deep aponeurosis' upper
    edge to the nearest point of the superficial one's lower edge. pennation: fascicle chord
    against the straight line through the deep aponeurosis, mean over those that insert in view.
    That is their common direction; drawn streaks stray by about 1.5 degrees (SD). Both are None
    without muscle.
    """
    if view.scene != "muscle":
        return {"thickness_mm": None, "pennation_deg": None}
    calf = Calf(patient, view)
    left, right = view.visible(width_mm)
    x_mm = np.linspace(left, right, 101)
    wide = np.linspace(left - 15.0, right + 15.0, 801)
    top = calf.superficial(wide) + calf.sheet(0, wide)
    bottom = calf.deep(x_mm) - calf.sheet(1, x_mm)
    gap = np.hypot(x_mm[:, None] - wide[None, :], bottom[:, None] - top[None, :]).min(axis=1)
    slope = np.polyfit(x_mm, calf.deep(x_mm), 1)[0]
    angles = [_chord(calf, start, slope) for start in x_mm]
    return {"thickness_mm": float(gap.mean()), "pennation_deg": float(np.mean(angles))}


def _chord(calf, start, slope):
    """Angle in degrees of the fascicle that inserts at screen x `start` against a line of this
    slope.
    """
    x_mm, z_mm = fascicle(calf, start)
    sign = -1.0 if calf.view.flip else 1.0
    rise = np.degrees(np.arctan2(z_mm[0] - z_mm[-1], (x_mm[-1] - x_mm[0]) * sign))
    return rise + sign * np.degrees(np.arctan(slope))


def fascicle(calf, start, stray=0.0, points=400):
    """(x, z) along the fascicle that inserts at screen x `start`, from deep to superficial.

    stray: its own departure from the common direction, mm along per mm up; 0 on average.
    """
    height, x_mm = run(calf, start, stray, points)
    top = calf.superficial(x_mm)
    z_mm = calf.deep(x_mm, top) - height
    inside = z_mm >= top
    count = max(2, int(np.argmin(inside)) if not inside.all() else points)
    return x_mm[:count], z_mm[:count]


def run(calf, start, stray=0.0, points=400):
    """(height above its insertion, screen x) in mm along a `fascicle` that never ends."""
    height = np.linspace(0.0, 40.0, points)
    along = calf.lean(height) + stray * height
    return height, start - along if calf.view.flip else start + along
