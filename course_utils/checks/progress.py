"""What was tried and what was right, shown: one row for each exercise, one bar for each lesson."""

import html

from course_utils.checks import lesson as core
from course_utils.checks import record


def table(lesson=None):
    """Every exercise and question with its state, as a pandas table; of one lesson, or of all.

    Of one lesson the exercises are the names of the rows. `solution` is 'seen' where it was looked at.
    """
    import pandas  # here, because recording an answer must stay light

    known = record.entries()
    rows = {
        name: {**known.get(name, record.ENTRY), "depth": depth}
        for name, depth in _expected().items()
    }
    rows.update((name, entry) for name, entry in sorted(known.items()) if name not in rows)
    cells = [
        (*name.split(".", 1), *(entry[key] for key in record.ENTRY)) for name, entry in rows.items()
    ]
    wanted = [row for row in cells if lesson in (None, row[0])]
    found = pandas.DataFrame(wanted, columns=["lesson", "exercise", *record.ENTRY])
    found["solution"] = found["solution"].map({True: "seen", False: ""})
    return found if lesson is None else found.drop(columns="lesson").set_index("exercise")


def show():
    """One line and one bar for each lesson: how many exercises and questions are right."""
    return _Bars()


class _Bars:
    def __init__(self):
        states = {name: "not attempted" for name in _expected()}
        states.update({name: entry["status"] for name, entry in record.entries().items()})
        self.counts = {}
        for name, status in sorted(states.items()):
            lesson = name.split(".", 1)[0]
            right, total = self.counts.get(lesson, (0, 0))
            self.counts[lesson] = (right + (status == "right"), total + 1)

    def __repr__(self):
        return "\n".join(
            f"{name}: {right} of {total} right" for name, (right, total) in self.counts.items()
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        rows = "".join(
            f"<tr><td style='text-align:left'>{html.escape(name)}</td>"
            f"<td><progress max='{total}' value='{right}' aria-label='{html.escape(name)}'>"
            "</progress></td>"
            f"<td style='text-align:left'>{right} of {total} right</td></tr>"
            for name, (right, total) in self.counts.items()
        )
        return {"text/plain": repr(self), "text/html": f"<table>{rows}</table>"}


def _expected():
    return {
        f"{lesson.name}.{name}": getattr(check, "depth", "quiz")
        for lesson in core.lessons().values()
        for name, check in lesson.checks.items()
    }
