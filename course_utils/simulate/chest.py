"""What a chest sends back to a probe at the apex: walls, blood, valve and neighbours, as points
that move.

`Chest` draws its scatterers once; `Chest.at(time)` says where each of them is. Wall and blood are
drawn in three dimensions and seen through a slice with a thickness, so they also move through the
plane. Neighbours (right heart, pericardium, lung, chest wall) are drawn in the plane and pulled
along by the heart. Levels were chosen by eye; nothing was fitted. All of it is SYNTHETIC.
"""

import math
from dataclasses import dataclass

import numpy as np

from course_utils.simulate import physics
from course_utils.simulate.calf_tissue import Texture

SEEDS = 420_000  # points drawn in a wall; a few in a hundred lie in the slice
BLOOD_DB, DARK_DB = -56.0, -120.0


@dataclass(frozen=True)
class Look:
    """How this chest looks: levels in dB (0 is white) and proportions of the neighbours in mm."""

    wall_db: float = -24.0
    border_db: float = 5.0
    pericardium_db: float = -8.0
    lung_db: float = -40.0
    dropout_db: float = 9.0
    right_mm: float = 26.0
    right_wall_mm: float = 4.5


class Chest:
    """One heart seen in one view: its scatterers, and where they are at any time.

    heart: `ventricle.Heart`. view: `ventricle.View`. probe: `simulate.Probe`, a sector.
    """

    density = 9.0  # scatterers per resolution cell around the heart

    def __init__(self, heart, view, probe, seed, look=None):
        self.heart, self.view, self.probe, self.seed = heart, view, probe, seed
        self.look = look or Look()
        self.still = heart.ventricle(0.0), heart.atrium(0.0)
        self.axes = view.axes()
        turn = math.radians(view.angle_deg)
        self.sideways = np.array([math.cos(turn), math.sin(turn), 0.0])
        times = np.linspace(0.0, sum(beat[0] for beat in heart.rhythm), 7)[:-1]
        self.solid = [
            self._seeds(chamber, kind, count, number, times)
            for number, (chamber, kind, count) in enumerate(
                (
                    (0, "wall", SEEDS),
                    (0, "blood", SEEDS // 8),
                    (1, "wall", SEEDS // 7),
                    (1, "blood", SEEDS // 20),
                    (0, "papillary", SEEDS // 6),
                )
            )
        ]
        self.around = self._neighbours()

    def at(self, time):
        """All scatterers at a time in s: `simulate.Scatterers` in the plane of the picture."""
        chambers = self.heart.ventricle(time), self.heart.atrium(time)
        total = self._moved_neighbours(chambers, time)
        for chamber, seeds, share, level in self.solid:
            places = chambers[chamber].place(*seeds)
            total = total + self._slice(places, share, level)
        return total + self._leaflets(chambers[0], self.heart.opening(time))

    def material(self, time):
        """Where the seeds of the ventricle's wall are at a time in s: x (n,), z (n,) on the
        screen, in mm.
        """
        chamber, seeds, _, _ = self.solid[0]
        x_mm, z_mm, _ = self.view.to_screen(self.heart.ventricle(time).place(*seeds))
        return x_mm, z_mm

    def _seeds(self, chamber, kind, count, number, times):
        """Points of one wall or one pool of blood that ever come near the plane."""
        rng, wall = np.random.default_rng([self.seed, 30 + number]), kind == "wall"
        level = rng.random(count) if wall else np.sqrt(rng.random(count)) - 1.0
        seeds = level, rng.uniform(0.0, 2.0 * math.pi, count), rng.random(count)
        if kind == "papillary":
            seeds = tuple(seed[_in_papillary(*seeds, self.seed)] for seed in seeds)
        still, near = self.still[chamber], np.zeros(len(seeds[0]), bool)
        candidates = np.flatnonzero(self._near(still.place(*seeds), spare=7.0))
        chosen = tuple(seed[candidates] for seed in seeds)
        for time in times:
            now = (self.heart.ventricle(time), self.heart.atrium(time))[chamber]
            near[candidates] |= self._near(now.place(*chosen))
        seeds = tuple(seed[near] for seed in seeds)
        spread = 1.0 if wall else 0.5 / (1.0 + seeds[0])  # how densely the radius was drawn
        volume = _volume_element(still, *seeds) * 2.0 * math.pi * spread / count
        bright = self._wall_db(still, chamber, *seeds) if wall else np.full(near.sum(), BLOOD_DB)
        if kind == "papillary":
            bright = bright - BLOOD_DB + self.look.wall_db - 1.0
        return chamber, seeds, volume, bright

    def _near(self, places, spare=0.0):
        """Which places lie in the slice, or up to spare mm outside it."""
        x_mm, z_mm, off = self.view.to_screen(places)
        return np.abs(off) < 2.5 * self._thickness(np.hypot(x_mm, z_mm)) + spare

    def _wall_db(self, chamber, which, level, angle, along):
        """Backscatter of wall points: bands along the fibres, brighter borders, weaker where the
        beam runs along the wall.
        """
        look, radius = self.look, 0.5 * (chamber.a + chamber.b)
        fibre = Texture([self.seed, 40 + which], 9.0, 1.4)
        cloud = Texture([self.seed, 42 + which], 14.0, 9.0)
        depth, run = level * chamber.wall, along * chamber.length
        places = chamber.place(level, angle, along)
        normal = chamber.place(level + 0.02, angle, along) - places
        beam = places - self.view.probe().reshape(3, 1)
        square = np.abs(np.sum(normal * beam, axis=0))
        square = square / np.maximum(np.linalg.norm(normal, axis=0), 1e-9)
        square = square / np.linalg.norm(beam, axis=0)
        db = look.wall_db + 3.0 * fibre(depth + 20.0, run + 7.0 * angle)
        db = db + 3.5 * cloud(radius * angle, run) - look.dropout_db * (1.0 - square) ** 2
        if which == 1:
            return db + 4.0
        right = places[0] * self.sideways[0] + places[1] * self.sideways[1] > 0
        db = db - np.where(right, 2.0, -1.0) - self._weak(angle, along)
        db = db + look.border_db * np.exp(-((depth / 1.3) ** 2))
        db = db + 0.6 * look.border_db * np.exp(-(((depth - chamber.wall) / 1.0) ** 2))
        return db + 5.0 * np.exp(-((run / 3.5) ** 2))  # the fibrous ring

    def _weak(self, angle, along):
        """dB that each wall point loses because its segment is badly seen: one or two of them."""
        rng, loss = np.random.default_rng([self.seed, 72]), 0.0
        facing = math.radians(self.view.angle_deg)
        for turn, most in ((facing, 13.0), (facing + math.pi, 6.0)):
            middle, height = turn + rng.normal(0.0, 0.3), rng.uniform(0.45, 0.95)
            off = (angle - middle + math.pi) % (2.0 * math.pi) - math.pi
            shape = np.exp(-((off / 0.7) ** 2) - ((along - height) / rng.uniform(0.1, 0.22)) ** 2)
            loss = loss + rng.uniform(0.0, most) * shape
        return loss

    def _thickness(self, depth):
        """Half thickness of the slice in mm, as the sigma of a Gaussian."""
        return 1.3 + 0.012 * depth

    def _slice(self, places, volume, level):
        """Points in space -> echoes in the plane: each represents its volume, weighted by how far
        off the plane it lies.
        """
        x_mm, z_mm, off = self.view.to_screen(places)
        depth = np.hypot(x_mm, z_mm)
        thick = self._thickness(depth)
        keep = (np.abs(off) < 2.5 * thick) & (z_mm > 1.0) & (depth < self.probe.depth_mm + 4.0)
        depth, thick, off = depth[keep], thick[keep], off[keep]
        power = volume[keep] / (self._cell(depth) * thick * math.sqrt(math.pi))
        amplitude = np.sqrt(power) * np.exp(-0.5 * (off / thick) ** 2)
        amplitude = amplitude * 10.0 ** (level[keep] / 20.0)
        return physics.Scatterers(x_mm[keep], z_mm[keep], amplitude)

    def _cell(self, depth):
        """Area in mm2 of one sample at this depth."""
        pitch = math.radians(self.probe.width / (self.probe.lines - 1))
        return self.probe.depths[1] * pitch * np.maximum(depth, 2.0)

    def _plane_places(self, x_mm, z_mm):
        """Screen -> signed distance from the long axis and height over the mitral plane, mm."""
        places = self.view.to_heart(x_mm, z_mm)
        return np.tensordot(self.sideways, places, 1), places[2], places

    def _outline(self, chambers, w_mm):
        """Half width of the ventricle's or atrium's outside at heights w_mm, in this view."""
        turn, half = math.radians(self.view.angle_deg), np.zeros(np.shape(w_mm))
        off = self.view.offset_mm + w_mm * math.tan(math.radians(self.view.tilt_deg))
        for chamber in chambers:
            a, b = chamber.a + chamber.wall, chamber.b + chamber.wall
            wide = math.hypot(a * math.cos(turn), b * math.sin(turn))
            other = math.hypot(a * math.sin(turn), b * math.cos(turn))
            z = chamber.upward * (w_mm - chamber.plane) - chamber.h
            far = chamber.c + chamber.tip
            here = 1.0 - np.abs(z / far) ** chamber.shape.power - (off / other) ** 2
            half = np.where(z >= -chamber.h, wide * np.sqrt(np.maximum(here, 0.0)), half)
        return half

    def _neighbours(self):
        points = physics.speckle(self.probe, [self.seed, 50], self.density)
        side, w_mm, places = self._plane_places(points.x_mm, points.z_mm)
        gap = np.abs(side) - self._outline(self.still, w_mm)
        level = self._neighbour_db(points.x_mm, points.z_mm, side, w_mm, gap)
        keep = (level > DARK_DB + 1.0) & ~self._taken(self.still, places)
        amplitude = points.amplitude[keep] * 10.0 ** (level[keep] / 20.0)
        kept = physics.Scatterers(points.x_mm[keep], points.z_mm[keep], amplitude)
        return kept, side[keep], w_mm[keep], gap[keep]

    def _taken(self, chambers, places):
        return chambers[0].inside(places, 1.0) | chambers[1].inside(places, 1.0)

    def _right_share(self):
        """How much of the right heart the plane meets: 1, for it passes through the middle."""
        return 1.0

    def _right_mm(self, w_mm):
        """Width of the right ventricle's cavity at heights w_mm; none in the two-chamber view."""
        share = np.clip(w_mm / (0.78 * self.heart.length_mm), 0.0, 1.0)
        wide = self.look.right_mm * self._right_share() * np.sqrt(1.0 - share)
        return np.where((w_mm > 0.0) & (self.view.name == "A4C"), wide, 0.0)

    def _neighbour_db(self, x_mm, z_mm, side, w_mm, gap):
        """Backscatter of what lies around the left heart, at end-diastole."""
        look, heart, still = self.look, self.heart, self.still
        grain, cloud = Texture([self.seed, 60], 8.0, 2.2), Texture([self.seed, 61], 22.0, 12.0)
        streak = Texture([self.seed, 62], 30.0, 2.0)
        depth = np.hypot(x_mm, z_mm)
        rough = 2.5 * grain(z_mm, x_mm) + 3.0 * cloud(z_mm, x_mm)
        level = look.lung_db - 0.18 * np.maximum(gap, 0.0) + rough
        level = level + 3.0 * streak(depth, 60.0 * np.arctan2(x_mm, z_mm + 1.0))
        left = side < 0
        rim = look.pericardium_db - 2.5 * np.maximum(gap - 0.5, 0.0) + rough
        rim = rim - look.dropout_db * np.clip((w_mm / heart.length_mm) - 0.5, 0.0, 0.5)
        rim = rim - 1.8 * np.maximum(3.0 - w_mm, 0.0)
        level = np.where(gap < 6.0, np.maximum(level, rim), level)
        if self.view.name == "A4C":
            if self._right_share() > 0:
                level = self._right_heart(level, rough, side, w_mm, gap)
        else:
            liver = left & (w_mm > -10.0) & (gap > 5.0)
            level = np.where(liver, np.maximum(level, look.lung_db + 4.0 + rough), level)
        groove = (w_mm < 2.0) & (w_mm > -9.0) & (gap < 9.0) & (gap > 0.0) & ~left
        level = np.where(groove, look.wall_db + 4.0 + rough, level)
        behind = -w_mm - still[1].length - 4.0 - 0.06 * side - 2.0 * cloud(side, 0.0 * side)
        spine = look.wall_db + 1.0 + rough - 0.009 * side**2 - 0.25 * np.maximum(behind, 0.0)
        level = np.where(behind > 0.0, np.maximum(level, spine), level)
        near = heart.length_mm + 0.55 * heart.wall_mm
        chest = (w_mm > near + 1.0) | (z_mm < 11.0)
        layers = look.wall_db - 1.0 + 4.0 * streak(depth, x_mm) + rough
        return np.where(chest, layers, level)

    def _right_heart(self, level, rough, side, w_mm, gap):
        """Right ventricle and atrium, on the left of the four-chamber view."""
        look, left = self.look, side < 0
        wide = self._right_mm(w_mm)
        pool = left & (gap >= 0.0) & (gap < wide)
        edge = left & (wide > 0.0) & (gap >= wide) & (gap < wide + look.right_wall_mm)
        level = np.where(edge, look.wall_db + 1.0 + rough, level)
        level = np.where(left & (w_mm > 0) & (wide == 0) & (gap < 5.0), look.wall_db + rough, level)
        middle = -(self.still[1].a + 4.0 + 0.5 * 36.0), -19.0
        round_ = np.hypot((side - middle[0]) / 18.0, (w_mm - middle[1]) / 22.0)
        round_ = round_ / self._right_share()
        level = np.where((round_ < 1.16) & (w_mm < 0), look.wall_db + 2.0 + rough, level)
        level = np.where((w_mm < 0) & left & (gap < 5.0), look.wall_db + 3.0 + rough, level)
        pool |= (round_ < 1.0) & (w_mm < 0.0) & (gap > 1.0)
        ring = left & (np.abs(w_mm - 1.0 - 0.08 * gap) < 1.4) & (gap > 0.0)
        flap = ring & ((gap < 9.0) | (np.abs(gap - look.right_mm) < 10.0))
        return np.where(flap, look.wall_db + 2.0 + 1.5 * rough, np.where(pool, BLOOD_DB, level))

    def _moved_neighbours(self, chambers, time):
        """The points of the plane, pulled along by valve plane and walls; none inside the
        heart.
        """
        points, side, w_mm, gap = self.around
        emptied = self.heart.emptied(time)
        plane = chambers[0].plane
        length, roof = self.heart.length_mm, self.heart.atrium_mm
        pull = np.where(w_mm > 0, 1.0 - w_mm / length, 1.0 + w_mm / roof)
        along = plane * np.clip(pull, 0.0, 1.0) * np.exp(-np.maximum(gap - 30.0, 0.0) / 15.0)
        change = self._outline(chambers, w_mm + along) - self._outline(self.still, w_mm)
        across = np.sign(side) * np.clip(change, -14.0, 8.0) * np.exp(-np.maximum(gap, 0.0) / 22.0)
        wide = self._right_mm(w_mm)
        squeeze = np.clip(gap / np.maximum(wide, 1.0), 0.0, 1.0)
        squeeze = squeeze * np.exp(-np.maximum(gap - wide, 0.0) / 12.0)
        across = across + np.where((side < 0) & (wide > 0), 5.0 * emptied * squeeze, 0.0)
        right, down, _ = self.axes
        step = self.sideways[:, None] * across
        step[2] += along
        moved = points.moved(lambda x, z: (right @ step, down @ step))
        free = ~self._taken(chambers, self.view.to_heart(moved.x_mm, moved.z_mm))
        return physics.Scatterers(moved.x_mm[free], moved.z_mm[free], moved.amplitude[free])

    def _leaflets(self, ventricle, opening):
        """Two thin mitral leaflets in the plane; hinges at the ring, tips in the cavity."""
        rng = np.random.default_rng([self.seed, 70])
        turn = math.radians(self.view.angle_deg)
        wide = math.hypot(ventricle.a * math.cos(turn), ventricle.b * math.sin(turn))
        ring = wide * math.sqrt(1.0 - (ventricle.h / ventricle.c) ** ventricle.shape.power)
        count, places, areas = 240, [], []
        for sign, share in ((-1.0, 1.2), (1.0, 0.82)):
            at = rng.random(count)
            closed, swing = math.radians(9.0), math.radians(64.0) * opening
            bow = closed + swing * (0.55 + 0.45 * np.sin(0.5 * math.pi * at))
            length = share * ring * (1.0 - 0.12 * opening)
            side = sign * (ring - length * at * np.cos(bow))
            up = ventricle.plane + length * at * np.sin(bow) + 0.5
            thick = rng.normal(0.0, 0.3 + 0.3 * at, count)
            places.append(np.stack([side, up + thick]))
            areas.append(np.full(count, length * 1.0 / count))
        side, up = np.concatenate(places, axis=1)
        space = self.sideways[:, None] * side
        space[2] += up
        x_mm, z_mm, off = self.view.to_screen(space)
        power = np.concatenate(areas) / self._cell(np.hypot(x_mm, z_mm))
        strength = 10.0 ** ((self.look.wall_db + 5.0) / 20.0) * np.exp(-0.5 * (off / 4.0) ** 2)
        return physics.Scatterers(x_mm, z_mm, np.sqrt(power) * strength)


def _in_papillary(level, angle, along, seed):
    """Which points of the cavity lie in one of the two papillary muscles, between the planes of
    both views.
    """
    rng, found = np.random.default_rng([seed // 10, 71]), np.zeros(len(level), bool)
    for middle in (0.25 * math.pi, 1.25 * math.pi):
        turn = middle + rng.normal(0.0, 0.2)
        first, last = rng.uniform(0.34, 0.42), rng.uniform(0.58, 0.68)
        off = np.abs((angle - turn + math.pi) % (2.0 * math.pi) - math.pi)
        share = (along - first) / (last - first)
        reach = -0.16 - 0.2 * np.sqrt(np.clip(1.0 - share, 0.0, 1.0))
        wide = 0.34 + 0.16 * np.clip(share, 0.0, 1.0)
        found |= (off < wide) & (share > 0.0) & (share < 1.0) & (level > reach)
    return found


def _volume_element(chamber, level, angle, along, step=1e-4):
    """mm3 per unit of level, angle and along at material points: (n,)."""
    here = chamber.place(level, angle, along)
    edges = [
        (chamber.place(level + step, angle, along) - here) / step,
        (chamber.place(level, angle + step, along) - here) / step,
        (chamber.place(level, angle, np.minimum(along + step, 1.0)) - here) / step,
    ]
    return np.abs(np.sum(edges[0] * np.cross(edges[1], edges[2], axis=0), axis=0))
