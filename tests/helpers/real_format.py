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


def _write(path, pixels):
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())
