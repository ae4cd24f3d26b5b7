"""Hearts that never existed: a left ventricle in three dimensions, whose volume is a formula.

The cavity is an ellipsoid (or a blunter relative of it) with an elliptical cross-section, cut off
at the mitral plane; the wall keeps its own volume and so thickens while the cavity shrinks; the
mitral plane moves towards the apex in systole and the atrium fills meanwhile. Bends and ripples
change the shape and leave the area of every cross-section, and with it the volume, as it is.

Coordinates: u towards the lateral wall, v towards the anterior wall, w towards the apex, in mm;
w = 0 is the mitral plane at end-diastole. All of it is SYNTHETIC. Timing follows Weissler et al.,
Circulation 1968;37:149, doi:10.1161/01.CIR.37.2.149; a constant wall volume is the usual
incompressible myocardium.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from course_utils.core.errors import DataError

BACKGROUND, CAVITY, MYOCARDIUM, ATRIUM = 0, 1, 2, 3
ISOVOLUMIC = 0.045  # seconds in which the volume stands still, at either end of ejection
TIP = 0.55  # the wall at the apex against the wall at the sides
ATRIAL_WALL = 2.5  # mm


def truncated_volume(a_mm, b_mm, c_mm, h_mm, power=2.0):
    """Volume in mL of a blunt ellipsoid cut off h_mm below its middle; power 2 is the ellipsoid.

    Its cross-section at height z above the middle is an ellipse of semi-axes a and b times
    sqrt(1 - |z/c|^power), for z from -h to c: pi a b (c + h - (c + h (h/c)^power) / (power + 1)).
    """
    power_term = (c_mm + h_mm * (h_mm / c_mm) ** power) / (power + 1.0)
    return math.pi * a_mm * b_mm * (c_mm + h_mm - power_term) / 1000.0


@dataclass(frozen=True)
class Shape:
    """How one heart's left ventricle differs from a plain ellipsoid; the volume never depends on
    it.

    ratio: b / a. base: height of the mitral plane below the widest part, as a share of c.
    power: 2 is an ellipsoid, more is blunter. bend_mm: sideways bow of the long axis. ripple2,
    ripple3: strength and phase (radians) of two- and threefold waves around the axis.
    """

    ratio: float = 1.0
    base: float = 0.6
    power: float = 2.0
    bend_mm: float = 0.0
    ripple2: tuple = (0.0, 0.0)
    ripple3: tuple = (0.0, 0.0)


@dataclass(frozen=True)
class Chamber:
    """A chamber at one moment: semi-axes and mitral plane in mm, with a wall around it.

    a, b across, c along, h from the widest part to the mitral plane; wall at the sides, tip at
    the far end; plane: w of the mitral plane; upward: +1 ventricle, -1 atrium.
    """

    a: float
    b: float
    c: float
    h: float
    wall: float
    tip: float
    plane: float
    upward: int
    shape: Shape

    @property
    def length(self):
        """From the mitral plane to the far end of the cavity, in mm."""
        return self.c + self.h

    @property
    def volume_ml(self):
        """Cavity in mL, closed form."""
        return truncated_volume(self.a, self.b, self.c, self.h, self.shape.power)

    @property
    def wall_ml(self):
        """Wall in mL, closed form."""
        outer = truncated_volume(
            self.a + self.wall, self.b + self.wall, self.c + self.tip, self.h, self.shape.power
        )
        return outer - self.volume_ml

    def place(self, level, angle, along):
        """Material points -> (3, n) places (u, v, w) in mm.

        level: -1 the axis, 0 the endocardium, 1 the epicardium, more is outside. angle: radians
        around the axis. along: 0 the mitral plane, 1 the far end.
        """
        level = np.asarray(level, float)
        out, shrink = np.maximum(level, 0.0), np.clip(1.0 + level, 0.0, 1.0)
        far = self.c + out * self.tip
        z = -self.h + np.asarray(along) * (far + self.h)
        radius = shrink * self._radius(z, far) * self.ripple(z, angle)
        u = (self.a + out * self.wall) * radius * np.cos(angle) + self.bend(z)
        v = (self.b + out * self.wall) * radius * np.sin(angle)
        return np.stack([u, v, self.plane + self.upward * (z + self.h)])

    def inside(self, points, level=0.0):
        """Which of the (3, ...) places lie within the surface of this level (0 endo, 1 epi)."""
        u, v, w = points
        z = self.upward * (w - self.plane) - self.h
        far = self.c + level * self.tip
        across = (u - self.bend(z)) / (self.a + level * self.wall)
        other = v / (self.b + level * self.wall)
        reach = self._radius(z, far) * self.ripple(z, np.arctan2(other, across))
        within = (z >= -self.h) & (z <= far)
        return within & (across**2 + other**2 <= reach**2)

    def _radius(self, z, far):
        return np.sqrt(np.maximum(1.0 - np.abs(z / far) ** self.shape.power, 0.0))

    def _share(self, z):
        return np.clip((z + self.h) / (self.c + self.h), 0.0, 1.0)

    def bend(self, z):
        """How far the axis lies aside at heights z in mm over the widest part, in mm."""
        share = self._share(z)
        return self.shape.bend_mm * 4.0 * share * (1.0 - share)

    def ripple(self, z, angle):
        """The factor of the radius at heights z in mm and angles in radians."""
        # the mean of the square over the angle is 1, so the area of the section does not change
        share = self._share(z)
        two, three = self.shape.ripple2, self.shape.ripple3
        one = np.exp(1j * np.asarray(angle))
        square = one * one  # of the unit vector: twice the angle
        wave = two[0] * np.sin(math.pi * share) * (square * np.exp(1j * two[1])).real
        third = (square * one * np.exp(1j * three[1])).real
        wave = wave + three[0] * np.sin(2.0 * math.pi * share) * third
        return np.sqrt(1.0 + wave)


@dataclass(frozen=True)
class Heart:
    """One heart: end-diastolic and end-systolic volume in mL, size, wall, and its beats.

    length_mm and wall_mm are those at end-diastole; mapse_mm is the way of the mitral plane over
    the beat edv_ml to esv_ml. atrium_ml is the largest volume of the atrium. beats: (RR in s, EDV,
    ESV) of each beat, repeated for ever; without it, one beat at heart_rate. kick: the atrium
    contracts (no in atrial fibrillation).
    """

    edv_ml: float = 120.0
    esv_ml: float = 50.0
    heart_rate: float = 70.0
    length_mm: float = 88.0
    wall_mm: float = 9.0
    mapse_mm: float = 13.0
    atrium_ml: float = 50.0
    atrium_mm: float = 42.0
    shape: Shape = field(default_factory=Shape)
    beats: tuple = ()
    kick: bool = True

    def __post_init__(self):
        if not 0 < self.esv_ml < self.edv_ml:
            raise DataError(
                f"A heart needs 0 < ESV < EDV in mL, not ESV {self.esv_ml} and EDV {self.edv_ml}."
            )
        for name in ("heart_rate", "length_mm", "wall_mm", "mapse_mm", "atrium_ml", "atrium_mm"):
            if not 0 < getattr(self, name) < math.inf:
                raise DataError(f"A heart's {name} is above 0, not {getattr(self, name)}.")

    @property
    def ef(self):
        """Ejection fraction of the reference beat in percent."""
        return 100.0 * (self.edv_ml - self.esv_ml) / self.edv_ml

    @property
    def rhythm(self):
        """The beats as a tuple of (RR in s, EDV, ESV in mL)."""
        return self.beats or ((60.0 / self.heart_rate, self.edv_ml, self.esv_ml),)

    def volume(self, time):
        """Volume of the left ventricle in mL at a time in s; 0 is the first end-diastole."""
        beat, since, following = self._beat(time)
        rr, edv, esv = beat
        start, stop, early, late = _phases(rr)
        if since < stop:
            return edv - (edv - esv) * _smooth((since - start) / (stop - start))
        filled = 0.72 if self.kick else 0.94
        share = filled * _smooth((since - stop - ISOVOLUMIC) / early)
        begin = stop + ISOVOLUMIC + 0.8 * early
        drift = 0.06 * np.clip((since - begin) / (rr - begin), 0.0, 1.0)
        atrial = (0.94 - filled) * _smooth((since - rr + late) / late)
        return esv + (following - esv) * (share + drift + atrial)

    def opening(self, time):
        """How far the mitral valve is open: 0 in systole, 1 at the peak of early filling."""
        (rr, _, _), since, _ = self._beat(time)
        _, stop, early, late = _phases(rr)
        opens = stop + ISOVOLUMIC
        rest, again = 0.35, 0.75 if self.kick else 0.3
        moments = [opens, opens + 0.35 * early, opens + early, rr - late, rr - 0.5 * late, rr]
        moments = np.maximum.accumulate(moments)
        return float(np.interp(since, moments, [0.0, 1.0, rest, rest, again, 0.0]))

    def emptied(self, time):
        """0 at end-diastole, 1 at end-systole of the reference beat."""
        return (self.edv_ml - self.volume(time)) / (self.edv_ml - self.esv_ml)

    def ventricle(self, time):
        """The left ventricle at a time in s: `Chamber`. Its volume is `volume(time)` exactly."""
        return _ventricle(self, round(float(self.volume(time)), 9))

    def atrium(self, time):
        """The left atrium at a time in s: `Chamber`. It fills while the ventricle empties."""
        emptied = self.emptied(time)
        volume = self.atrium_ml * (0.58 + 0.42 * min(emptied, 1.2))
        plane = self.mapse_mm * emptied
        length = self.atrium_mm + plane
        shape = Shape(base=0.5, power=2.3)
        c = length / 1.5
        a = math.sqrt(volume / truncated_volume(1.0, 1.0, c, length - c, shape.power))
        return Chamber(a, a, c, length - c, ATRIAL_WALL, ATRIAL_WALL, plane, -1, shape)

    def _beat(self, time):
        beats = self.rhythm
        starts = np.cumsum([0.0] + [beat[0] for beat in beats])
        since = time % starts[-1]
        number = min(int(np.searchsorted(starts, since, "right")) - 1, len(beats) - 1)
        following = beats[(number + 1) % len(beats)][1]
        return beats[number], since - starts[number], following


@lru_cache(maxsize=512)
def _ventricle(heart, volume):
    """The chamber of this volume whose wall has the heart's own wall volume."""
    shape, emptied = heart.shape, (heart.edv_ml - volume) / (heart.edv_ml - heart.esv_ml)
    plane = heart.mapse_mm * emptied

    def chamber(wall):
        """The chamber with this wall thickness in mm; its own volume is always `volume`."""
        # the outside of the apex stays where it is
        length = heart.length_mm + TIP * (heart.wall_mm - wall) - plane
        c = length / (1.0 + shape.base)
        h = length - c
        area = volume / truncated_volume(1.0, 1.0, c, h, shape.power)
        a = math.sqrt(area / shape.ratio)
        return Chamber(a, a * shape.ratio, c, h, wall, TIP * wall, plane, 1, shape)

    if volume == heart.edv_ml:
        return chamber(heart.wall_mm)
    muscle = _ventricle(heart, heart.edv_ml).wall_ml
    high = min(3.0 * heart.wall_mm + 5.0, (heart.length_mm - plane) / TIP)
    return chamber(brentq(lambda wall: chamber(wall).wall_ml - muscle, 0.1, high, xtol=1e-12))


def _phases(rr):
    """Start and end of ejection, and durations of early and late filling, in s, for a beat of
    rr s.
    """
    rate = 60.0 / rr
    ejection = np.clip(0.413 - 0.0017 * rate, 0.18, 0.36)  # Weissler
    stop = min(ISOVOLUMIC + ejection, 0.52 * rr)
    left = rr - stop - ISOVOLUMIC
    return ISOVOLUMIC, stop, min(0.24, 0.6 * left), min(0.14, 0.33 * left)


def _smooth(share):
    """0 to 1 without a corner at either end."""
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


@dataclass(frozen=True)
class View:
    """A plane through the heart, and where the probe stands in it.

    name: "A4C" or "A2C". angle_deg: turn about the long axis, 0 lateral wall on the right, 90
    anterior wall on the right. tilt_deg and offset_mm: out of the long axis, about and at the
    middle of the mitral plane. lean_deg: turn of the picture in its own plane. apex_mm: (across,
    deep) where the point reach_mm above the mitral plane shows on the screen.
    """

    name: str = "A4C"
    angle_deg: float = 0.0
    tilt_deg: float = 0.0
    offset_mm: float = 0.0
    lean_deg: float = 0.0
    apex_mm: tuple = (4.0, 26.0)
    reach_mm: float = 88.0

    def axes(self):
        """Unit vectors (3,) in heart coordinates: screen right, screen down, out of the screen."""
        lean = math.radians(self.lean_deg)
        right, up, normal = self._plane()
        across = math.cos(lean) * right - math.sin(lean) * up
        down = -math.cos(lean) * up - math.sin(lean) * right
        return across, down, normal

    def probe(self):
        """Where the probe touches the chest, (3,) in heart coordinates."""
        across, down, normal = self.axes()
        up = self._plane()[1]
        point = self.offset_mm * normal + self.reach_mm * up
        return point - self.apex_mm[0] * across - self.apex_mm[1] * down

    def _plane(self):
        """Unit vectors (3,): across the long axis in the plane, up in the plane, out of it."""
        turn, tilt = math.radians(self.angle_deg), math.radians(self.tilt_deg)
        right = np.array([math.cos(turn), math.sin(turn), 0.0])
        out, axis = np.array([-math.sin(turn), math.cos(turn), 0.0]), np.array([0.0, 0.0, 1.0])
        up = math.cos(tilt) * axis + math.sin(tilt) * out
        return right, up, math.cos(tilt) * out - math.sin(tilt) * axis

    def to_heart(self, x_mm, z_mm):
        """Screen places (mm right, mm down) -> (3, ...) heart coordinates."""
        across, down, _ = self.axes()
        x_mm, z_mm = np.broadcast_arrays(x_mm, z_mm)
        spread = (3,) + (1,) * x_mm.ndim
        start, across, down = (vector.reshape(spread) for vector in (self.probe(), across, down))
        return start + across * x_mm + down * z_mm

    def to_screen(self, points):
        """(3, n) heart coordinates -> mm right, mm down, and mm in front of the plane."""
        away = points - self.probe().reshape(3, 1)
        return tuple(axis @ away for axis in self.axes())


def cut(heart, view, time, x_mm, z_mm):
    """What the plane shows at a time in s: labels uint8 (rows, columns) at the places z_mm (rows,)
    and x_mm (columns,).

    0 background, 1 cavity, closed at the mitral plane, 2 wall, 3 atrium. Exact: every place is
    asked whether it lies within the formula's surface.
    """
    places = view.to_heart(np.asarray(x_mm)[None, :], np.asarray(z_mm)[:, None])
    ventricle, atrium = heart.ventricle(time), heart.atrium(time)
    labels = np.zeros(places.shape[1:], np.uint8)
    labels[atrium.inside(places)] = ATRIUM
    labels[ventricle.inside(places, 1.0)] = MYOCARDIUM
    labels[ventricle.inside(places)] = CAVITY
    return labels


def tracing(heart, view, time, count=20):
    """The truth as a reader would trace it, on the screen in mm: long axis (2, 2) and chords
    (count, 2, 2), points (x, y).

    The axis runs from the apex (the cavity's farthest point in this plane) to the middle of the
    mitral line; the chords cross it at right angles in the middle of each of count discs, apex
    first. Raises DataError if the plane misses the cavity.
    """
    ventricle = heart.ventricle(time)
    x_mm, z_mm = np.arange(-110.0, 110.0, 0.25), np.arange(0.0, 220.0, 0.25)
    places = view.to_heart(x_mm[None, :], z_mm[:, None])
    rows, columns = np.nonzero(ventricle.inside(places))
    if not len(rows):
        raise DataError("This plane misses the left ventricle: there is nothing to trace.")
    points = np.stack([x_mm[columns], z_mm[rows]], axis=1)
    height = places[2][rows, columns]
    low = points[height < height.min() + 0.5]
    base = 0.5 * (low[low[:, 0].argmin()] + low[low[:, 0].argmax()])
    apex = points[np.argmax(np.hypot(*(points - base).T))]
    down = (base - apex) / np.hypot(*(base - apex))
    across = np.array([-down[1], down[0]]) * (-1.0 if down[1] > 0 else 1.0)
    reach = np.arange(-90.0, 90.0, 0.02)
    chords = []
    for share in (np.arange(count) + 0.5) / count:
        line = apex + share * (base - apex) + reach[:, None] * across
        inside = np.flatnonzero(ventricle.inside(view.to_heart(line[:, 0], line[:, 1])))
        if not len(inside):
            chords.append([apex + share * (base - apex)] * 2)
        else:
            chords.append([line[inside[0]], line[inside[-1]]])
    return np.stack([apex, base]), np.array(chords)
