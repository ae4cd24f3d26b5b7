"""What every function that takes a table asks of it: the columns, and where its files are.

A table is a pandas DataFrame as `samples.table` gives it, one row per image. Its paths are
absolute, or relative to the folder that `table.attrs["folder"]` names.
"""

import csv
import io
import math
import os
import re
import unicodedata
from pathlib import Path

import pandas

from course_utils.core import errors, files, plurals


def checked(table, columns=("image",)):
    """`table` itself, if it is a pandas table with at least one row and these columns.

    Raises DataError that says what is missing, and where tables come from.
    """
    if not isinstance(table, pandas.DataFrame):
        raise errors.DataError(
            f"A pandas table was expected, not {type(table).__name__}; see samples.table."
        )
    for column in columns:
        if column not in table:
            raise errors.DataError(
                f"The table has no column {column!r}. One row per image is needed, with at least: "
                f"{', '.join(columns)}."
            )
    if table.empty:
        raise errors.DataError(
            "The table has no rows, so there is no image to work on. Check the filter or the "
            "folder that it came from."
        )
    return table


def paths(table, column="image"):
    """Where the files of a column are: a list of `Path`, in table order. Every one exists.

    Raises DataError if a path is relative and the table does not say to which folder, or if a row
    has none; FileError, with the first names, if the folder or files are missing.
    """
    checked(table, (column,))
    names = [_path(name, column) for name in table[column]]
    base = table.attrs.get("folder")
    _placed(names, base)
    found = names if base is None else _below(files.find_folder(base), names)
    found = as_on_disk(found)
    missing = [files.shown(path) for path in found if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise errors.FileError(
            f"{len(missing)} of {plurals.count(len(found), 'file')} of column {column!r} "
            f"{plurals.verb(len(missing), 'is', 'are')} missing: "
            f"{', '.join(missing[:3])}{more}. Check table.attrs['folder'] and the file names."
        )
    return found


def absolute(table, columns=("image", "mask", "source")):
    """A copy of the table whose paths in these columns are absolute, so that tables from several
    folders can be joined with pandas.concat. Columns that it lacks, and empty cells, stay as they
    are. Raises as `paths` does, but does not look whether each file exists.
    """
    checked(table)
    result, base = table.copy(), table.attrs.get("folder")
    for column in (column for column in columns if column in table):
        filled = table[column].notna()
        names = [_path(name, column) for name in table.loc[filled, column]]
        if column != "source":  # that of a copy is a name to compare; its file is not opened
            _placed(names, base)
        where = names if base is None else _below(files.find_folder(base), names)
        values = table[column].astype(object).to_numpy(copy=True)
        values[filled.to_numpy()] = [str(path) for path in where]
        result[column] = values
    result.attrs = {key: value for key, value in table.attrs.items() if key != "folder"}
    return result


def as_on_disk(places):
    """Paths that are not there, under the one name in their folder that is alike: the same letters
    in the other Unicode form or in another case, as lists from another system write them.
    """
    folders = {}
    for at, place in enumerate(places):
        if place.is_file() or not place.parent.is_dir():
            continue
        if place.parent not in folders:
            shelf = folders[place.parent] = {}
            for path in files.below(place.parent, 0):
                shelf.setdefault(files.alike(path.name), []).append(path)
        alike = folders[place.parent].get(files.alike(place.name), ())
        places[at] = alike[0] if len(alike) == 1 else place
    return places


def _placed(names, base):
    """Complain about relative paths that nobody can find."""
    loose = [name for name in names if not name.is_absolute()]
    if base is None and loose:
        raise errors.DataError(
            f"The table names {files.shown(loose[0])!r} but not the folder that this is in. Set "
            "table.attrs['folder'] to the folder that the paths start from (samples.table does)."
        )


def _below(folder, names):
    folder = folder.absolute()
    return [folder / name for name in names]  # an absolute name stays what it is


def _path(name, column):
    if not isinstance(name, (str, Path)) or not str(name).strip():
        raise errors.DataError(
            f"A row of the table has no file name in its column {column!r}. Fill it in, or drop "
            "the row."
        )
    # A table written on Windows has backslashes, which mean nothing in a path elsewhere.
    return Path(str(name) if os.sep == "\\" else str(name).replace("\\", "/"))


def read_csv(path):
    """A list that somebody wrote, as a pandas table of text: one reader for every list.

    Commas, semicolons, tabs or upright lines, with or without Excel's line 'sep=;' and remarks that
    begin with '#'; UTF-8 or UTF-16 with or without a mark, or Western European letters. Names of
    columns lose their blanks and become lower case, columns without a name and without values go;
    decimal commas stay text and are read by `decimal`. Raises FileError for a file that is no table,
    or has a row that is longer than its first line.
    """
    place = files.find(path)
    text = re.sub(r"\r\n?", "\n", _decoded(files.read_bytes(place), place))
    text = re.sub(r"\A(?:\s*(?:#.*)?\n)+", "", text)
    told = re.match(r"sep=(.)\n", text)
    text = text[told.end() :] if told else text
    first = text.partition("\n")[0]
    mark = told[1] if told else max(",;\t|", key=first.count)  # that the first line has most of
    try:
        rows = list(
            csv.reader(io.StringIO(text), delimiter=mark, skipinitialspace=True, strict=True)
        )
    except (ValueError, csv.Error) as problem:
        raise _no_list(place, str(problem).strip()) from problem
    names = [_title(name) for name in rows[0]] if rows else []
    if not any(names):
        raise _no_list(place, "it is empty")
    return pandas.DataFrame(_filled(rows[1:], names, place), columns=names, dtype=str).drop(
        columns=[""], errors="ignore"
    )


def _title(name):
    """The name of a column without blanks around it and letters that nobody sees, in small letters."""
    seen = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", seen).strip().lower()


def _filled(rows, names, place):
    """Rows as long as the first line; a longer one may hide a shifted column, and is refused."""
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise _no_list(place, f"it has the column {twice[0]!r} twice")
    for number, row in enumerate(rows, 2):
        if any(map(str.strip, row[len(names) :])):
            raise _no_list(
                place,
                f"line {number} has {len(row)} values, the first line {len(names)} names (a comma "
                "within a value? Put that value between quotation marks)",
            )
    wide = len(names)
    return [(row + [""] * wide)[:wide] for row in rows if any(map(str.strip, row))]


def _no_list(place, why):
    return errors.FileError(
        f"'{files.shown(place)}' cannot be read as a list: {why}. Save it as 'CSV UTF-8'."
    )


def decimal(text):
    """The number that a text says, with a point or a comma; NaN for anything else."""
    try:
        value = float(str(text).strip().replace(",", "."))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _decoded(data, place):
    codings = ["utf-8-sig", "cp1252"]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codings = ["utf-16"]
    elif b"\0" in data[:2]:
        codings = ["utf-16-be" if data[:1] == b"\0" else "utf-16-le"]
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\0-\x08\x0e-\x1f]", text) and text.lstrip()[:1] not in ("<", "{", "["):
            return text
    raise errors.FileError(
        f"'{files.shown(place)}' is not a list in plain text. Is it a spreadsheet or a web page? Save "
        "it as 'CSV UTF-8'."
    )
