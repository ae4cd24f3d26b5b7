"""Tags for a table of your own reports, on this computer and nowhere else.

Reports are patient data, also without a name: a rare finding and a date are enough to know somebody.
"""

from pathlib import Path

import pandas as pd

from course_utils.core import errors, files, tables
from course_utils.language import records, rules, taxonomy

WARNING = (
    "Reports are patient data. Work on a computer where you may keep them, remove names, dates and "
    "numbers first, never paste a report into a web page or a chat, and delete the result when you "
    "are done. The rules read English and Spanish, were written for made-up reports, and miss much in "
    "real ones: check a hundred by hand before you count anything."
)
MOST = 200_000


def tag_table(path, column, write_to=None):
    """Tag each report in a CSV: a table with one column for each dimension, beside the row number.

    column: the one that holds the texts; no other column is taken over, and neither is the text.
    write_to: a new CSV for the result; an existing file is never replaced. An empty cell of the
    result was 'not mentioned', never normal. Nothing is sent anywhere. Raises DataError, FileError.
    """
    table, column = tables.read_csv(path), str(column).strip().lower()
    if column not in table.columns:
        raise errors.DataError(
            f"'{files.shown(path)}' has no column {column!r}; there are {', '.join(table.columns)}."
        )
    if len(table) > MOST:
        raise errors.DataError(f"At most {MOST} reports at once, not {len(table)}.")
    texts = table[column].fillna("").astype(str)
    rows = []
    for text in texts:
        found = records.by_dimension(rules.tag(text))
        rows.append({name: records.packed(part) for name, part in found.items()})
    found = pd.DataFrame(rows, columns=list(taxonomy.DIMENSIONS))
    found.insert(0, "row", range(1, len(found) + 1))
    if write_to is not None:
        files.write_whole(Path(write_to), lambda place: found.to_csv(place, index=False))
    return found
