"""A page to print: what somebody did in the course, from their own progress file, and what it is not."""

import datetime

from course_utils.checks import lesson as core
from course_utils.checks import record
from course_utils.core import errors, files, plurals
from course_utils.show import pages
from workshop import lessons

MARK = "What was done in the ultrasound AI workbook"
LONGEST_NAME = 80
NOT = (
    "It says what was done on a page that gives hints and shows solutions. It is no examination, no "
    "qualification, and no permission to use a network on patients. Points for continuing education "
    "are given by whoever organised the day, not by this page."
)


def done(entries):
    """{lesson: (right, total, solutions seen, last date)} of the lessons in which something is right.

    entries: as `record.entries` gives them. Only exercises that the course has are counted.
    """
    found = {}
    for name, made in core.lessons().items():
        mine = {
            check: entries[f"{name}.{check}"]
            for check in made.checks
            if f"{name}.{check}" in entries
        }
        right = [one for one in mine.values() if one["status"] == "right"]
        if right:
            seen = sum(one["solution"] for one in right)
            found[name] = (len(right), len(made.checks), seen, max(one["date"] for one in right))
    return found


def page(name, entries=None, today=None):
    """The page as HTML. name: as it shall be printed. entries: one's own unless told.

    Raises `DataError` for no name, a very long one, or where nothing was done yet.
    """
    who = " ".join(str(name).split())
    if not who or len(who) > LONGEST_NAME:
        raise errors.DataError(
            f"Give the name as it shall be printed, of at most {LONGEST_NAME} characters."
        )
    found = done(record.entries() if entries is None else entries)
    if not found:
        raise errors.DataError(
            "No exercise is right yet, so there is nothing to print. Do one lesson first."
        )
    rows = [
        (
            f"{name[:2]} · {pages.plain(_title(name))}",
            f"{right} of {total}" + (f", {seen} with the solution read" if seen else ""),
            date,
        )
        for name, (right, total, seen, date) in found.items()
    ]
    right, total = (sum(one[place] for one in found.values()) for place in (0, 1))
    words = (
        f"# {pages.plain(who)}",
        f"**{MARK}**, {today or datetime.date.today():%d %B %Y}",
        f"{plurals.count(len(found), 'lesson')}, {right} of their {total} exercises and questions right.",
        pages.table(("lesson", "right", "last on"), rows),
        NOT,
        "The course works on synthetic scans and on scans that their owners gave away. Not for diagnosis.",
        "Place and date, organiser: ____________________",
    )
    return pages.to_html("\n\n".join(words), MARK)


def write(name, target=None):
    """Write the page: to `certificate.html` in one's own folder unless told. Returns its path."""
    place = files.my_work("certificate.html") if target is None else target
    return pages.write(place, page(name), MARK)


def _title(name):
    return lessons.read(name).title if name in lessons.names() else name
