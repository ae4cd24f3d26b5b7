"""What each public set is, whose it is, what goes wrong with it; and the book of what was left out.

The licences are named in short, as they were read in 2026. Before any use, read the licence that
came with the download; that one counts.
"""

import html
import tomllib
from pathlib import Path

import pandas

from course_utils.core import errors, files, plurals, tables
from course_utils.show import pages, results

FACTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
CLIPS = tuple(  # the columns of a table of clips, in their order
    """cine patient_id view fps row_mm col_mm frames ed es ef edv_ml esv_ml split masks sex age
    heart_rate rhythm quality""".split()
)
NOT_HERE = "it is not there"  # how a reader says that a list names a file that the folder lacks


def listed(path, needed):
    """A list of a set (text, names of columns in small letters). Raises DataError for a list that
    lacks one of the `needed` columns, FileError for a file that is no list.
    """
    table = tables.read_csv(path)
    lacking = [name for name in needed if name.lower() not in table]
    if lacking:
        raise errors.DataError(
            f"'{files.shown(path)}' lacks the column {lacking[0]}; it has "
            f"{', '.join(table.columns[:12])}."
        )
    return table


class Ledger:
    """The book of a reader: files that were left out, and what was assumed about those kept."""

    def __init__(self):
        self.left_out, self.noted = {}, {}

    def leave_out(self, file, why):
        """`file` is not in the table, for this reason; several reasons are kept."""
        self._write(self.left_out, file, why)

    def note(self, file, what):
        """`file` is in the table, but the reader should know this."""
        self._write(self.noted, file, what)

    @staticmethod
    def _write(book, file, text):
        said, text = book.get(file, ""), str(text)
        book[file] = said if text in said else f"{said} {text}".strip()


def finish(rows, columns, key, folder, ledger):
    """The table of a set: rows with these columns first, and its attrs.

    Raises FileError when no row is left, with the first reasons. The attrs are plain text, numbers
    and dicts, because pandas compares them whenever tables are joined.
    """
    facts = FACTS[key]
    if not rows:
        raise errors.FileError(
            f"'{files.shown(folder)}' holds nothing of {facts['name']} that can be used. "
            f"{_reasons(ledger.left_out)}".strip()
        )
    table = pandas.DataFrame(rows)
    for column in columns:
        if column not in table:
            table[column] = None
    table = table[[*columns, *(name for name in table if name not in columns)]]
    table.attrs = {
        "folder": str(folder),
        "name": facts["name"],
        "licence": facts["licence"],
        "citation": facts["citation"],
        "traps": list(facts["traps"]),
        "left_out": ledger.left_out,
        "noted": ledger.noted,
        "synthetic": False,
    }
    _announce(table)
    return table


def finish_clips(rows, key, folder, ledger):
    """`finish` for a table of clips: numbers of frames are whole or missing."""
    table = finish(rows, CLIPS, key, folder, ledger)
    return table.astype({"ed": "Int64", "es": "Int64"})


def _reasons(left_out):
    """The reasons, the most frequent first, each with one example; rows that are not there last."""
    files_of = {}
    for file, why in left_out.items():
        files_of.setdefault(why, []).append(file)
    order = sorted(files_of.items(), key=lambda each: (NOT_HERE in each[0], -len(each[1])))
    return " ".join(
        f"{why.rstrip('.')} ({names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''})."
        for why, names in order[:3]
    )


def _announce(table):
    out, noted = table.attrs["left_out"], len(table.attrs["noted"])
    absent = sum(NOT_HERE in why for why in out.values())  # rows of images that nobody downloaded
    if out or noted:
        more = f" {absent} more are in its list and not in the folder." if absent else ""
        errors.warn(
            f"{table.attrs['name']}: {plurals.count(len(table), 'row')}; "
            f"{plurals.count(len(out) - absent, 'file')} left out, {noted} "
            f"kept with a remark.{more} public_data.told(table) shows why; public_data.left_out(table) lists all."
        )


def left_out(table):
    """What a reader did not take, a pandas table: file, why."""
    return _listed(table, "left_out", ("file", "why"))


def noted(table):
    """What was kept with a remark, a pandas table: file, remark."""
    return _listed(table, "noted", ("file", "remark"))


def _listed(table, which, columns):
    tables.checked(table, ())
    return pandas.DataFrame(list(table.attrs.get(which, {}).items()), columns=list(columns))


class Told(pages.Shown):
    """A block of text for the screen: HTML in a notebook, plain text in a terminal."""

    def __init__(self, name, facts, lists):
        self._name, self._facts, self._lists = name, facts, lists

    def text(self):
        """One line for each fact."""
        lines = [self._name, *(f"{key}: {value}" for key, value in self._facts)]
        for title, entries in self._lists:
            lines += [f"{title}:", *(f"  - {entry}" for entry in entries)]
        return "\n".join(lines)

    def html(self):
        """A section with a list of facts."""
        facts = "".join(
            f"<dt><b>{html.escape(key)}</b></dt><dd>{html.escape(value)}</dd>"
            for key, value in self._facts
        )
        lists = "".join(
            f"<p><b>{html.escape(title)}</b></p><ul>"
            + "".join(f"<li>{html.escape(entry)}</li>" for entry in entries)
            + "</ul>"
            for title, entries in self._lists
        )
        return f"<section><h4>{html.escape(self._name)}</h4><dl>{facts}</dl>{lists}</section>"


def told(table, most=8):
    """Licence, citation, counts, traps and what was left out, to show before any use of a table.

    most: how many left-out files are named; the rest is counted. Returns a `Told`, which a notebook
    shows as HTML and a terminal as text. Raises DataError for a table of another source.
    """
    tables.checked(table, ())
    if "licence" not in table.attrs:
        raise errors.DataError("This table does not come from one of the readers of public data.")
    attrs = table.attrs
    unit = "clips" if "cine" in table else "images"
    lists = [("Known traps", attrs["traps"])]
    for which, title in (("left_out", "Left out"), ("noted", "Kept, with a remark")):
        entries = list(attrs[which].items())
        shown = [f"{file}: {why}" for file, why in entries[:most]]
        if len(entries) > most:
            shown.append(f"and {len(entries) - most} more (public_data.{which}(table) lists all).")
        lists.append((f"{title} ({len(entries)})", shown or ["nothing"]))
    counts = f"{plurals.count(table['patient_id'].nunique(), 'patient')}, {len(table)} {unit}"
    if "split" in table and table["split"].notna().any():
        parts = table["split"].value_counts()
        counts += " (" + ", ".join(f"{part} {count}" for part, count in parts.items()) + ")"
    if attrs.get("patients") == "guessed":
        counts = counts.replace(" patients,", " groups of look-alike pictures (not patients),")
    facts = (
        ("Licence", attrs["licence"]),
        ("Cite", attrs["citation"]),
        ("Here", counts),
        (
            "Use",
            "Real pixels of real people. Not for diagnosis; not to be passed on with this course.",
        ),
    )
    return Told(attrs["name"], facts, lists)


def known():
    """The five public sets that the course can read: a table for the page, with licence and trap."""
    rows = [
        (f"public_data.{key}(folder)", told["name"], told["licence"], told["traps"][0])
        for key, told in FACTS.items()
    ]
    frame = pandas.DataFrame(rows, columns=["call", "set", "licence", "first trap"])
    return results.table(frame, index=False)
