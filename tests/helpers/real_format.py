"""A small set in the form that real ones have, made on the fly: JPEG images, 0/255 masks, names of
a hospital's kind, and a cases.csv with little in it. The pixels come from the SYNTHETIC samples."""

import cv2
import numpy as np
import pandas

from course_utils import load
from course_utils.cases import samples


def make(folder, patients=12, images=2, columns=("image", "mask", "patient_id"), side=160):
    """Write the set into `folder` (made anew) and return the path of its cases.csv.

    Every patient of it is another patient of the sample set, cropped and shrunk, so no two are
    alike. columns: what the cases.csv holds, of the three named, device, row_mm, col_mm, empty.
    """
    table = samples.table("muscle_general")
    table = table[~table["empty"]]
    rows = []
    for place in ("images", "masks"):
        (folder / place).mkdir(parents=True)
    for number, (_, group) in enumerate(list(table.groupby("patient_id"))[:patients], 1):
        for visit, (_, case) in enumerate(list(group.iterrows())[:images], 1):
            picture = load.image(samples.folder("muscle_general") / case["image"])[40:, 30:-20]
            mask = load.mask(samples.folder("muscle_general") / case["mask"])[40:, 30:-20]
            name = f"gastroc_{number:03d}_L{visit}"
            small = cv2.resize(picture, (side + 24, side), interpolation=cv2.INTER_AREA)
            white = cv2.resize(mask, (side + 24, side), interpolation=cv2.INTER_NEAREST) * 255
            _write(folder / f"images/{name}.jpg", np.rint(small * 255).astype(np.uint8))
            _write(folder / f"masks/{name}_mask.png", white)
            rows.append(
                {
                    "image": f"images/{name}.jpg",
                    "mask": f"masks/{name}_mask.png",
                    "patient_id": f"{number:03d}",
                    "device": "clinic",
                    "row_mm": "",
                    "col_mm": "",
                    "empty": False,
                }
            )
    pandas.DataFrame(rows)[list(columns)].to_csv(folder / "cases.csv", index=False)
    return folder / "cases.csv"


def organ(folder, patients=12, side=128):
    """A set of no muscle, as little known as a set can be: one image of each patient, no device and no
    millimetres. A dark round structure in brighter speckle, its place and size drawn for each."""
    rows, (down, across) = [], np.mgrid[:side, :side]
    for place in ("images", "masks"):
        (folder / place).mkdir(parents=True)
    for number in range(1, patients + 1):
        rng, name = np.random.default_rng(number), f"thyroid_{number:03d}"
        half, middle = rng.uniform(18, 34, 2), rng.uniform(50, 78, 2)
        inside = ((down - middle[0]) / half[0]) ** 2 + ((across - middle[1]) / half[1]) ** 2 <= 1
        grey = np.where(inside, 0.22, 0.5) * rng.rayleigh(0.8, (side, side))
        grey = cv2.GaussianBlur(np.clip(grey, 0, 1), (0, 0), 1.2)
        _write(folder / f"images/{name}.png", np.rint(grey * 255).astype(np.uint8))
        _write(folder / f"masks/{name}.png", inside.astype(np.uint8) * 255)
        rows.append((f"images/{name}.png", f"masks/{name}.png", f"{number:03d}"))
    table = pandas.DataFrame(rows, columns=["image", "mask", "patient_id"])
    table.to_csv(folder / "cases.csv", index=False)
    return folder / "cases.csv"


def _write(path, pixels):
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())
