"""The sample data that comes with the course: where it is, and its tables. All of it is
SYNTHETIC.

Each set is a folder of `sample_data/` with a `cases.csv`, one row per image.
`sample_data/README.md` is the data card; `python tools/make_sample_data.py` makes every file
anew.
"""

from pathlib import Path

import pandas

from .errors import FileError

ROOT = Path(__file__).resolve().parent.parent / "sample_data"
COMMAND = "python tools/make_sample_data.py"
NEEDED = ("image", "mask", "patient_id", "device", "row_mm", "col_mm")


def names():
    """The names of the sets that are here, in alphabetical order: a list of str."""
    return sorted(path.parent.name for path in ROOT.glob("*/cases.csv"))


def folder(name):
    """The folder of a set, a `Path`. Raises FileError, which lists the sets, if there is none."""
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
    """One row per image of a set, a pandas table; paths in `image` and `mask` are relative to
    `folder(name)`.

    Columns: image, mask, patient_id, device, row_mm and col_mm (mm per pixel, down and across),
    depth_mm, gain_db, empty (no muscle in view), burned_in (text in the pixels), thickness_mm and
    pennation_deg (exact; missing where empty), and what the data card lists. Every named file is
    checked to exist. `table.attrs["folder"]` remembers the folder, for functions that take the table
    alone. Raises FileError for a set, file or column that is missing.
    """
    place = folder(name)
    cases = pandas.read_csv(place / "cases.csv", dtype={"patient_id": str})
    lacking = [column for column in NEEDED if column not in cases]
    if lacking:
        raise FileError(
            f"{name}/cases.csv lacks the column {lacking[0]}. Run '{COMMAND}' to make it anew."
        )
    for column in ("image", "mask"):
        for path in cases[column]:
            if not (place / path).is_file():
                raise FileError(f"{name}/{path} is missing. Run '{COMMAND}' to make it anew.")
    cases.attrs["folder"] = str(place)
    return cases


def model(name):
    """The file of a small trained network that a lesson starts from, such as 'unet_scanner_b'.

    Raises FileError for a name that does not exist, and says which do and how they are made.
    """
    place = ROOT / "models" / f"{name}.keras"
    if not place.is_file():
        known = ", ".join(sorted(found.stem for found in place.parent.glob("*.keras"))) or "none"
        raise FileError(f"There is no network {name!r} in sample_data/models; there are: {known}. "
                        "'python tools/make_weights.py' makes them anew.")
    return place
