"""Patients whose chest a hand can explore: one heart, drawn once, sliced in any pose.

`Window` draws all scatterers of a heart once and cuts a slice for each pose, a tenth of a second
a picture. Beside the ventricle stand the landmarks by which a sonographer tells a wrong tilt: the
aortic root appears when the plane lies towards the head (the 'five-chamber view'), the coronary
sinus when it lies towards the feet, and the right ventricle is cut smaller away from its middle.
A symmetric patient has none of them, so that no picture tells head from feet. SYNTHETIC.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from course_utils.core import accept
from course_utils.guidance import poses
from course_utils.simulate import apical, chest, physics, ventricle

USUAL_BMI = 27.0
# Tubes: middle of one end and of the other (u, v, w in mm), inner radius and wall in mm.
AORTA = ((-6.0, 17.0, 8.0), (-20.0, 26.0, -45.0), 10.5, 2.5)
SINUS = ((-34.0, -19.0, -6.0), (16.0, -23.0, -6.0), 5.5, 1.8)
# Right heart in mm: how far towards the head it is widest, half its depth, and where that is asked.
RIGHT_MM, RIGHT_REACH, RIGHT_HEIGHT = 8.0, 34.0, 15.0
BESIDE_MM = 40.0  # from the heart to tissue that no longer shows its outline
POINTS = 140_000  # drawn in a wall: a third of a film's, for a still


@dataclass(frozen=True)
class Patient:
    """One synthetic patient: heart, machine as set, body mass index, and whether landmarks exist."""

    number: int
    heart: ventricle.Heart
    machine: apical.Machine
    bmi: float
    symmetric: bool = False


def patient(number, bmi=None, symmetric=False):
    """Patient `number` (0 to 99,999), always the same one.

    A higher body mass index brings more haze, clutter, noise and attenuation and less contact;
    nothing else depends on it. bmi: kg/m2; drawn as in a clinic unless told. Raises DataError for
    another number or a bmi outside 15 to 60.
    """
    number = accept.whole(number, "number", 0, 99_999)
    rng = np.random.default_rng([2026, number, 9])
    usual = float(np.clip(rng.normal(USUAL_BMI, 4.5), 18.0, 42.0))
    bmi = usual if bmi is None else accept.number(bmi, "bmi", 15, 60)
    edv = float(rng.uniform(90.0, 170.0))
    heart = ventricle.Heart(
        edv_ml=edv,
        esv_ml=0.42 * edv,
        length_mm=float(
            np.clip(88.0 * (edv / 120.0) ** (1 / 3) + rng.normal(0.0, 3.0), 78.0, 102.0)
        ),
        wall_mm=float(rng.uniform(8.0, 11.5)),
        atrium_ml=float(rng.uniform(40.0, 65.0)),
        shape=ventricle.Shape(float(rng.uniform(0.85, 1.0)), bend_mm=float(rng.uniform(-3.0, 3.0))),
    )
    return Patient(number, heart, _machine(rng, bmi - USUAL_BMI), round(bmi, 1), bool(symmetric))


def _machine(rng, heavy):
    """The scanner as this patient's chest lets it see: the window varies, and with body mass."""
    window = 0.45 * heavy + rng.normal(0.0, 2.5)  # dB
    lost = float(np.clip(0.02 + 0.009 * heavy + rng.normal(0.0, 0.06), 0.0, 0.35))
    first, side = (0.0, lost), (1.0 - lost, 1.0)
    look = chest.Look(
        wall_db=float(rng.normal(-24.0, 1.0)),
        right_mm=float(rng.uniform(22.0, 30.0)),
        dropout_db=float(rng.uniform(6.0, 11.0)),
    )
    return apical.Machine(
        gain_db=float(rng.normal(0.0, 2.0)),
        attenuation=max(0.4, 0.55 + 0.005 * heavy),
        noise_db=-52.0 + 0.6 * window,
        haze_db=-27.0 + window,
        clutter_db=-16.0 + 0.6 * window,
        lost=(first if rng.random() < 0.5 else side) if lost > 0.02 else (),
        look=look,
    )


class Window(chest.Chest):
    """A patient's chest that waits for a probe: `.frame(pose)` is what the screen shows.

    Everything is drawn once, at end-diastole; a pose only cuts. who: `Patient`.
    """

    density = 4.5

    def __init__(self, who):
        self.patient, self.heart, self.seed = who, who.heart, who.number
        self.machine, self.look, self.probe = who.machine, who.machine.look, who.machine.probe
        self.still = self.heart.ventricle(0.0), self.heart.atrium(0.0)
        self.sideways = np.array([1.0, 0.0, 0.0])
        kinds = [(0, "wall", 1), (0, "blood", 8), (1, "wall", 7), (1, "blood", 20)]
        kinds += [] if who.symmetric else [(0, "papillary", 6)]
        self.drawn = [self._drawn(*kind, number) for number, kind in enumerate(kinds)]
        self.fixed = physics.echo(apical.clutter(self.machine, self.probe, self.seed), self.probe)
        self.loss = apical.contact(self.machine, self.probe, self.seed)

    def frame(self, pose, gain_db=0.0, glance=0):
        """The picture of a pose: float32 (112, 112), 0..1.

        gain_db: turned up by hand, on top of the patient's setting. glance: another number is
        another moment in the same place, with other electronic noise.
        """
        self._stand(pose)
        signal = (physics.echo(self._seen(), self.probe) + self.fixed) * self.loss
        machine = replace(self.machine, gain_db=self.machine.gain_db + gain_db)
        place = round(10 * pose.slide_mm) + 1000, round(10 * pose.tilt_deg) + 1000
        grey = apical.develop(signal, machine, [self.seed, 80, *place, glance])
        return apical.picture(grey, machine, 2).astype(np.float32) / 255.0

    def labels(self, pose):
        """What the pose shows, exactly: uint8 (112, 112) as in `ventricle.cut`, 0 outside the
        sector.
        """
        x_mm, z_mm, _ = self.machine.grid()
        truth = ventricle.cut(self.heart, pose.view(self.heart), 0.0, x_mm, z_mm)
        return np.where(self.machine.inside(), truth, 0).astype(np.uint8)

    def quality(self, pose):
        """The share of the long axis on show, 0 to 1, from the closed form."""
        return float(poses.quality(pose.slide_mm, pose.tilt_deg, self.heart))

    def _stand(self, pose):
        self.view = pose.view(self.heart)
        self.axes = self.view.axes()

    def _drawn(self, chamber, kind, fewer, number):
        """All points of one wall or pool of blood: material places, places in space, volumes."""
        rng, wall = np.random.default_rng([self.seed, 30 + number]), kind == "wall"
        count = POINTS // fewer
        level = rng.random(count) if wall else np.sqrt(rng.random(count)) - 1.0
        seeds = level, rng.uniform(0.0, 2.0 * math.pi, count), rng.random(count)
        if kind == "papillary":
            seeds = tuple(seed[chest._in_papillary(*seeds, self.seed)] for seed in seeds)
        places = self.still[chamber].place(*seeds)
        if not self.patient.symmetric:
            free = ~_in_tube(places, AORTA, 0.0)
            seeds, places = tuple(seed[free] for seed in seeds), places[:, free]
        spread = 1.0 if wall else 0.5 / (1.0 + seeds[0])
        volume = chest._volume_element(self.still[chamber], *seeds) * 2.0 * math.pi * spread / count
        return chamber, kind, seeds, places, volume

    def _seen(self):
        """The scatterers of the plane in which the probe stands now."""
        total = self._neighbours()[0]
        for chamber, kind, seeds, places, volume in self.drawn:
            near = np.flatnonzero(self._near(places))
            chosen = tuple(seed[near] for seed in seeds)
            level = np.full(len(near), chest.BLOOD_DB)
            if kind == "wall":
                level = self._wall_db(self.still[chamber], chamber, *chosen)
            elif kind == "papillary":
                level += self.look.wall_db - 1.0 - chest.BLOOD_DB
            total = total + self._slice(places[:, near], volume[near], level)
        return total + self._leaflets(self.still[0], 0.0)

    def _taken(self, chambers, places):
        taken = super()._taken(chambers, places)
        return taken if self.patient.symmetric else taken & ~_in_tube(places, AORTA, 0.0)

    def _right_share(self):
        """Less where the plane leaves the middle of the right heart, which lies towards the head."""
        off = self._off(RIGHT_HEIGHT)
        middle = 0.0 if self.patient.symmetric else RIGHT_MM
        return _half(off - middle) / _half(-middle)

    def _off(self, w_mm):
        """How far towards the head the plane passes at a height over the mitral plane, in mm."""
        return self.view.offset_mm + w_mm * math.tan(math.radians(self.view.tilt_deg))

    def _neighbour_db(self, x_mm, z_mm, side, w_mm, gap):
        if not self._outline(self.still, np.array([RIGHT_HEIGHT])):  # the plane misses the heart
            gap = gap + BESIDE_MM
        level = super()._neighbour_db(x_mm, z_mm, side, w_mm, gap)
        if self.patient.symmetric:
            return level
        places = self.view.to_heart(x_mm, z_mm)
        for tube in (SINUS, AORTA):
            level = np.where(_in_tube(places, tube, tube[3]), self.look.wall_db + 4.0, level)
            level = np.where(_in_tube(places, tube, 0.0), chest.BLOOD_DB, level)
        return level


def _half(distance):
    return np.sqrt(np.clip(1.0 - (distance / RIGHT_REACH) ** 2, 0.0, 1.0))


def _in_tube(places, tube, wall_mm):
    """Which of the (3, n) places lie in a tube, its wall counted up to wall_mm."""
    start, end, radius = np.array(tube[0]), np.array(tube[1]), tube[2] + wall_mm
    way = end - start
    away = places - start[:, None]
    along = np.clip(way @ away / (way @ way), 0.0, 1.0)
    return np.sum((away - way[:, None] * along) ** 2, axis=0) < radius**2
