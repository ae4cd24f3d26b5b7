"""Tables that lie beside images: who is on which picture, and how large a pixel is.

HC18 gives the pixel size in a CSV, many teams their patients. Columns are known by their names.
"""

import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from course_utils.core import errors, files, identity, tables

_NAMES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
FILE, PATIENT, PIXEL = (tuple(_NAMES[name].split()) for name in ("file", "patient", "pixel"))
MAYBE = "id"  # the patient, where its values return; the image, where each has its own
DEVICE = ("device", "scanner", "machine", "manufacturer")
ROW, COL = ("rowmm", "spacingy", "pixelsizey"), ("colmm", "spacingx", "pixelsizex")
LARGEST_MB = 20


class Facts(NamedTuple):
    """What a table says of one image: `patient` and `device` (str or None), `spacing` (row_mm,
    col_mm) or None, as it is written there.
    """

    patient: str | None
    device: str | None
    spacing: tuple | None


class Told(NamedTuple):
    """What the tables of a folder say: `facts` (image path -> Facts); the tables that were `used` and
    those that were `unused`; `columns` of all; `torn`: images that one table gives to two patients.
    """

    facts: dict
    used: list
    unused: list
    columns: list
    torn: list


def read(place, sheets, images, column=None):
    """What the tables of a folder say of its images, as `Told`.

    place: the folder. sheets, images: paths within it. column: the one that says who the patient
    is, where a person named it; otherwise the usual names are looked for, whatever stands between
    their words. A row belongs to the image whose name, with or without ending, it gives; a name that
    several images have is passed over. A table that cannot be read, or names no image, is unused.
    """
    shelf = {}
    for path in images:
        whole = str(PurePosixPath(path).parent / files.stem(path))
        for name in {PurePosixPath(path).name, files.stem(path), path, whole}:
            shelf.setdefault(files.alike(name), set()).add(path)
    told = Told({}, [], [], [], [])
    for table in sheets:
        rows, found = _rows(place / table), {}
        told.columns.extend(name for name in (rows[0] if rows else ()) if name not in told.columns)
        rows = [{_plain(name): value for name, value in row.items()} for row in rows]
        patient = (_plain(column),) if column else _patient_columns(rows)
        for row in rows:
            about, name = _facts(row, patient), _first(row, FILE)
            matched = _matched(shelf, table, name)
            if any(about) and len(matched) == 1:
                image = next(iter(matched))
                before = found.get(image, about).patient
                if before and about.patient and identity.key(before) != identity.key(about.patient):
                    told.torn.append(image)
                found[image] = about
        (told.used if found else told.unused).append(table)
        told.facts.update(found)
    return told


def _plain(name):
    """A title of a column without what stands between its words: 'Patient-ID' as 'patientid'."""
    return re.sub(r"[\W_]+", "", str(name).casefold())


def _patient_columns(rows):
    """The usual names, and 'ID' where its values return, and are no yes and no."""
    values = [row[MAYBE] for row in rows if row.get(MAYBE)]
    return (*PATIENT, MAYBE) if 2 < len(set(values)) < len(values) else PATIENT


def _matched(shelf, table, name):
    """The images that a row names: by a path from its table or from the folder, or by name."""
    name = (name or "").replace("\\", "/")
    bare = PurePosixPath(name).name
    texts = (PurePosixPath(table).parent / name, name, bare, files.stem(bare)) if name else ()
    found = [shelf.get(files.alike(str(text)), ()) for text in texts]
    title = files.alike(files.stem(table))
    found += [  # training_set_pixel_size.csv is about the images in training_set
        {image for image in images if files.alike(PurePosixPath(image).parent.name or "/") in title}
        for images in found
    ]
    return next((images for images in found if len(images) == 1), ())


def _rows(path):
    try:
        if path.stat().st_size > LARGEST_MB * 1e6:
            return []
        found = tables.read_csv(path)
    except (OSError, errors.CourseError):
        return []  # a table that is no plain text says nothing; other programs' files often are not
    return [
        {name: str(value).strip() for name, value in row.items()}
        for row in found.to_dict(orient="records")
    ]


def _facts(row, patient):
    both = _mm(_first(row, PIXEL))
    spacing = (_mm(_first(row, ROW)) or both, _mm(_first(row, COL)) or both)
    return Facts(_first(row, patient), _first(row, DEVICE), spacing if all(spacing) else None)


def _first(row, names):
    return next((row[name] for name in names if row.get(name)), None)


def _mm(text):
    value = tables.decimal(text)
    return value if value > 0 else None
