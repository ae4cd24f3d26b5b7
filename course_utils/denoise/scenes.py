"""Scenes of known echogenicity, seen as often as one likes: same tissue, new speckle.

A `Scene` is a map of backscatter in dB: bands, round inclusions, and small discs to be found. Each
`look` draws the scatterers anew, as no patient allows; with the same `look` and another disc, the
points and so the speckle stay, and only the disc differs. Everything is SYNTHETIC.

The probe samples so that a pixel of the picture is one sample of the echo: the ideal observer
(`ideal`) can then be worked out for the very numbers that the picture shows.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from course_utils.core import accept, errors
from course_utils.simulate import physics

PROBE = physics.Probe(9.0, 0.6, "linear", 20.0, 19.96, 3.0, 12.0, 128)
EVERY = 5  # rows of the echo for one row of the picture
SIZE = 128
PIXEL_MM = EVERY * PROBE.depths[1], PROBE.width / (SIZE - 1)
RANGE_DB, GAIN_DB, NOISE_DB, NOISY_DB = 60.0, -24.0, -30.0, -10.0
BIAS_DB = -10.0 * np.euler_gamma / np.log(10.0)  # -2.507: mean of the log of speckle power
SPREAD_DB = 10.0 / np.log(10.0) * np.pi / np.sqrt(6.0)  # 5.570: its standard deviation
FLOOR = (SPREAD_DB / RANGE_DB) ** 2  # 0.0086: what no guess of another look can fall below
RADII, CONTRASTS = (0.4, 0.6, 1.0), (-6.0, -3.0)  # of the discs to be found, mm and dB


@dataclass(frozen=True)
class Disc:
    """A round spot: its middle (x right, z down), radius in mm, contrast in dB (below 0: dark)."""

    x_mm: float
    z_mm: float
    radius_mm: float
    contrast_db: float

    def inside(self, x_mm, z_mm, factor=1.0, more_mm=0.0):
        """True where a point lies within factor * radius + more_mm of the middle."""
        reach = factor * self.radius_mm + more_mm
        return (x_mm - self.x_mm) ** 2 + (z_mm - self.z_mm) ** 2 <= reach**2


@dataclass(frozen=True)
class Scene:
    """What a piece of tissue sends back. seed: names it, and its speckle.

    bands: (amplitude dB, waves per mm across, down, phase) each. spots: `Disc`s, large or small.
    """

    seed: int
    bands: tuple = ()
    spots: tuple = field(default=())

    def level(self, x_mm, z_mm):
        """Backscatter in dB at points (arrays of any one shape), 0 is the plain background."""
        level = np.zeros(np.broadcast(x_mm, z_mm).shape)
        for amplitude, across, down, phase in self.bands:
            level += amplitude * np.sin(2 * np.pi * (across * x_mm + down * z_mm) + phase)
        for spot in self.spots:
            level += spot.contrast_db * spot.inside(x_mm, z_mm)
        return level

    def echo(self, look=0, noise_db=NOISE_DB, steer_deg=0.0, noise=0):
        """The received echo at the pixels: complex (128, 128).

        look: another number draws other scatterers. noise: another number draws other electronic
        noise only. steer_deg: the same scatterers from another angle.
        """
        points = physics.speckle(PROBE, [self.seed, look], level_db=self.level)
        signal = physics.echo(points, PROBE, steer_deg)[::EVERY]
        return physics.add_noise(signal, noise_db, [self.seed, look, noise, 7])

    def echoes(self, *spots):
        """The echo of the first look with these spots in addition, and without: two as of `echo`.

        Echoes add up: what a spot changes is the echo of its own points, and they are few.
        """
        points = physics.speckle(PROBE, [self.seed, 0], level_db=self.level)
        more_db = Scene(self.seed, (), spots).level(points.x_mm, points.z_mm)
        inside = more_db != 0
        more = points.amplitude[inside] * (10 ** (more_db[inside] / 20) - 1)
        more = physics.Scatterers(points.x_mm[inside], points.z_mm[inside], more)
        absent = physics.echo(points, PROBE)
        signals = absent + physics.echo(more, PROBE), absent
        return [physics.add_noise(s[::EVERY], NOISE_DB, [self.seed, 0, 0, 7]) for s in signals]

    def image(self, look=0, **options):
        """The picture of a look: float32 (128, 128), 0..1; options as in `echo`."""
        return grey(self.echo(look, **options))

    def clean(self):
        """The picture without speckle, as sharp as the beam: float32 (128, 128), 0..1.

        It is the mean power of all looks, so a perfect average of power ends here; a perfect mean
        of log pictures ends `BIAS_DB` below.
        """
        return grey(np.sqrt(self.power()))

    def power(self, noise_db=NOISE_DB, fine=1, depth_mm=None, part=None):
        """The mean power of all looks at the pixels: (128, 128), exact for this probe; 0 dB is 1.

        noise_db: None leaves the electronic noise out. fine: values for each pixel step. depth_mm:
        where the width of the beam is taken, the middle of the picture unless told. part: two
        slices, for less than the whole.
        """
        spread, sides = spread_mm(depth_mm), part or (slice(0, SIZE), slice(0, SIZE))
        pad, dense = 4, 4  # pixels of margin; points of the map for each pixel
        z, x = (
            np.arange((side.start - pad) * dense, (side.stop - 1 + pad) * dense + 1) * pixel / dense
            for side, pixel in zip(sides, PIXEL_MM, strict=True)
        )
        power = 10 ** (self.level(x[None, :] - PROBE.width / 2, z[:, None]) / 10)
        for axis, sigma in enumerate(spread):
            sigma = sigma / np.sqrt(2) / PIXEL_MM[axis] * dense
            power = gaussian_filter1d(power, sigma, axis, mode="nearest")
        inside = slice(pad * dense, 1 - pad * dense, dense // fine)
        noise = 0.0 if noise_db is None else 10 ** (noise_db / 10)
        return power[inside, inside] + noise

    def with_spots(self, *spots):
        """The same tissue and speckle with these spots in addition."""
        return replace(self, spots=self.spots + spots)


def spread_mm(depth_mm=None):
    """(down, across) SD of the pulse's amplitude in mm at a depth, the middle unless told."""
    wide = PROBE.lateral_fwhm_mm(PROBE.depth_mm / 2 if depth_mm is None else depth_mm)
    return PROBE.axial_fwhm_mm / physics.FULL_WIDTH, float(wide) / physics.FULL_WIDTH


def likeness(steer_deg):
    """How alike the speckle of two looks is, 0 to 1, that differ by a steering angle in degrees.

    The correlation of power, exp(-k^2 s^2 / 2) with k = 4 pi sin(angle) / wavelength and s the
    spread of the beam, at the middle of the picture. Source: Trahey, Smith and von Ramm, IEEE Trans
    UFFC 1986;33:257 (spatial compounding), for a Gaussian beam.
    """
    phase = 4 * np.pi * np.sin(np.radians(steer_deg)) / PROBE.wavelength_mm
    return float(np.exp(-((phase * spread_mm()[1]) ** 2) / 2))


def grey(echo):
    """Echo or amplitude -> picture of 60 dB: float32, 0..1; 0 dB is 0.6."""
    return physics.log_compress(echo, RANGE_DB, GAIN_DB).astype(np.float32)


def grid():
    """(x, z) in mm of the pixels, two arrays (128, 128)."""
    x = np.arange(SIZE) * PIXEL_MM[1] - PROBE.width / 2
    z = np.arange(SIZE) * PIXEL_MM[0]
    return np.meshgrid(x, z)


def ordinary(seed, small=False, most=3):
    """A scene as a network sees in training: bands and 0 to 3 inclusions of 0.8 to 3 mm.

    small: with eight discs of 0.3 to 1 mm besides. Another seed is another scene; those of
    training, tuning and tests must differ.
    """
    draws = np.random.default_rng([accept.seed(seed), 1])
    spots = [
        Disc(*_place(draws), draws.uniform(0.8, 3.0), draws.uniform(-15.0, 8.0))
        for _ in range(draws.integers(0, most + 1))
    ]
    if small:
        spots += [
            Disc(*_place(draws), draws.uniform(0.3, 1.0), draws.uniform(-9.0, 6.0))
            for _ in range(8)
        ]
    return Scene(seed, _bands(draws), tuple(spots))


def quiet(seed):
    """Bands alone, with six places for discs: (Scene, [Disc, ...]).

    Every radius of `RADII` comes with every contrast of `CONTRASTS`, each at a place of its own
    that `seed` deals. The scene is without them; `with_spots(*discs)` puts them in.
    """
    draws = np.random.default_rng([accept.seed(seed), 2])
    places = [(x, z) for x in (-6.3, 0.0, 6.3) for z in (6.0, 14.0)]
    kinds = [(radius, contrast) for radius in RADII for contrast in CONTRASTS]
    discs = [
        Disc(x + draws.uniform(-0.6, 0.6), z + draws.uniform(-0.6, 0.6), *kind)
        for (x, z), kind in zip(draws.permutation(places), kinds, strict=True)
    ]
    return Scene(seed, _bands(draws)), discs


def pairs(seeds, small=False, what="look"):
    """Pictures in pairs, for training: two arrays (N, 128, 128, 1) float32.

    what: "look" for two looks; "noise" for one look with two draws of electronic noise, strong
    enough to be seen (`NOISY_DB`); "clean" for a look and its clean picture.
    """
    asked = {
        "look": lambda scene: scene.image(1),
        "noise": lambda scene: scene.image(0, noise_db=NOISY_DB, noise=1),
        "clean": lambda scene: scene.clean(),
    }
    if what not in asked:
        raise errors.DataError(f"what is one of {', '.join(asked)}, not {what!r}.")
    found = [ordinary(seed, small) for seed in seeds]
    noise_db = NOISY_DB if what == "noise" else NOISE_DB
    first = [scene.image(0, noise_db=noise_db) for scene in found]
    second = [asked[what](scene) for scene in found]
    return np.stack(first)[..., None], np.stack(second)[..., None]


def _place(draws):
    return draws.uniform(-9.0, 9.0), draws.uniform(1.0, 19.0)


def _bands(draws):
    return tuple(
        (draws.uniform(0.5, 2.5), draws.normal(0, 0.04), draws.uniform(0.05, 0.3), phase)
        for phase in draws.uniform(0, 2 * np.pi, 3)
    )
