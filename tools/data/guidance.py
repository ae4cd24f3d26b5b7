"""Make what lesson 09 ships anew: `python tools/data/guidance.py` (about a quarter of an hour).

Of SYNTHETIC patients, none of whom is in two of the groups below: guidance/sweep.webp, one patient's
pictures on a fine grid, and guidance/frames.webp with frames.csv, the small pictures on which the
page trains its network and judges it. The large pictures are kept in build/guidance and made once.
"""

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.enhance import quality
from course_utils.guidance import chests, coach, poses, sweeps
from tools.data import calves as shared

KEPT = ROOT / "build" / "guidance"
TRAINING = range(1000, 1016)  # patients the network learns from
DEVELOPMENT = range(2000, 2002)  # on whom a bar is chosen
UNSEEN = range(3000, 3008)  # on whom everything is judged
SYMMETRIC = range(4000, 4006)  # no landmark tells head from feet
CLINIC = range(5000, 5060)  # the best pose only
EACH = 32  # random poses of a training patient
GROUPS = {
    "training": TRAINING,
    "validation": DEVELOPMENT,
    "test": UNSEEN,
    "symmetric": SYMMETRIC,
    "clinic": CLINIC,
}
QUALITY = 70  # of the small pictures
ENOUGH = 60  # pixels of cavity and of wall before their contrast is measured


def sampled(number, count=EACH):
    """Random poses of one patient: half anywhere, half near the plane through the mitral ring."""
    rng = np.random.default_rng([2026, number, 3])
    heart = chests.patient(number).heart
    tilt = rng.uniform(-1.1, 1.1, count) * poses.TILT_DEG
    slide = rng.uniform(-1.1, 1.1, count) * poses.SLIDE_MM
    near = -poses.height_mm(heart) * np.tan(np.radians(tilt)) + rng.normal(0.0, 7.0, count)
    slide = np.where(rng.random(count) < 0.5, slide, near)
    return np.clip(slide, -1.2 * poses.SLIDE_MM, 1.2 * poses.SLIDE_MM), tilt


def spots(group, number):
    """Slides (n,) and tilts (n,) at which a patient of a group is looked at."""
    if group in ("training", "symmetric"):
        return sampled(number)
    if group == "clinic":
        return np.zeros(1), np.zeros(1)
    return tuple(values.ravel() for values in np.meshgrid(poses.SLIDES, poses.TILTS, indexing="ij"))


def made(number, slides, tilts, name):
    """Pictures and truth of one patient's poses, kept: dict of arrays; images uint8 (n, 112, 112)."""
    place = KEPT / name / f"{number}.npz"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        window = chests.Window(chests.patient(number, symmetric=name == "symmetric"))
        images, contrast = [], []
        for slide, tilt in zip(slides, tilts, strict=True):
            pose = poses.Pose(float(slide), float(tilt))
            images.append(window.frame(pose))
            contrast.append(clear(images[-1], window.labels(pose)))
        np.savez_compressed(
            place,
            images=np.round(255 * np.stack(images)).astype(np.uint8),
            contrast=np.array(contrast, np.float32),
            slide=slides,
            tilt=tilts,
            quality=poses.quality(slides, tilts, window.heart),
            bmi=window.patient.bmi,
        )
    with np.load(place) as kept:
        return dict(kept)


def clear(image, labels):
    """How well cavity and wall can be told apart, gCNR 0 to 1; NaN where too little of them shows."""
    cavity, wall = labels == 1, labels == 2
    if min(cavity.sum(), wall.sum()) < ENOUGH:
        return np.nan
    return quality.gcnr(image[cavity], image[wall])


def sheet():
    """The pictures of the patient whom the page opens with, on one sheet."""
    slide, tilt = np.meshgrid(sweeps.SLIDES, sweeps.TILTS, indexing="ij")
    frames = made(sweeps.SHOWN, slide.ravel(), tilt.ravel(), "shown")["images"]
    size = sweeps.STEPS * sweeps.PIXELS
    frames = frames.reshape(sweeps.STEPS, sweeps.STEPS, sweeps.PIXELS, sweeps.PIXELS)
    place = shared.DATA / sweeps.SHEET
    place.parent.mkdir(exist_ok=True)
    Image.fromarray(frames.transpose(0, 2, 1, 3).reshape(size, size)).save(
        place, quality=60, method=6
    )


def gathered(group, numbers=None):
    """Frames uint8 (n, 112, 112) and the truth of a group: a table, one row for each frame."""
    frames, rows = [], []
    for number in numbers or GROUPS[group]:
        kept = made(number, *spots(group, number), group)
        frames.append(kept.pop("images"))
        rows.append(
            pd.DataFrame(
                {
                    "patient_id": f"G{number}",
                    "split": group,
                    "bmi": float(kept["bmi"]),
                    "slide_mm": kept["slide"],
                    "tilt_deg": kept["tilt"],
                    "quality": kept["quality"],
                    "contrast": kept["contrast"],
                }
            )
        )
    return np.concatenate(frames), pd.concat(rows, ignore_index=True)


def small():
    """The small pictures of all groups on one sheet, and their truth in a table."""
    frames, tables = zip(*(gathered(group) for group in coach.SPLITS), strict=True)
    tiles = [
        cv2.resize(frame, (coach.SIZE, coach.SIZE), interpolation=cv2.INTER_AREA)
        for group in frames
        for frame in group
    ]
    empty = np.zeros((coach.SIZE, coach.SIZE), np.uint8)
    tiles += [empty] * (-len(tiles) % coach.ACROSS)
    rows = [np.hstack(tiles[n : n + coach.ACROSS]) for n in range(0, len(tiles), coach.ACROSS)]
    Image.fromarray(np.vstack(rows)).save(shared.DATA / coach.SHEET, quality=QUALITY, method=6)
    table = pd.concat(tables, ignore_index=True)
    digits = {"slide_mm": 1, "tilt_deg": 1, "quality": 3, "contrast": 3}
    table.round(digits).to_csv(shared.DATA / coach.TABLE, index=False)


def main():
    """Make the pictures of one group, or, with no word, everything."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    asked.add_argument("part", nargs="?", default="all", choices=["all", *GROUPS])
    part = asked.parse_args().part
    for group in GROUPS if part == "all" else [part]:
        for number in GROUPS[group]:
            began = time.process_time()
            made(number, *spots(group, number), group)
            print(group, number, f"{time.process_time() - began:.1f} CPU-s", flush=True)
    if part == "all":
        sheet()
        small()
        shared.write(shared.DATA / "manifest.json", shared.manifest().encode())


if __name__ == "__main__":
    main()
