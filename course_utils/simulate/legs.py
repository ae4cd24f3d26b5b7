"""A leg muscle of any make under a linear probe: layers, fascicles, sheets, vessels and bone.

`calf` is one person with a gastrocnemius whose every number a clinician could measure. A `Leg` is
the opposite: any muscle with a sheet above and a sheet below, drawn from wide ranges (`ranges`), so
that a network cannot lean on one of them. The muscle that counts, `mask`, is the uppermost one
between two sheets that are in view.

Coordinates as in `calf`: x to the right in mm, 0 at the middle; z down from the skin in mm. Levels
are in dB against the speckle of the muscle. All of it is SYNTHETIC.
"""

import functools

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from course_utils.simulate import physics

ABSORBS = {"bone": 9.0, "vessel": 0.15}  # dB/cm/MHz
SIZE = 110.0  # mm of a texture before it repeats
SHARES = np.linspace(0.0, 1.0, 65)  # of the way through a layer, for the course of its fascicles
LEAST_DEG = 0.5


class Texture:
    """Smooth noise on the plane, mean 0 and SD 1, stretched along one axis, as
    `calf_tissue.Texture` is, but read in single precision and several times as fast.
    """

    def __init__(self, seed, along_mm, across_mm):
        self.step = across_mm / 3.0, along_mm / 3.0
        shape = [max(8, min(int(SIZE / step), 1200)) for step in self.step]
        noise = np.random.default_rng(seed).standard_normal(shape, np.float32)
        noise = cv2.GaussianBlur(noise, (9, 9), 1.3)
        self.noise = noise / noise.std()

    def __call__(self, across_mm, along_mm):
        """Noise values at places (across, along) in mm, arrays that broadcast to (H, W)."""
        across, along = np.broadcast_arrays(across_mm, along_mm)
        rows, columns = (
            _mirrored(place / step + 0.5 * count, count - 1).astype(np.float32)
            for place, step, count in zip((across, along), self.step, self.noise.shape, strict=True)
        )
        return cv2.remap(self.noise, columns, rows, cv2.INTER_LINEAR)


class Leg:
    """The anatomy of one still, from the values that `ranges.draw` gives, under a probe."""

    def __init__(self, values, seed, probe):
        self.values, self.seed, self.probe = values, seed, probe
        self.half = probe.width / 2.0
        self._waves = self.rng(1).normal(0.0, 1.0, (8, 3, 2))
        self.z_mm, self.x_mm = physics.places(probe)
        self.top, self.bottom = self.superficial(self.x_mm), self.deep(self.x_mm)
        self.below = self.floor(self.x_mm)

    def rng(self, number):
        """Random numbers for one part of the anatomy."""
        return np.random.default_rng([*np.atleast_1d(self.seed), 50 + number])

    def superficial(self, x_mm):
        """Depth in mm of the middle of the upper sheet at x."""
        v, at = self.values, np.asarray(x_mm) / self.half
        cover = v["cover_mm"] if v["cover"] else 0.0
        middle = v["skin_mm"] + v["fat_mm"] + cover
        depth = middle + np.tan(np.radians(v["slope_deg"])) * np.asarray(x_mm)
        depth = depth + v["bow_mm"] * (at**2 - 0.3) + 0.25 * self._wave(0, x_mm)
        return np.maximum(depth, v["skin_mm"] + 0.7)

    def deep(self, x_mm):
        """Depth in mm of the middle of the lower sheet at x."""
        v, at = self.values, np.asarray(x_mm) / self.half
        thick = v["thickness_mm"] - np.tan(np.radians(v["taper_deg"])) * np.asarray(x_mm)
        thick = thick - v["belly_mm"] * (at**2 - 0.3) + 0.3 * self._wave(1, x_mm)
        return self.superficial(x_mm) + np.maximum(thick, 0.3 * v["thickness_mm"])

    def floor(self, x_mm):
        """Depth in mm of the sheet below the next muscle at x."""
        v = self.values
        tilt = np.tan(np.radians(self._waves[2, 0, 0] * 4.0)) * np.asarray(x_mm)
        thick = np.maximum(v["next_mm"] + tilt + 0.4 * self._wave(2, x_mm), 2.0)
        return self.deep(x_mm) + thick

    def mask(self, x_mm, z_mm, reader=None):
        """(H, W) uint8: 1 between the sheets, at pixel centres x_mm (W,) and z_mm (H,); the share
        without contact is left out.

        reader: a whole number from 0 draws it as one reader would, who sets each border beside the
        sheet, by `reader_mm` (SD); None is exact.
        """
        half, beside = self.values["sheet_mm"] / 2.0, (0.0, 0.0)
        if reader is not None:
            beside = self.rng(100 + reader).normal(0.0, self.values["reader_mm"], 2)
        top = self.superficial(x_mm) + half + beside[0]
        bottom, z_mm = self.deep(x_mm) - half + beside[1], np.asarray(z_mm)[:, None]
        return ((z_mm >= top) & (z_mm <= bottom) & self.touched(x_mm)).astype(np.uint8)

    def touched(self, x_mm):
        """(W,) bool: where the probe touches the skin."""
        if not self.values["lifted"]:
            return np.ones(np.shape(x_mm), bool)
        return np.asarray(x_mm) <= self.half - self.values["lost"] * self.probe.width

    def echoes(self, steer_deg=0.0):
        """What the tissue sends back, for `physics.received`: complex (rows, lines).

        steer_deg: the look is from a slightly other angle: other speckle, and other sheets square
        to the beam.
        """
        fibres, level = self._tissue
        tilt = float(np.radians(steer_deg))
        turn = np.exp(-4j * np.pi * np.sin(tilt) * self.x_mm / self.probe.wavelength_mm)
        grains = self._grains * turn.astype(np.complex64)
        angle, strength = fibres
        square = np.maximum(np.cos(angle - tilt), np.float32(0.05)) ** self.values["anisotropy"]
        # streaks add up in phase: what a whole pulse and beam of them give is taken out again
        fibre = strength * square
        field = grains * (level * (0.35 + 0.65 * square) + 0.6 * np.abs(fibre))
        return field + fibre * self._smooth_sample + self._sheets(tilt)

    def absorption(self):
        """(rows, lines) dB/cm/MHz without the margin of the field: bone and vessels differ."""
        values = np.full((len(self.z_mm), len(self.x_mm)), self.values["attenuation"], np.float32)
        for x, z, wide, high in self.vessels():
            near = ((self.x_mm - x) / wide) ** 2 + ((self.z_mm[:, None] - z) / high) ** 2
            values[near < 1.0] = ABSORBS["vessel"]
        if self.values["bone"]:
            values[self.z_mm[:, None] > self._bone] = ABSORBS["bone"]
        rows, lines = self.probe.shape
        top, left = (
            (full - part) // 2 for full, part in zip(values.shape, (rows, lines), strict=True)
        )
        return values[top : top + rows, left : left + lines]

    def vessels(self):
        """(x, z, half width, half height) in mm of the vessels, all below or between the layers."""
        rng, found = self.rng(2), []
        for _ in range(self.values["vessels"]):
            x, wide = rng.uniform(-self.half, self.half), rng.uniform(0.8, 4.0)
            first = self.deep(x) if rng.random() < 0.75 else self.superficial(x)
            z = first + rng.uniform(0.0, 0.9) * self.values["next_mm"] * (
                first > self.superficial(x)
            )
            found.append((x, float(z), wide, wide * rng.uniform(0.35, 1.0)))
        return found

    @property
    def _bone(self):
        """Depth in mm of the bone's surface by line: a hill at one side, below the next muscle."""
        rng = self.rng(3)
        place, wide = rng.uniform(-1.2, 1.2) * self.half, rng.uniform(15.0, 60.0)
        peak = self.below.max() + rng.uniform(0.0, 8.0)
        return np.maximum(peak + (self.x_mm - place) ** 2 / wide, self.below + 0.8)

    def _wave(self, number, x_mm):
        """Slow ups and downs of a surface, about 1 mm."""
        x_mm, total = np.asarray(x_mm, float), 0.0
        for (phase, size), length in zip(self._waves[number], (60.0, 31.0, 17.0), strict=True):
            bend = np.sin(2.0 * np.pi * x_mm / length + 3.0 * phase)
            total = total + size * bend * (length / 60.0) ** 2
        return total

    def _texture(self, number, along, across):
        return Texture([*np.atleast_1d(self.seed), 70 + number], along, across)

    @functools.cached_property
    def _smooth_sample(self):
        """(rows, 1) value of a field that varies slowly and gives an envelope of 1."""
        step, probe = self.z_mm[1] - self.z_mm[0], self.probe
        axial = probe.axial_fwhm_mm / physics.FULL_WIDTH / step
        value = physics.sheet_sample(probe)[:, None] / (np.sqrt(2.0 * np.pi) * axial)
        return value.astype(np.float32)

    @functools.cached_property
    def _grains(self):
        """Independent complex normal values of mean power 1: speckle before the beam."""
        rng = self.rng(4)
        shape = (2, len(self.z_mm), len(self.x_mm))
        real, imaginary = rng.standard_normal(shape, np.float32) / np.float32(np.sqrt(2.0))
        return real + np.complex64(1j) * imaginary

    @functools.cached_property
    def _tissue(self):
        """((angle in radians, strength) of the fibres, amplitude of the speckle), (rows, lines)."""
        v, shape = self.values, (len(self.z_mm), len(self.x_mm))
        made = [
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.complex64),
        ]
        skin = np.full_like(self.top, -np.inf)
        self._fill(made, skin, self.top, self._fat)
        if v["cover"]:
            edge = v["skin_mm"] + v["fat_mm"] + 0.5 * self._wave(5, self.x_mm)
            self._fibres(made, 3, edge, self.top, v["cover_deg"], v["streak_db"], 0.0)
        self._fibres(made, 0, self.top, self.bottom, v["pennation_deg"], v["streak_db"], 0.0)
        low, streak = v["next_db"], v["next_streak_db"]
        self._fibres(made, 1, self.bottom, self.below, v["next_deg"], streak, low)
        low = low + 3.0 * self._waves[3, 0, 0]
        deepest = np.maximum(self.below + 30.0, self.z_mm[-1])
        self._fibres(made, 2, self.below, deepest, 0.3 * v["next_deg"], 0.8 * streak, low)
        level, angle, strength = made
        level = level + self._shade()
        level = self._marked(level, self.z_mm[:, None].astype(np.float32), self.x_mm[None, :])
        amplitude = (10.0 ** (level / 20.0)).astype(np.float32)
        return (angle, amplitude * strength), amplitude

    def _fibres(self, made, number, upper, lower, degrees, streak_db, level_db):
        """Fill a layer of fascicles between two borders (lines,) into `made`."""
        top, bottom = upper.astype(np.float32), lower.astype(np.float32)
        slope = np.gradient(bottom, self.x_mm).astype(np.float32)

        def layer(z, x):
            level, angle, strength = self._fibred(
                number, z - top, bottom - z, x, slope, degrees, streak_db
            )
            return level + np.float32(level_db), angle, strength

        self._fill(made, upper, lower, layer)

    def _fill(self, made, upper, lower, layer):
        """Put what layer(z, x) says between two borders into the arrays of `made`."""
        first, last = np.searchsorted(self.z_mm, (upper.min(), lower.max()))
        if first >= last:
            return
        z = self.z_mm[first:last, None].astype(np.float32)
        x = self.x_mm[None, :].astype(np.float32)
        inside = (z > upper) & (z <= lower)
        for whole, part in zip(made, layer(z, x), strict=True):
            np.copyto(whole[first:last], part, where=inside)

    def _fibred(self, number, down, up, x, slope, degrees, streak_db):
        """A layer of fascicles: (level in dB, angle in radians, complex strength of the fibres).

        down, up: mm from its upper and to its lower border, whose slope is given. Fascicles leave
        the lower border at `degrees` against it, and bend on their way; the angle is against the
        skin, as a beam meets it, positive where they rise to the right. Strength is against the
        speckle.
        """
        v, flip = self.values, -1.0 if self.values["flip"] else 1.0
        high = np.maximum(up + down, 1.0)
        share = np.clip(up / high, 0.0, 1.0)
        sheet = -flip * np.arctan(slope.mean())
        turn, rise, run = _courses(degrees, v["bend_deg"], v["sway_deg"], sheet)
        angle = np.arctan(flip * np.interp(share, SHARES, rise) - slope).astype(np.float32)
        # across the fascicles: how far beside the one that starts at 0
        across = high * np.interp(share, SHARES, run) - np.sin(turn) * x * flip
        along = np.sin(turn) * up + np.cos(turn) * x * flip
        length = v["streak_length_mm"]
        wide = v["streak_mm"]
        fine = self._texture(10 * number, length, wide)(across, along)
        bundle = self._texture(10 * number + 1, 2.5 * length, 4.0 * wide)(across, along)
        cloud = self._texture(10 * number + 2, 18.0, 7.0)(up, x)
        broken = self._texture(10 * number + 3, 0.2 * length, wide)(across, along)
        level = 0.5 * v["bundle_db"] * (bundle + cloud)
        bright = streak_db + 7.0 * (fine - 2.2) + 3.0 * broken + 2.5 * bundle + 2.0 * cloud
        bright = np.where(fine > 0.0, np.minimum(bright, streak_db + 4.0), -40.0)
        strength = np.exp(bright * np.float32(np.log(10.0) / 20.0) + np.complex64(1.5j) * broken)
        return level, angle, strength.astype(np.complex64)

    def _shade(self):
        """(rows, lines) dB: the muscle that counts against all below, and its uppermost part
        against the rest of it. Speckle and fascicles follow alike.
        """
        v = self.values
        share = (self.z_mm[:, None] - self.top) / (self.bottom - self.top)
        reach = v["dark_share"] * np.clip(1.0 + 0.6 * self._wave(7, self.x_mm), 0.3, 2.0)
        shade = v["near_db"] + v["dark_db"] / (1.0 + np.exp((share - reach) / 0.04))
        return np.where((share > 0.0) & (share < 1.0), shade, 0.0).astype(np.float32)

    def _fat(self, z, x):
        """Skin and fat: (level, angle, strength)."""
        v = self.values
        grain = self._texture(40, 12.0, 0.7)(z, x + 50.0)
        cloud = self._texture(41, 15.0, 4.0)(z, x + 50.0)
        level = v["fat_db"] + 3.0 * grain + 2.5 * cloud + 0.0 * x
        skin = v["fat_db"] + 12.0 + 4.0 * self._waves[4, 0, 0]
        level = np.where(z < v["skin_mm"], skin, level)
        level = np.where(z < 0.5, level + 8.0, level)
        return level, np.zeros_like(level), np.zeros(level.shape, np.complex64)

    def _marked(self, level, z, x):
        """The level with bodies of the sheets, vessels and bone in it."""
        v = self.values
        patch = 4.0 * self._texture(42, 6.0, 0.8)(z, x)
        for number, middle in enumerate((self.top, self.bottom)):
            db, wide = (
                v["sheet_db"],
                np.clip(1.0 + 0.3 * self._wave(6 + number, self.x_mm), 0.5, 1.8),
            )
            near = np.abs(z - middle) / (0.5 * v["sheet_mm"] * wide)
            body = db + v["body_db"] + patch
            level = np.maximum(level, np.where(near < 1.4, body - 4.0 * near**3, -90.0))
        for place, wall in self._wedges():
            level = np.where(place(z, x), wall, level)
        for x0, z0, wide, high in self.vessels():
            near = ((x - x0) / wide) ** 2 + ((z - z0) / high) ** 2
            level = np.where(near < 1.0, -26.0, level)
            level = np.where((near >= 1.0) & (near < 1.5), np.maximum(level, 6.0), level)
        if v["nerve"]:
            (x0, z0, wide, high), rim = self.nerve(), 4.0
            near = ((x - x0) / wide) ** 2 + ((z - z0) / high) ** 2
            comb = -2.0 + 7.0 * self._texture(43, 1.2, 0.7)(z, x)
            level = np.where(near < 1.0, np.where(near > 0.75, rim, comb), level)
        if v["bone"]:
            level = np.where(z > self._bone, -45.0, level)
        return level

    def nerve(self):
        """(x, z, half width, half height) in mm of the nerve, below the muscle that counts."""
        rng = self.rng(7)
        x, wide = rng.uniform(-0.9, 0.9) * self.half, rng.uniform(1.5, 4.5)
        high = wide * rng.uniform(0.35, 0.8)
        z = self.deep(x) + high + rng.uniform(0.3, 0.9 * self.values["next_mm"])
        return x, float(z), wide, high

    def _wedges(self):
        """Where a split lower sheet holds a wedge of fat: [(place(z, x) -> bool, dB)]."""
        if not self.values["double"] or self._waves[5, 1, 1] < 0.3:
            return []
        gap = self._split()
        return [(lambda z, x: (z > self.bottom) & (z < self.bottom + gap),
                 self.values["fat_db"] + 4.0)]  # fmt: skip

    def _split(self):
        """(lines,) mm from the lower sheet to its second line: even, or opening to one side."""
        rng = self.rng(5)
        opening = np.clip(
            (self.x_mm / self.half * rng.choice((-1.0, 1.0)) + rng.uniform(-0.6, 0.8)), 0, 2
        )
        return self.values["sheet_mm"] * 0.8 + rng.uniform(0.0, 3.0) * opening

    def _sheets(self, tilt):
        """All reflecting lines as a field: skin, septa, aponeuroses, fasciae, vessels' floors."""
        v, rng = self.values, self.rng(6)
        self._lines = np.zeros((len(self.z_mm), len(self.x_mm)), np.complex64)
        for depth, db in ((0.2, 26.0), (v["skin_mm"], rng.uniform(5.0, 26.0))):
            self._line(rng, np.full_like(self.x_mm, depth), v["fat_db"] + db, 0.0, 1.5)
        self._septa(rng)
        sheet, wander = v["sheet_db"], v["sheet_gap_db"]
        for number, middle in enumerate((self.top, self.bottom)):
            own = sheet + rng.normal(0.0, 3.0) - self._faded(rng)
            for _ in range(1 + int(rng.integers(0, 1 + round(2.2 * v["sheet_mm"])))):
                # faces of one sheet are neither parallel nor equally bright
                offset = v["sheet_mm"] * (
                    rng.uniform(-0.5, 0.5) + 0.15 * self._wave(6 + number, self.x_mm)
                )
                offset = offset + rng.normal(0.0, 0.004) * self.x_mm
                away, weaker = self._frayed(rng)
                face = own - rng.uniform(0, 7) - weaker
                self._line(rng, middle + offset + away, face, tilt, wander)
        if v["double"]:
            self._line(
                rng, self.bottom + self._split(), sheet - rng.uniform(0.0, 8.0), tilt, wander
            )
        if v["septum"]:
            share, lean = rng.uniform(0.2, 0.8), rng.uniform(-0.25, 0.25)
            place = np.clip(share + lean * self.x_mm / self.half, 0.05, 0.95)
            window = _window(
                self.x_mm, rng.uniform(-1, 1) * self.half, rng.uniform(0.3, 1.0) * self.half
            )
            self._line(rng, self.top + place * (self.bottom - self.top),
                       sheet - rng.uniform(2.0, 14.0) + window, tilt, wander)  # fmt: skip
        deeper = sheet + v["deeper_sheet_db"]
        for number in range(int(rng.integers(1, 5))):
            z = self.below + number * rng.uniform(1.0, 9.0) + 0.3 * self._wave(6, self.x_mm)
            window = _window(
                self.x_mm, rng.uniform(-1, 1) * self.half, rng.uniform(0.6, 2.5) * self.half
            )
            self._line(rng, z, deeper - 2.0 * number + window, tilt, wander)
        if v["bone"]:
            self._line(rng, self._bone, 30.0 + rng.uniform(0.0, 10.0), tilt, 2.0, soft=0.15)
        return self._lines

    def _faded(self, rng):
        """(lines,) dB by which a sheet is weaker over a part of its length, at times."""
        if rng.random() > self.values["faded"]:
            return np.zeros_like(self.x_mm)
        middle, wide = rng.uniform(-1.3, 1.3) * self.half, rng.uniform(0.1, 0.6) * self.half
        return self.values["faded_db"] * np.exp(-0.5 * ((self.x_mm - middle) / wide) ** 2)

    def _frayed(self, rng):
        """(lines,) mm by which a face leaves its sheet from some place on, and dB by which it is
        weaker there; both 0 where it does not.
        """
        from_mm, side = rng.uniform(-1.0, 1.0) * self.half, rng.choice((-1.0, 1.0))
        lean, length = rng.uniform(-0.2, 0.2), rng.uniform(4.0, 20.0)
        if rng.random() > self.values["frayed"]:
            return 0.0, 0.0
        beyond = np.maximum(side * (self.x_mm - from_mm), 0.0)
        return lean * beyond, 20.0 * (beyond / length) ** 2

    def _septa(self, rng):
        """Thin bright lines in the fat, nearly along the skin."""
        v = self.values
        room = self.top - v["skin_mm"]
        if v["cover"]:
            room = np.full_like(self.top, v["fat_mm"])
        count = rng.poisson(v["septa"] * v["fat_mm"] / 10.0 * self.probe.width / 40.0 * 0.6)
        for _ in range(min(int(count), 40)):
            middle, wide = rng.uniform(-1.1, 1.1) * self.half, rng.uniform(4.0, 30.0)
            lean = np.tan(np.radians(v["septa_deg"] + rng.normal(0.0, 3.0))) * (self.x_mm - middle)
            sway = 0.3 * np.sin(2 * np.pi * self.x_mm / rng.uniform(12, 45) + rng.uniform(0, 6))
            z = v["skin_mm"] + rng.uniform(0.05, 0.95) * room + lean + sway
            inside = (z > v["skin_mm"]) & (z < v["skin_mm"] + 0.97 * room)
            level = (
                v["fat_db"] + v["septa_db"] + rng.normal(0, 3) + _window(self.x_mm, middle, wide)
            )
            self._line(rng, z, np.where(inside, level, -60.0), 0.0, 3.0)

    def _line(self, rng, z_mm, level_db, tilt, wander, soft=1.0):
        """Add a sheet at depth z_mm (lines,): a wandering brightness and phase, weaker where it is
        not square to the beam.
        """
        count, pitch = len(self.x_mm), self.x_mm[1] - self.x_mm[0]
        slope = np.arctan(np.gradient(z_mm, self.x_mm))
        # a less steep fall than of fascicles: sheets are rough, and wider than a beam
        square = np.clip(np.cos(slope - tilt), 0.05, 1.0) ** (
            0.25 * soft * self.values["anisotropy"]
        )
        level = (
            level_db
            + wander * _rough(rng, count, 3.0 / pitch)
            + 2.0 * _rough(rng, count, 0.6 / pitch)
        )
        value = 10.0 ** (level / 20.0) * square * np.exp(1.5j * _rough(rng, count, 1.0 / pitch))
        z_mm = z_mm + self.values["rough_mm"] * _rough(rng, count, 1.2 / pitch)
        place = (z_mm - self.z_mm[0]) / (self.z_mm[1] - self.z_mm[0])
        upper = np.floor(place).astype(int)
        columns = np.arange(count)
        inside = (upper >= 0) & (upper < len(self.z_mm) - 1)
        upper, columns, share = upper[inside], columns[inside], (place - np.floor(place))[inside]
        value = value[inside] * physics.sheet_sample(self.probe)[upper]
        self._lines[upper, columns] += (1.0 - share) * value
        self._lines[upper + 1, columns] += share * value


def _courses(degrees, bend_deg, sway_deg, sheet):
    """How a fascicle runs from the lower border of its layer (share 0) to the upper one: its mean
    angle in radians, what it rises against the border for each mm along the skin, (n,), and how far
    it has come sideways, as a share of the layer's thickness times the sine of the mean angle, (n,).

    bend_deg: change of the angle on the way. sway_deg: how much steeper it is in its middle than on
    the mean, and flatter at both ends. sheet: angle of the border against the skin, radians,
    positive where it rises in the fascicles' direction.
    """
    mean = np.copysign(max(abs(degrees), LEAST_DEG), degrees)
    bend = np.clip(bend_deg, -1.5 * abs(mean), 1.5 * abs(mean))  # never parallel to the border
    most = 0.9 * abs(mean) - 0.5 * abs(bend)
    sway = np.copysign(1.0, mean) * np.clip(sway_deg, -most, most)
    angle = np.radians(mean + bend * (SHARES - 0.5) - sway * np.cos(2.0 * np.pi * SHARES))
    rise = np.tan(sheet + angle) - np.tan(sheet)
    turn = np.radians(mean)
    step = np.sin(turn) / rise
    run = np.concatenate([[0.0], np.cumsum(0.5 * (step[1:] + step[:-1]) * np.diff(SHARES))])
    return turn, rise, run


def _mirrored(place, last):
    """Places on an endless strip, folded onto 0 to last."""
    return np.abs(np.mod(place, 2.0 * last) - last)


def _window(x_mm, middle, wide):
    """dB: 0 around `middle` over `wide` mm, falling off outside."""
    return -5.0 * np.maximum(np.abs(x_mm - middle) - wide / 2.0, 0.0)


def _rough(rng, count, length):
    """(count,) smooth noise of SD near 1; `length` in samples."""
    length = max(length, 0.5)
    spare = int(4 * length) + 1
    noise = gaussian_filter1d(rng.standard_normal(count + 2 * spare), length)[spare : spare + count]
    return noise * np.sqrt(2.0 * np.sqrt(np.pi) * length)
