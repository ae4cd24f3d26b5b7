"""How long a slider's picture takes, and how large it is: python3 tools/measure/pictures.py

CPU milliseconds for one move of the sliders of lessons 00 to 08 (median and worst of 9), kB of the page that one
picture takes, and CPU seconds from a fresh Python to the first picture of lesson 00.
"""

import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from course_utils import enhance, load, saliency, segment, show
from course_utils.augment import pictures as augment_pictures
from course_utils.cases import samples
from course_utils.evaluate import pictures as evaluate_pictures
from course_utils.load import dicom

FIRST = """
import time
from pydicom import examples
from course_utils import show
from course_utils.load import dicom
scan = dicom.read(examples.get_path("ybr_color"))
show.image(scan.pixels[0], "A heart.", kind="real").html()
print(f"first picture: {time.process_time():.1f} s of CPU")
"""


def panels():
    """Lesson and name -> (draw, the values that its slider passes through)."""
    from pydicom import examples

    heart = dicom.read(examples.get_path("ybr_color")).pixels
    folder, table = samples.folder("muscle_general"), samples.table("muscle_general")
    case = table[table["mask"].notna()].iloc[3]
    large, outline = load.image(folder / case.image), load.mask(folder / case["mask"])
    small = enhance.resize(large, 128)[0]
    small_outline = enhance.resize_mask(outline, 128)
    sure = cv2.GaussianBlur(np.roll(outline, 5, axis=0).astype(np.float32), (0, 0), 6)
    share = np.linspace(0.05, 0.95, 9)
    draw = enhance.pictures, segment.pictures, saliency.pictures
    return {
        "00 frame": (lambda frame: draw[0].frame(heart, frame), range(9)),
        "02 gain": (lambda db: draw[0].gain_and_window(heart[0], db, 0, 1), range(-12, 15, 3)),
        "02 clahe": (lambda limit: draw[0].clahe(heart[0], limit, 8), range(1, 10)),
        "03 step": (
            lambda much: augment_pictures.augmented(
                small, small_outline, (64, 60), "rotation", much, 1
            ),
            share,
        ),
        "04 slip": (lambda px: draw[1].slipped(small_outline, px, 0.9), range(9)),
        "04 threshold": (lambda at: draw[1].thresholded(large, outline, sure, at), share),
        "05 price": (lambda beta: draw[1].priced(large, outline, sure, beta), share),
        "07 opacity": (lambda much: draw[2].picture(large, sure, opacity=much), share),
        "08 people": (lambda ill: evaluate_pictures.prevalence(ill), share),
    }


def main():
    """Print one line for each slider."""
    subprocess.run([sys.executable, "-c", FIRST], check=True, cwd=Path(__file__).parents[2])
    for name, (draw, values) in panels().items():
        took = []
        with show.figures.draft():
            for value in values:
                began = time.process_time()
                page = draw(value).html()
                took.append(1000 * (time.process_time() - began))
        still = len(draw(values[0]).html()) // 1024
        print(
            f"{name}: {np.median(took):.0f} ms, worst {max(took[1:]):.0f} ms, {len(page) // 1024} kB "
            f"while it moves, {still} kB at rest"
        )


if __name__ == "__main__":
    main()
