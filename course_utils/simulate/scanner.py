"""The machine around the physics: a scanner's settings, how it finishes a picture, and its
screen.

`acquire` images a phantom with one scanner and hands back the picture as that scanner exports it,
the mask on the same pixels, and the millimetres. Scanner A draws a frame around the scan, Scanner
B exports the bare scan with pixels that are not square, Scanner C is the newest and the sharpest,
Scanner D is an abdominal machine put on a calf: a lower frequency, a beam twice as wide, another
picture. `patients` makes a set of any size on any of them, `twice` records the same people again.
All four are invented. Every picture they make is SYNTHETIC.
"""

import atexit
import functools
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter1d, shift

from course_utils.core import accept
from course_utils.core.errors import DataError
from course_utils.simulate import calf, calf_tissue, physics


@dataclass(frozen=True)
class Scanner:
    """One model of scanner: its probe, its picture settings and the size of what it exports.

    gain_db: the machine's own zero. noise_db: electronic noise at the bottom of the picture.
    looks: steering angles in degrees that are averaged (compounding). frames: how many frames it
    averages while the hand drifts (persistence). grey_map: grey levels 0..1, evenly spaced, that
    straight grey is turned into; () leaves it. depths: mm that its users choose from. smooth:
    averaging across lines, in lines. sharpen: axial edge enhancement. tgc_share: part of the
    attenuation that the TGC makes up for. sheet_db: how much weaker than the newest machine it
    shows smooth sheets. scan: (H, W) pixels of the scan at most; square: keep pixels square within
    it. screen: (H, W) of the export, None for the bare scan.
    """

    name: str
    probe: physics.Probe
    dynamic_range_db: float = 60.0
    gain_db: float = 0.0
    noise_db: float = -60.0
    looks: tuple = (0.0,)
    smooth: float = 0.0
    sharpen: float = 0.0
    tgc_share: float = 0.95
    sheet_db: float = 0.0
    scan: tuple = (400, 400)
    square: bool = True
    screen: tuple | None = None
    style: str = "grey"
    frames: int = 1
    grey_map: tuple = ()
    depths: tuple = (40.0, 50.0, 50.0, 60.0)


def _scanner(name, told):
    probe = physics.Probe(**told.pop("probe"))
    lists = {key: tuple(value) for key, value in told.items() if isinstance(value, list)}
    return Scanner(name, probe, **(told | lists))


_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
SCANNERS = {name: _scanner(name, told) for name, told in _TOLD.items()}
FIRST = 20000  # numbers of the people that `patients` draws; those of the sample sets are smaller
WITHOUT_MUSCLE = ("bone", "tendon", "air")
DRIFT_MM = 0.25  # how far the probe slides between two frames that persistence averages


@dataclass(frozen=True)
class Export:
    """What leaves the scanner: image uint8 (H, W) or (H, W, 3), mask uint8 (H, W) 0/1, spacing in
    mm.

    box: (top, left, bottom, right) of the scan in the picture, the last two exclusive.
    """

    image: np.ndarray
    mask: np.ndarray
    spacing: tuple
    box: tuple


def acquire(patient, view, scanner, seed, depth_mm=None, gain_db=0.0, text=()):
    """One still, as exported: `Export`. text: lines burned into the picture, above or on the
    scan.
    """
    probe = scanner.probe if depth_mm is None else replace(scanner.probe, depth_mm=float(depth_mm))
    grey = scan(patient, view, replace(scanner, probe=probe), seed, gain_db + scanner.gain_db)
    shape = _scan_shape(scanner, probe)
    picture, spacing = physics.scan_convert(grey, probe, shape)
    x_mm = np.linspace(-probe.width / 2.0, probe.width / 2.0, shape[1])
    mask = calf.mask(patient, view, x_mm, np.linspace(0.0, probe.depth_mm, shape[0]))
    image = np.round(picture * 255.0).astype(np.uint8)
    if scanner.screen is None:
        return Export(_text(image, text, (6, 6)), mask, spacing, (0, 0, *shape))
    return _framed(scanner, image, mask, spacing, probe, text)


def scan(patient, view, scanner, seed, gain_db=0.0):
    """The finished grey picture in probe geometry, float (rows, lines) 0..1, before scan
    conversion.
    """
    probe = scanner.probe
    diffuse, sheets = calf_tissue.scatterers(patient, view, probe)
    mirror = physics.echo(sheets, probe) * 10.0 ** (scanner.sheet_db / 20.0)
    slope = 2.0 * patient.attenuation * probe.frequency_mhz * scanner.tgc_share
    floor = scanner.noise_db - slope * probe.depth_mm / 10.0
    touch = 10.0 ** (contact(probe, [seed, 1], view.lost) / 20.0)
    power = 0.0
    for number, angle in enumerate(scanner.looks):
        signal = physics.echo(diffuse, probe, angle) + mirror
        signal = physics.attenuate(signal, probe, patient.attenuation) * touch
        signal = physics.add_noise(signal, floor, [seed, 2, number])
        power = power + physics.detect(physics.tgc(signal, probe, slope)) ** 2
    power = _persisted(power, scanner)
    envelope = np.sqrt(power / len(scanner.looks))
    return _finish(physics.log_compress(envelope, scanner.dynamic_range_db, gain_db), scanner)


def contact(probe, seed, lost=0.0):
    """(rows, lines) dB at most 0: hairs, gas and dry patches at the skin, and a share without
    contact.

    A narrow fault is filled in with depth, where the aperture is wider than the fault.
    """
    rng = np.random.default_rng(seed)
    across, depth = np.linspace(0.0, 1.0, probe.lines)[None, :], probe.depths[:, None]
    loss = np.zeros(probe.shape)
    for _ in range(int(rng.integers(1, 6))):
        middle, width, deep = rng.random(), rng.uniform(0.008, 0.05), rng.gamma(2.0, 1.6)
        spread = width * (1.0 + depth / 60.0)
        loss = loss - deep * width / spread * np.exp(-0.5 * ((across - middle) / spread) ** 2)
    loss = loss - 2.0 * gaussian_filter1d(rng.standard_normal(probe.lines), 2.0)[None, :]
    loss = loss - rng.uniform(0.0, 6.0) * across**12 - rng.uniform(0.0, 6.0) * (1.0 - across) ** 12
    if lost:
        edge = 1.0 - across if lost > 0 else across
        loss = loss - 26.0 / (1.0 + np.exp(np.clip((edge - abs(lost)) / 0.02, -60.0, 60.0)))
    return np.minimum(loss, 0.0)


def patients(device, count=30, seed=0, muscle=True, folder=None, each=None):
    """`count` new people with one image each, on one scanner: a case table like samples.table's.

    The same seed gives the same people with the same placing of the probe on every device, so that
    two devices can be compared patient by patient; depth and gain are what the users of the device
    choose. No other set of the course has these people. muscle=False: views without the muscle
    (bone, tendon, no contact). Pictures and masks are written to `folder`, by default one that
    disappears with the kernel. each: called with (done, count) after each image; an image takes
    about 0.4 s. `twice` records the same people again. SYNTHETIC.
    Columns: image, mask, patient_id, device, row_mm, col_mm, depth_mm, gain_db, empty, recording
    (1), thickness_mm, pennation_deg, age, sex, bmi, scene, and scan_top, scan_left, scan_bottom,
    scan_right (the scan in the picture). Raises DataError for another device or count.
    """
    if device not in SCANNERS:
        raise DataError(f"There is no scanner {device!r}; there are {', '.join(SCANNERS)}.")
    count, seed = accept.whole(count, "count", 1, 999), accept.whole(seed, "seed", 0, 999)
    numbers = FIRST + 1000 * seed + np.arange(1, count + 1)
    names = [f"S{number}" for number in numbers]
    return _recorded(names, device, bool(muscle), 1, folder, each)


def twice(table, folder=None, each=None):
    """The people of a table of `patients`, recorded once more: the probe lifted off and put back.

    Returns a table of the same rows with recording 2: other noise, and the probe a little
    elsewhere (slide by 1.5 mm, tilt by half a degree, pressure by 2 %; SD), as a careful hand does.
    Depth, gain and scanner stay, and nothing about the patient changes. Raises DataError for a
    table that `patients` did not make.
    """
    needed = {"patient_id", "device", "scene", "recording"}
    names = list(table["patient_id"]) if needed <= set(getattr(table, "columns", ())) else []
    if not names or table["device"].nunique() != 1 or not all(map(_made_here, names)):
        raise DataError(
            "Only people of one table of scanner.patients can be recorded once more: the others' "
            "muscles are not known here."
        )
    there = bool((table["scene"] == "muscle").all())
    return _recorded(names, table["device"].iloc[0], there, 2, folder, each)


def _made_here(name):
    return isinstance(name, str) and name[:1] == "S" and name[1:].isdecimal()


def _recorded(names, device, muscle, recording, folder, each):
    """One image of each person, written to files: the table."""
    if folder is None:
        folder = Path(tempfile.mkdtemp(dir=_scratch()))
    for part in ("images", "masks"):
        (Path(folder) / part).mkdir(parents=True, exist_ok=True)
    rows = []
    for name in names:
        rows.append(_case(name, SCANNERS[device], muscle, recording, Path(folder)))
        if each is not None:
            each(len(rows), len(names))
    table = pandas.DataFrame(rows)
    table.attrs |= {"folder": str(folder), "synthetic": True}
    return table


def _case(name, scanner, muscle, recording, folder):
    """Draw a person, place the probe, choose depth and gain, and image: the row of the table."""
    number = int(name[1:])
    rng = np.random.default_rng([2025, number])
    age, sex = int(rng.integers(19, 79)), "FM"[int(rng.integers(2))]
    bmi = round(float(np.clip(rng.normal(24.5 + 0.03 * (age - 45), 3.6), 18.0, 37.0)), 1)
    person = calf.Patient.draw(number, bmi, age, sex)
    scene = "muscle" if muscle else WITHOUT_MUSCLE[number % len(WITHOUT_MUSCLE)]
    view = calf.View(rng.uniform(-10, 10), rng.normal(0, 1.4), rng.uniform(0.86, 1.04), scene=scene)
    if recording > 1:
        again = np.random.default_rng([2025, number, recording])
        view = replace(
            view,
            slide_mm=view.slide_mm + again.normal(0, 1.5),
            tilt_deg=view.tilt_deg + again.normal(0, 0.5),
            press=view.press + again.normal(0, 0.02),
        )
    own = np.random.default_rng([2025, number, 100 + list(SCANNERS).index(scanner.name)])
    depth, gain = _depth(person, scanner, own), round(float(own.normal(0.0, 2.0)), 1)
    shot = acquire(person, view, scanner, [number, recording], depth, gain)
    row = {"image": f"images/{name}_{recording}.png", "mask": f"masks/{name}_{recording}.png"}
    Image.fromarray(shot.image).save(folder / row["image"])
    Image.fromarray(shot.mask * np.uint8(255)).save(folder / row["mask"])
    row |= {"patient_id": name, "device": scanner.name}
    row |= dict(zip(("row_mm", "col_mm"), shot.spacing, strict=True))
    row |= {"depth_mm": depth, "gain_db": gain, "empty": not muscle, "recording": recording}
    row |= calf.truth(person, view, scanner.probe.width)
    row |= {"age": age, "sex": sex, "bmi": bmi, "scene": scene}
    box = ("scan_top", "scan_left", "scan_bottom", "scan_right")
    return row | dict(zip(box, shot.box, strict=True))


def _depth(person, scanner, rng):
    """One of the scanner's depths in mm that shows the whole muscle, as far as there is one."""
    steps = np.array(scanner.depths)
    enough = steps[steps >= 1.15 * (calf.SKIN + person.fat_mm + person.thickness_mm)]
    return float(rng.choice(enough) if len(enough) else steps[-1])


@functools.cache
def _scratch():
    """A folder that disappears with the process."""
    place = tempfile.TemporaryDirectory(prefix="scans_")
    atexit.register(place.cleanup)
    return place.name


def _persisted(power, scanner):
    """The mean of `frames` pictures of a hand that drifts sideways: a smear, no new information."""
    if scanner.frames == 1:
        return power
    lines = DRIFT_MM / scanner.probe.width * scanner.probe.lines
    places = lines * (np.arange(scanner.frames) - (scanner.frames - 1) / 2.0)
    return np.mean(
        [shift(power, (0.0, place), order=1, mode="nearest") for place in places], axis=0
    )


def _finish(grey, scanner):
    """What every scanner does after log compression: average across lines, sharpen along them."""
    if scanner.smooth:
        grey = gaussian_filter1d(grey, scanner.smooth, axis=1)
    if scanner.sharpen:
        grey = grey + scanner.sharpen * (grey - gaussian_filter1d(grey, 3.0, axis=0))
    grey = np.clip(grey, 0.0, 1.0)
    if scanner.grey_map:
        grey = np.interp(grey, np.linspace(0.0, 1.0, len(scanner.grey_map)), scanner.grey_map)
    return grey


def _scan_shape(scanner, probe):
    height, width = scanner.scan
    if not scanner.square:
        return height, width
    scale = min((height - 1) / probe.depth_mm, (width - 1) / probe.width)
    return round(scale * probe.depth_mm) + 1, round(scale * probe.width) + 1


def _framed(scanner, image, mask, spacing, probe, text):
    """Put the scan on the scanner's screen, with depth marks, a grey bar and the maker's mark."""
    height, width = scanner.screen
    grey = scanner.style == "grey"
    canvas = Image.new("RGB", (width, height), (56, 50, 55) if grey else (0, 0, 0))
    pen = ImageDraw.Draw(canvas)
    top, left = (40, 46) if grey else (52, 40)
    if top + image.shape[0] > height or left + image.shape[1] > width:
        raise DataError(f"{scanner.name}: a scan of {image.shape} pixels does not fit its screen.")
    canvas.paste(Image.fromarray(image).convert("RGB"), (left, top))
    box = top, left, top + image.shape[0], left + image.shape[1]
    if grey:
        _grey_screen(pen, canvas, box, spacing, probe)
    else:
        _black_screen(pen, canvas, box, spacing, probe)
    pixels = np.asarray(canvas)
    pixels = _text(pixels, text, (8, 6))
    full = np.zeros((height, width), np.uint8)
    full[box[0] : box[2], box[1] : box[3]] = mask
    return Export(pixels if grey else pixels[..., 0], full, spacing, box)


def _grey_screen(pen, canvas, box, spacing, probe):
    top, left, bottom, right = box
    pen.rectangle((0, 0, canvas.width, 29), fill=(66, 65, 66))
    pen.polygon(
        [
            (canvas.width - 32, 15),
            (canvas.width - 18, 1),
            (canvas.width - 4, 15),
            (canvas.width - 18, 29),
        ],
        fill=(96, 160, 196),
        outline=(208, 226, 236),
    )
    pen.line(
        [
            (canvas.width - 29, 15),
            (canvas.width - 20, 15),
            (canvas.width - 17, 7),
            (canvas.width - 13, 22),
            (canvas.width - 9, 15),
        ],
        fill=(255, 255, 255),
    )
    pen.line([(right + 12, top), (right + 12, bottom - 1)], fill=(190, 190, 190))
    for number in range(int(probe.depth_mm / 10.0) + 1):
        y = top + round(number * 10.0 / spacing[0])
        pen.line(
            [(right + (4 if number % 5 == 0 else 8), y), (right + 12, y)], fill=(190, 190, 190)
        )
    for number in range(-int(probe.width / 20.0), int(probe.width / 20.0) + 1):
        x = round((left + right - 1) / 2.0 + number * 10.0 / spacing[1])
        pen.line([(x, bottom + 2), (x, bottom + (6 if number else 9))], fill=(190, 190, 190))
    for y in range(80):
        pen.line(
            [(canvas.width - 24, top + 14 + y), (canvas.width - 10, top + 14 + y)],
            fill=(255 - 3 * y,) * 3,
        )
    pen.line([(left - 16, top + 4), (left - 24, bottom - 8)], fill=(150, 150, 150))


def _black_screen(pen, canvas, box, spacing, probe):
    top, left, bottom, right = box
    for number in range(int(probe.depth_mm / 5.0) + 1):
        y = top + round(number * 5.0 / spacing[0])
        pen.line([(4, y), (12 if number % 2 == 0 else 7, y)], fill=(215, 215, 215))
    for number in range(int(probe.width / 5.0) + 1):
        x = left + round(number * 5.0 / spacing[1])
        pen.line(
            [(x, canvas.height - 5), (x, canvas.height - (11 if number % 2 == 0 else 8))],
            fill=(215, 215, 215),
        )
    for share in (0.45, 0.66):
        y = top + round(share * (bottom - top))
        pen.ellipse((20, y - 3, 26, y + 3), outline=(230, 230, 230))
    for y in range(90):
        pen.line([(right + 12, top + y), (right + 18, top + y)], fill=(255 - round(2.8 * y),) * 3)


def _text(pixels, lines, place):
    """Burn lines of text into the picture, the way old scanners do; (x, y) is the first letter."""
    if not lines:
        return pixels
    canvas = Image.fromarray(pixels)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default_imagefont()
    white = (235, 235, 235) if pixels.ndim == 3 else 235
    for number, line in enumerate(lines):
        pen.text((place[0], place[1] + 11 * number), line, fill=white, font=font)
    return np.asarray(canvas)
