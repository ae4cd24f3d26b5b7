"""Make everything in sample_data/ anew, byte for byte, from seeds: python
tools/data/calves.py

--check compares instead of writing; --only NAME makes one set; --contact-sheet writes pictures of
the sets into build/, beside real scans from ../shared/real/muscle where that folder exists.
"""

import argparse
import hashlib
import io
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.simulate import calf as phantom
from course_utils.simulate import scanner

DATA = ROOT / "sample_data"
WITHOUT_MUSCLE = ("bone", "tendon", "air", "bone", "tendon", "bone", "tendon", "air")


@dataclass(frozen=True)
class Person:
    """One synthetic patient of a set: the covariates and the anatomy drawn from them."""

    patient_id: str
    age: int
    sex: str
    bmi: float
    calf: phantom.Patient


@dataclass(frozen=True)
class Case:
    """One image to make: who, how the probe lay, which scanner, which settings."""

    name: str
    person: Person
    view: phantom.View
    device: str
    seed: int
    depth_mm: float
    gain_db: float
    text: tuple


def person(number):
    """Patient `number` (1 to 34): age, sex and BMI, and a calf that fits them."""
    rng = np.random.default_rng([2024, number])
    age, sex = int(rng.integers(19, 79)), "FM"[int(rng.integers(2))]
    bmi = round(float(np.clip(rng.normal(24.5 + 0.03 * (age - 45), 3.6), 18.0, 37.0)), 1)
    return Person(
        f"P{number:02d}", age, sex, bmi, phantom.Patient.draw(1000 + number, bmi, age, sex)
    )


def muscle_general():
    """24 patients with 3 to 5 images each; 8 images without muscle; scanners A and B."""
    empty = dict(zip((2, 5, 8, 11, 14, 17, 20, 23), WITHOUT_MUSCLE, strict=True))
    cases = []
    for number in range(1, 25):
        who, rng = person(number), np.random.default_rng([2024, number, 1])
        count = (4, 3, 5, 4, 5, 3)[number % 6]
        flip, gain = rng.random() < 0.2, rng.normal(0.0, 2.0)
        depth = float(rng.choice((40.0, 50.0, 60.0), p=(0.3, 0.5, 0.2)))
        needs = (2.0 + who.calf.fat_mm + who.calf.thickness_mm) * 1.25
        depth = min(step for step in (40.0, 50.0, 60.0) if step >= min(max(depth, needs), 60.0))
        for index in range(count):
            both = number > 21  # three patients were scanned on both machines
            device = "Scanner A" if (number % 2 == 0) != (both and index % 2 == 1) else "Scanner B"
            scene = empty.get(number, "muscle") if index == count - 1 else "muscle"
            lost = (
                float(rng.uniform(0.12, 0.32) * rng.choice((-1, 1))) if rng.random() < 0.08 else 0.0
            )
            view = phantom.View(
                round(rng.uniform(-12, 12), 2),
                round(rng.normal(0, 1.6), 2),
                round(rng.uniform(0.82, 1.06), 3),
                scene,
                round(lost, 3),
                bool(flip),
            )
            level = round(float(gain + rng.normal(0.0, 1.8)), 1)
            text = _text(rng, who) if rng.random() < 0.35 else ()
            cases.append(
                Case(
                    f"{who.patient_id}_{index + 1}",
                    who,
                    view,
                    device,
                    number * 100 + index,
                    depth,
                    level,
                    text,
                )
            )
    return cases


def muscle_hires():
    """10 other patients, 3 images each, muscle in all of them, the newest scanner."""
    cases = []
    for number in range(25, 35):
        who, rng = person(number), np.random.default_rng([2024, number, 2])
        gain = rng.normal(0.0, 1.2)
        needs = (2.0 + who.calf.fat_mm + who.calf.thickness_mm) * 1.2
        depth = 45.0 if needs <= 45.0 else 50.0
        for index in range(3):
            view = phantom.View(
                round(rng.uniform(-10, 10), 2),
                round(rng.normal(0, 1.2), 2),
                round(rng.uniform(0.9, 1.03), 3),
            )
            cases.append(
                Case(
                    f"{who.patient_id}_{index + 1}",
                    who,
                    view,
                    "Scanner C",
                    number * 100 + index,
                    depth,
                    round(float(gain + rng.normal(0, 1.0)), 1),
                    (),
                )
            )
    return cases


def _text(rng, who):
    """Two lines that look like a patient's name and number, and say that they are not."""
    initials = "".join(rng.choice(list("ABCDEFGHKLMNPRSTW"), 2))
    number, day, month = rng.integers((100000, 1, 1), (999999, 29, 13))
    return (
        f"SYNTHETIC  {initials[0]}.{initials[1]}. *{2021 - who.age}",
        f"ID {number}  {day:02d}.{month:02d}.2021",
    )


SETS = {"muscle_general": muscle_general, "muscle_hires": muscle_hires}
MADE_ELSEWHERE = (
    "classify",
    "echo",
    "screening",
    "guidance",
    "findings",
)  # by tools/make_NAME.py; listed in the same manifest
SUFFIX = {"Scanner A": "jpg", "Scanner B": "png", "Scanner C": "png"}


def export(case):
    """Image a case: `scanner.Export`."""
    return scanner.acquire(
        case.person.calf,
        case.view,
        scanner.SCANNERS[case.device],
        case.seed,
        case.depth_mm,
        case.gain_db,
        case.text,
    )


def files(case):
    """The two files of a case and its row of the table: {path: bytes}, {column: value}."""
    picture = export(case)
    image = f"images/{case.name}.{SUFFIX[case.device]}"
    mask = f"masks/{case.name}.png"
    width = scanner.SCANNERS[case.device].probe.width
    truth = phantom.truth(case.person.calf, case.view, width)
    top, left, bottom, right = picture.box
    row = {
        "image": image,
        "mask": mask,
        "patient_id": case.person.patient_id,
        "device": case.device,
        "row_mm": f"{picture.spacing[0]:.6f}",
        "col_mm": f"{picture.spacing[1]:.6f}",
        "depth_mm": f"{case.depth_mm:g}",
        "gain_db": f"{case.gain_db:.1f}",
        "empty": case.view.scene != "muscle",
        "burned_in": bool(case.text),
        "thickness_mm": _number(truth["thickness_mm"]),
        "pennation_deg": _number(truth["pennation_deg"]),
        "age": case.person.age,
        "sex": case.person.sex,
        "bmi": case.person.bmi,
        "fat_mm": f"{case.person.calf.fat_mm * case.view.press:.2f}",
        "scene": case.view.scene,
        "scan_top": top,
        "scan_left": left,
        "scan_bottom": bottom,
        "scan_right": right,
    }
    return {
        image: encode(picture.image, image),
        mask: encode(picture.mask * np.uint8(255), mask),
    }, row


def encode(pixels, name):
    """Pixels as the bytes of a PNG or JPEG (quality 92) file."""
    stream = io.BytesIO()
    options = {"quality": 92} if name.endswith("jpg") else {"optimize": True}
    Image.fromarray(pixels).save(stream, "JPEG" if name.endswith("jpg") else "PNG", **options)
    return stream.getvalue()


def _number(value):
    return "" if value is None else f"{value:.2f}"


def build(name):
    """All files of a set: {path: bytes}, cases.csv included."""
    made, rows = {}, []
    for case in SETS[name]():
        new, row = files(case)
        made.update(new)
        rows.append(row)
    lines = [",".join(rows[0])] + [",".join(str(value) for value in row.values()) for row in rows]
    made["cases.csv"] = ("\n".join(lines) + "\n").encode()
    return made


def manifest():
    """sha256 and size of every file of every set as it lies on disk: the text of manifest.json."""
    found = {}
    for name in (*MADE_ELSEWHERE, *SETS):
        for path in sorted((DATA / name).rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                found[path.relative_to(DATA).as_posix()] = {
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "bytes": len(content),
                }
    return json.dumps(found, indent=1) + "\n"


def write(path, content):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)


def differing(name, made):
    """The paths in which the set on disk and a set just made differ, either way round."""
    place = DATA / name
    there = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    wrong = there ^ set(made)
    return sorted(
        wrong | {path for path in there & set(made) if (place / path).read_bytes() != made[path]}
    )


def save(name, made):
    """Replace the set on disk by the one just made; files that no longer belong are removed."""
    for path, content in made.items():
        write(DATA / name / path, content)
    for path in differing(name, made):
        (DATA / name / path).unlink()


def main(arguments=None):
    """Run the command; returns 0, or 1 if --check found a difference."""
    parser = argparse.ArgumentParser(description="Make the sample data anew.")
    parser.add_argument(
        "--check", action="store_true", help="compare with what is there, write nothing"
    )
    parser.add_argument("--only", choices=sorted(SETS), help="one set only")
    parser.add_argument(
        "--contact-sheet", action="store_true", help="also write build/contact_*.png"
    )
    choice = parser.parse_args(arguments)
    wrong = []
    for name in [choice.only] if choice.only else sorted(SETS):
        start = time.perf_counter()
        made = build(name)
        size = sum(len(content) for content in made.values()) / 1e6
        if choice.check:
            wrong += [f"{name}/{path}" for path in differing(name, made)]
        else:
            save(name, made)
        print(
            f"{name}: {len(made)} files, {size:.2f} MB, {time.perf_counter() - start:.0f} s",
            flush=True,
        )
    if not choice.check:
        write(DATA / "manifest.json", manifest().encode())
    if choice.contact_sheet:
        from tools.data import contact_sheet  # beside this file

        contact_sheet.main()
    for path in wrong:
        print(f"differs: {path}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
