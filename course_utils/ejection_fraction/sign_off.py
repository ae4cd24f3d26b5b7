"""The sign-off log: who accepted, changed or refused an automatic ejection fraction, and why.

One CSV file, one row per decision, only ever added to. A row is written in one piece or not at all,
so a full disk or a lost connection leaves no half row. The file opens in a spreadsheet: text that a
spreadsheet would run as a formula is made harmless (OWASP, "CSV Injection").

No patient names: a study is a sample's identifier and a reader is initials.
"""

import csv
import html
import io
import math
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import ipywidgets
import pandas

from course_utils import __version__
from course_utils.core import errors, files
from course_utils.show import pages

COLUMNS = tuple(
    "time_utc study reader decision auto_ef edited_ef change reason course_version".split()
)
TEXTS = ("study", "reader", "decision", "reason", "course_version")
RISKY = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # a spreadsheet may run what begins so
INITIALS, LONGEST_STUDY, LONGEST_REASON = 4, 64, 500  # characters
LEAST = 0.05  # points of ejection fraction; a smaller change disappears in rounding


def sign(file, study, auto_ef, edited_ef, reason, reader):
    """Log that a reader changed the automatic ejection fraction: one row at the end of `file`.

    file: a CSV path; made if it is not there. study: the sample's identifier, such as "echo07".
    auto_ef, edited_ef: percent, 1 to 100. reason: why, in words. reader: initials, up to 4 letters.
    Returns the sentence that was logged. Raises DataError for an empty reason, for a change that
    is none (use `accept`), or for a name instead of an identifier; FileError where the file is not
    such a log or cannot be written. Nothing is written then.
    """
    auto, edited = _percent(auto_ef, "auto_ef"), _percent(edited_ef, "edited_ef")
    if abs(edited - auto) < LEAST:
        raise errors.DataError(
            f"Nothing changed: the ejection fraction is {auto:.1f} % before and "
            "after. Use accept(file, study, auto_ef, reader) to sign it as it "
            "is."
        )
    row = _row(study, reader, "edited", auto, edited, _reason(reason))
    _append(file, row)
    return (
        f"Logged: {row['study']}, EF {auto:.1f} % changed to {edited:.1f} % "
        f"({edited - auto:+.1f} points) by {row['reader']}. Reason: {row['reason']}"
    )


def accept(file, study, auto_ef, reader):
    """Log that a reader signed the automatic ejection fraction as it is. Arguments as in `sign`."""
    auto = _percent(auto_ef, "auto_ef")
    row = _row(study, reader, "accepted", auto, auto, "")
    _append(file, row)
    return f"Logged: {row['study']}, EF {auto:.1f} % accepted by {row['reader']}."


def refuse(file, study, reason, reader, auto_ef=None):
    """Log that a study was not signed, and why. auto_ef: the number that was turned down, if one
    was given. Other arguments, and what is refused, as in `sign`.
    """
    auto = None if auto_ef is None else _percent(auto_ef, "auto_ef")
    row = _row(study, reader, "refused", auto, None, _reason(reason))
    _append(file, row)
    return f"Logged: {row['study']} not signed by {row['reader']}. Reason: {row['reason']}"


def log(file):
    """The log as a table, one row per decision, oldest first.

    Columns: time_utc, study, reader, decision ("edited", "accepted" or "refused"), auto_ef,
    edited_ef, change (percent, points; NaN where there is none), reason, course_version.
    Warns of lines that are not complete rows and leaves them out. Raises FileError for a file that
    is missing or not such a log.
    """
    place = files.find(file)
    try:
        text = files.read_bytes(place).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise errors.FileError(
            f"'{files.shown(place)}' is not UTF-8 text. Keep the log as this "
            "course writes it, not as a spreadsheet saves it."
        ) from None
    lines = list(csv.reader(io.StringIO(text)))
    if not lines or tuple(lines[0]) != COLUMNS:
        raise errors.FileError(_not_a_log(place))
    rows, damaged = [], []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        try:
            rows.append(_parsed(line))
        except ValueError:
            damaged.append(str(number))
    if damaged:
        errors.warn(
            f"'{files.shown(place)}': row {', '.join(damaged)} is not complete and is left "
            "out of the table. Look at it in the file."
        )
    table = pandas.DataFrame(rows, columns=list(COLUMNS))
    table["time_utc"] = pandas.to_datetime(table["time_utc"], utc=True)
    for name in ("auto_ef", "edited_ef", "change"):
        table[name] = table[name].astype(float)
    return table


class Desk(pages.Shown):
    """Where a reader signs the number on the card of a tracer, or refuses: initials, reason, button.

    edit: a `tracer.Tracer`. study: the sample's identifier. truth: per cent, shown once something
    was decided, or None. file: the log, by default `sign_off.csv` in the reader's own folder.
    Nothing is signed unless a button is pressed (or `sign` or `refuse` is called). The number that
    is logged is the number on the card. `.decision` is "accepted", "edited", "refused" or None.
    """

    def __init__(self, edit, study, truth=None, file=None):
        self._edit, self._study, self._truth, self._file = edit, study, truth, file
        self._machine = edit.card["value"]
        self.decision, self.number, self.said = None, None, "Nothing is signed yet."
        wide = ipywidgets.Layout(width="min(36em, 95%)")
        style = {"description_width": "6em"}
        self._initials = ipywidgets.Text(description="Initials", style=style, layout=wide)
        self._reason = ipywidgets.Text(
            description="Reason", placeholder="needed for a change", style=style, layout=wide
        )
        self._told = ipywidgets.HTML(self.said)
        buttons = []
        for text, act in (("Sign this number", self.sign), ("Refuse", self.refuse)):
            buttons.append(ipywidgets.Button(description=text))
            buttons[-1].on_click(lambda _, act=act: self._pressed(act))
        rows = [self._initials, self._reason, ipywidgets.HBox(buttons), self._told]
        self._box = ipywidgets.VBox(rows)

    @property
    def touched(self):
        """True once something was decided."""
        return self.decision is not None

    @property
    def values(self):
        """decision, number (as logged), machine and truth, in per cent."""
        return {
            "decision": self.decision,
            "number": self.number,
            "machine": self._machine,
            "truth": self._truth,
        }

    def sign(self, initials, reason=""):
        """Sign the number on the card: accepted where nothing was changed, edited (with a reason)
        otherwise. Returns the sentence that was logged. Raises as `sign` and `accept` do.
        """
        number = self._edit.card["value"]
        if number is None:
            raise errors.DataError(f"There is no number to sign: {self._edit.reading}")
        if number == self._machine:
            said = accept(self._place(), self._study, number, initials)
            return self._decided("accepted", number, said)
        said = sign(self._place(), self._study, self._machine, number, reason, initials)
        return self._decided("edited", number, said)

    def refuse(self, initials, reason=""):
        """Log that no number is signed, and why."""
        said = refuse(self._place(), self._study, reason, initials, self._machine)
        return self._decided("refused", None, said)

    def _place(self):
        return files.my_work("sign_off.csv") if self._file is None else self._file

    def _decided(self, decision, number, said):
        self.decision, self.number = decision, number
        if self._truth is not None:
            said += f" The truth is {self._truth:.0f} %: the machine is {self._off(self._machine)}"
            said += "." if number is None else f", you are {self._off(number)}."
        self._say(said)
        return said

    def _off(self, number):
        far = round(abs(number - self._truth))
        return f"{far} point{'' if far == 1 else 's'} off"

    def _pressed(self, act):
        try:
            act(self._initials.value, self._reason.value)
        except errors.CourseError as problem:
            self._say(f"Not signed: {problem}")

    def _say(self, said):
        self.said = said
        self._told.value = html.escape(said)

    def text(self):
        """What was said last."""
        return f"[sign-off] {self.said}"

    def html(self):
        """The same for a page without a kernel."""
        return f"<p>{html.escape(self.said)}</p>"


def _row(study, reader, decision, auto, edited, reason):
    change = None if auto is None or edited is None else edited - auto
    return {
        "time_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "study": _study(study),
        "reader": _initials(reader),
        "decision": decision,
        "auto_ef": _shown(auto),
        "edited_ef": _shown(edited),
        "change": _shown(change),
        "reason": reason,
        "course_version": __version__,
    }


def _shown(number):
    return "" if number is None else f"{number:.1f}"


def _append(file, row):
    """Add one row, or nothing. O_APPEND keeps the rows of two notebooks apart."""
    if isinstance(file, bytes) or not isinstance(file, (str, os.PathLike)) or not str(file).strip():
        raise errors.DataError("Give the log's file name as text, for example 'sign_off.csv'.")
    safe = {name: _harmless(value) if name in TEXTS else value for name, value in row.items()}
    try:
        place = Path(file).expanduser()
        _check(place)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        handle = os.open(place, flags, 0o644)
        try:
            _write(handle, _line(safe.values()))
        finally:
            os.close(handle)
    except (OSError, ValueError, RuntimeError) as problem:
        raise errors.FileError(
            f"'{files.shown(file)}' cannot be written, so nothing was logged: "
            f"{getattr(problem, 'strerror', None) or problem}."
        ) from problem


def _write(handle, line):
    size = os.fstat(handle).st_size
    if not size:  # the mark at the start tells a spreadsheet that this is UTF-8
        line = b"\xef\xbb\xbf" + _line(COLUMNS) + line
    else:
        os.lseek(handle, -1, os.SEEK_END)
        if os.read(handle, 1) != b"\n":  # someone's editor took the end of the last row
            line = b"\n" + line
    try:
        written = os.write(handle, line)
        if written < len(line):
            raise OSError(f"only {written} of {len(line)} bytes fitted on the disk")
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)  # never half a row
        raise


def _check(place):
    """Complain about a path that is not, and cannot become, a log."""
    if not place.exists():
        files.refuse_homeless(place)
        return
    if not place.is_file():
        raise errors.FileError(
            f"'{files.shown(place)}' is not an ordinary file. Give a file name that ends in .csv."
        )
    with place.open("rb") as file:
        first = file.readline(1000)
    if first and first.removeprefix(b"\xef\xbb\xbf").strip() != _line(COLUMNS).strip():
        raise errors.FileError(_not_a_log(place))


def _not_a_log(place):
    return (
        f"'{files.shown(place)}' is not a sign-off log: its first line is not "
        f"{','.join(COLUMNS)}. Choose another file name; nothing was changed."
    )


def _line(cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode("utf-8")


def _parsed(line):
    if len(line) != len(COLUMNS):
        raise ValueError("cells are missing")
    row = dict(zip(COLUMNS, line, strict=False))
    datetime.strptime(row["time_utc"], "%Y-%m-%dT%H:%M:%SZ")
    for name in ("auto_ef", "edited_ef", "change"):
        row[name] = float(row[name]) if row[name] else math.nan
    for name in TEXTS:
        if row[name].startswith("'") and row[name][1:].startswith(RISKY):
            row[name] = row[name][1:]
    return row


def _harmless(text):
    return f"'{text}" if text.startswith(RISKY) else text


# --- what is accepted ---


def _percent(value, name):
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, (bool, str)) or not 1 <= number <= 100:
        raise errors.DataError(
            f"{name} is an ejection fraction in percent, a number from 1 to 100, not {value!r}."
        )
    return number


def _reason(text):
    reason = _text(text, "The reason")
    if sum(letter.isalpha() for letter in reason) < 3:
        raise errors.DataError(
            "Say why: the reason is what a colleague reads a year from now. A "
            "few words will do, such as 'apex was foreshortened'."
        )
    if len(reason) > LONGEST_REASON:
        raise errors.DataError(
            f"The reason has {len(reason)} characters; keep it to {LONGEST_REASON}."
        )
    return reason


def _study(text):
    study = _text(text, "The study")
    if not any(sign.isdigit() for sign in study) or re.search(r"[\s,;^]", study):
        raise errors.DataError(
            f"{study!r} could be a person's name, and a log must not hold one. "
            "Give the sample's identifier: no spaces, at least one digit, such "
            "as 'echo07'."
        )
    if len(study) > LONGEST_STUDY:
        raise errors.DataError(
            f"The identifier of the study has {len(study)} characters; it may have {LONGEST_STUDY}."
        )
    return study


def _initials(text):
    reader = _text(text, "The reader")
    if not (reader.isalpha() and len(reader) <= INITIALS):
        raise errors.DataError(
            f"The reader is given by initials, 1 to {INITIALS} letters such as "
            f"'MH', not {reader!r}."
        )
    return reader


def _text(value, name):
    if not isinstance(value, str):
        raise errors.DataError(f"{name} must be text, not {type(value).__name__}.")
    text = " ".join(value.split())
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        shown = text.encode("utf-8", "replace").decode("utf-8")
        raise errors.DataError(
            f"{name} {shown!r} holds a broken character that cannot be stored. Type it again."
        ) from None
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        raise errors.DataError(f"{name} holds a control character. Type it again.")
    return text
