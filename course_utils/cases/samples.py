"""The sample data that comes with the course: where it is, and its tables. All of it is
SYNTHETIC.

Each set is a folder of `sample_data/` with a `cases.csv`, one row per image.
`sample_data/README.md` is the data card; `python tools/data/calves.py` makes every file
anew.
"""

from pathlib import Path

import numpy as np
import pandas
from PIL import Image

from course_utils.cases import manifest
from course_utils.core.errors import FileError
from course_utils.core.files import find

ROOT = Path(__file__).resolve().parents[2] / "sample_data"
COMMAND = "python tools/data/calves.py"
NEEDED = ("image", "mask", "patient_id", "device", "row_mm", "col_mm")
NEEDED_CLIPS = ("cine", "masks", "patient_id", "view", "row_mm", "col_mm")  # a table of cines
NEEDED_RESULTS = tuple(  # a table of results without pictures
    "patient_id split hospital ef_true ef refused reduced probability".split()
)


def names():
    """The names of the sets that are here, in alphabetical order: a list of str."""
    return sorted(path.parent.name for path in ROOT.glob("*/cases.csv"))


def folder(name):
    """The folder of a set, a `Path`: of a sample set, or of the cases.csv at a path.

    Raises FileError, which lists the sets, if there is none.
    """
    if manifest.is_path(name):
        return manifest.find(name).parent
    if name in names():
        return ROOT / name
    known = ", ".join(names())
    if not known:
        raise FileError(
            f"The sample data is missing from {ROOT.name}/. Run '{COMMAND}' once to make it."
        )
    raise FileError(
        f"There is no sample set {name!r}. These exist: {known}. "
        f"If one is missing, run '{COMMAND}'."
    )


def table(name):
    """One row per image or clip of a set, a pandas table; paths are relative to `folder(name)`.

    name: of a sample set, or the path of a cases.csv of your own (`manifest.read`, whose columns
    may be fewer). `table.attrs["synthetic"]` says whether all images are.

    Columns: image, mask, patient_id, device, row_mm and col_mm (mm per pixel, down and across),
    depth_mm, gain_db, empty (no muscle in view), burned_in (text in the pixels), thickness_mm and
    pennation_deg (exact; missing where empty), and what the data card lists. Every named file is
    checked to exist. `table.attrs["folder"]` remembers the folder, for functions that take the
    table alone. A set of cines ("echo") has a row per clip instead, with the columns of the clip
    table that the data card lists: cine, masks, view and so on. A set of results ("screening") has
    a row per patient and no files. Raises FileError for a set, file or column that is missing.
    """
    if manifest.is_path(name):
        if folder(name).resolve().parent != ROOT:
            return manifest.read(name)
        name = folder(name).resolve().name  # a sample set, named by its path
    place = folder(name)
    cases = pandas.read_csv(place / "cases.csv", dtype={"patient_id": str})
    needed, command, files = NEEDED, COMMAND, 2  # the first two columns name files
    if "cine" in cases:
        needed, command = NEEDED_CLIPS, "python tools/data/hearts.py"
    elif "ef_true" in cases:
        needed, command, files = NEEDED_RESULTS, "python tools/data/screening.py", 0
    lacking = [column for column in needed if column not in cases]
    if lacking:
        raise FileError(
            f"{name}/cases.csv lacks the column {lacking[0]}. Run '{command}' to make it anew."
        )
    for column in needed[:files]:
        for path in cases[column]:
            if not (place / path).is_file():
                raise FileError(f"{name}/{path} is missing. Run '{command}' to make it anew.")
    cases.attrs |= {"folder": str(place), "synthetic": True}
    return cases


def tiles(path, size, across):
    """The small pictures of a sheet, row after row: uint8 (n, size, size).

    path: from sample_data. across: how many pictures are in a row of the sheet. Raises FileError.
    """
    with Image.open(find(ROOT / path)) as sheet:
        pixels = np.asarray(sheet.convert("L"))
    return pixels.reshape(-1, size, across, size).transpose(0, 2, 1, 3).reshape(-1, size, size)


def model(name):
    """The file of a small trained network that a lesson starts from, such as 'unet_scanner_b'.

    Raises FileError for a name that does not exist, and says which do and how they are made.
    """
    place = ROOT / "models" / f"{name}.keras"
    if not place.is_file():
        known = ", ".join(sorted(found.stem for found in place.parent.glob("*.keras"))) or "none"
        raise FileError(
            f"There is no network {name!r} in sample_data/models; there are: {known}. "
            "'python tools/data/weights.py' makes them anew."
        )
    return place
