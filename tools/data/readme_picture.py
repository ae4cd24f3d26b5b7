"""Make the moving picture of the README anew: `python tools/data/readme_picture.py`.

A SYNTHETIC beating heart (a clip of `sample_data/echo`) with its exact outline; the discs whose
sum is the volume come and go with the beat. Written to docs/beating_heart.webp, and its first frame
to docs/beating_heart_still.webp, for who asks for less motion.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.cases import clips, samples
from course_utils.core import files
from course_utils.ejection_fraction import discs
from course_utils.show import tiles

PATIENT, WIDTH, QUALITY = "E07", 480, 70
PICTURE = ROOT / "docs" / "beating_heart.webp"
STILL = PICTURE.with_stem("beating_heart_still")


def frames(clip, beat):
    """One beat as pictures, uint8 (H, W, 3) each, with the volume of its discs written below."""
    made = []
    for number in range(*beat):
        mask = (clip.labels[number] == clips.CAVITY).astype(np.uint8)
        volume = discs.single_plane_volume(mask, clip.spacing)
        chords = discs.measure(mask, clip.spacing).chords[::2]  # every other one of twenty
        picture = tiles.drawn(
            clip.frames[number],
            WIDTH,
            clip.spacing,
            {"truth": mask},
            lines=chords,
            kind="synthetic",
        )
        made.append(_written(np.asarray(picture), f"{volume:.0f} ml"))
    return made


def _written(picture, text):
    cv2.putText(
        picture, text, (12, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (235, 235, 235), 2, cv2.LINE_AA
    )
    return picture


def main():
    """Write the picture and say how large it is."""
    table = samples.table("echo")
    four, _ = clips.study(table, PATIENT)
    row = table[(table["patient_id"] == PATIENT) & (table["view"] == clips.FOUR)].iloc[0]
    beat = (0, min(len(four.frames), int(four.fps * 60 / float(row.get("heart_rate", 70)))))
    made = [Image.fromarray(picture) for picture in frames(four, beat)]
    files.write_whole(
        PICTURE,
        lambda place: made[0].save(
            place,
            "WEBP",
            save_all=True,
            append_images=made[1:],
            duration=round(1000 / four.fps * 1.5),
            loop=0,
            quality=QUALITY,
        ),
        replace=True,
    )
    files.write_whole(
        STILL, lambda place: made[0].save(place, "WEBP", quality=QUALITY), replace=True
    )
    print(f"{PICTURE.name}: {len(made)} pictures, {PICTURE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
