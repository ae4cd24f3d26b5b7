"""A heart through a sector probe at the apex: cines of 112 x 112 pixels with their exact labels.

`film` images one heart in one view. The chain is that of `simulate` (echo, attenuation, noise,
gain, detection, log compression, scan conversion) with two things that every apical window adds:
clutter near the skin that stands still, and haze from side lobes. The picture is made four times
finer and averaged down, as archives do. All of it is SYNTHETIC.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from course_utils.simulate import chest as apical_tissue
from course_utils.simulate import physics
from course_utils.simulate import ventricle as hearts

SIZE = 112  # pixels, as in EchoNet-Dynamic
FINE = 4


@dataclass(frozen=True)
class Machine:
    """The scanner's settings for one clip.

    stretch: pixel height against width is 1 / stretch. haze_db and clutter_db: against white;
    lost: (first, last) share of the sector without contact, and lost_db by how much. drift_mm:
    how far breathing moves the heart on the screen, and breath_s how long a breath takes.
    """

    frequency_mhz: float = 2.8
    depth_mm: float = 160.0
    width_deg: float = 75.0
    gain_db: float = 0.0
    dynamic_range_db: float = 58.0
    attenuation: float = 0.55
    tgc_share: float = 0.95
    noise_db: float = -52.0
    haze_db: float = -27.0
    clutter_db: float = -16.0
    stretch: float = 1.06
    lost: tuple = ()
    lost_db: float = 30.0
    drift_mm: float = 0.5
    breath_s: float = 4.0
    look: apical_tissue.Look = field(default_factory=apical_tissue.Look)

    @property
    def probe(self):
        """The phased array behind it: `simulate.Probe`."""
        return physics.Probe(
            self.frequency_mhz, 0.32, "sector", self.width_deg, self.depth_mm, 2.2, 19.0, 128
        )

    @property
    def rows(self):
        """Rows of the picture that the sector fills; the rest is black."""
        wide = 2.0 * self.depth_mm * np.sin(np.radians(self.width_deg / 2.0))
        return min(SIZE, round(SIZE * self.depth_mm / wide * self.stretch))

    @property
    def top(self):
        """First row of the picture that belongs to the sector."""
        return (SIZE - self.rows) // 2

    def grid(self):
        """Pixel centres: x (112,) mm right, z (112,) mm down from the skin, and spacing (row_mm,
        col_mm).
        """
        half = self.depth_mm * np.sin(np.radians(self.width_deg / 2.0))
        col_fine = 2.0 * half / (SIZE * FINE - 1)
        row_fine = self.depth_mm / (self.rows * FINE - 1)
        middle = (FINE - 1) / 2.0
        x_mm = -half + (FINE * np.arange(SIZE) + middle) * col_fine
        z_mm = (FINE * (np.arange(SIZE) - self.top) + middle) * row_fine
        return x_mm, z_mm, (FINE * row_fine, FINE * col_fine)

    def inside(self):
        """(112, 112) bool: the pixels that the sector covers."""
        x_mm, z_mm, _ = self.grid()
        depth, angle = self.probe.coordinates(*np.broadcast_arrays(x_mm[None, :], z_mm[:, None]))
        return (
            (z_mm[:, None] >= 0)
            & (depth <= self.depth_mm)
            & (np.abs(angle) <= self.width_deg / 2.0)
        )


@dataclass(frozen=True)
class Film:
    """A clip: frames uint8 (T, 112, 112), labels uint8 (T, 112, 112) as in `ventricle.cut`, spacing
    (row_mm, col_mm).
    """

    frames: np.ndarray
    labels: np.ndarray
    spacing: tuple


def film(heart, view, machine, times, seed):
    """Image a heart at the given times (s): `Film`."""
    probe = machine.probe
    chest = apical_tissue.Chest(heart, view, probe, seed, machine.look)
    still = physics.echo(clutter(machine, probe, seed), probe)
    loss = contact(machine, probe, seed)
    frames, labels = [], []
    x_mm, z_mm, spacing = machine.grid()
    seen = machine.inside()
    for number, time in enumerate(times):
        away = drift(machine, time, seed)
        points = chest.at(time).moved(lambda x, z, d=away: (np.full_like(x, d[0]), d[1]))
        signal = (physics.echo(points, probe) + still) * loss
        grey = develop(signal, machine, [seed, 80, number])
        frames.append(picture(grey, machine))
        truth = hearts.cut(heart, view, time, x_mm - away[0], z_mm - away[1])
        labels.append(np.where(seen, truth, 0).astype(np.uint8))
    return Film(np.stack(frames), np.stack(labels), spacing)


def develop(signal, machine, seed):
    """Echo (rows, lines) complex -> finished grey 0..1 in probe geometry."""
    probe = machine.probe
    slope = 2.0 * machine.attenuation * probe.frequency_mhz * machine.tgc_share
    floor = machine.noise_db - slope * probe.depth_mm / 10.0
    signal = physics.attenuate(signal, probe, machine.attenuation)
    signal = physics.tgc(physics.add_noise(signal, floor, seed), probe, slope)
    power = physics.detect(signal) ** 2
    strength = 10.0 ** (machine.haze_db / 10.0)
    lobes = gaussian_filter1d(gaussian_filter1d(power, 7.0, axis=0), 15.0, axis=1)
    envelope = np.sqrt(power + strength * lobes)
    grey = physics.log_compress(envelope, machine.dynamic_range_db, machine.gain_db)
    return gaussian_filter(grey, (0.8, 0.6))


def contact(machine, probe, seed):
    """(1, lines) factor at most 1: ribs and lung at the edges, and the share that was lost."""
    rng = np.random.default_rng([seed, 81])
    across = np.linspace(0.0, 1.0, probe.lines)[None, :]
    loss = -1.2 * np.abs(gaussian_filter1d(rng.standard_normal(probe.lines), 3.0))[None, :] * 3.0
    for edge in (across, 1.0 - across):
        loss = loss - rng.uniform(2.0, 10.0) * np.exp(-((edge / rng.uniform(0.05, 0.14)) ** 2))
    if machine.lost:
        first, last = machine.lost
        inside = 1.0 / (1.0 + np.exp(-(across - first) / 0.035))
        inside = inside / (1.0 + np.exp((across - last) / 0.035))
        loss = loss - machine.lost_db * inside
    return 10.0 ** (loss / 20.0)


def clutter(machine, probe, seed):
    """Reverberation of the chest wall: scatterers that stand still, fading with depth."""
    rng = np.random.default_rng([seed, 82])
    bands = gaussian_filter1d(rng.standard_normal(400), 4.0)
    bands = 2.5 * bands / bands.std()

    def level(x_mm, z_mm):
        """dB of the clutter at a place."""
        depth = np.hypot(x_mm, z_mm)
        ripple = np.interp(depth, np.arange(400) * 0.5, bands)
        return machine.clutter_db + ripple - 0.55 * depth - 10.0 * np.exp(-depth / 3.0)

    return physics.speckle(probe, [seed, 83], 5.0, level)


def drift(machine, time, seed):
    """Where breathing has moved the heart on the screen at a time in s: (mm right, mm down)."""
    start = np.random.default_rng([seed, 84]).uniform(0.0, 6.28)
    swing = np.sin(2.0 * np.pi * time / machine.breath_s + start)
    return machine.drift_mm * 0.5 * swing, machine.drift_mm * swing


def picture(grey, machine, fine=FINE):
    """Grey in probe geometry -> the screen, uint8 (112, 112); made `fine` times finer first."""
    drawn, _ = physics.scan_convert(grey, machine.probe, (machine.rows * fine, SIZE * fine))
    blocks = drawn.reshape(machine.rows, fine, SIZE, fine).mean(axis=(1, 3))
    screen = np.zeros((SIZE, SIZE))
    screen[machine.top : machine.top + machine.rows] = blocks
    return np.round(255.0 * screen).astype(np.uint8)
