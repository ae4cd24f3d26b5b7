"""Muscle stills of people and machines drawn at random: what a network learns from that shall work
on machines it has never met.

`still` draws a `legs.Leg` and a machine (`ranges`), sends sound through it with the same physics as
the sample data, and hands back picture, mask and millimetres. Nothing here was fitted to a real
scan; the ranges were looked at beside real ones. Every picture is SYNTHETIC.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from course_utils.core import accept
from course_utils.simulate import physics, ranges, scanner
from course_utils.simulate.legs import Leg

LINES = (150, 250)
MOST_ROWS = 680
BEND = 0.6, 4.0  # least and largest power of a grey map


@dataclass(frozen=True)
class Still:
    """One picture: image uint8 (H, W), mask uint8 (H, W) of 0 and 1, spacing (row_mm, col_mm), and
    the values that were drawn.
    """

    image: np.ndarray
    mask: np.ndarray
    spacing: tuple
    values: dict = field(repr=False)


def still(seed, family=None):
    """One randomised still: `Still`. The same seed gives the same picture.

    seed: a whole number from 0. family: of machines (`ranges.families`), or None for any machine.
    About 0.3 CPU-seconds. Raises DataError for another seed or family.
    """
    level, leg = levels(seed, family)
    return _exported(grey(level, leg.values, np.random.default_rng([seed, 94])), leg, seed)


def levels(seed, family=None):
    """The echo levels of a still before any grey, and the leg: ((rows, lines) dB, `Leg`).

    One of them can be made grey in many ways: `grey` takes a hundredth of the time.
    """
    seed = accept.seed(seed)
    values = ranges.draw(seed, family)
    leg = Leg(values, seed, _probe(values, seed))
    return _decibels(leg, seed), leg


def _probe(values, seed):
    """The probe that shows the muscle down to the share of the depth that was drawn."""
    cover = values["cover_mm"] if values["cover"] else 0.0
    ends = values["skin_mm"] + values["fat_mm"] + cover + values["thickness_mm"]
    depth = float(np.clip(ends / values["reach"], max(20.0, 1.04 * ends), 110.0))
    lines = int(np.random.default_rng([seed, 90]).integers(*LINES))
    # a deeper picture is taken with a lower frequency, and memory stays within bounds
    finest = MOST_ROWS / 4.0 * 0.44 * physics.SPEED / values["bandwidth"] / depth
    frequency = min(values["frequency_mhz"], finest)
    return physics.Probe(
        frequency, values["bandwidth"], "linear", values["width_mm"], depth, values["f_number"],
        values["aperture_mm"], lines, values["focus"] * depth,
    )  # fmt: skip


def _decibels(leg, seed):
    """The picture before any grey: echo levels in dB, (rows, lines)."""
    values, probe = leg.values, leg.probe
    lost = values["lost"] if values["lifted"] else 0.0
    contact = scanner.contact(probe, [seed, 91], lost) + _shadows(leg, seed)
    slope = 2.0 * values["attenuation"] * probe.frequency_mhz
    floor = values["noise_db"] - slope * probe.depth_mm / 10.0
    absorption, power = leg.absorption(), 0.0
    looks = values["looks"]
    for number in range(looks):
        angle = (number - (looks - 1) / 2.0) * values["steer_deg"]
        signal = physics.received(leg.echoes(angle), probe, values["lobe_db"])
        signal = physics.reverberate(signal, probe, float(leg.top.mean()), values["ring_db"])
        signal = signal * _passed(probe, absorption, contact, angle)
        signal = physics.add_noise(signal, floor, [seed, 92, number])
        power = power + physics.detect(physics.tgc(signal, probe, slope)) ** 2
    return 10.0 * np.log10(_drifted(power / looks, values, probe) + 1e-12)


def _passed(probe, absorption, contact, steer_deg):
    """How much of the sound comes back, (rows, lines), amplitude: each look goes along its own rays,
    so behind a bone or a hair the shadows of several looks fan out.

    absorption: (rows, lines) dB/cm/MHz at each place. contact: (rows, lines) dB along each ray.
    """
    slant = np.tan(np.radians(steer_deg)) / (probe.laterals[1] - probe.laterals[0])
    rows, lines = np.indices(probe.shape)
    aside = np.round(probe.depths * slant).astype(int)[:, None]
    most = probe.lines - 1
    met = absorption[rows, np.clip(lines + aside, 0, most)]
    ray = physics.attenuate(np.ones(probe.shape), probe, met) * 10.0 ** (contact / 20.0)
    return ray[rows, np.clip(lines - aside, 0, most)]


def _shadows(leg, seed):
    """(rows, lines) dB at most 0: sound lost at the ends of sheets, hair or gas, from some depth."""
    rng = np.random.default_rng([seed, 93])
    depth, x_mm = leg.probe.depths[:, None], leg.probe.laterals[None, :]
    loss = np.zeros(leg.probe.shape)
    for _ in range(leg.values["shadows"]):
        middle, wide = rng.uniform(-1.0, 1.0) * leg.half, rng.uniform(0.5, 4.0)
        start = rng.choice((0.0, leg.superficial(middle), leg.deep(middle)))
        beam = np.exp(-0.5 * ((x_mm - middle) / wide) ** 2)
        loss = loss - leg.values["shadow_db"] * beam / (1.0 + np.exp(-(depth - start) / 0.4))
    return loss


def _drifted(power, values, probe):
    """Persistence: the mean of frames of a hand that drifts sideways."""
    frames = values["frames"]
    if frames == 1:
        return power
    lines = scanner.DRIFT_MM / probe.width * probe.lines
    places = lines * (np.arange(frames) - (frames - 1) / 2.0)
    # rounded to whole lines, because interpolation would take a tenth of a second
    return np.mean([np.roll(power, round(place), axis=1) for place in places], axis=0)


def grey(level, values, rng):
    """dB to grey, float (rows, lines) 0..1: depth gain as somebody set it, gain, grey range, speckle
    filter, edge enhancement, grey map.

    level: (rows, lines) dB, the skin in row 0, on any grid. values: as `ranges.draw` gives them.
    rng: of NumPy, for the sliders.
    """
    along = np.linspace(0.0, 1.0, len(level))
    sliders = values["slider_db"] * rng.standard_normal(8)
    gain = values["slope_db"] * along + np.interp(along, np.linspace(0.0, 1.0, 8), sliders)
    level = level + gain[:, None]
    white = np.quantile(level[::3, ::2], 1.0 - values["white"])
    shade = 1.0 + (level - white) / values["dynamic_range_db"]
    shade = np.clip(shade, 0.0, 1.0).astype(np.float32)
    if values["despeckle"]:
        shade = cv2.medianBlur(shade, 5)
    if values["smooth"] > 0.3:
        shade = cv2.GaussianBlur(shade, (7, 1), values["smooth"])
    edges = shade - cv2.GaussianBlur(shade, (0, 0), sigmaX=0.1, sigmaY=len(level) / 200.0)
    shade = np.clip(shade + values["sharpen"] * edges, 0.0, 1.0)
    # the grey map bends so that the median comes where its maker likes it
    median = float(np.clip(np.median(shade[::3, ::2]), 0.02, 0.9))
    shade = shade ** np.clip(np.log(values["middle"]) / np.log(median), *BEND)
    return np.clip(shade + values["crooked"] * np.sin(2.0 * np.pi * shade), 0.0, 1.0)


def _exported(shade, leg, seed):
    """Scan conversion, marks, a rest of the screen's frame, compression: `Still`."""
    values, probe = leg.values, leg.probe
    rng = np.random.default_rng([seed, 95])
    height = round(values["rows"])
    aspect = 1.0 if values["square"] else rng.uniform(0.7, 1.6)
    width = int(np.clip(aspect * probe.width / probe.depth_mm * height, 120, 900))
    picture, spacing = physics.scan_convert(shade, probe, (height, width))
    x_mm = np.linspace(-probe.width / 2.0, probe.width / 2.0, width)
    mask = leg.mask(x_mm, np.linspace(0.0, probe.depth_mm, height))
    image = np.round(picture * 255.0).astype(np.uint8)
    if values["lifted"] and values["flip"]:
        image, mask = image[:, ::-1].copy(), mask[:, ::-1].copy()
    if values["marks"]:
        mark(image, rng)
    if values["framed"]:
        image, mask = _with_frame(image, mask, values["margin"], rng)
    if values["jpeg"] < 100:
        code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, values["jpeg"]])[1]
        image = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return Still(image, mask, spacing, values)


def mark(image, rng):
    """Draw what makers draw on a scan into image, uint8 (H, W): ticks, a sign, a dotted line,
    callipers, letters.
    """
    height, width = image.shape
    bright = int(rng.integers(140, 256))
    if rng.random() < 0.5:
        for y in np.arange(0, height, height / rng.integers(4, 12)):
            cv2.line(
                image, (width - 1 - int(rng.integers(3, 9)), int(y)), (width - 1, int(y)), bright
            )
    if rng.random() < 0.5:
        for x in np.arange(0, width, width / rng.integers(4, 12)):
            cv2.line(
                image, (int(x), height - 1 - int(rng.integers(3, 9))), (int(x), height - 1), bright
            )
    if rng.random() < 0.4:
        place, size = (
            (int(rng.uniform(0.05, 0.95) * width), int(rng.uniform(3, 14))),
            int(rng.integers(4, 10)),
        )
        cv2.drawMarker(image, place, bright, cv2.MARKER_DIAMOND, size, 2)
    if rng.random() < 0.3:
        x, lean = rng.uniform(0.01, 0.99) * width, rng.uniform(-0.06, 0.06) * width
        for share in np.linspace(0.0, 1.0, int(rng.integers(20, 80))):
            cv2.circle(image, (int(x + lean * share), int(share * height)), 1, bright, -1)
    if rng.random() < 0.25:
        for _ in range(2):
            place = int(rng.uniform(0.1, 0.9) * width), int(rng.uniform(0.1, 0.9) * height)
            cv2.drawMarker(image, place, bright, cv2.MARKER_CROSS, 9, 1)
    if rng.random() < 0.3:
        letters = "".join(
            rng.choice(list("ABCDEFGHKLMNPRST0123456789 ."), int(rng.integers(3, 14)))
        )
        place = int(rng.uniform(0.0, 0.7) * width), int(rng.choice((0.06, 0.97)) * height)
        cv2.putText(image, letters, place, cv2.FONT_HERSHEY_PLAIN, 0.8, bright)


def _with_frame(image, mask, margin, rng):
    """Picture and mask with a rest of the screen beside them, as a search for the scan leaves it."""
    sides = [int(round(rng.uniform(0, margin) * max(image.shape))) for _ in range(4)]
    grey = int(rng.choice((0, 0, 40, 60)))
    framed = cv2.copyMakeBorder(image, *sides, cv2.BORDER_CONSTANT, value=grey)
    return framed, cv2.copyMakeBorder(mask, *sides, cv2.BORDER_CONSTANT, value=0)
