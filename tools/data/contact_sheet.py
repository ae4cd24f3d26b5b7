"""Simulated scans beside real ones, at one size and one grey scale: build/contact_*.png.

Real scans come from ../shared/real/muscle and are only looked at; nothing of them enters the
project. Prints, for every picture: mean grey, share of black, percentiles, and the speckle size
in pixels.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.cases import samples

REAL = ROOT.parent / "shared" / "real" / "muscle" / "images"
CELL = 360, 420  # height and width of one picture on the sheet


def cell(image):
    """A PIL image, grey, fitted into one cell without changing its shape."""
    image = image.convert("L")
    scale = min(CELL[0] / image.height, CELL[1] / image.width)
    small = image.resize((round(image.width * scale), round(image.height * scale)), Image.LANCZOS)
    canvas = Image.new("L", CELL[::-1])
    canvas.paste(small, (0, 0))
    return np.asarray(canvas)


def numbers(image):
    """One line: grey statistics of the pixels brighter than the frame, and the speckle's size."""
    grey = np.asarray(image.convert("L"), float)
    rows, columns = grey.shape
    patch = grey[int(0.55 * rows) : int(0.85 * rows), int(0.25 * columns) : int(0.65 * columns)]
    patch = patch - gaussian_filter(patch, 12)
    auto = np.fft.ifft2(np.abs(np.fft.fft2(patch)) ** 2).real
    size = [2 * float(np.argmax(line < 0.5 * line[0])) for line in (auto[:40, 0], auto[0, :40])]
    middle = grey[int(0.15 * rows) : int(0.9 * rows), int(0.2 * columns) : int(0.75 * columns)]
    spread = " ".join(f"{value:4.0f}" for value in np.percentile(middle, (5, 25, 50, 75, 95, 99)))
    return (
        f"mean {middle.mean():4.0f}  black {np.mean(middle < 5):.2f}  percentiles {spread}  "
        f"speckle {size[0]:.0f} x {size[1]:.0f} px  sd {patch.std():.0f}"
    )


def sheet(pictures, columns=6):
    """Cells in rows, as one array."""
    cells = [cell(picture) for picture in pictures]
    cells += [np.zeros(CELL, np.uint8)] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    return Image.fromarray(np.vstack(rows))


def main():
    """Write one sheet per set, real scans in its first cells, and print the numbers."""
    (ROOT / "build").mkdir(exist_ok=True)
    real = [Image.open(path) for path in sorted(REAL.glob("*.png"))] if REAL.is_dir() else []
    for picture in real:
        print(f"real  {Path(picture.filename).name:16} {numbers(picture)}")
    for name in samples.names():
        cases = samples.table(name)
        if "image" not in cases:
            continue  # cines
        chosen = cases.iloc[:: max(1, len(cases) // 24)]
        made = [Image.open(samples.folder(name) / path) for path in chosen["image"]]
        for picture in made:
            print(f"synth {Path(picture.filename).name:16} {numbers(picture)}")
        path = ROOT / "build" / f"contact_{name}.png"
        sheet(real + made).save(path)
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
