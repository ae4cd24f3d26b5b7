"""Accounts for a rehearsal: made up, written to one file to hand out, and checked.

Standard library only, because the hub's own environment has no package of the course.
"""

import csv
import hmac
import os
import secrets
from pathlib import Path

from course_utils.core import errors

FILE = "accounts.csv"
# Letters and digits that nobody mistakes for another, read aloud from a sheet.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
MOST = 100


def make(folder, learners):
    """Passwords for `learner01` and so on, in `accounts.csv`: {name: password}.

    Accounts that are there stay as they are, so that a restart locks nobody out. Raises `DataError`
    for a number outside 1 to 100.
    """
    if not isinstance(learners, int) or isinstance(learners, bool) or not 1 <= learners <= MOST:
        raise errors.DataError(f"Give a number of learners from 1 to {MOST}, not {learners!r}.")
    place = Path(folder) / FILE
    known = read(folder) if place.exists() else {}
    for number in range(1, learners + 1):
        password = "".join(secrets.choice(LETTERS) for _ in range(10))
        known.setdefault(f"learner{number:02d}", password)
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # only its owner reads it
    with open(handle, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("name", "password"), *sorted(known.items())])
    return known


def read(folder):
    """{name: password} of `accounts.csv`. Raises `FileError` for a file that is missing or broken."""
    place = Path(folder) / FILE
    try:
        with open(place, newline="", encoding="utf-8") as file:
            return {row["name"]: row["password"] for row in csv.DictReader(file)}
    except (OSError, UnicodeError, KeyError, csv.Error) as error:
        raise errors.FileError(
            f"'{place}' is no list of accounts ({error}). Delete it; new ones are made."
        ) from error


def right(known, name, password):
    """Is this the password of that account? Takes as long for a wrong one as for a right one."""
    wanted = known.get(name)
    given = str(password or "").encode()
    return hmac.compare_digest((wanted or "").encode(), given) and bool(wanted)
