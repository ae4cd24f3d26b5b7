"""A chest of any make with a beating heart in it, to be cut by any plane: walls that differ by
segment, papillary muscles, trabeculae, valve, atria, a right heart, and what lies around.

`chest` moves points of one heart whose every number a clinician could measure. A `Thorax` is drawn
from wide ranges (`ranges`, organ "heart"). Its left ventricle is that of `ventricle`, so the volume
stays a formula, with an annulus that tilts and an apex beside the axis; both are shears and leave
the volume as it is (the tilt to a thousandth). The right ventricle is a body around the septum, so
it comes and goes as the probe turns. The scatterers are drawn once, on a lattice that moves with
the tissue: a cut at any pose and time reads them.

Coordinates as in `ventricle`; levels in dB against the speckle of an average wall. All of it is
SYNTHETIC.
"""

import functools
import math

import numpy as np

from course_utils.simulate import physics, ventricle
from course_utils.simulate.legs import Texture

RIGHT_DEPTH = 0.8  # an atrium of the right heart against that of the left, in width
CELL_MM = 0.3  # of the lattice of scatterers
LATTICE = (61, 89, 127)  # cells before it repeats
TURN_MM = 24.0  # radius at which textures are as wide as they are high
COUNT_MM = 4.0  # of the grid on which the wall's volume is counted
BRIGHT_BASE = 0.1  # share of the length that the fibrous ring takes


class Thorax:
    """One person, from the values that `ranges.draw(..., organ="heart")` gives."""

    def __init__(self, values, seed):
        self.values, self.seed = values, seed
        self.heart = _heart(values, np.random.default_rng([*np.atleast_1d(seed), 60]))
        self.textures = [Texture([*np.atleast_1d(seed), 61, number], *size) for number, size in
                         enumerate(((22.0, 12.0), (14.0, 1.6), (9.0, 5.0), (34.0, 18.0)))]  # fmt: skip
        noise = np.random.default_rng([*np.atleast_1d(seed), 62])
        parts = noise.standard_normal((2, int(np.prod(LATTICE))), np.float32) / math.sqrt(2.0)
        self.lattice = parts[0] + 1j * parts[1]
        self.still = self.heart.ventricle(0.0)
        self._walls = {0.0: self.still.wall}

    @functools.cached_property
    def end_systole(self):
        """Time in s of the smallest volume of the first beat."""
        times = np.linspace(0.0, self.heart.rhythm[0][0], 600)
        return float(times[np.argmin([self.heart.volume(time) for time in times])])

    def labels(self, view, time, x_mm, z_mm):
        """What the plane shows at a time in s, as `ventricle.cut` says it: uint8, of the shape to
        which x_mm and z_mm broadcast.
        """
        return self._body(view.to_heart(x_mm, z_mm), time).labels

    def levels(self, view, time, x_mm, z_mm):
        """Backscatter in dB and scatterers (complex, mean power 1, turned by the way of the sound
        to them) at places (H, W) in the plane.
        """
        body = self._body(view.to_heart(x_mm, z_mm).astype(np.float32), time)
        beam = body.places - view.probe().reshape(3, 1, 1).astype(np.float32)
        deep = np.maximum(np.linalg.norm(beam, axis=0), 1e-6)
        beam = beam / deep
        return self._painted(body, beam, view, z_mm), self._scatterers(body, beam, deep)

    def _body(self, places, time):
        return _Body(self, places, time)

    def _scatterers(self, body, beam, deep):
        """The scatterers of the material that has come to each place, where they now are."""
        spots = body.origin(self.still, self.wall_mm(0.0)) / CELL_MM
        cells = np.floor(spots)
        index = 0
        for cell, count in zip(cells.astype(np.int64), LATTICE, strict=True):
            index = index * count + cell % count
        # what lies in a cell sends back from its middle, so strain moves neighbours out of step
        way = deep + CELL_MM * np.sum((cells + 0.5 - spots) * beam, axis=0)
        turn = way * np.float32(-4.0 * math.pi * self.values["frequency_mhz"] / physics.SPEED)
        return self.lattice[index] * np.exp(1j * turn.astype(np.float32))

    def wall_mm(self, time):
        """Thickness in mm of an average wall at a time in s: muscle keeps its volume, so it is what
        gives the wall as it was drawn the volume that it has at end-diastole.
        """
        if time not in self._walls:
            now = self._thickness(time)
            self._walls[time] = float(np.partition(now, self._muscle)[self._muscle])
        return self._walls[time]

    @functools.cached_property
    def _muscle(self):
        """How many places of the counting grid the wall holds at end-diastole."""
        return int((self._thickness(0.0) < self.still.wall).sum())

    def _thickness(self, time):
        """How thick an average wall would have to be to reach each place outside the cavity, mm."""
        heart = self.heart
        wide = math.ceil(0.75 * heart.length_mm + 2.5 * heart.wall_mm)
        u = v = np.arange(-wide, wide, COUNT_MM, np.float32)
        w = np.arange(-0.4 * wide, heart.length_mm + 2.5 * heart.wall_mm, COUNT_MM, np.float32)
        body = _Body(self, np.stack(np.meshgrid(u, v, w, indexing="ij")), time, solid=True)
        return (body.out / body.thick)[(body.out >= 0.0) & (body.up >= 0.0)]

    def _painted(self, body, beam, view, z_mm):
        """Levels in dB of everything, from what lies around to the blood of the left ventricle."""
        v = self.values
        level = self._around(body)
        level = self._right_heart(body, level)
        level = np.where(body.atrial_wall, v["ring_db"] * 0.3 + 0.5 * body.grain - 2.0, level)
        level = np.where(body.in_wall, self._wall(body, beam), level)
        blood = v["blood_db"] + 0.0 * level
        blood = self._trabeculae(body, blood)
        blood = self._papillary(body, blood)
        level = np.where(body.in_cavity, blood, level)
        level = np.where(body.in_atrium, v["blood_db"] + v["atrium_db"], level)
        level = np.where(self._valve(body), v["leaflet_db"] + body.grain, level)
        near = np.asarray(z_mm) < v["chest_mm"] * (1.0 + 0.2 * body.cloud)
        layers = v["chest_db"] + 3.0 * body.streak + body.grain
        return np.where(near & ~body.in_cavity & ~body.in_wall, layers, level)

    def _wall(self, body, beam):
        v = self.values
        around = np.cos(body.azimuth - math.radians(v["bright_deg"]))
        level = (
            0.5 * (v["septum_db"] + v["side_db"]) + 0.5 * (v["septum_db"] - v["side_db"]) * around
        )
        level = level + v["apex_db"] * _rise((body.along - 0.5) / 0.4)
        level = level + v["ring_db"] * _rise(1.0 - body.along / BRIGHT_BASE)
        level = level + v["patch_db"] * body.cloud + v["fibre_db"] * body.streak
        along_beam = 1.0 - np.abs(np.sum(body.normal * beam, axis=0))
        level = level - v["dropout_db"] * along_beam**2
        level = level + v["ramp_db"] * (body.level - 0.5)
        return level + v["border_db"] * np.exp(-((body.out / 1.2) ** 2)) * (1.0 - along_beam)

    def _trabeculae(self, body, blood):
        """The ragged inside: some of the cavity's rim sends back as much as a wall does."""
        v = self.values
        deep = v["trabecula_mm"] * (0.3 + _rise((body.along - 0.2) / 0.6))
        rough = (body.out > -deep * (1.0 + 0.7 * body.grain)) & (body.along > 0.12)
        return np.where(rough & (body.grain > -0.5), np.maximum(blood, v["trabecula_db"]), blood)

    def _papillary(self, body, blood):
        v, rng = self.values, np.random.default_rng([*np.atleast_1d(self.seed), 63])
        for turn in (50.0, 235.0)[: v["papillary"]]:
            middle = math.radians(turn + rng.normal(0.0, 15.0))
            inward, from_, to = rng.uniform(0.6, 1.6), rng.uniform(0.25, 0.4), rng.uniform(0.6, 0.8)
            radius = v["papillary_mm"] * rng.uniform(0.7, 1.3)
            gap = (body.azimuth - middle + math.pi) % (2.0 * math.pi) - math.pi
            side = gap * np.maximum(body.chamber.a + body.out, 1.0)
            near = np.hypot(side, body.out + inward * radius) / radius
            inside = (near < 1.0) & (body.along > from_) & (body.along < to)
            blood = np.where(inside, v["papillary_db"] + body.grain, blood)
        return blood

    def _valve(self, body):
        """Two leaflets, hinged at the annulus: a shallow tent when shut, two flaps when open."""
        v, chamber = self.values, body.chamber
        opening = self.heart.opening(body.time)
        if self.heart.emptied(body.time) < 0.02:
            opening = max(opening, v["ajar"])
        ring = chamber.a * math.sqrt(1.0 - (chamber.h / chamber.c) ** chamber.shape.power)
        side, high = np.hypot(body.u, body.v), body.up
        if opening < 0.12:
            tent = np.abs(high - 3.0 * (1.0 - side / ring)) < v["leaflet_mm"]
            return tent & (side < ring)
        flap = 0.9 * ring
        place = ring * (1.0 - np.clip(high / flap, 0.0, 1.0) * (1.0 - 0.75 * opening))
        return (np.abs(side - place) < v["leaflet_mm"]) & (high < flap) & (high > 0.0)

    def _around(self, body):
        """Pericardium, lung, liver: each side of the heart on its own, and seldom as dark as blood."""
        v = self.values
        side = np.cos(body.azimuth - math.radians(v["bright_deg"]))
        share = v["outside_right"] + (v["outside_left"] - v["outside_right"]) * _rise(0.5 + side)
        gap = np.maximum(body.out - body.wall, 0.0)
        level = share * v["blood_db"] - v["outside_fall"] * gap
        level = level + v["cloud_db"] * body.wide + 2.0 * body.streak
        rim = v["rim_db"] + 4.0 * body.wide - 2.0 * np.maximum(gap - v["rim_mm"], 0.0)
        rim = rim - 16.0 * _rise((body.along - 0.3) / 0.6)  # thin and slanting towards the apex
        return np.where(gap < v["rim_mm"] + 4.0, np.maximum(level, rim), level)

    def _right_heart(self, body, level):
        v, chamber = self.values, body.chamber
        turn = (body.azimuth - math.radians(v["right_deg"]) + math.pi) % (2.0 * math.pi) - math.pi
        near = np.clip(1.0 - (turn / math.radians(v["right_span_deg"])) ** 2, 0.0, 1.0)
        high = np.clip(body.up / (v["right_long"] * chamber.length), 0.0, 1.0)
        squeeze = 1.0 - 0.25 * self.heart.emptied(body.time)
        wide = v["right_mm"] * squeeze * np.sqrt(near * (1.0 - high**1.5))
        gap = body.out - body.wall
        here = (wide > 1.0) & (body.up > 0.0) & (gap > 0.0)
        edge = v["right_wall_db"] + body.grain
        level = np.where(here & (gap < wide + v["right_wall_mm"]), edge, level)
        pool = here & (gap < wide)
        radius = RIGHT_DEPTH * body.atrium_mm[0]
        low, deep = -0.5 * body.atrium_mm[1], 0.5 * body.atrium_mm[1] * 1.1
        at = math.radians(v["right_deg"])
        away = body.atrium_mm[0] + radius + 2.0
        ball = np.hypot(np.hypot(body.u - away * math.cos(at), body.v - away * math.sin(at)) / radius,
                        (body.up - low) / deep)  # fmt: skip
        level = np.where((ball < 1.15) & (body.up < 0.0), edge, level)
        pool |= (ball < 1.0) & (body.up < -1.5)
        flap = (
            (np.abs(body.up - 1.5) < v["leaflet_mm"])
            & (gap > 0.0)
            & (gap < wide + 2.0)
            & (near > 0.1)
        )
        level = np.where(pool, v["blood_db"] + v["right_db"], level)
        return np.where(flap, v["leaflet_db"] + body.grain, level)


class _Body:
    """Where the places of a cut lie in the heart at one moment: distances, shares, angles, labels."""

    def __init__(self, thorax, places, time, solid=False):
        """solid: the wall's surfaces alone, as its thickness is not known yet."""
        v, self.time = thorax.values, time
        self.places = places
        self.chamber = chamber = thorax.heart.ventricle(time)
        u, vv, w = places
        # the annulus tilts, less and less towards the apex; the apex lies beside the axis
        height = np.clip((w - chamber.plane) / chamber.length, -0.6, 1.0)
        tilt = (
            math.tan(math.radians(v["tilt_u_deg"])) * u
            + math.tan(math.radians(v["tilt_v_deg"])) * vv
        )
        w = w - tilt * (1.0 - np.clip(height, 0.0, 1.0))
        square = height * np.abs(height)
        self.u, self.v = u - v["apex_u_mm"] * square, vv - v["apex_v_mm"] * square
        self.up = w - chamber.plane
        z = self.up - chamber.h
        self.along = np.clip(self.up / chamber.length, 0.0, 1.0)
        self.across = self.u - chamber.bend(z)
        self.out, self.normal, self.azimuth = _solid(self.across, self.v, z, chamber)
        side = np.cos(self.azimuth - math.pi)
        self.thick = (
            1.0 + v["septum_thick"] * side + v["apex_thick"] * _rise((self.along - 0.6) / 0.4)
        )
        if solid:
            return
        self.wall = thorax.wall_mm(time) * self.thick
        self.level = np.clip(self.out / self.wall, -1.0, 1.0)
        self.in_cavity = (self.out < 0.0) & (self.up >= 0.0)
        self.in_wall = (self.out >= 0.0) & (self.out < self.wall) & (self.up >= 0.0)
        self._atrium(v, thorax.heart)
        self._textures, self._run, self._w = thorax.textures, self.along * chamber.length, w
        self.labels = np.zeros(self.out.shape, np.uint8)
        self.labels[self.in_atrium] = ventricle.ATRIUM
        self.labels[self.in_wall] = ventricle.MYOCARDIUM
        self.labels[self.in_cavity] = ventricle.CAVITY

    # Textures are asked for by levels alone, and take as long as all else.

    @functools.cached_property
    def cloud(self):
        """Smooth noise of SD 1, as the others: along and around the wall."""
        return self._textures[0](self.azimuth * TURN_MM, self._run)

    @functools.cached_property
    def streak(self):
        """Along the wall, thin."""
        return self._textures[1](self.out, self._run + 4.0 * self.azimuth)

    @functools.cached_property
    def grain(self):
        """Fine, in all directions."""
        return self._textures[2](self.out + 3.0 * self.azimuth, self._w + 5.0 * self.azimuth)

    @functools.cached_property
    def wide(self):
        """Coarse, for what lies around the heart."""
        return self._textures[3](self.out, self._w + 8.0 * self.azimuth)

    def origin(self, still, wall_mm):
        """Where the material of each place was at end-diastole, (3, ...) mm: blood moves with the
        cavity, a wall with the border of the cavity and its own thickness, all else with the wall.

        still: the chamber at end-diastole; wall_mm: its average wall.
        """
        chamber, out = self.chamber, np.maximum(self.out, 0.0)
        grown = (still.a / chamber.a, still.b / chamber.b, still.length / chamber.length)
        before = np.where(
            self.level < 1.0, self.level * wall_mm * self.thick, wall_mm * self.thick + self.out - self.wall
        )  # fmt: skip
        places = np.stack([self.across, self.v, self.up])
        border = places - out * self.normal
        return np.stack([
            factor * at + np.where(self.out > 0.0, before, 0.0) * normal
            for factor, at, normal in zip(grown, border, self.normal, strict=True)
        ])  # fmt: skip

    def _atrium(self, v, heart):
        chamber = self.chamber
        ring = chamber.a * math.sqrt(1.0 - (chamber.h / chamber.c) ** chamber.shape.power)
        emptied = heart.emptied(self.time)
        length = v["atrium_long"] * heart.length_mm + chamber.plane
        c, radius = length / 1.45, ring_free(v["atrium"], heart) * math.sqrt(0.8 + 0.2 * emptied)
        z = -self.up - 0.45 * c
        shift = v["atrium_shift"] * ring * np.clip(-self.up / length, 0.0, 1.0)
        scale = np.hypot(self.u - shift, self.v) / radius
        far = np.sqrt(scale**2 + np.abs(z / c) ** 2.3)
        self.in_atrium = (far < 1.0) & (self.up < 0.0)
        self.atrial_wall = (far < 1.0 + 3.0 / radius) & (self.up < 1.0) & ~self.in_atrium
        self.atrium_mm = radius, length


def ring_free(share, heart):
    """Half width in mm of an atrium that is `share` as wide as the annulus at end-diastole."""
    still = heart.ventricle(0.0)
    ring = still.a * math.sqrt(1.0 - (still.h / still.c) ** still.shape.power)
    return share * ring / math.sqrt(1.0 - 0.45**2.3)


def _solid(u, v, z, chamber):
    """Distance in mm outside the endocardium (less than 0 inside), its normal (3, ...), azimuth."""
    x, y, far, power = u / chamber.a, v / chamber.b, z / chamber.c, chamber.shape.power
    azimuth = np.arctan2(y, x)
    ripple = chamber.ripple(z, azimuth)
    square = (x * x + y * y) / ripple**2
    size = np.sqrt(square + np.abs(far) ** power) + 1e-9
    slope = np.stack([
        x / chamber.a / ripple**2, y / chamber.b / ripple**2,
        0.5 * power * np.sign(far) * np.abs(far) ** (power - 1.0) / chamber.c,
    ]) / size  # fmt: skip
    steep = np.linalg.norm(slope, axis=0) + 1e-9
    distance = (size - 1.0) / np.maximum(steep, 0.3 / chamber.c)
    return distance, slope / steep, azimuth


def _heart(v, rng):
    """The ventricle of these values: `ventricle.Heart`."""
    length = 88.0 * (v["edv_ml"] / 120.0) ** 0.3 * v["long"]
    waves = [(v[name], float(rng.uniform(0.0, 2.0 * math.pi))) for name in ("wave2", "wave3")]
    shape = ventricle.Shape(v["round"], v["base"], v["blunt"], v["bend_mm"], *waves)
    return ventricle.Heart(
        edv_ml=v["edv_ml"],
        esv_ml=v["edv_ml"] * (1.0 - v["ef"] / 100.0),
        length_mm=length,
        wall_mm=v["wall_mm"],
        mapse_mm=1.5 + v["mapse"] * v["ef"],
        shape=shape,
    )


def _rise(share):
    """0 below 0, 1 above 1, smooth between."""
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
