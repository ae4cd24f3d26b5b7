"""A randomised heart through an apical window of any machine: what a network learns from that shall
work on machines it has never met.

`study` draws a `thorax.Thorax`, a machine and a hand (`ranges`, organ "heart") and images both views
at end-diastole and end-systole; `film` images one view over a beat; `levels` stops before any grey,
so that one cut can be made grey in many ways (`varied.grey`). Nothing here was fitted to a real
scan. Every picture is SYNTHETIC.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from course_utils.core import accept
from course_utils.core.errors import DataError
from course_utils.simulate import physics, ranges, varied, ventricle
from course_utils.simulate.legs import Texture
from course_utils.simulate.thorax import CELL_MM, Thorax

ANGLES = {"A4C": 0.0, "A2C": 90.0}
COARSE = 2  # anatomy is asked at every second sample: finer than any pulse
LINES = 160
KINDS = ("drop-out", "foreshortened", "off-axis", "cut-off")
POSES = ("turn_deg", "tilt_deg", "offset_mm", "lean_deg", "apex_x", "apex_z")


@dataclass(frozen=True)
class Pictures:
    """One view: frames uint8 (T, H, W), labels uint8 (T, H, W) as in `ventricle.cut`, spacing
    (row_mm, col_mm) and the name of the view.
    """

    frames: np.ndarray
    labels: np.ndarray
    spacing: tuple
    view: str


@dataclass(frozen=True)
class Study:
    """Both views of one heart at end-diastole and end-systole, its exact EF in per cent, and the
    values that were drawn.
    """

    four: Pictures
    two: Pictures
    ef: float
    values: dict = field(repr=False)


class Window:
    """One chest under one machine in one view: cuts at any time.

    values: as `ranges.draw` gives them. name: "A4C" or "A2C". Raises DataError for another view.
    """

    def __init__(self, values, seed, name="A4C", chest=None):
        if name not in ANGLES:
            raise DataError(f"An apical view is {' or '.join(ANGLES)}, not {name!r}.")
        self.values, self.name = values, name
        self.seed = [*np.atleast_1d(seed), int(ANGLES[name])]
        self.chest = chest or Thorax(values, seed)
        self.probe, self.view = self._framed()
        depths, laterals = physics.places(self.probe)
        self.shape = len(depths), len(laterals)
        coarse = np.linspace(depths[0], depths[-1], len(depths) // COARSE)
        depth, angle = np.broadcast_arrays(coarse[:, None], laterals[None, :])
        self.x_mm, self.z_mm = self.probe.position(depth, angle)
        self.machine = self._still(depths, laterals)
        self.even = self._even(depths)

    def _framed(self):
        """Probe and plane; moved until the sector holds the whole cavity."""
        v, heart = self.values, self.chest.heart
        depth = heart.length_mm / v["share"]
        probe = physics.Probe(
            v["frequency_mhz"], v["bandwidth"], "sector", v["width_deg"], depth, 2.0,
            v["aperture_mm"], LINES,
        )  # fmt: skip
        x_mm = np.linspace(-0.8 * depth, 0.8 * depth, 90)
        z_mm = np.linspace(0.0, 1.05 * depth, 90)
        far, angle = probe.coordinates(*np.broadcast_arrays(x_mm[None, :], z_mm[:, None]))
        beyond = (far > 0.985 * depth) | (np.abs(angle) > 0.5 * v["width_deg"] - 1.0)
        for attempt in range(9):
            ease = 1.0 - attempt / 8.0
            view = ventricle.View(
                self.name, ANGLES[self.name] + v["turn_deg"], v["tilt_deg"], v["offset_mm"],
                ease * v["lean_deg"], (ease * v["apex_x"] * depth, (v["apex_z"] + 0.01 * attempt) * depth),
                heart.length_mm,
            )  # fmt: skip
            seen = self.chest.labels(view, 0.0, x_mm[None, :], z_mm[:, None]) == ventricle.CAVITY
            if (seen & beyond).sum() <= v.get("lost_share", 0.02) * seen.sum():
                break
        return probe, view

    def _still(self, depths, laterals):
        """What stands still on the screen: (amplitude of clutter, loss in dB), and noise later."""
        v, rng = self.values, np.random.default_rng([*self.seed, 70])
        bands = np.cos(2.0 * np.pi * depths / v["echo_mm"] + rng.uniform(0, 6.28))
        near = v["near_db"] + 3.0 * bands - 8.7 * np.maximum(depths, 0.0) / v["near_mm"]
        patches = Texture([*self.seed, 71], 26.0, 22.0)
        depth, angle = np.broadcast_arrays(depths[:, None], laterals[None, :])
        x_mm, z_mm = self.probe.position(depth, angle)
        cloud = v["clutter_db"] + 6.0 * patches(x_mm, z_mm)
        power = 10.0 ** (near[:, None] / 10.0) + 10.0 ** (np.minimum(cloud, 0.0) / 10.0)
        return np.sqrt(power) * _grains(rng, self.shape)

    def _even(self, depths):
        """(rows, 1) by which scatterers are weakened because samples of one cell add up in phase:
        the echo of an average wall is 1 at every depth.
        """
        probe, steps = self.probe, np.arange(-40, 41)
        step = depths[1] - depths[0]
        pitch = np.radians(probe.width / (probe.lines - 1)) * np.maximum(depths, step)
        beam = np.interp(depths, probe.depths, probe.lateral_fwhm_mm(probe.depths))
        # anatomy is asked at every second row, so a row shares its scatterers with the one beside it
        rows = np.array([steps - steps % 2, steps + steps % 2])[:, None, :]
        power = 1.0
        for apart, width, lags in (
            (np.full_like(depths, step), np.full_like(depths, probe.axial_fwhm_mm), rows),
            (pitch, beam, steps[None, None, :]),
        ):
            alike = np.maximum(1.0 - np.abs(lags * apart[:, None]) / CELL_MM, 0.0).mean(axis=0)
            near = np.exp(-0.25 * (steps * (apart / width * physics.FULL_WIDTH)[:, None]) ** 2)
            power = power * (near * alike).sum(axis=1)
        return (1.0 / np.sqrt(power)).astype(np.float32)[:, None]

    def loss(self):
        """(rows, lines) dB at most 0: contact, ribs and lung, a side that is lost."""
        v, rng = self.values, np.random.default_rng([*self.seed, 72])
        probe, half = self.probe, 0.5 * self.values["width_deg"]
        angle, depth = probe.laterals[None, :], probe.depths[:, None]
        uneven = gaussian_filter1d(rng.standard_normal(probe.lines), 9.0)
        loss = -v["uneven_db"] * np.abs(uneven / uneven.std())[None, :] + np.zeros(probe.shape)
        for _ in range(v["shadows"]):
            middle, wide = rng.uniform(-1.0, 1.0) * half, rng.uniform(2.0, 10.0)
            loss = loss - v["shadow_db"] * np.exp(-0.5 * ((angle - middle) / wide) ** 2)
        if v["half_lost"]:
            side = 1.0 if rng.random() < 0.75 else -1.0
            edge = rng.uniform(0.05, 0.7) * half
            fade = 1.0 / (1.0 + np.exp((edge - side * angle) / rng.uniform(2.0, 7.0)))
            loss = loss - v["half_lost_db"] * fade
        if v.get("lost"):
            first, last = (2.0 * np.array(v["lost"]) - 1.0) * half
            gone = (
                1.0 / (1.0 + np.exp((first - angle) / 2.5)) / (1.0 + np.exp((angle - last) / 2.5))
            )
            loss = loss - v["lost_db"] * gone
        return loss + 0.0 * depth

    def levels(self, time, number=0):
        """Echo levels before any grey at a time in s: (rows, lines) dB."""
        v, probe = self.values, self.probe
        level, grains = self.chest.levels(self.view, time, self.x_mm, self.z_mm)
        size = self.shape[::-1]
        level = cv2.resize(level.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        rows = np.arange(self.shape[0]) * len(grains) // self.shape[0]
        field = 10.0 ** (level / 20.0) * grains[rows] * self.even + self.machine
        signal = physics.received(field.astype(np.complex64), probe, v["lobe_db"])
        power = np.abs(signal * 10.0 ** (self.loss() / 20.0)) ** 2
        small = cv2.resize(power.astype(np.float32), (40, 60), interpolation=cv2.INTER_AREA)
        haze = cv2.GaussianBlur(small, (0, 0), 5.0, borderType=cv2.BORDER_REPLICATE)
        haze = cv2.resize(haze, power.shape[::-1], interpolation=cv2.INTER_LINEAR)
        grain = np.abs(_grains(np.random.default_rng([*self.seed, 73, number]), power.shape)) ** 2
        slope = 2.0 * v["attenuation"] * probe.frequency_mhz / 10.0
        floor = 10.0 ** ((v["noise_db"] - slope * (probe.depth_mm - probe.depths)) / 10.0)
        power = power + 10.0 ** (v["haze_db"] / 10.0) * haze * (0.4 + 0.6 * grain)
        return 10.0 * np.log10(power + floor[:, None] * grain + 1e-9)

    def picture(self, time, number=0, seed=None):
        """The finished picture and its labels at a time in s: uint8 (H, W) both, and spacing."""
        v, rng = self.values, np.random.default_rng(self.seed + [74] if seed is None else seed)
        shade = varied.grey(self.levels(time, number), v, np.random.default_rng([*self.seed, 75]))
        half = self.probe.depth_mm * np.sin(np.radians(v["width_deg"] / 2.0))
        height = int(v["rows"])
        width = max(64, round(height * v["aspect"] * 2.0 * half / self.probe.depth_mm))
        if v["rows"] == 112:
            width = height
        side = v["margin"] * self.probe.depth_mm
        z_mm = np.linspace(-side, self.probe.depth_mm + side, height)
        x_mm = np.linspace(-half - side, half + side, width)
        image = self.converted(shade, x_mm, z_mm)
        labels = self.chest.labels(self.view, time, x_mm[None, :], z_mm[:, None])
        labels = np.where(self.inside(x_mm, z_mm), labels, 0).astype(np.uint8)
        image = np.round(255.0 * image).astype(np.uint8)
        if v["marks"]:
            varied.mark(image, rng)
        if v["jpeg"] < 100:
            code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, v["jpeg"]])[1]
            image = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
        return image, labels, (z_mm[1] - z_mm[0], x_mm[1] - x_mm[0])

    def inside(self, x_mm, z_mm):
        """(H, W) bool: the pixels that the sector covers."""
        x, z = np.broadcast_arrays(x_mm[None, :], z_mm[:, None])
        depth, angle = self.probe.coordinates(x, z)
        return (z >= 0) & (depth <= self.probe.depth_mm) & (np.abs(angle) <= self.probe.width / 2.0)

    def converted(self, shade, x_mm, z_mm):
        """Grey in probe geometry -> (H, W) at pixel centres, black beside the sector."""
        x, z = np.broadcast_arrays(x_mm[None, :], z_mm[:, None])
        depth, angle = self.probe.coordinates(x, z)
        rows = depth / self.probe.depth_mm * (len(shade) - 1)
        lines = (angle / self.probe.width + 0.5) * (shade.shape[1] - 1)
        # fine pulses are averaged over a pixel, as a machine's memory does
        blur = 0.4 * len(shade) / len(z_mm)
        soft = cv2.GaussianBlur(shade.astype(np.float32), (0, 0), sigmaX=0.3, sigmaY=max(blur, 0.3))
        seen = cv2.remap(soft, lines.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)
        return np.where(self.inside(x_mm, z_mm), seen, 0.0)


def study(seed, family=None, kind=""):
    """Both views of one randomised heart: `Study`. The same seed gives the same pictures.

    seed: a whole number from 0. family: of machines (`ranges.families("heart")`), or None. kind: ""
    or one of `KINDS`, a study spoiled as a hurried exam would. About 1.5 CPU-seconds. Raises
    DataError for another seed, family or kind.
    """
    chest, both = windows(seed, family, kind)
    made = []
    for window in both:
        shots = [
            window.picture(time, number) for number, time in enumerate((0.0, chest.end_systole))
        ]
        frames, labels, spacings = zip(*shots, strict=True)
        made.append(Pictures(np.stack(frames), np.stack(labels), spacings[0], window.name))
    return Study(*made, chest.heart.ef, chest.values)


def windows(seed, family=None, kind=""):
    """The chest of `study` and its two windows, not yet imaged: (Thorax, [Window, Window])."""
    seed = accept.seed(seed)
    if kind and kind not in KINDS:
        raise DataError(f"A study is spoiled by {', '.join(KINDS)}, not by {kind!r}.")
    values = ranges.draw(seed, family, "heart")
    chest = Thorax(values, seed)
    hands = {name: _spoiled(_hand(values, seed, family, name), seed, kind, name) for name in ANGLES}
    return chest, [Window(own, seed, name, chest) for name, own in hands.items()]


def film(seed, name="A4C", count=45, family=None):
    """One view over one beat: `Pictures` of count frames. About 0.2 CPU-seconds a frame."""
    values = ranges.draw(accept.seed(seed), family, "heart")
    window = Window(values, seed, name)
    times = np.linspace(0.0, window.chest.heart.rhythm[0][0], count, endpoint=False)
    shots = [window.picture(time, number) for number, time in enumerate(times)]
    frames, labels, spacings = zip(*shots, strict=True)
    return Pictures(np.stack(frames), np.stack(labels), spacings[0], name)


def _hand(values, seed, family, name):
    """The values with the second view's own hand: another pose, another contact, one machine."""
    if name == "A4C":
        return values
    probe = ranges.table("heart")["probe"]
    other = ranges.draw([seed, 7], family, "heart")
    return values | {key: other[key] for key in probe if key in POSES or key != "half_lost"}


def _spoiled(values, seed, kind, name):
    rng = np.random.default_rng([seed, 76, 0 if kind == "drop-out" else int(ANGLES[name])])
    if kind == "drop-out":  # a third of the sector and more without contact, in both views
        first = rng.uniform(0.1, 0.5)
        return values | {
            "lost": (first, first + rng.uniform(0.36, 0.44)),
            "lost_db": rng.uniform(26, 36),
        }
    if kind == "foreshortened" and name == "A4C":
        return values | {
            "tilt_deg": rng.choice([-1, 1]) * rng.uniform(17.0, 24.0),
            "offset_mm": 0.0,
        }
    if kind == "off-axis":
        away, turn = (
            (rng.uniform(10.0, 14.0), 6.0) if name == "A4C" else (rng.uniform(6.0, 9.0), -6.0)
        )
        return values | {"offset_mm": away, "tilt_deg": turn}
    if kind == "cut-off" and name == ("A4C", "A2C")[seed % 2]:  # the apex lies beside the sector
        side = rng.choice([-1, 1]) * rng.uniform(0.12, 0.2)
        return values | {"apex_x": side, "lean_deg": 0.0, "lost_share": 1.0}
    return values


def _grains(rng, shape):
    parts = rng.standard_normal((2, *shape), np.float32) / np.sqrt(2.0)
    return parts[0] + 1j * parts[1]
