"""What the phantom's tissue sends back: backscatter of every layer, and sheets that mirror sound.

`scatterers` is the way in. Speckle comes from `Tissue`, a level in dB for every place; fasciae,
septa and the perimysium between fascicles come from lines of points and small mirrors. Levels and
textures were chosen by eye, beside real scans; nothing was fitted. All of it is SYNTHETIC.
"""

import functools
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from course_utils.simulate import physics
from course_utils.simulate.calf import REACH, SKIN, Calf, fascicle, run


def scatterers(patient, view, probe, density=12.0):
    """The tissue as (diffuse, smooth): speckle scatterers and reflecting sheets, two
    `Scatterers`.
    """
    calf = Calf(patient, view)
    seed = [patient.seed, 7, round(view.slide_mm * 100) + 100000, round(view.tilt_deg * 100) + 1000]
    diffuse = physics.speckle(probe, seed, density, Tissue(calf, probe))
    sheets = _sheets(calf, probe)
    return diffuse, sheets


class Texture:
    """Smooth noise on the plane, mean 0 and SD 1, stretched along one axis; the same at every
    call.
    """

    def __init__(self, seed, along_mm, across_mm, size_mm=160.0):
        self.step = across_mm / 3.0, along_mm / 3.0
        shape = [min(int(size_mm / step) + 8, 2400) for step in self.step]
        noise = np.random.default_rng(seed).standard_normal(shape)
        noise = gaussian_filter(noise, 1.3, mode="wrap")
        self.noise = noise / noise.std()

    def __call__(self, across_mm, along_mm):
        """Noise values at places (across, along) in mm."""
        places = np.asarray(across_mm) / self.step[0], np.asarray(along_mm) / self.step[1]
        return map_coordinates(self.noise, places, order=1, mode="grid-wrap")


@dataclass
class Tissue:
    """Backscatter in dB as a function of (x_mm, z_mm) for one calf: what `simulate.speckle` asks
    for.
    """

    calf: Calf
    probe: physics.Probe
    textures: dict = field(default_factory=dict)

    def __post_init__(self):
        seed = self.calf.patient.seed
        for number, (name, along, across) in enumerate(
            (
                ("fibre", 7.0, 0.55),
                ("bundle", 14.0, 1.8),
                ("cloud", 9.0, 4.0),
                ("fat", 12.0, 0.7),
                ("soleus", 6.0, 0.8),
                ("patch", 7.0, 2.2),
                ("sheet", 5.0, 0.3),
                ("deep", 16.0, 1.0),
            )
        ):
            self.textures[name] = Texture([seed, 20 + number], along, across)

    def __call__(self, x_mm, z_mm):
        if self.calf.view.scene != "muscle":
            return SCENE_LEVELS[self.calf.view.scene](self, x_mm, z_mm)
        return self.muscle(x_mm, z_mm)

    def muscle(self, x_mm, z_mm):
        """Skin, fat, the muscle, the soleus and what lies below it."""
        x_mm, z_mm = np.broadcast_arrays(x_mm, z_mm)
        calf = self.calf
        at, top = calf.leg(x_mm), calf.superficial(x_mm)
        bottom = calf.deep(x_mm, top)
        floor = calf.floor(x_mm, bottom)
        # Each layer is asked for its own places only: a texture is slow to read.
        layer = (z_mm > top).astype(np.int8)
        layer[z_mm > bottom] = 2
        layer[z_mm > floor] = 3
        level = np.empty(np.shape(z_mm))
        for number, (told, edge) in enumerate(
            (
                (self._upper, top),
                (self._belly, bottom),
                (self._soleus, bottom),
                (self._under, floor),
            )
        ):
            here = layer == number
            level[here] = told(z_mm[here], at[here], edge[here])
        for number, middle in ((0, top), (1, bottom)):
            self._add_fascia(level, number, z_mm - middle, x_mm, at)
        return level

    def _belly(self, z_mm, at, bottom):
        calf, patient, wave = self.calf, self.calf.patient, self.textures
        height = bottom - z_mm
        insertion = at - calf.lean(height)
        across = insertion * np.sin(np.radians(patient.pennation_deg))
        return (
            patient.muscle_db
            + 3.5 * wave["fibre"](across, height / 0.35)
            + 2.5 * wave["bundle"](across, height / 0.35)
            + 1.5 * wave["cloud"](z_mm, at)
        )

    def _soleus(self, z_mm, at, bottom):
        patient, wave = self.calf.patient, self.textures
        below = z_mm - bottom
        tilted = below - 0.22 * at
        soleus = (
            patient.muscle_db
            + 4.0
            - 0.15 * below
            + 2.5 * wave["soleus"](tilted, at)
            + 4.0 * wave["patch"](tilted, at)
            + 2.5 * wave["cloud"](z_mm, at)
        )
        return soleus + 6.0 * np.exp(-below / 2.5)

    def _under(self, z_mm, at, floor):
        patient, wave = self.calf.patient, self.textures
        return (
            patient.muscle_db
            + 1.0
            + 4.0 * wave["deep"](z_mm - floor, at)
            + 3.0 * wave["patch"](z_mm, at)
            + 4.0 * np.exp(-np.maximum(z_mm - floor, 0) / 2.0)
        )

    def _add_fascia(self, level, number, beside, x_mm, at):
        """Raise `level` to that of an aponeurosis, `beside` mm from its middle, where it is more."""
        calf, patient, wave = self.calf, self.calf.patient, self.textures
        highest = 3.5 * wave["sheet"].noise.max() + 2.5 * wave["fat"].noise.max()
        room = patient.fascia_db - 13.0 + highest - level.min()
        # Further off than this even the brightest spot of the fascia is below every level.
        reach = 0.95 * np.cbrt(max(room, 0.0) / 7.0) + 0.001
        near = np.flatnonzero(np.abs(beside) < reach)
        beside, x_mm, at = beside[near], x_mm[near], at[near]
        off = np.abs(beside) / calf.sheet(number, x_mm)
        fascia = (
            patient.fascia_db
            - 13.0
            + 3.5 * wave["sheet"](beside, at)
            + 2.5 * wave["fat"](number * 40.0 + 0.3 * beside, at)
            - 7.0 * off**3
        )
        level[near] = np.maximum(level[near], fascia)

    def upper(self, x_mm, z_mm):
        """Skin and fat, down to wherever the caller puts something else."""
        return self._upper(z_mm, self.calf.leg(x_mm), self.calf.superficial(x_mm))

    def _upper(self, z_mm, at, top):
        patient, wave = self.calf.patient, self.textures
        share = (z_mm - SKIN) / np.maximum(top - SKIN, 0.5)
        fat = (
            patient.fat_db
            + 4.0 * wave["fat"](share * patient.fat_mm, at)
            + 1.5 * wave["cloud"](z_mm, at)
        )
        skin = np.maximum(patient.fat_db + 14.0, -40.0) - 4.0 * z_mm + 3.0 * wave["sheet"](z_mm, at)
        return np.where(z_mm < SKIN, skin, fat)

    def tendon(self, x_mm, z_mm):
        """Achilles tendon just below the skin: parallel fibrils, a fat pad, then muscle far
        below.
        """
        patient, wave, at = self.calf.patient, self.textures, self.calf.leg(x_mm)
        top = SKIN + 0.35 * patient.fat_mm + 0.03 * at
        bottom = top + 4.5 + 0.02 * at
        pad = patient.fat_db + 3.0 + 4.0 * wave["patch"](z_mm, at) - 0.25 * (z_mm - bottom)
        fibrils = (
            -33.0
            + 4.0 * wave["sheet"]((z_mm - top) * 0.8, at)
            + 2.0 * wave["fibre"](z_mm - top, at)
        )
        level = np.where(z_mm > top, fibrils, self.upper(x_mm, z_mm))
        return np.where(z_mm > bottom, pad, level)

    def bone(self, x_mm, z_mm):
        """Tibia under thin fat: a bright surface and nothing behind it but reverberation."""
        surface = _bone_surface(self.calf, x_mm)
        gone = (
            -52.0 - 0.5 * (z_mm - surface) + 5.0 * self.textures["patch"](z_mm, self.calf.leg(x_mm))
        )
        return np.where(z_mm > surface + 0.6, gone, self.upper(x_mm, z_mm))

    def air(self, x_mm, z_mm):
        """No gel: the pulse never leaves the probe; only its own ringing is seen."""
        return np.where(z_mm < 1.0, -30.0, -72.0) - 1.2 * z_mm


SCENE_LEVELS = {"tendon": Tissue.tendon, "bone": Tissue.bone, "air": Tissue.air}


def _bone_surface(calf, x_mm):
    at = calf.leg(x_mm)
    return SKIN + calf.patient.fat_mm + 1.0 + 0.002 * at**2 + 0.05 * at + 0.2 * calf.wave(5, at)


def _sheets(calf, probe):
    """All reflecting lines of a scene: skin, septa, aponeuroses, fascicles, fasciae below."""
    half = probe.width / 2.0 + 3.0
    x_mm = np.arange(-half, half, 0.06)
    rng = np.random.default_rng([calf.patient.seed, 4])
    lines = [
        _line(calf, probe, rng, x_mm, np.full_like(x_mm, z), level, rough=0.3, fade=2.0)
        for z, level in ((0.15, -9.0), (0.75, -26.0), (SKIN - 0.1, -22.0))
    ]
    scene = calf.view.scene
    if scene == "air":
        lines += [
            _line(calf, probe, rng, x_mm, np.full_like(x_mm, 1.6 * k), -14.0 - 6.0 * k, 0.6, 4.0)
            for k in range(1, 6)
        ]
        return _joined(lines)
    if scene == "bone":
        surface = _bone_surface(calf, x_mm)
        lines += [
            _line(calf, probe, rng, x_mm, surface * k, level, 0.6, 3.0)
            for k, level in ((1.0, -4.0), (2.0, -34.0), (3.0, -44.0))
        ]
        lines.append(_line(calf, probe, rng, x_mm, surface + 0.35, -10.0, 0.8, 4.0))
        return _joined(lines)
    lines += _septa(calf, probe, rng, x_mm)
    if scene == "tendon":
        top = SKIN + 0.35 * calf.patient.fat_mm + 0.03 * calf.leg(x_mm)
        for share in np.linspace(0.0, 1.0, 10):
            edge = -10.0 if share in (0.0, 1.0) else -21.0
            lines.append(_line(calf, probe, rng, x_mm, top + 4.5 * share, edge, 0.8, 5.0))
        return _joined(lines)
    lines += _aponeuroses(calf, probe, rng, x_mm)
    lines += _fascicles(calf, probe, rng, half)
    lines += _soleus(calf, probe, rng, half)
    return _joined(lines)


def _septa(calf, probe, rng, x_mm):
    """Thin bright lines in the fat, nearly flat; more of them in thicker fat."""
    at, patient, lines = calf.leg(x_mm), calf.patient, []
    room = calf.superficial(x_mm) - SKIN
    for _ in range(int(rng.integers(1, 3) + patient.fat_mm / 2.5)):
        share, sway, length = rng.uniform(0.1, 0.9), rng.normal(0, 0.09), rng.uniform(15, 45)
        place = share + 0.6 * sway * np.sin(2 * np.pi * at / length + rng.uniform(0, 6))
        window = _window(at, rng.uniform(-REACH, REACH), rng.uniform(8, 30))
        level = patient.fascia_db - rng.uniform(4, 16) + window
        lines.append(
            _line(calf, probe, rng, x_mm, SKIN + room * np.clip(place, 0.03, 0.97), level, 0.5, 3.0)
        )
    return lines


def _aponeuroses(calf, probe, rng, x_mm):
    """Each aponeurosis: two or three sheets within its thickness, brighter where square to the
    beam.
    """
    patient, lines = calf.patient, []
    for number, middle in ((0, calf.superficial(x_mm)), (1, calf.deep(x_mm))):
        tilt = np.degrees(np.arctan(np.gradient(middle, x_mm)))
        for offset, drop in ((-0.65, 2.0), (-0.1, 0.0), (0.4, 3.0), (0.95, 6.0)):
            level = (
                patient.fascia_db
                - drop
                - 0.06 * np.minimum(np.abs(tilt), 12.0) ** 2
                + rng.normal(0, 1.0)
            )
            ripple = 0.09 * _rough(rng, len(x_mm), 6.0 / 0.06)
            z_mm = middle + offset * calf.sheet(number, x_mm) + ripple
            level = level + 3.0 * _rough(rng, len(x_mm), 7.0 / 0.06)
            lines.append(_line(calf, probe, rng, x_mm, z_mm, level, 0.75, 2.5))
    floor = calf.floor(x_mm)
    deeper = rng.uniform(4, 9)
    for offset, drop in (
        (0.0, 11.0),
        (0.5, 13.0),
        (1.1, 15.0),
        (deeper, 17.0),
        (deeper + 0.7, 19.0),
    ):
        window = _window(calf.leg(x_mm), rng.uniform(-30, 30), rng.uniform(15, 45))
        z_mm = floor + offset + 0.3 * _rough(rng, len(x_mm), 7.0 / 0.06)
        lines.append(
            _line(calf, probe, rng, x_mm, z_mm, patient.fascia_db - drop + window, 0.93, 5.0)
        )
    return lines


def _fascicles(calf, probe, rng, half):
    """Perimysium between fascicles: thin, interrupted, a few long ones much brighter than the
    rest.
    """
    lines, patient = [], calf.patient
    patch = Texture([patient.seed, 40], 9.0, 4.0)
    start = -REACH - 80.0
    while start < REACH + 80.0:
        start += 0.8 + rng.gamma(2.0, 0.9)
        bright = (
            patient.streak_db - 10.0 + rng.normal(0, 4.0) + (10.0 if rng.random() < 0.2 else 0.0)
        )
        state = rng.integers(2**32)
        screen = (start - calf.view.slide_mm) * (-1.0 if calf.view.flip else 1.0)
        stray = rng.normal(0.0, 0.22)
        _, x_mm = run(calf, screen, stray)
        if x_mm.max() < -half or x_mm.min() > half:
            continue  # no part of it can be in view: the rest need not be calculated
        x_mm, z_mm = fascicle(calf, screen, stray)
        if len(x_mm) < 20 or x_mm.max() < -half or x_mm.min() > half:
            continue
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x_mm), np.diff(z_mm)))])
        fine = np.arange(0.0, along[-1], 0.06)
        x_mm, z_mm = np.interp(fine, along, x_mm), np.interp(fine, along, z_mm)
        own = np.random.default_rng(state)
        length = own.uniform(0.8, 4.5)
        gaps = 8.0 * _rough(own, len(fine), length / 0.06) - own.uniform(
            0.0, 2.0 * patient.broken_db
        )
        gaps = np.where(gaps < 0.0, gaps * 2.0, np.minimum(gaps, 5.0))
        z_mm = z_mm + 0.16 * _rough(own, len(fine), 2.5 / 0.06)
        level = bright + gaps + 3.5 * patch(z_mm - calf.superficial(x_mm), calf.leg(x_mm))
        lines.append(_line(calf, probe, own, x_mm, z_mm, level, 0.95, 2.0))
    return lines


def _soleus(calf, probe, rng, half):
    """A few short streaks in the soleus, the other way up, and blurred central tendon parts."""
    lines, patient = [], calf.patient
    for _ in range(110):
        at, share = rng.uniform(-REACH, REACH), rng.uniform(0.03, 1.6)
        length, rise = rng.gamma(2.0, 2.0) + 1.0, rng.normal(0.10, 0.09)
        bright = patient.streak_db - 11.0 - 4.0 * share + rng.normal(0, 4.0)
        screen = (at - calf.view.slide_mm) * (-1.0 if calf.view.flip else 1.0)
        if abs(screen) > half + length:
            continue
        off = np.arange(-length / 2, length / 2, 0.06)
        x_mm = screen + off
        z_mm = (
            calf.deep(x_mm)
            + share * patient.soleus_mm
            + rise * off * (-1.0 if calf.view.flip else 1.0)
        )
        z_mm = z_mm + 0.15 * _rough(rng, len(off), 2.0 / 0.06)
        level = bright - 14.0 * (2.0 * off / length) ** 4
        lines.append(_line(calf, probe, rng, x_mm, z_mm, level, 0.9, 0.0))
    return lines


def _line(calf, probe, rng, x_mm, z_mm, level, rough, fade):
    """A sheet of tissue seen edge-on, as strong as `level` dB: rough 0 a mirror, 1 a row of
    points.

    The mirror part echoes in phase; the points each give a short streak of their own. `fade` dB:
    how much the brightness wanders along the sheet.
    """
    own = np.random.default_rng(rng.integers(2**32))
    level = level + fade * _rough(own, len(x_mm), 3.0 / 0.06)
    phase = 1.5 * _rough(own, len(x_mm), 1.5 / 0.06)
    mirror = physics.reflector(probe, x_mm, z_mm, level + 20.0 * np.log10(1.02 - rough), phase)
    chosen = np.flatnonzero(own.random(len(x_mm)) < 0.2)
    if len(chosen) == 0:
        return mirror
    spread = own.normal(0.0, 0.06, len(chosen))
    bright = level[chosen] + 20.0 * np.log10(rough + 0.02) + own.normal(-5.0, 4.0, len(chosen))
    return mirror + physics.points(probe, x_mm[chosen], z_mm[chosen] + spread, bright)


def _rough(rng, count, length):
    """(count,) smooth noise of SD near 1; `length` in samples."""
    spare = int(4 * length)
    kernel = _gaussian(length)
    radius = len(kernel) // 2
    noise = rng.standard_normal(count + 2 * spare)
    noise = np.pad(noise, radius - spare, mode="symmetric") if radius > spare else noise
    noise = np.convolve(noise, kernel, mode="valid")
    return noise * np.sqrt(2.0 * np.sqrt(np.pi) * length)


@functools.lru_cache(16)
def _gaussian(length):
    """The weights of `scipy.ndimage.gaussian_filter1d`, of sigma `length` samples; sum 1."""
    radius = int(4.0 * length + 0.5)
    weights = np.exp(-0.5 / length**2 * np.arange(-radius, radius + 1) ** 2)
    return weights / weights.sum()


def _window(at, middle, width):
    """dB: 0 around `middle` over `width` mm, falling off steeply outside."""
    return -6.0 * np.maximum(np.abs(at - middle) - width / 2.0, 0.0)


def _joined(lines):
    total = lines[0]
    return (
        physics.Scatterers(
            *(
                np.concatenate([getattr(line, name) for line in lines])
                for name in ("x_mm", "z_mm", "amplitude")
            )
        )
        if len(lines) > 1
        else total
    )
