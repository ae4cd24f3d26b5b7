"""A shoulder in long axis over the supraspinatus: what a probe sees of a normal and of an ill tendon.

Layers lie round the humeral head, a circle: cartilage, tendon, bursa, its fat line, deltoid; then
fat and skin, flat. A tendinopathy is thicker, darker at one place near the insertion, has lost part
of its fibrils, and the bone below is rougher: each by an amount of its own, which may be almost
nothing. Anisotropy, a dark patch that moves with the tilt of the probe, comes in both. Nothing here
was fitted to a patient; everything is SYNTHETIC.

The fibrils of a tendon and their loss: Martinoli et al, Radiology 1993;186:839,
doi:10.1148/radiology.186.3.8430196. Anisotropy: Crass et al, Radiology 1988;167:499,
doi:10.1148/radiology.167.2.3282264.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.core import accept, errors
from course_utils.simulate import physics
from course_utils.simulate.calf_tissue import Texture

PROBE = physics.Probe(10.0, 0.6, "linear", 32.0, 30.0, 2.5, 14.0, 128)
SIZE = 256  # rows and columns of a picture
SPACING = PROBE.depth_mm / (SIZE - 1), PROBE.width / (SIZE - 1)
MACHINES = {"A": 60.0, "B": 52.0}  # dynamic range in dB
GAIN_DB = -2.0  # of every machine, before what its user adds
NOISE_DB = -64.0
EVERY = 4  # samples of a line, 0.03 mm each, that share one level of their tissue
LEAST_MM = 0.6  # a tendon thinner than this has ended
WINDOW_MM = 3.0  # width of the anisotropic patch
MOVES_MM = 0.9  # along the tendon, for one degree of tilt


@dataclass(frozen=True)
class Shoulder:
    """One patient's shoulder; every length in mm, every level in dB.

    thickness_mm: of the tendon before it narrows. drop_db, focus_mm, spread_mm: how much darker it
    is, where before its end, and over which half width. loss: share of fibrils gone, 0..1.
    cortex_mm: roughness of the bone. ill: 1 for tendinopathy.
    """

    seed: int
    ill: int
    thickness_mm: float
    drop_db: float
    focus_mm: float
    spread_mm: float
    loss: float
    cortex_mm: float
    radius_mm: float
    fat_mm: float
    deltoid_mm: float
    bursa_mm: float
    end_mm: float
    deltoid_db: float
    tendon_db: float


@dataclass(frozen=True)
class View:
    """How the probe was held for one picture: slide in mm, tilt in degrees, anisotropy in dB."""

    number: int = 0
    slide_mm: float = 0.0
    tilt_deg: float = 0.0
    anisotropy_db: float = 0.0


def draw(seed, ill):
    """A `Shoulder` by chance. The same seed gives the same person, ill or not: what the illness
    adds is drawn apart. Raises DataError for a seed below 0, or ill other than 0 and 1.
    """
    seed, ill = accept.seed(seed), accept.whole(ill, "ill", 0, 1)
    rng, sick = np.random.default_rng([seed, 61]), np.random.default_rng([seed, 62])
    thicker = sick.gamma(2.2, 0.35)
    drop = max(0.0, sick.normal(4.5, 2.0))
    focus, spread, loss = sick.uniform(3.0, 9.0), sick.uniform(1.8, 3.2), sick.uniform(0.0, 0.8)
    rougher = sick.gamma(1.5, 0.03)
    return Shoulder(
        seed,
        ill,
        float(np.clip(rng.normal(5.2, 0.6), 3.6, 7.0)) + ill * thicker,
        ill * drop,
        focus,
        spread,
        ill * loss,
        abs(rng.normal(0.0, 0.05)) + ill * rougher,
        rng.uniform(20.0, 26.0),
        rng.uniform(1.5, 4.5),
        rng.uniform(5.5, 9.5),
        rng.uniform(0.5, 1.0),
        rng.uniform(10.0, 12.5),
        rng.normal(-36.0, 1.0),
        rng.normal(-23.5, 1.2),
    )


def view(seed, number=0):
    """The `number`-th picture of this person: slide, tilt and anisotropy by chance."""
    rng = np.random.default_rng([accept.seed(seed), 63, accept.whole(number, "number", 0)])
    tilt = float(np.clip(rng.normal(0.0, 4.0), -8.0, 8.0))
    return View(number, rng.normal(0.0, 1.5), tilt, rng.uniform(0.0, 7.0))


def levels(shoulder, seen):
    """The picture before any grey: dB, float32 (256, 256); 0 is a flat bright sheet.

    `grey` makes a machine's picture of it. About 0.1 CPU-seconds.
    """
    depths, laterals = physics.places(PROBE)
    rng = np.random.default_rng([shoulder.seed, 64, seen.number, round(10 * seen.tilt_deg) + 1000])
    tissue = 10.0 ** (_tissue(shoulder, seen, *np.meshgrid(laterals, depths[::EVERY])) / 20.0)
    field = rng.standard_normal((2, len(depths), len(laterals)))
    field = (field[0] + 1j * field[1]) / np.sqrt(2.0)
    field *= np.repeat(tissue, EVERY, axis=0)[: len(depths)]
    sheet = physics.sheet_sample(PROBE)
    for line, level in _sheets(shoulder, seen, laterals):
        strength = np.interp(line, depths, sheet) * 10.0 ** (level / 20.0)
        _add(field, (line - depths[0]) / (depths[1] - depths[0]), strength, rng)
    signal = physics.add_noise(physics.received(field, PROBE), NOISE_DB, [shoulder.seed, 65])
    shown = 20.0 * np.log10(np.maximum(np.abs(signal), 1e-6))
    return physics.scan_convert(shown, PROBE, (SIZE, SIZE), -120.0)[0].astype(np.float32)


def grey(levels, machine="A", gain_db=0.0):
    """A machine's picture of echo levels: float32 of the same shape, 0..1.

    machine: a name of `MACHINES`. gain_db: what its user added. Raises DataError for another name.
    """
    if machine not in MACHINES:
        raise errors.DataError(f"There is no machine {machine!r}; there are {', '.join(MACHINES)}.")
    shown = 1.0 + (np.asarray(levels, np.float32) + GAIN_DB + gain_db) / MACHINES[machine]
    return np.clip(shown, 0.0, 1.0)


def mask(shoulder, seen):
    """The tendon in the picture: uint8 (256, 256), 1 inside. Exact."""
    z_mm, x_mm = np.meshgrid(*(np.arange(SIZE) * step for step in SPACING), indexing="ij")
    along, height = _round(shoulder, seen, x_mm - PROBE.width / 2.0, z_mm)
    floor, thick = _floor(shoulder, along), _thick(shoulder, along)
    inside = (height >= floor) & (height <= floor + thick) & (thick >= LEAST_MM)
    return inside.astype(np.uint8)


def patch_mm(shoulder, seen):
    """Where along the tendon the anisotropic patch lies, mm from the top of the head."""
    return 0.35 * shoulder.end_mm + MOVES_MM * seen.tilt_deg


def _round(shoulder, seen, x_mm, z_mm):
    """Places round the head: mm along its surface (0 at the top, + to the insertion), mm above."""
    middle_x, middle_z = -2.0 + seen.slide_mm, _top(shoulder) + shoulder.radius_mm
    angle = np.arctan2(x_mm - middle_x, middle_z - z_mm)
    height = np.hypot(x_mm - middle_x, middle_z - z_mm) - shoulder.radius_mm
    return shoulder.radius_mm * angle, height


def _top(shoulder):
    """Depth in mm of the highest point of the head."""
    over = shoulder.fat_mm + shoulder.deltoid_mm + shoulder.bursa_mm
    return 1.5 + over + shoulder.thickness_mm + _floor(shoulder, 0.0)


def _floor(shoulder, along):
    """Cartilage below the tendon in mm: it ends where the tendon begins to narrow."""
    return 0.8 / (1.0 + np.exp(np.clip((along - shoulder.end_mm + 8.0) / 0.7, -30.0, 30.0)))


def _thick(shoulder, along):
    """Thickness of the tendon in mm: as it is, then narrowing like a beak over 9 mm to its end."""
    share = np.clip((along - shoulder.end_mm + 9.0) / 9.0, 0.0, 1.0)
    return shoulder.thickness_mm * np.cos(0.5 * np.pi * share**1.3)


def _dark(shoulder, seen, along):
    """dB that the tendon loses at a place: by illness, and by anisotropy."""
    ill = np.exp(-0.5 * ((along - shoulder.end_mm + shoulder.focus_mm) / shoulder.spread_mm) ** 2)
    leant = np.exp(-0.5 * ((along - patch_mm(shoulder, seen)) / (WINDOW_MM / 2.355)) ** 2)
    return shoulder.drop_db * ill + seen.anisotropy_db * leant, ill


def _tissue(shoulder, seen, x_mm, z_mm):
    """Backscatter in dB at every place. Each layer is asked for its own places only."""
    along, height = _round(shoulder, seen, x_mm, z_mm)
    wave = {
        name: Texture([shoulder.seed, 70 + number], *size, 90.0)
        for number, (name, size) in enumerate(
            {"fibril": (6.0, 0.45), "muscle": (9.0, 0.8), "cloud": (5.0, 3.0)}.items()
        )
    }
    floor, thick = _floor(shoulder, along), _thick(shoulder, along)
    over = height - floor - thick  # mm above the tendon

    def tendon(along, height):
        """Fibrils, darker where it is ill or leans away."""
        dark, ill = _dark(shoulder, seen, along)
        fibrils = 5.0 * (1.0 - shoulder.loss * ill) * wave["fibril"](height + 40.0, along)
        return shoulder.tendon_db + fibrils + 1.5 * wave["cloud"](height, along) - dark

    def shadow(height, x_mm, z_mm):
        """What is left behind the bone."""
        return -46.0 - 2.2 * np.maximum(-height, 0.0) + 3.0 * wave["cloud"](z_mm, x_mm)

    def muscle(x_mm, z_mm):
        """The deltoid."""
        return shoulder.deltoid_db + 3.5 * wave["muscle"](z_mm - 0.12 * x_mm, x_mm)

    def fat(x_mm, z_mm):
        """Under the skin."""
        return -34.0 + 3.5 * wave["muscle"](z_mm + 40.0, x_mm)

    layers = (  # what is named first lies in front
        (height < _rough(shoulder, along), shadow, (height, x_mm, z_mm)),
        (height < floor, lambda: -54.0, ()),
        ((over < 0.0) & (thick >= LEAST_MM), tendon, (along, height)),
        (over < shoulder.bursa_mm, lambda: -50.0, ()),
        (over < shoulder.bursa_mm + 0.5, lambda: -19.0, ()),  # its fat line
        (z_mm < 1.5, lambda z: -26.0 - 3.0 * z, (z_mm,)),
        (z_mm < 1.5 + shoulder.fat_mm, fat, (x_mm, z_mm)),
        (np.ones(x_mm.shape, bool), muscle, (x_mm, z_mm)),
    )
    level, left = np.empty(x_mm.shape), np.ones(x_mm.shape, bool)
    for inside, of, places in layers:
        own = inside & left
        level[own] = of(*(place[own] for place in places))
        left &= ~own
    return level


def _rough(shoulder, along):
    """Height in mm of the bone above the circle: rough near the insertion."""
    waves = np.random.default_rng([shoulder.seed, 66]).uniform(0, 6.3, 3)
    ripple = sum(
        np.sin(2 * np.pi * along / long + at)
        for long, at in zip((3.4, 5.3, 2.6), waves, strict=True)
    )
    return shoulder.cortex_mm * ripple / (1.0 + np.exp(-(along - shoulder.end_mm + 6.0)))


def _sheets(shoulder, seen, x_mm):
    """What mirrors: (depth in mm, level in dB) by line, for skin, fasciae, bursal fat and bone."""
    flat = np.zeros_like(x_mm)
    top = 1.5 + shoulder.fat_mm + 0.25 * np.sin(x_mm / 5.0 + shoulder.seed)
    bone, tilt = _surface(shoulder, seen, x_mm, lambda along: _rough(shoulder, along))
    roof, leans = _surface(
        shoulder, seen, x_mm,
        lambda s: _floor(shoulder, s) + _thick(shoulder, s) + shoulder.bursa_mm + 0.2,
    )  # fmt: skip
    lost = np.minimum(0.012 * tilt**2, 9.0)
    sheets = [(flat + 0.2, flat - 8.0), (flat + 1.4, flat - 20.0), (top, flat - 14.0)]
    sheets += [(roof, -9.0 - np.minimum(0.012 * leans**2, 9.0)), (bone, 2.0 - lost)]
    rng = np.random.default_rng([shoulder.seed, 67])
    for _ in range(5):  # septa of the deltoid
        middle, reach, share = rng.uniform(-14, 14), rng.uniform(4, 9), rng.uniform(0.15, 0.9)
        depth = top + share * (roof - top)
        sheets.append((depth, -22.0 - 0.5 * np.maximum(np.abs(x_mm - middle) - reach, 0) ** 2))
    return sheets


def _surface(shoulder, seen, x_mm, height):
    """Depth in mm by line of a surface `height(along)` above the head, and its slope in degrees."""
    middle_x, middle_z = -2.0 + seen.slide_mm, _top(shoulder) + shoulder.radius_mm
    angle = np.linspace(-1.3, 1.3, 1201)
    radius = shoulder.radius_mm + height(shoulder.radius_mm * angle)
    across, depth = middle_x + radius * np.sin(angle), middle_z - radius * np.cos(angle)
    order = np.argsort(across)
    line = np.interp(x_mm, across[order], depth[order])
    return line, np.degrees(np.arctan(np.gradient(line, x_mm)))


def _add(field, place, strength, rng):
    """Add a sheet at row `place` of every line to the field, shared by two rows, in place."""
    row = np.floor(place).astype(int)
    lines = np.flatnonzero((row >= 0) & (row < len(field) - 1))
    rough = strength * np.exp(1j * np.cumsum(rng.normal(0.0, 0.12, len(place))))
    for step, share in ((0, 1.0 - (place - row)), (1, place - row)):
        field[row[lines] + step, lines] += (rough * share)[lines]
