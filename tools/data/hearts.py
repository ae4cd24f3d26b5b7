"""Make sample_data/echo anew, byte for byte, from seeds: python tools/data/hearts.py

--check compares instead of writing; --only E07 makes the clips of one patient (to look at, into
build/echo); --jobs 2 works on two patients at a time. 24 synthetic patients, each with an A4C and
an A2C cine, in EchoNet-Dynamic's layout.
"""

import argparse
import io
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.simulate import apical, chest, ventricle

QUALITY = 60  # of the JPEG frames, on this writer's own scale
# number: EF in percent, split, and what is wrong with the study
PLAN = {
    1: (57, "TRAIN", ""),
    2: (28, "TEST", ""),
    3: (63, "VAL", ""),
    4: (72, "TRAIN", ""),
    5: (55, "TEST", "drop-out"),
    6: (33, "TRAIN", ""),
    7: (64, "TEST", ""),
    8: (46, "TRAIN", ""),
    9: (44, "TEST", ""),
    10: (18, "TRAIN", ""),
    11: (62, "TEST", "foreshortened"),
    12: (61, "TRAIN", ""),
    13: (30, "VAL", ""),
    14: (53, "TEST", ""),
    15: (66, "TRAIN", ""),
    16: (16, "TEST", ""),
    17: (40, "TRAIN", ""),
    18: (75, "TEST", ""),
    19: (52, "TRAIN", ""),
    20: (36, "TEST", "off-axis"),
    21: (37, "TEST", ""),
    22: (26, "TRAIN", ""),
    23: (48, "VAL", ""),
    24: (59, "TEST", ""),
}
IRREGULAR = 9
SPLITS = ("TRAIN", "VAL", "TEST")


@dataclass(frozen=True)
class Patient:
    """One synthetic patient: who, the heart, and how the window looks."""

    number: int
    patient_id: str
    sex: str
    age: int
    split: str
    why: str
    heart: ventricle.Heart


@dataclass(frozen=True)
class Clip:
    """One clip to make: the heart as it beats in it, the plane, the settings, the moments."""

    name: str
    patient: Patient
    heart: ventricle.Heart
    view: ventricle.View
    machine: apical.Machine
    fps: float
    start: float
    frames: int
    seed: int

    @property
    def times(self):
        """(frames,) seconds; 0 is the end-diastole of the first whole beat."""
        return self.start + np.arange(self.frames) / self.fps


def patient(number):
    """Patient `number` (1 to 24): covariates and a heart that fits the planned EF."""
    rng = np.random.default_rng([2025, number])
    ef, split, why = PLAN[number]
    sex, age = "FM"[int(rng.integers(2))], int(rng.integers(24, 86))
    usual = np.interp(ef, [15.0, 35.0, 50.0, 60.0, 75.0], [205.0, 165.0, 128.0, 112.0, 92.0])
    edv = float(np.clip(usual * (1.08 if sex == "M" else 0.86) * rng.lognormal(0, 0.13), 62, 236))
    esv = edv * (1.0 - (ef + rng.uniform(-0.45, 0.45)) / 100.0)
    length = 88.0 * (edv / 120.0) ** 0.28 * rng.normal(1.0, 0.03)
    shape = ventricle.Shape(
        ratio=float(rng.uniform(0.86, 1.06)),
        base=float(rng.uniform(0.52, 0.68)),
        power=float(rng.uniform(2.0, 2.6)),
        bend_mm=float(rng.normal(0.0, 2.0)),
        ripple2=(float(rng.uniform(0.0, 0.10)), float(rng.uniform(0.0, 6.28))),
        ripple3=(float(rng.uniform(0.03, 0.12)), float(rng.uniform(0.0, 6.28))),
    )
    made = ventricle.Heart(
        edv_ml=edv,
        esv_ml=esv,
        heart_rate=float(round(np.clip(rng.normal(72, 14) + (8 if ef < 40 else 0), 50, 110))),
        length_mm=float(length),
        wall_mm=float(np.clip(rng.normal(9.2, 1.2), 7.0, 12.0)),
        mapse_mm=float(np.clip(np.interp(ef, [15, 75], [5.0, 16.5]) + rng.normal(0, 0.9), 5, 18)),
        atrium_ml=float(np.clip(rng.normal(56, 12) + 0.5 * max(0, 45 - ef), 32, 95)),
        atrium_mm=float(rng.uniform(34, 44)),
        shape=shape,
    )
    if number == IRREGULAR:
        made = replace(made, beats=_irregular(made), kick=False)
    return Patient(number, f"E{number:02d}", sex, age, split, why, made)


def _irregular(made):
    """Atrial fibrillation: after a long pause the heart holds more and ejects more of it."""
    beats, pauses = [], (0.66, 0.98, 0.58, 0.82)
    for number, rr in enumerate(pauses):
        before = pauses[number - 1] - np.mean(pauses)
        edv = made.edv_ml * (1.0 + 0.22 * before)
        ef = made.ef + 22.0 * before
        beats.append((rr, edv, edv * (1.0 - ef / 100.0)))
    return tuple(beats)


def clips(who):
    """The A4C and the A2C clip of a patient."""
    rng = np.random.default_rng([2025, who.number, 1])
    look = chest.Look(
        wall_db=rng.uniform(-25.5, -21.5),
        border_db=rng.uniform(3.0, 6.5),
        pericardium_db=rng.uniform(-12.0, -6.0),
        lung_db=rng.uniform(-46.0, -36.0),
        dropout_db=rng.uniform(4.0, 13.0),
        right_mm=rng.uniform(20.0, 32.0),
    )
    depth = 27.0 + who.heart.length_mm + 0.85 * who.heart.atrium_mm
    machine = apical.Machine(
        frequency_mhz=float(rng.choice([2.5, 2.8, 3.1, 3.4])),
        depth_mm=float(np.clip(5.0 * np.ceil(depth / 5.0), 140.0, 180.0)),
        gain_db=rng.normal(0.0, 2.5),
        haze_db=rng.uniform(-33.0, -25.0),
        clutter_db=rng.uniform(-21.0, -12.0),
        noise_db=rng.uniform(-58.0, -48.0),
        attenuation=rng.uniform(0.45, 0.65),
        stretch=rng.uniform(1.0, 1.12),
        drift_mm=rng.uniform(0.2, 0.9),
        look=look,
    )
    return [_clip(who, name, machine, rng) for name in ("A4C", "A2C")]


def _clip(who, name, machine, rng):
    rate = who.heart.heart_rate + (rng.uniform(-3.0, 3.0) if name == "A2C" else 0.0)
    beating = replace(who.heart, heart_rate=float(np.clip(rate, 50.0, 110.0)))
    total = sum(beat[0] for beat in beating.rhythm)
    rr = beating.rhythm[0][0]
    before, after = rng.uniform(0.06, 0.18) * rr, rng.uniform(0.08, 0.30) * rr
    seconds = before + total + after
    fits = [fps for fps in (30.0, 35.0, 40.0, 45.0, 50.0) if seconds * fps <= 48.0] or [30.0]
    fps = float(rng.choice(fits))
    view = ventricle.View(
        name,
        (0.0 if name == "A4C" else 90.0) + rng.normal(0.0, 3.0),
        rng.normal(0.0, 1.2),
        rng.normal(0.0, 0.8),
        rng.uniform(-10.0, 5.0) if name == "A4C" else rng.uniform(-7.0, 7.0),
        (rng.uniform(-5.0, 4.0), rng.uniform(23.0, 29.0)),
        who.heart.length_mm,
    )
    gain = machine.gain_db + rng.normal(0.0, 1.0)
    machine = replace(machine, gain_db=gain)
    view, machine = _spoil(who, view, machine)
    view = _in_sector(beating, view, machine) if not who.why else view
    frames = int(np.floor(seconds * fps)) + 1
    seed = 20250 + 10 * who.number + (name == "A2C")
    clip_name = f"{who.patient_id}_{name}"
    return Clip(clip_name, who, beating, view, machine, fps, -before, frames, seed)


def _spoil(who, view, machine):
    """The three studies that must be refused."""
    if who.why == "drop-out":
        return view, replace(machine, lost=(0.58, 0.98), lost_db=32.0)
    if who.why == "foreshortened" and view.name == "A4C":
        view = replace(view, tilt_deg=18.0, offset_mm=0.0, reach_mm=0.72 * who.heart.length_mm)
        return view, machine
    if who.why == "off-axis":
        width = who.heart.ventricle(0.0).b
        away, tilt = (0.52 * width, 6.0) if view.name == "A4C" else (0.30 * width, -5.0)
        return replace(view, offset_mm=away, tilt_deg=tilt), machine
    return view, machine


def _in_sector(beating, view, machine):
    """Push the heart deeper until the sector holds the whole cavity at its widest."""
    x_mm, z_mm, _ = machine.grid()
    for deeper in np.arange(0.0, 24.0, 1.5):
        placed = replace(view, apex_mm=(view.apex_mm[0], view.apex_mm[1] + deeper))
        seen = ventricle.cut(beating, placed, 0.0, x_mm, z_mm) == ventricle.CAVITY
        around = cv2.dilate(seen.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        if not (around & ~machine.inside()).any():
            return placed
    raise ValueError("This heart does not fit its sector.")


def exact(clip):
    """EDV, ESV (mL) and EF (percent) of a clip: the mean over its whole beats."""
    beats = np.array([[edv, esv] for _, edv, esv in clip.heart.rhythm])
    ef = 100.0 * (beats[:, 0] - beats[:, 1]) / beats[:, 0]
    return beats[:, 0].mean(), beats[:, 1].mean(), ef.mean()


def key_frames(clip):
    """Frame numbers of end-diastole and end-systole of the first whole beat."""
    times, rr = clip.times, clip.heart.rhythm[0][0]
    ed = int(np.argmin(np.abs(times - 0.5 * ventricle.ISOVOLUMIC)))
    volumes = np.array([clip.heart.volume(moment) for moment in times])
    during = np.flatnonzero((times >= 0) & (times < rr))
    return ed, int(during[np.argmin(volumes[during])])


def files(clip):
    """The files of one clip and its rows: {path: bytes}, table row, list row, tracing lines."""
    made = apical.film(clip.heart, clip.view, clip.machine, clip.times, clip.seed)
    movie, masks = f"Videos/{clip.name}.avi", f"masks/{clip.name}.npz"
    edv, esv, ef = exact(clip)
    ed, es = key_frames(clip)
    who = clip.patient
    row = {
        "cine": movie,
        "patient_id": who.patient_id,
        "view": clip.view.name,
        "fps": f"{clip.fps:g}",
        "row_mm": f"{made.spacing[0]:.6f}",
        "col_mm": f"{made.spacing[1]:.6f}",
        "frames": clip.frames,
        "ed": ed,
        "es": es,
        "ef": f"{ef:.2f}",
        "edv_ml": f"{edv:.2f}",
        "esv_ml": f"{esv:.2f}",
        "split": who.split,
        "masks": masks,
        "sex": who.sex,
        "age": who.age,
        "heart_rate": f"{60.0 * len(clip.heart.rhythm) / _seconds(clip):.1f}",
        "rhythm": "irregular" if clip.heart.beats else "regular",
        "quality": "poor" if _spoiled(clip) else "good",
        "must_refuse": bool(who.why),
        "why": who.why,
        "depth_mm": f"{clip.machine.depth_mm:g}",
        "frequency_mhz": f"{clip.machine.frequency_mhz:g}",
        "gain_db": f"{clip.machine.gain_db:.1f}",
        "haze_db": f"{clip.machine.haze_db:.1f}",
    }
    listed = (
        clip.name,
        f"{ef:.6f}",
        f"{esv:.6f}",
        f"{edv:.6f}",
        apical.SIZE,
        apical.SIZE,
        f"{clip.fps:g}",
        clip.frames,
        who.split,
    )
    content = {movie: encode_movie(made.frames, clip.fps), masks: encode_masks(made.labels)}
    return content, row, listed, tracing_lines(clip, made.spacing, (ed, es))


def _seconds(clip):
    return sum(beat[0] for beat in clip.heart.rhythm)


def _spoiled(clip):
    return bool(clip.patient.why) and not (
        clip.patient.why == "foreshortened" and clip.view.name == "A2C"
    )


def tracing_lines(clip, spacing, numbers):
    """Lines of VolumeTracings.csv for these frames: the long axis, then 20 chords, in pixels."""
    x_mm, z_mm, _ = clip.machine.grid()
    lines = []
    for number in numbers:
        moment = clip.times[number]
        drift = apical.drift(clip.machine, moment, clip.seed)
        axis, chords = ventricle.tracing(clip.heart, clip.view, moment)
        for first, second in [axis, *chords]:
            ends = [
                f"{(point[0] + drift[0] - x_mm[0]) / spacing[1]:.4f},"
                f"{(point[1] + drift[1] - z_mm[0]) / spacing[0]:.4f}"
                for point in (first, second)
            ]
            lines.append(f"{clip.name}.avi,{ends[0]},{ends[1]},{number}")
    return lines


def encode_movie(frames, fps):
    """Frames uint8 (T, H, W) as the bytes of a Motion-JPEG AVI."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "clip.avi"
        writer, code = cv2.VideoWriter(), cv2.VideoWriter_fourcc(*"MJPG")
        writer.open(str(path), cv2.CAP_OPENCV_MJPEG, code, fps, frames.shape[:0:-1])
        writer.set(cv2.VIDEOWRITER_PROP_QUALITY, QUALITY)  # as an option of open it is ignored
        for frame in frames:
            writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
        writer.release()
        return path.read_bytes()


def encode_masks(labels):
    """Labels uint8 (T, H, W) as the bytes of an .npz file with one array, `labels`.

    numpy.savez would write the time of day into the archive; this does not.
    """
    array, archive = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array(array, np.ascontiguousarray(labels), allow_pickle=False)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bundle:
        entry = zipfile.ZipInfo("labels.npy", (1980, 1, 1, 0, 0, 0))
        entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
        bundle.writestr(entry, array.getvalue())
    return archive.getvalue()


def of_patient(number):
    """What `files` gives for each clip of a patient: a list."""
    return [files(clip) for clip in clips(patient(number))]


def build(numbers=tuple(PLAN), jobs=1):
    """All files of the set: {path: bytes}. jobs: patients that are made at the same time."""
    made, rows, listed, traced = {}, [], [], []
    with ProcessPoolExecutor(jobs) as pool:
        studies = pool.map(of_patient, numbers) if jobs > 1 else map(of_patient, numbers)
        for content, row, entry, lines in (clip for study in studies for clip in study):
            made.update(content)
            rows.append(row)
            listed.append(entry)
            traced += lines
    table = [",".join(rows[0])] + [",".join(str(value) for value in row.values()) for row in rows]
    head = "FileName,EF,ESV,EDV,FrameHeight,FrameWidth,FPS,NumberOfFrames,Split"
    made["cases.csv"] = _lines(table)
    made["FileList.csv"] = _lines([head] + [",".join(map(str, entry)) for entry in listed])
    made["VolumeTracings.csv"] = _lines(["FileName,X1,Y1,X2,Y2,Frame"] + traced)
    return made


def _lines(lines):
    return ("\n".join(lines) + "\n").encode()


def main(arguments=None):
    """Run the command; returns 0, or 1 if --check found a difference."""
    from tools.data import calves as shared  # beside this file

    parser = argparse.ArgumentParser(description="Make the sample cines anew.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--only", help="one patient, such as E07, into build/echo")
    parser.add_argument("--jobs", type=int, default=1, help="patients made at the same time")
    choice = parser.parse_args(arguments)
    start = time.perf_counter()
    if choice.only:
        for path, content in build([int(choice.only[1:])]).items():
            shared.write(ROOT / "build" / "echo" / path, content)
        return 0
    made = build(jobs=choice.jobs)
    wrong = shared.differing("echo", made) if choice.check else []
    if not choice.check:
        shared.save("echo", made)
        shared.write(shared.DATA / "manifest.json", shared.manifest().encode())
    size = sum(len(content) for content in made.values()) / 1e6
    print(f"echo: {len(made)} files, {size:.2f} MB, {time.perf_counter() - start:.0f} s")
    for path in wrong:
        print(f"differs: echo/{path}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
