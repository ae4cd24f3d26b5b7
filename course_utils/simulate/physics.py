"""How a B-mode image comes about: a chain of small steps, each checkable against a formula.

scatterers -> `echo` -> `attenuate` -> `add_noise` -> `tgc` -> `detect` -> `log_compress`
-> `scan_convert`

Everything before `scan_convert` lives in probe geometry: one row per depth, one column per scan
line. The model is convolutional. Each scatterer adds one copy of a Gaussian pulse, with the phase
of its own travel time; where many overlap, they add up to speckle. There is no refraction, no
multiple scattering and no motion within a frame. Scatterers are points that move: displace them
and the speckle follows.

Sources: Wagner et al., IEEE Trans Sonics Ultrason 1983;30:156, doi:10.1109/T-SU.1983.31404
(speckle statistics); Burckhardt, IEEE Trans Sonics Ultrason 1978;25:1 (speckle); Meunier and
Bertrand, IEEE Trans Med Imaging 1995;14:293 (moving scatterers).
"""

import functools
import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.fft import fft, fftfreq, ifft
from scipy.ndimage import gaussian_filter1d, map_coordinates

from course_utils.core import accept
from course_utils.core.errors import DataError

SPEED = 1.54  # millimetres per microsecond: the 1540 m/s that every scanner assumes
LOBE = 6.0  # how much wider than the main beam the side lobes are
FULL_WIDTH = math.sqrt(8.0 * math.log(2.0))  # width at half maximum of a Gaussian of sigma 1


@dataclass(frozen=True)
class Probe:
    """What the hand holds and the buttons set; everything that shapes the point-spread function.

    frequency_mhz: centre frequency. bandwidth: pulse-echo -6 dB bandwidth as a fraction of it.
    geometry: "linear" (width in mm) or "sector" (width in degrees, apex at the skin). depth_mm:
    displayed depth. f_number: receive F-number that the machine holds as long as it can.
    aperture_mm: widest aperture; deeper than f_number * aperture_mm the beam widens. lines: scan
    lines. focus_mm: depth of the one transmit focus, beside which the beam widens; None for a beam
    that is in focus everywhere.
    """

    frequency_mhz: float = 9.0
    bandwidth: float = 0.6
    geometry: str = "linear"
    width: float = 45.0
    depth_mm: float = 45.0
    f_number: float = 3.0
    aperture_mm: float = 12.0
    lines: int = 256
    focus_mm: float | None = None

    def __post_init__(self):
        if self.geometry not in ("linear", "sector"):
            raise DataError(f"Probe geometry is 'linear' or 'sector', not {self.geometry!r}.")
        for name in ("frequency_mhz", "bandwidth", "width", "depth_mm", "f_number", "aperture_mm"):
            if not 0 < getattr(self, name) < math.inf:
                raise DataError(
                    f"Probe {name} must be a positive number, not {getattr(self, name)}."
                )
        if self.focus_mm is not None and not 0 < self.focus_mm < math.inf:
            raise DataError(f"Probe focus_mm must be a positive depth, not {self.focus_mm}.")
        if self.lines < 8:
            raise DataError(f"A probe needs at least 8 scan lines, not {self.lines}.")
        if self.geometry == "sector" and self.width > 150:
            raise DataError(f"A sector is at most 150 degrees wide, not {self.width}.")

    @property
    def wavelength_mm(self):
        """Wavelength in mm: speed of sound over frequency."""
        return SPEED / self.frequency_mhz

    @property
    def axial_fwhm_mm(self):
        """Pulse length in mm: full width at half maximum of the echo's amplitude, 0.441
        wavelength / bandwidth.
        """
        return 2.0 * math.log(2.0) / math.pi * self.wavelength_mm / self.bandwidth

    def lateral_fwhm_mm(self, depth_mm):
        """Beam width in mm at a depth in mm (number or array): amplitude full width at half
        maximum.

        wavelength * sqrt(f_number^2 + (depth / aperture)^2): constant near, growing with depth
        once the aperture is used up. The beam is a product of two of equal width at the transmit
        focus: the received one stays as it is, the sent one grows to both sides of the focus as
        sqrt(1 + (distance / focal range)^2), so far from it the beam is sqrt(2) wider.
        """
        depth = np.asarray(depth_mm)
        width = self.wavelength_mm * np.hypot(self.f_number, depth / self.aperture_mm)
        if self.focus_mm is None:
            return width
        spread = 1.0 + ((depth - self.focus_mm) / self.focal_range_mm) ** 2
        return width * np.sqrt(2.0 / (1.0 + 1.0 / spread))

    @property
    def focal_range_mm(self):
        """From the transmit focus to where the sent beam is sqrt(2) wider, in mm: the Rayleigh
        range pi w^2 / wavelength of a Gaussian beam whose waist w is its amplitude FWHM at the
        focus, sqrt(2) * f_number * wavelength, over 2 sqrt(ln 2).
        """
        waist = self.wavelength_mm * self.f_number / math.sqrt(2.0 * math.log(2.0))
        return math.pi * waist**2 / self.wavelength_mm

    @property
    def depths(self):
        """(rows,) depths of the samples in mm, from the skin down, four or more to a pulse
        length.
        """
        rows = math.ceil(self.depth_mm / (self.axial_fwhm_mm / 4.0)) + 1
        return np.linspace(0.0, self.depth_mm, rows)

    @property
    def laterals(self):
        """(lines,) places of the scan lines, centre 0: mm (linear) or degrees (sector)."""
        return np.linspace(-self.width / 2.0, self.width / 2.0, self.lines)

    @property
    def shape(self):
        """(rows, lines) of an image in probe geometry."""
        return len(self.depths), self.lines

    def position(self, depth, lateral):
        """Probe coordinates (mm deep, mm or degrees across) -> (x right, z down) in mm."""
        if self.geometry == "linear":
            return np.asarray(lateral), np.asarray(depth)
        angle = np.radians(lateral)
        return depth * np.sin(angle), depth * np.cos(angle)

    def coordinates(self, x_mm, z_mm):
        """The way back: (x right, z down) in mm -> (mm deep, mm or degrees across)."""
        if self.geometry == "linear":
            return np.asarray(z_mm), np.asarray(x_mm)
        return np.hypot(x_mm, z_mm), np.degrees(np.arctan2(x_mm, z_mm))


@dataclass(frozen=True)
class Scatterers:
    """Points that send sound back: (n,) x right and z down in mm, (n,) amplitude (or complex)."""

    x_mm: np.ndarray
    z_mm: np.ndarray
    amplitude: np.ndarray

    def moved(self, field):
        """The same scatterers elsewhere: field(x_mm, z_mm) -> (dx_mm, dz_mm). Nothing is drawn
        anew.
        """
        dx, dz = field(self.x_mm, self.z_mm)
        return replace(self, x_mm=self.x_mm + dx, z_mm=self.z_mm + dz)

    def __add__(self, other):
        return Scatterers(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in ("x_mm", "z_mm", "amplitude")
            )
        )


def speckle(probe, seed, density=16.0, level_db=0.0):
    """Random scatterers that fill the field of view and a little more.

    density: scatterers per resolution cell; 10 or more give fully developed speckle, 1 or 2 do not.
    level_db: backscatter in dB, one number or a function (x_mm, z_mm) -> dB. At 0 dB the mean
    intensity of the echo is 1 at every depth. Returns `Scatterers`.
    """
    if not density > 0:
        raise DataError(
            f"density is scatterers per resolution cell and must be above 0, not {density}."
        )
    rng = np.random.default_rng(seed)
    step, pitch, pad_rows, pad_lines = _sampling(probe)
    cells = np.sum(step / probe.axial_fwhm_mm / (_lateral_sigma(probe) * FULL_WIDTH)) * probe.lines
    per_sample = density * cells / np.prod(probe.shape)
    rows, lines = probe.shape[0] + 2 * pad_rows, probe.lines + 2 * pad_lines
    count = max(1, round(per_sample * rows * lines))
    depth = (rng.random(count) * rows - pad_rows) * step
    lateral = (rng.random(count) * lines - pad_lines) * pitch + probe.laterals[0]
    x_mm, z_mm = probe.position(depth, lateral)
    level = level_db(x_mm, z_mm) if callable(level_db) else np.full(count, float(level_db))
    return Scatterers(x_mm, z_mm, 10.0 ** (level / 20.0) / math.sqrt(per_sample))


def reflector(probe, x_mm, z_mm, level_db, phase=0.0):
    """A smooth sheet seen edge-on (fascia, a wall): echoes along a curve that add in phase.

    x_mm, z_mm: (n,) densely spaced points along the curve (0.1 mm or closer). level_db: number or
    (n,); a flat sheet at 0 dB peaks at an envelope of 1. phase: (n,) radians; let it wander for a
    rough sheet. A tilted sheet is weaker by itself: fewer of its points share one pulse. Returns
    `Scatterers`.
    """
    x_mm, z_mm = np.asarray(x_mm, float), np.asarray(z_mm, float)
    if x_mm.shape != z_mm.shape or x_mm.ndim != 1 or len(x_mm) < 2:
        raise DataError(
            "reflector needs x_mm and z_mm as two lists of equal length, two points or more."
        )
    step, pitch, _, _ = _sampling(probe)
    depth = probe.coordinates(x_mm, z_mm)[0]
    between = pitch if probe.geometry == "linear" else np.radians(pitch) * np.maximum(depth, step)
    across = np.hypot(np.gradient(x_mm), np.gradient(z_mm)) / between
    wide = np.interp(depth, probe.depths, _lateral_sigma(probe))
    axial = probe.axial_fwhm_mm / FULL_WIDTH / step
    peak = (math.sqrt(math.pi) * axial) ** -0.5 * np.sqrt(2.0 * math.sqrt(math.pi) * wide)
    strength = 10.0 ** (np.asarray(level_db) / 20.0) * across / peak
    cancel = 4.0 * math.pi * depth / probe.wavelength_mm
    return Scatterers(x_mm, z_mm, strength * np.exp(1j * (cancel + phase)))


def points(probe, x_mm, z_mm, level_db):
    """Single bright points; each one, alone, peaks at an envelope of level_db (0 dB is 1).

    x_mm, z_mm, level_db: (n,) or numbers. The echo of one point is the point-spread function.
    Returns `Scatterers`.
    """
    x_mm, z_mm = np.atleast_1d(np.asarray(x_mm, float)), np.atleast_1d(np.asarray(z_mm, float))
    step = probe.depths[1]
    wide = np.interp(probe.coordinates(x_mm, z_mm)[0], probe.depths, _lateral_sigma(probe))
    peak = (math.pi * wide * probe.axial_fwhm_mm / FULL_WIDTH / step) ** -0.5
    return Scatterers(x_mm, z_mm, 10.0 ** (np.broadcast_to(level_db, x_mm.shape) / 20.0) / peak)


def echo(scatterers, probe, steer_deg=0.0):
    """The received echo in probe geometry: (rows, lines) complex, before detection.

    Its magnitude is the envelope and its phase the phase of the carrier (baseband signal, so four
    samples per pulse are enough). steer_deg looks from a slightly other angle: same tissue, other
    speckle.
    """
    step, pitch, pad_rows, pad_lines = _sampling(probe)
    depth, lateral = probe.coordinates(scatterers.x_mm, scatterers.z_mm)
    tilt = math.radians(steer_deg)
    path = depth * math.cos(tilt) + scatterers.x_mm * math.sin(tilt)
    turn = np.exp(-4j * math.pi * path / probe.wavelength_mm) * scatterers.amplitude
    shape = probe.shape[0] + 2 * pad_rows, probe.lines + 2 * pad_lines
    grid = _splat(
        depth / step + pad_rows, (lateral - probe.laterals[0]) / pitch + pad_lines, turn, shape
    )
    return _beamed(grid, probe, 1.0 / 6.0)


def places(probe):
    """Where a `received` field lies: depths (rows,) in mm and laterals (lines,), with the margin
    around the view that its beam needs.
    """
    step, pitch, pad_rows, pad_lines = _sampling(probe)
    rows, lines = probe.shape
    depths = (np.arange(rows + 2 * pad_rows) - pad_rows) * step
    return depths, (np.arange(lines + 2 * pad_lines) - pad_lines) * pitch + probe.laterals[0]


def received(field, probe, lobe_db=None):
    """The echo of tissue that is given sample by sample: (rows, lines) complex, before detection.

    field: complex, one value for each of `places`, carrier phase left out. Independent complex
    normal values of mean power 1 give fully developed speckle of mean intensity 1, as `speckle` at
    0 dB does, in a fraction of the time; `sheet_sample` is the value of a flat sheet. lobe_db: side
    lobes, dB of their peak against that of the main beam; they are `LOBE` times as wide.
    """
    field = np.asarray(field)
    depths, laterals = places(probe)
    if field.shape != (len(depths), len(laterals)):
        raise DataError(
            f"This probe needs a field of {len(depths)} x {len(laterals)} values (`places`), but an "
            f"array of shape {field.shape} was given."
        )
    return _beamed(field, probe, lobe=0.0 if lobe_db is None else LOBE * 10.0 ** (lobe_db / 20.0))


def sheet_sample(probe):
    """The value of one sample in each line of a `received` field that makes a flat sheet across the
    beam peak at an envelope of 1, by depth: (rows,) for the depths of `places`.
    """
    step, _, pad_rows, _ = _sampling(probe)
    axial = probe.axial_fwhm_mm / FULL_WIDTH / step
    wide = np.pad(_lateral_sigma(probe), pad_rows, mode="edge")
    return 1.0 / (
        2.0 * math.sqrt(math.pi) * np.sqrt(axial * wide) / (math.sqrt(2 * math.pi) * axial)
    )


def _beamed(grid, probe, spread=0.0, lobe=0.0):
    """A padded field through pulse and beam; `spread`: variance in samples that it has already,
    `lobe`: weight of the side lobes.
    """
    step, _, pad_rows, pad_lines = _sampling(probe)
    shape = grid.shape
    sigma = math.sqrt((probe.axial_fwhm_mm / FULL_WIDTH / step) ** 2 - spread)
    grid = gaussian_filter1d(grid, sigma, axis=0, mode="constant", radius=math.ceil(4 * sigma))
    wide = np.pad(_lateral_sigma(probe), pad_rows, mode="edge")[:, None]
    kept = np.sqrt(np.maximum(wide**2 - spread, 0.05))
    beam = np.exp(-2.0 * (math.pi * kept * fftfreq(shape[1])[None, :]) ** 2)
    if lobe:
        beam = beam + lobe * beam ** (LOBE**2)
    if grid.dtype == np.complex64:
        beam = beam.astype(np.float32)
    grid = ifft(fft(grid, axis=1, overwrite_x=True) * beam, axis=1, overwrite_x=True)
    # gaussian kernels sum to 1; speckle of mean intensity 1 needs kernels whose squares sum to 1
    scale = 2.0 * math.sqrt(math.pi) * np.sqrt(probe.axial_fwhm_mm / FULL_WIDTH / step * wide)
    inside = slice(pad_rows, pad_rows + probe.shape[0]), slice(pad_lines, pad_lines + probe.lines)
    return (grid * scale)[inside]


def reverberate(signal, probe, spacing_mm, level_db, times=3):
    """The echo with what bounced between the skin and a strong sheet `spacing_mm` deep: a copy of
    everything `spacing_mm` deeper and level_db weaker, one of that copy again, and so on.

    Returns an array like `signal`. Raises DataError for a spacing that is not above 0.
    """
    signal = _in_probe(signal, probe)
    spacing = accept.number(spacing_mm, "spacing_mm", 1e-3)
    total = signal.astype(complex)
    for number in range(1, times + 1):
        rows = round(number * spacing / probe.depths[1])
        if rows < len(signal):
            total[rows:] += 10.0 ** (number * level_db / 20.0) * signal[: len(signal) - rows]
    return total


def detect(signal):
    """Envelope detection: the magnitude of the echo, (rows, lines) and never negative."""
    return np.abs(signal)


def envelope(scatterers, probe):
    """Scatterers to envelope in one call, `detect(echo(...))`: float (rows, lines)."""
    return detect(echo(scatterers, probe))


def attenuate(signal, probe, coefficient=0.5):
    """Weaken the echo with depth: 2 * coefficient * frequency * depth, in dB (there and back).

    coefficient in dB/cm/MHz: a number (soft tissue 0.5 to 0.8) or a (rows, lines) map, which then
    casts shadows and leaves enhancement by itself. Returns an array like `signal`.
    """
    signal = _in_probe(signal, probe)
    coefficient = np.asarray(coefficient, float)
    width = signal.shape[1] if coefficient.ndim else 1  # one number: every line loses the same
    coefficient = np.broadcast_to(coefficient, (len(signal), width))
    if np.any(coefficient < 0):
        raise DataError(
            "An attenuation coefficient below 0 would amplify; give 0 or more dB/cm/MHz."
        )
    step_cm = _sampling(probe)[0] / 10.0
    passed = np.cumsum(coefficient, axis=0) - (coefficient + coefficient[:1]) / 2.0
    return signal * 10.0 ** (-2.0 * probe.frequency_mhz * step_cm * passed / 20.0)


def tgc(signal, probe, sliders_db):
    """Time-gain compensation: one dB value per slider, skin to bottom, joined by straight lines.

    One single number is a slope instead, in dB per cm. Returns an array like `signal`.
    """
    signal = _in_probe(signal, probe)
    sliders = np.atleast_1d(np.asarray(sliders_db, float))
    if len(sliders) == 1:
        gain = sliders[0] * probe.depths / 10.0
    else:
        gain = np.interp(probe.depths, np.linspace(0.0, probe.depth_mm, len(sliders)), sliders)
    return signal * 10.0 ** (gain[:, None] / 20.0)


def add_noise(signal, level_db, seed):
    """Electronic noise of the receiver, mean power level_db (0 dB: as strong as speckle at 0 dB).

    Add it before `tgc`, as in the machine: the gain that rescues deep echoes lifts the noise as
    well.
    """
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, *np.shape(signal))) * 10.0 ** (level_db / 20.0) / math.sqrt(2.0)
    return signal + noise[0] + 1j * noise[1]


def log_compress(envelope, dynamic_range_db=60.0, gain_db=0.0, reference=1.0):
    """Envelope to grey: 1 + (20 log10(envelope / reference) + gain) / dynamic range, float 0..1.

    envelope: amplitudes of any shape. reference: the amplitude that is white at no gain; None takes
    the largest. What lies more than dynamic_range_db below it is black, as is no echo at all.
    """
    accept.number(dynamic_range_db, "dynamic_range_db", 1e-6)
    amplitude = np.abs(envelope)
    top = amplitude.max() if reference is None else accept.number(reference, "reference", 1e-300)
    if top == 0:
        return np.zeros(np.shape(amplitude))
    level = 20.0 * np.log10(np.maximum(amplitude / top, 1e-12)) + gain_db
    return np.clip(1.0 + level / dynamic_range_db, 0.0, 1.0)


def scan_convert(image, probe, shape=None, fill=0.0):
    """Probe geometry -> the picture on the screen, by linear interpolation.

    shape: (H, W) of the picture; by default square pixels, as many rows as the picture needs for
    the sample density of the probe, at most 512. Pixels outside the field of view are `fill`.
    Returns picture (H, W) and spacing (row_mm, col_mm). Pixel centres of the outermost rows and
    columns lie on the edge of the field of view.
    """
    image = _in_probe(image, probe)
    left, right, bottom = _extent(probe)
    if shape is None:
        height = min(512, probe.shape[0])
        shape = height, max(2, round((right - left) / bottom * (height - 1)) + 1)
    z_mm = np.linspace(0.0, bottom, shape[0])[:, None]
    x_mm = np.linspace(left, right, shape[1])[None, :]
    depth, lateral = probe.coordinates(*np.broadcast_arrays(x_mm, z_mm))
    rows = depth / _sampling(probe)[0]
    lines = (lateral - probe.laterals[0]) / _sampling(probe)[1]
    edge = 1e-6  # rounding must not turn the last row or line black
    outside = (
        (rows > image.shape[0] - 1 + edge) | (lines < -edge) | (lines > image.shape[1] - 1 + edge)
    )
    picture = map_coordinates(image, [rows, lines], order=1, mode="nearest")
    picture[outside] = fill
    return picture, (bottom / (shape[0] - 1), (right - left) / (shape[1] - 1))


@functools.lru_cache
def _sampling(probe):
    """Sample step (mm), line pitch (mm or degrees), and the rows and lines of margin around the
    view.
    """
    step = probe.depths[1]
    pitch = probe.width / (probe.lines - 1)
    pad_rows = math.ceil(1.5 * probe.axial_fwhm_mm / step)
    return step, pitch, pad_rows, math.ceil(3.0 * _lateral_sigma(probe).max()) + 1


@functools.lru_cache
def _lateral_sigma(probe):
    """(rows,) beam width as the sigma of a Gaussian, in scan lines."""
    depths = probe.depths
    fwhm = probe.lateral_fwhm_mm(depths)
    if probe.geometry == "sector":
        # near the apex lines lie closer than any beam is wide: there it covers a tenth of them
        fwhm = np.degrees(fwhm / np.maximum(depths, depths[1]))
        fwhm = np.minimum(fwhm, probe.width / 10.0)
    sigma = np.maximum(fwhm * (probe.lines - 1) / probe.width / FULL_WIDTH, 0.5)
    sigma.flags.writeable = False  # every caller gets the same array
    return sigma


def _splat(rows, lines, values, shape):
    """Add each value to the four samples around its place, shared by distance. Complex (shape)."""
    top, left = np.floor(rows).astype(np.int64), np.floor(lines).astype(np.int64)
    inside = (top >= 0) & (left >= 0) & (top < shape[0] - 1) & (left < shape[1] - 1)
    top, left, values = top[inside], left[inside], values[inside]
    down, right = rows[inside] - top, lines[inside] - left
    total, size = np.zeros(shape[0] * shape[1], complex), shape[0] * shape[1]
    for row, share in ((0, 1.0 - down), (1, down)):
        for line, part in ((0, 1.0 - right), (1, right)):
            index, weight = (top + row) * shape[1] + left + line, share * part
            total.real += np.bincount(index, weight * values.real, size)
            total.imag += np.bincount(index, weight * values.imag, size)
    return total.reshape(shape)


def _extent(probe):
    """Left, right and bottom of the field of view in mm; the top is the skin, 0."""
    if probe.geometry == "linear":
        return -probe.width / 2.0, probe.width / 2.0, probe.depth_mm
    half = probe.depth_mm * math.sin(math.radians(min(probe.width / 2.0, 90.0)))
    return -half, half, probe.depth_mm


def _in_probe(signal, probe):
    """The signal as an array, or a sentence that says which shape this probe makes."""
    signal = np.asarray(signal)
    if signal.shape != probe.shape:
        raise DataError(
            f"This probe makes images of {probe.shape[0]} rows by {probe.shape[1]} lines, "
            f"but an array of shape {signal.shape} was given."
        )
    return signal
